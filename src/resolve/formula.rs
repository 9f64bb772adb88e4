//! The formulas of the book: a written side of a law to a typed term over letters.

mod call;
mod condition;

use crate::math::expression::{Letter, LetterKind, Op, Term};
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::number::{self, Rational};
use crate::math::shape::{Shape, Type};
use crate::math::source::{Diagnostic, Span, Spanned};
use crate::math::syntax::{Argument, Expression, ProductOperator, Written, WrittenShape};
use crate::math::typing::Mismatch;
use indexmap::{IndexMap, IndexSet};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The letters that are declared at some place of a chapter.
#[derive(Clone, Default)]
pub struct Letters {
    /// Letters of terms.
    pub terms: IndexMap<Name, Letter>,
    /// Letters of sizes.
    pub sizes: IndexSet<Name>,
    /// Letters of payloads.
    pub payloads: IndexSet<Name>,
    /// Letters of indices.
    pub indices: IndexSet<Name>,
}

/// Every spelling of an operation, with its name and the number of its parameters.
pub type Operations = BTreeMap<Name, (Name, usize)>;

/// What a formula may speak of.
pub struct Scope<'a> {
    /// The letters in force.
    pub letters: &'a Letters,
    /// The operations of the whole book.
    pub operations: &'a Operations,
    /// The payload of `y`, the value already computed, where it may be spoken of.
    pub value: Option<Type>,
    /// The letters that were spoken of, in order.
    pub used: RefCell<IndexMap<Name, Letter>>,
    /// The indices that were spoken of, in order.
    pub indices: RefCell<IndexSet<Name>>,
}

type Typed<T> = Result<T, Diagnostic>;

/// How the value already computed is written.
pub const VALUE: &str = "y";

