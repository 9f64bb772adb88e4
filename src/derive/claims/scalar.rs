//! Terms entry by entry: every reading at single places, every product of matrices a sum over an index. Rows and columns,
//! payloads and indices are one thing then, whatever layout an author chose.

use crate::math::expression::{Binder, Op, Read, Reducer, Relation, Subscript, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::Shape;

/// The first value of each axis of a quantity: index axes, then those of its shape.
pub type Lows<'a> = dyn Fn(&Name) -> Option<Vec<Integer>> + 'a;

/// Writes terms by entries, with letters of its own for the indices it sums over.
pub struct Scalars<'a> {
    /// Where axes begin.
    pub lows: &'a Lows<'a>,
    /// How many letters were used.
    pub used: usize,
}

/// The letter for entry `position` of a payload, the same in all terms.
pub fn entry_letter(position: usize) -> Name {
    Name::new(format!("‹{position}›"))
}

impl Scalars<'_> {
    fn letter(&mut self) -> Name {
        self.used += 1;
        Name::new(format!("‹s{}›", self.used))
    }

    /// The entry of `term` at these places, one for each axis of its payload. `None` for differentials and pairings.
    pub fn entry(&mut self, term: &Term, at: &[Integer]) -> Option<Term> {
        let args = term.args();
        let one = |op: &Op, args: Vec<Term>| Term::new(op.clone(), args).ok();
        match term.op() {
            Op::Number(_) | Op::Integer(_) => Some(term.clone()),
            Op::Read(read) => self.read(read, at),
            Op::Fill(_) => self.entry(&args[0], &[]),
            Op::Add | Op::Neg | Op::Mul | Op::Div | Op::Apply(_) => {
                let args = args.iter().map(|arg| self.entry(arg, at)).collect::<Option<Vec<_>>>()?;
                one(term.op(), args)
            }
            Op::Compare(_) | Op::And | Op::Or | Op::Not => {
                let args = args.iter().map(|arg| self.entry_or_whole(arg, at)).collect::<Option<Vec<_>>>()?;
                one(term.op(), args)
            }
            Op::Where => {
                let condition = self.entry_or_whole(&args[0], at)?;
                one(term.op(), vec![condition, self.entry(&args[1], at)?, self.entry(&args[2], at)?])
            }
            Op::Power => one(term.op(), vec![self.entry(&args[0], at)?, self.entry(&args[1], &[])?]),
            Op::MatMul => self.product(&args[0], &args[1], at),
            Op::Transpose => {
                let turned: Vec<Integer> = at.iter().rev().cloned().collect();
                self.entry(&args[0], &turned)
            }
            Op::Total => {
                let sizes = args[0].shape().axes().to_vec();
                let letters: Vec<Name> = sizes.iter().map(|_| self.letter()).collect();
                let at: Vec<Integer> = letters.iter().cloned().map(Integer::name).collect();
                let body = self.entry(&args[0], &at)?;
                let binder = |(index, high): (Name, Integer)| Binder { index, low: Integer::number(1), high };
                let binders: Vec<Binder> = letters.into_iter().zip(sizes).map(binder).collect();
                Some(body.summed(&binders))
            }
            Op::Reduce(reducer, binder) => {
                let mut parts = vec![self.entry(&args[0], at)?];
                if let Some(condition) = args.get(1) {
                    parts.push(self.entry(condition, &[])?);
                }
                Term::new(Op::Reduce(*reducer, binder.clone()), parts).ok()
            }
            Op::Diag => {
                let entry = self.entry(&args[0], &at[..1])?;
                only_where(equal(&at[0], &at[1])?, entry)
            }
            Op::Diagonal => self.entry(&args[0], &[at[0].clone(), at[0].clone()]),
            Op::Eye(_) => only_where(equal(&at[0], &at[1])?, Term::number(number::whole(1))),
            Op::Concat => {
                let first = args[0].shape().axes().first()?.clone();
                let (mut before, mut after) = (at.to_vec(), at.to_vec());
                after[0] = at[0].minus(&first);
                before[0] = at[0].clone();
                let (left, right) = (self.entry(&args[0], &before)?, self.entry(&args[1], &after)?);
                let inside = compare(Relation::LessEqual, &at[0], &first)?;
                Term::new(Op::Where, vec![inside, left, right]).ok()
            }
            Op::Slice(low, _) => {
                let mut places = at.to_vec();
                places[0] = at[0].plus(low).offset(-1);
                self.entry(&args[0], &places)
            }
            Op::Reshape(to) => {
                let flat = flat(at, to.axes());
                let places = unflat(&flat, args[0].shape().axes());
                self.entry(&args[0], &places)
            }
            Op::Letter(_) | Op::Differential | Op::Pair => None,
        }
    }

    fn entry_or_whole(&mut self, term: &Term, at: &[Integer]) -> Option<Term> {
        if term.shape().is_number() { self.entry(term, &[]) } else { self.entry(term, at) }
    }

    fn read(&mut self, read: &Read, at: &[Integer]) -> Option<Term> {
        let lows = (self.lows)(&read.quantity)?;
        let (mut places, mut rest) = (Vec::new(), at.iter());
        for (axis, low) in lows.iter().enumerate() {
            places.push(Subscript::At(match read.subscripts.get(axis) {
                Some(Subscript::At(place)) => place.clone(),
                Some(Subscript::Range(first, _)) => rest.next()?.plus(first).offset(-1),
                Some(Subscript::All) | None => rest.next()?.plus(low).offset(-1),
            }));
        }
        let flags = Read { constant: false, padded: false, ..read.clone() };
        Some(Term::read(Read { subscripts: places, shape: Shape::number(), ..flags }))
    }

    fn product(&mut self, left: &Term, right: &Term, at: &[Integer]) -> Option<Term> {
        let row = |term: &Term| matches!(term.shape(), Shape::Row(_));
        let outer = !row(left) && left.shape().axes().len() == 1 && row(right);
        if outer {
            let (left, right) = (self.entry(left, &at[..1])?, self.entry(right, &at[1..])?);
            return left.times(right).ok();
        }
        let inner = self.letter();
        let place = Integer::name(inner.clone());
        let left_axes = left.shape().axes();
        let high = left_axes.last()?.clone();
        let before = if row(left) { 0 } else { left_axes.len() - 1 };
        let (above, below) = at.split_at(before);
        let left = self.entry(left, &[above, std::slice::from_ref(&place)].concat())?;
        let right = self.entry(right, &[std::slice::from_ref(&place), below].concat())?;
        let body = left.times(right).ok()?;
        Some(body.summed(&[Binder { index: inner, low: Integer::number(1), high }]))
    }
}

