//! The typing rules: which arguments an operation takes and what comes out.

use super::expression::{LetterKind, Op, Relation};
use super::shape::{Shape, Sort, Type};
use std::fmt;

/// Why a term has no type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// In words, with both types where two do not agree.
    pub reason: String,
    /// What to try, if something is likely.
    pub hint: Option<String>,
}

impl Mismatch {
    fn new(reason: String) -> Self {
        Mismatch { reason, hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.reason)
    }
}

/// The type of `op` on arguments of these types.
pub fn type_of(op: &Op, args: &[&Type]) -> Result<Type, Mismatch> {
    let shape = |position: usize| -> Result<&Shape, Mismatch> {
        args.get(position).map(|ty| &ty.shape).ok_or_else(|| Mismatch::new("an argument is missing".into()))
    };
    let real = |shape: Shape| Ok(Type::real(shape));
    match op {
        Op::Number(_) | Op::Integer(_) => Ok(Type::number()),
        Op::Read(read) => real(read.shape.clone()),
        Op::Letter(letter) => Ok(Type {
            shape: letter.shape.clone(),
            sort: if letter.kind == LetterKind::Condition { Sort::Condition } else { Sort::Real },
        }),
        Op::Fill(over) => {
            numeric(args)?;
            if shape(0)?.is_number() {
                real(over.clone())
            } else {
                Err(Mismatch::new(format!("only a number can be stretched, this is {}", shape(0)?)))
            }
        }
        Op::Neg | Op::Differential => {
            numeric(args)?;
            real(shape(0)?.clone())
        }
        Op::Add => real(equal(args, "added")?),
        Op::Mul => real(
            equal(args, "multiplied entry by entry")
                .map_err(|mismatch| mismatch.hint("`*` works entry by entry; the matrix product is `@`"))?,
        ),
        Op::Div => real(equal(args, "divided entry by entry")?),
        Op::Apply(_) => real(equal(args, "put into one function")?),
        Op::Power => {
            numeric(args)?;
            if shape(1)?.is_number() {
                real(shape(0)?.clone())
            } else {
                Err(Mismatch::new(format!("an exponent must be a number, this is {}", shape(1)?)))
            }
        }
        Op::MatMul => {
            numeric(args)?;
            real(product(shape(0)?, shape(1)?)?)
        }
        Op::Transpose => {
            numeric(args)?;
            let turned = shape(0)?.transposed();
            turned.map(Type::real).ok_or_else(|| {
                Mismatch::new(format!("{} has no transpose", shape(0).map_or(String::new(), Shape::to_string)))
            })
        }
        Op::Total => {
            numeric(args)?;
            real(Shape::number())
        }
        Op::Reduce(..) => real(shape(0)?.clone()),
        Op::Where => {
            let branches = equal(&args[1..], "the two branches of `where`")?;
            let condition = args[0];
            if condition.sort != Sort::Condition {
                return Err(Mismatch::new("the first argument of `where` must be a condition".into())
                    .hint("write a comparison, such as `u > 0`"));
            }
            if condition.shape.is_number() || condition.shape == branches {
                real(branches)
            } else {
                Err(Mismatch::new(format!("the condition is {}, the branches are {branches}", condition.shape)))
            }
        }
        Op::Compare(relation) => {
            let shape = equal(
                args,
                match relation {
                    Relation::Equal | Relation::NotEqual => "compared",
                    _ => "compared by size",
                },
            )?;
            Ok(Type { shape, sort: Sort::Condition })
        }
        Op::And | Op::Or | Op::Not => {
            if args.iter().any(|ty| ty.sort != Sort::Condition) {
                return Err(Mismatch::new("`and`, `or` and `not` take conditions".into()));
            }
            Ok(Type { shape: shape(0)?.clone(), sort: Sort::Condition })
        }
        Op::Concat => match (shape(0)?, shape(1)?) {
            (Shape::Axes(a), Shape::Axes(b)) if !a.is_empty() && a.len() == b.len() && a[1..] == b[1..] => {
                let mut axes = a.clone();
                axes[0] = a[0].plus(&b[0]);
                real(Shape::Axes(axes))
            }
            (a, b) => Err(Mismatch::new(format!("{a} and {b} cannot stand one after the other"))),
        },
        Op::Slice(low, high) => match shape(0)? {
            Shape::Axes(axes) if !axes.is_empty() => {
                numeric(args)?;
                let mut axes = axes.clone();
                axes[0] = high.minus(low).offset(1);
                real(Shape::Axes(axes))
            }
            other => Err(Mismatch::new(format!("a slice is taken of an axis, this is {other}"))),
        },
        Op::Reshape(to) => {
            // How many entries a payload under a letter has is known once the letter stands for one.
            let open = |shape: &Shape| matches!(shape, Shape::Any(_));
            if open(to) || open(shape(0)?) || to.count() == shape(0)?.count() {
                real(to.clone())
            } else {
                Err(Mismatch::new(format!("{} does not have as many entries as {to}", shape(0)?)))
            }
        }
        Op::Diag => match shape(0)? {
            Shape::Axes(axes) if axes.len() == 1 => real(Shape::matrix(axes[0].clone(), axes[0].clone())),
            other => Err(Mismatch::new(format!("`diag` takes a vector, this is {other}"))),
        },
        Op::Diagonal => match shape(0)? {
            Shape::Axes(axes) if axes.len() == 2 && axes[0] == axes[1] => real(Shape::vector(axes[0].clone())),
            other => Err(Mismatch::new(format!("only a square matrix has a diagonal, this is {other}"))),
        },
        Op::Eye(size) => real(Shape::matrix(size.clone(), size.clone())),
        Op::Pair => {
            equal(args, "paired")?;
            real(Shape::number())
        }
    }
}

