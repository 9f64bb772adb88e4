//! How integer expressions are spelled in the language.

use super::{Atom, Integer};
use std::fmt;

impl fmt::Display for Integer {
    /// As in the language: `t-1`, `2*H`, `D/M`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.terms.is_empty() {
            return out.write_str("0");
        }
        for (position, (coefficient, atoms)) in self.summands().into_iter().enumerate() {
            match (position, coefficient < 0) {
                (0, true) => out.write_str("-")?,
                (0, false) => {}
                (_, true) => out.write_str("-")?,
                (_, false) => out.write_str("+")?,
            }
            let mut factors: Vec<String> = Vec::new();
            if coefficient.abs() != 1 || atoms.iter().all(|(_, exponent)| *exponent < 0) {
                factors.push(coefficient.abs().to_string());
            }
            let mut divisors = String::new();
            for (atom, exponent) in &atoms {
                for _ in 0..exponent.unsigned_abs() {
                    if *exponent > 0 {
                        factors.push(atom.to_string());
                    } else {
                        divisors.push('/');
                        divisors.push_str(&atom.to_string());
                    }
                }
            }
            write!(out, "{}{}", factors.join("*"), divisors)?;
        }
        Ok(())
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Atom::Name(name) => write!(out, "{name}"),
            Atom::FloorDiv(a, b) => write!(out, "({a})//({b})"),
            Atom::Mod(a, b) => write!(out, "({a})%({b})"),
            Atom::Given(name, subscripts) => {
                let subscripts: Vec<String> = subscripts.iter().map(Integer::to_string).collect();
                write!(out, "{name}[{}]", subscripts.join(","))
            }
        }
    }
}
