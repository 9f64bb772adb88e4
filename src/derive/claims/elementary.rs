//! Functions written by others, before the normal form is taken: by choices between cases, and by exponentials. Each rewriting
//! is a law of the book, whose name is noted.

use crate::math::expression::{Op, Reducer, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// How far functions are written by others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Not at all.
    Plain,
    /// relu, abs, sign, max and min by choices; where a maximum is attained by its value.
    Choices,
    /// Also sigmoid, tanh, softplus, softmax and log-sum-exp by exponentials.
    Exponentials,
}

/// The term with functions written by others, and the laws that say so.
pub fn written(term: &Term, level: Level, laws: &mut BTreeSet<&'static str>) -> Option<Term> {
    let args = term.args().iter().map(|arg| written(arg, level, laws)).collect::<Option<Vec<_>>>()?;
    let rebuilt = whole_numbers(&Term::new(term.op().clone(), args).ok()?)?;
    if level == Level::Plain {
        return Some(rebuilt);
    }
    match choice(&rebuilt, laws) {
        Some(other) => Some(other),
        None if level == Level::Exponentials => Some(exponential(&rebuilt, laws).unwrap_or(rebuilt)),
        None => Some(rebuilt),
    }
}

fn number(n: i64, like: &Term) -> Term {
    Term::filled(n, like.shape())
}

fn apply(name: &str, arg: Term) -> Option<Term> {
    Term::new(Op::Apply(Name::new(name)), vec![arg]).ok()
}

fn two(op: Op, left: Term, right: Term) -> Option<Term> {
    Term::new(op, vec![left, right]).ok()
}

fn choose(left: &Term, relation: Relation, right: &Term, yes: Term, no: Term) -> Option<Term> {
    let condition = two(Op::Compare(relation), left.clone(), right.clone())?;
    Term::new(Op::Where, vec![condition, yes, no]).ok()
}

fn choice(term: &Term, laws: &mut BTreeSet<&'static str>) -> Option<Term> {
    let args = term.args();
    match term.op() {
        Op::Apply(name) => {
            let u = args.first()?;
            let zero = number(0, u);
            let (law, result) = match (name.as_str(), args.len()) {
                ("relu", 1) => ("relu-choice", choose(u, Relation::Greater, &zero, u.clone(), zero.clone())?),
                ("abs", 1) => ("abs-sign", choose(u, Relation::Greater, &zero, u.clone(), u.clone().negated())?),
                ("sign", 1) => ("what sign is", choose(u, Relation::Greater, &zero, number(1, u), number(-1, u))?),
                ("max", 2) => ("max-choice", choose(u, Relation::GreaterEqual, &args[1], u.clone(), args[1].clone())?),
                ("min", 2) => ("min-choice", choose(u, Relation::LessEqual, &args[1], u.clone(), args[1].clone())?),
                _ => return None,
            };
            laws.insert(law);
            Some(result)
        }
        Op::Compare(Relation::Equal) => {
            // Where the maximum is attained, the value is the maximum; without ties it is attained nowhere else.
            let (place, found) = match (args[0].op(), args[1].op()) {
                (_, Op::Reduce(Reducer::ArgMax | Reducer::ArgMin, _)) => (&args[0], &args[1]),
                (Op::Reduce(Reducer::ArgMax | Reducer::ArgMin, _), _) => (&args[1], &args[0]),
                _ => return None,
            };
            let Op::Reduce(reducer, binder) = found.op() else { return None };
            let Op::Integer(place) = place.op() else { return None };
            let there = found.args()[0].at(&BTreeMap::from([(binder.index.clone(), place.clone())]));
            let extreme = if *reducer == Reducer::ArgMax { Reducer::Max } else { Reducer::Min };
            let most = Term::new(Op::Reduce(extreme, binder.clone()), found.args().to_vec()).ok()?;
            laws.insert("no ties");
            two(Op::Compare(Relation::Equal), there, most)
        }
        _ => None,
    }
}

