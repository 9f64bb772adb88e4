//! Readings, integers, shapes and ranges → Markup.

use super::formula::{digit, upright};
use super::markup::{Binding, Fence, Markup, Sign, Symbol};
use super::notation::Notation;
use crate::math::expression::{Binder, Mark, Read, Subscript};
use crate::math::integer::{Atom, Integer};
use crate::math::law::counted;
use crate::math::shape::Shape;

impl Notation<'_> {
    /// A quantity at its subscripts, with its mark.
    pub fn read(&self, read: &Read) -> Markup {
        let subscripts: Vec<Markup> = read.subscripts.iter().map(|subscript| self.subscript(subscript)).collect();
        let (name, own) = match self.shown(&read.quantity) {
            // The axes of `h0` are those of `h` that are not fixed: its subscripts go where `at` has a name.
            Some(shown) => {
                let mut rest = subscripts.into_iter();
                let mut placed: Vec<Markup> = shown
                    .at
                    .iter()
                    .map(|place| match place.as_name() {
                        Some(_) if rest.len() > 0 => rest.next().unwrap_or_else(|| self.integer(place)),
                        _ => self.integer(place),
                    })
                    .collect();
                placed.extend(rest);
                (&shown.quantity, placed)
            }
            None => (&read.quantity, subscripts),
        };
        let base = self.name(name);
        let marked = match read.mark {
            Mark::Value => base,
            Mark::Adjoint => prefixed(base, &Symbol::new("δ", r"\delta ")),
            Mark::Upstream => Markup::same("G").with_scripts(vec![base]),
        };
        marked.with_scripts(own)
    }

    /// `∂L/∂v` at the subscripts of the reading.
    pub fn gradient(&self, read: &Read) -> Markup {
        let partial = Symbol::new("∂", r"\partial ");
        let of = Read { mark: Mark::Value, ..read.clone() };
        Markup::Quotient(
            Box::new(Markup::Prefix(partial.clone(), Box::new(self.loss()))),
            Box::new(Markup::Prefix(partial, Box::new(self.read(&of)))),
        )
    }

    /// A subscript.
    pub fn subscript(&self, subscript: &Subscript) -> Markup {
        match subscript {
            Subscript::At(place) => self.integer(place),
            Subscript::All => Markup::symbol(":", "{:}"),
            Subscript::Range(low, high) => Markup::Relation(
                vec![self.integer(low), self.integer(high)],
                vec![Symbol::new("..", r"{..}")],
                Binding::List,
            ),
        }
    }

    /// An integer expression of sizes and indices.
    pub fn integer(&self, integer: &Integer) -> Markup {
        if let Some(index) = counted(integer) {
            return Markup::Call(Box::new(upright("count")), vec![self.name(&index)]);
        }
        let mut parts: Vec<(bool, Markup)> = Vec::new();
        for (coefficient, atoms) in integer.summands() {
            let size = coefficient.unsigned_abs();
            let (mut top, mut bottom) = (Vec::new(), Vec::new());
            if size != 1 || atoms.iter().all(|(_, exponent)| *exponent < 0) {
                top.push((Sign::Beside, Markup::same(size.to_string())));
            }
            for (atom, exponent) in atoms {
                let side = if exponent > 0 { &mut top } else { &mut bottom };
                let sign = match side.last() {
                    Some((_, last)) if digit(last) => Sign::Beside,
                    _ => Sign::Dot,
                };
                let shown = self.atom(atom);
                side.push(match exponent.unsigned_abs() {
                    1 => (sign, shown),
                    power => (sign, Markup::Power(Box::new(shown), Box::new(Markup::same(power.to_string())))),
                });
            }
            let (top, bottom) = (single(top), single(bottom));
            let whole = match (top, bottom) {
                (Some(top), Some(bottom)) => Markup::Quotient(Box::new(top), Box::new(bottom)),
                (top, _) => top.unwrap_or_else(|| Markup::same("1")),
            };
            parts.push((coefficient < 0, whole));
        }
        match parts.len() {
            0 => Markup::same("0"),
            1 if !parts[0].0 => parts.remove(0).1,
            _ => Markup::Sum(parts),
        }
    }

    fn atom(&self, atom: &Atom) -> Markup {
        match atom {
            Atom::Name(name) => self.name(name),
            Atom::FloorDiv(top, bottom) => Markup::Fence(
                Fence::Floor,
                vec![Markup::Quotient(Box::new(self.integer(top)), Box::new(self.integer(bottom)))],
            ),
            Atom::Mod(left, right) => Markup::Relation(
                vec![self.integer(left), self.integer(right)],
                vec![Symbol::new("mod", r"\bmod")],
                Binding::Remainder,
            ),
            Atom::Given(name, at) => self.name(name).with_scripts(at.iter().map(|place| self.integer(place)).collect()),
        }
    }

    /// `H × D`; `1` for a number.
    pub fn shape(&self, shape: &Shape) -> Markup {
        let sizes: Vec<Markup> = match shape {
            Shape::Axes(axes) => axes.iter().map(|axis| self.integer(axis)).collect(),
            Shape::Row(size) => vec![Markup::same("1"), self.integer(size)],
            Shape::Any(letter) => vec![self.name(letter)],
        };
        match sizes.len() {
            0 => Markup::same("1"),
            1 => sizes.into_iter().next().unwrap_or_else(|| Markup::same("1")),
            more => Markup::Relation(sizes, vec![Symbol::new("×", r"\times"); more - 1], Binding::List),
        }
    }

    /// `t = 1, …, T`
    pub fn range(&self, binder: &Binder, downward: bool) -> Markup {
        let (mut first, mut last) = (self.integer(&binder.low), self.integer(&binder.high));
        if binder.low == binder.high {
            return Markup::equals(self.name(&binder.index), first);
        }
        if downward {
            std::mem::swap(&mut first, &mut last);
        }
        let run = Markup::Relation(
            vec![first, Markup::symbol("…", r"\dots"), last],
            vec![Symbol::same(","), Symbol::same(",")],
            Binding::List,
        );
        Markup::equals(self.name(&binder.index), run)
    }
}

fn single(mut parts: Vec<(Sign, Markup)>) -> Option<Markup> {
    match parts.len() {
        0 => None,
        1 => Some(parts.remove(0).1),
        _ => Some(Markup::Product(parts)),
    }
}

/// A mark in front of the letter, inside its subscripts.
fn prefixed(markup: Markup, mark: &Symbol) -> Markup {
    match markup {
        Markup::Scripts(base, scripts) => Markup::Scripts(Box::new(prefixed(*base, mark)), scripts),
        Markup::Symbol(symbol) => {
            Markup::symbol(format!("{}{}", mark.text, symbol.text), format!("{}{}", mark.latex, symbol.latex))
        }
        other => Markup::Prefix(mark.clone(), Box::new(other)),
    }
}
