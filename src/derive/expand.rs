//! Explanations without a search: both sides are multiplied out, law by law, into one and the same sum of products.
//!
//! Every round applies one law, read in one direction, at all places where it fits. Laws that only change the order of
//! summands and factors are applied where that brings them nearer to a fixed order; bound indices get fixed letters.

use super::binders::Letters;
use super::ground::Ground;
use super::matching::{Bindings, is_presupposed};
use super::signs::Signs;
use crate::math::derivation::{Reason, Step};
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::law::{Book, Law};
use crate::math::name::Name;
use crate::math::number::whole;
use std::collections::{BTreeMap, BTreeSet};

/// No calculation is longer than this.
const ROUNDS: usize = 160;
/// No line is longer than this.
const LARGEST: usize = 900;

/// The laws that multiply out, in the order in which they are tried, and whether they are read right to left.
pub const STRATEGY: [(&str, bool); 77] = [
    ("minus-minus", false),
    ("add-zero", false),
    ("zero-add", false),
    ("multiply-one", false),
    ("one-multiply", false),
    ("multiply-zero", false),
    ("zero-multiply", false),
    ("minus-zero-is-zero", false),
    ("minus-one", false),
    ("one-minus", false),
    ("transpose-transpose", false),
    ("transpose-transpose-vector", false),
    ("transpose-transpose-row", false),
    ("transpose-number", false),
    ("minus-left", false),
    ("minus-right", false),
    ("minus-sum", false),
    ("square", false),
    ("cube", false),
    ("one-over", false),
    ("divide-inverse", false),
    ("inverse-product", false),
    ("inverse-minus", false),
    ("inverse-inverse", false),
    ("inverse-of-number", false),
    ("distribute", false),
    ("distribute-right", false),
    ("stretch-add", false),
    ("stretch-minus", false),
    ("stretch-multiply", false),
    ("stretch-power", true),
    ("stretch-divide", false),
    ("total-add", false),
    ("total-minus", false),
    ("total-scale", false),
    ("total-of-same", false),
    ("total-of-same-matrix", false),
    ("total-of-number", false),
    ("zero-total", false),
    ("inner-total", false),
    ("matrix-vector-distribute", false),
    ("matrices-vector-distribute", false),
    ("matrix-distribute", false),
    ("matrices-distribute", false),
    ("outer-distribute", false),
    ("outers-distribute", false),
    ("matrix-vector-minus", false),
    ("minus-matrix-vector", false),
    ("matrix-matrix-minus", false),
    ("minus-matrix-matrix", false),
    ("outer-minus", false),
    ("minus-outer", false),
    ("matrix-vector-scale", false),
    ("scale-matrix-vector", false),
    ("outer-scale", false),
    ("scale-outer", false),
    ("transpose-add", false),
    ("transpose-add-vector", false),
    ("transpose-minus", false),
    ("transpose-minus-vector", false),
    ("transpose-scale", false),
    ("transpose-scale-vector", false),
    ("transpose-outer", false),
    ("index-mean", false),
    ("index-sum-add", false),
    ("index-sum-minus", false),
    ("index-sum-factor", false),
    ("index-sum-stretch", false),
    ("index-sum-of-zero", false),
    ("index-sum-of-same", false),
    ("add-associates", false),
    ("multiply-associates", false),
    ("multiply-inverse", false),
    ("multiply-back", false),
    ("stretch-inverse", false),
    ("stretch-back", false),
    ("multiply-numbers", false),
];

/// Laws that are applied where they bring a sum or a product nearer to its fixed order, or make it shorter.
const EXCHANGE_FACTORS: &str = "multiply-exchange";
const COMMUTE_FACTORS: &str = "multiply-commutes";
const EXCHANGE_SUMMANDS: &str = "add-exchange";
const COMMUTE_SUMMANDS: &str = "add-commutes";
const ASSOCIATE_SUMMANDS: &str = "add-associates";
/// What becomes of two summands that are alike but for sign or number.
const COMBINE: [&str; 7] =
    ["cancel", "cancel-negative", "double", "add-numbers", "subtract-numbers", "add-number", "number-add"];

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
}

