//! Readings at other places, and sums over other indices.

use crate::check::bench::Bench;
use crate::math::expression::{Binder, Op, Reducer, Subscript, Term};
use crate::math::finding::Kind;
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::BTreeMap;

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
        // u − p for u + p.
        for letter in place.names().into_iter().filter(index) {
            let own = Integer::name(letter.clone());
            let rest = place.minus(&own);
            if rest.as_number().is_none() && !rest.names().contains(&letter) {
                let mut moved = read.clone();
                moved.subscripts[position] = Subscript::At(own.minus(&rest));
                found.push((Kind::WrongIndex, Term::read(moved)));
            }
        }
    }
    found
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
