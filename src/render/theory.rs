//! Theory → Page, for terminals.

use super::flow::number;
use super::page::{Block, Inline, Page};
use crate::math::theory::{Alike, Batch, Depth, End, Fate, Finite, Phase, Spectrum, Theory};

/// At how many steps the curve is told.
const PLACES: usize = 9;

/// A page about what theory says.
pub fn page(theory: &Theory) -> Page {
    let mut page = Page { title: format!("{}: mean-field theory", theory.network), ..Page::default() };
    page.note(&format!(
        "Mean-field theory of `{}` along {}. χ is by what one step multiplies the mean square of a gradient on its way back; the gain \
         is its square root. q is the mean square of the sum that a function takes.",
        theory.state, theory.index
    ));
    for note in &theory.notes {
        page.note(&format!("Assumed: {note}."));
    }
    for gap in &theory.gaps {
        page.note(&format!("Not told: {gap}."));
    }
    if let Some(batch) = &theory.batch {
        batches(&mut page, batch);
    }
    if let Some(depth) = &theory.moments {
        ends(&mut page, depth);
        critical(&mut page, theory);
        curve(&mut page, theory, depth);
        super::theory_pictures::depth(theory, depth).into_iter().for_each(|picture| page.figure(picture));
        correlations(&mut page, depth);
    }
    if let Some(spectrum) = &theory.spectrum {
        spectra(&mut page, spectrum);
    }
    if let Some(finite) = &theory.finite {
        widths(&mut page, finite);
    }
    page
}

fn table(page: &mut Page, head: &[&str], rows: Vec<Vec<String>>) {
    let cells = |row: Vec<String>| row.into_iter().map(|cell| vec![Inline::words(cell)]).collect();
    page.blocks.push(Block::Table(
        head.iter().map(|cell| (*cell).to_string()).collect(),
        rows.into_iter().map(cells).collect(),
    ));
}

fn row(name: &str, value: f64, what: &str) -> Vec<String> {
    vec![name.to_string(), number(value), what.to_string()]
}

fn batches(page: &mut Page, batch: &Batch) {
    page.heading(1, "Batch normalisation");
    let count = match batch.count {
        Some(count) => format!("a batch of {count}"),
        None => "an infinite batch (`--batch` gives a size)".to_string(),
    };
    page.words(format!("With {count} and an epsilon of 0, whatever the weights' variance:"));
    let rows = vec![
        row("χ", batch.growth, "per step, in the long run"),
        row("gain", libm::sqrt(batch.growth), "per step, of a gradient's norm"),
        row("E h²", batch.square, "of the state"),
        row("E hh′", batch.product, "of the states of two examples"),
    ];
    table(page, &["", "value", ""], rows);
    page.words(verdict(batch.growth));
}

/// What χ means.
fn verdict(chi: f64) -> String {
    let per_decade = libm::log(10.0) / (0.5 * libm::log(chi)).abs();
    if (chi - 1.0).abs() < 1e-6 {
        "Gradients are carried: χ is 1.".into()
    } else if chi == 0.0 {
        "Gradients are exactly 0.".into()
    } else if chi < 1.0 {
        format!("Gradients vanish: their norm falls to a tenth every {} steps.", number(per_decade))
    } else {
        format!("Gradients explode: their norm grows tenfold every {} steps.", number(per_decade))
    }
}

