//! Laws of theory that no entry of the oracles holds: relations between its parts, closed forms, and networks of other forms.

use crate::lab::{ACTIVATIONS, PLAIN, ask, set, square};
use nablascope::math::theory::Fate;

fn close(found: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!((found - wanted).abs() <= tolerance * wanted.abs().max(1.0), "{what}: {found}, not {wanted}");
}

const ALL: [&str; 12] =
    ["tanh", "sigmoid", "relu", "softplus", "erf", "gelu", "gelu_tanh", "silu", "mish", "elu", "selu", "softsign"];

/// For a normal number u of variance q: E uφ(u) = q E φ′(u), whatever φ. It joins values with derived slopes, at every scale.
#[test]
fn slopes_and_values_fit_each_other() {
    let text = PLAIN.replace("phi(z[l-1])", "(z[l-1] * phi(z[l-1]))");
    for phi in ALL {
        for q in [1e-4, 0.3, 1.0, 25.0, 1e4] {
            let settings = [format!("phi={phi}")];
            let product = ask(&text, &settings, |model| model.pass(square(q)).expect("finite").functions[0].mean);
            let slope = ask(PLAIN, &settings, |model| model.pass(square(q)).expect("finite").functions[0].slope);
            close(product / q, slope, 1e-9, &format!("{phi} at {q}"));
        }
    }
}

/// Two equal inputs are one; and the slope of the map of correlations is χ_c.
#[test]
fn pairs_end_in_single_inputs_and_move_by_their_slopes() {
    for phi in ALL.into_iter().chain(["hard"]) {
        let text = PLAIN.replace("state z", "def hard(u) = max(min(u, 1), -1)\nstate z");
        ask(&text, &[format!("phi={phi}"), set("sigma_w", 1.3), set("sigma_b", 0.2)], |model| {
            let at = square(0.8);
            let passage = model.pass(at).expect("finite");
            let pair = |x: f64| model.pair(at, x * at.square).expect("a pair");
            close(pair(1.0).product, passage.state.square, 1e-12, phi);
            close(pair(1.0).chi, passage.chi, 1e-12, phi);
            close(pair(1.0 - 1e-10).product, passage.state.square, 1e-8, phi);
            for x in [-0.7, 0.0, 0.4, 0.95] {
                let step = 1e-3;
                let slope = |step: f64| (pair(x + step).product - pair(x - step).product) / (2.0 * step * at.square);
                // Richardson's extrapolation.
                let found = (4.0 * slope(step / 2.0) - slope(step)) / 3.0;
                close(found, pair(x).chi, 1e-7, &format!("{phi} at {x}"));
            }
        });
    }
}

/// Cho & Saul, 2009: the rectifier's map in closed form, also between opposite inputs.
#[test]
fn the_rectifier_has_its_closed_map() {
    ask(ACTIVATIONS, &["phi=relu".into(), set("sigma_w", 2f64.sqrt())], |model| {
        for c in [0.0, 0.3, 0.9, 0.999, 0.999_999] {
            let pair = model.pair(square(1.0), c).expect("a pair");
            let angle = c.acos();
            close(
                pair.product,
                (libm::sin(angle) + (std::f64::consts::PI - angle) * c) / std::f64::consts::PI,
                1e-11,
                "value",
            );
            close(pair.chi, 1.0 - angle / std::f64::consts::PI, 1e-11, "slope");
        }
    });
}

