//! Terms made ready to be evaluated: names resolved to slots, payloads to numbers, long sums flat.

use super::array;
use super::fault::Fault;
use super::integers::IntCode;
use super::kernels::{Complement, Kernel};
use super::layout::{Key, Scope};
use super::stable::{self, Definitions, Instead};
use crate::math::expression::{Binder, Op, Read, Reducer, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::number;

/// How deep terms may be nested; sums and products count once however long they are.
const DEPTH: usize = 256;

/// An operation on arguments, with its payload.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What to do.
    pub code: Code,
    /// With what.
    pub args: Vec<Node>,
    /// The payload; a row is `[1, n]`.
    pub dims: Vec<usize>,
    /// How many entries that is.
    pub count: usize,
}

/// What a [`Node`] does. Names are those of [`Op`], except where said.
#[derive(Clone, Debug)]
pub(super) enum Code {
    /// A number in every entry.
    Constant(f64),
    /// An integer as a number.
    Integer(IntCode),
    Read(ReadCode),
    /// A number in every entry of a payload.
    Fill,
    /// The sum of the arguments, each with whether it is subtracted.
    Sum(Vec<bool>),
    Neg,
    /// The entrywise product of the arguments.
    Times,
    Div,
    Power,
    /// A matrix product of these sizes: `m × k` times `k × n`.
    MatMul(usize, usize, usize),
    /// Of a matrix of these sizes.
    Transpose(usize, usize),
    /// A function of the book.
    Apply(Kernel),
    /// `1 − f(u)` and its kin. The arguments are `u`, and the sum as it stands for where some index is out of its range.
    Complement(Kernel, Complement, Vec<(IntCode, i64, i64)>),
    Max,
    Min,
    Total,
    Reduce(Reducer, Loop),
    Where,
    Compare(Relation),
    And,
    Or,
    Not,
    Concat,
    /// So many entries from this one on, row-major.
    Slice(usize),
    /// The same entries in another payload.
    Same,
    Diag,
    Diagonal,
    Eye,
    Differential,
    Pair,
}

/// A reading.
#[derive(Clone, Debug)]
pub(super) struct ReadCode {
    /// The slot of the array.
    pub array: usize,
    /// Its subscripts.
    pub subscripts: Vec<SubCode>,
    /// Whether the value past the end is 0.
    pub padded: bool,
    /// Whether the value past the end is absent. Otherwise it is an error.
    pub lenient: bool,
}

/// A subscript.
#[derive(Clone, Debug)]
pub(super) enum SubCode {
    At(IntCode),
    All,
    Range(IntCode, IntCode),
}

/// A bound index, both ends included.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    /// The slot of the index.
    pub slot: usize,
    /// The first value.
    pub low: IntCode,
    /// The last value.
    pub high: IntCode,
    /// Whether it belongs to a backward line: a mean of nothing, past the end, is absent and no fault.
    pub lenient: bool,
}

impl Node {
    fn new(code: Code, args: Vec<Node>, dims: Vec<usize>) -> Node {
        let count = array::count(&dims);
        Node { code, args, dims, count }
    }

    /// The code of `term`. `definitions` tells what quantities are, so that `1 − f` can be evaluated without
    /// cancellation where `f` is known to be a saturating function.
    pub(super) fn compile(term: &Term, scope: &mut Scope, definitions: &Definitions<'_>) -> Result<Node, Fault> {
        Compiler { scope, definitions, depth: 0 }.term(term)
    }

    /// `Σ_{sums} term`.
    pub(super) fn summed(
        sums: &[Binder],
        term: &Term,
        scope: &mut Scope,
        definitions: &Definitions<'_>,
    ) -> Result<Node, Fault> {
        let mut loops = Vec::new();
        for binder in sums {
            loops.push(Loop::open(binder, scope)?);
        }
        let mut node = Node::compile(term, scope, definitions);
        for bound in loops.into_iter().rev() {
            scope.close();
            node = node.map(|node| {
                let dims = node.dims.clone();
                Node::new(Code::Reduce(Reducer::Sum, bound), vec![node], dims)
            });
        }
        node
    }

