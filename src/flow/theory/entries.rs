//! Terms to entries: what a wide layer's entry is made of.

mod product;

use super::build;
use super::multiples::multiple;
use super::structure::{general, refused, shift};
use crate::math::draw::Distribution;
use crate::math::expression::{Op, Read, Reducer, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
use crate::math::source::{Diagnostic, Span};
use crate::math::theory::{Argument, Entry, Item, Linear, Part, Vector, mean_name};
use std::collections::BTreeMap;

type Found<T> = Result<T, Diagnostic>;

/// Reads equations of one step.
pub struct Entries<'n> {
    pub(super) network: &'n Network,
    pub(super) index: Name,
    pub(super) state: Name,
    /// By how much the state before is shifted.
    back: i64,
    /// What was needed so far, in order.
    pub items: Vec<Item>,
    /// What is assumed.
    pub notes: Vec<String>,
    /// Sums that others are written as multiples of.
    pub bases: Vec<Linear>,
    /// Sums that have a name in the network, in the order in which they were read.
    names: Vec<Linear>,
    known: BTreeMap<Name, Entry>,
    /// The equation at hand.
    place: Option<Span>,
    /// The index of a maximum that is being read.
    copies: Option<Name>,
    depth: usize,
    numbers: build::Numbers,
}

impl<'n> Entries<'n> {
    /// Nothing is read yet.
    pub fn new(network: &'n Network, index: &Name, state: &Name, back: i64) -> Self {
        Entries {
            network,
            index: index.clone(),
            state: state.clone(),
            back,
            items: Vec::new(),
            notes: Vec::new(),
            bases: Vec::new(),
            names: Vec::new(),
            known: BTreeMap::new(),
            place: None,
            copies: None,
            depth: 0,
            numbers: build::Numbers::default(),
        }
    }

    /// The entry that an equation computes.
    pub fn equation(&mut self, equation: &Equation) -> Found<Entry> {
        let before = self.place.replace(equation.span.clone());
        self.depth += 1;
        if self.depth > 100 {
            return Err(self.refused("its equations are nested too deep"));
        }
        let entry = self.entry(&equation.body);
        self.depth -= 1;
        self.place = before;
        entry
    }

    pub(super) fn refused(&self, reason: impl std::fmt::Display) -> Diagnostic {
        let error = refused(reason);
        match &self.place {
            Some(span) => error.at(span, "in this equation"),
            None => error,
        }
    }

    pub(super) fn entry(&mut self, term: &Term) -> Found<Entry> {
        let args = term.args();
        match term.op() {
            Op::Number(_) | Op::Integer(_) => Ok(Entry::Number(term.clone())),
            Op::Fill(_) => self.entry(&args[0]),
            Op::Read(read) => self.read(read),
            Op::MatMul => self.product(&args[0], &args[1]),
            Op::Div if self.over_a_batch(&args[1]) => self.normalised(term),
            Op::Div if is_mean(term) => {
                let inside = self.entry(&args[0].args()[0])?;
                if let Entry::Number(_) = inside {
                    return Ok(inside);
                }
                let item = self.item(Item::Mean(inside));
                Ok(Entry::Number(build::number_named(&mean_name(item))))
            }
            Op::Total => Err(self
                .refused("a sum over the width grows with it")
                .hint("divide by the width: `mean(u)` in place of `sum(u)`")),
            Op::Reduce(reducer @ (Reducer::Max | Reducer::Min), binder) if args.len() == 1 => {
                self.extreme(*reducer == Reducer::Max, binder, &args[0])
            }
            Op::Reduce(_, binder) => Err(self
                .refused(format!("entries meet over the index `{}`", binder.index))
                .hint("it follows one input; batch normalisation alone is understood over a batch")),
            Op::Add | Op::Neg | Op::Mul | Op::Div => {
                let parts: Found<Vec<Entry>> = args.iter().map(|arg| self.entry(arg)).collect();
                self.arithmetic(term.op(), parts?)
            }
            Op::Apply(_) | Op::Power | Op::Where | Op::Compare(_) | Op::And | Op::Or | Op::Not => {
                let parts: Found<Vec<Entry>> = args.iter().map(|arg| self.entry(arg)).collect();
                self.function(term.op(), parts?)
            }
            _ => Err(self
                .refused("its entries are not alike here")
                .hint("it understands products with weights and functions entry by entry")),
        }
    }

