//! Which adjoints keep a name. A name is kept when writing its meaning out wherever it is used would cost more than
//! the line that defines it: costs count operations, matrix products far more than the rest, and printed length.

use super::collect::right_side;
use super::order::{adjoints_read, in_order};
use super::range::{Truth, within};
use super::simplify::Simplifier;
use crate::math::derivation::{Chain, Line, Part, Reason, Step, Subject};
use crate::math::expression::{Binder, Mark, Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// A line with the calculation that led to it.
struct Told {
    line: Line,
    start: Term,
    steps: Vec<Step>,
}

/// A line longer than this is left alone: a parameter that thousands of equations share has thousands of summands.
const LONGEST: usize = 20_000;

/// What is left after the choice: the lines in order, those that were dropped, and how all of them came about.
pub struct Choice {
    /// The lines that keep a name.
    pub kept: Vec<Line>,
    /// The lines that were put into others.
    pub dropped: Vec<Line>,
    /// One calculation for each line that took any.
    pub chains: Vec<Chain>,
}

/// Simplifies every line and drops the names that do not earn their place.
pub fn choose(lines: Vec<Line>, simplifier: &mut Simplifier) -> Choice {
    let mut told: Vec<Told> = lines
        .into_iter()
        .map(|line| {
            let mut told = Told { start: right_side(&line), steps: Vec::new(), line };
            told.simplify(simplifier);
            told
        })
        .collect();
    let dropped = drop_names(&mut told, simplifier);
    let mut chains = Vec::new();
    let (mut kept, mut put_in) = (Vec::new(), Vec::new());
    let mut calculations: BTreeMap<Read, (Term, Vec<Step>)> = BTreeMap::new();
    for (number, told) in told.into_iter().enumerate() {
        if dropped.contains(&number) {
            chains.push(told.chain(Subject::Dropped(put_in.len())));
            put_in.push(told.line);
        } else {
            calculations.insert(told.line.left.clone(), (told.start, told.steps));
            kept.push(told.line);
        }
    }
    let kept = in_order(kept);
    for (number, line) in kept.iter().enumerate() {
        if let Some((start, steps)) = calculations.remove(&line.left) {
            chains.push(Chain { subject: Subject::Line(number), start, steps, gains: Vec::new() });
        }
    }
    Choice { kept, dropped: put_in, chains }
}

/// Goes through the lines until none is worth dropping. Returns the positions of those that were dropped.
fn drop_names(told: &mut [Told], simplifier: &mut Simplifier) -> BTreeSet<usize> {
    let mut makers: BTreeMap<Name, usize> = BTreeMap::new();
    // Which lines read an adjoint, and how often; and what each line costs.
    let mut users: BTreeMap<Name, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut costs: Vec<usize> = told.iter().map(|one| line_cost(&one.line)).collect();
    for (number, one) in told.iter().enumerate() {
        *makers.entry(one.line.left.quantity.clone()).or_default() += 1;
        for read in adjoints_read(&one.line) {
            *users.entry(read.quantity.clone()).or_default().entry(number).or_default() += 1;
        }
    }
    let mut dropped: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<usize> = (0..told.len()).rev().collect();
    let mut queued: BTreeSet<usize> = open.iter().copied().collect();
    while let Some(maker) = open.pop() {
        queued.remove(&maker);
        let name = told[maker].line.left.quantity.clone();
        if dropped.contains(&maker) || told[maker].line.goal {
            continue;
        }
        let alone = makers.get(&name) == Some(&1);
        let Some(meaning) = Meaning::of(&told[maker].line, alone) else { continue };
        let readers: Vec<usize> = users.get(&name).into_iter().flat_map(BTreeMap::keys).copied().collect();
        // At least this much is added where the meaning is written out; most names need no closer look.
        let times: usize = users.get(&name).into_iter().flat_map(BTreeMap::values).sum();
        let more = cost(&meaning.term).saturating_sub(read_cost(&meaning.left));
        if alone && times * more >= costs[maker] || readers.iter().any(|user| costs[*user] > LONGEST) {
            continue;
        }
        let rewritten: Option<Vec<Vec<Part>>> = readers
            .iter()
            .map(|user| {
                let line = &told[*user].line;
                line.parts.iter().map(|part| meaning.put_into(part, &line.ranges)).collect()
            })
            .collect();
        let Some(rewritten) = rewritten else { continue };
        let (using, rewritten): (Vec<usize>, Vec<Vec<Part>>) =
            readers.into_iter().zip(rewritten).filter(|(user, parts)| &told[*user].line.parts != parts).unzip();
        if using.contains(&maker) {
            continue;
        }
        let before: usize = costs[maker] + using.iter().map(|user| costs[*user]).sum::<usize>();
        let after: usize =
            using.iter().zip(&rewritten).map(|(user, parts)| parts_cost(parts) + left_cost(&told[*user].line)).sum();
        if after >= before {
            continue;
        }
        dropped.insert(maker);
        let adjoint = told[maker].line.left.clone();
        let read_by_maker: BTreeSet<Name> =
            adjoints_read(&told[maker].line).iter().map(|read| read.quantity.clone()).collect();
        for (user, parts) in using.iter().zip(rewritten) {
            let one = &mut told[*user];
            one.line.parts = parts;
            one.steps.push(Step {
                reason: Reason::Substitution { adjoint: adjoint.clone() },
                places: Vec::new(),
                after: right_side(&one.line),
                substeps: Vec::new(),
            });
            one.simplify(simplifier);
            costs[*user] = line_cost(&told[*user].line);
            if let Some(counts) = users.get_mut(&name) {
                counts.remove(user);
            }
            for read in &read_by_maker {
                users.entry(read.clone()).or_default().remove(user);
            }
            for read in adjoints_read(&told[*user].line) {
                if read_by_maker.contains(&read.quantity) || read.quantity == name {
                    *users.entry(read.quantity.clone()).or_default().entry(*user).or_default() += 1;
                }
            }
            if queued.insert(*user) {
                open.push(*user);
            }
        }
        for read in &read_by_maker {
            if let Some(counts) = users.get_mut(read) {
                counts.remove(&maker);
            }
        }
    }
    dropped
}

impl Told {
    fn chain(&self, subject: Subject) -> Chain {
        Chain { subject, start: self.start.clone(), steps: self.steps.clone(), gains: Vec::new() }
    }

    /// Simplifies each part, telling the steps on the whole right side.
    fn simplify(&mut self, simplifier: &mut Simplifier) {
        for number in 0..self.line.parts.len() {
            let Some((simpler, step)) = simplifier.simplify(&self.line.parts[number].term) else { continue };
            let place = self.place_of(number);
            let whole = |line: &Line, term: &Term| {
                let mut line = line.clone();
                line.parts[number].term = term.clone();
                right_side(&line)
            };
            let lift = |step: &Step, line: &Line| Step {
                reason: step.reason.clone(),
                places: step.places.iter().map(|inner| [place.as_slice(), inner].concat()).collect(),
                after: whole(line, &step.after),
                substeps: Vec::new(),
            };
            let mut lifted = lift(&step, &self.line);
            lifted.substeps = step.substeps.iter().map(|step| lift(step, &self.line)).collect();
            self.line.parts[number].term = simpler;
            self.steps.push(lifted);
        }
        let vanishes = |part: &Part| super::matching::is_number(&part.term, 0);
        if self.line.parts.len() > 1 && self.line.parts.iter().any(vanishes) {
            let kept: Vec<Part> = self.line.parts.iter().filter(|part| !vanishes(part)).cloned().collect();
            if !kept.is_empty() {
                self.line.parts = kept;
            } else {
                self.line.parts.truncate(1);
            }
        }
    }

    /// Where the term of a part stands in the whole right side.
    fn place_of(&self, number: usize) -> Vec<usize> {
        fn descend(count: usize, number: usize, place: &mut Vec<usize>) {
            // The same halving as `balanced`.
            match count {
                0 | 1 => {}
                3 if number < 2 => {
                    place.push(0);
                    descend(2, number, place);
                }
                3 => place.push(1),
                _ => {
                    let half = count / 2;
                    let (side, count, number) =
                        if number < half { (0, half, number) } else { (1, count - half, number - half) };
                    place.push(side);
                    descend(count, number, place);
                }
            }
        }
        let mut place = Vec::new();
        descend(self.line.parts.len(), number, &mut place);
        place.extend(self.line.parts[number].sums.iter().map(|_| 0));
        place
    }
}

/// What an adjoint stands for: `left = term` for all values of the indices in `ranges`.
pub struct Meaning {
    left: Read,
    term: Term,
    ranges: Vec<Binder>,
    /// Whether no other line speaks of this adjoint, so that outside the ranges it is 0.
    alone: bool,
}

impl Meaning {
    /// A line that can be put in: one part without sums.
    pub fn of(line: &Line, alone: bool) -> Option<Meaning> {
        let [part] = line.parts.as_slice() else { return None };
        part.sums.is_empty().then(|| Meaning {
            left: line.left.clone(),
            term: part.term.clone(),
            ranges: line.ranges.clone(),
            alone,
        })
    }

    /// The part with every reading of the adjoint at these places replaced. `None` when it cannot be told whether a
    /// reading is at these places.
    pub fn put_into(&self, part: &Part, ranges: &[Binder]) -> Option<Part> {
        let known: Vec<Binder> = ranges.iter().chain(&part.sums).cloned().collect();
        let mut unclear = false;
        let term = part.term.map(&mut |term| match term.op() {
            Op::Read(read) if read.quantity == self.left.quantity && read.mark == Mark::Adjoint => {
                match self.put_at(read, &known) {
                    Found::Here(put) => self.term.at(&put),
                    Found::Elsewhere => term,
                    Found::Unclear => {
                        unclear = true;
                        term
                    }
                }
            }
            _ => term,
        });
        (!unclear).then(|| Part { sums: part.sums.clone(), term })
    }

    fn put_at(&self, read: &Read, known: &[Binder]) -> Found {
        let (Some(left), Some(places)) = (self.left.places(), read.places()) else { return Found::Unclear };
        let mut put = BTreeMap::new();
        let mut sure = left.len() == places.len();
        for (own, place) in left.into_iter().zip(places) {
            let range = own.as_name().and_then(|name| self.ranges.iter().find(|range| &range.index == name));
            let truth = match range {
                Some(range) => {
                    if place != own {
                        put.insert(range.index.clone(), place.clone());
                    }
                    match within(place, &range.low, &range.high, known) {
                        // Past its end the adjoint is 0, and so is what is put in, which is linear in adjoints.
                        Truth::Depends if self.alone => Truth::Always,
                        truth => truth,
                    }
                }
                None => within(place, own, own, known),
            };
            match truth {
                Truth::Never => return Found::Elsewhere,
                Truth::Depends => sure = false,
                Truth::Always => {}
            }
        }
        if sure { Found::Here(put) } else { Found::Unclear }
    }
}

/// Whether a reading is at the places that a line speaks of.
enum Found {
    Here(BTreeMap<Name, Integer>),
    Elsewhere,
    Unclear,
}

fn line_cost(line: &Line) -> usize {
    left_cost(line) + parts_cost(&line.parts)
}

fn left_cost(line: &Line) -> usize {
    line.left.quantity.as_str().chars().count() + line.left.subscripts.len() + 4
}

fn parts_cost(parts: &[Part]) -> usize {
    parts.iter().map(|part| cost(&part.term) + 4 * part.sums.len()).sum()
}

/// Operations and printed length. A matrix product is much more work than an entrywise operation.
fn cost(term: &Term) -> usize {
    let own = match term.op() {
        Op::Read(read) => read_cost(read),
        Op::MatMul => 24,
        Op::Fill(_) => 0,
        Op::Number(_) | Op::Integer(_) | Op::Transpose | Op::Neg => 1,
        _ => 5,
    };
    // A sum inside a product needs parentheses, and hides that contributions meet here.
    let hidden = match term.op() {
        Op::Add | Op::Neg => 0,
        _ => 20 * term.args().iter().filter(|arg| arg.summands().len() > 1 && carries_adjoint(arg)).count(),
    };
    own + hidden + term.args().iter().map(cost).sum::<usize>()
}

fn read_cost(read: &Read) -> usize {
    read.quantity.as_str().chars().count() + read.subscripts.len() + 1
}

/// Whether the term moves with the gradient that comes from above.
fn carries_adjoint(term: &Term) -> bool {
    term.reads().iter().any(|read| read.mark != Mark::Value)
}
