//! How terms are joined: numbers are stretched over the payload they meet, nothing else is; mistakes name both
//! payloads and both places.
//!
//! While payloads are still being guessed, a term of unknown payload may appear; it takes the payload of whatever it
//! is joined with. No unknown term survives into a network.

use super::elaborate::Made;
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::{Shape, Sort};
use crate::math::source::{Diagnostic, Span};
use crate::math::syntax::{ProductOperator, Written};
use num_traits::Zero;

/// A sum or product of more operands than this is built as a balanced tree, so that terms are not deep.
const LONGEST_LEFT_CHAIN: usize = 8;
/// The longest product of matrices.
const LONGEST_MATRIX_PRODUCT: usize = 64;

/// A term whose payload is not known yet.
pub fn unknown() -> Term {
    Term::read(Read {
        quantity: Name::new("?"),
        mark: Mark::Value,
        subscripts: Vec::new(),
        shape: Shape::Any(Name::new("?")),
        constant: false,
        padded: false,
    })
}

/// Whether the payload is not known yet.
pub fn is_unknown(term: &Term) -> bool {
    matches!(term.shape(), Shape::Any(_))
}

/// The term `op(args)`; what is wrong is told at `span`.
pub fn make(op: Op, args: Vec<Term>, span: &Span) -> Made<Term> {
    if args.iter().any(is_unknown) && op != Op::Total {
        return Ok(match &op {
            Op::Reshape(to) => Term::filled(0, to),
            Op::Concat | Op::Diag | Op::Transpose => unknown(),
            _ => joined(args),
        });
    }
    Term::new(op, args).map_err(|mismatch| {
        let error = Diagnostic::error(mismatch.reason).at(span, "here");
        match mismatch.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// The payload of entrywise operands of which some are unknown: that of the first known one that is no number.
fn joined(args: Vec<Term>) -> Term {
    args.into_iter().find(|arg| !is_unknown(arg) && !arg.shape().is_number()).unwrap_or_else(unknown)
}

/// A size or index as a number.
pub fn integer(value: Integer) -> Term {
    match value.as_number() {
        Some(n) => Term::number(number::whole(n)),
        None => Term::new(Op::Integer(value), Vec::new()).unwrap_or_else(|_| unknown()),
    }
}

/// `−u`
pub fn negated(term: Term, span: &Span) -> Made<Term> {
    match term.op() {
        Op::Number(value) => Ok(Term::number(-value.clone())),
        _ => make(Op::Neg, vec![term], span),
    }
}

/// A function or comparison, entry by entry.
pub fn entrywise(op: Op, operands: Vec<(Term, Span)>, doing: &str, span: &Span) -> Made<Term> {
    let hint = (op == Op::Mul).then_some("`*` works entry by entry; the matrix product is `@`");
    let operands = stretched(operands, doing, hint)?;
    make(op, operands, span)
}

/// Stretches numbers over the one payload that all other operands have.
pub fn stretched(operands: Vec<(Term, Span)>, doing: &str, hint: Option<&str>) -> Made<Vec<Term>> {
    if operands.len() > 1
        && let Some((_, place)) = operands.iter().find(|(term, _)| term.ty().sort == Sort::Condition)
    {
        return Err(Diagnostic::error("a condition is not a number")
            .at(place, "this is a condition")
            .hint("choose between two numbers with `where(condition, u, v)`"));
    }
    let plain = |term: &Term| term.shape().is_number() || is_unknown(term);
    let Some((first, place)) = operands.iter().find(|(term, _)| !plain(term)) else {
        return Ok(operands.into_iter().map(|(term, _)| term).collect());
    };
    let shape = first.shape().clone();
    if let Some((other, elsewhere)) = operands.iter().find(|(term, _)| !plain(term) && term.shape() != &shape) {
        let error = Diagnostic::error(format!("{shape} and {} cannot be {doing}", other.shape()))
            .at(place, format!("this is {shape}"))
            .at(elsewhere, format!("this is {}", other.shape()));
        return Err(match whole_read_hint(first, other).or(hint.map(str::to_string)) {
            Some(hint) => error.hint(hint),
            None => error,
        });
    }
    Ok(operands.into_iter().map(|(term, _)| if term.shape().is_number() { term.fill(&shape) } else { term }).collect())
}

/// A quantity that was read without its index is the likely mistake when payloads disagree.
fn whole_read_hint(left: &Term, right: &Term) -> Option<String> {
    [left, right].iter().find_map(|term| {
        let read = term.as_read()?;
        let whole = read.subscripts.iter().any(|subscript| !matches!(subscript, Subscript::At(_)));
        whole.then(|| format!("`{0}` has an index; read it at one place, as in `{0}[t]`", read.quantity))
    })
}

/// `u + v − w`
pub fn sum(operands: Vec<(bool, Term, Span)>, span: &Span) -> Made<Term> {
    let signs: Vec<bool> = operands.iter().map(|(subtracted, ..)| *subtracted).collect();
    let places: Vec<Span> = operands.iter().map(|(.., place)| place.clone()).collect();
    let terms = operands.into_iter().map(|(_, term, place)| (term, place)).collect();
    let terms = stretched(
        terms,
        "added",
        Some("summands need one shape; `W @ x` with `W : A × B` makes a vector of A from one of B"),
    )?;
    let mut summands = Vec::with_capacity(terms.len());
    for ((term, subtracted), place) in terms.into_iter().zip(signs).zip(places) {
        summands.push(if subtracted { negated(term, &place)? } else { term });
    }
    balanced(Op::Add, summands, span)
}

/// Operands joined by one associative operation: to the left when they are few, as a balanced tree when many.
pub fn balanced(op: Op, mut operands: Vec<Term>, span: &Span) -> Made<Term> {
    if operands.len() <= LONGEST_LEFT_CHAIN {
        let mut operands = operands.into_iter();
        let Some(mut result) = operands.next() else { return Ok(Term::number(number::whole(0))) };
        for operand in operands {
            result = fold(&op, result, operand, span)?;
        }
        return Ok(result);
    }
    let right = operands.split_off(operands.len() / 2);
    let (left, right) = (balanced(op.clone(), operands, span)?, balanced(op.clone(), right, span)?);
    fold(&op, left, right, span)
}

/// One operation, worked out at once when both sides are literals.
fn fold(op: &Op, left: Term, right: Term, span: &Span) -> Made<Term> {
    if let (Op::Number(a), Op::Number(b)) = (left.op(), right.op()) {
        // Numerators of endless products would grow without bound, and a multiple of π is written as one.
        let bits = a.numer().bits() + a.denom().bits() + b.numer().bits() + b.denom().bits();
        let small = bits < 512 && !number::is_pi(a) && !number::is_pi(b);
        match op {
            Op::Add if small => return Ok(Term::number(a + b)),
            Op::Mul if small => return Ok(Term::number(a * b)),
            Op::Div if b.is_zero() => return Err(Diagnostic::error("division by zero").at(span, "the divisor is 0")),
            Op::Div if small => return Ok(Term::number(a / b)),
            _ => {}
        }
    }
    make(op.clone(), vec![left, right], span)
}

/// `u * v / w`, left to right.
pub fn product(operands: Vec<(ProductOperator, Term, &Written)>, span: &Span) -> Made<Term> {
    ambiguous(&operands)?;
    let operands = numbers_first(operands)?;
    let divides: Vec<bool> = operands.iter().map(|(operator, ..)| *operator == ProductOperator::Divide).collect();
    let doing = if divides[1..].iter().all(|divides| *divides) {
        "divided entry by entry"
    } else {
        "multiplied entry by entry"
    };
    let terms = operands.into_iter().map(|(_, term, part)| (term, part.span.clone())).collect();
    let hint =
        (!divides[1..].iter().all(|divides| *divides)).then_some("`*` works entry by entry; the matrix product is `@`");
    // The numbers of a product are multiplied first: `2 * c * v` stretches once. But a quotient stays as written.
    let terms = stretched(terms, doing, hint)?;
    if terms.len() > LONGEST_LEFT_CHAIN {
        let (mut top, mut bottom) = (Vec::new(), Vec::new());
        for (position, term) in terms.into_iter().enumerate() {
            if position > 0 && divides[position] { bottom.push(term) } else { top.push(term) }
        }
        let top = balanced(Op::Mul, top, span)?;
        if bottom.is_empty() {
            return Ok(top);
        }
        let bottom = balanced(Op::Mul, bottom, span)?;
        return fold(&Op::Div, top, bottom, span);
    }
    let mut terms = terms.into_iter().zip(divides);
    let Some((mut result, _)) = terms.next() else { return Ok(unknown()) };
    for (term, divide) in terms {
        result = fold(if divide { &Op::Div } else { &Op::Mul }, result, term, span)?;
    }
    Ok(result)
}

/// Of `τ / 6 * v`, the numbers in front make one number, so that it is stretched once.
fn numbers_first(mut operands: Vec<(ProductOperator, Term, &Written)>) -> Made<Vec<(ProductOperator, Term, &Written)>> {
    let plain = |term: &Term| term.shape().is_number() && !is_unknown(term) && term.ty().sort != Sort::Condition;
    let count = operands.iter().take_while(|(_, term, _)| plain(term)).count();
    let whole = |operator: &ProductOperator| matches!(operator, ProductOperator::Times | ProductOperator::Divide);
    let together = (2..=LONGEST_LEFT_CHAIN).contains(&count) && count < operands.len();
    if !together || !operands[1..count].iter().all(|(operator, ..)| whole(operator)) {
        return Ok(operands);
    }
    let rest = operands.split_off(count);
    let mut numbers = operands.into_iter();
    let Some((first, mut number, part)) = numbers.next() else { return Ok(rest) };
    for (operator, next, place) in numbers {
        let op = if operator == ProductOperator::Divide { Op::Div } else { Op::Mul };
        number = fold(&op, number, next, &part.span.to(&place.span))?;
    }
    Ok(std::iter::once((first, number, part)).chain(rest).collect())
}

/// `u * A @ B` reads either way unless `u` is a number or parentheses decide.
fn ambiguous(operands: &[(ProductOperator, Term, &Written)]) -> Made<()> {
    for (position, (_, _, part)) in operands.iter().enumerate().skip(1) {
        let bare = matches!(&part.node, crate::math::syntax::Expression::Product(inner) if inner[1].0 == ProductOperator::MatMul)
            && !in_parentheses(part.span.text());
        let before = operands[..position].iter().any(|(_, term, _)| !term.shape().is_number() && !is_unknown(term));
        if bare && before {
            let left = operands[0].2.span.to(&operands[position - 1].2.span);
            return Err(Diagnostic::error("a product of `*` and `@` needs parentheses")
                .at(&part.span, "`@` binds tighter here")
                .at(&left, "this is not a number")
                .hint(format!(
                    "write `{} * ({})`, or put the first product in parentheses",
                    left.text(),
                    part.span.text()
                )));
        }
    }
    Ok(())
}

/// Whether one pair of parentheses encloses all of it.
fn in_parentheses(text: &str) -> bool {
    let mut depth = 0i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + c.len_utf8() == text.len() && at > 0;
        }
    }
    false
}

/// `A @ B @ v`, left to right. A column on the left of a matrix stands for `Mᵀ @ v`. A `bold` guess takes a matrix
/// times something unknown for a vector.
pub fn matrix_product(operands: Vec<(Term, Span)>, bold: bool, span: &Span) -> Made<Term> {
    if operands.len() > LONGEST_MATRIX_PRODUCT {
        return Err(Diagnostic::error(format!("more than {LONGEST_MATRIX_PRODUCT} factors in one matrix product"))
            .at(span, "too many")
            .hint("give parts a name in equations of their own"));
    }
    let mut operands = operands.into_iter();
    let Some((mut result, mut place)) = operands.next() else { return Ok(unknown()) };
    for (right, elsewhere) in operands {
        let whole = place.to(&elsewhere);
        result = matmul(result, &place, right, &elsewhere, bold)?;
        place = whole;
    }
    Ok(result)
}

fn matmul(left: Term, place: &Span, right: Term, elsewhere: &Span, bold: bool) -> Made<Term> {
    if is_unknown(&left) || is_unknown(&right) {
        // A matrix times something unknown is most likely a vector; the final pass verifies it.
        return Ok(match left.shape() {
            Shape::Axes(axes) if bold && axes.len() == 2 => Term::filled(0, &Shape::vector(axes[0].clone())),
            _ => unknown(),
        });
    }
    let (a, b) = (left.shape().clone(), right.shape().clone());
    let result = match (&a, &b) {
        (Shape::Axes(v), Shape::Axes(m)) if v.len() == 1 && m.len() == 2 => {
            right.clone().transposed().and_then(|turned| turned.matmul(left.clone()))
        }
        _ => left.clone().matmul(right.clone()),
    };
    result.map_err(|mismatch| {
        let error =
            Diagnostic::error(mismatch.reason).at(place, format!("this is {a}")).at(elsewhere, format!("this is {b}"));
        let turned = left.clone().transposed().and_then(|turned| turned.matmul(right.clone()));
        let hint = match (&a, &b) {
            (Shape::Axes(m), Shape::Axes(_)) if m.len() == 2 && turned.is_ok() => {
                let declared = left
                    .as_read()
                    .map_or(String::new(), |_| format!("; or declare `{} : {} × {}`", place.text(), m[1], m[0]));
                Some(format!("the transpose would fit: `{}^T @ {}`{declared}", place.text(), elsewhere.text()))
            }
            _ => whole_read_hint(&left, &right).or(mismatch.hint),
        };
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

/// `uᵀ`
pub fn transposed(term: Term, span: &Span) -> Made<Term> {
    match term.op() {
        // The transpose of a number is the number.
        _ if term.shape().is_number() => Ok(term),
        Op::Transpose => Ok(term.args()[0].clone()),
        _ => make(Op::Transpose, vec![term], span),
    }
}

/// `u ^ c`
pub fn power(base: Term, place: &Span, exponent: Term, elsewhere: &Span, span: &Span) -> Made<Term> {
    if !is_unknown(&exponent) && !exponent.shape().is_number() {
        return Err(Diagnostic::error("an exponent must be a number")
            .at(elsewhere, format!("this is {}", exponent.shape()))
            .at(place, format!("this is {}", base.shape()))
            .hint("`^T` is the transpose; a power works entry by entry with one exponent"));
    }
    make(Op::Power, vec![base, exponent], span)
}
