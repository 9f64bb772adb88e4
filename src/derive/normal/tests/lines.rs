//! The lines that textbooks print, from the lines that differentiation leaves behind.

use super::*;
use crate::math::expression::{Binder, Reducer, Relation, Subscript};

fn line(term: &Term, expected: &str) {
    let simple = simplify(term).expect("small");
    assert_eq!(simple.ty(), term.ty());
    assert_eq!(equal(&simple, term), Some(true));
    let raised = raise(&lower(term).expect("small"), term.shape()).map(|term| show::show(&term));
    assert_eq!(show::show(&simple), expected, "\nfrom {}\nraised {raised:?}", show::show(term));
}

#[test]
fn recurrent_network() {
    let (dh, h) = (d("h"), v("h"));
    line(&mul(&dh, &one_minus(&square(&h))), "δh ⊙ (1 − h^2)");
    line(&mul(&one_minus(&square(&h)), &dh), "δh ⊙ (1 − h^2)");
    line(&add(&dh, &neg(&mul(&dh, &mul(&h, &h)))), "δh ⊙ (1 − h^2)");
}

#[test]
fn long_short_term_memory() {
    let (dc, dh, f, o, c, cp) = (d("c"), d("h"), v("f"), v("o"), v("c"), v("c_prev"));
    line(&mul(&mul(&dc, &cp), &mul(&f, &one_minus(&f))), "δc ⊙ c_prev ⊙ f ⊙ (1 − f)");
    let slope = one_minus(&square(&apply("tanh", &c)));
    let (next, fp, g) = (d("c_next"), v("f_next"), read("c", Mark::Upstream, &["H"]));
    let all = add(&add(&mul(&mul(&dh, &o), &slope), &mul(&next, &fp)), &g);
    line(&all, "δh ⊙ o ⊙ (1 − tanh(c)^2) + δc_next ⊙ f_next + G_c");
    line(&mul(&slope, &mul(&o, &dh)), "δh ⊙ o ⊙ (1 − tanh(c)^2)");
    line(&mul(&mul(&f, &one_minus(&f)), &mul(&cp, &dc)), "δc ⊙ c_prev ⊙ f ⊙ (1 − f)");
    let (ui, uf, di, df) = (m("U_i"), m("U_f"), d("a_i"), d("a_f"));
    line(&add(&at(&t(&ui), &di), &at(&t(&uf), &df)), "U_iᵀ·δa_i + U_fᵀ·δa_f");
}

#[test]
fn gated_recurrent_unit() {
    let (dh, hp, z, n) = (d("h"), v("h_prev"), v("z"), v("n"));
    let difference = add(&mul(&dh, &hp), &neg(&mul(&dh, &n)));
    line(&difference, "δh ⊙ (h_prev − n)");
    line(&mul(&difference, &mul(&z, &one_minus(&z))), "δh ⊙ (h_prev − n) ⊙ z ⊙ (1 − z)");
    line(&add(&neg(&mul(&dh, &z)), &dh), "δh ⊙ (1 − z)");
    line(&mul(&mul(&dh, &one_minus(&z)), &one_minus(&square(&n))), "δh ⊙ (1 − z) ⊙ (1 − n^2)");
    let expanded = add(&add(&dh, &neg(&mul(&dh, &z))), &mul(&square(&n), &add(&mul(&dh, &z), &neg(&dh))));
    line(&expanded, "δh ⊙ (1 − z) ⊙ (1 − n^2)");
    let inside = mul(&at(&t(&m("U")), &mul(&dh, &n)), &v("r"));
    line(&inside, "Uᵀ·(δh ⊙ n) ⊙ r");
}

#[test]
fn matrices() {
    let (u, g, w, a, b, x) = (v("u"), read("G", Mark::Upstream, &["H", "H"]), m("W"), d("a"), d("b"), v("x"));
    line(&t(&at(&t(&u), &g)), "G_Gᵀ·u");
    line(&add(&at(&t(&w), &a), &at(&t(&w), &b)), "Wᵀ·(δa + δb)");
    line(&add(&at(&a, &t(&x)), &at(&b, &t(&x))), "(δa + δb)·xᵀ");
    line(&t(&t(&w)), "W");
    line(&neg(&neg(&x)), "x");
    line(&add(&a, &mul(&n(-1, &x), &x)), "δa − x");
    line(&t(&at(&u, &t(&a))), "δa·uᵀ");
    line(&at(&make(Op::Diag, &[&one_minus(&square(&x))]), &at(&w, &u)), "(1 − x^2) ⊙ W·u");
    line(&mul(&n(1, &x), &x), "x");
    line(&add(&n(0, &x), &x), "x");
}

