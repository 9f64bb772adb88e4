//! Sums of products as matrix products: `@`, convolutions, attention, and gradients of weights over a batch.

use super::form::{AxisId, Form};
use super::lower::{Lower, union};
use super::tape::{Instruction, One, Operand, Two};
use crate::evaluate::fault::Fault;

/// A dimension of a sum of products.
#[derive(Clone, Copy, Debug)]
struct Dim {
    /// Its named axis; `None` for an axis of the payload.
    axis: Option<AxisId>,
    /// Its place among the axes of the result's payload.
    payload: Option<usize>,
    count: usize,
    /// Strides in both factors; 0 where one does not vary.
    a: isize,
    b: isize,
    /// Whether it is summed over.
    summed: bool,
}

impl Lower<'_, '_> {
    /// The matrix product of payloads.
    pub(super) fn product(&mut self, a: &Form, b: &Form, dims: &[usize]) -> Result<Form, Fault> {
        let ([(m, a_row), (k, a_column)], [(inner, b_row), (n, b_column)]) = (a.matrix(), b.matrix());
        if k != inner {
            return Err(Fault::error(format!("a matrix product of {m} × {k} and {inner} × {n} does not fit")));
        }
        let mut all = self.named(a, b, &[]);
        let rows = if m == 1 && dims.len() < 2 { None } else { Some(0) };
        let columns = if dims.len() == 2 { Some(1) } else { None };
        all.push(Dim { axis: None, payload: rows, count: m, a: a_row, b: 0, summed: false });
        all.push(Dim { axis: None, payload: columns, count: n, a: 0, b: b_column, summed: false });
        all.push(Dim { axis: None, payload: None, count: k, a: a_column, b: b_row, summed: true });
        match self.contract(a, b, &all, dims)? {
            Some(form) => Ok(form),
            None => self.fused(a, b, &all, dims),
        }
    }

    /// `Σ a ⊙ b` over named axes.
    pub(super) fn sum_of_products(&mut self, a: &Form, b: &Form, summed: &[AxisId]) -> Result<Form, Fault> {
        let mut all = self.named(a, b, summed);
        for (number, count) in a.dims.iter().enumerate() {
            let (a, b) = (a.strides[number], b.strides[number]);
            all.push(Dim { axis: None, payload: Some(number), count: *count, a, b, summed: false });
        }
        let dims = a.dims.clone();
        match self.contract(a, b, &all, &dims)? {
            Some(form) => Ok(form),
            None => self.fused(a, b, &all, &dims),
        }
    }

    /// The sum of all entries, or of all products of entries.
    pub(super) fn total(&mut self, a: &Form, b: Option<&Form>) -> Result<Form, Fault> {
        let one;
        let b = match b {
            Some(b) => b,
            None => {
                one = self.constant(1.0, &a.dims)?;
                &one
            }
        };
        let mut all = self.named(a, b, &[]);
        for (number, count) in a.dims.iter().enumerate() {
            let (a, b) = (a.strides[number], b.strides[number]);
            all.push(Dim { axis: None, payload: None, count: *count, a, b, summed: true });
        }
        self.fused(a, b, &all, &[])
    }

    /// `Σ a` over named axes; an axis that `a` does not vary along counts as often as it has values.
    pub(super) fn sum_over(&mut self, a: &Form, summed: &[AxisId]) -> Result<Form, Fault> {
        if summed.is_empty() {
            return Ok(a.clone());
        }
        let kept: Vec<AxisId> = union(&[a]).into_iter().filter(|axis| !summed.contains(axis)).collect();
        let out = self.fresh(&kept, &a.dims)?;
        self.code.push(Instruction::Fill { out: out.buffer, value: 0.0 });
        let mut axes: Vec<AxisId> = kept.iter().chain(summed).copied().collect();
        axes.sort_unstable();
        axes.dedup();
        let nest = self.nest(&axes, [&out, a]);
        self.code.push(Instruction::Update { op: Two::Add, out: out.buffer, a: a.buffer, nest });
        Ok(out)
    }

