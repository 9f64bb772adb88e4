//! Runs the code of terms.
//!
//! A result is a payload or *absent*: what a backward line reads past the end of a range. Absence spreads through
//! every operation but sums, which leave it out; so a term with an absent factor vanishes as a whole, whatever 0/0 or
//! log 0 its other factors would be.

use super::array;
use super::code::{Code, Node};
use super::fault::{Fault, Stop};
use super::integers::IntCode;
use super::layout::Layout;
use super::scalar::Scalar;
use crate::math::expression::Relation;
use std::borrow::Cow;

/// How far a cell of an array has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cell {
    /// It has its value.
    Done,
    /// Some equation will give it a value.
    Pending,
    /// It is waiting for cells that it needs.
    Started,
    /// No equation gives it a value.
    Undefined,
}

/// The entries of an array while they are computed.
#[derive(Clone, Debug)]
pub(super) struct Stored<S> {
    /// All entries; meaningless where the cell is not done.
    pub data: Vec<S>,
    /// One for each cell; empty when all are done.
    pub cells: Vec<Cell>,
}

/// Arrays and their axes.
#[derive(Debug)]
pub(super) struct Memory<'a, S> {
    /// The axes, by slot.
    pub layouts: &'a [Layout],
    /// The entries, by slot.
    pub arrays: &'a [Stored<S>],
}

impl<S> Clone for Memory<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Memory<'_, S> {}

/// A payload, or `None` when it is absent.
pub(super) type Payload<'a, S> = Option<Cow<'a, [S]>>;

pub(super) type Ran<'a, S> = Result<Payload<'a, S>, Stop>;

/// Goes to the next step with the payload of an argument, or returns that the whole is absent.
macro_rules! present {
    ($payload:expr) => {
        match $payload? {
            Some(payload) => payload,
            None => return Ok(None),
        }
    };
}

impl<S: Scalar> Stored<S> {
    /// An array that is complete.
    pub(super) fn done(data: Vec<S>) -> Stored<S> {
        Stored { data, cells: Vec::new() }
    }

    pub(super) fn cell(&self, cell: usize) -> Cell {
        self.cells.get(cell).copied().unwrap_or(Cell::Done)
    }
}

