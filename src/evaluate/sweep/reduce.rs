//! Reductions over an index made into instructions.

use super::form::{AxisId, Form};
use super::lower::{Lower, union};
use super::scope::Bind;
use super::tape::{Instruction, One, Two};
use crate::evaluate::fault::Fault;
use crate::evaluate::kernels::Kernel;
use crate::math::expression::{Binder, Op, Reducer, Relation, Term};
use crate::math::integer::Integer;

impl Lower<'_, '_> {
    pub(super) fn reduce(&mut self, reducer: Reducer, binder: &Binder, args: &[Term]) -> Result<Form, Fault> {
        let before = self.scope.len();
        let axis = self.open(binder)?;
        let result = match (reducer, args) {
            (Reducer::Sum, [body]) => self.summed(body, vec![axis]),
            _ => self.reduced(reducer, binder, axis, args),
        };
        self.scope.truncate(before);
        match reducer {
            Reducer::Softmax => self.outside(result?, binder, axis),
            _ => result,
        }
    }

    /// `Σ body` over axes that are open already. Sums in sums are one; a product is summed as a matrix product.
    pub(super) fn summed(&mut self, body: &Term, mut axes: Vec<AxisId>) -> Result<Form, Fault> {
        match (body.op(), body.args()) {
            (Op::Reduce(Reducer::Sum, binder), [inner]) => {
                let before = self.scope.len();
                axes.push(self.open(binder)?);
                let result = self.summed(inner, axes);
                self.scope.truncate(before);
                result
            }
            (Op::Mul, _) => {
                let mut forms = Vec::new();
                for factor in body.factors() {
                    forms.push(self.term(factor)?);
                }
                let (a, b) = self.halves(forms, &axes)?;
                self.sum_of_products(&a, &b, &axes)
            }
            (Op::MatMul, [left, right]) => {
                let (a, b) = (self.term(left)?, self.term(right)?);
                let ([(m, a_row), (k, _)], [_, (n, b_column)]) = (a.matrix(), b.matrix());
                let dims = self.dims(body.shape())?;
                if k == 1 && dims.len() == 2 {
                    // A sum of outer products: the index that is summed takes the place of the inner axis.
                    let a = Form { dims: vec![m, n], strides: vec![a_row, 0], ..a };
                    let b = Form { dims: vec![m, n], strides: vec![0, b_column], ..b };
                    return self.sum_of_products(&a, &b, &axes);
                }
                let product = self.product(&a, &b, &dims)?;
                self.sum_over(&product, &axes)
            }
            _ => {
                let value = self.term(body)?;
                self.sum_over(&value, &axes)
            }
        }
    }

    /// Many factors as two: those that share their axes are multiplied first, so that little is written out.
    fn halves(&mut self, mut forms: Vec<Form>, summed: &[AxisId]) -> Result<(Form, Form), Fault> {
        while forms.len() > 2 {
            // The pair whose product varies along the fewest axes.
            let mut best = (usize::MAX, 0, 1);
            for first in 0..forms.len() {
                for second in first + 1..forms.len() {
                    let axes = union(&[&forms[first], &forms[second]]);
                    let size: usize = axes.iter().map(|axis| self.axes[*axis].count).product();
                    if size < best.0 {
                        best = (size, first, second);
                    }
                }
            }
            let second = forms.remove(best.2);
            let first = forms.remove(best.1);
            let product = self.binary(Two::Mul, &first, &second)?;
            forms.push(product);
        }
        let _ = summed;
        let b = forms.pop().ok_or_else(|| Fault::error("a product without factors"))?;
        match forms.pop() {
            Some(a) => Ok((a, b)),
            None => {
                let one = self.constant(1.0, &b.dims)?;
                Ok((one, b))
            }
        }
    }

    fn reduced(&mut self, reducer: Reducer, binder: &Binder, axis: AxisId, args: &[Term]) -> Result<Form, Fault> {
        let body = self.term(&args[0])?;
        let condition = match args.get(1) {
            Some(condition) => {
                let form = self.term(condition)?;
                Some(Form { strides: vec![0; body.dims.len()], dims: body.dims.clone(), ..form })
            }
            None => None,
        };
        let count = self.axes[axis].count;
        if count == 0 && reducer != Reducer::Sum {
            return Err(Fault::error(format!("a reduction over `{}` has no value at all to run over", binder.index)));
        }
        match reducer {
            Reducer::Sum => {
                let body = self.only(&body, condition.as_ref(), 0.0)?;
                self.sum_over(&body, &[axis])
            }
            Reducer::Mean => {
                let passed = self.only(&body, condition.as_ref(), 0.0)?;
                let sum = self.sum_over(&passed, &[axis])?;
                match condition {
                    None => {
                        let share = self.constant(1.0 / count as f64, &sum.dims)?;
                        self.binary(Two::Mul, &sum, &share)
                    }
                    Some(condition) => {
                        let number = self.sum_over(&condition, &[axis])?;
                        self.binary(Two::Div, &sum, &number)
                    }
                }
            }
            Reducer::Max | Reducer::Min => self.extreme(reducer, &body, condition.as_ref(), axis),
            Reducer::ArgMax | Reducer::ArgMin => {
                let kind = if reducer == Reducer::ArgMax { Reducer::Max } else { Reducer::Min };
                let best = self.extreme(kind, &body, condition.as_ref(), axis)?;
                let mut attained = self.binary(Two::Compare(Relation::Equal), &body, &best)?;
                if let Some(condition) = &condition {
                    attained = self.binary(Two::And, &attained, condition)?;
                }
                let place = self.place(binder, &body.dims)?;
                let place = self.only(&place, Some(&attained), f64::INFINITY)?;
                self.extreme(Reducer::Min, &place, None, axis)
            }
            Reducer::LogSumExp => {
                let (largest, _, sum) = self.exponentials(&body, condition.as_ref(), axis)?;
                let log = self.unary(One::Apply(Kernel::Log), &sum)?;
                self.binary(Two::Add, &largest, &log)
            }
            Reducer::Softmax => {
                let (_, shares, sum) = self.exponentials(&body, condition.as_ref(), axis)?;
                self.binary(Two::Div, &shares, &sum)
            }
        }
    }

