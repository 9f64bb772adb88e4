//! Fits data to a network: names are matched, sizes follow from the arrays and must agree.

use super::array::{Array, told};
use super::data::Data;
use super::fault::Fault;
use super::names::{Match, matched};
use super::program::Given;
use super::solve::Solver;
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::network::{Network, Quantity, Role, Sizes};
use crate::math::source::Outcome;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// Data that fit a network.
#[derive(Clone, PartialEq, Debug)]
pub struct Bound {
    /// The sizes that follow from the arrays.
    pub sizes: Sizes,
    /// The arrays under the names of the network.
    pub given: Given<f64>,
    inputs: BTreeMap<Name, Match>,
    upstream: BTreeMap<Name, Match>,
}

/// What is known of an array before the sizes are.
struct Axes {
    /// How many entries along each axis, as expressions of sizes.
    dims: Vec<Integer>,
    /// The first value of the first index axis.
    low: Option<Integer>,
}

/// Fits `data` to `network`. Tells all missing and extra names at once, then arrays of the wrong shape, then sizes that disagree.
pub fn bind(network: &Network, data: &Data) -> Outcome<Bound> {
    let leaves: Vec<&Quantity> = network
        .quantities
        .values()
        .filter(|quantity| quantity.role.is_learned() || quantity.role == Role::Given)
        .collect();
    let loss = network.loss.iter().filter(|loss| !network.outputs.contains(loss));
    let results: Vec<&Quantity> =
        network.outputs.iter().chain(loss).filter_map(|name| network.quantity(name)).collect();
    let inputs = matched(&wanted(&leaves), data.inputs.keys());
    let upstream = matched(&wanted(&results), data.upstream.keys());
    let mut faults = missing(&leaves, &inputs, data);
    faults.extend(extra(
        &leaves,
        &inputs,
        data.inputs.keys(),
        "the network has no such input, parameter or initial value",
    ));
    faults.extend(extra(&results, &upstream, data.upstream.keys(), "it is no output of the network"));
    if !faults.is_empty() {
        return Err(faults);
    }
    let targets = network.equations.iter().map(|equation| &equation.target).collect();
    let mut sizes = Solver::new(network);
    let mut given = Given::default();
    for (quantities, matches, arrays, put) in [
        (&leaves, &inputs, &data.inputs, &mut given.inputs),
        (&results, &upstream, &data.upstream, &mut given.upstream),
    ] {
        for quantity in quantities {
            let Some(found) = matches.get(&quantity.name) else { continue };
            let axes = axes(network, &targets, quantity);
            match joined(&quantity.name, found, &axes, arrays) {
                Ok((array, first)) => {
                    if let (Some(first), Some(low)) = (first, &axes.low) {
                        if low.as_number().is_some_and(|low| low != first) {
                            faults.push(Fault::error(format!(
                                "the pieces of `{}` begin at {first}, but should begin at {low}",
                                quantity.name
                            )));
                            continue;
                        }
                        sizes.tell(low.clone(), first, format!("the first piece of `{}`", quantity.name));
                    }
                    let label = spelling(found);
                    for (axis, (size, dim)) in axes.dims.iter().zip(&array.dims).enumerate() {
                        sizes.tell(size.clone(), *dim as i64, format!("`{label}` along axis {}", axis + 1));
                    }
                    put.insert(quantity.name.clone(), array);
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    match (faults.is_empty(), sizes.solve(network)) {
        (true, Ok(sizes)) => Ok(Bound { sizes, given, inputs, upstream }),
        (true, Err(fault)) => Err(vec![fault]),
        (false, _) => Err(faults),
    }
}

/// Fits data to a network that may lack some: the sizes that follow, and the arrays under the names of the network.
pub fn partly(network: &Network, data: &Data) -> Outcome<(Sizes, BTreeMap<Name, Array<f64>>)> {
    let given = |quantity: &&Quantity| quantity.role.is_learned() || quantity.role == Role::Given;
    let leaves: Vec<&Quantity> = network.quantities.values().filter(given).collect();
    let inputs = matched(&wanted(&leaves), data.inputs.keys());
    let why = "the network has no such input, parameter or initial value";
    let mut faults = extra(&leaves, &inputs, data.inputs.keys(), why);
    let targets = network.equations.iter().map(|equation| &equation.target).collect();
    let mut sizes = Solver::new(network);
    let mut arrays = BTreeMap::new();
    for quantity in leaves {
        let Some(found) = inputs.get(&quantity.name) else { continue };
        let axes = axes(network, &targets, quantity);
        match joined(&quantity.name, found, &axes, &data.inputs) {
            Ok((array, _)) => {
                let label = spelling(found);
                for (axis, (size, dim)) in axes.dims.iter().zip(&array.dims).enumerate() {
                    sizes.tell(size.clone(), *dim as i64, format!("`{label}` along axis {}", axis + 1));
                }
                arrays.insert(quantity.name.clone(), array);
            }
            Err(fault) => faults.push(fault),
        }
    }
    match (faults.is_empty(), sizes.some()) {
        (true, Ok(sizes)) => Ok((sizes, arrays)),
        (true, Err(fault)) => Err(vec![fault]),
        (false, _) => Err(faults),
    }
}

impl Bound {
    /// An array of the network under the names of the data, in as many pieces.
    pub(super) fn named(&self, name: &Name, array: Array<f64>, out: &mut IndexMap<String, Array<f64>>) {
        match self.inputs.get(name).or_else(|| self.upstream.get(name)) {
            Some(Match::Pieces(pieces)) => {
                let size = array.data.len() / pieces.len().max(1);
                for (text, block) in pieces.values().zip(array.data.chunks(size.max(1))) {
                    out.insert(text.clone(), Array { dims: array.dims[1..].to_vec(), data: block.to_vec() });
                }
            }
            Some(Match::Whole(text)) => {
                out.insert(text.clone(), array);
            }
            None => {
                out.insert(name.to_string(), array);
            }
        }
    }
}

fn wanted(quantities: &[&Quantity]) -> Vec<(Name, bool)> {
    quantities.iter().map(|quantity| (quantity.name.clone(), !quantity.axes.is_empty())).collect()
}

/// The axes that the data give: the declared ranges of the indices, then the shape.
fn axes(network: &Network, targets: &BTreeSet<&Name>, quantity: &Quantity) -> Axes {
    let partly = quantity.role.is_computed() || targets.contains(&quantity.name);
    let range = |axis: &Binder| match network.indices.get(&axis.index) {
        Some(index) if partly => (index.low.clone(), index.high.clone()),
        _ => (axis.low.clone(), axis.high.clone()),
    };
    let ranges: Vec<(Integer, Integer)> = quantity.axes.iter().map(range).collect();
    let counts = ranges.iter().map(|(low, high)| high.minus(low).offset(1));
    Axes {
        dims: counts.chain(quantity.shape.axes().iter().cloned()).collect(),
        low: ranges.first().map(|(low, _)| low.clone()),
    }
}

fn spelling(found: &Match) -> String {
    match found {
        Match::Whole(text) => text.clone(),
        Match::Pieces(pieces) => pieces.values().next().cloned().unwrap_or_default(),
    }
}

/// The array of a quantity, put together from its pieces; then also the place of the first piece.
fn joined(
    name: &Name,
    found: &Match,
    axes: &Axes,
    arrays: &IndexMap<String, Array<f64>>,
) -> Result<(Array<f64>, Option<i64>), Fault> {
    let shaped = |text: &str, array: &Array<f64>, dims: &[Integer]| {
        let (is, wanted) = (told(&array.dims), told(dims));
        let message = match (array.dims.as_slice(), dims) {
            (is, wanted) if is.len() == wanted.len() => return Ok(()),
            ([], _) => format!("`{text}` is a number, but should have the shape {wanted}"),
            (_, []) => format!("`{text}` has the shape {is}, but should be a number"),
            _ => format!("`{text}` has the shape {is}, not {wanted}"),
        };
        Err(Fault::error(message).hint("index axes come first, then the shape"))
    };
    match found {
        Match::Whole(text) => {
            shaped(text, &arrays[text], &axes.dims)?;
            Ok((arrays[text].clone(), None))
        }
        Match::Pieces(pieces) => {
            let first = pieces.iter().next().map(|(place, text)| (*place, &arrays[text]));
            let Some((start, model)) = first else { return Err(Fault::error(format!("`{name}` is empty"))) };
            let mut data = Vec::new();
            for (expected, (place, text)) in (start..).zip(pieces) {
                if expected != *place {
                    return Err(Fault::error(format!("the data have `{text}` but no piece {expected} of `{name}`")));
                }
                shaped(text, &arrays[text], axes.dims.get(1..).unwrap_or_default())?;
                if arrays[text].dims != model.dims {
                    let (one, other) = (told(&arrays[text].dims), told(&model.dims));
                    return Err(Fault::error(format!(
                        "the pieces of `{name}` differ: `{text}` is {one}, others are {other}"
                    )));
                }
                data.extend_from_slice(&arrays[text].data);
            }
            let dims = std::iter::once(pieces.len()).chain(model.dims.iter().copied()).collect();
            Ok((Array { dims, data }, Some(start)))
        }
    }
}

fn missing(quantities: &[&Quantity], matches: &BTreeMap<Name, Match>, data: &Data) -> Vec<Fault> {
    let used = used(matches);
    let unused = || data.inputs.keys().filter(|text| !used.contains(*text));
    let absent = quantities.iter().filter(|quantity| !matches.contains_key(&quantity.name));
    absent
        .map(|quantity| {
            let fault = Fault::error(format!("the data have no array for `{}`", quantity.name));
            match nearest(quantity.name.as_str(), unused().map(String::as_str)) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault.hint("add it under `inputs`, index axes first, then the shape"),
            }
        })
        .collect()
}

fn extra<'a>(
    quantities: &[&Quantity],
    matches: &BTreeMap<Name, Match>,
    given: impl Iterator<Item = &'a String>,
    why: &str,
) -> Vec<Fault> {
    let used = used(matches);
    given
        .filter(|text| !used.contains(*text))
        .map(|text| {
            let fault = Fault::error(format!("the data have an array `{text}`, but {why}"));
            let unmatched = quantities.iter().filter(|quantity| !matches.contains_key(&quantity.name));
            match nearest(text, unmatched.map(|quantity| quantity.name.as_str())) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => {
                    let all: Vec<String> = quantities.iter().map(|quantity| format!("`{}`", quantity.name)).collect();
                    match all.is_empty() {
                        true => fault,
                        false => fault.hint(format!("it has {}", all.join(", "))),
                    }
                }
            }
        })
        .collect()
}

fn used(matches: &BTreeMap<Name, Match>) -> BTreeSet<&String> {
    matches.values().flat_map(Match::texts).collect()
}
