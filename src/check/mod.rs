//! Claims checked: numbers first, which refute fast, then algebra, which proves. And where a claim is false, which of the
//! author's equations is to blame, given the others. It is a sentence of all verbs, too long for `lib.rs`.

mod bench;
mod blame;
mod edits;
pub mod equality;
mod explain;
mod files;
mod networks;
mod scale;
mod stand;
mod turned;

pub use files::{join, set_aside};

use crate::derive::claims::decide::{Assumed, Decision};
use crate::derive::claims::literals;
use crate::derive::claims::system::{Calculus, Definition, System};
use crate::evaluate::claims::{Difference, Sample, Sampler};
use crate::math::claim::{Claim, Claims, Group};
use crate::math::expression::{Binder, Op, Read, Reducer, Term};
use crate::math::finding::{Blame, Counterexample, Finding, Findings, Kind, Meant, Open, Proof, Standing};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Equation, Network};
use crate::math::shape::Sort;
use crate::math::source::Outcome;
use bench::Bench;
use std::collections::BTreeMap;

/// On how many random instances both sides of a claim are compared.
pub const SAMPLES: u64 = 4;
/// On how many where cases are told apart, since each case must occur.
const CASES: u64 = 8;
/// More numbers than this nobody retraces.
const RETRACED: usize = 16;
/// A difference of short numbers is told if it is this clear, relative to the largest entry.
const CLEAR: f64 = 1e-3;
/// No rounding of typed constants makes sides differ by more than this, relative to the largest entry.
const ROUNDING: f64 = 0.05;

/// All claims of a file.
pub fn check(claims: &Claims, book: &Book) -> Outcome<Findings> {
    let sampler = Sampler::default();
    let mut calculi: Vec<(Network, Calculus)> = Vec::new();
    let mut findings = Vec::new();
    let mut told: BTreeMap<(Option<Name>, String), Name> = BTreeMap::new();
    for group in &claims.groups {
        let known = calculi.iter().position(|(base, _)| base == &group.base);
        let position = match known {
            Some(position) => position,
            None => {
                calculi.push((group.base.clone(), Calculus::of(&group.base, book)?));
                calculi.len() - 1
            }
        };
        let system = System::new(group, &calculi[position].1);
        findings.extend(of_group(group, &system, &sampler, &mut told)?);
    }
    Ok(Findings { base: claims.base.clone(), findings })
}

/// Whether the sides of each claim agree on so many random instances; `None` where they cannot be compared.
pub fn agree(claims: &Claims, samples: u64) -> Vec<(Name, Option<bool>)> {
    let sampler = Sampler::default();
    let mut found = Vec::new();
    for group in &claims.groups {
        // Some cases cannot occur.
        let rare = |number: u64| number % CASES >= SAMPLES;
        let draw = |number: u64| {
            sampler.sample(group, number).map_or_else(|_| rare(number).then_some(None), |one| Some(Some(one)))
        };
        let drawn: Option<Vec<Option<Sample>>> = (0..samples).map(draw).collect();
        let drawn: Option<Vec<Sample>> = drawn.map(|drawn| drawn.into_iter().flatten().collect());
        for claim in &group.claims {
            let known = claim.misfit.is_none() && group.circle.is_none();
            let agrees = drawn.as_ref().filter(|_| known);
            let agrees = agrees.map(|drawn| drawn.iter().all(|sample| sample.difference(claim).is_none()));
            found.push((claim.name.clone(), agrees));
        }
    }
    found
}

