//! Readings and their subscripts: `h[t-1]`, `W[:,j]`, `E[y[n]]`.

use super::combine;
use super::elaborate::{Elaborator, Guess, Made, Meaning, Site};
use super::integers;
use crate::math::expression::{Binder, Mark, Read, Subscript, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, Spanned};
use crate::math::syntax::{Expression, SubscriptForm, Written, WrittenSubscript};

impl Elaborator<'_, '_> {
    /// An integer expression: a subscript, or a size.
    pub fn integer(&mut self, written: &Written) -> Made<Integer> {
        integers::integer(written, &mut |leaf| match &leaf.node {
            Expression::Name(name) => match self.meaning(name) {
                Some(Meaning::Index(value) | Meaning::Size(value)) => Ok(value.clone()),
                Some(_) => self
                    .frames
                    .last()
                    .and_then(|frame| frame.integers.get(name).cloned())
                    .ok_or_else(|| not_an_integer(name, &leaf.span)),
                None => match self.world.quantities.get(name).map(|entry| &entry.role) {
                    Some(Role::Const(numbers)) if numbers.len() == 1 => {
                        self.world.note_use(name);
                        super::collect::whole(&numbers[0])
                            .map(Integer::number)
                            .ok_or_else(|| not_an_integer(name, &leaf.span))
                    }
                    Some(Role::Given) => self.given(name, &[], &leaf.span),
                    Some(_) => Err(not_an_integer(name, &leaf.span)),
                    None => self.leaf_integer(name, &leaf.span),
                },
            },
            Expression::Read(name, subscripts) => self.given(&name.node, subscripts, &leaf.span),
            _ => Err(Diagnostic::error("a subscript is an integer expression")
                .at(&leaf.span, "not made of indices, sizes and whole numbers")
                .hint("subscripts are built with `+ - * // %`; a comment begins with `#`")),
        })
    }

    /// A given integer, `y[n]`.
    fn given(&mut self, name: &Name, subscripts: &[WrittenSubscript], span: &Span) -> Made<Integer> {
        let Some(entry) = self.world.quantities.get(name) else { return Err(self.unknown(name, span)) };
        if entry.role != Role::Given {
            return Err(not_an_integer(name, span));
        }
        self.world.note_use(name);
        if subscripts.len() != entry.axes.len() + entry.shape.as_ref().map_or(0, |shape| shape.axes().len()) {
            return Err(Diagnostic::error("a subscript must be a single integer")
                .at(span, "this reads several")
                .at(&entry.span, "declared here"));
        }
        let mut places = Vec::new();
        for subscript in subscripts {
            match &subscript.what {
                SubscriptForm::At(place) => places.push(self.integer(place)?),
                _ => {
                    return Err(
                        Diagnostic::error("a subscript must be a single integer").at(&subscript.span, "reads several")
                    );
                }
            }
        }
        Ok(Integer::atom(Atom::Given(name.clone(), places)))
    }

    /// A size, or what is wrong with the name.
    pub fn leaf_integer(&mut self, name: &Name, span: &Span) -> Made<Integer> {
        if let Some(size) = self.world.size(name) {
            self.world.note_use(name);
            return Ok(size);
        }
        if let Some((_, place)) = self.world.indices.get(name) {
            return Err(Diagnostic::error(format!("the index `{name}` is not bound here"))
                .at(span, "neither on the left side nor bound by a reduction")
                .at(place, "declared here")
                .hint(format!("put it on the left side, or reduce over it: `sum[{name}](…)`")));
        }
        Err(self.unknown(name, span))
    }

