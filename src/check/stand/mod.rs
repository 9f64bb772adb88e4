//! What the names of an author stand for: stated in a claim, or else found by numbers, and shown by algebra where it matters.
//!
//! A name whose values are those of a derivative stands for it. Where an equation is wrong, the values of its name and of
//! all that follow are no one's; then a name stands for what makes most of the other equations right.

mod proof;
mod search;

use super::bench::{Bench, Candidate, cut, same};
use crate::evaluate::claims::Placed;
use crate::math::claim::Claim;
use crate::math::name::Name;
use search::{Rule, candidates};
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
