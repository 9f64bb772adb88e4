//! Markup: how mathematics looks, before a medium is chosen. Parentheses are not in it: text and LaTeX need them in
//! different places, and each puts them where its own strengths ask for them.

/// A letter, number or word, as each medium writes it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Symbol {
    /// In Unicode text.
    pub text: String,
    /// In LaTeX math.
    pub latex: String,
}

/// A formula.
#[derive(Clone, PartialEq, Debug)]
pub enum Markup {
    /// `h`, `2`, `δ`
    Symbol(Symbol),
    /// `h_{f,t}`: subscripts, separated by commas.
    Scripts(Box<Markup>, Vec<Markup>),
    /// `u + v − w`: each summand with whether it is subtracted. One subtracted summand alone is a negative.
    Sum(Vec<(bool, Markup)>),
    /// `u ⊙ v · w`: the first sign is not shown.
    Product(Vec<(Sign, Markup)>),
    /// `u / v`
    Quotient(Box<Markup>, Box<Markup>),
    /// `uᵀ`
    Transpose(Box<Markup>),
    /// `u²`, `u^(a + 1)`
    Power(Box<Markup>, Box<Markup>),
    /// `du`, `∂W`
    Prefix(Symbol, Box<Markup>),
    /// `tanh(u)`, `max(u, v)`
    Call(Box<Markup>, Vec<Markup>),
    /// A function that LaTeX or text draws around its arguments, `√u`, `|u|`: `#1` stands for the first argument.
    Template(Symbol, Vec<Markup>),
    /// `Σ_t u`
    Big(Symbol, Under, Box<Markup>),
    /// `0 ≤ i − j < K`, `u = v`, `p and q`: operands and what stands between them.
    Relation(Vec<Markup>, Vec<Symbol>, Binding),
    /// `not p`
    Not(Box<Markup>),
    /// `⟨u, v⟩`, `[u; v]`, `⌊u⌋`
    Fence(Fence, Vec<Markup>),
    /// `where(p, u, v)`, in LaTeX with a brace.
    Cases(Box<Markup>, Box<Markup>, Box<Markup>),
}

/// What stands under a big sign.
#[derive(Clone, PartialEq, Debug)]
pub struct Under {
    /// The bound index.
    pub index: Box<Markup>,
    /// Its range, unless the index always runs so.
    pub range: Option<(Box<Markup>, Box<Markup>)>,
    /// The condition.
    pub condition: Option<Box<Markup>>,
}

/// What stands between two factors.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sign {
    /// `⊙`, between payloads that are multiplied entry by entry.
    Entrywise,
    /// `·`, where one side is a number.
    Dot,
    /// A thin blank: a numeral before what it multiplies.
    Beside,
    /// A thin blank: the matrix product. It binds tighter than the others.
    Matrix,
}

/// How loosely a relation binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Binding {
    /// `or`
    Or,
    /// `and`
    And,
    /// `<`, `=`
    Compare,
    /// `1, …, T`, `H × D`
    List,
    /// `mod`
    Remainder,
}

/// Brackets that belong to the meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fence {
    /// `⟨u, v⟩`
    Angle,
    /// `[u; v]`
    Stack,
    /// `⌊u⌋`
    Floor,
    /// `[p]`: 1 where `p` holds, and 0 elsewhere.
    Truth,
}

impl Symbol {
    /// Written alike in both media.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Symbol { latex: text.clone(), text }
    }

    /// Written differently.
    pub fn new(text: impl Into<String>, latex: impl Into<String>) -> Self {
        Symbol { text: text.into(), latex: latex.into() }
    }
}

impl Markup {
    /// A symbol written alike in both media.
    pub fn same(text: impl Into<String>) -> Self {
        Markup::Symbol(Symbol::same(text))
    }

    /// A symbol written differently.
    pub fn symbol(text: impl Into<String>, latex: impl Into<String>) -> Self {
        Markup::Symbol(Symbol::new(text, latex))
    }

    /// `self` with further subscripts.
    pub fn with_scripts(self, more: Vec<Markup>) -> Self {
        if more.is_empty() {
            return self;
        }
        match self {
            Markup::Scripts(base, mut scripts) => {
                scripts.extend(more);
                Markup::Scripts(base, scripts)
            }
            other => Markup::Scripts(Box::new(other), more),
        }
    }

    /// `left = right`
    pub fn equals(left: Markup, right: Markup) -> Self {
        Markup::Relation(vec![left, right], vec![Symbol::same("=")], Binding::Compare)
    }
}
