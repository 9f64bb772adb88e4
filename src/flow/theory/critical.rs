//! Values of constants for which gradients neither grow nor shrink.

use super::fixed::root;
use super::model::Model;
use crate::math::name::Name;
use crate::math::source::Diagnostic;
use crate::math::theory::{Critical, Jump, Moments};

/// How near to 0 ln χ is where χ counts as 1.
const ONE: f64 = 1e-6;

/// Values of a constant at which χ passes 1.
#[derive(Default)]
pub struct Crossings {
    /// It is 1 there.
    pub critical: Vec<f64>,
    /// It is not.
    pub jumps: Vec<Jump>,
    /// At how many places ln χ could not be worked out, and why at the first.
    pub failed: Option<(usize, Diagnostic)>,
}

impl Crossings {
    /// Adds what lies between two places, where ln χ is known.
    pub fn between(
        &mut self,
        log_chi: &dyn Fn(f64) -> Result<f64, Diagnostic>,
        (a, at_a): (f64, f64),
        (b, at_b): (f64, f64),
    ) -> Result<(), Diagnostic> {
        if at_a == 0.0 {
            self.critical.push(a);
        } else if at_a * at_b < 0.0 {
            let at = root(log_chi, (a, at_a), (b, at_b))?;
            let (below, above) = (log_chi(at - 1e-9 * at.abs())?, log_chi(at + 1e-9 * at.abs())?);
            if [below, log_chi(at)?, above].iter().any(|log| log.abs() <= ONE) {
                self.critical.push(at);
            } else {
                self.jumps.push(Jump { at, below: libm::exp(below), above: libm::exp(above) });
            }
        }
        Ok(())
    }
}

impl Model<'_> {
    /// ln χ where the moments come to rest.
    pub fn log_chi(&self, start: Moments) -> Result<f64, Diagnostic> {
        let fate = self.way(start)?;
        Ok(libm::log(self.end(&fate)?.chi))
    }

    /// All values of a constant between two, at which χ passes 1; found between `steps` places.
    pub fn critical(
        &self,
        name: &Name,
        (low, high): (f64, f64),
        steps: usize,
        start: Moments,
    ) -> Result<Crossings, Diagnostic> {
        let place = |at: usize| low + (high - low) * at as f64 / steps as f64;
        let value = |x: f64| {
            let mut constants = self.constants.clone();
            constants.insert(name.clone(), x);
            self.with(&constants, |model| model.log_chi(start))
        };
        let (mut values, mut found) = (Vec::new(), Crossings::default());
        for at in 0..=steps {
            match value(place(at)) {
                Ok(log) => values.push((place(at), log)),
                Err(error) => {
                    // Far from where the network stands its functions may leave the floats.
                    values.push((place(at), f64::NAN));
                    found.failed = Some(found.failed.map_or((1, error), |(count, first)| (count + 1, first)));
                }
            }
        }
        for pair in values.windows(2) {
            found.between(&value, pair[0], pair[1])?;
        }
        Ok(found)
    }

    /// Where χ is 1 and a small change of the mean square stays as it is, too: both by one constant, `x`; then `y` is what keeps the
    /// mean square there. `None` where there is no such place with a mean square between 1/1000 and 1000.
    ///
    /// Roberts, Yaida & Hanin, "The principles of deep learning theory", 2022, chapter 5: χ_∥ = χ_⊥ = 1.
    pub fn critical_point(&self, x: &Name, y: &Name) -> Result<Option<Critical>, Diagnostic> {
        let chi_at = |square: f64, value: f64| -> Result<f64, Diagnostic> {
            let mut constants = self.constants.clone();
            constants.insert(x.clone(), value);
            self.with(&constants, |model| Ok(libm::log(model.pass(Moments { mean: 0.0, square })?.chi)))
        };
        // χ rises with the constant: between 1/1000 and 1000 it passes 1.
        let balanced = |square: f64| -> Result<Option<f64>, Diagnostic> {
            let (low, high) = (chi_at(square, 1e-3)?, chi_at(square, 1e3)?);
            if low.is_nan() || high.is_nan() || low * high > 0.0 {
                return Ok(None);
            }
            let log = root(&|log| chi_at(square, libm::exp(log)), (libm::log(1e-3), low), (libm::log(1e3), high))?;
            Ok(Some(libm::exp(log)))
        };
        let excess = |log: f64| -> Result<f64, Diagnostic> {
            let square = libm::exp(log);
            let Some(value) = balanced(square)? else { return Ok(f64::NAN) };
            let mut constants = self.constants.clone();
            constants.insert(x.clone(), value);
            self.with(&constants, |model| Ok(model.square_slope(square)? - 1.0))
        };
        let places: Vec<f64> = (0..=24).map(|at| libm::log(1e-3) + f64::from(at) * libm::log(1e6) / 24.0).collect();
        let mut last: Option<(f64, f64)> = None;
        for log in places {
            let found = excess(log)?;
            if let Some((before, at)) = last
                && at * found < 0.0
            {
                let square = libm::exp(root(&excess, (before, at), (log, found))?);
                let Some(value) = balanced(square)? else { return Ok(None) };
                let lack = |value_y: f64| -> Result<f64, Diagnostic> {
                    let mut constants = self.constants.clone();
                    constants.extend([(x.clone(), value), (y.clone(), value_y)]);
                    self.with(&constants, |model| Ok(model.pass(Moments { mean: 0.0, square })?.state.square - square))
                };
                let (none, much) = (lack(0.0)?, lack(1e3)?);
                if none * much > 0.0 {
                    return Ok(None);
                }
                let other = root(&lack, (0.0, none), (1e3, much))?;
                return Ok(Some(Critical { square, values: vec![(x.clone(), value), (y.clone(), other)] }));
            }
            last = Some((log, found));
        }
        Ok(None)
    }
}
