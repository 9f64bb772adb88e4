//! What the book says of functions of one argument: how steep they are, and where their values lie.

use super::super::matching::Bindings;
use super::tidy::shorter;
use crate::math::expression::{Op, Term};
use crate::math::law::{Book, Purpose, Standing};
use crate::math::name::Name;
use crate::math::number::{Rational, parse_decimal, whole};
use crate::math::shape::Shape;
use num_traits::Zero;

/// A function of one argument with what is known of it.
pub struct Function<'a> {
    /// Its name.
    pub name: &'a Name,
    /// The bound of the slope, and the slope as a product, over the letters of the argument and the value.
    pub slope: Option<(Rational, Slope)>,
    /// Between which numbers its values lie.
    pub values: Option<(Rational, Rational)>,
}

/// A slope as a product, over the letters of a law.
pub struct Slope {
    factors: Vec<Term>,
    argument: Name,
    value: Option<Name>,
    payload: Option<Name>,
}

/// All functions of one argument. Bounds are read from words such as `|slope| ≤ 1/4, 0 < value < 1`.
pub fn known(book: &Book) -> Vec<Function<'_>> {
    let functions = book.operations().filter(|operation| operation.parameters.len() == 1).map(|operation| {
        let said = operation.bound.as_deref().unwrap_or_default();
        let most = said.split(',').find_map(|part| rational(part.trim().strip_prefix("|slope| ≤")?));
        let values = said.split(',').find_map(|part| {
            let (low, high) = part.split_once("value")?;
            Some((
                rational(low.trim().trim_end_matches(['<', '≤']))?,
                rational(high.trim().trim_start_matches(['<', '≤']))?,
            ))
        });
        Function { name: &operation.name, slope: most.zip(slope_of(book, &operation.name)), values }
    });
    functions.collect()
}

impl Slope {
    /// Its factors at an argument and a value.
    pub fn at(&self, argument: &Term, value: &Term) -> Option<Vec<Term>> {
        let mut bindings = Bindings::default();
        bindings.letters.insert(self.argument.clone(), argument.clone());
        bindings.letters.extend(self.value.clone().map(|name| (name, value.clone())));
        bindings.payloads.extend(self.payload.clone().map(|name| (name, argument.shape().clone())));
        let product = self.factors.iter().map(|factor| bindings.instantiate(factor));
        let product = product.reduce(|product, next| product?.times(next?).ok())??;
        // As it would be written in a Jacobian.
        let product = shorter(&product);
        let bare = if matches!(product.op(), Op::Neg) { product.args()[0].clone() } else { product };
        Some(bare.factors().into_iter().cloned().collect())
    }
}

/// The slope of a function: what its law multiplies du by.
fn slope_of(book: &Book, name: &Name) -> Option<Slope> {
    let law = book.laws().find(|law| {
        let (Op::Differential, [inside]) = (law.left.op(), law.left.args()) else { return false };
        law.standing != Standing::Rejected
            && law.purpose == Purpose::Differential
            && inside.op() == &Op::Apply(name.clone())
    })?;
    let Op::Letter(argument) = law.left.args()[0].args().first()?.op() else { return None };
    let right = if matches!(law.right.op(), Op::Neg) { &law.right.args()[0] } else { &law.right };
    let (moving, still): (Vec<&Term>, Vec<&Term>) = right.factors().into_iter().partition(|factor| factor.moves());
    let alone = |term: &&Term| matches!(term.op(), Op::Letter(_) | Op::Differential);
    if moving.len() != 1 || still.is_empty() || !moving.iter().all(alone) {
        return None;
    }
    Some(Slope {
        factors: still.into_iter().cloned().collect(),
        argument: argument.name.clone(),
        value: law.value.as_ref().map(|(name, _)| name.clone()),
        payload: match &argument.shape {
            Shape::Any(letter) => Some(letter.clone()),
            _ => None,
        },
    })
}

/// `1`, `−1`, `1/4`, `0.5`
pub fn rational(text: &str) -> Option<Rational> {
    let text = text.trim();
    let (minus, text) = match text.strip_prefix(['−', '-']) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let value = match text.split_once('/') {
        Some((top, bottom)) => {
            let bottom = parse_decimal(bottom.trim()).filter(|bottom| !bottom.is_zero())?;
            parse_decimal(top.trim())? / bottom
        }
        None => parse_decimal(text)?,
    };
    Some(if minus { whole(-1) * value } else { value })
}
