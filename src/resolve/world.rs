//! What the statements of a network declare: sizes, indices, quantities, definitions, equations. The one table that
//! the rest of `resolve` reads; it is complete before any right side is looked at.

use super::lift::Lifted;
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Index, Role};
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, SpannedName};
use crate::math::syntax::{Definition, Written, WrittenEquation};
use indexmap::IndexMap;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// Letters for a bound index whose own letter means a quantity, in the order in which they are tried.
const BOUND: [&str; 9] = ["m", "k", "j", "i", "r", "s", "p", "q", "l"];

/// All that is declared, by kind. All names but those of functions share one space.
pub struct World<'a> {
    /// Operations come from here.
    pub book: &'a Book,
    /// Sizes.
    pub sizes: IndexMap<Name, Size>,
    /// Indices.
    pub indices: IndexMap<Name, (Index, Span)>,
    /// Quantities.
    pub quantities: IndexMap<Name, Entry>,
    /// Definitions: those of the file, then those of used files, then the library; the first of a name counts.
    pub definitions: BTreeMap<Name, &'a Definition>,
    /// Constants whose value is a function: `const phi = tanh`, with the function and where it was named.
    pub functions: BTreeMap<Name, SpannedName>,
    /// Data that have a case, `X[0] = 0`, beside the values that are given.
    pub cased: BTreeSet<Name>,
    /// Equations in the order of the file.
    pub equations: Vec<Draft<'a>>,
    /// Where each name of the shared space was declared.
    pub places: BTreeMap<Name, Span>,
    /// What has been read so far, for warnings.
    pub used: RefCell<BTreeSet<Name>>,
    /// Names that a bound index may not take any more.
    pub taken: RefCell<BTreeSet<Name>>,
    /// Letters that reductions were written with.
    pub bound: RefCell<BTreeSet<Name>>,
    /// Whether claims are read, in which derivatives may stand.
    pub claims: bool,
    /// Parts of right sides that became quantities, in order.
    pub lifted: RefCell<IndexMap<Name, Lifted>>,
    /// What is legal and probably not meant.
    pub warnings: RefCell<Vec<Diagnostic>>,
    /// How many operations all right sides have so far.
    pub nodes: Cell<usize>,
}

/// A size.
pub struct Size {
    /// Its number, if the file gives one.
    pub number: Option<i64>,
    /// What it stands for, if the file gives an expression of other sizes.
    pub alias: Option<Integer>,
}

/// A quantity while it is being resolved.
#[derive(Clone)]
pub struct Entry {
    /// What it is for.
    pub role: Role,
    /// Whether `state` declared it.
    pub state: bool,
    /// Its index axes with the ranges of their indices; cases may extend them later.
    pub axes: Vec<Binder>,
    /// Its payload; `None` as long as it is not known.
    pub shape: Option<Shape>,
    /// Whether the payload is only a guess, since the equations leave it open.
    pub guessed: bool,
    /// How a sweep draws it.
    pub draw: Option<Written>,
    /// Where it was declared or first defined.
    pub span: Span,
}

/// An equation while it is being resolved.
pub struct Draft<'a> {
    /// As written.
    pub written: &'a WrittenEquation,
    /// Places on the left, one for each index axis.
    pub at: Vec<Integer>,
    /// The free indices with the values for which it holds.
    pub ranges: Vec<Binder>,
    /// Whether it is the loss.
    pub loss: bool,
}

impl<'a> World<'a> {
    /// Nothing is declared yet.
    pub fn new(book: &'a Book) -> Self {
        World {
            book,
            sizes: IndexMap::new(),
            indices: IndexMap::new(),
            quantities: IndexMap::new(),
            definitions: BTreeMap::new(),
            functions: BTreeMap::new(),
            cased: BTreeSet::new(),
            equations: Vec::new(),
            places: BTreeMap::new(),
            used: RefCell::default(),
            taken: RefCell::default(),
            bound: RefCell::default(),
            claims: false,
            lifted: RefCell::default(),
            warnings: RefCell::default(),
            nodes: Cell::new(0),
        }
    }

    /// Notes that something was read.
    pub fn note_use(&self, name: &Name) {
        self.used.borrow_mut().insert(name.clone());
    }

    /// The function that a name stands for: its own, or the one that a constant names.
    pub fn function<'n>(&'n self, name: &'n Name) -> &'n Name {
        let mut name = name;
        // Constants that name each other in a circle were told before.
        for _ in 0..=self.functions.len() {
            let Some(next) = self.functions.get(name) else { break };
            self.note_use(name);
            name = &next.node;
        }
        name
    }

    /// Takes a name of the shared space, or says where it was taken before.
    pub fn claim(&mut self, name: &Name, span: &Span) -> Result<(), Diagnostic> {
        match self.places.get(name) {
            Some(before) => Err(Diagnostic::error(format!("`{name}` is defined twice"))
                .at(span, "defined again here")
                .at(before, "first defined here")
                .hint("sizes, indices and quantities share one space of names")),
            None => {
                self.places.insert(name.clone(), span.clone());
                Ok(())
            }
        }
    }

    /// The index called `name`, with its range as a binder.
    pub fn binder(&self, name: &Name) -> Option<Binder> {
        self.indices.get(name).map(|(index, _)| Binder {
            index: name.clone(),
            low: index.low.clone(),
            high: index.high.clone(),
        })
    }

    /// The index axes of a quantity, and what is left after them.
    pub fn axes_of(&self, name: &Name) -> (Vec<Binder>, Shape) {
        let lifted = self.lifted.borrow();
        let entry = self.quantities.get(name).or_else(|| lifted.get(name).map(|lifted| &lifted.entry));
        entry.map_or((Vec::new(), Shape::number()), |entry| {
            (entry.axes.clone(), entry.shape.clone().unwrap_or_else(Shape::number))
        })
    }

    /// The size called `name` as an integer.
    pub fn size(&self, name: &Name) -> Option<Integer> {
        self.sizes.get(name).map(|size| size.alias.clone().unwrap_or_else(|| Integer::name(name.clone())))
    }

    /// Whether a letter means nothing but an index.
    pub fn is_free(&self, letter: &Name) -> bool {
        !self.places.contains_key(letter) || self.indices.contains_key(letter)
    }

    /// A name for a bound index: its own letter if nobody has it, a numbered one otherwise. A letter that means a quantity gives way to
    /// another one, since `b_2` would read as an entry of `b`.
    pub fn fresh(&self, wanted: &Name) -> Name {
        let mut taken = self.taken.borrow_mut();
        if wanted.as_str().chars().count() == 1 && !self.is_free(wanted) {
            let bound = self.bound.borrow();
            let unused = |letter: &Name| {
                !taken.contains(letter)
                    && !bound.contains(letter)
                    && !self.places.contains_key(letter)
                    && !self.quantities.contains_key(letter)
            };
            if let Some(letter) = BOUND.iter().map(|letter| Name::from(*letter)).find(unused) {
                taken.insert(letter.clone());
                return letter;
            }
        }
        // `n_2` is a number `n` already had: the next one is `n_3`.
        let letter = wanted.as_str().trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        let mut name = wanted.clone();
        let mut number = 1;
        while taken.contains(&name) || !self.is_free(&name) {
            number += 1;
            name = Name::new(format!("{letter}_{number}"));
        }
        taken.insert(name.clone());
        name
    }
}
