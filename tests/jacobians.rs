//! Jacobians in one step: as formulas, path by path, against exact derivatives and against independent programs.

mod common;

use nablascope::derive::Options;
use nablascope::evaluate::data::{Data, Format};
use nablascope::evaluate::jacobian::Numbers;
use nablascope::math::derivation::{Reason, Step};
use nablascope::math::expression::{Read, Subscript};
use nablascope::math::jacobian::{Jacobian, Question};
use nablascope::math::network::Network;
use nablascope::math::source::Source;
use nablascope::{gallery, render};
use serde_json::Value;

/// A network of the gallery.
fn gallery_network(name: &str) -> Network {
    let source = gallery::network(name).expect("a network of the gallery");
    common::network(&source.text).expect("the gallery is in order").0
}

/// Readings separated by blanks.
fn readings(parts: &Network, text: &str) -> Vec<Read> {
    let read = |text: &str| {
        let source = Source::new("question", text);
        nablascope::reading(parts, &source, 0..text.len()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
    };
    text.split_whitespace().map(read).collect()
}

fn question(parts: &Network, of: &str, wrt: &str, through: &str) -> Question {
    let through = readings(parts, through).pop();
    Question { of: readings(parts, of), wrt: readings(parts, wrt), through }
}

/// Derives with all explanations checked by egg, and compares with exact derivatives.
fn derived(network: &Network, of: &str, wrt: &str, through: &str) -> Jacobian {
    let parts = nablascope::parts_named(network);
    let question = question(&parts, of, wrt, through);
    let jacobian = nablascope::derive::jacobian(&parts, common::book(), &question, Options { check_proofs: true })
        .unwrap_or_else(|errors| panic!("{} {of} {wrt}: {errors:?}", network.name));
    // Named parts are asked of the network in which they have names.
    let asked = question.of.iter().chain(&question.wrt).chain(&question.through);
    let known = asked.map(|read| network.quantity(&read.quantity)).all(|quantity| quantity.is_some());
    let network = if known { network } else { &parts };
    checked(network, &jacobian, nablascope::INSTANCES, &format!("{} {of} {wrt} {through}", network.name));
    jacobian
}

/// The values agree with exact derivatives, no norm exceeds its bound, and every step holds.
fn checked(network: &Network, jacobian: &Jacobian, instances: usize, what: &str) {
    let agreement = nablascope::evaluate::jacobian::agreement(network, jacobian, instances).expect("numbers");
    assert!(agreement.worst < 1e-11 && agreement.instances > 0, "{what}: {agreement:?}");
    assert!(agreement.share <= 1.0 + 1e-9, "{what}: a norm exceeds its bound: {agreement:?}");
    let steps = nablascope::derive::check_jacobian(jacobian, common::book())
        .unwrap_or_else(|fault| panic!("{what}: {fault:?}"));
    assert!(steps > 0 || jacobian.locals.iter().all(|local| local.steps.is_empty()));
}

fn unexplained(steps: &[Step]) -> usize {
    steps.iter().map(|step| usize::from(step.reason == Reason::Algebra) + unexplained(&step.substeps)).sum()
}

/// The formulas of all blocks as text.
fn formulas(jacobian: &Jacobian) -> Vec<String> {
    render::json::jacobian(jacobian, common::book(), None).blocks.into_iter().map(|block| block.formula.text).collect()
}

/// The bounds of all blocks as text.
fn bounds(jacobian: &Jacobian) -> Vec<String> {
    render::json::jacobian(jacobian, common::book(), None).blocks.into_iter().map(|block| block.bound.text).collect()
}

fn snapshot(name: &str, network: &Network, jacobian: &Jacobian) {
    let agreement = nablascope::agreement(network, jacobian).expect("numbers");
    let page = render::jacobian::page(jacobian, common::book(), Some(&agreement), render::Steps::Full);
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("../snapshots/jacobians");
    settings.bind(|| {
        insta::assert_snapshot!(format!("{name}-text"), render::to_text(&page, 100));
        insta::assert_snapshot!(format!("{name}-latex"), render::to_latex(&page));
    });
}

const BLOCK: &str = "
network block
size N, H
over n : B
input x[n] : N
param W_1 : H × N, b_1 : H
param W_2 : N × H, b_2 : N

y[n] = x[n] + W_2 @ relu(W_1 @ x[n] + b_1) + b_2
";

#[test]
fn textbook_jacobians_come_out_and_are_printed() {
    let cases = [
        ("rnn", "h[t]", "h[t-1]"),
        ("lstm", "h[t] c[t]", "h[t-1] c[t-1]"),
        ("gru", "h[t]", "h[t-1]"),
        ("gru_reset_after", "h[t]", "h[t-1]"),
        ("lstm_peephole", "c[t]", "h[t-1] c[t-1]"),
        ("mlp", "y[n]", "x[n]"),
        ("layernorm", "y[n]", "x[n]"),
        ("highway", "y[n]", "x[n]"),
        ("resnet", "h[l,n]", "h[l-1,n]"),
        ("birnn", "y[t]", "f[t-1] g[t+1] x[t]"),
        ("stacked_lstm", "h[l,t]", "h[l-1,t]"),
    ];
    for (name, of, wrt) in cases {
        let network = gallery_network(name);
        let jacobian = derived(&network, of, wrt, "");
        let paths = jacobian.blocks.iter().chain(&jacobian.inner).flat_map(|block| &block.terms);
        let unexplained = paths.map(|path| unexplained(&path.steps)).sum::<usize>();
        assert!(unexplained == 0, "{name}: {unexplained} steps without a law");
        snapshot(name, &network, &jacobian);
    }
    let network = common::network(BLOCK).expect("a network").0;
    snapshot("block", &network, &derived(&network, "y[n]", "x[n]", ""));
}

/// One step of every network of the gallery, whatever it is made of: each computed quantity by each reading that moves it.
#[test]
fn every_quantity_of_the_gallery_has_its_jacobians() {
    let (mut asked, mut refused) = (0, Vec::new());
    for (name, _) in gallery::networks() {
        let network = gallery_network(name);
        let parts = nablascope::parts_named(&network);
        for equation in &parts.equations {
            let Some(of) = equation.left(&parts).and_then(|left| left.as_read().cloned()) else { continue };
            let mut wrt: Vec<Read> = Vec::new();
            let cell = |read: &Read| {
                let axes = parts.quantity(&read.quantity).map_or(0, |quantity| quantity.axes.len());
                read.subscripts.len() == axes && read.subscripts.iter().all(|one| matches!(one, Subscript::At(_)))
            };
            let in_pieces = !equation.body.reads().into_iter().all(cell);
            for read in equation.body.reads() {
                let quantity = parts.quantity(&read.quantity).expect("a quantity");
                let bound = equation.body.free_names();
                let free = read.places().unwrap_or_default().iter().all(|place| {
                    place.names().iter().all(|name| parts.sizes.contains_key(name) || bound.contains(name))
                });
                let small = quantity.shape.axes().len() < 2 && read.shape.axes().len() < 2 && of.shape.axes().len() < 2;
                if !read.constant && free && small && !read.padded && !wrt.contains(read) {
                    wrt.push(read.clone());
                }
            }
            for wrt in wrt {
                let question = Question { of: vec![of.clone()], wrt: vec![wrt.clone()], through: None };
                let jacobian = match nablascope::jacobian(&parts, &question) {
                    Ok(jacobian) => jacobian,
                    // An entry or a slice is no cell of an array, and that is said.
                    Err(errors) if in_pieces && format!("{errors:?}").contains("slices") => {
                        refused.push(format!("{name}: {} by {}", of.quantity, wrt.quantity));
                        continue;
                    }
                    Err(errors) => panic!("{name}: {of:?} by {wrt:?}: {errors:?}"),
                };
                checked(&parts, &jacobian, 2, &format!("{name} {of:?} {wrt:?}"));
                asked += 1;
            }
        }
    }
    assert!(asked > 100 && refused.len() * 10 < asked, "{asked}, but not {refused:#?}");
}

#[test]
fn residual_blocks_have_an_identity_and_a_branch() {
    let network = common::network(BLOCK).expect("a network").0;
    let jacobian = derived(&network, "y[n]", "x[n]", "");
    assert_eq!(formulas(&jacobian), ["I + W_2 diag([a_{y,n} > 0]) W_1"]);
    assert_eq!(bounds(&jacobian), ["1 + σ_max(W_1) σ_max(W_2)"]);
    assert_eq!(jacobian.blocks[0].terms.len(), 2);
}

#[test]
fn recurrences_have_the_jacobians_of_the_textbooks() {
    let jacobian = derived(&gallery_network("rnn"), "h[t]", "h[t-1]", "");
    assert_eq!(formulas(&jacobian), ["diag(1 − h_t²) U"]);
    assert_eq!(bounds(&jacobian), ["σ_max(U)"]);
    let jacobian = derived(&gallery_network("lstm"), "h[t] c[t]", "h[t-1] c[t-1]", "");
    assert_eq!(formulas(&jacobian)[3], "diag(f_t)");
    assert_eq!(bounds(&jacobian)[3], "1");
    let jacobian = derived(&gallery_network("gru"), "h[t]", "h[t-1]", "");
    assert!(formulas(&jacobian)[0].starts_with("diag(z_t) + "), "{:?}", formulas(&jacobian));
}

#[test]
fn the_bound_of_a_slope_is_the_one_of_the_book() {
    let text =
        |phi: &str| format!("network n\nsize N\nalong t\nstate h[t] : N\nparam U : N × N\nh[t] = {phi}(U @ h[t-1])\n");
    let expected = [
        ("tanh", "σ_max(U)"),
        ("sigmoid", "1/4 σ_max(U)"),
        ("relu", "σ_max(U)"),
        ("softplus", "σ_max(U)"),
        ("sin", "σ_max(U)"),
        ("exp", "σ_max(U) max|h_t|"),
    ];
    for (phi, bound) in expected {
        let network = common::network(&text(phi)).expect("a network").0;
        assert_eq!(bounds(&derived(&network, "h[t]", "h[t-1]", "")), [bound], "{phi}");
    }
}

#[test]
fn questions_of_many_kinds_agree_with_exact_derivatives() {
    let cases = [
        ("rnn", "y[t]", "h[t-1]", ""),
        ("rnn", "y[t]", "x[t]", "a_h[t]"),
        ("rnn", "h[t]", "h[t-2]", ""),
        ("rnn", "h[t+1]", "h[t]", ""),
        ("rnn", "h[1]", "h0", ""),
        ("rnn", "h[t]", "b", ""),
        ("rnn", "h[3]", "h[2]", ""),
        ("rnn", "h[t]", "h[t]", ""),
        ("lstm", "h[t]", "h[t-1]", ""),
        ("lstm", "h[t]", "h[t-1]", "c[t]"),
        ("lstm", "h[t]", "h[t-1]", "o[t]"),
        ("lstm", "h[t]", "h[t-2]", ""),
        ("lstm", "h[t]", "c[t]", ""),
        ("lstm", "h[t]", "a_f[t]", ""),
        ("lstm", "h[t] c[t]", "x[t] b_f", ""),
        ("lstm_peephole", "h[t] c[t]", "h[t-1] c[t-1]", ""),
        ("gru", "h[t]", "r[t] x[t]", ""),
        ("stacked_lstm", "h[l,t] c[l,t]", "h[l,t-1] h[l-1,t] c[l,t-1]", ""),
        ("stacked_lstm", "y[t]", "h[L,t] h[L,t-1]", ""),
        ("layernorm", "y[n]", "x[n] mu[n] sigma[n] gamma", ""),
        ("rmsnorm", "y[n]", "x[n] r[n]", ""),
        ("highway", "y[n]", "x[n]", ""),
        ("residual", "y[n]", "x[n]", ""),
        ("resnet", "h[l,n]", "h[l-1,n] h[l-1,m]", ""),
        ("resnet", "y[n]", "h[L,n] h[L-1,n]", ""),
        ("batchnorm_inference", "y[n]", "x[n]", ""),
    ];
    for (name, of, wrt, through) in cases {
        derived(&gallery_network(name), of, wrt, through);
    }
}

#[test]
fn paths_through_all_quantities_of_a_cut_add_up() {
    let network = gallery_network("lstm");
    let all = derived(&network, "h[t]", "h[t-1]", "").blocks[0].terms.len();
    let some = |through: &str| derived(&network, "h[t]", "h[t-1]", through).blocks[0].terms.len();
    assert_eq!(all, some("o[t]") + some("c[t]"));
}

/// Sums over an index couple the places of a batch.
#[test]
fn places_that_are_coupled_have_jacobians_of_two_indices() {
    let text = "
network coupled
size N
over n : B
input x[n] : N
param W : N × N
mu = mean[n](x[n])
y[n] = W @ (x[n] - mu) * tanh(x[n])
";
    let text = text.replace("W @ (x[n] - mu) * tanh(x[n])", "(W @ (x[n] - mu)) * tanh(x[n])");
    let network = common::network(&text).expect("a network").0;
    for wrt in ["x[n]", "mu", "x[1]", "x[m]"] {
        derived(&network, "y[n]", wrt, "");
    }
    derived(&network, "y[1]", "x[n]", "");
}

#[test]
fn batch_normalisation_couples_the_batch() {
    let network = common::oracle_network("batchnorm", &[], &[]);
    let jacobian = derived(&network, "y[n]", "x[m]", "");
    snapshot("batchnorm", &network, &jacobian);
    derived(&network, "y[n]", "x[n] mu sigma gamma", "");
    derived(&network, "y[n]", "x[m]", "sigma");
    let (numbers, oracle) = numbers("batchnorm", &network, "y[n]", "x[m]");
    let whole: Vec<Vec<f64>> = serde_json::from_value(oracle["jacobians"]["dY/dX"].clone()).expect("a matrix");
    let (places, size) = (numbers.indices[0].2, numbers.sizes[0].0);
    let largest = whole.iter().flatten().fold(0.0f64, |most, entry| most.max(entry.abs()));
    for (row, entries) in whole.iter().enumerate() {
        for (column, theirs) in entries.iter().enumerate() {
            let (n, i, m, j) = (row / size, row % size, column / size, column % size);
            let ours = numbers.blocks[0].data[((n * places + m) * size + i) * size + j];
            assert!((ours - theirs).abs() <= 1e-12 * largest, "{ours} and {theirs}");
        }
    }
    let network = common::oracle_network("resnet_bn", &[], &[]);
    derived(&network, "h[l,n]", "h[l-1,n] h[l-1,m]", "");
}

#[test]
fn joined_vectors_have_stacked_jacobians() {
    let network = common::oracle_network("dense_block", &["phi=tanh"], &[]);
    let jacobian = derived(&network, "y[n]", "x[n] u[n]", "");
    snapshot("dense_block", &network, &jacobian);
}

fn numbers(name: &str, network: &Network, of: &str, wrt: &str) -> (Numbers, Value) {
    let path = format!("tests/oracles/gradients/{name}.json");
    #[expect(clippy::disallowed_methods, reason = "tests read files")]
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let data = Data::read(text.as_bytes(), Format::Json).expect("data");
    let parts = nablascope::parts_named(network);
    let jacobian = nablascope::jacobian(&parts, &question(&parts, of, wrt, "")).expect("a Jacobian");
    let numbers = nablascope::evaluate::jacobian::jacobian(network, &jacobian, &data)
        .unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
    (numbers, serde_json::from_str(&text).expect("JSON"))
}

/// Compares the values of a Jacobian with the blocks on the diagonal of a whole one: place by place.
fn compare(name: &str, network: &Network, of: &str, wrt: &str, key: &str) {
    let (numbers, oracle) = numbers(name, network, of, wrt);
    let whole: Vec<Vec<f64>> = serde_json::from_value(oracle["jacobians"][key].clone()).expect("a matrix");
    let (rows, columns) = numbers.sizes[0];
    let places = numbers.blocks[0].data.len() / (rows * columns);
    assert!(places >= 1 && whole.len() >= places * rows, "{name} {key}");
    let largest = whole.iter().flatten().fold(0.0f64, |most, entry| most.max(entry.abs()));
    for place in 0..places {
        for row in 0..rows {
            for column in 0..columns {
                let ours = numbers.blocks[0].data[(place * rows + row) * columns + column];
                // Initial values have a single block of columns.
                let across = if whole[0].len() == columns { column } else { place * columns + column };
                let theirs = whole[place * rows + row][across];
                assert!((ours - theirs).abs() <= 1e-12 * largest, "{name} {key}: {ours} and {theirs}");
            }
        }
    }
}

#[test]
fn one_step_blocks_agree_with_independent_programs() {
    for (name, net) in [
        ("rnn", "rnn"),
        ("lstm", "lstm"),
        ("lstm_peephole", "lstm_peephole"),
        ("gru_before", "gru"),
        ("gru_after", "gru_reset_after"),
    ] {
        let network = gallery_network(net);
        compare(name, &network, "h[t]", "x[t]", "dh/dX");
        compare(name, &network, "h[1]", "h[0]", "dh/dh0");
        if name.starts_with("lstm") {
            compare(name, &network, "c[t]", "x[t]", "dc/dX");
            compare(name, &network, "c[1]", "c[0]", "dc/dc0");
            compare(name, &network, "c[1]", "h[0]", "dc/dh0");
            compare(name, &network, "h[1]", "c[0]", "dh/dc0");
        }
    }
    compare("rnn", &gallery_network("rnn"), "y[t]", "x[t]", "dy/dX");
    compare("rnn", &gallery_network("rnn"), "y[1]", "h[0]", "dy/dh0");
    compare("mlp_tanh", &gallery_network("mlp"), "y[n]", "x[n]", "dY/dX");
    compare("residual", &common::oracle_network("residual", &["phi=tanh"], &[]), "y[n]", "x[n]", "dY/dX");
    compare("highway", &gallery_network("highway"), "y[n]", "x[n]", "dY/dX");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let error = |name: &str, of: &str, wrt: &str, through: &str| {
        let network = gallery_network(name);
        let parts = nablascope::parts_named(&network);
        let question = question(&parts, of, wrt, through);
        let errors = nablascope::jacobian(&parts, &question).expect_err("an error");
        format!("{}\n{}", errors[0].message, errors[0].hint.clone().unwrap_or_default())
    };
    let cases = [
        ("lstm", "h[T]", "h[0]", "", "--of 'h[t],c[t]' --wrt 'h[t-1],c[t-1]'"),
        ("rnn", "h[t]", "h[t-9]", "", "product of Jacobians"),
        ("rnn", "h[t]", "y[t]", "", "no path"),
        ("rnn", "h[t]", "h[t+1]", "", "no path"),
        ("rnn", "h[t]", "U", "", "a matrix"),
        ("rnn", "x[t]", "h[t]", "", "is given"),
        ("lstm", "c[t]", "c[t-1]", "o[t]", "through `o[t]`"),
        ("rnn", "h[T+1]", "x[1]", "", "out of range"),
    ];
    for (name, of, wrt, through, expected) in cases {
        let said = error(name, of, wrt, through);
        assert!(said.contains(expected), "{name} {of} {wrt}: {said}");
    }
}
