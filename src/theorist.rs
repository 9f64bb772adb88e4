//! What theory needs: numbers of a network from `evaluate`, slopes from `derive`.

use crate::evaluate::entrywise::{Entrywise, Numbers};
use crate::flow::theory::{At, Evaluated, Evaluator, Samples};
use crate::math::expression::Term;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use crate::math::source::Outcome;
use crate::math::theory::Function;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The numbers and functions of one network.
pub struct Theorist<'n> {
    network: &'n Network,
    /// The numbers that were asked last, which are mostly asked again.
    last: RefCell<Option<Known>>,
}

struct Known {
    constants: BTreeMap<Name, f64>,
    size: i64,
    numbers: Rc<Numbers>,
}

impl<'n> Theorist<'n> {
    /// For this network.
    pub fn new(network: &'n Network) -> Self {
        Theorist { network, last: RefCell::new(None) }
    }

    fn sizes(&self, otherwise: i64) -> Sizes {
        self.network.sizes.iter().map(|(name, number)| (name.clone(), number.unwrap_or(otherwise))).collect()
    }
}

impl Evaluator for Theorist<'_> {
    fn number(&self, number: &Term, at: &At<'_>) -> Outcome<f64> {
        let known = self.last.borrow().as_ref().and_then(|known| {
            (known.size == at.size && &known.constants == at.constants).then(|| known.numbers.clone())
        });
        let numbers = match known {
            Some(numbers) => numbers,
            None => {
                let sizes = self.sizes(at.size);
                let numbers = Numbers::new(self.network, &sizes, at.constants).map_err(|fault| vec![fault])?;
                let numbers = Rc::new(numbers);
                let known = Known { constants: at.constants.clone(), size: at.size, numbers: numbers.clone() };
                self.last.replace(Some(known));
                numbers
            }
        };
        let index: Vec<(Name, i64)> = at.index.iter().cloned().collect();
        numbers.value(number, &index, at.means)
    }

    fn function(&self, function: &Function) -> Outcome<Evaluated> {
        let goals: Vec<Name> = function.arguments.iter().map(|(_, name)| name.clone()).collect();
        let derivation = crate::derive(&function.network, &goals)?;
        let entrywise = Entrywise::new(function, &derivation).map_err(|fault| vec![fault])?;
        Ok(Rc::new(move |numbers: &[f64], points: &[Vec<f64>]| {
            let samples = entrywise.at(numbers, points)?;
            let found: Samples = (samples.values, samples.slopes);
            Ok(found)
        }))
    }

    fn size(&self, size: &Integer, otherwise: i64) -> Option<i64> {
        let sizes = self.sizes(otherwise);
        size.value(&|name| sizes.get(name).copied())
    }
}
