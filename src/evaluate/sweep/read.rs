//! Readings made into views, or into gathers where no strides can tell their places; and what is added to them.

use super::form::{AxisId, Form};
use super::lower::{Lower, union};
use super::places::Places;
use super::room::{Extent, Room};
use super::scope::Bind;
use super::tape::{Instruction, One, Two};
use crate::evaluate::fault::Fault;
use crate::math::expression::{Mark, Read, Subscript};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::BTreeSet;

/// Where a reading lies.
enum Spot {
    /// Strides tell.
    Strided(Form),
    /// A table tells: the axes it runs over with those of the payload last, in rows of `row` entries.
    Table { buffer: usize, axes: Vec<AxisId>, places: Places, row: usize, dims: Vec<usize>, lane: usize },
}

/// The array of a reading: its buffer, its axes with their subscripts, how far apart lanes are.
struct Source {
    buffer: usize,
    extents: Vec<(Extent, Subscript)>,
    lane: usize,
    /// Whether it has no adjoint of its own, so that all lanes are one.
    plain: bool,
}

impl Lower<'_, '_> {
    /// The value of a reading.
    pub(super) fn read(&mut self, read: &Read, dims: &[usize]) -> Result<Form, Fault> {
        let source = self.source(read)?;
        match self.spot(read, dims, source)? {
            Spot::Strided(form) => Ok(form),
            Spot::Table { buffer, axes, places, row, dims, .. } => {
                if read.mark != Mark::Value && self.lanes.is_some() {
                    return Err(Fault::error(format!(
                        "the gradient of `{}` is read in a way that is not known",
                        read.quantity
                    )));
                }
                if !read.padded && places.inside() == Some(false) {
                    return Err(Fault::error(format!("`{}` is read outside its range", read.quantity)));
                }
                let out = self.fresh(&axes, &dims)?;
                self.code.push(Instruction::Gather { out: out.buffer, a: buffer, places: Box::new(places), row });
                Ok(out)
            }
        }
    }

    /// Adds a value to what a reading reads, at every value of the axes in `over`.
    pub(super) fn add_to(&mut self, read: &Read, value: &Form, over: &[AxisId]) -> Result<(), Fault> {
        let source = self.source(read)?;
        match self.spot(read, &value.dims.clone(), source)? {
            Spot::Strided(into) => {
                let value = &self.apart(value, into.buffer)?;
                let mut axes: Vec<AxisId> = union(&[&into, value]);
                axes.extend(over);
                axes.sort_unstable();
                axes.dedup();
                let nest = self.nest(&axes, [&into, value]);
                self.code.push(Instruction::Update { op: Two::Add, out: into.buffer, a: value.buffer, nest });
                Ok(())
            }
            Spot::Table { buffer, axes, places, row, lane, .. } => {
                let lanes = self.lanes.filter(|axis| value.along(*axis) != 0);
                let kept: Vec<AxisId> = lanes.iter().copied().chain(axes.iter().copied()).collect();
                let all: Vec<AxisId> = union(&[value]).into_iter().chain(over.iter().copied()).collect();
                let summed: Vec<AxisId> = all.into_iter().filter(|axis| !kept.contains(axis)).collect();
                let value = self.sum_over(value, &summed)?;
                let dense = self.dense(&value, &kept)?;
                let dense = self.apart(&dense, buffer)?;
                let count = lanes.map_or(1, |axis| self.axes[axis].count);
                let own = self.room.buffers[dense.buffer] / count.max(1);
                self.code.push(Instruction::Scatter {
                    out: buffer,
                    a: dense.buffer,
                    places: Box::new(places),
                    row,
                    lanes: (count, [lane, own]),
                });
                Ok(())
            }
        }
    }

    /// Writes a value to where a left side stands.
    pub(super) fn store(&mut self, left: &Read, value: &Form, from: usize) -> Result<(), Fault> {
        let source = self.source(left)?;
        let Spot::Strided(into) = self.spot(left, &value.dims.clone(), source)? else {
            return Err(Fault::error(format!("an equation for `{}` reaches past its range", left.quantity)));
        };
        let size = self.room.buffers[into.buffer];
        let same = into.start == 0 && value.start == 0 && into.axes == value.axes && into.strides == value.strides;
        let whole = self.room.buffers[value.buffer] == size && self.count(&into) == size;
        let written = self.code[from..].iter().any(|instruction| instruction.out() == value.buffer);
        let read = self.code[from..].iter().any(|instruction| instruction.reads(into.buffer));
        if same && whole && written && !read && self.room.is_borrowed(value.buffer) {
            // What was computed last is written to its place at once.
            self.code[from..].iter_mut().for_each(|instruction| instruction.rename(value.buffer, into.buffer));
            return Ok(());
        }
        let value = &self.apart(value, into.buffer)?;
        let axes = union(&[&into, value]);
        let nest = self.nest(&axes, [&into, value]);
        self.code.push(Instruction::Unary { op: One::Copy, out: into.buffer, a: value.buffer, nest });
        Ok(())
    }

