//! How each entry of the oracles is answered: through networks written in the language.

use crate::lab::{ACTIVATIONS, PLAIN, ask, name, network, set, square};
use nablascope::evaluate::draw::Sampler;
use nablascope::math::draw::Distribution;
use nablascope::math::network::Sizes;
use nablascope::math::theory::{Fate, Moments, Passage};
use serde_json::{Value, json};

/// How an entry is answered.
pub enum Answer {
    /// By this function, which gives our values in the form of the oracle's.
    Met(fn(&Value) -> Value),
    /// By a sweep: the file and the test.
    Swept(&'static str, &'static str),
    /// Not at all, and why.
    LeftOut(&'static str),
}

use Answer::{LeftOut, Met, Swept};

/// Every name in the file.
pub const ANSWERS: &[(&str, Answer)] = &[
    ("mf_fixed_point", Met(fixed_point)),
    ("phase_boundary", Met(boundary)),
    ("critical_sigma_w2_leaky", Met(critical_leaky)),
    ("maxout_second_moment", Met(maxout)),
    ("act_moments_q1", Met(moments)),
    ("selu_fixed_point", Met(selu)),
    ("mf_sigmoid", Met(sigmoid)),
    ("critical_point_PDLT", Met(critical_point)),
    ("mf_recursion_L50", Met(recursion)),
    ("tanh_critical_decay", Met(critical_decay)),
    ("relu_corr_map", Met(correlation_map)),
    ("lyapunov_gaussian_product", Met(gaussian_product)),
    ("sv2_moments_gaussian_linear", Met(linear_moments)),
    ("sv2_second_moment_finiteN", Met(second_moment)),
    ("sv2_relu", Met(relu_spectrum)),
    ("sv2_variance_smooth", Met(smooth_variance)),
    ("lyapunov_sum_tanh", Met(mean_exponent)),
    ("relu_lognorm_per_layer", Met(log_norm)),
    ("hanin_beta", Met(beta)),
    ("bn_gradient_explosion", Met(batch)),
    ("bn_jacobian", Swept("tests/sweeps/cells.rs", "jacobians_of_normalisations_and_softmax")),
    ("resnet_tanh_reduced", Met(residual_tanh)),
    ("resnet_relu_reduced", Met(residual_relu)),
    ("resnet_unnormalised", Met(unnormalised)),
    ("residual_scale_sum", Met(scale_sum)),
    (
        "shattered",
        LeftOut("assumes a co-activation of 1/4, which a random ReLU network does not have; see relu_corr_map"),
    ),
    ("forget_gate", Met(forget_gate)),
    ("forget_gate_random", Met(forget_gate_random)),
    ("chrono", LeftOut("a rule for a bias; no property of a network")),
    ("minimal_rnn", Met(minimal)),
    ("rnn_discrete_lyap", Met(discrete)),
    ("rnn_discrete_lyap_finiteN", Swept("tests/sweeps/exponent.rs", "rnn_discrete_lyap_finite_width")),
    ("rnn_continuous_lyap", LeftOut("a differential equation in time; recurrences here are discrete")),
    ("default_init_backward_rate", Swept("tests/sweeps/means.rs", "default_init_backward_rate")),
    ("optimizer_stability", LeftOut("speaks of optimisers; networks have none here")),
    ("momentum_radius", LeftOut("speaks of optimisers; networks have none here")),
    ("polyak_optimal", LeftOut("speaks of optimisers; networks have none here")),
    ("gradient_clip", LeftOut("speaks of optimisers; networks have none here")),
    ("saxe_mode", LeftOut("the dynamics of training; nothing is trained here")),
    ("softmax_jacobian", Swept("tests/sweeps/cells.rs", "jacobians_of_normalisations_and_softmax")),
    ("conv_singular_values", LeftOut("circular convolutions are no operation of the language")),
    ("pascanu_bound", Met(pascanu)),
    ("xavier", Met(xavier)),
    ("preln_final_scale", Met(pre_norm)),
    ("cell_jacobian_rnn_tanh", Swept("tests/sweeps/cells.rs", "cell_jacobian_rnn_tanh")),
    ("cell_jacobian_gru", Swept("tests/sweeps/cells.rs", "cell_jacobian_gru")),
    ("cell_jacobian_lstm", Swept("tests/sweeps/cells.rs", "cell_jacobian_lstm")),
    ("layernorm_jacobian", Swept("tests/sweeps/cells.rs", "jacobians_of_normalisations_and_softmax")),
    ("batchnorm_batch_jacobian", Swept("tests/sweeps/cells.rs", "jacobians_of_normalisations_and_softmax")),
    ("attention_jacobian", LeftOut("a single layer: nothing recurs that a sweep could follow")),
    ("mlp_end_to_end", Swept("tests/sweeps/cells.rs", "mlp_end_to_end")),
    ("attention_rank_collapse", LeftOut("speaks of token matrices whose rows are renormalised; not a gradient")),
];

fn number(oracle: &Value, key: &str) -> f64 {
    oracle["parameters"][key].as_f64().unwrap_or_else(|| panic!("{key} of {oracle}"))
}

/// Settings of the plain network for an activation of the oracles.
fn activation(oracle: &Value) -> Vec<String> {
    let act = oracle["parameters"]["act"].as_str().expect("an activation");
    match act.strip_prefix("leaky") {
        Some(slope) => vec!["phi=leaky".into(), format!("slope={slope}")],
        None => vec![format!("phi={act}")],
    }
}

/// The same with the variances of weights and biases.
fn plain(oracle: &Value) -> Vec<String> {
    let mut settings = activation(oracle);
    settings.push(set("sigma_w", number(oracle, "sigma_w2").sqrt()));
    settings.push(set("sigma_b", number(oracle, "sigma_b2").sqrt()));
    settings
}

fn settled(model: &nablascope::flow::theory::Model<'_>) -> (Moments, f64) {
    match model.fate(square(1.0)).expect("a fate") {
        Fate::Settles(at, factor) => (at, factor),
        other => panic!("it should settle: {other:?}"),
    }
}

fn pass(model: &nablascope::flow::theory::Model<'_>, state: Moments) -> Passage {
    model.pass(state).expect("a passage")
}

fn fixed_point(oracle: &Value) -> Value {
    // The same in activations must give the same.
    let mut settings = plain(oracle);
    let both: Vec<Value> = [PLAIN, ACTIVATIONS]
        .into_iter()
        .map(|text| {
            settings.retain(|setting| !setting.starts_with("slope"));
            ask(text, &settings, |model| {
                let (at, factor) = settled(model);
                let passage = pass(model, at);
                let (c, chi_c) = model.rest(at, passage.chi).expect("a correlation");
                let q = passage.sums.first().map_or(at.square, |(_, moments)| moments.square);
                let xi = |chi: f64| -1.0 / libm::log(chi);
                json!({
                    "q": q, "chi1": passage.chi, "c": c, "xi_c": xi(chi_c), "xi_q": xi(factor), "xi_grad": xi(passage.chi),
                    "dqdq": factor,
                })
            })
        })
        .collect();
    for (key, one) in both[0].as_object().expect("fields") {
        let (one, other) = (one.as_f64().expect("a number"), both[1][key].as_f64().expect("a number"));
        assert!((one - other).abs() <= 1e-7 * one.abs().max(1.0), "{key} of {oracle}: {one} {other}");
    }
    both[0].clone()
}

fn boundary(oracle: &Value) -> Value {
    let mut settings = activation(oracle);
    settings.push(set("sigma_b", number(oracle, "sigma_b2").sqrt()));
    ask(PLAIN, &settings, |model| {
        let found = model.critical(&name("sigma_w"), (0.1, 4.0), 20, square(1.0)).expect("a boundary").critical;
        assert_eq!(found.len(), 1, "{oracle}");
        let constants = [(name("sigma_w"), found[0])].into();
        let (at, _) = model.with(&constants, settled);
        json!({ "sigma_w2": found[0] * found[0], "sigma_w": found[0], "q": at.square })
    })
}

fn critical_leaky(oracle: &Value) -> Value {
    let settings = ["phi=leaky".to_string(), set("slope", number(oracle, "slope"))];
    ask(PLAIN, &settings, |model| {
        let found = model.critical(&name("sigma_w"), (0.1, 4.0), 20, square(1.0)).expect("a boundary").critical;
        json!(found[0] * found[0])
    })
}

fn maxout(oracle: &Value) -> Value {
    let text = "network maxout\nsize N\nalong l\nover k : K\nparam W[l,k] : N × N ~ normal(0, sigma_w / sqrt(N))\n\
                const sigma_w = 1\nstate h[l] : N\nh[l] = max[k](W[l,k] @ h[l-1])\n";
    let settings = [format!("K={}", number(oracle, "k"))];
    ask(text, &settings, |model| {
        let passage = pass(model, square(1.0));
        let (forward, backward) = (passage.state.square, passage.chi);
        // With this variance the mean square stays; the gradient then has this gain.
        json!({ "M": forward, "forward_crit_sigma_w2": 1.0 / forward, "random_dir_jac_gain_per_layer_sq": backward / forward })
    })
}

fn moments(oracle: &Value) -> Value {
    ask(PLAIN, &activation(oracle), |model| {
        let slopes = pass(model, square(number(oracle, "q"))).functions[0];
        json!({ "V": slopes.square, "D2": slopes.slope_square, "D4": slopes.slope_fourth })
    })
}

fn selu(_: &Value) -> Value {
    // Mean and variance of activations; weights of a unit add up to a mean of 0: state in activations.
    ask(ACTIVATIONS, &["phi=selu".into()], |model| {
        let at = square(1.0);
        let passage = pass(model, at);
        let after = |mean: f64, variance: f64| {
            let slopes = |mean: f64| set("mean", mean);
            let text = "network unit\nsize N\nalong l\nparam W[l] : N × N ~ normal(0, s / sqrt(N)), b[l] : N ~ constant(mean)\n\
                        const s = 1, mean = 0\nstate h[l] : N\nh[l] = selu(W[l] @ h[l-1] + b[l])\n";
            ask(text, &[slopes(mean), set("s", variance.sqrt())], |model| {
                let state = pass(model, square(1.0)).state;
                (state.mean, state.square - state.mean * state.mean)
            })
        };
        let d = 1e-4;
        let by_variance = (after(0.0, 1.0 + d).1 - after(0.0, 1.0 - d).1) / (2.0 * d);
        let by_variance_of_mean = (after(0.0, 1.0 + d).0 - after(0.0, 1.0 - d).0) / (2.0 * d);
        json!({
            "mean": passage.state.mean,
            "var": passage.state.square - passage.state.mean * passage.state.mean,
            "dmean_dnu": by_variance_of_mean,
            "dvar_dnu": by_variance,
            "chi1": passage.chi,
        })
    })
}

fn sigmoid(oracle: &Value) -> Value {
    ask(PLAIN, &plain(oracle), |model| {
        let (at, _) = settled(model);
        json!({ "q": at.square, "chi1": pass(model, at).chi })
    })
}

fn critical_point(oracle: &Value) -> Value {
    ask(PLAIN, &activation(oracle), |model| {
        let found =
            model.critical_point(&name("sigma_w"), &name("sigma_b")).expect("it is asked well").expect("a point");
        let value = |at: usize| found.values[at].1 * found.values[at].1;
        json!({ "K": found.square, "C_W": value(0), "C_b": value(1) })
    })
}

fn recursion(oracle: &Value) -> Value {
    ask(PLAIN, &plain(oracle), |model| {
        let (mut state, mut log) = (square(number(oracle, "q0")), 0.0);
        for _ in 0..number(oracle, "L") as usize {
            let passage = pass(model, state);
            (state, log) = (passage.state, log + libm::log(passage.chi));
        }
        json!({ "qL": state.square, "log10_grad_sq_gain": log / std::f64::consts::LN_10 })
    })
}

fn critical_decay(oracle: &Value) -> Value {
    ask(PLAIN, &[], |model| {
        let (mut state, mut log, l) = (square(1.0), 0.0, number(oracle, "l"));
        for _ in 0..l as usize {
            let passage = pass(model, state);
            (state, log) = (passage.state, log + libm::log(passage.chi));
        }
        json!({ "q": state.square, "l_times_q": l * state.square, "log_grad_sq": log })
    })
}

fn correlation_map(oracle: &Value) -> Value {
    ask(PLAIN, &["phi=relu".into(), set("sigma_w", 2f64.sqrt())], |model| {
        let map = model.map(square(1.0)).expect("pairs").expect("a map");
        let (mut c, mut log) = (number(oracle, "c0"), 0.0);
        let approach = map.approach().expect("a kink");
        let mut found = serde_json::Map::new();
        for l in 1..=1000 {
            let (next, _, chi) = map.step(c);
            (c, log) = (next, log + libm::log(chi));
            if [1, 2, 10, 50, 100, 1000].contains(&l) {
                let asymptotic = 1.0 - approach / f64::from(l * l);
                found.insert(l.to_string(), json!({ "c": c, "grad_corr": libm::exp(log), "asym": asymptotic }));
            }
        }
        Value::Object(found)
    })
}

fn linear(width: f64, depth: f64, question: impl Fn(&nablascope::flow::theory::Model<'_>, i64, i64) -> Value) -> Value {
    let text = "network linear\nsize N\nalong l\nparam W[l] : N × N ~ lecun\nstate h[l] : N\nh[l] = W[l] @ h[l-1]\n";
    ask(text, &[], |model| question(model, width as i64, depth as i64))
}

fn gaussian_product(oracle: &Value) -> Value {
    linear(number(oracle, "N"), 1.0, |model, width, depth| {
        let all = model.finite(square(1.0), width, depth).expect("asked well").expect("it is linear").exponents;
        json!({
            "lam1": all[0], "lamN": all[all.len() - 1], "sum": all.iter().sum::<f64>(),
            "lam8": all[7.min(all.len() - 1)], "first4": all[..4.min(all.len())],
        })
    })
}

fn linear_moments(oracle: &Value) -> Value {
    linear(1.0, number(oracle, "L"), |model, _, depth| {
        let spectrum = model.spectrum(square(1.0), depth).expect("asked well").expect("it is plain");
        let [m1, m2, m3, m4] = spectrum.moments;
        json!({
            "m2": m2, "m3": m3, "m4": m4, "var": m2 - m1 * m1, "lambda_max": spectrum.largest, "smax": spectrum.largest.sqrt(),
        })
    })
}

fn second_moment(oracle: &Value) -> Value {
    linear(number(oracle, "N"), number(oracle, "L"), |model, width, depth| {
        let finite = model.finite(square(1.0), width, depth).expect("asked well").expect("it is linear");
        let (second, first) = finite.traces.expect("it is linear");
        json!({ "E_t2": second, "E_t1sq": first })
    })
}

/// The plain network with orthogonal weights.
fn orthogonal() -> String {
    PLAIN.replace("normal(0, sigma_w / sqrt(N))", "orthogonal(sigma_w)")
}

fn relu_spectrum(oracle: &Value) -> Value {
    let settings = ["phi=relu".to_string(), set("sigma_w", number(oracle, "sigma_w2").sqrt())];
    let spectrum = |text: &str| {
        ask(text, &settings, |model| {
            let spectrum = model.spectrum(square(1.0), number(oracle, "L") as i64).expect("asked well").expect("plain");
            (spectrum.moments[1] - spectrum.moments[0] * spectrum.moments[0], spectrum.largest)
        })
    };
    let (normal, orthogonal) = (spectrum(PLAIN), spectrum(&orthogonal()));
    json!({ "var_gauss": normal.0, "var_orth": orthogonal.0, "lmax_gauss": normal.1, "lmax_orth": orthogonal.1 })
}

fn smooth_variance(oracle: &Value) -> Value {
    let settings = plain(oracle);
    let per_step = |text: &str| {
        ask(text, &settings, |model| {
            let (at, _) = settled(model);
            let spectrum = model.spectrum(at, 7).expect("asked well").expect("plain");
            let [mean, square, ..] = spectrum.moments;
            // The variance over seven steps is seven times that of one, since χ is 1.
            assert!(((square - mean * mean) / 7.0 - spectrum.variance_per_step).abs() < 1e-5, "{spectrum:?}");
            (spectrum.variance_per_step, mean)
        })
    };
    let (normal, orthogonal) = (per_step(PLAIN), per_step(&orthogonal()));
    json!({ "var_over_L_orth": orthogonal.0, "var_over_L_gauss": normal.0, "mean": normal.1 })
}

fn mean_exponent(oracle: &Value) -> Value {
    let mut settings = vec![set("sigma_w", number(oracle, "sigma_w2").sqrt())];
    settings.push(set("sigma_b", number(oracle, "sigma_b2").sqrt()));
    let mean = |text: &str| {
        ask(text, &settings, |model| {
            let (at, _) = settled(model);
            (
                model.spectrum(at, 1).expect("asked well").expect("plain").mean_exponent,
                model.slope_log(at).expect("logs")[0].1,
            )
        })
    };
    let (normal, orthogonal) = (mean(PLAIN), mean(&orthogonal()));
    json!({ "mean_orth": orthogonal.0, "mean_gauss_inf": normal.0, "E_log_dphi": normal.1 })
}

fn he(width: f64, depth: f64) -> nablascope::math::theory::Finite {
    ask(PLAIN, &["phi=relu".into(), set("sigma_w", 2f64.sqrt())], |model| {
        model.finite(square(1.0), width as i64, depth as i64).expect("asked well").expect("plain")
    })
}

fn log_norm(oracle: &Value) -> Value {
    let finite = he(number(oracle, "N"), 1.0);
    assert!(finite.exact);
    json!({
        "mean_log_sq": finite.log_mean, "var_log_sq": finite.log_variance, "lyap_top": finite.log_mean / 2.0,
        "E_r2": finite.square, "P_dead": finite.dead,
    })
}

fn beta(oracle: &Value) -> Value {
    let finite = he(number(oracle, "N"), number(oracle, "L"));
    // The excess of one step is 5/N, so exp(5β) is what it would be if steps were many and thin.
    let excess = 3.0 * finite.flatness - 1.0;
    json!({ "beta": finite.steps_by_width, "ratio": finite.ratio, "exp5beta": libm::exp(excess * finite.steps_by_width) })
}

fn batch(oracle: &Value) -> Value {
    let text = "network bn\nsize N\nalong l\nover n : B\nparam W[l] : N × N ~ he, gamma[l] : N, beta[l] : N\n\
                const phi = relu\nstate h[l,n] : N\nh[l,n] = phi(batchnorm[n](W[l] @ h[l-1,n], gamma[l], beta[l], 1e-5))\n";
    let growth = |phi: &str, count: Option<i64>| {
        ask(text, &[format!("phi={phi}")], |model| model.batch(count).expect("asked well").expect("it normalises"))
    };
    let count = Some(number(oracle, "B") as i64);
    let relu = growth("relu", count);
    json!({
        "linear": growth("identity", count).growth, "relu": relu.growth, "relu_inf": growth("relu", None).growth,
        "fwd_offdiag": relu.product,
    })
}

fn residual_tanh(oracle: &Value) -> Value {
    let text = "network residual\nsize N\nalong l\nparam W[l] : N × N ~ normal(0, sigma_w / sqrt(N)), b[l] : N ~ normal(0, sigma_b)\n\
                const sigma_w = 1, sigma_b = 0\nstate x[l] : N\nx[l] = x[l-1] + tanh(W[l] @ x[l-1] + b[l])\n";
    let sigma_w = number(oracle, "sigma_w2").sqrt();
    let settings = [set("sigma_w", sigma_w), set("sigma_b", number(oracle, "sigma_b2").sqrt())];
    ask(text, &settings, |model| {
        let (mut state, mut log) = (square(number(oracle, "p0")), 0.0);
        let mut found = serde_json::Map::new();
        for l in 1..=400 {
            let passage = pass(model, state);
            (state, log) = (passage.state, log + libm::log(passage.chi));
            if [10, 50, 100, 200, 400].contains(&l) {
                found.insert(l.to_string(), json!({ "p": state.square, "log_grad_sq": log }));
            }
        }
        // χ − 1 ≈ A/(2√l) far out, since then p ≈ l and E φ′² ≈ (4/3)/√(2πq).
        let far = 1e10;
        let rate = (pass(model, square(far)).chi - 1.0) * 2.0 * far.sqrt();
        json!({ "A": rate, "by_depth": found })
    })
}

fn residual_relu(oracle: &Value) -> Value {
    let text = "network residual\nsize N\nalong l\nparam W[l] : N × N ~ normal(0, sigma_w / sqrt(N))\nconst sigma_w = 1\n\
                state x[l] : N\nx[l] = x[l-1] + relu(W[l] @ x[l-1])\n";
    ask(
        text,
        &[set("sigma_w", number(oracle, "sigma_w2").sqrt())],
        |model| json!({ "grad_gain": pass(model, square(1.0)).chi }),
    )
}

/// A residual branch of two layers; `{}` is what goes into it, `scale` what it is multiplied by.
const BRANCH: &str = "network branch\nsize N\nalong l\nparam V[l] : N × N ~ he, W[l] : N × N ~ lecun\nconst scale = 1\n\
                      state x[l] : N\nx[l] = x[l-1] + scale * (W[l] @ relu(V[l] @ {}))\n";

fn deep(text: &str, settings: &[String], depth: usize) -> (f64, f64) {
    ask(text, settings, |model| {
        let (mut state, mut chi) = (square(1.0), 1.0);
        for _ in 0..depth {
            let passage = pass(model, state);
            (state, chi) = (passage.state, chi * passage.chi);
        }
        (state.square, chi)
    })
}

fn unnormalised(oracle: &Value) -> Value {
    let depth = number(oracle, "L") as usize;
    let (forward, backward) = deep(&BRANCH.replace("{}", "x[l-1]"), &[], depth);
    assert!((forward - backward).abs() < 1e-9 * forward, "{forward} {backward}");
    let (normalised, _) = deep(&BRANCH.replace("{}", "(x[l-1] / sqrt(mean(x[l-1]^2)))"), &[], depth);
    let scaled = deep(&BRANCH.replace("{}", "x[l-1]"), &[set("scale", 1.0 / (depth as f64).sqrt())], depth).0;
    json!({ "gain": backward, "normalised_branch_var": normalised, "scaled_1_over_sqrtL": scaled })
}

fn pre_norm(oracle: &Value) -> Value {
    let depth = number(oracle, "L") as usize;
    let text = BRANCH.replace("{}", "layernorm(x[l-1], ones(N), 0 * ones(N), 0)");
    let (forward, backward) = deep(&text, &[], depth);
    // The branch of the last block sees a state of mean square L + 1 behind a normalisation.
    json!({ "fwd": forward, "bwd_noLN": backward, "last_grad_sq_rel": 1.0 / forward })
}

fn scale_sum(_: &Value) -> Value {
    let text = "network scaled\nsize N\nalong l\nparam W[l] : N × N ~ lecun\nconst rate = 0.9\n\
                state x[l] : N\nx[l] = x[l-1] + rate^l * (W[l] @ x[l-1])\n";
    ask(text, &[], |model| {
        let mut state = square(1.0);
        for l in 1..=400 {
            state = model.at(l).pass(state).expect("a passage").state;
        }
        json!({ "value": state.square })
    })
}

fn forget_gate(oracle: &Value) -> Value {
    let text = "network cell\nsize N\nalong t\nparam b : N ~ constant(b_f)\nconst b_f = 0\nstate c[t] : N\n\
                c[t] = sigmoid(b) * c[t-1]\n";
    ask(text, &[set("b_f", number(oracle, "b_f"))], |model| {
        let f = pass(model, square(1.0)).chi.sqrt();
        json!({ "f": f, "T100_log10": 100.0 * libm::log10(f), "half_life": -std::f64::consts::LN_2 / libm::log(f) })
    })
}

fn forget_gate_random(oracle: &Value) -> Value {
    let text = "network cell\nsize N\nalong t\nparam u[t] : N ~ normal(b, s)\nconst b = 0, s = 1\nstate c[t] : N\n\
                c[t] = sigmoid(u[t]) * c[t-1]\n";
    ask(text, &[set("b", number(oracle, "b")), set("s", number(oracle, "s"))], |model| {
        let passage = pass(model, square(1.0));
        json!({ "Ef": passage.direct_mean.0, "Ef2": passage.chi, "Elogf": passage.direct_mean.1 })
    })
}

fn minimal(oracle: &Value) -> Value {
    let text = "network minimal\nsize N\nalong t\ninput x[t] : N ~ normal(0, r)\n\
                param W[t] : N × N ~ normal(0, sigma_w / sqrt(N)), V[t] : N × N ~ normal(0, sigma_v / sqrt(N)), b : N ~ constant(mu_b)\n\
                const sigma_w = 1, sigma_v = 1, mu_b = 0, r = 1\nstate h[t] : N\n\
                u[t] = sigmoid(W[t] @ h[t-1] + V[t] @ x[t] + b)\nh[t] = u[t] * h[t-1] + (1 - u[t]) * x[t]\n";
    let settings = [
        set("sigma_w", number(oracle, "sigma_w2").sqrt()),
        set("sigma_v", number(oracle, "sigma_v2").sqrt()),
        set("mu_b", number(oracle, "mu_b")),
        set("r", number(oracle, "R").sqrt()),
    ];
    ask(text, &settings, |model| {
        let (at, _) = settled(model);
        json!({ "Q": at.square, "chi1": pass(model, at).chi })
    })
}

/// A random recurrent network; theory takes fresh weights at each step, which in the limit have the same largest exponent.
const RANDOM: &str = "network random\nsize N\nalong t\nparam J[t] : N × N ~ normal(0, g / sqrt(N))\nconst g = 1\n\
                      state x[t] : N\nx[t] = J[t] @ tanh(x[t-1])\n";

fn discrete(oracle: &Value) -> Value {
    ask(RANDOM, &[set("g", number(oracle, "g"))], |model| {
        let fate = model.fate(square(1.0)).expect("a fate");
        let end = model.end(&fate).expect("an end");
        json!({ "q": end.state.square, "lam1": libm::log(end.chi) / 2.0 })
    })
}

fn pascanu(oracle: &Value) -> Value {
    use nablascope::math::jacobian::{Question, Size};
    let text = "network bound\nsize N\nalong t\nparam U : N × N\nstate h[t] : N\nh[t] = sigmoid(U @ h[t-1])\n";
    let parts = nablascope::parts_named(&network(text, &[]));
    let read = |text: &str| {
        let source = nablascope::math::source::Source::new("ask", text);
        nablascope::reading(&parts, &source, 0..text.len()).expect("a reading")
    };
    let question = Question { of: vec![read("h[t]")], wrt: vec![read("h[t-1]")], through: None };
    let jacobian = nablascope::jacobian(&parts, &question).expect("a Jacobian");
    let [summand] = jacobian.blocks[0].bound.summands.as_slice() else { panic!("one path") };
    assert!(matches!(summand.factors.as_slice(), [Size::Spectral(_)]), "{summand:?}");
    let slope = nablascope::math::number::to_f64(&summand.number);
    json!({ "bound": libm::pow(slope * number(oracle, "sigma_max"), number(oracle, "T")) })
}

fn xavier(oracle: &Value) -> Value {
    let sizes: Sizes = [(name("M"), number(oracle, "n_out") as i64), (name("N"), number(oracle, "n_in") as i64)].into();
    let entries = |draw: &str| {
        let text = format!("network drawn\nsize M, N\ninput x : N\nparam W : M × N ~ {draw}\ny = W @ x\n");
        let network = network(&text, &[]);
        assert!(matches!(
            network.quantities["W"].draw.as_ref().expect("drawn").distribution,
            Distribution::Normal { .. } | Distribution::Uniform { .. }
        ));
        Sampler::new(&network, &sizes, &name("W")).expect("a sampler").arguments()[0].clone()
    };
    let heuristic = "network heuristic\nsize N\nalong l\nparam W[l] : N × N ~ uniform(-1/sqrt(N), 1/sqrt(N))\n\
                     state h[l] : N\nh[l] = W[l] @ h[l-1]\n";
    let gain = ask(heuristic, &[], |model| pass(model, square(1.0)).chi);
    let (normal, uniform) = (entries("xavier"), entries("xavier_uniform"));
    json!({ "var": normal[1] * normal[1], "limit": uniform[1], "std_heuristic_gain": gain })
}
