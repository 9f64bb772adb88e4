//! Terms: the expressions that networks, laws and derivations are made of.
//!
//! A term is an operation with arguments, and knows its type. Terms are immutable and shared; equal terms compare
//! equal however they were made. Every term is well typed: [`Term::new`] is the only way to make one.

mod operation;
mod substitute;
mod walk;

pub use operation::{Binder, Letter, LetterKind, Mark, Op, Read, Reducer, Relation, Subscript};

use super::number::{self, Rational};
use super::shape::{Shape, Sort, Type};
use super::typing::{self, Mismatch};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An operation with its arguments; well typed.
#[derive(Clone)]
pub struct Term(Arc<Inner>);

struct Inner {
    op: Op,
    args: Vec<Term>,
    ty: Arc<Type>,
    holds: Holds,
}

/// What stands somewhere in a term, so that walks that look for it pass by where there is none.
#[derive(Clone, Copy, Default)]
struct Holds {
    gradient: bool,
    binder: bool,
}

impl Holds {
    fn of(op: &Op, args: &[Term]) -> Holds {
        Holds {
            gradient: matches!(op, Op::Read(read) if read.mark != Mark::Value) || args.iter().any(Term::has_gradient),
            binder: matches!(op, Op::Reduce(..)) || args.iter().any(Term::binds),
        }
    }
}

impl Term {
    /// The term `op(args)`, or why it has no type.
    pub fn new(op: Op, args: Vec<Term>) -> Result<Term, Mismatch> {
        let ty = match (&op, args.as_slice()) {
            // These keep the type of their arguments, which is then shared.
            (Op::Add | Op::Mul | Op::Div, [left, right]) if left.ty() == right.ty() && left.is_real() => {
                left.0.ty.clone()
            }
            (Op::Neg | Op::Differential, [one]) if one.is_real() => one.0.ty.clone(),
            (_, [one]) => Arc::new(typing::type_of(&op, &[one.ty()])?),
            (_, [left, right]) => Arc::new(typing::type_of(&op, &[left.ty(), right.ty()])?),
            (_, many) => Arc::new(typing::type_of(&op, &many.iter().map(Term::ty).collect::<Vec<_>>())?),
        };
        let holds = Holds::of(&op, &args);
        Ok(Term(Arc::new(Inner { op, args, ty, holds })))
    }

    fn is_real(&self) -> bool {
        self.ty().sort == Sort::Real
    }

    /// For terms whose type follows from how they are made; elsewhere use [`Term::new`].
    fn typed(op: Op, args: Vec<Term>) -> Term {
        Term::new(op, args).expect("the caller chose arguments that fit")
    }

    /// What it does.
    pub fn op(&self) -> &Op {
        &self.0.op
    }

    /// To what.
    pub fn args(&self) -> &[Term] {
        &self.0.args
    }

    /// Its type.
    pub fn ty(&self) -> &Type {
        &self.0.ty
    }

    /// Its payload.
    pub fn shape(&self) -> &Shape {
        &self.0.ty.shape
    }

    /// Where it is kept: the same for shared terms, as long as one of them lives.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// A number.
    pub fn number(value: Rational) -> Term {
        Term::typed(Op::Number(value), Vec::new())
    }

    /// The number `n`, filling `shape`.
    pub fn filled(n: i64, shape: &Shape) -> Term {
        Term::number(number::whole(n)).fill(shape)
    }

    /// A reading.
    pub fn read(read: Read) -> Term {
        Term::typed(Op::Read(read), Vec::new())
    }

    /// A letter of a law.
    pub fn letter(letter: Letter) -> Term {
        Term::typed(Op::Letter(letter), Vec::new())
    }

    /// `self`, stretched over `shape` when it is a number and `shape` is not.
    pub fn fill(self, shape: &Shape) -> Term {
        if self.shape() == shape { self } else { Term::typed(Op::Fill(shape.clone()), vec![self]) }
    }

    /// `self + other`; payloads must be equal.
    pub fn plus(self, other: Term) -> Result<Term, Mismatch> {
        Term::new(Op::Add, vec![self, other])
    }

    /// `self ⊙ other`; payloads must be equal.
    pub fn times(self, other: Term) -> Result<Term, Mismatch> {
        Term::new(Op::Mul, vec![self, other])
    }

    /// `self · other`.
    pub fn matmul(self, other: Term) -> Result<Term, Mismatch> {
        Term::new(Op::MatMul, vec![self, other])
    }

    /// `−self`.
    pub fn negated(self) -> Term {
        Term::typed(Op::Neg, vec![self])
    }

    /// `selfᵀ`.
    pub fn transposed(self) -> Result<Term, Mismatch> {
        Term::new(Op::Transpose, vec![self])
    }

    /// `d self`.
    pub fn differential(self) -> Term {
        Term::typed(Op::Differential, vec![self])
    }

    /// `⟨self, other⟩`.
    pub fn paired(self, other: Term) -> Result<Term, Mismatch> {
        Term::new(Op::Pair, vec![self, other])
    }

    /// `Σ self` over the indices in `sums`, the outermost first.
    pub fn summed(self, sums: &[Binder]) -> Term {
        let over = |term, sum: &Binder| Term::typed(Op::Reduce(Reducer::Sum, sum.clone()), vec![term]);
        sums.iter().rev().fold(self, over)
    }

    /// The reading it is, if it is one.
    pub fn as_read(&self) -> Option<&Read> {
        match self.op() {
            Op::Read(read) => Some(read),
            _ => None,
        }
    }

    /// The number it is, seen through fills.
    pub fn as_number(&self) -> Option<&Rational> {
        match self.op() {
            Op::Number(value) => Some(value),
            Op::Fill(_) => self.args()[0].as_number(),
            _ => None,
        }
    }

    /// Whether it reads an adjoint or an upstream gradient.
    pub fn has_gradient(&self) -> bool {
        self.0.holds.gradient
    }

    /// Whether a reduction over an index stands in it.
    pub fn binds(&self) -> bool {
        self.0.holds.binder
    }
}

// The type follows from the rest, and what is shared is equal.

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.op() == other.op() && self.args() == other.args()
    }
}

impl Eq for Term {}

impl Ord for Term {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        self.op().cmp(other.op()).then_with(|| self.args().cmp(other.args()))
    }
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.op().hash(state);
        self.args().hash(state);
    }
}

impl std::fmt::Debug for Term {
    /// Prefix form, for failing tests only; readers get `render`.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.op() {
            Op::Read(read) => {
                let places: Vec<String> = read
                    .subscripts
                    .iter()
                    .map(|subscript| match subscript {
                        Subscript::At(place) => place.to_string(),
                        Subscript::All => ":".into(),
                        Subscript::Range(low, high) => format!("{low}..{high}"),
                    })
                    .collect();
                let mark = match read.mark {
                    Mark::Value => "",
                    Mark::Adjoint => "δ",
                    Mark::Upstream => "G_",
                };
                write!(out, "{mark}{}[{}]", read.quantity, places.join(","))
            }
            Op::Number(value) => write!(out, "{}", number::spell(value)),
            Op::Integer(integer) => write!(out, "{integer}"),
            Op::Letter(letter) => write!(out, "{}", letter.name),
            Op::Fill(_) => write!(out, "{:?}", self.args()[0]),
            op => {
                let name = match op {
                    Op::Apply(name) => name.to_string(),
                    other => format!("{other:?}").split(['(', ' ']).next().unwrap_or_default().to_string(),
                };
                let mut tuple = out.debug_tuple(&name);
                self.args().iter().for_each(|arg| {
                    tuple.field(arg);
                });
                tuple.finish()
            }
        }
    }
}
