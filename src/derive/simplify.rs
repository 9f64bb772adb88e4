//! Milestones: a line is simplified by the normal form and by forward definitions, and a small e-graph explains what
//! lies between.

use super::alike::{Sharing, numbering_of};
use super::contractions;
use super::definitions::{Definition, Definitions, values, values_in_scope};
use super::expand::{Expander, Setting};
use super::explain::explain;
use super::facts::{self, Fact};
use super::graph::{Graph, SharedOps, graph};
use super::ground::Ground;
use super::letters::Letters;
use super::normal;
use super::rules::{Kind, Rules, kinds};
use super::signs::Signs;
use crate::math::derivation::{Milestone, Reason, Step};
use crate::math::expression::{Binder, Op, Term};
use crate::math::law::{Book, Law, Purpose, Standing};
use crate::math::name::Name;
use crate::math::network::Network;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// Explanations are searched for in graphs of at most this size; larger ones cost more to explain than they tell.
const NODES: usize = 3_000;
/// The same, where an explanation is known and a shorter one is looked for.
const FEW_NODES: usize = 600;
/// Explanations of lines with more parts than this, both together, are searched for only when multiplying out fails.
const SEARCHED: usize = 64;
/// Rounds of rewriting.
const ROUNDS: usize = 12;
/// Sums with more summands than this are left as they are; the normal form has a limit of that order too.
const WIDEST: usize = 200;
/// The longest explanation that is told.
const LINES: usize = 60;
/// As many forward names are put for what they stand for, one after the other.
const FOLDS: usize = 4;

/// Simplifies terms, with the algebra of a book and the forward definitions of a network.
pub struct Simplifier<'b> {
    ops: SharedOps,
    rules: Rules<'b>,
    known: FxHashMap<Key, Found>,
    expander: Expander<'b>,
    definitions: Definitions,
    /// What is known of signs.
    pub signs: Signs,
    /// The letters for bound indices.
    pub letters: Letters,
    /// Whether every explanation goes through egg's own proof checker, which panics where it finds a fault.
    pub check_proofs: bool,
}

/// A question, under numbered names, so that lines of one shape are one question.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    term: Term,
    definitions: Vec<Definition>,
    ranges: Vec<Binder>,
    signs: Signs,
}

/// Its answer: the term after each leg of the way.
struct Found {
    legs: Vec<Leg>,
    /// The explanation, once it was asked for.
    step: Option<Step>,
}

/// A part of the way from a term to its shorter form.
#[derive(Clone)]
struct Leg {
    after: Term,
    /// Sums whose value was put in.
    facts: Vec<Fact>,
    /// Whether forward names were put for what they stand for.
    folded: bool,
}

impl Found {
    fn after<'k>(&'k self, key: &'k Key) -> &'k Term {
        self.legs.last().map_or(&key.term, |leg| &leg.after)
    }
}

impl<'b> Simplifier<'b> {
    /// The laws of algebra of `book`, and its lemmas, read both ways, with the definitions of `network`.
    pub fn new(book: &'b Book, network: &Network) -> Self {
        let mut simplifier = Simplifier::with(book, &|law| law.standing != Standing::Rejected);
        simplifier.definitions = Definitions::of(network);
        simplifier.signs = Signs::of(network, book);
        simplifier.letters = Letters::of(network);
        simplifier
    }

    /// Those laws of algebra of `book` that are `believed`, read both ways.
    pub fn with(book: &'b Book, believed: &dyn Fn(&Law) -> bool) -> Self {
        let ops = SharedOps::default();
        let laws = book.laws().filter(|law| believed(law) && law.purpose == Purpose::Algebra);
        Simplifier {
            rules: Rules::new(laws, true, &ops),
            ops,
            known: FxHashMap::default(),
            expander: Expander::new(book, believed),
            definitions: Definitions::default(),
            signs: Signs::default(),
            letters: Letters::default(),
            check_proofs: false,
        }
    }

    /// A simpler form of `term`, where the indices in `ranges` run; `None` when it is as simple as it gets.
    pub fn shorter(&mut self, term: &Term, ranges: &[Binder]) -> Option<Term> {
        let (key, back) = self.ask(term, ranges)?;
        let after = self.known[&key].after(&key);
        (after != &key.term).then(|| back.term(after))
    }

