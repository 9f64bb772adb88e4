//! Whether a law fits where its pattern was found: types, kinds and conditions of what its letters stand for.

use super::{Compiled, Own, Rules, variable};
use crate::derive::graph::Graph;
use crate::derive::matching::{Bindings, is_presupposed};
use crate::math::expression::{LetterKind, Op, Term};
use crate::math::law::{Condition, Purpose};
use crate::math::name::Name;
use egg::{ENodeOrVar, Id, Subst, Var};

impl Rules<'_> {
    /// Whether the classes found have the types and kinds that the letters ask for, and what follows for payloads.
    pub(super) fn fit(
        &self,
        position: usize,
        mut bindings: Bindings,
        graph: &Graph,
        own: Option<&Own>,
        subst: &Subst,
    ) -> Option<Bindings> {
        let law = &self.laws[position];
        if law.moves_nothing(graph, subst) {
            return None;
        }
        let ops = self.ops.borrow();
        for (number, letter) in law.letters.iter().enumerate() {
            let Some(class) = subst.get(Var::from_u32(number as u32)) else { continue };
            let known = &graph[*class].data;
            let fits = match letter.kind {
                // An equality of algebra holds for whatever its letters stand for.
                LetterKind::Plain => !known.moves || matches!(law.law.purpose, Purpose::Algebra | Purpose::Reading),
                LetterKind::Moving => known.moves,
                LetterKind::Constant => known.constant && !known.moves,
                LetterKind::Condition => true,
            };
            if !fits || !bindings.bind_shape(&letter.shape, &ops.ty(known.ty?).shape) {
                return None;
            }
            if let (LetterKind::Constant, Some(value)) = (letter.kind, &known.number) {
                bindings.letters.insert(letter.name.clone(), Term::number(value.clone()));
            }
        }
        drop(ops);
        if !bindings.settle() || !bindings.keeps_apart(law.law) {
            return None;
        }
        let holds =
            |condition| is_presupposed(law.law, condition) || self.holds(condition, law, &bindings, graph, subst);
        if !law.law.conditions.iter().all(holds) {
            return None;
        }
        if let (Some((letter, value)), Some(own)) = (&law.law.value, own)
            && law.gives_value
            && self.class_of(law, value, &bindings, graph, subst) == Some(graph.find(own.body))
            && self.depends_alike(law, &bindings, graph, own)
        {
            bindings.letters.insert(letter.clone(), own.target.clone());
        }
        Some(bindings)
    }

    /// The class of a term of the law under the match, if it stands in the graph.
    fn class_of(&self, law: &Compiled, value: &Term, bindings: &Bindings, graph: &Graph, subst: &Subst) -> Option<Id> {
        let letters: Vec<Name> = law.letters.iter().map(|letter| letter.name.clone()).collect();
        let value = bindings.instantiate(value)?;
        let ast = self.ops.borrow_mut().pattern(&value, &|op| variable(op, &letters));
        let mut classes: Vec<Id> = Vec::new();
        for node in &ast {
            let class = match node {
                ENodeOrVar::Var(variable) => subst.get(*variable).copied(),
                ENodeOrVar::ENode(node) => {
                    let mut node = node.clone();
                    egg::Language::for_each_mut(&mut node, |arg| *arg = classes[usize::from(*arg)]);
                    graph.lookup(node)
                }
            };
            classes.push(graph.find(class?));
        }
        classes.pop()
    }

    /// Whether the name of the value already computed depends on none of the indices of a law that the value itself does
    /// not depend on: beneath a sum over such an index, the name would be read at other places.
    fn depends_alike(&self, law: &Compiled, bindings: &Bindings, graph: &Graph, own: &Own) -> bool {
        let (read, meant) = (own.target.free_names(), graph[own.body].data.free);
        let mut bound = law.law.indices.iter().filter_map(|letter| bindings.index(&letter.index));
        bound.all(|index| !read.contains(index) || meant & self.ops.borrow_mut().name(index) != 0)
    }

    /// Whether a condition is known to hold: only numbers and a few forms that are positive whatever they are made of.
    fn holds(&self, condition: &Condition, law: &Compiled, bindings: &Bindings, graph: &Graph, subst: &Subst) -> bool {
        let class = |letter: &Name| {
            let number = law.letters.iter().position(|other| other.name == *letter)?;
            subst.get(Var::from_u32(number as u32))
        };
        let term = match condition {
            Condition::NonZero(term) | Condition::Positive(term) | Condition::NonNegative(term) => term,
            Condition::Absent(index, letter) => {
                return match (bindings.index(index), class(letter)) {
                    (Some(index), Some(class)) => graph[*class].data.free & self.ops.borrow_mut().name(index) == 0,
                    _ => false,
                };
            }
            Condition::Within(_) | Condition::Outside(_) => {
                return bindings.stands(condition, &graph.analysis.equation);
            }
            // Only a lemma that assumes something may rest on one that assumes the same.
            Condition::Equal(left, right) => {
                let of = |side| self.class_of(law, side, bindings, graph, subst);
                return !graph.analysis.assumed.is_empty() && of(left).is_some() && of(left) == of(right);
            }
        };
        let Op::Letter(letter) = term.op() else { return bindings.counts(condition, &graph.analysis.assumed) };
        let Some(class) = class(&letter.name) else { return false };
        let ops = self.ops.borrow();
        let number = graph[*class].nodes.iter().find_map(|node| match ops.of(node) {
            Op::Fill(_) => graph[egg::Language::children(node)[0]].data.number.clone(),
            _ => None,
        });
        let number = graph[*class].data.number.clone().or(number);
        let zero = crate::math::number::whole(0);
        let known = number.is_some_and(|value| match condition {
            Condition::NonZero(_) => value != zero,
            Condition::Positive(_) => value > zero,
            Condition::NonNegative(_) => value >= zero,
            _ => false,
        });
        known || graph.analysis.signs.meets_class(condition, graph, *class, &ops)
    }
}

impl Compiled<'_> {
    /// Whether the law would take a constant apart to differentiate it. A constant does not move, and that is all there
    /// is to say: what has been found to be 0 would be taken apart again and again.
    fn moves_nothing(&self, graph: &Graph, subst: &Subst) -> bool {
        let (Purpose::Differential, Op::Differential, [inside]) = (self.law.purpose, self.from.op(), self.from.args())
        else {
            return false;
        };
        let mut classes = (0..self.letters.len()).filter_map(|number| subst.get(Var::from_u32(number as u32)));
        !matches!(inside.op(), Op::Letter(_)) && classes.all(|class| graph[*class].data.constant)
    }
}
