//! Walks through a term: its parts, what stands in it, and it with parts replaced.

use super::{LetterKind, Mark, Op, Read, Term};
use crate::math::typing::Mismatch;
use std::sync::Arc;

impl Term {
    /// The summands of a sum, flat and in order, and `self` alone otherwise.
    pub fn summands(&self) -> Vec<&Term> {
        self.chain(&Op::Add)
    }

    /// The factors of an entrywise product, flat and in order, and `self` alone otherwise.
    pub fn factors(&self) -> Vec<&Term> {
        self.chain(&Op::Mul)
    }

    fn chain(&self, op: &Op) -> Vec<&Term> {
        // With a stack of its own: a sum may have thousands of summands.
        let (mut found, mut open) = (Vec::new(), vec![self]);
        while let Some(term) = open.pop() {
            if term.op() == op {
                open.extend(term.args().iter().rev());
            } else {
                found.push(term);
            }
        }
        found
    }

    /// How many operations and leaves it has, shared parts counted as often as they are written.
    pub fn size(&self) -> usize {
        1 + self.args().iter().map(Term::size).sum::<usize>()
    }

    /// Calls `visit` on every subterm, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Term)) {
        visit(self);
        for arg in self.args() {
            arg.walk(visit);
        }
    }

    /// Whether it is a payload made of nothing but stretched numbers, as `τ/6` beside a vector is.
    pub fn is_stretched(&self) -> bool {
        let made = |arg: &Term| arg.shape().is_number() || arg.is_stretched();
        match self.op() {
            _ if self.shape().is_number() => false,
            Op::Fill(_) => true,
            Op::Add | Op::Neg | Op::Mul | Op::Div | Op::Power | Op::Apply(_) => self.args().iter().all(made),
            _ => false,
        }
    }

    /// All readings in it, in order of appearance.
    pub fn reads(&self) -> Vec<&Read> {
        let mut found = Vec::new();
        self.walk(&mut |term| {
            if let Op::Read(read) = term.op() {
                found.push(read);
            }
        });
        found
    }

    /// All adjoints that it reads, in order of appearance.
    pub fn adjoints(&self) -> Vec<&Read> {
        fn visit<'t>(term: &'t Term, found: &mut Vec<&'t Read>) {
            match term.op() {
                _ if !term.has_gradient() => {}
                Op::Read(read) if read.mark == Mark::Adjoint => found.push(read),
                _ => term.args().iter().for_each(|arg| visit(arg, found)),
            }
        }
        let mut found = Vec::new();
        visit(self, &mut found);
        found
    }

    /// Whether it holds a differential.
    pub fn moves(&self) -> bool {
        match self.op() {
            Op::Differential => true,
            Op::Letter(letter) => letter.kind == LetterKind::Moving,
            _ => self.args().iter().any(Term::moves),
        }
    }

    /// Rebuilds it with `change` applied to every subterm, innermost first; `change` must keep types.
    pub fn map(&self, change: &mut dyn FnMut(Term) -> Term) -> Term {
        let args: Vec<Term> = self.args().iter().map(|arg| arg.map(change)).collect();
        let same = args.iter().zip(self.args()).all(|(new, old)| Arc::ptr_eq(&new.0, &old.0));
        let rebuilt = if same { self.clone() } else { Term::typed(self.op().clone(), args) };
        change(rebuilt)
    }

    /// The subterm at `place`, a list of argument positions from the outside in.
    pub fn subterm(&self, place: &[usize]) -> Option<&Term> {
        place.iter().try_fold(self, |term, position| term.args().get(*position))
    }

    /// The term with the subterm at `place` replaced.
    pub fn replaced(&self, place: &[usize], put: &Term) -> Result<Term, Mismatch> {
        let Some((first, rest)) = place.split_first() else { return Ok(put.clone()) };
        let mut args = self.args().to_vec();
        if let Some(arg) = args.get_mut(*first) {
            *arg = arg.replaced(rest, put)?;
        }
        Term::new(self.op().clone(), args)
    }
}
