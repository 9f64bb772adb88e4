//! Networks changed in their text: comments, order, alignment and names stay, and places are found by what they do.

mod activation;
mod batch;
mod decay;
mod declare;
mod draws;
mod edits;
mod fix;
mod gate;
mod norm;
mod norms;
mod plain;
mod prenorm;
mod prune;
mod residual;
mod sites;
mod text;
mod view;
mod walk;

pub use activation::known;
pub use fix::fix;
pub use prune::{pruned, used};
pub use view::{Facts, Nature, View};

use crate::math::source::Diagnostic;
use crate::math::syntax::Expression;
use crate::math::transformation::Transformation;
use edits::Edits;
use std::collections::{BTreeMap, BTreeSet};

/// In place of a scale: the name of a constant that theory is asked about.
pub const MARK: &str = "critical_scale";

/// The text of a network after one transformation, or why it cannot be made.
pub fn apply(view: &View, change: &Transformation) -> Result<String, Diagnostic> {
    let mut edits = Edits::default();
    match change {
        Transformation::Activation(name) => activation::exchange(view, &mut edits, name)?,
        Transformation::Residual => residual::add(view, &mut edits)?,
        Transformation::Scale(value) => residual::scale(view, &mut edits, value)?,
        Transformation::Skip(value) => residual::skip(view, &mut edits, value)?,
        Transformation::PreNorm => prenorm::swap(view, &mut edits)?,
        Transformation::Norm(norm) => norm::add(view, &mut edits, *norm)?,
        Transformation::NoNorm => plain::remove(view, &mut edits)?,
        Transformation::Init(scheme) => draws::init(view, &mut edits, scheme)?,
        Transformation::Bias(value) => draws::bias(view, &mut edits, value)?,
        Transformation::ForgetBias(value) => gate::forget_bias(view, &mut edits, value)?,
        Transformation::Gate(value) => gate::add(view, &mut edits, value)?,
        Transformation::WeightDecay(value) => decay::add(view, &mut edits, value)?,
        Transformation::Clip(_) => {
            return Err(refuse(
                "clipping bounds the step that is taken with a gradient; the network stays what it is".into(),
            )
            .hint("`nablascope diagnose` measures what clipping does to the gradient, and what it does not"));
        }
        Transformation::Truncate(_) => {
            return Err(refuse(
                "truncation cuts the way that gradients are followed; the network stays what it is".into(),
            )
            .hint("`nablascope diagnose` measures what is left of a gradient over fewer steps"));
        }
    }
    let text = &view.file.source.text;
    match edits.apply(text) {
        Some(new) if new == **text => Err(refuse("it changes nothing: the network is so already".into())),
        Some(new) => Ok(new),
        None => Err(refuse("two places of this change overlap, which is a fault of nablascope".into())),
    }
}

/// The text with an index for the examples of a batch, where batch normalisation finds none.
pub fn with_batch(view: &View) -> Option<Result<String, Diagnostic>> {
    norm::lacks_batch(view).then(|| batch::add(view))
}

/// Whether a step is no more than weights and functions: no gates, no norms, no identity.
pub fn is_plain(view: &View) -> bool {
    let norms = view.stepping().any(|line| view.normalises(&line.body));
    !norms && view.handed_on().is_empty() && !sites::sites(view).iter().any(|site| site.gate)
}

/// The first gate that multiplies a previous state, as it is written.
pub fn keeping_text(view: &View) -> Option<String> {
    gate::keeping(view).first().map(|(site, _)| view.text(&site.call.span).to_string())
}

/// Whether weights are the same at all steps.
pub fn is_tied(view: &View) -> bool {
    let recurs = |axis: &crate::math::expression::Binder| {
        view.network.indices.get(&axis.index).is_some_and(|index| index.recurrent)
    };
    let weights = view.step_weights();
    weights.iter().any(|name| view.network.quantity(name).is_some_and(|quantity| !quantity.axes.iter().any(recurs)))
}

/// The nonlinearities of the step by the quantity whose equation they stand in: the function that is called, and whether it is a
/// gate.
pub fn nonlinearities(view: &View) -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    for site in sites::sites(view) {
        if let Some(line) = site.line {
            let alias = view.alias(&site.function.node).map(|value| view.text(&value.span).to_string());
            let name = alias.unwrap_or_else(|| view.text(&site.function.span).to_string());
            // The outermost of an equation is the one that its value is of.
            found.entry(line.target.node.to_string()).or_insert((name, site.gate));
        }
    }
    found
}

/// Whether a number is written in an equation of the step.
pub fn has_number(view: &View) -> bool {
    let mut found = false;
    for line in view.stepping() {
        walk::each(&line.body, &mut |part| found |= matches!(part.node, Expression::Number(_)));
    }
    found
}

/// The quantities whose equations have more than one nonlinearity.
pub fn several(view: &View) -> BTreeSet<String> {
    let (mut once, mut again) = (BTreeSet::new(), BTreeSet::new());
    for line in sites::sites(view).into_iter().filter_map(|site| site.line) {
        let target = line.target.node.to_string();
        if !once.insert(target.clone()) {
            again.insert(target);
        }
    }
    again
}

/// A transformation that is not made, and why.
fn refuse(reason: String) -> Diagnostic {
    Diagnostic::error(reason)
}
