//! Exact derivatives of anything by anything: one run of dual numbers for each entry that moves.

use super::Placed;
use crate::evaluate::array::{Array, count};
use crate::evaluate::fault::Fault;
use crate::evaluate::instance::Instance;
use crate::evaluate::judge::lift;
use crate::evaluate::layout::Key;
use crate::evaluate::program::{Given, Owner, Program};
use crate::evaluate::run::Stored;
use crate::evaluate::scalar::Dual;
use crate::math::claim::Derivative;
use crate::math::expression::Mark;
use crate::math::name::Name;
use crate::math::network::Network;
use std::collections::BTreeMap;

/// `dA/dB` through every path: index axes of A, of B, then the entries of both. `B` is moved where it stands, so that all
/// that is computed from it follows and nothing else does.
pub fn derivative(
    base: &Network,
    program: &Program,
    instance: &Instance,
    derivative: &Derivative,
) -> Result<Placed, Fault> {
    let given = lift(&instance.given);
    let slot = |name: &Name| {
        let key = Key::Quantity(name.clone(), Mark::Value);
        program.keys.get(&key).copied().ok_or_else(|| Fault::error(format!("`{name}` has no values")))
    };
    let by = slot(&derivative.by)?;
    let of = derivative.of.as_ref().map(slot).transpose()?;
    let source = &program.layouts[by];
    let (cells, width) = (source.cells(), source.cell);
    let (rows, height, of_dims, of_lows) = match of {
        Some(of) => {
            let layout = &program.layouts[of];
            (layout.cells(), layout.cell, layout.dims.clone(), layout.lows.clone())
        }
        None => (1, 1, Vec::new(), Vec::new()),
    };
    let mut data = vec![0.0; rows * cells * height * width];
    for cell in 0..cells {
        for entry in 0..width {
            let arrays = moved(program, &given, (by, cell, entry))?;
            let tangents: Vec<f64> = match of {
                Some(of) => arrays[of].data.iter().map(|value| value.tangent).collect(),
                None => vec![of_outputs(base, program, &arrays, &given)],
            };
            for row in 0..rows {
                for at in 0..height {
                    data[((row * cells + cell) * height + at) * width + entry] = tangents[row * height + at];
                }
            }
        }
    }
    let (of_axes, of_entries) = of_dims.split_at(of_lows.len());
    let (by_axes, by_entries) = source.dims.split_at(source.lows.len());
    let dims = [of_axes, by_axes, of_entries, by_entries].concat();
    debug_assert_eq!(count(&dims), data.len());
    Ok(Placed { lows: [of_lows.as_slice(), &source.lows].concat(), array: Array { dims, data } })
}

/// All values when one entry of one cell moves.
fn moved(
    program: &Program,
    given: &Given<Dual<f64>>,
    (slot, cell, entry): (usize, usize, usize),
) -> Result<Vec<Stored<Dual<f64>>>, Fault> {
    let mut arrays = program.memory(given)?;
    let width = program.layouts[slot].cell;
    let mut motion = vec![Dual::new(0.0, 0.0); width];
    motion[entry] = Dual::new(0.0, 1.0);
    let computed = program.owners[slot].get(cell).is_some_and(|owner| *owner != Owner::NONE);
    let mut nudges: BTreeMap<(usize, usize), &[Dual<f64>]> = BTreeMap::new();
    if computed {
        nudges.insert((slot, cell), &motion);
    } else if let Some(value) = arrays[slot].data.get_mut(cell * width + entry) {
        value.tangent = 1.0;
    }
    let mut indices = vec![0; program.slots];
    for (number, rule) in program.rules.iter().enumerate() {
        for ordinal in 0..rule.count() {
            let owner = Owner { rule: number as u32, ordinal: ordinal as u32 };
            program.settle(owner, &mut arrays, &nudges, &mut indices)?;
        }
    }
    Ok(arrays)
}

/// How L = Σ ⟨G_y, y⟩ moves.
fn of_outputs(base: &Network, program: &Program, arrays: &[Stored<Dual<f64>>], given: &Given<Dual<f64>>) -> f64 {
    let mut sum = 0.0;
    for result in base.seeds() {
        let Some(array) = program.seen(arrays, &result, Mark::Value) else { continue };
        if let Some(upstream) = given.upstream.get(&result) {
            sum += array.data.iter().zip(&upstream.data).map(|(entry, g)| entry.tangent * g.value).sum::<f64>();
        }
    }
    sum
}
