//! A sweep made ready: code for every step, and which buffer carries what from step to step.

use super::graph::Graph;
use super::loss::Loss;
use super::make::Maker;
use super::order::order;
use super::phase::Phase;
use super::reach::along;
use super::room::Room;
use super::tape::Instruction;
use crate::evaluate::fault::Fault;
use crate::evaluate::stable::Definitions;
use crate::math::derivation::{Derivation, Gain, Subject};
use crate::math::expression::{Mark, Read};
use crate::math::flow::{Plan, Start};
use crate::math::integer::Integer;
use crate::math::jacobian::Jacobian;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use std::collections::{BTreeMap, BTreeSet};

/// How many different kinds of steps there may be.
const PHASES: usize = 256;

/// What is computed beside the gradient.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'j> {
    pub parameters: bool,
    pub slopes: bool,
    pub paths: bool,
    /// The Jacobian of one step, for its bound.
    pub bound: Option<&'j Jacobian>,
}

/// A network ready to be swept at these sizes.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    pub network: &'a Network,
    pub graph: Graph,
    pub room: Room<'a>,
    /// What is computed once, before the first step.
    pub prelude: Vec<Instruction>,
    pub phases: Vec<Phase>,
    /// For each place, its phase.
    pub phase_of: Vec<usize>,
    /// Values of the index in the order of computation.
    pub places: Vec<i64>,
    /// The position of the initial state among them.
    pub origin: usize,
    /// The buffers of the values of one step, with their quantities.
    pub values: Vec<(Name, usize)>,
    /// For values that later steps read: the buffers from this step backwards.
    pub rings: Vec<Vec<usize>>,
    /// For each state quantity: the adjoint buffers at this step and before, one more than it has slots.
    pub carried: Vec<(Name, Vec<usize>)>,
    /// Adjoints that begin at 0 at every step.
    pub cleared: Vec<usize>,
    /// How many entries the state has.
    pub width: usize,
    /// The paths of all steps.
    pub paths: Vec<Vec<Read>>,
    /// Why paths are not followed, if they were asked for.
    pub without_paths: Option<String>,
    /// Where the network's own L enters.
    pub loss: Option<Loss>,
}

