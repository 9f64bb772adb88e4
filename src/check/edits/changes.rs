//! What may stand in the place of a part of an equation: one function for each thing that people get wrong.

use super::vocabulary::Vocabulary;
use crate::check::bench::Bench;
use crate::math::expression::{Binder, Op, Read, Reducer, Subscript, Term};
use crate::math::finding::Kind;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::number;
use std::collections::BTreeMap;

fn two(op: Op, left: Term, right: Term) -> Option<Term> {
    Term::new(op, vec![left, right]).ok()
}

/// One summand with the other sign, or a sign that is gone.
pub fn flipped(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Neg => vec![(Kind::Sign, old.args()[0].clone())],
        Op::Add => {
            let parts = old.summands();
            (0..parts.len())
                .filter_map(|at| {
                    let other = |(position, part): (usize, &&Term)| {
                        if position == at { opposite(part) } else { (*part).clone() }
                    };
                    chain(Op::Add, parts.iter().enumerate().map(other).collect())
                })
                .map(|new| (Kind::Sign, new))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// `b − a` for `a − b`.
pub fn turned_over(old: &Term) -> Vec<(Kind, Term)> {
    if *old.op() != Op::Add {
        return Vec::new();
    }
    // What is positive stands first.
    let (positive, negative): (Vec<Term>, Vec<Term>) =
        old.summands().into_iter().map(opposite).partition(|part| *part.op() != Op::Neg);
    chain(Op::Add, positive.into_iter().chain(negative).collect()).map(|new| (Kind::Sign, new)).into_iter().collect()
}

/// A part with the other sign.
pub fn negated(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Neg | Op::Add | Op::Number(_) | Op::Integer(_) | Op::Fill(_) => Vec::new(),
        _ => vec![(Kind::Sign, old.clone().negated())],
    }
}

fn opposite(term: &Term) -> Term {
    if *term.op() == Op::Neg { term.args()[0].clone() } else { term.clone().negated() }
}

fn chain(op: Op, parts: Vec<Term>) -> Option<Term> {
    parts.into_iter().map(Some).reduce(|all, next| two(op.clone(), all?, next?))?
}

/// A summand, factor or function that is gone.
pub fn dropped(old: &Term) -> Vec<(Kind, Term)> {
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
        Op::Power => vec![(Kind::WrongFactor, old.args()[0].clone())],
        Op::MatMul => old.args().iter().map(|arg| (Kind::ExtraFactor, arg.clone())).collect(),
        Op::Apply(_) if old.args().len() == 1 => vec![(Kind::WrongFactor, old.args()[0].clone())],
        _ => Vec::new(),
    }
}

