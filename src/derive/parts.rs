//! Names for parts: pre-activations, and all that is worth an adjoint of its own.
//!
//! A part gets a name when its adjoint would otherwise be computed more than once: when it stands inside a product or
//! a function and two or more quantities with gradient meet in it. So no equation is deep, and each
//! pre-activation delta is computed once and shared by weights, biases and the paths back.

use super::letters::{apart, begun, lettered, part_name, used};
use super::matching::is_constant;
use super::views::name_views;
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// Terms nested deeper than this are cut by naming a part, since explanations grow fast with depth.
const DEEPEST: usize = 6;
/// Sums with more summands than this are cut into named partial sums.
const WIDEST: usize = 16;
/// Larger terms are not looked for a second time.
const LARGEST: usize = 40;

/// The network with its parts named. Its values are the same.
pub fn name_parts(network: &Network) -> Network {
    let mut network = network.clone();
    for position in 0..network.equations.len() {
        let equation = &network.equations[position];
        if !equation.body.binds() {
            continue;
        }
        let taken = equation.ranges.iter().map(|range| range.index.clone()).collect();
        network.equations[position].body = apart(&network, &equation.body, &taken);
    }
    let mut network = name_views(network);
    let mut namer = Namer {
        network: &network,
        scope: Vec::new(),
        named: FxHashMap::default(),
        taken: used(&network),
        begun: begun(&network),
        known: FxHashMap::default(),
        equations: Vec::new(),
        repeated: repeated(&network),
    };
    for equation in &network.equations {
        namer.scope.clone_from(&equation.ranges);
        let body = namer.visit_root(equation, &equation.body);
        namer.equations.push(Equation { body, ..equation.clone() });
    }
    let Namer { mut named, equations, .. } = namer;
    network.equations = equations;
    // A part stands before the quantity whose equation it is a part of.
    for (name, quantity) in std::mem::take(&mut network.quantities) {
        for part in named.remove(&name).unwrap_or_default() {
            network.quantities.insert(part.name.clone(), part);
        }
        network.quantities.insert(name, quantity);
    }
    network
}

struct Namer<'n> {
    network: &'n Network,
    /// The indices that stand free at the place at hand: those of the equation, and those of reductions around it.
    scope: Vec<Binder>,
    /// The parts made so far, by the target of the equation they come from.
    named: FxHashMap<Name, Vec<Quantity>>,
    /// All names that mean something.
    taken: FxHashSet<Name>,
    /// Letters that names of the file begin with.
    begun: BTreeSet<Name>,
    /// The quantities that stand for parts which have a name.
    known: FxHashMap<(Vec<Binder>, Term), Quantity>,
    equations: Vec<Equation>,
    /// Terms that are written more than once, and are worth computing once.
    repeated: FxHashSet<Term>,
}

