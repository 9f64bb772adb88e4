//! How each equation on the way moves: the laws of differentials, then what stands beside each d.

use super::super::differentiate::Differentiator;
use super::linear::{Linear, lone};
use super::paths::is_cell;
use super::tidy::together;
use crate::math::expression::{Binder, Mark, Op, Read, Term};
use crate::math::jacobian::{Local, Slope};
use crate::math::law::Book;
use crate::math::network::{Equation, Network};
use crate::math::source::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// The equations on the way.
pub struct Locals<'a> {
    network: &'a Network,
    differentiator: Differentiator<'a>,
    /// Which readings move, by equation.
    moving: BTreeMap<usize, BTreeSet<Read>>,
    done: BTreeMap<usize, (Local, Vec<Linear>)>,
}

impl<'a> Locals<'a> {
    /// None yet.
    pub fn new(network: &'a Network, book: &'a Book) -> Self {
        let differentiator = Differentiator::new(book);
        Locals { network, differentiator, moving: BTreeMap::new(), done: BTreeMap::new() }
    }

    /// Whether every explanation goes through egg's own proof checker.
    pub fn check_proofs(&mut self, check: bool) {
        self.differentiator.check_proofs = check;
    }

    /// Notes that a reading in the equation at this position moves.
    pub fn moves(&mut self, equation: usize, read: &Read) {
        self.moving.entry(equation).or_default().insert(read.clone());
    }

    /// Differentiates all equations noted. Readings that were not noted stand still.
    pub fn differentiate(&mut self) -> Result<(), Diagnostic> {
        for (number, moving) in std::mem::take(&mut self.moving) {
            let equation = &self.network.equations[number];
            let done = self.local(number, &moving).map_err(|reason| {
                Diagnostic::error(format!("the Jacobian of `{}` cannot be derived", equation.target))
                    .at(&equation.span, reason)
                    .hint("a Jacobian is taken of equations between vectors and numbers; matrices need an index")
            })?;
            self.done.insert(number, done);
        }
        Ok(())
    }

    fn local(&mut self, number: usize, moving: &BTreeSet<Read>) -> Result<(Local, Vec<Linear>), String> {
        let equation = &self.network.equations[number];
        let quantity = self.network.quantity(&equation.target).ok_or("it is no quantity")?;
        let start = start(equation, moving);
        let target = Term::read(quantity.read_at(Mark::Value, &equation.at));
        let steps = self.differentiator.inwards(&start, &target, &equation.ranges)?;
        let end = steps.last().map_or(&start, |step| &step.after);
        let (slopes, linears) = self.read_off(equation, end)?;
        Ok((Local { equation: number, start, steps, slopes }, linears))
    }

    /// What stands beside each d in the last line of a calculation.
    fn read_off(&self, equation: &Equation, end: &Term) -> Result<(Vec<Slope>, Vec<Linear>), String> {
        let letters = equation.ranges.iter().map(|range| range.index.clone()).collect();
        let mut found: Vec<(Read, Vec<Binder>, Vec<Linear>)> = Vec::new();
        for one in lone(end, &letters)? {
            let moved = self.network.quantity(&one.of.quantity).ok_or("it reads no quantity")?;
            is_cell(moved, &one.of)?;
            let linear = Linear::of(&one.term)?;
            match found.iter_mut().find(|(of, sums, _)| *of == one.of && *sums == one.sums) {
                Some((_, _, all)) => all.push(linear),
                None => found.push((one.of, one.sums, vec![linear])),
            }
        }
        let (mut slopes, mut linears) = (Vec::new(), Vec::new());
        for (of, sums, all) in found {
            let Some(linear) = sum(&together(&all)) else { continue };
            let matrix = linear.term().ok_or("a product of its matrices cannot be written")?;
            slopes.push(Slope { of, sums, matrix });
            linears.push(linear);
        }
        Ok((slopes, linears))
    }

    /// Takes calculations that were made before, each of the equation and of the readings that were noted, with what is
    /// read off at their ends. An error says what does not fit.
    pub fn accept(&mut self, locals: &[Local]) -> Result<(), String> {
        let moving = std::mem::take(&mut self.moving);
        if !moving.keys().eq(locals.iter().map(|local| &local.equation)) {
            return Err("these are not the equations on the way".into());
        }
        for (local, (number, moving)) in locals.iter().zip(&moving) {
            let equation = &self.network.equations[*number];
            if local.start != start(equation, moving) {
                return Err(format!("the calculation for `{}` does not start at its differential", equation.target));
            }
            let end = local.steps.last().map_or(&local.start, |step| &step.after);
            let (slopes, linears) = self.read_off(equation, end)?;
            if slopes != local.slopes {
                return Err(format!("what is read off for `{}` is not the last line", equation.target));
            }
            self.done.insert(*number, (local.clone(), linears));
        }
        Ok(())
    }

    /// What stands beside each d in the equation at this position.
    pub fn slopes(&self, equation: usize) -> impl Iterator<Item = (&Slope, &Linear)> {
        self.done.get(&equation).into_iter().flat_map(|(local, linears)| local.slopes.iter().zip(linears))
    }

    /// All of them, in the order of the network.
    pub fn finish(self) -> Vec<Local> {
        self.done.into_values().map(|(local, _)| local).collect()
    }
}

/// The differential of a right side, where only some readings move.
fn start(equation: &Equation, moving: &BTreeSet<Read>) -> Term {
    let still = |term: Term| match term.op() {
        Op::Read(read) if !moving.contains(read) => Term::read(Read { constant: true, ..read.clone() }),
        _ => term,
    };
    equation.body.map(&mut { still }).differential()
}

/// A sum of linear maps as one; the identity stands first. `None` when all cancel.
fn sum(all: &[Linear]) -> Option<Linear> {
    let (first, rest) = all.split_first()?;
    if rest.is_empty() {
        return Some(first.clone());
    }
    let (plain, others): (Vec<&Linear>, Vec<&Linear>) = all.iter().partition(|one| one.factors.is_empty());
    let terms = plain.into_iter().chain(others).map(Linear::term);
    let total = terms.reduce(|sum, next| sum?.plus(next?).ok())??;
    let (numbers, factors) = if total.shape().is_number() { (vec![total], vec![]) } else { (vec![], vec![total]) };
    Some(Linear { numbers, factors, ..first.clone() })
}
