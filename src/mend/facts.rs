//! What a network's text does not say by itself: what its functions are like, and what its derivation shows.

use super::Load;
use crate::evaluate::{Array, Given, Program};
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::{Outcome, Source};
use crate::math::syntax::{DeclaredRole, Definition, NetworkFile, Statement};
use crate::transform::{Facts, Nature};
use crate::{book, read_network, uses};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A network with what was found out about it so far.
pub(super) struct Known<'a> {
    file: &'a NetworkFile,
    network: &'a Network,
    load: Load<'a>,
    definitions: BTreeMap<Name, Definition>,
    natures: RefCell<BTreeMap<String, Option<Nature>>>,
}

impl<'a> Known<'a> {
    /// Nothing is worked out before it is asked for.
    pub(super) fn of(file: &'a NetworkFile, network: &'a Network, load: Load<'a>) -> Outcome<Known<'a>> {
        let used = uses::used(file, load)?;
        let mut definitions = BTreeMap::new();
        for statement in used.iter().rev().chain([file]).flat_map(|file| &file.statements) {
            if let Statement::Def(definition) = &statement.node {
                definitions.insert(definition.name.node.clone(), definition.clone());
            }
        }
        Ok(Known { file, network, load, definitions, natures: RefCell::default() })
    }

    /// The values of a call with `u` at some places, by a small network that has the definitions and constants of this one.
    fn values(&self, template: &str, places: &[f64]) -> Option<Vec<f64>> {
        let mut text = "network probe\nover probe_n : PROBE\ninput probe_u[probe_n]\n".to_string();
        for statement in &self.file.statements {
            let own = statement.span.text();
            match &statement.node {
                Statement::Use(_) | Statement::Def(_) => text.push_str(&format!("{own}\n")),
                Statement::Declare { role: DeclaredRole::Const, items } => {
                    for item in items.iter().filter(|item| item.subscripts.is_empty()) {
                        if let Some(value) = &item.value {
                            text.push_str(&format!("const {} = {}\n", item.name.span.text(), value.span.text()));
                        }
                    }
                }
                _ => {}
            }
        }
        let call = template.replacen('(', "\u{1}", 1);
        let (function, arguments) = call.split_once('\u{1}')?;
        let put: Vec<String> = arguments
            .trim_end_matches(')')
            .split(", ")
            .map(|argument| if argument == "u" { "probe_u[probe_n]".into() } else { argument.to_string() })
            .collect();
        text.push_str(&format!("output probe_y\nprobe_y[probe_n] = {function}({})\n", put.join(", ")));
        let (network, _) = read_network(&Source::new("probe.net", text), book().ok()?, self.load).ok()?;
        let sizes = network.sizes.keys().map(|size| (size.clone(), places.len() as i64)).collect();
        let program = Program::forward(&network, &sizes).ok()?;
        let mut given = Given::default();
        given.inputs.insert(Name::new("probe_u"), Array { dims: vec![places.len()], data: places.to_vec() });
        let values = program.run(&given).ok()?;
        values.array(&Name::new("probe_y"), Mark::Value).map(|array| array.data.clone())
    }

    fn surveyed(&self, template: &str) -> Option<Nature> {
        let places: Vec<f64> = (0..=240).map(|step| f64::from(step) / 4.0 - 30.0).collect();
        let values = self.values(template, &places).filter(|values| values.len() == places.len())?;
        let (low, high) = values
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
        let tame =
            values.iter().zip(&places).all(|(value, at)| value.is_finite() && value.abs() <= 4.0 * (1.0 + at.abs()));
        Some(Nature { unit: low >= 0.0 && high <= 1.0 && low < 0.1 && high > 0.9, activation: tame && high > low })
    }
}

impl Facts for Known<'_> {
    fn nature(&self, template: &str) -> Option<Nature> {
        if let Some(known) = self.natures.borrow().get(template) {
            return *known;
        }
        let nature = self.surveyed(template);
        self.natures.borrow_mut().insert(template.to_string(), nature);
        nature
    }

    fn steepest(&self, template: &str) -> Option<f64> {
        // Between neighbours of a grid, as the book need not know the function.
        let places: Vec<f64> = (0..=8000).map(|step| f64::from(step) / 1000.0 - 4.0 + 0.000_37).collect();
        let values = self.values(template, &places)?;
        let slopes = values.windows(2).map(|pair| (pair[1] - pair[0]).abs() / 0.001);
        slopes.filter(|slope| slope.is_finite()).max_by(f64::total_cmp)
    }

    fn critical(&self) -> Result<f64, String> {
        super::critical::critical(self.file, self.network, self.load)
    }

    fn definition(&self, name: &Name) -> Option<&Definition> {
        self.definitions.get(name)
    }
}
