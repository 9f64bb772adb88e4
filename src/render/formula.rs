//! Term → Markup.

use super::markup::{Binding, Fence, Markup, Sign, Symbol, Under};
use super::notation::{Notation, operator};
use crate::math::expression::{Binder, Letter, LetterKind, Op, Reducer, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::{self, Rational};
use num_traits::Signed;

/// The `u` of `sum(u) / n`, where `n` is how many entries `u` has: their mean.
fn averaged(term: &Term) -> Option<&Term> {
    fn bare(term: &Term) -> &Term {
        if let Op::Fill(_) = term.op() { &term.args()[0] } else { term }
    }
    let [total, count] = [0, 1].map(|position| bare(&term.args()[position]));
    let (Op::Total, Op::Integer(count)) = (total.op(), count.op()) else { return None };
    let all = &total.args()[0];
    (all.shape().count() == *count && !all.shape().is_number()).then_some(all)
}

impl Notation<'_> {
    /// How a term looks. Fills are invisible: a number stretched over a payload looks like the number.
    pub fn formula(&self, term: &Term) -> Markup {
        let arg = |position: usize| self.formula(&term.args()[position]);
        let call = |word: &str| Markup::Call(Box::new(upright(word)), self.formulas(term.args()));
        match term.op() {
            Op::Number(value) => numeral(value),
            Op::Integer(integer) => self.integer(integer),
            Op::Read(read) => self.read(read),
            Op::Letter(letter) => self.letter(letter),
            Op::Fill(shape) if self.shows_fills() => {
                Markup::Call(Box::new(upright("stretch")), vec![arg(0), self.shape(shape)])
            }
            Op::Fill(_) => arg(0),
            Op::Add => self.sum(term),
            Op::Neg => negative(arg(0)),
            Op::Mul => self.product(term),
            Op::Div => match averaged(term) {
                Some(all) => Markup::Call(Box::new(upright("mean")), vec![self.formula(all)]),
                None => Markup::Quotient(Box::new(arg(0)), Box::new(arg(1))),
            },
            Op::Power => {
                match (arg(0), arg(1), natural(&term.args()[1]) && matches!(term.args()[0].op(), Op::Apply(_))) {
                    // tanh²(u), for a function of one argument.
                    (Markup::Call(head, args), exponent, true) if args.len() == 1 => {
                        Markup::Call(Box::new(Markup::Power(head, Box::new(exponent))), args)
                    }
                    (base, exponent, _) => Markup::Power(Box::new(base), Box::new(exponent)),
                }
            }
            Op::MatMul => {
                let factors = if self.shows_groups() { term.args().iter().collect() } else { chain(term, &Op::MatMul) };
                Markup::Product(factors.into_iter().map(|factor| (Sign::Matrix, self.operand(factor))).collect())
            }
            Op::Transpose => Markup::Transpose(Box::new(self.operand(&term.args()[0]))),
            Op::Apply(name) => self.call(name, self.formulas(term.args())),
            Op::Total => call("sum"),
            Op::Reduce(reducer, binder) => self.reduction(*reducer, binder, term.args()),
            Op::Where => self.choice(term),
            Op::Compare(relation) => {
                Markup::Relation(vec![arg(0), arg(1)], vec![relation_sign(*relation)], Binding::Compare)
            }
            Op::And => self.joined(term, &Op::And, Symbol::new("and", r"\text{ and }"), Binding::And),
            Op::Or => self.joined(term, &Op::Or, Symbol::new("or", r"\text{ or }"), Binding::Or),
            Op::Not => Markup::Not(Box::new(arg(0))),
            Op::Concat => {
                let parts = chain(term, &Op::Concat);
                Markup::Fence(Fence::Stack, parts.into_iter().map(|part| self.formula(part)).collect())
            }
            Op::Slice(low, high) => self.slice(&term.args()[0], low, high),
            Op::Reshape(shape) => Markup::Call(Box::new(upright("reshape")), vec![arg(0), self.shape(shape)]),
            // One number all along the diagonal.
            Op::Diag if self.shows_identity() && !self.shows_fills() && matches!(term.args()[0].op(), Op::Fill(_)) => {
                let numeral = term.args()[0].as_number().is_some_and(Rational::is_integer);
                let sign = if numeral { Sign::Beside } else { Sign::Dot };
                Markup::Product(vec![(sign, arg(0)), (sign, Markup::same("I"))])
            }
            Op::Diag => call("diag"),
            Op::Diagonal => call("diagonal"),
            Op::Eye(_) if self.shows_identity() => Markup::same("I"),
            Op::Eye(size) => Markup::Call(Box::new(upright("eye")), vec![self.integer(size)]),
            Op::Differential => Markup::Prefix(Symbol::new("d", r"\mathrm{d}"), Box::new(arg(0))),
            Op::Pair => Markup::Fence(Fence::Angle, self.formulas(term.args())),
        }
    }

    /// What stands in a product of matrices, where a number is no vector: a stretched one is shown times ones.
    fn operand(&self, term: &Term) -> Markup {
        let numeral = term.as_number().is_some_and(|value| *value == number::whole(1));
        let shown = self.formula(term);
        match !self.shows_fills() && !numeral && term.is_stretched() {
            true => Markup::Product(vec![(Sign::Dot, shown), (Sign::Dot, Markup::same("1"))]),
            false => shown,
        }
    }

    /// A letter of a law. One that stands for a differential shows its d.
    pub fn letter(&self, letter: &Letter) -> Markup {
        match (letter.kind, letter.name.as_str().strip_prefix('d')) {
            (LetterKind::Moving, Some(rest)) if !rest.is_empty() => {
                Markup::Prefix(Symbol::new("d", r"\mathrm{d}"), Box::new(self.name(&Name::new(rest))))
            }
            _ => self.name(&letter.name),
        }
    }

    /// A function of the book at its arguments.
    pub fn call(&self, name: &Name, args: Vec<Markup>) -> Markup {
        let mut function = self.function(name);
        // This command of LaTeX takes its argument in braces and draws a roof over it.
        if function.latex == r"\sqrt" {
            function = Symbol::new(format!("{}#1", function.text), r"\sqrt{#1}");
        }
        if function.text.contains("#1") || function.latex.contains("#1") {
            Markup::Template(function, args)
        } else {
            Markup::Call(Box::new(Markup::Symbol(function)), args)
        }
    }

    /// Entries of a reading are written as its subscript, `δy_{t,1..M}`; those of anything else `slice(u, 1..M)`.
    fn slice(&self, of: &Term, low: &Integer, high: &Integer) -> Markup {
        let range = Subscript::Range(low.clone(), high.clone());
        match of.op() {
            Op::Read(read) if read.places().is_some() => {
                let mut read = read.clone();
                read.subscripts.push(range);
                self.read(&read)
            }
            _ => Markup::Call(Box::new(upright("slice")), vec![self.formula(of), self.subscript(&range)]),
        }
    }

    fn formulas(&self, terms: &[Term]) -> Vec<Markup> {
        terms.iter().map(|term| self.formula(term)).collect()
    }

    fn joined(&self, term: &Term, op: &Op, sign: Symbol, binding: Binding) -> Markup {
        let parts: Vec<Markup> = chain(term, op).into_iter().map(|part| self.formula(part)).collect();
        let signs = vec![sign; parts.len() - 1];
        Markup::Relation(parts, signs, binding)
    }

    fn sum(&self, term: &Term) -> Markup {
        let mut parts: Vec<(bool, Markup)> = Vec::new();
        let summands = if self.shows_groups() { term.args().iter().collect() } else { term.summands() };
        for (position, summand) in summands.into_iter().enumerate() {
            match self.formula(summand) {
                // A sum that begins with a minus keeps it; elsewhere `+ (−v)` reads as `− v`.
                Markup::Sum(mut inner) if inner.len() == 1 && inner[0].0 => {
                    let (_, body) = inner.remove(0);
                    parts.push((true, body));
                }
                other => parts.push((false, other)),
            }
            debug_assert_eq!(parts.len(), position + 1);
        }
        Markup::Sum(parts)
    }

    fn product(&self, term: &Term) -> Markup {
        // Stretched numbers stand in front: entry by entry, the order does not matter.
        let number = |factor: &Term| match factor.op() {
            _ if self.shows_fills() || term.shape().is_number() => term.shape().is_number(),
            _ => factor.is_stretched(),
        };
        let mut factors: Vec<&Term> = if self.shows_groups() { term.args().iter().collect() } else { term.factors() };
        if !term.shape().is_number() && !self.shows_fills() {
            // So do the conditions that choose.
            let chooses = |factor: &Term| is_bracket(factor) && factor.args()[1].as_number().is_some();
            let chooses = |factor: &Term| self.shows_brackets() && chooses(factor);
            factors.sort_by_key(|factor| (factor.as_number().is_none(), !number(factor), !chooses(factor)));
        }
        let mut parts: Vec<(Sign, Markup)> = Vec::new();
        let mut minus = false;
        let mut before: Option<&Term> = None;
        for factor in factors {
            let mut shown = self.formula(factor);
            let sign = match before {
                None => Sign::Entrywise,
                Some(last)
                    if last.as_number().is_some_and(Rational::is_integer)
                        && parts.len() == 1
                        && !digit(&shown)
                        && !begins_with_number(factor) =>
                {
                    Sign::Beside
                }
                // Numbers come first, so that all to the left is a number if the last one is.
                Some(last) if number(last) => Sign::Dot,
                Some(_) => Sign::Entrywise,
            };
            // The minus of a numeral in front is the minus of the product.
            if before.is_none()
                && factor.as_number().is_some()
                && let Markup::Sum(inner) = &mut shown
                && inner.len() == 1
            {
                minus = true;
                shown = inner.remove(0).1;
            }
            parts.push((sign, shown));
            before = Some(factor);
        }
        let product = Markup::Product(parts);
        if minus { negative(product) } else { product }
    }

    /// `[p] ⊙ u` for `where(p, u, 0)`, `[p]` for `where(p, 1, 0)`; `[p]` is 1 where `p` holds and 0 elsewhere.
    fn choice(&self, term: &Term) -> Markup {
        let turned = self.shows_brackets().then(|| turned(term)).flatten();
        let term = turned.as_ref().unwrap_or(term);
        let [condition, yes, no] = term.args() else { return Markup::same("where") };
        let shown = self.formula(condition);
        if !self.shows_brackets() || !is_bracket(term) {
            return Markup::Cases(Box::new(shown), Box::new(self.formula(yes)), Box::new(self.formula(no)));
        }
        let bracket = Markup::Fence(Fence::Truth, vec![shown]);
        if yes.as_number().is_some_and(|value| *value == number::whole(1)) {
            return bracket;
        }
        let sign = if condition.shape().is_number() { Sign::Dot } else { Sign::Entrywise };
        let mut parts = vec![(Sign::Entrywise, bracket)];
        match self.formula(yes) {
            Markup::Product(more) if more.iter().all(|(sign, _)| *sign == Sign::Entrywise) => {
                let signs = std::iter::once(sign).chain(std::iter::repeat(Sign::Entrywise));
                parts.extend(signs.zip(more.into_iter().map(|(_, part)| part)));
            }
            other => parts.push((sign, other)),
        }
        Markup::Product(parts)
    }

    fn reduction(&self, reducer: Reducer, binder: &Binder, args: &[Term]) -> Markup {
        let under = self.under(binder, args.get(1));
        let sign = match reducer {
            Reducer::Sum => Symbol::new("Σ", r"\sum"),
            Reducer::Mean => Symbol::new("mean", operator("mean")),
            Reducer::Max => Symbol::new("max", r"\max"),
            Reducer::Min => Symbol::new("min", r"\min"),
            Reducer::LogSumExp => Symbol::new("logsumexp", operator("logsumexp")),
            Reducer::Softmax => Symbol::new("softmax", operator("softmax")),
            Reducer::ArgMax => Symbol::new("argmax", operator("argmax")),
            Reducer::ArgMin => Symbol::new("argmin", operator("argmin")),
        };
        Markup::Big(sign, under, Box::new(self.formula(&args[0])))
    }

    /// `Σ_t body`
    pub fn summation(&self, binder: &Binder, body: Markup) -> Markup {
        Markup::Big(Symbol::new("Σ", r"\sum"), self.under(binder, None), Box::new(body))
    }

    fn under(&self, binder: &Binder, condition: Option<&Term>) -> Under {
        let range =
            (!self.usual(binder)).then(|| (Box::new(self.integer(&binder.low)), Box::new(self.integer(&binder.high))));
        Under {
            index: Box::new(self.name(&binder.index)),
            range,
            condition: condition.map(|condition| Box::new(self.formula(condition))),
        }
    }
}

