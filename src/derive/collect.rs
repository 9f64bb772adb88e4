//! From gains to lines: every adjoint is the sum of what all equations hand to it, with every index moved to where the
//! adjoint stands. This is backpropagation through time, without unrolling.

use super::letters::{apart, index_letter};
use super::order::{adjoints_read, in_order};
use super::parts::balanced;
use super::range::{Truth, within};
use super::views::depths;
use crate::math::derivation::{Chain, Gain, Line, Part, Subject};
use crate::math::expression::{Binder, Mark, Op, Read, Relation, Subscript, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use crate::math::shape::Shape;
use crate::math::source::Diagnostic;
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
        let taken = axes.iter().map(|axis| axis.index.clone()).collect();
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

/// Solves "the place that is read = the place of the adjoint" for the indices of the equation and of the sums around.
fn move_to(network: &Network, axes: &Axes, equation: &Equation, gain: &Gain) -> Result<Contribution, Diagnostic> {
    let not_yet = |why: &str| {
        Diagnostic::error(format!(
            "the gradient of `{}` through `{}` cannot be collected",
            gain.of.quantity, equation.target
        ))
        .at(&equation.span, why.to_string())
        .hint("give the part that is read an equation of its own")
    };
    let quantity = network.quantity(&gain.of.quantity).ok_or_else(|| not_yet("it is unknown"))?;
    let axes = &axes[&quantity.name];
    let mut term = gain.term.clone();
    let mut solver = Solver::new(equation.ranges.iter().chain(&gain.sums).cloned().collect());
    // Indices of the equation and axes of the quantity may share letters, so axes are primed while solving.
    let primed = |axis: &Binder| Name::from(format!("{}′", axis.index));
    let mut entries = Vec::new();
    for (position, axis) in axes.iter().enumerate() {
        let place = Integer::name(primed(axis));
        match gain.of.subscripts.get(position) {
            Some(Subscript::At(read)) => solver.meet(place, read),
            Some(Subscript::Range(low, high)) => {
                entries.push(Subscript::At(place.minus(low).offset(1)));
                solver.limits.push(Limit::slice(place, low.clone(), high.clone()));
            }
            // Payloads count from 1, whatever the axis counts from.
            Some(Subscript::All) | None => entries.push(Subscript::At(place.minus(&axis.low).offset(1))),
        }
    }
    let beyond = gain.of.subscripts.get(axes.len()..).unwrap_or_default();
    if !entries.is_empty() {
        // The adjoint of a mere reading, by entries.
        let Some(read) = term.as_read().filter(|_| beyond.iter().all(|subscript| *subscript == Subscript::All)) else {
            return Err(not_yet("what it gains has no entries of its own"));
        };
        let mut read = read.clone();
        read.shape = read.shape.without_leading(entries.len());
        read.subscripts.extend(entries);
        term = Term::read(read);
    } else if !beyond.is_empty() {
        term = whole(&term, beyond, &equation.ranges, &quantity.shape)
            .ok_or_else(|| not_yet("it is read by entries and as a whole"))?;
        beyond.iter().filter_map(as_index).for_each(|index| solver.forget(&index));
    }
    solver.finish(network, equation);
    let (put, sums, limits) = solver.read_out(network, axes);
    let unprime: BTreeMap<Name, Integer> =
        axes.iter().map(|axis| (primed(axis), Integer::name(axis.index.clone()))).collect();
    let moved = |value: &Integer| value.substitute(&put).substitute(&unprime);
    Ok(Contribution {
        term: term.at(&put).at(&unprime),
        sums: sums.into_iter().map(|sum| Binder { low: moved(&sum.low), high: moved(&sum.high), ..sum }).collect(),
        limits: limits.into_iter().map(|limit| limit.put(&put).put(&unprime)).collect(),
    })
}

fn as_index(subscript: &Subscript) -> Option<Name> {
    match subscript {
        Subscript::At(place) => place.as_name().cloned(),
        _ => None,
    }
}

/// `δe[t]` for `δe[t,j]`: what the entries of a whole gain, all at once. The equation must run through all of them.
fn whole(term: &Term, entries: &[Subscript], ranges: &[Binder], shape: &Shape) -> Option<Term> {
    let read = term.as_read()?;
    let kept = read.subscripts.len().checked_sub(entries.len())?;
    let covers = entries.iter().zip(shape.axes()).all(|(entry, size)| {
        let index = as_index(entry);
        ranges
            .iter()
            .any(|range| Some(&range.index) == index.as_ref() && range.low == Integer::number(1) && &range.high == size)
    });
    let apart = read.subscripts[..kept].iter().all(|subscript| match subscript {
        Subscript::At(place) => entries.iter().filter_map(as_index).all(|index| !place.names().contains(&index)),
        _ => false,
    });
    let distinct = entries.iter().filter_map(as_index).collect::<BTreeSet<_>>().len() == entries.len();
    (covers && apart && distinct && read.subscripts[kept..] == *entries).then(|| {
        let mut read = read.clone();
        read.subscripts.truncate(kept);
        read.shape = shape.clone();
        Term::read(read)
    })
}

/// Solves equations between places for indices.
struct Solver {
    /// Indices that no equation has fixed yet.
    unsolved: Vec<Binder>,
    /// Indices that were, with their values and their ranges.
    solved: Vec<(Binder, Integer)>,
    limits: Vec<Limit>,
    /// Pairs of indices that were solved together, `k·outer + inner`, by the outer one: the sum of both from where `inner`
    /// begins, and k. The inner one is a remainder and needs no limit.
    tiles: BTreeMap<Name, Option<(Integer, i64)>>,
}

impl Solver {
    fn new(unsolved: Vec<Binder>) -> Solver {
        Solver { unsolved, solved: Vec::new(), limits: Vec::new(), tiles: BTreeMap::new() }
    }

    /// `place = k·outer + inner + rest`, where `inner` runs through k values: windows that tile an axis. Then
    /// `place − rest` divided by k tells the outer one, and the remainder the inner one.
    fn tile(&mut self, place: &Integer, read: &Integer) -> bool {
        let found = self.unsolved.iter().find_map(|inner| {
            let (1, rest) = read.linear_in(&inner.index)? else { return None };
            let count = inner.high.minus(&inner.low).offset(1).as_number().filter(|count| *count > 1)?;
            let outer = self.unsolved.iter().find(|outer| {
                outer.index != inner.index && rest.linear_in(&outer.index).is_some_and(|(k, _)| k == count)
            })?;
            let (_, rest) = rest.linear_in(&outer.index)?;
            let alone = self.unsolved.iter().all(|other| !rest.names().contains(&other.index));
            alone.then(|| (inner.clone(), outer.clone(), place.minus(&rest).minus(&inner.low), count))
        });
        let Some((inner, outer, sum, count)) = found else { return false };
        let by = || Box::new(Integer::number(count));
        let quotient = Integer::atom(Atom::FloorDiv(Box::new(sum.clone()), by()));
        let remainder = Integer::atom(Atom::Mod(Box::new(sum.clone()), by())).plus(&inner.low);
        self.tiles.insert(inner.index.clone(), None);
        self.tiles.insert(outer.index.clone(), Some((sum, count)));
        self.solve(&inner.index, remainder);
        self.solve(&outer.index, quotient);
        true
    }

    /// Gives an unsolved index its value.
    fn solve(&mut self, index: &Name, value: Integer) {
        let Some(position) = self.unsolved.iter().position(|range| range.index == *index) else { return };
        let range = self.unsolved.remove(position);
        let put = BTreeMap::from([(range.index.clone(), value.clone())]);
        for (_, other) in &mut self.solved {
            *other = other.substitute(&put);
        }
        for limit in &mut self.limits {
            *limit = limit.put(&put);
        }
        self.solved.push((range, value));
    }

    fn values(&self) -> BTreeMap<Name, Integer> {
        self.solved.iter().map(|(range, value)| (range.index.clone(), value.clone())).collect()
    }

    /// `place = read`: fixes an index that stands in `read` with coefficient ±1, or else becomes a condition.
    fn meet(&mut self, place: Integer, read: &Integer) {
        let read = read.substitute(&self.values());
        if self.tile(&place, &read) {
            return;
        }
        let choice = self
            .unsolved
            .iter()
            .position(|range| read.linear_in(&range.index).is_some_and(|(coefficient, _)| coefficient.abs() == 1));
        let Some(position) = choice else {
            self.limits.push(Limit::Equal { place, other: read });
            return;
        };
        let index = self.unsolved[position].index.clone();
        let (coefficient, rest) = read.linear_in(&index).unwrap_or_default();
        self.solve(&index, place.minus(&rest).scaled(coefficient));
    }

    /// An index that runs through all entries of a payload, which now stands as a whole.
    fn forget(&mut self, index: &Name) {
        self.unsolved.retain(|range| &range.index != index);
    }

    /// The values found must be among those that the indices run through. Past the range of an index on the left side
    /// the adjoint there does not exist and counts as 0, which needs no words.
    fn finish(&mut self, network: &Network, equation: &Equation) {
        let axes_of_target = network.quantity(&equation.target).map(|target| target.axes.clone()).unwrap_or_default();
        let mut found = Vec::new();
        for (range, value) in &self.solved {
            let axis = equation
                .at
                .iter()
                .position(|at| at.as_name() == Some(&range.index))
                .and_then(|position| axes_of_target.get(position));
            let (place, low, high) = match self.tiles.get(&range.index) {
                Some(None) => continue,
                Some(Some((sum, count))) => {
                    (sum.clone(), range.low.scaled(*count), range.high.scaled(*count).offset(count - 1))
                }
                None => (value.clone(), range.low.clone(), range.high.clone()),
            };
            found.push(Limit::Between {
                place,
                low,
                high,
                open_below: axis.is_some_and(|axis| axis.low == range.low),
                open_above: axis.is_some_and(|axis| axis.high == range.high),
            });
        }
        self.limits.extend(found);
    }

    /// What to put for the indices, what stays to be summed over, under letters that are no axes of the quantity, and
    /// where it holds.
    fn read_out(self, network: &Network, axes: &[Binder]) -> (BTreeMap<Name, Integer>, Vec<Binder>, Vec<Limit>) {
        let mut put = self.values();
        let mut sums = Vec::new();
        let mut taken: BTreeSet<Name> = axes.iter().map(|axis| axis.index.clone()).collect();
        let freed: Vec<Name> = self.solved.iter().map(|(range, _)| range.index.clone()).collect();
        for range in &self.unsolved {
            let mut letter = range.index.clone();
            if taken.contains(&letter) {
                let spare = freed.iter().find(|name| !taken.contains(*name)).cloned();
                letter = spare.unwrap_or_else(|| index_letter(network, &taken, &range.low, &range.high));
            }
            taken.insert(letter.clone());
            put.insert(range.index.clone(), Integer::name(letter.clone()));
            sums.push(Binder { index: letter, low: range.low.clone(), high: range.high.clone() });
        }
        // Values may speak of indices that are summed over, under their new letters.
        let letters: BTreeMap<Name, Integer> = self
            .unsolved
            .iter()
            .filter_map(|range| Some((range.index.clone(), put.get(&range.index)?.clone())))
            .collect();
        for (range, _) in &self.solved {
            if let Some(value) = put.get_mut(&range.index) {
                *value = value.substitute(&letters);
            }
        }
        (put, sums, self.limits)
    }
}

impl Limit {
    /// What stands in a slice; past its ends the adjoint of the slice counts as 0.
    fn slice(place: Integer, low: Integer, high: Integer) -> Limit {
        Limit::Between { place, low, high, open_below: true, open_above: true }
    }

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
