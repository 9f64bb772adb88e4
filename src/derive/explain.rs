//! From egg's explanation to the lines of a page.
//!
//! egg explains an equality as a tree: each node's arguments change first, then the node itself by one rule. Walking the
//! tree, all places whose next rule comes from the same law advance together, so that a law applied at four places
//! is one line.

use super::graph::{Graph, Node, Ops};
use super::ground::Ground;
use super::rules::Rules;
use crate::math::derivation::{Reason, Step};
use crate::math::expression::Term;
use egg::{Explanation, RecExpr, Symbol, TreeExplanation, TreeTerm};
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