/// `−u`; the minus of a minus is shown as such.
pub fn negative(body: Markup) -> Markup {
    Markup::Sum(vec![(true, body)])
}

/// A number as it is written.
pub fn numeral(value: &Rational) -> Markup {
    let spelled = number::spell(&value.abs());
    let shown = match (spelled.split_once('/'), spelled.split_once('e')) {
        (Some((top, bottom)), _) => Markup::Quotient(Box::new(Markup::same(top)), Box::new(Markup::same(bottom))),
        (_, Some(("1", power))) => Markup::symbol(&spelled, format!("10^{{{power}}}")),
        (_, Some((mantissa, power))) => Markup::symbol(&spelled, format!(r"{mantissa}\cdot 10^{{{power}}}")),
        _ if spelled == "π" => Markup::symbol("π", r"\pi"),
        _ => Markup::same(spelled),
    };
    if value.is_negative() { negative(shown) } else { shown }
}

/// An upright word.
pub fn upright(word: &str) -> Markup {
    Markup::symbol(word, operator(word))
}

fn relation_sign(relation: Relation) -> Symbol {
    match relation {
        Relation::Equal => Symbol::same("="),
        Relation::NotEqual => Symbol::new("≠", r"\ne"),
        Relation::Less => Symbol::same("<"),
        Relation::LessEqual => Symbol::new("≤", r"\le"),
        Relation::Greater => Symbol::same(">"),
        Relation::GreaterEqual => Symbol::new("≥", r"\ge"),
    }
}

