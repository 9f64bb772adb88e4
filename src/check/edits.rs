//! Small changes of an equation: what people get wrong, undone. The first that makes it right is what was meant.

use super::bench::Bench;
use crate::math::expression::{Binder, Op, Read, Reducer, Subscript, Term};
use crate::math::finding::Kind;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::number;
use crate::math::shape::Sort;

/// More changes than this are not tried.
const MOST: usize = 6_000;

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

/// Everything that may stand in the place of something else.
pub struct Vocabulary {
    /// Readings with their shapes.
    pub readings: Vec<Term>,
    /// Terms that may be missing.
    pub terms: Vec<Term>,
}

impl Vocabulary {
    /// The readings that an equation over these indices may be made of.
    pub fn of(bench: &Bench, scope: &[Binder], body: &Term, terms: Vec<Term>) -> Vocabulary {
        let used: Vec<Name> = body.reads().iter().map(|read| read.quantity.clone()).collect();
        let known = |letter: &Name| scope.iter().any(|range| &range.index == letter) || binds(body, letter);
        let mut readings: Vec<Term> = Vec::new();
        let mut add = |read: Read| {
            let term = Term::read(read);
            if !readings.contains(&term) {
                readings.push(term);
            }
        };
        for read in body.reads() {
            add(read.clone());
        }
        for quantity in bench.union.quantities.values() {
            let name = &quantity.name;
            let own = bench.group.base.quantity(name).is_some_and(|known| !matches!(known.role, Role::Initial));
            let author = bench.group.locals.contains(name) || used.contains(name) || bench.group.upstreams.contains_key(name);
            if !(own || author) || !quantity.axes.iter().all(|axis| known(&axis.index)) {
                continue;
            }
            let places: Vec<Integer> = quantity.axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
            let read = quantity.read_at(crate::math::expression::Mark::Value, &places);
            add(read.clone());
            for (position, axis) in quantity.axes.iter().enumerate() {
                if bench.group.base.indices.get(&axis.index).is_some_and(|index| index.recurrent) {
                    for step in [-1, 1] {
                        let mut places = places.clone();
                        places[position] = places[position].offset(step);
                        let subscripts = places.into_iter().map(Subscript::At).collect();
                        add(Read { subscripts, ..read.clone() });
                    }
                }
            }
        }
        Vocabulary { readings, terms }
    }
}

fn binds(term: &Term, letter: &Name) -> bool {
    let mut found = false;
    term.walk(&mut |part| {
        if let Op::Reduce(_, binder) = part.op() {
            found |= &binder.index == letter;
        }
    });
    found
}

/// The first change of `body` that `test` accepts, the most probable ones first.
pub fn mend(bench: &Bench, body: &Term, scope: &[Binder], words: &Vocabulary, test: &dyn Fn(&Term) -> bool) -> Option<Edit> {
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
    let passes: Vec<Maker> = vec![
        Box::new(|old| signs(old)),
        Box::new(|old| dropped(old)),
        Box::new(|old| indices(bench, old)),
        Box::new(|old| turned(old)),
        Box::new(|old| other_names(old, words)),
        Box::new(|old| slopes(old)),
        Box::new(|old| brackets(old)),
        Box::new(|old| operators(old)),
        Box::new(|old| sums(bench, old, scope)),
        Box::new(|old| numbers(bench, old)),
        Box::new(|old| factors(bench, old, words)),
        Box::new(|old| added(old, words)),
    ];
    for pass in &passes {
        for (place, old) in &places {
            for (kind, new) in pass(old) {
                if let Some(edit) = attempt(kind, place, old, new) {
                    return Some(told(edit));
                }
            }
        }
        // Names that changed places are looked for where single names were.
        if std::ptr::eq(pass, &passes[4])
            && let Some(edit) = swapped(body, words, test)
        {
            return Some(edit);
        }
    }
    None
}

