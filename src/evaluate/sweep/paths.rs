//! The additive paths through a step.

use super::make::{Maker, placed};
use super::order::Instance;
use super::phase::PathCode;
use super::tape::Instruction;
use crate::evaluate::fault::Fault;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::Network;

/// How many paths are followed one by one.
const PATHS: usize = 64;

impl Maker<'_, '_> {
    /// The additive paths from state to state, or why they are not followed: there are too many, or a second recurrence runs within
    /// the step.
    pub(super) fn paths(&mut self, order: &[Instance]) -> Result<Result<Vec<PathCode>, String>, Fault> {
        if let Some(inner) = order.iter().flat_map(|(_, fixed)| fixed).map(|(index, _)| index).next() {
            return Ok(Err(format!("within a step runs another recurrence, along `{inner}`")));
        }
        let heads: Vec<Name> =
            self.graph.slots.iter().filter(|(_, back)| *back == 1).map(|(name, _)| name.clone()).collect();
        // Edges of a path: equation and gain.
        let mut open: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut done: Vec<Vec<(usize, usize)>> = Vec::new();
        let equations_of = |network: &Network, name: &Name| -> Vec<usize> {
            order
                .iter()
                .map(|(number, _)| *number)
                .filter(|number| &network.equations[*number].target == name)
                .collect()
        };
        for head in &heads {
            open.extend(equations_of(self.room.network, head).into_iter().map(|number| vec![(number, usize::MAX)]));
        }
        while let Some(path) = open.pop() {
            let Some((number, _)) = path.last().copied() else { continue };
            for (position, gain) in self.gains.get(&number).copied().unwrap_or_default().iter().enumerate() {
                if !self.graph.between.contains(&gain.of.quantity) || !self.is_slot(gain) {
                    continue;
                }
                let mut longer = path.clone();
                if let Some(last) = longer.last_mut() {
                    last.1 = position;
                }
                if self.shift_of(gain) != Some(0) {
                    done.push(longer);
                } else {
                    for next in equations_of(self.room.network, &gain.of.quantity) {
                        open.push([longer.as_slice(), &[(next, usize::MAX)]].concat());
                    }
                }
                if done.len() + open.len() > PATHS {
                    return Ok(Err(format!("there are more than {PATHS} of them")));
                }
            }
        }
        done.sort();
        let mut found = Vec::new();
        for path in done {
            found.push(self.path(&path)?);
        }
        Ok(Ok(found))
    }

    fn path(&mut self, edges: &[(usize, usize)]) -> Result<PathCode, Fault> {
        let (mut along, mut buffers, mut code) = (Vec::new(), Vec::new(), Vec::new());
        let first = &self.room.network.equations[edges[0].0];
        let head = self.room.quantity(&first.target)?;
        along.push(head.read_at(Mark::Value, &first.at));
        buffers.push(self.room.incoming(&first.target)?);
        let mut end = (first.target.clone(), 0);
        for (number, position) in edges {
            let equation = &self.room.network.equations[*number];
            let gain = &self.gains[number][*position];
            let from = buffers.last().copied().unwrap_or_default();
            let to = self.room.keep(self.room.size_inside(&gain.of.quantity)?)?;
            code.push(Instruction::Fill { out: to, value: 0.0 });
            // The adjoint on the path stands in for the whole one while this gain is made.
            let shift = self.shift_of(gain).unwrap_or(0);
            let key = (equation.target.clone(), 0);
            let into = (gain.of.quantity.clone(), shift);
            let (own, other) =
                (self.room.adjoints.insert(key.clone(), from), self.room.adjoints.insert(into.clone(), to));
            let made = self.gain(equation, &[], gain, false);
            for (key, before) in [(into.clone(), other), (key, own)] {
                match before {
                    Some(buffer) => self.room.adjoints.insert(key, buffer),
                    None => self.room.adjoints.remove(&key),
                };
            }
            code.extend(made.map_err(|fault| placed(fault, equation))?);
            self.room.release();
            along.push(gain.of.clone());
            buffers.push(to);
            end = (into.0, -shift * self.graph.direction);
        }
        Ok(PathCode { number: 0, along, end, code, buffers })
    }
}
