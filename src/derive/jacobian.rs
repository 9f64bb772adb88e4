//! Jacobians in one step: how some readings move with others, path by path.
//!
//! 1. Which readings lie on a path ([`paths`]); all others stand still.
//! 2. Each equation on the way is moved by the laws of differentials, as for a gradient; what stands beside each d is a
//!    matrix ([`linear`]).
//! 3. Along each path these are multiplied. Paths stay apart, for they say why a Jacobian is large or small.
//! 4. Each term is bounded by what the book says of its functions ([`bound`]).

mod bound;
mod linear;
mod local;
mod paths;
mod ranges;

use super::Options;
use super::normal;
use super::parts::name_parts;
use super::range::{Truth, within};
use super::signs::Signs;
use super::simplify::{Simplifier, regrouped};
use crate::math::derivation::{Milestone, Reason, Step};
use crate::math::expression::{Binder, Mark, Op, Read, Relation, Term};
use crate::math::integer::Integer;
use crate::math::jacobian::{Block, Jacobian, Path, Question, Standing, Way, shape_of};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Outcome};
use bound::Bounds;
use linear::Linear;
use local::Locals;
use paths::{Search, equation_at, opened, readings, taken};
use std::collections::{BTreeMap, BTreeSet};

/// Further apart than this, the product of one-step Jacobians says more.
const STEPS: i64 = 4;
/// With more terms than this, shared Jacobians on the way keep names of their own.
const TERMS: u64 = 12;
/// No more terms than this are written.
const MOST: u64 = 200;
/// Paths are counted in no more visits than this.
const VISITS: usize = 20_000;

/// The network in which a question may be asked: pre-activations and shared parts have names.
pub fn parts_named(network: &Network) -> Network {
    name_parts(network)
}

/// The answer to a question about `network`, whose parts have names as [`parts_named`] gives them. An error says what
/// stands in the way.
pub fn jacobian(network: &Network, book: &Book, question: &Question, options: Options) -> Outcome<Jacobian> {
    let one = |error: Diagnostic| vec![error];
    given(network, question).map_err(one)?;
    let ranges = ranges::ranges(network, question).map_err(one)?;
    let mut deriving = Deriving {
        network,
        question,
        ranges: &ranges,
        locals: Locals::new(network, book),
        simplifier: Simplifier::new(book, network),
        bounds: Bounds::new(network, book, &ranges),
        inner: Vec::new(),
    };
    deriving.simplifier.check_proofs = options.check_proofs;
    deriving.locals.check_proofs(options.check_proofs);
    let (mut searches, mut held) = (Vec::new(), Vec::new());
    for of in &question.of {
        for wrt in &question.wrt {
            let steps = Way::between(network, of, wrt).steps();
            if steps.is_none_or(|steps| steps.iter().any(|steps| steps.abs() > STEPS)) {
                return Err(one(far(network, of, wrt)));
            }
            let search = deriving.search(of, wrt).map_err(|reason| vec![unable(of, wrt, reason)])?;
            held.extend(search.held.iter().filter(|read| !question.wrt.contains(read)).cloned());
            searches.push(search);
        }
    }
    deriving.locals.differentiate().map_err(one)?;
    let mut blocks = Vec::new();
    for (number, search) in searches.iter_mut().enumerate() {
        let of = &question.of[number / question.wrt.len().max(1)];
        let named = deriving.named(of, search).map_err(|reason| vec![unable(of, search.wrt(), reason)])?;
        let block = deriving.block(of, search, &named);
        blocks.push(block.map_err(|reason| vec![unable(of, search.wrt(), reason)])?);
    }
    if blocks.iter().all(|block| block.terms.is_empty()) {
        return Err(one(deriving.nothing()));
    }
    let Deriving { locals, inner, .. } = deriving;
    let mut once: Vec<Read> = Vec::new();
    held.into_iter().for_each(|read| once.extend((!once.contains(&read)).then_some(read)));
    let locals = locals.finish();
    Ok(Jacobian {
        network: network.clone(),
        question: question.clone(),
        forward: locals.iter().map(|local| local.equation).collect(),
        ranges,
        held: once,
        blocks,
        inner,
        locals,
    })
}

