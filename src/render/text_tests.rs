use super::super::fixture::{m, op, read, s, size, v};
use super::super::notation::Notation;
use super::text;
use crate::math::expression::{Binder, Mark, Op, Reducer, Relation, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::number;
use crate::math::shape::Shape;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn shown(term: &Term) -> String {
    let book = Book::default();
    text(&Notation::of_book(&book).formula(term))
}

#[test]
fn subscripts_have_braces_when_they_have_parts() {
    let t = size("t");
    let vector = Shape::vector(size("H"));
    for (mark, name, at, expected) in [
        (Mark::Value, "h", vec![t.clone()], "h_t"),
        (Mark::Value, "h", vec![t.offset(-1)], "h_{t−1}"),
        (Mark::Value, "h", vec![Integer::number(12)], "h_12"),
        (Mark::Value, "W_f", vec![], "W_f"),
        (Mark::Value, "W_f", vec![size("l")], "W_{f,l}"),
        (Mark::Adjoint, "c", vec![t.clone()], "δc_t"),
        (Mark::Adjoint, "a_i", vec![t.offset(1)], "δa_{i,t+1}"),
        (Mark::Upstream, "h", vec![t.clone()], "G_{h,t}"),
        (Mark::Value, "gamma", vec![size("k").scaled(2).offset(-1)], "γ_{2k−1}"),
        (Mark::Value, "xhat", vec![size("n")], "x\u{302}_n"),
        (Mark::Value, "var", vec![size("l")], "var_l"),
    ] {
        assert_eq!(shown(&read(mark, name, &at, vector.clone())), expected);
    }
}

#[test]
fn products_sums_and_powers() {
    let (u, x, a, w) = (v("u"), v("x"), s("a"), m("W"));
    let one = Term::filled(1, u.shape());
    let two = Term::number(number::whole(2));
    let square = |term: &Term| op(Op::Power, &[term, &two]);
    let tanh = op(Op::Apply("tanh".into()), &[&u]);
    let minus = |a: &Term, b: &Term| op(Op::Add, &[a, &op(Op::Neg, &[b])]);
    let wt = op(Op::Transpose, &[&w]);
    let ut = op(Op::Transpose, &[&u]);
    let stretched = a.clone().fill(u.shape());
    for (term, expected) in [
        (op(Op::Mul, &[&u, &minus(&one, &square(&x))]), "u ⊙ (1 − x²)"),
        (minus(&one, &square(&tanh)), "1 − tanh²(u)"),
        (minus(&u, &minus(&x, &u)), "u − (x − u)"),
        (op(Op::Neg, &[&op(Op::Add, &[&u, &x])]), "−(u + x)"),
        (op(Op::MatMul, &[&wt, &op(Op::Add, &[&u, &x])]), "Wᵀ (u + x)"),
        (op(Op::MatMul, &[&u, &op(Op::Transpose, &[&x])]), "u xᵀ"),
        (op(Op::Mul, &[&op(Op::MatMul, &[&ut, &x]).fill(u.shape()), &u]), "uᵀ x · u"),
        (op(Op::Mul, &[&Term::filled(2, u.shape()), &u]), "2 u"),
        (op(Op::Mul, &[&stretched, &u]), "a · u"),
        (op(Op::Mul, &[&op(Op::Mul, &[&u, &stretched]), &x]), "a · u ⊙ x"),
        (op(Op::Mul, &[&op(Op::Mul, &[&stretched, &u]), &Term::filled(2, u.shape())]), "2 a · u"),
        (op(Op::Differential, &[&v("d")]), "d d"),
        (op(Op::Differential, &[&v("dx")]), "d dx"),
        (op(Op::Div, &[&u, &x]), "u/x"),
        (op(Op::Mul, &[&op(Op::Div, &[&u, &x]), &u]), "u/x ⊙ u"),
        (op(Op::Div, &[&op(Op::Add, &[&u, &x]), &x]), "(u + x) / x"),
        (op(Op::Div, &[&op(Op::Mul, &[&u, &x]), &x]), "(u ⊙ x) / x"),
        (op(Op::Mul, &[&u, &op(Op::Div, &[&op(Op::Add, &[&u, &x]), &x])]), "u ⊙ ((u + x) / x)"),
        (op(Op::Power, &[&u, &Term::number(number::fraction(-3, 2))]), "u^(−3/2)"),
        (op(Op::Pair, &[&u, &op(Op::Differential, &[&x])]), "⟨u, dx⟩"),
        (op(Op::Differential, &[&op(Op::Mul, &[&u, &x])]), "d(u ⊙ x)"),
        (op(Op::Differential, &[&tanh]), "d tanh(u)"),
        (op(Op::Total, &[&u]), "sum(u)"),
        (op(Op::Concat, &[&u, &op(Op::Concat, &[&x, &u])]), "[u; x; u]"),
        (op(Op::Diag, &[&u]), "diag(u)"),
        (op(Op::Eye(size("H")), &[]), "eye(H)"),
        (
            op(
                Op::Reshape(Shape::matrix(size("A"), size("B"))),
                &[&op(
                    Op::Reshape(Shape::matrix(size("B"), size("A"))),
                    &[&read(Mark::Value, "u", &[], Shape::vector(size("A").times(&size("B"))))],
                )],
            ),
            "reshape(reshape(u, B × A), A × B)",
        ),
        (
            op(Op::Where, &[&op(Op::Compare(Relation::Greater), &[&u, &Term::filled(0, u.shape())]), &u, &x]),
            "where(u > 0, u, x)",
        ),
    ] {
        assert_eq!(shown(&term), expected);
    }
}

#[test]
fn reductions_name_index_range_and_condition() {
    let (u, x) = (read(Mark::Value, "u", &[size("s")], Shape::number()), s("x"));
    let binder = Binder { index: "s".into(), low: Integer::number(1), high: size("T") };
    let condition =
        op(Op::Compare(Relation::LessEqual), &[&op(Op::Integer(size("s")), &[]), &op(Op::Integer(size("t")), &[])]);
    let sum = op(Op::Reduce(Reducer::Sum, binder.clone()), &[&op(Op::Mul, &[&u, &x]), &condition]);
    assert_eq!(shown(&sum), "Σ_{s=1..T | s ≤ t} u_s · x");
    assert_eq!(shown(&op(Op::Mul, &[&x, &sum])), "x · Σ_{s=1..T | s ≤ t} u_s · x");
    assert_eq!(shown(&op(Op::Mul, &[&sum, &x])), "(Σ_{s=1..T | s ≤ t} u_s · x) · x");
    let mean = op(Op::Reduce(Reducer::Mean, binder), &[&u]);
    assert_eq!(shown(&mean), "mean_{s=1..T}(u_s)");
}

/// Terms of vectors, numbers and matrices, all operations that a derivation is made of.
fn vectors() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        Just(v("u")),
        Just(v("w_1")),
        Just(Term::filled(1, v("u").shape())),
        Just(Term::number(number::fraction(1, 2)).fill(v("u").shape())),
        Just(s("a").fill(v("u").shape())),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        let two = |op_: Op| (inner.clone(), inner.clone()).prop_map(move |(a, b)| op(op_.clone(), &[&a, &b])).boxed();
        let binder = Binder { index: "s".into(), low: Integer::number(1), high: size("T") };
        prop_oneof![
            two(Op::Add),
            two(Op::Mul),
            two(Op::Div),
            inner.clone().prop_map(|a| op(Op::Neg, &[&a])),
            inner.clone().prop_map(|a| op(Op::Apply("tanh".into()), &[&a])),
            inner.clone().prop_map(|a| op(Op::Differential, &[&a])),
            (inner.clone(), 2..4i64).prop_map(|(a, n)| op(Op::Power, &[&a, &Term::number(number::whole(n))])),
            inner.clone().prop_map(|a| op(Op::Power, &[&a, &Term::number(number::fraction(-1, 2))])),
            inner.clone().prop_map(|a| op(Op::MatMul, &[&m("W"), &a])),
            inner.clone().prop_map(|a| op(Op::MatMul, &[&op(Op::Transpose, &[&m("W")]), &a])),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| { op(Op::MatMul, &[&op(Op::MatMul, &[&a, &op(Op::Transpose, &[&b])]), &c]) }),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| op(Op::Pair, &[&a, &b]).fill(v("u").shape())),
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| { op(Op::MatMul, &[&op(Op::Transpose, &[&a]), &b]).fill(v("u").shape()) }),
            inner.clone().prop_map(move |a| op(Op::Reduce(Reducer::Sum, binder.clone()), &[&a])),
        ]
    })
}

