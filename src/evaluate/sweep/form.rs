//! A form: where the value of a term lies, as a strided view with named axes.

/// A named axis, by its number: the lanes of an adjoint, a free index, or the index of a reduction. Numbers grow from the
/// outside in.
pub(super) type AxisId = usize;

/// What an axis runs through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Axis {
    /// The first value.
    pub low: i64,
    /// How many values.
    pub count: usize,
}

/// A view into a buffer. Along axes that are not named it does not vary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Form {
    /// The buffer.
    pub buffer: usize,
    /// The entry where all axes and the payload begin.
    pub start: usize,
    /// The named axes it varies along, in the order of their numbers, with strides.
    pub axes: Vec<(AxisId, isize)>,
    /// The payload; a row is `[1, n]`.
    pub dims: Vec<usize>,
    /// How far apart the entries of the payload are.
    pub strides: Vec<isize>,
}

impl Form {
    /// A buffer of its own without gaps: named axes first, then the payload.
    pub(super) fn dense(buffer: usize, axes: &[(AxisId, usize)], dims: &[usize]) -> Form {
        let counts: Vec<usize> = axes.iter().map(|(_, count)| *count).chain(dims.iter().copied()).collect();
        let strides = strides(&counts);
        let (outer, inner) = strides.split_at(axes.len());
        Form {
            buffer,
            start: 0,
            axes: axes.iter().zip(outer).map(|((axis, _), stride)| (*axis, *stride)).collect(),
            dims: dims.to_vec(),
            strides: inner.to_vec(),
        }
    }

    /// The stride along a named axis; 0 where it does not vary.
    pub(super) fn along(&self, axis: AxisId) -> isize {
        self.axes.iter().find(|(own, _)| *own == axis).map_or(0, |(_, stride)| *stride)
    }

    /// How many entries the payload has.
    pub(super) fn count(&self) -> usize {
        self.dims.iter().product()
    }

    /// The payload as a matrix: rows, columns, and their strides.
    pub(super) fn matrix(&self) -> [(usize, isize); 2] {
        match (self.dims.as_slice(), self.strides.as_slice()) {
            ([rows, columns], [row, column]) => [(*rows, *row), (*columns, *column)],
            ([rows], [row]) => [(*rows, *row), (1, 0)],
            _ => [(1, 0), (1, 0)],
        }
    }
}

/// Row-major strides.
pub(super) fn strides(dims: &[usize]) -> Vec<isize> {
    let mut strides = vec![1isize; dims.len()];
    for axis in (0..dims.len().saturating_sub(1)).rev() {
        strides[axis] = strides[axis + 1] * dims[axis + 1] as isize;
    }
    strides
}
