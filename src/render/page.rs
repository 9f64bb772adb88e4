//! A page: headings, prose, aligned equations, calculations and tables, before a medium is chosen.

use super::markup::{Markup, Symbol};
use super::picture::Picture;

/// A page.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// What stands on top.
    pub title: String,
    /// The rest, in order.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Clone, PartialEq, Debug)]
pub enum Block {
    /// A heading; level 1 is below the title.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// Equations aligned at their signs.
    Equations(Vec<Row>),
    /// A table: the head, then rows as wide as the head.
    Table(Vec<String>, Vec<Vec<Vec<Inline>>>),
    /// A picture with its title.
    Figure(Box<Picture>),
}

/// A part of a paragraph.
#[derive(Clone, PartialEq, Debug)]
pub enum Inline {
    /// Words.
    Words(String),
    /// A formula in the line.
    Math(Markup),
    /// A name as it is typed, such as `tanh-rule`.
    Code(String),
}

/// A line of aligned equations: `left sign right`, with a caption at the side.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// A word in front, such as `so`.
    pub lead: Option<&'static str>,
    /// What stands before the sign.
    pub left: Option<Markup>,
    /// `=`, or a word such as `gains`; the first line of a calculation has none.
    pub sign: Option<Symbol>,
    /// What stands after the sign.
    pub right: Markup,
    /// Why, or for which indices.
    pub caption: Option<Vec<Inline>>,
    /// Finer steps that lead to this line, folded beneath it.
    pub substeps: Vec<Row>,
}

impl Row {
    /// `left = right`
    pub fn equation(left: Markup, right: Markup) -> Self {
        Row { left: Some(left), sign: Some(Symbol::same("=")), ..Row::start(right) }
    }

    /// The first line of a calculation.
    pub fn start(right: Markup) -> Self {
        Row { lead: None, left: None, sign: None, right, caption: None, substeps: Vec::new() }
    }

    /// `= right`, with why.
    pub fn step(right: Markup, caption: Vec<Inline>) -> Self {
        Row { sign: Some(Symbol::same("=")), caption: Some(caption), ..Row::start(right) }
    }
}

impl Inline {
    /// Words.
    pub fn words(text: impl Into<String>) -> Self {
        Inline::Words(text.into())
    }
}

impl Page {
    /// Adds a heading.
    pub fn heading(&mut self, level: u8, text: impl Into<String>) {
        self.blocks.push(Block::Heading(level, vec![Inline::words(text)]));
    }

    /// Adds a paragraph of words.
    pub fn words(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph(vec![Inline::words(text)]));
    }

    /// Adds a paragraph of words with names between backticks.
    pub fn note(&mut self, text: &str) {
        let part = |(number, part): (usize, &str)| match number % 2 {
            1 => Inline::Code(part.to_string()),
            _ => Inline::words(part),
        };
        self.blocks.push(Block::Paragraph(text.split('`').enumerate().map(part).collect()));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, parts: Vec<Inline>) {
        self.blocks.push(Block::Paragraph(parts));
    }

    /// Adds a picture.
    pub fn figure(&mut self, picture: Picture) {
        self.blocks.push(Block::Figure(Box::new(picture)));
    }

    /// All pictures, in order.
    pub fn pictures(&self) -> Vec<Picture> {
        let figure = |block: &Block| match block {
            Block::Figure(picture) => Some(picture.as_ref().clone()),
            _ => None,
        };
        self.blocks.iter().filter_map(figure).collect()
    }

    /// Adds equations; none are no block.
    pub fn equations(&mut self, rows: Vec<Row>) {
        if !rows.is_empty() {
            self.blocks.push(Block::Equations(rows));
        }
    }
}
