//! Loops over strided views: what every entrywise instruction runs in.

/// A loop over `dims` in which each of `A` operands moves by strides of its own. The first one is written.
#[derive(Clone, Debug)]
pub(super) struct Nest<const A: usize> {
    /// Loops around the innermost one, the outermost first: how often, and how far each operand moves.
    outer: Vec<(usize, [isize; A])>,
    /// The innermost loop.
    inner: (usize, [isize; A]),
    /// Where each operand begins.
    start: [usize; A],
}

impl<const A: usize> Nest<A> {
    /// A loop over these dimensions, the outermost first. Neighbours that are one run become one loop.
    pub(super) fn new(dims: &[(usize, [isize; A])], start: [usize; A]) -> Nest<A> {
        let mut joined: Vec<(usize, [isize; A])> = Vec::new();
        for (count, strides) in dims.iter().filter(|(count, _)| *count != 1) {
            match joined.last_mut() {
                Some((above, far)) if far.iter().zip(strides).all(|(far, near)| *far == near * *count as isize) => {
                    (*above, *far) = (*above * count, *strides);
                }
                _ => joined.push((*count, *strides)),
            }
        }
        let inner = joined.pop().unwrap_or((1, [0; A]));
        Nest { outer: joined, inner, start }
    }

    /// Calls `run` at the start of each innermost loop.
    #[inline(always)]
    fn each(&self, mut run: impl FnMut([usize; A])) {
        if self.inner.0 == 0 || self.outer.iter().any(|(count, _)| *count == 0) {
            return;
        }
        match self.outer.as_slice() {
            [] => run(self.start),
            [(count, strides)] => {
                let mut at = self.start;
                for _ in 0..*count {
                    run(at);
                    step(&mut at, strides);
                }
            }
            more => self.deep(more, self.start, &mut run),
        }
    }

    fn deep(&self, outer: &[(usize, [isize; A])], start: [usize; A], run: &mut impl FnMut([usize; A])) {
        let Some(((count, strides), rest)) = outer.split_first() else { return run(start) };
        let mut at = start;
        for _ in 0..*count {
            self.deep(rest, at, run);
            step(&mut at, strides);
        }
    }
}

#[inline(always)]
fn step<const A: usize>(at: &mut [usize; A], strides: &[isize; A]) {
    at.iter_mut().zip(strides).for_each(|(at, stride)| *at = at.wrapping_add_signed(*stride));
}

/// `out = f(a)`, or `out = f(out, a)` as `update` says.
#[inline(always)]
pub(super) fn unary(out: &mut [f64], a: &[f64], nest: &Nest<2>, f: impl Fn(f64) -> f64) {
    let (n, strides) = nest.inner;
    nest.each(|[o, x]| match strides {
        [1, 1] => out[o..o + n].iter_mut().zip(&a[x..x + n]).for_each(|(out, a)| *out = f(*a)),
        [1, 0] => out[o..o + n].fill(f(a[x])),
        [so, sx] => {
            let (mut o, mut x) = (o, x);
            for _ in 0..n {
                out[o] = f(a[x]);
                (o, x) = (o.wrapping_add_signed(so), x.wrapping_add_signed(sx));
            }
        }
    });
}

/// `out = f(out, a)`: sums, and reductions where `out` stands still.
#[inline(always)]
pub(super) fn update(out: &mut [f64], a: &[f64], nest: &Nest<2>, f: impl Fn(f64, f64) -> f64) {
    let (n, strides) = nest.inner;
    nest.each(|[o, x]| match strides {
        [1, 1] => out[o..o + n].iter_mut().zip(&a[x..x + n]).for_each(|(out, a)| *out = f(*out, *a)),
        [0, 1] => out[o] = a[x..x + n].iter().fold(out[o], |sum, a| f(sum, *a)),
        [so, sx] => {
            let (mut o, mut x) = (o, x);
            for _ in 0..n {
                out[o] = f(out[o], a[x]);
                (o, x) = (o.wrapping_add_signed(so), x.wrapping_add_signed(sx));
            }
        }
    });
}

/// `out = f(a, b)`
#[inline(always)]
pub(super) fn binary(out: &mut [f64], a: &[f64], b: &[f64], nest: &Nest<3>, f: impl Fn(f64, f64) -> f64) {
    let (n, strides) = nest.inner;
    nest.each(|[o, x, y]| match strides {
        [1, 1, 1] => {
            let pairs = a[x..x + n].iter().zip(&b[y..y + n]);
            out[o..o + n].iter_mut().zip(pairs).for_each(|(out, (a, b))| *out = f(*a, *b));
        }
        [1, 1, 0] => {
            let b = b[y];
            out[o..o + n].iter_mut().zip(&a[x..x + n]).for_each(|(out, a)| *out = f(*a, b));
        }
        [1, 0, 1] => {
            let a = a[x];
            out[o..o + n].iter_mut().zip(&b[y..y + n]).for_each(|(out, b)| *out = f(a, *b));
        }
        [so, sx, sy] => {
            let (mut o, mut x, mut y) = (o, x, y);
            for _ in 0..n {
                out[o] = f(a[x], b[y]);
                o = o.wrapping_add_signed(so);
                (x, y) = (x.wrapping_add_signed(sx), y.wrapping_add_signed(sy));
            }
        }
    });
}

/// `out += a · b`, entry by entry.
#[inline(always)]
pub(super) fn fused(out: &mut [f64], a: &[f64], b: &[f64], nest: &Nest<3>) {
    let (n, strides) = nest.inner;
    nest.each(|[o, x, y]| match strides {
        [1, 1, 1] => {
            let pairs = a[x..x + n].iter().zip(&b[y..y + n]);
            out[o..o + n].iter_mut().zip(pairs).for_each(|(out, (a, b))| *out += *a * *b);
        }
        [so, sx, sy] => {
            let (mut o, mut x, mut y) = (o, x, y);
            for _ in 0..n {
                out[o] += a[x] * b[y];
                o = o.wrapping_add_signed(so);
                (x, y) = (x.wrapping_add_signed(sx), y.wrapping_add_signed(sy));
            }
        }
    });
}

/// `out = if c then a else b`
pub(super) fn choose(out: &mut [f64], c: &[f64], a: &[f64], b: &[f64], nest: &Nest<4>) {
    let (n, [so, sc, sx, sy]) = nest.inner;
    nest.each(|[mut o, mut c_at, mut x, mut y]| {
        for _ in 0..n {
            out[o] = if c[c_at] != 0.0 { a[x] } else { b[y] };
            (o, c_at) = (o.wrapping_add_signed(so), c_at.wrapping_add_signed(sc));
            (x, y) = (x.wrapping_add_signed(sx), y.wrapping_add_signed(sy));
        }
    });
}
