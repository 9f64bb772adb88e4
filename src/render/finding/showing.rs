//! How the terms of a finding are shown: derivatives as δ or ∂L/∂, entries under letters.

use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::finding::Finding;
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity};
use crate::render::markup::{Markup, Symbol};
use crate::render::notation::Notation;
use std::collections::BTreeMap;

/// How the terms of a finding are shown.
pub struct Showing<'b> {
    network: Network,
    notation: Notation<'b>,
}

impl<'b> Showing<'b> {
    /// For one finding.
    pub fn of(finding: &Finding, book: &'b Book) -> Showing<'b> {
        // Without the sides of claims.
        let mut network = finding.network.clone();
        network.quantities.retain(|name, _| !name.as_str().contains('·') && !name.as_str().starts_with('∂'));
        Showing { notation: Notation::of(&network, book), network }
    }

    /// A term; derivatives of the loss are δ.
    pub fn formula(&self, term: &Term) -> Markup {
        self.notation.formula(&self.readable(term))
    }

    /// A left side; derivatives of the loss are ∂L/∂.
    pub fn gradient(&self, term: &Term) -> Markup {
        if let Some(quotient) = term.as_read().and_then(|read| self.quotient(read)) {
            return quotient;
        }
        let term = self.readable(term);
        match term.as_read() {
            Some(read) if read.mark == Mark::Adjoint => self.notation.gradient(read),
            _ => self.notation.formula(&term),
        }
    }

    /// What the derivatives are of.
    pub(super) fn loss(&self) -> Name {
        self.network.loss.clone().unwrap_or_else(|| "L".into())
    }

    /// `∂h_t/∂h_{t−1}`, of what is no loss.
    pub(super) fn quotient(&self, read: &Read) -> Option<Markup> {
        let (of, by) = read.quantity.as_str().strip_prefix('∂')?.split_once("/∂")?;
        let loss = self.loss();
        let of = self.network.quantity(&Name::new(of)).filter(|_| of != loss.as_str())?;
        let by = self.network.quantity(&Name::new(by))?;
        // Index axes of both stand before the entries of both.
        let mut subscripts = read.subscripts.iter().cloned();
        let mut take = |count: usize| -> Vec<Subscript> { subscripts.by_ref().take(count).collect() };
        let (mut own, mut other) = (take(of.axes.len()), take(by.axes.len()));
        own.extend(take(of.shape.axes().len()));
        other.extend(take(by.shape.axes().len()));
        // Letters of entries are chosen for both at once.
        let letters = self.letters(&Term::read(read.clone()));
        let partial = |quantity: &Quantity, subscripts: Vec<Subscript>| {
            let part = Term::read(Read { subscripts, ..quantity.read(Mark::Value) });
            let inner = self.notation.formula(&self.readable(&part.at(&letters)));
            Box::new(Markup::Prefix(Symbol::new("∂", r"\partial "), Box::new(inner)))
        };
        Some(Markup::Quotient(partial(of, own), partial(by, other)))
    }

    /// Whether a term shows a derivative.
    pub(super) fn has_adjoint(&self, term: &Term) -> bool {
        self.readable(term).reads().iter().any(|read| read.mark != Mark::Value)
    }

    /// Derivatives and upstream gradients look like those of derivations, and entries are numbered by letters.
    fn readable(&self, term: &Term) -> Term {
        let network = &self.network;
        let loss = network.loss.clone().unwrap_or_else(|| "L".into());
        let derivative = |name: &Name| {
            let (of, by) = name.as_str().strip_prefix('∂')?.split_once("/∂")?;
            (of == loss.as_str()).then(|| Name::new(by))
        };
        let upstream = |name: &Name| {
            let output = Name::new(name.as_str().strip_prefix("G_")?);
            (network.loss.is_none() && network.outputs.contains(&output)).then_some(output)
        };
        let term = term.map(&mut |part| {
            // Rows are columns that were turned, twice where an author turned a matrix.
            if *part.op() == Op::Transpose && *part.args()[0].op() == Op::Transpose {
                return part.args()[0].args()[0].clone();
            }
            let Op::Read(read) = part.op() else { return part };
            if let Some(quantity) = derivative(&read.quantity) {
                return Term::read(Read { quantity, mark: Mark::Adjoint, ..read.clone() });
            }
            match upstream(&read.quantity) {
                Some(quantity) => Term::read(Read { quantity, mark: Mark::Upstream, ..read.clone() }),
                None => part,
            }
        });
        term.at(&self.letters(&term))
    }

    /// Letters that number entries.
    fn letters(&self, term: &Term) -> BTreeMap<Name, Integer> {
        let network = &self.network;
        let taken = |letter: &str| network.indices.contains_key(letter) || network.quantities.contains_key(letter);
        let mut spare = ["i", "j", "k", "m", "p", "q", "r", "a", "b", "e"].iter().filter(|letter| !taken(letter));
        let mut put: BTreeMap<Name, Integer> = BTreeMap::new();
        for name in term.free_names() {
            if name.as_str().starts_with('‹')
                && let Some(letter) = spare.next()
            {
                put.insert(name, Integer::name(*letter));
            }
        }
        put
    }
}
