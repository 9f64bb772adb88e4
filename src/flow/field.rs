//! Receptive fields: which places of an input one place of an output depends on, as formulas.

use crate::math::comparison::Field;
use crate::math::expression::{Mark, Op, Read, Subscript};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The search gives up after so many readings.
const VISITS: usize = 20_000;

/// The places along one axis, from the first to the last; `None` where no formula tells.
type Span = Option<(Integer, Integer)>;

/// The field of every output in every input. Only places are told, not entries of payloads that stand as a whole; and none where a
/// recurrence lies on the way, which reaches as far as it runs.
pub fn fields(network: &Network) -> Vec<Field> {
    let mut found = Vec::new();
    for output in network.results().iter().filter_map(|name| network.quantity(name)) {
        let Some(seen) = spans(network, output) else { continue };
        for input in network.quantities.values().filter(|quantity| quantity.role == Role::Input) {
            let Some(spans) = seen.get(&input.name) else { continue };
            let lengths: Option<Vec<Integer>> =
                spans.iter().map(|span| span.as_ref().map(|(low, high)| high.minus(low).offset(1))).collect();
            let moves = |length: &Integer| *length != Integer::number(1);
            if let Some(lengths) = lengths.filter(|lengths| lengths.iter().any(moves)) {
                found.push(Field { of: output.read(Mark::Value), input: input.name.clone(), lengths });
            }
        }
    }
    found
}

/// The spans of all quantities that an output depends on; none where it depends on itself.
fn spans<'n>(network: &'n Network, output: &'n Quantity) -> Option<BTreeMap<&'n Name, Vec<Span>>> {
    let mut found: BTreeMap<&Name, Vec<Span>> = BTreeMap::new();
    let here = |index: &Name| Some((Integer::name(index.clone()), Integer::name(index.clone())));
    let start: Vec<Span> = output.axes.iter().map(|axis| here(&axis.index)).collect();
    let mut open: Vec<(&Quantity, Vec<Span>, BTreeSet<&Name>)> = vec![(output, whole(output, start), BTreeSet::new())];
    let mut visits = 0;
    while let Some((at, spans, mut above)) = open.pop() {
        visits += 1;
        if visits > VISITS || !above.insert(&at.name) {
            return None;
        }
        let known = found.get(&at.name);
        let wider: Vec<Span> = match known {
            Some(known) => known.iter().zip(&spans).map(|(one, other)| joined(one, other)).collect(),
            None => spans,
        };
        if known == Some(&wider) {
            continue;
        }
        found.insert(&at.name, wider.clone());
        for equation in network.equations_of(&at.name) {
            let put = indices(equation, &wider);
            for read in equation.body.reads().into_iter().filter(|read| read.mark == Mark::Value && !read.constant) {
                let Some(next) = network.quantity(&read.quantity) else { continue };
                open.push((next, within(next, reading(read, next, &put)), above.clone()));
            }
        }
    }
    Some(found)
}

/// What the indices of an equation run through, where its quantity is met at these places; and those that it binds.
fn indices(equation: &Equation, spans: &[Span]) -> BTreeMap<Name, Span> {
    let mut put: BTreeMap<Name, Span> = BTreeMap::new();
    for (own, span) in equation.at.iter().zip(spans) {
        if let Some(index) = own.as_name() {
            put.insert(index.clone(), span.clone());
        }
    }
    equation.body.walk(&mut |part| {
        if let Op::Reduce(_, binder) = part.op() {
            put.insert(binder.index.clone(), Some((binder.low.clone(), binder.high.clone())));
        }
    });
    put
}

/// The places that a reading takes.
fn reading(read: &Read, of: &Quantity, put: &BTreeMap<Name, Span>) -> Vec<Span> {
    let spans = read.subscripts.iter().map(|subscript| match subscript {
        Subscript::At(place) => span_of(place, put),
        Subscript::Range(low, high) => {
            let (low, high) = (span_of(low, put), span_of(high, put));
            low.zip(high).map(|((low, _), (_, high))| (low, high))
        }
        Subscript::All => None,
    });
    let all = read.subscripts.iter().enumerate().zip(spans).map(|((axis, subscript), span)| match subscript {
        Subscript::All => along(of, axis),
        _ => span,
    });
    whole(of, all.collect())
}

/// All of an axis.
fn along(of: &Quantity, axis: usize) -> Span {
    match of.axes.get(axis) {
        Some(axis) => Some((axis.low.clone(), axis.high.clone())),
        None => {
            let size = of.shape.axes().get(axis - of.axes.len())?;
            Some((Integer::number(1), size.clone()))
        }
    }
}

/// Spans with all of those axes that have none.
fn whole(of: &Quantity, mut spans: Vec<Span>) -> Vec<Span> {
    let axes = of.axes.len() + of.shape.axes().len();
    spans.extend((spans.len()..axes).map(|axis| along(of, axis)).collect::<Vec<_>>());
    spans
}

/// Spans without what lies past the ends of their axes, where that is clear.
fn within(of: &Quantity, spans: Vec<Span>) -> Vec<Span> {
    let cut = |(axis, span): (usize, Span)| {
        let ((low, high), (first, last)) = (span?, along(of, axis)?);
        let low = if low.minus(&first).as_number().is_some_and(|apart| apart < 0) { first } else { low };
        let high = if high.minus(&last).as_number().is_some_and(|apart| apart > 0) { last } else { high };
        Some((low, high))
    };
    spans.into_iter().enumerate().map(cut).collect()
}

/// What a place runs through when its indices run through theirs.
fn span_of(place: &Integer, put: &BTreeMap<Name, Span>) -> Span {
    let (mut low, mut high) = (place.clone(), place.clone());
    for name in place.names() {
        let Some(span) = put.get(&name) else { continue };
        let (first, last) = span.as_ref()?;
        let (coefficient, _) = place.linear_in(&name)?;
        let (down, up) = if coefficient >= 0 { (first, last) } else { (last, first) };
        let apart = |end: &Integer| end.minus(&Integer::name(name.clone())).scaled(coefficient);
        low = low.plus(&apart(down));
        high = high.plus(&apart(up));
    }
    Some((low, high))
}

/// From the lower of both ends to the higher, if it is clear which those are.
fn joined(one: &Span, other: &Span) -> Span {
    let ((low, high), (lower, higher)) = (one.as_ref()?, other.as_ref()?);
    let low = if low.minus(lower).as_number()? <= 0 { low } else { lower };
    let high = if high.minus(higher).as_number()? >= 0 { high } else { higher };
    Some((low.clone(), high.clone()))
}
