//! The largest Lyapunov exponent at a finite width: what theory says to first order in 1/N, what networks do, and what an oracle has.

use crate::lab::{mean, network, number, numbers, oracles, plan, run, seeds};
use nablascope::math::flow::{Exponents, Plan};
use nablascope::math::theory::{Finite, Question};

/// What theory says of a width; its gain of the mean square is that of wide layers, wherever factors stand.
fn finite(text: &str, width: i64) -> Finite {
    let question = Question { width: Some(width), ..Question::default() };
    let theory = nablascope::theory(&network(text), &question).expect("theory");
    let (finite, chi) = (theory.finite.expect("a plain step"), theory.moments.expect("moments").end.chi);
    let moment = theory.spectrum.expect("a plain step").moments[0];
    assert!((finite.mean / chi - 1.0).abs() < 1e-9, "{text}: {} for χ = {chi}", finite.mean);
    assert!((libm::log(moment) - 50.0 * libm::log(chi)).abs() < 1e-6, "{text}: {moment} for χ = {chi}");
    finite
}

/// The mean of the leading exponent over nets, and its standard error.
fn measured(text: &str, width: i64, steps: i64, nets: u64) -> (f64, f64) {
    let plan =
        Plan { exponents: Exponents::Leading(1), seeds: seeds(nets), ..plan("t", &[("N", width), ("T", steps)]) };
    let found: Vec<f64> = run(text, &plan, &[]).runs.iter().map(|run| run.exponents[0]).collect();
    let middle = mean(&found);
    let variance = mean(&found.iter().map(|one| (one - middle) * (one - middle)).collect::<Vec<_>>());
    (middle, libm::sqrt(variance / (nets as f64 - 1.0)))
}

/// Steps with weights of their own: functions before the product and after, factors in all places, added vectors.
const STEPS: &[&str] = &[
    "param W[t] : N × N ~ normal(0, 1.5/sqrt(N))\nstate h[t] : N\nh[t] = W[t] @ tanh(h[t-1])\n",
    "param W[t] : N × N ~ normal(0, 0.7/sqrt(N)), b[t] : N ~ normal(0.3, 0.5)\nstate h[t] : N\n\
     h[t] = tanh(2*(W[t] @ h[t-1]) + b[t] + 0.1)\n",
    "param W[t] : N × N ~ normal(0, 0.5/sqrt(N))\nstate h[t] : N\nh[t] = 2*(W[t] @ (2*max(-1, min(1, h[t-1]))))\n",
    "param W[t] : N × N ~ normal(0, 2/sqrt(N)), b[t] : N ~ normal(-2, 1)\nstate h[t] : N\n\
     h[t] = sigmoid(W[t] @ (2*h[t-1]) + b[t])\n",
    "param W[t] : N × N ~ normal(0, 2/sqrt(N))\nstate h[t] : N\nh[t] = W[t] @ sin(h[t-1])\n",
    "param W[t] : N × N ~ normal(0, 1/sqrt(N))\nstate h[t] : N\nh[t] = sqrt(2)*relu(W[t] @ h[t-1])\n",
];

/// Holds theory against networks, and gives by how many standard errors the exponent of a state at rest is off.
fn each_step(width: i64, steps: i64, nets: u64) -> Vec<f64> {
    let off = |step: &&str| {
        let text = format!("network step\nsize N\nalong t\n{step}");
        let (ours, error) = measured(&text, width, steps, nets);
        let theory = finite(&text, width);
        let exponent = theory.largest_exponent.expect("far from critical points");
        // The next order in 1/N is left out: about a tenth of the first at these widths.
        let allowed = 3.0 * error + 0.1 * (exponent - 0.5 * libm::log(theory.mean)).abs();
        assert!((ours - exponent).abs() < allowed, "{step}: {ours} ± {error}, and theory has {exponent}");
        (ours - theory.log_mean / 2.0).abs() / error
    };
    STEPS.iter().map(off).collect()
}

#[test]
fn theory_tells_the_largest_exponent_at_a_width() {
    each_step(32, 400, 16);
}

#[test]
#[ignore = "many networks: a minute with --release"]
fn the_largest_exponent_is_not_that_of_a_state_at_rest_long() {
    let off = each_step(32, 2000, 100);
    assert!(
        off.iter().filter(|off| **off > 4.0).count() >= 3,
        "fewer than three are off with a state at rest: {off:?}"
    );
}

fn random(g: f64, matrix: &str) -> String {
    format!(
        "network random\nsize N\nalong t\nparam {matrix} : N × N ~ normal(0, {g:?}/sqrt(N))\nstate h[t] : N\n\
        h[t] = {matrix} @ tanh(h[t-1])\n"
    )
}

/// The oracle has ½ ln χ − (3μ₂/μ₁² + 1)/4N, "independent-layer approximation", "checked by simulation N=800", and its use is told
/// for N = 800 within 0.003. There theory meets it. At N = 128 its sign before the 1 comes to light: of linear layers, where
/// μ₂ = μ₁², it says −1/N, and another oracle, with an exact formula behind it, −1/2N.
#[test]
fn rnn_discrete_lyap_finite_width() {
    for oracle in oracles("rnn_discrete_lyap_finiteN") {
        let (g, value) = (number(&oracle["parameters"]["g"]), &oracle["value"]);
        let exponent = |width| finite(&random(g, "U[t]"), width).largest_exponent.expect("far from critical");
        assert!((exponent(800) - number(&value["lam1_N800"])).abs() < 0.003, "g = {g}");
        let slopes = finite(&random(g, "U[t]"), 128);
        assert!((0.5 * libm::log(slopes.mean) - number(&value["lam1_inf"])).abs() < 1e-7, "g = {g}");
        assert!(((3.0 * slopes.flatness + 1.0) / 4.0 - number(&value["coef"])).abs() < 1e-6, "g = {g}");
        let off = exponent(128) - number(&value["lam1_N128"]);
        assert!((0.003..0.0035).contains(&off), "g = {g}: {off}");
    }
    let linear = oracles("lyapunov_gaussian_product").into_iter().find(|oracle| oracle["parameters"]["N"] == 256);
    let linear = numbers(&linear.expect("an entry")["value"]["first4"])[0];
    assert!((256.0 * linear + 0.5).abs() < 0.01, "{linear}");
}

/// The leading exponent of random networks of this width, with one matrix for all steps or with one for each.
fn random_network(matrix: &str, width: i64, steps: i64, nets: u64, g: f64) {
    let oracle = oracles("rnn_discrete_lyap_finiteN").into_iter().find(|oracle| oracle["parameters"]["g"] == g);
    let theirs = number(&oracle.expect("an entry")["value"][&format!("lam1_N{width}")]);
    let (ours, error) = measured(&random(g, matrix), width, steps, nets);
    assert!((ours - theirs).abs() < 0.003, "{matrix}, N = {width}, g = {g}: {ours} ± {error} for {theirs}");
}

/// With one matrix for all steps, as the oracle's sibling has it, g = 1.5 gives 0.0599 ± 0.0006 over a hundred networks of N = 800 and
/// 900 steps, 0.0036 off: some come nearly to rest, and their median is 0.0618. Tied weights are not independent layers.
#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn rnn_discrete_lyap_finite_width_long() {
    for g in [1.5, 2.0, 5.0] {
        random_network("U[t]", 800, 900, 16, g);
    }
    for g in [2.0, 5.0] {
        random_network("U", 800, 900, 40, g);
    }
}
