//! Equations and gains of a step made into the code of a phase.

use super::form::{AxisId, Form};
use super::graph::Graph;
use super::lower::Lower;
use super::order::Instance;
use super::phase::{Contribution, Slope, Value};
use super::room::Room;
use super::scope::Bind;
use super::tape::Instruction;
use crate::evaluate::fault::Fault;
use crate::evaluate::stable::Definitions;
use crate::math::derivation::Gain;
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::name::Name;
use crate::math::network::{Equation, Role};
use std::collections::{BTreeMap, BTreeSet};

/// What a phase is made from.
pub(super) struct Maker<'r, 'a> {
    pub room: &'r mut Room<'a>,
    pub graph: &'r Graph,
    pub definitions: &'r Definitions<'a>,
    /// For each equation, what each adjoint gains.
    pub gains: &'r BTreeMap<usize, &'a [Gain]>,
    pub steps: (i64, i64),
}

impl<'r, 'a> Maker<'r, 'a> {
    pub(super) fn lower(
        &mut self,
        equation: &Equation,
        fixed: &[(Name, i64)],
        lanes: bool,
    ) -> Result<Lower<'_, 'a>, Fault> {
        let (index, count) = (self.graph.index.clone(), self.room.lanes);
        let mut lower = Lower::new(self.room, self.definitions, self.steps);
        if lanes {
            lower.lanes = Some(lower.axis(&Name::from("·lane"), 0, count));
        }
        lower.scope.extend(fixed.iter().map(|(name, value)| (name.clone(), Bind::Fixed(*value))));
        for range in &equation.ranges {
            if range.index != index && !fixed.iter().any(|(name, _)| name == &range.index) {
                lower.open(range)?;
            }
        }
        Ok(lower)
    }

    /// For terms of the step as a whole.
    pub(super) fn plain(&mut self) -> Lower<'_, 'a> {
        Lower::new(self.room, self.definitions, self.steps)
    }

    /// The forward code of some equations.
    pub(super) fn forward(&mut self, order: &[Instance]) -> Result<Vec<Instruction>, Fault> {
        let mut code = Vec::new();
        for (number, fixed) in order {
            let equation = &self.room.network.equations[*number];
            let made = self.equation(equation, fixed).map_err(|fault| placed(fault, equation))?;
            code.extend(made);
            self.room.release();
        }
        Ok(code)
    }

    fn equation(&mut self, equation: &Equation, fixed: &[(Name, i64)]) -> Result<Vec<Instruction>, Fault> {
        let quantity = self.room.quantity(&equation.target)?;
        let mut lower = self.lower(equation, fixed, false)?;
        let value = lower.term(&equation.body)?;
        lower.store(&quantity.read_at(Mark::Value, &equation.at), &value, 0)?;
        Ok(lower.code)
    }

    /// The code that carries adjoints through the equations of `from`, the last one first, to what is in `from` or `to`.
    pub(super) fn backward(
        &mut self,
        order: &[Instance],
        from: &BTreeSet<Name>,
        to: &BTreeSet<Name>,
    ) -> Result<Vec<Instruction>, Fault> {
        let mut code = Vec::new();
        for (number, fixed) in order.iter().rev() {
            let equation = &self.room.network.equations[*number];
            if !from.contains(&equation.target) {
                continue;
            }
            for gain in self.gains.get(number).copied().unwrap_or_default() {
                let moves = from.contains(&gain.of.quantity) || to.contains(&gain.of.quantity);
                if !moves || !self.is_slot(gain) {
                    continue;
                }
                let made = self.gain(equation, fixed, gain, true).map_err(|fault| placed(fault, equation))?;
                code.extend(made);
                self.room.release();
            }
        }
        Ok(code)
    }

    /// Whether a gain goes to this step, or to what the state keeps of an earlier one.
    pub(super) fn is_slot(&mut self, gain: &Gain) -> bool {
        match self.shift_of(gain) {
            Some(0) => true,
            Some(shift) => self.graph.slots.contains(&(gain.of.quantity.clone(), -shift * self.graph.direction)),
            None => false,
        }
    }

    pub(super) fn gain(
        &mut self,
        equation: &Equation,
        fixed: &[(Name, i64)],
        gain: &Gain,
        lanes: bool,
    ) -> Result<Vec<Instruction>, Fault> {
        let mut lower = self.lower(equation, fixed, lanes)?;
        let over = all_axes(&lower);
        let (value, over) = summed(&mut lower, gain, over)?;
        let target = Read { mark: Mark::Adjoint, ..gain.of.clone() };
        lower.add_to(&target, &value, &over)?;
        Ok(lower.code)
    }

