//! Explanations without a search: both sides are multiplied out, law by law, into one and the same sum of products.
//!
//! Every round applies one law, read in one direction, at all places where it fits. In between, summands and factors are
//! put in a fixed order, and bound indices get fixed letters.

use super::ground::Ground;
use super::letters::{Letters, same_but_for_letters};
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
const LARGEST: usize = 500;

/// The laws that multiply out, in the order in which they are tried, and whether they are read right to left.
const STRATEGY: &[(&str, bool)] = &[
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
    ("choice-factor", false),
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
    ("total-of-sums", false),
    ("total-of-sums-behind", false),
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
    ("transpose-eye", false),
    ("eye-left", false),
    ("eye-right", false),
    ("eye-vector", false),
    ("diag-minus", false),
    ("diag-scale", false),
    ("diag-of-same", false),
    ("diag-vector", false),
    ("row-diag", false),
    ("diag-diag", false),
    ("diag-diag-matrix", false),
    ("associate-matrices", false),
    ("associate-outer-left", true),
    ("associate-outer-right", false),
    ("outer-times-vector", false),
    ("row-times-outer", false),
    ("matrix-matrix-scale", false),
    ("scale-matrix-matrix", false),
    ("matrix-vector-of-same", false),
    ("outer-of-same", false),
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
    ("index-sum-diag", false),
    ("index-sum-matrix-matrix", false),
    ("index-sum-matrix-right", false),
    ("index-sum-outer", false),
    ("index-sum-outer-row", false),
    ("softmax-sum", false),
    ("index-sum-of-zero", false),
    ("index-sum-of-same", false),
    ("multiply-inverse", false),
    ("multiply-back", false),
    ("stretch-inverse", false),
    ("stretch-back", false),
    ("multiply-numbers", false),
    ("choice-otherwise", true),
    ("choice-otherwise-above", true),
    ("choice-factor-second", false),
    ("choice-complement", false),
    ("add-constants", false),
    ("subtract-constants", false),
];

/// Laws for calculations that go far.
const FAR: [&str; 6] = [
    "total-of-sums",
    "total-of-sums-behind",
    "choice-otherwise",
    "choice-otherwise-above",
    "choice-factor-second",
    "choice-complement",
];

/// Bracketing two summands of a longer sum, so that they can be combined.
const BRACKET: &str = "add-associates";
/// What becomes of two summands that are alike but for sign or number.
const COMBINE: [&str; 10] = [
    "cancel",
    "cancel-negative",
    "double",
    "add-numbers",
    "subtract-numbers",
    "add-number",
    "number-add",
    "minus-numbers",
    "minus-number",
    "number-minus",
];

/// The names of all laws that multiplying out rests on. Those that a book lacks are not used, so a test compares.
pub fn laws_of_expansion() -> impl Iterator<Item = &'static str> {
    STRATEGY.iter().map(|(name, _)| *name).chain(COMBINE).chain([BRACKET])
}

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

/// Places, and what stands there afterwards.
type Places = Vec<(Vec<usize>, Term)>;

/// What can be done at a place, in the order of preference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Move {
    Ground(usize),
    Rule(usize),
    Letters,
    Combine(&'static str),
    Bracket,
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

    /// The best move, at all places where it can be made.
    fn best(&self, line: &Term, setting: &Setting, outside: &BTreeSet<Name>, hold: bool) -> Option<(Move, Places)> {
        let whole = if hold { inverted_sums(line) } else { BTreeSet::new() };
        let mut search = Search { expander: self, setting, whole, best: None, found: Vec::new() };
        search.visit(line, &mut Vec::new(), &mut outside.clone());
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

/// The contraction nearest around a product: over the payload, or over an index.
#[derive(Clone)]
enum Contracted {
    Payload,
    Index(Name),
}

struct Search<'s, 'b> {
    expander: &'s Expander<'b>,
    setting: &'s Setting<'s>,
    /// Sums that are not multiplied out.
    whole: BTreeSet<Term>,
    best: Option<Move>,
    found: Places,
}

impl Search<'_, '_> {
    fn visit(&mut self, term: &Term, place: &mut Vec<usize>, around: &mut BTreeSet<Name>) {
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
        let bound = match term.op() {
            Op::Reduce(_, binder) if around.insert(binder.index.clone()) => Some(binder.index.clone()),
            _ => None,
        };
        for (position, arg) in term.args().iter().enumerate() {
            place.push(position);
            self.visit(arg, place, around);
            place.pop();
        }
        if let Some(bound) = bound {
            around.remove(&bound);
        }
    }

    /// The best move at this very place, if it is not worse than what was found elsewhere.
    fn at(&self, term: &Term, around: &BTreeSet<Name>) -> Option<(Move, Term)> {
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
            if !self.setting.far && FAR.contains(&law.name.as_str()) {
                continue;
            }
            if let Some(new) = self.expander.applied(law, reversed, term, self.setting)
                && is_wanted(law, term)
                && !(law.name.as_str().starts_with("distribute")
                    && !self.whole.is_empty()
                    && term.args().iter().any(|arg| self.whole.contains(&with_products(arg))))
            {
                return Some((Move::Rule(*number), new));
            }
        }
        // Under the letters of an equality that is to be read, it can be.
        let known = |ground: &&Ground| kind(ground.left.op()) == 10 && same_but_for_letters(&ground.left, term);
        if let Some(ground) = self.setting.grounds.iter().find(known).filter(|_| kind(term.op()) == 10) {
            return Some((Move::Letters, ground.left.clone()));
        }
        if let Some(new) = self.lettered(term, around) {
            return Some((Move::Letters, new));
        }
        self.combined(term)
    }

    /// A sum over an index under the letter that is tried first.
    fn lettered(&self, term: &Term, around: &BTreeSet<Name>) -> Option<Term> {
        let Op::Reduce(reducer, binder) = term.op() else { return None };
        if *reducer == Reducer::Softmax {
            return None;
        }
        let mut used = around.clone();
        used.extend(term.free_names());
        let letter = self.setting.letters.pick(binder, &used);
        if letter == binder.index {
            return None;
        }
        let put = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
        let args = term.args().iter().map(|arg| arg.at(&put)).collect();
        Term::new(Op::Reduce(*reducer, Binder { index: letter, ..binder.clone() }), args).ok()
    }

    /// Two like summands of a sum in order become one.
    fn combined(&self, term: &Term) -> Option<(Move, Term)> {
        let (Op::Add, [left, right]) = (term.op(), term.args()) else { return None };
        let applied = |name: &'static str, reversed: bool, term: &Term| {
            let law = self.expander.named.get(name)?;
            self.expander.applied(law, reversed, term, self.setting)
        };
        let next = if let (Op::Add, [next, _]) = (right.op(), right.args()) { next } else { right };
        if multiple_of(left) != multiple_of(next) {
            return None;
        }
        let pair = left.clone().plus(next.clone()).ok()?;
        let (name, one) = COMBINE.into_iter().find_map(|name| Some((name, applied(name, false, &pair)?)))?;
        if matches!(right.op(), Op::Add) {
            Some((Move::Bracket, applied(BRACKET, true, term)?))
        } else {
            Some((Move::Combine(name), one))
        }
    }
}

