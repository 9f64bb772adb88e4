//! Arrays drawn from the distributions of a network. Every number is a function of the seed, the name of its quantity, the
//! values of its indices and its place in the payload, so `W[l]` of one `l` can be drawn alone, anywhere, again.

use super::array::{Array, count};
use super::fault::Fault;
use super::haar;
use super::instance::integers;
use super::random::Stream;
use super::term::{self, Environment};
use crate::math::draw::{Distribution, Draw};
use crate::math::expression::Mark;
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity, Role, Sizes};
use crate::math::number;
use std::collections::BTreeMap;

/// All that a network draws, for given sizes.
#[derive(Clone, Debug)]
pub struct Drawn {
    samplers: BTreeMap<Name, Sampler>,
}

impl Drawn {
    /// For all inputs, parameters, initial values and given data. Fails when a size is missing, or an argument of a distribution
    /// has no value or a wrong one.
    pub fn new(network: &Network, sizes: &Sizes) -> Result<Drawn, Fault> {
        let all = network.quantities.values().filter(|quantity| quantity.draw.is_some());
        let sampler = |quantity: &Quantity| Ok((quantity.name.clone(), Sampler::new(network, sizes, &quantity.name)?));
        Ok(Drawn { samplers: all.map(sampler).collect::<Result<_, Fault>>()? })
    }

    /// How one quantity is drawn; `None` for what is not.
    pub fn sampler(&self, quantity: &Name) -> Option<&Sampler> {
        self.samplers.get(quantity)
    }

    /// Fills `out` as [`Sampler::fill`] does; what is not drawn is no number.
    pub fn fill(&self, quantity: &Name, seed: u64, at: &[i64], out: &mut [f64]) {
        match self.samplers.get(quantity) {
            Some(sampler) => sampler.fill(seed, at, out),
            None => out.fill(f64::NAN),
        }
    }
}

/// Draws one quantity: all of it, or a block of it.
#[derive(Clone, Debug)]
pub struct Sampler {
    name: Name,
    law: Law,
    /// The first value of each index axis, and how many there are.
    axes: Vec<(i64, usize)>,
    payload: Vec<usize>,
    /// The arguments of the law: once, or for every place if they depend on it, places in row-major order.
    arguments: Vec<Vec<f64>>,
}

/// The kinds of distributions; their arguments stand beside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Law {
    Normal,
    Uniform,
    Orthogonal,
    Identity,
    Constant,
    /// Whole numbers from one to another, for given data that are subscripts.
    Whole,
}

impl Sampler {
    /// For the quantity called `name`, with these sizes. Fails when nothing is drawn under that name, a size is missing, or an
    /// argument of the distribution has no value or a wrong one.
    pub fn new(network: &Network, sizes: &Sizes, name: &Name) -> Result<Sampler, Fault> {
        let none = || Fault::error(format!("`{}` draws no quantity `{name}`", network.name));
        let quantity = network.quantity(name).ok_or_else(none)?;
        let draw = quantity.draw.as_ref().filter(|_| !quantity.role.is_computed()).ok_or_else(none)?;
        let (axes, payload) = extent(quantity, sizes)?;
        let mut sampler =
            Sampler { name: name.clone(), law: law(&draw.distribution), axes, payload, arguments: Vec::new() };
        if let Some((low, high)) =
            integers(network).get(name).filter(|_| quantity.role == Role::Given && draw.is_default())
        {
            sampler.law = Law::Whole;
            sampler.arguments.push(vec![value(low, quantity, sizes)? as f64, value(high, quantity, sizes)? as f64]);
            return Ok(sampler);
        }
        let mut environment =
            Environment { sizes: sizes.clone(), quantities: constants(network, sizes)?, ..Environment::default() };
        let letters: Vec<&Name> = quantity.axes.iter().map(|axis| &axis.index).collect();
        let arguments = draw.distribution.arguments();
        if !arguments.iter().any(|term| letters.iter().any(|letter| term.free_names().contains(*letter))) {
            sampler.arguments.push(self::arguments(draw, &environment)?);
            return Ok(sampler);
        }
        let places = sampler.axes.iter().fold(1, |product: usize, (_, count)| product.saturating_mul(*count));
        if places > MOST_PLACES {
            return Err(Fault::error(format!("`{name}` is drawn otherwise at each of {places} places"))
                .hint(format!("at most {MOST_PLACES} are possible")));
        }
        for ordinal in 0..places {
            let place = sampler.place(ordinal);
            environment.indices = letters.iter().map(|letter| (*letter).clone()).zip(place).collect();
            sampler.arguments.push(self::arguments(draw, &environment)?);
        }
        Ok(sampler)
    }