    /// A reading of a quantity or of a local name.
    pub fn reading(&mut self, name: &Spanned<Name>, subscripts: &[WrittenSubscript], span: &Span) -> Made<Term> {
        let padded = subscripts.iter().any(|subscript| subscript.padded.is_some());
        let mut places = Vec::with_capacity(subscripts.len());
        for subscript in subscripts {
            places.push(match &subscript.what {
                SubscriptForm::At(place) => Subscript::At(self.integer(place)?),
                SubscriptForm::All => Subscript::All,
                SubscriptForm::Range(low, high) => Subscript::Range(self.integer(low)?, self.integer(high)?),
            });
        }
        match self.meaning(&name.node).cloned() {
            Some(Meaning::Array(letters, term, nodes)) => {
                let rest = if places.len() > letters.len() { places.split_off(letters.len()) } else { Vec::new() };
                let at: Option<Vec<&Integer>> = places.iter().map(as_place).collect();
                let at = at.filter(|at| at.len() == letters.len()).ok_or_else(|| {
                    let count = letters.len();
                    Diagnostic::error(format!(
                        "`{}` has {count} {}",
                        name.node,
                        if count == 1 { "index" } else { "indices" }
                    ))
                    .at(span, "read otherwise here")
                })?;
                self.count(nodes, span)?;
                let term = term.at(&letters.into_iter().zip(at.into_iter().cloned()).collect());
                return self.entries(&term, rest, padded, span);
            }
            Some(Meaning::Value(term, nodes)) => {
                self.count(nodes, span)?;
                return self.entries(&term, places, padded, span);
            }
            Some(_) => {
                return Err(Diagnostic::error(format!("`{}` is an integer and has no entries", name.node))
                    .at(span, "read here"));
            }
            None => {}
        }
        let Some(entry) = self.world.quantities.get(&name.node) else {
            return Err(if subscripts.is_empty() || self.world.places.contains_key(&name.node) {
                Diagnostic::error(format!("`{}` is a size or an index and has no entries", name.node))
                    .at(span, "read here")
            } else {
                self.unknown(&name.node, &name.span)
            });
        };
        self.world.note_use(&name.node);
        let doubted = self.guess == Guess::Doubt && entry.guessed;
        let Some(shape) = entry.shape.as_ref().filter(|_| !doubted) else {
            return Ok(combine::unknown());
        };
        // A whole axis of a recurrence means the range of its index, without initial values and cases.
        for axis in entry.axes.iter().skip(places.len()) {
            let partly = entry.role.is_computed() || self.world.cased.contains(&name.node);
            places.push(if partly { Subscript::Range(axis.low.clone(), axis.high.clone()) } else { Subscript::All });
        }
        let sizes: Vec<Integer> = entry
            .axes
            .iter()
            .map(|axis| integers::count(&axis.low, &axis.high))
            .chain(shape.axes().iter().cloned())
            .collect();
        if places.len() > sizes.len() {
            return Err(Diagnostic::error(format!("`{}` has {}", name.node, axes_in_words(&entry.axes, shape)))
                .at(span, format!("{} subscripts are too many", places.len()))
                .at(&entry.span, "declared here")
                .hint("index axes come first, then the entries of the payload, one subscript for each"));
        }
        let left = left_over(&places, &sizes);
        let read = Read {
            quantity: name.node.clone(),
            mark: Mark::Value,
            subscripts: places,
            shape: Shape::Axes(left),
            constant: !entry.role.has_gradient(),
            padded,
        };
        self.sites.push(Site { read: read.clone(), span: span.clone(), ranges: self.ranges.clone() });
        Ok(Term::read(read))
    }
}

/// The payload that stays after subscripts are read.
pub fn left_over(places: &[Subscript], sizes: &[Integer]) -> Vec<Integer> {
    let mut left = Vec::new();
    for (position, size) in sizes.iter().enumerate() {
        match places.get(position) {
            Some(Subscript::At(_)) => {}
            Some(Subscript::Range(low, high)) => left.push(integers::count(low, high)),
            Some(Subscript::All) | None => left.push(size.clone()),
        }
    }
    left
}

fn as_place(subscript: &Subscript) -> Option<&Integer> {
    match subscript {
        Subscript::At(place) => Some(place),
        _ => None,
    }
}

fn not_an_integer(name: &Name, span: &Span) -> Diagnostic {
    Diagnostic::error(format!("`{name}` is not an integer"))
        .at(span, "used as a subscript or size here")
        .hint("subscripts are made of indices, sizes, whole numbers, and integers declared with `const`")
}

/// `the index axis [t] and a vector of H`
fn axes_in_words(axes: &[Binder], shape: &Shape) -> String {
    let letters: Vec<&str> = axes.iter().map(|axis| axis.index.as_str()).collect();
    match letters.len() {
        0 => format!("no index axis and is {shape}"),
        1 => format!("the index axis [{}] and is {shape} there", letters[0]),
        _ => format!("the index axes [{}] and is {shape} there", letters.join(",")),
    }
}
