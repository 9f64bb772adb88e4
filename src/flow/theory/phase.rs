//! χ over two constants, with the line on which it is 1.

use super::critical::Crossings;
use super::model::{Evaluator, Model};
use super::report;
use super::structure;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::source::{Diagnostic, Outcome};
use crate::math::theory::{Phase, Question};
use std::collections::BTreeMap;

/// No more places than this.
const MOST_PLACES: usize = 250_000;

/// χ over values of two constants of `network`. Fails where theory does not apply, or where a name is no constant that is one number.
pub fn phase(
    network: &Network,
    evaluator: &dyn Evaluator,
    question: &Question,
    x: (&Name, Vec<f64>),
    y: (&Name, Vec<f64>),
) -> Outcome<Phase> {
    let one = |error: Diagnostic| vec![error];
    for name in [x.0, y.0] {
        constant(network, name).map_err(one)?;
    }
    if x.0 == y.0 {
        return Err(vec![
            Diagnostic::error(format!("`{}` stands along both sides of the map", x.0))
                .hint("give another constant to `--x` or `--y`"),
        ]);
    }
    if x.1.len().saturating_mul(y.1.len()) > MOST_PLACES {
        return Err(vec![Diagnostic::error(format!("a map has at most {MOST_PLACES} places"))]);
    }
    let model = Model::new(structure::step(network, question.along.as_ref())?, evaluator)?;
    map(network, &model, question, (x.0.clone(), x.1), (y.0.clone(), y.1)).map_err(one)
}

fn map(
    network: &Network,
    model: &Model<'_>,
    question: &Question,
    x: (Name, Vec<f64>),
    y: (Name, Vec<f64>),
) -> Result<Phase, Diagnostic> {
    let mut phase = Phase {
        network: network.name.clone(),
        x,
        y,
        log_chi: Vec::new(),
        ends: Vec::new(),
        critical: Vec::new(),
        jumps: Vec::new(),
    };
    report::independent(model)?;
    for value in &phase.y.1 {
        let at = |place: f64| -> BTreeMap<Name, f64> {
            BTreeMap::from([(phase.x.0.clone(), place), (phase.y.0.clone(), *value)])
        };
        let log = |place: f64| {
            model.with(&at(place), |model| -> Result<_, Diagnostic> {
                let fate = model.way(report::start(model, question, &mut Vec::new())?)?;
                Ok((libm::log(model.end(&fate)?.chi), fate.word()))
            })
        };
        let mut row = Vec::new();
        for place in &phase.x.1 {
            row.push(log(*place)?);
        }
        let mut found = Crossings::default();
        for (places, values) in phase.x.1.windows(2).zip(row.windows(2)) {
            found.between(&|place| Ok(log(place)?.0), (places[0], values[0].0), (places[1], values[1].0))?;
        }
        phase.log_chi.push(row.iter().map(|(log, _)| *log).collect());
        phase.ends.push(row.into_iter().map(|(_, end)| end).collect());
        phase.critical.push(found.critical);
        phase.jumps.push(found.jumps.iter().map(|jump| jump.at).collect());
    }
    Ok(phase)
}

fn constant(network: &Network, name: &Name) -> Result<(), Diagnostic> {
    let number = |name: &Name| {
        network.quantity(name).is_some_and(|quantity| {
            matches!(quantity.role, Role::Const(_)) && quantity.axes.is_empty() && quantity.shape.is_number()
        })
    };
    if number(name) {
        return Ok(());
    }
    let known: Vec<String> =
        network.quantities.keys().filter(|name| number(name)).map(|name| format!("`{name}`")).collect();
    let error = Diagnostic::error(format!("`{}` has no constant `{name}` that is a number", network.name));
    Err(match known.as_slice() {
        [] => error.hint("declare what varies: `const sigma_w = 1`, and draw weights with it"),
        known => error.hint(format!("it has {}", known.join(", "))),
    })
}
