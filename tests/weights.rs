//! Trained weights: files of other frameworks, read by mappings, against those frameworks' own numbers.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

#[path = "common/program.rs"]
mod program;

use program::{folder, good, run, run_in, said};

use nablascope::evaluate::Data;
use nablascope::evaluate::data::{Format, unpack};
use nablascope::math::source::Source;
use nablascope::parse;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const CELLS: &str = "tests/oracles/weights/torch_cells.safetensors";

fn json(path: &str) -> Value {
    serde_json::from_slice(&fs::read(path).expect("an oracle")).expect("JSON")
}

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

fn agree(ours: &Value, theirs: &Value, what: &str) {
    let (ours, theirs) = (flat(ours), flat(theirs));
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(&theirs) {
        assert!((a - b).abs() <= 1e-13 * b.abs().max(1.0), "{what}: {a} and {b}");
    }
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("written");
    path
}

/// The inputs of a cell of the oracle as a file, with what `more` adds.
fn inputs(cell: &str, more: &[(&str, Value)]) -> PathBuf {
    let oracle = &json("tests/oracles/weights/torch_cells.json")[cell];
    let mut inputs = serde_json::Map::new();
    for name in ["x", "h0", "c0"] {
        if !oracle[name].is_null() {
            inputs.insert(name.into(), oracle[name].clone());
        }
    }
    more.iter().for_each(|(name, value)| drop(inputs.insert((*name).into(), value.clone())));
    let text = json!({"inputs": inputs, "upstream": {"h": oracle["upstream_h"]}}).to_string();
    file(&format!("{cell}{}.json", more.len()), &text)
}

fn like_torch(cell: &str, net: &str, weights: &Path, mapping: &str, part: &str, more: &[(&str, Value)]) {
    let data = inputs(cell, more);
    let arguments = ["gradient", net, "--weights", weights.to_str().expect("a path"), "--mapping", mapping, "--data"];
    let mut arguments = arguments.to_vec();
    arguments.push(data.to_str().expect("a path"));
    if !part.is_empty() {
        arguments.extend(["--part", part]);
    }
    let ours: Value = serde_json::from_str(&good(&arguments)).expect("JSON");
    let theirs = &json("tests/oracles/weights/torch_cells.json")[cell];
    agree(&ours["outputs"]["h"], &theirs["h"], mapping);
    for (own, name) in [("x", "grad_x"), ("h0", "grad_h0"), ("c0", "grad_c0")] {
        if !theirs[name].is_null() {
            agree(&ours["grads"][own], &theirs[name], mapping);
        }
    }
}

#[test]
fn pytorch_lstm_gru_and_rnn_give_pytorchs_states_and_gradients() {
    let weights = Path::new(CELLS);
    like_torch("lstm", "lstm", weights, "pytorch_lstm", "lstm", &[]);
    like_torch("gru", "gru_reset_after", weights, "pytorch_gru", "gru", &[]);
    let readout = [("V", json!([[0.0, 0.0, 0.0, 0.0]])), ("c", json!([0.0]))];
    like_torch("rnn", "rnn", weights, "pytorch_rnn", "rnn", &readout);
}

/// The tensors of the oracle's LSTM, cut into gates in PyTorch's order: i, f, g, o.
fn gates(name: &str) -> (usize, [Vec<f64>; 4]) {
    let data = Data::read(&fs::read(CELLS).expect("weights"), Format::Safetensors).expect("data");
    let array = &data.inputs[name];
    let columns = array.dims.get(1).copied().unwrap_or(1);
    let size = array.data.len() / 4;
    (columns, std::array::from_fn(|gate| array.data[gate * size..(gate + 1) * size].to_vec()))
}

fn transposed(rows: &[f64], columns: usize) -> Vec<f64> {
    (0..columns).flat_map(|column| rows.iter().skip(column).step_by(columns).copied()).collect()
}

fn saved(name: &str, tensors: &[(String, Vec<usize>, Vec<f64>)]) -> PathBuf {
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, data)| data.iter().flat_map(|entry| entry.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, dims, _), bytes)| {
        (name.clone(), TensorView::new(Dtype::F64, dims.clone(), bytes).expect("a tensor"))
    });
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, safetensors::serialize(views, None).expect("a file")).expect("written");
    path
}

