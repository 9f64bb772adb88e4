//! All paths from a reading to another, walked and multiplied; what many paths share keeps a name.

use super::super::simplify::Simplifier;
use super::bound::Bounds;
use super::linear::Linear;
use super::local::Locals;
use super::paths::{Meeting, Search, equation_at, taken};
use super::product::{Product, Shortening};
use crate::math::expression::{Binder, Read};
use crate::math::jacobian::{Block, Question, shape_of};
use crate::math::law::Book;
use crate::math::network::Network;
use std::collections::{BTreeMap, BTreeSet};

/// With more terms than this, shared Jacobians on the way keep names of their own.
const TERMS: u64 = 12;
/// No more terms than this are written.
const MOST: u64 = 200;
/// Paths are counted in no more visits than this.
const VISITS: usize = 20_000;

/// The answer to a question while it is being made.
pub struct Walk<'a> {
    network: &'a Network,
    question: &'a Question,
    /// The indices of the question.
    pub ranges: &'a [Binder],
    /// The equations on the way.
    pub locals: Locals<'a>,
    shortening: Shortening<'a>,
    bounds: Bounds<'a>,
    /// Jacobians that keep a name.
    pub inner: Vec<Block>,
}

impl<'a> Walk<'a> {
    /// No step is taken yet.
    pub fn new(
        network: &'a Network,
        book: &'a Book,
        question: &'a Question,
        ranges: &'a [Binder],
        check_proofs: bool,
    ) -> Self {
        let mut simplifier = Simplifier::new(book, network);
        simplifier.check_proofs = check_proofs;
        let mut locals = Locals::new(network, book);
        locals.check_proofs(check_proofs);
        Walk {
            network,
            question,
            ranges,
            locals,
            shortening: Shortening { simplifier, ranges },
            bounds: Bounds::new(network, book, ranges),
            inner: Vec::new(),
        }
    }

    /// Looks for paths, and notes which readings of which equations move.
    pub fn search(&mut self, of: &Read, wrt: &'a Read) -> Result<Search<'a>, String> {
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
            for inner in search.readings(&found, &bound) {
                if search.reaches(&inner.placed, &inner.binders, 0)? {
                    self.locals.moves(found.number, &inner.written);
                    open.push((inner.placed, inner.binders));
                }
            }
        }
        Ok(search)
    }

    /// Which readings on the way keep a Jacobian of their own.
    pub fn named(&self, of: &Read, search: &mut Search<'a>) -> Result<BTreeSet<Read>, String> {
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
                (binder, put, letters) = search.opened(sum, &put, &letters);
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

    /// The products along all paths that were asked for, what is direct first.
    pub fn outline(
        &mut self,
        of: &Read,
        search: &mut Search<'a>,
        named: &BTreeSet<Read>,
    ) -> Result<Vec<Product>, String> {
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
        products.sort_by_key(|product| product.along.len());
        let passes = |product: &Product| self.question.through.as_ref().is_none_or(|one| product.along.contains(one));
        products.retain(passes);
        Ok(products)
    }

    /// `∂of/∂wrt`, term by term.
    pub fn block(&mut self, of: &Read, search: &mut Search<'a>, named: &BTreeSet<Read>) -> Result<Block, String> {
        let wrt = search.wrt().clone();
        let shape = shape_of(&of.shape, &wrt.shape).ok_or("one of them is a matrix")?;
        let (mut terms, mut vanishing, mut bounds) = (Vec::new(), Vec::new(), Vec::new());
        for product in self.outline(of, search, named)? {
            let Some(whole) = product.put_in(self.ranges) else { continue };
            let (path, tidied) = self.shortening.path(&product, whole)?;
            match tidied {
                Some(tidied) => {
                    bounds.push((tidied, path.inner));
                    terms.push(path);
                }
                None => vanishing.push(path),
            }
        }
        let bound = self.bounds.of_sum(&bounds);
        Ok(Block { of: of.clone(), wrt, shape, terms, vanishing, bound })
    }
}

/// A way on from a reading.
struct Onward {
    linear: Linear,
    read: Read,
    meets: Option<Meeting>,
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
