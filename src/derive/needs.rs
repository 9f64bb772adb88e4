//! What steps rely on beside their laws: the conditions on signs, each with why it holds where the law was used.

use super::matching::{Bindings, is_presupposed};
use super::signs::Signs;
use crate::math::derivation::{Derivation, Need, Reason, Step};
use crate::math::expression::Term;
use crate::math::law::{Book, Condition, Law};
use crate::math::network::Network;

/// What is known where steps are told.
pub struct Ground<'a> {
    /// The laws.
    pub book: &'a Book,
    /// What is known of signs.
    pub signs: Signs,
    /// The network, if the steps are about one.
    pub network: Option<&'a Network>,
}

/// Tells all steps of a derivation what they need.
pub fn tell(derivation: &mut Derivation, book: &Book) {
    let ground = Ground { book, signs: Signs::of(&derivation.network, book), network: Some(&derivation.network) };
    for chain in &mut derivation.chains {
        ground.tell(&chain.start, &mut chain.steps);
    }
}

impl Ground<'_> {
    /// Tells the steps that lead on from `start` what they need.
    pub fn tell(&self, start: &Term, steps: &mut [Step]) {
        let mut before = start.clone();
        for step in steps {
            if let Reason::Law { name, reversed } = &step.reason
                && let Some(law) = self.book.law(name.as_str())
                && law.conditions.iter().any(|condition| is_asked(law, condition))
            {
                step.needs = self.needs(law, *reversed, &before, step);
            }
            self.tell(&before, &mut step.substeps);
            before.clone_from(&step.after);
        }
    }

    fn needs(&self, law: &Law, reversed: bool, before: &Term, step: &Step) -> Vec<Need> {
        let mut found: Vec<Need> = Vec::new();
        for place in &step.places {
            let (Some(old), Some(new)) = (before.subterm(place), step.after.subterm(place)) else { continue };
            let (left, right) = if reversed { (new, old) } else { (old, new) };
            let mut bindings = Bindings::default();
            if !bindings.bind(&law.left, left) || !bindings.bind(&law.right, right) {
                continue;
            }
            for condition in law.conditions.iter().filter(|condition| is_asked(law, condition)) {
                found.extend(self.need(condition, &bindings).filter(|need| !found.contains(need)));
            }
        }
        found
    }

    /// The condition with terms for its letters; none where it speaks of a number, which can be seen to meet it.
    fn need(&self, condition: &Condition, bindings: &Bindings) -> Option<Need> {
        let (Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term)) = condition else {
            return None;
        };
        let term = bindings.instantiate(term).filter(|term| term.as_number().is_none())?;
        let because = self.signs.because(&term, self.network).into_iter().collect();
        let condition = match condition {
            Condition::NonZero(_) => Condition::NonZero(term),
            Condition::Positive(_) => Condition::Positive(term),
            _ => Condition::NonNegative(term),
        };
        Some(Need { condition, because })
    }
}

/// Whether a condition is about signs, and says more than that the line has a meaning.
fn is_asked(law: &Law, condition: &Condition) -> bool {
    matches!(condition, Condition::NonZero(_) | Condition::Positive(_) | Condition::NonNegative(_))
        && !is_presupposed(law, condition)
}
