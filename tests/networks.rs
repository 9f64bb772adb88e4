//! The gallery and the language: what is legal comes out as meant.

mod common;

use nablascope::math::network::Role;
use nablascope::{gallery, read_network};

#[test]
fn every_gallery_network_resolves_without_warnings_and_names_its_source() {
    let names: Vec<&str> = gallery::networks().into_iter().map(|(name, _)| name).collect();
    assert!(names.len() >= 8 && names.contains(&"lstm"), "{names:?}");
    for name in names {
        let source = gallery::network(name).expect("it was listed");
        match read_network(&source, common::book(), &|_| Err("no file".into())) {
            Ok((network, warnings)) => {
                assert_eq!(warnings, [], "{name}");
                assert_eq!(network.name.as_str(), name);
                assert!(
                    network.comment.iter().any(|line| ["18", "19", "20"].iter().any(|century| line.contains(century))),
                    "{name}: no year"
                );
            }
            Err(errors) => panic!("{name}: {errors:#?}"),
        }
    }
}

#[test]
fn states_get_initial_values_at_the_end_where_they_start() {
    let source = gallery::network("birnn").expect("it is in the gallery");
    let Ok((network, _)) = read_network(&source, common::book(), &|_| Err("no file".into())) else {
        panic!("it resolves")
    };
    let text = |name: &str| {
        let quantity = &network.quantities[name];
        let axes: Vec<String> =
            quantity.axes.iter().map(|axis| format!("{}={}..{}", axis.index, axis.low, axis.high)).collect();
        format!("{name}[{}]", axes.join(","))
    };
    assert_eq!(text("f"), "f[t=0..T]");
    assert_eq!(text("g"), "g[t=1..T+1]");
    assert_eq!(text("f0"), "f0[]");
    assert_eq!(network.quantities["g0"].shown.as_ref().map(|shown| shown.at[0].to_string()), Some("T+1".into()));
    assert_eq!(network.quantities["g0"].role, Role::Initial);
    assert_eq!(network.outputs.len(), 1);
    let first: Vec<String> = network
        .equations
        .iter()
        .map(|equation| {
            format!("{}{:?}", equation.target, equation.at.iter().map(|at| at.to_string()).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(first, [r#"f["0"]"#, r#"f["t"]"#, r#"g["T+1"]"#, r#"g["t"]"#, r#"y["t"]"#]);
}

#[test]
fn layers_have_their_own_initial_values() {
    let source = gallery::network("stacked_lstm").expect("it is in the gallery");
    let Ok((network, _)) = read_network(&source, common::book(), &|_| Err("no file".into())) else {
        panic!("it resolves")
    };
    let h = &network.quantities["h"];
    assert_eq!(h.axes[0].low.to_string(), "0");
    assert_eq!(h.axes[1].low.to_string(), "0");
    let h0 = &network.quantities["h0"];
    assert_eq!(h0.axes.len(), 1);
    assert_eq!(h0.axes[0].index.as_str(), "l");
    assert_eq!(h0.axes[0].low.to_string(), "1");
}

/// One equation of a network, as terms print for tests, or the messages.
fn body_of(text: &str) -> String {
    match common::network(text) {
        Ok((network, _)) => format!("{:?}", network.equations[network.equations.len() - 1].body),
        Err(errors) => errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "),
    }
}

#[test]
fn ascii_and_unicode_are_one_language() {
    let ascii = "network n size D, H along t input x[t] : D param W_gamma : H by D, b : H \
                 h[t] = sigmoid(W_gamma @ x[t] + b) * (b^T)^T - b^2";
    let unicode = "network n size D, H along t input x[t] : D param W_γ : H × D, b : H \
                   h[t] = σ(W_γ @ x[t] + b) ⊙ (bᵀ)ᵀ − b²";
    assert_eq!(body_of(ascii), body_of(unicode));
    assert!(body_of(ascii).starts_with("Add(Mul("), "{}", body_of(ascii));
}

#[test]
fn payloads_are_inferred_through_cycles_in_any_order() {
    let text = "network n size D, H along t input x[t] : D param W : H × D, U : H × H \
                y[t] = 2 * h[t] h[t] = z[t] * h[t-1] + (1 - z[t]) * tanh(g[t]) z[t] = sigmoid(U @ h[t-1]) \
                g[t] = U @ (z[t] * h[t-1]) + W @ x[t]";
    let (network, warnings) = common::network(text).expect("it is legal");
    assert_eq!(warnings, []);
    for name in ["y", "h", "z", "g", "h0"] {
        assert_eq!(network.quantities[name].shape.to_string(), "a vector of H", "{name}");
    }
    let outputs: Vec<&str> = network.outputs.iter().map(|name| name.as_str()).collect();
    assert_eq!(outputs, ["y"]);
}

#[test]
fn definitions_bind_their_own_indices_and_reach_into_arguments() {
    let head = "network n size D along t over n : N input a[t,n] : D param g : D ";
    let direct = format!("{head} y[t,n] = a[t,n] - mean[n](a[t,n]) * g");
    let through =
        format!("{head} def centred[k](u, s) = u - m * s where m = mean[k](u) y[t,n] = centred[n](a[t,n], g)");
    assert_eq!(body_of(&direct), body_of(&through));
    assert!(body_of(&direct).contains("n_2"), "the bound index has a name of its own: {}", body_of(&direct));
    // A reduction within a reduction over the same index parameter binds its own.
    let nested =
        format!("{head} def spread[k](u) = mean[k](u - mean[k](u)) y[t] = spread[n](a[t,n]) z[t] = g * sum(y[t])");
    let (network, _) = common::network(&nested).expect("it is legal");
    assert_eq!(format!("{:?}", network.equations[0].body), "Reduce(Add(a[t,n_2], Neg(Reduce(a[t,n_3]))))");
    // `k` of the definition is not the `k` of the network.
    let own = "network n size D over k : K input a[k] def total(u) = sum[k : 3](u * k) y[k] = total(a[k])";
    assert_eq!(body_of(own), "Reduce(Mul(a[k], k_2))");
}

#[test]
fn constants_sizes_and_pi_are_numbers() {
    let text = "network n size D, M = 2 const eps = 1e-5, w = [1, 1/2] input x : D \
                y = x / sqrt(D + eps) + w[M] * cos(2 * pi)";
    let (network, warnings) = common::network(text).expect("it is legal");
    assert_eq!(warnings, []);
    assert!(!network.quantities.contains_key("pi"), "π is a number");
    assert_eq!(network.sizes["M"], Some(2));
    let own = "network n input pi y = 2 * pi";
    assert_eq!(body_of(own), "Mul(2, pi[])");
    let own = "network n size pi input x : pi y = pi * sum(x)";
    assert_eq!(body_of(own), "Mul(pi, Total(x[]))");
}

#[test]
fn cases_extend_an_axis_or_take_places_from_the_general_equation() {
    let head = "network n size H along t input x[t] : H param U : H × H, b : H ";
    let before = common::network(&format!("{head} h[0] = b h[t] = tanh(U @ h[t-1] + x[t])")).expect("it is legal").0;
    assert_eq!(before.quantities["h"].axes[0].low.to_string(), "0");
    let inside = common::network(&format!("{head} h[1] = b h[t] = tanh(U @ h[t-1] + x[t])")).expect("it is legal").0;
    assert_eq!(inside.quantities["h"].axes[0].low.to_string(), "1");
    assert_eq!(inside.equations[1].ranges[0].low.to_string(), "2");
    let beyond = common::network(&format!("{head} h[T+1] = 0 h[t] = tanh(U @ h[t+1] + x[t])")).expect("it is legal").0;
    assert_eq!(beyond.quantities["h"].axes[0].high.to_string(), "T+1");
    assert!(beyond.quantities.keys().all(|name| name.as_str() != "h0"));
}

#[test]
fn long_chains_are_balanced() {
    let sum = vec!["x"; 1000].join(" + ");
    let (network, _) = common::network(&format!("network n size D input x : D y = {sum}")).expect("it is legal");
    let body = &network.equations[0].body;
    assert_eq!(body.summands().len(), 1000);
    let mut depth = 0;
    let mut term = body;
    while let Some(first) = term.args().first() {
        (term, depth) = (first, depth + 1);
    }
    assert!(depth <= 16, "{depth} deep");
}

#[test]
fn ten_thousand_equations_resolve() {
    let mut text = String::from("network n size H param U : H × H input x : H a0 = tanh(U @ x)\n");
    for n in 1..10_000 {
        text.push_str(&format!("a{n} = tanh(U @ a{} + x)\n", n - 1));
    }
    assert!(common::network(&text).is_ok());
}

/// All equations of a network as terms print for tests.
fn equations_of(text: &str) -> Vec<String> {
    let (network, _) = common::network(text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let left = |equation: &nablascope::math::network::Equation| {
        let places: Vec<String> = equation.at.iter().map(ToString::to_string).collect();
        format!("{}[{}]", equation.target, places.join(","))
    };
    network.equations.iter().map(|equation| format!("{} = {:?}", left(equation), equation.body)).collect()
}

#[test]
fn reductions_of_payloads_are_reductions_over_their_entries() {
    let head = "network n size D, K over n : N input z[n] : K, M : K × D ";
    let equations = |body: &str| equations_of(&format!("{head}{body}"));
    // The shares take the place of the quantity that they are.
    assert_eq!(equations("p[n] = softmax(z[n])"), ["p[n,j] = Reduce(z[n,j])"]);
    assert_eq!(
        equations("y[n] = 2 * softmax(z[n])"),
        ["p_y[n,j] = Reduce(z[n,j])", "y[n] = Mul(2, p_y[n])"],
        "read back whole"
    );
    assert_eq!(equations("P = softmax(M)"), ["P[i,j] = Reduce(M[i,j])"]);
    assert_eq!(equations("y[n] = max(z[n])"), ["y[n] = Reduce(z[n,j])"]);
    assert_eq!(equations("y = logsumexp(M)"), ["y[] = Reduce(Reduce(M[i,j]))"]);
    assert_eq!(
        equations("y[n] = min(tanh(z[n]))"),
        ["u_y[n] = tanh(z[n])", "y[n] = Reduce(u_y[n,j])"],
        "an expression gets a name first"
    );
    assert_eq!(equations("y[n] = max(sum(z[n]))"), ["y[n] = Total(z[n])"]);
    // What is written twice is one quantity.
    assert_eq!(equations("y[n] = softmax(z[n]) * softmax(z[n])").len(), 2);
    let (network, _) = common::network(&format!("{head}p[n] = softmax(z[n])")).expect("it is legal");
    let p = &network.quantities["p"];
    assert_eq!((p.axes.len(), p.axes[1].high.to_string().as_str(), p.shape.is_number()), (2, "K", true));
}

#[test]
fn arguments_are_read_by_entries_as_if_they_were_written_out() {
    let head = "network n size D = 5, K = 4 over n : N, d : D along t : 0..D input x[n] : D, M : D × K input r[t] ";
    let equations = |body: &str| equations_of(&format!("{head}{body}"));
    let body =
        |text: &str| equations(text).pop().expect("an equation").split(" = ").nth(1).expect("a body").to_string();
    assert_eq!(body("def f(u) = u[1] y[n] = f(x[n])"), "x[n,1]");
    assert_eq!(body("def f(u) = u[2] y[d] = f(M[d])"), "M[d,2]");
    assert_eq!(body("def f(u) = u[1] y = f(M[:,2])"), "M[1,2]", "the subscript goes where the payload is");
    assert_eq!(body("def f(u) = u[1] y[n] = f(x[n,2..3])"), "x[n,2]", "entries of a slice count from 1");
    assert_eq!(body("def f(u) = u[2..3] y[n] = f(x[n,2..4])"), "x[n,3..4]");
    assert_eq!(body("def f(u) = u[0] y = f(r)"), "r[0]", "index axes count as declared");
    assert_eq!(
        equations("def f(u) = u[1] + u[D] y[n] = f(tanh(x[n]))"),
        ["u_y[n] = tanh(x[n])", "y[n] = Add(u_y[n,1], u_y[n,D])"]
    );
    assert_eq!(body("def g(u) = m[1] where m = tanh(u) y[n] = g(x[n])"), "u_y[n,1]");
    assert_eq!(body("def h(u) = m[n,1] where m[n] = u[n] * 2 y = sum[n](h(x))"), "Reduce(u_y[n,1])");
}

#[test]
fn conditions_over_several_indices_count_what_passes_in_all() {
    let head = "network n over i, j : N input x[i,j] ";
    let body = |text: &str| equations_of(&format!("{head}{text}")).pop().expect("an equation");
    assert_eq!(body("y = mean[i,j](x[i,j])"), "y[] = Reduce(Reduce(x[i,j]))");
    assert_eq!(body("y = mean[i,j | i <= j](x[i,j])").matches("Reduce").count(), 4, "a sum by a count");
    let shares = body("y[i,j] = softmax[i,j | i <= j](x[i,j])");
    assert!(
        shares.starts_with("y[i,j] = Where(Compare(i, j), exp(Add(x[i,j], Neg(Reduce(Reduce(x[i_2,j_2]"),
        "{shares}"
    );
}

#[test]
fn constants_may_be_functions_and_lists_over_an_index() {
    let head = "network n size D over k : 3, n : N input x[n] : D ";
    assert_eq!(body_of(&format!("{head} const phi = tanh y[n] = phi(x[n])")), "tanh(x[n])");
    assert_eq!(body_of(&format!("{head} const f = g, g = max y[n] = f(x[n], 0)")), "max(x[n], 0)");
    assert!(body_of(&format!("{head} const phi = elu y[n] = phi(x[n])")).starts_with("Where("));
    assert_eq!(body_of(&format!("{head} const pool = max y = pool[n](x[n])")), "Reduce(x[n])");
    assert_eq!(
        body_of(&format!("{head} const w[k] = [1, 2, 4] y[n] = sum[k](w[k]) * x[n]")),
        "Mul(Reduce(w[k]), x[n])"
    );
    let wrong = body_of(&format!("{head} const phi = tanhh y[n] = phi(x[n])"));
    assert_eq!(wrong, "unknown function `tanhh`");
}

#[test]
fn data_may_have_cases_beyond_their_range() {
    let text = "network n size D along t input x[t] : D x[0] = 0 y[t] = x[t] - x[t-1]";
    let (network, warnings) = common::network(text).expect("it is legal");
    assert_eq!(warnings, []);
    assert_eq!(network.quantities["x"].role, Role::Input);
    assert_eq!(network.quantities["x"].axes[0].low.to_string(), "0");
    let derivation = nablascope::derive(&network, &[]).expect("a derivation");
    assert!(nablascope::verdict(&network, &derivation, true).expect("numbers").worst < 1e-14);
}

#[test]
fn an_index_that_was_lent_to_a_definition_is_not_bound_after_it() {
    let head = "network lent size D along t over s : T def twice[i, j](u, v) = sum[i](u * max[j](v)) input r[t,s] ";
    let text = format!("{head} a[t] = twice[t, s](twice[s, t](r[t,s], r[1,s]), r[s,s]) + twice[s, t](r[1,s], r[t,1])");
    common::network(&text).expect("both are bound by the calls");
    let errors = common::network(&format!("{head} a[t] = twice[t, s](r[t,s], r[t,s]) + r[t,s]")).expect_err("unbound");
    assert!(errors[0].message.contains("`s` is not bound"), "{errors:?}");
}

#[test]
fn slices_are_reduced_by_their_own_entries() {
    let text = "network sliced size D over n : N input o[n] : 2*D \
                y[n] = logsumexp(o[n,D+1..2*D]) + max(o[n,1..D]) q[n] = softmax(o[n,D+1..2*D])";
    common::network(text).expect("every entry is inside its slice");
}
