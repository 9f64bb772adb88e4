//! Dropping names: an adjoint is put into the lines that read it, alone or together with a neighbour, while the whole
//! system becomes shorter.

use super::collect::right_side;
use super::meaning::Meaning;
use super::names::{Told, cost, left_cost, line_cost, parts_cost, ranges_of, read_cost, without_zeros};
use super::order::adjoints_read;
use super::simplify::Simplifier;
use crate::math::derivation::{Line, Part};
use crate::math::name::Name;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A line that costs more than this is left alone: a parameter that hundreds of equations share has hundreds of
/// summands, and a chain of hundreds of equations would become one product.
const LONGEST: usize = 2_000;
/// A name is dropped for what simplification makes of it only when the whole system gets shorter by this much.
const WORTH: usize = 9;
/// What a reader is spared with every line, beside its length.
const LINE: usize = 8;
/// Lines that cost more than this are no closed forms, and do not become closed forms.
const LONG: usize = 1_000;
/// As many names are tried together with one.
const NEIGHBOURS: usize = 16;
/// What is written more often than this much can hardly be saved by simplification.
const HOPELESS: usize = 80;

/// The lines of a backward pass, and who reads whom.
pub struct System {
    /// The lines.
    pub told: Vec<Told>,
    /// The positions of those that were dropped.
    pub dropped: BTreeSet<usize>,
    /// Which lines speak of an adjoint.
    makers: FxHashMap<Name, Vec<usize>>,
    /// Which lines read an adjoint, and how often.
    users: FxHashMap<Name, BTreeMap<usize, usize>>,
    costs: Vec<usize>,
}

/// Lines as they would be.
type Changed = BTreeMap<usize, Line>;

impl System {
    /// The system of these lines.
    pub fn new(told: Vec<Told>) -> System {
        let mut makers: FxHashMap<Name, Vec<usize>> = FxHashMap::default();
        let mut users: FxHashMap<Name, BTreeMap<usize, usize>> = FxHashMap::default();
        let costs: Vec<usize> = told.iter().map(|one| line_cost(&one.line)).collect();
        for (number, one) in told.iter().enumerate() {
            makers.entry(one.line.left.quantity.clone()).or_default().push(number);
            for read in adjoints_read(&one.line) {
                *users.entry(read.quantity.clone()).or_default().entry(number).or_default() += 1;
            }
        }
        System { told, dropped: BTreeSet::new(), makers, users, costs }
    }

    /// Drops names whose meaning costs less, as it stands, than a line of its own.
    pub fn drop_short(&mut self, simplifier: &mut Simplifier) {
        let mut open: Vec<usize> = (0..self.told.len()).rev().collect();
        let mut queued: BTreeSet<usize> = open.iter().copied().collect();
        while let Some(maker) = open.pop() {
            queued.remove(&maker);
            let Some((meaning, more)) = self.meaning(maker, LONGEST) else { continue };
            if self.is_alone(maker) && more >= self.costs[maker] {
                continue;
            }
            let Some(rewritten) = self.rewritten(maker, &meaning, &Changed::new(), simplifier) else { continue };
            let before = self.costs[maker] + rewritten.keys().map(|user| self.costs[*user]).sum::<usize>();
            let after: usize = rewritten.values().map(|line| parts_cost(&line.parts) + left_cost(line)).sum();
            if after >= before {
                continue;
            }
            for user in self.accept(maker, rewritten, simplifier) {
                if queued.insert(user) {
                    open.push(user);
                }
            }
        }
    }

