//! Tests a law on random instances: letters of several sizes, both signs, zeros; values and motions of both sides.

use nablascope::evaluate::{self, Array, Dual, Environment, Scalar};
use nablascope::math::expression::{Binder, Letter, LetterKind, Mark, Op, Read, Reducer, Relation, Subscript, Term};
use nablascope::math::integer::Integer;
use nablascope::math::law::{Book, Condition, Law, Purpose};
use nablascope::math::name::Name;
use nablascope::math::number::to_f64;
use nablascope::math::shape::Shape;

type Number = Dual<f64>;
type Letters = Environment<Number>;

/// How far the sides may differ, relative to the larger of them and 1.
const TOLERANCE: f64 = 1e-12;

/// The sizes that a law is tested with, in the order of its size letters: unequal ones, and ones.
const SIZES: [[i64; 4]; 5] = [[2, 3, 4, 5], [1, 1, 1, 1], [3, 1, 2, 4], [1, 4, 1, 2], [4, 2, 3, 1]];

/// The payloads that a law is tested with. A second payload letter takes the second of a pair, with as many entries.
const PAYLOADS: [(&[usize], &[usize]); 6] =
    [(&[], &[]), (&[3], &[3, 1]), (&[1], &[1, 1]), (&[2, 3], &[6]), (&[1, 4], &[4]), (&[2, 1, 3], &[3, 2])];

/// How entries are drawn.
#[derive(Clone, Copy, Debug)]
enum Style {
    Any,
    Positive,
    Negative,
    WithZeros,
    SmallIntegers,
}

const STYLES: [Style; 5] = [Style::Any, Style::Positive, Style::Negative, Style::WithZeros, Style::SmallIntegers];

/// Why a law failed.
#[derive(Debug)]
pub struct Failure(pub String);

/// Tests a law; gives the number of entries that were compared.
pub fn verdict(book: &Book, law: &Law) -> Result<usize, Failure> {
    let mut random = Random::of(law.name.as_str());
    let mut compared = 0;
    for sizes in SIZES {
        for payloads in PAYLOADS {
            for style in STYLES {
                for _ in 0..2 {
                    let mut letters = ground(law, &sizes, payloads);
                    draw(book, law, style, &mut letters, &mut random);
                    if !law.indices.is_empty() {
                        compared += over_indices(book, law, style, &letters, &mut random)?;
                        continue;
                    }
                    if !holds(law, &letters)? {
                        continue;
                    }
                    compared += compare(law, &letters)?;
                    let (indexed, letters) = at_an_index(law, &letters, &mut random);
                    compared += compare(&indexed, &letters)?;
                }
            }
        }
    }
    if compared < 100 { Err(Failure(format!("only {compared} entries could be compared"))) } else { Ok(compared) }
}

/// Whether the numbers beside a rejected law really refute it.
pub fn counterexample_refutes(law: &Law) -> Result<bool, Failure> {
    if !law.indices.is_empty() {
        return refuted_over_indices(law);
    }
    let mut letters = Letters::default();
    for (name, table) in &law.counterexample {
        let entries: Vec<f64> = table.iter().flatten().map(to_f64).collect();
        let is_motion = !law.letters.contains_key(name);
        let name = Name::new(if is_motion { &name.as_str()[1..] } else { name.as_str() });
        let shape = &law.letters[&name].shape;
        let (rows, columns) = (table.len(), table[0].len());
        let dims = match shape {
            Shape::Axes(axes) if axes.is_empty() => vec![],
            Shape::Axes(axes) if axes.len() == 1 => vec![columns],
            Shape::Any(_) if rows * columns == 1 => vec![],
            Shape::Any(_) if rows == 1 => vec![columns],
            _ => vec![rows, columns],
        };
        if let Shape::Any(payload) = shape {
            letters.payloads.insert(payload.clone(), dims.clone());
        }
        let ends = if matches!(shape, Shape::Row(_)) { &dims[1..] } else { &dims[..] };
        for (axis, size) in shape.axes().iter().zip(ends) {
            letters.sizes.extend(axis.as_name().map(|name| (name.clone(), *size as i64)));
        }
        let array = letters.letters.entry(name).or_insert_with(|| Array::filled(dims, Dual::new(0.0, 0.0)));
        for (entry, value) in array.data.iter_mut().zip(entries) {
            *if is_motion { &mut entry.tangent } else { &mut entry.value } = value;
        }
    }
    if !holds(law, &letters)? {
        return Ok(false);
    }
    Ok(compare(law, &letters).is_err())
}

