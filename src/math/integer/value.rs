//! What an integer expression is when its names stand for others, or for numbers.

use super::{Atom, Integer};
use crate::math::name::Name;
use std::collections::BTreeMap;

impl Integer {
    /// Puts integers for names, all at once (so `t ↔ s` is a swap).
    pub fn substitute(&self, put: &BTreeMap<Name, Integer>) -> Integer {
        if put.is_empty() || self.as_number().is_some() {
            return self.clone();
        }
        if let Some(name) = self.as_name() {
            return put.get(name).unwrap_or(self).clone();
        }
        let mut result = Integer::default();
        for (monomial, coefficient) in self.terms.iter() {
            // Factors first, divisors last: a divisor that has become a sum is then kept as `a // b`,
            // which is the exact quotient, since sizes must divide.
            let (mut product, mut divisor) = (Integer::number(*coefficient), Integer::number(1));
            for (atom, exponent) in monomial {
                let value = match atom {
                    Atom::Name(name) => put.get(name).cloned().unwrap_or_else(|| Integer::atom(atom.clone())),
                    Atom::FloorDiv(a, b) => {
                        Integer::atom(Atom::FloorDiv(a.substitute(put).into(), b.substitute(put).into()))
                    }
                    Atom::Mod(a, b) => Integer::atom(Atom::Mod(a.substitute(put).into(), b.substitute(put).into())),
                    Atom::Given(name, subscripts) => Integer::atom(Atom::Given(
                        name.clone(),
                        subscripts.iter().map(|subscript| subscript.substitute(put)).collect(),
                    )),
                };
                for _ in 0..exponent.unsigned_abs() {
                    let side = if *exponent > 0 { &mut product } else { &mut divisor };
                    *side = side.times(&value);
                }
            }
            let product = product
                .divided(&divisor)
                .unwrap_or_else(|| Integer::atom(Atom::FloorDiv(product.into(), divisor.into())));
            result = result.plus(&product);
        }
        result
    }

    /// Its value, when `value_of` knows every atom; `None` too when a division does not come out whole.
    pub fn evaluate(&self, value_of: &dyn Fn(&Atom) -> Option<i64>) -> Option<i64> {
        let mut total: i64 = 0;
        for (monomial, coefficient) in self.terms.iter() {
            let (mut top, mut bottom) = (*coefficient, 1i64);
            for (atom, exponent) in monomial {
                let value = match atom {
                    Atom::FloorDiv(a, b) => {
                        let b = b.evaluate(value_of)?;
                        (b != 0).then(|| a.evaluate(value_of).map(|a| floor_div(a, b)))??
                    }
                    Atom::Mod(a, b) => {
                        let b = b.evaluate(value_of)?;
                        (b != 0).then(|| a.evaluate(value_of).map(|a| a - b * floor_div(a, b)))??
                    }
                    other => value_of(other)?,
                };
                for _ in 0..exponent.unsigned_abs() {
                    if *exponent > 0 {
                        top = top.checked_mul(value)?;
                    } else {
                        bottom = bottom.checked_mul(value)?;
                    }
                }
            }
            if bottom == 0 || top % bottom != 0 {
                return None;
            }
            total = total.checked_add(top / bottom)?;
        }
        Some(total)
    }

    /// Its value with sizes and indices looked up by name; given integers are unknown.
    pub fn value(&self, value_of: &dyn Fn(&Name) -> Option<i64>) -> Option<i64> {
        self.evaluate(&|atom| match atom {
            Atom::Name(name) => value_of(name),
            _ => None,
        })
    }
}

fn floor_div(a: i64, b: i64) -> i64 {
    let quotient = a.wrapping_div(b);
    if a.wrapping_rem(b) != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient }
}
