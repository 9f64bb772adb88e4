//! The product along one path: made short, explained, and in a form whose norm can be bounded.

use super::super::normal;
use super::super::range::{Truth, within};
use super::super::simplify::{Simplifier, regrouped};
use super::linear::Linear;
use crate::math::derivation::{Milestone, Reason, Step};
use crate::math::expression::{Binder, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::jacobian::Path;
use crate::math::name::Name;
use crate::math::shape::Shape;
use std::collections::BTreeMap;

/// What is wrong with matrices whose product has no type.
const UNWRITTEN: &str = "a product of its matrices cannot be written";

/// A term under construction.
#[derive(Clone)]
pub struct Product {
    /// The readings along the path.
    pub along: Vec<Read>,
    /// The slopes along it.
    pub factors: Vec<Linear>,
    /// The sums around it, outermost first.
    pub sums: Vec<Binder>,
    /// Integers for letters that were summed over.
    pub put: BTreeMap<Name, Integer>,
    /// Pairs of places that must agree.
    pub equal: Vec<(Integer, Integer)>,
    /// The inner Jacobian that it goes on with.
    pub inner: Option<usize>,
}

/// What makes terms short, and knows why.
pub struct Shortening<'a> {
    /// The algebra of the book, with the definitions of the network.
    pub simplifier: Simplifier<'a>,
    /// The network.
    pub ranges: &'a [Binder],
}

/// A product with letters that are known put in.
pub struct Whole {
    /// The readings along the path.
    pub along: Vec<Read>,
    linear: Linear,
    sums: Vec<Binder>,
}

impl Product {
    /// The product with letters that are known put in, where the indices in `ranges` run; `None` when no value of them
    /// allows the path.
    pub fn put_in(&self, ranges: &[Binder]) -> Option<Whole> {
        let mut put = self.put.clone();
        for _ in 0..put.len() {
            let known = put.clone();
            put.values_mut().for_each(|value| *value = value.substitute(&known));
        }
        let (mut tests, mut sums) = (Vec::new(), Vec::new());
        let ranges = [ranges, &self.sums].concat();
        for sum in &self.sums {
            let sum = Binder { low: sum.low.substitute(&put), high: sum.high.substitute(&put), ..sum.clone() };
            let Some(place) = put.get(&sum.index) else {
                sums.push(sum);
                continue;
            };
            match within(place, &sum.low, &sum.high, &ranges) {
                Truth::Always => {}
                Truth::Never => return None,
                Truth::Depends => {
                    tests.push((Relation::GreaterEqual, place.clone(), sum.low.clone()));
                    tests.push((Relation::LessEqual, place.clone(), sum.high.clone()));
                }
            }
        }
        let equal = self.equal.iter().map(|(a, b)| (Relation::Equal, a.substitute(&put), b.substitute(&put)));
        tests.extend(equal);
        let mut linear =
            self.factors.iter().map(|factor| factor.at(&put)).reduce(|left, right| left.compose(&right))?;
        if let Some(choice) = choice(&tests) {
            linear.numbers.insert(0, choice);
        }
        Some(Whole { along: self.along.iter().map(|read| read.at(&put)).collect(), linear, sums })
    }
}

impl Whole {
    /// As a term.
    pub fn term(&self) -> Result<Term, String> {
        Ok(self.linear.term().ok_or(UNWRITTEN)?.summed(&self.sums))
    }
}

