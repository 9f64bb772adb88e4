//! Gates: values between 0 and 1 that multiply, entry by entry, what passes through them. They are known by what they do.

use super::jacobian::bound::Bounds;
use super::spans::{Spans, complement_of, plain};
use crate::math::comparison::{Gate, Passing};
use crate::math::expression::{Op, Term};
use crate::math::law::Book;
use crate::math::network::{Equation, Network, Role};

/// The gates of a network with its parts named, in the order of its equations.
pub fn gates(network: &Network, book: &Book) -> Vec<Gate> {
    let mut found: Vec<Gate> = Vec::new();
    for equation in &network.equations {
        let spans = Spans::new(network, Bounds::new(network, book, &equation.ranges));
        visit(&equation.body, false, &mut |product| of_product(product, equation, network, &spans, &mut found));
    }
    found
}

/// Calls `look` with every product, entry by entry or by a diagonal matrix, that is no factor of another one.
fn visit<'a>(term: &'a Term, inside: bool, look: &mut dyn FnMut(&'a Term)) {
    let scales = || matches!(term.args(), [left, _] if matches!(left.op(), Op::Diag));
    let entrywise = matches!(term.op(), Op::Mul);
    if entrywise && !inside || matches!(term.op(), Op::MatMul) && scales() {
        look(term);
    }
    term.args().iter().for_each(|arg| visit(arg, entrywise, look));
}

fn of_product(product: &Term, equation: &Equation, network: &Network, spans: &Spans<'_>, found: &mut Vec<Gate>) {
    let all = if matches!(product.op(), Op::MatMul) { product.args().iter().collect() } else { product.factors() };
    let factors: Vec<Term> = all.into_iter().map(|factor| plain(factor).clone()).collect();
    for (position, factor) in factors.iter().enumerate() {
        // A diagonal matrix works entry by entry, as what stands on its diagonal.
        let entries = if matches!(factor.op(), Op::Diag) { &factor.args()[0] } else { factor };
        let value = complement_of(entries).unwrap_or(entries);
        let is_gate = |term: &Term| moves(term) && spans.is_share(term);
        if !is_gate(entries) || !is_gate(value) {
            continue;
        }
        let others = factors.iter().enumerate().filter(|(other, _)| *other != position).map(|(_, other)| other);
        let scaled: Vec<&Term> = others.filter(|other| !other.reads().is_empty()).collect();
        // A number in front is not what passes, nor are weights alone.
        let flows = |term: &&Term| {
            term.reads().iter().any(|read| {
                network.quantity(&read.quantity).is_some_and(|quantity| quantity.role != Role::Param && !read.constant)
            })
        };
        let Some(what) = together(&scaled, product).filter(|_| scaled.iter().any(flows)) else { continue };
        let passing = Passing { factor: factor.clone(), what, into: equation.target.clone() };
        match found.iter_mut().find(|gate| gate.value == *value) {
            Some(gate) if gate.passing.contains(&passing) => {}
            Some(gate) => gate.passing.push(passing),
            None => found.push(Gate { value: value.clone(), passing: vec![passing] }),
        }
    }
}

/// Whether a gradient may flow into it: what is given is no gate.
fn moves(term: &Term) -> bool {
    term.reads().iter().any(|read| !read.constant)
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
