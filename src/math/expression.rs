//! Terms: the expressions that networks, laws and derivations are made of.
//!
//! A term is an operation with arguments, and knows its type. Terms are immutable and shared; equal terms compare
//! equal however they were made. Every term is well typed: [`Term::new`] is the only way to make one.

use super::integer::Integer;
use super::name::Name;
use super::number::{self, Rational};
use super::shape::{Shape, Sort, Type};
use super::typing::{self, Mismatch};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a term does with its arguments. The number of arguments is in brackets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Op {
    /// A number that was written down (0).
    Number(Rational),
    /// An integer expression of sizes and indices, used as a number: `N`, `t` (0).
    Integer(Integer),
    /// The value of a quantity, its adjoint, or its upstream gradient, at some subscripts (0).
    Read(Read),
    /// A letter of a law (0).
    Letter(Letter),
    /// A number stretched over a payload (1).
    Fill(Shape),
    /// `u + v`, entry by entry (2).
    Add,
    /// `−u` (1). A difference is `u + (−v)`.
    Neg,
    /// `u ⊙ v`, entry by entry (2).
    Mul,
    /// `u / v`, entry by entry (2).
    Div,
    /// `u ^ c`, entry by entry; the exponent is a number without gradient (2).
    Power,
    /// Matrix product, also of columns and rows: `A·B`, `A·v`, `uᵀ·v` (a number), `u·vᵀ` (a matrix) (2).
    MatMul,
    /// `uᵀ` (1).
    Transpose,
    /// A function of the book applied entry by entry, such as `tanh(u)`, `max(u, v)` (as many as it has parameters).
    Apply(Name),
    /// The sum of all entries of the payload, a number (1).
    Total,
    /// A reduction over an index, entry by entry in the payload. Bound indices never clash: `resolve` renames them.
    /// The arguments are the body, and the condition if there is one (1 or 2).
    Reduce(Reducer, Binder),
    /// `where(condition, u, v)`, entry by entry (3).
    Where,
    /// A comparison, entry by entry (2).
    Compare(Relation),
    /// Both conditions (2).
    And,
    /// At least one condition (2).
    Or,
    /// Not the condition (1).
    Not,
    /// Payloads one after the other along the first axis (2).
    Concat,
    /// The entries from the first to the last along the first axis, counted from 1, both included; it appears as the
    /// adjoint of `concat` (1).
    Slice(Integer, Integer),
    /// The same entries, row-major, in another payload (1).
    Reshape(Shape),
    /// The matrix with a vector on its diagonal (1).
    Diag,
    /// The diagonal of a square matrix as a vector; it appears as the adjoint of `diag` (1).
    Diagonal,
    /// The identity matrix (0).
    Eye(Integer),
    /// The differential of a term: how it moves (1).
    Differential,
    /// `⟨G, u⟩`: the sum of products over all entries, and over all indices of the equation at hand (2).
    Pair,
}

/// What a reduction over an index computes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reducer {
    /// `sum[i](u)`.
    Sum,
    /// `mean[i](u)`: divides by how many passed the condition.
    Mean,
    /// `max[i](u)`; of equal maxima the first gets all the gradient.
    Max,
    /// `min[i](u)`; of equal minima the first.
    Min,
    /// `logsumexp[i](u)`.
    LogSumExp,
    /// `softmax[i](u)`: the index stays free outside, and is also bound inside.
    Softmax,
    /// Where `max[i](u)` is attained: the first value of the index. It jumps or stands still, so it has no gradient.
    ArgMax,
    /// Where `min[i](u)` is attained first.
    ArgMin,
}

/// A bound index with its range, both ends included.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Binder {
    /// The bound index.
    pub index: Name,
    /// The first value.
    pub low: Integer,
    /// The last value.
    pub high: Integer,
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Relation {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Relation {
    /// What holds where this one does not.
    pub fn opposite(self) -> Relation {
        match self {
            Relation::Equal => Relation::NotEqual,
            Relation::NotEqual => Relation::Equal,
            Relation::Less => Relation::GreaterEqual,
            Relation::LessEqual => Relation::Greater,
            Relation::Greater => Relation::LessEqual,
            Relation::GreaterEqual => Relation::Less,
        }
    }
}

/// Which of a quantity's arrays is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mark {
    /// The value `v`.
    Value,
    /// The adjoint `δv = ∂L/∂v`, through every path.
    Adjoint,
    /// The upstream gradient `G_v`, given from outside.
    Upstream,
}

/// A quantity read at subscripts. Subscripts stand for index axes first, then for axes of the shape;
/// axes without a subscript are the payload, together with those read by [`Subscript::All`] or a range.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Read {
    /// Whose array.
    pub quantity: Name,
    /// Which array.
    pub mark: Mark,
    /// The subscripts, at most as many as the quantity has axes.
    pub subscripts: Vec<Subscript>,
    /// What is left after the subscripts.
    pub shape: Shape,
    /// Whether a gradient may flow into it: false for `const` and given data.
    pub constant: bool,
    /// Whether the value past the end is 0 (`else 0`).
    pub padded: bool,
}

/// One subscript.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subscript {
    /// At an integer.
    At(Integer),
    /// The whole axis, `:`.
    All,
    /// From the first to the last, both included, `2..4`.
    Range(Integer, Integer),
}

/// A letter of a law: it stands for any term of its type and kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Letter {
    /// How it is written.
    pub name: Name,
    /// The payload it stands for.
    pub shape: Shape,
    /// What it may stand for.
    pub kind: LetterKind,
}

