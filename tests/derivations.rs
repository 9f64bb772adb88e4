//! Every network of the gallery, and cells of our own invention: derived, proved, replayed, judged and printed.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use nablascope::derive::{Options, check, derive};
use nablascope::math::derivation::{Derivation, Reason, Step};
use nablascope::math::name::Name;
use nablascope::math::network::Network;
use nablascope::math::source::Source;
use nablascope::render;
use std::fs;

/// The gallery networks whose derivations must be explained to the last step.
fn read(name: &str, text: &str) -> Network {
    let book = nablascope::book().expect("the book");
    let load = |other: &str| Err(format!("{other} is not at hand"));
    match nablascope::read_network(&Source::new(name, text), book, &load) {
        Ok((network, warnings)) => {
            assert!(warnings.is_empty(), "{name}: {warnings:?}");
            network
        }
        Err(errors) => panic!("{name}: {errors:?}"),
    }
}

/// Derives with every explanation passed through egg's own proof checker, and every step through ours.
fn proved(network: &Network) -> Derivation {
    let book = nablascope::book().expect("the book");
    let goals: Vec<Name> = network.learned().map(|quantity| quantity.name.clone()).collect();
    let derivation = derive(network, book, &goals, Options { check_proofs: true })
        .unwrap_or_else(|errors| panic!("{}: {errors:?}", network.name));
    let steps = check(&derivation, book).unwrap_or_else(|fault| panic!("{}: {fault:?}", network.name));
    assert!(steps > 0, "{}: nothing was checked", network.name);
    let verdict = nablascope::verdict(network, &derivation, true).expect("numbers");
    assert_eq!(verdict.gradients, goals.len(), "{}: gradients are missing", network.name);
    assert!(verdict.worst < 1e-12, "{}: {verdict:?}", network.name);
    derivation
}

fn unexplained(steps: &[Step]) -> usize {
    steps.iter().map(|step| usize::from(step.reason == Reason::Algebra) + unexplained(&step.substeps)).sum()
}

fn pages(derivation: &Derivation, network: &Network) -> (String, String) {
    let book = nablascope::book().expect("the book");
    let verdict = nablascope::verdict(network, derivation, false).expect("numbers");
    let page = render::derivation::page(derivation, book, Some(&verdict), render::Steps::Full);
    (render::to_text(&page, 100), render::to_latex(&page))
}

fn settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../snapshots/{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn gallery_networks_are_derived_proved_judged_and_printed() {
    for (name, text) in nablascope::gallery::networks() {
        let network = read(name, text);
        let derivation = proved(&network);
        let count: usize = derivation.chains.iter().map(|chain| unexplained(&chain.steps)).sum();
        assert_eq!(count, 0, "{name}: steps without a named law");
        let (text, latex) = pages(&derivation, &network);
        settings("text").bind(|| insta::assert_snapshot!(name, text));
        settings("latex").bind(|| insta::assert_snapshot!(name, latex));
    }
}

#[test]
fn cells_nobody_knows_are_derived_like_all_others() {
    let mut files: Vec<_> =
        fs::read_dir("tests/networks").expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() >= 5);
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let network = read(&name, &fs::read_to_string(&file).expect("readable"));
        let derivation = proved(&network);
        let (text, _) = pages(&derivation, &network);
        settings("text").bind(|| insta::assert_snapshot!(format!("own-{name}"), text));
    }
}

#[test]
fn derivations_are_the_same_bytes_in_parallel() {
    let print = |name: &str, text: &str| {
        let network = read(name, text);
        let derivation = nablascope::derive(&network, &[]).expect("a derivation");
        pages(&derivation, &network)
    };
    for (name, text) in nablascope::gallery::networks() {
        let alone = print(name, text);
        let together: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| print(name, text))).collect();
            threads.into_iter().map(|thread| thread.join().expect("a page")).collect()
        });
        assert!(together.iter().all(|page| page == &alone), "{name} differs between runs");
    }
}