    pub(super) fn arithmetic(&mut self, op: &Op, parts: Vec<Entry>) -> Found<Entry> {
        match (op, parts.as_slice()) {
            (Op::Neg, [Entry::Linear(sum)]) => Ok(Entry::Linear(build::scaled(sum, &build::whole(-1)))),
            (Op::Add, [Entry::Linear(one), Entry::Linear(other)]) => Ok(Entry::Linear(build::added(one, other))),
            (Op::Add, [Entry::Linear(sum), Entry::Number(number)] | [Entry::Number(number), Entry::Linear(sum)]) => {
                let offset = Linear { parts: BTreeMap::new(), offset: number.clone() };
                Ok(Entry::Linear(build::added(sum, &offset)))
            }
            (Op::Mul, [Entry::Linear(sum), Entry::Number(number)] | [Entry::Number(number), Entry::Linear(sum)]) => {
                Ok(Entry::Linear(build::scaled(sum, number)))
            }
            (Op::Div, [Entry::Linear(sum), Entry::Number(number)]) => {
                Ok(Entry::Linear(build::scaled(sum, &build::apply(Op::Div, vec![build::whole(1), number.clone()]))))
            }
            _ => self.function(op, parts),
        }
    }

    /// A function of entries: a number of numbers, or a function of the sums in them.
    fn function(&mut self, op: &Op, parts: Vec<Entry>) -> Found<Entry> {
        if parts.iter().all(|part| matches!(part, Entry::Number(_))) {
            let numbers = parts.into_iter().filter_map(|part| match part {
                Entry::Number(number) => Some(number),
                _ => None,
            });
            return Ok(Entry::Number(build::apply(op.clone(), numbers.collect())));
        }
        let terms: Vec<Term> = parts
            .into_iter()
            .enumerate()
            .map(|(position, part)| match part {
                // An exponent stays a number.
                Entry::Number(number) if op == &Op::Power && position == 1 => self.numbers.plain(&number),
                part => self.term(part),
            })
            .collect();
        let body = Term::new(op.clone(), terms).map_err(|_| self.refused("its payloads are not vectors"))?;
        Ok(self.of_body(body))
    }

    pub(super) fn of_body(&self, body: Term) -> Entry {
        let place = self.place.as_ref().or_else(|| self.network.quantity(&self.state).map(|quantity| &quantity.span));
        match place {
            Some(place) => Entry::Function(Box::new(self.numbers.function(self.network, place, body))),
            None => Entry::Number(build::whole(0)),
        }
    }

    /// The term of an entry over vectors of points, where sums have become items.
    fn term(&mut self, entry: Entry) -> Term {
        match entry {
            Entry::Number(number) => self.numbers.stretched(&number),
            Entry::Function(function) => build::body(&function),
            Entry::Linear(sum) => {
                let mut rest = sum.clone();
                let state = rest.parts.remove(&Part::State);
                let mut terms = Vec::new();
                if let Some(coefficient) = state {
                    let coefficient = self.numbers.stretched(&coefficient);
                    terms.push(build::times(coefficient, build::argument(Argument::State)));
                }
                if rest.parts.is_empty() {
                    if terms.is_empty() || !build::is_whole(&rest.offset, 0) {
                        terms.push(self.numbers.stretched(&rest.offset));
                    }
                } else {
                    // What has a name is what the author calls the pre-activation; the last name is the nearest.
                    let known = self.names.iter().rev().chain(&self.bases);
                    let based = known.into_iter().find_map(|base| Some((base.clone(), multiple(&rest, base)?)));
                    let (sum, found) = based.map_or((rest, None), |(base, found)| (base, Some(found)));
                    let sum = build::argument(Argument::Item(self.item(Item::Sum(sum))));
                    terms.push(match &found {
                        Some(found) => build::times(self.numbers.stretched(&found.factor), sum),
                        None => sum,
                    });
                    if let Some(found) = found.filter(|found| !build::is_whole(&found.offset, 0)) {
                        terms.push(self.numbers.stretched(&found.offset));
                    }
                }
                terms
                    .into_iter()
                    .reduce(|one, other| build::apply(Op::Add, vec![one, other]))
                    .unwrap_or_else(|| build::whole(0))
            }
        }
    }

    /// The position of an item, which is put in when it is new.
    pub(super) fn item(&mut self, item: Item) -> usize {
        self.items.iter().position(|known| known == &item).unwrap_or_else(|| {
            self.items.push(item);
            self.items.len() - 1
        })
    }

