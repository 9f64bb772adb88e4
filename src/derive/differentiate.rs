//! Phase A: from ⟨δv, dE⟩ to Σ ⟨G_k, du_k⟩, by the laws of differentials and adjoints, read left to right.

use super::alike::{Sharing, numbering};
use super::explain::explain;
use super::graph::{Graph, Node, Ops, SharedOps, graph};
use super::rules::{Own, Rules};
use crate::math::derivation::{Chain, Gain, Step, Subject};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Term};
use crate::math::law::{Book, Purpose, Standing};
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use egg::{CostFunction, Extractor, Id, Language};
use std::collections::{BTreeMap, BTreeSet};

/// An equation is given up when its graph grows beyond this.
const NODES: usize = 20_000;
/// Rounds of rewriting; each carries every differential at least one operation further.
const ROUNDS: usize = 80;
/// The longest calculation that is told.
const LINES: usize = 400;

/// The start of a calculation, and the ranges of those indices of the equation that it binds as well.
type Question = (Term, Vec<Binder>);

/// Differentiates equations, with the laws of a book.
pub struct Differentiator<'b> {
    ops: SharedOps,
    rules: Rules<'b>,
    /// Calculations by their start, under numbered names.
    known: BTreeMap<Question, (Vec<Step>, Vec<Gain>)>,
    /// Whether every explanation goes through egg's own proof checker, which panics where it finds a fault.
    pub check_proofs: bool,
}

impl<'b> Differentiator<'b> {
    /// The laws of differentials and adjoints of `book`.
    pub fn new(book: &'b Book) -> Self {
        let ops = SharedOps::default();
        let laws = book.laws().filter(|law| {
            law.standing != Standing::Rejected && matches!(law.purpose, Purpose::Differential | Purpose::Adjoint)
        });
        Differentiator { rules: Rules::new(laws, false, &ops), ops, known: BTreeMap::new(), check_proofs: false }
    }

    /// The calculation for one equation, and what each adjoint gains.
    pub fn differentiate(&mut self, network: &Network, number: usize) -> Result<Chain, Diagnostic> {
        let equation = &network.equations[number];
        let failed = |reason: String| {
            Diagnostic::error(format!("the differential of `{}` cannot be derived", equation.target))
                .at(&equation.span, reason)
                .hint("`nablascope laws` shows what the book knows")
        };
        let quantity =
            network.quantity(&equation.target).ok_or_else(|| failed("it is not a quantity of the network".into()))?;
        let adjoint = Term::read(quantity.read_at(Mark::Adjoint, &equation.at));
        let target = Term::read(quantity.read_at(Mark::Value, &equation.at));
        let start =
            adjoint.paired(equation.body.clone().differential()).map_err(|mismatch| failed(mismatch.to_string()))?;
        let (there, back) = numbering(&start);
        // Of the equation's indices, laws ask only about those that the calculation binds as well.
        let bound = binds(&start);
        let ranges = equation.ranges.iter().filter(|range| bound.contains(&range.index));
        let key = (there.term(&start), ranges.map(|range| there.binder(range)).collect::<Vec<_>>());
        if !self.known.contains_key(&key) {
            // The value already computed is the target, under the name that its adjoint has in the start.
            let (steps, gains) = self.calculate(&key.0, &there.term(&target), &key.1).map_err(failed)?;
            let mut sharing = Sharing::default();
            self.known.insert(key.clone(), (sharing.steps(&steps), sharing.gains(&gains)));
        }
        let (steps, gains) = &self.known[&key];
        Ok(Chain { subject: Subject::Equation(number), start, steps: back.steps(steps), gains: back.gains(gains) })
    }

    /// From ⟨δv, dE⟩ to what is read off; or why not. First every d is moved inwards, until it stands before a leaf;
    /// then everything else is carried across the inner product.
    fn calculate(&mut self, start: &Term, target: &Term, ranges: &[Binder]) -> Result<(Vec<Step>, Vec<Gain>), String> {
        let (adjoint, change) = (&start.args()[0], &start.args()[1]);
        let inwards = self.inwards(change, target, ranges)?;
        let moved = inwards.last().map_or(change, |step| &step.after);
        let paired = |moved: &Term| adjoint.clone().paired(moved.clone()).map_err(|mismatch| mismatch.to_string());
        let mut steps = Vec::new();
        for step in &inwards {
            // The differential is the second argument of the pairing.
            let places = step.places.iter().map(|place| [&[1], place.as_slice()].concat()).collect();
            steps.push(Step { places, after: paired(&step.after)?, ..step.clone() });
        }
        let across = self.rewrite(&paired(moved)?, None, ranges)?;
        steps.extend(across);
        let end = steps.last().map_or(start, |step| &step.after);
        let Some(gains) = read_off(end) else {
            return Err(match stuck(end) {
                Some(part) => format!("no law carries the differential through this: {}", self.culprit(&part, ranges)),
                None => "no law carries it across the inner product".to_string(),
            });
        };
        Ok((steps, together(gains)))
    }

    /// The innermost operation at which a differential gets stuck, for the message.
    fn culprit(&mut self, term: &Term, ranges: &[Binder]) -> String {
        for arg in term.args().iter().filter(|arg| !arg.args().is_empty()) {
            let change = arg.clone().differential();
            let steps = self.rewrite(&change, None, ranges).unwrap_or_default();
            if stuck(steps.last().map_or(&change, |step| &step.after)).is_some() {
                return self.culprit(arg, ranges);
            }
        }
        match term.op() {
            Op::Apply(name) => format!("`{name}`"),
            op => format!("{op:?}").split(['(', ' ']).next().unwrap_or_default().to_lowercase(),
        }
    }

