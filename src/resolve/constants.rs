//! Constants that are written out: numbers, lists of them, and how they fit indices and shapes.

use super::collect::Collected;
use super::integers;
use super::world::World;
use crate::math::expression::Binder;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::Rational;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, SpannedName};
use crate::math::syntax::{Expression, Written, WrittenShape};

/// The payload of a constant that is written out: its list must fit its indices and the shape it was declared with.
pub fn shape(
    world: &World<'_>,
    name: &SpannedName,
    axes: &[Binder],
    (declared, place): (Option<&Shape>, Option<&WrittenShape>),
    written: Shape,
    value: &Written,
) -> Collected<Shape> {
    let known = |size: &Integer| {
        let number = |name: &Name| world.sizes.get(name)?.number;
        size.value(&number)
    };
    let mut lists = written.axes().iter();
    for axis in axes {
        let size = integers::count(&axis.low, &axis.high);
        let Some(found) = lists.next() else {
            return Err(Diagnostic::error(format!("`{}` has a value for every `{}`", name.node, axis.index))
                .at(&value.span, "not a list of them")
                .hint(format!("write a list, or leave the index out: `const {} = …`", name.node)));
        };
        if known(&size) != found.as_number() {
            let error = Diagnostic::error(format!("`{}` has {size} values, one for every `{}`", name.node, axis.index))
                .at(&value.span, format!("{found} here"));
            return Err(match known(&size) {
                Some(_) => error,
                None => error.hint(format!("give the range a number, as in `over {} : {found}`", axis.index)),
            });
        }
    }
    let rest = Shape::Axes(lists.cloned().collect());
    let Some(declared) = declared else { return Ok(rest) };
    let same = declared.axes().len() == rest.axes().len()
        && declared.axes().iter().zip(rest.axes()).all(|(size, found)| known(size) == found.as_number());
    if same {
        return Ok(declared.clone());
    }
    let error = Diagnostic::error(format!("the constant `{}` is {rest}, not {declared}", name.node))
        .at(&value.span, format!("{rest}"));
    Err(match place {
        Some(place) => error.at(&place.span, format!("{declared}")),
        None => error,
    })
}

/// Numbers, and lists of them, row-major.
pub fn literal(value: &Written) -> Collected<(Vec<Rational>, Shape)> {
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
