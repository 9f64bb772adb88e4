//! Products with weights, and the largest of several.

use super::{Entries, Found};
use crate::flow::theory::build;
use crate::flow::theory::structure::refused;
use crate::math::draw::Distribution;
use crate::math::expression::{Binder, Op, Subscript, Term};
use crate::math::network::{Quantity, Role};
use crate::math::number;
use crate::math::shape::Shape;
use crate::math::theory::{Argument, Entry, Extreme, Item, Linear, Part, Product};
use std::collections::BTreeMap;

impl Entries<'_> {
    pub(super) fn product(&mut self, left: &Term, right: &Term) -> Found<Entry> {
        if left.shape().axes().len() != 2 || !matches!(right.shape(), Shape::Axes(axes) if axes.len() == 1) {
            return Err(self
                .refused("a product here is not that of a matrix and a vector")
                .hint("it follows one input vector; write `W[l] @ h[l-1]`"));
        }
        let (mut factor, mut matrix, mut turned) = (build::whole(1), left.clone(), false);
        loop {
            let args = matrix.args().to_vec();
            match matrix.op() {
                Op::Neg => matrix = args[0].clone(),
                Op::Transpose => (matrix, turned) = (args[0].clone(), !turned),
                Op::Mul | Op::Div if args.iter().any(|arg| matches!(arg.op(), Op::Fill(_))) => {
                    let number = usize::from(!matches!(args[0].op(), Op::Fill(_)));
                    if matrix.op() == &Op::Div && number == 0 {
                        return Err(self.refused("a number is divided by a matrix"));
                    }
                    let Entry::Number(value) = self.entry(&args[number])? else {
                        return Err(self.refused("a matrix is scaled by what is not fixed"));
                    };
                    factor = build::apply(matrix.op().clone(), vec![factor, value]);
                    matrix = args[1 - number].clone();
                }
                _ => break,
            }
        }
        let Some((quantity, read)) =
            matrix.as_read().and_then(|read| Some((self.network.quantity(&read.quantity)?, read)))
        else {
            return Err(self.refused("a vector is multiplied by a matrix that is computed"));
        };
        let name = &quantity.name;
        if quantity.role.is_computed() || quantity.draw.is_none() {
            return Err(self
                .refused(format!("`{name}` multiplies a vector and is not drawn"))
                .at(&quantity.span, "declared here"));
        }
        match self.place_of(quantity, read)? {
            Some(0) => {}
            Some(_) => return Err(self.refused(format!("the weights `{name}` of another step are read"))),
            None => {
                return Err(refused(format!("the weights `{name}` are shared by all steps along `{}`", self.index))
                    .at(&quantity.span, format!("without the index `{}`", self.index))
                    .hint(format!(
                        "tied weights are not mean field: `{name}[{0}]` would give each step its own; `nablascope sweep` measures it as it is",
                        self.index
                    )));
            }
        }
        let argument = self.entry(right)?;
        self.weighted(quantity, turned, &factor, argument)
    }

    fn weighted(&mut self, quantity: &Quantity, turned: bool, factor: &Term, argument: Entry) -> Found<Entry> {
        let name = &quantity.name;
        let (rows, columns) = match quantity.shape.axes() {
            [rows, columns] if turned => (columns.clone(), rows.clone()),
            [rows, columns] => (rows.clone(), columns.clone()),
            _ => return Err(self.refused(format!("`{name}` is {}", quantity.shape))),
        };
        let Some(draw) = &quantity.draw else { return Err(self.refused(format!("`{name}` is not drawn"))) };
        let wrong = |reason: &str| {
            Err(refused(format!("{reason}: `{name}`"))
                .at(draw.span.as_ref().unwrap_or(&quantity.span), format!("drawn from {}", draw.told()))
                .hint("weights must be independent with mean 0, or orthogonal"))
        };
        let zero = |term: &Term| term.as_number().is_some_and(number::is_zero);
        let (deviation, orthogonal) = match &draw.distribution {
            Distribution::Normal { mean, .. } if !zero(mean) => return wrong("weights have a mean that is not 0"),
            Distribution::Normal { deviation, .. } => ((deviation.clone(), 1.0), None),
            Distribution::Uniform { low, high } => {
                if !opposite(low, high) {
                    return wrong("weights have a mean that may not be 0");
                }
                // The variance of a uniform number between ±a is a²/3.
                ((high.clone(), 1.0 / libm::sqrt(3.0)), None)
            }
            Distribution::Orthogonal { gain } => ((gain.clone(), 1.0), Some(gain.clone())),
            Distribution::Identity { gain } if rows == columns => {
                let factor = build::apply(Op::Mul, vec![factor.clone(), gain.clone()]);
                return Ok(match argument {
                    Entry::Number(number) => Entry::Number(build::apply(Op::Mul, vec![factor, number])),
                    Entry::Linear(sum) => Entry::Linear(build::scaled(&sum, &factor)),
                    other => self.function(&Op::Mul, vec![Entry::Number(factor), other])?,
                });
            }
            Distribution::Constant { value } if zero(value) => return Ok(Entry::Number(build::whole(0))),
            _ => return wrong("weights are drawn otherwise"),
        };
        let again = self.items.iter().any(|item| match item {
            Item::Product(other) => &other.weights == name && (other.argument != argument || other.fans.0 != columns),
            _ => false,
        });
        if again {
            return Err(self
                .refused(format!("the weights `{name}` are used twice in one step"))
                .hint("the two products are then not independent"));
        }
        let product = Product {
            weights: name.clone(),
            span: quantity.span.clone(),
            fans: (columns, rows),
            deviation,
            orthogonal,
            argument,
        };
        let item = self.item(Item::Product(product));
        let parts = BTreeMap::from([(Part::Item(item), factor.clone())]);
        Ok(Entry::Linear(Linear { parts, offset: build::whole(0) }))
    }

    /// `max[k](W[l,k] @ h)`: the largest of copies that are independent and alike.
    pub(super) fn extreme(&mut self, largest: bool, binder: &Binder, body: &Term) -> Found<Entry> {
        if self.copies.is_some() {
            return Err(self.refused("a maximum stands within another"));
        }
        self.copies = Some(binder.index.clone());
        let inside = self.entry(body);
        self.copies = None;
        let copied = body.reads().iter().all(|read| {
            let quantity = self.network.quantity(&read.quantity);
            let constant = quantity.is_some_and(|quantity| matches!(quantity.role, Role::Const(_)));
            let own = read
                .subscripts
                .iter()
                .any(|subscript| matches!(subscript, Subscript::At(at) if at.names().contains(&binder.index)));
            constant || own || read.quantity == self.state
        });
        match inside? {
            Entry::Linear(sum) if copied && !sum.parts.contains_key(&Part::State) && !sum.parts.is_empty() => {
                let count = binder.high.minus(&binder.low).offset(1);
                let item = self.item(Item::Extreme(Extreme { sum, count, largest }));
                let body = build::argument(Argument::Item(item));
                Ok(self.of_body(body))
            }
            _ => Err(self
                .refused("a maximum is not over sums that are independent and alike")
                .hint("as in `max[k](W[l,k] @ h[l-1])`")),
        }
    }
}

/// Whether two terms add up to 0, as one can see: the same, with a sign at one place.
fn opposite(one: &Term, other: &Term) -> bool {
    let negative = |one: &Term, other: &Term| one.op() == &Op::Neg && &one.args()[0] == other;
    let numbers = one.as_number().zip(other.as_number());
    let factors = || match (one.args(), other.args()) {
        ([a, b], [c, d]) => (opposite(a, c) && b == d) || (a == c && opposite(b, d)),
        _ => false,
    };
    negative(one, other)
        || negative(other, one)
        || numbers.is_some_and(|(one, other)| *one == -other.clone())
        || (one.op() == other.op() && matches!(one.op(), Op::Mul | Op::Div) && factors())
}
