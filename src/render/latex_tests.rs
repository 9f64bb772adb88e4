use super::super::fixture::{m, op, read, s, size, v};
use super::super::notation::Notation;
use super::latex;
use crate::math::expression::{Mark, Op, Relation, Term};
use crate::math::law::Book;
use crate::math::number;
use crate::math::shape::Shape;

fn shown(term: &Term) -> String {
    let book = Book::default();
    latex(&Notation::of_book(&book).formula(term)).trim_end().to_string()
}

#[test]
fn formulas() {
    let (u, x) = (v("u"), v("x"));
    let two = Term::number(number::whole(2));
    let minus = |a: &Term, b: &Term| op(Op::Add, &[a, &op(Op::Neg, &[b])]);
    let one = Term::filled(1, u.shape());
    let half = op(Op::Div, &[&minus(&u, &x), &x]);
    for (term, expected) in [
        (read(Mark::Adjoint, "a_i", &[size("t").offset(1)], Shape::vector(size("H"))), r"\delta a_{i,t+1}"),
        (read(Mark::Upstream, "h", &[size("t")], Shape::number()), "G_{h,t}"),
        (s("my_long_name"), r"\mathit{my}_{\mathit{long},\mathit{name}}"),
        (op(Op::Mul, &[&u, &minus(&one, &op(Op::Power, &[&x, &two]))]), r"u \odot (1 - x^{2})"),
        (op(Op::Mul, &[&u, &half]), r"u \odot \frac{u - x}{x}"),
        (op(Op::Power, &[&half, &two]), r"\Bigl(\frac{u - x}{x}\Bigr)^{2}"),
        (op(Op::MatMul, &[&op(Op::Transpose, &[&m("W")]), &u]), r"W^{\top}\, u"),
        (op(Op::Pair, &[&u, &op(Op::Differential, &[&x])]), r"\langle u, \mathrm{d}x\rangle"),
        (
            op(Op::Where, &[&op(Op::Compare(Relation::Greater), &[&u, &Term::filled(0, u.shape())]), &u, &x]),
            r"\begin{cases} u & \text{if } u > 0 \\ x & \text{else} \end{cases}",
        ),
    ] {
        assert_eq!(shown(&term), expected);
    }
}