#[test]
fn normalisation() {
    let (dy, gamma, sigma, xhat) = (d("y"), v("gamma"), s("sigma"), v("xhat"));
    let dx = mul(&dy, &gamma);
    let (gs, inner) = (fill(&sigma, &dy), mul(&dx, &xhat));
    let expanded = add(
        &div(&dx, &gs),
        &neg(&add(&div(&fill(&mean(&dx), &dy), &gs), &mul(&xhat, &div(&fill(&mean(&inner), &dy), &gs)))),
    );
    line(&expanded, "(δy ⊙ gamma − total(δy ⊙ gamma) / H − xhat ⊙ (total(δy ⊙ gamma ⊙ xhat) / H)) / sigma");
    let (ga, gb) = (fill(&s("gamma"), &dy), fill(&sigma, &dy));
    let part = div(&ga, &gb);
    let sum = add(
        &mul(&part, &dy),
        &neg(&add(&mul(&part, &fill(&mean(&dy), &dy)), &mul(&mul(&part, &xhat), &fill(&mean(&mul(&dy, &xhat)), &dy)))),
    );
    line(&sum, "gamma ⊙ (δy − total(δy) / H − xhat ⊙ (total(δy ⊙ xhat) / H)) / sigma");
}

#[test]
fn softmax() {
    let (dp, p) = (d("p"), v("p"));
    let jacobian = add(&make(Op::Diag, &[&p]), &neg(&at(&p, &t(&p))));
    line(&at(&jacobian, &dp), "p ⊙ (δp − pᵀ·δp)");
    line(&add(&mul(&p, &dp), &neg(&mul(&p, &fill(&at(&t(&p), &dp), &p)))), "p ⊙ (δp − pᵀ·δp)");
}

#[test]
fn choices() {
    let (dy, a, z) = (d("y"), v("a"), v("z"));
    let positive = make(Op::Compare(Relation::Greater), &[&a, &n(0, &a)]);
    let relu = make(Op::Where, &[&positive, &n(1, &a), &n(0, &a)]);
    line(&mul(&relu, &dy), "Where(a Greater 0, δy, 0)");
    line(&make(Op::Where, &[&positive, &dy, &n(0, &a)]), "Where(a Greater 0, δy, 0)");
    let alpha = fill(&s("alpha"), &a);
    let leaky = make(Op::Where, &[&positive, &n(1, &a), &alpha]);
    line(&mul(&dy, &leaky), "δy ⊙ Where(a Greater 0, 1, alpha)");
    let both = add(&make(Op::Where, &[&positive, &dy, &z]), &make(Op::Where, &[&positive, &z, &dy]));
    line(&both, "δy + z");
    // A logarithm stays under the condition that gives it a value.
    line(&mul(&mul(&relu, &apply("log", &a)), &dy), "Where(a Greater 0, δy ⊙ log(a), 0)");
    let dot = at(&t(&mul(&relu, &apply("log", &a))), &dy);
    line(&dot, "Where(a Greater 0, log(a), 0)ᵀ·δy");
    let above = make(Op::Compare(Relation::GreaterEqual), &[&a, &z]);
    line(&mul(&make(Op::Where, &[&above, &n(1, &a), &n(0, &a)]), &dy), "Where(a GreaterEqual z, δy, 0)");
    line(&mul(&make(Op::Where, &[&above, &n(0, &a), &n(1, &a)]), &dy), "Where(a Less z, δy, 0)");
}

#[test]
fn sums_over_indices() {
    let at = |name: &str, mark, sizes: &[&str]| {
        let mut read = read(name, mark, sizes).as_read().expect("a reading").clone();
        read.subscripts = vec![Subscript::At(Integer::name("n"))];
        Term::read(read)
    };
    let binder = |index: &str| Binder { index: Name::new(index), low: size("1"), high: size("N") };
    let sum = |term: &Term| make(Op::Reduce(Reducer::Sum, binder("n")), &[term]);
    let (dy, xhat, w) = (at("y", Mark::Adjoint, &["H"]), at("xhat", Mark::Value, &["H"]), m("W"));
    line(&add(&sum(&dy), &sum(&mul(&dy, &xhat))), "Sum[n:1..N](δy[n] ⊙ (1 + xhat[n]))");
    line(&sum(&mul(&dy, &v("a"))), "Sum[n:1..N](δy[n] ⊙ a)");
    let count = Term::new(Op::Integer(size("N")), vec![]).expect("a number");
    line(&div(&sum(&dy), &fill(&count, &dy)), "Mean[n:1..N](δy[n])");
    let other = make(Op::Reduce(Reducer::Sum, binder("m")), &[&dy.at(&[(Name::new("n"), size("m"))].into())]);
    assert_eq!(equal(&sum(&dy), &other), Some(true));
    line(&super::at(&w, &sum(&dy)), "W·Sum[n:1..N](δy[n])");
}

