//! Small changes of an equation: what people get wrong, undone. The first that makes it right is what was meant.

mod brackets;
mod factors;
mod indices;
mod names;
mod order;
mod signs;
mod slopes;
mod twice;
mod vocabulary;

pub use twice::mend_twice;
pub use vocabulary::Vocabulary;

use super::bench::Bench;
use crate::math::expression::{Binder, Op, Read, Term};
use crate::math::finding::Kind;
use crate::math::name::Name;
use crate::math::shape::Sort;

/// More changes than this are not tried.
const MOST: usize = 12_000;

/// A change of a right side.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What kind of mistake it undoes.
    pub kind: Kind,
    /// What stood there.
    pub wrong: Option<Term>,
    /// What stands there now.
    pub right: Option<Term>,
    /// The whole right side, changed.
    pub body: Term,
}

/// The first change of `body` that `test` accepts, the most probable ones first.
pub fn mend(
    bench: &Bench,
    body: &Term,
    scope: &[Binder],
    words: &Vocabulary,
    test: &dyn Fn(&Term) -> bool,
) -> Option<Edit> {
    let mut places = Vec::new();
    all_places(body, &mut Vec::new(), &mut places);
    places.retain(|(_, term)| term.ty().sort == Sort::Real);
    let mut tried = 0;
    let mut attempt = |kind: Kind, place: &[usize], old: &Term, new: Term| -> Option<Edit> {
        tried += 1;
        if tried > MOST || new == *old {
            return None;
        }
        let new = if new.shape() != old.shape() && new.shape().is_number() { new.fill(old.shape()) } else { new };
        let edited = body.replaced(place, &new).ok()?;
        (edited.ty() == body.ty() && test(&edited)).then_some(Edit {
            kind,
            wrong: Some(old.clone()),
            right: Some(new),
            body: edited,
        })
    };
    type Maker<'m> = Box<dyn Fn(&Term) -> Vec<(Kind, Term)> + 'm>;
    // What is one stroke of the pen comes before what is many.
    let passes: Vec<Maker> = vec![
        Box::new(signs::flipped),
        Box::new(|old| if has_number(old) { Vec::new() } else { signs::turned_over(old) }),
        Box::new(signs::turned_over),
        Box::new(signs::negated),
        Box::new(|old| indices::indices(bench, old)),
        Box::new(order::in_other_order),
        Box::new(order::turned),
        Box::new(|old| names::other_names(old, words)),
        Box::new(|_| Vec::new()),
        Box::new(|old| indices::letters(bench, old, scope)),
        Box::new(factors::dropped),
        Box::new(slopes::slopes),
        Box::new(factors::powers),
        Box::new(|old| names::functions(bench, body, old)),
        Box::new(brackets::brackets),
        Box::new(brackets::operators),
        Box::new(|old| indices::sums(bench, old)),
        Box::new(|old| factors::numbers(bench, old)),
        Box::new(|old| factors::gained(old, words)),
        Box::new(|old| factors::factors(bench, old, words)),
        Box::new(|old| names::parts(bench, old, words)),
        Box::new(|old| factors::added(old, words)),
        Box::new(|old| names::paths(old, words)),
    ];
    for (number, pass) in passes.iter().enumerate() {
        for (place, old) in &places {
            for (kind, new) in pass(old) {
                if let Some(edit) = attempt(kind, place, old, new) {
                    return Some(told(edit));
                }
            }
        }
        // Names that changed places are looked for where single names were.
        if number == SWAPPED
            && let Some(edit) = swapped(body, words, test)
        {
            return Some(edit);
        }
    }
    None
}

/// Whether a number is among the summands, as in `1 − z`: that is seldom written the wrong way round.
fn has_number(term: &Term) -> bool {
    term.summands()
        .iter()
        .any(|part| part.as_number().is_some() || part.args().iter().any(|arg| arg.as_number().is_some()))
}

/// The pass in which names change places.
const SWAPPED: usize = 8;

