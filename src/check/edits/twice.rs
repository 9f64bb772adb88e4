//! Two mistakes in one equation: two small changes at different places that make it right together.

use super::vocabulary::Vocabulary;
use super::{Edit, all_places, factors, indices, names, order, signs, slopes, told};
use crate::check::bench::Bench;
use crate::math::expression::{Op, Term};
use crate::math::finding::Kind;
use crate::math::number;
use crate::math::shape::Sort;

/// So many single changes are put together.
const STROKES: usize = 100;
/// More pairs than this are not tried.
const MOST: usize = 8_000;

/// A change at a place.
struct Stroke {
    place: Vec<usize>,
    kind: Kind,
    wrong: Term,
    right: Term,
}

/// Two changes of `body` that `test` accepts together. Both have the whole right side, changed by both.
pub fn mend_twice(
    bench: &Bench,
    body: &Term,
    words: &Vocabulary,
    test: &dyn Fn(&Term) -> bool,
) -> Option<(Edit, Edit)> {
    let words = &Vocabulary { parts: Vec::new(), ..words.clone() };
    let mut places = Vec::new();
    all_places(body, &mut Vec::new(), &mut places);
    places.retain(|(_, term)| term.ty().sort == Sort::Real);
    let mut strokes: Vec<Stroke> = Vec::new();
    type Maker<'m> = Box<dyn Fn(&Term) -> Vec<(Kind, Term)> + 'm>;
    // What is seldom wrong comes last, and is tried beside what is often wrong.
    let makers: Vec<Maker> = vec![
        Box::new(gone),
        Box::new(|old| indices::indices(bench, old)),
        Box::new(order::turned),
        Box::new(slopes::slopes),
        Box::new(|old| factors::numbers(bench, old)),
        Box::new(|old| names::other_names(old, words)),
        Box::new(factors::powers),
        Box::new(|old| factors::factors(bench, old, words)),
        Box::new(|old| factors::added(old, words)),
    ];
    for make in &makers {
        for (place, old) in &places {
            for (kind, new) in make(old) {
                let new = if new.shape().is_number() { new.fill(old.shape()) } else { new };
                if new != **old && new.shape() == old.shape() {
                    strokes.push(Stroke { place: place.clone(), kind, wrong: (*old).clone(), right: new });
                }
            }
        }
    }
    let mut tried = 0;
    for (number, second) in strokes.iter().enumerate() {
        // What is seldom wrong is tried beside a sign, an index or a matrix turned over.
        let often = |kind: Kind| matches!(kind, Kind::Sign | Kind::WrongIndex | Kind::Transposed);
        let firsts = strokes.iter().take(number.min(STROKES));
        for first in firsts.filter(|first| number < STROKES || often(first.kind)) {
            if first.place.starts_with(&second.place) || second.place.starts_with(&first.place) {
                continue;
            }
            tried += 1;
            if tried > MOST {
                return None;
            }
            let both = body.replaced(&first.place, &first.right);
            let Ok(both) = both.and_then(|body| body.replaced(&second.place, &second.right)) else { continue };
            if both.ty() == body.ty() && test(&both) {
                let both = neat(&both);
                let edit = |stroke: &Stroke| {
                    let (kind, wrong) = (stroke.kind, Some(stroke.wrong.clone()));
                    let right = if is_gone(kind) { None } else { Some(stroke.right.clone()) };
                    let edit = Edit { kind, wrong, right, body: both.clone() };
                    if is_gone(kind) { edit } else { told(edit) }
                };
                // In the order in which they stand.
                let (first, second) = if first.place < second.place { (first, second) } else { (second, first) };
                return Some((edit(first), edit(second)));
            }
        }
    }
    None
}

fn is_gone(kind: Kind) -> bool {
    matches!(kind, Kind::ExtraTerm | Kind::ExtraFactor)
}

/// A summand with the other sign; summands and factors that are gone.
fn gone(old: &Term) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    if !matches!(old.op(), Op::Number(_) | Op::Integer(_) | Op::Fill(_)) {
        found.push((Kind::Sign, signs::opposite(old)));
        found.push((Kind::ExtraTerm, Term::filled(0, old.shape())));
        found.push((Kind::ExtraFactor, Term::filled(1, old.shape())));
    }
    found
}

/// A term without summands that are 0, and factors that are 1.
fn neat(term: &Term) -> Term {
    let is = |term: &Term, value: i64| term.as_number().is_some_and(|own| *own == number::whole(value));
    term.map(&mut |part| match (part.op(), part.args()) {
        (Op::Add, [left, right]) if is(left, 0) => right.clone(),
        (Op::Add, [left, right]) if is(right, 0) => left.clone(),
        (Op::Mul, [left, right]) if is(left, 1) => right.clone(),
        (Op::Mul | Op::Div, [left, right]) if is(right, 1) => left.clone(),
        (Op::Neg, [inner]) if is(inner, 0) => inner.clone(),
        _ => part,
    })
}