    fn named(&self, a: &Form, b: &Form, summed: &[AxisId]) -> Vec<Dim> {
        let mut axes = union(&[a, b]);
        axes.extend(summed.iter().copied());
        axes.sort_unstable();
        axes.dedup();
        let dim = |axis: &AxisId| Dim {
            axis: Some(*axis),
            payload: None,
            count: self.axes[*axis].count,
            a: a.along(*axis),
            b: b.along(*axis),
            summed: summed.contains(axis),
        };
        axes.iter().map(dim).collect()
    }

    /// A matrix product, if it pays.
    fn contract(&mut self, a: &Form, b: &Form, all: &[Dim], dims: &[usize]) -> Result<Option<Form>, Fault> {
        let (mut batch, mut m, mut n, mut k) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for dim in all.iter().filter(|dim| dim.count != 1) {
            match (dim.a != 0, dim.b != 0, dim.summed) {
                (true, true, false) => batch.push(*dim),
                (true, false, false) => m.push(*dim),
                (false, true, false) => n.push(*dim),
                (true, true, true) => k.push(*dim),
                _ => return Ok(None),
            }
        }
        // Several vectors come out one after the other, not mixed: the entries of a payload lie inside of all named axes.
        let is_payload = |dim: &Dim| dim.payload.is_some();
        if m.iter().any(is_payload) && !n.is_empty() && !n.iter().any(is_payload) {
            let turned: Vec<Dim> = all.iter().map(|dim| Dim { a: dim.b, b: dim.a, ..*dim }).collect();
            return self.contract(b, a, &turned, dims);
        }
        let count = |dims: &[Dim]| dims.iter().map(|dim| dim.count).product::<usize>();
        let (rows, columns, inner) = (count(&m), count(&n), count(&k));
        // A product of numbers, or an outer product without a sum, is no matter for matrices.
        if rows * columns == 1 || (inner == 1 && k.is_empty()) {
            return Ok(None);
        }
        let strides = |dims: &[Dim], of: fn(&Dim) -> isize| -> Vec<(usize, isize)> {
            dims.iter().map(|dim| (dim.count, of(dim))).collect()
        };
        let left =
            self.operand(a, &strides(&batch, |dim| dim.a), &strides(&m, |dim| dim.a), &strides(&k, |dim| dim.a))?;
        let right =
            self.operand(b, &strides(&batch, |dim| dim.b), &strides(&n, |dim| dim.b), &strides(&k, |dim| dim.b))?;
        let size = rows * columns;
        let out = self.room.borrow(count(&batch).saturating_mul(size))?;
        let mut form =
            Form { buffer: out, start: 0, axes: Vec::new(), dims: dims.to_vec(), strides: vec![0; dims.len()] };
        let mut stride = 1isize;
        for dim in batch.iter().chain(&m).chain(&n).rev() {
            if let Some(axis) = dim.axis {
                form.axes.push((axis, stride));
            }
            if let Some(number) = dim.payload {
                form.strides[number] = stride;
            }
            stride *= dim.count as isize;
        }
        form.axes.sort_unstable();
        let mut out_stride = count(&batch) * size;
        let mut loops = Vec::new();
        for (number, dim) in batch.iter().enumerate() {
            out_stride /= dim.count;
            loops.push((dim.count, [out_stride, left.1[number], right.1[number]]));
        }
        // The right factor stands as columns × inner, so it is turned over.
        let b = Operand {
            rows: right.0.columns,
            columns: right.0.rows,
            row: right.0.column,
            column: right.0.row,
            ..right.0
        };
        self.code.push(Instruction::Product { out, a: left.0, b, batch: loops, size });
        Ok(Some(form))
    }