/// What a reader may take for the same: groups of sums and products, fills, and the sign of a number.
fn essence(term: &Term) -> String {
    let inner = |terms: Vec<&Term>| terms.into_iter().map(essence).collect::<Vec<_>>().join(",");
    match term.op() {
        Op::Fill(_) => essence(&term.args()[0]),
        Op::Add => format!("Add({})", inner(term.summands())),
        Op::Mul => {
            // Stretched numbers are printed in front.
            let mut factors = term.factors();
            // One half at every entry and one half times 1 are the same.
            if factors.iter().any(|factor| factor.as_number().is_some_and(|value| *value != number::whole(1))) {
                factors.retain(|factor| factor.as_number() != Some(&number::whole(1)));
            }
            if let [only] = factors.as_slice() {
                return essence(only);
            }
            factors.sort_by_key(|factor| (factor.as_number().is_none(), !matches!(factor.op(), Op::Fill(_))));
            format!("Mul({})", inner(factors))
        }
        Op::MatMul => {
            let (mut flat, mut open) = (Vec::new(), vec![term]);
            while let Some(part) = open.pop() {
                if *part.op() == Op::MatMul { open.extend(part.args().iter().rev()) } else { flat.push(part) }
            }
            format!("MatMul({})", inner(flat))
        }
        // 1/2 the number is 1 divided by 2.
        Op::Number(value) => match value.denom() == &1.into() {
            true => value.to_string(),
            false if *value.numer() < 0.into() => format!("Neg(Div({},{}))", -value.numer(), value.denom()),
            false => format!("Div({},{})", value.numer(), value.denom()),
        },
        Op::Neg => format!("Neg({})", essence(&term.args()[0])),
        other => format!("{other:?}({})", inner(term.args().iter().collect())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn different_terms_never_look_alike(terms in prop::collection::vec(vectors(), 12)) {
        let mut seen = std::collections::BTreeMap::new();
        let mut subterms = Vec::new();
        for term in &terms {
            term.walk(&mut |part| subterms.push(part));
        }
        for term in subterms {
            let (shown, essence) = (shown(term), essence(term));
            if let Some(other) = seen.insert(shown.clone(), essence.clone()) {
                prop_assert_eq!(&other, &essence, "both look like {}", shown);
            }
        }
    }
}