#[test]
fn the_same_lstm_packed_as_keras_and_flax_pack_it_is_the_same() {
    let sum = |left: [Vec<f64>; 4], right: [Vec<f64>; 4]| -> [Vec<f64>; 4] {
        std::array::from_fn(|gate| left[gate].iter().zip(&right[gate]).map(|(a, b)| a + b).collect())
    };
    let (inputs, w) = gates("lstm.weight_ih_l0");
    let (units, u) = gates("lstm.weight_hh_l0");
    let b = sum(gates("lstm.bias_ih_l0").1, gates("lstm.bias_hh_l0").1);
    // Keras: rows are multiplied from the right, so its kernel is the transpose of PyTorch's.
    let kernel = |own: &[Vec<f64>; 4], columns| transposed(&own.concat(), columns);
    let keras = [
        ("cell.kernel".to_string(), vec![inputs, 4 * units], kernel(&w, inputs)),
        ("cell.recurrent_kernel".to_string(), vec![units, 4 * units], kernel(&u, units)),
        ("cell.bias".to_string(), vec![4 * units], b.concat()),
    ];
    // `kernel` alone would end both names but for the dot before it.
    like_torch("lstm", "lstm", &saved("keras.safetensors", &keras), "keras_lstm", "", &[]);
    let mut flax = Vec::new();
    for (gate, letter) in ["i", "f", "g", "o"].into_iter().enumerate() {
        flax.push((format!("cell.i{letter}.kernel"), vec![inputs, units], transposed(&w[gate], inputs)));
        flax.push((format!("cell.h{letter}.kernel"), vec![units, units], transposed(&u[gate], units)));
        flax.push((format!("cell.h{letter}.bias"), vec![units], b[gate].clone()));
    }
    like_torch("lstm", "lstm", &saved("flax.safetensors", &flax), "flax_lstm_cell", "", &[]);
}

#[test]
fn a_trained_lstm_on_speech_carries_its_gradient_as_pytorch_says() {
    let zeros = vec![0.0; 128];
    let start = file("zero.json", &json!({"inputs": {"h0": zeros, "c0": zeros}}).to_string());
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("silero.json");
    let page = good(&[
        "sweep",
        "lstm",
        "--weights",
        "tests/oracles/weights/silero_lstm.safetensors",
        "--mapping",
        "pytorch_lstm_cell",
        "--data",
        "x=tests/oracles/weights/speech.npy",
        "--data",
        start.to_str().expect("a path"),
        "--start",
        "ones",
        "--seeds",
        "1",
        "--paths",
        "--format",
        "json",
        "-o",
        out.to_str().expect("a path"),
    ]);
    assert!(page.is_empty(), "{page}");
    let flow = json(out.to_str().expect("a path"));
    let run = &flow["sweeps"][0]["runs"][0];
    let (ours, theirs) = (flat(&run["gradient"][0]), flat(&json("tests/oracles/weights/silero_lstm.json")["ln_norms"]));
    assert_eq!(ours.len(), 201);
    for (place, (a, b)) in ours.iter().zip(&theirs).enumerate() {
        assert!((a - b).abs() < 1e-12, "at {place}: {a} and {b}");
    }
}

#[test]
fn pieces_by_number_signs_and_unit_axes() {
    let network = "network stack\nsize N\nalong l : 1..L\nsize L\ninput x : N\nstate h[l] : N\nparam W[l] : N × N, b[l] : N\noutput h\n\
                   h[0] = x\nh[l] = tanh(W[l] @ h[l-1] + b[l])";
    let book = nablascope::book().expect("a book");
    let none = |_: &str| Err("none".to_string());
    let (network, _) = nablascope::read_network(&Source::new("stack.net", network), book, &none).expect("a network");
    let tensor = |name: &str, dims: &[usize], from: usize| {
        let count: usize = dims.iter().product();
        (format!("net.{name}"), dims.to_vec(), (0..count).map(|at| (from + at) as f64).collect::<Vec<f64>>())
    };
    let layers: Vec<_> = [0, 2, 10]
        .into_iter()
        .flat_map(|layer| {
            [tensor(&format!("{layer}.weight"), &[2, 2, 1], 10 * layer), tensor(&format!("{layer}.bias"), &[2], layer)]
        })
        .collect();
    let path = saved("stack.safetensors", &layers);
    let data = Data::read(&fs::read(path).expect("weights"), Format::Safetensors).expect("data");
    let read = |text: &str| {
        let mapping = parse::mapping(&Source::new("own.map", text)).expect("a mapping");
        unpack(&mapping, &data, &network)
    };
    let all = read("W[l] = {l}.weight\n b[l] = -{l}.bias").expect("arrays");
    assert_eq!(all.data.inputs["W"].dims, [3, 2, 2]);
    assert_eq!(all.data.inputs["b"].data, [0.0, -1.0, -2.0, -3.0, -10.0, -11.0]);
    assert!(all.unread.is_empty());
    let some = read("W[l] = net.{l:1..9}.weight").expect("arrays");
    assert_eq!((some.data.inputs["W"].dims.as_slice(), some.unread.len()), (&[1, 2, 2][..], 5));
}

