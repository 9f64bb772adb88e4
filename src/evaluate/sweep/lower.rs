//! Terms made into instructions.

use super::form::{Axis, AxisId, Form};
use super::loops::Nest;
use super::places::Places;
use super::room::Room;
use super::tape::{Instruction, One, Two};
use crate::evaluate::fault::Fault;
use crate::evaluate::kernels::{Complement, Kernel};
use crate::evaluate::stable::{self, Definitions, Instead};
use crate::math::expression::{Binder, Op, Term};
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// What an index stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Bind {
    /// All its values, side by side.
    Axis(AxisId),
    /// One value.
    Fixed(i64),
    /// The value of the step.
    Step,
}

/// Makes instructions for the steps `steps.0 ..= steps.1`.
pub(super) struct Lower<'r, 'a> {
    pub room: &'r mut Room<'a>,
    pub definitions: &'r Definitions<'a>,
    pub steps: (i64, i64),
    /// The axis of the lanes, where adjoints are read with all their lanes.
    pub lanes: Option<AxisId>,
    /// What letters mean, the innermost last.
    pub scope: Vec<(Name, Bind)>,
    pub axes: Vec<Axis>,
    pub names: Vec<Name>,
    pub code: Vec<Instruction>,
}

impl<'r, 'a> Lower<'r, 'a> {
    pub(super) fn new(room: &'r mut Room<'a>, definitions: &'r Definitions<'a>, steps: (i64, i64)) -> Self {
        let scope = vec![(room.index.clone(), Bind::Step)];
        let (axes, names, code) = (Vec::new(), Vec::new(), Vec::new());
        Lower { room, definitions, steps, lanes: None, scope, axes, names, code }
    }

    /// A new axis; it is a letter only once it is in the scope.
    pub(super) fn axis(&mut self, name: &Name, low: i64, count: usize) -> AxisId {
        self.axes.push(Axis { low, count });
        self.names.push(name.clone());
        self.axes.len() - 1
    }

    /// Gives an index all its values.
    pub(super) fn open(&mut self, binder: &Binder) -> Result<AxisId, Fault> {
        let (low, count) = self.room.range(binder)?;
        let axis = self.axis(&binder.index, low, count);
        self.scope.push((binder.index.clone(), Bind::Axis(axis)));
        Ok(axis)
    }

    pub(super) fn bound(&self, name: &Name) -> Option<&Bind> {
        self.scope.iter().rev().find(|(own, _)| own == name).map(|(_, bind)| bind)
    }

    /// The expression with sizes and indices of one value put in.
    pub(super) fn put(&self, integer: &Integer) -> Integer {
        let mut put = self.room.numbers.clone();
        for name in integer.names() {
            match self.bound(&name) {
                Some(Bind::Fixed(value)) => put.insert(name, Integer::number(*value)),
                Some(Bind::Step) if self.steps.0 == self.steps.1 => put.insert(name, Integer::number(self.steps.0)),
                Some(_) => put.remove(&name),
                None => None,
            };
        }
        integer.substitute(&put)
    }

    /// `base + Σ coefficient · index`, if the expression is that and the step does not occur.
    pub(super) fn affine(&self, integer: &Integer) -> Option<(i64, Vec<(AxisId, i64)>)> {
        let (mut rest, mut terms) = (self.put(integer), Vec::new());
        for name in rest.names() {
            let Some(Bind::Axis(axis)) = self.bound(&name) else { return None };
            let (coefficient, without) = rest.linear_in(&name)?;
            terms.push((*axis, coefficient));
            rest = without;
        }
        Some((rest.as_number()?, terms))
    }

