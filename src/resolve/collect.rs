//! Statements into the table: every name once, every range and shape understood.

use super::constants;
use super::integers;
use super::left;
use super::world::{Entry, Size, World};
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::network::{Index, Role};
use crate::math::number::Rational;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, Spanned, SpannedName};
use crate::math::syntax::{
    Declaration, DeclaredRole, Definition, Expression, NetworkFile, Statement, SubscriptForm, Written, WrittenRange,
};
use num_traits::ToPrimitive;

/// A part of the table, or what is wrong.
pub type Collected<T> = Result<T, Diagnostic>;

/// Functions of the language itself; a `def` cannot take their names.
pub const BUILT_IN: [&str; 15] = [
    "sum",
    "mean",
    "max",
    "min",
    "norm",
    "logsumexp",
    "softmax",
    "where",
    "concat",
    "reshape",
    "diag",
    "eye",
    "ones",
    "d",
    "transpose",
];

/// Fills the table from a file; mistakes are collected, one for each statement.
pub fn collect<'a>(
    world: &mut World<'a>,
    file: &'a NetworkFile,
    used: &'a [NetworkFile],
    errors: &mut Vec<Diagnostic>,
) {
    let mut note = |result: Collected<()>| {
        if let Err(error) = result {
            errors.push(error);
        }
    };
    // Sizes first, then indices (whose ranges make new sizes), then quantities, then equations.
    for (statement, _) in statements(file) {
        if let Statement::Size(items) = statement {
            for (name, value) in items {
                note(size(world, name, value.as_ref()));
            }
        }
    }
    for (statement, _) in statements(file) {
        if let Statement::Index { recurrent, indices } = statement {
            for (name, range) in indices {
                note(index(world, name, range.as_ref(), *recurrent));
            }
        }
    }
    for (statement, _) in statements(file) {
        match statement {
            Statement::Declare { role, items } => {
                for (position, item) in items.iter().enumerate() {
                    let size = position > 0 && world.sizes.contains_key(&item.name.node);
                    note(declare(world, *role, item).map_err(|error| match size {
                        true => error.hint(format!(
                            "the sizes of a shape are joined by `×` or `by`, as in `: {} × {}`",
                            item.name.node, item.name.node
                        )),
                        false => error,
                    }));
                }
            }
            Statement::Def(definition) => note(define(world, definition, true)),
            _ => {}
        }
    }
    for definition in used.iter().flat_map(statements).filter_map(|(statement, _)| match statement {
        Statement::Def(definition) => Some(definition),
        _ => None,
    }) {
        note(define(world, definition, false));
    }
    for function in super::functions::constants(world) {
        note(function);
    }
    for (statement, _) in statements(file) {
        match statement {
            Statement::Equation(written) => note(left::equation(world, written, false)),
            Statement::Loss(written) => note(left::equation(world, written, true)),
            _ => {}
        }
    }
}

fn statements(file: &NetworkFile) -> impl Iterator<Item = (&Statement, &Span)> {
    file.statements.iter().map(|statement| (&statement.node, &statement.span))
}

fn size(world: &mut World<'_>, name: &SpannedName, value: Option<&Written>) -> Collected<()> {
    world.claim(&name.node, &name.span)?;
    let alias = value.map(|value| integers::of_sizes(world, value)).transpose();
    // The size is known even when its number is wrong, so that one mistake is told once.
    world.sizes.insert(name.node.clone(), Size { number: None, alias: None });
    let alias = alias?;
    let number = alias.as_ref().and_then(Integer::as_number);
    if let (Some(number), Some(value)) = (number.filter(|number| *number < 1), value) {
        return Err(Diagnostic::error(format!("a size is at least 1, not {number}")).at(&value.span, "too small"));
    }
    let alias = alias.filter(|_| number.is_none());
    world.sizes.insert(name.node.clone(), Size { number, alias });
    Ok(())
}

