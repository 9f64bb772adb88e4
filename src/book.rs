//! The chapters that are compiled in.

use crate::math::law::Book;
use crate::math::source::{Outcome, Source};
use crate::{parse, resolve};

/// The chapters, in order: file name and text.
pub const CHAPTERS: [(&str, &str); 9] = [
    ("1-sums-and-products.laws", include_str!("../derivations/1-sums-and-products.laws")),
    ("2-elementary-functions.laws", include_str!("../derivations/2-elementary-functions.laws")),
    ("3-adjoints.laws", include_str!("../derivations/3-adjoints.laws")),
    ("4-algebra.laws", include_str!("../derivations/4-algebra.laws")),
    ("5-matrices.laws", include_str!("../derivations/5-matrices.laws")),
    ("6-identities.laws", include_str!("../derivations/6-identities.laws")),
    ("7-sums-over-indices.laws", include_str!("../derivations/7-sums-over-indices.laws")),
    ("8-networks.laws", include_str!("../derivations/8-networks.laws")),
    ("9-systems.laws", include_str!("../derivations/9-systems.laws")),
];

/// The book of laws. It cannot fail on the chapters as released: a test reads them. While a chapter is being written, the
/// errors say what is wrong in it, and where.
pub fn book() -> Outcome<Book> {
    of(&CHAPTERS.map(|(name, text)| Source::new(name, text)))
}

/// A book of other chapters.
pub fn of(sources: &[Source]) -> Outcome<Book> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for source in sources {
        match parse::chapter(source) {
            Ok(file) => files.push(file),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { resolve::book(&files) } else { Err(errors) }
}
