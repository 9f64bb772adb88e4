//! The program as a process: exit codes, streams, files.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

#[path = "common/program.rs"]
mod program;

use program::{folder, good, run, said};

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_nablascope");

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code, no signal")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn a_derivation_shows_forward_backward_steps_and_the_check() {
    let page = good(&["derive", "lstm"]);
    for part in [
        "\nForward\n",
        "t = 1, …, T\n",
        "t = T, …, 1",
        "∂L/∂U_f = Σ_t δa_{f,t} h_{t−1}ᵀ",
        "sigmoid rule",
        "Checked: 15 gradients",
    ] {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    assert!(!page.contains('\u{1b}'), "no colours where nobody sees them");
    let brief = good(&["derive", "lstm", "--steps", "none", "--unchecked"]);
    assert!(!brief.contains("Step by step") && brief.contains("Not checked"), "{brief}");
}

#[test]
fn lines_respect_the_width_that_is_asked_for() {
    let output = Command::new(PROGRAM).args(["derive", "lstm"]).env("COLUMNS", "72").output().expect("it starts");
    for line in out(&output).lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 84, "{line}");
    }
}

#[test]
fn only_the_gradients_that_are_asked_for_are_derived() {
    let page = good(&["derive", "lstm", "--wrt", "b_f, W_f", "--steps", "none"]);
    assert!(page.contains("∂L/∂b_f") && page.contains("∂L/∂W_f") && !page.contains("∂L/∂W_i"), "{page}");
}

#[test]
fn names_are_set_one_by_one_or_in_a_list() {
    let theory = |settings: &[&str]| good(&[&["theory", "mlp_deep"], settings].concat());
    let list = theory(&["--set", "phi=gelu,sigma_w=1.4"]);
    assert_eq!(list, theory(&["--set", "phi=gelu", "--set", "sigma_w=1.4"]));
    // The last word on a name counts.
    assert_eq!(list, theory(&["--set", "sigma_w=1,phi=gelu", "--set", "sigma_w=1.4"]));
    assert_ne!(list, theory(&["--set", "phi=gelu"]));
}