fn index(world: &mut World<'_>, name: &SpannedName, range: Option<&WrittenRange>, recurrent: bool) -> Collected<()> {
    world.claim(&name.node, &name.span)?;
    let (low, high) = match range {
        Some(range) => {
            for bound in range.low.iter().chain([&range.high]) {
                new_sizes(world, bound);
            }
            let low = range.low.as_ref().map(|low| integers::of_sizes(world, low)).transpose()?;
            (low.unwrap_or_else(|| Integer::number(1)), integers::of_sizes(world, &range.high)?)
        }
        None if recurrent => {
            let capital = name.node.capital();
            if capital == name.node {
                return Err(Diagnostic::error(format!("the range of `{}` is missing", name.node))
                    .at(&name.span, "an index in capitals has no capital letter of its own")
                    .hint(format!("give its range, as in `along {} : N`", name.node)));
            }
            if world.size(&capital).is_none()
                && let Err(mut error) = new_size(world, &capital, &name.span)
            {
                error.hint = Some(format!(
                    "`along {0}` runs to `{capital}`; give another range, as in `along {0} : N`",
                    name.node
                ));
                return Err(error);
            }
            world.note_use(&capital);
            (Integer::number(1), world.size(&capital).unwrap_or_else(|| Integer::name(capital)))
        }
        None => {
            // The index is known without its range, so that one mistake is told once.
            let one = Integer::number(1);
            let entry = Index { name: name.node.clone(), low: one.clone(), high: one, recurrent };
            world.indices.insert(name.node.clone(), (entry, name.span.clone()));
            return Err(Diagnostic::error(format!("the range of `{}` is missing", name.node))
                .at(&name.span, "an index without recurrence needs a range")
                .hint(format!("as in `over {} : N`, which means 1..N", name.node)));
        }
    };
    let down = low.minus(&high);
    let entry = Index { name: name.node.clone(), low: low.clone(), high: high.clone(), recurrent };
    world.indices.insert(name.node.clone(), (entry, name.span.clone()));
    match range {
        Some(range) if down.as_number() != Some(0) && integers::never_negative(&down, world) == Some(true) => {
            Err(Diagnostic::error(format!("the range of `{}` runs down, from {low} to {high}", name.node))
                .at(&range.high.span, "the larger end stands last")
                .hint(match recurrent {
                    true => format!(
                        "write `{0} : {high}..{low}`; a recurrence that runs down reads the next place, as in `h[{0}+1]`",
                        name.node
                    ),
                    false => format!("write `{} : {high}..{low}`", name.node),
                }))
        }
        _ => Ok(()),
    }
}

/// New names in a range are sizes.
fn new_sizes(world: &mut World<'_>, bound: &Written) {
    let mut open = vec![bound];
    while let Some(part) = open.pop() {
        match &part.node {
            Expression::Name(name) if !world.places.contains_key(name) => {
                // Just checked to be new.
                let _ = new_size(world, name, &part.span);
            }
            Expression::Sum(parts) => open.extend(parts.iter().map(|(_, part)| part)),
            Expression::Product(parts) => open.extend(parts.iter().map(|(_, part)| part)),
            Expression::Negate(inside) => open.push(inside),
            _ => {}
        }
    }
}

fn new_size(world: &mut World<'_>, name: &Name, span: &Span) -> Collected<()> {
    world.claim(name, span)?;
    world.sizes.insert(name.clone(), Size { number: None, alias: None });
    Ok(())
}