impl Shortening<'_> {
    /// A product as a term: tidied, with the steps between, and in the forms whose norm can be bounded; none when it is 0.
    pub fn path(&mut self, product: &Product, whole: Whole) -> Result<(Path, Option<Tidied>), String> {
        let product_term = whole.term()?;
        let Whole { along, linear, sums: outer } = whole;
        let path = Path {
            along,
            product: product_term.clone(),
            steps: Vec::new(),
            term: product_term.clone(),
            inner: product.inner,
        };
        let (tidy, sums) = summed_inside(linear.tidy(), outer.clone());
        let term = tidy.term().ok_or(UNWRITTEN)?.summed(&sums);
        // What the normal form cannot confirm is not believed.
        if normal::equal(&product_term, &term) != Some(true) {
            return Ok((path, Some(Tidied { linears: vec![linear], sums: outer })));
        }
        let ranges = [self.ranges, &sums].concat();
        let mut steps = self.explained(&product_term, &term);
        if tidy.is_zero() {
            return Ok((Path { steps, term, ..path }, None));
        }
        let folded = self.folded(&tidy, &sums, &ranges, &mut steps).ok_or(UNWRITTEN)?;
        let term = folded.term().ok_or(UNWRITTEN)?.summed(&sums);
        let vanishes = folded.is_zero();
        let path = Path { steps, term, ..path };
        Ok((path, (!vanishes).then_some(Tidied { linears: vec![tidy, folded], sums })))
    }

    /// A product with its parts written shorter by forward definitions, told step by step.
    fn folded(&mut self, tidy: &Linear, sums: &[Binder], ranges: &[Binder], steps: &mut Vec<Step>) -> Option<Linear> {
        let mut linear = tidy.clone();
        for part in tidy.parts() {
            let Some((after, step)) = self.simplifier.simplify(&part, ranges) else { continue };
            let before = linear.term()?.summed(sums);
            let prefixes = places_of(&before, &part);
            let lift = Lift {
                prefixes: &prefixes,
                whole: &|part_after| Some(linear.with(&part, part_after).term()?.summed(sums)),
            };
            steps.push(lift.step(&step)?);
            let next = linear.with(&part, &after);
            linear = next;
        }
        if linear == *tidy || linear.is_zero() {
            return Some(linear);
        }
        let before = linear.term()?.summed(sums);
        let again = linear.tidy();
        let after = again.term()?.summed(sums);
        if normal::equal(&before, &after) != Some(true) {
            return Some(linear);
        }
        steps.extend(self.explained(&before, &after));
        Some(again)
    }

    /// The step from a product to the term it is equal to; none when they look alike.
    fn explained(&mut self, product: &Term, term: &Term) -> Vec<Step> {
        if regrouped(product) == regrouped(term) {
            return Vec::new();
        }
        let signs = self.simplifier.signs.clone();
        let (reason, substeps) = match self.simplifier.explained(product, term, &[], &signs, self.ranges) {
            Some(substeps) => (Reason::Milestone(Milestone::Simplify), substeps),
            None => (Reason::Algebra, Vec::new()),
        };
        vec![Step { substeps, ..Step::new(reason, vec![Vec::new()], term.clone()) }]
    }
}

/// Steps of a part as steps of the whole that it stands in.
struct Lift<'a> {
    prefixes: &'a [Vec<usize>],
    whole: &'a dyn Fn(&Term) -> Option<Term>,
}

impl Lift<'_> {
    fn step(&self, step: &Step) -> Option<Step> {
        let inner = |prefix: &Vec<usize>| {
            step.places.iter().map(|place| [prefix.as_slice(), place.as_slice()].concat()).collect::<Vec<_>>()
        };
        let substeps: Option<Vec<Step>> = step.substeps.iter().map(|step| self.step(step)).collect();
        Some(Step {
            reason: step.reason.clone(),
            places: self.prefixes.iter().flat_map(inner).collect(),
            after: (self.whole)(&step.after)?,
            substeps: substeps?,
            needs: Vec::new(),
        })
    }
}

/// Where `part` stands in `whole`, as argument positions from the outside in.
fn places_of(whole: &Term, part: &Term) -> Vec<Vec<usize>> {
    if whole == part {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for (position, arg) in whole.args().iter().enumerate() {
        found.extend(places_of(arg, part).into_iter().map(|place| [&[position], place.as_slice()].concat()));
    }
    found
}

/// The sums moved into the one factor that depends on their indices, if there is one.
fn summed_inside(linear: Linear, sums: Vec<Binder>) -> (Linear, Vec<Binder>) {
    if sums.is_empty() {
        return (linear, sums);
    }
    let depends = |term: &Term| {
        let free = term.free_names();
        sums.iter().any(|sum| free.contains(&sum.index))
    };
    let parts: Vec<Term> = linear.parts().into_iter().filter(depends).collect();
    let all = linear.numbers.iter().chain(&linear.factors).filter(|term| depends(term)).count();
    match parts.as_slice() {
        [part] if all == 1 => (linear.with(part, &part.clone().summed(&sums)), Vec::new()),
        _ => (linear, sums),
    }
}

/// A product in the forms whose norm can be bounded, each under the same sums.
pub struct Tidied {
    /// The forms.
    pub linears: Vec<Linear>,
    /// The sums.
    pub sums: Vec<Binder>,
}

/// 1 where all tests hold, 0 elsewhere; none without tests.
fn choice(tests: &[(Relation, Integer, Integer)]) -> Option<Term> {
    let integer = |value: &Integer| Term::new(Op::Integer(value.clone()), Vec::new()).ok();
    let tests =
        tests.iter().map(|(relation, a, b)| Term::new(Op::Compare(*relation), vec![integer(a)?, integer(b)?]).ok());
    let all = tests.reduce(|all, test| Term::new(Op::And, vec![all?, test?]).ok())??;
    let number = Shape::number();
    Term::new(Op::Where, vec![all, Term::filled(1, &number), Term::filled(0, &number)]).ok()
}