    /// Places for expressions that are not affine or leave their range: over these axes, with these subscripts.
    pub(super) fn places(
        &mut self,
        axes: &[AxisId],
        subscripts: Vec<(Integer, i64, usize, usize)>,
    ) -> Result<Places, Fault> {
        let named = axes.iter().map(|axis| (self.names[*axis].clone(), self.axes[*axis])).collect();
        let (mut given, mut step) = (BTreeMap::new(), None);
        for (integer, ..) in &subscripts {
            for name in integer.names() {
                match self.bound(&name) {
                    Some(Bind::Step) => step = Some(name),
                    Some(Bind::Axis(axis)) if axes.contains(axis) => {}
                    _ if axes.iter().any(|axis| self.names[*axis] == name) => {}
                    _ => return Err(Fault::error(format!("`{name}` has no value here"))),
                }
            }
            for name in given_names(integer) {
                given.insert(name.clone(), self.room.given(&name)?);
            }
        }
        Ok(Places::new(named, subscripts, step, given))
    }

    /// The axes of the letters in an expression.
    pub(super) fn axes_of(&self, integer: &Integer, found: &mut BTreeSet<AxisId>) {
        for name in integer.names() {
            if let Some(Bind::Axis(axis)) = self.bound(&name) {
                found.insert(*axis);
            }
        }
    }

    /// Sizes of a payload; a row is `[1, n]`.
    pub(super) fn dims(&self, shape: &Shape) -> Result<Vec<usize>, Fault> {
        match shape {
            Shape::Row(size) => Ok([vec![1], self.room.dims(std::slice::from_ref(size))?].concat()),
            other => self.room.dims(other.axes()),
        }
    }

    /// A borrowed buffer for a value over these axes.
    pub(super) fn fresh(&mut self, axes: &[AxisId], dims: &[usize]) -> Result<Form, Fault> {
        let axes: Vec<(AxisId, usize)> = axes.iter().map(|axis| (*axis, self.axes[*axis].count)).collect();
        let size = axes.iter().map(|(_, count)| *count).chain(dims.iter().copied());
        let size = size.fold(1usize, usize::saturating_mul);
        let buffer = self.room.borrow(size)?;
        Ok(Form::dense(buffer, &axes, dims))
    }

    /// A number in every entry of a payload.
    pub(super) fn constant(&mut self, value: f64, dims: &[usize]) -> Result<Form, Fault> {
        let buffer = self.room.constants(vec![value])?;
        Ok(Form { buffer, start: 0, axes: Vec::new(), dims: dims.to_vec(), strides: vec![0; dims.len()] })
    }

    /// A loop over the union of all axes and a payload, for operands whose first one is written.
    pub(super) fn nest<const A: usize>(&self, axes: &[AxisId], forms: [&Form; A]) -> Nest<A> {
        let mut dims: Vec<(usize, [isize; A])> =
            axes.iter().map(|axis| (self.axes[*axis].count, forms.map(|form| form.along(*axis)))).collect();
        for (number, count) in forms[0].dims.iter().enumerate() {
            dims.push((*count, forms.map(|form| form.strides[number])));
        }
        Nest::new(&dims, forms.map(|form| form.start))
    }

    pub(super) fn unary(&mut self, op: One, a: &Form) -> Result<Form, Fault> {
        let axes: Vec<AxisId> = a.axes.iter().map(|(axis, _)| *axis).collect();
        let out = self.fresh(&axes, &a.dims)?;
        let nest = self.nest(&axes, [&out, a]);
        self.code.push(Instruction::Unary { op, out: out.buffer, a: a.buffer, nest });
        Ok(out)
    }

    /// A copy without gaps over these axes.
    pub(super) fn dense(&mut self, a: &Form, axes: &[AxisId]) -> Result<Form, Fault> {
        let out = self.fresh(axes, &a.dims)?;
        let nest = self.nest(axes, [&out, a]);
        self.code.push(Instruction::Unary { op: One::Copy, out: out.buffer, a: a.buffer, nest });
        Ok(out)
    }

