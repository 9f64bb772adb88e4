//! Fills in what nobody said: the recurrence, and sizes.

use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use crate::math::source::Diagnostic;
use std::collections::BTreeSet;

/// How many steps a recurrence takes when nobody says.
const STEPS: i64 = 50;
/// How many steps another recurrence takes.
const OTHER_STEPS: i64 = 10;
/// How many values an index without recurrence takes: examples of a batch, say.
const VALUES: i64 = 16;
/// How many entries an axis has.
const WIDTH: i64 = 64;

/// The recurrence and all sizes, and what was assumed.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// The index to sweep along.
    pub index: Name,
    /// All sizes.
    pub sizes: Sizes,
    /// What was assumed, one sentence each.
    pub notes: Vec<String>,
}

/// Chooses the recurrence, unless it is given, and gives a number to every size that has none.
pub fn ask(network: &Network, along: Option<&Name>) -> Result<Asked, Diagnostic> {
    let recurrent: Vec<&Name> =
        network.indices.values().filter(|index| index.recurrent).map(|index| &index.name).collect();
    let names = || recurrent.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let index = match along {
        Some(along) => match network.indices.get(along) {
            Some(index) if index.recurrent => &index.name,
            Some(_) => {
                return Err(Diagnostic::error(format!("nothing recurs along `{along}`"))
                    .hint(format!("it is an index without recurrence; sweep along {}", names())));
            }
            None => {
                let error = Diagnostic::error(format!("`{}` has no index `{along}`", network.name));
                return Err(match recurrent.is_empty() {
                    true => error,
                    false => error.hint(format!("sweep along {}", names())),
                });
            }
        },
        None => recurrent.first().copied().ok_or_else(|| {
            Diagnostic::error(format!("`{}` has no recurrence to sweep along", network.name))
                .hint("write its layers as h[l] = f(W[l] @ h[l-1]) with `along l`, or its steps with `along t`")
        })?,
    };
    let mut notes = Vec::new();
    if along.is_none() && recurrent.len() > 1 {
        let others: Vec<String> =
            recurrent.iter().filter(|name| **name != index).map(|name| format!("`{name}`")).collect();
        notes.push(format!("Swept along `{index}`; `--along` chooses {}.", others.join(" or ")));
    }
    let ends = |recurs: bool| -> BTreeSet<Name> {
        let own = network.indices.values().filter(|other| other.recurrent == recurs);
        own.flat_map(|other| other.high.names()).collect()
    };
    let own = network.indices.get(index).map(|index| index.high.names()).unwrap_or_default();
    let (steps, values) = (ends(true), ends(false));
    let mut sizes = Sizes::new();
    let mut assumed = Vec::new();
    for (name, number) in &network.sizes {
        let number = number.unwrap_or_else(|| {
            let number = match () {
                () if own.contains(name) => STEPS,
                () if steps.contains(name) => OTHER_STEPS,
                () if values.contains(name) => VALUES,
                () => WIDTH,
            };
            assumed.push(format!("{name} = {number}"));
            number
        });
        if number < 1 {
            return Err(Diagnostic::error(format!("the size `{name}` is {number}"))
                .hint("a sweep needs at least one entry of everything"));
        }
        sizes.insert(name.clone(), number);
    }
    if !assumed.is_empty() {
        notes.push(format!(
            "Sizes that nobody gave: {}. `--set {}` sets one.",
            assumed.join(", "),
            assumed[0].replace(' ', "")
        ));
    }
    Ok(Asked { index: index.clone(), sizes, notes })
}
