//! How many steps of recurrences a gradient passes on the shortest way from an output to an input, as a formula in their places.

use crate::math::comparison::Distance;
use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use std::collections::{BTreeMap, BTreeSet};

/// The search gives up after so many readings.
const VISITS: usize = 20_000;
/// No larger networks are searched.
const EQUATIONS: usize = 2_000;
/// Places of an output and an input, and a size, at which ways of different length are compared: the one far behind the other, and
/// everything long.
const SAMPLES: [(i64, i64); 2] = [(61, 29), (29, 61)];
const SIZE: i64 = 97;

/// The distance of every output from every input that has an index, where there is a way that leads to more than the place of the
/// output itself. An error says why that is not told.
pub fn distances(network: &Network) -> Result<Vec<Distance>, String> {
    if network.equations.len() > EQUATIONS {
        return Err(format!("there are more than {EQUATIONS} equations"));
    }
    let mut found = Vec::new();
    let inputs =
        || network.quantities.values().filter(|quantity| quantity.role == Role::Input && !quantity.axes.is_empty());
    for output in network.results().iter().filter_map(|name| network.quantity(name)) {
        for input in inputs() {
            let to = places_of(network, output, input);
            let mut search = Search { network, output, input, to: &to, ways: Vec::new(), seen: BTreeSet::new() };
            search.walk()?;
            for sample in SAMPLES {
                let Some((places, steps)) = search.shortest(sample) else { continue };
                let from = input.read_at(Mark::Value, &places);
                let distance = Distance { of: output.read(Mark::Value), from, steps };
                found.extend((!found.contains(&distance)).then_some(distance));
            }
        }
    }
    Ok(found)
}

/// Letters for the places of an input that are not those of the output.
fn places_of(network: &Network, output: &Quantity, input: &Quantity) -> Vec<Integer> {
    let mut taken: BTreeSet<Name> = output.axes.iter().map(|axis| axis.index.clone()).collect();
    taken.extend(network.sizes.keys().cloned());
    let letter = |index: &Name| {
        // Another index with the same range is the letter that a reader expects.
        let known = network.indices.values().find(|other| {
            let own = network.indices.get(index);
            !taken.contains(&other.name) && own.is_some_and(|own| (&own.low, &own.high) == (&other.low, &other.high))
        });
        let letter = match taken.contains(index) {
            true => known.map_or_else(|| index.beside(&taken), |other| other.name.clone()),
            false => index.clone(),
        };
        taken.insert(letter.clone());
        Integer::name(letter)
    };
    let mut letter = letter;
    input.axes.iter().map(|axis| letter(&axis.index)).collect()
}

/// A place along each axis of a quantity, as far as it is known.
type Places = Vec<Option<Integer>>;

/// A stretch of a recurrence that is passed, from one place to another; `down` when the recurrence runs down.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Leg {
    from: Integer,
    to: Integer,
    down: bool,
}

struct Search<'n> {
    network: &'n Network,
    output: &'n Quantity,
    input: &'n Quantity,
    /// The places of the input.
    to: &'n [Integer],
    /// Where ways end, and how long their stretches are.
    ways: Vec<(Vec<Integer>, Vec<Integer>)>,
    seen: BTreeSet<(&'n Name, Places, Vec<Leg>)>,
}

