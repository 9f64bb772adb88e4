//! Claims whose shapes can't be right. They are refuted, with both shapes, at the equation that is at fault.

use super::draft::name_of;
use super::{Reader, Scope};
use crate::math::claim::{Circle, Claim, Group, Misfit};
use crate::math::expression::Term;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::number;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Outcome, Span};
use crate::math::syntax::{Expression, Written};
use std::collections::BTreeMap;

/// Author's names that count as given, with the shapes they must have.
#[derive(Clone, Default)]
pub struct Given {
    /// The names.
    pub shapes: BTreeMap<Name, Shape>,
    /// Whether their equations stay, for other names: [`own`].
    pub apart: bool,
}

/// The name that holds what the equation of a given name says.
pub fn own(name: &Name) -> Name {
    Name::new(format!("{name}·own"))
}

impl Given {
    /// One name.
    pub fn one(name: &Name, shape: &Shape, apart: bool) -> Given {
        Given { shapes: BTreeMap::from([(name.clone(), shape.clone())]), apart }
    }
}

/// All shapes of a network.
fn shapes(network: &Network) -> Vec<Shape> {
    let mut shapes: Vec<Shape> = Vec::new();
    for quantity in network.quantities.values() {
        if !shapes.contains(&quantity.shape) {
            shapes.push(quantity.shape.clone());
        }
    }
    shapes
}

/// The group of a scope whose equations go round in a circle: one name of the circle counts as given, and what its equation gives
/// is tried by itself. An error is that of the circle.
pub fn parted(reader: &Reader, scope: &Scope, errors: Vec<Diagnostic>) -> Outcome<Group> {
    let told = |span: &Span| {
        errors.iter().flat_map(|error| &error.labels).any(|(place, _)| {
            place.source.text == span.source.text && place.start >= span.start && place.end <= span.end
        })
    };
    let of_circle = scope.locals.iter().filter(|local| told(&local.0.span.to(&local.1.span)));
    for name in of_circle.filter_map(|local| name_of(&local.0)) {
        for shape in &shapes(reader.base) {
            let Ok(mut group) = reader.group(scope, &Given::one(name, shape, true)) else { continue };
            let fits = group.network.quantity(&own(name)).is_some_and(|quantity| &quantity.shape == shape);
            if fits && group.claims.iter().all(|claim| claim.misfit.is_none()) {
                let reason = errors[0].clone();
                group.circle = Some(Circle { name: name.clone(), own: own(name), reason });
                return Ok(group);
            }
        }
    }
    Err(errors)
}

/// Whether an error tells of shapes that do not fit.
pub fn is_misfit(error: &Diagnostic) -> bool {
    let shapes = ["this is a number", "this is a vector", "this is a matrix", "this is a row", "this is an array"];
    error.labels.iter().any(|(_, label)| shapes.iter().any(|shape| label.starts_with(shape)))
}

/// The two sides must have one shape; a number is stretched over any.
pub fn of_sides(network: &mut Network, claim: &Claim) -> Option<Misfit> {
    let shape = |name: &Name| network.quantity(name).map(|quantity| quantity.shape.clone());
    let (left, right) = (shape(&claim.left)?, shape(&claim.right)?);
    if left == right {
        return None;
    }
    let (narrow, wide) = match (left.is_number(), right.is_number()) {
        (true, false) => (&claim.left, &right),
        (false, true) => (&claim.right, &left),
        _ => (&claim.left, &right),
    };
    // Only a number that is written as one is stretched: `dL/db = 0`.
    let literal = |equation: &crate::math::network::Equation| {
        equation.body.as_number().is_some() && (left.is_number() || right.is_number())
    };
    if let Some(equation) = network.equations.iter_mut().find(|equation| &equation.target == narrow)
        && literal(equation)
    {
        let value = equation.body.as_number().cloned().unwrap_or_else(|| number::whole(0));
        equation.body = Term::number(value).fill(wide);
        if let Some(quantity) = network.quantities.get_mut(narrow) {
            quantity.shape = wide.clone();
        }
        return None;
    }
    let reason = Diagnostic::error(format!("`{}` claims that {left} is {right}", claim.name))
        .at(&claim.span, format!("the left side is {left}, the right side {right}"));
    Some(Misfit { at: None, found: Some(right), wanted: Some(left), reason, turned: Vec::new() })
}

/// The group of a scope some shape of which can't be right: if it is a single one of the author's names that does not fit where
/// it is used, that name counts as given, with the shape it must have. Otherwise the right side counts as unknown.
pub fn mended(reader: &Reader, scope: &Scope, errors: Vec<Diagnostic>) -> Outcome<Group> {
    let shapes = shapes(reader.base);
    let mut found: Vec<(Name, Shape, Group)> = Vec::new();
    for local in scope.locals.iter().filter_map(|local| name_of(&local.0)) {
        for shape in &shapes {
            if let Ok(group) = reader.group(scope, &Given::one(local, shape, false))
                && group.claims.iter().all(|claim| claim.misfit.is_none())
            {
                found.push((local.clone(), shape.clone(), group));
            }
        }
    }
    // What stands nearest to the fault: the last equation that can be mended alone.
    let at_fault =
        |name: &Name| errors.iter().flat_map(|error| &error.labels).any(|(span, _)| mentions(span.text(), name));
    let place = found.iter().position(|(name, _, _)| at_fault(name)).unwrap_or(0);
    if !found.is_empty() {
        let (name, shape, mut group) = found.swap_remove(place);
        let own = own_shape(reader, scope, &name);
        for claim in &mut group.claims {
            let reason = errors[0].clone();
            claim.misfit = Some(Misfit {
                at: Some(name.clone()),
                found: own.clone(),
                wanted: Some(shape.clone()),
                reason,
                turned: Vec::new(),
            });
        }
        return Ok(group);
    }
    // Nothing but the claim itself is left: its right side is replaced by its left side, so that the rest can be read.
    let Some(claim) = scope.claims.first() else { return Err(errors) };
    let mut hollow = (*claim).clone();
    hollow.right = Written { node: Expression::Number(number::whole(0)), span: claim.right.span.clone() };
    // With the author's names, as far as they can be read.
    let named = Scope { claims: vec![&hollow], locals: scope.locals.clone() };
    let bare = Scope { claims: vec![&hollow], locals: Vec::new() };
    let read = |scope: &Scope| reader.group(scope, &Given::default());
    match read(&named).or_else(|_| read(&bare)) {
        Ok(mut group) => {
            for claim in &mut group.claims {
                let wanted = group.network.quantity(&claim.left).map(|quantity| quantity.shape.clone());
                claim.misfit = super::misfit(&errors).map(|misfit| Misfit { wanted, ..misfit });
            }
            Ok(group)
        }
        Err(_) => Err(errors),
    }
}

fn mentions(text: &str, name: &Name) -> bool {
    text.split(|letter| !crate::math::name::goes_on(letter)).any(|word| Name::canonical(word) == *name)
}

/// The shape that an author's name has by its own equation.
fn own_shape(reader: &Reader, scope: &Scope, name: &Name) -> Option<Shape> {
    let mut claim = (*scope.claims.first()?).clone();
    let local = scope.locals.iter().find(|local| name_of(&local.0) == Some(name))?;
    (claim.left, claim.right) = (local.1.clone(), local.1.clone());
    let locals = super::draft::reached(&claim, &scope.locals);
    let alone = Scope { claims: vec![&claim], locals };
    let group = reader.group(&alone, &Given::default()).ok()?;
    group.network.quantity(&group.claims.first()?.right).map(|quantity| quantity.shape.clone())
}
