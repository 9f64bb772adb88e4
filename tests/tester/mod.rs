//! Tests a law on random instances: letters of several sizes, both signs, zeros; values and motions of both sides.

mod indices;
#[path = "../common/random.rs"]
mod random;

use indices::{over_indices, refuted_over_indices};
use nablascope::evaluate::{self, Array, Dual, Environment, Scalar};
use nablascope::math::expression::{Binder, Letter, LetterKind, Mark, Op, Read, Reducer, Relation, Subscript, Term};
use nablascope::math::integer::Integer;
use nablascope::math::law::{Book, Condition, Law, Purpose};
use nablascope::math::name::Name;
use nablascope::math::number::to_f64;
use nablascope::math::shape::Shape;
use random::Random;

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