    /// The largest value, `exp(body − largest)`, and the sum of these.
    fn exponentials(
        &mut self,
        body: &Form,
        condition: Option<&Form>,
        axis: AxisId,
    ) -> Result<(Form, Form, Form), Fault> {
        let largest = self.extreme(Reducer::Max, body, condition, axis)?;
        let shifted = self.binary(Two::Sub, body, &largest)?;
        let powers = self.unary(One::Apply(Kernel::Exp), &shifted)?;
        let powers = self.only(&powers, condition, 0.0)?;
        let sum = self.sum_over(&powers, &[axis])?;
        Ok((largest, powers, sum))
    }

    fn extreme(
        &mut self,
        reducer: Reducer,
        body: &Form,
        condition: Option<&Form>,
        axis: AxisId,
    ) -> Result<Form, Fault> {
        let (op, worst) =
            if reducer == Reducer::Max { (Two::Max, f64::NEG_INFINITY) } else { (Two::Min, f64::INFINITY) };
        let body = self.only(body, condition, worst)?;
        let kept: Vec<AxisId> = union(&[&body]).into_iter().filter(|own| *own != axis).collect();
        let out = self.fresh(&kept, &body.dims)?;
        self.code.push(Instruction::Fill { out: out.buffer, value: worst });
        let mut axes = kept;
        axes.push(axis);
        axes.sort_unstable();
        let nest = self.nest(&axes, [&out, &body]);
        self.code.push(Instruction::Update { op, out: out.buffer, a: body.buffer, nest });
        Ok(out)
    }

    /// The value where a condition holds, and something else elsewhere.
    fn only(&mut self, value: &Form, condition: Option<&Form>, otherwise: f64) -> Result<Form, Fault> {
        let Some(condition) = condition else { return Ok(value.clone()) };
        let other = self.constant(otherwise, &value.dims)?;
        let axes = union(&[value, condition]);
        let out = self.fresh(&axes, &value.dims)?;
        let nest = self.nest(&axes, [&out, condition, value, &other]);
        let (c, a, b) = (condition.buffer, value.buffer, other.buffer);
        self.code.push(Instruction::Where { out: out.buffer, c, a, b, nest });
        Ok(out)
    }

    /// The values of a bound index as numbers.
    fn place(&mut self, binder: &Binder, dims: &[usize]) -> Result<Form, Fault> {
        let index = Term::new(Op::Integer(Integer::name(binder.index.clone())), Vec::new())
            .map_err(|_| Fault::error("an index is no number"))?;
        let form = self.term(&index)?;
        Ok(Form { strides: vec![0; dims.len()], dims: dims.to_vec(), ..form })
    }

    /// A softmax as seen from outside, where its index means what it meant before.
    fn outside(&self, form: Form, binder: &Binder, axis: AxisId) -> Result<Form, Fault> {
        let stride = form.along(axis);
        let mut axes: Vec<(AxisId, isize)> = form.axes.iter().copied().filter(|(own, _)| *own != axis).collect();
        let inner = self.axes[axis];
        match self.bound(&binder.index) {
            Some(Bind::Axis(outer)) => {
                let own = self.axes[*outer];
                let skip = own.low - inner.low;
                if skip < 0 || own.low + own.count as i64 > inner.low + inner.count as i64 {
                    return Err(Fault::error(format!("a softmax over `{}` is read outside its range", binder.index)));
                }
                axes.push((*outer, stride));
                axes.sort_unstable();
                Ok(Form { axes, start: form.start.wrapping_add_signed(stride * skip as isize), ..form })
            }
            Some(Bind::Fixed(value)) if (inner.low..inner.low + inner.count as i64).contains(value) => {
                Ok(Form { axes, start: form.start.wrapping_add_signed(stride * (value - inner.low) as isize), ..form })
            }
            _ => Err(Fault::error(format!("a softmax over `{}` does not fit a sweep along it", binder.index))
                .hint("sweep along another index")),
        }
    }
}
