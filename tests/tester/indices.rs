//! Laws with indices: every letter becomes a reading of a quantity that runs along some of them.

use super::*;

/// The law with an index, or several, in each of its letters, or in some of them: every letter becomes a reading of a
/// quantity that runs along them. Ranges begin anywhere and hold 1 to 4 values, or none where that has a meaning.
pub fn over_indices(
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
    // How many values an index has was drawn: it fits, or not.
    if matches!(left.op(), Op::Integer(_)) {
        return Ok(());
    }
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

/// Whether the numbers beside a rejected law with indices refute it: a row of numbers runs along the first of them, and payloads are numbers.
pub fn refuted_over_indices(law: &Law) -> Result<bool, Failure> {
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
