//! Equalities between plain terms that hold in one calculation: forward definitions at a place, and facts that were
//! shown on the way.

use super::graph::{Graph, Knowledge, Node, SharedOps};
use crate::math::derivation::{Milestone, Reason, Step};
use crate::math::expression::Term;
use crate::math::name::Name;
use egg::{Pattern, Rewrite, Subst, Symbol};

/// `left = right`, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct Ground {
    /// The left side.
    pub left: Term,
    /// The right side.
    pub right: Term,
    why: Why,
}

#[derive(Clone, PartialEq, Debug)]
enum Why {
    /// The left side is a quantity, the right side what it is defined as.
    Definition(Name),
    /// These steps lead from the left side to the right side.
    Steps(Vec<Step>),
    /// It is assumed.
    Assumption,
}

impl Ground {
    /// `name` is a reading of `quantity`, and `meaning` its definition there.
    pub fn definition(quantity: &Name, name: Term, meaning: Term) -> Ground {
        Ground { left: name, right: meaning, why: Why::Definition(quantity.clone()) }
    }

    /// Two terms with the steps between them.
    pub fn fact(left: Term, right: Term, steps: Vec<Step>) -> Ground {
        Ground { left, right, why: Why::Steps(steps) }
    }

    /// What a lemma assumes.
    pub fn assumption(left: Term, right: Term) -> Ground {
        Ground { left, right, why: Why::Assumption }
    }

    /// The name of the rule.
    pub fn symbol(number: usize) -> Symbol {
        Symbol::from(format!("ground#{number}"))
    }

    /// Makes both sides equal in a graph.
    pub fn enter(&self, number: usize, graph: &mut Graph, ops: &SharedOps) {
        let mut ops = ops.borrow_mut();
        let (left, right) = (ops.pattern(&self.left, &|_| None), ops.pattern(&self.right, &|_| None));
        drop(ops);
        graph.union_instantiations(&left, &right, &Subst::default(), Ground::symbol(number));
    }

    /// The rule in egg's form.
    pub fn rewrite(&self, number: usize, ops: &SharedOps) -> Option<Rewrite<Node, Knowledge>> {
        let mut ops = ops.borrow_mut();
        let (left, right) = (ops.pattern(&self.left, &|_| None), ops.pattern(&self.right, &|_| None));
        Rewrite::new(Ground::symbol(number), Pattern::new(left), Pattern::new(right)).ok()
    }

    /// The step that puts one side for the other at these places of `before`.
    pub fn step(&self, backward: bool, before: &Term, places: Vec<Vec<usize>>, after: Term) -> Option<Step> {
        let (reason, substeps) = match &self.why {
            Why::Definition(quantity) => {
                (Reason::Definition { quantity: quantity.clone(), folded: backward }, Vec::new())
            }
            Why::Assumption => (Reason::Assumption, Vec::new()),
            Why::Steps(steps) => {
                let steps = if backward { turned(&self.left, steps) } else { steps.clone() };
                let mut substeps = Vec::with_capacity(steps.len());
                for step in steps {
                    let mut line = before.clone();
                    for place in &places {
                        line = line.replaced(place, &step.after).ok()?;
                    }
                    let inner = |place: &Vec<usize>| {
                        step.places.iter().map(|inner| [place.as_slice(), inner].concat()).collect::<Vec<_>>()
                    };
                    substeps.push(Step {
                        places: places.iter().flat_map(inner).collect(),
                        after: line,
                        ..step.clone()
                    });
                }
                (Reason::Milestone(Milestone::Known), substeps)
            }
        };
        Some(Step { substeps, ..Step::new(reason, places, after) })
    }
}

/// The steps from the end back to `start`.
pub fn turned(start: &Term, steps: &[Step]) -> Vec<Step> {
    let lines: Vec<&Term> = std::iter::once(start).chain(steps.iter().map(|step| &step.after)).collect();
    let turn = |(number, step): (usize, &Step)| Step {
        reason: match &step.reason {
            Reason::Law { name, reversed } => Reason::Law { name: name.clone(), reversed: !reversed },
            Reason::Definition { quantity, folded } => {
                Reason::Definition { quantity: quantity.clone(), folded: !folded }
            }
            other => other.clone(),
        },
        places: step.places.clone(),
        after: lines[number].clone(),
        substeps: turned(lines[number], &step.substeps),
        needs: Vec::new(),
    };
    steps.iter().enumerate().map(turn).rev().collect()
}
