//! Claims that stand in a file of their own, and those that nobody checks.

use crate::math::source::{Diagnostic, Outcome, Span};
use crate::math::syntax::{NetworkFile, Statement, WrittenClaim};

/// Adds the claims of `other`, and the functions they use, to the file of a network.
pub fn join(file: &mut NetworkFile, other: NetworkFile) -> Outcome<()> {
    let mut errors = Vec::new();
    if let (Some(own), Some(named)) = (&file.name, &other.name)
        && own.node != named.node
    {
        errors.push(
            Diagnostic::error(format!("these claims are of `{}`, the network is `{}`", named.node, own.node))
                .at(&named.span, "claims of this")
                .hint("`network NAME` may be left out above claims"),
        );
    }
    if other.claims().next().is_none() {
        let end = other.source.text.trim_end().len();
        errors.push(
            Diagnostic::error("the file claims nothing")
                .at(&Span { source: other.source.clone(), start: end, end }, "nothing to check")
                .hint("write a claim, such as `claim dW: dL/dW = …`"),
        );
    }
    for statement in other.statements {
        match &statement.node {
            Statement::Claim(_) | Statement::Def(_) => file.statements.push(statement),
            _ => errors.push(
                Diagnostic::error("a file of claims declares nothing of the network")
                    .at(&statement.span, "no claim")
                    .hint(match statement.node {
                        Statement::Equation(_) => {
                            "an equation of your own follows a claim behind `where`, the next one behind a comma"
                        }
                        _ => "write it into the network, or leave it out: here stand `claim` and `def`",
                    }),
            ),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// A warning where claims are read and not checked: silence would read as claims that hold.
pub fn set_aside(file: &NetworkFile) -> Option<Diagnostic> {
    let claims: Vec<&WrittenClaim> = file.claims().collect();
    let first = claims.first()?;
    let what = match claims.len() {
        1 => format!("the claim `{}` is not checked here", first.name.node),
        more => format!("the {more} claims of this file are not checked here"),
    };
    let place = if claims.len() == 1 { "read, and set aside" } else { "the first of them" };
    Some(
        Diagnostic::warning(what)
            .at(&first.name.span, place)
            .hint(format!("`nablascope check {}` tells which claims hold", file.source.name)),
    )
}