fn declare(world: &mut World<'_>, role: DeclaredRole, item: &Declaration) -> Collected<()> {
    let name = &item.name;
    world.claim(&name.node, &name.span)?;
    if let (DeclaredRole::Const, Some(Written { node: Expression::Name(function), span })) = (role, &item.value) {
        if item.shape.is_some() || !item.subscripts.is_empty() {
            return Err(Diagnostic::error(format!("`{}` is a function and has no axes", name.node))
                .at(span, "the name of a function")
                .at(&name.span, "declared with axes"));
        }
        let function = Spanned { node: function.clone(), span: span.clone() };
        world.functions.insert(name.node.clone(), function);
        return Ok(());
    }
    let mut axes: Vec<Binder> = Vec::new();
    // The name is known even when its declaration is wrong, so that one mistake is told once.
    let entry = |axes: Vec<Binder>, role: Role, shape: Option<Shape>| Entry {
        role,
        state: false,
        axes,
        shape,
        guessed: false,
        draw: item.draw.clone(),
        span: name.span.clone(),
    };
    world.quantities.insert(name.node.clone(), entry(Vec::new(), Role::Given, None));
    for subscript in &item.subscripts {
        let binder = match &subscript.what {
            SubscriptForm::At(Spanned { node: Expression::Name(letter), .. }) => world.binder(letter).ok_or(letter),
            _ => return Err(not_an_index(world, &subscript.span, None)),
        };
        let binder = binder.map_err(|letter| not_an_index(world, &subscript.span, Some(letter)))?;
        if axes.iter().any(|axis| axis.index == binder.index) {
            return Err(Diagnostic::error(format!("the index `{}` stands twice", binder.index))
                .at(&subscript.span, "second time")
                .hint("a second axis needs an index of its own, as in `over i, j : N`"));
        }
        world.note_use(&binder.index);
        axes.push(binder);
    }
    let shape = match &item.shape {
        Some(shape) => {
            let sizes: Collected<Vec<Integer>> =
                shape.node.iter().map(|size| integers::of_sizes(world, size)).collect();
            Some(Shape::Axes(sizes?))
        }
        None => None,
    };
    let (role, shape) = match (role, &item.value) {
        (DeclaredRole::Const, Some(value)) => {
            let (numbers, written) = constants::literal(value)?;
            let written = constants::shape(world, name, &axes, (shape.as_ref(), item.shape.as_ref()), written, value)?;
            (Role::Const(numbers), Some(written))
        }
        (_, Some(value)) => {
            return Err(Diagnostic::error(format!("`{}` is given by the data and has no value of its own", name.node))
                .at(&value.span, "a value cannot stand here")
                .hint("numbers in the file are declared with `const`"));
        }
        (DeclaredRole::Const, None) => (Role::Given, Some(shape.unwrap_or_else(Shape::number))),
        (DeclaredRole::Input, None) => (Role::Input, Some(shape.unwrap_or_else(Shape::number))),
        (DeclaredRole::Param, None) => (Role::Param, Some(shape.unwrap_or_else(Shape::number))),
        // A state without a shape takes the one of its equations.
        (DeclaredRole::State, None) => (Role::Computed, shape),
    };
    let state = role == Role::Computed;
    world.quantities.insert(name.node.clone(), Entry { state, ..entry(axes, role, shape) });
    Ok(())
}

fn define<'a>(world: &mut World<'a>, definition: &'a Definition, own: bool) -> Collected<()> {
    let name = &definition.name;
    if BUILT_IN.contains(&name.node.as_str()) || super::functions::operation(world.book, &name.node).is_some() {
        return Err(Diagnostic::error(format!("`{}` is an operation already", name.node))
            .at(&name.span, "cannot be defined again")
            .hint(format!("choose another name, such as `my_{}`", name.node)));
    }
    if let Some(before) = world.functions.get(&name.node).filter(|_| own) {
        return Err(Diagnostic::error(format!("the function `{}` is defined twice", name.node))
            .at(&name.span, "defined again here")
            .at(&before.span, "first defined here"));
    }
    match world.definitions.get(&name.node) {
        Some(before) if own => Err(Diagnostic::error(format!("the function `{}` is defined twice", name.node))
            .at(&name.span, "defined again here")
            .at(&before.name.span, "first defined here")),
        Some(_) => Ok(()),
        None => {
            world.definitions.insert(name.node.clone(), definition);
            Ok(())
        }
    }
}

/// The message for a subscript that must be an index and is none.
pub fn not_an_index(world: &World<'_>, span: &Span, letter: Option<&Name>) -> Diagnostic {
    let Some(letter) = letter else {
        return Diagnostic::error("a declaration lists its indices")
            .at(span, "not the name of an index")
            .hint("as in `param W[l] : N × N`: indices in brackets, then the shape after `:`");
    };
    let error =
        Diagnostic::error(format!("`{letter}` is not an index")).at(span, "must be an index, a number or a size");
    let near = nearest(letter.as_str(), world.indices.keys().map(Name::as_str));
    error.hint(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it: `along {letter}` for a recurrence, `over {letter} : N` without one"),
    })
}

/// The whole number that a literal is, if it is one.
pub fn whole(value: &Rational) -> Option<i64> {
    value.is_integer().then(|| value.to_integer().to_i64()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::number;

    #[test]
    fn whole_numbers_are_told_from_fractions() {
        assert_eq!(whole(&number::whole(3)), Some(3));
        assert_eq!(whole(&number::fraction(1, 2)), None);
    }
}
