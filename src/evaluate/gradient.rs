//! Values and derived gradients on real data.

use super::array::Array;
use super::bind::bind;
use super::data::{Data, nested, place};
use super::fault::Fault;
use super::network::Program;
use crate::math::derivation::Derivation;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Outcome;
use indexmap::IndexMap;

/// What comes out, under the names of the data, index axes first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// The outputs of the network, or else its loss.
    pub outputs: IndexMap<String, Array<f64>>,
    /// The gradients that were asked for.
    pub grads: IndexMap<String, Array<f64>>,
}

impl Results {
    /// `{"outputs": {name: nested arrays}, "grads": {name: nested arrays}}`
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "outputs": nested(&self.outputs), "grads": nested(&self.grads) })
    }
}

/// The outputs and gradients of `network` on `data`. Gradients are what the lines of the derivation say, evaluated. Fails when the
/// data do not fit the network, or when a result is too large for a float.
pub fn gradient(network: &Network, derivation: &Derivation, data: &Data) -> Outcome<Results> {
    let bound = bind(network, data)?;
    let one = |fault: Fault| vec![fault];
    let program = Program::backward(derivation, &bound.sizes).map_err(one)?;
    let values = program.run(&bound.given).map_err(one)?;
    let mut results = Results::default();
    let mut put = |name: &Name, array: Array<f64>, what: &str, gradient: bool| -> Outcome<()> {
        if let Some(at) = array.data.iter().position(|entry| !entry.is_finite()) {
            let (entry, at) = (array.data[at], place(&array.dims, at));
            return Err(one(Fault::error(format!("{what}`{name}` is {entry} at {at}"))
                .hint("the data drive it out of the range of floats, or to where it has no value")));
        }
        bound.named(name, array, if gradient { &mut results.grads } else { &mut results.outputs });
        Ok(())
    };
    for name in network.results() {
        if let Some(array) = values.array(&name, Mark::Value) {
            put(&name, array, "", false)?;
        }
    }
    for name in &derivation.goals {
        let array = values.array(name, Mark::Adjoint).or_else(|| {
            // A gradient without a line is 0.
            program.dims(name, Mark::Value).map(|dims| Array::filled(dims, 0.0))
        });
        if let Some(array) = array {
            put(name, array, "the gradient of ", true)?;
        }
    }
    Ok(results)
}
