//! Norms and gains over random networks.

use crate::lab::{close, gallery, mean, near, number, oracles, plan, run, seeds};
use nablascope::math::flow::{Plan, Sweep};

/// ln of ‖h‖² over the places, for each run.
fn sizes_of(sweep: &Sweep, name: &str, entries: f64) -> Vec<Vec<f64>> {
    let own = |run: &nablascope::math::flow::Run| {
        let found = run.forward.iter().find(|own| own.quantity.as_str() == name).expect("the quantity");
        let square = |(mean, variance): (&f64, &f64)| libm::log(entries * (mean * mean + variance));
        found.mean.iter().zip(&found.variance).map(square).collect()
    };
    sweep.runs.iter().map(own).collect()
}

/// ln of the mean of e^x.
fn log_mean(logs: &[f64]) -> f64 {
    libm::log(mean(&logs.iter().map(|log| libm::exp(*log)).collect::<Vec<_>>()))
}

/// How ln ‖h‖² changes per layer in a ReLU network of He's variance.
fn relu_ratios(width: i64, depth: i64, nets: u64) -> Vec<f64> {
    let text = "network plain\nsize N\nalong l\nparam W[l] : N × N ~ normal(0, sqrt(2/N))\nstate h[l] : N\n\
        h[l] = relu(W[l] @ h[l-1])\n";
    let sweep = run(text, &Plan { seeds: seeds(nets), ..plan("l", &[("N", width), ("L", depth)]) }, &[]);
    let curves = sizes_of(&sweep, "h", width as f64);
    // A net that dies contributes up to there.
    let steps = curves.iter().flat_map(|curve| curve.windows(2)).map(|pair| pair[1] - pair[0]);
    steps.filter(|step| step.is_finite()).collect()
}

fn relu(width: i64, depth: i64, nets: u64, share: f64) {
    for oracle in oracles("relu_lognorm_per_layer") {
        if oracle["parameters"]["N"] != width {
            continue;
        }
        let ratios = relu_ratios(width, depth, nets);
        let (value, centre) = (&oracle["value"], mean(&ratios));
        let variance = mean(&ratios.iter().map(|ratio| (ratio - centre) * (ratio - centre)).collect::<Vec<_>>());
        near("mean", centre, number(&value["mean_log_sq"]), share);
        near("variance", variance, number(&value["var_log_sq"]), share);
        near("top exponent", centre / 2.0, number(&value["lyap_top"]), share);
    }
}

#[test]
fn relu_lognorm_per_layer() {
    // The variance has a standard error of 1.3 % at these numbers: the kurtosis is 14.
    relu(8, 20, 4000, 0.05);
    relu(16, 20, 4000, 0.05);
}

#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn relu_lognorm_per_layer_long() {
    relu(8, 50, 3000, 0.02);
    relu(16, 50, 3000, 0.02);
    relu(128, 50, 300, 0.04);
    relu(256, 50, 300, 0.04);
}

fn fourth_moment(width: i64, nets: u64, tolerance: f64) {
    for oracle in oracles("hanin_beta") {
        if oracle["parameters"]["N"] == width {
            let ratios = relu_ratios(width, 50, nets);
            let squares: Vec<f64> = ratios.iter().map(|ratio| 2.0 * ratio).collect();
            // E r is exactly 1; dividing by its estimate takes most of the spread away.
            let ours = 50.0 * (log_mean(&squares) - 2.0 * log_mean(&ratios));
            let theirs = libm::log(number(&oracle["value"]["ratio"]));
            let apart = (ours - theirs).abs();
            assert!(apart <= tolerance, "ln of the fourth moment over 50 layers: {ours} for {theirs}");
        }
    }
}

#[test]
fn hanin_beta() {
    // Four standard errors.
    fourth_moment(64, 120, 0.3);
}

#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn hanin_beta_long() {
    // Three standard errors: 50 √(2 v² / steps) with the variance v = 5/N of a step's ratio and its tails, 0.026 and 0.013.
    fourth_moment(64, 2000, 0.08);
    fourth_moment(256, 400, 0.04);
}