/// As above, for a law with indices: a row of numbers runs along the first of them, and payloads are numbers.
fn refuted_over_indices(law: &Law) -> Result<bool, Failure> {
    let mut letters = Letters::default();
    let longest = law.counterexample.iter().map(|(_, table)| table[0].len()).max().unwrap_or(1);
    for (position, binder) in law.indices.iter().enumerate() {
        let count = if position == 0 { longest } else { 2 } as i64;
        for (end, value) in [(&binder.low, 1), (&binder.high, count)] {
            letters.sizes.insert(end.as_name().expect("an end is a letter").clone(), value);
        }
        letters.indices.insert(binder.index.clone(), 1);
    }
    let index = law.indices[0].index.clone();
    let mut law = law.clone();
    for (name, letter) in law.letters.clone() {
        if let Shape::Any(payload) = &letter.shape {
            letters.payloads.insert(payload.clone(), Vec::new());
        }
        let of = |wanted: &str| {
            let row = law.counterexample.iter().find(|(given, _)| given.as_str() == wanted);
            row.map(|(_, table)| table[0].iter().map(to_f64).collect::<Vec<f64>>())
        };
        let (values, motions) = (of(name.as_str()), of(&format!("d{name}")));
        let Some(count) = values.as_ref().or(motions.as_ref()).map(Vec::len) else { continue };
        let entry = |at: usize| {
            let of = |row: &Option<Vec<f64>>| row.as_ref().map_or(0.0, |row| row[at]);
            Dual::new(of(&values), of(&motions))
        };
        let runs = count > 1;
        let array = Array::new(if runs { vec![count] } else { vec![] }, (0..count).map(entry).collect());
        let lows = if runs { vec![1] } else { vec![] };
        letters.quantities.insert((name.clone(), Mark::Value), (lows, array.expect("a row")));
        let on = if runs { vec![index.clone()] } else { vec![] };
        law = read_along(law, &name, &letter, &on);
    }
    Ok(compare(&spelled_out(law), &letters).is_err())
}

/// The sizes and payloads of one instance.
fn ground(law: &Law, sizes: &[i64; 4], payloads: (&[usize], &[usize])) -> Letters {
    let (mut names, mut any) = (Vec::new(), Vec::new());
    let mut note = |shape: &Shape| {
        if let Shape::Any(name) = shape {
            any.push(name.clone());
        }
        names.extend(shape.axes().iter().flat_map(Integer::names));
    };
    law.letters.values().for_each(|letter| note(&letter.shape));
    for side in [&law.left, &law.right] {
        side.walk(&mut |term| match term.op() {
            Op::Fill(shape) | Op::Reshape(shape) => note(shape),
            Op::Eye(size) => note(&Shape::vector(size.clone())),
            _ => {}
        });
    }
    names.sort();
    names.dedup();
    any.sort();
    any.dedup();
    any.reverse();
    let payloads = any.into_iter().zip([payloads.0.to_vec(), payloads.1.to_vec()]).collect();
    Letters { sizes: names.into_iter().zip(sizes.iter().copied()).collect(), payloads, ..Letters::default() }
}