    /// A simpler form of `term` and the step that leads there; `None` when it is as simple as it gets.
    pub fn simplify(&mut self, term: &Term, ranges: &[Binder]) -> Option<(Term, Step)> {
        let (key, back) = self.ask(term, ranges)?;
        if self.known[&key].legs.is_empty() {
            return None;
        }
        if self.known[&key].step.is_none() {
            let (step, legs) = self.told(&key);
            let shared = Sharing::default().steps(step.as_slice()).pop();
            if let Some(found) = self.known.get_mut(&key) {
                found.step = shared;
                found.legs.truncate(legs);
            }
        }
        let step = self.known[&key].step.clone();
        let step = back.steps(step.as_slice()).pop()?;
        Some((step.after.clone(), step))
    }

    /// The question under numbered names, answered; and the way back.
    fn ask(&mut self, term: &Term, ranges: &[Binder]) -> Option<(Key, super::alike::Renaming)> {
        if term.summands().len() > WIDEST {
            return None;
        }
        let mut needed: Vec<&Definition> = self.definitions.foldable(term);
        if facts::may_hold(term) {
            needed.extend(self.definitions.meanings(term));
            needed.sort();
            needed.dedup();
        }
        let names: Vec<Term> = needed.iter().map(|definition| Term::read(definition.name.clone())).collect();
        let mut all = vec![term];
        for (definition, name) in needed.iter().zip(&names) {
            all.extend([name, &definition.body]);
        }
        let (there, back) = numbering_of(&all);
        let ranges = if needed.is_empty() { &[] } else { ranges };
        let definition = |definition: &&Definition| Definition {
            name: there.read(&definition.name),
            body: there.term(&definition.body),
            ranges: definition.ranges.iter().map(|range| there.binder(range)).collect(),
        };
        let key = Key {
            term: there.term(term),
            definitions: needed.iter().map(definition).collect(),
            ranges: ranges.iter().map(|range| there.binder(range)).collect(),
            signs: self.signs.renamed(&there),
        };
        if !self.known.contains_key(&key) {
            let legs = self.look(&key);
            self.known.insert(key.clone(), Found { legs, step: None });
        }
        Some((key, back))
    }

    /// The way to the shortest form that is found.
    fn look(&mut self, key: &Key) -> Vec<Leg> {
        let mut legs = self.written(&key.term, false, key);
        let Some(mut best) = legs.last().map(|leg| leg.after.clone()) else { return Vec::new() };
        for _ in 0..FOLDS {
            let mut next: Vec<Leg> = Vec::new();
            let folds = |definition: &Definition| {
                let sums = contractions::folded(definition, &best, &key.ranges);
                definition.folded(&best, &key.ranges).into_iter().chain(sums).collect::<Vec<_>>()
            };
            for folded in key.definitions.iter().flat_map(folds) {
                let way = self.written(&folded, true, key);
                let Some(last) = way.last() else { continue };
                if normal::price(&last.after) < normal::price(next.last().map_or(&best, |leg| &leg.after)) {
                    next = way;
                }
            }
            let Some(last) = next.last() else { break };
            best = last.after.clone();
            legs.extend(next);
        }
        if regrouped(&best) == regrouped(&key.term) {
            return Vec::new();
        }
        let mut sharing = Sharing::default();
        legs.iter_mut().for_each(|leg| leg.after = sharing.share(&leg.after));
        legs
    }

    /// The normal form of `term`, written as short as possible; then with sums of forward values that are known put in.
    fn written(&self, term: &Term, folded: bool, key: &Key) -> Vec<Leg> {
        let Some(after) = normal::simplify_with(term, &self.letters) else { return Vec::new() };
        let mut legs = vec![Leg { after, facts: Vec::new(), folded }];
        if facts::may_hold(term)
            && let Some((after, facts)) = facts::apply(term, &key.definitions, &key.ranges, &self.letters)
        {
            legs.push(Leg { after, facts, folded: false });
        }
        legs
    }

