//! A tape: the instructions of one step, run without allocation.

use super::loops::{Nest, binary, choose, fused, unary, update};
use super::matrix::{View, product};
use super::places::Places;
use crate::evaluate::kernels::{Complement, Kernel};
use crate::evaluate::run::holds;
use crate::math::expression::Relation;
use std::borrow::Cow;

/// The memory of a run: buffers that are ours, or blocks of data that are lent.
pub(super) type Buffers<'d> = Vec<Cow<'d, [f64]>>;

/// A function of one number.
#[derive(Clone, Copy, Debug)]
pub(super) enum One {
    Copy,
    Neg,
    Not,
    Apply(Kernel),
    Complement(Kernel, Complement),
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Two {
    Add,
    Sub,
    Mul,
    Div,
    Max,
    Min,
    Power,
    Compare(Relation),
    And,
    Or,
}

/// An instruction. `out` is a buffer that is none of the operands.
#[derive(Clone, Debug)]
pub(super) enum Instruction {
    /// Every entry of a buffer.
    Fill { out: usize, value: f64 },
    /// `out = f(a)`
    Unary { op: One, out: usize, a: usize, nest: Nest<2> },
    /// `out = f(out, a)`
    Update { op: Two, out: usize, a: usize, nest: Nest<2> },
    /// `out = f(a, b)`
    Binary { op: Two, out: usize, a: usize, b: usize, nest: Nest<3> },
    /// `out += a · b`
    Fused { out: usize, a: usize, b: usize, nest: Nest<3> },
    /// `out = if c then a else b`
    Where { out: usize, c: usize, a: usize, b: usize, nest: Nest<4> },
    /// Matrix products, one for each place in `batch`.
    Product { out: usize, a: Operand, b: Operand, batch: Vec<(usize, [usize; 3])>, size: usize },
    /// `out[entry] = a[table[entry]]` in rows of `row` entries; 0 where the table has no place.
    Gather { out: usize, a: usize, places: Box<Places>, row: usize },
    /// `out[table[entry]] += a[entry]`, for each of some lanes.
    Scatter { out: usize, a: usize, places: Box<Places>, row: usize, lanes: (usize, [usize; 2]) },
    /// Integer expressions as numbers.
    Integers { out: usize, places: Box<Places> },
}

impl Instruction {
    /// The buffer it writes.
    pub(super) fn out(&self) -> usize {
        match self {
            Instruction::Fill { out, .. }
            | Instruction::Unary { out, .. }
            | Instruction::Update { out, .. }
            | Instruction::Binary { out, .. }
            | Instruction::Fused { out, .. }
            | Instruction::Where { out, .. }
            | Instruction::Product { out, .. }
            | Instruction::Gather { out, .. }
            | Instruction::Scatter { out, .. }
            | Instruction::Integers { out, .. } => *out,
        }
    }

    /// All buffers it names, the written one first.
    fn buffers(&mut self) -> Vec<&mut usize> {
        match self {
            Instruction::Fill { out, .. } | Instruction::Integers { out, .. } => vec![out],
            Instruction::Unary { out, a, .. }
            | Instruction::Update { out, a, .. }
            | Instruction::Gather { out, a, .. }
            | Instruction::Scatter { out, a, .. } => vec![out, a],
            Instruction::Binary { out, a, b, .. } | Instruction::Fused { out, a, b, .. } => vec![out, a, b],
            Instruction::Where { out, c, a, b, .. } => vec![out, c, a, b],
            Instruction::Product { out, a, b, .. } => vec![out, &mut a.buffer, &mut b.buffer],
        }
    }

    /// Whether it reads a buffer.
    pub(super) fn reads(&self, buffer: usize) -> bool {
        let mut own = self.clone();
        own.buffers().into_iter().skip(1).any(|read| *read == buffer)
    }

    /// Puts one buffer for another.
    pub(super) fn rename(&mut self, from: usize, to: usize) {
        self.buffers().into_iter().filter(|buffer| **buffer == from).for_each(|buffer| *buffer = to);
    }
}

/// A matrix operand in a buffer; one of the strides is 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    pub buffer: usize,
    pub start: usize,
    pub rows: usize,
    pub columns: usize,
    pub row: usize,
    pub column: usize,
}

impl Operand {
    fn view<'a>(&self, buffers: &'a Buffers<'_>, shift: usize) -> View<'a> {
        let data = buffers[self.buffer].get(self.start + shift..).unwrap_or_default();
        View { data, rows: self.rows, columns: self.columns, row: self.row, column: self.column }
    }
}