fn exponential(term: &Term, laws: &mut BTreeSet<&'static str>) -> Option<Term> {
    let args = term.args();
    match term.op() {
        Op::Apply(name) => {
            let u = args.first()?;
            let one = number(1, u);
            let (law, result) = match (name.as_str(), args.len()) {
                ("sigmoid", 1) => {
                    let grown = apply("exp", u.clone())?;
                    ("sigmoid-exp", two(Op::Div, grown.clone(), one.plus(grown).ok()?)?)
                }
                ("tanh", 1) => {
                    let twice = apply("exp", u.clone().times(number(2, u)).ok()?)?;
                    let ratio = two(Op::Div, number(2, u), one.clone().plus(twice).ok()?)?;
                    ("tanh-sigmoid", one.plus(ratio.negated()).ok()?)
                }
                ("softplus", 1) => {
                    let grown = one.plus(apply("exp", u.clone())?).ok()?;
                    ("softplus-log", apply("log", grown)?)
                }
                _ => return None,
            };
            laws.insert(law);
            Some(result)
        }
        Op::Reduce(Reducer::Softmax, binder) => {
            let grown = apply("exp", args[0].clone())?;
            let letter = Name::new(format!("{}″", binder.index));
            let inner = BTreeMap::from([(binder.index.clone(), Integer::name(letter.clone()))]);
            let mut bound = binder.clone();
            bound.index = letter;
            let parts: Vec<Term> =
                std::iter::once(grown.at(&inner)).chain(args.get(1).map(|condition| condition.at(&inner))).collect();
            let total = Term::new(Op::Reduce(Reducer::Sum, bound), parts).ok()?;
            laws.insert("softmax-quotient");
            let share = two(Op::Div, grown, total)?;
            match args.get(1) {
                None => Some(share),
                Some(condition) => {
                    let zero = number(0, &share);
                    Term::new(Op::Where, vec![condition.clone(), share, zero]).ok()
                }
            }
        }
        Op::Reduce(Reducer::LogSumExp, binder) => {
            let parts: Vec<Term> =
                std::iter::once(apply("exp", args[0].clone())?).chain(args.get(1).cloned()).collect();
            laws.insert("logsumexp-log");
            apply("log", Term::new(Op::Reduce(Reducer::Sum, binder.clone()), parts).ok()?)
        }
        Op::Reduce(Reducer::Mean, binder) if args.len() == 2 => {
            let one = number(1, &args[0]);
            let total = Term::new(Op::Reduce(Reducer::Sum, binder.clone()), args.to_vec()).ok()?;
            let count = Term::new(Op::Reduce(Reducer::Sum, binder.clone()), vec![one, args[1].clone()]).ok()?;
            two(Op::Div, total, count)
        }
        _ => None,
    }
}

/// Comparisons of whole numbers are all `<` or `=`, and a choice between two values is a sum of choices against 0, so that no
/// condition is denied.
fn whole_numbers(term: &Term) -> Option<Term> {
    let zero = |term: &Term| term.as_number().is_some_and(crate::math::number::is_zero);
    if let (Op::Where, [condition, yes, no]) = (term.op(), term.args())
        && !zero(no)
        && let Some(denied) = denied(condition)
    {
        let against = |condition: &Term, value: &Term| {
            Term::new(Op::Where, vec![condition.clone(), value.clone(), number(0, value)]).ok()
        };
        let second = against(&denied, no)?;
        return if zero(yes) { Some(second) } else { against(condition, yes)?.plus(second).ok() };
    }
    Some(direct(term).unwrap_or_else(|| term.clone()))
}

/// `a ≤ b` as `a < b + 1`, and the like.
fn direct(term: &Term) -> Option<Term> {
    let Op::Compare(relation) = term.op() else { return None };
    let [left, right] = term.args() else { return None };
    let (Op::Integer(left), Op::Integer(right)) = (left.op(), right.op()) else { return None };
    match relation {
        Relation::Less | Relation::Equal | Relation::NotEqual => None,
        Relation::Greater => super::scalar::compare(Relation::Less, right, left),
        Relation::LessEqual => super::scalar::compare(Relation::Less, left, &right.offset(1)),
        Relation::GreaterEqual => super::scalar::compare(Relation::Less, right, &left.offset(1)),
    }
}

/// The opposite of a comparison of whole numbers.
fn denied(condition: &Term) -> Option<Term> {
    let Op::Compare(relation) = condition.op() else { return None };
    let [left, right] = condition.args() else { return None };
    let (Op::Integer(left), Op::Integer(right)) = (left.op(), right.op()) else { return None };
    match relation {
        Relation::Less => super::scalar::compare(Relation::Less, right, &left.offset(1)),
        Relation::Greater => super::scalar::compare(Relation::Less, left, &right.offset(1)),
        Relation::LessEqual => super::scalar::compare(Relation::Less, right, left),
        Relation::GreaterEqual => super::scalar::compare(Relation::Less, left, right),
        Relation::Equal | Relation::NotEqual => None,
    }
}
