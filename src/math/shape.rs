//! What a term is: how its payload is shaped, and whether it is a number, an integer or a condition.

use super::integer::Integer;
use super::name::Name;
use std::collections::BTreeMap;
use std::fmt;

/// The payload of a term: what stays after its index axes are read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shape {
    /// A number `[]`, a column vector `[D]`, a matrix `[M, N]`, or more axes.
    Axes(Vec<Integer>),
    /// A row vector `vᵀ`. Rows live inside an expression; no quantity is one.
    Row(Integer),
    /// Any payload at all, under a letter; only the laws of the book speak so.
    Any(Name),
}

/// What values a term takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sort {
    /// Real numbers.
    Real,
    /// Integers made of sizes and indices.
    Integer,
    /// True or false, as in `u > 0`.
    Condition,
}

/// The type of a term. Its free indices are not part of it: they are found by looking.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Type {
    /// The payload.
    pub shape: Shape,
    /// The sort of its entries.
    pub sort: Sort,
}

impl Shape {
    /// The payload of a number.
    pub fn number() -> Self {
        Shape::Axes(Vec::new())
    }

    /// A column vector of `size` entries.
    pub fn vector(size: Integer) -> Self {
        Shape::Axes(vec![size])
    }

    /// A matrix of `rows × columns`.
    pub fn matrix(rows: Integer, columns: Integer) -> Self {
        Shape::Axes(vec![rows, columns])
    }

    /// Whether it is the payload of a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Shape::Axes(axes) if axes.is_empty())
    }

    /// The sizes of its axes; a row has one, an unknown payload none.
    pub fn axes(&self) -> &[Integer] {
        match self {
            Shape::Axes(axes) => axes,
            Shape::Row(size) => std::slice::from_ref(size),
            Shape::Any(_) => &[],
        }
    }

    /// What is left of a payload when its first `count` axes are read at a place.
    pub fn without_leading(&self, count: usize) -> Shape {
        Shape::Axes(self.axes().iter().skip(count).cloned().collect())
    }

    /// How many entries it has.
    pub fn count(&self) -> Integer {
        self.axes().iter().fold(Integer::number(1), |product, axis| product.times(axis))
    }

    /// The payload turned over: columns and rows change places. `None` for more than two axes.
    pub fn transposed(&self) -> Option<Shape> {
        match self {
            Shape::Axes(axes) => match axes.as_slice() {
                [] => Some(self.clone()),
                [size] => Some(Shape::Row(size.clone())),
                [rows, columns] => Some(Shape::matrix(columns.clone(), rows.clone())),
                _ => None,
            },
            Shape::Row(size) => Some(Shape::vector(size.clone())),
            Shape::Any(_) => None,
        }
    }

    /// Puts sizes for names and payloads for letters.
    pub fn substitute(&self, sizes: &BTreeMap<Name, Integer>, payloads: &BTreeMap<Name, Shape>) -> Shape {
        match self {
            Shape::Axes(axes) => Shape::Axes(axes.iter().map(|axis| axis.substitute(sizes)).collect()),
            Shape::Row(size) => Shape::Row(size.substitute(sizes)),
            Shape::Any(letter) => payloads.get(letter).cloned().unwrap_or_else(|| self.clone()),
        }
    }
}

impl Type {
    /// Real entries in this payload.
    pub fn real(shape: Shape) -> Self {
        Type { shape, sort: Sort::Real }
    }

    /// A real number.
    pub fn number() -> Self {
        Type::real(Shape::number())
    }
}

impl fmt::Display for Shape {
    /// For messages: `a number`, `a vector of H`, `a matrix of H × D`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Any(letter) => write!(out, "any payload {letter}"),
            Shape::Row(size) => write!(out, "a row of {size}"),
            Shape::Axes(axes) => match axes.as_slice() {
                [] => out.write_str("a number"),
                [size] => write!(out, "a vector of {size}"),
                [rows, columns] => write!(out, "a matrix of {rows} × {columns}"),
                more => {
                    let sizes: Vec<String> = more.iter().map(Integer::to_string).collect();
                    write!(out, "an array of {}", sizes.join(" × "))
                }
            },
        }
    }
}
