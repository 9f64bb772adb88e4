//! Flow → CSV, one number a line. Logarithms are natural; what does not exist has no line; ln 0 is `-inf`.

use super::{arrows, setting};
use crate::math::flow::{Flow, Summary};
use crate::math::law::Book;
use crate::math::network::Network;
use crate::render::notation::Notation;
use crate::render::text::text;

/// The columns: what they hold.
pub const COLUMNS: [(&str, &str); 8] = [
    ("network", "the name of the network"),
    ("setting", "what was varied: sigma_w = 1.5; empty with one setting"),
    ("seed", "the seed of the run; empty where the line is about all runs"),
    ("measure", "what is measured"),
    ("of", "the quantity, part of the state or path; empty for the whole state"),
    ("number", "which probe, rank or edge, from 1; empty where there is only one"),
    ("place", "the value of the index; empty where the line is about all places"),
    ("value", "the number"),
];

/// The measures: what their values are.
pub const MEASURES: [(&str, &str); 19] = [
    ("gradient", "ln of the norm of the gradient by the state, for each probe"),
    ("state_gradient", "ln of the norm of the gradient by a part of the state, first probe"),
    ("parameter_step", "ln of the norm of what a step contributes to a parameter's gradient"),
    ("parameter", "ln of the norm of a parameter's whole gradient"),
    ("mean", "mean of a quantity's entries"),
    ("variance", "variance of a quantity's entries"),
    ("saturated", "share of saturated entries"),
    ("dead", "share of dead units"),
    ("exponent", "Lyapunov exponent, nats per step"),
    ("singular_value", "ln of a singular value of the Jacobian of the last state by the first"),
    ("path_share", "share of a path in the gradient of the state before a step"),
    ("path_gain", "ln of a path's own gain at a step"),
    ("path_edge", "mean ln gain of an edge along a path"),
    ("bound", "ln of the symbolic bound of the gain of a step"),
    ("correlation", "cosine between the gradients of two inputs"),
    ("typical_gain", "ln of the typical gain of a step, over all runs"),
    ("weight_norm", "Frobenius norm of a parameter, where two files of weights are compared"),
    ("weight_moved", "Frobenius norm of what a parameter moved, in units of its norm before"),
    ("weight_singular_value", "singular value of a matrix of weights"),
];

/// The table, with a head.
pub fn table(flow: &Flow, network: &Network, summaries: &[Summary], book: &Book) -> Result<String, String> {
    let notation = Notation::of(network, book);
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut failed = None;
    let mut put = |fields: [&str; 8]| {
        if let Err(error) = writer.write_record(fields) {
            failed.get_or_insert(error.to_string());
        }
    };
    put(COLUMNS.map(|(name, _)| name));
    for (number, (sweep, summary)) in flow.sweeps.iter().zip(summaries).enumerate() {
        let setting = setting(sweep);
        let states: Vec<String> = sweep.states.iter().map(|read| text(&notation.read(read))).collect();
        let paths: Vec<String> = sweep.paths.iter().map(|path| text(&arrows(path, &notation))).collect();
        let mut line = |seed: &str, measure: &str, of: &str, number: Option<usize>, place: Option<i64>, value: f64| {
            if value.is_nan() {
                return;
            }
            let number = number.map(|number| (number + 1).to_string()).unwrap_or_default();
            let place = place.map(|place| place.to_string()).unwrap_or_default();
            put([flow.network.as_str(), &setting, seed, measure, of, &number, &place, &value.to_string()]);
        };
        line("", "typical_gain", "", None, None, summary.typical_gain);
        for own in &flow.changes {
            // Pairs: one before, one after.
            let when = number % 2;
            line("", "weight_norm", own.parameter.as_str(), None, None, own.norm[when]);
            if when == 1 {
                line("", "weight_moved", own.parameter.as_str(), None, None, own.relative());
            }
            for spectrum in &own.spectra {
                let at: Vec<String> = spectrum.at.iter().map(ToString::to_string).collect();
                let of = match at.is_empty() {
                    true => own.parameter.to_string(),
                    false => format!("{}[{}]", own.parameter, at.join(",")),
                };
                for (rank, value) in spectrum.values[when].iter().enumerate() {
                    line("", "weight_singular_value", &of, Some(rank), None, *value);
                }
            }
        }
        let after = sweep.places.get(1..).unwrap_or_default();
        for run in &sweep.runs {
            let seed = run.seed.to_string();
            let mut curve = |measure: &str, of: &str, number: Option<usize>, places: &[i64], values: &[f64]| {
                for (place, value) in places.iter().zip(values) {
                    line(&seed, measure, of, number, Some(*place), *value);
                }
            };
            for (probe, values) in run.gradient.iter().enumerate() {
                curve("gradient", "", Some(probe), &sweep.places, values);
            }
            for (state, values) in states.iter().zip(&run.states) {
                curve("state_gradient", state, None, &sweep.places, values);
            }
            for own in &run.parameters {
                curve("parameter_step", own.quantity.as_str(), None, after, &own.steps);
            }
            for own in &run.forward {
                let measures = [
                    ("mean", &own.mean),
                    ("variance", &own.variance),
                    ("saturated", &own.saturated),
                    ("dead", &own.dead),
                ];
                for (measure, values) in measures {
                    curve(measure, own.quantity.as_str(), None, &sweep.places, values);
                }
            }
            for (path, own) in paths.iter().zip(&run.shares) {
                curve("path_share", path, None, after, &own.steps);
                curve("path_gain", path, None, after, &own.gain);
            }
            for (measure, points) in [("bound", &run.bound), ("correlation", &run.correlation)] {
                points.iter().for_each(|(place, value)| curve(measure, "", None, &[*place], &[*value]));
            }
            run.parameters
                .iter()
                .for_each(|own| line(&seed, "parameter", own.quantity.as_str(), None, None, own.whole));
            for (measure, values) in [("exponent", &run.exponents), ("singular_value", &run.singular_values)] {
                values.iter().enumerate().for_each(|(at, value)| line(&seed, measure, "", Some(at), None, *value));
            }
            for (path, own) in paths.iter().zip(&run.shares) {
                own.edges
                    .iter()
                    .enumerate()
                    .for_each(|(at, value)| line(&seed, "path_edge", path, Some(at), None, *value));
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