/// What a letter of a law may stand for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LetterKind {
    /// Any term without a differential: `u`, `G`, `A`.
    Plain,
    /// A term that holds a differential and is linear in it: `dX`.
    Moving,
    /// A term without gradient: `c`.
    Constant,
    /// A condition: `p`.
    Condition,
}

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

// Readings of one place hardly ever differ in the rest.
impl Hash for Read {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.quantity, self.mark, &self.subscripts).hash(state);
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

    /// Whether it reads an adjoint or an upstream gradient.
    pub fn has_gradient(&self) -> bool {
        self.0.holds.gradient
    }

    /// Whether a reduction over an index stands in it.
    pub fn binds(&self) -> bool {
        self.0.holds.binder
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

    /// The indices (and sizes) it depends on that it does not bind itself.
    pub fn free_names(&self) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        self.collect_free(&mut found);
        found
    }

    fn collect_free(&self, found: &mut BTreeSet<Name>) {
        match self.op() {
            Op::Integer(integer) => found.extend(integer.names()),
            Op::Slice(low, high) => {
                found.extend(low.names());
                found.extend(high.names());
            }
            Op::Read(read) => {
                for subscript in &read.subscripts {
                    match subscript {
                        Subscript::At(place) => found.extend(place.names()),
                        Subscript::Range(low, high) => {
                            found.extend(low.names());
                            found.extend(high.names());
                        }
                        Subscript::All => {}
                    }
                }
            }
            Op::Reduce(reducer, binder) => {
                let mut inside = BTreeSet::new();
                self.args().iter().for_each(|arg| arg.collect_free(&mut inside));
                if *reducer != Reducer::Softmax {
                    inside.remove(&binder.index);
                }
                found.extend(inside);
                found.extend(binder.low.names());
                found.extend(binder.high.names());
                return;
            }
            _ => {}
        }
        self.args().iter().for_each(|arg| arg.collect_free(found));
    }

    /// Puts integers for free indices, all at once. Bound indices stay what they are; one that would capture an index
    /// that is put in gets another letter.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Term {
        if put.is_empty() {
            return self.clone();
        }
        match self.op() {
            Op::Integer(integer) => Term::typed(Op::Integer(integer.substitute(put)), Vec::new()),
            Op::Read(read) => Term::read(read.at(put)),
            Op::Reduce(reducer, binder) => self.bound_at(*reducer, binder, put),
            _ if self.args().is_empty() => self.clone(),
            op => Term::typed(op.clone(), self.args().iter().map(|arg| arg.at(put)).collect()),
        }
    }

    fn bound_at(&self, reducer: Reducer, binder: &Binder, put: &BTreeMap<Name, Integer>) -> Term {
        let mut binder =
            Binder { index: binder.index.clone(), low: binder.low.substitute(put), high: binder.high.substitute(put) };
        let mut inside = put.clone();
        match (reducer, inside.remove(&binder.index)) {
            // The index of a softmax stands free as well: what is put for it says which share is read.
            (Reducer::Softmax, Some(place)) => match place.as_name() {
                Some(letter) if !inside.values().any(|value| value.names().contains(letter)) => {
                    inside.insert(binder.index.clone(), place.clone());
                    binder.index = letter.clone();
                }
                _ => return self.share_at(&binder, &inside, place),
            },
            (Reducer::Softmax, None) => {}
            _ if inside.values().any(|value| value.names().contains(&binder.index)) => {
                let mut taken: BTreeSet<Name> = inside.values().flat_map(Integer::names).collect();
                taken.extend(self.args().iter().flat_map(Term::free_names));
                let letter = binder.index.beside(&taken);
                inside.insert(binder.index.clone(), Integer::name(letter.clone()));
                binder.index = letter;
            }
            _ => {}
        }
        let args = self.args().iter().map(|arg| arg.at(&inside)).collect();
        Term::typed(Op::Reduce(reducer, binder), args)
    }

    /// `softmax[i](u)` at a place that is no index: `exp(u − logsumexp[i](u))` with `u` at that place, and 0 where the
    /// condition does not hold there.
    fn share_at(&self, binder: &Binder, put: &BTreeMap<Name, Integer>, place: Integer) -> Term {
        let mut there = put.clone();
        there.insert(binder.index.clone(), place);
        let all = Term::typed(Op::Reduce(Reducer::LogSumExp, binder.clone()), self.args().to_vec()).at(put);
        let shifted = Term::typed(Op::Add, vec![self.args()[0].at(&there), all.negated()]);
        let share = Term::typed(Op::Apply(Name::from("exp")), vec![shifted]);
        match self.args().get(1) {
            None => share,
            Some(condition) => {
                let zero = Term::filled(0, share.shape());
                Term::typed(Op::Where, vec![condition.at(&there), share, zero])
            }
        }
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

impl Binder {
    /// The same binder with integers put for the indices and sizes in its range.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Binder {
        Binder { index: self.index.clone(), low: self.low.substitute(put), high: self.high.substitute(put) }
    }
}

impl Read {
    /// The same reading with integers put for indices.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Read {
        let mut read = self.clone();
        for subscript in &mut read.subscripts {
            *subscript = match subscript {
                Subscript::At(place) => Subscript::At(place.substitute(put)),
                Subscript::Range(low, high) => Subscript::Range(low.substitute(put), high.substitute(put)),
                Subscript::All => Subscript::All,
            };
        }
        read
    }

    /// The subscripts, when all of them are integers.
    pub fn places(&self) -> Option<Vec<&Integer>> {
        self.subscripts
            .iter()
            .map(|subscript| match subscript {
                Subscript::At(place) => Some(place),
                _ => None,
            })
            .collect()
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
