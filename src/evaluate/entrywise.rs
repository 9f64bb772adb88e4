//! Functions applied entry by entry, at many points at once: values, and slopes as they were derived.

use super::array::Array;
use super::draw;
use super::fault::Fault;
use super::program::{Given, Program};
use super::term::{self, Environment};
use crate::math::derivation::Derivation;
use crate::math::expression::{Mark, Term};
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use crate::math::source::Outcome;
use crate::math::theory::Function;
use std::collections::BTreeMap;

/// At how many points a program is run at once.
const BLOCK: usize = 256;

/// A function of a step, ready to be evaluated.
#[derive(Debug)]
pub struct Entrywise {
    program: Program,
    arguments: Vec<Name>,
    numbers: Vec<Name>,
    result: Name,
    /// 1 at every point: the adjoint of an argument is then its slope.
    upstream: Array<f64>,
}

/// What a function gives: one entry for each point.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    /// Its values.
    pub values: Vec<f64>,
    /// Its slope by each argument.
    pub slopes: Vec<Vec<f64>>,
}

impl Entrywise {
    /// `derivation` is that of the function's network by all arguments.
    pub fn new(function: &Function, derivation: &Derivation) -> Result<Entrywise, Fault> {
        let sizes: Sizes = function.network.sizes.keys().map(|size| (size.clone(), BLOCK as i64)).collect();
        Ok(Entrywise {
            program: Program::backward(derivation, &sizes)?,
            arguments: function.arguments.iter().map(|(_, name)| name.clone()).collect(),
            numbers: function.numbers.iter().map(|(_, name)| name.clone()).collect(),
            result: function.network.outputs[0].clone(),
            upstream: Array::filled(vec![BLOCK], 1.0),
        })
    }

    /// Values and slopes where the arguments are `points`, one list for each, with these numbers.
    pub fn at(&self, numbers: &[f64], points: &[Vec<f64>]) -> Result<Samples, Fault> {
        let count = points.first().map_or(1, Vec::len);
        let mut samples = Samples { values: Vec::with_capacity(count), slopes: vec![Vec::new(); points.len()] };
        let mut given = Given::default();
        given.upstream.insert(self.result.clone(), self.upstream.clone());
        for (name, number) in self.numbers.iter().zip(numbers) {
            given.inputs.insert(name.clone(), Array::number(*number));
        }
        for start in (0..count).step_by(BLOCK) {
            let length = BLOCK.min(count - start);
            for (name, points) in self.arguments.iter().zip(points) {
                let mut data = points[start..start + length].to_vec();
                // The last point fills the block.
                data.resize(BLOCK, points[start + length - 1]);
                given.inputs.insert(name.clone(), Array { dims: vec![BLOCK], data });
            }
            let values = self.program.run(&given)?;
            let array = values.array(&self.result, Mark::Value);
            samples.values.extend(array.iter().flat_map(|array| &array.data[..length]));
            for (slopes, name) in samples.slopes.iter_mut().zip(&self.arguments) {
                match values.array(name, Mark::Adjoint) {
                    Some(array) => slopes.extend(&array.data[..length]),
                    None => slopes.extend(std::iter::repeat_n(0.0, length)),
                }
            }
        }
        Ok(samples)
    }
}

/// Where numbers of a network are looked up.
#[derive(Clone, Debug)]
pub struct Numbers {
    environment: Environment<f64>,
}

impl Numbers {
    /// The constants of a network under these sizes, some of them replaced.
    pub fn new(network: &Network, sizes: &Sizes, replaced: &BTreeMap<Name, f64>) -> Result<Numbers, Fault> {
        let mut quantities = draw::constants(network, sizes)?;
        for (name, value) in replaced {
            quantities.insert((name.clone(), Mark::Value), (Vec::new(), Array::number(*value)));
        }
        Ok(Numbers { environment: Environment { sizes: sizes.clone(), quantities, ..Environment::default() } })
    }

    /// The value of a number, with values of indices and of further names.
    pub fn value(&self, number: &Term, indices: &[(Name, i64)], names: &[(Name, f64)]) -> Outcome<f64> {
        let mut environment = self.environment.clone();
        environment.indices.extend(indices.iter().cloned());
        for (name, value) in names {
            environment.quantities.insert((name.clone(), Mark::Value), (Vec::new(), Array::number(*value)));
        }
        let array = term::term(number, &environment).map_err(|fault| vec![fault])?;
        Ok(array.data.first().copied().unwrap_or(f64::NAN))
    }
}