    /// Drops names, alone or in pairs, for what simplification makes of the lines that they are put into: the most
    /// worthwhile name first; pairs when no single name is worth it.
    pub fn drop_long(&mut self, simplifier: &mut Simplifier) {
        let mut saved: BTreeMap<usize, usize> = BTreeMap::new();
        let mut best: BTreeSet<(Reverse<usize>, usize)> = BTreeSet::new();
        let mut stale: BTreeSet<usize> = (0..self.told.len()).collect();
        let mut paired = stale.clone();
        loop {
            for maker in std::mem::take(&mut stale) {
                if let Some(much) = saved.remove(&maker) {
                    best.remove(&(Reverse(much), maker));
                }
                if let Some(much) = self.saved(&[maker], simplifier).filter(|much| *much >= WORTH) {
                    saved.insert(maker, much);
                    best.insert((Reverse(much), maker));
                }
            }
            let makers = match best.pop_first() {
                Some((_, maker)) => vec![maker],
                None => match paired.pop_first() {
                    Some(first) => self.best_pair(first, simplifier).map(Vec::from).unwrap_or_default(),
                    None => return,
                },
            };
            for maker in makers {
                saved.remove(&maker);
                let Some((meaning, _)) = self.meaning(maker, LONGEST) else { continue };
                let Some(rewritten) = self.rewritten(maker, &meaning, &Changed::new(), simplifier) else { continue };
                let rewritten = rewritten.into_iter().map(|(user, line)| (user, in_one_part(line))).collect();
                let users = self.accept(maker, rewritten, simplifier);
                // What these lines read may be put into them now.
                let near = users.iter().flat_map(|user| adjoints_read(&self.told[*user].line));
                let names: BTreeSet<Name> = near.map(|read| read.quantity.clone()).collect();
                stale.extend(users.iter().copied());
                stale.extend(names.iter().flat_map(|name| self.lines_of(name)));
                paired.extend(stale.iter().copied());
            }
        }
    }

    /// A name that is worth dropping together with `first`, whose line reads it.
    fn best_pair(&self, first: usize, simplifier: &mut Simplifier) -> Option<[usize; 2]> {
        self.meaning(first, LONG)?;
        let read: BTreeSet<Name> =
            adjoints_read(&self.told[first].line).iter().map(|read| read.quantity.clone()).collect();
        let seconds: BTreeSet<usize> = read.iter().flat_map(|name| self.lines_of(name)).collect();
        let mut best: Option<(usize, [usize; 2])> = None;
        for second in seconds.into_iter().filter(|second| *second != first).take(NEIGHBOURS) {
            let pair = [second, first];
            let Some(much) = self.saved(&pair, simplifier).filter(|much| *much >= WORTH) else { continue };
            if best.as_ref().is_none_or(|(most, _)| much > *most) {
                best = Some((much, pair));
            }
        }
        best.map(|(_, pair)| pair)
    }

    /// The lines that speak of an adjoint.
    fn lines_of(&self, name: &Name) -> Vec<usize> {
        self.makers.get(name).cloned().unwrap_or_default()
    }

    fn is_alone(&self, maker: usize) -> bool {
        self.makers.get(&self.told[maker].line.left.quantity).is_some_and(|lines| lines.len() == 1)
    }

    /// What an adjoint stands for, if it may be dropped, and how much is at least written more when it is. It is not put
    /// into lines that cost more than `longest`, nor is a meaning that costs more.
    fn meaning(&self, maker: usize, longest: usize) -> Option<(Meaning, usize)> {
        let line = &self.told[maker].line;
        if self.dropped.contains(&maker) || line.goal || self.costs[maker] > longest {
            return None;
        }
        let users = self.users.get(&line.left.quantity);
        if users.into_iter().flat_map(BTreeMap::keys).any(|user| self.costs[*user] > longest) {
            return None;
        }
        let meaning = Meaning::of(line, self.is_alone(maker))?;
        let times: usize = users.into_iter().flat_map(BTreeMap::values).sum();
        let more = cost(&meaning.term).saturating_sub(read_cost(&meaning.left));
        Some((meaning, times * more))
    }

