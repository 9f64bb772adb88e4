//! What the names of an author stand for: stated in a claim, or else found by numbers, and shown by algebra where it matters.
//!
//! A name whose values are those of a derivative stands for it. Where an equation is wrong, the values of its name and of
//! all that follow are no one's; then a name stands for what makes most of the other equations right.

use super::bench::{Bench, Candidate, cut, letters, same};
use crate::derive::claims::decide::{Assumed, Decision};
use crate::derive::claims::scalar::entry_letter;
use crate::derive::claims::system::Definition;
use crate::evaluate::claims::{Placed, difference};
use crate::math::claim::Claim;
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::finding::{Meant, Stand};
use crate::math::integer::Integer;
use crate::math::name::Name;
use std::collections::{BTreeMap, BTreeSet};

/// Rounds of looking again.
const ROUNDS: usize = 4;
/// Candidates of this rank are not derivatives through every path.
const FAR: usize = 2;
/// As many candidates are tried for each of two names at once.
const PAIRED: usize = 24;

/// What names stand for: positions among the candidates of a bench.
#[derive(Clone, Debug, Default)]
pub struct Stands {
    of: BTreeMap<Name, usize>,
}

/// An equation of the author: of one of the names, or a claim.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Rule {
    Local(Name),
    Claim(usize),
}

impl Stands {
    /// What the author's names stand for. `wrong`: some claim is false, so that not all equations are right.
    pub fn found(bench: &Bench, wrong: bool) -> Stands {
        let mut stands = Stands::default();
        for name in &bench.group.locals {
            // Where something is wrong, a multiple may be a factor that was forgotten: the equations that read it tell.
            let fits = |candidate: &&(usize, &Candidate)| {
                !(wrong && candidate.1.scaled)
                    && bench.samples.iter().enumerate().all(|(number, sample)| {
                        sample.values.get(name).is_some_and(|own| same(own, &candidate.1.values[number]))
                    })
            };
            if let Some((position, _)) = candidates(bench, name).iter().find(fits) {
                stands.of.insert(name.clone(), *position);
            }
        }
        if wrong && !bench.samples.is_empty() {
            stands.look_again(bench);
        }
        stands
    }

