//! `~ normal(0, 1/sqrt(D))`: how sweeps draw quantities, checked, with schemes and defaults written out.

use super::combine;
use super::elaborate::{Elaborator, Guess};
use super::fans::{self, Fans, Use};
use super::network::Resolved;
use super::reach::Starts;
use super::world::{Entry, World};
use crate::math::draw::{Distribution, Draw};
use crate::math::expression::{Binder, Op, Term};
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::network::Role;
use crate::math::number::{self, Rational};
use crate::math::shape::{Shape, Sort};
use crate::math::source::{Diagnostic, Outcome, Span};
use crate::math::syntax::{Argument, Expression, Written};
use num_traits::Signed;
use std::collections::BTreeMap;

type Drawn<T> = Result<T, Diagnostic>;

/// The distributions, with what stands in their brackets.
const DISTRIBUTIONS: [(&str, &[&str]); 5] = [
    ("normal", &["mean", "std"]),
    ("uniform", &["a", "b"]),
    ("orthogonal", &["gain"]),
    ("identity", &["gain"]),
    ("constant", &["c"]),
];

/// Schemes by name: the variance is gain² · top / (a of the fans), normal or uniform, with a gain of 1 when none is given.
const SCHEMES: [(&str, i64, Fan, bool); 10] = [
    ("xavier", 2, Fan::Both, false),
    ("xavier_uniform", 2, Fan::Both, true),
    ("glorot", 2, Fan::Both, false),
    ("glorot_uniform", 2, Fan::Both, true),
    ("he", 2, Fan::In, false),
    ("he_uniform", 2, Fan::In, true),
    ("kaiming", 2, Fan::In, false),
    ("kaiming_uniform", 2, Fan::In, true),
    ("lecun", 1, Fan::In, false),
    ("lecun_uniform", 1, Fan::In, true),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fan {
    In,
    Both,
}

/// How each input, parameter, initial value and given array is drawn, by the name of the quantity whose declaration says so: an
/// initial value stands under its state.
///
/// Where nothing is written, inputs, initial values and given data are normal(0, 1); the initial value of a state that stays at 0 or
/// above under a root is uniform(0, 1). A parameter that is contracted (in a matrix
/// product, or under a sum) is normal with variance 1/fan-in; one that multiplies entry by entry is 1; one that is added is 0.
pub fn resolve(world: &World<'_>, equations: &[Resolved], starts: &Starts) -> Outcome<BTreeMap<Name, Draw>> {
    let (mut found, mut errors) = (BTreeMap::new(), Vec::new());
    let rooted = super::roots::states(world, equations, starts);
    for (name, entry) in &world.quantities {
        let shape = entry.shape.clone().unwrap_or_else(Shape::number);
        let mut axes = entry.axes.clone();
        if let Some((axis, ..)) = starts.get(name) {
            axes.remove(*axis);
        }
        let drawn = match (&entry.draw, &entry.role) {
            (Some(written), Role::Const(_)) => Err(Diagnostic::error(format!("`{name}` has a value and is not drawn"))
                .at(&written.span, "a distribution cannot stand here")
                .hint("numbers that are drawn are declared with `param` or `input`")),
            (Some(written), Role::Computed) if !starts.contains_key(name) => {
                Err(Diagnostic::error(format!("`{name}` is computed and not drawn"))
                    .at(&written.span, "a distribution cannot stand here")
                    .hint("`~` after a state draws its initial value, and this one has none"))
            }
            (Some(written), role) => Target { world, name, shape: &shape, axes: &axes, role }.draw(written, equations),
            (None, Role::Const(_) | Role::Named) => continue,
            (None, Role::Computed) if !starts.contains_key(name) => continue,
            (None, Role::Param) => Ok(default(name, (&axes, &shape), equations)),
            (None, Role::Computed) if rooted.contains(name) => Ok(positive()),
            (None, _) => Ok(normal(None)),
        };
        match drawn {
            Ok(draw) => {
                found.insert(name.clone(), draw);
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// The draw of an entry's quantity or of its initial value.
pub fn of(draws: &BTreeMap<Name, Draw>, name: &Name, entry: &Entry, initial: bool) -> Option<Draw> {
    (initial || !entry.role.is_computed()).then(|| draws.get(name).cloned()).flatten()
}

fn normal(fan: Option<&Integer>) -> Draw {
    let (deviation, text) = match fan {
        Some(fan) => (root_of_share(1, fan), format!("normal(0, 1/sqrt({fan}))")),
        None => (whole(1), "normal(0, 1)".to_string()),
    };
    Draw { distribution: Distribution::Normal { mean: whole(0), deviation }, text, span: None }
}

fn positive() -> Draw {
    let distribution = Distribution::Uniform { low: whole(0), high: whole(1) };
    Draw { distribution, text: "uniform(0, 1)".to_string(), span: None }
}

fn default(name: &Name, axes: (&[Binder], &Shape), equations: &[Resolved]) -> Draw {
    let uses = fans::uses(name, axes, equations);
    if axes.1.axes().len() >= 2 || uses.contains(&Use::Contracted) {
        return normal(Some(&fans::fans(name, axes, equations).inward));
    }
    let value = i64::from(uses.contains(&Use::Factor));
    let distribution = Distribution::Constant { value: whole(value) };
    Draw { distribution, text: format!("constant({value})"), span: None }
}

fn whole(n: i64) -> Term {
    Term::number(number::whole(n))
}

/// `sqrt(top / fan)`.
fn root_of_share(top: i64, fan: &Integer) -> Term {
    let share = apply(Op::Div, vec![whole(top), combine::integer(fan.clone())]);
    apply(Op::Apply(Name::new("sqrt")), vec![share])
}

/// For arguments that are numbers.
fn apply(op: Op, args: Vec<Term>) -> Term {
    Term::new(op, args).unwrap_or_else(|_| combine::unknown())
}

/// What is drawn.
struct Target<'t> {
    world: &'t World<'t>,
    name: &'t Name,
    shape: &'t Shape,
    axes: &'t [Binder],
    role: &'t Role,
}

impl Target<'_> {
    fn draw(&self, written: &Written, equations: &[Resolved]) -> Drawn<Draw> {
        let span = &written.span;
        let (function, arguments) = match &written.node {
            Expression::Name(name) => (name.as_str(), [].as_slice()),
            Expression::Call(call) if call.binders.is_empty() && call.condition.is_none() => {
                (call.function.node.as_str(), call.arguments.as_slice())
            }
            _ => {
                return Err(Diagnostic::error("a distribution stands after `~`")
                    .at(span, "not of the form `normal(0, 1)`")
                    .hint(format!("there are {}", all())));
            }
        };
        let mut numbers = Vec::new();
        for argument in arguments {
            match argument {
                Argument::Term(argument) => numbers.push((self.number(argument)?, argument.span.clone())),
                Argument::Shape(shape) => {
                    return Err(Diagnostic::error("an argument of a distribution is a number")
                        .at(&shape.span, "this is a shape"));
                }
            }
        }
        let distribution = if let Some((_, names)) = DISTRIBUTIONS.iter().find(|(name, _)| *name == function) {
            let least = if *names == ["gain"] { 0 } else { names.len() };
            expect(function, names, least, numbers.len(), span)?;
            self.distribution(function, numbers, span)?
        } else if let Some((_, top, fan, uniform)) = SCHEMES.iter().find(|(name, ..)| *name == function) {
            expect(function, &["gain"], 0, numbers.len(), span)?;
            let gain = gain(numbers.pop())?;
            self.matrix(function, span)?;
            let Fans { inward, outward } = fans::fans(self.name, (self.axes, self.shape), equations);
            let (top, fan) = match fan {
                Fan::In => (*top, inward),
                Fan::Both => (*top, inward.plus(&outward)),
            };
            if *uniform {
                // A uniform number between ±a has the variance a²/3.
                let high = apply(Op::Mul, vec![gain, root_of_share(3 * top, &fan)]);
                Distribution::Uniform { low: high.clone().negated(), high }
            } else {
                Distribution::Normal { mean: whole(0), deviation: apply(Op::Mul, vec![gain, root_of_share(top, &fan)]) }
            }
        } else {
            let error = Diagnostic::error(format!("unknown distribution `{function}`")).at(span, "not a distribution");
            return Err(match nearest(function, names()) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("there are {}", all())),
            });
        };
        Ok(Draw { distribution, text: span.text().to_string(), span: Some(span.clone()) })
    }

    fn distribution(&self, function: &str, mut numbers: Vec<(Term, Span)>, span: &Span) -> Drawn<Distribution> {
        let last = numbers.pop();
        Ok(match (function, numbers.pop(), last) {
            ("normal", Some((mean, _)), Some((deviation, place))) => {
                if self.sign(&deviation) == Some(Sign::Negative) {
                    return Err(Diagnostic::error("a standard deviation is 0 or more")
                        .at(&place, "negative")
                        .hint("the arguments are the mean and the standard deviation, in this order"));
                }
                Distribution::Normal { mean, deviation }
            }
            ("uniform", Some((low, _)), Some((high, place))) => {
                let width = apply(Op::Add, vec![high.clone(), low.clone().negated()]);
                if self.sign(&width) == Some(Sign::Negative) {
                    return Err(Diagnostic::error("the ends of a uniform distribution stand in the wrong order")
                        .at(&place, "less than the first")
                        .hint("the smaller end stands first, as in `uniform(-1, 1)`"));
                }
                Distribution::Uniform { low, high }
            }
            ("constant", _, Some((value, _))) => Distribution::Constant { value },
            (_, _, last) => {
                let gain = gain(last)?;
                self.matrix(function, span)?;
                match function {
                    "identity" if self.shape.axes().len() != 2 => {
                        return Err(Diagnostic::error(format!("`{}` is {}", self.name, self.shape))
                            .at(span, "only a matrix can be an identity"));
                    }
                    "identity" => Distribution::Identity { gain },
                    _ => Distribution::Orthogonal { gain },
                }
            }
        })
    }

    /// An argument: a number made of sizes, indices of the quantity, and constants of the file.
    fn number(&self, written: &Written) -> Drawn<Term> {
        let mut elaborator = Elaborator::new(self.world, self.axes, Guess::Verify);
        let term = elaborator.term(written)?;
        if !term.shape().is_number() || term.ty().sort == Sort::Condition {
            let found = match term.ty().sort {
                Sort::Condition => "a condition".to_string(),
                _ => term.shape().to_string(),
            };
            return Err(Diagnostic::error("an argument of a distribution is a number")
                .at(&written.span, format!("this is {found}")));
        }
        for site in &elaborator.sites {
            let known = self.world.quantities.get(&site.read.quantity).map(|entry| &entry.role);
            if !matches!(known, Some(Role::Const(_))) {
                let name = &site.read.quantity;
                return Err(Diagnostic::error(format!("`{name}` has no value when `{}` is drawn", self.name))
                    .at(&site.span, "not a constant of the file")
                    .hint("distributions are made of numbers, sizes, indices and constants: `const sigma = 1`"));
            }
        }
        Ok(term)
    }

    /// What has rows and columns, or more axes.
    fn matrix(&self, function: &str, span: &Span) -> Drawn<()> {
        if self.shape.axes().len() >= 2 {
            return Ok(());
        }
        let what = if *self.role == Role::Computed { "the initial value of " } else { "" };
        Err(Diagnostic::error(format!("{what}`{}` is {}", self.name, self.shape))
            .at(span, format!("`{function}` needs a matrix"))
            .hint("draw its entries: `normal(0, 1)`, `uniform(-1, 1)`, `constant(0)`"))
    }

    fn sign(&self, term: &Term) -> Option<Sign> {
        if let Some(value) = self.value(term) {
            return Some(match () {
                () if value.is_negative() => Sign::Negative,
                () if value.is_positive() => Sign::Positive,
                () => Sign::Zero,
            });
        }
        let args = term.args();
        match term.op() {
            // Sizes are 1 or more.
            Op::Integer(integer) => {
                let size = integer.as_name().is_some_and(|name| self.world.sizes.contains_key(name));
                size.then_some(Sign::Positive)
            }
            Op::Neg => Some(self.sign(&args[0])?.turned()),
            Op::Mul | Op::Div => match (self.sign(&args[0])?, self.sign(&args[1])?) {
                (Sign::Negative, other) => Some(other.turned()),
                (Sign::Positive, other) => Some(other),
                (Sign::Zero, _) => Some(Sign::Zero),
            },
            Op::Add => Some(self.sign(&args[0])?).filter(|sign| self.sign(&args[1]) == Some(*sign)),
            // The root of what is no number is told when it is drawn.
            Op::Apply(name) if ["sqrt", "exp"].contains(&name.as_str()) => Some(Sign::Positive),
            _ => None,
        }
    }

    /// The number that a term is for all sizes.
    fn value(&self, term: &Term) -> Option<Rational> {
        let args = term.args();
        Some(match term.op() {
            Op::Number(value) => value.clone(),
            Op::Read(read) => match &self.world.quantities.get(&read.quantity)?.role {
                Role::Const(numbers) if numbers.len() == 1 => numbers[0].clone(),
                _ => return None,
            },
            Op::Neg => -self.value(&args[0])?,
            Op::Add => self.value(&args[0])? + self.value(&args[1])?,
            Op::Mul => self.value(&args[0])? * self.value(&args[1])?,
            Op::Div => {
                let below = self.value(&args[1])?;
                if number::is_zero(&below) {
                    return None;
                }
                self.value(&args[0])? / below
            }
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Negative,
    Zero,
    Positive,
}

impl Sign {
    fn turned(self) -> Sign {
        match self {
            Sign::Negative => Sign::Positive,
            Sign::Zero => Sign::Zero,
            Sign::Positive => Sign::Negative,
        }
    }
}

/// The gain given, or 1.
fn gain(given: Option<(Term, Span)>) -> Drawn<Term> {
    Ok(given.map_or_else(|| whole(1), |(term, _)| term))
}

fn expect(function: &str, names: &[&str], least: usize, found: usize, span: &Span) -> Drawn<()> {
    if (least..=names.len()).contains(&found) {
        return Ok(());
    }
    let call = format!("{function}({})", names.join(", "));
    let wanted = match (least, names.len()) {
        (0, 1) => "one argument or none".to_string(),
        (_, 1) => "one argument".to_string(),
        (_, count) => format!("{count} arguments"),
    };
    Err(Diagnostic::error(format!("`{function}` takes {wanted}, not {found}"))
        .at(span, "drawn like this")
        .hint(format!("as in `{call}`")))
}

fn names() -> impl Iterator<Item = &'static str> {
    DISTRIBUTIONS.iter().map(|(name, _)| *name).chain(SCHEMES.iter().map(|(name, ..)| *name))
}

fn all() -> String {
    names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
