//! Notation: how the names of one network, or of the book, are shown. Two names are never shown alike.

use super::markup::{Markup, Symbol};
use super::names::Spelling;
use super::primes::{PRIME, primed};
use crate::math::expression::{Binder, Term};
use crate::math::integer::Integer;
use crate::math::law::{Book, index_letter};
use crate::math::name::Name;
use crate::math::network::{Network, Role, Shown};
use std::collections::{BTreeMap, BTreeSet};

/// What a formula needs to know about the world: spellings, usual ranges, and functions.
pub struct Notation<'a> {
    book: &'a Book,
    guarded: BTreeSet<Name>,
    /// The quantities that parts belong to, with the letters of these parts.
    parts: BTreeMap<Name, (Name, Name)>,
    shown: BTreeMap<Name, Shown>,
    ranges: BTreeMap<Name, (Integer, Integer)>,
    loss: Markup,
    fills: bool,
    groups: bool,
    brackets: bool,
    identity: bool,
    verbatim: BTreeSet<Name>,
}

impl<'a> Notation<'a> {
    /// For laws, whose letters stand for themselves.
    pub fn of_book(book: &'a Book) -> Self {
        Notation {
            book,
            guarded: BTreeSet::new(),
            parts: BTreeMap::new(),
            shown: BTreeMap::new(),
            ranges: BTreeMap::new(),
            loss: Markup::same("L"),
            fills: false,
            groups: false,
            brackets: false,
            identity: false,
            verbatim: BTreeSet::new(),
        }
    }

    /// For the formulas of a network and of what is derived from it.
    pub fn of(network: &Network, book: &'a Book) -> Self {
        let mut notation = Notation::of_book(book);
        for index in network.indices.values() {
            notation.ranges.insert(index.name.clone(), (index.low.clone(), index.high.clone()));
        }
        for quantity in network.quantities.values() {
            if let Some(shown) = &quantity.shown {
                notation.shown.insert(quantity.name.clone(), shown.clone());
            }
        }
        notation.guarded = guarded(network);
        notation.parts = parts(network);
        notation.brackets = true;
        notation.tell_apart(network);
        notation.loss = match &network.loss {
            Some(loss) => notation.name(loss),
            None if names(network).any(|name| name.as_str() == "L") => Markup::symbol("ℒ", r"\mathcal{L}"),
            None => notation.loss,
        };
        notation
    }

    /// The same with numbers stretched over a payload shown as such.
    pub fn with_fills(self) -> Self {
        Notation { fills: true, ..self }
    }

    /// The same with sums and products bracketed as they are.
    pub fn with_groups(self) -> Self {
        Notation { groups: true, ..self }
    }

    /// The same with identity matrices shown as `I`, unless the network has something of that name.
    pub fn with_identity(self, network: &Network) -> Self {
        let taken = network.quantities.contains_key("I")
            || network.sizes.contains_key("I")
            || network.indices.contains_key("I");
        Notation { identity: !taken, ..self }
    }

    /// Whether identity matrices are shown as `I`.
    pub fn shows_identity(&self) -> bool {
        self.identity
    }

    /// Whether sums and products are bracketed as they are.
    pub fn shows_groups(&self) -> bool {
        self.groups
    }

    /// Whether `where(p, u, 0)` is shown as `[p] ⊙ u`.
    pub fn shows_brackets(&self) -> bool {
        self.brackets
    }

    /// Names that would be printed alike are printed as they are typed.
    fn tell_apart(&mut self, network: &Network) {
        let places = |name: &&Name| network.quantity(name).is_none_or(|quantity| quantity.shown.is_none());
        let names = network.quantities.keys().filter(places).chain(network.sizes.keys()).chain(network.indices.keys());
        let names: BTreeSet<&Name> = names.collect();
        // An underscore that parts nothing would be lost: `sum_` is no `sum`.
        let idle = |name: &&&Name| name.as_str().split('_').any(str::is_empty);
        self.verbatim.extend(names.iter().filter(idle).map(|name| (*name).clone()));
        loop {
            let mut printed: BTreeMap<String, Vec<&Name>> = BTreeMap::new();
            for name in &names {
                printed.entry(super::text::text(&self.name(name))).or_default().push(name);
            }
            let known = self.verbatim.len();
            let alike = printed.into_iter().filter(|(_, names)| names.len() > 1);
            let alike = alike.flat_map(|(shown, names)| names.into_iter().filter(move |name| name.as_str() != shown));
            self.verbatim.extend(alike.cloned());
            if self.verbatim.len() == known {
                break;
            }
        }
    }

    /// Whether stretched numbers are shown as such.
    pub fn shows_fills(&self) -> bool {
        self.fills
    }

