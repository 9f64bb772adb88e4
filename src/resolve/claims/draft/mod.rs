//! One scope of claims as statements: equations for the author's names and for both sides of each claim.

mod derivative;

use super::Scope;
use super::rewrite::{self, free_letters, rewrite};
use super::shape::Given;
use crate::math::claim::{Assumption, Derivative};
use crate::math::expression::{Binder, Relation};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Outcome, Span, Spanned, SpannedName};
use crate::math::syntax::{
    Expression, Statement, SubscriptForm, Written, WrittenClaim, WrittenEquation, WrittenSubscript,
};
use crate::resolve::integers;
use crate::resolve::world::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Statements for a scope, and the quantities that they need beside those of the network.
#[derive(Default)]
pub struct Draft {
    /// Equations.
    pub statements: Vec<Spanned<Statement>>,
    /// Given quantities: derivatives, upstream gradients, and author's names whose equations are left out.
    pub entries: Vec<(Name, Entry)>,
    /// All names that get an equation here.
    pub targets: BTreeSet<Name>,
    /// Derivatives by name.
    pub derivatives: BTreeMap<Name, Derivative>,
    /// Upstream gradients by name.
    pub upstreams: BTreeMap<Name, Name>,
    /// The author's names.
    pub locals: Vec<Name>,
    /// The claims.
    pub sides: Vec<Sides>,
}

/// The quantities of one claim.
pub struct Sides {
    /// What it is called.
    pub name: Name,
    /// Where it was written.
    pub span: Span,
    /// The left side.
    pub left: Name,
    /// The right side.
    pub right: Name,
    /// Its assumptions.
    pub assumptions: Vec<Assumption>,
}

/// The name on the left of an author's equation.
pub fn name_of(left: &Written) -> Option<&Name> {
    match &left.node {
        Expression::Name(name) => Some(name),
        Expression::Read(name, _) => Some(&name.node),
        _ => None,
    }
}

/// Whether two left sides define the same thing: one name, or one derivative.
pub fn names_alike(one: &Written, other: &Written) -> bool {
    match (name_of(one), name_of(other)) {
        // A case is another equation for the same name, and no second definition of it.
        (Some(name), Some(known)) => name == known && one.span.text() == other.span.text(),
        _ => one.span.text() == other.span.text(),
    }
}

/// The author's equations that a claim needs, directly or through others, in order.
pub fn reached<'f>(claim: &WrittenClaim, locals: &[&'f (Written, Written)]) -> Vec<&'f (Written, Written)> {
    let mut wanted: BTreeSet<Name> = BTreeSet::new();
    let mut open: Vec<Written> = vec![claim.left.clone(), claim.right.clone()];
    while let Some(part) = open.pop() {
        let mut names = BTreeSet::new();
        let look = &mut |part: &Written, _: &BTreeSet<Name>| {
            names.extend(name_of(part).cloned());
            Ok(None)
        };
        let _ = rewrite(&part, &BTreeSet::new(), look);
        for name in names {
            if locals.iter().any(|local| name_of(&local.0) == Some(&name)) && wanted.insert(name.clone()) {
                open.extend(
                    locals.iter().filter(|local| name_of(&local.0) == Some(&name)).map(|local| local.1.clone()),
                );
            }
        }
    }
    locals.iter().filter(|local| name_of(&local.0).is_none_or(|name| wanted.contains(name))).copied().collect()
}

impl Draft {
    /// The statements of `scope`.
    pub fn of(base: &Network, scope: &Scope, given: &Given) -> Outcome<Draft> {
        let mut draft = Draft::default();
        let own: BTreeSet<Name> = scope.locals.iter().filter_map(|local| name_of(&local.0)).cloned().collect();
        let mut errors = Vec::new();
        let mut reading = Reading { base, own: &own, draft: &mut draft };
        for local in &scope.locals {
            if let Err(error) = reading.local(local, given) {
                errors.push(error);
            }
        }
        for claim in &scope.claims {
            if let Err(error) = reading.claim(claim) {
                errors.push(error);
            }
        }
        // Proofs may need upstream gradients that the claims do not name.
        for output in &base.outputs {
            let span = base.quantity(output).map(|quantity| quantity.span.clone());
            if let Some(span) = span {
                reading.upstream(&Name::new(format!("G_{output}")), &span);
            }
        }
        if errors.is_empty() { Ok(draft) } else { Err(errors) }
    }
}

struct Reading<'d> {
    base: &'d Network,
    own: &'d BTreeSet<Name>,
    draft: &'d mut Draft,
}