    /// A factor as matrices of rows × inner, with the strides of the batch; copied if its strides do not allow that.
    fn operand(
        &mut self,
        form: &Form,
        batch: &[(usize, isize)],
        rows: &[(usize, isize)],
        inner: &[(usize, isize)],
    ) -> Result<(Operand, Vec<usize>), Fault> {
        let joined = |dims: &[(usize, isize)]| -> Option<(usize, isize)> {
            let mut whole = (1usize, 1isize);
            for (number, (count, stride)) in dims.iter().rev().enumerate() {
                if number > 0 && *stride != whole.1 * whole.0 as isize {
                    return None;
                }
                whole = if number == 0 { (*count, *stride) } else { (whole.0 * count, whole.1) };
            }
            Some(whole)
        };
        if let (Some((r, row)), Some((k, column))) = (joined(rows), joined(inner)) {
            let fits =
                row > 0 && column > 0 && (row == 1 || column == 1) && batch.iter().all(|(_, stride)| *stride > 0);
            // Along what has one entry the stride is free.
            let (row, column) = match (r, k) {
                (1, _) if column == 1 => (k as isize, 1),
                (_, 1) if row == 1 => (1, r as isize),
                (_, 1) => (row, 1),
                (1, _) => (1, column),
                _ => (row, column),
            };
            if fits
                || (batch.iter().all(|(_, stride)| *stride > 0) && row > 0 && column > 0 && (row == 1 || column == 1))
            {
                let operand = Operand {
                    buffer: form.buffer,
                    start: form.start,
                    rows: r,
                    columns: k,
                    row: row as usize,
                    column: column as usize,
                };
                return Ok((operand, batch.iter().map(|(_, stride)| *stride as usize).collect()));
            }
        }
        let all: Vec<(usize, isize)> = [batch, rows, inner].concat();
        let counts: Vec<usize> = all.iter().map(|(count, _)| *count).collect();
        let buffer = self.room.borrow(counts.iter().product())?;
        let strides = super::form::strides(&counts);
        let dims: Vec<(usize, [isize; 2])> =
            all.iter().zip(&strides).map(|((count, from), to)| (*count, [*to, *from])).collect();
        let nest = super::loops::Nest::new(&dims, [0, form.start]);
        self.code.push(Instruction::Unary { op: One::Copy, out: buffer, a: form.buffer, nest });
        let count = |dims: &[(usize, isize)]| dims.iter().map(|(count, _)| *count).product::<usize>();
        let (r, k) = (count(rows), count(inner));
        let operand = Operand { buffer, start: 0, rows: r, columns: k, row: k, column: 1 };
        Ok((operand, strides[..batch.len()].iter().map(|stride| *stride as usize).collect()))
    }

    /// `out += a · b` entry by entry, where that is all there is to do.
    fn fused(&mut self, a: &Form, b: &Form, all: &[Dim], dims: &[usize]) -> Result<Form, Fault> {
        let kept: Vec<AxisId> = all.iter().filter(|dim| !dim.summed).filter_map(|dim| dim.axis).collect();
        let out = self.fresh(&kept, dims)?;
        let stride = |dim: &Dim| match (dim.summed, dim.axis, dim.payload) {
            (true, ..) => 0,
            (_, Some(axis), _) => out.along(axis),
            (_, _, Some(number)) => out.strides[number],
            _ => 0,
        };
        let loops: Vec<(usize, [isize; 3])> = all.iter().map(|dim| (dim.count, [stride(dim), dim.a, dim.b])).collect();
        let nest = super::loops::Nest::new(&loops, [out.start, a.start, b.start]);
        if all.iter().any(|dim| dim.summed && dim.count != 1) {
            self.code.push(Instruction::Fill { out: out.buffer, value: 0.0 });
            self.code.push(Instruction::Fused { out: out.buffer, a: a.buffer, b: b.buffer, nest });
        } else {
            self.code.push(Instruction::Binary { op: Two::Mul, out: out.buffer, a: a.buffer, b: b.buffer, nest });
        }
        Ok(out)
    }
}