    /// The step from the question to its answer, and how many legs it goes: a leg that is not explained and rests on
    /// forward definitions is not gone.
    fn told(&mut self, key: &Key) -> (Option<Step>, usize) {
        let signs = key.signs.with_sizes(&self.signs);
        let legs = self.known[key].legs.clone();
        let (mut line, mut substeps, mut gone) = (&key.term, Some(Vec::new()), 0);
        let mut open = legs.as_slice();
        while let [leg, rest @ ..] = open {
            // Known sums are put in at once, where that can be explained.
            let direct = rest.first().filter(|next| !leg.folded && leg.facts.is_empty() && !next.facts.is_empty());
            let at_once = direct.and_then(|next| Some((next, self.leg(line, next, key, &signs)?)));
            let (leg, steps, taken) = match at_once {
                Some((next, steps)) => (next, Some(steps), 2),
                None if &leg.after == line => (leg, Some(Vec::new()), 1),
                None => (leg, self.leg(line, leg, key, &signs), 1),
            };
            let needs_definitions = leg.folded || !leg.facts.is_empty();
            match (steps, &mut substeps) {
                (Some(steps), Some(substeps)) => substeps.extend(steps),
                (None, _) if needs_definitions => break,
                // What may be 0 is not cancelled.
                (None, _) if inverted(line).iter().any(|below| !inverted(&leg.after).contains(below)) => break,
                // What is not explained so far is decided by the normal form, and so is what follows.
                (None, _) => substeps = None,
                (Some(_), None) if needs_definitions => break,
                (Some(_), None) => {}
            }
            (line, gone, open) = (&leg.after, gone + taken, &open[taken..]);
        }
        let reason = if substeps.is_some() { Reason::Milestone(Milestone::Simplify) } else { Reason::Algebra };
        let substeps = substeps.unwrap_or_default();
        let step = Step { substeps, ..Step::new(reason, vec![Vec::new()], line.clone()) };
        ((line != &key.term).then_some(step), gone)
    }

    /// The steps of one leg.
    fn leg(&mut self, from: &Term, leg: &Leg, key: &Key, signs: &Signs) -> Option<Vec<Step>> {
        let mut grounds: Vec<Ground> = Vec::new();
        if leg.folded {
            // Only names that come or go are written out.
            let known: BTreeSet<&Name> = values(from).map(|read| &read.quantity).collect();
            let new = |definition: &&Definition| !known.contains(&definition.name.quantity);
            let new: Vec<Definition> = key.definitions.iter().filter(new).cloned().collect();
            grounds = instances(&new, &[&leg.after], &key.ranges);
            if grounds.is_empty() {
                grounds = instances(&key.definitions, &[&leg.after], &key.ranges);
            }
        }
        for fact in &leg.facts {
            let own = facts::grounds(fact, &key.ranges);
            let steps = self.explained(&fact.left, &fact.right, &own, signs, &key.ranges)?;
            grounds.push(Ground::fact(fact.left.clone(), fact.right.clone(), steps));
        }
        self.explained(from, &leg.after, &grounds, signs, &key.ranges)
    }

    /// The steps between two equal terms: in one go, or by way of the form in which everything is multiplied out.
    pub fn explained(
        &mut self,
        from: &Term,
        to: &Term,
        grounds: &[Ground],
        signs: &Signs,
        ranges: &[Binder],
    ) -> Option<Vec<Step>> {
        let setting = Setting { grounds, signs, letters: &self.letters, ranges, far: false };
        let multiplied_out = self.expander.between(from, to, &setting);
        // A search finds shorter explanations of short lines, and seldom any of long ones.
        let long = from.size() + to.size() > SEARCHED;
        let nodes = match &multiplied_out {
            Some(_) if long => return multiplied_out,
            Some(_) => FEW_NODES,
            None => NODES,
        };
        self.search(from, to, grounds, signs, nodes).map(in_few_lines).or(multiplied_out).or_else(|| {
            let setting = Setting { grounds, signs, letters: &self.letters, ranges, far: true };
            self.expander.between(from, to, &setting)
        })
    }