/// What can be done at a place, in the order of preference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Move {
    Ground(usize),
    Rule(usize),
    Letters,
    Named(&'static str, bool),
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
        let order = [EXCHANGE_FACTORS, COMMUTE_FACTORS, EXCHANGE_SUMMANDS, COMMUTE_SUMMANDS, ASSOCIATE_SUMMANDS];
        let named = order.into_iter().chain(COMBINE).filter_map(|name| Some((name, law(name)?))).collect();
        Expander { rules, by_op, named }
    }

    /// The steps between two equal terms by way of the same sum of products. `None` when they lead to different ones.
    pub fn between(&self, from: &Term, to: &Term, setting: &Setting) -> Option<Vec<Step>> {
        let there = self.multiplied_out(from, setting)?;
        let back = self.multiplied_out(to, setting)?;
        let end = |start: &Term, steps: &[Step]| steps.last().map_or(start.clone(), |step| step.after.clone());
        if end(from, &there) != end(to, &back) {
            return None;
        }
        // The two calculations may meet earlier.
        let lines = |start: &Term, steps: &[Step]| -> Vec<Term> {
            std::iter::once(start.clone()).chain(steps.iter().map(|step| step.after.clone())).collect()
        };
        let (first, second) = (lines(from, &there), lines(to, &back));
        let places: BTreeMap<&Term, usize> = second.iter().enumerate().map(|(place, line)| (line, place)).rev().collect();
        let meet = first.iter().enumerate().filter_map(|(place, line)| Some((place, *places.get(line)?)));
        let (left, right) = meet.min_by_key(|(left, right)| left + right)?;
        let mut steps = there[..left].to_vec();
        steps.extend(super::ground::turned(to, &back[..right]));
        Some(steps)
    }

    /// The steps from a term to its sum of products.
    pub fn multiplied_out(&self, term: &Term, setting: &Setting) -> Option<Vec<Step>> {
        let outside: BTreeSet<Name> = setting.ranges.iter().map(|range| range.index.clone()).collect();
        let mut steps: Vec<Step> = Vec::new();
        let mut line = term.clone();
        for _ in 0..ROUNDS {
            let Some((what, found)) = self.best(&line, setting, &outside) else { return Some(steps) };
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
                    Step { reason: law(rule, reversed), places, after: after.clone(), substeps: Vec::new() }
                }
                Move::Letters => Step { reason: Reason::Letters, places, after: after.clone(), substeps: Vec::new() },
                Move::Named(name, reversed) => {
                    let rule = self.named.get(name)?;
                    Step { reason: law(rule, reversed), places, after: after.clone(), substeps: Vec::new() }
                }
            };
            steps.push(step);
            line = after;
        }
        None
    }

    /// The best move, at all places where it can be made.
    fn best(&self, line: &Term, setting: &Setting, outside: &BTreeSet<Name>) -> Option<(Move, Vec<(Vec<usize>, Term)>)> {
        let mut search = Search { expander: self, setting, best: None, found: Vec::new() };
        search.visit(line, &mut Vec::new(), &mut Around { contracted: None, names: outside.clone() });
        Some((search.best?, search.found))
    }

    fn applied(&self, law: &Law, reversed: bool, term: &Term, setting: &Setting) -> Option<Term> {
        let (from, to) = if reversed { (&law.right, &law.left) } else { (&law.left, &law.right) };
        let mut bindings = Bindings::default();
        if !bindings.bind(from, term) || !bindings.keeps_apart(law) {
            return None;
        }
        let holds = |condition| {
            is_presupposed(law, condition)
                || bindings.meets(condition, &[])
                || setting.signs.meets_bound(condition, &bindings)
        };
        if !law.conditions.iter().all(holds) {
            return None;
        }
        let new = bindings.instantiate(to)?;
        (new.ty() == term.ty() && &new != term).then_some(new)
    }
}