/// Runs the instructions where the step has this value. `table` is room for places.
pub(super) fn run(code: &[Instruction], buffers: &mut Buffers<'_>, step: i64, table: &mut Vec<Option<usize>>) {
    for instruction in code {
        let out_number = instruction.out();
        // What is written is taken out, so that the others can be read.
        let mut taken = std::mem::take(&mut buffers[out_number]);
        one(instruction, taken.to_mut(), buffers, step, table);
        buffers[out_number] = taken;
    }
}

fn one(instruction: &Instruction, out: &mut [f64], buffers: &Buffers<'_>, step: i64, table: &mut Vec<Option<usize>>) {
    match instruction {
        Instruction::Fill { value, .. } => out.fill(*value),
        Instruction::Unary { op, a, nest, .. } => {
            let a = &buffers[*a];
            match op {
                One::Copy => unary(out, a, nest, |a| a),
                One::Neg => unary(out, a, nest, |a| -a),
                One::Not => unary(out, a, nest, |a| truth(a == 0.0)),
                One::Apply(kernel) => unary(out, a, nest, |a| kernel.value(a)),
                One::Complement(kernel, which) => {
                    unary(out, a, nest, |a| kernel.complement(*which, a).unwrap_or(f64::NAN));
                }
            }
        }
        Instruction::Update { op, a, nest, .. } => {
            let a = &buffers[*a];
            match op {
                Two::Add => update(out, a, nest, |out, a| out + a),
                Two::Sub => update(out, a, nest, |out, a| out - a),
                Two::Mul => update(out, a, nest, |out, a| out * a),
                Two::Max => update(out, a, nest, |out, a| if out < a || a.is_nan() { a } else { out }),
                Two::Min => update(out, a, nest, |out, a| if out > a || a.is_nan() { a } else { out }),
                other => update(out, a, nest, |out, a| two(*other, out, a)),
            }
        }
        Instruction::Binary { op, a, b, nest, .. } => {
            let (a, b) = (&buffers[*a], &buffers[*b]);
            match op {
                Two::Add => binary(out, a, b, nest, |a, b| a + b),
                Two::Sub => binary(out, a, b, nest, |a, b| a - b),
                Two::Mul => binary(out, a, b, nest, |a, b| a * b),
                Two::Div => binary(out, a, b, nest, |a, b| a / b),
                other => binary(out, a, b, nest, |a, b| two(*other, a, b)),
            }
        }
        Instruction::Fused { a, b, nest, .. } => fused(out, &buffers[*a], &buffers[*b], nest),
        Instruction::Where { c, a, b, nest, .. } => choose(out, &buffers[*c], &buffers[*a], &buffers[*b], nest),
        Instruction::Product { a, b, batch, size, .. } => products(out, (a, b, *size), batch, [0; 3], buffers),
        Instruction::Gather { a, places, row, .. } => {
            let a = &buffers[*a];
            for (into, place) in out.chunks_exact_mut(*row).zip(places.table(buffers, step, table)) {
                match place.and_then(|place| a.get(place..place + row)) {
                    Some(block) => into.copy_from_slice(block),
                    None => into.fill(0.0),
                }
            }
        }
        Instruction::Scatter { a, places, row, lanes: (lanes, [out_lane, a_lane]), .. } => {
            let a = &buffers[*a];
            let table = places.table(buffers, step, table);
            for lane in 0..*lanes {
                for (block, place) in a[lane * a_lane..].chunks_exact(*row).zip(table) {
                    let into =
                        place.and_then(|place| out.get_mut(lane * out_lane + place..lane * out_lane + place + row));
                    for (out, entry) in into.into_iter().flatten().zip(block) {
                        *out += entry;
                    }
                }
            }
        }
        Instruction::Integers { places, .. } => places.numbers(buffers, step, out),
    }
}

fn products(
    out: &mut [f64],
    (a, b, size): (&Operand, &Operand, usize),
    batch: &[(usize, [usize; 3])],
    at: [usize; 3],
    buffers: &Buffers<'_>,
) {
    match batch.split_first() {
        None => product(&mut out[at[0]..at[0] + size], a.view(buffers, at[1]), b.view(buffers, at[2])),
        Some(((count, strides), rest)) => {
            for number in 0..*count {
                let at = [0, 1, 2].map(|operand| at[operand] + number * strides[operand]);
                products(out, (a, b, size), rest, at, buffers);
            }
        }
    }
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn two(op: Two, a: f64, b: f64) -> f64 {
    match op {
        Two::Add => a + b,
        Two::Sub => a - b,
        Two::Mul => a * b,
        Two::Div => a / b,
        Two::Max => {
            if a < b {
                b
            } else {
                a
            }
        }
        Two::Min => {
            if a > b {
                b
            } else {
                a
            }
        }
        Two::Power => libm::pow(a, b),
        Two::And => truth(a != 0.0 && b != 0.0),
        Two::Or => truth(a != 0.0 || b != 0.0),
        Two::Compare(relation) => truth(holds(relation, a, b)),
    }
}