    /// A copy without gaps in a buffer that is not given back.
    pub(super) fn keep(&mut self, a: &Form, axes: &[AxisId]) -> Result<usize, Fault> {
        let counts: Vec<(AxisId, usize)> = axes.iter().map(|axis| (*axis, self.axes[*axis].count)).collect();
        let size = counts.iter().map(|(_, count)| *count).chain(a.dims.iter().copied()).product();
        let out = Form::dense(self.room.keep(size)?, &counts, &a.dims);
        let nest = self.nest(axes, [&out, a]);
        self.code.push(Instruction::Unary { op: One::Copy, out: out.buffer, a: a.buffer, nest });
        Ok(out.buffer)
    }

    pub(super) fn binary(&mut self, op: Two, a: &Form, b: &Form) -> Result<Form, Fault> {
        if a.dims != b.dims {
            return Err(Fault::error("two payloads of an expression do not fit together"));
        }
        let axes = union(&[a, b]);
        let out = self.fresh(&axes, &a.dims)?;
        let nest = self.nest(&axes, [&out, a, b]);
        self.code.push(Instruction::Binary { op, out: out.buffer, a: a.buffer, b: b.buffer, nest });
        Ok(out)
    }

    /// The value of a term.
    pub(super) fn term(&mut self, term: &Term) -> Result<Form, Fault> {
        let dims = self.dims(term.shape())?;
        let args = term.args();
        match term.op() {
            Op::Number(value) => self.constant(number::to_f64(value), &dims),
            Op::Integer(integer) => self.integer(integer),
            Op::Read(read) => self.read(read, &dims),
            Op::Fill(_) => {
                let number = self.term(&args[0])?;
                Ok(Form { strides: vec![0; dims.len()], dims, ..number })
            }
            Op::Add => self.sum(term),
            Op::Neg => {
                let a = self.term(&args[0])?;
                self.unary(One::Neg, &a)
            }
            Op::Mul => self.times(term),
            Op::Div => self.two(Two::Div, args),
            Op::Power => {
                let (base, exponent) = (self.term(&args[0])?, self.term(&args[1])?);
                if args[1].as_number().is_some_and(|number| number == &number::whole(2)) {
                    return self.binary(Two::Mul, &base, &base);
                }
                let exponent = Form { strides: vec![0; base.dims.len()], dims: base.dims.clone(), ..exponent };
                self.binary(Two::Power, &base, &exponent)
            }
            Op::MatMul => {
                let (a, b) = (self.term(&args[0])?, self.term(&args[1])?);
                self.product(&a, &b, &dims)
            }
            Op::Transpose => {
                let a = self.term(&args[0])?;
                let [(_, row), (_, column)] = a.matrix();
                let strides = if dims.len() == 1 { vec![column] } else { vec![column, row] };
                // A column becomes a row, a row a column; a number stays.
                let strides = match (a.dims.len(), dims.len()) {
                    (0, _) => Vec::new(),
                    (1, 2) => vec![0, row],
                    _ => strides,
                };
                Ok(Form { dims, strides, ..a })
            }
            Op::Apply(name) => match (name.as_str(), args.len()) {
                ("max", 2) => self.two(Two::Max, args),
                ("min", 2) => self.two(Two::Min, args),
                (name, 1) => {
                    let missing = || Fault::error(format!("`{name}` has no kernel to compute it"));
                    let kernel = Kernel::named(name).ok_or_else(missing)?;
                    let a = self.term(&args[0])?;
                    self.unary(One::Apply(kernel), &a)
                }
                (name, _) => Err(Fault::error(format!("`{name}` has no kernel to compute it"))),
            },
            Op::Total => {
                let a = self.term(&args[0])?;
                self.total(&a, None)
            }
            Op::Pair => {
                let (a, b) = (self.term(&args[0])?, self.term(&args[1])?);
                self.total(&a, Some(&b))
            }
            Op::Reduce(reducer, binder) => self.reduce(*reducer, binder, args),
            Op::Where => {
                let (c, a, b) = (self.term(&args[0])?, self.term(&args[1])?, self.term(&args[2])?);
                let c = Form {
                    strides: if c.dims == a.dims { c.strides.clone() } else { vec![0; a.dims.len()] },
                    dims: a.dims.clone(),
                    ..c
                };
                let axes = union(&[&c, &a, &b]);
                let out = self.fresh(&axes, &a.dims)?;
                let nest = self.nest(&axes, [&out, &c, &a, &b]);
                self.code.push(Instruction::Where { out: out.buffer, c: c.buffer, a: a.buffer, b: b.buffer, nest });
                Ok(out)
            }
            Op::Compare(relation) => self.two(Two::Compare(*relation), args),
            Op::And => self.two(Two::And, args),
            Op::Or => self.two(Two::Or, args),
            Op::Not => {
                let a = self.term(&args[0])?;
                self.unary(One::Not, &a)
            }
            Op::Concat => self.concat(args, &dims),
            Op::Slice(low, _) => {
                let low = self.room.number(low)? - 1;
                let a = self.term(&args[0])?;
                let start = a.start.wrapping_add_signed(a.strides.first().copied().unwrap_or(0) * low as isize);
                Ok(Form { start, dims, ..a })
            }
            Op::Reshape(_) => {
                let a = self.term(&args[0])?;
                let axes: Vec<AxisId> = a.axes.iter().map(|(axis, _)| *axis).collect();
                let dense = self.dense(&a, &axes)?;
                let strides = super::form::strides(&dims);
                Ok(Form { dims, strides, ..dense })
            }
            Op::Diag => {
                let a = self.term(&args[0])?;
                self.diag(&a, &dims)
            }
            Op::Diagonal => {
                let a = self.term(&args[0])?;
                Ok(Form { strides: vec![a.strides.iter().sum()], dims, ..a })
            }
            Op::Eye(_) => {
                let one = self.constant(1.0, &dims[..1])?;
                self.diag(&one, &dims)
            }
            Op::Letter(_) | Op::Differential => Err(Fault::error("a law stands where a value should")),
        }
    }