impl Namer<'_> {
    /// The right side itself needs no name: it has the target's.
    fn visit_root(&mut self, equation: &Equation, body: &Term) -> Term {
        let body = self.visit(equation, body);
        let summands = body.summands();
        if summands.len() <= WIDEST {
            return body;
        }
        let blocks: Vec<Term> = summands
            .chunks(WIDEST)
            .map(|block| {
                let sum = balanced(block);
                if block.len() == 1 { sum } else { self.name(equation, sum, "s") }
            })
            .collect();
        let sum = balanced(&blocks.iter().collect::<Vec<_>>());
        self.visit_root(equation, &sum)
    }

    /// Names the parts of `term`, innermost first, and returns what is left of it.
    fn visit(&mut self, equation: &Equation, term: &Term) -> Term {
        let outside = self.scope.len();
        if let Op::Reduce(_, binder) = term.op() {
            self.scope.push(binder.clone());
        }
        let mut args = Vec::with_capacity(term.args().len());
        for (position, arg) in term.args().iter().enumerate() {
            let stem = if matches!(term.op(), Op::Apply(_)) { "a" } else { "u" };
            let again = self.repeated.contains(arg);
            let arg = self.visit(equation, arg);
            let arg = match again || is_divisor(term.op(), position, &arg) {
                true => self.shared(equation, arg, if again { "e" } else { "s" }),
                false => arg,
            };
            // A number beside a part scales its adjoint and hands it on.
            let scaled = position == 0 || *term.op() == Op::Mul;
            let scaled = scaled && matches!(term.op(), Op::Mul | Op::Div) && is_scale(&term.args()[1 - position]);
            let outside = if scaled { &Op::Neg } else { term.op() };
            args.push(self.named(equation, outside, arg, stem));
        }
        self.scope.truncate(outside);
        if let Some(number) = stretched_at_last(term, &args) {
            return number;
        }
        Term::new(term.op().clone(), args).unwrap_or_else(|_| term.clone())
    }

    /// The part itself, or the name it deserves. Of a stretched number the number is named, not its copies.
    fn named(&mut self, equation: &Equation, outside: &Op, part: Term, stem: &str) -> Term {
        if let (Op::Fill(shape), [number]) = (part.op(), part.args()) {
            return self.named(equation, outside, number.clone(), stem).fill(shape);
        }
        if self.deserves_name(outside, &part) { self.name(equation, part, stem) } else { part }
    }

    /// A name for a part that can have one.
    fn shared(&mut self, equation: &Equation, part: Term, stem: &str) -> Term {
        if let (Op::Fill(shape), [number]) = (part.op(), part.args()) {
            return self.shared(equation, number.clone(), stem).fill(shape);
        }
        // Of 2 exp(s), exp(s) is what is met again.
        if let (Op::Mul, [number, rest]) = (part.op(), part.args())
            && number.as_number().is_some()
        {
            let rest = self.shared(equation, rest.clone(), stem);
            return number.clone().times(rest).unwrap_or(part);
        }
        let worth = !part.args().is_empty() && !is_constant(&part) && can_be_quantity(&part);
        if worth { self.name(equation, part, stem) } else { part }
    }

    fn deserves_name(&self, outside: &Op, part: &Term) -> bool {
        if part.args().is_empty() || is_constant(part) || !can_be_quantity(part) {
            return false;
        }
        let meeting = moving_leaves(part) >= 2;
        // Their values come back in their slopes.
        if let Op::Reduce(Reducer::Softmax | Reducer::LogSumExp, _) = part.op() {
            return true;
        }
        // What is the same for all values of an index around it is computed once, and so is its adjoint.
        if let Op::Reduce(..) = part.op()
            && scoped(&self.scope, &part.free_names()).len() < self.scope.len()
        {
            return true;
        }
        match outside {
            Op::Reduce(Reducer::Sum | Reducer::Mean, _) => depth(part) > DEEPEST,
            Op::Reduce(..) => true,
            // These hand an adjoint on as it is, so nothing would be computed twice.
            Op::Add | Op::Neg | Op::Transpose | Op::Fill(_) | Op::Total | Op::Reshape(_) | Op::Concat => {
                depth(part) > DEEPEST
            }
            // A factor of a longer product of plain quantities is no part of its own.
            Op::Mul if matches!(part.op(), Op::Mul | Op::Fill(_)) && part.factors().iter().all(|f| simple(f)) => false,
            _ => meeting || depth(part) > DEEPEST || part.summands().len() > WIDEST,
        }
    }

    fn name(&mut self, equation: &Equation, part: Term, stem: &str) -> Term {
        // One term, one name: what is written twice is computed once, whatever its bound indices were called.
        let around = scoped(&self.scope, &part.free_names());
        let places: Vec<Integer> = around.iter().map(|range| Integer::name(range.index.clone())).collect();
        let (ranges, part) = lettered(self.network, &around, &part);
        if let Some(quantity) = self.known.get(&(ranges.clone(), part.clone())) {
            return Term::read(quantity.read_at(Mark::Value, &places));
        }
        let name = part_name(&|name| !self.taken.contains(name), &self.begun, &equation.target, stem);
        let at: Vec<Integer> = ranges.iter().map(|range| Integer::name(range.index.clone())).collect();
        let quantity = Quantity {
            name: name.clone(),
            role: Role::Named,
            axes: ranges.clone(),
            shape: part.shape().clone(),
            shown: None,
            draw: None,
            span: equation.span.clone(),
        };
        let read = Term::read(quantity.read_at(Mark::Value, &places));
        self.known.insert((ranges.clone(), part.clone()), quantity.clone());
        self.taken.insert(name.clone());
        self.named.entry(equation.target.clone()).or_default().push(quantity);
        self.equations.push(Equation { target: name, at, ranges, body: part, span: equation.span.clone() });
        read
    }
}

/// Of stretched numbers that are multiplied or divided, the product stretched: it is computed once and not at every entry.
fn stretched_at_last(term: &Term, args: &[Term]) -> Option<Term> {
    if !matches!(term.op(), Op::Mul | Op::Div) || is_constant(term) {
        return None;
    }
    let inside = |arg: &Term| matches!(arg.op(), Op::Fill(_)).then(|| arg.args()[0].clone());
    let numbers: Vec<Term> = args.iter().map(inside).collect::<Option<_>>()?;
    Some(Term::new(term.op().clone(), numbers).ok()?.fill(term.shape()))
}