    /// The candidate that a name stands for.
    pub fn of<'b>(&self, bench: &'b Bench, name: &Name) -> Option<&'b Candidate> {
        self.of.get(name).map(|position| &bench.candidates[*position])
    }

    /// Whether a name has the values of something that its author hardly means by it: of what comes from above, or of a value.
    pub fn is_by_chance(&self, bench: &Bench, name: &Name) -> bool {
        let copies = || bench.equations(name).iter().all(|equation| equation.body.as_read().is_some());
        self.of(bench, name)
            .is_some_and(|candidate| !named_like(name, candidate) && (candidate.rank >= FAR || copies()))
    }

    /// The name that stands for a derivative at its own place, if one does.
    pub fn name_of(&self, bench: &Bench, quantity: &Name) -> Option<Name> {
        let plain = |candidate: &Candidate| {
            candidate.term.as_read().is_some_and(|read| {
                &read.quantity == quantity
                    && read.places().is_some_and(|places| places.iter().all(|place| place.as_name().is_some()))
            })
        };
        self.of.iter().find(|(_, position)| plain(&bench.candidates[**position])).map(|(name, _)| name.clone())
    }

    /// True values of all names that stand for something, on a sample.
    pub fn values(&self, bench: &Bench, sample: usize) -> BTreeMap<Name, Placed> {
        let fitted = |(name, position): (&Name, &usize)| {
            let own = bench.samples[sample].values.get(name)?;
            Some((name.clone(), fit(&bench.candidates[*position].values[sample], own)))
        };
        self.of.iter().filter_map(fitted).collect()
    }

    /// Whether the equation of a name is right, given what the other names stand for.
    pub fn holds(&self, bench: &Bench, name: &Name) -> bool {
        self.rule_holds(bench, &Rule::Local(name.clone()), bench.samples.len())
    }

    fn rule_holds(&self, bench: &Bench, rule: &Rule, samples: usize) -> bool {
        (0..samples.min(bench.samples.len())).all(|number| {
            let sample = &bench.samples[number];
            let put = self.values(bench, number);
            match rule {
                Rule::Local(name) => {
                    let Some(position) = self.of.get(name) else { return true };
                    if bench.is_unknown(name) {
                        return false;
                    }
                    let tried = bench.tried(sample, name, &put, None);
                    tried.is_some_and(|tried| same(&tried, &bench.candidates[*position].values[number]))
                }
                Rule::Claim(position) => {
                    let claim = &bench.group.claims[*position];
                    let side = |name: &Name| bench.tried(sample, name, &put, None);
                    match (side(&claim.left), side(&claim.right)) {
                        (Some(left), Some(right)) => difference(&right, &left).is_none(),
                        _ => false,
                    }
                }
            }
        })
    }

    fn look_again(&mut self, bench: &Bench) {
        let names: Vec<Name> = bench
            .group
            .locals
            .iter()
            .cloned()
            .chain(
                bench.union.quantities.keys().filter(|name| bench.is_unknown(name) || bench.is_parted(name)).cloned(),
            )
            .collect();
        let reads: BTreeMap<Rule, BTreeSet<Name>> = rules(bench)
            .into_iter()
            .map(|rule| {
                let read = match &rule {
                    Rule::Local(name) => bench.read_by(name),
                    Rule::Claim(position) => {
                        let claim = &bench.group.claims[*position];
                        bench.read_by(&claim.left).union(&bench.read_by(&claim.right)).cloned().collect()
                    }
                };
                (rule, read)
            })
            .collect();
        for _ in 0..ROUNDS {
            let before = self.of.clone();
            for name in names.iter().rev() {
                self.best_for(bench, name, &reads);
            }
            for rule in reads.keys() {
                self.pair(bench, rule, &reads[rule]);
            }
            if self.of == before {
                break;
            }
        }
    }

    /// Lets a name stand for what makes most of the equations right that speak of it.
    fn best_for(&mut self, bench: &Bench, name: &Name, reads: &BTreeMap<Rule, BTreeSet<Name>>) {
        let touching: Vec<&Rule> = reads.iter().filter(|(_, read)| read.contains(name)).map(|(rule, _)| rule).collect();
        let own = Rule::Local(name.clone());
        let copies = bench.equations(name).iter().all(|equation| equation.body.as_read().is_some());
        let score = |stands: &Stands| {
            // An equation says something only if what it defines stands for something.
            let says = |rule: &&&Rule| match rule {
                Rule::Local(other) => stands.of.contains_key(other) && *other != *name,
                Rule::Claim(_) => true,
            };
            let others = touching.iter().filter(says).filter(|rule| stands.rule_holds(bench, rule, 1)).count();
            let itself = usize::from(stands.of.contains_key(name) && stands.rule_holds(bench, &own, 1));
            // What is a mere copy by its own equation says little.
            let weight = if copies { 1 } else { 3 };
            // What its own equation says weighs more than one reader, and less than two.
            let like = stands.of(bench, name).is_some_and(|candidate| named_like(name, candidate));
            if others + itself == 0 { 0 } else { 2 * others + weight * itself + usize::from(like) }
        };
        let all = 2 * touching.len() + if copies { 1 } else { 3 };
        let mut best = score(self);
        if best >= all {
            return;
        }
        let kept = self.of.get(name).copied();
        let mut chosen = kept;
        for (position, candidate) in candidates(bench, name) {
            if Some(position) == kept || (best > 0 && candidate.rank >= 20) {
                continue;
            }
            self.of.insert(name.clone(), position);
            let found = score(self);
            if found > best || (found == best && found > 0 && chosen.is_none() && named_like(name, candidate)) {
                (best, chosen) = (found, Some(position));
                if best >= all {
                    break;
                }
            }
        }
        match chosen {
            Some(position) => self.of.insert(name.clone(), position),
            None => self.of.remove(name),
        };
    }

    /// Two names at once, where only together they make an equation right, in one way.
    fn pair(&mut self, bench: &Bench, rule: &Rule, read: &BTreeSet<Name>) {
        let mut open: Vec<Name> = read.iter().filter(|name| !self.of.contains_key(*name)).cloned().collect();
        if let Rule::Local(name) = rule
            && !self.of.contains_key(name)
            && !open.contains(name)
        {
            open.push(name.clone());
        }
        let [one, other] = open.as_slice() else { return };
        if bench.is_unknown(one) || bench.is_unknown(other) {
            return;
        }
        let first = |name: &Name| {
            candidates(bench, name).into_iter().filter(|(_, one)| one.rank < 3).take(PAIRED).collect::<Vec<_>>()
        };
        let mut found = Vec::new();
        for (position, _) in first(one) {
            for (second, _) in first(other) {
                let mut stands = self.clone();
                stands.of.insert(one.clone(), position);
                stands.of.insert(other.clone(), second);
                if stands.rule_holds(bench, rule, 1) {
                    found.push(stands);
                }
            }
        }
        let like = |stands: &&Stands| {
            [one, other].iter().all(|name| stands.of(bench, name).is_some_and(|candidate| named_like(name, candidate)))
        };
        match found.as_slice() {
            [only] => *self = only.clone(),
            several => {
                if let Some(stands) = several.iter().find(like) {
                    *self = stands.clone();
                }
            }
        }
    }

    /// The names whose equations a claim needs to be right: those that stand for something, after those that they need.
    pub fn needed(&self, bench: &Bench, claim: &Claim) -> Vec<Name> {
        let mut reached: BTreeSet<Name> = BTreeSet::new();
        let mut open = vec![claim.left.clone(), claim.right.clone()];
        while let Some(name) = open.pop() {
            for read in bench.read_by(&name) {
                if reached.insert(read.clone()) {
                    open.push(read);
                }
            }
        }
        let stand = |name: &&Name| reached.contains(*name) && self.is_kept(bench, name);
        bench.group.locals.iter().filter(stand).cloned().collect()
    }

    /// Whether proofs speak of a name by what it stands for: a derivative, or something that goes round in a circle. Other names
    /// are abbreviations, and written out.
    fn is_kept(&self, bench: &Bench, name: &Name) -> bool {
        self.of(bench, name).is_some_and(|candidate| candidate.term.as_read().is_some() || recurs(bench, name))
    }

    /// All names that a claim reads, directly or through others, those that are read before those that read them.
    pub fn reached(&self, bench: &Bench, claim: &Claim) -> Vec<Name> {
        self.behind(bench, &[claim.left.clone(), claim.right.clone()])
    }

    /// The same of the equations of `readers`.
    pub fn behind(&self, bench: &Bench, readers: &[Name]) -> Vec<Name> {
        fn visit(bench: &Bench, name: &Name, done: &mut Vec<Name>, open: &mut BTreeSet<Name>) {
            for read in bench.read_by(name) {
                if open.insert(read.clone()) {
                    visit(bench, &read, done, open);
                    done.push(read);
                }
            }
        }
        let (mut done, mut open) = (Vec::new(), BTreeSet::new());
        for reader in readers {
            visit(bench, reader, &mut done, &mut open);
        }
        done
    }

    /// Shows what a name stands for, from its equation.
    pub fn decide(&self, bench: &Bench, name: &Name, assumed: &Assumed) -> Decision {
        let definitions = bench.system.definitions(name);
        let mut all = Decision { equal: true, ..Decision::default() };
        for definition in definitions.iter() {
            let left = self.truth(bench, name, &definition.at);
            let right = self.written_out(bench, &definition.body, &definition.ranges);
            let (Some(left), Some(right)) = (left, right) else {
                return Decision { stopped: Some(format!("`{name}` could not be written out")), ..Decision::default() };
            };
            // A value of the network is meant as what its own equation says.
            let value = self.of(bench, name).and_then(|candidate| candidate.term.as_read()).map(|read| &read.quantity);
            let own =
                |read: &Read| Some(&read.quantity) == value && bench.group.base.quantity(&read.quantity).is_some();
            let fixed = definition.at.iter().any(|place| place.as_number().is_some());
            let left = match bench.system.once(&left, &definition.ranges, &own) {
                Some((unfolded, true)) if !fixed => unfolded,
                _ => left,
            };
            let decision = bench.system.decide(&left, &right, &definition.ranges, assumed);
            if !decision.equal {
                return decision;
            }
            all.cases |= decision.cases;
            all.laws.extend(decision.laws);
            all.definitions.extend(decision.definitions);
        }
        all
    }

    /// Decides a claim, with all names put in for what they stand for.
    pub fn decide_claim(&self, bench: &Bench, claim: &Claim, assumed: &Assumed) -> Decision {
        let side = |name: &Name| {
            let definition = bench.system.definitions(name).first().cloned()?;
            let body = self.written_out(bench, &definition.body, &definition.ranges)?;
            Some(Definition { body, ..definition })
        };
        match (side(&claim.left), side(&claim.right)) {
            (Some(left), Some(right)) => bench.system.decide(&left.body, &right.under(&left), &left.ranges, assumed),
            _ => Decision {
                stopped: Some("the author's names could not be written out, as they go round in a circle".into()),
                ..Decision::default()
            },
        }
    }

    /// What a name stands for, by entries, at these places.
    fn truth(&self, bench: &Bench, name: &Name, at: &[Integer]) -> Option<Term> {
        let candidate = self.of(bench, name)?;
        let count = candidate.letters.len();
        let entries: Vec<Name> = (0..at.len().checked_sub(count)?).map(entry_letter).collect();
        let places: Vec<Integer> = entries.iter().cloned().map(Integer::name).collect();
        let scalar = bench.system.scalar(&candidate.term, &places)?;
        let letters = candidate.letters.iter().chain(&entries).cloned();
        Some(scalar.at(&letters.zip(at.iter().cloned()).collect()))
    }

    /// A term in which names of the author are what they stand for, or else what their equations say.
    fn written_out(&self, bench: &Bench, term: &Term, scope: &[crate::math::expression::Binder]) -> Option<Term> {
        let wanted = |read: &Read| bench.is_written(&read.quantity) && !self.is_kept(bench, &read.quantity);
        let unfolded = bench.system.unfolded(term, scope, &wanted)?;
        let mut failed = false;
        let put = unfolded.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            if !self.is_kept(bench, &read.quantity) {
                return part;
            }
            let places: Vec<Integer> = read.places().unwrap_or_default().into_iter().cloned().collect();
            match self.truth(bench, &read.quantity, &places) {
                Some(term) => term,
                None => {
                    failed = true;
                    part
                }
            }
        });
        (!failed).then_some(put)
    }

    /// What is told of a name that stands for something.
    pub fn told(&self, bench: &Bench, name: &Name) -> Option<Stand> {
        let candidate = self.of(bench, name)?;
        let quantity = bench.union.quantity(name)?;
        let left = Term::read(quantity.read(Mark::Value));
        let recurrent = |letter: &&Name| bench.group.base.indices.get(*letter).is_some_and(|index| index.recurrent);
        let along = recurs(bench, name).then(|| candidate.letters.iter().find(recurrent).cloned()).flatten();
        let equations = bench
            .equations(name)
            .into_iter()
            .map(|equation| Meant {
                left: Term::read(quantity.read_at(Mark::Value, &equation.at)),
                written: equation.body.clone(),
                meant: self.meant(bench, &equation.body),
            })
            .collect();
        Some(Stand { name: name.clone(), left, right: candidate.term.clone(), along, equations })
    }

    /// A term in which the author's names are what they stand for.
    pub fn meant(&self, bench: &Bench, term: &Term) -> Term {
        term.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            let Some(candidate) = self.of(bench, &read.quantity).filter(|_| self.is_kept(bench, &read.quantity)) else {
                return part;
            };
            let count = candidate.letters.len();
            let places: Option<Vec<Integer>> = read
                .subscripts
                .iter()
                .take(count)
                .map(|place| match place {
                    Subscript::At(place) => Some(place.clone()),
                    _ => None,
                })
                .collect();
            let Some(places) = places.filter(|places| places.len() == count) else { return part };
            let put: BTreeMap<Name, Integer> = candidate.letters.iter().cloned().zip(places).collect();
            let entries = &read.subscripts[count..];
            match candidate.term.at(&put) {
                whole if entries.is_empty() => whole,
                // An entry of what it stands for.
                whole => match whole.as_read() {
                    Some(inner) => {
                        let subscripts = inner.subscripts.iter().chain(entries).cloned().collect();
                        Term::read(Read { subscripts, quantity: inner.quantity.clone(), ..read.clone() })
                    }
                    None => part,
                },
            }
        })
    }
}

