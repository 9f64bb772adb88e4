//! Written expressions to terms: names looked up, types checked, numbers stretched where they meet a payload.

use super::combine;
use super::world::World;
use crate::math::expression::{Binder, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::Role;
use crate::math::source::{Diagnostic, Span, Spanned};
use crate::math::syntax::{Expression, ProductOperator, Written};
use num_traits::One;
use std::collections::BTreeMap;

/// How many operations one equation may have once its definitions are expanded.
pub const MOST_NODES: usize = 5_000;
/// How many operations a network may have.
pub const MOST_NODES_IN_ALL: usize = 1_000_000;
/// How deep the parts of an expression may be nested, through brackets and definitions.
const DEEPEST: usize = 200;

/// A result, or what is wrong.
pub type Made<T> = Result<T, Diagnostic>;

/// What a name means inside a definition, or below a binder.
#[derive(Clone)]
pub enum Meaning {
    /// An index, or an index parameter: what stands for it.
    Index(Integer),
    /// A size that a parameter's shape names.
    Size(Integer),
    /// A parameter or local quantity, with the number of operations in it.
    Value(Term, usize),
    /// A local quantity over indices of its own.
    Array(Vec<Name>, Term, usize),
}

/// How payloads of quantities that nobody declared are found. While guessing, mistakes are not told, and an unknown
/// part takes the payload of what it is joined with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guess {
    /// From what is certain once unknown parts are left out.
    Careful,
    /// A matrix times something unknown is taken for a vector, too.
    Bold,
    /// Everything is known, and checked.
    Verify,
    /// After a failure: payloads that were guessed count as unknown again, to see what is wrong without them.
    Doubt,
}

/// The names of one definition at work. The outermost frame holds the indices of the equation.
#[derive(Default)]
pub struct Frame {
    /// What they mean.
    pub names: BTreeMap<Name, Meaning>,
    /// Parameters whose arguments are integers, which may stand in subscripts.
    pub integers: BTreeMap<Name, Integer>,
}

/// A reading, with the ranges of all indices in scope, for the check that it stays in range.
pub struct Site {
    /// What is read.
    pub read: Read,
    /// Where.
    pub span: Span,
    /// Indices in scope with their ranges.
    pub ranges: Vec<Binder>,
}

/// Turns one right side into a term.
pub struct Elaborator<'w, 'a> {
    /// The table.
    pub world: &'w World<'a>,
    /// Whether payloads of quantities may still be unknown.
    pub guess: Guess,
    /// The definitions being expanded, innermost last.
    pub frames: Vec<Frame>,
    /// All indices in scope with their ranges.
    pub ranges: Vec<Binder>,
    /// Everything that was read.
    pub sites: Vec<Site>,
    /// Definitions being expanded, with the places of their calls.
    pub calls: Vec<(Name, Span)>,
    /// Operations so far.
    pub nodes: usize,
    /// The quantity on the left, after which parts are named.
    pub target: Option<Name>,
    depth: usize,
}

impl<'w, 'a> Elaborator<'w, 'a> {
    /// For an equation that holds for these ranges.
    pub fn new(world: &'w World<'a>, ranges: &[Binder], guess: Guess) -> Self {
        let names = ranges
            .iter()
            .map(|range| (range.index.clone(), Meaning::Index(Integer::name(range.index.clone()))))
            .collect();
        Elaborator {
            world,
            guess,
            frames: vec![Frame { names, ..Frame::default() }],
            ranges: ranges.to_vec(),
            sites: Vec::new(),
            calls: Vec::new(),
            nodes: 0,
            target: None,
            depth: 0,
        }
    }

