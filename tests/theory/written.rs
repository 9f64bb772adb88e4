//! Activations as people write them: by cases, with parameters of their own, with literals, at the edge of what floats hold.

use crate::lab::{PLAIN, ask, asked, name, network, set, square};
use nablascope::Theorist;
use nablascope::flow::theory::theory;
use nablascope::math::theory::{Fate, Moments, Question, Theory};

fn close(found: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!((found - wanted).abs() <= tolerance * wanted.abs().max(1.0), "{what}: {found}, not {wanted}");
}

/// A perceptron in activations: the function takes the named sum `a`.
fn perceptron(activation: &str) -> String {
    format!(
        "network written\nsize N\nalong l\nconst sigma_w = 1, sigma_b = 0.3, beta = 1.7\n\
         param W[l] : N × N ~ normal(0, sigma_w / sqrt(N)), b[l] : N ~ normal(0, sigma_b)\nstate h[l] : N\n\
         def act(x) = {activation}\na[l] = W[l] @ h[l-1] + b[l]\nh[l] = act(a[l])\n"
    )
}

fn told(text: &str, settings: &[String]) -> Theory {
    let network = network(text, settings);
    theory(&network, &Theorist::new(&network), &Question::default()).expect("theory applies")
}

/// A function that takes a sum and multiples of it takes one sum: q is that of the sum, and two inputs can be followed. The values of
/// q*, χ and c* are a Gauss–Legendre quadrature of 4000 points in NumPy, made apart from this program.
#[test]
fn multiples_of_one_sum_are_one_sum() {
    let cases = [
        ("x * sigmoid(beta * x)", 0.129_300_782_845_9),
        ("sigmoid(beta * x) * x", 0.129_300_782_845_9),
        ("where(x > 0, x, 0.1 * x)", 0.181_818_181_818_2),
        ("x * min(max(x + 3, 0), 6) / 6", 0.121_644_144_202_1),
        ("max(0, min(1, 0.2 * x + 0.5))", 0.354_165_917_219_3),
        ("1.7159 * tanh(2 * x / 3)", 0.664_661_131_563_8),
        ("tanh(x + 0.3)", 0.342_323_478_810_2),
    ];
    for (activation, q) in cases {
        let theory = told(&perceptron(activation), &[]);
        let depth = theory.moments.expect("moments");
        let [(_, sum)] = depth.end.sums.as_slice() else { panic!("{activation}: {:?}", depth.end.sums) };
        close(sum.square, q, 1e-11, activation);
        close(depth.alike.expect(activation).correlation, 1.0, 1e-12, activation);
    }
    // The same values as where the state is the sum.
    for activation in ["(u * sigmoid(1.7 * u))", "where(u > 0, 1.5 * u, 0.3 * u)"] {
        let one = ask(&PLAIN.replace("phi(z[l-1])", &activation.replace('u', "z[l-1]")), &[], |model| {
            model.pass(square(0.8)).expect("finite")
        });
        let text = perceptron(&activation.replace('u', "x"));
        let other = ask(&text, &[set("sigma_b", 0.0)], |model| model.pass(square(0.8)).expect("finite"));
        close(other.state.square, one.state.square, 1e-13, activation);
        close(other.chi, one.chi, 1e-13, activation);
    }
}

/// `exp(u) − 1` is evaluated without cancellation, so that SELU's critical scale is the exact one: its slopes at 0 are λ and λα.
#[test]
fn an_activation_with_literals_keeps_its_digits_near_zero() {
    let (lambda, alpha) = (1.050_700_987_355_480_5f64, 1.673_263_242_354_377_2f64);
    for activation in [
        "1.0507009873554805 * where(x > 0, x, 1.6732632423543772 * (exp(x) - 1))",
        "1.0507009873554805 * max(x, 0) + 1.0507009873554805 * 1.6732632423543772 * (exp(min(x, 0)) - 1)",
    ] {
        let theory = told(&perceptron(activation), &[set("sigma_b", 0.0)]);
        let wanted = 1.0 / (lambda * ((1.0 + alpha * alpha) / 2.0).sqrt());
        close(theory.critical[0].1[0], wanted, 1e-7, activation);
    }
}

/// Where the moments begin to end elsewhere, χ passes 1 without being 1, and that is told apart from a critical value.
#[test]
fn a_jump_is_no_critical_value() {
    let theory = told(PLAIN, &["phi=gelu".into(), set("sigma_b", 0.3)]);
    assert!(theory.critical[0].1.is_empty(), "{:?}", theory.critical);
    let [jump] = theory.jumps[0].1.as_slice() else { panic!("{:?}", theory.jumps) };
    close(jump.at, 1.462_895, 1e-5, "where the mean square begins to grow without bound");
    close(jump.below, 0.843_39, 1e-4, "χ below");
    assert!(jump.above > 1.05, "{jump:?}");
    let chi = |sigma: f64| {
        ask(PLAIN, &["phi=gelu".into(), set("sigma_b", 0.3), set("sigma_w", sigma)], |model| {
            libm::exp(model.log_chi(square(1.0)).expect("finite"))
        })
    };
    close(chi(jump.at * (1.0 - 1e-9)), jump.below, 1e-12, "below");
    close(chi(jump.at * (1.0 + 1e-9)), jump.above, 1e-12, "above");
}