/// The growth of the mean square of the gradient per layer, over layers 4 to 9 of 12.
fn batch_norm(batch: i64, width: i64, nets: u64, activation: &str) -> f64 {
    let text = format!(
        "network norms\nsize D\nalong l\nover n : N\nparam W[l] : D × D ~ normal(0, 1/sqrt(D))\nstate h[l,n] : D\n\
        u[l,n] = W[l] @ h[l-1,n]\nm[l] = mean[n](u[l,n])\nv[l] = mean[n]((u[l,n] - m[l])^2)\n\
        h[l,n] = {activation}((u[l,n] - m[l]) / sqrt(v[l]))\n"
    );
    let plan = Plan { seeds: seeds(nets), ..plan("l", &[("D", width), ("N", batch), ("L", 12)]) };
    let sweep = run(&text, &plan, &[]);
    let at = |place: usize| {
        let logs: Vec<f64> =
            sweep.runs.iter().map(|run| 2.0 * (run.gradient[0][place] - run.gradient[0][12])).collect();
        log_mean(&logs)
    };
    libm::exp((at(3) - at(9)) / 6.0)
}

#[test]
fn bn_gradient_explosion() {
    for oracle in oracles("bn_gradient_explosion").iter().filter(|oracle| oracle["parameters"]["B"] == 8) {
        near("relu", batch_norm(8, 128, 4, "relu"), number(&oracle["value"]["relu"]), 0.05);
        near("linear", batch_norm(8, 128, 4, ""), number(&oracle["value"]["linear"]), 0.05);
    }
}

#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn bn_gradient_explosion_long() {
    for oracle in oracles("bn_gradient_explosion") {
        let batch = oracle["parameters"]["B"].as_i64().expect("a batch");
        near(&format!("B = {batch}"), batch_norm(batch, 512, 6, "relu"), number(&oracle["value"]["relu"]), 0.03);
    }
}

/// Forward and backward growth of a residual network: ln of the mean of ‖h_L‖² / N, and of the gradient's square.
fn residual(branch: &str, width: i64, depth: i64, nets: u64) -> (f64, f64) {
    let text = format!(
        "network blocks\nsize N\nalong l\nparam W[l], V[l] : N × N ~ normal(0, 1/sqrt(N))\nstate h[l] : N\n\
        h[l] = h[l-1] + {branch}\n"
    );
    let plan = Plan { seeds: seeds(nets), ..plan("l", &[("N", width), ("L", depth)]) };
    let sweep = run(&text, &plan, &[]);
    let sizes = sizes_of(&sweep, "h", width as f64);
    let growth: Vec<f64> = sizes.iter().map(|curve| curve[curve.len() - 1] - curve[0]).collect();
    let gradients: Vec<f64> =
        sweep.runs.iter().map(|run| 2.0 * (run.gradient[0][0] - run.gradient[0][depth as usize])).collect();
    (log_mean(&growth), log_mean(&gradients))
}

fn resnet_tanh(width: i64, depth: i64, nets: u64, share: f64) {
    for oracle in oracles("resnet_tanh_reduced") {
        let scale = libm::sqrt(number(&oracle["parameters"]["sigma_w2"]));
        let (p, gradient) = residual(
            &format!("tanh({scale} * W[l] @ h[l-1])").replace("* W[l] @", "* (W[l] @").replace("h[l-1])", "h[l-1]))"),
            width,
            depth,
            nets,
        );
        let theirs = &oracle["value"]["by_depth"][depth.to_string()];
        near("ln gradient²", gradient, number(&theirs["log_grad_sq"]), share);
        close("ln p", &[p], &[libm::log(number(&theirs["p"]))], 0.04);
    }
}

#[test]
fn resnet_tanh_reduced() {
    // The standard error is 1.4 % with 60 networks.
    resnet_tanh(128, 10, 60, 0.05);
}

#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn resnet_tanh_reduced_long() {
    // From net to net the logarithm varies by 0.3, or 3 %.
    resnet_tanh(600, 50, 64, 0.012);
}

#[test]
fn resnet_relu_reduced() {
    for oracle in oracles("resnet_relu_reduced") {
        let scale = libm::sqrt(number(&oracle["parameters"]["sigma_w2"]));
        // Over few blocks: rectified branches have a mean, by which blocks come to depend on each other at a finite width.
        let (_, gradient) = residual(&format!("relu({scale} * (W[l] @ h[l-1]))"), 128, 4, 64);
        near("gain", libm::exp(gradient / 4.0), number(&oracle["value"]["grad_gain"]), 0.04);
    }
}

