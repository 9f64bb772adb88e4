//! The best move in a line: which law is read next, and at which places.

use super::arrange::multiple_of;
use super::strategy::{BRACKET, COMBINE, FAR, is_wanted};
use super::{Expander, Setting};
use crate::derive::ground::Ground;
use crate::derive::letters::same_but_for_letters;
use crate::derive::matching::{Bindings, is_presupposed};
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::law::Law;
use crate::math::name::Name;
use crate::math::number::whole;
use std::collections::{BTreeMap, BTreeSet};

/// What can be done at a place, in the order of preference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Move {
    Ground(usize),
    Rule(usize),
    Letters,
    Combine(&'static str),
    Bracket,
}

/// Places, and what stands there afterwards.
type Places = Vec<(Vec<usize>, Term)>;

impl Expander<'_> {
    /// The best move, at all places where it can be made.
    pub(super) fn best(
        &self,
        line: &Term,
        setting: &Setting,
        outside: &BTreeSet<Name>,
        hold: bool,
    ) -> Option<(Move, Places)> {
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
pub(super) fn inverted_sums(term: &Term) -> BTreeSet<Term> {
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

/// A number for what an operation does, whatever it holds.
pub(super) fn kind(op: &Op) -> u32 {
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
