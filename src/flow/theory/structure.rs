//! Which recurrence a network has, and how an entry of its state is made, one step after the other.

use super::entries::Entries;
use crate::math::draw::Distribution;
use crate::math::expression::{Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity};
use crate::math::source::{Diagnostic, Outcome};
use crate::math::theory::{Entry, Function, Item, Step};
use std::collections::BTreeSet;

/// The step of `network` along an index, or along the only one that there is. Fails, with the place and the reason, where mean-field
/// theory does not apply or does not know how to.
pub fn step(network: &Network, along: Option<&Name>) -> Outcome<Step> {
    one(network, along).map_err(|error| vec![error])
}

fn one(network: &Network, along: Option<&Name>) -> Result<Step, Diagnostic> {
    let index = recurrence(network, along)?;
    let states = states(network, &index);
    let state = match states.iter().collect::<Vec<_>>().as_slice() {
        [] => {
            return Err(refused(format!("nothing recurs along `{index}`"))
                .hint("theory speaks of equations such as `h[l] = phi(W[l] @ h[l-1])`"));
        }
        [one] => (*one).clone(),
        many => {
            let names: Vec<String> = many.iter().map(|name| format!("`{name}`")).collect();
            let error = refused(format!("{} recur together along `{index}`", names.join(" and ")));
            let spans = many.iter().filter_map(|name| network.quantity(name));
            return Err(spans
                .fold(error, |error, quantity| error.at(&quantity.span, "a state"))
                .hint("it follows one state whose entries are alike; a sweep measures the others"));
        }
    };
    let equation = general(network, &state, &index)
        .ok_or_else(|| refused(format!("`{state}` has no equation along all of `{index}`")))?;
    if let Some(other) = network.quantity(&state).and_then(|quantity| other_recurrence(network, quantity, &index)) {
        return Err(refused(format!("`{state}` recurs along `{other}` too, within each step along `{index}`"))
            .at(&equation.span, "here")
            .hint("it follows one recurrence; a sweep measures both"));
    }
    let descending = network.indices.get(&index).is_some_and(|_| {
        equation.body.reads().iter().any(|read| shift(network, read, &index).is_some_and(|shift| shift > 0))
    });
    let fresh = || Entries::new(network, &index, &state, if descending { 1 } else { -1 });
    let mut entries = fresh();
    let mut update = entries.equation(equation)?;
    // Sums that turn out to be multiples of one another are read again as such.
    let bases = super::multiples::bases(&entries.items);
    if !bases.is_empty() {
        entries = fresh();
        entries.bases = bases;
        update = entries.equation(equation)?;
    }
    let initial = initial(network, &state);
    let normal = matches!(update, Entry::Linear(_)) && initial.is_some();
    let binder = network.indices.get(&index).ok_or_else(|| refused(format!("`{index}` is no index")))?;
    let step = Step {
        index: index.clone(),
        range: (binder.low.clone(), binder.high.clone()),
        state,
        initial,
        items: entries.items,
        update,
        normal,
        notes: entries.notes,
    };
    closed(&step, equation)?;
    Ok(step)
}

/// Another index along which a quantity recurs.
fn other_recurrence(network: &Network, quantity: &Quantity, along: &Name) -> Option<Name> {
    let mut axes = quantity.axes.iter().map(|axis| &axis.index);
    axes.find(|index| *index != along && network.indices.get(*index).is_some_and(|own| own.recurrent)).cloned()
}

/// An error that says that theory does not apply.
pub fn refused(reason: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::error(format!("mean-field theory does not apply: {reason}"))
}