fn of_group(
    group: &Group,
    system: &System,
    sampler: &Sampler,
    told: &mut BTreeMap<(Option<Name>, String), Name>,
) -> Outcome<Vec<Finding>> {
    let mut samples = Vec::new();
    let mut fault = None;
    for number in 0..if has_cases(group) { CASES } else { SAMPLES } {
        match sampler.sample(group, number) {
            Ok(sample) => samples.push(sample),
            // Some cases cannot occur.
            Err(_) if number >= SAMPLES => {}
            Err(found) => {
                fault = Some(found);
                break;
            }
        }
    }
    let misfit = |claim: &Claim| claim.misfit.is_some();
    let circle = group.circle.as_ref();
    let differs = |claim: &Claim| {
        misfit(claim) || circle.is_some() || samples.iter().any(|sample| sample.difference(claim).is_some())
    };
    let wrong = group.claims.iter().any(differs);
    let bench = Bench::new(group, system, sampler, samples, wrong);
    let differences: Vec<Option<(usize, Difference)>> =
        group.claims.iter().map(|claim| bench.difference(claim)).collect();
    let stands = match group.locals.is_empty() && circle.is_none() && !group.claims.iter().any(misfit) {
        true => stand::Stands::default(),
        false => stand::Stands::found(&bench, wrong),
    };
    let mut findings = Vec::new();
    let mut shown: BTreeMap<Name, Decision> = BTreeMap::new();
    let mut blamed: BTreeMap<Name, Blame> = BTreeMap::new();
    for (claim, difference) in group.claims.iter().zip(differences) {
        let mut finding = Finding {
            claim: claim.name.clone(),
            standing: Standing::Unknown,
            written: one_line(claim.span.text()),
            network: bench.union.clone(),
            assumptions: claim.assumptions.iter().map(|one| one.text.clone()).collect(),
            samples: bench.samples.len(),
            proof: Proof::default(),
            counterexample: None,
            blame: None,
            open: None,
        };
        if misfit(claim) || circle.is_some() || difference.is_some() {
            finding.standing = Standing::Refuted;
            // In a circle nothing has a value.
            let difference = difference.filter(|_| circle.is_none());
            finding.counterexample = difference.map(|(sample, at)| {
                let clear = |sample: &Sample| sample.difference(claim).filter(|found| found.relative > CLEAR);
                let simple = sampler.simple(group).and_then(|sample| clear(&sample).map(|found| (sample, found)));
                let simple = simple.map(|(sample, found)| counterexample(&bench, claim, &sample, found));
                // Short numbers serve those who are shown the data.
                match simple.filter(|simple| !simple.data.is_empty()) {
                    Some(simple) => simple,
                    None => counterexample(&bench, claim, &bench.samples[sample], at),
                }
            });
            let mut blame = blame::blame(&bench, &stands, claim, &mut blamed);
            if let Some((_, right)) = &blame.corrected {
                blame.also = explain::lines_of(&bench, &stands, right);
            }
            if let Some(circle) = circle {
                if blame.at.is_none() {
                    // True values fit all equations, but these do not define them.
                    return Err(vec![circle.reason.clone()]);
                }
                blame.said = Some(circle.reason.message.clone());
            }
            let key = (blame.at.clone(), blame.written.clone());
            match told.get(&key).filter(|_| blame.at.is_some()) {
                Some(before) => blame.before = Some(before.clone()),
                None => {
                    told.insert(key, claim.name.clone());
                }
            }
            finding.blame = Some(blame);
        } else if let Some(fault) = &fault {
            let reason = format!("it could not be compared on numbers: {}", fault.message);
            finding.open = Some(Open { residual: None, reason });
        } else {
            prove(&bench, &stands, claim, &mut shown, &mut finding);
        }
        rounded(&bench, claim, &mut finding);
        findings.push(finding);
    }
    Ok(findings)
}

/// Whether what is computed depends on which of several cases holds.
fn has_cases(group: &Group) -> bool {
    let mut found = false;
    for equation in &group.network.equations {
        equation.body.walk(&mut |part| {
            found |= match part.op() {
                Op::Compare(_) => part.args().iter().any(|arg| arg.ty().sort == Sort::Real),
                Op::Apply(name) => ["relu", "abs", "sign", "max", "min"].contains(&name.as_str()),
                Op::Reduce(reducer, _) => matches!(reducer, Reducer::Max | Reducer::Min),
                _ => false,
            }
        });
    }
    found
}