/// The same law with some letters replaced by readings `u[t]`, of a quantity that runs along t, at t = 1.
fn at_an_index(law: &Law, letters: &Letters, random: &mut Random) -> (Law, Letters) {
    let (mut law, mut letters) = (law.clone(), letters.clone());
    letters.indices.insert("t".into(), 1);
    for (name, letter) in law.letters.clone() {
        let is_value = law.value.as_ref().is_some_and(|(value, _)| *value == name);
        let is_row = matches!(letter.shape, Shape::Row(_));
        if is_value || is_row || letter.kind != LetterKind::Plain || random.below(3) == 0 {
            continue;
        }
        let now = letters.letters.remove(&name).expect("a drawn letter");
        let mut dims = now.dims.clone();
        dims.insert(0, 3);
        // Other times hold other numbers, so that reading at the wrong time would show.
        let other = now.map(|entry| Dual::new(entry.value + 1.0, entry.tangent - 1.0));
        let data = [other.data.clone(), now.data, other.data].concat();
        let array = Array::new(dims, data).expect("three times as many");
        letters.quantities.insert((name.clone(), Mark::Value), (vec![0], array));
        let read = Term::read(Read {
            quantity: name.clone(),
            mark: Mark::Value,
            subscripts: vec![Subscript::At(Integer::name("t"))],
            shape: letter.shape.clone(),
            constant: false,
            padded: false,
        });
        let mut put = |term: Term| match term.op() {
            Op::Letter(found) if found.name == name => read.clone(),
            _ => term,
        };
        law.left = law.left.map(&mut put);
        law.right = law.right.map(&mut put);
        law.value = law.value.map(|(value, term)| (value, term.map(&mut put)));
    }
    (law, letters)
}

/// The law with an index, or several, in each of its letters, or in some of them: every letter becomes a reading of a
/// quantity that runs along them. Ranges begin anywhere and hold 1 to 4 values, or none where that has a meaning.
fn over_indices(
    book: &Book,
    law: &Law,
    style: Style,
    letters: &Letters,
    random: &mut Random,
) -> Result<usize, Failure> {
    let (mut law, mut letters) = (law.clone(), letters.clone());
    let mut ranges = Vec::new();
    let equal = law.conditions.iter().any(|condition| matches!(condition, Condition::Equal(..)));
    for binder in &law.indices {
        let (low, count) =
            (random.below(4) as i64 - 1, random.below(if stands_free(&law, &binder.index) { 8 } else { 9 }) as i64);
        let count = if count == 8 { 0 } else { count % 4 + 1 };
        for (end, value) in [(&binder.low, low), (&binder.high, low + count - 1)] {
            letters.sizes.insert(end.as_name().expect("an end is a letter").clone(), value);
        }
        // Where an index stands free, too, it has a value of its range.
        let place = low + random.below(count.max(1) as usize) as i64;
        letters.indices.insert(binder.index.clone(), place);
        ranges.push((binder.index.clone(), low, count.max(1)));
    }
    for (name, letter) in law.letters.clone() {
        let is_value = law.value.as_ref().is_some_and(|(value, _)| *value == name);
        if is_value || matches!(letter.shape, Shape::Row(_)) {
            continue;
        }
        let kept = |index: &Name| !law.conditions.contains(&Condition::Absent(index.clone(), name.clone()));
        let on: Vec<&(Name, i64, i64)> =
            ranges.iter().filter(|(index, _, _)| kept(index) && (equal || random.below(4) > 0)).collect();
        let own = dims(&letter.shape, &letters);
        let axes = [on.iter().map(|(_, _, count)| *count as usize).collect(), own].concat();
        let range = domain(book, &law);
        let mut fresh: Vec<Number> = (0..axes.iter().product()).map(|_| entry(&letter, style, range, random)).collect();
        // Ties are where conventions show.
        if random.below(4) == 0 && fresh.len() > 1 {
            let (from, to) = (random.below(fresh.len()), random.below(fresh.len()));
            fresh[to].value = fresh[from].value;
        }
        if let (LetterKind::Constant, true) = (letter.kind, letter.shape.is_number()) {
            fresh = vec![fresh[0]; fresh.len()];
        }
        letters.letters.remove(&name);
        letters.quantities.insert(
            (name.clone(), Mark::Value),
            (on.iter().map(|(_, low, _)| *low).collect(), Array::new(axes, fresh).expect("as many as the axes say")),
        );
        law = read_along(law, &name, &letter, &on.iter().map(|(index, _, _)| index.clone()).collect::<Vec<_>>());
    }
    for condition in &law.conditions {
        if let Condition::Equal(left, right) = condition {
            balance(left, right, &mut letters)?;
        }
    }
    if holds(&law, &letters)? { compare(&spelled_out(law), &letters) } else { Ok(0) }
}