/// A function that leaves the floats far out is told where it stays within, and what is not told has its reason.
#[test]
fn an_activation_that_overflows_is_followed_as_far_as_it_goes() {
    let text = PLAIN.replace("phi(z[l-1])", "log(1 + exp(z[l-1]))");
    let theory = told(&text, &[set("sigma_b", 0.3)]);
    let library = told(PLAIN, &["phi=softplus".into(), set("sigma_b", 0.3)]).moments.expect("moments");
    let depth = theory.moments.expect("moments");
    close(depth.end.state.square, library.end.state.square, 1e-12, "q*");
    close(depth.end.chi, library.end.chi, 1e-12, "χ");
    assert!(
        theory.gaps.iter().any(|gap| gap.contains("values of `sigma_w`") && gap.contains("float")),
        "{:?}",
        theory.gaps
    );
    let grows = told(&text, &[set("sigma_w", 2.0)]);
    let other = told(&perceptron("log(1 + exp(x))"), &[set("sigma_w", 1.8), set("sigma_b", 0.1)]);
    for depth in [&grows, &other].map(|theory| theory.moments.as_ref().expect("moments")) {
        assert!(matches!(depth.fate, Fate::Open(_)) && depth.end.chi.is_finite(), "{:?}", depth.fate);
    }
    for gap in ["are not followed", "where the moments end is not known"] {
        assert!(grows.gaps.iter().any(|told| told.contains(gap)), "{gap}: {:?}", grows.gaps);
    }
    assert!(grows.critical[0].1.is_empty(), "{:?}", grows.critical);
}

/// A slope that never comes to rest is not chased into all its turns: this takes seconds, and took minutes.
#[test]
fn an_activation_that_oscillates_has_its_critical_value() {
    let text = PLAIN.replace("phi(z[l-1])", "(z[l-1] + sin(2 * z[l-1])^2 / 2)");
    let theory = told(&text, &[set("sigma_w", 0.7), set("sigma_b", 0.3)]);
    // φ = u + (1 − cos 4u) / 4 and φ′ = 1 + sin 4u: E φ′² = 1 + (1 − exp(−32 q)) / 2, and the mean square grows from σ = 1 on.
    let at = |sigma: f64, q: f64| sigma * sigma * (1.5 - 0.5 * libm::exp(-32.0 * q));
    let moments = theory.moments.expect("moments");
    close(moments.end.chi, at(0.7, moments.end.state.square), 1e-10, "χ");
    let [critical] = theory.critical[0].1.as_slice() else { panic!("{:?}", theory.critical) };
    let q = ask(&text, &[set("sigma_w", *critical), set("sigma_b", 0.3)], |model| {
        let fate = model.fate(square(1.0)).expect("a fate");
        model.end(&fate).expect("an end").state.square
    });
    close(at(*critical, q), 1.0, 1e-9, "χ at the critical value");
}

/// A state that is normalised over its width is divided by its own moments: the mean of (h − E h)² is no function that needs more. With
/// E relu(u)² = 1/2 for u of variance 1, and E relu(u) = 1/√(2π).
#[test]
fn a_state_may_be_normalised_over_its_width() {
    let text = |step: &str| {
        format!(
            "network normed\nsize N\nalong l\nparam W[l] : N × N ~ normal(0, 1 / sqrt(N))\nstate h[l] : N\n{step}\n"
        )
    };
    let layer = "m[l] = mean(h[l-1])\nu[l] = (h[l-1] - m[l]) / sqrt(mean((h[l-1] - m[l])^2))\n";
    // Before a residual branch: the mean square grows by what the branch adds, and χ is 1 + ½ / Var h.
    let mean = 1.0 / (2.0 * std::f64::consts::PI).sqrt();
    ask(&text(&format!("{layer}h[l] = h[l-1] + relu(W[l] @ u[l])")), &[], |model| {
        let state = Moments { mean: 0.4, square: 3.0 };
        let passage = model.pass(state).expect("finite");
        close(passage.state.mean, 0.4 + mean, 1e-12, "E h");
        close(passage.state.square, 3.0 + 2.0 * 0.4 * mean + 0.5, 1e-12, "E h²");
        close(passage.chi, 1.0 + 0.5 / (3.0 - 0.16), 1e-12, "χ");
    });
    // By the root mean square, without a residual path: what a step divides by, the gradient is divided by.
    ask(&text("u[l] = h[l-1] / sqrt(mean(h[l-1]^2))\nh[l] = relu(W[l] @ u[l])"), &[], |model| {
        let passage = model.pass(Moments { mean: 0.4, square: 3.0 }).expect("finite");
        close(passage.state.square, 0.5, 1e-12, "E h²");
        close(passage.chi, 0.5 / 3.0, 1e-12, "χ");
    });
    let other = asked(&text("u[l] = h[l-1] / sqrt(mean(h[l-1]^4))\nh[l] = relu(W[l] @ u[l])"), &[], |_| ());
    assert!(other.is_err_and(|errors| errors[0].message.contains("without fresh weights")));
}

/// A map over negative standard deviations would be a mirror image that nobody asked for.
#[test]
fn a_negative_standard_deviation_is_refused() {
    ask(PLAIN, &[], |model| {
        let error = model.with(&[(name("sigma_w"), -1.0)].into(), |model| model.log_chi(square(1.0)));
        let error = error.expect_err("it is negative");
        assert!(error.message.contains("`W` has the standard deviation -"), "{}", error.message);
    });
}