/// A reading one or two steps off along an index.
pub fn indices(bench: &Bench, old: &Term) -> Vec<(Kind, Term)> {
    let Op::Read(read) = old.op() else { return Vec::new() };
    let mut found = Vec::new();
    for (position, subscript) in read.subscripts.iter().enumerate() {
        let Subscript::At(place) = subscript else { continue };
        let index = |name: &Name| bench.group.base.indices.contains_key(name);
        let axis = bench.union.quantity(&read.quantity).and_then(|quantity| quantity.axes.get(position));
        let fixed = place.as_number().is_some() && axis.is_some_and(|axis| index(&axis.index));
        if !fixed && !place.names().iter().any(index) {
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

fn over(term: &Term) -> Option<Term> {
    match term.op() {
        Op::Transpose => Some(term.args()[0].clone()),
        _ if term.shape().axes().len() == 2 => term.clone().transposed().ok(),
        _ => None,
    }
}

/// `b aᵀ` for `a bᵀ`, and the other orders of a product.
pub fn in_other_order(old: &Term) -> Vec<(Kind, Term)> {
    if *old.op() != Op::MatMul {
        return Vec::new();
    }
    let (left, right) = (&old.args()[0], &old.args()[1]);
    let row = |term: &Term| match term.op() {
        Op::Transpose => term.args()[0].clone(),
        _ => term.clone().transposed().unwrap_or_else(|_| term.clone()),
    };
    let pairs = [
        (Some(row(right)), Some(row(left))),
        (over(left), Some(right.clone())),
        (Some(left.clone()), over(right)),
        (over(left), over(right)),
        (Some(right.clone()), Some(left.clone())),
        (Some(right.clone()), over(left)),
        (over(right), Some(left.clone())),
    ];
    let product = |(one, other): (Option<Term>, Option<Term>)| two(Op::MatMul, one?, other?);
    pairs.into_iter().filter_map(product).map(|new| (Kind::Transposed, new)).collect()
}

/// A matrix turned over.
pub fn turned(old: &Term) -> Vec<(Kind, Term)> {
    over(old).map(|new| (Kind::Transposed, new)).into_iter().collect()
}

/// The value of a function for its argument.
pub fn functions(bench: &Bench, body: &Term, old: &Term) -> Vec<(Kind, Term)> {
    if old.as_read().is_none() && !matches!(old.op(), Op::Integer(_)) {
        return Vec::new();
    }
    let mut known: Vec<Op> = Vec::new();
    let bodies = bench.group.base.equations.iter().map(|equation| &equation.body);
    for term in bodies.chain([body]) {
        term.walk(&mut |part| {
            if matches!(part.op(), Op::Apply(_)) && part.args().len() == 1 && !known.contains(part.op()) {
                known.push(part.op().clone());
            }
        });
    }
    known
        .into_iter()
        .filter_map(|op| Term::new(op, vec![old.clone()]).ok())
        .map(|new| (Kind::WrongFactor, new))
        .collect()
}

/// The derivative through every path for what comes from above alone.
pub fn paths(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    if old.as_read().is_none() {
        return Vec::new();
    }
    let whole = words.paths.iter().filter(|term| term.shape() == old.shape());
    whole.map(|term| (Kind::MissingTerm, term.clone())).collect()
}

/// Another name.
pub fn other_names(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    let (Some(read), false) = (old.as_read(), old.shape().is_number() && old.args().len() > 1) else {
        return Vec::new();
    };
    words
        .readings
        .iter()
        .filter(|term| {
            term.shape() == old.shape() && term.as_read().is_some_and(|other| other.quantity != read.quantity)
        })
        .map(|term| (Kind::WrongName, term.clone()))
        .collect()
}

/// A value for its slope, and the other way round.
pub fn slopes(old: &Term) -> Vec<(Kind, Term)> {
    if old.as_number().is_some() || matches!(old.op(), Op::Compare(_) | Op::Integer(_)) {
        return Vec::new();
    }
    let one = Term::filled(1, old.shape());
    let less = |term: Term| match (term.op(), term.args()) {
        // 1 − (1 − z) is z.
        (Op::Add, [first, second]) if *first == one && *second.op() == Op::Neg => Some(second.args()[0].clone()),
        _ => one.clone().plus(term.negated()).ok(),
    };
    let square = |term: &Term| two(Op::Power, term.clone(), Term::number(number::whole(2)));
    let mut found: Vec<(Kind, Term)> = Vec::new();
    found.extend(less(old.clone()).map(|term| (Kind::WrongFactor, term)));
    let mut add = |term: Option<Term>| found.extend(term.map(|term| (Kind::Slope, term)));
    add(less(old.clone()).and_then(|rest| old.clone().times(rest).ok()));
    add(square(old).and_then(less));
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

/// Brackets elsewhere.
pub fn brackets(old: &Term) -> Vec<(Kind, Term)> {
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
                        let outside: Vec<Term> = group[..from].iter().chain(&group[to..]).cloned().collect();
                        let whole = chain(Op::Add, group[from..to].to_vec())
                            .and_then(|sum| two(op.clone(), sum, second.clone()));
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
            add(two(Op::Mul, left.args()[1].clone(), right.clone())
                .and_then(|below| two(Op::Div, left.args()[0].clone(), below)));
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

/// Another operator.
pub fn operators(old: &Term) -> Vec<(Kind, Term)> {
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

/// A square for what was not squared, and the other way round.
pub fn powers(old: &Term) -> Vec<(Kind, Term)> {
    match old.op() {
        Op::Read(_) | Op::Apply(_) => {
            let power = |exponent: i64| two(Op::Power, old.clone(), Term::number(number::whole(exponent)));
            [2, 3, -1].into_iter().filter_map(power).map(|new| (Kind::WrongFactor, new)).collect()
        }
        _ => Vec::new(),
    }
}

/// Letters that run over one range, one for another, or both turned.
pub fn letters(bench: &Bench, old: &Term, scope: &[Binder]) -> Vec<(Kind, Term)> {
    let range = |letter: &Name| bench.group.base.indices.get(letter).map(|index| (&index.low, &index.high));
    let mut found = Vec::new();
    match old.op() {
        Op::Read(read) => {
            let at = |place: &Subscript| match place {
                Subscript::At(place) => place.as_name().cloned(),
                _ => None,
            };
            let letters: Vec<Option<Name>> = read.subscripts.iter().map(at).collect();
            for (one, first) in letters.iter().enumerate() {
                let Some(first) = first else { continue };
                for (other, second) in letters.iter().enumerate().skip(one + 1) {
                    if second.as_ref().is_some_and(|second| range(second).is_some() && range(second) == range(first)) {
                        let mut turned = read.clone();
                        turned.subscripts.swap(one, other);
                        found.push((Kind::Transposed, Term::read(turned)));
                    }
                }
            }
            for (one, first) in letters.iter().enumerate() {
                let Some(first) = first else { continue };
                let alike = |other: &&Binder| {
                    &other.index != first && range(first).is_some() && range(&other.index) == range(first)
                };
                for other in scope.iter().filter(alike) {
                    let mut moved = read.clone();
                    moved.subscripts[one] = Subscript::At(Integer::name(other.index.clone()));
                    found.push((Kind::WrongIndex, Term::read(moved)));
                }
            }
        }
        Op::Reduce(reducer, binder) => {
            // The sum over s for that over t: what was bound is free, and what was free is bound.
            let alike = |other: &&Binder| {
                other.index != binder.index && (&other.low, &other.high) == (&binder.low, &binder.high)
            };
            let letters: Vec<&Binder> = scope.iter().filter(alike).collect();
            for (freed, bound) in letters.iter().flat_map(|one| letters.iter().map(move |other| (one, other))) {
                if freed.index == bound.index {
                    continue;
                }
                let put = BTreeMap::from([
                    (binder.index.clone(), Integer::name(freed.index.clone())),
                    (bound.index.clone(), Integer::name(binder.index.clone())),
                ]);
                let args = old.args().iter().map(|arg| arg.at(&put)).collect();
                let sum = Term::new(Op::Reduce(*reducer, binder.clone()), args);
                found.extend(sum.ok().map(|sum| (Kind::WrongIndex, sum)));
            }
        }
        _ => {}
    }
    found
}

/// A sum over an index, or a mean for a sum.
pub fn sums(bench: &Bench, old: &Term) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let free = old.free_names();
    for index in bench.group.base.indices.values().filter(|index| free.contains(&index.name)) {
        let binder = Binder { index: index.name.clone(), low: index.low.clone(), high: index.high.clone() };
        for reducer in [Reducer::Sum, Reducer::Mean] {
            let sum = Term::new(Op::Reduce(reducer, binder.clone()), vec![old.clone()]);
            found.extend(sum.ok().map(|sum| (Kind::MissingSum, sum)));
        }
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

/// Another number.
pub fn numbers(bench: &Bench, old: &Term) -> Vec<(Kind, Term)> {
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
        if quantity.axes.is_empty()
            && quantity.shape.is_number()
            && matches!(quantity.role, Role::Const(_) | Role::Given | Role::Param | Role::Input)
        {
            let read = quantity.read(crate::math::expression::Mark::Value);
            found.push(Term::read(Read { constant: true, ..read }));
        }
    }
    found.into_iter().map(|term| (Kind::WrongFactor, term)).collect()
}

/// A factor that was forgotten: a reading, what is left of it to 1, a slope, a size.
pub fn factors(bench: &Bench, old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
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
        let root = Term::new(Op::Apply("sqrt".into()), vec![count.clone()]).ok();
        for count in [Some(count), root].into_iter().flatten() {
            let count = count.fill(old.shape());
            add(two(Op::Div, old.clone(), count.clone()));
            add(old.clone().times(count).ok());
        }
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

/// A summand that was forgotten.
pub fn added(old: &Term, words: &Vocabulary) -> Vec<(Kind, Term)> {
    let mut found = Vec::new();
    let wanted = words.terms.iter().chain(&words.readings);
    for term in wanted.filter(|term| term.shape() == old.shape()) {
        found.extend(old.clone().plus(term.clone()).ok().map(|sum| (Kind::MissingTerm, sum)));
        found.extend(old.clone().plus(term.clone().negated()).ok().map(|sum| (Kind::MissingTerm, sum)));
    }
    found
}