/// Conditions take no part in arithmetic.
fn numeric(args: &[&Type]) -> Result<(), Mismatch> {
    match args.iter().find(|ty| ty.sort == Sort::Condition) {
        Some(_) => Err(Mismatch::new("a condition is not a number".into())
            .hint("choose between two numbers with `where(condition, u, v)`")),
        None => Ok(()),
    }
}

/// The one payload that all arguments have.
fn equal(args: &[&Type], doing: &str) -> Result<Shape, Mismatch> {
    numeric(args)?;
    let first = &args.first().ok_or_else(|| Mismatch::new("an argument is missing".into()))?.shape;
    match args.iter().find(|ty| &ty.shape != first) {
        None => Ok(first.clone()),
        Some(other) => Err(Mismatch::new(format!("{first} and {} cannot be {doing}", other.shape))),
    }
}

/// The payload of a matrix product.
fn product(left: &Shape, right: &Shape) -> Result<Shape, Mismatch> {
    let disagree = |inner: &super::integer::Integer, other: &super::integer::Integer| {
        Mismatch::new(format!("{left} times {right}: the inner sizes {inner} and {other} do not agree"))
            .hint("the left one needs as many columns as the right one has rows; `^T` exchanges rows and columns")
    };
    let axes = |shape: &Shape| match shape {
        Shape::Axes(axes) => Some(axes.clone()),
        _ => None,
    };
    match (left, right) {
        (Shape::Row(inner), Shape::Axes(b)) if b.len() == 1 => {
            if inner == &b[0] {
                Ok(Shape::number())
            } else {
                Err(disagree(inner, &b[0]))
            }
        }
        (Shape::Row(inner), Shape::Axes(b)) if b.len() == 2 => {
            if inner == &b[0] {
                Ok(Shape::Row(b[1].clone()))
            } else {
                Err(disagree(inner, &b[0]))
            }
        }
        (Shape::Axes(a), Shape::Row(columns)) if a.len() == 1 => Ok(Shape::matrix(a[0].clone(), columns.clone())),
        _ => match (axes(left).as_deref(), axes(right).as_deref()) {
            (Some([rows, inner]), Some([other])) => {
                if inner == other {
                    Ok(Shape::vector(rows.clone()))
                } else {
                    Err(disagree(inner, other))
                }
            }
            (Some([rows, inner]), Some([other, columns])) => {
                if inner == other {
                    Ok(Shape::matrix(rows.clone(), columns.clone()))
                } else {
                    Err(disagree(inner, other))
                }
            }
            (Some([_]), Some([_])) => {
                Err(Mismatch::new(format!("the product of two vectors is ambiguous: {left} times {right}"))
                    .hint("`u^T @ v` is a number, `u @ v^T` a matrix, `u * v` works entry by entry"))
            }
            (Some([]), _) | (_, Some([])) => {
                Err(Mismatch::new(format!("{left} times {right}: `@` multiplies matrices and vectors"))
                    .hint("a number scales with `*`"))
            }
            _ => Err(Mismatch::new(format!("{left} and {right} have no matrix product"))),
        },
    }
}