/// Rows and conditions cannot be quantities.
fn can_be_quantity(part: &Term) -> bool {
    use crate::math::shape::{Shape, Sort};
    part.ty().sort == Sort::Real && matches!(part.shape(), Shape::Axes(_))
}

/// Those indices of a scope that are `free`, outermost first; the innermost binder of a letter is the one that is meant.
pub fn scoped(scope: &[Binder], free: &BTreeSet<Name>) -> Vec<Binder> {
    let mut found: Vec<Binder> = Vec::new();
    for binder in scope.iter().rev() {
        if free.contains(&binder.index) && !found.iter().any(|other| other.index == binder.index) {
            found.insert(0, binder.clone());
        }
    }
    found
}

/// How many different readings with gradient there are.
fn moving_leaves(part: &Term) -> usize {
    part.reads().into_iter().filter(|read| !read.constant).collect::<BTreeSet<&Read>>().len()
}

/// Whether it is a divisor or a root: the slopes of quotients and roots are written by their values, and many entries
/// share their adjoints.
fn is_divisor(outside: &Op, position: usize, part: &Term) -> bool {
    let bare = if let Op::Fill(_) = part.op() { &part.args()[0] } else { part };
    *outside == Op::Div && position == 1 || matches!(bare.op(), Op::Apply(name) if name.as_str() == "sqrt")
}

/// Terms that are written more than once in the network and that take more than sums and products of entries. What is
/// written more than once only as a part of such a term is not among them.
fn repeated(network: &Network) -> FxHashSet<Term> {
    fn enter(term: &Term, met: &mut FxHashSet<Term>, found: &mut FxHashSet<Term>) {
        if is_small(term, &mut { LARGEST }) && is_shared(term) && !met.insert(term.clone()) {
            found.insert(term.clone());
            return;
        }
        term.args().iter().for_each(|arg| enter(arg, met, found));
    }
    let (mut met, mut found) = (FxHashSet::default(), FxHashSet::default());
    network.equations.iter().for_each(|equation| enter(&equation.body, &mut met, &mut found));
    found
}

/// Whether the term has no more parts than are `left`.
fn is_small(term: &Term, left: &mut usize) -> bool {
    *left = left.saturating_sub(1);
    *left > 0 && term.args().iter().all(|arg| is_small(arg, left))
}

/// Whether computing the term once spares a function, a product of matrices or a reduction.
fn is_shared(term: &Term) -> bool {
    let bare = !matches!(term.op(), Op::Fill(_) | Op::Neg | Op::Transpose);
    let mut heavy = false;
    term.walk(&mut |part| heavy |= matches!(part.op(), Op::Apply(_) | Op::MatMul | Op::Total | Op::Reduce(..)));
    bare && heavy && !is_constant(term)
}

/// A number without gradient, stretched or not.
fn is_scale(term: &Term) -> bool {
    match term.op() {
        Op::Fill(_) => is_scale(&term.args()[0]),
        _ => term.shape().is_number() && is_constant(term),
    }
}

/// A reading, a number, or one of them seen through a sign, a fill or a transpose.
fn simple(term: &Term) -> bool {
    match term.op() {
        Op::Neg | Op::Fill(_) | Op::Transpose => simple(&term.args()[0]),
        _ => term.args().is_empty() || moving_leaves(term) < 2,
    }
}

fn depth(term: &Term) -> usize {
    // Chains of one associative operation count once: they are written without parentheses.
    match term.op() {
        Op::Add => 1 + term.summands().into_iter().map(depth).max().unwrap_or(0),
        Op::Mul => 1 + term.factors().into_iter().map(depth).max().unwrap_or(0),
        _ => 1 + term.args().iter().map(depth).max().unwrap_or(0),
    }
}

/// A sum as a balanced tree, so that long sums are not deep.
pub fn balanced(summands: &[&Term]) -> Term {
    match summands {
        [one] => (*one).clone(),
        [a, b] => add(a, b),
        [a, b, c] => add(&add(a, b), c),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            add(&balanced(left), &balanced(right))
        }
    }
}

fn add(a: &Term, b: &Term) -> Term {
    a.clone().plus(b.clone()).expect("summands of one sum have one payload")
}
