//! Tells how quantities are drawn.

use crate::math::name::Name;
use crate::math::network::{Network, Role};
use std::collections::BTreeMap;

/// A sentence for each distribution that nobody wrote down, with the quantities drawn from it. Those that are `given` are not drawn.
pub fn draws<'a>(network: &Network, given: impl Iterator<Item = &'a Name>) -> Vec<String> {
    let given: Vec<&Name> = given.collect();
    let mut by_text: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for quantity in network.quantities.values() {
        let drawn = matches!(quantity.role, Role::Param | Role::Input | Role::Initial | Role::Given);
        match &quantity.draw {
            Some(draw) if drawn && draw.is_default() && !given.contains(&&quantity.name) => {
                by_text.entry(&draw.text).or_default().push(format!("`{}`", quantity.name));
            }
            _ => {}
        }
    }
    by_text.into_iter().map(|(text, names)| format!("Drawn from {text}: {}.", names.join(", "))).collect()
}
