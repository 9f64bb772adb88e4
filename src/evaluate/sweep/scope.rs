//! What letters mean while a term is made into instructions, and which places they stand for.

use super::form::{Axis, AxisId};
use super::lower::Lower;
use super::places::Places;
use crate::evaluate::fault::Fault;
use crate::math::expression::{Binder, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// What an index stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Bind {
    /// All its values, side by side.
    Axis(AxisId),
    /// One value.
    Fixed(i64),
    /// The value of the step.
    Step,
}

impl Lower<'_, '_> {
    pub(super) fn bound(&self, name: &Name) -> Option<&Bind> {
        self.scope.iter().rev().find(|(own, _)| own == name).map(|(_, bind)| bind)
    }

    /// The expression with sizes and indices of one value put in.
    pub(super) fn put(&self, integer: &Integer) -> Integer {
        let mut put = self.room.numbers.clone();
        for name in integer.names() {
            match self.bound(&name) {
                Some(Bind::Fixed(value)) => put.insert(name, Integer::number(*value)),
                Some(Bind::Step) if self.steps.0 == self.steps.1 => put.insert(name, Integer::number(self.steps.0)),
                Some(_) => put.remove(&name),
                None => None,
            };
        }
        integer.substitute(&put)
    }

    /// A new axis; it is a letter only once it is in the scope.
    pub(super) fn axis(&mut self, name: &Name, low: i64, count: usize) -> AxisId {
        self.axes.push(Axis { low, count });
        self.names.push(name.clone());
        self.axes.len() - 1
    }

    /// Gives an index all its values.
    pub(super) fn open(&mut self, binder: &Binder) -> Result<AxisId, Fault> {
        let (low, count) = self.room.range(binder)?;
        let axis = self.axis(&binder.index, low, count);
        self.scope.push((binder.index.clone(), Bind::Axis(axis)));
        Ok(axis)
    }

    /// `base + Σ coefficient · index`, if the expression is that and the step does not occur.
    pub(super) fn affine(&self, integer: &Integer) -> Option<(i64, Vec<(AxisId, i64)>)> {
        let (mut rest, mut terms) = (self.put(integer), Vec::new());
        for name in rest.names() {
            let Some(Bind::Axis(axis)) = self.bound(&name) else { return None };
            let (coefficient, without) = rest.linear_in(&name)?;
            terms.push((*axis, coefficient));
            rest = without;
        }
        Some((rest.as_number()?, terms))
    }

    /// The smallest and largest value of `base + Σ coefficient · index`.
    pub(super) fn span(&self, base: i64, terms: &[(AxisId, i64)]) -> (i64, i64) {
        terms.iter().fold((base, base), |(least, most), (axis, coefficient)| {
            let axis = self.axes[*axis];
            let ends = [coefficient * axis.low, coefficient * (axis.low + axis.count as i64 - 1)];
            (least + ends[0].min(ends[1]), most + ends[0].max(ends[1]))
        })
    }

    /// How far a place is from the step, if it is a fixed number of steps away.
    pub(super) fn shift(&self, place: &Integer) -> Option<i64> {
        let place = self.put(place);
        if self.steps.0 == self.steps.1 {
            return Some(place.as_number()? - self.steps.0);
        }
        let step = self.scope.iter().find(|(_, bind)| *bind == Bind::Step).map(|(name, _)| name)?;
        match place.linear_in(step)? {
            (1, rest) => rest.as_number(),
            _ => None,
        }
    }

    /// Whether a place lies in a range for all values of its letters.
    pub(super) fn within(&self, place: &Integer, range: &Binder) -> Option<bool> {
        let (low, high) = (self.room.number(&range.low).ok()?, self.room.number(&range.high).ok()?);
        let (least, most) = match self.affine(place) {
            Some((base, terms)) => self.span(base, &terms),
            None => {
                let shift = self.shift(place)?;
                (self.steps.0 + shift, self.steps.1 + shift)
            }
        };
        Some(low <= least && most <= high)
    }

    /// Whether all that a term reads is computed at this step, or kept from others.
    pub(super) fn at_hand(&self, term: &Term) -> bool {
        term.reads().iter().all(|read| {
            let Some(quantity) = self.room.network.quantity(&read.quantity) else { return false };
            match (self.room.inside.contains(&read.quantity), self.room.step_axis(quantity)) {
                (true, Some(axis)) => read
                    .places()
                    .and_then(|places| places.get(axis).map(|place| self.shift(place)))
                    .flatten()
                    .is_some_and(|shift| shift == 0 || self.room.values.contains_key(&(read.quantity.clone(), shift))),
                _ => true,
            }
        })
    }

    /// The axes of the letters in an expression.
    pub(super) fn axes_of(&self, integer: &Integer, found: &mut BTreeSet<AxisId>) {
        for name in integer.names() {
            if let Some(Bind::Axis(axis)) = self.bound(&name) {
                found.insert(*axis);
            }
        }
    }

    /// Places for expressions that are not affine or leave their range: over these axes, with these subscripts.
    pub(super) fn places(
        &mut self,
        axes: &[AxisId],
        subscripts: Vec<(Integer, i64, usize, usize)>,
    ) -> Result<Places, Fault> {
        let named = axes.iter().map(|axis| (self.names[*axis].clone(), self.axes[*axis])).collect();
        let (mut given, mut step) = (BTreeMap::new(), None);
        for (integer, ..) in &subscripts {
            for name in integer.names() {
                match self.bound(&name) {
                    Some(Bind::Step) => step = Some(name),
                    Some(Bind::Axis(axis)) if axes.contains(axis) => {}
                    _ if axes.iter().any(|axis| self.names[*axis] == name) => {}
                    _ => return Err(Fault::error(format!("`{name}` has no value here"))),
                }
            }
            for name in given_names(integer) {
                given.insert(name.clone(), self.room.given(&name)?);
            }
        }
        Ok(Places::new(named, subscripts, step, given))
    }
}

/// The given quantities in an expression.
pub(super) fn given_names(integer: &Integer) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut open = vec![integer.clone()];
    while let Some(integer) = open.pop() {
        for (_, atoms) in integer.summands() {
            for (atom, _) in atoms {
                match atom {
                    Atom::Given(name, places) => {
                        found.insert(name.clone());
                        open.extend(places.iter().cloned());
                    }
                    Atom::FloorDiv(a, b) | Atom::Mod(a, b) => open.extend([(**a).clone(), (**b).clone()]),
                    Atom::Name(_) => {}
                }
            }
        }
    }
    found
}