/// What is told of a change: of a sum or product only what is new or gone.
fn told(edit: Edit) -> Edit {
    let (Some(wrong), Some(right)) = (&edit.wrong, &edit.right) else { return edit };
    let parts = |term: &Term| -> Vec<Term> {
        match edit.kind {
            Kind::MissingTerm | Kind::ExtraTerm => term.summands().into_iter().cloned().collect(),
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
    match edit.kind {
        Kind::MissingTerm | Kind::MissingFactor => {
            let new = without(parts(right), parts(wrong));
            match new.as_slice() {
                [one] => Edit { wrong: None, right: Some(one.clone()), ..edit },
                _ => edit,
            }
        }
        Kind::ExtraTerm | Kind::ExtraFactor => {
            let gone = without(parts(wrong), parts(right));
            match gone.as_slice() {
                [one] => Edit { wrong: Some(one.clone()), right: None, ..edit },
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

fn two(op: Op, left: Term, right: Term) -> Option<Term> {
    Term::new(op, vec![left, right]).ok()
}

fn signs(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Neg => vec![(Kind::Sign, old.args()[0].clone())],
        Op::Add => old.args().iter().enumerate().filter_map(|(position, arg)| {
            let mut args = old.args().to_vec();
            args[position] = if matches!(arg.op(), Op::Neg) { arg.args()[0].clone() } else { arg.clone().negated() };
            Term::new(Op::Add, args).ok().map(|new| (Kind::Sign, new))
        }).collect(),
        Op::Number(_) | Op::Integer(_) | Op::Fill(_) => Vec::new(),
        _ => vec![(Kind::Sign, old.clone().negated())],
    }
}

fn chain(op: Op, parts: Vec<Term>) -> Option<Term> {
    parts.into_iter().map(Some).reduce(|all, next| two(op.clone(), all?, next?))?
}

fn dropped(old: &Term) -> Vec<(Kind, Term)> {
    let without = |parts: Vec<&Term>, op: Op, kind: Kind| -> Vec<(Kind, Term)> {
        (0..parts.len())
            .filter_map(|gone| {
                let rest = parts.iter().enumerate().filter(|(position, _)| *position != gone);
                chain(op.clone(), rest.map(|(_, part)| (*part).clone()).collect()).map(|new| (kind, new))
            })
            .collect()
    };
    match old.op() {
        Op::Add => without(old.summands(), Op::Add, Kind::ExtraTerm),
        Op::Mul => without(old.factors(), Op::Mul, Kind::ExtraFactor),
        Op::Div => vec![(Kind::ExtraFactor, old.args()[0].clone())],
        Op::Power => vec![(Kind::ExtraFactor, old.args()[0].clone())],
        Op::MatMul => old.args().iter().map(|arg| (Kind::ExtraFactor, arg.clone())).collect(),
        Op::Apply(_) if old.args().len() == 1 => vec![(Kind::WrongFactor, old.args()[0].clone())],
        _ => Vec::new(),
    }
}

fn indices(bench: &Bench, old: &Term) -> Vec<(Kind, Term)> {
    let Op::Read(read) = old.op() else { return Vec::new() };
    let mut found = Vec::new();
    for (position, subscript) in read.subscripts.iter().enumerate() {
        let Subscript::At(place) = subscript else { continue };
        let index = |name: &Name| bench.group.base.indices.contains_key(name);
        if !place.names().iter().any(index) {
            continue;
        }
        for step in [-1, 1, -2, 2] {
            let mut moved = read.clone();
            moved.subscripts[position] = Subscript::At(place.offset(step));
            found.push((Kind::WrongIndex, Term::read(moved)));
        }
    }
    found
}

fn turned(old: &Term) -> Vec<(Kind, Term)> {
    let flip = |term: &Term| match term.op() {
        Op::Transpose => Some(term.args()[0].clone()),
        _ if term.shape().axes().len() == 2 => term.clone().transposed().ok(),
        _ => None,
    };
    let mut found: Vec<(Kind, Term)> = flip(old).into_iter().map(|new| (Kind::Transposed, new)).collect();
    if *old.op() == Op::MatMul {
        let (left, right) = (&old.args()[0], &old.args()[1]);
        found.extend(two(Op::MatMul, right.clone(), left.clone()).map(|new| (Kind::Transposed, new)));
        for (one, other) in [(flip(left), Some(right.clone())), (Some(left.clone()), flip(right)), (flip(left), flip(right))] {
            if let (Some(one), Some(other)) = (one, other) {
                found.extend(two(Op::MatMul, one.clone(), other.clone()).map(|new| (Kind::Transposed, new)));
                found.extend(two(Op::MatMul, other, one).map(|new| (Kind::Transposed, new)));
            }
        }
    }
    found
}

fn other_names(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    let (Some(read), false) = (old.as_read(), old.shape().is_number() && old.args().len() > 1) else { return Vec::new() };
    words
        .readings
        .iter()
        .filter(|term| term.shape() == old.shape() && term.as_read().is_some_and(|other| other.quantity != read.quantity))
        .map(|term| (Kind::WrongName, term.clone()))
        .collect()
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

/// A value for its slope, and the other way round.
fn slopes(old: &Term) -> Vec<(Kind, Term)> {
    if old.as_number().is_some() || matches!(old.op(), Op::Compare(_) | Op::Integer(_)) {
        return Vec::new();
    }
    let one = Term::filled(1, old.shape());
    let less = |term: Term| one.clone().plus(term.negated()).ok();
    let square = |term: &Term| two(Op::Power, term.clone(), Term::number(number::whole(2)));
    let mut found: Vec<(Kind, Term)> = Vec::new();
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::Slope, term)));
    add(less(old.clone()).and_then(|rest| old.clone().times(rest).ok()));
    add(square(old).and_then(less));
    add(less(old.clone()));
    if let Op::Apply(_) = old.op()
        && let [u] = old.args()
    {
        // The function of a value that is the function already.
        add(less(u.clone()).and_then(|rest| u.clone().times(rest).ok()));
        add(square(u).and_then(less));
        add(Some(u.clone()));
        let again = |power: Option<Term>| power.and_then(less);
        add(again(square(old)));
    }
    if let Op::Power = old.op() {
        // (1 − u)² for 1 − u².
        let base = &old.args()[0];
        if let [first, second] = base.args()
            && *base.op() == Op::Add
        {
            let inner = if matches!(second.op(), Op::Neg) { &second.args()[0] } else { second };
            add(square(inner).and_then(|square| first.clone().plus(square.negated()).ok()));
        }
    }
    found
}

fn brackets(old: &Term) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::Brackets, term)));
    if *old.op() == Op::Add {
        let summands: Vec<Term> = old.summands().into_iter().cloned().collect();
        // a + b / c for (a + b) / c, and a + b · c for (a + b) · c, with as many summands as there are.
        for (position, part) in summands.iter().enumerate() {
            let (inner, negative) = if matches!(part.op(), Op::Neg) { (&part.args()[0], true) } else { (part, false) };
            for (op, first, second) in splits(inner) {
                let first = if negative { first.negated() } else { first };
                for from in 0..=position {
                    // The last summand holds what should reach over all of them.
                    let to = position + 1;
                    if to - from >= 2 {
                        let mut group = summands.clone();
                        group[position] = first.clone();
                        let outside: Vec<Term> =
                            group[..from].iter().chain(&group[to..]).cloned().collect();
                        let whole = chain(Op::Add, group[from..to].to_vec()).and_then(|sum| two(op.clone(), sum, second.clone()));
                        add(whole.and_then(|whole| chain(Op::Add, outside.into_iter().chain([whole]).collect())));
                    }
                }
            }
        }
    }
    if *old.op() == Op::Mul || *old.op() == Op::Div {
        let (left, right) = (&old.args()[0], &old.args()[1]);
        // (a + b) · c for a + b · c.
        if *left.op() == Op::Add {
            let [a, b] = left.args() else { return found };
            add(two(old.op().clone(), b.clone(), right.clone()).and_then(|product| a.clone().plus(product).ok()));
        }
        // a / b · c for a / (b · c).
        if *left.op() == Op::Div && *old.op() == Op::Mul {
            add(two(Op::Mul, left.args()[1].clone(), right.clone()).and_then(|below| two(Op::Div, left.args()[0].clone(), below)));
        }
    }
    found
}