/// Whether a name is needed for its own value.
pub fn recurs(bench: &Bench, name: &Name) -> bool {
    let mut reached = BTreeSet::new();
    let mut open = vec![name.clone()];
    while let Some(next) = open.pop() {
        for read in bench.read_by(&next) {
            if reached.insert(read.clone()) {
                open.push(read);
            }
        }
    }
    reached.contains(name)
}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |rule: &Rule| match rule {
            Rule::Claim(position) => (0, *position, None),
            Rule::Local(name) => (1, 0, Some(name.clone())),
        };
        key(self).cmp(&key(other))
    }
}

fn rules(bench: &Bench) -> Vec<Rule> {
    let whole = |claim: &Claim| claim.misfit.as_ref().is_none_or(|misfit| misfit.at.is_some());
    let claims = (0..bench.group.claims.len()).filter(|position| whole(&bench.group.claims[*position]));
    let parted = bench.group.circle.iter().map(|circle| circle.name.clone());
    claims.map(Rule::Claim).chain(bench.group.locals.iter().cloned().chain(parted).map(Rule::Local)).collect()
}

/// What a name may stand for: it has the same indices and the same shape.
fn candidates<'b>(bench: &'b Bench, name: &Name) -> Vec<(usize, &'b Candidate)> {
    let Some(quantity) = bench.union.quantity(name) else { return Vec::new() };
    let letters = letters(quantity);
    bench
        .candidates
        .iter()
        .enumerate()
        .filter(|(_, candidate)| candidate.letters == letters && candidate.term.shape() == &quantity.shape)
        .collect()
}

