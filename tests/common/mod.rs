//! What several tests share.
#![allow(dead_code)]

use nablascope::math::law::Book;
use nablascope::math::network::Network;
use nablascope::math::source::{Diagnostic, Outcome, Source};

/// The book.
pub fn book() -> &'static Book {
    nablascope::book().expect("the book is in order; its own tests say so")
}

/// A network from a text that uses no other files.
pub fn network(text: &str) -> Outcome<(Network, Vec<Diagnostic>)> {
    with_files(text, &[])
}

/// A network from a text and the files that it may use.
pub fn with_files(text: &str, files: &[(&str, &str)]) -> Outcome<(Network, Vec<Diagnostic>)> {
    nablascope::read_network(&Source::new("wrong.net", text), book(), &|name| match files
        .iter()
        .find(|(known, _)| *known == name)
    {
        Some((known, text)) => Ok(Source::new(known, text)),
        None => Err("there is no such file".into()),
    })
}

/// An oracle, the network that computes the same, what is set, and what is spelled otherwise in its text.
pub type Oracle = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// Oracles with the network that computes the same.
pub const ORACLES: [Oracle; 23] = [
    ("batchnorm", "batchnorm", &[], &[]),
    ("layernorm", "layernorm", &[], &[]),
    ("rmsnorm", "rmsnorm", &[], &[]),
    ("residual", "residual", &["phi=tanh"], &[]),
    ("highway", "highway", &[], &[]),
    ("dense_block", "dense_block", &["phi=tanh"], &[]),
    ("deep_resnet_bn", "resnet_bn", &[], &[("gamma_", "g_"), ("beta_", "b_")]),
    ("softmax_ce", "softmax_cross_entropy", &[], &[("loss L =", "loss L0 =")]),
    ("mlp_elu", "mlp", &[], &[("h[n] = tanh(", "def act(u) = where(u > 0, u, 1.3 * elu(u))\nh[n] = act(")]),
    ("mlp_gelu", "mlp", &[], &[("tanh(", "gelu(")]),
    ("mlp_gelu_tanh", "mlp", &[], &[("tanh(", "gelu_tanh(")]),
    ("mlp_leaky_relu", "mlp", &[], &[("h[n] = tanh(", "def act(u) = leaky_relu(u, 0.1)\nh[n] = act(")]),
    ("mlp_selu", "mlp", &[], &[("tanh(", "selu(")]),
    ("mlp_silu", "mlp", &[], &[("tanh(", "silu(")]),
    ("mlp_softplus", "mlp", &[], &[("tanh(", "softplus(")]),
    ("mlp_maxout", "maxout", &[], &[]),
    ("attention", "attention", &[], &[]),
    ("multihead_attention", "multihead", &[], &[]),
    ("conv1d", "conv1d", &[], &[]),
    ("conv1x1", "conv1x1", &[], &[]),
    ("conv2d", "conv2d", &[], &[]),
    ("avgpool", "avgpool", &[], &[]),
    ("maxpool", "maxpool", &[], &[]),
];

/// The network of the gallery called `name`, with constants set and parts of names spelled otherwise.
pub fn oracle_network(name: &str, settings: &[&str], renamed: &[(&str, &str)]) -> Network {
    let text = match nablascope::gallery::network(name) {
        Some(source) => source.text.to_string(),
        // Networks of the tests alone.
        None => own(name),
    };
    let text = renamed.iter().fold(text, |text, (from, to)| text.replace(from, to));
    let settings: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
    let load = |_: &str| Err("no file".to_string());
    nablascope::read_network_with(&Source::new(name, text), &settings, book(), &load)
        .unwrap_or_else(|errors| panic!("{name}: {errors:?}"))
        .0
}

#[allow(clippy::disallowed_methods, reason = "tests read files")]
fn own(name: &str) -> String {
    std::fs::read_to_string(format!("tests/networks/{name}.net")).unwrap_or_else(|_| panic!("{name} is in no gallery"))
}
