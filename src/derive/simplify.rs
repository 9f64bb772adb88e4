//! Milestones: a line is simplified by the normal form, and a small e-graph explains what lies between.

use super::alike::{Sharing, numbering};
use super::explain::explain;
use super::graph::{Graph, SharedOps, graph};
use super::normal;
use super::rules::{Kind, Rules, kinds};
use crate::math::derivation::{Milestone, Reason, Step};
use crate::math::expression::{Op, Term};
use crate::math::law::{Book, Law, Purpose, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Explanations are searched for in graphs of at most this size; larger ones cost more to explain than they tell.
const NODES: usize = 3_000;
/// Rounds of rewriting.
const ROUNDS: usize = 12;
/// Sums with more summands than this are left as they are; the normal form has a limit of that order too.
const WIDEST: usize = 200;
/// The longest explanation that is told.
const LINES: usize = 60;

/// Simplifies terms, with the algebra of a book.
pub struct Simplifier<'b> {
    ops: SharedOps,
    rules: Rules<'b>,
    known: BTreeMap<Term, Option<(Term, Vec<Step>)>>,
    /// Whether every explanation goes through egg's own proof checker, which panics where it finds a fault.
    pub check_proofs: bool,
}

impl<'b> Simplifier<'b> {
    /// The laws of algebra of `book`, and its lemmas, read both ways.
    pub fn new(book: &'b Book) -> Self {
        Simplifier::with(book, &|law| law.standing != Standing::Rejected)
    }

    /// Those laws of algebra of `book` that are `believed`, read both ways.
    pub fn with(book: &'b Book, believed: &dyn Fn(&Law) -> bool) -> Self {
        let ops = SharedOps::default();
        let laws = book.laws().filter(|law| believed(law) && law.purpose == Purpose::Algebra);
        Simplifier { rules: Rules::new(laws, true, &ops), ops, known: BTreeMap::new(), check_proofs: false }
    }

    /// A simpler form of `term` and the step that leads there; `None` when it is as simple as it gets.
    pub fn simplify(&mut self, term: &Term) -> Option<(Term, Step)> {
        if term.summands().len() > WIDEST {
            return None;
        }
        let (there, back) = numbering(term);
        let key = there.term(term);
        if !self.known.contains_key(&key) {
            let mut sharing = Sharing::default();
            let result = self.look(&key).map(|(term, step)| (sharing.share(&term), sharing.steps(&[step])));
            self.known.insert(key.clone(), result);
        }
        let (_, steps) = self.known[&key].as_ref()?;
        let step = back.steps(steps).pop()?;
        Some((step.after.clone(), step))
    }

    fn look(&mut self, term: &Term) -> Option<(Term, Step)> {
        let simpler = normal::simplify(term)?;
        if regrouped(&simpler) == regrouped(term) {
            return None;
        }
        let step = match self.between(term, &simpler) {
            Some(substeps) => Step {
                reason: Reason::Milestone(Milestone::Simplify),
                places: vec![Vec::new()],
                after: simpler.clone(),
                substeps,
            },
            None => {
                Step { reason: Reason::Algebra, places: vec![Vec::new()], after: simpler.clone(), substeps: Vec::new() }
            }
        };
        Some((simpler, step))
    }

    /// The steps between two equal terms, if the budget finds them.
    pub fn between(&mut self, from: &Term, to: &Term) -> Option<Vec<Step>> {
        let mut graph = graph(&self.ops);
        let (left, right) = {
            let mut ops = self.ops.borrow_mut();
            (ops.flatten(from), ops.flatten(to))
        };
        let (left, right) = (graph.add_expr(&left), graph.add_expr(&right));
        graph.rebuild();
        let among: BTreeSet<Kind> = kinds(from).union(&kinds(to)).cloned().collect();
        let met = |graph: &Graph| graph.find(left) == graph.find(right);
        self.rules.saturate_until(&mut graph, None, NODES, ROUNDS, Some(&among), &met);
        if graph.analysis.conflict || graph.find(left) != graph.find(right) {
            return None;
        }
        let explained = explain(&mut graph, &self.rules, from, to, LINES)?;
        if let (true, Some(mut proof)) = (self.check_proofs, explained.proof) {
            proof.check_proof(&self.rules.rewrites());
        }
        Some(explained.steps)
    }
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