/// What is given does not move, and what is constant moves nothing.
fn given(network: &Network, question: &Question) -> Result<(), Diagnostic> {
    let role = |read: &Read| network.quantity(&read.quantity).map(|quantity| &quantity.role);
    for of in &question.of {
        let computed = network.equations_of(&of.quantity).next().is_some();
        if !computed && !question.wrt.contains(of) {
            return Err(Diagnostic::error(format!("`{}` is given, so nothing moves it", spelled(of)))
                .hint("after `--of` stand quantities that an equation computes"));
        }
    }
    for wrt in &question.wrt {
        if role(wrt).is_some_and(|role| !role.has_gradient()) {
            return Err(Diagnostic::error(format!("`{}` is constant: nothing is differentiated by it", spelled(wrt)))
                .hint("after `--wrt` stand inputs, parameters and computed quantities"));
        }
    }
    Ok(())
}

fn unable(of: &Read, wrt: &Read, reason: String) -> Diagnostic {
    Diagnostic::error(format!("the Jacobian of `{}` by `{}` cannot be derived: {reason}", spelled(of), spelled(wrt)))
        .hint("a Jacobian is taken of vectors and numbers, within one step; for matrices see `nablascope derive`")
}

/// The error that two readings are many steps apart: what to ask for instead.
fn far(network: &Network, of: &Read, wrt: &Read) -> Diagnostic {
    let error = Diagnostic::error(format!(
        "`{}` and `{}` are many steps apart: that Jacobian is a product of Jacobians of one step",
        spelled(of),
        spelled(wrt)
    ));
    // All that is read from another step is a state: the steps multiply only as a whole.
    let (mut now, mut before): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for equation in &network.equations {
        let Some(left) = equation.left(network).and_then(|left| left.as_read().cloned()) else { continue };
        for read in equation.body.reads() {
            let Some(quantity) = network.quantity(&read.quantity).filter(|quantity| quantity.role.is_computed()) else {
                continue;
            };
            let shifted =
                Way::between(network, &left, read).steps().is_some_and(|steps| steps.iter().any(|by| *by != 0));
            let (own, there) = (spelled(&quantity.read(Mark::Value)), spelled(read));
            if shifted && !before.contains(&there) {
                before.push(there);
                now.extend((!now.contains(&own)).then_some(own));
            }
        }
    }
    match before.is_empty() {
        true => error,
        false => error.hint(format!("one step: --of '{}' --wrt '{}'", now.join(","), before.join(","))),
    }
}

/// A reading in the network language.
fn spelled(read: &Read) -> String {
    let places: Vec<String> = read.places().unwrap_or_default().iter().map(ToString::to_string).collect();
    if places.is_empty() { read.quantity.to_string() } else { format!("{}[{}]", read.quantity, places.join(",")) }
}

/// A term under construction.
#[derive(Clone)]
struct Product {
    along: Vec<Read>,
    factors: Vec<Linear>,
    sums: Vec<Binder>,
    /// Integers for letters that were summed over.
    put: BTreeMap<Name, Integer>,
    /// Pairs of places that must agree.
    equal: Vec<(Integer, Integer)>,
    inner: Option<usize>,
}

struct Deriving<'a> {
    network: &'a Network,
    question: &'a Question,
    ranges: &'a [Binder],
    locals: Locals<'a>,
    simplifier: Simplifier<'a>,
    bounds: Bounds<'a>,
    inner: Vec<Block>,
}

