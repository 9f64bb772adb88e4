//! The gallery and the language: what is legal comes out as meant.

mod common;

use nablascope::math::network::Role;
use nablascope::{gallery, read_network};

#[test]
fn every_gallery_network_resolves_without_warnings_and_names_its_source() {
    let names: Vec<&str> = gallery::networks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["birnn", "gru", "gru_reset_after", "lstm", "lstm_peephole", "mlp", "rnn", "stacked_lstm"]);
    for name in names {
        let source = gallery::network(name).expect("it was listed");
        match read_network(&source, common::book(), &|_| Err("no file".into())) {
            Ok((network, warnings)) => {
                assert_eq!(warnings, [], "{name}");
                assert_eq!(network.name.as_str(), name);
                assert!(
                    network.comment.iter().any(|line| line.contains("19") || line.contains("20")),
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
    assert_eq!(text("b"), "b[t=1..T+1]");
    assert_eq!(text("f0"), "f0[]");
    assert_eq!(network.quantities["b0"].shown.as_ref().map(|shown| shown.at[0].to_string()), Some("T+1".into()));
    assert_eq!(network.quantities["b0"].role, Role::Initial);
    assert_eq!(network.outputs.len(), 1);
    let first: Vec<String> = network
        .equations
        .iter()
        .map(|equation| {
            format!("{}{:?}", equation.target, equation.at.iter().map(|at| at.to_string()).collect::<Vec<_>>())
        })
        .collect();
    assert_eq!(first, [r#"f["0"]"#, r#"f["t"]"#, r#"b["T+1"]"#, r#"b["t"]"#, r#"y["t"]"#]);
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