/// The index to go along.
fn recurrence(network: &Network, along: Option<&Name>) -> Result<Name, Diagnostic> {
    let recurrent: Vec<&Name> =
        network.indices.values().filter(|index| index.recurrent).map(|index| &index.name).collect();
    match (along, recurrent.as_slice()) {
        (Some(wanted), many) if many.contains(&wanted) => Ok(wanted.clone()),
        (Some(wanted), many) => {
            let error = Diagnostic::error(format!("`{}` has no recurrence along `{wanted}`", network.name));
            let known: Vec<String> = many.iter().map(|name| format!("`{name}`")).collect();
            Err(if known.is_empty() { error } else { error.hint(format!("it has {}", known.join(", "))) })
        }
        (None, []) => Err(refused(format!("`{}` has no recurrence", network.name))
            .hint("declare the index of layers or steps: `along l`, and read `h[l-1]`")),
        (None, [one]) => Ok((*one).clone()),
        (None, many) => {
            let with: Vec<&&Name> = many.iter().filter(|index| !states(network, index).is_empty()).collect();
            match with.as_slice() {
                [one] => Ok((**one).clone()),
                _ => Err(Diagnostic::error(format!("`{}` recurs along several indices", network.name))
                    .hint(format!("choose one: `--along {}`", many[0]))),
            }
        }
    }
}

/// By how much a reading is shifted along the index.
pub fn shift(network: &Network, read: &Read, index: &Name) -> Option<i64> {
    let quantity = network.quantity(&read.quantity)?;
    let axis = quantity.axes.iter().position(|axis| &axis.index == index)?;
    let crate::math::expression::Subscript::At(place) = read.subscripts.get(axis)? else { return None };
    place.minus(&Integer::name(index.clone())).as_number()
}

/// All that is read one step before.
fn states(network: &Network, index: &Name) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    for equation in
        network.equations.iter().filter(|equation| equation.ranges.iter().any(|range| &range.index == index))
    {
        for read in equation.body.reads() {
            let computed = network.quantity(&read.quantity).is_some_and(|quantity| quantity.role.is_computed());
            if computed && shift(network, read, index).is_some_and(|shift| shift != 0) {
                found.insert(read.quantity.clone());
            }
        }
    }
    found
}

/// The equation of a quantity that holds along all of the index.
pub fn general<'n>(network: &'n Network, name: &Name, index: &Name) -> Option<&'n Equation> {
    let mut all = network.equations.iter().filter(|equation| &equation.target == name);
    let along = |equation: &&Equation| equation.ranges.iter().any(|range| &range.index == index);
    let indexed = network.quantity(name).is_some_and(|quantity| quantity.axes.iter().any(|axis| &axis.index == index));
    if indexed { all.find(along) } else { all.next() }
}

/// How the first value of a state is drawn, when it is normal or constant.
fn initial(network: &Network, state: &Name) -> Option<(Term, Term)> {
    let first = network
        .quantities
        .values()
        .find(|quantity| quantity.shown.as_ref().is_some_and(|shown| &shown.quantity == state));
    // A case may also name an input: `h[0] = x`.
    let named = || {
        let case = network.equations.iter().find(|equation| &equation.target == state && equation.is_case())?;
        let Op::Read(read) = case.body.op() else { return None };
        network.quantity(&read.quantity)
    };
    match &first.or_else(named)?.draw.as_ref()?.distribution {
        Distribution::Normal { mean, deviation } => Some((mean.clone(), deviation.clone())),
        Distribution::Constant { value } => Some((value.clone(), Term::number(crate::math::number::whole(0)))),
        _ => None,
    }
}

/// Moments of the state suffice only if functions of it are linear, or it is normal.
fn closed(step: &Step, equation: &Equation) -> Result<(), Diagnostic> {
    let function = |entry: &Entry| match entry {
        Entry::Function(function) => (!function.affine).then(|| (**function).clone()),
        _ => None,
    };
    let bent: Vec<Function> = step
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Product(product) => function(&product.argument),
            // Layer normalisation of the state itself: E h² is one of its moments.
            Item::Mean(entry) => function(entry).filter(|function| !function.quadratic),
            _ => None,
        })
        .chain(function(&step.update))
        .collect();
    if bent.is_empty() || step.normal {
        return Ok(());
    }
    let (state, index) = (&step.state, &step.index);
    Err(refused(format!("`{state}` of the step before goes through a function without fresh weights"))
        .at(&equation.span, format!("the distribution of `{state}` along `{index}` is not normal"))
        .hint("it knows moments only: the state may be multiplied by weights, scaled, gated and added"))
}
