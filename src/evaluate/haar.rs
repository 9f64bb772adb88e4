//! Random orthogonal matrices, uniform among all of them.
//!
//! The Q of a normal matrix is uniform when the diagonal of R is made positive (Mezzadri, "How to generate random matrices from the
//! classical compact groups", 2007). Q is a product of reflections, each made from a column that earlier reflections
//! have left: again a normal one, and independent. So the columns are drawn one by one, each shorter than the last, and R
//! is never computed (Stewart, 1980).

use super::random::Stream;

/// Fills `out` with `gain · Q`, row-major, of so many rows; columns are orthonormal, or rows where these are fewer.
pub(super) fn fill(stream: Stream, gain: f64, rows: usize, out: &mut [f64]) {
    let columns = out.len() / rows.max(1);
    if rows < columns {
        // The rows of a wide matrix are the columns of a tall one.
        columns_of(stream, columns, rows, out);
    } else {
        let mut tall = vec![0.0; out.len()];
        columns_of(stream, rows, columns, &mut tall);
        for (column, entries) in tall.chunks_exact(rows.max(1)).enumerate() {
            entries.iter().enumerate().for_each(|(row, entry)| out[row * columns + column] = *entry);
        }
    }
    out.iter_mut().for_each(|entry| *entry *= gain);
}

/// `count` orthonormal columns of `length`, one after the other.
fn columns_of(stream: Stream, length: usize, count: usize, out: &mut [f64]) {
    out.fill(0.0);
    let mut normal = vec![0.0; length];
    // The last reflection acts first, and only on what it can change.
    for step in (0..count).rev() {
        let vector = &mut normal[step..];
        stream.at(&[step as i64]).fill_normal((0.0, 1.0), vector);
        let size = libm::sqrt(dot(vector, vector));
        let sign = if vector[0] < 0.0 { -1.0 } else { 1.0 };
        // The reflection takes the column to −sign · size at the top; that is the diagonal entry of R.
        vector[0] += sign * size;
        let scale = 2.0 / dot(vector, vector);
        out[step * length + step] = -sign;
        for column in out.chunks_exact_mut(length).skip(step) {
            let column = &mut column[step..];
            let factor = scale * dot(vector, column);
            column.iter_mut().zip(vector.iter()).for_each(|(entry, v)| *entry -= factor * v);
        }
    }
}

/// A dot product in eight strands, whose order does not depend on the machine.
fn dot(left: &[f64], right: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let (left, right) = (left.chunks_exact(8), right.chunks_exact(8));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for strand in 0..8 {
            strands[strand] += a[strand] * b[strand];
        }
    }
    strands.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(seed: u64, rows: usize, columns: usize) -> Vec<f64> {
        let mut out = vec![0.0; rows * columns];
        fill(Stream::new(seed, "Q").at(&[1]), 1.0, rows, &mut out);
        out
    }

    #[test]
    fn columns_or_rows_are_orthonormal() {
        for (rows, columns) in [(1, 1), (5, 5), (17, 6), (6, 17), (64, 64), (1, 9), (9, 1)] {
            let q = matrix(3, rows, columns);
            let (short, long) = (rows.min(columns), rows.max(columns));
            let entry =
                |line: usize, at: usize| if rows < columns { q[line * columns + at] } else { q[at * columns + line] };
            for one in 0..short {
                for other in 0..short {
                    let product: f64 = (0..long).map(|at| entry(one, at) * entry(other, at)).sum();
                    let wanted = if one == other { 1.0 } else { 0.0 };
                    assert!((product - wanted).abs() < 1e-13, "{rows} × {columns}: {one} and {other} give {product}");
                }
            }
        }
    }

    /// Moments of the uniform distribution on O(n). Without the correction of signs Q₁₁ would never be positive, and tr Q
    /// not be 0 on average.
    #[test]
    fn matrices_are_uniform() {
        let (n, count) = (5, 20_000);
        let size = n as f64;
        let mean =
            |f: &dyn Fn(&[f64]) -> f64| (0..count).map(|seed| f(&matrix(seed, n, n))).sum::<f64>() / count as f64;
        let trace = |q: &[f64]| (0..n).map(|at| q[at * n + at]).sum::<f64>();
        let close = |found: f64, wanted: f64, what: &str| assert!((found - wanted).abs() < 0.03, "{what}: {found}");
        close(mean(&trace), 0.0, "E tr Q");
        close(mean(&|q| trace(q) * trace(q)), 1.0, "E (tr Q)²");
        close(mean(&|q| libm::pow(trace(q), 4.0)) / 3.0, 1.0, "E (tr Q)⁴ / 3");
        for at in [0, 1, n + 1, n * n - 1] {
            close(mean(&|q| q[at]), 0.0, "E Q");
            close(size * mean(&|q| q[at] * q[at]), 1.0, "n E Q²");
            close(size * (size + 2.0) / 3.0 * mean(&|q| libm::pow(q[at], 4.0)), 1.0, "E Q⁴");
        }
        // Half of all have each determinant; a rotation of two leaves ±1.
        let determinant = |seed| {
            let q = matrix(seed, 2, 2);
            q[0] * q[3] - q[1] * q[2]
        };
        close((0..count).map(determinant).sum::<f64>() / count as f64, 0.0, "E det Q");
    }
}