    /// The steps from `d(right side)` to where every d stands before a leaf. `target` is what the right side is called,
    /// `ranges` are the free indices of its equation.
    pub fn inwards(&mut self, change: &Term, target: &Term, ranges: &[Binder]) -> Result<Vec<Step>, String> {
        self.rewrite(change, change.args().first().map(|body| (body, target)), ranges)
    }

    /// The steps from a term to the form in which its differentials stand most alone. `own` is the right side of the
    /// equation at hand, with its name.
    fn rewrite(&mut self, start: &Term, own: Option<(&Term, &Term)>, ranges: &[Binder]) -> Result<Vec<Step>, String> {
        let mut graph = graph(&self.ops);
        graph.analysis.equation = ranges.to_vec();
        let mut add = |term: &Term| {
            let flat = self.ops.borrow_mut().flatten(term);
            graph.add_expr(&flat)
        };
        let root = add(start);
        let own = own.map(|(body, target)| Own { body: add(body), target: target.clone() });
        graph.rebuild();
        let settled = self.rules.saturate(&mut graph, own.as_ref(), NODES, ROUNDS);
        if graph.analysis.conflict {
            return Err("two terms of different payload were found equal: a law of the book is wrong".into());
        }
        if !settled {
            return Err(format!("it is too large to differentiate in one piece ({NODES} nodes); name a part of it"));
        }
        let end = extract(&graph, root, &self.ops.borrow()).ok_or("no result has a type")?;
        let explained = explain(&mut graph, &self.rules, &[], start, &end, LINES)
            .ok_or("the result was found but could not be explained")?;
        if let (true, Some(mut proof)) = (self.check_proofs, explained.proof) {
            proof.check_proof(&self.rules.rewrites());
        }
        Ok(explained.steps)
    }
}

/// Gains of one reading are added up, in order of appearance.
pub fn together(gains: Vec<Gain>) -> Vec<Gain> {
    let mut sums: Vec<Gain> = Vec::new();
    for gain in gains {
        match sums.iter_mut().find(|sum| sum.of == gain.of && sum.sums == gain.sums) {
            Some(sum) => {
                if let Ok(term) = sum.term.clone().plus(gain.term) {
                    sum.term = term;
                }
            }
            None => sums.push(gain),
        }
    }
    sums
}

/// ⟨G_1, du_1⟩ + … as gains, also under sums over indices; `None` when a differential is not alone on its side yet.
pub fn read_off(end: &Term) -> Option<Vec<Gain>> {
    let mut gains = Vec::new();
    for summand in end.summands() {
        match summand.op() {
            Op::Pair => {
                let [factor, moving] = summand.args() else { return None };
                let (Op::Differential, [leaf]) = (moving.op(), moving.args()) else { return None };
                gains.push(Gain { of: leaf.as_read()?.clone(), term: factor.clone(), sums: Vec::new() });
            }
            Op::Reduce(Reducer::Sum, binder) => {
                let [inside] = summand.args() else { return None };
                for mut gain in read_off(inside)? {
                    gain.sums.insert(0, binder.clone());
                    gains.push(gain);
                }
            }
            Op::Number(value) if crate::math::number::is_zero(value) => {}
            _ => return None,
        }
    }
    Some(gains)
}

/// The indices that reductions in a term bind.
fn binds(term: &Term) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    term.walk(&mut |part| {
        if let Op::Reduce(_, binder) = part.op() {
            found.insert(binder.index.clone());
        }
    });
    found
}

/// The first term whose differential is left.
fn stuck(end: &Term) -> Option<Term> {
    let mut found = None;
    end.walk(&mut |part| {
        if let (Op::Differential, [inside]) = (part.op(), part.args())
            && !inside.args().is_empty()
            && found.is_none()
        {
            found = Some(inside.clone());
        }
    });
    found
}

/// The cheapest term of a class: fewest differentials that do not stand alone, then the smallest.
fn extract(graph: &Graph, root: Id, ops: &Ops) -> Option<Term> {
    let extractor = Extractor::new(graph, Isolated { ops });
    ops.unflatten(&extractor.find_best(root).1)
}

struct Isolated<'o> {
    ops: &'o Ops,
}

/// How far a term is from a sum of ⟨G, du⟩.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
struct Distance {
    /// Differentials of anything but a leaf, and inner products whose right side is no differential of a leaf.
    uncollected: u32,
    size: u32,
    /// A leaf, or the differential of a leaf.
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Stage {
    Leaf,
    Moving,
    Other,
}

impl CostFunction<Node> for Isolated<'_> {
    type Cost = Distance;

    fn cost<C>(&mut self, node: &Node, mut costs: C) -> Distance
    where
        C: FnMut(Id) -> Distance,
    {
        let args: Vec<Distance> = node.children().iter().map(|arg| costs(*arg)).collect();
        let mut uncollected = args.iter().map(|arg| arg.uncollected).fold(0, u32::saturating_add);
        let size = args.iter().map(|arg| arg.size).fold(1, u32::saturating_add);
        let stage = match self.ops.of(node) {
            Op::Read(Read { mark: Mark::Value, .. }) => Stage::Leaf,
            Op::Differential if args[0].stage == Stage::Leaf => Stage::Moving,
            Op::Differential => {
                uncollected = uncollected.saturating_add(1000);
                Stage::Other
            }
            Op::Pair => {
                if args[1].stage != Stage::Moving {
                    uncollected = uncollected.saturating_add(1 + args[1].size);
                }
                Stage::Other
            }
            _ => Stage::Other,
        };
        Distance { uncollected, size, stage }
    }
}