    /// The book.
    pub fn book(&self) -> &'a Book {
        self.book
    }

    /// A name by itself.
    pub fn name(&self, name: &Name) -> Markup {
        let (spelling, guarded) = (Spelling::of(name.as_str()), self.guarded.contains(name));
        if self.verbatim.contains(name) {
            let plain = super::names::escaped(name.as_str());
            return Markup::symbol(name.as_str(), format!(r"\mathit{{{plain}}}"));
        }
        // The part of `sigma_u` has one subscript, `σ_u`.
        if let Some((letter, whole)) = self.parts.get(name).filter(|_| !guarded) {
            return Markup::Symbol(Spelling::of(letter.as_str()).base).with_scripts(vec![self.name(whole)]);
        }
        spelling.markup(guarded)
    }

    /// A term as it looks where the indices of `ranges` stand free: none of them is shown bound as well.
    pub fn within(&self, ranges: &[Binder], term: &Term) -> Markup {
        self.formula(&primed(term, &ranges.iter().map(|range| range.index.clone()).collect()))
    }

    /// The place of another quantity that this one is, if it is one.
    pub fn shown(&self, name: &Name) -> Option<&Shown> {
        self.shown.get(name)
    }

    /// The loss: as the network calls it, or else `L`, or `ℒ` where the network has an `L` that is something else.
    pub fn loss(&self) -> Markup {
        self.loss.clone()
    }

    /// Whether the bound index runs where it always runs, so that the range needs no mention.
    pub fn usual(&self, binder: &Binder) -> bool {
        let is_letter = *binder == index_letter(&binder.index);
        // A letter with a prime runs where the letter does.
        let index = binder.index.as_str().trim_end_matches(PRIME);
        is_letter || self.ranges.get(index).is_some_and(|(low, high)| *low == binder.low && *high == binder.high)
    }

    /// A function of the book, or its bare name.
    pub fn function(&self, name: &Name) -> Symbol {
        match self.book.operation(name.as_str()) {
            Some(operation) => {
                let text = operation.text.clone().unwrap_or_else(|| operation.name.to_string());
                let latex = match operation.latex.as_str() {
                    "" => operator(operation.name.as_str()),
                    written => written.to_string(),
                };
                Symbol { text, latex }
            }
            None => Symbol::new(name.as_str(), operator(name.as_str())),
        }
    }
}

/// All names of a network.
fn names(network: &Network) -> impl Iterator<Item = &Name> {
    network.quantities.keys().chain(network.sizes.keys()).chain(network.indices.keys())
}

/// The parts that have names, each with its letter and the quantity whose equation it is a part of.
fn parts(network: &Network) -> BTreeMap<Name, (Name, Name)> {
    let named = network.quantities.values().filter(|quantity| quantity.role == Role::Named);
    let split = |name: &Name| {
        let (letter, whole) = name.as_str().split_once('_')?;
        let whole = network.quantities.keys().find(|other| other.as_str() == whole)?;
        Some((name.clone(), (Name::from(letter), whole.clone())))
    };
    named.filter_map(|quantity| split(&quantity.name)).collect()
}

/// An upright word in LaTeX math.
pub fn operator(word: &str) -> String {
    format!(r"\operatorname{{{}}}", super::names::escaped(word))
}

/// Names that would look like another name, or like a reading of one, if their subscripts were shown plainly.
fn guarded(network: &Network) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let quantities: Vec<(&Name, Spelling, bool)> = network
        .quantities
        .values()
        .map(|quantity| {
            let axes = !quantity.axes.is_empty() || !quantity.shape.axes().is_empty();
            (&quantity.name, Spelling::of(quantity.name.as_str()), axes)
        })
        .collect();
    let plain: BTreeSet<Symbol> = network
        .indices
        .keys()
        .chain(network.sizes.keys())
        .map(|name| Spelling::of(name.as_str()))
        .filter(|spelling| spelling.scripts.is_empty())
        .map(|spelling| spelling.base)
        .collect();
    let readable = |part: &Symbol| part.text.chars().all(|letter| letter.is_ascii_digit()) || plain.contains(part);
    let with_axes: BTreeSet<&Spelling> =
        quantities.iter().filter(|(_, _, axes)| *axes).map(|(_, spelling, _)| spelling).collect();
    let outputs = network.results();
    for (name, spelling, _) in &quantities {
        if spelling.scripts.is_empty() {
            continue;
        }
        // `W_t` beside `W[t]`.
        let reading = (0..spelling.scripts.len()).any(|length| {
            let shorter = Spelling { base: spelling.base.clone(), scripts: spelling.scripts[..length].to_vec() };
            readable(&spelling.scripts[length]) && with_axes.contains(&shorter)
        });
        // `G_h` beside the upstream gradient of `h`.
        let upstream = spelling.base.text == "G"
            && outputs.iter().any(|output| {
                let output = Spelling::of(output.as_str());
                spelling.scripts.first() == Some(&output.base)
            });
        if reading && network.quantities[*name].shown.is_none() || upstream {
            found.insert((*name).clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_without_an_entry_are_upright_words() {
        let book = Book::default();
        assert_eq!(Notation::of_book(&book).function(&Name::new("swish_1")).latex, r"\operatorname{swish\_1}");
    }

    #[test]
    fn no_two_names_are_printed_alike() {
        let book = Book::default();
        let mut network = super::super::fixture::recurrent().network;
        let template = network.quantities["b"].clone();
        for name in ["a", "a1", "a_1", "H_", "eps", "epsilon"] {
            let quantity = crate::math::network::Quantity { name: name.into(), ..template.clone() };
            network.quantities.insert(name.into(), quantity);
        }
        let notation = Notation::of(&network, &book);
        let shown = |name: &str| super::super::text::text(&notation.name(&Name::new(name)));
        let names = ["a", "a1", "a_1", "H", "H_", "eps", "epsilon"];
        assert_eq!(names.map(shown), names);
    }
}