/// What stands around a place.
struct Around {
    /// The contraction nearest around: over the payload, or over an index.
    contracted: Option<Contracted>,
    /// The indices that run.
    names: BTreeSet<Name>,
}

#[derive(Clone)]
enum Contracted {
    Payload,
    Index(Name),
}

struct Search<'s, 'b> {
    expander: &'s Expander<'b>,
    setting: &'s Setting<'s>,
    best: Option<Move>,
    found: Vec<(Vec<usize>, Term)>,
}

impl Search<'_, '_> {
    fn visit(&mut self, term: &Term, place: &mut Vec<usize>, around: &mut Around) {
        if let Some((what, new)) = self.at(term, around) {
            let better = self.best.as_ref().is_none_or(|best| &what < best);
            if better {
                self.best = Some(what.clone());
                self.found.clear();
            }
            if self.best.as_ref() == Some(&what) {
                self.found.push((place.clone(), new));
                return;
            }
        }
        let inner = match term.op() {
            Op::Total => Some(Contracted::Payload),
            Op::Reduce(Reducer::Sum, binder) => Some(Contracted::Index(binder.index.clone())),
            Op::Mul => around.contracted.clone(),
            _ => None,
        };
        let before = std::mem::replace(&mut around.contracted, inner);
        let bound = match term.op() {
            Op::Reduce(_, binder) if around.names.insert(binder.index.clone()) => Some(binder.index.clone()),
            _ => None,
        };
        for (position, arg) in term.args().iter().enumerate() {
            place.push(position);
            self.visit(arg, place, around);
            place.pop();
        }
        if let Some(bound) = bound {
            around.names.remove(&bound);
        }
        around.contracted = before;
    }

    /// The best move at this very place, if it is not worse than what was found elsewhere.
    fn at(&self, term: &Term, around: &Around) -> Option<(Move, Term)> {
        if term.args().is_empty() && !matches!(term.op(), Op::Read(_)) {
            return None;
        }
        for (number, ground) in self.setting.grounds.iter().enumerate() {
            if &ground.left == term {
                return Some((Move::Ground(number), ground.right.clone()));
            }
        }
        for number in self.expander.by_op.get(&kind(term.op())).into_iter().flatten() {
            if self.best.as_ref().is_some_and(|best| best < &Move::Rule(*number)) {
                return None;
            }
            let (law, reversed) = self.expander.rules[*number];
            if let Some(new) = self.expander.applied(law, reversed, term, self.setting)
                && is_wanted(law, term)
            {
                return Some((Move::Rule(*number), new));
            }
        }
        if let Some(new) = self.lettered(term, around) {
            return Some((Move::Letters, new));
        }
        self.ordered(term, around)
    }

    /// A sum over an index under the letter that is tried first.
    fn lettered(&self, term: &Term, around: &Around) -> Option<Term> {
        let Op::Reduce(reducer, binder) = term.op() else { return None };
        if *reducer == Reducer::Softmax {
            return None;
        }
        let mut used = around.names.clone();
        used.extend(term.free_names());
        let letter = self.setting.letters.pick(binder, &used);
        if letter == binder.index {
            return None;
        }
        let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
        let args = term.args().iter().map(|arg| arg.at(&put)).collect();
        Term::new(Op::Reduce(*reducer, Binder { index: letter, ..binder.clone() }), args).ok()
    }

