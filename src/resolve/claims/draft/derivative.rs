//! Derivatives in claims: quantities that are given.

use super::{Reading, name_of};
use crate::math::claim::Derivative;
use crate::math::name::{Name, nearest};
use crate::math::network::Quantity;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, Spanned, SpannedName};
use crate::math::syntax::{Expression, SubscriptForm, Written, WrittenSubscript};
use crate::resolve::claims::rewrite::{self, rewrite};
use std::collections::BTreeSet;

impl Reading<'_> {
    /// Derivatives and upstream gradients become readings of quantities.
    pub(super) fn translated(&mut self, written: &Written) -> Result<Written, Diagnostic> {
        let change = &mut |part: &Written, _: &BTreeSet<Name>| match &part.node {
            Expression::Derivative { of, by } => self.derivative(of.as_deref(), by, part).map(Some),
            Expression::Name(name) => {
                self.upstream(name, &part.span);
                Ok(None)
            }
            Expression::Read(name, _) => {
                self.upstream(&name.node, &name.span);
                Ok(None)
            }
            _ => Ok(None),
        };
        rewrite(written, &BTreeSet::new(), change)
    }

    /// `G_h` is the upstream gradient of the output `h`, unless the network or the author has the name.
    pub(super) fn upstream(&mut self, name: &Name, span: &Span) {
        let Some(output) = name.as_str().strip_prefix("G_").map(Name::new) else { return };
        let known = self.base.quantity(name).is_some() || self.own.contains(name);
        if known || self.base.loss.is_some() || !self.base.outputs.contains(&output) {
            return;
        }
        let Some(quantity) = self.base.quantity(&output) else { return };
        let axes = quantity.axes.iter().map(|axis| self.binder(&axis.index).unwrap_or_else(|| axis.clone())).collect();
        let shape = quantity.shape.clone();
        self.put(name, axes, shape, span);
        self.draft.upstreams.insert(name.clone(), output);
    }

    pub(super) fn derivative(
        &mut self,
        of: Option<&Written>,
        by: &Written,
        whole: &Written,
    ) -> Result<Written, Diagnostic> {
        let with_d = |part: &Written| {
            let name = Name::new(format!("d{}", name_of(part)?));
            (self.own.contains(&name) || self.base.quantity(&name).is_some()).then_some(())
        };
        if of.and_then(with_d).is_some() && with_d(by).is_some() {
            // A quotient of two names, which the reader of expressions understands.
            return Ok(whole.clone());
        }
        let (of_name, of_places) = match of {
            None => (None, Vec::new()),
            Some(part) => {
                let (name, places) = reading(part)?;
                let is_loss =
                    self.base.quantity(&name.node).is_none() && name.node.as_str() == "L" && self.base.loss.is_none();
                if is_loss { (None, Vec::new()) } else { (Some(name), places) }
            }
        };
        let of_name = of_name.or_else(|| {
            let loss = self.base.loss.clone();
            loss.map(|loss| Spanned { node: loss, span: whole.span.clone() })
        });
        let (by_name, by_places) = reading(by)?;
        let source = self.quantity(&by_name)?.clone();
        if !source.role.has_gradient() {
            return Err(Diagnostic::error(format!("`{}` is given without a gradient", by_name.node))
                .at(&by_name.span, "differentiated by this")
                .at(&source.span, "declared here")
                .hint("declare it with `input` or `param` to ask for derivatives by it"));
        }
        let target = of_name.as_ref().map(|name| self.quantity(name).cloned()).transpose()?;
        let derivative = Derivative { of: of_name.map(|name| name.node), by: by_name.node.clone() };
        let name = derivative.quantity();
        let mut axes = target.as_ref().map(|target| target.axes.clone()).unwrap_or_default();
        let mut taken: BTreeSet<Name> = axes.iter().map(|axis| axis.index.clone()).collect();
        for axis in &source.axes {
            let mut axis = axis.clone();
            while taken.contains(&axis.index) {
                axis.index = Name::new(format!("{}′", axis.index));
            }
            taken.insert(axis.index.clone());
            axes.push(axis);
        }
        let of_entries = target.as_ref().is_some_and(|target| of_places.len() > target.axes.len());
        let mixed = target.as_ref().is_some_and(|target| !target.shape.is_number()) && !source.axes.is_empty();
        if (of_entries && !source.axes.is_empty()) || (mixed && by_places.len() < source.axes.len()) {
            return Err(Diagnostic::error("this derivative needs its indices")
                .at(&whole.span, "a derivative of whole arrays")
                .hint("write the index axes of both, as in `dh[t]/dh[t-1]`; payloads need none"));
        }
        let of_shape = target.as_ref().map(|target| target.shape.axes().to_vec()).unwrap_or_default();
        let shape = Shape::Axes([of_shape, source.shape.axes().to_vec()].concat());
        self.put(&name, axes, shape, &whole.span);
        self.draft.derivatives.insert(name.clone(), derivative);
        let (of_count, by_count) = (target.map_or(0, |target| target.axes.len()), source.axes.len());
        // Index axes of both first, then entries of both.
        let mut places = Vec::new();
        for (given, count) in [(&of_places, of_count), (&by_places, by_count)] {
            for place in given.iter().take(count) {
                let one = &mut |part: &Written| self.translated(part);
                places.push(rewrite::subscript(place, one)?);
            }
            // An axis that is left out is all of it.
            for _ in given.len()..count {
                places.push(WrittenSubscript { what: SubscriptForm::All, padded: None, span: whole.span.clone() });
            }
        }
        let entries: Vec<&WrittenSubscript> =
            of_places.iter().skip(of_count).chain(by_places.iter().skip(by_count)).collect();
        for place in entries {
            places.push(place.clone());
        }
        let name = Spanned { node: name, span: whole.span.clone() };
        Ok(Written { node: Expression::Read(name, places), span: whole.span.clone() })
    }

    pub(super) fn quantity(&self, name: &SpannedName) -> Result<&Quantity, Diagnostic> {
        self.base.quantity(&name.node).ok_or_else(|| {
            if self.own.contains(&name.node) {
                return Diagnostic::error(format!("`{}` is a name of the author's own", name.node))
                    .at(&name.span, "no quantity of the network")
                    .hint("derivatives are of and by quantities of the network");
            }
            let known = self.base.quantities.keys().map(Name::as_str);
            let error = Diagnostic::error(format!("`{}` has no quantity `{}`", self.base.name, name.node))
                .at(&name.span, "not a quantity of the network");
            match nearest(name.node.as_str(), known) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None if self.base.loss.is_none() => {
                    error.hint("without a loss, `dL/dx` is the derivative of L = Σ ⟨G_y, y⟩ over the outputs y")
                }
                None => error.hint("a derivative is of and by quantities that the network computes or is given"),
            }
        })
    }
}

pub(super) fn reading(part: &Written) -> Result<(SpannedName, Vec<WrittenSubscript>), Diagnostic> {
    match &part.node {
        Expression::Name(name) => Ok((Spanned { node: name.clone(), span: part.span.clone() }, Vec::new())),
        Expression::Read(name, places) => Ok((name.clone(), places.clone())),
        _ => Err(Diagnostic::error("a derivative is of and by quantities")
            .at(&part.span, "no quantity")
            .hint("give this part a name in the network")),
    }
}
