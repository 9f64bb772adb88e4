//! Derivatives of states a known number of steps apart, written out. A value moves nothing that was computed before it: so
//! going from step to step ends, and nothing is left that goes round in a circle.

use super::system::System;
use crate::math::expression::{Binder, Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::number;

/// More steps than this are not taken.
const STEPS: usize = 64;
/// Terms with more operations than this are left as they are.
const LARGEST: usize = 4_000;

impl System<'_> {
    /// A term in which derivatives between values a known number of steps apart are written out.
    pub fn stepped(&self, term: &Term, scope: &[Binder]) -> Term {
        let mut found = term.clone();
        for _ in 0..STEPS {
            found = found.map(&mut |part| match part.as_read().and_then(|read| self.steps(read)) {
                Some(true) => Term::number(number::whole(0)).fill(part.shape()),
                _ => part,
            });
            match self.once(&found, scope, &|read| self.steps(read) == Some(false)) {
                Some((next, true)) if next.size() <= LARGEST => found = next,
                Some((_, false)) => return found,
                _ => break,
            }
        }
        term.clone()
    }

    /// Whether a reading is that of a derivative by something that comes later; `None` where that is not known, or where it is
    /// the derivative of a loss.
    fn steps(&self, read: &Read) -> Option<bool> {
        let derivative = self.derivative(&read.quantity)?;
        let of = derivative.of.as_ref().filter(|of| self.group.base.loss.as_ref() != Some(of))?;
        let parts = &self.calculus.parts;
        let (of, by) = (parts.quantity(of)?, parts.quantity(&derivative.by)?);
        let places: Vec<Integer> = read.places()?.into_iter().cloned().collect();
        let (at, from) = places.split_at_checked(of.axes.len())?;
        self.calculus.lags().is_before((of, at), (by, from))
    }
}

/// Whether a term has no derivatives left.
pub fn is_plain(system: &System, term: &Term) -> bool {
    let mut plain = true;
    term.walk(&mut |part| {
        if let Op::Read(read) = part.op() {
            plain &= system.derivative(&read.quantity).is_none();
        }
    });
    plain
}