impl<'a, S: Scalar> Memory<'a, S> {
    /// Runs `node` where the indices have these values; they are the same afterwards.
    pub(super) fn run(self, node: &Node, indices: &mut [i64]) -> Ran<'a, S> {
        match self.operation(node, indices) {
            Err(Stop::Absent) => Ok(None),
            ran => ran,
        }
    }

    fn operation(self, node: &Node, indices: &mut [i64]) -> Ran<'a, S> {
        let arg = |position: usize, indices: &mut [i64]| self.run(&node.args[position], indices);
        let owned = |data: Vec<S>| Ok(Some(Cow::Owned(data)));
        match &node.code {
            Code::Constant(value) => owned(vec![S::from_f64(*value); node.count]),
            Code::Integer(integer) => owned(vec![S::from_f64(self.integer(integer, indices)? as f64)]),
            Code::Read(read) => self.read(read, node.count, indices),
            Code::Fill => {
                let number = present!(arg(0, indices));
                owned(vec![number[0]; node.count])
            }
            Code::Sum(minus) => self.sum(node, minus, indices),
            Code::Times => {
                let mut product = present!(arg(0, indices));
                for factor in &node.args[1..] {
                    let factor = present!(self.run(factor, indices));
                    zip(&mut product, &factor, |a, b| a * b);
                }
                Ok(Some(product))
            }
            Code::Div => self.two(node, indices, |a, b| a / b),
            Code::Max => self.two(node, indices, |a, b| if a.value() < b.value() { b } else { a }),
            Code::Min => self.two(node, indices, |a, b| if a.value() > b.value() { b } else { a }),
            Code::Compare(relation) => self.two(node, indices, |a, b| truth(holds(*relation, a.value(), b.value()))),
            Code::And => self.two(node, indices, |a, b| truth(is_true(a) && is_true(b))),
            Code::Or => self.two(node, indices, |a, b| truth(is_true(a) || is_true(b))),
            Code::Not => self.one(node, indices, |a| truth(!is_true(a))),
            Code::Neg => self.one(node, indices, |a| -a),
            Code::Apply(kernel) => self.one(node, indices, |a| a.apply(*kernel)),
            Code::Complement(kernel, which, guards) => {
                for (place, low, high) in guards {
                    if !(*low..=*high).contains(&self.integer(place, indices)?) {
                        return arg(1, indices);
                    }
                }
                // `stable` chose this complement because the kernel has it.
                self.one(node, indices, |a| kernel.complement(*which, a).unwrap_or(S::from_f64(f64::NAN)))
            }
            Code::Differential => self.one(node, indices, S::motion),
            Code::Power => {
                let mut base = present!(arg(0, indices));
                let exponent = present!(arg(1, indices))[0];
                base.to_mut().iter_mut().for_each(|entry| *entry = entry.power(exponent));
                Ok(Some(base))
            }
            Code::MatMul(m, k, n) => {
                let (left, right) = (present!(arg(0, indices)), present!(arg(1, indices)));
                owned(array::product(&left, &right, (*m, *k, *n)))
            }
            Code::Transpose(rows, columns) => owned(array::transposed(&present!(arg(0, indices)), *rows, *columns)),
            Code::Same => arg(0, indices),
            Code::Total => {
                let all = present!(arg(0, indices));
                owned(vec![all.iter().copied().fold(S::zero(), |sum, entry| sum + entry)])
            }
            Code::Pair => {
                let (left, right) = (present!(arg(0, indices)), present!(arg(1, indices)));
                owned(vec![array::dot(&left, &right)])
            }
            Code::Reduce(reducer, bound) => self.reduce(node, *reducer, bound, indices),
            Code::Where => self.choose(node, indices),
            Code::Concat => match (arg(0, indices)?, arg(1, indices)?) {
                (None, None) => Ok(None),
                (first, second) => {
                    let part = |part: Payload<'a, S>, node: &Node| {
                        part.map_or_else(|| vec![S::zero(); node.count], Cow::into_owned)
                    };
                    let mut all = part(first, &node.args[0]);
                    all.extend(part(second, &node.args[1]));
                    owned(all)
                }
            },
            Code::Slice(from) => {
                let whole = present!(arg(0, indices));
                owned(whole[*from..*from + node.count].to_vec())
            }
            Code::Diag => {
                let (diagonal, size) = (present!(arg(0, indices)), node.args[0].count);
                let mut matrix = vec![S::zero(); node.count];
                (0..size).for_each(|entry| matrix[entry * (size + 1)] = diagonal[entry]);
                owned(matrix)
            }
            Code::Diagonal => {
                let matrix = present!(arg(0, indices));
                owned((0..node.count).map(|entry| matrix[entry * (node.count + 1)]).collect())
            }
            Code::Eye => {
                let size = node.dims[0];
                let mut matrix = vec![S::zero(); node.count];
                (0..size).for_each(|entry| matrix[entry * (size + 1)] = S::one());
                owned(matrix)
            }
        }
    }

    fn one(self, node: &Node, indices: &mut [i64], change: impl Fn(S) -> S) -> Ran<'a, S> {
        let mut payload = present!(self.run(&node.args[0], indices));
        payload.to_mut().iter_mut().for_each(|entry| *entry = change(*entry));
        Ok(Some(payload))
    }

    fn two(self, node: &Node, indices: &mut [i64], join: impl Fn(S, S) -> S) -> Ran<'a, S> {
        let mut left = present!(self.run(&node.args[0], indices));
        let right = present!(self.run(&node.args[1], indices));
        zip(&mut left, &right, join);
        Ok(Some(left))
    }

    fn sum(self, node: &Node, minus: &[bool], indices: &mut [i64]) -> Ran<'a, S> {
        let mut total: Payload<'a, S> = None;
        for (arg, minus) in node.args.iter().zip(minus) {
            let Some(mut payload) = self.run(arg, indices)? else { continue };
            match (&mut total, *minus) {
                (Some(total), false) => zip(total, &payload, |a, b| a + b),
                (Some(total), true) => zip(total, &payload, |a, b| a - b),
                (None, minus) => {
                    if minus {
                        payload.to_mut().iter_mut().for_each(|entry| *entry = -*entry);
                    }
                    total = Some(payload);
                }
            }
        }
        Ok(total)
    }

    fn choose(self, node: &Node, indices: &mut [i64]) -> Ran<'a, S> {
        let condition = present!(self.run(&node.args[0], indices));
        if node.args[0].count != node.count || node.count == 1 {
            // One condition for all entries: the other branch is not even looked at.
            return self.run(&node.args[if is_true(condition[0]) { 1 } else { 2 }], indices);
        }
        match (self.run(&node.args[1], indices)?, self.run(&node.args[2], indices)?) {
            (None, None) => Ok(None),
            (yes, no) => {
                let entry = |branch: &Payload<'a, S>, at: usize| branch.as_ref().map_or(S::zero(), |branch| branch[at]);
                let choice = |(at, condition): (usize, &S)| entry(if is_true(*condition) { &yes } else { &no }, at);
                Ok(Some(Cow::Owned(condition.iter().enumerate().map(choice).collect())))
            }
        }
    }

    /// The value of an integer expression, or what is wrong with it.
    pub(super) fn integer(self, integer: &IntCode, indices: &[i64]) -> Result<i64, Stop> {
        let lookup = |array: usize, places: &[i64]| -> Option<i64> {
            let layout = &self.layouts[array];
            let mut offset = 0;
            for (axis, place) in places.iter().enumerate() {
                offset += layout.position(axis, *place)? * layout.strides[axis];
            }
            let value = self.arrays[array].data.get(offset)?.value();
            (libm::rint(value) == value && value.abs() < 1e15).then_some(value as i64)
        };
        integer.value(indices, &lookup).ok_or_else(|| match integer.lenient() {
            true => Stop::Absent,
            false => Fault::error("a subscript is no whole number for the sizes and data at hand").into(),
        })
    }
}

/// `left = join(left, right)`, entry by entry, in place where `left` is ours.
pub(super) fn zip<S: Scalar>(left: &mut Cow<'_, [S]>, right: &[S], join: impl Fn(S, S) -> S) {
    left.to_mut().iter_mut().zip(right).for_each(|(a, b)| *a = join(*a, *b));
}

fn truth<S: Scalar>(holds: bool) -> S {
    if holds { S::one() } else { S::zero() }
}

pub(super) fn is_true<S: Scalar>(condition: S) -> bool {
    condition.value() != 0.0
}

/// Whether two numbers compare so.
pub(super) fn holds(relation: Relation, a: f64, b: f64) -> bool {
    match relation {
        Relation::Equal => a == b,
        Relation::NotEqual => a != b,
        Relation::Less => a < b,
        Relation::LessEqual => a <= b,
        Relation::Greater => a > b,
        Relation::GreaterEqual => a >= b,
    }
}
