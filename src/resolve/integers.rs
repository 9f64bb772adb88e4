//! Integer expressions: sizes, ranges, subscripts. And the exact arithmetic of written constants.

use super::collect::whole;
use super::world::World;
use crate::math::expression::Binder;
use crate::math::integer::{Atom, Integer};
use crate::math::name::{Name, nearest};
use crate::math::number::{self, Rational};
use crate::math::source::{Diagnostic, Span};
use crate::math::syntax::{Expression, ProductOperator, Written};
use num_traits::Zero;
use std::collections::BTreeMap;

/// An integer expression; `leaf` says what names and readings are.
pub fn integer(
    written: &Written,
    leaf: &mut dyn FnMut(&Written) -> Result<Integer, Diagnostic>,
) -> Result<Integer, Diagnostic> {
    match &written.node {
        Expression::Number(value) => whole(value).map(Integer::number).ok_or_else(|| {
            Diagnostic::error(format!("`{}` is not a whole number", written.span.text()))
                .at(&written.span, "sizes and subscripts are whole numbers")
        }),
        Expression::Negate(inside) => Ok(integer(inside, leaf)?.scaled(-1)),
        Expression::Sum(parts) => {
            let mut total = Integer::number(0);
            for (subtracted, part) in parts {
                let value = integer(part, leaf)?;
                total = if *subtracted { total.minus(&value) } else { total.plus(&value) };
            }
            Ok(total)
        }
        Expression::Product(parts) => {
            let mut result = integer(&parts[0].1, leaf)?;
            for (operator, part) in &parts[1..] {
                let value = integer(part, leaf)?;
                let nonzero = |value: Integer| {
                    if value.as_number() == Some(0) {
                        Err(Diagnostic::error("division by zero").at(&part.span, "this is 0"))
                    } else {
                        Ok(value)
                    }
                };
                result = match operator {
                    ProductOperator::Times => result.times(&value),
                    ProductOperator::Divide => {
                        let value = nonzero(value)?;
                        result.divided(&value).ok_or_else(|| {
                            Diagnostic::error(format!("{result} does not divide by {value}"))
                                .at(&written.span, "a size or subscript must come out whole")
                                .hint("`//` divides and rounds down")
                        })?
                    }
                    ProductOperator::FloorDivide => {
                        Integer::atom(Atom::FloorDiv(result.into(), nonzero(value)?.into()))
                    }
                    ProductOperator::Remainder => Integer::atom(Atom::Mod(result.into(), nonzero(value)?.into())),
                    ProductOperator::MatMul => {
                        return Err(Diagnostic::error("`@` multiplies matrices, not integers")
                            .at(&written.span, "must be an integer"));
                    }
                };
            }
            Ok(result)
        }
        _ => leaf(written),
    }
}

/// An integer expression of sizes alone.
pub fn of_sizes(world: &World<'_>, written: &Written) -> Result<Integer, Diagnostic> {
    integer(written, &mut |leaf| match &leaf.node {
        Expression::Name(name) => match world.size(name) {
            Some(size) => {
                world.note_use(name);
                Ok(size)
            }
            None => Err(not_a_size(world, name, &leaf.span)),
        },
        _ => Err(Diagnostic::error("a size is made of sizes and whole numbers").at(&leaf.span, "no size")),
    })
}

