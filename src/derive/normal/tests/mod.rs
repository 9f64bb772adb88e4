//! Small builders of terms, and what the normal form must decide.

mod lines;
mod random;
mod show;

use super::*;
use crate::math::expression::{Mark, Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::whole;
use crate::math::shape::Shape;

pub fn size(name: &str) -> Integer {
    name.parse::<i64>().map(Integer::number).unwrap_or_else(|_| Integer::name(name))
}

pub fn read(name: &str, mark: Mark, sizes: &[&str]) -> Term {
    let shape = Shape::Axes(sizes.iter().map(|name| size(name)).collect());
    let quantity = Name::new(name);
    Term::read(Read { quantity, mark, subscripts: Vec::new(), shape, constant: false, padded: false })
}
/// A vector of H.
pub fn v(name: &str) -> Term {
    read(name, Mark::Value, &["H"])
}
/// An adjoint, a vector of H.
pub fn d(name: &str) -> Term {
    read(name, Mark::Adjoint, &["H"])
}
/// A number.
pub fn s(name: &str) -> Term {
    read(name, Mark::Value, &[])
}
/// A matrix of H × H.
pub fn m(name: &str) -> Term {
    read(name, Mark::Value, &["H", "H"])
}
pub fn make(op: Op, args: &[&Term]) -> Term {
    Term::new(op, args.iter().map(|arg| (*arg).clone()).collect()).expect("well typed")
}
pub fn add(a: &Term, b: &Term) -> Term {
    make(Op::Add, &[a, b])
}
pub fn mul(a: &Term, b: &Term) -> Term {
    make(Op::Mul, &[a, b])
}
pub fn div(a: &Term, b: &Term) -> Term {
    make(Op::Div, &[a, b])
}
pub fn neg(a: &Term) -> Term {
    make(Op::Neg, &[a])
}
pub fn t(a: &Term) -> Term {
    make(Op::Transpose, &[a])
}
pub fn at(a: &Term, b: &Term) -> Term {
    make(Op::MatMul, &[a, b])
}
pub fn total(a: &Term) -> Term {
    make(Op::Total, &[a])
}
pub fn apply(name: &str, a: &Term) -> Term {
    make(Op::Apply(Name::new(name)), &[a])
}
pub fn square(a: &Term) -> Term {
    make(Op::Power, &[a, &Term::number(whole(2))])
}
/// The number `n`, stretched like `a`.
pub fn n(n: i64, a: &Term) -> Term {
    Term::filled(n, a.shape())
}
/// A number stretched like `a`.
pub fn fill(number: &Term, a: &Term) -> Term {
    number.clone().fill(a.shape())
}
/// `1 − a`
pub fn one_minus(a: &Term) -> Term {
    add(&n(1, a), &neg(a))
}
pub fn mean(a: &Term) -> Term {
    div(&total(a), &Term::new(Op::Integer(a.shape().count()), vec![]).expect("a number"))
}

fn same(a: &Term, b: &Term) {
    assert_eq!(equal(a, b), Some(true), "\n{a:?}\n{b:?}\n{:#?}\n{:#?}", lower(a), lower(b));
}
fn differ(a: &Term, b: &Term) {
    assert_eq!(equal(a, b), Some(false), "\n{a:?}\n{b:?}");
}

#[test]
fn entrywise_algebra_is_decided() {
    let (a, b, c) = (v("a"), v("b"), v("c"));
    same(&mul(&a, &add(&b, &c)), &add(&mul(&c, &a), &mul(&a, &b)));
    same(&square(&add(&a, &b)), &add(&add(&square(&a), &mul(&n(2, &a), &mul(&a, &b))), &mul(&b, &b)));
    differ(&mul(&a, &b), &mul(&a, &c));
    same(&div(&a, &mul(&b, &c)), &div(&div(&a, &b), &c));
    same(&div(&n(1, &a), &add(&a, &b)), &neg(&div(&n(1, &a), &add(&neg(&a), &neg(&b)))));
    same(&apply("tanh", &add(&a, &b)), &apply("tanh", &add(&b, &a)));
    let sd = apply("sqrt", &add(&a, &b));
    same(&mul(&sd, &sd), &add(&a, &b));
    same(&div(&sd, &add(&a, &b)), &div(&n(1, &a), &sd));
    differ(&apply("sqrt", &square(&a)), &a);
}

#[test]
fn matrix_algebra_is_decided() {
    let (x, y, u, w) = (v("x"), v("y"), m("U"), m("W"));
    same(&t(&at(&u, &w)), &at(&t(&w), &t(&u)));
    differ(&at(&u, &w), &at(&w, &u));
    same(&at(&at(&u, &w), &x), &at(&u, &at(&w, &x)));
    same(&at(&t(&x), &y), &at(&t(&y), &x));
    same(&at(&t(&x), &y), &total(&mul(&x, &y)));
    same(&at(&make(Op::Diag, &[&x]), &y), &mul(&x, &y));
    same(&at(&make(Op::Eye(size("H")), &[]), &y), &y);
    same(&make(Op::Diagonal, &[&at(&x, &t(&y))]), &mul(&x, &y));
    same(&total(&n(1, &x)), &Term::new(Op::Integer(size("H")), vec![]).expect("a number"));
    same(&t(&t(&u)), &u);
    let outer = at(&x, &t(&y));
    same(&at(&outer, &x), &mul(&fill(&at(&t(&y), &x), &x), &x));
    let norm = at(&t(&at(&w, &x)), &at(&w, &x));
    same(&norm, &at(&t(&x), &at(&at(&t(&w), &w), &x)));
    // A number squared is a product of two sums, whose bound indices must not meet.
    same(&square(&at(&t(&x), &y)), &mul(&at(&t(&x), &y), &at(&t(&y), &x)));
    same(&at(&t(&x), &at(&at(&y, &t(&y)), &x)), &square(&at(&t(&x), &y)));
}