/// The sums whose inverse stands in the term, or that it is divided by.
fn inverted_sums(term: &Term) -> BTreeSet<Term> {
    let mut found = BTreeSet::new();
    term.walk(&mut |part| {
        let below = match (part.op(), part.args()) {
            (Op::Power, [base, exponent]) if exponent.as_number() == Some(&whole(-1)) => base,
            (Op::Div, [_, below]) => below,
            _ => return,
        };
        if matches!(below.op(), Op::Add) {
            found.insert(with_products(below));
        }
    });
    found
}

/// The term with squares written as products, as they are before long.
fn with_products(term: &Term) -> Term {
    term.map(&mut |part| match (part.op(), part.args()) {
        (Op::Power, [base, exponent]) if exponent.as_number() == Some(&whole(2)) => {
            base.clone().times(base.clone()).unwrap_or(part)
        }
        _ => part,
    })
}

/// The step that changes order and brackets alone.
fn reordered(after: Term) -> Step {
    Step::new(Reason::Order, vec![Vec::new()], after)
}

/// The term with all its summands and factors in a fixed order, bracketed from the right.
fn in_order(term: &Term, contracted: Option<&Contracted>) -> Term {
    let rebuilt = |op: &Op, args: Vec<Term>| Term::new(op.clone(), args).unwrap_or_else(|_| term.clone());
    let chain = |op: &Op, members: Vec<Term>| {
        members
            .into_iter()
            .rev()
            .reduce(|after, member| rebuilt(op, vec![member, after]))
            .unwrap_or_else(|| term.clone())
    };
    match term.op() {
        Op::Add => {
            let mut members: Vec<Term> = term.summands().into_iter().map(|member| in_order(member, None)).collect();
            members.sort_by(|a, b| (multiple_of(a), a).cmp(&(multiple_of(b), b)));
            chain(&Op::Add, members)
        }
        Op::Mul => {
            let mut members: Vec<Term> = term.factors().into_iter().map(|member| in_order(member, None)).collect();
            members.sort_by(|a, b| factor_key(a, contracted).cmp(&factor_key(b, contracted)));
            chain(&Op::Mul, members)
        }
        _ if term.args().is_empty() => term.clone(),
        op => {
            // Signs and sums may stand between a contraction and its factors.
            let inner = match op {
                Op::Total => Some(Contracted::Payload),
                Op::Reduce(Reducer::Sum, binder) => Some(Contracted::Index(binder.index.clone())),
                Op::Neg => contracted.cloned(),
                _ => None,
            };
            rebuilt(op, term.args().iter().map(|arg| in_order(arg, inner.as_ref())).collect())
        }
    }
}

/// Some laws are wanted only where they make numbers of numbers.
fn is_wanted(law: &Law, term: &Term) -> bool {
    let number = |term: &Term| term.as_number().is_some();
    match law.name.as_str() {
        "multiply-numbers" => number(&term.args()[0]) && number(&term.args()[1].args()[0]),
        "add-constants" => number(&term.args()[0]) && number(&term.args()[1].args()[0]),
        "subtract-constants" => number(&term.args()[0]) && number(&term.args()[1].args()[0].args()[0]),
        "matrix-vector-of-same" => !number(&term.args()[1]),
        "outer-of-same" => !number(&term.args()[1].args()[0]),
        "choice-factor" => term.args()[1].as_number() != Some(&whole(1)),
        "choice-factor-second" => term.args()[2].as_number() != Some(&whole(1)),
        "inverse-of-number" => term.args()[0].as_number().is_some_and(|value| value != &whole(0)),
        _ => true,
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

/// What a summand is a multiple of; nothing for a number.
fn multiple_of(summand: &Term) -> Option<Term> {
    let bare = if let (Op::Neg, [bare]) = (summand.op(), summand.args()) { bare } else { summand };
    match (bare.op(), bare.args()) {
        (Op::Mul, [number, rest]) if number.as_number().is_some() => Some(rest.clone()),
        _ if bare.as_number().is_some() => None,
        _ => Some(bare.clone()),
    }
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
