//! The formulas of the book: a written side of a law to a typed term over letters.

use crate::math::expression::{Letter, LetterKind, Op, Reducer, Relation, Term};
use crate::math::integer::Integer;
use crate::math::law::{self, Condition};
use crate::math::name::Name;
use crate::math::number::{self, Rational};
use crate::math::shape::{Shape, Sort, Type};
use crate::math::source::{Diagnostic, Span, Spanned, SpannedName};
use crate::math::syntax::{Argument, Call, Expression, ProductOperator, Written, WrittenShape};
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

/// What stands for the equation at hand in a condition.
pub const EQUATION: &str = "equation";

/// Reductions over an index, as they are written.
const REDUCERS: [(&str, Reducer); 8] = [
    ("sum", Reducer::Sum),
    ("mean", Reducer::Mean),
    ("max", Reducer::Max),
    ("min", Reducer::Min),
    ("logsumexp", Reducer::LogSumExp),
    ("softmax", Reducer::Softmax),
    ("argmax", Reducer::ArgMax),
    ("argmin", Reducer::ArgMin),
];

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

    /// What stands after `when`: a letter, or a term, compared with 0.
    pub fn condition(&self, written: &Written) -> Typed<Condition> {
        let wrong = || {
            Diagnostic::error("a condition compares a term with 0")
                .at(&written.span, "not such a comparison")
                .hint("write `u ≠ 0`, `u > 0` or `u ≥ 0`")
        };
        let Expression::Chain(operands, relations) = &written.node else { return Err(wrong()) };
        let ([left, right], [relation]) = (operands.as_slice(), relations.as_slice()) else { return Err(wrong()) };
        if !matches!(&right.node, Expression::Number(value) if number::is_zero(value)) {
            return Err(wrong());
        }
        let term = self.term(left)?;
        match relation {
            Relation::NotEqual => Ok(Condition::NonZero(term)),
            Relation::Greater => Ok(Condition::Positive(term)),
            Relation::GreaterEqual => Ok(Condition::NonNegative(term)),
            _ => Err(wrong()),
        }
    }

    /// `s not in g`, `s in equation`, `s not in equation`.
    pub fn index_condition(&self, index: &SpannedName, present: bool, place: &SpannedName) -> Typed<Condition> {
        if !self.indices.borrow().contains(&index.node) {
            return Err(Diagnostic::error(format!("`{}` is no index of this law", index.node))
                .at(&index.span, "here")
                .hint("declare it with `let s : index`, and bind it in the law: `sum[s](u)`"));
        }
        let name = index.node.clone();
        match (place.node.as_str(), present) {
            (EQUATION, true) => Ok(Condition::Within(name)),
            (EQUATION, false) => Ok(Condition::Outside(name)),
            (_, false) if self.used.borrow().contains_key(&place.node) => {
                Ok(Condition::Absent(name, place.node.clone()))
            }
            (_, false) => {
                Err(Diagnostic::error(format!("the law has no letter `{}`", place.node)).at(&place.span, "here"))
            }
            (_, true) => Err(Diagnostic::error("every letter may depend on every index")
                .at(&place.span, "no condition")
                .hint("a condition is `s not in u`, `s in equation` or `s not in equation`")),
        }
    }

    /// `sum[s | q](u)` and its kin.
    fn reduction(&self, reducer: Reducer, call: &Call, span: &Span) -> Typed<Term> {
        let [Argument::Term(body)] = call.arguments.as_slice() else {
            let error = Diagnostic::error("a reduction over an index takes one argument").at(span, "here");
            return Err(error.hint(format!("as in `{}[s](u)`", call.function.node)));
        };
        let mut arguments = vec![self.term(body)?];
        if let Some(written) = &call.condition {
            let condition = self.term(written)?;
            if condition.ty() != &(Type { shape: Shape::number(), sort: Sort::Condition }) {
                return Err(Diagnostic::error("after `|` stands a condition that is asked once for all entries")
                    .at(&written.span, "not such a condition")
                    .hint("declare it with `let q : condition`"));
            }
            arguments.push(condition);
        }
        for (position, binder) in call.binders.iter().enumerate().rev() {
            let index = &binder.index;
            if !self.letters.indices.contains(&index.node) {
                return Err(Diagnostic::error(format!("the index `{}` is not declared", index.node))
                    .at(&index.span, "unknown index")
                    .hint(format!("declare it with `let {} : index` above the law", index.node)));
            }
            if binder.range.is_some() || (position > 0 && call.condition.is_some()) {
                return Err(not_here("a range, or a condition over several indices,", span)
                    .hint("an index of a law stands for one with any range"));
            }
            self.indices.borrow_mut().insert(index.node.clone());
            arguments = vec![make(Op::Reduce(reducer, law::index_letter(&index.node)), arguments, span)?];
        }
        arguments.pop().ok_or_else(|| not_here("nothing", span))
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

    fn call(&self, call: &Call, span: &Span) -> Typed<Term> {
        let function = call.function.node.as_str();
        if !call.binders.is_empty() || call.condition.is_some() {
            let reducer = REDUCERS.iter().find(|(word, _)| *word == function);
            return match reducer {
                Some((_, reducer)) if !call.binders.is_empty() => self.reduction(*reducer, call, span),
                _ => {
                    Err(not_here("such a call", span).hint("brackets belong to reductions over an index: `sum[s](u)`"))
                }
            };
        }
        let takes = |count: usize| -> Typed<()> {
            let given = call.arguments.len();
            if given == count {
                return Ok(());
            }
            let plural = if count == 1 { "" } else { "s" };
            Err(Diagnostic::error(format!("`{function}` takes {count} argument{plural}, not {given}")).at(span, "here"))
        };
        let one = |op: Op| -> Typed<Term> {
            takes(1)?;
            make(op, self.terms(&call.arguments)?, span)
        };
        match function {
            "d" => one(Op::Differential),
            "sum" => one(Op::Total),
            "diag" => one(Op::Diag),
            "diagonal" => one(Op::Diagonal),
            "concat" => {
                takes(2)?;
                make(Op::Concat, self.terms(&call.arguments)?, span)
            }
            "slice" => {
                takes(3)?;
                let end = |argument: &Argument| match argument {
                    Argument::Term(size) => self.size(size),
                    Argument::Shape(shape) => Err(not_here("a shape", &shape.span)),
                };
                let (low, high) = (end(&call.arguments[1])?, end(&call.arguments[2])?);
                make(Op::Slice(low, high), self.terms(&call.arguments[..1])?, span)
            }
            "where" => {
                takes(3)?;
                let mut parts = self.terms(&call.arguments)?;
                let condition = parts.remove(0);
                let mut branches = stretched(parts);
                if branches.iter().all(|branch| branch.shape().is_number()) {
                    branches = branches.into_iter().map(|branch| branch.fill(condition.shape())).collect();
                }
                branches.insert(0, condition);
                make(Op::Where, branches, span)
            }
            "fill" | "reshape" => {
                takes(2)?;
                let term = self.terms(&call.arguments[..1])?.remove(0);
                let shape = match &call.arguments[1] {
                    Argument::Shape(shape) => self.shape(shape)?,
                    Argument::Term(size) => {
                        self.shape(&Spanned { node: vec![size.clone()], span: size.span.clone() })?
                    }
                };
                match function {
                    "fill" => make(Op::Fill(shape), vec![term], span),
                    _ => make(Op::Reshape(shape), vec![term], span),
                }
            }
            "count" => {
                takes(1)?;
                let index = match &call.arguments[0] {
                    Argument::Term(Spanned { node: Expression::Name(name), .. }) => self.letters.indices.get(name),
                    _ => None,
                };
                let index = index.ok_or_else(|| not_here("the count of anything but an index", span))?;
                self.indices.borrow_mut().insert(index.clone());
                make(Op::Integer(law::count(&law::index_letter(index))), Vec::new(), span)
            }
            "eye" => {
                takes(1)?;
                match &call.arguments[0] {
                    Argument::Term(size) => make(Op::Eye(self.size(size)?), Vec::new(), span),
                    Argument::Shape(shape) => Err(not_here("a shape", &shape.span)),
                }
            }
            _ => match self.operations.get(function) {
                Some((name, count)) => {
                    takes(*count)?;
                    make(Op::Apply(name.clone()), stretched(self.terms(&call.arguments)?), span)
                }
                None => {
                    let own =
                        ["sum", "diag", "diagonal", "concat", "slice", "where", "fill", "reshape", "eye", "count"];
                    let known = self.operations.keys().map(Name::as_str).chain(own);
                    let unknown = Diagnostic::error(format!("the book has no operation `{function}`"))
                        .at(&call.function.span, "unknown operation");
                    Err(match nearest(function, known) {
                        Some(near) => unknown.hint(format!("is `{near}` meant?")),
                        None => unknown.hint(format!("declare it with `operation {function}(u : S)`")),
                    })
                }
            },
        }
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

/// The name that is spelled most alike, if one is close. A single letter is close to nothing.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let close = |other: &&str| strsim::osa_distance(name, other) <= 2.min(name.chars().count() / 2);
    known.filter(close).min_by_key(|other| strsim::osa_distance(name, other))
}
