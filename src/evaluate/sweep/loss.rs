//! Where the network's own L enters a sweep: the gradient does not begin at the last state alone.

use super::make::{Maker, all_axes, placed, summed};
use super::order::order;
use super::tape::Instruction;
use crate::evaluate::fault::Fault;
use crate::math::derivation::Gain;
use crate::math::expression::{Binder, Mark, Read};
use crate::math::integer::Integer;
use crate::math::jacobian::place_along;
use crate::math::name::Name;
use crate::math::network::Equation;
use std::collections::{BTreeMap, BTreeSet};

/// How L enters.
#[derive(Debug, Default)]
pub(super) struct Loss {
    /// Carries adjoints back through all that is computed after the loop.
    pub after: Vec<Instruction>,
    /// What the steps gain from there.
    pub taps: Vec<Tap>,
    /// The buffers of adjoints that begin with an upstream gradient: 1 for a loss, random for outputs.
    pub whole: Vec<(Name, usize, bool)>,
    /// The same for outputs that are computed step by step.
    pub steps: Vec<(Name, usize)>,
    /// Values that are computed after the loop and read on the way back.
    pub values: Vec<(Name, usize)>,
}

/// What some steps gain from what is computed after the loop.
#[derive(Debug)]
pub(super) struct Tap {
    /// The first and last value of the swept index.
    pub steps: (i64, i64),
    pub code: Vec<Instruction>,
}

impl Maker<'_, '_> {
    /// The code of the way from L to the steps at `places`.
    pub(super) fn loss(&mut self, places: &[i64]) -> Result<Loss, Fault> {
        let network = self.room.network;
        let mut loss = Loss::default();
        let late: BTreeSet<&Name> = self.graph.after.iter().map(|number| &network.equations[*number].target).collect();
        if let Some(name) =
            late.iter().find(|name| network.quantity(name).is_some_and(|own| self.room.step_axis(own).is_some()))
        {
            return Err(Fault::error(format!("`{name}` needs all steps at once, and L needs it"))
                .hint("let the gradient start with a random direction instead"));
        }
        for name in network.seeds() {
            if self.graph.inside.contains(&name) {
                let buffer = self.room.adjoint(&name, 0)?;
                loss.steps.push((name, buffer));
            } else if late.contains(&name) {
                let buffer = self.room.adjoint(&name, 0)?;
                let is_loss = network.loss.as_ref() == Some(&name);
                loss.whole.push((name, buffer, is_loss));
            }
        }
        let sizes = self.room.sizes.clone();
        let instances = order(network, &sizes, &self.graph.after, &[], None)?;
        let known: BTreeSet<Name> = self.room.whole.keys().cloned().collect();
        for (number, fixed) in instances.iter().rev() {
            let equation = &network.equations[*number];
            for gain in self.gains.get(number).copied().unwrap_or_default() {
                let moves = |set: &BTreeSet<Name>| set.contains(&gain.of.quantity);
                if late.contains(&gain.of.quantity) {
                    self.steps = (i64::MIN, i64::MIN);
                    loss.after
                        .extend(self.gain(equation, fixed, gain, false).map_err(|fault| placed(fault, equation))?);
                    self.room.release();
                } else if moves(&self.graph.between) || moves(&self.graph.outward) {
                    loss.taps.extend(self.tap(equation, fixed, gain, places).map_err(|fault| placed(fault, equation))?);
                    self.room.release();
                }
            }
        }
        let values = self.room.whole.iter().filter(|(name, _)| !known.contains(*name) && late.contains(name));
        loss.values = values.map(|(name, buffer)| (name.clone(), *buffer)).collect();
        Ok(loss)
    }

    /// What the steps gain by one reading.
    fn tap(
        &mut self,
        equation: &Equation,
        fixed: &[(Name, i64)],
        gain: &Gain,
        places: &[i64],
    ) -> Result<Option<Tap>, Fault> {
        let index = self.graph.index.clone();
        let place = place_along(self.room.network, &gain.of, &index).unwrap_or_default();
        let ends = (places.iter().min().copied().unwrap_or(0), places.iter().max().copied().unwrap_or(0));
        let binder = place
            .as_name()
            .and_then(|name| gain.sums.iter().chain(&equation.ranges).find(|binder| &binder.index == name).cloned());
        let steps = match &binder {
            Some(binder) => (self.room.number(&binder.low)?.max(ends.0), self.room.number(&binder.high)?.min(ends.1)),
            None => {
                let place = self.room.number(&place).map_err(|_| {
                    Fault::error(format!("`{}` is read at `{place}` along `{index}`", gain.of.quantity))
                        .hint("let the gradient start with a random direction instead")
                })?;
                (place, place)
            }
        };
        if steps.0 > steps.1 || steps.0 < ends.0 || steps.1 > ends.1 {
            return Ok(None);
        }
        self.steps = steps;
        // The letter of the reading is the step.
        let letter = binder.as_ref().map(|binder| binder.index.clone());
        let put: BTreeMap<Name, Integer> =
            letter.iter().map(|letter| (letter.clone(), Integer::name(index.clone()))).collect();
        let other = |binders: &[Binder]| -> Vec<Binder> {
            binders.iter().filter(|binder| Some(&binder.index) != letter.as_ref()).cloned().collect()
        };
        let moved = Gain { of: gain.of.at(&put), term: gain.term.at(&put), sums: other(&gain.sums) };
        let equation = Equation { ranges: other(&equation.ranges), ..equation.clone() };
        let mut lower = self.lower(&equation, fixed, false)?;
        let over = all_axes(&lower);
        let (value, over) = summed(&mut lower, &moved, over)?;
        lower.add_to(&Read { mark: Mark::Adjoint, ..moved.of.clone() }, &value, &over)?;
        Ok(Some(Tap { steps, code: lower.code }))
    }
}
