//! Jacobians in one step: how some readings move with others, path by path.
//!
//! 1. Which readings lie on a path ([`paths`]); all others stand still.
//! 2. Each equation on the way is moved by the laws of differentials, as for a gradient; what stands beside each d is a
//!    matrix ([`linear`]).
//! 3. Along each path these are multiplied. Paths stay apart, for they say why a Jacobian is large or small.
//! 4. Each term is bounded by what the book says of its functions ([`bound`]).

pub(super) mod bound;
mod check;
mod errors;
mod functions;
mod linear;
mod local;
mod paths;
mod product;
mod ranges;
mod tidy;
mod walk;

use super::Options;
use super::needs;
use super::parts::name_parts;
use super::signs::Signs;
use crate::math::expression::Read;
use crate::math::jacobian::{Jacobian, Question, Way};
use crate::math::law::Book;
use crate::math::network::Network;
use crate::math::source::{Diagnostic, Outcome};
use errors::{far, given, nothing, unable};
use walk::Walk;

pub use check::check;
pub use functions::rational;

/// Further apart than this, the product of one-step Jacobians says more.
const STEPS: i64 = 4;

/// The network in which a question may be asked: pre-activations and shared parts have names.
pub fn parts_named(network: &Network) -> Network {
    name_parts(network)
}

/// The answer to a question about `network`, whose parts have names as [`parts_named`] gives them. An error says what
/// stands in the way.
pub fn jacobian(network: &Network, book: &Book, question: &Question, options: Options) -> Outcome<Jacobian> {
    let one = |error: Diagnostic| vec![error];
    given(network, question).map_err(one)?;
    let ranges = ranges::ranges(network, question).map_err(one)?;
    let mut walk = Walk::new(network, book, question, &ranges, options.check_proofs);
    let (mut searches, mut held) = (Vec::new(), Vec::new());
    for of in &question.of {
        for wrt in &question.wrt {
            let steps = Way::between(network, of, wrt).steps();
            if steps.is_none_or(|steps| steps.iter().any(|steps| steps.abs() > STEPS)) {
                return Err(one(far(network, of, wrt)));
            }
            let search = walk.search(of, wrt).map_err(|reason| vec![unable(of, wrt, reason)])?;
            held.extend(search.held.iter().filter(|read| !question.wrt.contains(read)).cloned());
            searches.push(search);
        }
    }
    walk.locals.differentiate().map_err(one)?;
    let mut blocks = Vec::new();
    for (number, search) in searches.iter_mut().enumerate() {
        let of = &question.of[number / question.wrt.len().max(1)];
        let named = walk.named(of, search).map_err(|reason| vec![unable(of, search.wrt(), reason)])?;
        let block = walk.block(of, search, &named);
        blocks.push(block.map_err(|reason| vec![unable(of, search.wrt(), reason)])?);
    }
    if blocks.iter().all(|block| block.terms.is_empty()) {
        return Err(one(nothing(network, question, &ranges)));
    }
    let Walk { locals, inner, .. } = walk;
    let mut once: Vec<Read> = Vec::new();
    held.into_iter().for_each(|read| once.extend((!once.contains(&read)).then_some(read)));
    let mut locals = locals.finish();
    let ground = needs::Ground { book, signs: Signs::of(network, book), network: Some(network) };
    locals.iter_mut().for_each(|local| ground.tell(&local.start, &mut local.steps));
    let mut inner = inner;
    for block in blocks.iter_mut().chain(&mut inner) {
        let paths = block.terms.iter_mut().chain(&mut block.vanishing);
        paths.for_each(|path| ground.tell(&path.product, &mut path.steps));
    }
    Ok(Jacobian {
        network: network.clone(),
        question: question.clone(),
        forward: locals.iter().map(|local| local.equation).collect(),
        ranges,
        held: once,
        blocks,
        inner,
        locals,
    })
}
