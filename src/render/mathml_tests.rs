use super::super::fixture::{m, op, read, s, size, v};
use super::super::markup::{Markup, Symbol};
use super::super::notation::Notation;
use super::inline;
use crate::math::expression::{Mark, Op, Term};
use crate::math::law::Book;
use crate::math::number;
use crate::math::shape::Shape;

/// A formula with a blank where a line may end.
fn shown(term: &Term) -> String {
    let book = Book::default();
    let whole = inline(&Notation::of_book(&book).formula(term)).replace("</mrow></math><wbr/><math><mrow>", " ");
    whole.trim_start_matches("<math><mrow>").trim_end_matches("</mrow></math>").to_string()
}

#[test]
fn formulas() {
    let (u, x) = (v("u"), v("x"));
    for (term, expected) in [
        (s("W_f"), "<msub><mrow><mi>W</mi></mrow><mrow><mi>f</mi></mrow></msub>"),
        (s("xhat"), "<mover accent=\"true\"><mi>x</mi><mo stretchy=\"false\">^</mo></mover>"),
        (s("var"), "<mi>𝑣𝑎𝑟</mi>"),
        (Term::number(number::whole(2)), "<mn>2</mn>"),
        (op(Op::Mul, &[&u, &x]), "<mi>u</mi> <mo form=\"infix\">⊙</mo><mi>x</mi>"),
        (op(Op::Div, &[&u, &x]), "<mfrac><mrow><mi>u</mi></mrow><mrow><mi>x</mi></mrow></mfrac>"),
        (
            op(Op::MatMul, &[&op(Op::Transpose, &[&m("W")]), &u]),
            "<msup><mrow><mi>W</mi></mrow><mrow><mo>⊤</mo></mrow></msup><mspace width=\"0.17em\"/> <mi>u</mi>",
        ),
        (
            read(Mark::Adjoint, "a_i", &[size("t").offset(1)], Shape::vector(size("H"))),
            "<msub><mrow><mrow><mi>δ</mi><mi>a</mi></mrow></mrow><mrow><mi>i</mi><mo separator=\"true\">,</mo><mi>t</mi><mo form=\"infix\">+</mo><mn>1</mn></mrow></msub>",
        ),
    ] {
        assert_eq!(shown(&term), expected);
    }
}

#[test]
fn symbols_of_the_book() {
    let norm = Markup::Template(Symbol::new("‖#1‖₂", r"\left\lVert #1\right\rVert_2"), vec![Markup::same("u")]);
    assert!(
        inline(&norm).contains("<msub><mrow><mo form=\"prefix\" stretchy=\"false\" lspace=\"0\" rspace=\"0\">‖</mo>"),
        "{}",
        inline(&norm)
    );
    let root = Markup::Template(Symbol::new("√#1", r"\sqrt{#1}"), vec![Markup::same("u")]);
    assert!(inline(&root).contains("<msqrt><mrow><mi>u</mi></mrow></msqrt>"));
    assert!(inline(&Markup::symbol("σ_max", r"\sigma_{\max}")).contains("<msub><mi>σ</mi><mi>max</mi></msub>"));
    assert!(inline(&Markup::symbol("1e-5", "10^{-5}")).contains("<msup><mn>10</mn>"));
    assert!(inline(&Markup::same("a<b&c")).contains("<mo>&lt;</mo>"));
}