#[test]
fn networks_are_compared_with_what_a_sweep_measures() {
    // K is a size of one of them only; T and H belong to both.
    let page = good(&["compare", "rnn", "gru", "--sweep", "--seeds", "2", "--set", "T=12,H=8,D=4,K=2"]);
    for part in ["Measured flow", "3 H · (D + H + 1)", "diag(z_t)", "gain per step"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // What does not recur has no sweep, and that is said.
    let page = good(&["compare", "rnn", "residual", "--sweep", "--seeds", "1", "--set", "T=5,H=4,D=4,K=2"]);
    assert!(page.contains("`residual` has no recurrence to sweep along"), "{page}");
    let refused = run(&["compare", "rnn", "gru", "--set", "no_such=1"]);
    assert_eq!(code(&refused), 1);
    assert!(said(&refused).contains("no constant `no_such`"), "{}", said(&refused));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let shell = format!("'{PROGRAM}' derive lstm --steps full | head -n 1; '{PROGRAM}' laws | true");
    let output = Command::new("sh").args(["-c", &format!("set -e; {shell}")]).output().expect("a shell");
    assert_eq!((code(&output), out(&output).as_str(), said(&output).as_str()), (0, "lstm\n", ""));
}

#[test]
fn a_derivation_whose_reader_left_ends_well() {
    let script = format!("{{ '{PROGRAM}' derive lstm --steps full; echo $? >&2; }} | :");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    assert_eq!(said(&output).trim(), "0");
}

#[test]
fn wrong_usage_is_told_with_what_is_nearest() {
    for (arguments, says) in [
        (&["derive", "lsmt"][..], "did you mean `lstm`"),
        (&["derive", "lstm", "--wrt", "W_ff"], "did you mean `W_f`"),
        (&["derive", "lstm", "--wrt", "W_f,"], "a name after `--wrt` is empty"),
        (&["derive", "lstm", "--wrt", "γ"], "choose from x, "),
        (&["derive", "no/such/file.net"], "cannot read no/such/file.net"),
        (&["laws", "tanh-rul"], "did you mean `tanh-rule`"),
        (&["derive"], "Usage"),
        (&["compare", "rnn"], "2 values required"),
        (&["compare", "rnn", "lsmt"], "did you mean `lstm`"),
        (&["compare", "rnn", "lstm", "--along", "l"], "recurs along `l`"),
        (&["compare", "rnn", "lstm", "--set", "H=4,8"], "one value for each name"),
        (&["theory", "mlp_deep", "--set", "sigma_w=1,1.5"], "`nablascope sweep` varies constants"),
        (&["theory", "mlp_deep", "--correlation", "-0.5"], "lies between 0 and 1, not at -0.5"),
        (&["theory", "mlp_deep", "--depth", "-5"], "`--depth` is at least 1, not -5"),
        (&["sweep", "rnn", "--seeds", "-1"], "invalid value '-1' for '--seeds"),
        (
            &["sweep", "rnn", "--seed", "18446744073709551615", "--seeds", "3"],
            "no 3 seeds from 18446744073709551615 on",
        ),
        (&["derive", "residual", "--set", "phi=relu,gelu"], "one value for each name"),
        (&["compare", "rnn", "lstm", "--seeds", "0", "--sweep"], "0 seeds make no sweep"),
        (&["derive", "lstm", "--steps", "many"], "possible values: none, brief, full"),
        (&["gradient", "lstm", "--data", "data.xlsx"], "cannot read data.xlsx"),
        (&["sweep", "rnn", "--seeds", "-1"], "it cannot be negative"),
        (&["sweep", "rnn", "--seed", "1.5"], "give a whole number"),
        (&["sweep", "rnn", "--exponents", "-3"], "give a number from 1 on, or `all`"),
        (&["derive", "rnn", "--out", "rnn.pdf"], "does not write pdf"),
        (&["list", "--out", "no/such/folder/list.txt"], "cannot write no/such/folder/list.txt"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(said(&output).contains(says) && output.stdout.is_empty(), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn what_stands_below_is_explained_above_once() {
    let folder = folder("legend");
    let path = folder.join("plain.net");
    let text = "network plain\nsize N\nover n : B\ninput x[n] : N\nparam W : N × N\ny[n] = tanh(W @ x[n])\n";
    fs::write(&path, text).expect("the network is written");
    let told = good(&["derive", &path.display().to_string(), "--steps", "none"]);
    assert_eq!(told.matches("⊙ multiplies entry by entry.").count(), 1, "{told}");
    let told = good(&["derive", "gru", "--steps", "none"]);
    assert_eq!(told.matches("⊙ multiplies entry by entry.").count(), 1, "{told}");
    // `b_2` would be an entry of `b`.
    let told = good(&["derive", "conv2d", "--steps", "full"]);
    assert!(told.contains("b_o") && !told.contains("b_2"), "{told}");
}

#[test]
fn a_wrong_network_is_told_with_its_place() {
    let file = folder("wrong").join("cell.net");
    fs::write(&file, "network cell\nsize D\ninput x : D\nparam W : D × D\ny = W @ z\n").expect("a file");
    let output = run(&["derive", file.to_str().expect("a path")]);
    assert_eq!(code(&output), 1);
    let said = said(&output);
    assert!(said.contains("`z`") && said.contains("cell.net:5:"), "{said}");
}

#[test]
fn a_file_may_use_another_one_beside_it() {
    let folder = folder("uses");
    fs::write(folder.join("blocks.net"), "def twice(u) = u + u\n").expect("a file");
    let main = folder.join("main.net");
    fs::write(&main, "network main\nuse \"blocks.net\"\nsize D\ninput x : D\ny = tanh(twice(x))\n").expect("a file");
    assert!(good(&["derive", main.to_str().expect("a path")]).contains("∂L/∂x"));
}

#[test]
fn files_are_written_whole_and_nothing_else_is_left() {
    let folder = folder("out");
    let file = folder.join("lstm.tex");
    fs::write(&file, "old").expect("a file");
    let name = file.to_str().expect("a path");
    assert_eq!(good(&["derive", "lstm", "--format", "latex", "--out", name]), "");
    assert_eq!(fs::read_to_string(&file).expect("a file"), good(&["derive", "lstm", "--format", "latex"]));
    // A run that fails leaves the file as it was.
    assert_eq!(code(&run(&["derive", "lstm", "--wrt", "nothing", "--out", name])), 2);
    assert!(fs::read_to_string(&file).expect("a file").starts_with(r"\documentclass"));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 1);
}

#[test]
fn everything_prints_json_that_its_schema_describes() {
    for (arguments, command) in [
        (&["derive", "gru"][..], "derive"),
        (&["verify", "rnn", "mlp"], "verify"),
        (&["laws"], "laws"),
        (&["laws", "tanh"], "laws"),
        (&["list"], "list"),
        (&["show", "stacked_lstm"], "show"),
        (&["jacobian", "gru", "--of", "h[t]", "--wrt", "h[t-1]"], "jacobian"),
        (&["compare", "rnn", "gru"], "compare"),
        (&["activations"], "activations"),
    ] {
        let printed = good(&[arguments, &["--format", "json"]].concat());
        let value: Value = serde_json::from_str(&printed).expect("JSON");
        let schema: Value = serde_json::from_str(&good(&["schema", command])).expect("JSON");
        let described = schema["properties"].as_object().expect("properties");
        for key in value.as_object().expect("an object").keys() {
            assert!(described.contains_key(key), "{command}: {key} is not in the schema");
        }
        for key in schema["required"].as_array().expect("required keys") {
            assert!(value.get(key.as_str().expect("a name")).is_some(), "{command}: {key} is missing");
        }
    }
}

#[test]
fn every_format_of_every_page_says_something() {
    let pages: [&[&str]; 5] =
        [&["derive", "rnn"], &["show", "rnn"], &["laws"], &["laws", "pair-matrix-vector"], &["compare", "rnn", "lstm"]];
    for page in pages {
        for format in ["text", "markdown", "latex", "json"] {
            assert!(good(&[page, &["--format", format]].concat()).len() > 100, "{page:?} as {format}");
        }
    }
}

#[test]
fn gradients_on_data() {
    let folder = folder("data");
    let data = folder.join("data.json");
    let text = r#"{"inputs": {"x": [[0.5], [-1]], "W_1": [[0.3], [0.2]], "b_1": [0.1, 0], "W_2": [[1, -1]], "b_2": [0]},
                   "upstream": {"y": [[1], [2]]}}"#;
    fs::write(&data, text).expect("a file");
    let name = data.to_str().expect("a path");
    let arguments = ["gradient", "mlp", "--data", name];
    let output = run(&arguments);
    let value: Value = serde_json::from_str(&out(&output)).unwrap_or_else(|_| panic!("{}", said(&output)));
    // ∂L/∂b_2 = Σ_n G_{y,n}
    assert_eq!(value["grads"]["b_2"], serde_json::json!([3.0]));
    assert!(good(&["gradient", "mlp", "--data", name, "--format", "text"]).contains("Gradients"));
    fs::write(&data, text.replace("\"b_2\"", "\"b_3\"")).expect("a file");
    let output = run(&arguments);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("b_2"), "{}", said(&output));
}

#[test]
fn gradients_without_an_upstream_gradient_are_0_and_that_is_said() {
    let folder = folder("no_upstream");
    let (net, data) = (folder.join("one.net"), folder.join("data.json"));
    fs::write(&net, "network one\nsize D\ninput γ : D\ny = tanh(γ)\n").expect("a file");
    fs::write(&data, r#"{"inputs": {"gamma": [2]}}"#).expect("a file");
    let (net, data) = (net.to_str().expect("a path"), data.to_str().expect("a path"));
    let output = run(&["gradient", net, "--wrt", "γ", "--data", data]);
    assert_eq!(code(&output), 0);
    assert!(said(&output).contains("every gradient is 0"), "{}", said(&output));
}

#[test]
fn what_is_used_must_be_a_plain_file() {
    let folder = folder("uses_folder");
    let main = folder.join("main.net");
    fs::write(&main, "network main\nuse \".\"\ninput x\ny = x * x\n").expect("a file");
    let output = run(&["derive", main.to_str().expect("a path")]);
    assert_eq!(code(&output), 1);
    assert!(said(&output).contains("it is no plain file"), "{}", said(&output));
}

#[test]
fn the_gallery_is_listed_shown_and_verified() {
    let list = good(&["list"]);
    assert!(list.lines().count() >= 8 && list.contains("lstm"), "{list}");
    assert!(good(&["show", "lstm", "--source"]).contains("network lstm"));
    assert!(good(&["verify", "--all"]).contains("networks agree"));
}

#[test]
fn a_jacobian_is_printed_as_formula_and_as_numbers() {
    let asked = ["jacobian", "lstm", "--of", "h[t], c[t]", "--wrt", "h[t-1],c[t-1]"];
    let page = good(&asked);
    for part in ["∂c_t/∂c_{t−1} = diag(f_t)", "Norm bounds", "Step by step", "sigmoid rule", "Checked: 4 Jacobians"]
    {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    let data = ["--data", "tests/oracles/gradients/lstm.json"];
    let numbers = good(&[&asked[..], &data, &["--format", "json"]].concat());
    let numbers: Value = serde_json::from_str(&numbers).expect("JSON");
    assert_eq!(numbers["blocks"].as_array().map(Vec::len), Some(4));
    assert_eq!(numbers["blocks"][3]["value"].as_array().map(Vec::len), Some(5), "one matrix for each t");
    let described: Value = serde_json::from_str(&good(&["schema", "jacobian-values"])).expect("JSON");
    for key in numbers.as_object().expect("an object").keys() {
        assert!(described["properties"].get(key).is_some(), "{key} is not in the schema");
    }
    assert!(good(&[&asked[..], &data].concat()).contains("largest singular value"));
    for (arguments, code_, part) in [
        (&["jacobian", "lstm", "--of", "hh[t]", "--wrt", "h[t-1]"][..], 2, "did you mean"),
        (&["jacobian", "rnn", "--of", "h[t]", "--wrt", "y[t]"], 1, "no path"),
        (&["jacobian", "rnn", "--of", "h[t]", "--wrt", "h[t-1"], 2, "never closed"),
        (&["jacobian", "rnn", "--of", "h[t],", "--wrt", "h[t]"], 2, "is empty"),
        (&["jacobian", "rnn", "--of", "h[T]", "--wrt", "h[0]"], 1, "product of Jacobians"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), code_, "{arguments:?}");
        assert!(said(&output).contains(part), "{arguments:?}: {}", said(&output));
    }
}

#[test]
fn claims_are_checked_with_an_exit_code_for_each_verdict() {
    let folder = folder("claims");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("written");
        path.display().to_string()
    };
    // All proved, and claims in a file of their own.
    assert!(good(&["check", "gru", "tests/claims/hand/gru.claims"]).contains("11 claims: 11 proved."));
    // Refuted.
    let wrong = run(&["check", "lstm", "tests/claims/forgotten_carry.claims", "--format", "json"]);
    assert_eq!(code(&wrong), 1);
    let found: Value = serde_json::from_str(&out(&wrong)).expect("JSON");
    assert_eq!(found["claims"][0]["verdict"], "refuted");
    assert_eq!(found["claims"][0]["blame"]["at"], "zc");
    assert_eq!(found["claims"][1]["blame"]["told_at"], "U_f");
    let described: Value = serde_json::from_str(&good(&["schema", "check"])).expect("JSON");
    for key in found.as_object().expect("an object").keys() {
        assert!(described["properties"].get(key).is_some(), "{key} is not in the schema");
    }
    // Unknown.
    let open = run(&["check", "tests/claims/textbook/maxpool.net"]);
    assert_eq!(code(&open), 3, "{}", out(&open));
    assert!(out(&open).contains("which is no proof"), "{}", out(&open));
    // What cannot be checked.
    for (arguments, part) in [
        (&["check", "lstm"][..], "claims nothing"),
        (&["check", "lstm", "no-such.claims"], "cannot read"),
        (&["check", "lstm", &file("declares.claims", "param V : H\nclaim b: dL/db_f = 0 * b_f")], "no claim"),
        (&["check", "lstm", &file("other.claims", "network gru\nclaim b: dL/db_f = 0 * b_f")], "the network is `lstm`"),
        (&["check", "lstm", &file("names.claims", "claim b: dL/db_ff = 0 * b_f")], "did you mean `b_f`"),
        (&["check", "lstm", &file("twice.claims", "claim b: dL/db_f = b_f\nclaim b: dL/db_f = b_f")], "two claims"),
        (
            &["check", "lstm", &file("delta.claims", "claim b: dL/db_f = sum[t](dc[t])")],
            "the derivative by `c` is `dL/dc`",
        ),
        (&["check", "lstm", &file("blanks.claims", "claim b: dL / db_f = 0 * b_f")], "written without blanks"),
        (&["check", "lstm", &file("colon.claims", "claim b dL/db_f = 0 * b_f")], "`claim b: A = B`"),
        (&["check", "lstm", &file("bare.claims", "dL/db_f = 0 * b_f")], "a claim has a name"),
        (&["check", "lstm", &file("wher.claims", "claim b: dL/db_f = z wher z = 0 * b_f")], "did you mean `where`"),
        (
            &["check", "lstm", &file("comma.claims", "claim b: dL/db_f = z\n  where z = y\n  y = 0 * b_f")],
            "the next one behind a comma",
        ),
        (&["check", "lstm", &file("empty.claims", "")], "or `claim NAME: A = B`"),
        (&["prove", "x +"], "expected an expression"),
        (&["prove", "x + y"], "both sides of an equation are needed"),
        (&["prove", "a = b = c"], "expected"),
        (&["prove", "dL/db_f = b_f"], "name one: `--in NET`"),
        (&["prove", "gru = no_such_network * 2", "--in", "nowhere"], "no network `nowhere`"),
        (&["prove", "lstm = rnn"], "compute different things"),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", out(&output));
        assert!(said(&output).contains(part), "{arguments:?}: {}", said(&output));
    }
    // Claims of a network are not checked by the way.
    let derived = run(&["derive", "tests/claims/textbook/rmsnorm.net", "--steps", "none"]);
    assert!(said(&derived).contains("not checked here"), "{}", said(&derived));
}

#[test]
fn an_equality_is_proved_or_refuted_with_numbers_to_retrace() {
    assert!(good(&["prove", "softmax(s + c) = softmax(s)"]).contains("1 proved"));
    let page = good(&["prove", "dL/db_f = sum[t](dL/df[t] * f[t] * (1 - f[t]))", "--in", "lstm", "--steps", "full"]);
    assert!(page.contains("∂L/∂b_f = Σ_t δf_t ⊙ f_t ⊙ (1 − f_t)"), "{page}");
    let wrong = run(&["prove", "sqrt(a^2) = a"]);
    assert_eq!(code(&wrong), 1);
    assert!(
        out(&wrong).contains("the left side is 0.20000, the right side gives -0.20000 for a = -0.20000"),
        "{}",
        out(&wrong)
    );
    assert_eq!(code(&run(&["prove", "gru = gru_reset_after"])), 1);
}

#[test]
fn an_activation_of_ones_own_takes_one_line_in_a_file() {
    // Nag, Bhattacharyya et al., "SERF", 2023: nobody told the program about it.
    let folder = folder("own_activation");
    let (own, net) = (folder.join("own.net"), folder.join("layer.net"));
    fs::write(&own, "def serf(u) = u * erf(softplus(u))\n").expect("writable");
    let layer =
        "network layer use \"own.net\" size D, H over n : N input x[n] : D param W : H × D y[n] = serf(W @ x[n])";
    fs::write(&net, layer).expect("writable");
    let (own, net) = (own.to_str().expect("a path"), net.to_str().expect("a path"));
    assert!(good(&["verify", net]).contains("2 gradients"));
    let page = good(&["derive", net, "--steps", "brief"]);
    assert!(
        page.contains("softplus rule") && page.contains("error function rule") && !page.contains("algebra"),
        "{page}"
    );
    // It stands among all others, with its slope and what follows from it.
    let table = good(&["activations", "--use", own]);
    assert!(table.lines().any(|line| line.contains("serf")) && table.contains("mish"), "{table}");
    assert!(good(&["activations", "serf", "--use", own]).contains("serf"));
}
