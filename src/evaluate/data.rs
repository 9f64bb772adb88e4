//! Data of the user: arrays by name, as they stand in a file, in and out.

mod json;
mod npz;
mod safetensors;
mod unpack;

use super::array::Array;
use super::fault::Fault;
use indexmap::IndexMap;

/// How many entries a file may hold: 2 GiB of floats.
const ENTRIES: u64 = 1 << 28;

/// How data are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// `{"inputs": {name: nested arrays}, "upstream": {output: nested arrays}}`
    Json,
    /// An archive of numpy arrays; those named `upstream/h`, `upstream.h` or `G_h` are upstream gradients.
    Npz,
    /// One numpy array, of this name.
    Npy(String),
    /// Tensors by name, as in npz.
    Safetensors,
}

/// Arrays under the names that the data give them, index axes first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Data {
    /// Inputs, parameters, initial values and given data.
    pub inputs: IndexMap<String, Array<f64>>,
    /// Upstream gradients by output.
    pub upstream: IndexMap<String, Array<f64>>,
}

impl Data {
    /// Reads a file. Fails when it is not in its format, holds anything but finite real numbers, or is too large.
    pub fn read(bytes: &[u8], format: Format) -> Result<Data, Fault> {
        match format {
            Format::Json => json::read(bytes),
            Format::Npz => npz::read(bytes),
            Format::Npy(name) => npz::single(bytes, &name),
            Format::Safetensors => safetensors::read(bytes),
        }
    }

    /// The arrays whose names begin with `part` and a dot or slash, without that. Fails when there are none.
    pub fn below(&self, part: &str) -> Result<Data, Fault> {
        let inside = |name: &String| Some(name.strip_prefix(part)?.strip_prefix(['.', '/'])?.to_string());
        let inputs: IndexMap<String, Array<f64>> =
            self.inputs.iter().filter_map(|(name, own)| Some((inside(name)?, own.clone()))).collect();
        if inputs.is_empty() {
            let mut parts: Vec<&str> =
                self.inputs.keys().filter_map(|name| Some(name.rsplit_once(['.', '/'])?.0)).collect();
            parts.dedup();
            parts.truncate(12);
            let error = Fault::error(format!("the file has no part `{part}`"));
            return Err(error.hint(match parts.is_empty() {
                true => "no name in it has a dot or slash, so it is one part: leave `--part` out".to_string(),
                false => format!("its parts are {}", parts.join(", ")),
            }));
        }
        Ok(Data { inputs, ..Data::default() })
    }

    /// Adds what is in other data. Fails when both have an array.
    pub fn join(&mut self, other: Data) -> Result<(), Fault> {
        for (own, theirs) in [(&mut self.inputs, other.inputs), (&mut self.upstream, other.upstream)] {
            for (name, array) in theirs {
                if own.insert(name.clone(), array).is_some() {
                    return Err(Fault::error(format!("`{name}` is given twice, in two files")));
                }
            }
        }
        Ok(())
    }

    /// Files an array of an archive under inputs or upstream gradients, by its name. Fails when two names mean the same.
    fn file(&mut self, name: &str, array: Array<f64>) -> Result<(), Fault> {
        let stripped = |prefix: &str| {
            name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(['/', '.'])).filter(|rest| !rest.is_empty())
        };
        let before = match (stripped("upstream").or_else(|| name.strip_prefix("G_")), stripped("inputs")) {
            (Some(output), _) => self.upstream.insert(output.into(), array),
            (None, Some(input)) => self.inputs.insert(input.into(), array),
            (None, None) => self.inputs.insert(name.into(), array),
        };
        match before {
            Some(_) => Err(Fault::error(format!("`{name}` is in the data twice, once under another name"))),
            None => Ok(()),
        }
    }
}

/// An array with entries that are all finite, or where the first other one is.
fn finite(name: &str, dims: Vec<usize>, data: Vec<f64>) -> Result<Array<f64>, Fault> {
    let broken = data.iter().position(|entry| !entry.is_finite());
    match (broken, Array::new(dims.clone(), data)) {
        (Some(at), Some(array)) => {
            let entry = array.data[at];
            Err(Fault::error(format!("`{name}` is {entry}{}", place(&dims, at))).hint("data must be finite numbers"))
        }
        (_, None) => Err(Fault::error(format!("`{name}` has more or fewer entries than its axes {dims:?} say"))),
        (None, Some(array)) => Ok(array),
    }
}

/// Entry `at` as a place counted from 1: ` at [2, 3]`, or nothing for a number, which has no other place.
pub(super) fn place(dims: &[usize], at: usize) -> String {
    if dims.is_empty() {
        return String::new();
    }
    let (mut places, mut rest) = (Vec::new(), at);
    for dim in dims.iter().rev() {
        places.push((rest % dim.max(&1) + 1).to_string());
        rest /= dim.max(&1);
    }
    places.reverse();
    format!(" at [{}]", places.join(", "))
}

/// A number that must not be larger than what one file may hold.
fn bounded(name: &str, shape: impl Iterator<Item = u64>) -> Result<(), Fault> {
    let count = shape.fold(1u64, u64::saturating_mul);
    match count > ENTRIES {
        true => Err(Fault::error(format!("`{name}` has more than {ENTRIES} entries"))),
        false => Ok(()),
    }
}

pub use json::{nest, nested};
pub use unpack::{Unpacked, by_name, missing, unpack};
