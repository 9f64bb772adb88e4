//! The step checker: replays a derivation, step by step, and believes nothing.
//!
//! It shares with the engine only the matching of a law against a term. Each step must be the law it names, at the
//! places it names, with types, kinds of letters and conditions met, and must change nothing else.

use super::collect::{collect, right_side};
use super::differentiate::{read_off, together};
use super::letters::{Letters, same_but_for_letters};
use super::matching::{Bindings, is_presupposed};
use super::meaning::Meaning;
use super::normal;
use super::range::{Truth, within};
use super::signs::Signs;
use super::simplify::regrouped;
use crate::math::derivation::{Chain, Derivation, Line, Part, Reason, Step, Subject};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::law::{Book, Condition, Law, Standing};
use crate::math::name::Name;
use crate::math::network::Network;
use std::collections::BTreeMap;

/// What is wrong with a derivation, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The position of the chain.
    pub chain: usize,
    /// The position of the step in it, if it is about a step.
    pub step: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

/// Checks every calculation of a derivation: its start, its steps, its end. Returns how many steps were checked.
pub fn check(derivation: &Derivation, book: &Book) -> Result<usize, Fault> {
    let (letters, signs) = (Letters::of(&derivation.network), Signs::of(&derivation.network, book));
    let checker = Checker {
        dropped: &derivation.dropped,
        kept: &derivation.backward,
        book,
        network: &derivation.network,
        letters,
        signs,
    };
    let fault = |chain: usize, reason: String| Fault { chain, step: None, reason };
    let needed = derivation.network.needed();
    for (number, equation) in derivation.network.equations.iter().enumerate() {
        let is_told = derivation.chains.iter().any(|chain| chain.subject == Subject::Equation(number));
        if needed.contains(&equation.target) && !is_told {
            return Err(fault(0, format!("the equation of `{}` is not differentiated", equation.target)));
        }
    }
    let gained =
        collect(&derivation.network, &derivation.chains, &derivation.goals).map_err(|error| fault(0, error.message))?;
    let raw: BTreeMap<Read, Term> = gained.iter().map(|line| (line.left.clone(), right_side(line))).collect();
    let mut steps = 0;
    for (number, chain) in derivation.chains.iter().enumerate() {
        checker.starts(chain, &raw).map_err(|reason| fault(number, reason))?;
        let scope = checker.scope(chain);
        steps += checker.steps(&scope, &chain.start, &chain.steps).map_err(|(step, reason)| Fault {
            chain: number,
            step: Some(step),
            reason,
        })?;
        checker.ends(chain).map_err(|reason| fault(number, reason))?;
    }
    Ok(steps)
}

/// What steps are checked against.
pub(super) struct Checker<'d> {
    dropped: &'d [Line],
    kept: &'d [Line],
    network: &'d Network,
    book: &'d Book,
    letters: Letters,
    signs: Signs,
}

/// Which indices run where a calculation stands.
#[derive(Clone, Default)]
pub(super) struct Scope {
    /// The indices of the equation that is differentiated.
    pub equation: Vec<Binder>,
    /// All indices that run.
    pub ranges: Vec<Binder>,
}

impl<'d> Checker<'d> {
    /// For calculations that rest on no adjoints.
    pub fn new(network: &'d Network, book: &'d Book) -> Self {
        let (letters, signs) = (Letters::of(network), Signs::of(network, book));
        Checker { dropped: &[], kept: &[], network, book, letters, signs }
    }
}