/// Whether a name is spelled like the derivative: `dc`, `d_c`, `delta_c` for ∂L/∂c, and `d_f` for ∂L/∂a_f.
fn named_like(name: &Name, candidate: &Candidate) -> bool {
    let Some(read) = candidate.term.as_read() else { return false };
    let Some((_, by)) = read.quantity.as_str().split_once("/∂") else { return false };
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let name = plain(name.as_str());
    let by = plain(by);
    let stem = by.strip_prefix(['a', 'u']).filter(|stem| !stem.is_empty()).unwrap_or(&by).to_string();
    let prefixes = ["d", "delta", "grad", "g", "e"];
    prefixes.iter().any(|prefix| name.strip_prefix(prefix).is_some_and(|rest| rest == by || rest == stem))
}

/// True values in the layout of a name, which may run one step further: there its own values stay.
fn fit(truth: &Placed, own: &Placed) -> Placed {
    if truth.array.dims == own.array.dims && truth.lows == own.lows {
        return truth.clone();
    }
    let mut fitted = own.clone();
    let Some(inside) = cut(truth, own) else { return fitted };
    let mut values = inside.array.data.iter();
    for (position, entry) in fitted.array.data.iter_mut().enumerate() {
        let mut rest = position;
        let mut within = true;
        for (axis, dim) in own.array.dims.iter().enumerate().rev() {
            let at = (rest % dim) as i64 + own.lows.get(axis).copied().unwrap_or(1);
            rest /= dim;
            let low = inside.lows.get(axis).copied().unwrap_or(1);
            within &= (low..low + inside.array.dims[axis] as i64).contains(&at);
        }
        if within && let Some(value) = values.next() {
            *entry = *value;
        }
    }
    fitted
}