/// The position of an entry in row-major order, from 0.
fn flat(at: &[Integer], sizes: &[Integer]) -> Integer {
    at.iter().zip(sizes).fold(Integer::number(0), |sum, (place, size)| sum.times(size).plus(&place.offset(-1)))
}

/// The entry at a position in row-major order.
fn unflat(flat: &Integer, sizes: &[Integer]) -> Vec<Integer> {
    let mut places = Vec::new();
    let mut rest = flat.clone();
    for (axis, size) in sizes.iter().enumerate().rev() {
        if axis == 0 {
            places.push(rest.offset(1));
            break;
        }
        places.push(Integer::atom(Atom::Mod(rest.clone().into(), size.clone().into())).offset(1));
        rest = Integer::atom(Atom::FloorDiv(rest.into(), size.clone().into()));
    }
    places.reverse();
    places
}

/// `left relation right`
pub fn compare(relation: Relation, left: &Integer, right: &Integer) -> Option<Term> {
    let integer = |value: &Integer| Term::new(Op::Integer(value.clone()), Vec::new());
    Term::new(Op::Compare(relation), vec![integer(left).ok()?, integer(right).ok()?]).ok()
}

/// `left = right`
pub fn equal(left: &Integer, right: &Integer) -> Option<Term> {
    compare(Relation::Equal, left, right)
}

/// `term` where a condition holds, and 0 elsewhere.
pub fn only_where(condition: Term, term: Term) -> Option<Term> {
    Term::new(Op::Where, vec![condition, term, Term::number(number::whole(0))]).ok()
}

/// `Σ term` over a binder.
pub fn sum(binder: &Binder, term: Term) -> Option<Term> {
    Term::new(Op::Reduce(Reducer::Sum, binder.clone()), vec![term]).ok()
}
