//! From egg's explanation to the lines of a page.
//!
//! egg explains an equality as a tree: each node's arguments change first, then the node itself by one rule. Walking the
//! tree, all places whose next rule comes from the same law advance together, so that a law applied at four places
//! is one line.

use super::graph::{Graph, Node, Ops};
use super::ground::Ground;
use super::rules::Rules;
use crate::math::derivation::{Reason, Step};
use crate::math::expression::{Op, Term};
use crate::math::number;
use egg::{Explanation, RecExpr, Symbol, TreeExplanation, TreeTerm};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Why two terms of a graph are equal, line by line. `None` when they are not in one class, or when the explanation
/// is longer than `limit` lines.
pub fn explain(
    graph: &mut Graph,
    rules: &Rules,
    grounds: &[Ground],
    from: &Term,
    to: &Term,
    limit: usize,
) -> Option<Explained> {
    let shared = graph.analysis.ops.clone();
    let (left, right): (RecExpr<Node>, RecExpr<Node>) = {
        let mut ops = shared.borrow_mut();
        (ops.flatten(from), ops.flatten(to))
    };
    if from == to {
        return Some(Explained { steps: Vec::new(), proof: None });
    }
    let left_class = graph.add_expr(&left);
    let right_class = graph.add_expr(&right);
    graph.rebuild();
    if graph.find(left_class) != graph.find(right_class) {
        return None;
    }
    let proof = graph.explain_equivalence(&left, &right);
    let steps = walk(&proof.explanation_trees, rules, grounds, &shared.borrow(), limit)?;
    let steps = without_detours(from, steps);
    (steps.last().map(|step| &step.after) == Some(to)).then_some(Explained { steps, proof: Some(proof) })
}

/// An explanation as steps, and egg's own form of it for its proof checker.
pub struct Explained {
    /// The steps; none when both terms were the same.
    pub steps: Vec<Step>,
    /// egg's form.
    pub proof: Option<Explanation<Node>>,
}

/// A place of the term, and how far its explanation has been told.
struct Walker<'t> {
    trees: &'t [Rc<TreeTerm<Node>>],
    at: usize,
    args: Vec<Walker<'t>>,
}

impl<'t> Walker<'t> {
    fn new(trees: &'t TreeExplanation<Node>) -> Self {
        let args = trees[0].child_proofs.iter().map(Walker::new).collect();
        Walker { trees, at: 0, args }
    }

    /// The term as told so far.
    fn term(&self, ops: &Ops) -> Option<Term> {
        let args: Option<Vec<Term>> = self.args.iter().map(|arg| arg.term(ops)).collect();
        Term::new(ops.of(&self.trees[self.at].node).clone(), args?).ok()
    }

    fn finished(&self) -> bool {
        self.at + 1 == self.trees.len() && self.args.iter().all(Walker::finished)
    }

    /// The rules that could be told next, leftmost first, with their places.
    fn next(&self, place: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, Told)>) {
        if self.args.iter().any(|arg| !arg.finished()) {
            for (position, arg) in self.args.iter().enumerate() {
                place.push(position);
                arg.next(place, found);
                place.pop();
            }
        } else if let Some(tree) = self.trees.get(self.at + 1) {
            match (tree.forward_rule, tree.backward_rule) {
                (Some(rule), _) => found.push((place.clone(), Told { rule, backward: false })),
                (None, Some(rule)) => found.push((place.clone(), Told { rule, backward: true })),
                (None, None) => {}
            }
        }
    }

    /// Steps over trees that change nothing at this place.
    fn settle(&mut self) {
        self.args.iter_mut().for_each(Walker::settle);
        while self.args.iter().all(Walker::finished)
            && self
                .trees
                .get(self.at + 1)
                .is_some_and(|tree| tree.forward_rule.is_none() && tree.backward_rule.is_none())
        {
            self.advance();
            self.args.iter_mut().for_each(Walker::settle);
        }
    }

    fn advance(&mut self) {
        self.at += 1;
        self.args = self.trees[self.at].child_proofs.iter().map(Walker::new).collect();
    }

    fn advance_at(&mut self, place: &[usize]) {
        match place.split_first() {
            None => self.advance(),
            Some((first, rest)) => self.args[*first].advance_at(rest),
        }
    }
}

