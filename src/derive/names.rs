//! Which adjoints keep a name. A name is kept when writing its meaning out wherever it is used would cost more than
//! the line that defines it: costs count operations, matrix products far more than the rest, and printed length.

use super::collect::right_side;
use super::eliminate::System;
use super::order::order;
use super::simplify::Simplifier;
use crate::math::derivation::{Chain, Line, Part, Reason, Step, Subject};
use crate::math::expression::{Binder, Op, Read, Term};

/// A line with the calculation that led to it.
pub struct Told {
    /// The line.
    pub line: Line,
    /// Its right side as it was collected.
    pub start: Term,
    /// What happened to it since.
    pub steps: Vec<Step>,
}

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
    let told: Vec<Told> = lines
        .into_iter()
        .map(|line| {
            let mut told = Told { start: right_side(&line), steps: Vec::new(), line };
            told.simplify(simplifier);
            told
        })
        .collect();
    let mut system = System::new(told);
    system.drop_short(simplifier);
    system.drop_long(simplifier);
    let System { told, dropped, .. } = system;
    let (put_in, kept): (Vec<_>, Vec<_>) =
        told.into_iter().enumerate().partition(|(number, _)| dropped.contains(number));
    let (mut choice, mut chains) = (Choice { kept: Vec::new(), dropped: Vec::new(), chains: Vec::new() }, Vec::new());
    for (number, (_, told)) in put_in.into_iter().enumerate() {
        let (line, chain) = told.apart(Subject::Dropped(number));
        choice.dropped.push(line);
        choice.chains.push(chain);
    }
    let order = order(&kept.iter().map(|(_, told)| &told.line).collect::<Vec<_>>());
    let mut kept: Vec<Option<Told>> = kept.into_iter().map(|(_, told)| Some(told)).collect();
    for (position, group) in order {
        let Some(told) = kept[position].take() else { continue };
        let (line, chain) = told.apart(Subject::Line(choice.kept.len()));
        choice.kept.push(Line { group, ..line });
        chains.push(chain);
    }
    choice.chains.extend(chains);
    choice
}

impl Told {
    fn apart(self, subject: Subject) -> (Line, Chain) {
        (self.line, Chain { subject, start: self.start, steps: self.steps, gains: Vec::new() })
    }

    /// Simplifies each part, telling the steps on the whole right side.
    pub fn simplify(&mut self, simplifier: &mut Simplifier) {
        for number in 0..self.line.parts.len() {
            let ranges = ranges_of(&self.line, number);
            let Some((simpler, step)) = simplifier.simplify(&self.line.parts[number].term, &ranges) else { continue };
            let place = self.place_of(number);
            let whole = |line: &Line, term: &Term| {
                let mut line = line.clone();
                line.parts[number].term = term.clone();
                right_side(&line)
            };
            let lifted = lift(&step, &place, &|term| whole(&self.line, term));
            self.line.parts[number].term = simpler;
            self.steps.push(lifted);
        }
        without_zeros(&mut self.line);
    }

    /// Puts the meaning of an adjoint in, which makes the parts what they are in `line`.
    pub fn put(&mut self, adjoint: &Read, line: Line) {
        self.line = line;
        let reason = Reason::Substitution { adjoint: adjoint.clone() };
        self.steps.push(Step::new(reason, Vec::new(), right_side(&self.line)));
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

/// A step on a part as a step on the whole, which `whole` makes of the part.
fn lift(step: &Step, place: &[usize], whole: &dyn Fn(&Term) -> Term) -> Step {
    Step {
        reason: step.reason.clone(),
        places: step.places.iter().map(|inner| [place, inner].concat()).collect(),
        after: whole(&step.after),
        substeps: step.substeps.iter().map(|step| lift(step, place, whole)).collect(),
        needs: Vec::new(),
    }
}

/// The indices that run where the term of a part stands.
pub fn ranges_of(line: &Line, part: usize) -> Vec<Binder> {
    line.ranges.iter().chain(&line.parts[part].sums).cloned().collect()
}

/// Parts that vanish are not written, unless nothing is left: then the line says 0.
pub fn without_zeros(line: &mut Line) {
    let vanishes = |part: &Part| super::matching::is_number(&part.term, 0);
    if line.parts.iter().all(vanishes) {
        line.parts.truncate(1);
        line.parts.iter_mut().for_each(|part| part.sums.clear());
    } else {
        line.parts.retain(|part| !vanishes(part));
    }
}

/// What a line costs.
pub fn line_cost(line: &Line) -> usize {
    left_cost(line) + parts_cost(&line.parts)
}

/// What its left side costs.
pub fn left_cost(line: &Line) -> usize {
    line.left.quantity.as_str().chars().count() + line.left.subscripts.len() + 4
}

/// What its right side costs.
pub fn parts_cost(parts: &[Part]) -> usize {
    parts.iter().map(|part| cost(&part.term) + 4 * part.sums.len()).sum()
}

/// Operations and printed length. A matrix product is much more work than an entrywise operation.
pub fn cost(term: &Term) -> usize {
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
        _ => 20 * term.args().iter().filter(|arg| arg.summands().len() > 1 && arg.has_gradient()).count(),
    };
    own + hidden + term.args().iter().map(cost).sum::<usize>()
}

/// What a reading costs.
pub fn read_cost(read: &Read) -> usize {
    read.quantity.as_str().chars().count() + read.subscripts.len() + 1
}
