//! All that is known of a network as scalar equations: its values, the derivatives of anything by anything, and what an
//! author defined. The lines of derivatives are those that a derivation collects, before anything is simplified.

use super::lags::Lags;
use super::scalar::{Scalars, compare, entry_letter, only_where};
use crate::derive::collect;
use crate::derive::differentiate::Differentiator;
use crate::derive::simplify::Simplifier;
use crate::derive::{names, parts};
use crate::math::claim::{Derivative, Group};
use crate::math::derivation::{Chain, Line};
use crate::math::expression::{Binder, Mark, Op, Read, Relation, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::number;
use crate::math::shape::Shape;
use crate::math::source::Outcome;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A scalar equation: `quantity[at] = body` where the indices of `ranges` stand free.
#[derive(Clone, Debug)]
pub struct Definition {
    /// One place for each axis, entries included.
    pub at: Vec<Integer>,
    /// The indices in them, with the values for which it holds.
    pub ranges: Vec<Binder>,
    /// The right side.
    pub body: Term,
}

impl Definition {
    /// The right side with the letters of another definition at the same places.
    pub fn under(&self, other: &Definition) -> Term {
        let letters = self.at.iter().zip(&other.at);
        let put = letters.filter_map(|(own, other)| Some((own.as_name()?.clone(), other.clone()))).collect();
        self.body.at(&put)
    }
}

/// The derivatives of one network, found when they are asked for.
pub struct Calculus<'b> {
    book: &'b Book,
    /// The network with its parts named.
    pub parts: Network,
    chains: Vec<Chain>,
    lines: RefCell<BTreeMap<Option<Name>, Rc<Vec<Line>>>>,
    lags: OnceCell<Lags>,
}

impl<'b> Calculus<'b> {
    /// Differentiates all equations of a network. An error names the equation that cannot be differentiated.
    pub fn of(network: &Network, book: &'b Book) -> Outcome<Calculus<'b>> {
        let parts = parts::name_parts(network);
        let mut differentiator = Differentiator::new(book);
        let (mut chains, mut errors) = (Vec::new(), Vec::new());
        for number in 0..parts.equations.len() {
            match differentiator.differentiate(&parts, number) {
                Ok(chain) => chains.push(chain),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Calculus { book, parts, chains, lines: RefCell::default(), lags: OnceCell::new() })
        } else {
            Err(errors)
        }
    }

    /// How many steps lie between the quantities of the network.
    pub fn lags(&self) -> &Lags {
        self.lags.get_or_init(|| Lags::of(&self.parts))
    }

    /// The line of the derivative of `of`, or of L, by `by`, as a derivation would print it.
    pub fn printed(&self, of: Option<&Name>, by: &Name) -> Option<Line> {
        let mut network = self.parts.clone();
        if let Some(of) = of {
            (network.outputs, network.loss) = (vec![of.clone()], None);
        }
        let lines = collect::collect(&network, &self.chains, std::slice::from_ref(by)).ok()?;
        let choice = names::choose(lines, &mut Simplifier::new(self.book, &network));
        let general = |line: &Line| {
            let places = line.left.places();
            &line.left.quantity == by
                && places.is_some_and(|places| places.iter().all(|place| place.as_name().is_some()))
        };
        choice.kept.into_iter().find(general)
    }

    /// The lines of the derivatives of `of`, or of L.
    pub fn lines(&self, of: Option<&Name>) -> Outcome<Rc<Vec<Line>>> {
        if let Some(known) = self.lines.borrow().get(&of.cloned()) {
            return Ok(known.clone());
        }
        let mut network = self.parts.clone();
        if let Some(of) = of {
            (network.outputs, network.loss) = (vec![of.clone()], None);
        }
        let all: Vec<Name> = network
            .quantities
            .values()
            .filter(|quantity| quantity.role.has_gradient())
            .map(|quantity| quantity.name.clone())
            .collect();
        let lines = Rc::new(collect::collect(&network, &self.chains, &all).map_err(|error| vec![error])?);
        self.lines.borrow_mut().insert(of.cloned(), lines.clone());
        Ok(lines)
    }
}

/// The equations that a group of claims may use.
pub struct System<'a> {
    /// The group.
    pub group: &'a Group,
    /// Its derivatives.
    pub calculus: &'a Calculus<'a>,
    definitions: RefCell<BTreeMap<Name, Rc<Vec<Definition>>>>,
    letters: RefCell<usize>,
}

impl<'a> System<'a> {
    /// Nothing is looked up yet.
    pub fn new(group: &'a Group, calculus: &'a Calculus<'a>) -> Self {
        System { group, calculus, definitions: RefCell::default(), letters: RefCell::default() }
    }