/// A rule, and whether egg used it right to left.
#[derive(Clone, Copy, PartialEq)]
struct Told {
    rule: Symbol,
    backward: bool,
}

/// What a line is told by: a law, or an equality of this calculation, read backward or not.
#[derive(PartialEq)]
enum Why {
    Law(Reason),
    Ground(usize, bool),
}

fn walk(
    trees: &TreeExplanation<Node>,
    rules: &Rules,
    grounds: &[Ground],
    ops: &Ops,
    limit: usize,
) -> Option<Vec<Step>> {
    let reason = |told: &Told| -> Option<Why> {
        if let Some(ground) = (0..grounds.len()).find(|number| Ground::symbol(*number) == told.rule) {
            return Some(Why::Ground(ground, told.backward));
        }
        let rule = rules.rule(told.rule)?;
        Some(Why::Law(Reason::Law { name: rule.law.clone(), reversed: rule.reversed != told.backward }))
    };
    let mut walker = Walker::new(trees);
    walker.settle();
    let mut lines: Vec<Term> = vec![walker.term(ops)?];
    let mut steps: Vec<Step> = Vec::new();
    while !walker.finished() {
        let mut found = Vec::new();
        walker.next(&mut Vec::new(), &mut found);
        let (_, first) = found.first()?;
        let first = reason(first)?;
        let mut places = Vec::new();
        for (place, told) in &found {
            if reason(told)? == first {
                walker.advance_at(place);
                places.push(place.clone());
            }
        }
        walker.settle();
        let after = walker.term(ops)?;
        // A line that comes back cuts all that lies between.
        if let Some(seen) = lines.iter().position(|line| line == &after) {
            lines.truncate(seen + 1);
            steps.truncate(seen);
            continue;
        }
        let step = match first {
            Why::Law(reason) => Step::new(reason, places, after.clone()),
            Why::Ground(number, backward) => grounds[number].step(backward, lines.last()?, places, after.clone())?,
        };
        lines.push(after);
        steps.push(step);
        if steps.len() > limit {
            return None;
        }
    }
    Some(steps)
}

/// Without detours from 0 to the d of a constant and back. In a graph where both are one class, egg may take the one where the
/// other stands: `max(0, u)` would be differentiated as `max(d c, u)`.
fn without_detours(start: &Term, steps: Vec<Step>) -> Vec<Step> {
    let is_zero = |term: &Term| term.as_number().is_some_and(number::is_zero);
    let changes = || {
        let befores = std::iter::once(start).chain(steps.iter().map(|step| &step.after));
        befores.zip(&steps).flat_map(|(before, step)| {
            step.places.iter().filter_map(move |place| Some((before.subterm(place)?, step.after.subterm(place)?)))
        })
    };
    let from_nothing = |(old, new): &(&Term, &Term)| is_zero(old) && *new.op() == Op::Differential;
    let made: BTreeSet<Term> = changes().filter(from_nothing).map(|(_, new)| new.clone()).collect();
    let holds = |term: &Term| {
        let mut found = false;
        term.walk(&mut |part| found |= made.contains(part));
        found
    };
    // Where a law has such a d of its own, it is needed.
    if made.is_empty() || changes().any(|change| !from_nothing(&change) && holds(change.1) && !holds(change.0)) {
        return steps;
    }
    let put =
        |term: &Term| term.map(&mut |part| if made.contains(&part) { Term::filled(0, part.shape()) } else { part });
    let mut before = start.clone();
    let mut told: Vec<Step> = Vec::new();
    for step in &steps {
        let after = put(&step.after);
        let changed = |place: &Vec<usize>| before.subterm(place) != after.subterm(place);
        let places: Vec<Vec<usize>> = step.places.iter().filter(|place| changed(place)).cloned().collect();
        if !places.is_empty() {
            told.push(Step { places, after: after.clone(), ..step.clone() });
        }
        before = after;
    }
    // What is asked for may hold such a d itself.
    if steps.last().is_some_and(|last| last.after != before) { steps } else { told }
}