/// What is told of a change: of a sum or product only what is new or gone.
fn told(edit: Edit) -> Edit {
    let (Some(wrong), Some(right)) = (&edit.wrong, &edit.right) else { return edit };
    let parts = |term: &Term| -> Vec<Term> {
        match edit.kind {
            Kind::MissingTerm | Kind::ExtraTerm | Kind::Sign => term.summands().into_iter().cloned().collect(),
            Kind::MissingFactor | Kind::ExtraFactor => term.factors().into_iter().cloned().collect(),
            _ => vec![term.clone()],
        }
    };
    let without = |all: Vec<Term>, gone: Vec<Term>| {
        let mut all = all;
        for part in gone {
            if let Some(position) = all.iter().position(|other| *other == part) {
                all.remove(position);
            }
        }
        all
    };
    // What one of two has beside all of the other.
    let beside = |more: &Term, less: &Term| -> Option<Term> {
        let (rest, lacking) = (without(parts(more), parts(less)), without(parts(less), parts(more)));
        match (more.op(), more.args(), rest.as_slice(), lacking.as_slice()) {
            (Op::Div, [above, below], ..) if above == less => {
                let one = Term::filled(1, below.shape());
                Term::new(Op::Div, vec![one, below.clone()]).ok()
            }
            (Op::MatMul, [left, right], ..) if right == less => Some(left.clone()),
            (Op::MatMul, [left, right], ..) if left == less => Some(right.clone()),
            (_, _, [one], []) => Some(one.clone()),
            _ => None,
        }
    };
    match edit.kind {
        Kind::MissingTerm | Kind::MissingFactor => match beside(right, wrong) {
            Some(new) => Edit { wrong: None, right: Some(new), ..edit },
            None => edit,
        },
        Kind::ExtraTerm | Kind::ExtraFactor => match beside(wrong, right) {
            Some(gone) => Edit { wrong: Some(gone), right: None, ..edit },
            None => edit,
        },
        // Of a sum the summand alone.
        Kind::Sign => {
            match (without(parts(wrong), parts(right)).as_slice(), without(parts(right), parts(wrong)).as_slice()) {
                ([gone], [new]) => Edit { wrong: Some(gone.clone()), right: Some(new.clone()), ..edit },
                _ => edit,
            }
        }
        _ => edit,
    }
}

fn all_places<'t>(term: &'t Term, here: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, &'t Term)>) {
    found.push((here.clone(), term));
    for (position, arg) in term.args().iter().enumerate() {
        here.push(position);
        all_places(arg, here, found);
        here.pop();
    }
}

fn swapped(body: &Term, words: &Vocabulary, test: &dyn Fn(&Term) -> bool) -> Option<Edit> {
    let mut names: Vec<(Name, crate::math::shape::Shape)> = Vec::new();
    for read in body.reads() {
        if !names.iter().any(|(name, _)| *name == read.quantity) {
            names.push((read.quantity.clone(), read.shape.clone()));
        }
    }
    let others: Vec<(Name, crate::math::shape::Shape)> = words
        .readings
        .iter()
        .filter_map(|term| term.as_read().map(|read| (read.quantity.clone(), read.shape.clone())))
        .collect();
    for (one, shape) in &names {
        for (other, _) in others.iter().filter(|(other, like)| other != one && like == shape) {
            let edited = body.map(&mut |part| match part.op() {
                Op::Read(read) if &read.quantity == one => Term::read(Read { quantity: other.clone(), ..read.clone() }),
                Op::Read(read) if &read.quantity == other => Term::read(Read { quantity: one.clone(), ..read.clone() }),
                _ => part,
            });
            if edited != *body && test(&edited) {
                let first = |name: &Name| body.reads().into_iter().find(|read| &read.quantity == name).cloned();
                let wrong = first(one).map(Term::read);
                let right = first(one).map(|read| Term::read(Read { quantity: other.clone(), ..read }));
                return Some(Edit { kind: Kind::Swapped, wrong, right, body: edited });
            }
        }
    }
    None
}

/// A term of two parts, if their shapes fit.
pub fn two(op: Op, left: Term, right: Term) -> Option<Term> {
    Term::new(op, vec![left, right]).ok()
}

/// A sum or product of many.
pub fn chain(op: Op, parts: Vec<Term>) -> Option<Term> {
    parts.into_iter().map(Some).reduce(|all, next| two(op.clone(), all?, next?))?
}