    /// The axes of a quantity, entries included: those of values, of derivatives, and of what an author defined.
    pub fn axes(&self, name: &Name) -> Option<Vec<Binder>> {
        let quantity = self.calculus.parts.quantity(name).or_else(|| self.group.network.quantity(name));
        if let Some(quantity) = quantity {
            let sizes = quantity.shape.axes().iter().enumerate();
            let entries = sizes.map(|(position, size)| Binder {
                index: entry_letter(position),
                low: Integer::number(1),
                high: size.clone(),
            });
            return Some(quantity.axes.iter().cloned().chain(entries).collect());
        }
        let derivative = self.derivative(name)?;
        let of = derivative.of.as_ref().and_then(|of| self.calculus.parts.quantity(of));
        let by = self.calculus.parts.quantity(&derivative.by)?;
        let index_axes = of.into_iter().chain([by]).flat_map(|quantity| quantity.axes.iter().cloned());
        let sizes = of.into_iter().chain([by]).flat_map(|quantity| quantity.shape.axes());
        let entries = sizes.enumerate().map(|(position, size)| Binder {
            index: entry_letter(position),
            low: Integer::number(1),
            high: size.clone(),
        });
        Some(index_axes.chain(entries).collect())
    }

    /// Which derivative a quantity is.
    pub fn derivative(&self, name: &Name) -> Option<Derivative> {
        if let Some(known) = self.group.derivatives.get(name) {
            return Some(known.clone());
        }
        let (of, by) = name.as_str().strip_prefix('∂')?.split_once("/∂")?;
        let of = if self.group.base.loss.is_none() && of == "L" { None } else { Some(Name::new(of)) };
        Some(Derivative { of, by: Name::new(by) })
    }

    /// A term by entries.
    pub fn scalar(&self, term: &Term, at: &[Integer]) -> Option<Term> {
        let lows = |name: &Name| self.axes(name).map(|axes| axes.into_iter().map(|axis| axis.low).collect());
        let mut scalars = Scalars { lows: &lows, used: *self.letters.borrow() };
        let entry = scalars.entry(term, at);
        *self.letters.borrow_mut() = scalars.used;
        entry.map(|entry| self.constants(&entry))
    }

    /// Numbers for constants of the file.
    fn constants(&self, term: &Term) -> Term {
        term.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            match self.group.network.quantity(&read.quantity).map(|quantity| &quantity.role) {
                Some(Role::Const(numbers)) if numbers.len() == 1 => Term::number(numbers[0].clone()),
                // What is a subscript elsewhere is a whole number here, too.
                Some(Role::Given) if self.given_range(&read.quantity).is_some() => {
                    let places = read.places().unwrap_or_default().into_iter().cloned().collect();
                    let given = crate::math::integer::Atom::Given(read.quantity.clone(), places);
                    Term::new(Op::Integer(Integer::atom(given)), Vec::new()).unwrap_or(part)
                }
                _ => part,
            }
        })
    }

    /// The equations of a quantity, its general one and its cases. None for what is given.
    pub fn definitions(&self, name: &Name) -> Rc<Vec<Definition>> {
        if let Some(known) = self.definitions.borrow().get(name) {
            return known.clone();
        }
        let mut found = self.look_up(name).unwrap_or_default();
        // A part without a name in the file is written out where it stands: there it is in range.
        let part = |read: &Read| {
            let name = &read.quantity;
            self.group.base.quantity(name).is_none() && self.calculus.parts.quantity(name).is_some()
        };
        for definition in &mut found {
            if let Some(body) = self.unfolded(&definition.body, &definition.ranges, &part) {
                definition.body = body;
            }
        }
        let found = Rc::new(found);
        self.definitions.borrow_mut().insert(name.clone(), found.clone());
        found
    }

    fn look_up(&self, name: &Name) -> Option<Vec<Definition>> {
        let network =
            if self.calculus.parts.quantity(name).is_some() { &self.calculus.parts } else { &self.group.network };
        if let Some(quantity) = network.quantity(name)
            && (quantity.role.is_computed() || network.equations_of(name).next().is_some())
        {
            return network
                .equations_of(name)
                .map(|equation| self.equation(&equation.at, &equation.ranges, &equation.body))
                .collect();
        }
        let derivative = self.derivative(name)?;
        let lines = self.calculus.lines(derivative.of.as_ref()).ok()?;
        let own = lines.iter().filter(|line| line.left.quantity == derivative.by);
        own.map(|line| self.line(line, &derivative)).collect()
    }

    fn equation(&self, at: &[Integer], ranges: &[Binder], body: &Term) -> Option<Definition> {
        let (mut at, mut ranges) = (at.to_vec(), ranges.to_vec());
        let mut entries = Vec::new();
        for (position, size) in body.shape().axes().iter().enumerate() {
            let letter = entry_letter(position);
            entries.push(Integer::name(letter.clone()));
            ranges.push(Binder { index: letter, low: Integer::number(1), high: size.clone() });
        }
        at.extend(entries.iter().cloned());
        Some(Definition { at, ranges, body: self.scalar(body, &entries)? })
    }

    /// A line of a derivative: adjoints become readings of derivatives, and the upstream gradient of what is differentiated
    /// is 1 at its own place.
    fn line(&self, line: &Line, derivative: &Derivative) -> Option<Definition> {
        let of = derivative.of.as_ref().and_then(|of| self.calculus.parts.quantity(of));
        // Letters for the place and the entry of what is differentiated.
        let own = |position: usize| Name::new(format!("‹of{position}›"));
        let of_axes: Vec<Binder> = of.map(|of| of.axes.clone()).unwrap_or_default();
        let of_sizes: Vec<Integer> = of.map(|of| of.shape.axes().to_vec()).unwrap_or_default();
        let letters: Vec<Name> = (0..of_axes.len() + of_sizes.len()).map(own).collect();
        let (axis_letters, entry_letters) = letters.split_at(of_axes.len());
        let named = |(letter, axis): (&Name, &Binder)| Binder { index: letter.clone(), ..axis.clone() };
        let mut ranges: Vec<Binder> = axis_letters.iter().zip(&of_axes).map(named).collect();
        let sized = |(letter, size): (&Name, &Integer)| Binder {
            index: letter.clone(),
            low: Integer::number(1),
            high: size.clone(),
        };
        ranges.extend(entry_letters.iter().zip(&of_sizes).map(sized));
        ranges.extend(line.ranges.iter().cloned());
        let mut body: Option<Term> = None;
        let shape = line.left.shape.axes().to_vec();
        let mut entries = Vec::new();
        for (position, size) in shape.iter().enumerate() {
            let letter = entry_letter(position);
            entries.push(Integer::name(letter.clone()));
            ranges.push(Binder { index: letter, low: Integer::number(1), high: size.clone() });
        }
        for part in &line.parts {
            let term = self.scalar(&part.summed(), &entries)?;
            body = Some(match body {
                None => term,
                Some(sum) => sum.plus(term).ok()?,
            });
        }
        let place = |letter: &Name| Integer::name(letter.clone());
        let by_axes = self.calculus.parts.quantity(&derivative.by)?.axes.len();
        // Index axes of both stand before the entries of both.
        let arranged = |places: Vec<Integer>, by_axes: usize| -> Vec<Integer> {
            let (index, entry) = places.split_at(by_axes.min(places.len()));
            let of_index = axis_letters.iter().map(place);
            let of_entry = entry_letters.iter().map(place);
            of_index.chain(index.iter().cloned()).chain(of_entry).chain(entry.iter().cloned()).collect()
        };
        let left: Option<Vec<Integer>> = line.left.places().map(|places| places.into_iter().cloned().collect());
        let at = arranged([left?, entries].concat(), by_axes);
        let wanted: Vec<Integer> = letters.iter().map(place).collect();
        let body = body?.map(&mut |part| {
            let Op::Read(read) = part.op() else { return part };
            let places = || -> Vec<Integer> { read.places().unwrap_or_default().into_iter().cloned().collect() };
            match read.mark {
                Mark::Value => part,
                Mark::Upstream => match &derivative.of {
                    None => Term::read(value(Name::new(format!("G_{}", read.quantity)), places())),
                    Some(_) => at_place(&places(), &wanted).unwrap_or(part),
                },
                Mark::Adjoint => {
                    let inner = Derivative { of: derivative.of.clone(), by: read.quantity.clone() };
                    let axes = self.calculus.parts.quantity(&read.quantity).map_or(0, |quantity| quantity.axes.len());
                    Term::read(value(inner.quantity(), arranged(places(), axes)))
                }
            }
        });
        Some(Definition { at, ranges, body })
    }
}

