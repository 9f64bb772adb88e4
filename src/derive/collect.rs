//! From gains to lines: every adjoint is the sum of what all equations hand to it, with every index moved to where the
//! adjoint stands. This is backpropagation through time, without unrolling.

use super::order::{adjoints_read, in_order};
use super::parts::{balanced, is_plain};
use super::range::{Truth, within};
use crate::math::derivation::{Chain, Gain, Line, Part, Subject};
use crate::math::expression::{Binder, Mark, Op, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use crate::math::source::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// What an equation hands to the adjoint of `u`: `Σ_{sums} term`, at the place where `u`'s own indices stand,
/// where all `limits` hold.
#[derive(Clone)]
struct Contribution {
    term: Term,
    sums: Vec<Binder>,
    limits: Vec<Limit>,
}

/// A condition on the place of an adjoint.
#[derive(Clone)]
enum Limit {
    /// `low ≤ place ≤ high`; outside, the adjoint that is read in the term does not exist and counts as 0 on the sides
    /// that are `open`.
    Between { place: Integer, low: Integer, high: Integer, open_below: bool, open_above: bool },
    /// `place = other`
    Equal { place: Integer, other: Integer },
}

/// One line for every adjoint that the goals need, in an order in which they can be computed.
pub fn collect(network: &Network, chains: &[Chain], goals: &[Name]) -> Result<Vec<Line>, Diagnostic> {
    let mut contributions: BTreeMap<Name, Vec<Contribution>> = BTreeMap::new();
    for chain in chains {
        let Subject::Equation(number) = chain.subject else { continue };
        for gain in &chain.gains {
            let contribution = move_to(network, &network.equations[number], gain)?;
            contributions.entry(gain.of.quantity.clone()).or_default().push(contribution);
        }
    }
    let mut lines = Vec::new();
    for (quantity, places) in standings(network) {
        if !quantity.role.has_gradient() {
            continue;
        }
        let empty = Vec::new();
        let handed = contributions.get(&quantity.name).unwrap_or(&empty);
        lines.push(line(network, quantity, &places, handed, goals.contains(&quantity.name)));
    }
    Ok(in_order(needed(lines, goals)))
}

/// Where an adjoint stands: the places on the left, and the ranges of the indices in them.
struct Standing {
    at: Vec<Integer>,
    ranges: Vec<Binder>,
}

/// Quantities of the file, then named parts, then leaves, each in the order of the file. What must be computed earlier is
/// moved to the front by [`in_order`].
fn standings(network: &Network) -> Vec<(&Quantity, Standing)> {
    let computed = network.equations.iter().filter_map(|equation| {
        let quantity = network.quantity(&equation.target)?;
        Some((quantity, Standing { at: equation.at.clone(), ranges: equation.ranges.clone() }))
    });
    let (named, written): (Vec<_>, Vec<_>) = computed.partition(|(quantity, _)| quantity.role == Role::Named);
    let leaves = network.quantities.values().filter(|quantity| quantity.role.is_learned()).map(|quantity| {
        let at = quantity.axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
        (quantity, Standing { at, ranges: quantity.axes.clone() })
    });
    written.into_iter().chain(named).chain(leaves).collect()
}

/// Solves "the place that is read = the place of the adjoint" for the indices of the equation.
fn move_to(network: &Network, equation: &Equation, gain: &Gain) -> Result<Contribution, Diagnostic> {
    let not_yet = |why: &str| {
        Diagnostic::error(format!(
            "the gradient of `{}` through `{}` cannot be collected yet",
            gain.of.quantity, equation.target
        ))
        .at(&equation.span, why.to_string())
        .hint("subscripts of the form `t`, `t-1`, `s`, or a fixed place can be collected")
    };
    let quantity = network.quantity(&gain.of.quantity).ok_or_else(|| not_yet("it is unknown"))?;
    if !is_plain(&gain.of) || gain.of.subscripts.len() != quantity.axes.len() || gain.of.padded {
        return Err(not_yet("it is read by entries or slices, or past its end"));
    }
    let mut unsolved: Vec<Binder> = equation.ranges.clone();
    let mut solved: BTreeMap<Name, Integer> = BTreeMap::new();
    let mut limits = Vec::new();
    // Indices of the equation and axes of the quantity may share letters, so axes are primed while solving.
    let primed = |axis: &Binder| Name::from(format!("{}′", axis.index));
    for (axis, subscript) in quantity.axes.iter().zip(&gain.of.subscripts) {
        let Subscript::At(read) = subscript else { continue };
        let read = read.substitute(&solved);
        let place = Integer::name(primed(axis));
        let choice = unsolved
            .iter()
            .position(|range| read.linear_in(&range.index).is_some_and(|(coefficient, _)| coefficient.abs() == 1));
        match choice {
            Some(position) => {
                let range = unsolved.remove(position);
                let (coefficient, rest) = read.linear_in(&range.index).unwrap_or_default();
                let value = place.minus(&rest).scaled(coefficient);
                let put = BTreeMap::from([(range.index.clone(), value.clone())]);
                for other in solved.values_mut() {
                    *other = other.substitute(&put);
                }
                solved.insert(range.index, value);
            }
            None if read.names().iter().any(|name| unsolved.iter().any(|range| &range.index == name)) => {
                return Err(not_yet("its subscript cannot be solved for an index"));
            }
            None => limits.push(Limit::Equal { place, other: read }),
        }
    }
    let axes_of_target = network.quantity(&equation.target).map(|target| target.axes.clone()).unwrap_or_default();
    for range in &equation.ranges {
        if let Some(place) = solved.get(&range.index) {
            let axis = equation
                .at
                .iter()
                .position(|at| at.as_name() == Some(&range.index))
                .and_then(|position| axes_of_target.get(position));
            limits.push(Limit::Between {
                place: place.clone(),
                low: range.low.clone(),
                high: range.high.clone(),
                open_below: axis.is_some_and(|axis| axis.low == range.low),
                open_above: axis.is_some_and(|axis| axis.high == range.high),
            });
        }
    }
    // What stays unsolved is summed over, under a letter that is not an axis of the quantity.
    let mut put = solved;
    let mut sums = Vec::new();
    let mut taken: BTreeSet<Name> = quantity.axes.iter().map(|axis| axis.index.clone()).collect();
    let freed: Vec<Name> = put.keys().cloned().collect();
    for range in &unsolved {
        let mut letter = range.index.clone();
        if taken.contains(&letter) {
            let spare = freed.iter().find(|name| !taken.contains(*name)).cloned();
            letter = spare.unwrap_or_else(|| letter.beside(&taken));
        }
        taken.insert(letter.clone());
        put.insert(range.index.clone(), Integer::name(letter.clone()));
        sums.push(Binder { index: letter, low: range.low.clone(), high: range.high.clone() });
    }
    let unprime: BTreeMap<Name, Integer> =
        quantity.axes.iter().map(|axis| (primed(axis), Integer::name(axis.index.clone()))).collect();
    let term = gain.term.at(&put).at(&unprime);
    let sums = sums
        .into_iter()
        .map(|sum| Binder {
            low: sum.low.substitute(&put).substitute(&unprime),
            high: sum.high.substitute(&put).substitute(&unprime),
            ..sum
        })
        .collect();
    let limits = limits.into_iter().map(|limit| limit.put(&put).put(&unprime)).collect();
    Ok(Contribution { term, sums, limits })
}

impl Limit {
    fn put(&self, put: &BTreeMap<Name, Integer>) -> Limit {
        match self {
            Limit::Between { place, low, high, open_below, open_above } => Limit::Between {
                place: place.substitute(put),
                low: low.substitute(put),
                high: high.substitute(put),
                open_below: *open_below,
                open_above: *open_above,
            },
            Limit::Equal { place, other } => {
                Limit::Equal { place: place.substitute(put), other: other.substitute(put) }
            }
        }
    }

    /// Whether it holds for all values of the indices, for none, or depends; then also the comparisons to make.
    fn judge(&self, ranges: &[Binder]) -> (Truth, Vec<(Relation, Integer, Integer)>) {
        match self {
            Limit::Equal { place, other } => {
                let truth = within(place, other, other, ranges);
                (truth, vec![(Relation::Equal, place.clone(), other.clone())])
            }
            Limit::Between { place, low, high, open_below, open_above } => {
                let truth = within(place, low, high, ranges);
                if truth != Truth::Depends {
                    return (truth, Vec::new());
                }
                let mut tests = Vec::new();
                let above = Integer::number(0);
                if !open_below && within(&place.minus(low), &above, &place.minus(low), ranges) != Truth::Always {
                    tests.push((Relation::GreaterEqual, place.clone(), low.clone()));
                }
                if !open_above && within(&high.minus(place), &above, &high.minus(place), ranges) != Truth::Always {
                    tests.push((Relation::LessEqual, place.clone(), high.clone()));
                }
                (if tests.is_empty() { Truth::Always } else { Truth::Depends }, tests)
            }
        }
    }
}

/// The line of one adjoint: its upstream gradient, then what each equation hands to it.
fn line(network: &Network, quantity: &Quantity, standing: &Standing, handed: &[Contribution], goal: bool) -> Line {
    let put: BTreeMap<Name, Integer> = quantity
        .axes
        .iter()
        .zip(&standing.at)
        .filter(|(axis, place)| place.as_name() != Some(&axis.index))
        .map(|(axis, place)| (axis.index.clone(), place.clone()))
        .collect();
    let mut grouped: Vec<(Vec<Binder>, Vec<Term>)> = Vec::new();
    if has_upstream(network, quantity, standing) {
        grouped.push((Vec::new(), vec![Term::read(quantity.read_at(Mark::Upstream, &standing.at))]));
    }
    // What comes from the same step stands before what comes from another one.
    let here = |contribution: &&Contribution| {
        let mut elsewhere = false;
        contribution.term.walk(&mut |part| {
            if let Op::Read(read) = part.op() {
                elsewhere |= read.mark == Mark::Adjoint
                    && read.places().is_some_and(|places| places.iter().any(|place| place.as_name().is_none()));
            }
        });
        elsewhere
    };
    let (near, far): (Vec<&Contribution>, Vec<&Contribution>) = handed.iter().partition(|one| !here(one));
    'handed: for contribution in near.into_iter().chain(far) {
        let mut term = contribution.term.at(&put);
        for limit in &contribution.limits {
            let (truth, tests) = limit.put(&put).judge(&standing.ranges);
            match truth {
                Truth::Never => continue 'handed,
                Truth::Always => {}
                Truth::Depends => term = only_where(term, &tests),
            }
        }
        match grouped.iter_mut().find(|(sums, _)| sums == &contribution.sums) {
            Some((_, terms)) => terms.push(term),
            None => grouped.push((contribution.sums.clone(), vec![term])),
        }
    }
    let mut parts: Vec<Part> = grouped
        .into_iter()
        .map(|(sums, terms)| Part { sums, term: balanced(&terms.iter().collect::<Vec<_>>()) })
        .collect();
    if parts.is_empty() {
        parts.push(Part { sums: Vec::new(), term: Term::filled(0, &quantity.shape) });
    }
    Line { left: quantity.read_at(Mark::Adjoint, &standing.at), ranges: standing.ranges.clone(), parts, goal, group: 0 }
}

