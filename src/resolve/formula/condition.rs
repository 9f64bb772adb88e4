//! What a law asks of its letters and indices.

use super::{Scope, Typed};
use crate::math::expression::Relation;
use crate::math::law::Condition;
use crate::math::number;
use crate::math::source::{Diagnostic, SpannedName};
use crate::math::syntax::{Expression, Written};

/// What stands for the equation at hand in a condition.
const EQUATION: &str = "equation";

impl Scope<'_> {
    /// What stands after `when`: a letter, or a term, compared with 0.
    pub fn condition(&self, written: &Written) -> Typed<Condition> {
        let wrong = || {
            Diagnostic::error("a condition compares a term with 0")
                .at(&written.span, "not such a comparison")
                .hint("write `u ≠ 0`, `u > 0` or `u ≥ 0`")
        };
        let Expression::Chain(operands, relations) = &written.node else { return Err(wrong()) };
        let ([left, right], [relation]) = (operands.as_slice(), relations.as_slice()) else { return Err(wrong()) };
        if !matches!(&right.node, Expression::Number(value) if number::is_zero(value)) {
            return Err(wrong());
        }
        let term = self.term(left)?;
        match relation {
            Relation::NotEqual => Ok(Condition::NonZero(term)),
            Relation::Greater => Ok(Condition::Positive(term)),
            Relation::GreaterEqual => Ok(Condition::NonNegative(term)),
            _ => Err(wrong()),
        }
    }

    /// `s not in g`, `s in equation`, `s not in equation`.
    pub fn index_condition(&self, index: &SpannedName, present: bool, place: &SpannedName) -> Typed<Condition> {
        if !self.indices.borrow().contains(&index.node) {
            return Err(Diagnostic::error(format!("`{}` is no index of this law", index.node))
                .at(&index.span, "here")
                .hint("declare it with `let s : index`, and bind it in the law: `sum[s](u)`"));
        }
        let name = index.node.clone();
        match (place.node.as_str(), present) {
            (EQUATION, true) => Ok(Condition::Within(name)),
            (EQUATION, false) => Ok(Condition::Outside(name)),
            (_, false) if self.used.borrow().contains_key(&place.node) => {
                Ok(Condition::Absent(name, place.node.clone()))
            }
            (_, false) => {
                Err(Diagnostic::error(format!("the law has no letter `{}`", place.node)).at(&place.span, "here"))
            }
            (_, true) => Err(Diagnostic::error("every letter may depend on every index")
                .at(&place.span, "no condition")
                .hint("a condition is `s not in u`, `s in equation` or `s not in equation`")),
        }
    }
}