    /// The steps between two equal terms, if the budget finds them.
    fn search(&mut self, from: &Term, to: &Term, grounds: &[Ground], signs: &Signs, nodes: usize) -> Option<Vec<Step>> {
        let mut graph = graph(&self.ops);
        graph.analysis.signs = signs.clone();
        let (left, right) = {
            let mut ops = self.ops.borrow_mut();
            (ops.flatten(from), ops.flatten(to))
        };
        let (left, right) = (graph.add_expr(&left), graph.add_expr(&right));
        let mut among: BTreeSet<Kind> = kinds(from).union(&kinds(to)).cloned().collect();
        for (number, ground) in grounds.iter().enumerate() {
            ground.enter(number, &mut graph, &self.ops);
            among.extend(kinds(&ground.left));
            among.extend(kinds(&ground.right));
        }
        graph.rebuild();
        let met = |graph: &Graph| graph.find(left) == graph.find(right);
        self.rules.saturate_until(&mut graph, None, nodes, ROUNDS, Some(&among), &met);
        if graph.analysis.conflict || graph.find(left) != graph.find(right) {
            return None;
        }
        let explained = explain(&mut graph, &self.rules, grounds, from, to, LINES)?;
        if let (true, Some(mut proof)) = (self.check_proofs, explained.proof) {
            let mut rewrites = self.rules.rewrites();
            rewrites.extend(grounds.iter().enumerate().filter_map(|(number, one)| one.rewrite(number, &self.ops)));
            proof.check_proof(&rewrites);
        }
        Some(explained.steps)
    }
}

/// All that the term is divided by, but for numbers.
fn inverted(term: &Term) -> BTreeSet<Term> {
    let mut found = BTreeSet::new();
    term.walk(&mut |part| {
        if let (Op::Div, [_, below]) = (part.op(), part.args()) {
            found.extend(below.factors().into_iter().filter(|factor| !normal::order::is_numeric(factor)).cloned());
        }
    });
    found
}

/// The steps with changes of order that follow each other made one step.
fn in_few_lines(steps: Vec<Step>) -> Vec<Step> {
    const ORDER: [&str; 4] = ["add-commutes", "add-associates", "multiply-commutes", "multiply-associates"];
    let orders = |step: &Step| match &step.reason {
        Reason::Law { name, .. } => ORDER.contains(&name.as_str()),
        reason => *reason == Reason::Order,
    };
    let mut fewer: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        match fewer.last_mut() {
            Some(last) if orders(last) && orders(&step) => {
                *last = Step { reason: Reason::Order, places: vec![Vec::new()], ..step };
            }
            _ => fewer.push(step),
        }
    }
    fewer
}

/// The definitions at all places where the terms read what they define.
pub fn instances(definitions: &[Definition], terms: &[&Term], ranges: &[Binder]) -> Vec<Ground> {
    let mut found: Vec<Ground> = Vec::new();
    for term in terms {
        let reads = values_in_scope(term, ranges);
        for definition in definitions {
            for (read, _) in &reads {
                // One reading may stand under several binders of the same letter.
                let scopes = reads.iter().filter(|(other, _)| other == read);
                let there: Option<Vec<_>> = scopes.map(|(_, scope)| definition.at(read, scope)).collect();
                let Some((name, meaning)) = there.and_then(|all| all.into_iter().next()) else { continue };
                let ground = Ground::definition(&read.quantity, name, meaning);
                if !found.contains(&ground) {
                    found.push(ground);
                }
            }
        }
    }
    found
}

/// The term with its sums and products grouped from the left. Grouping is never written, so two terms that differ in it
/// alone are the same line of a page.
pub fn regrouped(term: &Term) -> Term {
    let op = term.op();
    if !matches!(op, Op::Add | Op::Mul) {
        let args: Vec<Term> = term.args().iter().map(regrouped).collect();
        return Term::new(op.clone(), args).unwrap_or_else(|_| term.clone());
    }
    let members = if *op == Op::Add { term.summands() } else { term.factors() };
    members
        .into_iter()
        .map(regrouped)
        .reduce(|left, right| Term::new(op.clone(), vec![left.clone(), right]).unwrap_or(left))
        .unwrap_or_else(|| term.clone())
}
