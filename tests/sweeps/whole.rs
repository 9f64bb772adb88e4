//! Sweeps against the derived backward pass of the whole network.

use crate::lab::{close, plan};
use nablascope::evaluate::{Array, sweep};
use nablascope::math::flow::{Exponents, Plan, Start};
use nablascope::math::name::Name;
use nablascope::math::source::Source;
use std::collections::BTreeMap;

/// All networks of the gallery and of the tests that have a recurrence, with each of its indices.
fn recurrent() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for folder in ["derivations/networks", "tests/networks"] {
        let mut files: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in files {
            let text = std::fs::read_to_string(&file).expect("a network");
            let Some(line) = text.lines().find_map(|line| line.strip_prefix("along ")) else { continue };
            let name = file.file_stem().expect("a name").to_string_lossy().to_string();
            for index in line.split('#').next().unwrap_or_default().split(',') {
                let index = index.split(':').next().unwrap_or_default().trim().to_string();
                found.push((name.clone(), text.clone(), index));
            }
        }
    }
    found
}

/// A sweep carries the same gradient as the derived backward pass of the whole network, which is tested against exact derivatives
/// elsewhere: norms of gradients by initial states and by parameters agree, when the gradient starts with 1 at the last state.
#[test]
fn sweeps_agree_with_the_whole_backward_pass() {
    let book = nablascope::book().expect("the book");
    let (mut compared, mut refused) = (Vec::new(), Vec::new());
    for (name, text, index) in recurrent() {
        let (network, _) =
            nablascope::read_network(&Source::new(&name, &text), book, &|_| Err("none".into())).expect("a network");
        let instance = nablascope::evaluate::instance(&network, 11, 0).expect("numbers");
        let derivation = nablascope::derive(&network, &[]).expect("a derivation");
        let plan = Plan {
            sizes: instance.sizes.clone(),
            start: Start::Ones,
            parameters: true,
            exponents: Exponents::All,
            singular_values: true,
            paths: true,
            ..plan(&index, &[])
        };
        let given = &instance.given.inputs;
        let drawn = nablascope::evaluate::draw::Drawn::new(&derivation.network, &plan.sizes).expect("draws");
        let sweep = match sweep::sweep(&derivation, &plan, &drawn, given, None, &|_| {}, &|_| Ok(())) {
            Ok(sweep) => sweep,
            Err(fault) => {
                refused.push(format!("{name} along {index}: {}", fault.message));
                continue;
            }
        };
        let run = &sweep.runs[0];
        // The whole backward pass, with the states as outputs and 1 at their last places.
        let mut whole = network.clone();
        whole.loss = None;
        whole.outputs = sweep.states.iter().map(|read| read.quantity.clone()).collect();
        if whole.outputs.iter().any(|name| network.quantity(name).is_none()) {
            continue;
        }
        let derived = nablascope::derive(&whole, &[]).expect("a derivation");
        let program = nablascope::evaluate::Program::backward(&derived, &instance.sizes).expect("a program");
        let mut upstream = BTreeMap::new();
        for name in &whole.outputs {
            let dims = program.dims(name, nablascope::math::expression::Mark::Upstream).expect("axes");
            let axis =
                network.quantity(name).and_then(|own| own.axes.iter().position(|axis| axis.index.as_str() == index));
            let axis = axis.expect("the swept index");
            let (inner, count): (usize, usize) = (dims[axis + 1..].iter().product(), dims[axis]);
            let last = if sweep.places[0] < sweep.places[1] { count - 1 } else { 0 };
            let size: usize = dims.iter().product();
            let data = (0..size).map(|entry| if entry / inner % count == last { 1.0 } else { 0.0 }).collect();
            upstream.insert(name.clone(), Array { dims, data });
        }
        let data = nablascope::evaluate::Given { inputs: given.clone(), upstream, ..Default::default() };
        let values = program.run(&data).expect("values");
        let norm = |name: &Name| {
            let array = values.array(name, nablascope::math::expression::Mark::Adjoint)?;
            Some(0.5 * libm::log(array.data.iter().map(|entry| entry * entry).sum::<f64>()))
        };
        let label = format!("{name} along {index}");
        let alone = network.indices.values().filter(|own| own.recurrent).count() == 1;
        for parameter in &run.parameters {
            let theirs = norm(&parameter.quantity).expect("a gradient");
            // What cancels to 0 is rounding in both. With a second recurrence the state holds initial values of that one too, and
            // its 1s are others.
            if parameter.whole.max(theirs) > -25.0 && alone {
                close(&format!("{label}: {}", parameter.quantity), &[parameter.whole], &[theirs], 1e-9);
            }
        }
        for (read, curve) in sweep.states.iter().zip(&run.states) {
            let shown = |own: &&nablascope::math::network::Quantity| {
                own.shown.as_ref().is_some_and(|shown| shown.quantity == read.quantity)
            };
            let initial: Vec<_> = whole.learned().filter(shown).collect();
            if let ([initial], true) = (initial.as_slice(), alone) {
                close(
                    &format!("{label}: {}", read.quantity),
                    &[curve[0]],
                    &[norm(&initial.name).expect("a gradient")],
                    1e-9,
                );
            }
        }
        let product: f64 = run.singular_values.iter().sum();
        let determinant: f64 = run.exponents.iter().sum::<f64>() * (sweep.places.len() - 1) as f64;
        if product.is_finite() || determinant.is_finite() {
            close(&format!("{label}: ln |det|"), &[product], &[determinant], 1e-8);
        }
        for step in 0..run.shares.first().map_or(0, |share| share.steps.len()) {
            let all: f64 = run.shares.iter().map(|share| share.steps[step]).sum();
            assert!((all - 1.0).abs() < 1e-9, "{label}: the shares of step {step} add up to {all}");
        }
        compared.push(label);
    }
    // What has an index for recurrences need not use it.
    assert_eq!(refused, ["readings along t: nothing in `readings` recurs along `t`"]);
    assert!(compared.len() >= 18, "{compared:#?}");
}
