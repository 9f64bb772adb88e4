//! The value of a single term, with letters and readings looked up: what the laws of the book are tested with.

use super::array::Array;
use super::code::Node;
use super::fault::{Fault, Stop};
use super::layout::{Key, Layout, Scope};
use super::run::{Memory, Stored};
use super::scalar::Scalar;
use super::stable::Definitions;
use crate::math::expression::{Mark, Term};
use crate::math::name::Name;
use crate::math::network::Sizes;
use std::collections::BTreeMap;

/// What the names in a term stand for.
#[derive(Clone, PartialEq, Debug)]
pub struct Environment<S> {
    /// Sizes, and size letters of laws.
    pub sizes: Sizes,
    /// The axes that payload letters ([`Shape::Any`](crate::math::shape::Shape::Any)) stand for; a row of `n` is `[1, n]`.
    pub payloads: BTreeMap<Name, Vec<usize>>,
    /// Letters of laws. A moving letter `dX` is the motion itself, at rest; conditions are 0 or 1.
    pub letters: BTreeMap<Name, Array<S>>,
    /// Quantities: index axes first, with the first value of each index.
    pub quantities: BTreeMap<(Name, Mark), (Vec<i64>, Array<S>)>,
    /// The values of free indices.
    pub indices: BTreeMap<Name, i64>,
}

impl<S> Default for Environment<S> {
    fn default() -> Self {
        Environment {
            sizes: Sizes::new(),
            payloads: BTreeMap::new(),
            letters: BTreeMap::new(),
            quantities: BTreeMap::new(),
            indices: BTreeMap::new(),
        }
    }
}

/// The value of `term`; a row of `n` has the axes `[1, n]`. Fails when a name stands for nothing, when the array of
/// a letter is not shaped as the letter says, or when a reading is out of range.
pub fn term<S: Scalar>(term: &Term, environment: &Environment<S>) -> Result<Array<S>, Fault> {
    let mut scope = Scope::new(&environment.sizes);
    scope.payloads = environment.payloads.clone();
    let mut arrays = Vec::new();
    for (name, array) in &environment.letters {
        scope.add(Key::Letter(name.clone()), Layout::new(name.to_string(), Vec::new(), array.dims.clone()));
        arrays.push(Stored::done(array.data.clone()));
    }
    for ((name, mark), (lows, array)) in &environment.quantities {
        let layout = Layout::new(name.to_string(), lows.clone(), array.dims.clone());
        scope.add(Key::Quantity(name.clone(), *mark), layout);
        arrays.push(Stored::done(array.data.clone()));
    }
    let mut indices = Vec::new();
    for (index, value) in &environment.indices {
        scope.open(index);
        indices.push(*value);
    }
    check_letters(term, &scope)?;
    let node = Node::compile(term, &mut scope, &Definitions::default())?;
    indices.resize(scope.slots.len(), 0);
    let memory = Memory { layouts: &scope.layouts, arrays: &arrays };
    match memory.run(&node, &mut indices) {
        Ok(Some(data)) => Ok(Array { dims: node.dims, data: data.into_owned() }),
        Ok(None) => Ok(Array::filled(node.dims, S::zero())),
        Err(Stop::Fault(fault)) => Err(*fault),
        Err(Stop::Missing { .. } | Stop::Absent) => Err(Fault::error("a quantity is still being computed")),
    }
}