    /// The sum of nodes of one payload.
    pub(super) fn sum(nodes: Vec<Node>, dims: Vec<usize>) -> Node {
        Node::new(Code::Sum(vec![false; nodes.len()]), nodes, dims)
    }
}

impl Loop {
    /// The loop of a binder; its index has a value until the scope is closed again.
    pub(super) fn open(binder: &Binder, scope: &mut Scope) -> Result<Loop, Fault> {
        let (low, high) = (IntCode::compile(&binder.low, scope)?, IntCode::compile(&binder.high, scope)?);
        Ok(Loop { slot: scope.open(&binder.index), low, high, lenient: scope.lenient })
    }
}

struct Compiler<'a, 'b> {
    scope: &'a mut Scope,
    definitions: &'a Definitions<'b>,
    depth: usize,
}

impl Compiler<'_, '_> {
    fn term(&mut self, term: &Term) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::error(format!("an expression is nested more than {DEPTH} deep"))
                .hint("give a part of it a name of its own"));
        }
        let node = self.operation(term);
        self.depth -= 1;
        node
    }

    fn args(&mut self, term: &Term) -> Result<Vec<Node>, Fault> {
        term.args().iter().map(|arg| self.term(arg)).collect()
    }

    fn operation(&mut self, term: &Term) -> Result<Node, Fault> {
        let dims = self.scope.dims(term.shape())?;
        let code = match term.op() {
            Op::Number(value) => Code::Constant(number::to_f64(value)),
            Op::Integer(integer) => Code::Integer(IntCode::compile(integer, self.scope)?),
            Op::Read(read) => Code::Read(self.reading(read, &dims)?),
            Op::Letter(letter) => {
                let array = self.scope.array(&Key::Letter(letter.name.clone()))?;
                Code::Read(ReadCode { array, subscripts: Vec::new(), padded: false, lenient: false })
            }
            Op::Fill(_) => match term.as_number() {
                Some(value) => return Ok(Node::new(Code::Constant(number::to_f64(value)), Vec::new(), dims)),
                None => Code::Fill,
            },
            Op::Add => return self.sum(term, dims),
            Op::Neg => Code::Neg,
            Op::Mul => {
                let factors = term.factors();
                let args = factors.into_iter().map(|factor| self.term(factor)).collect::<Result<_, _>>()?;
                return Ok(Node::new(Code::Times, args, dims));
            }
            Op::Div => Code::Div,
            Op::Power => Code::Power,
            Op::MatMul => {
                let (left, right) =
                    (self.scope.dims(term.args()[0].shape())?, self.scope.dims(term.args()[1].shape())?);
                let (inner, columns) = (right.first().copied().unwrap_or(1), right.get(1).copied().unwrap_or(1));
                Code::MatMul(left.first().copied().unwrap_or(1), inner, columns)
            }
            Op::Transpose => match self.scope.dims(term.args()[0].shape())?.as_slice() {
                [rows, columns] if *rows != 1 && *columns != 1 => Code::Transpose(*rows, *columns),
                _ => Code::Same,
            },
            Op::Apply(name) => match (name.as_str(), term.args().len()) {
                ("max", 2) => Code::Max,
                ("min", 2) => Code::Min,
                (name, _) => Code::Apply(
                    Kernel::named(name).ok_or_else(|| Fault::error(format!("`{name}` has no kernel to compute it")))?,
                ),
            },
            Op::Total => Code::Total,
            Op::Reduce(reducer, binder) => {
                let bound = Loop::open(binder, self.scope)?;
                let args = self.args(term);
                self.scope.close();
                return Ok(Node::new(Code::Reduce(*reducer, bound), args?, dims));
            }
            Op::Where => Code::Where,
            Op::Compare(relation) => Code::Compare(*relation),
            Op::And => Code::And,
            Op::Or => Code::Or,
            Op::Not => Code::Not,
            Op::Concat => Code::Concat,
            Op::Slice(low, high) => self.slice(term, low, high)?,
            Op::Reshape(_) => Code::Same,
            Op::Diag => Code::Diag,
            Op::Diagonal => Code::Diagonal,
            Op::Eye(_) => Code::Eye,
            Op::Differential => Code::Differential,
            Op::Pair => Code::Pair,
        };
        let args = self.args(term)?;
        Ok(Node::new(code, args, dims))
    }

    /// Where a slice begins in the entries of the whole.
    fn slice(&mut self, term: &Term, low: &Integer, high: &Integer) -> Result<Code, Fault> {
        let whole = self.scope.dims(term.args()[0].shape())?;
        let (low, high) = (self.scope.number(low)?, self.scope.number(high)?);
        match whole.split_first() {
            Some((length, rest)) if low >= 1 && high >= low - 1 && high <= *length as i64 => {
                Ok(Code::Slice((low - 1) as usize * array::count(rest)))
            }
            _ => Err(Fault::error(format!("the slice {low}..{high} does not fit into the axes {whole:?}"))),
        }
    }

    fn reading(&mut self, read: &Read, dims: &[usize]) -> Result<ReadCode, Fault> {
        let array = self.scope.array(&Key::Quantity(read.quantity.clone(), read.mark))?;
        let layout = &self.scope.layouts[array];
        let kept =
            read.subscripts.iter().zip(&layout.dims).filter(|(subscript, _)| matches!(subscript, Subscript::All));
        let kept = kept.map(|(_, dim)| *dim).chain(layout.dims.iter().skip(read.subscripts.len()).copied());
        let ranged = read.subscripts.iter().any(|subscript| matches!(subscript, Subscript::Range(..)));
        if read.subscripts.len() > layout.dims.len() || (!ranged && !kept.eq(dims.iter().copied())) {
            let (name, all) = (&layout.name, &layout.dims);
            return Err(Fault::error(format!("`{name}` has the axes {all:?}, which is not how it is read here")));
        }
        let subscripts = read
            .subscripts
            .iter()
            .map(|subscript| {
                Ok(match subscript {
                    Subscript::At(place) => SubCode::At(IntCode::compile(place, self.scope)?),
                    Subscript::All => SubCode::All,
                    Subscript::Range(low, high) => {
                        SubCode::Range(IntCode::compile(low, self.scope)?, IntCode::compile(high, self.scope)?)
                    }
                })
            })
            .collect::<Result<_, Fault>>()?;
        Ok(ReadCode { array, subscripts, padded: read.padded, lenient: self.scope.lenient })
    }

    /// A sum, flat; pairs such as `1` and `−tanh(u)²` in it become one summand that does not cancel.
    fn sum(&mut self, term: &Term, dims: Vec<usize>) -> Result<Node, Fault> {
        let summands = stable::summands(term, self.definitions);
        let (mut args, mut minus) = (Vec::with_capacity(summands.len()), Vec::with_capacity(summands.len()));
        for summand in summands {
            minus.push(summand.minus);
            args.push(match summand.instead {
                Some(instead) => self.complement(&summand.term, instead)?,
                None => self.term(&summand.term)?,
            });
        }
        match (args.len(), minus.as_slice()) {
            (1, [false]) => Ok(args.swap_remove(0)),
            _ => Ok(Node::new(Code::Sum(minus), args, dims)),
        }
    }

    /// `1 − y` and its kin, by way of the function that `y` is.
    fn complement(&mut self, y: &Term, instead: Instead) -> Result<Node, Fault> {
        let mut args = vec![self.term(&instead.argument)?];
        let dims = args[0].dims.clone();
        let mut guards = Vec::with_capacity(instead.guards.len());
        for (place, range) in &instead.guards {
            let (low, high) = (self.scope.number(&range.low)?, self.scope.number(&range.high)?);
            guards.push((IntCode::compile(place, self.scope)?, low, high));
        }
        if !guards.is_empty() {
            let one = Node::new(Code::Constant(1.0), Vec::new(), dims.clone());
            let signs = vec![false, instead.which != Complement::Plus];
            args.push(Node::new(Code::Sum(signs), vec![one, self.term(y)?], dims.clone()));
        }
        Ok(Node::new(Code::Complement(instead.kernel, instead.which, guards), args, dims))
    }
}
