//! What was written, as a tree, before anything is known about names, shapes or sizes.
//! `parse` makes it, `resolve` reads it.

use super::expression::Relation;
use super::name::Name;
use super::number::Rational;
use super::source::{Source, Span, Spanned, SpannedName};

/// A written expression.
pub type Written = Spanned<Expression>;

/// The forms an expression can take. Sums, products and chains are flat, so that long ones are not deep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expression {
    /// `0.5`, `1e-5`
    Number(Rational),
    /// `x`; in a law also `du`.
    Name(Name),
    /// `h[t-1]`, `X[c, u+a-2 else 0]`, `W[:, j]`
    Read(SpannedName, Vec<WrittenSubscript>),
    /// `tanh(u)`, `sum[s | s <= t](u)`
    Call(Call),
    /// `-u`
    Negate(Box<Written>),
    /// `u + v - w`: each summand with whether it is subtracted.
    Sum(Vec<(bool, Written)>),
    /// `u * v / w @ M`, left to right: the first operator is ignored. One precedence level per node.
    Product(Vec<(ProductOperator, Written)>),
    /// `u^a`
    Power(Box<Written>, Box<Written>),
    /// `u^T`
    Transpose(Box<Written>),
    /// `0 <= i-j < K`: one relation fewer than operands.
    Chain(Vec<Written>, Vec<Relation>),
    /// `p and q`
    And(Vec<Written>),
    /// `p or q`
    Or(Vec<Written>),
    /// `not p`
    Not(Box<Written>),
    /// `[1, 0.01]`, only as the value of a `const`.
    List(Vec<Written>),
    /// `dA/dB`, with subscripts of each where given, and `δB` (then `of` is `None`: the loss).
    Derivative {
        /// What is differentiated.
        of: Option<Box<Written>>,
        /// By what.
        by: Box<Written>,
    },
    /// `d u`, in laws only.
    Differential(Box<Written>),
    /// `⟨G, u⟩`, in laws only.
    Pair(Box<Written>, Box<Written>),
}

/// An operator of a product. `@` binds tighter than the others and has nodes of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ProductOperator {
    /// `*`, `⊙`, `·`
    Times,
    /// `/`
    Divide,
    /// `//`
    FloorDivide,
    /// `%`
    Remainder,
    /// `@`
    MatMul,
}

/// `name[binders | condition](arguments)`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The function.
    pub function: SpannedName,
    /// What stands in brackets; empty without brackets.
    pub binders: Vec<WrittenBinder>,
    /// After `|` in the brackets.
    pub condition: Option<Box<Written>>,
    /// Between the parentheses. Shapes (`A × B` in `reshape(u, A × B)`, `ones(N × M)`) are [`Argument::Shape`].
    pub arguments: Vec<Argument>,
}

/// An argument of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Argument {
    /// An expression.
    Term(Written),
    /// `A × B`; a single size parses as a term and is understood by who needs a shape.
    Shape(WrittenShape),
}

/// `s`, `a : 3`, `r : 0..K-1`, or an index expression handed to a `def`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenBinder {
    /// The index.
    pub index: SpannedName,
    /// Its range, if one is given.
    pub range: Option<WrittenRange>,
}

/// `: N` or `: 0..K-1`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenRange {
    /// The first value; 1 when left out.
    pub low: Option<Written>,
    /// The last value.
    pub high: Written,
}

/// A subscript as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenSubscript {
    /// What is read.
    pub what: SubscriptForm,
    /// Whether `else 0` follows; its span.
    pub padded: Option<Span>,
    /// Where.
    pub span: Span,
}

/// The forms of a subscript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SubscriptForm {
    /// `t-1`
    At(Written),
    /// `:`
    All,
    /// `2..4`
    Range(Written, Written),
}

/// `H × D`; no entries for a number.
pub type WrittenShape = Spanned<Vec<Written>>;

/// A network file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkFile {
    /// The text it was read from.
    pub source: Source,
    /// The comment lines above the first statement, without `#`.
    pub comment: Vec<String>,
    /// `network NAME`; a file of `def`s for `use` may lack it.
    pub name: Option<SpannedName>,
    /// All further statements, in order.
    pub statements: Vec<Spanned<Statement>>,
}

impl NetworkFile {
    /// The claims, in order.
    pub fn claims(&self) -> impl Iterator<Item = &WrittenClaim> {
        self.statements.iter().filter_map(|statement| match &statement.node {
            Statement::Claim(claim) => Some(claim),
            _ => None,
        })
    }
}

/// A statement of a network file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Statement {
    /// `use "blocks.net"`
    Use(Spanned<String>),
    /// `size D, H`, `size M = 2`
    Size(Vec<(SpannedName, Option<Written>)>),
    /// `along t`, `over i, j : K`
    Index {
        /// Whether the word was `along`.
        recurrent: bool,
        /// The indices with their ranges where given.
        indices: Vec<(SpannedName, Option<WrittenRange>)>,
    },
    /// `input`, `param`, `state`, `const`, with what they declare.
    Declare {
        /// The word.
        role: DeclaredRole,
        /// What it declares.
        items: Vec<Declaration>,
    },
    /// `output h, c`
    Output(Vec<SpannedName>),
    /// `def name[i](u, v : M × N) = … where m = …`
    Def(Definition),
    /// `loss L = …`
    Loss(WrittenEquation),
    /// `h[t] = …`
    Equation(WrittenEquation),
    /// `claim name: A = B when … where …`
    Claim(WrittenClaim),
}

/// The word that declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeclaredRole {
    /// `input`
    Input,
    /// `param`
    Param,
    /// `state`
    State,
    /// `const`
    Const,
}

/// `x[t] : D ~ normal(0, 1)` or `eps = 1e-5`. A shape belongs to all names before it back to the one before;
/// `parse` has already given it to each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declaration {
    /// The name.
    pub name: SpannedName,
    /// The index axes, and literal places in a case.
    pub subscripts: Vec<WrittenSubscript>,
    /// The shape after `:`; `None` when nothing was written.
    pub shape: Option<WrittenShape>,
    /// The call after `~`.
    pub draw: Option<Written>,
    /// What stands after `=`.
    pub value: Option<Written>,
}

/// `name[i](u, v) = body where m = …`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Definition {
    /// The function it defines.
    pub name: SpannedName,
    /// Index parameters.
    pub indices: Vec<SpannedName>,
    /// Parameters with their shapes where given.
    pub parameters: Vec<(SpannedName, Option<WrittenShape>)>,
    /// The right side.
    pub body: Written,
    /// Local equations after `where`.
    pub locals: Vec<WrittenEquation>,
}

/// `h[t] = …`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenEquation {
    /// The quantity on the left.
    pub target: SpannedName,
    /// Its subscripts: indices, or numbers and sizes in a case.
    pub subscripts: Vec<WrittenSubscript>,
    /// The right side.
    pub body: Written,
    /// The whole equation.
    pub span: Span,
}

/// `claim name: left = right when …, … where …`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenClaim {
    /// What it is called.
    pub name: SpannedName,
    /// The left side.
    pub left: Written,
    /// The right side.
    pub right: Written,
    /// Assumptions.
    pub assumptions: Vec<Written>,
    /// The author's own equations. Their left sides may be derivatives.
    pub locals: Vec<(Written, Written)>,
}
