//! Signs of the classes of a graph.

use super::{DEPTH, Sign, Signs};
use crate::derive::graph::{Graph, Node, Ops};
use crate::math::law::Condition;
use egg::{Id, Language};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// In a graph, a question is given up after so many others.
const CLASSES: usize = 64;

impl Signs {
    /// Whether a condition of a law holds for a class of a graph.
    pub fn meets_class(&self, condition: &Condition, graph: &Graph, class: Id, ops: &Ops) -> bool {
        let sign = match condition {
            Condition::NonZero(_) => Sign::NonZero,
            Condition::Positive(_) => Sign::Positive,
            Condition::NonNegative(_) => Sign::NonNegative,
            _ => return false,
        };
        Look { signs: self, graph, ops, seen: RefCell::default() }.class(class, sign, DEPTH)
    }
}

/// One question about a class.
struct Look<'a> {
    signs: &'a Signs,
    graph: &'a Graph,
    ops: &'a Ops,
    /// What was asked already, with the answer; no while it is still open.
    seen: RefCell<BTreeMap<(Id, Sign), bool>>,
}

impl Look<'_> {
    fn class(&self, class: Id, sign: Sign, depth: usize) -> bool {
        let key = (self.graph.find(class), sign);
        if let Some(answer) = self.seen.borrow().get(&key) {
            return *answer;
        }
        if depth == 0 || self.seen.borrow().len() > CLASSES {
            return false;
        }
        self.seen.borrow_mut().insert(key, false);
        let node = |node: &Node| {
            let args = node.children();
            let number = |arg: usize| self.graph[args[arg]].data.number.clone();
            let of = |arg: usize, sign: Sign| self.class(args[arg], sign, depth - 1);
            self.signs.known(self.ops.of(node), args.len(), sign, &number, &of)
        };
        let answer = self.graph[class].nodes.iter().take(16).any(node);
        self.seen.borrow_mut().insert(key, answer);
        answer
    }
}
