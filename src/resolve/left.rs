//! Left sides: indices, or numbers and sizes in a case.

use super::collect::{Collected, not_an_index};
use super::integers;
use super::world::{Draft, Entry, World};
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::source::{Diagnostic, Span};
use crate::math::syntax::{Expression, SubscriptForm, Written, WrittenEquation};

/// Notes an equation; the first general one of a quantity declares it.
pub fn equation<'a>(world: &mut World<'a>, written: &'a WrittenEquation, loss: bool) -> Collected<()> {
    let name = &written.target;
    if world.sizes.contains_key(&name.node) || world.indices.contains_key(&name.node) {
        // Says where it was declared.
        return world.claim(&name.node, &name.span);
    }
    let (mut at, mut ranges) = (Vec::new(), Vec::<Binder>::new());
    for subscript in &written.subscripts {
        let place = match &subscript.what {
            SubscriptForm::At(place) => place,
            _ => {
                return Err(Diagnostic::error("the left side of an equation holds for single places")
                    .at(&subscript.span, "not a single place")
                    .hint("write an index here; axes that are not mentioned are the payload"));
            }
        };
        if let Some(padding) = &subscript.padded {
            return Err(Diagnostic::error("`else` belongs to readings on the right side").at(padding, "not here"));
        }
        if let Expression::Name(letter) = &place.node
            && let Some(binder) = world.binder(letter)
        {
            if ranges.iter().any(|range| range.index == binder.index) {
                return Err(Diagnostic::error(format!("the index `{letter}` stands twice on the left side"))
                    .at(&subscript.span, "second time")
                    .hint("an equation defines all entries: use two indices, and `where(i == j, …)`"));
            }
            world.note_use(letter);
            at.push(Integer::name(letter.clone()));
            ranges.push(binder);
            continue;
        }
        at.push(left_place(world, written, place)?);
    }
    if let Some(entry) = world.quantities.get(&name.node) {
        if !entry.role.is_computed() {
            let word = match entry.role {
                Role::Input => "an input",
                Role::Param => "a parameter",
                _ => "a constant",
            };
            let case = !at.is_empty() && ranges.len() < at.len();
            let span = entry.span.clone();
            if case && !matches!(entry.role, Role::Const(_)) {
                world.cased.insert(name.node.clone());
                world.equations.push(Draft { written, at, ranges, loss });
                return Ok(());
            }
            return Err(Diagnostic::error(format!("`{}` is {word} and cannot be computed", name.node))
                .at(&name.span, "defined again here")
                .at(&span, "declared here")
                .hint("choose another name for the computed quantity, or declare it with `state`"));
        }
        if entry.axes.len() != at.len() && (entry.state || ranges.len() == at.len()) {
            return Err(axis_count(&name.node, entry, at.len(), &written.span));
        }
    } else {
        let span = name.span.clone();
        if ranges.len() < at.len() {
            // A case that stands before the general equation: the axes are known once that one is read.
            world.equations.push(Draft { written, at, ranges, loss });
            return Ok(());
        }
        world.claim(&name.node, &span)?;
        let entry = Entry {
            role: Role::Computed,
            state: false,
            axes: ranges.clone(),
            shape: None,
            guessed: false,
            draw: None,
            span,
        };
        world.quantities.insert(name.node.clone(), entry);
    }
    if loss && !at.is_empty() {
        return Err(Diagnostic::error("the loss is one number")
            .at(&written.span, "it has an index here")
            .hint("sum over the index: `loss L = sum[t](…)`"));
    }
    world.equations.push(Draft { written, at, ranges, loss });
    Ok(())
}

fn left_place(world: &World<'_>, written: &WrittenEquation, place: &Written) -> Collected<Integer> {
    let letters = integers::names(place);
    if let Some(index) = letters.iter().find(|name| world.indices.contains_key(*name)) {
        return Err(Diagnostic::error("the left side is an index, a number or a size, not an expression of an index")
            .at(&place.span, format!("an expression of `{index}`"))
            .hint(format!(
                "move the shift to the right side: `{}[{index}] = …`, with the indices there moved the other way",
                written.target.node
            )));
    }
    integers::of_sizes(world, place).map_err(|error| match &place.node {
        Expression::Name(letter) => not_an_index(world, &place.span, Some(letter)),
        _ => error,
    })
}

/// The message for an equation with too few or too many subscripts on its left.
pub fn axis_count(name: &Name, entry: &Entry, found: usize, span: &Span) -> Diagnostic {
    let letters: Vec<String> = entry.axes.iter().map(|axis| axis.index.to_string()).collect();
    let wanted = match letters.len() {
        0 => "no index".to_string(),
        1 => format!("the index [{}]", letters[0]),
        _ => format!("the indices [{}]", letters.join(",")),
    };
    Diagnostic::error(format!("`{name}` has {wanted}"))
        .at(span, format!("{found} subscript{} here", if found == 1 { "" } else { "s" }))
        .at(&entry.span, "declared or first defined here")
}
