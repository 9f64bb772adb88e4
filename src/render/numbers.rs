//! Arrays of numbers → Page: a summary for the eye. All digits are in the JSON.

use super::page::{Block, Inline, Page};

/// An array under its name.
pub struct Named {
    /// Its name.
    pub name: String,
    /// The length of each axis.
    pub dims: Vec<usize>,
    /// All entries, row-major.
    pub entries: Vec<f64>,
}

/// The largest array whose entries are printed one by one.
const FEW: usize = 6;

/// Outputs, then gradients.
pub fn page(title: &str, outputs: &[Named], gradients: &[Named]) -> Page {
    let mut page = Page { title: title.into(), ..Page::default() };
    for (heading, arrays) in [("Outputs", outputs), ("Gradients", gradients)] {
        if arrays.is_empty() {
            continue;
        }
        page.heading(1, heading);
        let head = ["name", "axes", "norm", "largest", "entries"].map(String::from).to_vec();
        page.blocks.push(Block::Table(head, arrays.iter().map(row).collect()));
    }
    page
}

/// A matrix at a value of the indices.
pub struct Placed {
    /// The indices.
    pub place: Vec<i64>,
    /// Its entries, row by row.
    pub entries: Vec<f64>,
    /// Its largest singular value.
    pub norm: f64,
}

/// A table of matrices, one for each value of the indices called `letters`.
pub fn places(letters: &[String], matrices: &[Placed]) -> Block {
    let mut head = letters.to_vec();
    head.extend(["largest singular value", "largest entry", "entries"].map(String::from));
    let row = |matrix: &Placed| {
        let largest = matrix.entries.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
        let few: Vec<String> = matrix.entries.iter().take(FEW).map(|entry| short(*entry)).collect();
        let more = if matrix.entries.len() > FEW { ", …" } else { "" };
        let numbers = [short(matrix.norm), short(largest), format!("{}{more}", few.join(", "))];
        let cells = matrix.place.iter().map(i64::to_string).chain(numbers);
        cells.map(|cell| vec![Inline::Words(cell)]).collect()
    };
    Block::Table(head, matrices.iter().map(row).collect())
}

fn row(array: &Named) -> Vec<Vec<Inline>> {
    let axes: Vec<String> = array.dims.iter().map(usize::to_string).collect();
    let largest = array.entries.iter().fold(0.0f64, |largest, entry| largest.max(entry.abs()));
    let few: Vec<String> = array.entries.iter().take(FEW).map(|entry| short(*entry)).collect();
    let more = if array.entries.len() > FEW { ", …" } else { "" };
    let cells = [
        array.name.clone(),
        if axes.is_empty() { "number".into() } else { axes.join(" × ") },
        short(norm(&array.entries, largest)),
        short(largest),
        format!("{}{more}", few.join(", ")),
    ];
    cells.into_iter().map(|cell| vec![Inline::Words(cell)]).collect()
}

/// The Euclidean norm, without overflow on the way.
fn norm(entries: &[f64], largest: f64) -> f64 {
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let sum: f64 = entries.iter().map(|entry| (entry / largest) * (entry / largest)).sum();
    largest * libm::sqrt(sum)
}

/// Four digits, with an exponent where the number is very large or small.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".into()
    } else if (1e-3..1e4).contains(&size) {
        format!("{value:.4}").replace('-', "−")
    } else {
        format!("{value:.3e}").replace('-', "−")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_do_not_overflow() {
        assert!((norm(&[3e200, 4e200], 4e200) / 5e200 - 1.0).abs() < 1e-15);
        assert_eq!(short(-0.5), "−0.5000");
        assert_eq!(short(1e-9), "1.000e−9");
    }
}