#[test]
fn fates_are_told_apart() {
    let fate = |settings: &[&str]| {
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_string()).collect();
        ask(PLAIN, &settings, |model| model.fate(square(1.0)).expect("a fate"))
    };
    let neutral = fate(&["phi=relu", "sigma_w=1.4142135623730951"]);
    assert!(matches!(neutral, Fate::Neutral(_)), "{neutral:?}");
    assert!(matches!(fate(&["phi=relu", "sigma_w=1.5"]), Fate::Grows(factor) if (factor - 1.125).abs() < 1e-9));
    assert!(matches!(fate(&["phi=relu", "sigma_w=1"]), Fate::Dies(factor) if (factor - 0.5).abs() < 1e-9));
    let critical = fate(&["phi=tanh", "sigma_w=1"]);
    assert!(matches!(critical, Fate::Dies(factor) if (factor - 1.0).abs() < 1e-6), "{critical:?}");
    assert!(matches!(fate(&["phi=tanh", "sigma_w=0.5"]), Fate::Dies(factor) if (factor - 0.25).abs() < 1e-6));
    assert!(matches!(fate(&["phi=tanh", "sigma_w=3"]), Fate::Settles(_, factor) if factor < 1.0));
    // ReLU with a bias: q = σ_w² q/2 + σ_b².
    let Fate::Settles(at, factor) = fate(&["phi=relu", "sigma_w=1", "sigma_b=0.5"]) else { panic!("it settles") };
    close(at.square, 0.5, 1e-12, "q*");
    close(factor, 0.5, 1e-9, "its factor");
}

/// A gate beside a product: E h² = E a² · E σ(b)², since a and b are independent; and χ has both paths.
#[test]
fn functions_of_two_sums_are_joint_means() {
    let text = "network gated\nsize N\nalong l\nparam A[l], B[l] : N × N ~ normal(0, s / sqrt(N))\nconst s = 1.2\nstate h[l] : N\n\
                h[l] = (A[l] @ h[l-1]) * sigmoid(B[l] @ h[l-1])\n";
    let (gate, slope) = ask(PLAIN, &["phi=sigmoid".into()], |model| {
        let slopes = model.pass(square(1.44)).expect("finite").functions[0];
        (slopes.square, slopes.slope_square)
    });
    ask(text, &[], |model| {
        let passage = model.pass(square(1.0)).expect("finite");
        close(passage.state.square, 1.44 * gate, 1e-9, "E h²");
        close(passage.chi, 1.44 * (gate + 1.44 * slope), 1e-9, "χ");
    });
    // Sums that share a product are not independent: here they are one and the same.
    let same = "network same\nsize N\nalong l\nparam A[l] : N × N ~ normal(0, 1.2 / sqrt(N))\nstate h[l] : N\n\
                a[l] = A[l] @ h[l-1]\nh[l] = tanh(a[l]) * sigmoid(2 * a[l])\n";
    let one = PLAIN.replace("state z", "def both(u) = tanh(u) * sigmoid(2 * u)\nstate z");
    let wanted = ask(&one, &["phi=both".into()], |model| model.pass(square(1.44)).expect("finite").functions[0].square);
    ask(same, &[], |model| close(model.pass(square(1.0)).expect("finite").state.square, wanted, 1e-8, "E h²"));
}

/// The larger of two sums, by the joint mean and by the law of the largest.
#[test]
fn maxima_agree_in_both_forms() {
    let two = "network two\nsize N\nalong l\nparam A[l], B[l] : N × N ~ lecun\nstate h[l] : N\nh[l] = max(A[l] @ h[l-1], B[l] @ h[l-1])\n";
    let copies = "network copies\nsize N\nalong l\nover k : 2\nparam A[l,k] : N × N ~ lecun\nstate h[l] : N\nh[l] = max[k](A[l,k] @ h[l-1])\n";
    let pass = |text: &str| ask(text, &[], |model| model.pass(square(1.0)).expect("finite"));
    let (two, copies) = (pass(two), pass(copies));
    // E max(u, v)² = 1 and E max(u, v) = 1/√π for independent u and v.
    close(copies.state.square, 1.0, 1e-12, "E h²");
    close(copies.state.mean, 1.0 / std::f64::consts::PI.sqrt(), 1e-12, "E h");
    close(two.state.square, 1.0, 1e-2, "E h² over the plane");
    close(two.chi, copies.chi, 1e-2, "χ");
}

