//! What comes out, and what nobody asked for.

use super::functions::function_key;
use super::network::Resolved;
use super::world::World;
use crate::math::expression::Subscript;
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::network::Role;
use crate::math::source::{Diagnostic, Outcome, Span};
use crate::math::syntax::{NetworkFile, Statement};
use std::collections::BTreeSet;

/// The outputs: those that are listed; else none if there is a loss; else all that nothing reads except one step on
/// (or, where it reads itself, some steps on).
pub fn choose(world: &World<'_>, file: &NetworkFile, equations: &[Resolved]) -> Outcome<Vec<Name>> {
    let (mut listed, mut errors) = (Vec::new(), Vec::new());
    for statement in &file.statements {
        let Statement::Output(names) = &statement.node else { continue };
        for name in names {
            match world.quantities.get(&name.node) {
                Some(entry) if entry.role.is_computed() && !listed.contains(&name.node) => {
                    listed.push(name.node.clone())
                }
                Some(entry) if entry.role.is_computed() => {
                    errors.push(
                        Diagnostic::error(format!("`{}` is listed twice", name.node)).at(&name.span, "again here"),
                    );
                }
                Some(entry) => errors.push(
                    Diagnostic::error(format!("`{}` is not computed and cannot be an output", name.node))
                        .at(&name.span, "listed as an output")
                        .at(&entry.span, "declared here"),
                ),
                None => {
                    let error =
                        Diagnostic::error(format!("unknown output `{}`", name.node)).at(&name.span, "no such quantity");
                    let computed = world.quantities.iter().filter(|(_, entry)| entry.role.is_computed());
                    errors.push(match nearest(name.node.as_str(), computed.map(|(name, _)| name.as_str())) {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None => error.hint(format!("give it an equation: `{} = …`", name.node)),
                    });
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if equations.is_empty() {
        let end = file.source.text.trim_end().len();
        return Err(vec![
            Diagnostic::error("the network has no equations")
                .at(&Span { source: file.source.clone(), start: end, end }, "nothing is computed")
                .hint("write one, such as `y = W @ x + b`"),
        ]);
    }
    if !listed.is_empty() || world.equations.iter().any(|draft| draft.loss) {
        return Ok(listed);
    }
    let read: BTreeSet<&Name> = equations.iter().flat_map(|equation| read_now(world, equation)).collect();
    let computed = world.quantities.iter().filter(|(_, entry)| entry.role.is_computed());
    let found: Vec<Name> = computed.map(|(name, _)| name).filter(|name| !read.contains(name)).cloned().collect();
    if found.is_empty() {
        return Err(vec![
            Diagnostic::error("no quantity is an output: each is read by another")
                .at(&equations[equations.len() - 1].span, "the last equation")
                .hint("list the outputs, as in `output y`"),
        ]);
    }
    Ok(found)
}

/// A warning for an `L` that is an output: whoever calls it so most likely means the loss.
fn no_loss(world: &World<'_>, name: &Name) -> Option<Diagnostic> {
    let entry = world.quantities.get(name).filter(|entry| name.as_str() == "L" && entry.axes.is_empty())?;
    let shape = entry.shape.as_ref()?;
    let warning = Diagnostic::warning("`L` is an output, and not the loss");
    Some(if shape.is_number() {
        warning
            .at(&entry.span, "its upstream gradient is given from outside")
            .hint("the loss is declared: `loss L = …`")
    } else {
        warning
            .at(&entry.span, format!("this is {shape}"))
            .hint("a loss is one number: add the entries up, as in `loss L = sum(…)`")
    })
}

/// What an equation reads otherwise than one step on along a recurrence.
fn read_now<'e>(world: &'e World<'_>, equation: &'e Resolved) -> impl Iterator<Item = &'e Name> {
    equation
        .sites
        .iter()
        .filter(|site| {
            !site.read.subscripts.iter().any(|subscript| match subscript {
                Subscript::At(place) => equation.ranges.iter().any(|range| {
                    let recurrent = world.indices.get(&range.index).is_some_and(|(index, _)| index.recurrent);
                    let step = place.minus(&Integer::name(range.index.clone())).as_number();
                    let own = site.read.quantity == equation.target;
                    recurrent && step.is_some_and(|step| step.abs() == 1 || own && step != 0)
                }),
                _ => false,
            })
        })
        .map(|site| &site.read.quantity)
}

/// The names that the claims of a file speak of.
fn claimed(file: &NetworkFile) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for claim in file.claims() {
        let own = claim.locals.iter().flat_map(|(left, right)| [left, right]);
        for part in own.chain([&claim.left, &claim.right]).chain(&claim.assumptions) {
            let words = part.span.text().split(|letter: char| !crate::math::name::goes_on(letter));
            found.extend(words.map(Name::canonical));
        }
    }
    found
}

/// Warnings about what is declared and never read.
pub fn unused(world: &World<'_>, file: &NetworkFile, equations: &[Resolved], outputs: &[Name]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut used = world.used.borrow().clone();
    used.extend(claimed(file));
    for (name, entry) in &world.quantities {
        if used.contains(name) || !world.places.contains_key(name) {
            continue;
        }
        let (kind, hint) = match entry.role {
            Role::Input => ("input", "remove it, or read it in an equation"),
            Role::Param => ("parameter", "remove it, or read it in an equation"),
            Role::Given | Role::Const(_) => ("constant", "remove it, or read it in an equation"),
            _ => continue,
        };
        found.push(
            Diagnostic::warning(format!("the {kind} `{name}` is never used"))
                .at(&entry.span, "declared here")
                .hint(hint),
        );
    }
    let loss = world.equations.iter().find(|draft| draft.loss).map(|draft| &draft.written.target.node);
    let read: BTreeSet<&Name> = equations
        .iter()
        .flat_map(|equation| equation.sites.iter().map(move |site| (&equation.target, &site.read.quantity)))
        .filter(|(target, read)| target != read)
        .map(|(_, read)| read)
        .collect();
    for (name, entry) in &world.quantities {
        let wanted = outputs.contains(name) || loss == Some(name);
        if entry.role.is_computed() && !wanted && !read.contains(name) {
            found.push(
                Diagnostic::warning(format!("nothing reads `{name}`, and it is no output"))
                    .at(&entry.span, "computed in vain")
                    .hint(format!("list it, as in `output {name}`, or remove its equation")),
            );
        }
    }
    for name in world.functions.keys() {
        if let (false, Some(place)) = (used.contains(name), world.places.get(name)) {
            found.push(Diagnostic::warning(format!("the function `{name}` is never used")).at(place, "declared here"));
        }
    }
    for name in world.sizes.keys() {
        if let (false, Some(place)) = (used.contains(name), world.places.get(name)) {
            found.push(Diagnostic::warning(format!("the size `{name}` is never used")).at(place, "declared here"));
        }
    }
    for (name, (_, place)) in &world.indices {
        if !used.contains(name) {
            found.push(Diagnostic::warning(format!("the index `{name}` is never used")).at(place, "declared here"));
        }
    }
    for statement in &file.statements {
        if let Statement::Def(definition) = &statement.node
            && !used.contains(&function_key(&definition.name.node))
        {
            found.push(
                Diagnostic::warning(format!("the definition `{}` is never used", definition.name.node))
                    .at(&definition.name.span, "defined here"),
            );
        }
    }
    found.extend(outputs.iter().filter(|_| loss.is_none()).filter_map(|name| no_loss(world, name)));
    found.sort_by_key(|warning: &Diagnostic| warning.labels.first().map(|(place, _)| place.start));
    found
}
