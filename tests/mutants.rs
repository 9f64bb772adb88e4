//! A false claim is never proved: proved claims are changed, and whatever is still proved is compared on a hundred instances.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use nablascope::gallery;
use nablascope::math::finding::Standing;
use nablascope::math::source::Source;
use nablascope::math::syntax::{
    Argument, Expression, NetworkFile, ProductOperator, Statement, SubscriptForm, Written, WrittenClaim,
};
use nablascope::parse;
use std::collections::BTreeMap;
use std::fs;

/// A network, and claims about it that are proved.
struct Proved {
    name: String,
    network: String,
    claims: NetworkFile,
}

/// Everything that is proved elsewhere: textbook formulas and hand derivations.
fn proved() -> Vec<Proved> {
    let mut found = Vec::new();
    for folder in ["tests/claims/textbook", "tests/claims/hand", "tests/claims/more"] {
        let mut files: Vec<_> = fs::read_dir(folder).expect("a folder").flatten().map(|file| file.path()).collect();
        files.sort();
        for path in files {
            let name = path.file_stem().expect("a name").to_string_lossy().to_string();
            let text = fs::read_to_string(&path).expect("a file");
            let claims = parse::network(&Source::new(&*name, &*text)).expect("claims that parse");
            let network = match path.extension().is_some_and(|extension| extension == "claims") {
                true => gallery::network(&name).expect("a network of the gallery").text.to_string(),
                false => without_claims(&claims),
            };
            found.push(Proved { name, network, claims });
        }
    }
    found
}

fn without_claims(file: &NetworkFile) -> String {
    let (mut text, mut from) = (String::new(), 0);
    for statement in file.statements.iter().filter(|statement| matches!(statement.node, Statement::Claim(_))) {
        text.push_str(&file.source.text[from..statement.span.start]);
        from = statement.span.end;
    }
    text + &file.source.text[from..]
}

/// Each claim alone, with all names of its author: its parts, and its text with one of them changed.
fn mutants(proved: &Proved) -> Vec<String> {
    let mut locals: BTreeMap<String, (Written, Written)> = BTreeMap::new();
    let mut found = Vec::new();
    for statement in &proved.claims.statements {
        let Statement::Claim(claim) = &statement.node else { continue };
        let new: Vec<String> = claim.locals.iter().map(|local| local.0.span.text().to_string()).collect();
        locals.extend(claim.locals.iter().map(|local| (local.0.span.text().to_string(), local.clone())));
        let whole = |changed: &dyn Fn(&Written) -> String| text(claim, &locals, changed);
        let own = new.iter().map(|name| &locals[name].1);
        let mut names: Vec<(String, usize)> = Vec::new();
        for side in locals.values().map(|local| &local.1).chain([&claim.right]) {
            walk(side, &mut |part| names.extend(named(part)));
        }
        names.sort();
        names.dedup();
        for side in own.chain([&claim.right]) {
            for (start, end, put) in changes(side, &names) {
                found.push(whole(&|part: &Written| {
                    let (text, span) = (part.span.text(), &part.span);
                    if span.start <= start && end <= span.end && std::ptr::eq(part, side) {
                        format!("{}{put}{}", &text[..start - span.start], &text[end - span.start..])
                    } else {
                        text.to_string()
                    }
                }));
            }
        }
    }
    found
}

fn text(
    claim: &WrittenClaim,
    locals: &BTreeMap<String, (Written, Written)>,
    changed: &dyn Fn(&Written) -> String,
) -> String {
    let assumed: Vec<&str> = claim.assumptions.iter().map(|one| one.span.text()).collect();
    let when = if assumed.is_empty() { String::new() } else { format!(" when {}", assumed.join(", ")) };
    let own: Vec<String> =
        locals.values().map(|(left, right)| format!("{} = {}", left.span.text(), changed(right))).collect();
    let locals = if own.is_empty() { String::new() } else { format!("\n  where {}", own.join(",\n        ")) };
    format!("claim {}: {} = {}{when}{locals}\n", claim.name.node, claim.left.span.text(), changed(&claim.right))
}

