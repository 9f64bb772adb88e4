//! Integer expressions, made ready to be computed often: sizes put in, indices as slots.

use super::fault::Fault;
use super::layout::{Key, Scope};
use crate::math::expression::Mark;
use crate::math::integer::{Atom, Integer};
use crate::math::name::Name;
use std::collections::BTreeMap;

/// An integer expression over index slots.
#[derive(Clone, Debug)]
pub(super) enum IntCode {
    /// `base + Σ coefficient · index`, nearly always with at most one index.
    Affine {
        /// What it is when all indices are 0.
        base: i64,
        /// Coefficients of index slots.
        terms: Vec<(usize, i64)>,
    },
    /// Anything else, such as `c // R` and `y[n]`.
    General(Box<General>),
}

/// An integer expression that is not affine, with where its atoms are found.
#[derive(Clone, Debug)]
pub(super) struct General {
    integer: Integer,
    slots: BTreeMap<Name, usize>,
    /// Given integers with the arrays that hold them.
    given: BTreeMap<Atom, (usize, Vec<IntCode>)>,
    /// Whether it belongs to a backward line, where what lies past the end is absent.
    lenient: bool,
}

/// Reads entry `places` of an array of given integers.
pub(super) type Lookup<'a> = &'a dyn Fn(usize, &[i64]) -> Option<i64>;

impl IntCode {
    /// The code of `integer`; every name in it must be a size or an index in scope.
    pub(super) fn compile(integer: &Integer, scope: &mut Scope) -> Result<IntCode, Fault> {
        if let Some(base) = integer.as_number() {
            return Ok(IntCode::Affine { base, terms: Vec::new() });
        }
        let integer = integer.substitute(&scope.numbers);
        let (mut rest, mut terms, mut affine) = (integer.clone(), Vec::new(), true);
        for name in integer.names() {
            match rest.linear_in(&name) {
                Some((coefficient, without)) => {
                    terms.push((scope.slot(&name)?, coefficient));
                    rest = without;
                }
                None => affine = false,
            }
        }
        match rest.as_number() {
            Some(base) if affine => Ok(IntCode::Affine { base, terms }),
            _ => Ok(IntCode::General(Box::new(General::compile(integer, scope)?))),
        }
    }

    /// Its value where the indices have these values; `None` when a division does not come out whole or a given
    /// integer is missing.
    pub(super) fn value(&self, indices: &[i64], lookup: Lookup<'_>) -> Option<i64> {
        match self {
            IntCode::Affine { base, terms } => {
                let mut total = *base;
                for (slot, coefficient) in terms {
                    total = total.checked_add(coefficient.checked_mul(indices[*slot])?)?;
                }
                Some(total)
            }
            IntCode::General(general) => general.value(indices, lookup),
        }
    }

    /// Whether it belongs to a backward line: without a value it is absent, and no fault.
    pub(super) fn lenient(&self) -> bool {
        matches!(self, IntCode::General(general) if general.lenient)
    }
}

impl General {
    fn compile(integer: Integer, scope: &mut Scope) -> Result<General, Fault> {
        let (mut slots, mut given) = (BTreeMap::new(), BTreeMap::new());
        for name in integer.names() {
            slots.insert(name.clone(), scope.slot(&name)?);
        }
        let mut atoms = Vec::new();
        collect_given(&integer, &mut atoms);
        for atom in atoms {
            if let Atom::Given(name, subscripts) = atom {
                let array = scope.array(&Key::Quantity(name.clone(), Mark::Value))?;
                let places = subscripts.iter().map(|place| IntCode::compile(place, scope)).collect::<Result<_, _>>()?;
                given.insert(atom.clone(), (array, places));
            }
        }
        Ok(General { integer, slots, given, lenient: scope.lenient })
    }

    fn value(&self, indices: &[i64], lookup: Lookup<'_>) -> Option<i64> {
        self.integer.evaluate(&|atom| match atom {
            Atom::Name(name) => self.slots.get(name).map(|slot| indices[*slot]),
            Atom::Given(..) => {
                let (array, places) = self.given.get(atom)?;
                let places: Option<Vec<i64>> = places.iter().map(|place| place.value(indices, lookup)).collect();
                lookup(*array, &places?)
            }
            _ => None,
        })
    }
}

/// The given integers in an integer expression, those inside their subscripts aside.
fn collect_given<'a>(integer: &'a Integer, found: &mut Vec<&'a Atom>) {
    for (_, atoms) in integer.summands() {
        for (atom, _) in atoms {
            match atom {
                Atom::Given(..) => found.push(atom),
                Atom::FloorDiv(a, b) | Atom::Mod(a, b) => {
                    collect_given(a, found);
                    collect_given(b, found);
                }
                Atom::Name(_) => {}
            }
        }
    }
}