    /// A value that does not stand in this buffer: in `h[l,t] = h[l,t-1]`, what is read stands where is written.
    fn apart(&mut self, value: &Form, buffer: usize) -> Result<Form, Fault> {
        if value.buffer != buffer {
            return Ok(value.clone());
        }
        let axes = union(&[value]);
        let out = self.fresh(&axes, &value.dims)?;
        let nest = self.nest(&axes, [&out, value]);
        self.code.push(Instruction::Unary { op: One::Copy, out: out.buffer, a: value.buffer, nest });
        Ok(out)
    }

    fn count(&self, form: &Form) -> usize {
        form.axes.iter().map(|(axis, _)| self.axes[*axis].count).product::<usize>() * form.count()
    }

    /// The array that is read.
    fn source(&mut self, read: &Read) -> Result<Source, Fault> {
        let quantity = self.room.quantity(&read.quantity)?;
        let rank = quantity.axes.len() + quantity.shape.axes().len();
        if read.subscripts.len() > rank {
            return Err(Fault::error(format!("`{}` has {rank} axes, which is not how it is read", read.quantity)));
        }
        let mut subscripts = read.subscripts.clone();
        subscripts.resize(rank, Subscript::All);
        let axis = self.room.step_axis(quantity);
        let at_step = match axis.map(|axis| &subscripts[axis]) {
            Some(Subscript::At(place)) => self.step_place(read, place)?,
            _ => None,
        };
        let (skip, buffer) = match (at_step, read.mark) {
            (Some(Step::Inside(shift)), Mark::Value) => (axis, self.room.value(&read.quantity, shift)?),
            (Some(Step::Inside(shift)), _) => (axis, self.room.adjoint(&read.quantity, shift)?),
            (Some(Step::Leaf(place)), Mark::Value) => (axis, self.room.leaf(&read.quantity, Some(place))?),
            (None, Mark::Value) => (None, self.room.whole(&read.quantity)?),
            (Some(Step::Leaf(_)) | None, _) => (axis, self.room.adjoint(&read.quantity, 0)?),
        };
        let extents = self.room.extents(quantity, skip)?;
        let lane = if read.mark == Mark::Value { 0 } else { Room::count(&extents) };
        let subscripts = subscripts.into_iter().enumerate().filter(|(number, _)| Some(*number) != skip);
        let extents = extents.into_iter().zip(subscripts.map(|(_, subscript)| subscript)).collect();
        Ok(Source { buffer, extents, lane, plain: read.mark == Mark::Value })
    }

    /// How a place along the swept index stands to the step.
    fn step_place(&self, read: &Read, place: &Integer) -> Result<Option<Step>, Fault> {
        if self.room.inside.contains(&read.quantity) {
            return match self.shift(place) {
                Some(shift) => Ok(Some(Step::Inside(shift))),
                None => Err(Fault::error(format!(
                    "`{}` is read at `{place}`, which is no fixed number of steps away along `{}`",
                    read.quantity, self.room.index
                ))
                .hint("a sweep follows readings such as `h[t-1]` and `h[t-2]`")),
            };
        }
        let put = self.put(place);
        let mut axes = BTreeSet::new();
        self.axes_of(&put, &mut axes);
        let computed = self.room.quantity(&read.quantity)?.role.is_computed();
        let steps = put.as_number().is_some() || put.names().iter().any(|name| self.bound(name) == Some(&Bind::Step));
        Ok((axes.is_empty() && steps && !computed && super::scope::given_names(&put).is_empty())
            .then_some(Step::Leaf(put)))
    }