impl Reading<'_> {
    fn is_index(&self, name: &Name) -> bool {
        self.base.indices.contains_key(name)
    }

    /// One of the author's equations. A derivative on the left makes it a claim of its own.
    fn local(&mut self, (left, right): &(Written, Written), given: &Given) -> Result<(), Diagnostic> {
        let (name, places) = match &left.node {
            Expression::Name(name) => (Spanned { node: name.clone(), span: left.span.clone() }, Vec::new()),
            Expression::Read(name, places) => (name.clone(), places.clone()),
            Expression::Derivative { .. } => {
                let name = Name::new(left.span.text());
                return self.sides(&name, &left.span.to(&right.span), left, right, &[]);
            }
            _ => {
                return Err(Diagnostic::error("an author's equation defines a name")
                    .at(&left.span, "no name, and no derivative")
                    .hint("as in `where da[t] = …`, one name on each left side"));
            }
        };
        if let Some(known) = self.base.quantity(&name.node) {
            return Err(Diagnostic::error(format!("`{}` is a quantity of the network already", name.node))
                .at(&name.span, "defined again in a claim")
                .at(&known.span, "defined here")
                .hint("an author's name must be a new one, such as `d_…`"));
        }
        let (mut places, mut body) = (places, right.clone());
        // `dh[t-1] = …` is moved to `dh[t] = …`.
        for place in &mut places {
            let SubscriptForm::At(at) = &place.what else { continue };
            let Some((letter, offset)) = self.shift(at) else { continue };
            body = rewrite::shifted(&body, &letter, -offset)?;
            let at = Written { node: Expression::Name(letter), span: at.span.clone() };
            *place = WrittenSubscript { what: SubscriptForm::At(at), ..place.clone() };
        }
        if let Some(shape) = given.shapes.get(&name.node) {
            let axes = places.iter().filter_map(|place| match &place.what {
                SubscriptForm::At(Spanned { node: Expression::Name(letter), .. }) => self.binder(letter),
                _ => None,
            });
            self.put(&name.node, axes.collect(), shape.clone(), &name.span);
            if given.apart {
                let body = self.translated(&body)?;
                let own = Spanned { node: super::shape::own(&name.node), span: name.span.clone() };
                self.equation(own, places, body, left.span.to(&right.span));
            }
            return Ok(());
        }
        let body = self.translated(&body)?;
        if !self.draft.locals.contains(&name.node) {
            self.draft.locals.push(name.node.clone());
        }
        self.equation(name, places, body, left.span.to(&right.span));
        Ok(())
    }

    /// `(t, −1)` for `t-1`.
    fn shift(&self, at: &Written) -> Option<(Name, i64)> {
        let value = integers::integer(at, &mut |leaf| match &leaf.node {
            Expression::Name(name) => Ok(Integer::name(name.clone())),
            _ => Err(Diagnostic::error("no shift")),
        });
        let value = value.ok()?;
        let letter = value.names().into_iter().find(|name| self.is_index(name))?;
        let offset = value.minus(&Integer::name(letter.clone())).as_number()?;
        (offset != 0).then_some((letter, offset))
    }

    fn claim(&mut self, claim: &WrittenClaim) -> Result<(), Diagnostic> {
        self.sides(
            &claim.name.node,
            &claim.name.span.to(&claim.right.span),
            &claim.left,
            &claim.right,
            &claim.assumptions,
        )
    }

    fn sides(
        &mut self,
        name: &Name,
        span: &Span,
        left: &Written,
        right: &Written,
        assumed: &[Written],
    ) -> Result<(), Diagnostic> {
        let (left, right) = (self.translated(left)?, self.translated(right)?);
        let mut letters = Vec::new();
        for side in [&left, &right] {
            free_letters(side, &|name| self.base.indices.contains_key(name), &mut letters);
        }
        let sides = [("left", &left), ("right", &right)].map(|(word, side)| {
            let target = Name::new(format!("{name}·{word}"));
            self.side(&target, &letters, side);
            target
        });
        let mut assumptions = Vec::new();
        for (number, one) in assumed.iter().enumerate() {
            let Expression::Chain(parts, relations) = &one.node else { return Err(no_comparison(one)) };
            let ([left, right], [relation]) = (parts.as_slice(), relations.as_slice()) else {
                return Err(no_comparison(one));
            };
            let (left, right) = (self.translated(left)?, self.translated(right)?);
            let mut letters = Vec::new();
            for side in [&left, &right] {
                free_letters(side, &|name| self.base.indices.contains_key(name), &mut letters);
            }
            let [left, right] = [("left", &left), ("right", &right)].map(|(word, side)| {
                let target = Name::new(format!("{name}·{word} of assumption {}", number + 1));
                self.side(&target, &letters, side);
                target
            });
            let text = one.span.text().split_whitespace().collect::<Vec<_>>().join(" ");
            let text = if *relation == Relation::Equal { text.replace("==", "=") } else { text };
            assumptions.push(Assumption { text, left, relation: *relation, right });
        }
        let [left, right] = sides;
        self.draft.sides.push(Sides { name: name.clone(), span: span.clone(), left, right, assumptions });
        Ok(())
    }

    /// One side as an equation over the letters of the claim.
    fn side(&mut self, target: &Name, letters: &[Name], body: &Written) {
        let span = &body.span;
        let place = |letter: &Name| WrittenSubscript {
            what: SubscriptForm::At(Written { node: Expression::Name(letter.clone()), span: span.clone() }),
            padded: None,
            span: span.clone(),
        };
        let target = Spanned { node: target.clone(), span: span.clone() };
        self.equation(target, letters.iter().map(place).collect(), body.clone(), span.clone());
    }

    fn equation(&mut self, target: SpannedName, subscripts: Vec<WrittenSubscript>, body: Written, span: Span) {
        self.draft.targets.insert(target.node.clone());
        let equation = WrittenEquation { target, subscripts, body, span: span.clone() };
        self.draft.statements.push(Spanned { node: Statement::Equation(equation), span });
    }

    fn binder(&self, letter: &Name) -> Option<Binder> {
        let index = self.base.indices.get(letter)?;
        Some(Binder { index: letter.clone(), low: index.low.clone(), high: index.high.clone() })
    }

    fn put(&mut self, name: &Name, axes: Vec<Binder>, shape: Shape, span: &Span) {
        if self.draft.entries.iter().any(|(known, _)| known == name) {
            return;
        }
        let entry = Entry {
            role: Role::Given,
            state: false,
            axes,
            shape: Some(shape),
            guessed: false,
            draw: None,
            span: span.clone(),
        };
        self.draft.entries.push((name.clone(), entry));
    }
}

fn no_comparison(written: &Written) -> Diagnostic {
    Diagnostic::error("an assumption compares two numbers")
        .at(&written.span, "no comparison")
        .hint("as in `when a > 0, eps = 0`")
}