    fn two(&mut self, op: Two, args: &[Term]) -> Result<Form, Fault> {
        let (a, b) = (self.term(&args[0])?, self.term(&args[1])?);
        self.binary(op, &a, &b)
    }

    fn integer(&mut self, integer: &Integer) -> Result<Form, Fault> {
        let integer = self.put(integer);
        if let Some(value) = integer.as_number() {
            return self.constant(value as f64, &[]);
        }
        let mut axes = BTreeSet::new();
        self.axes_of(&integer, &mut axes);
        let axes: Vec<AxisId> = axes.into_iter().collect();
        let places = self.places(&axes, vec![(integer, 0, usize::MAX, 0)])?;
        if places.is_fixed() {
            let counts: Vec<(AxisId, usize)> = axes.iter().map(|axis| (*axis, self.axes[*axis].count)).collect();
            let mut numbers = vec![0.0; counts.iter().map(|(_, count)| count).product()];
            places.numbers(&Vec::new(), 0, &mut numbers);
            return Ok(Form::dense(self.room.constants(numbers)?, &counts, &[]));
        }
        let out = self.fresh(&axes, &[])?;
        self.code.push(Instruction::Integers { out: out.buffer, places: Box::new(places) });
        Ok(out)
    }

    /// A sum, flat; pairs that cancel where a function saturates are computed from its argument.
    fn sum(&mut self, term: &Term) -> Result<Form, Fault> {
        let summands = stable::summands(term, self.definitions);
        let mut forms = Vec::with_capacity(summands.len());
        for summand in &summands {
            let form = match &summand.instead {
                Some(instead) => self.complement(&summand.term, instead)?,
                None => self.term(&summand.term)?,
            };
            forms.push((form, summand.minus));
        }
        if let [(form, false)] = forms.as_slice() {
            return Ok(form.clone());
        }
        let all: Vec<&Form> = forms.iter().map(|(form, _)| form).collect();
        let axes = union(&all);
        // The widest comes first and is copied; the others are added in place.
        let first = forms.iter().position(|(form, minus)| !minus && form.axes.len() == axes.len()).unwrap_or(0);
        let out = self.fresh(&axes, &forms[0].0.dims)?;
        let (form, minus) = &forms[first];
        let op = if *minus { One::Neg } else { One::Copy };
        let nest = self.nest(&axes, [&out, form]);
        self.code.push(Instruction::Unary { op, out: out.buffer, a: form.buffer, nest });
        for (_, (form, minus)) in forms.iter().enumerate().filter(|(number, _)| *number != first) {
            let op = if *minus { Two::Sub } else { Two::Add };
            let nest = self.nest(&axes, [&out, form]);
            self.code.push(Instruction::Update { op, out: out.buffer, a: form.buffer, nest });
        }
        Ok(out)
    }

