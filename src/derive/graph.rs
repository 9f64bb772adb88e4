//! The e-graph: terms as nodes, types as analysis. Every node is typed, so 0 as a number and 0 as a vector never meet.

use super::signs::Signs;
use crate::math::expression::{Binder, LetterKind, Op, Reducer, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::law::Condition;
use crate::math::name::Name;
use crate::math::number::Rational;
use crate::math::shape::Type;
use crate::math::typing;
use egg::{Analysis, DidMerge, EGraph, ENodeOrVar, Id, Language, PatternAst, RecExpr, Var};
use indexmap::IndexSet;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An operation on classes; operations are numbered by [`Ops`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node {
    op: u32,
    args: Vec<Id>,
}

impl Language for Node {
    type Discriminant = u32;

    fn discriminant(&self) -> u32 {
        self.op
    }

    fn matches(&self, other: &Self) -> bool {
        self.op == other.op && self.args.len() == other.args.len()
    }

    fn children(&self) -> &[Id] {
        &self.args
    }

    fn children_mut(&mut self) -> &mut [Id] {
        &mut self.args
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "op{}", self.op)
    }
}

/// All operations and types met so far, numbered in the order of meeting.
#[derive(Default)]
pub struct Ops {
    ops: IndexSet<Op>,
    /// Those that hold a payload, a size or an index themselves.
    shaped: Vec<Op>,
    types: IndexSet<Type>,
    typed: BTreeMap<(u32, Vec<u32>), Option<u32>>,
    names: IndexSet<Name>,
    own_names: Vec<Option<Names>>,
}

/// A set of names, one bit each. Names beyond the last bit share it, so the set may be too large but never too small.
pub type Names = u128;

/// The numbering, shared by the graphs and rules of one derivation.
pub type SharedOps = Rc<RefCell<Ops>>;

impl Ops {
    /// The number of an operation.
    pub fn number(&mut self, op: &Op) -> u32 {
        match self.ops.get_index_of(op) {
            Some(position) => position as u32,
            None => {
                if is_shaped(op) {
                    self.shaped.push(op.clone());
                }
                self.ops.insert_full(op.clone()).0 as u32
            }
        }
    }

    /// The operation with that number.
    pub fn op(&self, number: u32) -> &Op {
        &self.ops[number as usize]
    }

    /// How many operations with a payload, size or index of their own were met so far.
    pub fn shapes(&self) -> usize {
        self.shaped.len()
    }

    /// Those of them that do what one of `wanted` does, with whatever payload, size or index.
    pub fn like(&self, wanted: &[&Op]) -> Vec<Op> {
        let alike = |op: &&Op| {
            wanted.iter().any(|other| match (op, other) {
                (Op::Reduce(a, _), Op::Reduce(b, _)) => a == b,
                _ => std::mem::discriminant(*op) == std::mem::discriminant(*other),
            })
        };
        self.shaped.iter().filter(alike).cloned().collect()
    }

    /// The bit of a name.
    pub fn name(&mut self, name: &Name) -> Names {
        let position = match self.names.get_index_of(name) {
            Some(position) => position,
            None => self.names.insert_full(name.clone()).0,
        };
        1 << position.min(127)
    }

    fn names_in(&mut self, integer: &Integer) -> Names {
        integer.names().iter().fold(0, |found, name| found | self.name(name))
    }

    /// The names that an operation itself speaks of, without those of its arguments.
    fn own_names(&mut self, number: u32) -> Names {
        let position = number as usize;
        if let Some(Some(known)) = self.own_names.get(position) {
            return *known;
        }
        let found = match self.ops[position].clone() {
            Op::Integer(integer) => self.names_in(&integer),
            Op::Slice(low, high) => self.names_in(&low) | self.names_in(&high),
            Op::Read(read) => read.subscripts.iter().fold(0, |found, subscript| match subscript {
                Subscript::At(place) => found | self.names_in(place),
                Subscript::Range(low, high) => found | self.names_in(low) | self.names_in(high),
                Subscript::All => found,
            }),
            Op::Reduce(_, binder) => self.names_in(&binder.low) | self.names_in(&binder.high),
            _ => 0,
        };
        if self.own_names.len() <= position {
            self.own_names.resize(position + 1, None);
        }
        self.own_names[position] = Some(found);
        found
    }

    /// The type with that number.
    pub fn ty(&self, number: u32) -> &Type {
        &self.types[number as usize]
    }

    fn type_of(&mut self, op: u32, args: Vec<u32>) -> Option<u32> {
        if let Some(known) = self.typed.get(&(op, args.clone())) {
            return *known;
        }
        let types: Vec<&Type> = args.iter().map(|arg| &self.types[*arg as usize]).collect();
        let ty = typing::type_of(&self.ops[op as usize], &types).ok();
        let number = ty.map(|ty| self.types.insert_full(ty).0 as u32);
        self.typed.insert((op, args), number);
        number
    }

    /// A term as egg's flat expression.
    pub fn flatten(&mut self, term: &Term) -> RecExpr<Node> {
        fn add(ops: &mut Ops, term: &Term, into: &mut RecExpr<Node>) -> Id {
            let args = term.args().iter().map(|arg| add(ops, arg, into)).collect();
            let op = ops.number(term.op());
            into.add(Node { op, args })
        }
        let mut flat = RecExpr::default();
        add(self, term, &mut flat);
        flat
    }

    /// egg's flat expression as a term. `None` when it is ill-typed.
    pub fn unflatten(&self, flat: &RecExpr<Node>) -> Option<Term> {
        let mut terms: Vec<Term> = Vec::with_capacity(flat.len());
        for node in flat {
            let args = node.args.iter().map(|arg| terms[usize::from(*arg)].clone()).collect();
            terms.push(Term::new(self.op(node.op).clone(), args).ok()?);
        }
        terms.pop()
    }

    /// A term with letters as egg's pattern; the letters become the variables that `variable` gives.
    pub fn pattern(&mut self, term: &Term, variable: &dyn Fn(&Op) -> Option<Var>) -> PatternAst<Node> {
        fn add(ops: &mut Ops, term: &Term, variable: &dyn Fn(&Op) -> Option<Var>, into: &mut PatternAst<Node>) -> Id {
            if let Some(variable) = variable(term.op()) {
                return into.add(ENodeOrVar::Var(variable));
            }
            let args = term.args().iter().map(|arg| add(ops, arg, variable, into)).collect();
            let op = ops.number(term.op());
            into.add(ENodeOrVar::ENode(Node { op, args }))
        }
        let mut ast = PatternAst::default();
        add(self, term, variable, &mut ast);
        ast
    }

    /// The operation of a node.
    pub fn of(&self, node: &Node) -> &Op {
        self.op(node.op)
    }
}

/// Whether an operation holds a payload, a size or an index itself, which a law must learn from the place where it is used.
pub fn is_shaped(op: &Op) -> bool {
    matches!(op, Op::Fill(_) | Op::Integer(_) | Op::Eye(_) | Op::Reshape(_) | Op::Slice(..) | Op::Reduce(..))
}

/// What is known of a class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    /// The number of its type; `None` for an ill-typed node, which poisons the graph.
    pub ty: Option<u32>,
    /// Whether it holds a differential.
    pub moves: bool,
    /// Whether no gradient flows into it.
    pub constant: bool,
    /// Its value, when it is a plain number.
    pub number: Option<Rational>,
    /// The names it depends on: those that no equal term is free of.
    pub free: Names,
}

