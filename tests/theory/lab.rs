//! Networks for theory, and how they are asked.

use crate::common;
use nablascope::Theorist;
use nablascope::flow::theory::{Model, step};
use nablascope::math::name::Name;
use nablascope::math::network::Network;
use nablascope::math::source::{Outcome, Source};
use nablascope::math::theory::Moments;

/// A perceptron along its depth, in pre-activations: the state is a sum of normal numbers.
pub const PLAIN: &str = "\
network plain
size N
along l
param W[l] : N × N ~ normal(0, sigma_w / sqrt(N)), b[l] : N ~ normal(0, sigma_b)
const sigma_w = 1, sigma_b = 0, slope = 0, phi = tanh
def erf_unit(u) = erf(sqrt(pi) / 2 * u)
def swish(u) = u * sigmoid(u)
def leaky(u) = where(u > 0, u, slope * u)
state z[l] : N
z[l] = W[l] @ phi(z[l-1]) + b[l]
";

/// The same in activations.
pub const ACTIVATIONS: &str = "\
network activations
size N
along l
param W[l] : N × N ~ normal(0, sigma_w / sqrt(N)), b[l] : N ~ normal(0, sigma_b)
const sigma_w = 1, sigma_b = 0, phi = tanh
state h[l] : N
a[l] = W[l] @ h[l-1] + b[l]
h[l] = phi(a[l])
";

/// A network with constants set.
pub fn network(text: &str, settings: &[String]) -> Network {
    nablascope::read_network_with(&Source::new("theory.net", text), settings, common::book(), &|_| Err("none".into()))
        .unwrap_or_else(|errors| panic!("{settings:?} of {text}: {errors:?}"))
        .0
}

/// `name=value`, for `--set`.
pub fn set(name: &str, value: f64) -> String {
    format!("{name}={value:?}")
}

/// Asks the model of a network.
pub fn ask<T>(text: &str, settings: &[String], question: impl FnOnce(&Model<'_>) -> T) -> T {
    asked(text, settings, question).unwrap_or_else(|errors| panic!("{settings:?} of {text}: {errors:?}"))
}

/// The same where theory may not apply.
pub fn asked<T>(text: &str, settings: &[String], question: impl FnOnce(&Model<'_>) -> T) -> Outcome<T> {
    let network = network(text, settings);
    let theorist = Theorist::new(&network);
    let model = Model::new(step(&network, None)?, &theorist)?;
    Ok(question(&model))
}

/// Moments of mean 0.
pub fn square(square: f64) -> Moments {
    Moments { mean: 0.0, square }
}

pub fn name(name: &str) -> Name {
    Name::new(name)
}