/// A reading at single places.
pub fn value(quantity: Name, places: Vec<Integer>) -> Read {
    Read {
        quantity,
        mark: Mark::Value,
        subscripts: places.into_iter().map(Subscript::At).collect(),
        shape: Shape::number(),
        constant: false,
        padded: false,
    }
}

/// 1 where all places are the wanted ones, 0 elsewhere.
fn at_place(places: &[Integer], wanted: &[Integer]) -> Option<Term> {
    let mut term = Term::number(number::whole(1));
    for (place, wanted) in places.iter().zip(wanted).rev() {
        term = only_where(compare(Relation::Equal, place, wanted)?, term)?;
    }
    Some(term)
}

impl System<'_> {
    /// Whether a name is a size, which is at least 1.
    pub fn is_size(&self, name: &Name) -> bool {
        self.group.network.sizes.contains_key(name)
    }
}

/// The right side of a line as one term.
pub fn whole(line: &Line) -> Term {
    collect::right_side(line)
}

impl System<'_> {
    /// The values that a given integer can have: those of the axis that it is a subscript of.
    pub fn given_range(&self, name: &Name) -> Option<(Integer, Integer)> {
        let mut found = None;
        for equation in &self.group.network.equations {
            equation.body.walk(&mut |part| {
                let Op::Read(read) = part.op() else { return };
                let Some(axes) = self.axes(&read.quantity) else { return };
                for (axis, subscript) in axes.iter().zip(&read.subscripts) {
                    let Subscript::At(place) = subscript else { continue };
                    let alone = place.summands();
                    if let [(1, atoms)] = alone.as_slice()
                        && let [(crate::math::integer::Atom::Given(given, _), 1)] = atoms.as_slice()
                        && given == name
                    {
                        found.get_or_insert((axis.low.clone(), axis.high.clone()));
                    }
                }
            });
        }
        found
    }
}