    /// `1 − y` and its kin, by way of the function that `y` is, where that is known at all of these steps.
    fn complement(&mut self, y: &Term, instead: &Instead) -> Result<Form, Fault> {
        let holds = instead.guards.iter().all(|(place, range)| self.within(place, range).unwrap_or(false));
        let (before, steps) = (self.code.len(), self.room.values.len());
        if holds && self.at_hand(&instead.argument) {
            match self.term(&instead.argument) {
                Ok(argument) => return self.unary(One::Complement(instead.kernel, instead.which), &argument),
                Err(_) => self.code.truncate(before),
            }
        }
        debug_assert!(self.room.values.len() >= steps);
        let y = self.term(y)?;
        let one = self.constant(1.0, &y.dims)?;
        self.binary(if instead.which == Complement::Plus { Two::Add } else { Two::Sub }, &one, &y)
    }

    /// Whether all that a term reads is computed at this step, or kept from others.
    fn at_hand(&self, term: &Term) -> bool {
        term.reads().iter().all(|read| {
            let Some(quantity) = self.room.network.quantity(&read.quantity) else { return false };
            match (self.room.inside.contains(&read.quantity), self.room.step_axis(quantity)) {
                (true, Some(axis)) => read
                    .places()
                    .and_then(|places| places.get(axis).map(|place| self.shift(place)))
                    .flatten()
                    .is_some_and(|shift| shift == 0 || self.room.values.contains_key(&(read.quantity.clone(), shift))),
                _ => true,
            }
        })
    }

    /// How far a place is from the step, if it is a fixed number of steps away.
    pub(super) fn shift(&self, place: &Integer) -> Option<i64> {
        let place = self.put(place);
        if self.steps.0 == self.steps.1 {
            return Some(place.as_number()? - self.steps.0);
        }
        let step = self.scope.iter().find(|(_, bind)| *bind == Bind::Step).map(|(name, _)| name)?;
        match place.linear_in(step)? {
            (1, rest) => rest.as_number(),
            _ => None,
        }
    }

    /// Whether a place lies in a range for all values of its letters.
    fn within(&self, place: &Integer, range: &Binder) -> Option<bool> {
        let (low, high) = (self.room.number(&range.low).ok()?, self.room.number(&range.high).ok()?);
        let (least, most) = match self.affine(place) {
            Some((base, terms)) => self.span(base, &terms),
            None => {
                let shift = self.shift(place)?;
                (self.steps.0 + shift, self.steps.1 + shift)
            }
        };
        Some(low <= least && most <= high)
    }

    /// The smallest and largest value of `base + Σ coefficient · index`.
    pub(super) fn span(&self, base: i64, terms: &[(AxisId, i64)]) -> (i64, i64) {
        terms.iter().fold((base, base), |(least, most), (axis, coefficient)| {
            let axis = self.axes[*axis];
            let ends = [coefficient * axis.low, coefficient * (axis.low + axis.count as i64 - 1)];
            (least + ends[0].min(ends[1]), most + ends[0].max(ends[1]))
        })
    }

