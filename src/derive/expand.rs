//! Explanations without a search: both sides are multiplied out, law by law, into one and the same sum of products.
//!
//! Every round applies one law, read in one direction, at all places where it fits. In between, summands and factors are
//! put in a fixed order, and bound indices get fixed letters.

mod arrange;
mod search;
mod strategy;

pub use strategy::laws_of_expansion;

use super::ground::Ground;
use super::letters::Letters;
use super::signs::Signs;
use crate::math::derivation::{Reason, Step};
use crate::math::expression::{Binder, Term};
use crate::math::law::{Book, Law};
use crate::math::name::Name;
use arrange::in_order;
use search::{Move, inverted_sums, kind};
use std::collections::{BTreeMap, BTreeSet};
use strategy::{BRACKET, COMBINE, STRATEGY};

/// No calculation is longer than this.
const ROUNDS: usize = 160;
/// No line is longer than this.
const LARGEST: usize = 500;

/// The laws that multiply out.
pub struct Expander<'b> {
    rules: Vec<(&'b Law, bool)>,
    by_op: BTreeMap<u32, Vec<usize>>,
    named: BTreeMap<&'static str, &'b Law>,
}

/// What holds in one calculation.
pub struct Setting<'a> {
    /// Equalities to be read left to right.
    pub grounds: &'a [Ground],
    /// Signs of forward quantities.
    pub signs: &'a Signs,
    /// Letters for bound indices.
    pub letters: &'a Letters,
    /// The indices that run.
    pub ranges: &'a [Binder],
    /// Whether sums are carried out of totals as well, which makes many calculations longer and some possible.
    pub far: bool,
}

impl<'b> Expander<'b> {
    /// The laws of `book` that the strategy names, as far as they are `believed`.
    pub fn new(book: &'b Book, believed: &dyn Fn(&Law) -> bool) -> Expander<'b> {
        let law = |name: &str| book.law(name).filter(|law| believed(law));
        let rules: Vec<(&Law, bool)> =
            STRATEGY.iter().filter_map(|(name, reversed)| Some((law(name)?, *reversed))).collect();
        let mut by_op: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (number, (law, reversed)) in rules.iter().enumerate() {
            let from = if *reversed { &law.right } else { &law.left };
            by_op.entry(kind(from.op())).or_default().push(number);
        }
        let named = COMBINE.into_iter().chain([BRACKET]).filter_map(|name| Some((name, law(name)?))).collect();
        Expander { rules, by_op, named }
    }

    /// The steps between two equal terms by way of the same sum of products. `None` when they lead to different ones.
    pub fn between(&self, from: &Term, to: &Term, setting: &Setting) -> Option<Vec<Step>> {
        if from.size().max(to.size()) > LARGEST / 2 {
            return None;
        }
        let mut outside: BTreeSet<Name> = setting.ranges.iter().map(|range| range.index.clone()).collect();
        outside.extend(from.free_names());
        outside.extend(to.free_names());
        // Sums that meet their own inverse must not be multiplied out before they cancel; others need not wait.
        let whole = |term: &Term| !inverted_sums(term).is_empty();
        let holds: &[bool] = if whole(from) || whole(to) { &[false, true] } else { &[false] };
        holds.iter().find_map(|hold| self.meeting(from, to, setting, &outside, *hold))
    }

    /// The same, where sums stay whole as long as they are divided by, or not.
    fn meeting(
        &self,
        from: &Term,
        to: &Term,
        setting: &Setting,
        outside: &BTreeSet<Name>,
        hold: bool,
    ) -> Option<Vec<Step>> {
        let there = self.multiplied_out(from, setting, outside, hold)?;
        let back = self.multiplied_out(to, setting, outside, hold)?;
        // The two calculations meet where their lines differ in order and brackets alone.
        let lines = |start: &Term, steps: &[Step]| -> Vec<Term> {
            let lines = std::iter::once(start).chain(steps.iter().map(|step| &step.after));
            lines.map(|line| in_order(line, None)).collect()
        };
        let (first, second) = (lines(from, &there), lines(to, &back));
        let places: BTreeMap<&Term, usize> =
            second.iter().enumerate().map(|(place, line)| (line, place)).rev().collect();
        let meet = first.iter().enumerate().filter_map(|(place, line)| Some((place, *places.get(line)?)));
        let (left, right) = meet.min_by_key(|(left, right)| left + right)?;
        let mut steps = there[..left].to_vec();
        let line = |start: &Term, steps: &[Step]| steps.last().map_or(start.clone(), |step| step.after.clone());
        let target = line(to, &back[..right]);
        if line(from, &steps) != target {
            // Two changes of order in a row are one.
            while steps.last().is_some_and(|step| step.reason == Reason::Order) {
                steps.pop();
            }
            if line(from, &steps) != target {
                steps.push(reordered(target));
            }
        }
        for step in super::ground::turned(to, &back[..right]) {
            while step.reason == Reason::Order && steps.last().is_some_and(|last| last.reason == Reason::Order) {
                steps.pop();
            }
            if line(from, &steps) != step.after {
                steps.push(step);
            }
        }
        Some(steps)
    }

    /// The steps from a term to its sum of products.
    fn multiplied_out(
        &self,
        term: &Term,
        setting: &Setting,
        outside: &BTreeSet<Name>,
        hold: bool,
    ) -> Option<Vec<Step>> {
        let mut steps: Vec<Step> = Vec::new();
        let mut line = term.clone();
        for _ in 0..ROUNDS {
            let Some((what, found)) = self.best(&line, setting, outside, hold) else {
                let after = in_order(&line, None);
                if after == line {
                    return Some(steps);
                }
                steps.push(reordered(after.clone()));
                line = after;
                continue;
            };
            let mut after = line.clone();
            for (place, new) in &found {
                after = after.replaced(place, new).ok()?;
            }
            if after.size() > LARGEST || steps.iter().any(|step| step.after == after) {
                return None;
            }
            let places: Vec<Vec<usize>> = found.into_iter().map(|(place, _)| place).collect();
            let law = |law: &Law, reversed: bool| Reason::Law { name: law.name.clone(), reversed };
            let step = match what {
                Move::Ground(number) => setting.grounds[number].step(false, &line, places, after.clone())?,
                Move::Rule(number) => {
                    let (rule, reversed) = self.rules[number];
                    Step::new(law(rule, reversed), places, after.clone())
                }
                Move::Letters => Step::new(Reason::Letters, places, after.clone()),
                Move::Combine(name) => {
                    let rule = self.named.get(name)?;
                    Step::new(law(rule, false), places, after.clone())
                }
                Move::Bracket => {
                    let rule = self.named.get(BRACKET)?;
                    Step::new(law(rule, true), places, after.clone())
                }
            };
            steps.push(step);
            line = after;
        }
        None
    }
}

/// The step that changes order and brackets alone.
fn reordered(after: Term) -> Step {
    Step::new(Reason::Order, vec![Vec::new()], after)
}