#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn resnet_unnormalised_long() {
    for oracle in oracles("resnet_unnormalised") {
        let depth = oracle["parameters"]["L"].as_i64().expect("a depth");
        let (p, gradient) = residual("V[l] @ relu(sqrt(2) * (W[l] @ h[l-1]))", 400, depth, 24);
        near("‖h‖²", libm::exp(p), number(&oracle["value"]["gain"]), 0.15);
        near("gradient²", libm::exp(gradient), number(&oracle["value"]["gain"]), 0.15);
    }
}

#[test]
fn resnet_unnormalised() {
    // Each block doubles both, so few layers show the rate with little spread.
    let (p, gradient) = residual("V[l] @ relu(sqrt(2) * (W[l] @ h[l-1]))", 128, 4, 24);
    for oracle in oracles("resnet_unnormalised") {
        let per_block = libm::log(number(&oracle["value"]["gain"])) / number(&oracle["parameters"]["L"]);
        near("‖h‖²", p / 4.0, per_block, 0.08);
        near("gradient²", gradient / 4.0, per_block, 0.08);
    }
}

#[test]
fn residual_scale_sum() {
    for oracle in oracles("residual_scale_sum") {
        let theirs = libm::log(number(&oracle["value"]["value"]));
        let (p, gradient) = residual("0.9^l * (W[l] @ h[l-1])", 96, 60, 12);
        close("ln ‖h‖²", &[p], &[theirs], 0.06);
        close("ln gradient²", &[gradient], &[theirs], 0.06);
    }
}

/// The mean log gain between 20 and 120 steps back, in cells as PyTorch draws them.
fn default_rates(nets: u64, tolerance: f64) {
    for oracle in oracles("default_init_backward_rate") {
        let parameters = &oracle["parameters"];
        let bias = number(&parameters["forget_bias"]);
        let name = if parameters["kind"] == "gru" { "gru_reset_after" } else { "lstm" };
        let wide = "~ uniform(-1/sqrt(H), 1/sqrt(H))";
        let mut text = String::new();
        for line in gallery(name).lines() {
            match line.strip_prefix("param b_") {
                // Two biases of one gate are one, drawn twice.
                Some(rest) => {
                    let names: Vec<String> = format!("b_{rest}")
                        .split(':')
                        .next()
                        .unwrap_or_default()
                        .split(',')
                        .map(|name| name.trim().to_string())
                        .collect();
                    text += &format!("param {} : H {wide}\n", names.join(", "));
                    let second: Vec<String> = names
                        .iter()
                        .filter(|name| !["b_n", "c_n"].contains(&name.as_str()))
                        .map(|name| name.replace("b_", "second_"))
                        .collect();
                    text += &format!("param {} : H {wide}\n", second.join(", "));
                }
                None if line.starts_with("param") => text += &format!("{line} {wide}\n"),
                None => {
                    let mut line = line.to_string();
                    for gate in ["i", "f", "o", "g", "r", "z"] {
                        let own = if gate == "f" { format!(" + {bias} * ones(H)") } else { String::new() };
                        line = line.replace(&format!("+ b_{gate})"), &format!("+ b_{gate} + second_{gate}{own})"));
                    }
                    text += &format!("{line}\n");
                }
            }
        }
        let plan =
            Plan { seeds: seeds(nets), ..plan("t", &[("D", number(&parameters["m"]) as i64), ("H", 128), ("T", 160)]) };
        let sweep = run(&text, &plan, &[]);
        let rates: Vec<f64> =
            sweep.runs.iter().map(|run| (run.gradient[0][40] - run.gradient[0][140]) / 100.0).collect();
        close(&format!("{parameters}"), &[mean(&rates)], &[number(&oracle["value"])], tolerance);
    }
}

#[test]
fn default_init_backward_rate() {
    default_rates(2, 0.03);
}

#[test]
#[ignore = "at the full size of the oracle: minutes with --release"]
fn default_init_backward_rate_long() {
    default_rates(8, 0.02);
}
