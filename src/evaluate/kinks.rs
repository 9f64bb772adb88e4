//! Kinks and ties: places where given data sit on a corner of a function, so that its slope is a convention.

use super::bind::bind;
use super::data::Data;
use super::layout::Key;
use super::program::Program;
use crate::math::expression::{Binder, Mark, Op, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use crate::math::number::whole;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Outcome, Span};

/// What stands for a value that does not compete; no larger one is met in data.
const OUT_OF_THE_RACE: i64 = -i64::MAX;

/// A place where a function has a corner.
struct Corner {
    /// The quantity that stands for what is 0 there, or for the entries whose largest counts.
    probe: Name,
    /// What to say.
    of: String,
    /// The convention.
    convention: &'static str,
    /// Along which axis entries compete, where it is a tie of a reduction.
    ties: Option<usize>,
    span: Span,
}

/// What a reader should know of data that sit on kinks: one warning for each function of the network that has entries
/// there. Data that do not fit are told elsewhere, so nothing is said of them.
pub fn kinks(network: &Network, data: &Data) -> Outcome<Vec<Diagnostic>> {
    let mut probing = Probing { network: network.clone(), corners: Vec::new() };
    for equation in &network.equations {
        probing.enter(equation, &equation.body, &mut equation.ranges.clone());
    }
    if probing.corners.is_empty() {
        return Ok(Vec::new());
    }
    let bound = bind(network, data)?;
    let program = Program::forward(&probing.network, &bound.sizes).map_err(|fault| vec![fault])?;
    let values = program.run(&bound.given).map_err(|fault| vec![fault])?;
    let mut warnings = Vec::new();
    for corner in &probing.corners {
        let Some(slot) = program.keys.get(&Key::Quantity(corner.probe.clone(), Mark::Value)) else { continue };
        let entries = &values.stored()[*slot].data;
        let count = match corner.ties {
            None => entries.iter().filter(|entry| **entry == 0.0).count(),
            Some(axis) => {
                let dims = program.dims(&corner.probe, Mark::Value).unwrap_or_default();
                let (length, inner) =
                    (dims.get(axis).copied().unwrap_or(1), dims.iter().skip(axis + 1).product::<usize>());
                let rows = entries.chunks((length * inner).max(1));
                rows.map(|row| (0..inner).filter(|at| tied(row.iter().skip(*at).step_by(inner.max(1)))).count()).sum()
            }
        };
        if count > 0 {
            let places = if count == 1 { "1 place".to_string() } else { format!("{count} places") };
            let warning = Diagnostic::warning(format!("the data sit on {} at {places}", corner.of));
            warnings.push(warning.at(&corner.span, "in this equation").hint(corner.convention));
        }
    }
    Ok(warnings)
}

/// Whether the largest entry is there more than once.
fn tied<'a>(row: impl Iterator<Item = &'a f64> + Clone) -> bool {
    let largest = row.clone().copied().fold(f64::NEG_INFINITY, f64::max);
    largest > OUT_OF_THE_RACE as f64 && row.filter(|entry| **entry == largest).count() > 1
}

struct Probing {
    network: Network,
    corners: Vec<Corner>,
}

impl Probing {
    /// Looks for corners in a term, where the indices in `scope` run.
    fn enter(&mut self, equation: &Equation, term: &Term, scope: &mut Vec<Binder>) {
        let args = term.args();
        match term.op() {
            Op::Apply(name) => match (name.as_str(), args) {
                ("relu" | "abs" | "sign", [arg]) => self.probe(
                    equation,
                    arg.clone(),
                    scope,
                    format!("the kink of {name}"),
                    "relu′(0) = |·|′(0) = sign(0) = 0",
                ),
                ("sqrt", [arg]) => {
                    let convention = "the slope of a root is infinite at 0; a small number under it makes it finite";
                    self.probe(equation, arg.clone(), scope, "the end of sqrt, at 0".into(), convention);
                }
                ("max" | "min", [first, second]) => {
                    if let Ok(apart) = first.clone().plus(second.clone().negated()) {
                        let of = format!("a tie of {name}");
                        self.probe(equation, apart, scope, of, "of equal arguments of max or min the first one counts");
                    }
                }
                _ => {}
            },
            Op::Power if args[1].as_number().is_none_or(|exponent| *exponent < whole(1)) => {
                let convention = "below an exponent of 1 the slope of a power is infinite at 0";
                self.probe(equation, args[0].clone(), scope, "the end of a power, at 0".into(), convention);
            }
            Op::Where => {
                let mut sides = Vec::new();
                args[0].walk(&mut |part| {
                    if let (Op::Compare(_), [left, right]) = (part.op(), part.args()) {
                        sides.extend(left.clone().plus(right.clone().negated()).ok());
                    }
                });
                for apart in sides {
                    let convention =
                        "where the two sides are equal the comparison decides, and its branch has the slope";
                    self.probe(equation, apart, scope, "the edge of a choice".into(), convention);
                }
            }
            Op::Reduce(reducer @ (Reducer::Max | Reducer::Min), binder) => {
                let word = if *reducer == Reducer::Max { "max" } else { "min" };
                let entry = if *reducer == Reducer::Max { args[0].clone() } else { args[0].clone().negated() };
                let racing = match args.get(1) {
                    None => Ok(entry),
                    Some(condition) => {
                        let out = Term::filled(OUT_OF_THE_RACE, entry.shape());
                        Term::new(Op::Where, vec![condition.clone(), entry, out])
                    }
                };
                if let Ok(racing) = racing {
                    scope.push(binder.clone());
                    let (of, before) = (format!("a tie of {word}"), self.corners.len());
                    self.probe(equation, racing, scope, of, "of equal values of max or min the first one counts");
                    let axis = scope.len() - 1;
                    scope.pop();
                    self.corners[before..].iter_mut().for_each(|corner| corner.ties = Some(axis));
                }
            }
            _ => {}
        }
        let depth = scope.len();
        if let Op::Reduce(_, binder) = term.op() {
            scope.push(binder.clone());
        }
        args.iter().for_each(|arg| self.enter(equation, arg, scope));
        scope.truncate(depth);
    }

    /// A quantity for the term, if gradients flow through it.
    fn probe(&mut self, equation: &Equation, term: Term, scope: &[Binder], of: String, convention: &'static str) {
        let moves = term.reads().iter().any(|read| !read.constant);
        let distinct = (1..scope.len()).all(|at| scope[..at].iter().all(|other| other.index != scope[at].index));
        if !moves || !distinct || !matches!(term.shape(), Shape::Axes(_)) {
            return;
        }
        let name = Name::from(format!("kink′{}", self.corners.len()));
        let at: Vec<Integer> = scope.iter().map(|binder| Integer::name(binder.index.clone())).collect();
        let quantity = Quantity {
            name: name.clone(),
            role: Role::Named,
            axes: scope.to_vec(),
            shape: term.shape().clone(),
            shown: None,
            draw: None,
            span: equation.span.clone(),
        };
        self.network.quantities.insert(name.clone(), quantity);
        self.network.equations.push(Equation {
            target: name.clone(),
            at,
            ranges: scope.to_vec(),
            body: term,
            span: equation.span.clone(),
        });
        self.corners.push(Corner { probe: name, of, convention, ties: None, span: equation.span.clone() });
    }
}
