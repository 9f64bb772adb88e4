//! Tells how quantities are drawn.

use crate::math::name::Name;
use crate::math::network::{Network, Role};
use std::collections::BTreeMap;

/// A sentence for each distribution that nobody wrote down, with the quantities drawn from it. Those that are `given` are not drawn.
pub fn draws<'a>(network: &Network, given: impl Iterator<Item = &'a Name>) -> Vec<String> {
    let sentence = |(text, names): (String, Vec<Name>)| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("Drawn from {text}: {}.", names.join(", "))
    };
    drawn(network, given).into_iter().map(sentence).collect()
}

/// The distributions that nobody wrote down, each with the quantities drawn from it.
pub fn drawn<'a>(network: &Network, given: impl Iterator<Item = &'a Name>) -> BTreeMap<String, Vec<Name>> {
    let given: Vec<&Name> = given.collect();
    let mut by_text: BTreeMap<String, Vec<Name>> = BTreeMap::new();
    for quantity in network.quantities.values() {
        let drawn = matches!(quantity.role, Role::Param | Role::Input | Role::Initial | Role::Given);
        match &quantity.draw {
            Some(draw) if drawn && draw.is_default() && !given.contains(&&quantity.name) => {
                by_text.entry(draw.text.clone()).or_default().push(quantity.name.clone());
            }
            _ => {}
        }
    }
    by_text
}
