//! Reports of every command as files: whole, self-contained, and well-formed.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

#[path = "common/program.rs"]
mod program;

use program::{folder, good, run, said};

use std::fs;

/// A deep perceptron with two constants to vary.
fn perceptron(folder: &std::path::Path) -> String {
    let path = folder.join("deep.net");
    let text = "network deep\nsize N\nalong l\nconst sigma_w = 1, sigma_b = 0.1\nparam W[l] : N × N ~ normal(0, sigma_w / sqrt(N))\n\
        param b[l] : N ~ normal(0, sigma_b)\nstate h[l] : N\nh[l] = tanh(W[l] @ h[l-1] + b[l])\n";
    fs::write(&path, text).expect("the network is written");
    path.display().to_string()
}

/// It is XML as well, and names nothing outside of itself.
fn self_contained(page: &str) -> roxmltree::Document<'_> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let parsed = roxmltree::Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}"));
    for node in parsed.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "img", "iframe", "object", "image", "use"].contains(&name), "<{name}>");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && !attribute.value().contains("://"), "{attribute:?}");
        }
        if name == "style" {
            let style = node.text().unwrap_or_default();
            assert!(
                style.split("url(").skip(1).all(|part| part.starts_with("data:font/woff2;base64,")),
                "a style fetches"
            );
            assert!(!style.contains("@import"));
        }
    }
    parsed
}

#[test]
fn every_derivation_of_the_gallery_is_a_page() {
    // Networks come first, then a blank line and mappings.
    for line in good(&["list"]).lines().take_while(|line| !line.is_empty()) {
        let net = line.split_whitespace().next().expect("a name");
        let page = good(&["derive", net, "--unchecked", "--format", "html"]);
        let parsed = self_contained(&page);
        let formulas = parsed.descendants().filter(|node| node.tag_name().name() == "math").count();
        assert!(formulas > 10, "{net}: {formulas} formulas");
        // What LaTeX has a command for must not reach a page.
        let body = parsed.descendants().find(|node| node.tag_name().name() == "body").expect("a body");
        let told: String = body.descendants().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect();
        assert!(!told.contains('\\') && !told.contains("#1"), "{net}");
    }
}

#[test]
fn a_jacobian_and_the_book_are_pages() {
    self_contained(&good(&["jacobian", "lstm", "--of", "h[t],c[t]", "--wrt", "h[t-1],c[t-1]", "--format", "html"]));
    self_contained(&good(&["laws", "--format", "html"]));
    self_contained(&good(&["laws", "sigmoid-rule", "--format", "html"]));
    self_contained(&good(&["show", "gru", "--format", "html"]));
}

#[test]
fn a_sweep_in_every_form() {
    let asked = [
        "sweep",
        "lstm",
        "--set",
        "T=12,H=6,D=5",
        "--seeds",
        "3",
        "--paths",
        "--parameters",
        "--singular-values",
        "--correlation",
    ];
    let shown = |format: &str| good(&[asked.as_slice(), &["--format", format]].concat());
    let page = shown("html");
    let parsed = self_contained(&page);
    let count = |name: &str| parsed.descendants().filter(|node| node.tag_name().name() == name).count();
    // Each picture is drawn for wide and for narrow screens.
    assert!(count("figure") >= 7 && count("svg") == 2 * count("figure"), "{} figures", count("figure"));
    assert!(page.contains("nablascope sweep lstm --set T=12,H=6,D=5 --seeds 3"));
    assert!(page.contains("does not apply"), "theory says why it is silent");
    let drawn = shown("svg");
    assert_eq!(
        self_contained(&drawn).descendants().filter(|node| node.tag_name().name() == "g").count(),
        count("figure")
    );
    assert_eq!(drawn, shown("svg"));
    let table = shown("csv");
    assert_eq!(table.lines().next(), Some("network,setting,seed,measure,of,number,place,value"));
    assert!(table.contains("\nlstm,,1,gradient,,1,12,0\n"), "the gradient starts with length 1");
    assert!(shown("markdown").contains("| path | share |"));
    assert!(shown("text").contains("Through which path"));
    assert!(serde_json::from_str::<serde_json::Value>(&shown("json")).is_ok());
}

#[test]
fn exponents_come_in_falling_order_after_one_step() {
    let folder = folder("falling");
    let asked = ["sweep", &perceptron(&folder), "--set", "L=1,N=12", "--exponents", "all", "--format", "json"];
    let flow: serde_json::Value = serde_json::from_str(&good(&asked)).expect("JSON");
    for run in flow["sweeps"][0]["runs"].as_array().expect("runs") {
        let exponents: Vec<f64> =
            run["exponents"].as_array().expect("a list").iter().filter_map(serde_json::Value::as_f64).collect();
        assert!(exponents.len() == 12 && exponents.is_sorted_by(|one, other| one >= other), "{exponents:?}");
    }
}

#[test]
fn theory_stands_beside_measurement() {
    let folder = folder("beside");
    let net = perceptron(&folder);
    let page =
        good(&["sweep", &net, "--set", "L=20,N=32", "--set", "sigma_w=1,1.5", "--seeds", "2", "--format", "html"]);
    let parsed = self_contained(&page);
    assert!(page.contains("Theory beside measurement") && page.contains("theory, in the colour of its setting"));
    let dotted = parsed
        .descendants()
        .filter(|node| node.attribute("class").is_some_and(|class| class.starts_with("rf ")))
        .count();
    // Two curves, two sheets, and the one sample of the legend.
    assert_eq!(dotted, 2 * (2 + 1));
}

#[test]
fn a_phase_diagram_and_a_theory_in_every_form() {
    let folder = folder("phase");
    let net = perceptron(&folder);
    let phase = ["phase", &net, "--x", "sigma_w=0.5..2:13", "--y", "sigma_b=0.1..0.5:5"];
    let theory = ["theory", &net, "--depth", "20"];
    for asked in [phase.as_slice(), &theory] {
        let shown = |format: &str| good(&[asked, &["--format", format]].concat());
        self_contained(&shown("html"));
        self_contained(&shown("svg"));
        assert!(shown("csv").lines().count() > 20);
        assert!(shown("markdown").contains("```text\n") && shown("text").contains('┤'));
    }
    let table = good(&[phase.as_slice(), &["--format", "csv"]].concat());
    assert!(table.starts_with("sigma_w,sigma_b,log_chi,end\n") && table.contains(",critical\n"));
}

#[test]
fn nothing_is_left_of_a_report_that_cannot_be_written() {
    let folder = folder("unwritable");
    let target = folder.join("no").join("report.html").display().to_string();
    let output = run(&["sweep", "rnn", "--set", "T=3,H=2,D=2", "--format", "html", "--out", &target]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("cannot write"));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 0);
    let target = folder.join("report.html").display().to_string();
    good(&["sweep", "rnn", "--set", "T=3,H=2,D=2", "--format", "html", "--out", &target]);
    assert!(fs::read_to_string(&target).expect("the report").ends_with("</html>\n"));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 1);
}