/// Changes the numbers of a letter so that `sum[s](c)` or `mean[s](c²)` is what is asked for, and moves so.
fn balance(left: &Term, right: &Term, letters: &mut Letters) -> Result<(), Failure> {
    let Op::Reduce(_, binder) = left.op() else { return Err(Failure("such a condition cannot be drawn".into())) };
    let squared = matches!(left.args()[0].op(), Op::Power);
    let inside = if squared { &left.args()[0].args()[0] } else { &left.args()[0] };
    let read = inside.as_read().ok_or_else(|| Failure("such a condition cannot be drawn".into()))?;
    let range = |end: &Integer| end.value(&|name| letters.sizes.get(name).copied()).expect("a known size");
    let count = range(&binder.high) - range(&binder.low) + 1;
    if count < 1 {
        return Ok(());
    }
    let (now, wanted) = (value(left, letters)?, value(right, letters)?);
    let key = (read.quantity.clone(), Mark::Value);
    let (_, array) = letters.quantities.get_mut(&key).expect("a letter along the index");
    let width = now.data.len();
    for (at, entry) in array.data.iter_mut().enumerate() {
        let (now, wanted) = (now.data[at % width], wanted.data[at % width]);
        *entry =
            if squared { *entry * root(wanted / now) } else { *entry + (wanted - now) / Dual::from_f64(count as f64) };
    }
    Ok(())
}

/// The square root, and how it moves.
fn root(number: Number) -> Number {
    let value = libm::sqrt(number.value);
    Dual::new(value, number.tangent / (2.0 * value))
}

/// The law with a reading along some indices for a letter.
fn read_along(mut law: Law, name: &Name, letter: &Letter, on: &[Name]) -> Law {
    let read = Term::read(Read {
        quantity: name.clone(),
        mark: Mark::Value,
        subscripts: on.iter().map(|index| Subscript::At(Integer::name(index.clone()))).collect(),
        shape: letter.shape.clone(),
        constant: letter.kind == LetterKind::Constant,
        padded: false,
    });
    let put = if letter.kind == LetterKind::Condition {
        let zero = Term::filled(0, &letter.shape);
        Term::new(Op::Compare(Relation::NotEqual), vec![read, zero]).expect("a condition")
    } else {
        read
    };
    let mut put = |term: Term| match term.op() {
        Op::Letter(found) if found.name == *name => put.clone(),
        _ => term,
    };
    law.left = law.left.map(&mut put);
    law.right = law.right.map(&mut put);
    law.value = law.value.map(|(value, term)| (value, term.map(&mut put)));
    for condition in &mut law.conditions {
        match condition {
            Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term) => {
                *term = term.map(&mut put);
            }
            Condition::Equal(left, right) => {
                *left = left.map(&mut put);
                *right = right.map(&mut put);
            }
            _ => {}
        }
    }
    law
}