/// A claim that agrees on all samples: its own equation, and those of all names that it needs.
fn prove(
    bench: &Bench,
    stands: &stand::Stands,
    claim: &Claim,
    shown: &mut BTreeMap<Name, Decision>,
    finding: &mut Finding,
) {
    let system = bench.system;
    let assumed = Assumed::of(system, claim);
    let mut decisions: Vec<(Option<Name>, Decision)> = Vec::new();
    let needed = stands.needed(bench, claim);
    for name in &needed {
        let decision = shown.entry(name.clone()).or_insert_with(|| stands.decide(bench, name, &assumed));
        decisions.push((Some(name.clone()), decision.clone()));
    }
    decisions.push((None, stands.decide_claim(bench, claim, &assumed)));
    let failed = decisions.iter().find(|(_, decision)| !decision.equal);
    if let Some((at, decision)) = failed {
        let place = at.as_ref().map_or(String::new(), |name| format!(" of the equation of `{name}`"));
        let reason = match &decision.stopped {
            Some(stopped) => format!("no proof{place} was found: {stopped}"),
            None => format!("no proof{place} was found: the normal forms differ"),
        };
        finding.open = Some(Open { residual: decision.residual.clone(), reason });
        return;
    }
    finding.standing = Standing::Proved;
    for (_, decision) in &decisions {
        finding.proof.cases |= decision.cases;
        for law in &decision.laws {
            if !finding.proof.laws.iter().any(|known| known == law) {
                finding.proof.laws.push((*law).to_string());
            }
        }
        for name in &decision.definitions {
            if !finding.proof.definitions.contains(name) {
                finding.proof.definitions.push(name.clone());
            }
        }
    }
    let zero = |sample: &Sample| {
        sample.values.get(&claim.left).is_some_and(|placed| placed.array.data.iter().all(|entry| *entry == 0.0))
    };
    finding.proof.zero = !bench.samples.is_empty() && bench.samples.iter().all(zero);
    finding.proof.claim = bench.equations(&claim.right).first().and_then(|right| {
        let left = bench.equations(&claim.left).first()?.body.clone();
        Some(Meant { left, written: right.body.clone(), meant: stands.meant(bench, &right.body) })
    });
    finding.proof.stands = needed.iter().filter_map(|name| stands.told(bench, name)).collect();
}

/// A claim that differs by no more than the rounding of constants that were typed with few digits, and is the same otherwise.
fn rounded(bench: &Bench, claim: &Claim, finding: &mut Finding) {
    if matches!(finding.standing, Standing::Proved) || claim.misfit.is_some() {
        return;
    }
    let apart = finding.counterexample.as_ref().map_or(0.0, |found| found.relative);
    let typed = |equation: &Equation| bench.is_written(&equation.target) && literals::tolerance(&equation.body) > 0.0;
    if apart > ROUNDING || !bench.group.network.equations.iter().any(typed) {
        return;
    }
    let Some((left, right, scope)) = sides(bench, claim) else { return };
    let tolerance = literals::tolerance(&right);
    if tolerance > 0.0 && apart < 10.0 * tolerance && literals::alike(bench.system, &left, &right, &scope, tolerance) {
        finding.standing = Standing::ProvedRounded;
        finding.blame = None;
        finding.open = None;
    }
}

/// Both sides of a claim entry by entry, with all names of the author written out, and the indices that stand free.
fn sides(bench: &Bench, claim: &Claim) -> Option<(Term, Term, Vec<Binder>)> {
    let side = |name: &Name| {
        let definition = bench.system.definitions(name).first().cloned()?;
        let locals = |read: &Read| bench.is_written(&read.quantity);
        let body = bench.system.unfolded(&definition.body, &definition.ranges, &locals)?;
        Some(Definition { body, ..definition })
    };
    let (left, right) = (side(&claim.left)?, side(&claim.right)?);
    Some((left.body.clone(), right.under(&left), left.ranges))
}

/// An entry at which a claim fails, with the data that it depends on where a person can retrace them.
fn counterexample(bench: &Bench, claim: &Claim, sample: &Sample, difference: Difference) -> Counterexample {
    let group = bench.group;
    let read = bench.depends_on(claim);
    let sizes = group.base.sizes.keys().filter_map(|name| Some((name.clone(), *sample.sizes.get(name)?))).collect();
    let mut data = Vec::new();
    for (name, array) in sample.instance.given.inputs.iter().filter(|(name, _)| read.contains(*name)) {
        data.push((name.clone(), array.data.clone()));
    }
    for (output, array) in &sample.instance.given.upstream {
        let name = Name::new(format!("G_{output}"));
        if read.contains(&name) {
            data.push((name, array.data.clone()));
        }
    }
    if data.iter().map(|(_, entries)| entries.len()).sum::<usize>() > RETRACED {
        data.clear();
    }
    let Difference { at, claimed, actual, relative } = difference;
    Counterexample { sizes, at, claimed, actual, relative, data }
}

/// A text on one line.
pub fn one_line(text: &str) -> String {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The indices of a quantity as places.
pub fn places(axes: &[Binder]) -> Vec<Integer> {
    axes.iter().map(|axis| Integer::name(axis.index.clone())).collect()
}

/// What is said of a claim that nothing more can be said of.
pub fn unexplained(written: String) -> Blame {
    Blame {
        at: None,
        written,
        kind: Kind::Other,
        more: Vec::new(),
        suspects: Vec::new(),
        wrong: None,
        right: None,
        corrected: None,
        also: Vec::new(),
        shapes: None,
        said: None,
        entry: None,
        before: None,
    }
}