/// All single changes of an expression: from, to, and what is put there.
fn changes(written: &Written, names: &[(String, usize)]) -> Vec<(usize, usize, String)> {
    let mut found = Vec::new();
    walk(written, &mut |part| {
        let span = &part.span;
        match &part.node {
            Expression::Sum(parts) => {
                for at in 0..parts.len() {
                    let join = |skip: bool| {
                        let mut text = String::new();
                        for (position, (minus, summand)) in parts.iter().enumerate() {
                            let minus = *minus != (!skip && position == at);
                            if !(skip && position == at) {
                                text.push_str(if minus {
                                    " - "
                                } else if text.is_empty() {
                                    ""
                                } else {
                                    " + "
                                });
                                text.push_str(summand.span.text());
                            }
                        }
                        text
                    };
                    found.push((span.start, span.end, join(true)));
                    found.push((span.start, span.end, join(false)));
                }
            }
            Expression::Product(parts) if parts.iter().skip(1).all(|(by, _)| *by == ProductOperator::Times) => {
                for at in 0..parts.len() {
                    let rest: Vec<&str> = parts
                        .iter()
                        .enumerate()
                        .filter(|(other, _)| *other != at)
                        .map(|(_, part)| part.1.span.text())
                        .collect();
                    found.push((span.start, span.end, rest.join(" * ")));
                }
                let parts: Vec<&str> = parts.iter().map(|part| part.1.span.text()).collect();
                found.push((span.start, span.end, format!("({})", parts.join(" + "))));
            }
            Expression::Number(_) => {
                for other in ["0", "1", "2", "3"] {
                    if other != span.text() {
                        found.push((span.start, span.end, other.into()));
                    }
                }
            }
            Expression::Call(call) if call.binders.is_empty() && call.arguments.len() == 1 => {
                for other in ["tanh", "sigmoid", "relu", "exp", "sum", "mean"] {
                    let name = &call.function;
                    if other != name.node.as_str() {
                        found.push((name.span.start, name.span.end, other.into()));
                    }
                }
            }
            Expression::Call(call) => {
                // Without its sum.
                if let [Argument::Term(term)] = call.arguments.as_slice() {
                    found.push((span.start, span.end, format!("({})", term.span.text())));
                }
            }
            Expression::Transpose(inner) => found.push((span.start, span.end, inner.span.text().to_string())),
            Expression::Read(name, places) => {
                for place in places {
                    if let SubscriptForm::At(at) = &place.what {
                        for step in ["+ 1", "- 1", "+ 2", "- 2"] {
                            found.push((at.span.start, at.span.end, format!("{} {step}", at.span.text())));
                        }
                    }
                }
                found.push((span.end, span.end, "^T".into()));
                for (other, count) in names {
                    if *other != *name.node.as_str() && *count == places.len() {
                        found.push((name.span.start, name.span.end, other.clone()));
                    }
                }
            }
            Expression::Name(name) => {
                found.push((span.end, span.end, "^T".into()));
                for (other, count) in names {
                    if *other != *name.as_str() && *count == 0 {
                        found.push((span.start, span.end, other.clone()));
                    }
                }
            }
            _ => {}
        }
    });
    found
}

/// A name that is read, and at how many places.
fn named(part: &Written) -> Option<(String, usize)> {
    match &part.node {
        Expression::Name(name) => Some((name.to_string(), 0)),
        Expression::Read(name, places) => Some((name.node.to_string(), places.len())),
        _ => None,
    }
}

fn walk<'w>(written: &'w Written, visit: &mut dyn FnMut(&'w Written)) {
    visit(written);
    match &written.node {
        Expression::Sum(parts) => parts.iter().for_each(|(_, part)| walk(part, visit)),
        Expression::Product(parts) => parts.iter().for_each(|(_, part)| walk(part, visit)),
        Expression::Negate(part) | Expression::Transpose(part) => walk(part, visit),
        Expression::Power(base, exponent) => {
            walk(base, visit);
            walk(exponent, visit);
        }
        Expression::Call(call) => call.arguments.iter().for_each(|argument| {
            if let Argument::Term(term) = argument {
                walk(term, visit);
            }
        }),
        _ => {}
    }
}

/// Checks every `step`-th mutant, from the first on. Gives how many there were, how many could be read, and how many are proved.
fn none_is_proved_falsely(step: usize) -> (usize, usize, usize) {
    let load = |_: &str| Err("there is no such file".to_string());
    let (mut count, mut all, mut read, mut proven) = (0, 0, 0, 0);
    for proved in proved() {
        let network = Source::new(&*proved.name, &*proved.network);
        for mutant in mutants(&proved) {
            count += 1;
            if count % step != 0 {
                continue;
            }
            all += 1;
            let claims = Source::new("mutant", &*mutant);
            if step == 1 {
                // Numbers come first: what differs is refuted before anything is proved.
                let Ok((read_in, _)) = nablascope::read_claims(&network, Some(&claims), &[], &load) else { continue };
                if nablascope::agree(&read_in, 4)[0].1 != Some(true) {
                    read += 1;
                    continue;
                }
            }
            let Ok((findings, _)) = nablascope::check(&network, Some(&claims), &[], &load) else { continue };
            read += 1;
            let standing = findings.findings[0].standing;
            if !matches!(standing, Standing::Proved | Standing::ProvedRounded) {
                continue;
            }
            proven += 1;
            let (claims, _) = nablascope::read_claims(&network, Some(&claims), &[], &load).expect("claims");
            let agree = nablascope::agree(&claims, 100);
            let rounded = standing == Standing::ProvedRounded;
            assert!(rounded || agree[0].1 == Some(true), "{}: proved, and false:\n{mutant}", proved.name);
        }
    }
    (all, read, proven)
}

#[test]
fn changed_claims_are_not_proved_unless_they_are_true() {
    let (all, read, proven) = none_is_proved_falsely(60);
    assert!(all > 150 && 3 * read > all && proven < read / 4, "{all} mutants, {read} read, {proven} proved");
}

/// All of them: some minutes. `cargo test --test mutants -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn ten_thousand_changed_claims_are_not_proved_unless_they_are_true() {
    let (all, read, proven) = none_is_proved_falsely(1);
    // What cannot be read is not proved either.
    assert!(all >= 10_000 && read >= 5_000 && proven > 0, "{all} mutants, {read} read, {proven} proved");
}
