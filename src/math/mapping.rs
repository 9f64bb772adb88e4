//! A mapping: which arrays of a network the tensors of a weight file hold. The file's layout is data, not code.

use super::name::Name;
use super::source::{Span, Spanned, SpannedName};

/// A mapping as it was written, in lines.
#[derive(Clone, PartialEq, Debug)]
pub struct Mapping {
    /// Its lines, in order.
    pub lines: Vec<Line>,
}

/// `[W_i; W_f] = weight_ih + other^T`
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// What the array is cut into.
    pub blocks: Blocks,
    /// The array: a sum of tensors.
    pub terms: Vec<Term>,
    /// Where the line stands.
    pub span: Span,
}

/// How an array is cut: not at all, or into equal blocks, which may be cut again.
#[derive(Clone, PartialEq, Debug)]
pub enum Blocks {
    /// The array of a quantity. With an index, that of one of its pieces: `W[l]`.
    Place(SpannedName, Option<Name>),
    /// Equal blocks one below the other, along the first axis: `[A; B]`.
    Below(Vec<Blocks>, Span),
    /// Equal blocks side by side, along the last axis: `[A, B]`.
    Beside(Vec<Blocks>, Span),
}

/// A summand: a tensor, perhaps transposed, perhaps subtracted.
#[derive(Clone, PartialEq, Debug)]
pub struct Term {
    /// Whether it is subtracted.
    pub negative: bool,
    /// Whether its last two axes change places.
    pub transposed: bool,
    /// Its name in the file, whole or the end of it after a dot: `lstm.weight_ih_l0`, `weight_ih_l0`.
    pub tensor: Spanned<Pattern>,
}

/// The name of a tensor, or of one for each number: `layers.{l}.weight`, `layers.{l:1..11}.weight`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// What stands before the number, or the whole name.
    pub before: String,
    /// The number, and what stands after it.
    pub number: Option<(Numbers, String)>,
}

/// A number in the name of a tensor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Numbers {
    /// The index that it is.
    pub index: Name,
    /// The smallest and the largest that are read; all if nothing is said.
    pub range: Option<(u64, u64)>,
}

impl Mapping {
    /// The quantities it speaks of, each once, in order.
    pub fn places(&self) -> Vec<&SpannedName> {
        let mut found = Vec::new();
        self.lines.iter().for_each(|line| line.blocks.places(&mut found));
        found
    }
}

impl Blocks {
    /// Appends the quantities in it; `_` is none.
    fn places<'a>(&'a self, found: &mut Vec<&'a SpannedName>) {
        match self {
            Blocks::Place(name, _)
                if name.node.as_str() == "_" || found.iter().any(|known| known.node == name.node) => {}
            Blocks::Place(name, _) => found.push(name),
            Blocks::Below(blocks, _) | Blocks::Beside(blocks, _) => blocks.iter().for_each(|block| block.places(found)),
        }
    }

    /// The indices of its pieces, `l` of `W[l]`, each with its quantity.
    pub fn indices(&self) -> Vec<(&SpannedName, Option<&Name>)> {
        match self {
            Blocks::Place(name, index) => vec![(name, index.as_ref())],
            Blocks::Below(blocks, _) | Blocks::Beside(blocks, _) => blocks.iter().flat_map(Blocks::indices).collect(),
        }
    }
}