#[test]
fn large_sums_take_their_time_or_stay() {
    let term = |k: usize| {
        let name = |letter: &str, of: usize| v(&format!("{letter}{of}"));
        let product = mul(&d(&format!("d{}", k % 5)), &mul(&name("a", k % 7), &name("b", k)));
        if k.is_multiple_of(3) { neg(&product) } else { add(&product, &name("c", k)) }
    };
    for (count, small) in [(50, true), (190, false)] {
        let all = (1..count).fold(term(0), |sum, k| add(&sum, &term(k)));
        assert_eq!(simplify(&all).is_some(), small);
    }
    let deep = (0..5000).fold(v("a"), |sum, k| add(&sum, &v(&format!("b{k}"))));
    assert_eq!(simplify(&deep), None);
    assert_eq!(lower(&deep), Err(TooLarge));
    let nested = (0..3000).fold(v("a"), |inner, _| apply("tanh", &inner));
    assert_eq!(simplify(&nested), None);
    assert_eq!(lower(&nested), Err(TooLarge));
}

#[test]
fn activations_of_several_factors() {
    let (g, e) = (read("y", Mark::Upstream, &["H"]), v("e"));
    let number = |value: i64| Term::number(whole(value));
    let root = |value: i64| fill(&apply("sqrt", &number(value)), &e);
    let half = div(&g, &n(2, &e));
    // GELU, after the error function rule.
    let inner = div(&e, &root(2));
    let gauss = apply("exp", &neg(&square(&inner)));
    let slope = mul(&mul(&mul(&div(&n(2, &e), &root(3)), &half), &e), &gauss);
    let all = add(&mul(&half, &add(&n(1, &e), &apply("erf", &inner))), &div(&slope, &root(2)));
    line(&all, "G_y ⊙ (1/2 + 1/2 ⊙ erf(e / sqrt(2)) + e ⊙ exp(−1/2 ⊙ e^2) / (sqrt(2) ⊙ sqrt(3)))");
    // Its form with a tanh.
    let (c, cubic) =
        (fill(&s("c"), &e), add(&e, &mul(&fill(&s("k"), &e), &make(Op::Power, &[&e, &Term::number(whole(3))]))));
    let u = apply("tanh", &mul(&c, &cubic));
    let slope = mul(&mul(&mul(&c, &half), &e), &one_minus(&square(&u)));
    let rest = mul(&mul(&n(3, &e), &fill(&s("k"), &e)), &mul(&slope, &square(&e)));
    let short =
        "1/2 ⊙ G_y ⊙ (tanh(c ⊙ (e + k ⊙ e^3)) + c ⊙ (1 − tanh(c ⊙ (e + k ⊙ e^3))^2) ⊙ e ⊙ (3 ⊙ e^2 ⊙ k + 1) + 1)";
    line(&add(&add(&slope, &rest), &mul(&half, &add(&n(1, &e), &u))), short);
    // Mish.
    let (u, slope) = (apply("tanh", &apply("softplus", &e)), apply("sigmoid", &e));
    line(
        &add(&mul(&g, &u), &mul(&mul(&mul(&g, &e), &slope), &one_minus(&square(&u)))),
        "G_y ⊙ (tanh(softplus(e)) + e ⊙ sigmoid(e) ⊙ (1 − tanh(softplus(e))^2))",
    );
}

#[test]
fn roots_of_numbers_are_one_root() {
    let (g, x) = (d("y"), v("x"));
    let number = |value: &crate::math::number::Rational| Term::number(value.clone());
    let (two, pi) = (number(&crate::math::number::whole(2)), number(&crate::math::number::pi()));
    let shape = x.shape().clone();
    let scaled = |root: Term| mul(&apply("sqrt", &root).fill(&shape), &mul(&g, &x));
    let (over, under) = (Term::new(Op::Div, vec![two.clone(), pi.clone()]).expect("numbers"), mul(&two, &pi));
    line(&add(&scaled(over.clone()), &scaled(over)), "2 ⊙ sqrt(2 / π) ⊙ δy ⊙ x");
    line(&add(&scaled(under.clone()), &scaled(under)), "2 ⊙ sqrt(2 ⊙ π) ⊙ δy ⊙ x");
    let turned = Term::new(Op::Div, vec![pi.clone(), two.clone()]).expect("numbers");
    line(&add(&scaled(turned.clone()), &scaled(turned)), "2 ⊙ sqrt(π / 2) ⊙ δy ⊙ x");
    let half = Term::number(crate::math::number::fraction(1, 2));
    line(&add(&scaled(half.clone()), &scaled(half)), "2 ⊙ δy ⊙ x / sqrt(2)");
}
