//! A reading that is asked about, such as `h[t-1]` on the command line.

use super::integers::integer;
use crate::math::expression::{Mark, Read};
use crate::math::integer::Integer;
use crate::math::name::{Name, nearest};
use crate::math::network::Network;
use crate::math::source::{Diagnostic, Spanned};
use crate::math::syntax::{Expression, SubscriptForm, Written};

/// The reading of a quantity at indices, sizes and whole numbers. Without subscripts it is meant at its own indices; an
/// initial value is meant as the place of the state that it is. Fails, with what is near, when a name is unknown.
pub fn reading(network: &Network, written: &Written) -> Result<Read, Diagnostic> {
    let (name, subscripts) = match &written.node {
        Expression::Name(name) => (Spanned { node: name.clone(), span: written.span.clone() }, [].as_slice()),
        Expression::Read(name, subscripts) => (name.clone(), subscripts.as_slice()),
        _ => {
            return Err(Diagnostic::error("this is no quantity at a place")
                .at(&written.span, "not of the form `h[t-1]`")
                .hint("write the name of a quantity with its indices in brackets"));
        }
    };
    let Some(quantity) = network.quantity(&name.node) else {
        let known = network.quantities.keys().map(Name::as_str);
        let error = Diagnostic::error(format!("`{}` has no quantity `{}`", network.name, name.node))
            .at(&name.span, "not a quantity of the network");
        return Err(match nearest(name.node.as_str(), known) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("`nablascope show` lists the quantities of a network"),
        });
    };
    let mut places = Vec::new();
    for (axis, subscript) in subscripts.iter().enumerate() {
        let SubscriptForm::At(place) = &subscript.what else {
            return Err(Diagnostic::error("a Jacobian is taken at one place at a time")
                .at(&subscript.span, "reads several")
                .hint("leave entries of the payload out: `h[t]` stands for all of them"));
        };
        // Any letter may stand for a second place along an index without recurrence: `x[m]` beside `y[n]`.
        let axis = quantity.axes.get(axis).and_then(|axis| network.indices.get(&axis.index));
        if let (Expression::Name(letter), Some(false)) = (&place.node, axis.map(|index| index.recurrent))
            && network.quantity(letter).is_none()
        {
            places.push(Integer::name(letter.clone()));
            continue;
        }
        places.push(integer(place, &mut |leaf| match &leaf.node {
            Expression::Name(letter) if network.indices.contains_key(letter) || network.sizes.contains_key(letter) => {
                Ok(Integer::name(letter.clone()))
            }
            _ => {
                let letters = network.indices.keys().chain(network.sizes.keys()).map(Name::as_str);
                let near = nearest(leaf.span.text(), letters);
                let error = Diagnostic::error(format!("`{}` is no index and no size", leaf.span.text()))
                    .at(&leaf.span, "used as a subscript");
                Err(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("subscripts are made of indices, sizes and whole numbers"),
                })
            }
        })?);
    }
    if subscripts.is_empty() {
        places = quantity.axes.iter().map(|axis| Integer::name(axis.index.clone())).collect();
    }
    if places.len() != quantity.axes.len() {
        let axes: Vec<&str> = quantity.axes.iter().map(|axis| axis.index.as_str()).collect();
        let has = if axes.is_empty() { "no index".into() } else { format!("the indices [{}]", axes.join(",")) };
        return Err(Diagnostic::error(format!("`{}` has {has}", quantity.name))
            .at(&written.span, format!("{} given", places.len()))
            .hint("entries of the payload have no subscripts here: a Jacobian has all of them"));
    }
    // `h0` is `h` at 0.
    if let Some(shown) = &quantity.shown
        && let Some(whole) = network.quantity(&shown.quantity)
    {
        let mut rest = places.into_iter();
        let at: Vec<Integer> =
            shown
                .at
                .iter()
                .map(|place| {
                    if place.as_name().is_some() { rest.next().unwrap_or_else(|| place.clone()) } else { place.clone() }
                })
                .collect();
        return Ok(whole.read_at(Mark::Value, &at));
    }
    Ok(quantity.read_at(Mark::Value, &places))
}
