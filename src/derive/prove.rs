//! Lemmas are proved from laws, and from lemmas that stand earlier in the book.

use super::Options;
use super::explain::explain;
use super::graph::{Graph, SharedOps, graph};
use super::ground::Ground;
use super::rules::{Kind, Rules, kinds};
use super::signs::Signs;
use crate::math::derivation::Step;
use crate::math::expression::Term;
use crate::math::law::{Book, Condition, Law, Purpose, Standing};
use std::collections::BTreeSet;

/// A proof is given up when its graph grows beyond this.
const NODES: usize = 8_000;
/// Rounds of rewriting.
const ROUNDS: usize = 14;
/// The longest proof that is told.
const LINES: usize = 60;

/// The steps from the left side of a lemma to its right side, by laws of the book and by lemmas that stand before it.
/// What the lemma assumes is used, and named. `None` when the budget finds no proof.
pub fn prove(lemma: &Law, book: &Book, options: Options) -> Option<Vec<Step>> {
    let known = book.laws().position(|law| law.name == lemma.name).unwrap_or(0);
    let believed = |number: usize, law: &Law| match law.standing {
        Standing::Law => law.name != lemma.name,
        Standing::Lemma => number < known,
        Standing::Rejected => false,
    };
    let mut among: BTreeSet<Kind> = kinds(&lemma.left).union(&kinds(&lemma.right)).cloned().collect();
    // Differentials and adjoints are read left to right, algebra both ways.
    let useful = |law: &Law| match law.purpose {
        Purpose::Algebra => true,
        Purpose::Differential => among.contains("Differential"),
        Purpose::Adjoint => among.contains("Pair"),
    };
    let ops = SharedOps::default();
    let laws = book.laws().enumerate().filter(|(number, law)| believed(*number, law) && useful(law));
    let mut rules = Rules::each(laws.map(|(_, law)| (law, law.purpose == Purpose::Algebra)), &ops);
    let grounds = grounds(lemma);
    for ground in &grounds {
        among.extend(kinds(&ground.left).union(&kinds(&ground.right)).cloned());
    }
    // First with those operations alone that the lemma speaks of, then with all.
    let ways = [Some(&among), None];
    ways.into_iter().find_map(|among| attempt(lemma, &mut rules, &grounds, &ops, among, options))
}

fn attempt(
    lemma: &Law,
    rules: &mut Rules,
    grounds: &[Ground],
    ops: &SharedOps,
    among: Option<&BTreeSet<Kind>>,
    options: Options,
) -> Option<Vec<Step>> {
    let mut graph = graph(ops);
    graph.analysis.assumed = lemma.conditions.clone();
    graph.analysis.signs = signs(lemma);
    let (left, right) = {
        let mut ops = ops.borrow_mut();
        (ops.flatten(&lemma.left), ops.flatten(&lemma.right))
    };
    let (left, right) = (graph.add_expr(&left), graph.add_expr(&right));
    for (number, ground) in grounds.iter().enumerate() {
        ground.enter(number, &mut graph, ops);
    }
    graph.rebuild();
    let met = |graph: &Graph| graph.find(left) == graph.find(right);
    rules.saturate_until(&mut graph, None, NODES, ROUNDS, among, &met);
    if graph.analysis.conflict || !met(&graph) {
        return None;
    }
    let explained = explain(&mut graph, rules, grounds, &lemma.left, &lemma.right, LINES)?;
    if let (true, Some(mut proof)) = (options.check_proofs, explained.proof) {
        let mut rewrites = rules.rewrites();
        rewrites.extend(grounds.iter().enumerate().filter_map(|(number, one)| one.rewrite(number, ops)));
        proof.check_proof(&rewrites);
    }
    Some(explained.steps)
}

/// What holds beside the laws: what `y` stands for, and equalities that the lemma assumes.
fn grounds(lemma: &Law) -> Vec<Ground> {
    let mut found = Vec::new();
    if let Some((name, value)) = &lemma.value
        && let Some(letter) = lemma.letters.get(name)
    {
        found.push(Ground::definition(name, Term::letter(letter.clone()), value.clone()));
    }
    for condition in &lemma.conditions {
        if let Condition::Equal(left, right) = condition {
            found.push(Ground::assumption(left.clone(), right.clone()));
        }
    }
    found
}

/// What the lemma assumes of the signs of its letters.
fn signs(lemma: &Law) -> Signs {
    let mut signs = Signs::default();
    for condition in &lemma.conditions {
        let (Condition::NonZero(term) | Condition::Positive(term)) = condition else { continue };
        if let crate::math::expression::Op::Letter(letter) = term.op() {
            let is_positive = matches!(condition, Condition::Positive(_));
            let known = if is_positive { &mut signs.positive } else { &mut signs.divisors };
            known.insert(letter.name.clone());
        }
    }
    signs
}