    /// How much shorter the system becomes when these names are dropped, one after the other.
    fn saved(&self, makers: &[usize], simplifier: &mut Simplifier) -> Option<usize> {
        let mut changed = Changed::new();
        for maker in makers {
            let (meaning, more) = self.meaning(*maker, LONG)?;
            if more > self.costs[*maker] + HOPELESS {
                return None;
            }
            let meaning = match changed.get(maker) {
                Some(line) => Meaning::of(line, self.is_alone(*maker))?,
                None => meaning,
            };
            let rewritten = self.rewritten(*maker, &meaning, &changed, simplifier)?;
            for (user, line) in rewritten {
                let mut line = in_one_part(line);
                shorten(&mut line, simplifier);
                changed.insert(user, line);
            }
        }
        let before = makers.iter().chain(changed.keys()).collect::<BTreeSet<_>>();
        let before: usize = before.into_iter().map(|number| self.costs[*number]).sum();
        let after = changed.iter().filter(|(number, _)| !makers.contains(number));
        let after: usize = after.map(|(_, line)| line_cost(line)).sum();
        (before + LINE * makers.len()).checked_sub(after)
    }

    /// The lines that read an adjoint, with its meaning put in. `None` when it cannot be put into all of them.
    fn rewritten(
        &self,
        maker: usize,
        meaning: &Meaning,
        changed: &Changed,
        simplifier: &Simplifier,
    ) -> Option<Changed> {
        let name = &self.told[maker].line.left.quantity;
        let known = self.users.get(name).into_iter().flat_map(BTreeMap::keys).copied();
        let readers: BTreeSet<usize> = known.chain(changed.keys().copied()).collect();
        let mut rewritten = Changed::new();
        for user in readers {
            let line = changed.get(&user).unwrap_or(&self.told[user].line);
            let parts: Option<Vec<Part>> =
                line.parts.iter().map(|part| meaning.put_into(part, &line.ranges, &simplifier.letters)).collect();
            let parts = parts?;
            if parts != line.parts {
                if user == maker {
                    return None;
                }
                rewritten.insert(user, Line { parts, ..line.clone() });
            }
        }
        Some(rewritten)
    }

    /// Drops a name. Returns the lines that changed.
    fn accept(&mut self, maker: usize, rewritten: Changed, simplifier: &mut Simplifier) -> Vec<usize> {
        self.dropped.insert(maker);
        let adjoint = self.told[maker].line.left.clone();
        let of_maker: BTreeSet<Name> =
            adjoints_read(&self.told[maker].line).iter().map(|read| read.quantity.clone()).collect();
        let users: Vec<usize> = rewritten.keys().copied().collect();
        for (user, line) in rewritten {
            let one = &mut self.told[user];
            one.put(&adjoint, line);
            one.simplify(simplifier);
            self.costs[user] = line_cost(&one.line);
            if let Some(counts) = self.users.get_mut(&adjoint.quantity) {
                counts.remove(&user);
            }
            for read in &of_maker {
                self.users.entry(read.clone()).or_default().remove(&user);
            }
            for read in adjoints_read(&self.told[user].line) {
                if of_maker.contains(&read.quantity) || read.quantity == adjoint.quantity {
                    *self.users.entry(read.quantity.clone()).or_default().entry(user).or_default() += 1;
                }
            }
        }
        for read in &of_maker {
            if let Some(counts) = self.users.get_mut(read) {
                counts.remove(&maker);
            }
        }
        users
    }
}

/// The line with all its parts as one, so that they can be simplified together.
fn in_one_part(line: Line) -> Line {
    if line.parts.len() < 2 {
        return line;
    }
    Line { parts: vec![Part { sums: Vec::new(), term: right_side(&line) }], ..line }
}

/// Simplifies the parts of a line, without telling how.
fn shorten(line: &mut Line, simplifier: &mut Simplifier) {
    for number in 0..line.parts.len() {
        let ranges = ranges_of(line, number);
        if let Some(shorter) = simplifier.shorter(&line.parts[number].term, &ranges) {
            line.parts[number].term = shorter;
        }
    }
    without_zeros(line);
}
