//! Questions that have no answer, and what to ask instead.

use super::paths::{Search, equation_at};
use crate::math::expression::{Binder, Mark, Read};
use crate::math::jacobian::{Question, Standing, Way};
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use std::collections::BTreeSet;

/// What is given does not move, and what is constant moves nothing.
pub fn given(network: &Network, question: &Question) -> Result<(), Diagnostic> {
    let role = |read: &Read| network.quantity(&read.quantity).map(|quantity| &quantity.role);
    for of in &question.of {
        let computed = network.equations_of(&of.quantity).next().is_some();
        if !computed && !question.wrt.contains(of) {
            return Err(Diagnostic::error(format!("`{}` is given, so nothing moves it", spelled(of)))
                .hint("after `--of` stand quantities that an equation computes"));
        }
    }
    for wrt in &question.wrt {
        if role(wrt).is_some_and(|role| !role.has_gradient()) {
            return Err(Diagnostic::error(format!("`{}` is constant: nothing is differentiated by it", spelled(wrt)))
                .hint("after `--wrt` stand inputs, parameters and computed quantities"));
        }
    }
    Ok(())
}

/// The error that a Jacobian cannot be derived, and why.
pub fn unable(of: &Read, wrt: &Read, reason: String) -> Diagnostic {
    Diagnostic::error(format!("the Jacobian of `{}` by `{}` cannot be derived: {reason}", spelled(of), spelled(wrt)))
        .hint("a Jacobian is taken of vectors and numbers, within one step; for matrices see `nablascope derive`")
}

/// The error that two readings are many steps apart: what to ask for instead.
pub fn far(network: &Network, of: &Read, wrt: &Read) -> Diagnostic {
    let error = Diagnostic::error(format!(
        "`{}` and `{}` are many steps apart: that Jacobian is a product of Jacobians of one step",
        spelled(of),
        spelled(wrt)
    ));
    // All that is read from another step is a state: the steps multiply only as a whole.
    let (mut now, mut before): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for equation in &network.equations {
        let Some(left) = equation.left(network).and_then(|left| left.as_read().cloned()) else { continue };
        for read in equation.body.reads() {
            let Some(quantity) = network.quantity(&read.quantity).filter(|quantity| quantity.role.is_computed()) else {
                continue;
            };
            let shifted =
                Way::between(network, &left, read).steps().is_some_and(|steps| steps.iter().any(|by| *by != 0));
            let (own, there) = (spelled(&quantity.read(Mark::Value)), spelled(read));
            if shifted && !before.contains(&there) {
                before.push(there);
                now.extend((!now.contains(&own)).then_some(own));
            }
        }
    }
    match before.is_empty() {
        true => error,
        false => error.hint(format!("one step: --of '{}' --wrt '{}'", now.join(","), before.join(","))),
    }
}

/// A reading in the network language.
pub fn spelled(read: &Read) -> String {
    let places: Vec<String> = read.places().unwrap_or_default().iter().map(ToString::to_string).collect();
    if places.is_empty() { read.quantity.to_string() } else { format!("{}[{}]", read.quantity, places.join(",")) }
}

/// The error that nothing asked about moves, with what does.
pub fn nothing(network: &Network, question: &Question, ranges: &[Binder]) -> Diagnostic {
    let list = |reads: &[Read]| reads.iter().map(|read| format!("`{}`", spelled(read))).collect::<Vec<_>>().join(", ");
    let through = question.through.as_ref().map_or(String::new(), |read| format!(" through `{}`", spelled(read)));
    let error = Diagnostic::error(format!(
        "no path{through} leads from {} to {} within one step, so the Jacobian is 0",
        list(&question.wrt),
        list(&question.of)
    ));
    let (mut leaves, mut open): (Vec<Read>, Vec<Read>) = (Vec::new(), question.of.clone());
    let mut seen: BTreeSet<Read> = BTreeSet::new();
    let Some(wrt) = question.wrt.first() else { return error };
    while let Some(read) = open.pop() {
        let search = Search::new(network, &read, wrt, ranges);
        let way = Way::between(network, &read, &read);
        let Ok(found) = equation_at(network, &read, ranges) else { continue };
        for inner in search.readings(&found, &[]) {
            let quantity = network.quantity(&inner.placed.quantity);
            let here = inner.binders.is_empty() && way.standing(network, &inner.placed) == Some(Standing::Between);
            match quantity {
                Some(quantity) if quantity.role.is_computed() && here => {
                    open.extend(seen.insert(inner.placed.clone()).then_some(inner.placed));
                }
                Some(quantity) if quantity.shape.axes().len() < 2 && !leaves.contains(&inner.placed) => {
                    leaves.push(inner.placed);
                }
                _ => {}
            }
        }
    }
    leaves.truncate(8);
    match leaves.is_empty() {
        true => error,
        false => error.hint(format!("it moves with {}", list(&leaves))),
    }
}
