//! One step of a recurrence as mean-field theory sees it: entries of a wide layer are alike and independent, matrix products with
//! fresh weights are normal numbers, means over the width are fixed numbers.

use crate::math::expression::Term;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Span;
use std::collections::BTreeMap;

/// A step: how an entry of the state is made of the entry before and of normal numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The index of the recurrence.
    pub index: Name,
    /// Its first and last value.
    pub range: (Integer, Integer),
    /// The state.
    pub state: Name,
    /// How its first value is drawn, if it is: mean and standard deviation.
    pub initial: Option<(Term, Term)>,
    /// What is computed, in an order in which it can be.
    pub items: Vec<Item>,
    /// The new entry.
    pub update: Entry,
    /// Whether the state is normal at all steps when it starts normal: it is a sum of normal numbers with fixed factors.
    pub normal: bool,
    /// What is assumed beside, one sentence each.
    pub notes: Vec<String>,
}

/// A number that the entries of a step are made of.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// An entry of a matrix product with weights of the step's own: normal, mean 0.
    Product(Product),
    /// An entry of a vector that is drawn: a bias or an input.
    Vector(Vector),
    /// A sum of such numbers that a function takes.
    Sum(Linear),
    /// The largest of several sums that are alike, or the smallest.
    Extreme(Extreme),
    /// The mean of an entry over the width: a fixed number.
    Mean(Entry),
    /// A sum made to have mean 0 and variance 1 over a batch.
    Normalised(Normalised),
}

/// `W @ x` with entries of W independent.
#[derive(Clone, PartialEq, Debug)]
pub struct Product {
    /// The parameter.
    pub weights: Name,
    /// Where it was declared.
    pub span: Span,
    /// How many entries are added up, and how many outputs there are.
    pub fans: (Integer, Integer),
    /// The variance of an entry of W is the square of this times the number beside it.
    pub deviation: (Term, f64),
    /// Whether W is orthogonal, times a gain, rather than made of independent entries.
    pub orthogonal: Option<Term>,
    /// The entry of x.
    pub argument: Entry,
}

/// A vector whose entries are normal and independent.
#[derive(Clone, PartialEq, Debug)]
pub struct Vector {
    /// The parameter or input.
    pub name: Name,
    /// Its mean and standard deviation.
    pub law: (Term, Term),
    /// Whether each step has one of its own.
    pub fresh: bool,
}

/// The largest (or smallest) of `count` independent copies of a sum.
#[derive(Clone, PartialEq, Debug)]
pub struct Extreme {
    /// Of what.
    pub sum: Linear,
    /// Of how many.
    pub count: Integer,
    /// The largest, or else the smallest.
    pub largest: bool,
}

/// `(a − mean a) / sqrt(mean (a − mean a)² + ε)` over a batch, for a product a of weights with the state.
#[derive(Clone, PartialEq, Debug)]
pub struct Normalised {
    /// The position of the product.
    pub product: usize,
    /// How many examples there are.
    pub count: Integer,
}

/// What a linear sum is made of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// The entry of the state before.
    State,
    /// A product or vector, by its position among the items.
    Item(usize),
}

/// `offset + Σ coefficient · part`; coefficients are numbers without gradient.
#[derive(Clone, PartialEq, Debug)]
pub struct Linear {
    /// The parts.
    pub parts: BTreeMap<Part, Term>,
    /// The rest.
    pub offset: Term,
}

/// An entry: a number that the step is the same for all of, such as `eps`; a sum of normal numbers; or a function of such sums.
#[derive(Clone, PartialEq, Debug)]
pub enum Entry {
    /// A number.
    Number(Term),
    /// A sum.
    Linear(Linear),
    /// A function.
    Function(Box<Function>),
}

/// A function applied entry by entry: a network of its own, of one equation, over vectors of points.
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    /// Its equation computes `y` from its arguments; without gradients stand the numbers.
    pub network: Network,
    /// The arguments, with the names they have there.
    pub arguments: Vec<(Argument, Name)>,
    /// The numbers, with the names they have there: terms of sizes, constants, the index, and means.
    pub numbers: Vec<(Term, Name)>,
    /// Whether it is linear in the state, or does not read it; then it needs no more than the moments of the state.
    pub affine: bool,
    /// Whether it is at most quadratic in the state: then its mean needs no more than the moments of the state.
    pub quadratic: bool,
}

/// What varies from entry to entry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Argument {
    /// The entry of the state before.
    State,
    /// A sum or an extreme, by its position among the items.
    Item(usize),
}

/// The name under which the mean at position `item` stands in terms.
pub fn mean_name(item: usize) -> Name {
    Name::new(format!("mean_{item}"))
}