    fn ordered(&self, term: &Term, around: &Around) -> Option<(Move, Term)> {
        let [left, right] = term.args() else { return None };
        let named = |name: &'static str, reversed: bool, term: &Term| {
            let law = self.expander.named.get(name)?;
            Some((Move::Named(name, reversed), self.expander.applied(law, reversed, term, self.setting)?))
        };
        match term.op() {
            Op::Mul => {
                let contracted = around.contracted.as_ref();
                let before = |a: &Term, b: &Term| factor_key(a, contracted) < factor_key(b, contracted);
                match (right.op(), right.args()) {
                    (Op::Mul, [next, _]) if before(next, left) => named(EXCHANGE_FACTORS, false, term),
                    (Op::Mul, _) => None,
                    _ if before(right, left) => named(COMMUTE_FACTORS, false, term),
                    _ => None,
                }
            }
            Op::Add => {
                let next = if let (Op::Add, [next, _]) = (right.op(), right.args()) { next } else { right };
                let chained = matches!(right.op(), Op::Add);
                let (first, second) = (summand_key(left), summand_key(next));
                if second < first {
                    return named(if chained { EXCHANGE_SUMMANDS } else { COMMUTE_SUMMANDS }, false, term);
                }
                if first.0 != second.0 {
                    return None;
                }
                let pair = left.clone().plus(next.clone()).ok()?;
                let combined = COMBINE.into_iter().find_map(|name| named(name, false, &pair))?;
                // Two summands at the front of a longer sum are bracketed first.
                if chained { named(ASSOCIATE_SUMMANDS, true, term) } else { Some(combined) }
            }
            _ => None,
        }
    }
}

/// Some laws are wanted only where they make numbers of numbers.
fn is_wanted(law: &Law, term: &Term) -> bool {
    let number = |term: &Term| term.as_number().is_some();
    match law.name.as_str() {
        "multiply-numbers" => number(&term.args()[0]) && number(&term.args()[1].args()[0]),
        "inverse-of-number" => term.args()[0].as_number().is_some_and(|value| value != &whole(0)),
        // Summands that are combined are bracketed together for one line.
        "add-associates" => !is_pair(&term.args()[0]),
        _ => true,
    }
}

/// Whether two summands are alike but for sign and number.
fn is_pair(sum: &Term) -> bool {
    match (sum.op(), sum.args()) {
        (Op::Add, [left, right]) => summand_key(left).0 == summand_key(right).0,
        _ => false,
    }
}

/// Numbers first; then what moves out of the contraction around; inverses next to what they are inverse to.
fn factor_key<'t>(factor: &'t Term, contracted: Option<&Contracted>) -> (bool, bool, bool, &'t Term, bool) {
    let depends = match contracted {
        None => false,
        Some(Contracted::Payload) => !matches!(factor.op(), Op::Fill(_)),
        Some(Contracted::Index(index)) => factor.free_names().contains(index),
    };
    let filled = matches!(factor.op(), Op::Fill(_));
    let inner = if filled { &factor.args()[0] } else { factor };
    let inverse = matches!(inner.op(), Op::Power) && inner.args()[1].as_number() == Some(&whole(-1));
    let base = if inverse { &inner.args()[0] } else { inner };
    (factor.as_number().is_none(), depends, !filled, base, inverse)
}

/// What a summand is a multiple of, then the multiple itself.
fn summand_key(summand: &Term) -> (Option<Term>, &Term) {
    let bare = if let (Op::Neg, [bare]) = (summand.op(), summand.args()) { bare } else { summand };
    let key = match (bare.op(), bare.args()) {
        (Op::Mul, [number, rest]) if number.as_number().is_some() => Some(rest.clone()),
        _ if bare.as_number().is_some() => None,
        _ => Some(bare.clone()),
    };
    (key, summand)
}

/// A number for what an operation does, whatever it holds.
fn kind(op: &Op) -> u32 {
    match op {
        Op::Fill(_) => 1,
        Op::Add => 2,
        Op::Neg => 3,
        Op::Mul => 4,
        Op::Div => 5,
        Op::Power => 6,
        Op::MatMul => 7,
        Op::Transpose => 8,
        Op::Total => 9,
        Op::Reduce(..) => 10,
        Op::Where => 11,
        _ => 0,
    }
}
