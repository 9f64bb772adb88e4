//! From gains to lines: every adjoint is the sum of what all equations hand to it, with every index moved to where the
//! adjoint stands. This is backpropagation through time, without unrolling.

mod limit;
mod moved;

use super::letters::{apart, index_letter};
use super::order::{adjoints_read, in_order};
use super::parts::balanced;
use super::range::{Truth, within};
use super::views::depths;
use crate::math::derivation::{Chain, Line, Part, Subject};
use crate::math::expression::{Binder, Mark, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity, Role};
use crate::math::source::Diagnostic;
use limit::Limit;
use moved::move_to;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

/// What an equation hands to the adjoint of `u`: `Σ_{sums} term`, at the place where `u`'s own indices stand,
/// where all `limits` hold.
#[derive(Clone)]
struct Contribution {
    term: Term,
    sums: Vec<Binder>,
    limits: Vec<Limit>,
}

/// One line for every adjoint that the goals need, in an order in which they can be computed.
pub fn collect(network: &Network, chains: &[Chain], goals: &[Name]) -> Result<Vec<Line>, Diagnostic> {
    let depths = depths(network);
    let axes: Axes = network
        .quantities
        .iter()
        .map(|(name, quantity)| (name, axes_of(network, quantity, depths.get(name).copied().unwrap_or(0))))
        .collect();
    let mut contributions: FxHashMap<Name, Vec<Contribution>> = FxHashMap::default();
    for chain in chains {
        let Subject::Equation(number) = chain.subject else { continue };
        for gain in &chain.gains {
            let contribution = move_to(network, &axes, &network.equations[number], gain)?;
            contributions.entry(gain.of.quantity.clone()).or_default().push(contribution);
        }
    }
    let mut lines = Vec::new();
    let wanted: FxHashSet<&Name> = goals.iter().collect();
    for (quantity, places) in standings(network, &axes) {
        if !quantity.role.has_gradient() {
            continue;
        }
        let empty = Vec::new();
        let handed = contributions.get(&quantity.name).unwrap_or(&empty);
        lines.push(line(network, quantity, &places, handed, wanted.contains(&quantity.name)));
    }
    Ok(in_order(needed(lines, goals)))
}

/// Where an adjoint stands: the places on the left, and the ranges of the indices in them.
struct Standing {
    at: Vec<Integer>,
    ranges: Vec<Binder>,
}

/// The axes that adjoints have subscripts for, by quantity.
type Axes<'n> = FxHashMap<&'n Name, Vec<Binder>>;

/// The axes that adjoints of a quantity have subscripts for: its index axes, and those axes of its shape that all its
/// readings have subscripts for.
fn axes_of(network: &Network, quantity: &Quantity, depth: usize) -> Vec<Binder> {
    let mut axes = quantity.axes.clone();
    for size in quantity.shape.axes().iter().take(depth) {
        let taken: BTreeSet<Name> = axes.iter().map(|axis| axis.index.clone()).collect();
        let low = Integer::number(1);
        let index = index_letter(network, &taken, &low, size);
        axes.push(Binder { index, low, high: size.clone() });
    }
    axes
}

/// Quantities of the file, then named parts, then leaves, each in the order of the file. What must be computed earlier is
/// moved to the front by [`in_order`].
fn standings<'n>(network: &'n Network, axes: &Axes) -> Vec<(&'n Quantity, Standing)> {
    let entries = |quantity: &Quantity| axes[&quantity.name][quantity.axes.len()..].to_vec();
    let places = |axes: &[Binder]| axes.iter().map(|axis| Integer::name(axis.index.clone())).collect::<Vec<_>>();
    let computed = network.equations.iter().filter_map(|equation| {
        let quantity = network.quantity(&equation.target)?;
        let entries = entries(quantity);
        let at = [equation.at.clone(), places(&entries)].concat();
        Some((quantity, Standing { at, ranges: [equation.ranges.clone(), entries].concat() }))
    });
    let (named, written): (Vec<_>, Vec<_>) = computed.partition(|(quantity, _)| quantity.role == Role::Named);
    let computed: FxHashSet<&Name> = network.equations.iter().map(|equation| &equation.target).collect();
    let leaves = network.quantities.values().filter(|quantity| quantity.role.is_learned()).map(|quantity| {
        let mut axes = axes[&quantity.name].clone();
        let at = places(&axes);
        // Data with a case, `X[0] = 0`, are given where their indices run; the equation of the case has the rest.
        if computed.contains(&quantity.name) {
            for axis in &mut axes {
                if let Some(index) = network.indices.get(&axis.index) {
                    (axis.low, axis.high) = (index.low.clone(), index.high.clone());
                }
            }
        }
        (quantity, Standing { at, ranges: axes })
    });
    written.into_iter().chain(named).chain(leaves).collect()
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
        grouped.push((Vec::new(), vec![Term::read(entry_of(quantity, Mark::Upstream, &standing.at))]));
    }
    // What comes from the same step stands before what comes from another one.
    let here = |contribution: &&Contribution| {
        let elsewhere = |place: &&Integer| place.as_name().is_none();
        contribution.term.adjoints().iter().any(|read| read.places().is_some_and(|places| places.iter().any(elsewhere)))
    };
    let (near, far): (Vec<&Contribution>, Vec<&Contribution>) = handed.iter().partition(|one| !here(one));
    'handed: for contribution in near.into_iter().chain(far) {
        let (put, sums) = freed(network, &put, &contribution.sums);
        let mut term = contribution.term.at(&put);
        let ranges = [standing.ranges.as_slice(), &sums].concat();
        for limit in &contribution.limits {
            let (truth, tests) = limit.put(&put).judge(&ranges);
            match truth {
                Truth::Never => continue 'handed,
                Truth::Always => {}
                Truth::Depends => term = only_where(term, &tests),
            }
        }
        if term.as_number().is_some_and(crate::math::number::is_zero) {
            continue;
        }
        let term = decided(&term, &ranges);
        if term.as_number().is_some_and(crate::math::number::is_zero) {
            continue;
        }
        let term = apart(network, &term, &ranges.into_iter().map(|range| range.index).collect());
        match grouped.iter_mut().find(|(known, _)| known == &sums) {
            Some((_, terms)) => terms.push(term),
            None => grouped.push((sums, vec![term])),
        }
    }
    let mut parts: Vec<Part> = grouped
        .into_iter()
        .map(|(sums, terms)| Part { sums, term: balanced(&terms.iter().collect::<Vec<_>>()) })
        .collect();
    let left = entry_of(quantity, Mark::Adjoint, &standing.at);
    if parts.is_empty() {
        parts.push(Part { sums: Vec::new(), term: Term::filled(0, &left.shape) });
    }
    Line { left, ranges: standing.ranges.clone(), parts, goal, group: 0 }
}