/// All ways to see a term as a product or quotient of two.
fn splits(term: &Term) -> Vec<(Op, Term, Term)> {
    match term.op() {
        Op::Div => vec![(Op::Div, term.args()[0].clone(), term.args()[1].clone())],
        Op::Mul => {
            let factors: Vec<Term> = term.factors().into_iter().cloned().collect();
            (1..factors.len())
                .filter_map(|at| {
                    Some((Op::Mul, chain(Op::Mul, factors[..at].to_vec())?, chain(Op::Mul, factors[at..].to_vec())?))
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn operators(old: &Term) -> Vec<(Kind, Term)> {
    let args = || (old.args()[0].clone(), old.args()[1].clone());
    let make = |op: Op| {
        let (left, right) = args();
        two(op, left, right)
    };
    let found = match old.op() {
        Op::Add => vec![make(Op::Mul)],
        Op::Mul => vec![make(Op::Add), make(Op::Div), {
            let (left, right) = args();
            left.plus(right.negated()).ok()
        }],
        Op::Div => vec![make(Op::Mul)],
        _ => Vec::new(),
    };
    found.into_iter().flatten().map(|term| (Kind::Operator, term)).collect()
}

fn sums(bench: &Bench, old: &Term, scope: &[Binder]) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let free = old.free_names();
    for index in bench.group.base.indices.values().filter(|index| free.contains(&index.name)) {
        let binder = Binder { index: index.name.clone(), low: index.low.clone(), high: index.high.clone() };
        for reducer in [Reducer::Sum, Reducer::Mean] {
            let sum = Term::new(Op::Reduce(reducer, binder.clone()), vec![old.clone()]);
            found.extend(sum.ok().map(|sum| (Kind::MissingSum, sum)));
        }
        // The sum over another letter of the same range, of a factor that stands still.
        let _ = scope;
    }
    match old.op() {
        Op::Reduce(Reducer::Sum, _) => {
            let mean = match old.op() {
                Op::Reduce(_, binder) => Term::new(Op::Reduce(Reducer::Mean, binder.clone()), old.args().to_vec()).ok(),
                _ => None,
            };
            found.extend(mean.map(|mean| (Kind::MissingFactor, mean)));
        }
        Op::Reduce(Reducer::Mean, binder) => {
            let sum = Term::new(Op::Reduce(Reducer::Sum, binder.clone()), old.args().to_vec()).ok();
            found.extend(sum.map(|sum| (Kind::ExtraFactor, sum)));
        }
        _ => {}
    }
    found
}

fn numbers(bench: &Bench, old: &Term) -> Vec<(Kind, Term)> {
    let Op::Number(value) = old.op() else { return Vec::new() };
    let mut found = Vec::new();
    for other in [0, 1, 2, 3, -1] {
        found.push(Term::number(number::whole(other)));
    }
    found.push(Term::number(number::fraction(1, 2)));
    found.push(Term::number(-value.clone()));
    if !number::is_zero(value) {
        found.push(Term::number(value.recip()));
    }
    for factor in [2, 3] {
        found.push(Term::number(value * number::whole(factor)));
        found.push(Term::number(value / number::whole(factor)));
    }
    for quantity in bench.union.quantities.values() {
        if quantity.axes.is_empty() && quantity.shape.is_number() && matches!(quantity.role, Role::Const(_) | Role::Given | Role::Param | Role::Input) {
            let read = quantity.read(crate::math::expression::Mark::Value);
            found.push(Term::read(Read { constant: true, ..read }));
        }
    }
    found.into_iter().map(|term| (Kind::WrongFactor, term)).collect()
}

/// A factor that was forgotten: a reading, what is left of it to 1, a slope, a size.
fn factors(bench: &Bench, old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    if old.as_number().is_some() || matches!(old.op(), Op::Compare(_) | Op::Integer(_)) {
        return Vec::new();
    }
    let one = Term::filled(1, old.shape());
    let mut found = Vec::new();
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::MissingFactor, term)));
    for reading in &words.readings {
        let like = reading.shape() == old.shape();
        if !like && !reading.shape().is_number() {
            continue;
        }
        let reading = reading.clone().fill(old.shape());
        add(old.clone().times(reading.clone()).ok());
        let rest = one.clone().plus(reading.clone().negated()).ok();
        add(rest.and_then(|rest| old.clone().times(rest).ok()));
        let square = two(Op::Power, reading.clone(), Term::number(number::whole(2)));
        let rest = square.and_then(|square| one.clone().plus(square.negated()).ok());
        add(rest.and_then(|rest| old.clone().times(rest).ok()));
        add(two(Op::Div, old.clone(), reading.clone()));
    }
    for size in bench.group.base.sizes.keys() {
        let Ok(count) = Term::new(Op::Integer(Integer::name(size.clone())), Vec::new()) else { continue };
        let count = count.fill(old.shape());
        add(two(Op::Div, old.clone(), count.clone()));
        add(old.clone().times(count).ok());
    }
    add(old.clone().times(Term::filled(2, old.shape())).ok());
    let half = Term::number(number::fraction(1, 2)).fill(old.shape());
    add(old.clone().times(half).ok());
    // Matrices in front.
    for reading in &words.readings {
        if reading.shape().axes().len() != 2 || old.shape().axes().is_empty() {
            continue;
        }
        add(two(Op::MatMul, reading.clone(), old.clone()));
        add(reading.clone().transposed().ok().and_then(|turned| two(Op::MatMul, turned, old.clone())));
    }
    found
}

fn added(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let wanted = words.terms.iter().chain(&words.readings);
    for term in wanted.filter(|term| term.shape() == old.shape()) {
        found.extend(old.clone().plus(term.clone()).ok().map(|sum| (Kind::MissingTerm, sum)));
        found.extend(old.clone().plus(term.clone().negated()).ok().map(|sum| (Kind::MissingTerm, sum)));
    }
    found
}