fn not_a_size(world: &World<'_>, name: &Name, span: &Span) -> Diagnostic {
    if let Some((_, place)) = world.indices.get(name) {
        return Diagnostic::error(format!("`{name}` is an index, not a size"))
            .at(span, "must be a size")
            .at(place, "declared as an index here")
            .hint("indices stand in brackets, sizes after the colon: `x[t] : D`");
    }
    if let Some(place) = world.places.get(name) {
        return Diagnostic::error(format!("`{name}` is not a size"))
            .at(span, "must be a size")
            .at(place, "declared here");
    }
    let error = Diagnostic::error(format!("unknown size `{name}`")).at(span, "not declared");
    match nearest(name.as_str(), world.sizes.keys().map(Name::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`? A new size is declared with `size {name}`")),
        None => error.hint(format!("declare it: `size {name}`")),
    }
}

/// All names in an expression of sizes and indices.
pub fn names(written: &Written) -> Vec<Name> {
    let mut found = Vec::new();
    let _ = integer(written, &mut |leaf| {
        if let Expression::Name(name) = &leaf.node {
            found.push(name.clone());
        }
        Ok(Integer::number(1))
    });
    found
}

/// The value of a constant: numbers joined by `+ - * / ^`.
pub fn rational(written: &Written) -> Result<Rational, Diagnostic> {
    let wrong = || {
        Diagnostic::error("a constant is a number, or a list of numbers")
            .at(&written.span, "cannot be worked out here")
            .hint("numbers may be joined by `+ - * /` and whole powers")
    };
    match &written.node {
        Expression::Number(value) => Ok(value.clone()),
        Expression::Negate(inside) => Ok(-rational(inside)?),
        Expression::Sum(parts) => parts.iter().try_fold(number::whole(0), |total, (subtracted, part)| {
            let value = rational(part)?;
            Ok(if *subtracted { total - value } else { total + value })
        }),
        Expression::Product(parts) => {
            let mut result = rational(&parts[0].1)?;
            for (operator, part) in &parts[1..] {
                let value = rational(part)?;
                match operator {
                    ProductOperator::Times => result *= value,
                    ProductOperator::Divide if value.is_zero() => {
                        return Err(Diagnostic::error("division by zero").at(&part.span, "this is 0"));
                    }
                    ProductOperator::Divide => result /= value,
                    _ => return Err(wrong()),
                }
            }
            Ok(result)
        }
        Expression::Power(base, exponent) => {
            let (base, exponent) = (rational(base)?, rational(exponent)?);
            let exponent =
                whole(&exponent).and_then(|n| i32::try_from(n).ok()).filter(|n| n.abs() <= 64).ok_or_else(wrong)?;
            if base.is_zero() && exponent < 0 {
                return Err(wrong());
            }
            Ok(num_traits::Pow::pow(base, exponent))
        }
        _ => Err(wrong()),
    }
}

/// The least and the largest value over the ranges of indices; `None` where an index stands other than linearly.
pub fn bounds(place: &Integer, ranges: &[Binder]) -> Option<(Integer, Integer)> {
    let (mut least, mut largest) = (place.clone(), place.clone());
    // Inner ranges may depend on outer indices, so the innermost goes first.
    for range in ranges.iter().rev() {
        least = extreme(&least, range, true)?;
        largest = extreme(&largest, range, false)?;
    }
    Some((least, largest))
}

fn extreme(place: &Integer, range: &Binder, least: bool) -> Option<Integer> {
    if !place.names().contains(&range.index) {
        return Some(place.clone());
    }
    let (coefficient, _) = place.linear_in(&range.index)?;
    let end = if (coefficient > 0) == least { &range.low } else { &range.high };
    Some(place.substitute(&BTreeMap::from([(range.index.clone(), end.clone())])))
}

/// Whether `value ≥ 0` for all sizes from 1 on; `None` when that cannot be told.
pub fn never_negative(value: &Integer, world: &World<'_>) -> Option<bool> {
    let numbers: BTreeMap<Name, Integer> = value
        .names()
        .into_iter()
        .filter_map(|name| world.sizes.get(&name)?.number.map(|number| (name, Integer::number(number))))
        .collect();
    let value = value.substitute(&numbers);
    // Put 1 + s for every size s: if no coefficient is negative then, the value never is.
    let shifted: BTreeMap<Name, Integer> =
        value.names().into_iter().map(|name| (name.clone(), Integer::name(name).offset(1))).collect();
    let shifted = value.substitute(&shifted);
    let mut good = true;
    for (coefficient, atoms) in shifted.summands() {
        if atoms.iter().any(|(atom, exponent)| !matches!(atom, Atom::Name(_)) || *exponent < 0) {
            return None;
        }
        good &= coefficient >= 0;
    }
    Some(good)
}

/// The number of entries from `low` to `high`.
pub fn count(low: &Integer, high: &Integer) -> Integer {
    high.minus(low).offset(1)
}