    /// What the step contributes to each parameter that its equations read.
    pub(super) fn parameters(
        &mut self,
        order: &[Instance],
        wanted: &BTreeSet<Name>,
    ) -> Result<Vec<Contribution>, Fault> {
        let mut found: BTreeMap<Name, Vec<(&Instance, &'a Gain)>> = BTreeMap::new();
        for instance in order.iter().rev() {
            let equation = &self.room.network.equations[instance.0];
            for gain in self.gains.get(&instance.0).copied().unwrap_or_default() {
                let role = self.room.network.quantity(&gain.of.quantity).map(|quantity| &quantity.role);
                if wanted.contains(&equation.target) && role == Some(&Role::Param) {
                    found.entry(gain.of.quantity.clone()).or_default().push((instance, gain));
                }
            }
        }
        let mut all = Vec::new();
        for (name, gains) in found {
            let quantity = self.room.quantity(&name)?;
            let shared = self.room.step_axis(quantity).is_none();
            if let ([(instance, gain)], false) = (gains.as_slice(), shared)
                && let Some(outer) = self.outer(instance, gain)?
            {
                all.push(outer);
                continue;
            }
            let buffer = self.room.adjoint_of_parameter(&name)?;
            let mut code = vec![Instruction::Fill { out: buffer, value: 0.0 }];
            for (instance, gain) in gains {
                let equation = &self.room.network.equations[instance.0];
                code.extend(self.gain(equation, &instance.1, gain, false).map_err(|fault| placed(fault, equation))?);
                self.room.release();
            }
            all.push(Contribution { quantity: name, shared, code, value: Value::Whole(buffer) });
        }
        Ok(all)
    }

    /// A contribution `a bᵀ` of vectors.
    fn outer(&mut self, instance: &Instance, gain: &Gain) -> Result<Option<Contribution>, Fault> {
        let equation = &self.room.network.equations[instance.0];
        let (Op::MatMul, [left, right]) = (gain.term.op(), gain.term.args()) else { return Ok(None) };
        let mut lower = self.lower(equation, &instance.1, false)?;
        if !lower.axes.is_empty() || !gain.sums.is_empty() {
            return Ok(None);
        }
        let (a, b) = (lower.term(left)?, lower.term(right)?);
        let ([_, (k, _)], [_, (columns, _)]) = (a.matrix(), b.matrix());
        if k != 1 || columns == 1 {
            return Ok(None);
        }
        let value = Value::Outer { a: lower.keep(&a, &[])?, b: lower.keep(&b, &[])? };
        let code = lower.code;
        self.room.release();
        Ok(Some(Contribution { quantity: gain.of.quantity.clone(), shared: false, code, value }))
    }

    /// Slopes of all equations that apply a function of one quantity, entry by entry.
    pub(super) fn slopes(&mut self, order: &[Instance]) -> Result<Vec<Slope>, Fault> {
        let mut found = Vec::new();
        for (number, fixed) in order {
            let equation = &self.room.network.equations[*number];
            let gains = self.gains.get(number).copied().unwrap_or_default();
            let moving: Vec<&Gain> = gains.iter().filter(|gain| self.room.inside.contains(&gain.of.quantity)).collect();
            let [gain] = moving.as_slice() else { continue };
            let plain = gain.sums.is_empty()
                && fixed.is_empty()
                && gain.of.places().is_some_and(|places| places.into_iter().eq(equation.at.iter()))
                && entrywise(&gain.term)
                && !gain.term.reads().iter().all(|read| read.mark == Mark::Adjoint);
            if !plain || gains.len() != 1 {
                continue;
            }
            let term = gain.term.map(&mut |part| match part.op() {
                Op::Read(read) if read.mark == Mark::Adjoint => Term::filled(1, part.shape()),
                _ => part,
            });
            let mut lower = self.lower(equation, fixed, false)?;
            let value = lower.term(&term)?;
            let axes = all_axes(&lower);
            let (buffer, units) = (lower.keep(&value, &axes)?, value.count());
            let code = lower.code;
            self.room.release();
            found.push(Slope { quantity: equation.target.clone(), code, buffer, units });
        }
        Ok(found)
    }

    pub(super) fn shift_of(&mut self, gain: &Gain) -> Option<i64> {
        let lower = Lower::new(self.room, self.definitions, self.steps);
        crate::math::jacobian::place_along(lower.room.network, &gain.of, &self.graph.index)
            .and_then(|place| lower.shift(&place))
    }
}

/// All axes that are open, with that of the lanes.
pub(super) fn all_axes(lower: &Lower<'_, '_>) -> Vec<AxisId> {
    let named = lower.scope.iter().filter_map(|(_, bind)| match bind {
        Bind::Axis(axis) => Some(*axis),
        _ => None,
    });
    let mut axes: Vec<AxisId> = named.chain(lower.lanes).collect();
    axes.sort_unstable();
    axes
}

/// The term of a gain, summed at once over the indices that its target does not have; and the axes that are left to be
/// added over.
pub(super) fn summed(
    lower: &mut Lower<'_, '_>,
    gain: &Gain,
    mut over: Vec<AxisId>,
) -> Result<(Form, Vec<AxisId>), Fault> {
    for sum in &gain.sums {
        over.push(lower.open(sum)?);
    }
    let mut kept: BTreeSet<AxisId> = lower.lanes.into_iter().collect();
    for subscript in &gain.of.subscripts {
        match subscript {
            Subscript::At(place) => lower.axes_of(&lower.put(place).clone(), &mut kept),
            Subscript::Range(low, high) => {
                lower.axes_of(&lower.put(low).clone(), &mut kept);
                lower.axes_of(&lower.put(high).clone(), &mut kept);
            }
            Subscript::All => {}
        }
    }
    let away: Vec<AxisId> = over.iter().copied().filter(|axis| !kept.contains(axis)).collect();
    let over: Vec<AxisId> = over.into_iter().filter(|axis| kept.contains(axis)).collect();
    let value = if away.is_empty() { lower.term(&gain.term)? } else { lower.summed(&gain.term, away)? };
    Ok((value, over))
}

/// Whether a term works entry by entry.
fn entrywise(term: &Term) -> bool {
    let own = match term.op() {
        Op::Number(_) | Op::Read(_) | Op::Add | Op::Neg | Op::Mul | Op::Div | Op::Power | Op::Apply(_) | Op::Where => {
            true
        }
        Op::Compare(_) | Op::And | Op::Or | Op::Not => true,
        Op::Fill(_) => return term.args()[0].as_number().is_some() || entrywise(&term.args()[0]),
        _ => false,
    };
    own && term.args().iter().all(entrywise)
}

pub(super) fn placed(fault: Fault, equation: &Equation) -> Fault {
    match fault.labels.is_empty() {
        true => fault.at(&equation.span, "in this equation"),
        false => fault,
    }
}