/// The law with what it is short for written out.
fn spelled_out(mut law: Law) -> Law {
    // What is said of the value already computed is said of what it is short for: it may depend on the indices.
    if let Some((name, value)) = law.value.take() {
        let mut put = |term: Term| match term.op() {
            Op::Letter(found) if found.name == name => value.clone(),
            _ => term,
        };
        law.right = law.right.map(&mut put);
    }
    // An inner product sums over the indices of the equation, so both sides are compared summed.
    for condition in law.conditions.clone() {
        if let Condition::Within(index) = condition {
            let binder = law.indices.iter().find(|binder| binder.index == index).expect("an index of the law").clone();
            law.left = law.left.summed(std::slice::from_ref(&binder));
            law.right = law.right.summed(&[binder]);
        }
    }
    law
}

/// Whether an index stands free beside the one of a softmax: then it has a value, and its range is not empty.
fn stands_free(law: &Law, index: &Name) -> bool {
    fn keeps(term: &Term, index: &Name) -> bool {
        match term.op() {
            Op::Reduce(Reducer::Softmax, binder) if binder.index == *index => true,
            Op::Reduce(_, binder) if binder.index == *index => false,
            _ => term.args().iter().any(|arg| keeps(arg, index)),
        }
    }
    keeps(&law.left, index) || keeps(&law.right, index)
}

/// Numbers for all letters but `y`, which has a value already.
fn draw(book: &Book, law: &Law, style: Style, letters: &mut Letters, random: &mut Random) {
    let range = domain(book, law);
    for (name, letter) in &law.letters {
        if law.value.as_ref().is_some_and(|(value, _)| value == name) {
            continue;
        }
        let dims = dims(&letter.shape, letters);
        let data = (0..dims.iter().product()).map(|_| entry(letter, style, range, random)).collect();
        letters.letters.insert(name.clone(), Array::new(dims, data).expect("as many as the axes say"));
    }
}

fn entry(letter: &Letter, style: Style, (low, high): (f64, f64), random: &mut Random) -> Number {
    let motion = random.between(-2.0, 2.0);
    let value = match style {
        Style::Any => random.between(low, high),
        Style::Positive => random.between(low.max(0.01), high),
        Style::Negative if low < 0.0 => random.between(low, high.min(-0.01)),
        Style::WithZeros if random.between(0.0, 1.0) < 0.3 => 0.0,
        Style::SmallIntegers if low < 0.0 => random.between(-2.5, 2.5).round(),
        _ => random.between(low, high),
    };
    match letter.kind {
        LetterKind::Plain => Dual::new(value, motion),
        // The motion itself: a number at rest.
        LetterKind::Moving => Dual::new(value, 0.0),
        LetterKind::Condition => Dual::new(if motion > 0.0 { 1.0 } else { 0.0 }, 0.0),
        LetterKind::Constant if letter.shape.is_number() => {
            let exponents = [2.0, 3.0, -1.0, 0.5, -1.5, 0.0, 1.0, -2.0, 0.7];
            Dual::new(exponents[random.below(exponents.len())], 0.0)
        }
        LetterKind::Constant => Dual::new(value, 0.0),
    }
}

/// Slope laws draw from the domain of their operation; algebra is tested wherever it could be used.
fn domain(book: &Book, law: &Law) -> (f64, f64) {
    let inside = match law.left.op() {
        Op::Differential if law.purpose == Purpose::Differential => law.left.args()[0].op(),
        _ => law.left.op(),
    };
    match inside {
        Op::Apply(name) if law.purpose == Purpose::Differential => {
            book.operation(name.as_str()).map_or((-2.0, 2.0), |operation| operation.domain)
        }
        _ => (-2.0, 2.0),
    }
}

fn dims(shape: &Shape, letters: &Letters) -> Vec<usize> {
    let size = |axis: &Integer| axis.value(&|name| letters.sizes.get(name).copied()).expect("a known size") as usize;
    match shape {
        Shape::Any(name) => letters.payloads[name].clone(),
        Shape::Row(axis) => vec![1, size(axis)],
        Shape::Axes(axes) => axes.iter().map(size).collect(),
    }
}