    /// The axes: index axes first.
    pub fn dims(&self) -> Vec<usize> {
        self.axes.iter().map(|(_, count)| *count).chain(self.payload.iter().copied()).collect()
    }

    /// The arguments of the distribution: mean and standard deviation, two ends, a gain or a number. Once, or for every place in
    /// row-major order where they depend on it.
    pub fn arguments(&self) -> &[Vec<f64>] {
        &self.arguments
    }

    /// Fills `out` with the block at these values of the leading indices, row-major: the payload when all of them are given. The numbers
    /// are a function of the seed, the name of the quantity, the values of its indices and the place in the payload.
    ///
    /// # Panics
    /// When `out` is not as long as the block.
    pub fn fill(&self, seed: u64, at: &[i64], out: &mut [f64]) {
        let given = at.len().min(self.axes.len());
        let inner = self.axes[given..].iter().fold(1, |product, (_, count)| product * count);
        let size = count(&self.payload);
        assert_eq!(out.len(), inner * size, "a buffer for one block of `{}`", self.name);
        let before = self.axes[..given].iter().zip(at).fold(0, |ordinal, ((low, count), place)| {
            ordinal * count + usize::try_from(place - low).unwrap_or(0).min(count.saturating_sub(1))
        });
        let stream = Stream::new(seed, self.name.as_str());
        for (ordinal, part) in (before * inner..).zip(out.chunks_exact_mut(size.max(1))) {
            let arguments = self.arguments.get(if self.arguments.len() == 1 { 0 } else { ordinal });
            self.payload(stream.at(&self.place(ordinal)), arguments.map_or(&[], Vec::as_slice), part);
        }
    }

    /// The whole array under a seed, index axes first.
    pub fn array(&self, seed: u64) -> Result<Array<f64>, Fault> {
        let dims = self.dims();
        if count(&dims) > MOST_ENTRIES {
            return Err(Fault::error(format!(
                "the array `{}` of {} entries does not fit into memory",
                self.name,
                count(&dims)
            )));
        }
        let mut data = vec![0.0; count(&dims)];
        self.fill(seed, &[], &mut data);
        Ok(Array { dims, data })
    }

    /// The values of the indices at one of all places.
    fn place(&self, ordinal: usize) -> Vec<i64> {
        let mut rest = ordinal;
        let mut place: Vec<i64> = Vec::with_capacity(self.axes.len());
        for (low, count) in self.axes.iter().rev() {
            place.push(low + (rest % count.max(&1)) as i64);
            rest /= count.max(&1);
        }
        place.reverse();
        place
    }

    fn payload(&self, stream: Stream, arguments: &[f64], out: &mut [f64]) {
        let rows = self.payload.first().copied().unwrap_or(1);
        match (self.law, arguments) {
            (Law::Normal, [mean, deviation]) => stream.fill_normal((*mean, *deviation), out),
            (Law::Uniform, [low, high]) => stream.fill_uniform((*low, *high), out),
            (Law::Orthogonal, [gain]) => haar::fill(stream, *gain, rows, out),
            (Law::Identity, [gain]) => {
                out.fill(0.0);
                let columns = out.len() / rows.max(1);
                out.iter_mut().step_by(columns + 1).take(rows.min(columns)).for_each(|entry| *entry = *gain);
            }
            (Law::Whole, [low, high]) => {
                stream.fill_uniform((*low, high + 1.0), out);
                out.iter_mut().for_each(|entry| *entry = libm::floor(*entry).min(*high));
            }
            (_, numbers) => out.fill(numbers.first().copied().unwrap_or(f64::NAN)),
        }
    }
}