#[test]
fn what_does_not_fit_is_said_with_its_place() {
    let mapping = |name: &str, text: &str| {
        let folder = folder(&format!("mapping-{name}"));
        fs::copy(CELLS, folder.join("cells.safetensors")).expect("copied");
        fs::write(folder.join("own.map"), text).expect("written");
        let arguments = ["sweep", "lstm", "--weights", "cells.safetensors", "--mapping", "own.map", "--part", "lstm"];
        let output = run_in(&folder, &arguments);
        assert_eq!(output.status.code(), Some(1), "{text}");
        format!("{text}\n\n{}", String::from_utf8(output.stderr).expect("UTF-8"))
    };
    let said = [
        mapping("unknown", "[W_i; W_f; W_c; W_o] = weight_ih_l0"),
        mapping("cut", "[W_i; W_f; W_g] = weight_ih_l0"),
        mapping("missing", "W_i = wieght_ih_l0"),
        mapping("twice", "W_i = weight_ih_l0\nW_i = weight_ih_l0"),
        mapping("sum", "b_i = bias_ih_l0 + weight_ih_l0"),
        mapping("turned", "b_i = bias_ih_l0^T"),
        mapping("index", "W_i[l] = weight_ih_l{l}\nb_i = bias_ih_l{l}"),
        mapping("open", "[W_i; W_f = weight_ih_l0"),
        mapping("word", "W_i : weight_ih_l0"),
        mapping("empty", "# nothing\n"),
        mapping("some", "W_i = weight_ih_l0\nb_i = bias_ih_l0"),
        mapping(
            "shape",
            "[W_i; W_f; W_g; W_o] = weight_ih_l0\n[b_i; b_f; b_g; b_o] = bias_ih_l0\nU_i = weight_hh_l0\n\
             U_f = weight_hh_l0\nU_o = weight_hh_l0\nU_g = weight_hh_l0",
        ),
    ];
    insta::with_settings!({snapshot_path => "../snapshots/weights", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("mappings", said.join("\n"));
    });
}

/// A recurrence with a matrix of its own for each of its two sources.
fn small(name: &str, draw: &str) -> PathBuf {
    let text = format!(
        "network small\nsize N\nalong t\ninput x[t] : N\nparam W : N × N\nparam U : N × N {draw}\nstate h[t] : N\n\
        h[t] = tanh(W @ x[t] + U @ h[t-1])\n"
    );
    file(name, &text)
}

#[test]
fn a_weight_that_is_missing_is_said_unless_the_network_draws_it() {
    let square = vec![0.5, 0.0, 0.0, 0.5];
    let weights = saved("half.safetensors", &[("W".to_string(), vec![2, 2], square)]);
    let sweep = |net: PathBuf| {
        run(&["sweep", net.to_str().expect("a path"), "--weights", weights.to_str().expect("a path"), "--seeds", "1"])
    };
    let refused = sweep(small("undrawn.net", ""));
    assert_eq!(refused.status.code(), Some(1));
    let said = said(&refused);
    assert!(said.contains("half.safetensors has no `U`") && said.contains("`param U … ~"), "{said}");
    assert!(sweep(small("drawn.net", "~ orthogonal")).status.success());
}

#[test]
fn a_damaged_archive_is_refused_wherever_the_damage_is() {
    let mut archive = npyz::npz::NpzWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["W", "U"] {
        use npyz::WriterBuilder;
        let options = npyz::zip::write::FileOptions::default().compression_method(npyz::zip::CompressionMethod::Stored);
        let mut writer =
            archive.array(name, options).expect("a member").default_dtype().shape(&[2, 2]).begin_nd().expect("begun");
        writer.extend([0.5, 0.25, 0.125, 1.0]).expect("written");
        writer.finish().expect("finished");
    }
    let whole = archive.zip_writer().finish().expect("an archive").into_inner();
    assert!(Data::read(&whole, Format::Npz).is_ok());
    let mut accepted = Vec::new();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x40;
        let Ok(read) = Data::read(&damaged, Format::Npz) else { continue };
        // Dates, versions and the like may be anything. No number may.
        let same = |name: &str| read.inputs.get(name).is_none_or(|array| array.data == [0.5, 0.25, 0.125, 1.0]);
        if !same("W") || !same("U") {
            accepted.push(place);
        }
    }
    assert!(accepted.is_empty(), "{accepted:?} of {}", whole.len());
}

#[test]
fn more_steps_than_memory_holds_are_refused() {
    let net = small("long.net", "");
    for (size, words) in [("T=99999999999", "are more than"), ("T=8000000", "fewer steps or seeds")] {
        let refused = run(&["sweep", net.to_str().expect("a path"), "--set", size, "--set", "N=2"]);
        let said = said(&refused);
        assert!(refused.status.code() == Some(1) && said.contains(words), "{size}: {said}");
    }
}

#[test]
fn a_part_of_a_file_without_parts_is_refused() {
    let folder = folder("no-parts");
    fs::write(folder.join("flat.json"), r#"{"inputs": {"W": [[1]], "U": [[1]]}}"#).expect("written");
    let output = run_in(&folder, &["sweep", "rnn", "--weights", "flat.json", "--part", "encoder"]);
    let told = program::said(&output);
    assert!(output.status.code() == Some(1) && told.contains("it is one part: leave `--part` out"), "{told}");
}