/// Layer normalisation fixes the mean square, so χ is that of the function over the variance it divides by.
#[test]
fn normalised_layers_have_the_gain_of_their_function() {
    let text = "network normed\nsize N\nalong l\nparam W[l] : N × N ~ normal(0, s / sqrt(N)), g[l], b[l] : N\nconst s = 3, phi = tanh\n\
                state h[l] : N\nh[l] = phi(layernorm(W[l] @ h[l-1], g[l], b[l], 0))\n";
    let (value, slope) = ask(PLAIN, &[], |model| {
        let slopes = model.pass(square(1.0)).expect("finite").functions[0];
        (slopes.square, slopes.slope_square)
    });
    for s in [0.5, 3.0] {
        ask(text, &[set("s", s)], |model| {
            let Fate::Settles(at, _) = model.fate(square(5.0)).expect("a fate") else { panic!("it settles") };
            close(at.square, value, 1e-12, "E h²");
            close(model.pass(at).expect("finite").chi, slope / value, 1e-12, "χ");
        });
    }
}

/// Batch normalisation with any activation: a large batch is an infinite one, and scales do not matter to rectifiers.
#[test]
fn batches_have_their_limits() {
    let text = "network bn\nsize N\nalong l\nover n : B\nparam W[l] : N × N ~ he, gamma[l] : N ~ constant(g), beta[l] : N\n\
                const phi = relu, g = 1\nstate h[l,n] : N\na[l,n] = W[l] @ h[l-1,n]\nmu[l] = mean[n](a[l,n])\n\
                var[l] = mean[n]((a[l,n] - mu[l])^2)\n\
                h[l,n] = phi(gamma[l] * (a[l,n] - mu[l]) / sqrt(var[l] + 1e-5) + beta[l])\n";
    let growth = |phi: &str, g: f64, count: Option<i64>| {
        ask(text, &[format!("phi={phi}"), set("g", g)], |model| {
            model.batch(count).expect("asked well").expect("a batch").growth
        })
    };
    for phi in ["relu", "tanh", "gelu", "softplus"] {
        let (large, infinite) = (growth(phi, 1.0, Some(20_000)), growth(phi, 1.0, None));
        close(large, infinite, 1e-3, phi);
        assert!(growth(phi, 1.0, Some(8)) > infinite, "{phi}: a small batch is worse");
    }
    close(growth("relu", 3.0, Some(16)), growth("relu", 1.0, Some(16)), 1e-9, "scale");
    // A narrow tanh is linear: (B−2)/(B−3).
    close(growth("tanh", 1e-4, Some(10)), 8.0 / 7.0, 1e-6, "tanh where it is straight");
    close(growth("relu", 1.0, None), std::f64::consts::PI / (std::f64::consts::PI - 1.0), 1e-12, "Yang et al.");
}

/// The moments of singular values over one step are those of slopes and weights: E σ⁴ of a normal matrix is 2.
#[test]
fn spectra_of_one_step_follow_from_their_parts() {
    ask(PLAIN, &[set("sigma_w", 1.5), set("sigma_b", 0.3)], |model| {
        let Fate::Settles(at, _) = model.fate(square(1.0)).expect("a fate") else { panic!("it settles") };
        let (passage, spectrum) =
            (model.pass(at).expect("finite"), model.spectrum(at, 1).expect("asked").expect("plain"));
        let slopes = passage.functions[0];
        close(spectrum.moments[0], passage.chi, 1e-12, "m₁");
        let flat = slopes.slope_fourth / (slopes.slope_square * slopes.slope_square);
        close(spectrum.moments[1], passage.chi * passage.chi * (flat + 1.0), 1e-10, "m₂");
        assert!(spectrum.largest > spectrum.moments[1] / spectrum.moments[0]);
        let log = model.slope_log(at).expect("logs")[0].1;
        close(spectrum.mean_exponent, libm::log(1.5) + log - 0.5, 1e-10, "mean exponent");
    });
}