fn law(distribution: &Distribution) -> Law {
    match distribution {
        Distribution::Normal { .. } => Law::Normal,
        Distribution::Uniform { .. } => Law::Uniform,
        Distribution::Orthogonal { .. } => Law::Orthogonal,
        Distribution::Identity { .. } => Law::Identity,
        Distribution::Constant { .. } => Law::Constant,
    }
}

/// The arguments of a distribution, checked.
fn arguments(draw: &Draw, environment: &Environment<f64>) -> Result<Vec<f64>, Fault> {
    let wrong = |message: String| match &draw.span {
        Some(span) => Fault::error(message).at(span, "drawn like this"),
        None => Fault::error(message),
    };
    let mut numbers = Vec::new();
    for argument in draw.distribution.arguments() {
        let value = term::term(argument, environment)?.data.first().copied().unwrap_or(f64::NAN);
        if !value.is_finite() {
            return Err(wrong(format!("an argument of the distribution is {value}")));
        }
        numbers.push(value);
    }
    match (&draw.distribution, numbers.as_slice()) {
        (Distribution::Normal { .. }, [_, deviation]) if *deviation < 0.0 => {
            Err(wrong(format!("a standard deviation is 0 or more, not {deviation}")))
        }
        (Distribution::Uniform { .. }, [low, high]) if low > high => {
            Err(wrong(format!("a uniform distribution begins at {low} and ends at {high}")))
        }
        _ => Ok(numbers),
    }
}

/// More places than this, with arguments of their own, are refused.
const MOST_PLACES: usize = 1 << 20;

/// More entries than this are refused rather than asked of the system.
const MOST_ENTRIES: usize = 1 << 31;

/// The constants of the file as an environment has them.
pub(super) type Constants = BTreeMap<(Name, Mark), (Vec<i64>, Array<f64>)>;

/// The numbers of the file.
pub(super) fn constants(network: &Network, sizes: &Sizes) -> Result<Constants, Fault> {
    let mut found = Constants::new();
    for (name, quantity) in &network.quantities {
        if let Role::Const(numbers) = &quantity.role {
            let (axes, payload) = extent(quantity, sizes)?;
            // Without axes of its own a number stands for all.
            let dims: Vec<usize> = axes.iter().map(|(_, count)| *count).chain(payload).collect();
            let data: Vec<f64> = numbers.iter().map(number::to_f64).collect();
            if let Some(array) = Array::new(dims, data) {
                found.insert((name.clone(), Mark::Value), (axes.iter().map(|(low, _)| *low).collect(), array));
            }
        }
    }
    Ok(found)
}

/// Index axes with their first values and lengths, then the axes of the payload.
type Extent = (Vec<(i64, usize)>, Vec<usize>);

fn extent(quantity: &Quantity, sizes: &Sizes) -> Result<Extent, Fault> {
    let mut axes = Vec::new();
    for axis in &quantity.axes {
        let (low, high) = (value(&axis.low, quantity, sizes)?, value(&axis.high, quantity, sizes)?);
        axes.push((low, usize::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(0)));
    }
    let axis = |axis| Ok(usize::try_from(value(axis, quantity, sizes)?).unwrap_or(0));
    Ok((axes, quantity.shape.axes().iter().map(axis).collect::<Result<_, Fault>>()?))
}

fn value(integer: &Integer, quantity: &Quantity, sizes: &Sizes) -> Result<i64, Fault> {
    integer
        .value(&|name| sizes.get(name).copied())
        .ok_or_else(|| Fault::error(format!("`{integer}` of `{}` has no value", quantity.name)))
}