impl Checker<'_> {
    /// A calculation starts at what it is about.
    fn starts(&self, chain: &Chain, raw: &BTreeMap<Read, Term>) -> Result<(), String> {
        let expected = match chain.subject {
            Subject::Equation(number) => {
                let equation = self.network.equations.get(number).ok_or("there is no such equation")?;
                let quantity = self.network.quantity(&equation.target).ok_or("the target is unknown")?;
                let adjoint = Term::read(quantity.read_at(Mark::Adjoint, &equation.at));
                adjoint.paired(equation.body.clone().differential()).map_err(|mismatch| mismatch.to_string())?
            }
            Subject::Line(_) | Subject::Dropped(_) => {
                let line = self.line(chain).ok_or("there is no such line")?;
                raw.get(&line.left).cloned().ok_or("no equation hands anything to this adjoint")?
            }
        };
        if expected == chain.start { Ok(()) } else { Err("the calculation does not start at its subject".into()) }
    }

    /// What is read off is what stands in the last line.
    fn ends(&self, chain: &Chain) -> Result<(), String> {
        match chain.subject {
            Subject::Equation(_) => {
                let read =
                    read_off(chain.end()).ok_or("the last line still holds differentials that do not stand alone")?;
                if together(read) == chain.gains { Ok(()) } else { Err("what is read off is not the last line".into()) }
            }
            Subject::Line(_) | Subject::Dropped(_) => {
                let line = self.line(chain).ok_or("there is no such line")?;
                let (end, line) = (regrouped(chain.end()), regrouped(&right_side(line)));
                if end == line || without_zeros(&end) == without_zeros(&line) {
                    Ok(())
                } else {
                    Err("the line is not the end of its calculation".into())
                }
            }
        }
    }

    fn line(&self, chain: &Chain) -> Option<&Line> {
        match chain.subject {
            Subject::Line(number) => self.kept.get(number),
            Subject::Dropped(number) => self.dropped.get(number),
            Subject::Equation(_) => None,
        }
    }

    /// Checks steps from `start` on; gives how many places were checked, or which step is wrong, and why.
    pub fn steps(&self, scope: &Scope, start: &Term, steps: &[Step]) -> Result<usize, (usize, String)> {
        let mut before = start.clone();
        let mut count = 0;
        for (number, step) in steps.iter().enumerate() {
            count += self.step(scope, &before, step).map_err(|reason| (number, reason))?;
            before = step.after.clone();
        }
        Ok(count)
    }

    fn step(&self, scope: &Scope, before: &Term, step: &Step) -> Result<usize, String> {
        if before.ty() != step.after.ty() {
            return Err("the step changes the type of the line".into());
        }
        match &step.reason {
            Reason::Law { name, reversed } => {
                let law = self.book.law(name.as_str()).ok_or_else(|| format!("the book has no law {name}"))?;
                if law.standing == Standing::Rejected {
                    return Err(format!("{name} was rejected"));
                }
                self.only_at(before, step)?;
                for place in &step.places {
                    let (Some(old), Some(new)) = (before.subterm(place), step.after.subterm(place)) else {
                        return Err("a place does not exist".into());
                    };
                    let (left, right) = if *reversed { (new, old) } else { (old, new) };
                    let around = Scope { ranges: around(before, place, &scope.ranges), ..scope.clone() };
                    self.instance(law, left, right, &around).map_err(|reason| format!("{name}: {reason}"))?;
                }
                Ok(step.places.len())
            }
            Reason::Definition { quantity, folded } => {
                self.only_at(before, step)?;
                for place in &step.places {
                    let (Some(old), Some(new)) = (before.subterm(place), step.after.subterm(place)) else {
                        return Err("a place does not exist".into());
                    };
                    let (name, meaning) = if *folded { (new, old) } else { (old, new) };
                    let ranges = around(before, place, &scope.ranges);
                    if name.as_read().is_none_or(|read| &read.quantity != quantity)
                        || !self.is_defined(name, meaning, &ranges)
                    {
                        return Err(format!("this is not the definition of {quantity}"));
                    }
                }
                Ok(step.places.len())
            }
            Reason::Substitution { adjoint } => {
                let name = &adjoint.quantity;
                let line = self.dropped.iter().find(|line| &line.left == adjoint);
                let line = line.ok_or_else(|| format!("no line says what this adjoint of {name} is"))?;
                let lines = self.dropped.iter().chain(self.kept);
                let alone = lines.filter(|line| &line.left.quantity == name).count() == 1;
                let before = Part { sums: Vec::new(), term: before.clone() };
                let put = Meaning::of(line, alone);
                let put = put.and_then(|meaning| meaning.put_into(&before, &scope.ranges, &self.letters));
                match put {
                    Some(put) if put.term == step.after || without_zeros(&put.term) == without_zeros(&step.after) => {
                        Ok(1)
                    }
                    _ => Err(format!("this is not the line before with the adjoint of {name} put in")),
                }
            }
            Reason::Milestone(_) => {
                let end = step.substeps.last().map_or(before, |last| &last.after);
                if end != &step.after {
                    return Err("the steps beneath do not lead to this line".into());
                }
                self.steps(scope, before, &step.substeps)
                    .map_err(|(number, reason)| format!("step {} beneath: {reason}", number + 1))
            }
            Reason::Assumption => Err("a derivation assumes nothing".into()),
            Reason::Order => {
                if in_order(before) == in_order(&step.after) {
                    Ok(1)
                } else {
                    Err("more than the order of summands and factors changed".into())
                }
            }
            Reason::Letters => {
                self.only_at(before, step)?;
                if same_but_for_letters(before, &step.after) {
                    Ok(step.places.len())
                } else {
                    Err("more than the letters of bound indices changed".into())
                }
            }
            Reason::Algebra => match normal::equal(before, &step.after) {
                Some(true) => Ok(1),
                Some(false) => Err("the normal forms differ".into()),
                None => Err("the line is too large for the normal form".into()),
            },
        }
    }

    /// The indices that run in a calculation.
    fn scope(&self, chain: &Chain) -> Scope {
        match chain.subject {
            Subject::Equation(number) => {
                let ranges = self.network.equations.get(number).map_or(Vec::new(), |equation| equation.ranges.clone());
                Scope { equation: ranges.clone(), ranges }
            }
            Subject::Line(_) | Subject::Dropped(_) => {
                let ranges = self.line(chain).map(|line| line.ranges.clone()).unwrap_or_default();
                Scope { equation: Vec::new(), ranges }
            }
        }
    }

    /// Nothing but the named places changed.
    fn only_at(&self, before: &Term, step: &Step) -> Result<(), String> {
        let mut expected = before.clone();
        for place in &step.places {
            let new = step.after.subterm(place).ok_or("a place does not exist")?;
            expected = expected.replaced(place, new).map_err(|mismatch| mismatch.to_string())?;
        }
        if step.places.is_empty() || expected != step.after {
            return Err("the line changed at a place that the step does not name".into());
        }
        Ok(())
    }

    /// `left = right` is the law, with some terms for its letters.
    fn instance(&self, law: &Law, left: &Term, right: &Term, scope: &Scope) -> Result<(), String> {
        let mut bindings = Bindings::default();
        if !bindings.bind(&law.left, left) {
            return Err("the left side does not match".into());
        }
        if !bindings.bind(&law.right, right) {
            return Err("the right side does not match".into());
        }
        if !bindings.settle() {
            return Err("the sizes do not fit".into());
        }
        if !bindings.keeps_apart(law) {
            return Err("two indices of the law stand for one, or depend on each other".into());
        }
        if let Some((letter, value)) = &law.value
            && let Some(bound) = bindings.letters.get(letter).cloned()
        {
            let meant = bindings.instantiate(value).ok_or("the value has no type")?;
            if bound != meant && !self.is_defined(&bound, &meant, &scope.ranges) {
                return Err(format!("{letter} does not stand for the value"));
            }
            let (read, free) = (bound.free_names(), meant.free_names());
            let mut bound = law.indices.iter().filter_map(|index| bindings.index(&index.index));
            if bound.any(|index| read.contains(index) && !free.contains(index)) {
                return Err(format!("{letter} is read at an index that the law binds"));
            }
        }
        let holds = |condition: &&Condition| {
            is_presupposed(law, condition)
                || bindings.meets(condition, &scope.equation)
                || self.signs.meets_bound(condition, &bindings)
        };
        match law.conditions.iter().find(|condition| !holds(condition)) {
            Some(_) => Err("a condition of the law is not known to hold".into()),
            None => Ok(()),
        }
    }

    /// Whether `name` is a quantity whose equation says `meaning` at these places, for all values of the indices.
    fn is_defined(&self, name: &Term, meaning: &Term, scope: &[Binder]) -> bool {
        let Op::Read(read) = name.op() else { return false };
        let Some(places) = read.places() else { return false };
        read.mark == Mark::Value
            && self.network.equations_of(&read.quantity).any(|equation| {
                let put: BTreeMap<Name, _> = equation
                    .at
                    .iter()
                    .zip(&places)
                    .filter_map(|(at, place)| Some((at.as_name()?.clone(), (*place).clone())))
                    .collect();
                let own = |at: &Integer| equation.ranges.iter().find(|range| Some(&range.index) == at.as_name());
                let holds = equation.at.iter().zip(&places).all(|(at, place)| match own(at) {
                    Some(range) => {
                        let (low, high) = (range.low.substitute(&put), range.high.substitute(&put));
                        within(place, &low, &high, scope) == Truth::Always
                    }
                    None => at == *place,
                });
                holds && unmarked(&equation.body.at(&put)) == unmarked(meaning)
            })
    }
}