/// The term without choices whose condition on places holds for all values of the indices, or for none.
fn decided(term: &Term, ranges: &[Binder]) -> Term {
    let inside = |ranges: &[Binder]| -> Vec<Term> { term.args().iter().map(|arg| decided(arg, ranges)).collect() };
    let args = match term.op() {
        Op::Reduce(_, binder) => inside(&[ranges, std::slice::from_ref(binder)].concat()),
        _ => inside(ranges),
    };
    if let (Op::Where, [condition, yes, no]) = (term.op(), args.as_slice()) {
        match holds(condition, ranges) {
            Truth::Always => return yes.clone(),
            Truth::Never => return no.clone(),
            Truth::Depends => {}
        }
    }
    if args == term.args() { term.clone() } else { Term::new(term.op().clone(), args).unwrap_or_else(|_| term.clone()) }
}

/// Whether a comparison of places holds.
fn holds(condition: &Term, ranges: &[Binder]) -> Truth {
    let (Op::Compare(relation), [left, right]) = (condition.op(), condition.args()) else { return Truth::Depends };
    let (Op::Integer(left), Op::Integer(right)) = (left.op(), right.op()) else { return Truth::Depends };
    let excess = |more: &Integer, less: &Integer| {
        let by = more.minus(less);
        within(&by, &Integer::number(0), &by, ranges)
    };
    match relation {
        Relation::Equal => within(left, right, right, ranges),
        Relation::LessEqual => excess(right, left),
        Relation::GreaterEqual => excess(left, right),
        Relation::Less => excess(&right.offset(-1), left),
        Relation::Greater => excess(&left.offset(-1), right),
        _ => Truth::Depends,
    }
}

/// A case may call its indices otherwise than the axes are called, `a[0,i]` beside `a[t,j]`. A sum over a letter that comes
/// in by it takes another one, first that which the case has set free: what to put then, and the sums under their letters.
fn freed(network: &Network, put: &BTreeMap<Name, Integer>, sums: &[Binder]) -> (BTreeMap<Name, Integer>, Vec<Binder>) {
    let brought: BTreeSet<Name> = put.values().flat_map(Integer::names).collect();
    let mut taken: BTreeSet<Name> = sums.iter().map(|sum| sum.index.clone()).chain(brought.iter().cloned()).collect();
    let mut put = put.clone();
    let axes: Vec<Name> = put.keys().cloned().collect();
    let letters: Vec<Name> = sums
        .iter()
        .map(|sum| {
            if !brought.contains(&sum.index) {
                return sum.index.clone();
            }
            let spare = axes.iter().find(|axis| !taken.contains(*axis)).cloned();
            let letter = spare.unwrap_or_else(|| index_letter(network, &taken, &sum.low, &sum.high));
            taken.insert(letter.clone());
            put.insert(sum.index.clone(), Integer::name(letter.clone()));
            letter
        })
        .collect();
    let sums = sums.iter().zip(letters).map(|(sum, index)| Binder { index, ..sum.at(&put) }).collect();
    (put, sums)
}

/// A reading at places, one for each index axis and then for axes of the shape.
fn entry_of(quantity: &Quantity, mark: Mark, at: &[Integer]) -> Read {
    let shape = quantity.shape.without_leading(at.len().saturating_sub(quantity.axes.len()));
    Read {
        shape: if at.len() > quantity.axes.len() { shape } else { quantity.shape.clone() },
        ..quantity.read_at(mark, at)
    }
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
pub fn only_where(term: Term, tests: &[(Relation, Integer, Integer)]) -> Term {
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
    let mut by_name: FxHashMap<&Name, Vec<&Line>> = FxHashMap::default();
    for line in &lines {
        by_name.entry(&line.left.quantity).or_default().push(line);
    }
    let mut wanted: FxHashSet<Name> = goals.iter().cloned().collect();
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