impl<'a> Deriving<'a> {
    /// Looks for paths, and notes which readings of which equations move.
    fn search(&mut self, of: &Read, wrt: &'a Read) -> Result<Search<'a>, String> {
        let mut search = Search::new(self.network, of, wrt, self.ranges);
        let mut open = vec![(of.clone(), Vec::new())];
        let mut seen: BTreeSet<Read> = BTreeSet::new();
        while let Some((read, bound)) = open.pop() {
            if search.meets(&read, &bound)?.is_some()
                || !search.reaches(&read, &bound, 0)?
                || !seen.insert(read.clone())
            {
                continue;
            }
            let found = equation_at(self.network, &read, &[self.ranges, &bound].concat())?;
            let letters = taken(self.ranges, &bound);
            for inner in readings(&found.equation.body, &found.put, &letters, &bound) {
                if search.reaches(&inner.placed, &inner.binders, 0)? {
                    self.locals.moves(found.number, &inner.written);
                    open.push((inner.placed, inner.binders));
                }
            }
        }
        Ok(search)
    }

    /// Which readings on the way keep a Jacobian of their own.
    fn named(&self, of: &Read, search: &mut Search<'a>) -> Result<BTreeSet<Read>, String> {
        if self.question.through.is_some() {
            return Ok(BTreeSet::new());
        }
        let mut tally = Tally::default();
        self.count(of, &[], search, &BTreeSet::new(), &mut tally)?;
        let several = |tally: &Tally, read: &Read| tally.terms.get(read).is_some_and(|terms| *terms > 1);
        let asked = self.question.of.iter().filter(|read| *read != of && several(&tally, read));
        let mut named: BTreeSet<Read> = asked.cloned().collect();
        for (limit, readers) in [(TERMS, 2), (MOST, 1), (MOST, usize::MAX)] {
            let mut tally = Tally::default();
            let total = self.count(of, &[], search, &named, &mut tally)?;
            let most =
                named.iter().filter_map(|read| tally.terms.get(read)).fold(total, |most, terms| most.max(*terms));
            if most <= limit {
                return Ok(named);
            }
            let shared = |read: &Read| tally.readers.get(read).is_some_and(|found| found.len() >= readers);
            let more = tally.terms.keys().filter(|read| *read != of && several(&tally, read) && shared(read));
            named.extend(more.cloned());
        }
        Err(format!("there are more than {MOST} paths"))
    }

    /// How many terms the Jacobian of a reading has; notes the same for those on the way, and who reads them.
    fn count(
        &self,
        read: &Read,
        bound: &[Binder],
        search: &mut Search<'a>,
        named: &BTreeSet<Read>,
        tally: &mut Tally,
    ) -> Result<u64, String> {
        if let Some(known) = tally.terms.get(read) {
            return Ok(*known);
        }
        tally.visits += 1;
        if tally.visits > VISITS {
            return Err("there are too many paths".into());
        }
        let mut total: u64 = 0;
        for step in self.steps(read, bound, search)? {
            if step.meets.is_some() {
                total = total.saturating_add(1);
                continue;
            }
            // What is read under a sum is not one reading but many.
            if step.bound.is_empty() {
                tally.readers.entry(step.read.clone()).or_default().insert(read.clone());
            }
            let terms = self.count(&step.read, &step.bound, search, named, tally)?;
            total = total.saturating_add(if named.contains(&step.read) { 1 } else { terms });
        }
        if bound.is_empty() {
            tally.terms.insert(read.clone(), total);
        }
        Ok(total)
    }

    /// The readings that move the equation of a reading, with the matrices beside them.
    fn steps(&self, read: &Read, bound: &[Binder], search: &mut Search<'a>) -> Result<Vec<Onward>, String> {
        let found = equation_at(self.network, read, &[self.ranges, bound].concat())?;
        let mut steps = Vec::new();
        for (slope, linear) in self.locals.slopes(found.number) {
            let (mut put, mut letters, mut inside) = (found.put.clone(), taken(self.ranges, bound), bound.to_vec());
            for sum in &slope.sums {
                let binder;
                (binder, put, letters) = opened(sum, &put, &letters);
                inside.push(binder);
            }
            let read = slope.of.at(&put);
            let meets = search.meets(&read, &inside)?;
            if meets.is_some() || search.reaches(&read, &inside, 0)? {
                steps.push(Onward { linear: linear.at(&put), read, meets, bound: inside });
            }
        }
        Ok(steps)
    }

    /// The products along all paths from a reading on.
    fn products(
        &mut self,
        read: &Read,
        bound: &[Binder],
        search: &mut Search<'a>,
        named: &BTreeSet<Read>,
    ) -> Result<Vec<Product>, String> {
        let mut all = Vec::new();
        for step in self.steps(read, bound, search)? {
            let own: Vec<Binder> = step.bound[bound.len()..].to_vec();
            let onward = match &step.meets {
                Some(meeting) => vec![Product {
                    along: vec![step.read.at(&meeting.put)],
                    factors: Vec::new(),
                    sums: Vec::new(),
                    put: meeting.put.clone(),
                    equal: meeting.equal.clone(),
                    inner: None,
                }],
                None if named.contains(&step.read) => vec![Product {
                    along: vec![step.read.clone()],
                    factors: Vec::new(),
                    sums: Vec::new(),
                    put: BTreeMap::new(),
                    equal: Vec::new(),
                    inner: Some(self.inner_block(&step.read, search, named)?),
                }],
                None => self.products(&step.read, &step.bound, search, named)?,
            };
            for mut product in onward {
                product.along.insert(0, read.clone());
                product.factors.insert(0, step.linear.clone());
                product.sums.splice(0..0, own.iter().cloned());
                all.push(product);
            }
            if all.len() as u64 > MOST {
                return Err(format!("there are more than {MOST} paths"));
            }
        }
        Ok(all)
    }

    /// The position of the Jacobian of a reading that keeps its name.
    fn inner_block(&mut self, read: &Read, search: &mut Search<'a>, named: &BTreeSet<Read>) -> Result<usize, String> {
        let known = self.inner.iter().position(|block| &block.of == read && &block.wrt == search.wrt());
        if let Some(known) = known {
            return Ok(known);
        }
        let block = self.block(read, search, named)?;
        self.inner.push(block);
        Ok(self.inner.len() - 1)
    }

    /// `∂of/∂wrt`, term by term.
    fn block(&mut self, of: &Read, search: &mut Search<'a>, named: &BTreeSet<Read>) -> Result<Block, String> {
        let wrt = search.wrt().clone();
        let shape = shape_of(&of.shape, &wrt.shape).ok_or("one of them is a matrix")?;
        let mut products = if let Some(meeting) = search.meets(of, &[])? {
            // A reading by itself.
            vec![Product {
                along: vec![of.clone()],
                factors: vec![Linear::identity(&of.shape)],
                sums: Vec::new(),
                put: meeting.put,
                equal: meeting.equal,
                inner: None,
            }]
        } else if search.reaches(of, &[], 0)? {
            self.products(of, &[], search, named)?
        } else {
            Vec::new()
        };
        // What is direct comes first.
        products.sort_by_key(|product| product.along.len());
        let (mut terms, mut bounds) = (Vec::new(), Vec::new());
        for product in products {
            let passes = |through: &Read| product.along.contains(through);
            if !self.question.through.as_ref().is_none_or(passes) {
                continue;
            }
            if let Some((path, linear)) = self.path(product)? {
                bounds.push((linear, path.inner));
                terms.push(path);
            }
        }
        let bound = self.bounds.of_sum(&bounds);
        Ok(Block { of: of.clone(), wrt, shape, terms, bound })
    }

    /// A product as a term: letters that are known put in, tidied, with the steps between. `None` when it is 0.
    fn path(&mut self, product: Product) -> Result<Option<(Path, Linear)>, String> {
        let mut put = product.put.clone();
        for _ in 0..put.len() {
            let known = put.clone();
            put.values_mut().for_each(|value| *value = value.substitute(&known));
        }
        let (mut tests, mut sums) = (Vec::new(), Vec::new());
        let ranges = [self.ranges, &product.sums].concat();
        for sum in &product.sums {
            let sum = Binder { low: sum.low.substitute(&put), high: sum.high.substitute(&put), ..sum.clone() };
            let Some(place) = put.get(&sum.index) else {
                sums.push(sum);
                continue;
            };
            match within(place, &sum.low, &sum.high, &ranges) {
                Truth::Always => {}
                Truth::Never => return Ok(None),
                Truth::Depends => {
                    tests.push((Relation::GreaterEqual, place.clone(), sum.low.clone()));
                    tests.push((Relation::LessEqual, place.clone(), sum.high.clone()));
                }
            }
        }
        let equal = product.equal.iter().map(|(a, b)| (Relation::Equal, a.substitute(&put), b.substitute(&put)));
        tests.extend(equal);
        let factors = product.factors.iter().map(|factor| factor.at(&put));
        let Some(mut whole) = factors.reduce(|left, right| left.compose(&right)) else { return Ok(None) };
        if let Some(choice) = choice(&tests) {
            whole.numbers.insert(0, choice);
        }
        let tidy = whole.tidy();
        if tidy.is_zero() {
            return Ok(None);
        }
        let written = |linear: &Linear| {
            let term = linear.term().ok_or("a product of its matrices cannot be written")?;
            Ok::<Term, String>(term.summed(&sums))
        };
        let (product_term, term) = (written(&whole)?, written(&tidy)?);
        // What the normal form cannot confirm is not believed.
        let term = match normal::equal(&product_term, &term) {
            Some(true) => term,
            _ => product_term.clone(),
        };
        let steps = self.explained(&product_term, &term);
        let along = product.along.iter().map(|read| read.at(&put)).collect();
        Ok(Some((Path { along, product: product_term, steps, term, inner: product.inner }, tidy)))
    }

    /// The step from a product to the term it is equal to; none when they look alike.
    fn explained(&mut self, product: &Term, term: &Term) -> Vec<Step> {
        if regrouped(product) == regrouped(term) {
            return Vec::new();
        }
        let (reason, substeps) = match self.simplifier.between(product, term, &[], &Signs::default()) {
            Some(substeps) => (Reason::Milestone(Milestone::Simplify), substeps),
            None => (Reason::Algebra, Vec::new()),
        };
        vec![Step { reason, places: vec![Vec::new()], after: term.clone(), substeps }]
    }

    /// The error that nothing asked about moves, with what does.
    fn nothing(&self) -> Diagnostic {
        let list =
            |reads: &[Read]| reads.iter().map(|read| format!("`{}`", spelled(read))).collect::<Vec<_>>().join(", ");
        let through =
            self.question.through.as_ref().map_or(String::new(), |read| format!(" through `{}`", spelled(read)));
        let error = Diagnostic::error(format!(
            "no path{through} leads from {} to {} within one step, so the Jacobian is 0",
            list(&self.question.wrt),
            list(&self.question.of)
        ));
        let (mut leaves, mut open): (Vec<Read>, Vec<Read>) = (Vec::new(), self.question.of.clone());
        let mut seen: BTreeSet<Read> = BTreeSet::new();
        while let Some(read) = open.pop() {
            let way = Way::between(self.network, &read, &read);
            let Ok(found) = equation_at(self.network, &read, self.ranges) else { continue };
            for inner in readings(&found.equation.body, &found.put, &taken(self.ranges, &[]), &[]) {
                let quantity = self.network.quantity(&inner.placed.quantity);
                let here =
                    inner.binders.is_empty() && way.standing(self.network, &inner.placed) == Some(Standing::Between);
                match quantity {
                    Some(quantity) if quantity.role.is_computed() && here => {
                        if seen.insert(inner.placed.clone()) {
                            open.push(inner.placed);
                        }
                    }
                    Some(quantity) if quantity.shape.axes().len() < 2 && !leaves.contains(&inner.placed) => {
                        leaves.push(inner.placed);
                    }
                    _ => {}
                }
            }
        }
        leaves.truncate(8);
        match leaves.is_empty() {
            true => error,
            false => error.hint(format!("it moves with {}", list(&leaves))),
        }
    }
}

/// A way on from a reading.
struct Onward {
    linear: Linear,
    read: Read,
    meets: Option<paths::Meeting>,
    /// The sums around the reading, those further out first.
    bound: Vec<Binder>,
}

/// How many terms there are.
#[derive(Default)]
struct Tally {
    terms: BTreeMap<Read, u64>,
    readers: BTreeMap<Read, BTreeSet<Read>>,
    visits: usize,
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