/// The term with all readings able to move: which ones stand still in a calculation changes no value.
fn unmarked(term: &Term) -> Term {
    term.map(&mut |part| match part.op() {
        Op::Read(read) if read.constant => Term::read(Read { constant: false, ..read.clone() }),
        _ => part,
    })
}

/// The indices that run at a place of a term, the innermost last.
fn around(term: &Term, place: &[usize], ranges: &[Binder]) -> Vec<Binder> {
    let (mut ranges, mut term) = (ranges.to_vec(), Some(term));
    for position in place {
        let Some(outer) = term else { break };
        if let Op::Reduce(_, binder) = outer.op() {
            ranges.push(binder.clone());
        }
        term = outer.args().get(*position);
    }
    ranges
}

/// A sum without its vanishing summands: parts that vanish are not written.
fn without_zeros(term: &Term) -> Vec<Term> {
    fn vanishes(term: &Term) -> bool {
        match term.op() {
            Op::Reduce(Reducer::Sum, _) => vanishes(&term.args()[0]),
            _ => super::matching::is_number(term, 0),
        }
    }
    term.summands().into_iter().filter(|summand| !vanishes(summand)).cloned().collect()
}

/// The term with all summands and factors in the order of terms, bracketed from the left.
fn in_order(term: &Term) -> Term {
    let mut members: Vec<Term> = match term.op() {
        Op::Add => term.summands().into_iter().map(in_order).collect(),
        Op::Mul => term.factors().into_iter().map(in_order).collect(),
        op => {
            let args = term.args().iter().map(in_order).collect();
            return Term::new(op.clone(), args).unwrap_or_else(|_| term.clone());
        }
    };
    members.sort();
    let joined = |left: Term, right: Term| Term::new(term.op().clone(), vec![left, right]);
    let chain = members.into_iter().map(Ok).reduce(|left, right| joined(left?, right?));
    chain.and_then(Result::ok).unwrap_or_else(|| term.clone())
}
