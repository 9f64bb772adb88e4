//! Statements into the table: every name once, every range and shape understood.

use super::integers;
use super::world::{Draft, Entry, Size, World};
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Index, Role};
use crate::math::number::Rational;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span, Spanned, SpannedName};
use crate::math::syntax::{
    Declaration, DeclaredRole, Definition, Expression, NetworkFile, Statement, SubscriptForm, Written, WrittenEquation,
    WrittenRange,
};
use num_traits::ToPrimitive;

type Collected<T> = Result<T, Diagnostic>;

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
                for item in items {
                    note(declare(world, *role, item));
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
    for (statement, _) in statements(file) {
        match statement {
            Statement::Equation(written) => note(equation(world, written, false)),
            Statement::Loss(written) => note(equation(world, written, true)),
            _ => {}
        }
    }
}

fn statements(file: &NetworkFile) -> impl Iterator<Item = (&Statement, &Span)> {
    file.statements.iter().map(|statement| (&statement.node, &statement.span))
}

fn size(world: &mut World<'_>, name: &SpannedName, value: Option<&Written>) -> Collected<()> {
    world.claim(&name.node, &name.span)?;
    let alias = value.map(|value| integers::of_sizes(world, value)).transpose()?;
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
            let capital = Name::new(name.node.as_str().to_uppercase());
            if capital == name.node {
                return Err(Diagnostic::error(format!("the range of `{}` is missing", name.node))
                    .at(&name.span, "an index in capitals has no capital letter of its own")
                    .hint(format!("give its range, as in `along {} : N`", name.node)));
            }
            if world.size(&capital).is_none()
                && let Err(mut error) = new_size(world, &capital, &name.span) {
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
            return Err(Diagnostic::error(format!("the range of `{}` is missing", name.node))
                .at(&name.span, "an index without recurrence needs a range")
                .hint(format!("as in `over {} : N`, which means 1..N", name.node)));
        }
    };
    let entry = Index { name: name.node.clone(), low, high, recurrent };
    world.indices.insert(name.node.clone(), (entry, name.span.clone()));
    Ok(())
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
    let mut axes: Vec<Binder> = Vec::new();
    // The name is known even when its declaration is wrong, so that one mistake is told once.
    let entry = |axes: Vec<Binder>, role: Role, shape: Option<Shape>| Entry {
        role,
        state: false,
        axes,
        shape,
        guessed: false,
        draw: item.draw.as_ref().map(|draw| draw.span.text().to_string()),
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
            if !axes.is_empty() {
                return Err(Diagnostic::error("a constant over an index cannot be written out yet")
                    .at(&value.span, "not yet")
                    .hint("leave the value out and give it with the data"));
            }
            let (numbers, written) = literal(value)?;
            if let (Some(declared), Some(place)) = (&shape, &item.shape)
                && declared != &written {
                    return Err(Diagnostic::error(format!(
                        "the constant `{}` is {written}, not {declared}",
                        name.node
                    ))
                    .at(&value.span, format!("{written}"))
                    .at(&place.span, format!("{declared}")));
                }
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

/// Numbers, and lists of them, row-major.
fn literal(value: &Written) -> Collected<(Vec<Rational>, Shape)> {
    let Expression::List(items) = &value.node else {
        return Ok((vec![integers::rational(value)?], Shape::number()));
    };
    let (mut numbers, mut inner) = (Vec::new(), None);
    for item in items {
        let (found, shape) = literal(item)?;
        if inner.as_ref().is_some_and(|known| known != &shape) {
            return Err(Diagnostic::error("the entries of this list are of different lengths")
                .at(&item.span, format!("this is {shape}")));
        }
        numbers.extend(found);
        inner = Some(shape);
    }
    let mut axes = vec![Integer::number(i64::try_from(items.len()).unwrap_or(i64::MAX))];
    axes.extend(inner.iter().flat_map(|shape| shape.axes().to_vec()));
    Ok((numbers, Shape::Axes(axes)))
}

fn define<'a>(world: &mut World<'a>, definition: &'a Definition, own: bool) -> Collected<()> {
    let name = &definition.name;
    if BUILT_IN.contains(&name.node.as_str()) || super::functions::operation(world.book, &name.node).is_some() {
        return Err(Diagnostic::error(format!("`{}` is an operation already", name.node))
            .at(&name.span, "cannot be defined again")
            .hint(format!("choose another name, such as `my_{}`", name.node)));
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

fn equation<'a>(world: &mut World<'a>, written: &'a WrittenEquation, loss: bool) -> Collected<()> {
    let name = &written.target;
    if world.sizes.contains_key(&name.node) || world.indices.contains_key(&name.node) {
        // Says where it was declared.
        return world.claim(&name.node, &name.span);
    }
    let (mut at, mut ranges) = (Vec::new(), Vec::<Binder>::new());
    for subscript in &written.subscripts {
        let place = match &subscript.what {
            SubscriptForm::At(place) => place,
            _ => {
                return Err(Diagnostic::error("the left side of an equation holds for single places")
                    .at(&subscript.span, "not a single place")
                    .hint("write an index here; axes that are not mentioned are the payload"));
            }
        };
        if let Some(padding) = &subscript.padded {
            return Err(Diagnostic::error("`else` belongs to readings on the right side").at(padding, "not here"));
        }
        if let Expression::Name(letter) = &place.node
            && let Some(binder) = world.binder(letter) {
                if ranges.iter().any(|range| range.index == binder.index) {
                    return Err(Diagnostic::error(format!("the index `{letter}` stands twice on the left side"))
                        .at(&subscript.span, "second time")
                        .hint("an equation defines all entries: use two indices, and `where(i == j, …)`"));
                }
                world.note_use(letter);
                at.push(Integer::name(letter.clone()));
                ranges.push(binder);
                continue;
            }
        at.push(left_place(world, written, place)?);
    }
    if let Some(entry) = world.quantities.get(&name.node) {
        if !entry.role.is_computed() {
            let word = match entry.role {
                Role::Input => "an input",
                Role::Param => "a parameter",
                _ => "a constant",
            };
            let case = !at.is_empty() && ranges.len() < at.len();
            let span = entry.span.clone();
            return Err(if case {
                Diagnostic::error(format!("a case for {word} is not supported yet"))
                    .at(&name.span, "not yet")
                    .at(&span, format!("`{}` is {word}", name.node))
                    .hint("introduce a quantity of its own: its case, and a copy elsewhere")
            } else {
                Diagnostic::error(format!("`{}` is {word} and cannot be computed", name.node))
                    .at(&name.span, "defined again here")
                    .at(&span, "declared here")
                    .hint("choose another name for the computed quantity, or declare it with `state`")
            });
        }
        if entry.axes.len() != at.len() && (entry.state || ranges.len() == at.len()) {
            return Err(axis_count(&name.node, entry, at.len(), &written.span));
        }
    } else {
        let span = name.span.clone();
        if ranges.len() < at.len() {
            // A case that stands before the general equation: the axes are known once that one is read.
            world.equations.push(Draft { written, at, ranges, loss });
            return Ok(());
        }
        world.claim(&name.node, &span)?;
        let entry = Entry {
            role: Role::Computed,
            state: false,
            axes: ranges.clone(),
            shape: None,
            guessed: false,
            draw: None,
            span,
        };
        world.quantities.insert(name.node.clone(), entry);
    }
    if loss && !at.is_empty() {
        return Err(Diagnostic::error("the loss is one number")
            .at(&written.span, "it has an index here")
            .hint("sum over the index: `loss L = sum[t](…)`"));
    }
    world.equations.push(Draft { written, at, ranges, loss });
    Ok(())
}

fn left_place(world: &World<'_>, written: &WrittenEquation, place: &Written) -> Collected<Integer> {
    let letters = integers::names(place);
    if let Some(index) = letters.iter().find(|name| world.indices.contains_key(*name)) {
        return Err(Diagnostic::error("the left side is an index, a number or a size, not an expression of an index")
            .at(&place.span, format!("an expression of `{index}`"))
            .hint(format!(
                "move the shift to the right side: `{}[{index}] = …`, with the indices there moved the other way",
                written.target.node
            )));
    }
    integers::of_sizes(world, place).map_err(|error| match &place.node {
        Expression::Name(letter) => not_an_index(world, &place.span, Some(letter)),
        _ => error,
    })
}

/// The message for an equation with too few or too many subscripts on its left.
pub fn axis_count(name: &Name, entry: &Entry, found: usize, span: &Span) -> Diagnostic {
    let letters: Vec<String> = entry.axes.iter().map(|axis| axis.index.to_string()).collect();
    let wanted = match letters.len() {
        0 => "no index".to_string(),
        1 => format!("the index [{}]", letters[0]),
        _ => format!("the indices [{}]", letters.join(",")),
    };
    Diagnostic::error(format!("`{name}` has {wanted}"))
        .at(span, format!("{found} subscript{} here", if found == 1 { "" } else { "s" }))
        .at(&entry.span, "declared or first defined here")
}

/// The message for a subscript that must be an index and is none.
fn not_an_index(world: &World<'_>, span: &Span, letter: Option<&Name>) -> Diagnostic {
    let Some(letter) = letter else {
        return Diagnostic::error("a declaration lists its indices")
            .at(span, "not the name of an index")
            .hint("as in `param W[l] : N × N`: indices in brackets, then the shape after `:`");
    };
    let error =
        Diagnostic::error(format!("`{letter}` is not an index")).at(span, "must be an index, a number or a size");
    let near = World::nearest(letter.as_str(), world.indices.keys().map(Name::as_str));
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
