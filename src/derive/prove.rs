//! Lemmas are proved from laws, and from lemmas that stand earlier in the book.

use super::Options;
use super::explain::explain;
use super::graph::{Graph, SharedOps, graph};
use super::ground::Ground;
use super::needs;
use super::rules::{Kind, Rules, kinds};
use super::signs::Signs;
use crate::math::derivation::{Reason, Step};
use crate::math::expression::{Op, Term};
use crate::math::law::{Book, Condition, Law, Purpose, Standing};
use std::collections::BTreeSet;

/// A proof is given up when its graph grows beyond this.
const NODES: usize = 6_000;
/// A law is applied at no more places than this in one round.
const MATCHES: usize = 2_000;
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
    let grounds = grounds(lemma);
    for ground in &grounds {
        among.extend(kinds(&ground.left).union(&kinds(&ground.right)).cloned());
    }
    // Differentials and adjoints are read left to right, algebra both ways.
    let useful = |law: &Law| match law.purpose {
        Purpose::Algebra | Purpose::Reading => true,
        Purpose::Differential => among.contains("Differential"),
        Purpose::Adjoint => among.contains("Pair"),
    };
    let laws = book.laws().enumerate().filter(|(number, law)| believed(*number, law) && useful(law));
    let laws: Vec<&Law> = laws.map(|(_, law)| law).collect();
    let near = |law: &Law| law.standing == Standing::Lemma && law.chapter == lemma.chapter;
    let steps = ways(&among).iter().find_map(|among| {
        // By the lemmas alone that lead up to it in its chapter, or by all that is known.
        let own: Vec<&Law> = laws.iter().copied().filter(|law| near(law)).collect();
        let found = attempt(lemma, &own, &grounds, among, options);
        found.or_else(|| attempt(lemma, &laws, &grounds, among, options))
    })?;
    let mut steps = shortened(lemma, &laws, &grounds, &among, steps, options);
    needs::Ground { book, signs: signs(lemma), network: None }.tell(&lemma.left, &mut steps);
    Some(steps)
}

/// The operations that a proof may speak of: those of the lemma, then also those that they are made of.
fn ways(among: &BTreeSet<Kind>) -> Vec<BTreeSet<Kind>> {
    let mut found = vec![among.clone()];
    let mut also = |kinds: &[&str]| {
        let mut more = found.last().cloned().unwrap_or_default();
        more.extend(kinds.iter().copied().map(Kind::from));
        found.push(more);
    };
    // A softmax is made of exponentials; a mean is a sum divided by a count.
    if among.contains("ReduceSoftmax") || among.contains("ReduceLogSumExp") {
        also(&["exp"]);
        also(&["Div"]);
        also(&["ReduceLogSumExp"]);
    }
    // A sigmoid and a softplus are, too.
    if among.contains("sigmoid") || among.contains("softplus") {
        also(&["exp", "log", "Div"]);
    }
    if among.contains("ReduceMean") {
        also(&["ReduceSum", "Integer"]);
        also(&["Div"]);
    }
    // Where a softmax asks a condition, it is a choice; a log-sum-exp moves as a logarithm does.
    let mut instead = |kinds: &[&str]| {
        found.push(among.iter().cloned().chain(kinds.iter().copied().map(Kind::from)).collect());
    };
    if among.contains("ReduceSoftmax") {
        instead(&["exp", "Div", "Where"]);
    }
    if among.contains("ReduceLogSumExp") {
        instead(&["exp", "log", "Div", "Power", "ReduceSum"]);
    }
    found.dedup();
    found
}

/// A proof with the laws that it uses and no others is often shorter.
fn shortened(
    lemma: &Law,
    laws: &[&Law],
    grounds: &[Ground],
    among: &BTreeSet<Kind>,
    mut steps: Vec<Step>,
    options: Options,
) -> Vec<Step> {
    let all = ways(among).into_iter().flatten().collect();
    loop {
        let used = |law: &&&Law| {
            steps.iter().any(|step| matches!(&step.reason, Reason::Law { name, .. } if *name == law.name))
        };
        let laws: Vec<&Law> = laws.iter().filter(used).copied().collect();
        match attempt(lemma, &laws, grounds, &all, options) {
            Some(shorter) if shorter.len() < steps.len() => steps = shorter,
            _ => return steps,
        }
    }
}

fn attempt(
    lemma: &Law,
    laws: &[&Law],
    grounds: &[Ground],
    among: &BTreeSet<Kind>,
    options: Options,
) -> Option<Vec<Step>> {
    let ops = &SharedOps::default();
    let mut rules =
        Rules::each(laws.iter().map(|law| (*law, matches!(law.purpose, Purpose::Algebra | Purpose::Reading))), ops);
    rules.matches = MATCHES;
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
    rules.saturate_until(&mut graph, None, NODES, ROUNDS, Some(among), &met);
    if graph.analysis.conflict || !met(&graph) {
        return None;
    }
    let explained = explain(&mut graph, &rules, grounds, &lemma.left, &lemma.right, LINES)?;
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
        let (term, known) = match condition {
            Condition::NonZero(term) => (term, &mut signs.divisors),
            Condition::Positive(term) => (term, &mut signs.positive),
            Condition::NonNegative(term) => (term, &mut signs.nonnegative),
            _ => continue,
        };
        match term.op() {
            Op::Letter(letter) => {
                known.insert(letter.name.clone());
            }
            Op::Integer(count) if matches!(condition, Condition::Positive(_)) => {
                signs.counted.insert(count.clone());
            }
            _ => {}
        }
    }
    signs
}