/// Letters must have the payloads they were declared with; everything after relies on it.
fn check_letters(term: &Term, scope: &Scope) -> Result<(), Fault> {
    let mut found = Ok(());
    term.walk(&mut |part| {
        if let crate::math::expression::Op::Letter(letter) = part.op() {
            let given = scope.array(&Key::Letter(letter.name.clone())).map(|slot| scope.layouts[slot].dims.clone());
            match (scope.dims(part.shape()), given) {
                (Ok(declared), Ok(given)) if declared == given => {}
                (Ok(declared), Ok(given)) => {
                    let name = &letter.name;
                    found = Err(Fault::error(format!("`{name}` should have the axes {declared:?}, not {given:?}")));
                }
                (Err(fault), _) | (_, Err(fault)) => found = Err(fault),
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Dual;
    use crate::math::expression::{Binder, Letter, LetterKind, Op, Read, Reducer, Relation, Subscript};
    use crate::math::integer::Integer;
    use crate::math::number::whole;
    use crate::math::shape::Shape;

    fn letter(name: &str, shape: Shape) -> Term {
        let letter = Letter { name: name.into(), shape, kind: LetterKind::Plain };
        Term::new(Op::Letter(letter), Vec::new()).expect("a letter")
    }

    #[test]
    fn a_matrix_product_moves_by_the_product_rule() {
        let (m, n) = (Integer::name("M"), Integer::name("N"));
        let a = letter("A", Shape::matrix(m, n.clone()));
        let u = letter("u", Shape::vector(n));
        let moved = a.clone().matmul(u.clone()).expect("fits").differential();
        let sizes = Sizes::from([("M".into(), 2), ("N".into(), 3)]);
        let mut environment = Environment::<Dual<f64>> { sizes, ..Environment::default() };
        let dual = |value, tangent| Dual::new(f64::from(value), f64::from(tangent));
        let entries = (0..6).map(|at| dual(at, 1 - at)).collect();
        environment.letters.insert("A".into(), Array::new(vec![2, 3], entries).expect("six"));
        environment
            .letters
            .insert("u".into(), Array::new(vec![3], vec![dual(1, 5), dual(-2, 0), dual(4, -1)]).expect("three"));
        let value = term(&moved, &environment).expect("a value");
        // dA·u + A·du, by hand.
        assert_eq!(value.dims, [2]);
        assert_eq!(value.data, [dual(1 - 4 - 2, 0), dual(-2 + 6 - 16 + 15 - 5, 0)]);
        let transposed = u.clone().transposed().expect("a row").matmul(u).expect("a number");
        assert_eq!(term(&transposed, &environment).expect("a value").data, [dual(21, 10 - 8)]);
    }

    #[test]
    fn one_minus_a_saturated_square_keeps_its_digits() {
        let u = letter("u", Shape::number());
        let tanh = Term::new(Op::Apply("tanh".into()), vec![u]).expect("a number");
        let square = tanh.clone().times(tanh).expect("a number");
        let slope = Term::filled(1, &Shape::number()).plus(square.negated()).expect("a number");
        let mut environment = Environment::default();
        environment.letters.insert("u".into(), Array::number(300.0));
        let value = term(&slope, &environment).expect("a value").data[0];
        assert!((value / (4.0 * libm::exp(-600.0)) - 1.0).abs() < 1e-15, "{value:e}");
    }

    /// `S[i]` for `i` in 1..4, with its environment: the entries are −1, 3, 0.5, 3 and move by 1, 10, 100, 1000.
    fn scores() -> (Term, Environment<Dual<f64>>) {
        let read = Read {
            quantity: "S".into(),
            mark: Mark::Value,
            subscripts: vec![Subscript::At(Integer::name("i"))],
            shape: Shape::number(),
            constant: false,
            padded: true,
        };
        let entries =
            [(-1.0, 1.0), (3.0, 10.0), (0.5, 100.0), (3.0, 1000.0)].map(|(value, tangent)| Dual::new(value, tangent));
        let mut environment = Environment::default();
        let array = Array::new(vec![4], entries.to_vec()).expect("four");
        environment.quantities.insert(("S".into(), Mark::Value), (vec![1], array));
        (Term::read(read), environment)
    }

    #[test]
    fn reductions_run_over_what_passes_and_move_as_they_should() {
        let (score, mut environment) = scores();
        environment.indices.insert("i".into(), 2);
        let binder = Binder { index: "i".into(), low: Integer::number(1), high: Integer::number(4) };
        let index = Term::new(Op::Integer(Integer::name("i")), Vec::new()).expect("a number");
        let below = Term::new(Op::Compare(Relation::Less), vec![index, Term::number(whole(4))]).expect("a condition");
        let reduce = |reducer, conditioned: bool| {
            let args = if conditioned { vec![score.clone(), below.clone()] } else { vec![score.clone()] };
            let reduced = Term::new(Op::Reduce(reducer, binder.clone()), args).expect("a number");
            term(&reduced, &environment).expect("a value").data[0]
        };
        let close = |found: Dual<f64>, value: f64, tangent: f64| {
            assert!((found.value - value).abs() < 1e-14 && (found.tangent - tangent).abs() < 1e-11, "{found:?}");
        };
        close(reduce(Reducer::Sum, false), 5.5, 1111.0);
        close(reduce(Reducer::Sum, true), 2.5, 111.0);
        close(reduce(Reducer::Mean, true), 2.5 / 3.0, 37.0);
        close(reduce(Reducer::Min, false), -1.0, 1.0);
        // Of equal maxima the first gets all.
        close(reduce(Reducer::Max, false), 3.0, 10.0);
        let shares = [-1.0, 3.0, 0.5].map(libm::exp);
        let total: f64 = shares.iter().sum();
        let mean = (shares[0] + 10.0 * shares[1] + 100.0 * shares[2]) / total;
        close(reduce(Reducer::LogSumExp, true), libm::log(total), mean);
        close(reduce(Reducer::Softmax, true), shares[1] / total, shares[1] / total * (10.0 - mean));
        environment.indices.insert("i".into(), 4);
        let softmax = Term::new(Op::Reduce(Reducer::Softmax, binder), vec![score.clone(), below]).expect("a number");
        assert_eq!(term(&softmax, &environment).expect("a value").data[0], Dual::new(0.0, 0.0));
    }

    #[test]
    fn readings_past_the_end_are_zero_only_where_that_is_written() {
        let (score, mut environment) = scores();
        environment.indices.insert("i".into(), 5);
        assert_eq!(term(&score, &environment).expect("padding").data[0].value, 0.0);
        let mut read = score.as_read().expect("a reading").clone();
        read.padded = false;
        let fault = term(&Term::read(read), &environment).expect_err("a fault");
        assert_eq!(fault.message, "`S` is read at 5, outside its range 1..4");
    }

    #[test]
    fn nesting_is_bounded_and_long_sums_are_not_deep() {
        let number = || letter("u", Shape::number());
        let mut environment = Environment::default();
        environment.letters.insert("u".into(), Array::number(0.5));
        let sum = (0..900).fold(number(), |sum, _| sum.plus(number()).expect("fits"));
        assert_eq!(term(&sum, &environment).expect("a value").data[0], 450.5);
        let tanh = |inside| Term::new(Op::Apply("tanh".into()), vec![inside]).expect("fits");
        let deep = (0..200).fold(number(), |deep, _| tanh(deep));
        assert!(term(&deep, &environment).is_ok());
        let deeper = (0..100).fold(deep, |deep, _| tanh(deep));
        assert!(term(&deeper, &environment).expect_err("a fault").message.contains("nested"));
    }
}