fn ends(page: &mut Page, depth: &Depth) {
    page.heading(1, "Where it ends");
    page.words(match depth.fate {
        Fate::Settles(..) => "The moments of the state come to rest.".to_string(),
        Fate::Neutral(_) => "The moments of the state stay what they are, from wherever they start.".to_string(),
        Fate::Dies(factor) if factor > 1.0 - 1e-9 => {
            "The mean square of the state goes to 0, ever more slowly.".to_string()
        }
        Fate::Dies(factor) => format!("The mean square of the state goes to 0, times {} in each step.", number(factor)),
        Fate::Grows(factor) if factor < 1.0 + 1e-9 => {
            "The mean square of the state grows without bound, ever more slowly.".to_string()
        }
        Fate::Grows(factor) => {
            format!("The mean square of the state grows without bound, times {} in each step.", number(factor))
        }
        Fate::Open(_) => "The moments of the state did not come to rest within the steps tried.".to_string(),
    });
    let (end, settled) = (&depth.end, !matches!(depth.fate, Fate::Dies(_) | Fate::Grows(_)));
    let mut rows = Vec::new();
    if settled {
        if end.state.mean != 0.0 {
            rows.push(row("E h", end.state.mean, "of the state"));
        }
        rows.push(row("E h²", end.state.square, "of the state"));
        for (position, (_, moments)) in end.sums.iter().enumerate() {
            let name = if end.sums.len() == 1 { "q*".to_string() } else { format!("q*, sum {}", position + 1) };
            rows.push(row(&name, moments.square, "of the sum that a function takes"));
        }
    }
    rows.push(row("χ₁", end.chi, "per step"));
    rows.push(row("gain", libm::sqrt(end.chi), "per step, of a gradient's norm"));
    if end.direct > 0.0 {
        rows.push(row("direct part of χ₁", end.direct, "past all weights: identity or gate"));
        rows.push(row("E ln direct slope", end.direct_mean.1, "nats per step: the typical gain of that path"));
    }
    rows.push(row("ξ_grad", depth.xi_gradient(), "steps in which χ falls by e; negative: grows"));
    if let Some(xi) = depth.xi_q() {
        rows.push(row("ξ_q", xi, "steps in which a difference of mean squares falls by e"));
    }
    if let Ok(alike) = &depth.alike {
        rows.push(row("c*", alike.correlation, "correlation at which two inputs come to rest"));
        rows.push(row("ξ_c", depth.xi_c().unwrap_or(f64::NAN), "steps in which a difference from it falls by e"));
    }
    for (position, slopes) in end.functions.iter().enumerate() {
        let name = |what: &str| match end.functions.len() {
            1 => what.to_string(),
            _ => format!("{what}, function {}", position + 1),
        };
        if settled {
            rows.push(row(&name("E φ²"), slopes.square, "of the function"));
        }
        rows.push(row(&name("E φ′²"), slopes.slope_square, "of its slope"));
        rows.push(row(&name("E φ′⁴"), slopes.slope_fourth, ""));
        if let Some(log) = depth.slope_logs.get(position) {
            rows.push(row(&name("E ln |φ′|"), *log, "nats"));
        }
    }
    table(page, &["", "value", ""], rows);
    page.words(verdict(end.chi));
    if let Err(reason) = &depth.alike {
        page.note(&format!("Two inputs are not compared: {reason}."));
    }
}

fn critical(page: &mut Page, theory: &Theory) {
    for (name, values) in &theory.critical {
        let list: Vec<String> = values.iter().map(|value| format!("{value:.6}")).collect();
        page.words(match list.as_slice() {
            [] => format!("No value of {name} that was tried makes χ 1."),
            _ => format!("Critical initialisation: χ is 1 at {name} = {}.", list.join(", ")),
        });
        for jump in theory.jumps.iter().filter(|(own, _)| own == name).flat_map(|(_, jumps)| jumps) {
            page.words(format!(
                "At {name} = {:.6} χ jumps past 1, from {} to {}: there the moments begin to end elsewhere.",
                jump.at,
                number(jump.below),
                number(jump.above)
            ));
        }
    }
}

/// Positions spread over a curve, ends included.
fn spread(length: usize) -> Vec<usize> {
    let most = PLACES.min(length);
    let mut found: Vec<usize> = (0..most).map(|number| number * (length - 1) / (most - 1).max(1)).collect();
    found.dedup();
    found
}

fn curve(page: &mut Page, theory: &Theory, depth: &Depth) {
    page.heading(1, "Step by step");
    page.words(format!("From E h² = {}. The last column is ln of the mean square of a gradient before the first step, if it is 1 after this one.", number(depth.start.square)));
    let rows = spread(depth.curve.len()).into_iter().map(|at| {
        let layer = depth.curve[at];
        let q = layer.q.map(number).unwrap_or_default();
        vec![layer.place.to_string(), number(layer.state.square), q, number(layer.chi), number(layer.log_gradient)]
    });
    table(page, &[theory.index.as_str(), "E h²", "q", "χ", "Σ ln χ"], rows.collect());
}