/// Outputs have an upstream gradient over the range in which their indices were declared: h_0 is no output.
fn has_upstream(network: &Network, quantity: &Quantity, standing: &Standing) -> bool {
    let is_result = network.outputs.contains(&quantity.name) || network.loss.as_ref() == Some(&quantity.name);
    is_result
        && quantity.axes.iter().zip(&standing.at).all(|(axis, place)| {
            network
                .indices
                .get(&axis.index)
                .is_none_or(|index| within(place, &index.low, &index.high, &standing.ranges) != Truth::Never)
        })
}

/// `where(tests, term, 0)`
fn only_where(term: Term, tests: &[(Relation, Integer, Integer)]) -> Term {
    let integer = |value: &Integer| Term::new(Op::Integer(value.clone()), Vec::new());
    let zero = Term::filled(0, &term.shape().clone());
    let condition = tests.iter().try_fold(None, |sofar: Option<Term>, (relation, a, b)| {
        let test = Term::new(Op::Compare(*relation), vec![integer(a)?, integer(b)?])?;
        match sofar {
            None => Ok(Some(test)),
            Some(sofar) => Term::new(Op::And, vec![sofar, test]).map(Some),
        }
    });
    match condition {
        Ok(Some(condition)) => Term::new(Op::Where, vec![condition, term.clone(), zero]).unwrap_or(term),
        _ => term,
    }
}

/// The lines that goals depend on, directly or through others.
fn needed(lines: Vec<Line>, goals: &[Name]) -> Vec<Line> {
    let mut by_name: BTreeMap<&Name, Vec<&Line>> = BTreeMap::new();
    for line in &lines {
        by_name.entry(&line.left.quantity).or_default().push(line);
    }
    let mut wanted: BTreeSet<Name> = goals.iter().cloned().collect();
    let mut open: Vec<Name> = goals.to_vec();
    while let Some(name) = open.pop() {
        for read in by_name.get(&name).into_iter().flatten().flat_map(|line| adjoints_read(line)) {
            if wanted.insert(read.quantity.clone()) {
                open.push(read.quantity.clone());
            }
        }
    }
    lines.into_iter().filter(|line| wanted.contains(&line.left.quantity)).collect()
}

/// The right side of a line as one term, with its sums written out.
pub fn right_side(line: &Line) -> Term {
    let parts: Vec<Term> = line.parts.iter().map(Part::summed).collect();
    balanced(&parts.iter().collect::<Vec<_>>())
}
