//! What sweeps draw: by name, by default, and the same numbers everywhere.

mod common;

use nablascope::evaluate::draw::{Drawn, Sampler};
use nablascope::math::name::Name;
use nablascope::math::network::{Network, Sizes};
use nablascope::math::source::Source;

fn network(text: &str, settings: &[&str]) -> Network {
    let settings: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
    nablascope::read_network_with(&Source::new("drawn.net", text), &settings, common::book(), &|_| Err("none".into()))
        .unwrap_or_else(|errors| panic!("{errors:?}"))
        .0
}

fn sizes(sizes: &[(&str, i64)]) -> Sizes {
    sizes.iter().map(|(name, size)| (Name::new(*name), *size)).collect()
}

/// A network whose parameter `A[l] : N × K` is drawn as said.
fn drawn(draw: &str) -> String {
    format!(
        "network drawn\nsize N, K\nalong l\nparam A[l] : N × K ~ {draw}\nparam B[l] : K × N\nconst sigma = 2\n\
         state h[l] : N\nh[l] = sigma * tanh(A[l] @ B[l] @ h[l-1])\n"
    )
}

/// Mean and mean square of all of `A`.
fn moments(draw: &str, settings: &[&str]) -> (f64, f64) {
    let network = network(&drawn(draw), settings);
    let sizes = sizes(&[("N", 40), ("K", 100), ("L", 100)]);
    let array = Sampler::new(&network, &sizes, &"A".into()).and_then(|sampler| sampler.array(5)).expect("drawn");
    assert_eq!(array.dims, [100, 40, 100]);
    let mean = |f: &dyn Fn(f64) -> f64| array.data.iter().map(|a| f(*a)).sum::<f64>() / array.data.len() as f64;
    (mean(&|a| a), mean(&|a| a * a))
}

#[test]
fn distributions_have_their_mean_and_variance() {
    for (draw, mean, square) in [
        ("normal(0, 1)", 0.0, 1.0),
        ("normal(3, 2)", 3.0, 13.0),
        ("normal(0, sigma / sqrt(K))", 0.0, 0.04),
        ("uniform(-1, 3)", 1.0, 1.0 + 16.0 / 12.0),
        ("constant(sigma / 4)", 0.5, 0.25),
        // Fan-in 100, fan-out 40.
        ("lecun", 0.0, 0.01),
        ("he", 0.0, 0.02),
        ("he()", 0.0, 0.02),
        ("he(sigma)", 0.0, 0.08),
        ("he_uniform", 0.0, 0.02),
        ("xavier", 0.0, 2.0 / 140.0),
        ("xavier_uniform(3)", 0.0, 18.0 / 140.0),
        ("glorot", 0.0, 2.0 / 140.0),
        ("lecun_uniform", 0.0, 0.01),
        // 40 rows of length 1 and 100 entries each.
        ("orthogonal", 0.0, 0.01),
        ("orthogonal(2)", 0.0, 0.04),
        ("identity(2)", 0.02, 0.04),
        // The sum of l² over 1..100 is 338 350.
        ("normal(0, l / 100)", 0.0, 0.33835),
    ] {
        let (found_mean, found_square) = moments(draw, &[]);
        let error = 6.0 * (f64::max(square, 1e-3) / 400_000.0).sqrt();
        assert!((found_mean - mean).abs() < error, "{draw}: mean {found_mean}");
        assert!((found_square - square).abs() < 0.015 * square, "{draw}: mean square {found_square}");
    }
    let (_, square) = moments("normal(0, sigma / sqrt(K))", &["sigma=0.5"]);
    assert!((square / 0.0025 - 1.0).abs() < 0.015, "--set reaches the distribution: {square}");
}

/// The numbers themselves, so that they stay what they are on every machine and in every version.
#[test]
fn numbers_depend_on_seed_name_place_and_entry_alone() {
    let one = network(&drawn("normal(0, 1)"), &[]);
    let sampler = |network: &Network, l| {
        Sampler::new(network, &sizes(&[("N", 3), ("K", 2), ("L", l)]), &"A".into()).expect("drawn")
    };
    let whole = sampler(&one, 4).array(1).expect("drawn").data;
    let mut alone = [0.0; 6];
    for l in [4, 1, 3, 2] {
        // A longer recurrence, and any order.
        sampler(&one, 9).fill(1, &[l], &mut alone);
        assert_eq!(alone, whole[(l as usize - 1) * 6..][..6], "l = {l}");
    }
    assert_ne!(whole, sampler(&one, 4).array(2).expect("drawn").data);
    let scaled = network(&drawn("normal(1, 2)"), &[]);
    let scaled = sampler(&scaled, 4).array(1).expect("drawn").data;
    assert!(whole.iter().zip(&scaled).all(|(z, x)| (1.0 + 2.0 * z - x).abs() < 1e-15));
    assert_eq!(whole[..4], [0.8481423721520217, -0.6450109023116054, 0.48206597934091217, 1.7257999317819384]);
    let turned = network(&drawn("orthogonal"), &[]);
    let turned = sampler(&turned, 1).array(1).expect("drawn").data;
    let wanted = [
        0.7992394915680241,
        0.5563965486360188,
        -0.4068281851901819,
        0.22253926058857446,
        -0.44238790993080873,
        0.8005617766060387,
    ];
    assert_eq!(turned, wanted);
}

