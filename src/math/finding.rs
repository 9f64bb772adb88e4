//! What was found out about a claim.

use super::expression::Term;
use super::name::Name;
use super::network::Network;
use super::shape::Shape;

/// All that was found out about the claims of a file.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The network that they speak of.
    pub base: Network,
    /// One for each claim, in the order of the file.
    pub findings: Vec<Finding>,
}

/// How a claim stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Standing {
    /// It holds.
    Proved,
    /// It holds, if the constants that were typed with few digits are the rounded numbers that they look like.
    ProvedRounded,
    /// It agrees on all samples, and no proof was found.
    Unknown,
    /// It is false.
    Refuted,
}

/// What was found out about one claim.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What the claim is called.
    pub claim: Name,
    /// How it stands.
    pub standing: Standing,
    /// As it was written.
    pub written: String,
    /// The network with the author's names, for those who show formulas.
    pub network: Network,
    /// What it assumes.
    pub assumptions: Vec<String>,
    /// On how many random instances both sides were compared.
    pub samples: usize,
    /// How it was proved.
    pub proof: Proof,
    /// An entry at which it fails.
    pub counterexample: Option<Counterexample>,
    /// What is wrong, and where.
    pub blame: Option<Blame>,
    /// What could not be shown to be 0, and why it went no further.
    pub open: Option<Open>,
}

/// A proof, as far as it is told.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// What the author's names stand for.
    pub stands: Vec<Stand>,
    /// The claim itself.
    pub claim: Option<Meant>,
    /// Definitions of the network that were put in.
    pub definitions: Vec<Name>,
    /// Laws beside the algebra of sums and products.
    pub laws: Vec<String>,
    /// Whether cases were told apart.
    pub cases: bool,
    /// Whether both sides are 0 on all samples, which is seldom what is meant.
    pub zero: bool,
}

/// `name = term`: what a name of the author stands for, shown from its equation and those of the others.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The name.
    pub name: Name,
    /// The name at its indices.
    pub left: Term,
    /// What it stands for.
    pub right: Term,
    /// The index along which it is shown backwards: equal at t + 1 implies equal at t.
    pub along: Option<Name>,
    /// Its equations, put in order.
    pub equations: Vec<Meant>,
}

/// An equation of the author, and what it says where names are what they stand for.
#[derive(Clone, Debug)]
pub struct Meant {
    /// The left side.
    pub left: Term,
    /// The right side as written.
    pub written: Term,
    /// The right side with names as what they stand for.
    pub meant: Term,
}

/// Numbers that a person can retrace.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// Sizes of the instance.
    pub sizes: Vec<(Name, i64)>,
    /// The place: values of the indices, then entries counted from 1.
    pub at: Vec<i64>,
    /// What the claim gives.
    pub claimed: f64,
    /// What is true.
    pub actual: f64,
    /// The largest difference, relative to the largest entry.
    pub relative: f64,
    /// The data of the instance, where they are few.
    pub data: Vec<(Name, Vec<f64>)>,
}

/// What is wrong, and at which equation.
#[derive(Clone, Debug)]
pub struct Blame {
    /// The author's name whose equation is wrong; `None` for the claim itself.
    pub at: Option<Name>,
    /// That equation, as written.
    pub written: String,
    /// What kind of mistake it is.
    pub kind: Kind,
    /// Further mistakes in the same equation.
    pub more: Vec<Slip>,
    /// Names that this equation rests on and that stand for nothing known: the mistake may be in theirs.
    pub suspects: Vec<Name>,
    /// The part that is wrong.
    pub wrong: Option<Term>,
    /// What it should be.
    pub right: Option<Term>,
    /// The equation as it should be: left and right side.
    pub corrected: Option<(Term, Term)>,
    /// What the derivatives in it are, where the author has no names for them.
    pub also: Vec<(Term, Term)>,
    /// Shapes that can't be right: the one it has, and the one it must have.
    pub shapes: Option<(Option<Shape>, Option<Shape>)>,
    /// What the reader of expressions said.
    pub said: Option<String>,
    /// An entry of the equation itself: place, what it gives, and what it should give, the other equations as they should be.
    pub entry: Option<(Vec<i64>, f64, f64)>,
    /// The claim under which the same mistake was told before.
    pub before: Option<Name>,
}

/// One of several mistakes in an equation.
#[derive(Clone, Debug)]
pub struct Slip {
    /// What kind of mistake it is.
    pub kind: Kind,
    /// The part that is wrong.
    pub wrong: Option<Term>,
    /// What it should be.
    pub right: Option<Term>,
}

/// Kinds of mistakes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// A summand is missing.
    MissingTerm,
    /// A summand is too many.
    ExtraTerm,
    /// A factor is missing.
    MissingFactor,
    /// A factor is too many.
    ExtraFactor,
    /// A factor is another one.
    WrongFactor,
    /// The value of a function stands where its slope should, or the function where the value should.
    Slope,
    /// A reading is off along an index.
    WrongIndex,
    /// A matrix is turned over, or is not.
    Transposed,
    /// A sign is wrong.
    Sign,
    /// One name stands for another.
    WrongName,
    /// Two names have changed places.
    Swapped,
    /// A sum over an index is missing.
    MissingSum,
    /// Operators or brackets bind otherwise than was meant.
    Brackets,
    /// A product stands for a sum, or the like.
    Operator,
    /// The shape can't be right.
    Shape,
    /// It differs in some other way.
    Other,
}

/// What is left open.
#[derive(Clone, Debug)]
pub struct Open {
    /// A difference that agrees with 0 on all samples.
    pub residual: Option<Term>,
    /// Why.
    pub reason: String,
}

impl Standing {
    /// In a word, as programs read it.
    pub fn word(self) -> &'static str {
        match self {
            Standing::Proved | Standing::ProvedRounded => "proved",
            Standing::Unknown => "unknown",
            Standing::Refuted => "refuted",
        }
    }
}

impl Kind {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Kind::MissingTerm => "missing term",
            Kind::ExtraTerm => "extra term",
            Kind::MissingFactor => "missing factor",
            Kind::ExtraFactor => "extra factor",
            Kind::WrongFactor => "wrong factor",
            Kind::Slope => "function instead of its slope",
            Kind::WrongIndex => "wrong index",
            Kind::Transposed => "transposed",
            Kind::Sign => "wrong sign",
            Kind::WrongName => "wrong name",
            Kind::Swapped => "swapped names",
            Kind::MissingSum => "missing sum",
            Kind::Brackets => "wrong brackets",
            Kind::Operator => "wrong operator",
            Kind::Shape => "wrong shape",
            Kind::Other => "differs",
        }
    }
}