    /// Any expression.
    pub fn term(&mut self, written: &Written) -> Made<Term> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Diagnostic::error("this expression is nested too deep")
                .at(&written.span, format!("more than {DEEPEST} levels"))
                .hint("give an inner part a name in an equation of its own"));
        }
        self.count(1, &written.span)?;
        let result = self.form(written);
        self.depth -= 1;
        result
    }

    /// Adds to the number of operations, which is bounded.
    pub fn count(&mut self, nodes: usize, span: &Span) -> Made<()> {
        self.nodes = self.nodes.saturating_add(nodes);
        let all = self.world.nodes.get().saturating_add(self.nodes);
        if self.nodes <= MOST_NODES && all <= MOST_NODES_IN_ALL {
            return Ok(());
        }
        let error = if self.nodes > MOST_NODES {
            Diagnostic::error(format!("this equation has more than {MOST_NODES} operations"))
        } else {
            Diagnostic::error(format!("this network has more than {MOST_NODES_IN_ALL} operations"))
        };
        Err(match self.calls.first() {
            Some((name, place)) => error
                .at(place, format!("`{name}` grows to more than that"))
                .hint("each call writes the whole definition out again; give parts a name in equations of their own"),
            None => error.at(span, "too many").hint("give parts a name in equations of their own"),
        })
    }

    /// A warning where a parameter that is a number is added to a payload: most likely its shape was forgotten.
    fn note_number(&self, operands: &[(bool, Term, Span)]) {
        let payload = operands.iter().find(|(_, term, _)| !combine::is_unknown(term) && !term.shape().is_number());
        let Some((_, payload, _)) = payload.filter(|_| self.guess == Guess::Verify) else { return };
        for (_, term, place) in operands {
            let Some(read) = term.as_read().filter(|read| read.shape.is_number() && read.subscripts.is_empty()) else {
                continue;
            };
            let entry = self.world.quantities.get(&read.quantity).filter(|entry| entry.role == Role::Param);
            let (Some(entry), Some(size)) = (entry, payload.shape().axes().first()) else { continue };
            let name = &read.quantity;
            self.world.warnings.borrow_mut().push(
                Diagnostic::warning(format!("`{name}` is a number, and is added to every entry"))
                    .at(place, format!("added to {}", payload.shape()))
                    .at(&entry.span, "declared without a shape")
                    .hint(format!("for one number for each entry declare `{name} : {size}`")),
            );
        }
    }

    /// A warning where a matrix is raised to the power of an index `t`: most likely its transpose was meant.
    fn note_power(&self, base: &Term, exponent: &Written) {
        let is_letter = matches!(&exponent.node, Expression::Name(name) if name.as_str() == "t");
        if is_letter && self.guess == Guess::Verify && !combine::is_unknown(base) && base.shape().axes().len() == 2 {
            self.world.warnings.borrow_mut().push(
                Diagnostic::warning("each entry of a matrix is raised to the power of the index `t`")
                    .at(&exponent.span, "a number, and not the sign of a transpose")
                    .hint("the transpose is written `^T`, with a capital letter"),
            );
        }
    }

    fn form(&mut self, written: &Written) -> Made<Term> {
        let span = &written.span;
        match &written.node {
            Expression::Number(value) => Ok(Term::number(value.clone())),
            Expression::Name(name) => self.name(name, span),
            Expression::Read(name, subscripts) => self.reading(name, subscripts, span),
            Expression::Call(call) => self.call(call, span),
            Expression::Negate(inside) => {
                let inside = self.term(inside)?;
                combine::negated(inside, span)
            }
            Expression::Sum(parts) => {
                let mut operands = Vec::with_capacity(parts.len());
                for (subtracted, part) in parts {
                    let term = self.term(part)?;
                    operands.push((*subtracted, term, part.span.clone()));
                }
                // A literal 0, as for the epsilon of a norm, adds nothing.
                let zero = |term: &Term| matches!(term.op(), Op::Number(value) if crate::math::number::is_zero(value));
                if operands.iter().any(|(_, term, _)| !zero(term)) {
                    operands.retain(|(_, term, _)| !zero(term));
                }
                self.note_number(&operands);
                combine::sum(operands, span)
            }
            Expression::Product(parts) => self.product(parts, written),
            Expression::Power(base, exponent) => {
                let (base_term, power) = (self.term(base)?, self.term(exponent)?);
                if !is_constant(&power) {
                    return Err(Diagnostic::error("an exponent must be a number without gradient")
                        .at(&exponent.span, "depends on an input or a parameter")
                        .hint("write `exp(v * log(u))` for `u` to the power of `v`"));
                }
                self.note_power(&base_term, exponent);
                combine::power(base_term, &base.span, power, &exponent.span, span)
            }
            Expression::Transpose(inside) => {
                let term = self.term(inside)?;
                combine::transposed(term, span)
            }
            Expression::Chain(operands, relations) => self.chain(operands, relations, span),
            Expression::And(parts) => self.conditions(parts, Op::And, span),
            Expression::Or(parts) => self.conditions(parts, Op::Or, span),
            Expression::Not(inside) => {
                let term = self.term(inside)?;
                combine::make(Op::Not, vec![term], span)
            }
            Expression::List(_) => Err(Diagnostic::error("a list of numbers is the value of a constant")
                .at(span, "cannot stand here")
                .hint("declare it, as in `const w = [1, 0.01]`, and use its name")),
            Expression::Derivative { of, by } => self.derivative(of.as_deref(), by, span),
            Expression::Differential(_) | Expression::Pair(..) => {
                Err(Diagnostic::error("this belongs to the book of laws").at(span, "not part of a network"))
            }
        }
    }

    fn product(&mut self, parts: &[(ProductOperator, Written)], written: &Written) -> Made<Term> {
        let integral =
            parts[1..].iter().any(|(op, _)| matches!(op, ProductOperator::FloorDivide | ProductOperator::Remainder));
        if integral {
            return Ok(combine::integer(self.integer(written)?));
        }
        let mut operands = Vec::with_capacity(parts.len());
        for (operator, part) in parts {
            operands.push((*operator, self.term(part)?, part));
        }
        drop_ones(&mut operands);
        if let [(_, term, _)] = operands.as_slice() {
            return Ok(term.clone());
        }
        if operands[1].0 == ProductOperator::MatMul {
            let operands = operands.into_iter().map(|(_, term, part)| (term, part.span.clone())).collect();
            combine::matrix_product(operands, self.guess == Guess::Bold, &written.span)
        } else {
            combine::product(operands, &written.span)
        }
    }

    fn chain(&mut self, operands: &[Written], relations: &[Relation], span: &Span) -> Made<Term> {
        let mut terms = Vec::with_capacity(operands.len());
        for operand in operands {
            terms.push((self.term(operand)?, operand.span.clone()));
        }
        let mut links = Vec::with_capacity(relations.len());
        for (pair, relation) in terms.windows(2).zip(relations) {
            links.push(combine::entrywise(Op::Compare(*relation), pair.to_vec(), "compared", span)?);
        }
        combine::balanced(Op::And, links, span)
    }

    fn conditions(&mut self, parts: &[Written], op: Op, span: &Span) -> Made<Term> {
        let mut terms = Vec::with_capacity(parts.len());
        for part in parts {
            terms.push(self.term(part)?);
        }
        combine::balanced(op, terms, span)
    }

    /// A derivative belongs to claims; but `dx/dt` is a quotient where both names are quantities.
    fn derivative(&mut self, of: Option<&Written>, by: &Written, span: &Span) -> Made<Term> {
        let with_d = |written: &Written| {
            let start = written.span.start.checked_sub(1)?;
            let span = Span { start, ..written.span.clone() };
            let longer = |name: &Name| Name::new(format!("d{name}"));
            let node = match &written.node {
                Expression::Name(name) => Expression::Name(longer(name)),
                Expression::Read(name, subscripts) => {
                    let name = Spanned { node: longer(&name.node), span: name.span.clone() };
                    Expression::Read(name, subscripts.clone())
                }
                _ => return None,
            };
            let (Expression::Name(name) | Expression::Read(Spanned { node: name, .. }, _)) = &node else { return None };
            let known = self.meaning(name).is_some() || self.world.places.contains_key(name);
            known.then_some(Spanned { node, span })
        };
        if let Some((top, bottom)) = of.and_then(with_d).zip(with_d(by)) {
            let parts = [(ProductOperator::Times, top), (ProductOperator::Divide, bottom)];
            let whole = Spanned { node: Expression::Product(parts.to_vec()), span: span.clone() };
            return self.product(&parts, &whole);
        }
        Err(Diagnostic::error("a derivative cannot stand in an equation")
            .at(span, "derivatives belong to claims")
            .hint(
                "the equations of a network say how values are computed; `claim name: dL/dW = …` speaks of gradients",
            ))
    }
}

/// Whether no gradient flows through a term.
pub fn is_constant(term: &Term) -> bool {
    term.reads().iter().all(|read| read.constant)
}

/// Takes out factors of 1 that a function was given, as a norm its gain: they multiply nothing. What is written in the equation
/// itself stays.
fn drop_ones(operands: &mut Vec<(ProductOperator, Term, &Written)>) {
    let is_one = |term: &Term, part: &Written| {
        matches!(term.op(), Op::Number(value) if value.is_one()) && !matches!(part.node, Expression::Number(_))
    };
    let mut position = 0;
    while operands.len() > 1 && position < operands.len() {
        let (_, term, part) = &operands[position];
        // The operator in front of a factor is its own; behind the first one stands that of the second.
        if operands[position.max(1)].0 == ProductOperator::Times && is_one(term, part) {
            operands.remove(position);
        } else {
            position += 1;
        }
    }
}