/// The operands of an associative operation, flat and in order.
fn chain<'a>(term: &'a Term, op: &Op) -> Vec<&'a Term> {
    let (mut found, mut open) = (Vec::new(), vec![term]);
    while let Some(part) = open.pop() {
        if part.op() == op {
            open.extend(part.args().iter().rev());
        } else {
            found.push(part);
        }
    }
    found
}

/// Whether it is `where(p, u, 0)`.
pub(super) fn is_bracket(term: &Term) -> bool {
    let none = |branch: &Term| branch.as_number().is_some_and(|value| *value == number::whole(0));
    *term.op() == Op::Where && none(&term.args()[2]) || turned(term).is_some()
}

/// `where(u < v, x, 0)` for `where(u ≥ v, 0, x)`: the opposite question, so that a bracket can say it.
fn turned(term: &Term) -> Option<Term> {
    let (Op::Where, [condition, no, yes]) = (term.op(), term.args()) else { return None };
    let none = |branch: &Term| branch.as_number().is_some_and(|value| *value == number::whole(0));
    let Op::Compare(relation) = condition.op() else { return None };
    let opposite = Term::new(Op::Compare(relation.opposite()), condition.args().to_vec()).ok()?;
    let turned = || Term::new(Op::Where, vec![opposite, yes.clone(), no.clone()]).ok();
    (none(no) && !none(yes)).then(turned).flatten()
}

/// Whether it is 2, 3, 4, …
fn natural(term: &Term) -> bool {
    term.as_number().is_some_and(|value| value.is_integer() && *value > number::whole(1))
}

/// Whether a formula begins with a digit, so that nothing may stand close before it.
pub(super) fn digit(markup: &Markup) -> bool {
    match markup {
        Markup::Symbol(symbol) => symbol.text.starts_with(|letter: char| letter.is_ascii_digit()),
        Markup::Quotient(first, _) | Markup::Power(first, _) => digit(first),
        Markup::Product(parts) => parts.first().is_some_and(|(_, first)| digit(first)),
        _ => false,
    }
}

/// Whether the first thing written is a numeral: `1ᵀ u`. Beside another numeral it would be read as one more factor.
fn begins_with_number(term: &Term) -> bool {
    let mut first = term;
    while let Some(arg) = first.args().first() {
        first = arg;
    }
    matches!(first.op(), Op::Number(value) if !number::is_pi(value))
}