/// The analysis: types, and what letters of each kind may stand for.
pub struct Knowledge {
    /// The numbering of operations.
    pub ops: SharedOps,
    /// Whether two types met in one class: a wrong law. The graph is then thrown away.
    pub conflict: bool,
    /// What is known of signs, for the conditions of laws.
    pub signs: Signs,
    /// The indices of the equation at hand, with their ranges.
    pub equation: Vec<Binder>,
    /// What is assumed of the letters of a lemma.
    pub assumed: Vec<Condition>,
}

/// The e-graph of terms.
pub type Graph = EGraph<Node, Knowledge>;

impl Analysis<Node> for Knowledge {
    type Data = Known;

    fn make(graph: &mut Graph, node: &Node, _id: Id) -> Known {
        let known: Vec<&Known> = node.args.iter().map(|arg| &graph[*arg].data).collect();
        let mut moves = known.iter().any(|known| known.moves);
        let mut constant = known.iter().all(|known| known.constant);
        let types: Option<Vec<u32>> = known.iter().map(|known| known.ty).collect();
        let mut number = None;
        let inside = known.iter().fold(0, |found, known| found | known.free);
        let shared = graph.analysis.ops.clone();
        let mut ops = shared.borrow_mut();
        let mut free = inside | ops.own_names(node.op);
        match ops.op(node.op) {
            Op::Number(value) => number = Some(value.clone()),
            Op::Read(read) => constant = read.constant,
            Op::Letter(letter) => {
                constant = letter.kind == LetterKind::Constant;
                moves = letter.kind == LetterKind::Moving;
                // A letter of a lemma may depend on every index, unless the lemma says otherwise.
                let letter = letter.name.clone();
                free = graph.analysis.assumed.iter().fold(Names::MAX, |free, condition| match condition {
                    Condition::Absent(index, of) if *of == letter => free & !ops.name(index),
                    _ => free,
                });
            }
            Op::Reduce(reducer, binder) if *reducer != Reducer::Softmax => {
                let index = binder.index.clone();
                free = (inside & !ops.name(&index)) | ops.own_names(node.op);
            }
            Op::Differential => moves = true,
            _ => {}
        }
        let ty = types.and_then(|types| ops.type_of(node.op, types));
        Known { ty, moves, constant, number, free }
    }

    fn merge(&mut self, kept: &mut Known, other: Known) -> DidMerge {
        let before = kept.clone();
        if kept.ty != other.ty {
            self.conflict = true;
        }
        kept.moves &= other.moves;
        kept.constant |= other.constant;
        kept.free &= other.free;
        kept.number = kept.number.take().or_else(|| other.number.clone());
        DidMerge(*kept != before, *kept != other)
    }
}

/// An empty graph that remembers why things are equal.
pub fn graph(ops: &SharedOps) -> Graph {
    let knowledge = Knowledge {
        ops: ops.clone(),
        conflict: false,
        equation: Vec::new(),
        assumed: Vec::new(),
        signs: Signs::default(),
    };
    EGraph::new(knowledge).with_explanations_enabled()
}