fn correlations(page: &mut Page, depth: &Depth) {
    let Ok(Alike { curve, approach, .. }) = &depth.alike else { return };
    page.heading(1, "Two inputs");
    let rows = spread(curve.len()).into_iter().map(|at| {
        let (correlation, log) = curve[at];
        vec![(at + 1).to_string(), format!("{correlation:.9}"), number(libm::exp(log))]
    });
    table(page, &["step", "correlation", "correlation of gradients"], rows.collect());
    if let Some(approach) = approach {
        page.words(format!("Far on, 1 − c ≈ {} / l²: the slope has a jump.", number(*approach)));
    }
}

fn spectra(page: &mut Page, spectrum: &Spectrum) {
    page.heading(1, format!("Singular values over {} steps", spectrum.depth));
    let weights = if spectrum.orthogonal { "Orthogonal" } else { "Independent" };
    page.words(format!("{weights} weights, wide layers, slopes and weights taken as free of each other."));
    let rows = vec![
        row("E σ²", spectrum.moments[0], "mean of squared singular values"),
        row("E σ⁴", spectrum.moments[1], ""),
        row("variance of σ², per step", spectrum.variance_per_step, "by the squared mean"),
        row("largest σ", libm::sqrt(spectrum.largest), ""),
        row("mean exponent", spectrum.mean_exponent, "nats per step: the mean of all Lyapunov exponents"),
    ];
    table(page, &["", "value", ""], rows);
}

fn widths(page: &mut Page, finite: &Finite) {
    page.heading(1, format!("Width {}", finite.width));
    let exact = if finite.exact { "exact" } else { "to first order in 1/width" };
    let mut rows = vec![
        row("½ E ln r", finite.log_mean / 2.0, &format!("typical gain of a step at rest, nats; {exact}")),
        row("½ ln E r", 0.5 * libm::log(finite.mean), "gain of the mean square, nats per step"),
        row("Var ln r", finite.log_variance, "per step"),
        row("steps / width", finite.steps_by_width, "β: fluctuations are large from about 1 on"),
        row("E r² / (E r)²", finite.ratio, &format!("over {} steps", finite.depth)),
    ];
    if finite.dead > 0.0 {
        rows.push(row("dead", finite.dead, "probability that all slopes of a step are 0"));
    }
    let largest = "largest Lyapunov exponent, nats per step";
    rows.push(match finite.largest_exponent {
        Some(exponent) if 2.0 * exponent == finite.log_mean => row("λ₁", exponent, largest),
        Some(exponent) => {
            row("λ₁", exponent, &format!("{largest}: fluctuations of the state count, to first order in 1/width"))
        }
        None => {
            ["λ₁", "none", "so near a critical point the state fluctuates too much at this width for a first order"]
                .map(str::to_string)
                .into()
        }
    });
    if let Some(last) = finite.exponents.last() {
        rows.push(row("λ_N", *last, "smallest"));
    }
    page.words("r is by what one step multiplies the square of a vector.");
    table(page, &["", "value", ""], rows);
}

/// A map with the critical line.
pub fn phase(phase: &Phase) -> Page {
    let mut page = Page { title: format!("{}: phase diagram", phase.network), ..Page::default() };
    let ((x, _), (y, _)) = (&phase.x, &phase.y);
    page.figure(super::theory_pictures::phase(phase));
    page.heading(1, "Critical line");
    let rows = phase.y.1.iter().zip(phase.critical.iter().zip(&phase.jumps)).map(|(value, (critical, jumps))| {
        let here = critical.iter().map(|x| format!("{x:.6}"));
        let list: Vec<String> = here.chain(jumps.iter().map(|x| format!("{x:.6} (jump)"))).collect();
        vec![number(*value), if list.is_empty() { "none here".into() } else { list.join(", ") }]
    });
    table(&mut page, &[y.as_str(), &format!("{x} where χ = 1")], rows.collect());
    if phase.jumps.iter().any(|jumps| !jumps.is_empty()) {
        page.words("At a jump χ passes 1 without being 1: there the moments begin to end elsewhere.");
    }
    let open = phase.ends.iter().flatten().filter(|end| **end == End::Open).count();
    if open > 0 {
        page.words(format!("At {open} places the moments did not come to rest; χ is that of the last step tried."));
    }
    page
}
