//! What a case asks of the answers: comparisons of numbers that are measured in them.

use super::measure::{Argument, measure};
use crate::math::expression::Relation;
use crate::math::number;
use crate::math::source::Diagnostic;
use crate::math::statement::{Answer, Found};
use crate::math::syntax::{Argument as WrittenArgument, Call, Expression, ProductOperator, Written};
use std::collections::BTreeMap;

type Answers<'a> = BTreeMap<&'a str, Answer>;

/// Whether a condition holds, and the numbers on which that rests.
pub fn holds(written: &Written, answers: &Answers<'_>) -> Result<Found, Diagnostic> {
    let mut reader = Reader { answers, numbers: Vec::new(), exact: true };
    let holds = reader.truth(written)?;
    Ok(Found { holds, exact: reader.exact && !reader.numbers.is_empty(), numbers: reader.numbers })
}

struct Reader<'a> {
    answers: &'a Answers<'a>,
    numbers: Vec<(String, f64)>,
    exact: bool,
}

impl Reader<'_> {
    fn truth(&mut self, written: &Written) -> Result<bool, Diagnostic> {
        match &written.node {
            Expression::Chain(operands, relations) => {
                let values = operands.iter().map(|operand| self.number(operand)).collect::<Result<Vec<_>, _>>()?;
                // What is no number is neither less nor more.
                Ok(values.windows(2).zip(relations).all(|(pair, relation)| match relation {
                    Relation::Equal => pair[0] == pair[1],
                    Relation::NotEqual => pair[0] != pair[1],
                    Relation::Less => pair[0] < pair[1],
                    Relation::LessEqual => pair[0] <= pair[1],
                    Relation::Greater => pair[0] > pair[1],
                    Relation::GreaterEqual => pair[0] >= pair[1],
                }))
            }
            // All are evaluated, so that all numbers are told.
            Expression::And(parts) => Ok(self.truths(parts)?.into_iter().all(|holds| holds)),
            Expression::Or(parts) => Ok(self.truths(parts)?.into_iter().any(|holds| holds)),
            Expression::Not(part) => Ok(!self.truth(part)?),
            Expression::Call(call) => match self.call(call, written)? {
                0.0 => Ok(false),
                1.0 => Ok(true),
                _ => Err(strange(written, "this is a number, not a condition")),
            },
            _ => Err(strange(written, "a condition compares numbers")),
        }
    }

    fn truths(&mut self, parts: &[Written]) -> Result<Vec<bool>, Diagnostic> {
        parts.iter().map(|part| self.truth(part)).collect()
    }

    fn number(&mut self, written: &Written) -> Result<f64, Diagnostic> {
        match &written.node {
            Expression::Number(value) => Ok(number::to_f64(value)),
            Expression::Name(name) if matches!(name.as_str(), "pi" | "π") => Ok(std::f64::consts::PI),
            Expression::Negate(inner) => Ok(-self.number(inner)?),
            Expression::Sum(parts) => {
                let mut sum = 0.0;
                for (subtracted, part) in parts {
                    let value = self.number(part)?;
                    sum += if *subtracted { -value } else { value };
                }
                Ok(sum)
            }
            Expression::Product(parts) => {
                let mut product = 1.0;
                for (position, (operator, part)) in parts.iter().enumerate() {
                    let value = self.number(part)?;
                    match operator {
                        ProductOperator::Divide if position > 0 => product /= value,
                        ProductOperator::Times | ProductOperator::Divide => product *= value,
                        _ if position == 0 => product *= value,
                        _ => return Err(strange(part, "numbers are multiplied and divided only")),
                    }
                }
                Ok(product)
            }
            Expression::Power(base, exponent) => Ok(libm::pow(self.number(base)?, self.number(exponent)?)),
            Expression::Call(call) => self.call(call, written),
            _ => Err(strange(written, "this is no number here")),
        }
    }

    /// A function of numbers, or a measure of an answer.
    fn call(&mut self, call: &Call, written: &Written) -> Result<f64, Diagnostic> {
        let parts: Vec<&Written> = call
            .arguments
            .iter()
            .map(|argument| match argument {
                WrittenArgument::Term(term) => Ok(term),
                WrittenArgument::Shape(_) => Err(strange(written, "a shape means nothing here")),
            })
            .collect::<Result<_, _>>()?;
        let function = call.function.node.as_str();
        let plain = match (function, parts.as_slice()) {
            ("abs", [one]) => Some(self.number(one)?.abs()),
            ("exp", [one]) => Some(libm::exp(self.number(one)?)),
            ("log", [one]) => Some(libm::log(self.number(one)?)),
            ("sqrt", [one]) => Some(libm::sqrt(self.number(one)?)),
            _ => None,
        };
        if let Some(value) = plain {
            return Ok(value);
        }
        let Some((Expression::Name(run), rest)) = parts.split_first().map(|(first, rest)| (&first.node, rest)) else {
            return Err(strange(written, "a measure takes the name of a run first, as in gain(a)"));
        };
        let Some(answer) = self.answers.get(run.as_str()) else {
            return Err(strange(parts[0], "no run of this case is called so"));
        };
        let arguments = rest.iter().map(|part| match &part.node {
            Expression::Name(name) => Ok(Argument::Name(name.clone())),
            _ => self.number(part).map(Argument::Number),
        });
        let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
        let measured = measure(function, answer, &arguments).map_err(|reason| strange(written, &reason))?;
        self.exact &= measured.exact;
        let asked = (written.span.text().split_whitespace().collect::<Vec<_>>().join(" "), measured.value);
        if !self.numbers.iter().any(|(known, _)| *known == asked.0) {
            self.numbers.push(asked);
        }
        Ok(measured.value)
    }
}

fn strange(written: &Written, reason: &str) -> Diagnostic {
    Diagnostic::error(format!("`{}`: {reason}", written.span.text())).at(&written.span, "")
}
