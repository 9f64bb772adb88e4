//! Gates: values between 0 and 1 that multiply, entry by entry, what passes through them. They are known by what they do.

use super::jacobian::bound::Bounds;
use crate::math::comparison::{Gate, Passing};
use crate::math::expression::{Op, Term};
use crate::math::law::Book;
use crate::math::network::{Equation, Network};
use crate::math::number::Rational;
use num_traits::{One, Zero};

/// The gates of a network with its parts named, in the order of its equations.
pub fn gates(network: &Network, book: &Book) -> Vec<Gate> {
    let mut found: Vec<Gate> = Vec::new();
    for equation in &network.equations {
        let bounds = Bounds::new(network, book, &equation.ranges);
        visit(&equation.body, false, &mut |product| of_product(product, equation, &bounds, &mut found));
    }
    found
}

/// Calls `look` with every product that is no factor of another one.
fn visit<'a>(term: &'a Term, inside: bool, look: &mut dyn FnMut(&'a Term)) {
    let product = matches!(term.op(), Op::Mul);
    if product && !inside {
        look(term);
    }
    term.args().iter().for_each(|arg| visit(arg, product, look));
}

fn of_product(product: &Term, equation: &Equation, bounds: &Bounds<'_>, found: &mut Vec<Gate>) {
    let factors: Vec<Term> = product.factors().into_iter().map(|factor| plain(factor).clone()).collect();
    for (position, factor) in factors.iter().enumerate() {
        let value = within(factor);
        let is_gate = |term: &Term| moves(term) && bounds.between(term).is_some_and(|ends| unit(&ends));
        if !is_gate(factor) || !is_gate(value) {
            continue;
        }
        let others = factors.iter().enumerate().filter(|(other, _)| *other != position).map(|(_, other)| other);
        let scaled: Vec<&Term> = others.filter(|other| !other.reads().is_empty()).collect();
        // A number in front is not what passes.
        let Some(what) = together(&scaled, product) else { continue };
        let passing = Passing { factor: factor.clone(), what, into: equation.target.clone() };
        match found.iter_mut().find(|gate| gate.value == *value) {
            Some(gate) if gate.passing.contains(&passing) => {}
            Some(gate) => gate.passing.push(passing),
            None => found.push(Gate { value: value.clone(), passing: vec![passing] }),
        }
    }
}

/// What is stretched, or the term itself.
fn plain(term: &Term) -> &Term {
    match (term.op(), term.args()) {
        (Op::Fill(_), [inner]) => plain(inner),
        _ => term,
    }
}

/// The g of 1 − g, or the term itself.
fn within(term: &Term) -> &Term {
    let (Op::Add, [first, second]) = (term.op(), term.args()) else { return term };
    for (one, other) in [(first, second), (second, first)] {
        if let (true, Op::Neg, [inner]) = (plain(one).as_number().is_some_and(One::is_one), other.op(), other.args()) {
            return plain(inner);
        }
    }
    term
}

/// Whether a gradient may flow into it: what is given is no gate.
fn moves(term: &Term) -> bool {
    term.reads().iter().any(|read| !read.constant)
}

fn unit((low, high): &(Rational, Rational)) -> bool {
    low.is_zero() && high.is_one()
}

/// The product of some factors of a product.
fn together(factors: &[&Term], product: &Term) -> Option<Term> {
    let shape = factors.iter().map(|factor| factor.shape()).find(|shape| !shape.is_number());
    let stretched = factors.iter().map(|factor| match shape {
        Some(shape) if factor.shape().is_number() => (*factor).clone().fill(shape),
        _ => (*factor).clone(),
    });
    let all = stretched.map(Some).reduce(|left, right| left?.times(right?).ok()).flatten();
    all.filter(|term| term.shape() == product.shape() || term.shape().is_number() || product.shape().is_number())
}