    /// An entrywise product. What varies along fewer axes is multiplied first, so that slopes are multiplied once and not
    /// for every lane.
    fn times(&mut self, term: &Term) -> Result<Form, Fault> {
        // What a mask keeps out stays out, even where the slope beside it is infinite: the mask is put on last.
        if let Some(masked) = masked(term) {
            return self.term(&masked);
        }
        let mut forms = Vec::new();
        for factor in term.factors() {
            forms.push(self.term(factor)?);
        }
        forms.sort_by_key(|form| form.axes.len());
        let mut forms = forms.into_iter();
        let mut product = forms.next().ok_or_else(|| Fault::error("a product without factors"))?;
        for form in forms {
            product = self.binary(Two::Mul, &product, &form)?;
        }
        Ok(product)
    }

    fn concat(&mut self, args: &[Term], dims: &[usize]) -> Result<Form, Fault> {
        let (a, b) = (self.term(&args[0])?, self.term(&args[1])?);
        let axes = union(&[&a, &b]);
        let out = self.fresh(&axes, dims)?;
        let mut start = 0;
        for part in [&a, &b] {
            let into = Form { start, dims: part.dims.clone(), ..out.clone() };
            let nest = self.nest(&axes, [&into, part]);
            self.code.push(Instruction::Unary { op: One::Copy, out: out.buffer, a: part.buffer, nest });
            start += part.dims.first().copied().unwrap_or(0) * out.strides.first().map_or(1, |stride| *stride as usize);
        }
        Ok(out)
    }

    fn diag(&mut self, a: &Form, dims: &[usize]) -> Result<Form, Fault> {
        let axes: Vec<AxisId> = a.axes.iter().map(|(axis, _)| *axis).collect();
        let out = self.fresh(&axes, dims)?;
        self.code.push(Instruction::Fill { out: out.buffer, value: 0.0 });
        let diagonal = Form { dims: a.dims.clone(), strides: vec![out.strides.iter().sum()], ..out.clone() };
        let nest = self.nest(&axes, [&diagonal, a]);
        self.code.push(Instruction::Unary { op: One::Copy, out: out.buffer, a: a.buffer, nest });
        Ok(out)
    }
}

/// The axes that any of some forms varies along, in order.
pub(super) fn union(forms: &[&Form]) -> Vec<AxisId> {
    let axes: BTreeSet<AxisId> = forms.iter().flat_map(|form| form.axes.iter().map(|(axis, _)| *axis)).collect();
    axes.into_iter().collect()
}

/// The given quantities in an expression.
pub(super) fn given_names(integer: &Integer) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut open = vec![integer.clone()];
    while let Some(integer) = open.pop() {
        for (_, atoms) in integer.summands() {
            for (atom, _) in atoms {
                match atom {
                    Atom::Given(name, places) => {
                        found.insert(name.clone());
                        open.extend(places.iter().cloned());
                    }
                    Atom::FloorDiv(a, b) | Atom::Mod(a, b) => open.extend([(**a).clone(), (**b).clone()]),
                    Atom::Name(_) => {}
                }
            }
        }
    }
    found
}

/// `where(c, u, 0) ⊙ v` as `where(c, u ⊙ v, 0)`, if a factor is such a mask.
fn masked(term: &Term) -> Option<Term> {
    let is_zero = |term: &Term| {
        let inner = if let Op::Fill(_) = term.op() { &term.args()[0] } else { term };
        inner.as_number().is_some_and(|number| number == &number::whole(0))
    };
    let factors = term.factors();
    let mask = |factor: &&Term| matches!(factor.op(), Op::Where) && factor.args()[1..].iter().any(is_zero);
    let at = factors.iter().position(mask)?;
    let args = factors[at].args();
    let others = || factors.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| (*other).clone());
    let times = |branch: &Term| match is_zero(branch) {
        true => Some(branch.clone()),
        false => others().try_fold(branch.clone(), |product, other| product.times(other).ok()),
    };
    Term::new(Op::Where, vec![args[0].clone(), times(&args[1])?, times(&args[2])?]).ok()
}