    fn spot(&mut self, read: &Read, dims: &[usize], source: Source) -> Result<Spot, Fault> {
        // What is left as payload gets letters of its own, so that all subscripts are expressions.
        let (letters, before) = (self.axes.len(), self.scope.len());
        let mut expressions: Vec<(Integer, Extent)> = Vec::new();
        let mut payload: Vec<AxisId> = Vec::new();
        let mut counts = dims.iter();
        for (extent, subscript) in &source.extents {
            let mut letter = |lower: &mut Self, low: i64| -> Result<Integer, Fault> {
                let count = counts.next().ok_or_else(|| Fault::error("a reading does not fit its payload"))?;
                let name = Name::from(format!("·{}", lower.axes.len()));
                let axis = lower.axis(&name, low, *count);
                lower.scope.push((name.clone(), Bind::Axis(axis)));
                payload.push(axis);
                Ok(Integer::name(name))
            };
            let expression = match subscript {
                Subscript::At(place) => self.put(place),
                Subscript::All => letter(self, extent.low)?,
                Subscript::Range(low, _) => self.put(low).plus(&letter(self, 0)?),
            };
            expressions.push((expression, *extent));
        }
        let lane = self.lanes.filter(|_| !source.plain);
        let spot = self.strided(&expressions, &payload, dims, &source, lane, letters);
        let spot = match spot {
            Some(form) => Ok(Spot::Strided(form)),
            None => self.table(read, expressions, payload, dims, &source),
        };
        self.scope.truncate(before);
        spot
    }

    fn strided(
        &self,
        expressions: &[(Integer, Extent)],
        payload: &[AxisId],
        dims: &[usize],
        source: &Source,
        lane: Option<AxisId>,
        letters: usize,
    ) -> Option<Form> {
        let mut form = Form {
            buffer: source.buffer,
            start: 0,
            axes: Vec::new(),
            dims: dims.to_vec(),
            strides: vec![0; dims.len()],
        };
        let mut start = 0i64;
        for (expression, extent) in expressions {
            let (base, terms) = self.affine(expression)?;
            let (least, most) = self.span(base, &terms);
            if extent.count == 0 || least < extent.low || most >= extent.low + extent.count as i64 {
                return None;
            }
            start += (base - extent.low) * extent.stride as i64;
            for (axis, coefficient) in terms {
                let stride = coefficient as isize * extent.stride as isize;
                start += coefficient * self.axes[axis].low * extent.stride as i64;
                if axis >= letters {
                    let number = payload.iter().position(|own| *own == axis)?;
                    form.strides[number] += stride;
                } else {
                    match form.axes.iter_mut().find(|(own, _)| *own == axis) {
                        Some((_, known)) => *known += stride,
                        None => form.axes.push((axis, stride)),
                    }
                }
            }
        }
        form.axes.extend(lane.map(|lane| (lane, source.lane as isize)));
        form.axes.sort_unstable();
        form.start = usize::try_from(start).ok()?;
        Some(form)
    }

    fn table(
        &mut self,
        read: &Read,
        expressions: Vec<(Integer, Extent)>,
        payload: Vec<AxisId>,
        dims: &[usize],
        source: &Source,
    ) -> Result<Spot, Fault> {
        let _ = read;
        // The last axes that are read as a whole make rows.
        let (mut whole, mut row) = (0, 1);
        for ((expression, extent), axis) in expressions.iter().rev().zip(payload.iter().rev()) {
            if expression.as_name() != Some(&self.names[*axis]) || self.axes[*axis].low != extent.low {
                break;
            }
            (whole, row) = (whole + 1, row * extent.count);
        }
        let subscripts: Vec<_> = expressions[..expressions.len() - whole]
            .iter()
            .map(|(expression, extent)| (expression.clone(), extent.low, extent.count, extent.stride))
            .collect();
        let inner = &payload[..payload.len() - whole];
        let mut axes = BTreeSet::new();
        for (expression, ..) in &subscripts {
            self.axes_of(expression, &mut axes);
        }
        let axes: Vec<AxisId> = axes.into_iter().filter(|axis| !payload.contains(axis)).collect();
        let over: Vec<AxisId> = axes.iter().chain(inner).copied().collect();
        let places = self.places(&over, subscripts)?;
        Ok(Spot::Table { buffer: source.buffer, axes, places, row, dims: dims.to_vec(), lane: source.lane })
    }
}

/// How a place along the swept index stands to the step.
enum Step {
    /// So many steps away.
    Inside(i64),
    /// A block that is not computed.
    Leaf(Integer),
}
