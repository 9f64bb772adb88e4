//! Terms made into instructions.

use super::form::{Axis, AxisId, Form};
use super::loops::Nest;
use super::masked::masked;
use super::room::Room;
use super::scope::Bind;
use super::tape::{Instruction, One, Two};
use crate::evaluate::fault::Fault;
use crate::evaluate::kernels::{Complement, Kernel};
use crate::evaluate::stable::{self, Definitions, Instead};
use crate::math::expression::{Op, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number;
use crate::math::shape::Shape;
use std::collections::BTreeSet;

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

    /// An entrywise product. What varies along fewer axes is multiplied first, so that slopes are multiplied once and not
    /// for every lane.
    fn times(&mut self, term: &Term) -> Result<Form, Fault> {
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
