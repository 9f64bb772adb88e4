//! Sizes follow from how long the axes of the data are, and must agree.

use super::fault::Fault;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Sizes};
use std::collections::BTreeMap;

/// Finds sizes from how long axes are.
pub(super) struct Solver {
    /// What is known, and which array said so.
    known: BTreeMap<Name, (i64, String)>,
    /// What sizes must come out as: an expression, its value, and which axis says so.
    told: Vec<(Integer, i64, String)>,
}

impl Solver {
    /// Knows the sizes that the network gives.
    pub(super) fn new(network: &Network) -> Solver {
        let fixed = network.sizes.iter().filter_map(|(name, value)| Some((name.clone(), (*value)?)));
        let known = fixed.map(|(name, value)| (name, (value, "the network".to_string()))).collect();
        Solver { known, told: Vec::new() }
    }

    /// The axis `label` has `value` entries, which should be `size`.
    pub(super) fn tell(&mut self, size: Integer, value: i64, label: String) {
        self.told.push((size, value, label));
    }

    /// All sizes, or which arrays disagree, or which size follows from none.
    pub(super) fn solve(self, network: &Network) -> Result<Sizes, Fault> {
        let known = self.some()?;
        if let Some(unknown) = network.sizes.keys().find(|name| !known.contains_key(*name)) {
            return Err(Fault::error(format!("the size `{unknown}` follows from no array of the data"))
                .hint(format!("give it a number in the network: `size {unknown} = 3`")));
        }
        Ok(known)
    }

    /// The sizes that follow, or which arrays disagree.
    pub(super) fn some(mut self) -> Result<Sizes, Fault> {
        let mut open = std::mem::take(&mut self.told);
        loop {
            let before = open.len();
            let mut later = Vec::new();
            for (size, value, label) in open {
                if !self.settle(&size, value, &label)? {
                    later.push((size, value, label));
                }
            }
            open = later;
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        Ok(self.known.into_iter().map(|(name, (value, _))| (name, value)).collect())
    }

    /// Uses one fact; false when too little is known yet.
    fn settle(&mut self, size: &Integer, value: i64, label: &str) -> Result<bool, Fault> {
        let names = size.names();
        let put = |name: &Name| Some((name.clone(), Integer::number(self.known.get(name)?.0)));
        let rest = size.substitute(&names.iter().filter_map(put).collect());
        let unknown: Vec<Name> = rest.names().into_iter().collect();
        let impossible = || {
            let fault = Fault::error(format!("{label} has {value} entries, but should have {size}"));
            let known =
                names.iter().filter_map(|name| self.known.get(name).map(|(n, by)| format!("{name} is {n} by {by}")));
            let known: Vec<String> = known.collect();
            match known.is_empty() {
                true => fault,
                false => fault.hint(known.join(", ")),
            }
        };
        match unknown.as_slice() {
            [] => match rest.value(&|_| None) == Some(value) {
                true => Ok(true),
                false => Err(impossible()),
            },
            [name] => {
                let solution = match rest.linear_in(name) {
                    Some((factor, constant)) if factor != 0 => {
                        let over = value - constant.as_number().unwrap_or(0);
                        (over % factor == 0).then(|| over / factor)
                    }
                    // Such as D // 2: the first number that comes out right.
                    _ => (1..=1 << 16).find(|n| rest.value(&|_| Some(*n)) == Some(value)),
                };
                match solution.filter(|solution| *solution >= 1) {
                    Some(solution) => {
                        self.known.insert(name.clone(), (solution, label.to_string()));
                        Ok(true)
                    }
                    None => Err(impossible()),
                }
            }
            _ => Ok(false),
        }
    }
}