impl Scope<'_> {
    /// The term that is written. Recursion follows brackets, whose nesting the reader has bounded.
    pub fn term(&self, written: &Written) -> Typed<Term> {
        let span = &written.span;
        match &written.node {
            Expression::Number(value) => Ok(Term::number(value.clone())),
            Expression::Name(name) => self.name(name, span),
            Expression::Call(call) => self.call(call, span),
            Expression::Negate(inner) => {
                let inner = self.term(inner)?;
                match inner.op() {
                    Op::Number(value) => Ok(Term::number(-value.clone())),
                    _ => make(Op::Neg, vec![inner], span),
                }
            }
            Expression::Sum(parts) => {
                let mut result: Option<Term> = None;
                for (subtracted, part) in parts {
                    let mut part = self.term(part)?;
                    if *subtracted {
                        part = make(Op::Neg, vec![part], span)?;
                    }
                    result = Some(match result {
                        Some(sum) => make(Op::Add, stretched(vec![sum, part]), span)?,
                        None => part,
                    });
                }
                result.ok_or_else(|| not_here("an empty sum", span))
            }
            Expression::Product(parts) => {
                let mut result: Option<Term> = None;
                for (operator, part) in parts {
                    let part = self.term(part)?;
                    result = Some(match (result, operator) {
                        (None, _) => part,
                        (Some(left), ProductOperator::Times) => match (left.op(), part.op()) {
                            // A product of sizes is a size, as the count of a mean over several axes is.
                            (Op::Integer(one), Op::Integer(other)) => {
                                make(Op::Integer(one.times(other)), vec![], span)?
                            }
                            _ => make(Op::Mul, stretched(vec![left, part]), span)?,
                        },
                        (Some(left), ProductOperator::Divide) => make(Op::Div, stretched(vec![left, part]), span)?,
                        (Some(left), ProductOperator::MatMul) => make(Op::MatMul, vec![left, part], span)?,
                        _ => return Err(not_here("a division with remainder", span)),
                    });
                }
                result.ok_or_else(|| not_here("an empty product", span))
            }
            Expression::Power(base, exponent) => {
                let arguments = vec![self.term(base)?, self.term(exponent)?];
                make(Op::Power, arguments, span)
            }
            Expression::Transpose(inner) => make(Op::Transpose, vec![self.term(inner)?], span),
            Expression::Chain(operands, relations) => match (operands.as_slice(), relations.as_slice()) {
                ([left, right], [relation]) => {
                    let sides = stretched(vec![self.term(left)?, self.term(right)?]);
                    make(Op::Compare(*relation), sides, span)
                }
                _ => Err(not_here("a chain of comparisons", span)),
            },
            Expression::And(parts) => self.joined(Op::And, parts, span),
            Expression::Or(parts) => self.joined(Op::Or, parts, span),
            Expression::Not(inner) => make(Op::Not, vec![self.term(inner)?], span),
            Expression::Differential(inner) => make(Op::Differential, vec![self.term(inner)?], span),
            Expression::Pair(left, right) => make(Op::Pair, stretched(vec![self.term(left)?, self.term(right)?]), span),
            Expression::Read(..) => Err(not_here("a subscript", span).hint("a letter stands for all of its payload")),
            Expression::List(_) => Err(not_here("a list", span)),
            Expression::Derivative { .. } => {
                Err(not_here("a derivative", span).hint("laws speak of differentials: `d u`"))
            }
        }
    }

    fn joined(&self, op: Op, parts: &[Written], span: &Span) -> Typed<Term> {
        let mut terms = Vec::new();
        for part in parts {
            terms.push(self.term(part)?);
        }
        let mut terms = terms.into_iter();
        let first = terms.next().ok_or_else(|| not_here("nothing", span))?;
        terms.try_fold(first, |joined, term| make(op.clone(), vec![joined, term], span))
    }

    /// A letter, its differential, the value `y`, a size, or π.
    fn name(&self, name: &Name, span: &Span) -> Typed<Term> {
        if let Some(letter) = self.letters.terms.get(name) {
            return Ok(self.letter(letter));
        }
        if let Some(letter) = name.as_str().strip_prefix('d').and_then(|rest| self.letters.terms.get(rest)) {
            return make(Op::Differential, vec![self.letter(letter)], span);
        }
        if let (VALUE, Some(ty)) = (name.as_str(), &self.value) {
            let letter = Letter { name: name.clone(), shape: ty.shape.clone(), kind: LetterKind::Plain };
            return Ok(self.letter(&letter));
        }
        if self.letters.sizes.contains(name) {
            return make(Op::Integer(Integer::name(name.clone())), Vec::new(), span);
        }
        if self.letters.indices.contains(name) {
            self.indices.borrow_mut().insert(name.clone());
            return make(Op::Integer(Integer::name(name.clone())), Vec::new(), span);
        }
        if name.as_str() == "pi" {
            return Ok(Term::number(number::pi()));
        }
        let known = self.letters.terms.keys().map(Name::as_str);
        let unknown = Diagnostic::error(format!("the letter `{name}` is not declared")).at(span, "unknown letter");
        Err(match nearest(name.as_str(), known) {
            _ if name.as_str() == VALUE => unknown.hint("`y` is the value of the function on the left of `d f(u) = …`"),
            Some(near) => unknown.hint(format!("declare it with `let {name} : …`; is `{near}` meant?")),
            None => unknown.hint(format!("declare it with `let {name} : …` above the law")),
        })
    }

    fn letter(&self, letter: &Letter) -> Term {
        self.used.borrow_mut().insert(letter.name.clone(), letter.clone());
        // A letter takes no arguments and has the type it was declared with.
        Term::letter(letter.clone())
    }

    fn terms(&self, arguments: &[Argument]) -> Typed<Vec<Term>> {
        arguments
            .iter()
            .map(|argument| match argument {
                Argument::Term(term) => self.term(term),
                Argument::Shape(shape) => Err(not_here("a shape", &shape.span)),
            })
            .collect()
    }

    /// `S`, `N`, `M × N`
    pub fn shape(&self, written: &WrittenShape) -> Typed<Shape> {
        if let [Spanned { node: Expression::Name(name), .. }] = written.node.as_slice() {
            if self.letters.payloads.contains(name) {
                return Ok(Shape::Any(name.clone()));
            }
            if name.as_str() == "number" {
                return Ok(Shape::number());
            }
        }
        written.node.iter().map(|size| self.size(size)).collect::<Typed<Vec<_>>>().map(Shape::Axes)
    }

    /// `N`, `M + N`, `3`
    pub fn size(&self, written: &Written) -> Typed<Integer> {
        let whole = |value: &Rational| {
            value.is_integer().then(|| value.to_integer().try_into().ok().map(Integer::number)).flatten()
        };
        match &written.node {
            Expression::Name(name) if self.letters.sizes.contains(name) => Ok(Integer::name(name.clone())),
            Expression::Name(name) => {
                let known = self.letters.sizes.iter().chain(&self.letters.payloads).map(Name::as_str);
                let unknown = Diagnostic::error(format!("the size `{name}` is not declared")).at(&written.span, "here");
                Err(match nearest(name.as_str(), known) {
                    Some(near) => unknown.hint(format!("is `{near}` meant?")),
                    None => unknown.hint(format!("declare it with `let {name} : size`, or `let {name} : payload`")),
                })
            }
            Expression::Number(value) => whole(value).ok_or_else(|| not_here("such a size", &written.span)),
            Expression::Sum(parts) => parts.iter().try_fold(Integer::default(), |sum, (subtracted, part)| {
                let part = self.size(part)?;
                Ok(if *subtracted { sum.minus(&part) } else { sum.plus(&part) })
            }),
            _ => Err(not_here("such a size", &written.span)),
        }
    }
}

/// Numbers are stretched over the payload that the others have.
pub fn stretched(terms: Vec<Term>) -> Vec<Term> {
    let shape = terms.iter().map(Term::shape).find(|shape| !shape.is_number()).cloned();
    match shape {
        Some(shape) => {
            terms.into_iter().map(|term| if term.shape().is_number() { term.fill(&shape) } else { term }).collect()
        }
        None => terms,
    }
}

/// The term, or why it has no type, at its place.
fn make(op: Op, args: Vec<Term>, span: &Span) -> Typed<Term> {
    Term::new(op, args).map_err(|mismatch| ill_typed(mismatch, span))
}

/// A mismatch at its place.
pub fn ill_typed(mismatch: Mismatch, span: &Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(mismatch.reason).at(span, "this has no type");
    match mismatch.hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

fn not_here(what: &str, span: &Span) -> Diagnostic {
    Diagnostic::error(format!("{what} has no place in a law")).at(span, "here")
}
