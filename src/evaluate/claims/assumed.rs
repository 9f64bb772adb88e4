//! Instances that meet what a claim assumes.

use super::{Placed, run};
use crate::evaluate::fault::Fault;
use crate::evaluate::instance::Instance;
use crate::evaluate::program::{Given, Program};
use crate::math::claim::{Assumption, Group};
use crate::math::expression::{Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Role, Sizes};
use std::collections::BTreeMap;

/// Equalities hold up to this.
const CLOSE: f64 = 1e-9;

/// Changes the data so that the assumptions hold, or says that they could not be met. A reading of data that is assumed to
/// be above or below 0 gets that sign; sums and products of data that are assumed to be equal to something are scaled.
pub fn meet(group: &Group, sizes: &Sizes, instance: &mut Instance) -> Result<(), Fault> {
    let assumptions: Vec<&Assumption> = group.claims.iter().flat_map(|claim| &claim.assumptions).collect();
    for _ in 0..2 {
        for assumption in &assumptions {
            bend(group, sizes, assumption, instance)?;
        }
    }
    let values = values(group, sizes, instance)?;
    for assumption in &assumptions {
        let (left, right) = (&values[&assumption.left].array, &values[&assumption.right].array);
        let pairs = left.data.iter().zip(right.data.iter().cycle());
        let all = |test: &dyn Fn(f64, f64) -> bool| pairs.clone().all(|(a, b)| test(*a, *b));
        let met = match assumption.relation {
            Relation::Equal => all(&|a, b| (a - b).abs() <= CLOSE * (1.0 + a.abs())),
            Relation::NotEqual => all(&|a, b| a != b),
            Relation::Less => all(&|a, b| a < b),
            Relation::LessEqual => all(&|a, b| a <= b),
            Relation::Greater => all(&|a, b| a > b),
            Relation::GreaterEqual => all(&|a, b| a >= b),
        };
        if !met {
            return Err(Fault::error(format!("no random numbers were found for which {} holds", assumption.text))
                .hint("assume something of an input or a parameter, such as `when a > 0` or `sum(y) = 1`"));
        }
    }
    Ok(())
}

/// The values of everything that needs no derivative.
fn values(group: &Group, sizes: &Sizes, instance: &Instance) -> Result<BTreeMap<Name, Placed>, Fault> {
    let sides: Vec<&Name> = group
        .claims
        .iter()
        .flat_map(|claim| &claim.assumptions)
        .flat_map(|assumption| [&assumption.left, &assumption.right])
        .collect();
    let known = |name: &Name| group.base.quantity(name).is_some() || sides.contains(&name);
    let network = Network {
        quantities: group.network.quantities.clone().into_iter().filter(|(name, _)| known(name)).collect(),
        equations: group.network.equations.iter().filter(|equation| known(&equation.target)).cloned().collect(),
        ..group.network.clone()
    };
    let program = Program::with_lenient(&network, sizes, &group.lenient())?;
    let given = Given { inputs: instance.given.inputs.clone(), ..Given::default() };
    run(&program, &network, &given)
}

fn bend(group: &Group, sizes: &Sizes, assumption: &Assumption, instance: &mut Instance) -> Result<(), Fault> {
    let sides =
        (group.network.equations_of(&assumption.left).next(), group.network.equations_of(&assumption.right).next());
    let (Some(left), Some(right)) = sides else { return Ok(()) };
    let wanted = right.body.as_number().map(crate::math::number::to_f64);
    if let (Some(read), Some(wanted)) = (left.body.as_read(), wanted)
        && wanted == 0.0
        && let Some(array) = instance.given.inputs.get_mut(&read.quantity)
    {
        let turn = |entry: &mut f64| match assumption.relation {
            Relation::Greater | Relation::GreaterEqual => *entry = entry.abs(),
            Relation::Less | Relation::LessEqual => *entry = -entry.abs(),
            Relation::Equal => *entry = 0.0,
            Relation::NotEqual => {}
        };
        array.data.iter_mut().for_each(turn);
        return Ok(());
    }
    if assumption.relation != Relation::Equal {
        return Ok(());
    }
    let Some(read) = leaf(group, &left.body).or_else(|| leaf(group, &right.body)).cloned() else { return Ok(()) };
    if left.body.as_read().is_some() && Some(&read) == left.body.as_read() {
        // A mere reading gets the value of the other side.
        let values = values(group, sizes, instance)?;
        let other = &values[&assumption.right].array;
        if let Some(array) = instance.given.inputs.get_mut(&read.quantity)
            && array.data.len() == other.data.len()
        {
            array.data.clone_from(&other.data);
        }
        return Ok(());
    }
    scale(
        group,
        sizes,
        assumption,
        &read,
        &left.ranges.iter().map(|range| range.index.clone()).collect::<Vec<_>>(),
        instance,
    )
}

/// The data that an assumption speaks of.
fn leaf<'t>(group: &Group, term: &'t Term) -> Option<&'t Read> {
    term.reads().into_iter().find(|read| {
        let role = group.base.quantity(&read.quantity).map(|quantity| &quantity.role);
        matches!(role, Some(Role::Input | Role::Param | Role::Given | Role::Initial))
    })
}

/// Scales data so that a sum or product of them comes out as it should, for each value of the free indices.
fn scale(
    group: &Group,
    sizes: &Sizes,
    assumption: &Assumption,
    read: &Read,
    letters: &[Name],
    instance: &mut Instance,
) -> Result<(), Fault> {
    // Shares and probabilities are positive.
    if let Some(array) = instance.given.inputs.get_mut(&read.quantity) {
        array.data.iter_mut().for_each(|entry| *entry = entry.abs());
    }
    let values = values(group, sizes, instance)?;
    let (left, right) = (&values[&assumption.left], &values[&assumption.right]);
    let Some(array) = instance.given.inputs.get_mut(&read.quantity) else { return Ok(()) };
    // Where each free index stands among the subscripts of the data.
    let axis = |letter: &Name| {
        read.subscripts.iter().position(|subscript| {
            matches!(subscript, crate::math::expression::Subscript::At(place) if place == &Integer::name(letter.clone()))
        })
    };
    let axes: Vec<Option<usize>> = letters.iter().map(axis).collect();
    let dims = array.dims.clone();
    for (position, entry) in array.data.iter_mut().enumerate() {
        let (mut places, mut rest) = (vec![0; dims.len()], position);
        for (axis, dim) in dims.iter().enumerate().rev() {
            places[axis] = rest % dim;
            rest /= dim;
        }
        let mut at = 0;
        for (axis, dim) in axes.iter().zip(&left.array.dims) {
            at = at * dim + axis.map_or(0, |axis| places[axis]);
        }
        let (found, wanted) = (left.array.data.get(at), right.array.data.get(at).or(right.array.data.first()));
        if let (Some(found), Some(wanted)) = (found, wanted)
            && *found != 0.0
        {
            *entry *= wanted / found;
        }
    }
    Ok(())
}