fn holds(law: &Law, letters: &Letters) -> Result<bool, Failure> {
    for condition in &law.conditions {
        if let Condition::Equal(left, right) = condition {
            let (left, right) = match (value(left, letters), value(right, letters)) {
                (Err(failure), _) if failure.0.contains("over no value") => return Ok(false),
                (left, right) => (left?, right?),
            };
            let close =
                |(a, b): (&Number, &Number)| (a.value - b.value).abs() < 1e-9 && (a.tangent - b.tangent).abs() < 1e-9;
            if !left.data.iter().zip(&right.data).all(close) {
                return Ok(false);
            }
        }
        let (Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term)) = condition else {
            continue;
        };
        // It must hold at all values of the indices: where the square, or the term itself, is least.
        let term = match condition {
            Condition::NonZero(term) if !law.indices.is_empty() => term.clone().times(term.clone()).expect("a square"),
            _ => term.clone(),
        };
        let least = |term: Term, binder: &Binder| {
            if !term.free_names().contains(&binder.index) {
                return term;
            }
            Term::new(Op::Reduce(Reducer::Min, binder.clone()), vec![term]).expect("a number")
        };
        let term = law.indices.iter().fold(term, least);
        let found = match value(&term, letters) {
            Err(failure) if failure.0.contains("over no value") => continue,
            found => found?,
        };
        let all = found.data.iter().all(|entry| match condition {
            Condition::NonZero(_) => entry.value != 0.0,
            Condition::Positive(_) => entry.value > 0.0,
            Condition::NonNegative(_) => entry.value >= 0.0,
            _ => true,
        });
        if !all {
            return Ok(false);
        }
    }
    Ok(true)
}

fn value(term: &Term, letters: &Letters) -> Result<Array<Number>, Failure> {
    evaluate::term(term, letters).map_err(|fault| Failure(format!("{fault:?}")))
}

/// Compares both sides entry by entry, and counts the entries where the law says something.
fn compare(law: &Law, letters: &Letters) -> Result<usize, Failure> {
    let mut letters = letters.clone();
    if let Some((name, term)) = &law.value {
        let known = value(term, &letters)?;
        letters.letters.insert(name.clone(), known);
    }
    let left = match value(&law.left, &letters) {
        // Nothing is said of a maximum over nothing.
        Err(failure) if failure.0.contains("over no value") => return Ok(0),
        left => left?,
    };
    let right = value(&law.right, &letters)?;
    if left.dims != right.dims {
        return Err(Failure(format!("{:?} is no {:?}", left.dims, right.dims)));
    }
    let mut compared = 0;
    for (a, b) in left.data.iter().zip(&right.data) {
        // `d u` is evaluated to the motion of u, at rest: a law of differentials is about values alone.
        let (a, b) = match law.left.op() {
            Op::Differential => (Dual::new(a.value, 0.0), Dual::new(b.value, 0.0)),
            _ if law.purpose == Purpose::Differential => (Dual::new(a.value, 0.0), Dual::new(b.value, 0.0)),
            _ => (*a, *b),
        };
        let fails = match (a.is_broken(), b.is_broken()) {
            // A law that is read from left to right may say more than its left side does.
            (true, _) if matches!(law.purpose, Purpose::Differential | Purpose::Adjoint) => continue,
            (true, true) => continue,
            (true, false) | (false, true) => true,
            (false, false) => far(a.value, b.value) || far(a.tangent, b.tangent),
        };
        if fails {
            return Err(Failure(format!("{a:?} is not {b:?} at {:?}", letters.letters)));
        }
        compared += 1;
    }
    Ok(compared)
}

fn far(a: f64, b: f64) -> bool {
    (a - b).abs() > TOLERANCE * a.abs().max(b.abs()).max(1.0)
}

/// A small generator: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn of(text: &str) -> Self {
        Random(
            text.bytes()
                .fold(0x9e37_79b9_7f4a_7c15, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
