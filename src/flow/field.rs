//! Receptive fields: which places of an input one place of an output depends on, as formulas.

use crate::math::comparison::{Field, Reach};
use crate::math::expression::{Binder, Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The search gives up after so many readings.
const VISITS: usize = 20_000;

/// The places along one axis, from the first to the last; `None` where no formula tells.
type Span = Option<(Integer, Integer)>;

/// The field of every output in every input. Only places are told, not entries of payloads that stand as a whole. Where a
/// recurrence lies on the way, or where no formula tells, that is said.
pub fn fields(network: &Network) -> Vec<Field> {
    let mut found = Vec::new();
    for output in network.results().iter().filter_map(|name| network.quantity(name)) {
        let seen = seen(network, output);
        for input in network.quantities.values().filter(|quantity| quantity.role == Role::Input) {
            let reach = match &seen {
                None => Some(Reach::Untold(format!("there are more than {VISITS} ways"))),
                Some(seen) => seen.reach(network, input),
            };
            let field = reach.map(|reach| Field { of: output.read(Mark::Value), input: input.name.clone(), reach });
            found.extend(field.filter(|_| has_places(network, input)));
        }
    }
    found
}

/// Whether a quantity has places, or is a payload that always stands as a whole.
fn has_places(network: &Network, quantity: &Quantity) -> bool {
    let by_entry = |read: &&Read| {
        read.quantity == quantity.name
            && read.subscripts.iter().skip(quantity.axes.len()).any(|at| *at != Subscript::All)
    };
    !quantity.axes.is_empty() || network.equations.iter().any(|equation| equation.body.reads().iter().any(by_entry))
}

/// What an output depends on.
struct Seen<'n> {
    spans: BTreeMap<&'n Name, Vec<Span>>,
    /// What depends on itself, with all that lies beneath it, by the index of the recurrence.
    recurrent: BTreeMap<&'n Name, &'n Name>,
}

impl Seen<'_> {
    /// How far the output reaches in an input; `None` where it sees one place, or nothing.
    fn reach(&self, network: &Network, input: &Quantity) -> Option<Reach> {
        let spans = self.spans.get(&input.name)?;
        if let Some(index) = self.recurrent.get(&input.name) {
            return Some(Reach::Recurrence((*index).clone()));
        }
        let length = |span: &Span| span.as_ref().map(|(low, high)| high.minus(low).offset(1));
        let Some(lengths) = spans.iter().map(length).collect::<Option<Vec<Integer>>>() else {
            let reason =
                "its places are not sums of multiples of indices, or which of them is the last depends on the sizes";
            return Some(Reach::Untold(reason.to_string())).filter(|_| has_places(network, input));
        };
        let moves = |length: &Integer| *length != Integer::number(1);
        lengths.iter().any(moves).then_some(Reach::Places(lengths))
    }
}

/// The spans of all quantities that an output depends on; none where there are too many ways.
fn seen<'n>(network: &'n Network, output: &'n Quantity) -> Option<Seen<'n>> {
    let mut found = Seen { spans: BTreeMap::new(), recurrent: BTreeMap::new() };
    let here = |index: &Name| Some((Integer::name(index.clone()), Integer::name(index.clone())));
    let start: Vec<Span> = output.axes.iter().map(|axis| here(&axis.index)).collect();
    let mut open: Vec<(&Quantity, Vec<Span>, BTreeSet<&Name>)> = vec![(output, whole(output, start), BTreeSet::new())];
    let mut visits = 0;
    while let Some((at, spans, mut above)) = open.pop() {
        visits += 1;
        if visits > VISITS {
            return None;
        }
        if !above.insert(&at.name) {
            enter_recurrence(network, at, &mut found.recurrent);
            continue;
        }
        let known = found.spans.get(&at.name);
        let wider: Vec<Span> = match known {
            Some(known) => {
                let both = known.iter().zip(&spans).enumerate();
                both.map(|(axis, (one, other))| joined(one, other, &along(at, axis))).collect()
            }
            None => spans,
        };
        if known == Some(&wider) {
            continue;
        }
        found.spans.insert(&at.name, wider.clone());
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

/// Marks what depends on itself, and all that it depends on, with the index along which it recurs.
fn enter_recurrence<'n>(network: &'n Network, state: &'n Quantity, marked: &mut BTreeMap<&'n Name, &'n Name>) {
    let recurs = |axis: &&Binder| network.indices.get(&axis.index).is_some_and(|index| index.recurrent);
    let Some(axis) = state.axes.iter().find(recurs) else { return };
    let mut open = vec![&state.name];
    while let Some(name) = open.pop() {
        if marked.contains_key(name) {
            continue;
        }
        marked.insert(name, &axis.index);
        let bodies = network.equations_of(name).map(|equation| &equation.body);
        let reads = bodies.flat_map(Term::reads).filter(|read| read.mark == Mark::Value && !read.constant);
        open.extend(reads.filter_map(|read| network.quantity(&read.quantity)).map(|quantity| &quantity.name));
    }
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

/// From the lower of both ends to the higher, if it is clear which those are. With all of an axis it is all of the axis.
fn joined(one: &Span, other: &Span, all: &Span) -> Span {
    if one == all || other == all {
        return all.clone();
    }
    let ((low, high), (lower, higher)) = (one.as_ref()?, other.as_ref()?);
    let low = if low.minus(lower).as_number()? <= 0 { low } else { lower };
    let high = if high.minus(higher).as_number()? >= 0 { high } else { higher };
    Some((low.clone(), high.clone()))
}