#[test]
fn defaults_follow_from_how_a_parameter_is_used() {
    let text = "\
network defaults
size N, K, C
along t
over n, m : N, i : K
input x[t] : N, s
param W : N × K, V : N × K, X : K × N, e[n,i], p : N, q : N, g : N, b : N, r : N, F : C × N × N, u : K
state h[t] : N
h[t] = tanh(W @ u + (p^T @ x[t]) * x[t] + g * h[t-1] + b + s * sum(r * h[t-1]) * x[t])
y[t] = h[t] @ V
z[t,n] = sum[i](e[n,i] * y[t,i])
w[t] = X @ h[t] + sum[n](q[n] * h[t,n])
";
    let network = network(text, &[]);
    let told = |name: &str| network.quantities[name].draw.as_ref().expect("a draw").told();
    for (name, draw) in [
        ("x", "normal(0, 1)"),
        ("s", "normal(0, 1)"),
        ("h0", "normal(0, 1)"),
        ("W", "normal(0, 1/sqrt(K))"),
        // h @ V contracts the first axis.
        ("V", "normal(0, 1/sqrt(N))"),
        ("X", "normal(0, 1/sqrt(N))"),
        ("F", "normal(0, 1/sqrt(N*N))"),
        ("e", "normal(0, 1/sqrt(K))"),
        ("p", "normal(0, 1/sqrt(N))"),
        ("q", "normal(0, 1/sqrt(N))"),
        ("r", "normal(0, 1/sqrt(N))"),
        ("g", "constant(1)"),
        ("b", "constant(0)"),
    ] {
        assert_eq!(told(name), format!("{draw} (default)"), "{name}");
    }
    assert!(network.quantities["h"].draw.is_none());
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let network = network(&drawn("normal(0, log(1/K))"), &[]);
    let sampler = |sizes, name: &str| Sampler::new(&network, sizes, &name.into());
    let known = sizes(&[("N", 3), ("K", 2), ("L", 4)]);
    let fault = sampler(&known, "A").expect_err("negative");
    assert_eq!(fault.message, "a standard deviation is 0 or more, not -0.6931471805599453");
    assert_eq!(fault.labels[0].0.text(), "normal(0, log(1/K))");
    assert_eq!(sampler(&known, "h").expect_err("computed").message, "`drawn` draws no quantity `h`");
    assert_eq!(sampler(&known, "nn").expect_err("none").message, "`drawn` draws no quantity `nn`");
    let few = sizes(&[("N", 3)]);
    assert_eq!(sampler(&few, "A").expect_err("no size").message, "`L` of `A` has no value");
    let huge = sizes(&[("N", 1 << 40), ("K", 1 << 40), ("L", 4)]);
    let fault = sampler(&huge, "B").and_then(|sampler| sampler.array(1)).expect_err("too large");
    assert!(fault.message.contains("does not fit into memory"), "{}", fault.message);
}

#[test]
fn given_integers_are_drawn_from_the_range_that_they_read() {
    let text = "network given\nsize V, D\nover n : N\nparam E : V × D\nconst y[n], w[n]\nz[n] = w[n] * E[y[n]]\n";
    let network = network(text, &[]);
    let drawn = Drawn::new(&network, &sizes(&[("V", 3), ("D", 2), ("N", 300)])).expect("drawn");
    let mut labels = [0.0; 300];
    drawn.fill(&"y".into(), 1, &[], &mut labels);
    for label in [1.0, 2.0, 3.0] {
        assert!(labels.iter().filter(|found| **found == label).count() > 60);
    }
    assert!(labels.iter().all(|label| [1.0, 2.0, 3.0].contains(label)));
    let mut weights = [0.0; 300];
    drawn.fill(&"w".into(), 1, &[], &mut weights);
    assert!(weights.iter().any(|weight| *weight < -1.0) && weights.iter().any(|weight| weight.fract() != 0.0));
}