impl<'a> Machine<'a> {
    /// Makes the code for a plan. `lanes` gradients are carried together.
    pub(super) fn new(
        derivation: &'a Derivation,
        plan: &Plan,
        lanes: usize,
        wanted: Wanted<'_>,
    ) -> Result<Machine<'a>, Fault> {
        let network = &derivation.network;
        let graph = Graph::new(network, &plan.index, &plan.states, plan.start == Start::Loss)?;
        let mut room = Room::new(network, &plan.sizes, &plan.index, graph.inside.clone(), lanes);
        let (places, origin) = graph.places(network, &room.sizes)?;
        let definitions = Definitions::of(network);
        let gains = gains(derivation);
        for (name, back) in &graph.slots {
            room.value(name, -back * graph.direction)?;
        }
        let prelude_order = order(network, &room.sizes.clone(), &graph.prelude, &[], None)?;
        let mut maker = Maker {
            room: &mut room,
            graph: &graph,
            definitions: &definitions,
            gains: &gains,
            steps: (i64::MIN, i64::MIN),
        };
        let prelude = maker.forward(&prelude_order)?;
        let active = active(network, &graph, &maker.room.sizes, &places)?;
        let mut kinds: Vec<&Vec<usize>> = Vec::new();
        let mut phase_of = Vec::with_capacity(places.len());
        for equations in &active {
            let known = kinds.iter().position(|kind| *kind == equations);
            phase_of.push(known.unwrap_or(kinds.len()));
            if known.is_none() {
                kinds.push(equations);
            }
            if kinds.len() > PHASES {
                return Err(Fault::error(format!(
                    "there are more than {PHASES} kinds of steps along `{}`",
                    plan.index
                )));
            }
        }
        let (mut phases, mut without_paths) = (Vec::new(), None);
        for (number, equations) in kinds.iter().enumerate() {
            let own = places.iter().zip(&phase_of).filter(|(_, phase)| **phase == number).map(|(place, _)| *place);
            let steps = (own.clone().min().unwrap_or(0), own.max().unwrap_or(0));
            maker.steps = steps;
            let fixed = if steps.0 == steps.1 { vec![(plan.index.clone(), steps.0)] } else { Vec::new() };
            let sizes = maker.room.sizes.clone();
            let mut order = order(network, &sizes, equations, &fixed, Some(&plan.index))?;
            // The step itself is no index that takes its values one by one.
            order.iter_mut().for_each(|(_, fixed)| fixed.retain(|(name, _)| name != &plan.index));
            let mut phase = Phase { forward: maker.forward(&order)?, ..Phase::default() };
            if phase_of[origin] == number && steps.0 == steps.1 {
                // No gradient goes further back than to the initial state.
                if wanted.slopes {
                    phase.slopes = maker.slopes(&order)?;
                }
                phases.push(phase);
                continue;
            }
            phase.backward = maker.backward(&order, &graph.between, &BTreeSet::new())?;
            phase.outward = maker.backward(&order, &graph.outward, &graph.between)?;
            if wanted.parameters {
                let moving = graph.between.union(&graph.outward).cloned().collect();
                phase.parameters = maker.parameters(&order, &moving)?;
            }
            phase.bound = wanted.bound.map(|jacobian| maker.bound(jacobian)).transpose()?;
            if wanted.slopes {
                phase.slopes = maker.slopes(&order)?;
            }
            if wanted.paths {
                match maker.paths(&order)? {
                    Ok(found) => phase.paths = found,
                    Err(why) => without_paths = Some(why),
                }
            }
            phases.push(phase);
        }
        let mut paths: Vec<Vec<Read>> = Vec::new();
        for path in phases.iter_mut().rev().flat_map(|phase| &mut phase.paths) {
            path.number = paths.iter().position(|along| along == &path.along).unwrap_or_else(|| {
                paths.push(path.along.clone());
                paths.len() - 1
            });
        }
        let loss = if plan.start == Start::Loss { Some(maker.loss(&places[origin..])?) } else { None };
        let values: Vec<(Name, usize)> = room
            .values
            .iter()
            .filter(|((_, shift), _)| *shift == 0)
            .map(|((name, _), buffer)| (name.clone(), *buffer))
            .collect();
        let mut rings = Vec::new();
        for (name, buffer) in &values {
            let own = room.values.keys().filter(|(own, _)| own == name).map(|(_, shift)| -shift * graph.direction);
            let most = own.max().unwrap_or(0);
            let mut ring = vec![*buffer];
            for back in 1..=most {
                ring.push(room.value(name, -back * graph.direction)?);
            }
            if most > 0 {
                rings.push(ring);
            }
        }
        let mut carried: Vec<(Name, Vec<usize>)> = Vec::new();
        let mut width = 0;
        for (name, back) in &graph.slots {
            if *back == 1 {
                carried.push((name.clone(), vec![room.adjoint(name, 0)?]));
            }
            let buffer = room.adjoint(name, -back * graph.direction)?;
            width += room.size_inside(name)?;
            if let Some((_, ring)) = carried.iter_mut().find(|(own, _)| own == name) {
                ring.push(buffer);
            }
        }
        let is_carried = |name: &Name| carried.iter().any(|(own, _)| own == name);
        let cleared = room
            .adjoints
            .iter()
            .filter(|((name, shift), _)| *shift == 0 && graph.inside.contains(name) && !is_carried(name))
            .map(|(_, buffer)| *buffer)
            .collect();
        let leaves: Vec<usize> = room.leaves.iter().map(|leaf| leaf.buffer).collect();
        phases.iter_mut().for_each(|phase| phase.note_leaves(&leaves));
        Ok(Machine {
            network,
            graph,
            room,
            prelude,
            phases,
            phase_of,
            places,
            origin,
            values,
            rings,
            carried,
            cleared,
            width,
            paths,
            without_paths,
            loss,
        })
    }

    /// The readings that make up the state.
    pub(super) fn states(&self) -> Vec<Read> {
        let mut found = Vec::new();
        for (name, ring) in &self.carried {
            let Some(quantity) = self.network.quantity(name) else { continue };
            let axis = quantity.axes.iter().position(|axis| axis.index == self.graph.index);
            for back in 0..ring.len() as i64 - 1 {
                let mut at: Vec<Integer> = quantity.axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
                if let Some(place) = axis.and_then(|axis| at.get_mut(axis)) {
                    *place = place.offset(-back * self.graph.direction);
                }
                found.push(quantity.read_at(Mark::Value, &at));
            }
        }
        found
    }
}

/// What each equation's adjoint hands on, by the number of the equation.
fn gains(derivation: &Derivation) -> BTreeMap<usize, &[Gain]> {
    let own = derivation.chains.iter().filter_map(|chain| match chain.subject {
        Subject::Equation(number) => Some((number, chain.gains.as_slice())),
        _ => None,
    });
    own.collect()
}

/// For each place, the equations that hold there.
fn active(network: &Network, graph: &Graph, sizes: &Sizes, places: &[i64]) -> Result<Vec<Vec<usize>>, Fault> {
    let value = |integer: &Integer| integer.value(&|name| sizes.get(name).copied());
    let mut ranges = Vec::new();
    for number in &graph.equations {
        let range = along(network, &network.equations[*number], &graph.index);
        let range = range.and_then(|(low, high)| Some((value(&low)?, value(&high)?)));
        ranges.push((
            *number,
            range.ok_or_else(|| Fault::error(format!("the range of `{}` is not known", graph.index)))?,
        ));
    }
    let at = |place: i64| {
        ranges.iter().filter(|(_, (low, high))| (*low..=*high).contains(&place)).map(|(number, _)| *number).collect()
    };
    Ok(places.iter().map(|place| at(*place)).collect())
}