impl<'n> Search<'n> {
    /// Goes from the output to all that it is computed from. Quantities that wait for each other around a circle are passed as one.
    fn walk(&mut self) -> Result<(), String> {
        let network = self.network;
        let start = self.output.axes.iter().map(|axis| Some(Integer::name(axis.index.clone()))).collect();
        let mut open: Vec<(&'n Quantity, Places, Vec<Leg>)> = vec![(self.output, start, Vec::new())];
        let mut circles: BTreeMap<&Name, (BTreeSet<&'n Name>, BTreeMap<Name, bool>)> = BTreeMap::new();
        while let Some((at, places, legs)) = open.pop() {
            if self.seen.len() > VISITS {
                return Err("there are too many ways from outputs to inputs".to_string());
            }
            if !self.seen.insert((&at.name, places.clone(), legs.clone())) {
                continue;
            }
            if at.name == self.input.name {
                self.ways.extend(self.arrived(&places, &legs));
                continue;
            }
            let (members, along) = circles.entry(&at.name).or_insert_with(|| {
                let circle = circle(network, &at.name);
                let members = if circle.is_empty() { BTreeSet::from([&at.name]) } else { circle };
                let along = recurrences(network, &members);
                (members, along)
            });
            let own = network.equations.iter().enumerate().filter(|(_, one)| members.contains(&one.target));
            for (number, equation) in own {
                let Some((put, legs)) = self.entered(at, &places, (number, equation), along, &legs) else { continue };
                for read in reads(&equation.body).filter(|read| !members.contains(&read.quantity)) {
                    let Some(next) = network.quantity(&read.quantity) else { continue };
                    let place = |axis: usize| match read.subscripts.get(axis) {
                        Some(Subscript::At(place)) => Some(place.substitute(&put)),
                        _ => None,
                    };
                    open.push((next, (0..next.axes.len()).map(place).collect(), legs.clone()));
                }
            }
        }
        Ok(())
    }

    /// What the indices of an equation are when its quantity is met on the way from `at`, and the way there. Along a recurrence
    /// every place can be met; which one stays open.
    fn entered(
        &self,
        at: &Quantity,
        places: &Places,
        (number, equation): (usize, &Equation),
        along: &BTreeMap<Name, bool>,
        legs: &[Leg],
    ) -> Option<(BTreeMap<Name, Integer>, Vec<Leg>)> {
        let open = |index: &Name| Integer::name(Name::new(format!("?{number}.{index}")));
        let (mut put, mut legs) = (BTreeMap::new(), legs.to_vec());
        let target = self.network.quantity(&equation.target)?;
        for (axis, own) in target.axes.iter().zip(&equation.at) {
            let from = at.axes.iter().position(|other| other.index == axis.index).and_then(|axis| places[axis].clone());
            let there = match along.get(&axis.index) {
                Some(down) => {
                    let to = own.as_name().map_or_else(|| own.clone(), open);
                    legs.extend(from.map(|from| Leg { from, to: to.clone(), down: *down }));
                    to
                }
                None => from.unwrap_or_else(|| open(&axis.index)),
            };
            match own.as_name() {
                Some(index) => {
                    put.insert(index.clone(), there);
                }
                // A case is met only where it holds.
                None if there.minus(own).as_number() != Some(0) && !along.contains_key(&axis.index) => return None,
                None => {}
            }
        }
        equation.body.walk(&mut |part| {
            if let Op::Reduce(_, binder) = part.op() {
                put.insert(binder.index.clone(), open(&binder.index));
            }
        });
        Some((put, legs))
    }

    /// Where a way ends that has arrived at the input, and how long its stretches are. Open places are what the input's places make them, or
    /// else the nearest.
    fn arrived(&self, places: &Places, legs: &[Leg]) -> Option<(Vec<Integer>, Vec<Integer>)> {
        let mut put: BTreeMap<Name, Integer> = BTreeMap::new();
        let mut end = self.to.to_vec();
        for ((place, wanted), end) in places.iter().zip(self.to).zip(&mut end) {
            let Some(place) = place.as_ref().map(|place| place.substitute(&put)) else { continue };
            match place.names().into_iter().find(is_open) {
                Some(letter) => {
                    let (coefficient, rest) =
                        place.linear_in(&letter).filter(|(coefficient, _)| coefficient.abs() == 1)?;
                    put.insert(letter, wanted.minus(&rest).scaled(coefficient));
                }
                // It is read at the place of the output, or at one place only.
                None => *end = place,
            }
        }
        let mut stretches = Vec::new();
        for leg in legs {
            let (from, to) = (leg.from.substitute(&put), leg.to.substitute(&put));
            match (to.as_name().filter(|name| is_open(name)), from.as_name().filter(|name| is_open(name))) {
                (Some(letter), _) => {
                    put.insert(letter.clone(), from);
                }
                (None, Some(letter)) => {
                    put.insert(letter.clone(), to);
                }
                (None, None) => stretches.push(if leg.down { to.minus(&from) } else { from.minus(&to) }),
            }
        }
        Some((end, stretches))
    }

    /// The shortest of the ways that lead furthest, where the output and the input lie as in the sample. No stretch runs backwards.
    fn shortest(&self, sample: (i64, i64)) -> Option<(Vec<Integer>, Integer)> {
        let own = |end: &[Integer]| end.iter().zip(self.to).filter(|(place, letter)| place != letter).count();
        let runs = |stretches: &[Integer]| -> Option<i64> {
            let lengths = stretches.iter().map(|stretch| self.length(stretch, sample).filter(|length| *length >= 0));
            lengths.sum()
        };
        let led = self.ways.iter().filter(|(end, _)| own(end) < end.len());
        let lengths = led.filter_map(|way| Some(((own(&way.0), runs(&way.1)?), way)));
        let (_, (end, stretches)) = lengths.min_by_key(|(length, _)| *length)?;
        Some((end.clone(), stretches.iter().fold(Integer::number(0), |sum, stretch| sum.plus(stretch))))
    }

    /// How long a stretch is in a sample.
    fn length(&self, stretch: &Integer, (output, input): (i64, i64)) -> Option<i64> {
        stretch.value(&|name| {
            Some(match () {
                () if self.output.axes.iter().any(|axis| &axis.index == name) => output,
                () if self.to.iter().any(|place| place.as_name() == Some(name)) => input,
                () => SIZE,
            })
        })
    }
}

fn is_open(name: &Name) -> bool {
    name.as_str().starts_with('?')
}

/// The values in a term that a gradient may flow into.
fn reads(term: &Term) -> impl Iterator<Item = &Read> {
    term.reads().into_iter().filter(|read| read.mark == Mark::Value && !read.constant)
}

/// All quantities that wait for this one and that it waits for.
fn circle<'n>(network: &'n Network, name: &'n Name) -> BTreeSet<&'n Name> {
    let mut edges: Vec<(&'n Name, &'n Name)> = Vec::new();
    for equation in &network.equations {
        edges.extend(reads(&equation.body).map(|read| (&equation.target, &read.quantity)));
    }
    let back: Vec<(&Name, &Name)> = edges.iter().map(|(reader, read)| (*read, *reader)).collect();
    reached(&edges, name).intersection(&reached(&back, name)).copied().collect()
}

fn reached<'n>(edges: &[(&'n Name, &'n Name)], from: &'n Name) -> BTreeSet<&'n Name> {
    let mut next: BTreeMap<&Name, Vec<&'n Name>> = BTreeMap::new();
    edges.iter().for_each(|(one, other)| next.entry(*one).or_default().push(other));
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        for other in next.get(name).into_iter().flatten() {
            if found.insert(*other) {
                open.push(other);
            }
        }
    }
    found
}

/// The indices along which these quantities read each other one step away, and whether the recurrence runs down.
fn recurrences(network: &Network, members: &BTreeSet<&Name>) -> BTreeMap<Name, bool> {
    let mut found = BTreeMap::new();
    for equation in network.equations.iter().filter(|equation| members.contains(&equation.target)) {
        for read in reads(&equation.body).filter(|read| members.contains(&read.quantity)) {
            let axes = network.quantity(&read.quantity).into_iter().flat_map(|quantity| &quantity.axes);
            for (axis, place) in axes.zip(&read.subscripts) {
                let Subscript::At(place) = place else { continue };
                let apart = place.minus(&Integer::name(axis.index.clone())).as_number();
                if let Some(apart) = apart.filter(|apart| *apart != 0) {
                    found.insert(axis.index.clone(), apart > 0);
                }
            }
        }
    }
    found
}