    fn read(&mut self, read: &Read) -> Found<Entry> {
        let network = self.network;
        let Some(quantity) = network.quantity(&read.quantity) else {
            return Err(self.refused(format!("`{}` is unknown", read.quantity)));
        };
        let name = &quantity.name;
        if let Role::Const(_) = quantity.role {
            return Ok(Entry::Number(Term::read(read.clone())));
        }
        let shift = self.place_of(quantity, read)?;
        if quantity.role.is_computed() {
            if name == &self.state && shift == Some(self.back) {
                return Ok(build::part(Part::State));
            }
            if shift.unwrap_or(0) != 0 {
                return Err(self.refused(format!("`{name}` is read more than one step before, or after")));
            }
            if let Some(entry) = self.known.get(name).filter(|_| self.copies.is_none()) {
                return Ok(entry.clone());
            }
            let equation = general(network, name, &self.index)
                .ok_or_else(|| self.refused(format!("`{name}` has no equation along all of `{}`", self.index)))?;
            let entry = self.equation(equation)?;
            if self.copies.is_none() {
                match &entry {
                    Entry::Linear(sum) if !sum.parts.contains_key(&Part::State) => self.names.push(sum.clone()),
                    _ => {}
                }
                self.known.insert(name.clone(), entry.clone());
            }
            return Ok(entry);
        }
        // A sweep draws data that nobody gave; theory asks that the network says how.
        let drawn = quantity.draw.as_ref().filter(|draw| quantity.role != Role::Given || draw.span.is_some());
        let Some(draw) = drawn else {
            return Err(self.refused(format!("`{name}` is given by the data")).at(&quantity.span, "declared here"));
        };
        let number = quantity.shape.is_number();
        match &draw.distribution {
            Distribution::Constant { value } => Ok(Entry::Number(value.clone())),
            Distribution::Normal { mean, deviation } if !number && quantity.shape.axes().len() == 1 => {
                let fresh = shift == Some(0);
                if !fresh {
                    self.note(format!("`{name}` is shared by all steps; each is taken to have one of its own"));
                }
                let law = (mean.clone(), deviation.clone());
                let item = self.item(Item::Vector(Vector { name: name.clone(), law, fresh }));
                Ok(build::part(Part::Item(item)))
            }
            _ => Err(self
                .refused(format!("`{name}` stands alone and is not normal"))
                .at(draw.span.as_ref().unwrap_or(&quantity.span), format!("drawn from {}", draw.told()))
                .hint("vectors that are added must be `normal` or `constant`, numbers `constant`")),
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// By how much a reading is shifted along the recurrence; along other indices it must stand still.
    fn place_of(&self, quantity: &Quantity, read: &Read) -> Found<Option<i64>> {
        let name = &quantity.name;
        for (axis, subscript) in quantity.axes.iter().zip(&read.subscripts) {
            let Subscript::At(place) = subscript else {
                return Err(self.refused(format!("`{name}` is read at several places at once")));
            };
            let letter = place.as_name();
            let copy = letter.is_some() && letter == self.copies.as_ref();
            if axis.index != self.index && letter != Some(&axis.index) && !copy {
                return Err(self
                    .refused(format!("`{name}` is read at another place along `{}`", axis.index))
                    .hint("entries along an index without recurrence may not meet"));
            }
        }
        if read.subscripts.len() != quantity.axes.len() {
            return Err(self
                .refused(format!("`{name}` is read entry by entry"))
                .hint("write products and functions of whole vectors: `W[l] @ h[l-1]`"));
        }
        let moves = quantity.axes.iter().any(|axis| axis.index == self.index);
        match shift(self.network, read, &self.index) {
            None if moves => Err(self.refused(format!("`{name}` is read at a fixed place along `{}`", self.index))),
            shift => Ok(shift),
        }
    }
}

/// `mean(u)` over all entries of a vector, as `resolve` writes it.
fn is_mean(term: &Term) -> bool {
    let [total, count] = term.args() else { return false };
    let size = match count.op() {
        Op::Integer(size) => size.clone(),
        Op::Number(number) if number.is_integer() => match num_traits::ToPrimitive::to_i64(number) {
            Some(n) => Integer::number(n),
            None => return false,
        },
        _ => return false,
    };
    matches!(total.op(), Op::Total) && total.args()[0].shape().count() == size
}
