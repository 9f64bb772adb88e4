//! Operations, and what they are told beside their arguments: readings, binders, letters of laws.

use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::Rational;
use crate::math::shape::Shape;
use std::hash::{Hash, Hasher};

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
// Readings of one place hardly ever differ in the rest.
impl Hash for Read {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.quantity, self.mark, &self.subscripts).hash(state);
    }
}

impl Read {
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
