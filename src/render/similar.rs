//! Calculations that are alike up to names: the gates of a cell need not be told four times.

use crate::math::derivation::{Chain, Reason};
use crate::math::expression::{Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::shape::Shape;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Equal for calculations that differ only in the names of quantities, sizes and indices, put for one another
/// everywhere. Laws and functions keep their names.
pub fn key(chain: &Chain) -> String {
    let mut writer = Writer::default();
    writer.term(&chain.start);
    for step in &chain.steps {
        let _ = write!(writer.out, "|{:?}", step.places);
        match &step.reason {
            Reason::Definition { quantity, folded } => {
                writer.name(quantity);
                let _ = write!(writer.out, "{folded}");
            }
            Reason::Substitution { adjoint } => writer.name(&adjoint.quantity),
            other => {
                let _ = write!(writer.out, "{other:?}");
            }
        }
        writer.term(&step.after);
    }
    for gain in &chain.gains {
        writer.out.push('>');
        writer.read(&gain.of);
        writer.term(&gain.term);
    }
    writer.out
}

/// Writes terms with numbers for names, in the order in which they appear.
#[derive(Default)]
struct Writer {
    out: String,
    numbers: BTreeMap<Name, usize>,
}

impl Writer {
    fn name(&mut self, name: &Name) {
        let next = self.numbers.len();
        let number = *self.numbers.entry(name.clone()).or_insert(next);
        let _ = write!(self.out, " %{number}");
    }

    fn integer(&mut self, integer: &Integer) {
        for name in integer.names() {
            self.name(&name);
        }
        // Under numbered names the polynomial itself tells the rest.
        let put = integer
            .names()
            .into_iter()
            .map(|name| (name.clone(), Integer::name(format!("%{}", self.numbers[&name]))))
            .collect();
        let _ = write!(self.out, "({})", integer.substitute(&put));
    }

    fn shape(&mut self, shape: &Shape) {
        let _ = write!(self.out, "{}", if matches!(shape, Shape::Row(_)) { "row" } else { "" });
        shape.axes().iter().for_each(|axis| self.integer(axis));
    }

    fn read(&mut self, read: &Read) {
        let _ = write!(self.out, "{:?}", read.mark);
        self.name(&read.quantity);
        for subscript in &read.subscripts {
            match subscript {
                Subscript::At(place) => self.integer(place),
                Subscript::All => self.out.push(':'),
                Subscript::Range(low, high) => {
                    self.integer(low);
                    self.integer(high);
                    self.out.push('r');
                }
            }
        }
    }

    fn term(&mut self, term: &Term) {
        self.out.push('(');
        match term.op() {
            Op::Read(read) => self.read(read),
            Op::Integer(integer) | Op::Eye(integer) => self.integer(integer),
            Op::Fill(shape) | Op::Reshape(shape) => {
                self.out.push('f');
                self.shape(shape);
            }
            Op::Slice(low, high) => {
                self.out.push('s');
                self.integer(low);
                self.integer(high);
            }
            Op::Reduce(reducer, binder) => {
                let _ = write!(self.out, "{reducer:?}");
                self.name(&binder.index);
                self.integer(&binder.low);
                self.integer(&binder.high);
            }
            other => {
                let _ = write!(self.out, "{other:?}");
            }
        }
        term.args().iter().for_each(|arg| self.term(arg));
        self.out.push(')');
    }
}
