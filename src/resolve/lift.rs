//! Parts that need a name before they can be read by entries: `softmax(u)` of a payload, `u[i]` of an argument.
//!
//! Such a part becomes a quantity with an equation of its own, over the indices that stand free in it. So there is one
//! kind of reading and one kind of reduction, and those who derive and evaluate need no others.

use super::combine;
use super::elaborate::{Elaborator, Guess, Made, Site};
use super::integers;
use super::read::left_over;
use super::world::{Entry, World};
use crate::math::expression::{Binder, Mark, Op, Read, Reducer, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::{Name, PARTS};
use crate::math::network::Role;
use crate::math::shape::Shape;
use crate::math::source::{Diagnostic, Span};

/// A part that became a quantity.
#[derive(Clone)]
pub struct Lifted {
    /// The quantity.
    pub entry: Entry,
    /// Its right side, over the axes of the quantity.
    pub body: Term,
    /// The quantity whose equation it stands in.
    pub inside: Option<Name>,
}

/// Letters for the entries of a payload, the first free ones of which are taken.
const LETTERS: [&str; 8] = ["i", "j", "k", "m", "n", "r", "p", "q"];

impl Elaborator<'_, '_> {
    /// `max`, `min` or `logsumexp` over all entries of a payload, the last axis innermost, so that of equal maxima the
    /// first in row-major order counts.
    pub fn over_entries(&mut self, reducer: Reducer, body: Term, span: &Span) -> Made<Term> {
        if combine::is_unknown(&body) || body.shape().is_number() {
            return Ok(if combine::is_unknown(&body) { Term::filled(0, &Shape::number()) } else { body });
        }
        let body = if matches!(body.shape(), Shape::Row(_)) { combine::transposed(body, span)? } else { body };
        if self.guess != Guess::Verify {
            return Ok(Term::filled(0, &Shape::number()));
        }
        let read = self.named(body, span)?;
        let entries = self.entry_binders(&read.shape);
        let mut result = self.entry(read, &entries, span)?;
        for binder in entries.into_iter().rev() {
            result = combine::make(Op::Reduce(reducer, binder), vec![result], span)?;
        }
        Ok(result)
    }

    /// `softmax(u)` along the last axis: the shares become a quantity over the entries, which is read back whole.
    pub fn shares_of_entries(&mut self, body: Term, span: &Span) -> Made<Term> {
        if combine::is_unknown(&body) {
            return Ok(body);
        }
        if body.shape().is_number() {
            return Err(Diagnostic::error("`softmax` of a single number is always 1")
                .at(span, "this is a number")
                .hint(
                    "`softmax[i](…)` compares the values at all `i`; `softmax(u)` the entries of a vector or matrix",
                ));
        }
        if matches!(body.shape(), Shape::Row(_)) {
            let column = self.shares_of_entries(combine::transposed(body, span)?, span)?;
            return combine::transposed(column, span);
        }
        if self.guess != Guess::Verify {
            return Ok(Term::filled(0, body.shape()));
        }
        let shape = body.shape().clone();
        let read = self.named(body, span)?;
        let mut axes = self.free_axes(&Term::read(read.clone()), span)?;
        let at: Vec<Subscript> = axes.iter().map(|axis| Subscript::At(Integer::name(axis.index.clone()))).collect();
        let entries = self.known_letters(&read, &axes, &shape).unwrap_or_else(|| self.entry_binders(&shape));
        let scores = self.entry(read, &entries, span)?;
        let Some(last) = entries.last().cloned() else { return Ok(scores) };
        let shares = combine::make(Op::Reduce(Reducer::Softmax, last), vec![scores], span)?;
        axes.extend(entries);
        let quantity = self.lift(axes, shares, "p", span);
        let read = Read { quantity, mark: Mark::Value, subscripts: at, shape, constant: false, padded: false };
        let constant = self
            .world
            .lifted
            .borrow()
            .get(&read.quantity)
            .is_some_and(|lifted| lifted.body.reads().iter().all(|read| read.constant));
        Ok(self.noted(Read { constant, ..read }, span))
    }

    /// Entries of a term, counted as those of the payload it has.
    pub fn entries(&mut self, term: &Term, places: Vec<Subscript>, padded: bool, span: &Span) -> Made<Term> {
        if places.is_empty() {
            return Ok(term.clone());
        }
        if combine::is_unknown(term) {
            return if self.guess == Guess::Verify {
                Err(Diagnostic::error("the payload of this argument is not known").at(span, "read by entries here"))
            } else {
                Ok(combine::unknown())
            };
        }
        let shape = term.shape().clone();
        if places.len() > shape.axes().len() || matches!(shape, Shape::Row(_)) {
            return Err(Diagnostic::error(format!("this argument is {shape}")).at(
                span,
                if matches!(shape, Shape::Row(_)) { "a row has no subscripts" } else { "too many subscripts" },
            ));
        }
        if self.guess != Guess::Verify && term.as_read().is_none() {
            return Ok(Term::filled(0, &Shape::Axes(left_over(&places, shape.axes()))));
        }
        let mut read = self.named(term.clone(), span)?;
        self.fill_in(&mut read, places, span)?;
        read.padded |= padded;
        Ok(self.noted(read, span))
    }

    /// An entry of a slice must lie inside it, even where the quantity that it is cut from goes on.
    fn inside(&self, place: &Subscript, (low, high): (&Integer, &Integer), span: &Span) -> Made<()> {
        let (from, to) = match place {
            Subscript::At(at) => (at, at),
            Subscript::Range(from, to) => (from, to),
            Subscript::All => return Ok(()),
        };
        let size = integers::count(low, high);
        let (Some((least, _)), Some((_, largest))) =
            (integers::bounds(from, &self.ranges), integers::bounds(to, &self.ranges))
        else {
            return Ok(());
        };
        let leaves = |excess: Integer| integers::never_negative(&excess, self.world) == Some(false);
        if leaves(size.minus(&largest)) || leaves(least.offset(-1)) {
            return Err(Diagnostic::error(format!("`{}` reads past the entries of the argument", span.text()))
                .at(span, format!("from {least} to {largest}, but it has the entries 1..{size}")));
        }
        Ok(())
    }

    /// A plain reading as it is, anything else under a name.
    fn named(&mut self, term: Term, span: &Span) -> Made<Read> {
        if let Some(read) = term.as_read().filter(|read| read.mark == Mark::Value) {
            return Ok(read.clone());
        }
        let axes = self.free_axes(&term, span)?;
        let at = axes.iter().map(|axis| Subscript::At(Integer::name(axis.index.clone()))).collect();
        let (shape, constant) = (term.shape().clone(), super::elaborate::is_constant(&term));
        let quantity = self.lift(axes, term, "u", span);
        let read = Read { quantity, mark: Mark::Value, subscripts: at, shape, constant, padded: false };
        self.noted(read.clone(), span);
        Ok(read)
    }

    /// Notes a reading for the checks that follow.
    fn noted(&mut self, read: Read, span: &Span) -> Term {
        self.sites.push(Site { read: read.clone(), span: span.clone(), ranges: self.ranges.clone() });
        Term::read(read)
    }

    /// The indices in scope that a term depends on, as axes of a quantity.
    fn free_axes(&self, term: &Term, span: &Span) -> Made<Vec<Binder>> {
        let free = term.free_names();
        let axes: Vec<Binder> = self.ranges.iter().filter(|range| free.contains(&range.index)).cloned().collect();
        let depends = |axis: &&Binder| {
            let ends = axis.low.names().into_iter().chain(axis.high.names());
            ends.into_iter().any(|name| self.ranges.iter().any(|range| range.index == name))
        };
        match axes.iter().find(depends) {
            None => Ok(axes),
            Some(axis) => Err(Diagnostic::error("this part needs a name of its own")
                .at(span, format!("the range of `{}`, {}..{}, depends on another index", axis.index, axis.low, axis.high))
                .hint("give it an equation, and read that here; or take the full range with a condition: `sum[s | s <= t](…)`")),
        }
    }

    /// One free letter for each axis of a payload.
    fn entry_binders(&self, shape: &Shape) -> Vec<Binder> {
        let axes = shape.axes();
        // A single axis is called j, the second letter, as the columns of a matrix are.
        let letters = if axes.len() == 1 { &LETTERS[1..] } else { &LETTERS[..] };
        let mut letters = letters.iter().map(|letter| Name::from(*letter));
        let free =
            |letter: &Name| !self.world.taken.borrow().contains(letter) && !self.world.places.contains_key(letter);
        let mut binder = |size: &Integer| {
            let letter = letters.find(free).unwrap_or_else(|| Name::from("j"));
            Binder { index: self.world.fresh(&letter), low: Integer::number(1), high: size.clone() }
        };
        axes.iter().map(&mut binder).collect()
    }

    /// The letters under which the shares of this reading have become a quantity before.
    fn known_letters(&self, read: &Read, axes: &[Binder], shape: &Shape) -> Option<Vec<Binder>> {
        let lifted = self.world.lifted.borrow();
        let of = |known: &Lifted| {
            let scores = known.body.args().first().and_then(Term::as_read)?;
            let rest = known.entry.axes.strip_prefix(axes)?;
            let same = scores.quantity == read.quantity && rest.len() == shape.axes().len();
            (same && matches!(known.body.op(), Op::Reduce(Reducer::Softmax, _))).then(|| rest.to_vec())
        };
        lifted.values().find_map(of)
    }

    /// The entry at these letters.
    fn entry(&mut self, mut read: Read, letters: &[Binder], span: &Span) -> Made<Term> {
        let places = letters.iter().map(|letter| Subscript::At(Integer::name(letter.index.clone()))).collect();
        // The letters run through the entries that are there, which is what tells that they stay inside a slice.
        let scope = self.ranges.len();
        self.ranges.extend(letters.iter().cloned());
        let filled = self.fill_in(&mut read, places, span);
        self.ranges.truncate(scope);
        filled.map(|()| Term::read(read))
    }

    /// Puts subscripts for the axes of a reading that are left, in order.
    fn fill_in(&self, read: &mut Read, places: Vec<Subscript>, span: &Span) -> Made<()> {
        let (axes, shape) = self.world.axes_of(&read.quantity);
        let mut position = 0;
        for place in places {
            while matches!(read.subscripts.get(position), Some(Subscript::At(_))) {
                position += 1;
            }
            match read.subscripts.get_mut(position) {
                // Index axes that are read whole count as declared, slices from 1.
                Some(Subscript::Range(low, high))
                    if axes.get(position).is_none_or(|axis| (&axis.low, &axis.high) != (&*low, &*high)) =>
                {
                    self.inside(&place, (low, high), span)?;
                    let moved = |at: &Integer| at.plus(low).offset(-1);
                    match place {
                        Subscript::At(at) => read.subscripts[position] = Subscript::At(moved(&at)),
                        Subscript::Range(from, to) => {
                            read.subscripts[position] = Subscript::Range(moved(&from), moved(&to));
                        }
                        Subscript::All => {}
                    }
                }
                Some(_) if place == Subscript::All => {}
                Some(open) => *open = place,
                None => read.subscripts.push(place),
            }
            position += 1;
        }
        let counts = axes.iter().map(|axis| integers::count(&axis.low, &axis.high));
        let sizes: Vec<Integer> = counts.chain(shape.axes().iter().cloned()).collect();
        read.shape = Shape::Axes(left_over(&read.subscripts, &sizes));
        Ok(())
    }

    /// The quantity that a part becomes: the same one for the same part.
    fn lift(&self, axes: Vec<Binder>, body: Term, stem: &str, span: &Span) -> Name {
        let mut lifted = self.world.lifted.borrow_mut();
        if let Some((name, _)) = lifted.iter().find(|(_, known)| known.body == body && known.entry.axes == axes) {
            return name.clone();
        }
        let of = self.target.as_ref().map_or(String::new(), |target| format!("_{target}"));
        let free = |name: &Name| {
            let world: &World<'_> = self.world;
            let known = world.places.contains_key(name) || world.quantities.contains_key(name);
            !known && !lifted.contains_key(name) && !world.taken.borrow().contains(name)
        };
        // Another letter reads better than a number, unless the file has names that begin with it.
        let begins = |name: &Name, letter: &str| {
            name.as_str().strip_prefix(letter).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
        };
        let begun = |letter: &str| self.world.places.keys().any(|name| begins(name, letter));
        let others = PARTS.iter().filter(|letter| !begun(letter)).map(|letter| format!("{letter}{of}"));
        let numbered = (2..=u32::MAX).map(|number| format!("{stem}{number}{of}"));
        let mut names = std::iter::once(format!("{stem}{of}")).chain(others).chain(numbered).map(Name::new);
        let name = names.find(free).unwrap_or_else(|| Name::new(stem));
        let span = self.calls.first().map_or(span, |(_, place)| place).clone();
        let entry = Entry {
            role: Role::Named,
            state: false,
            axes,
            shape: Some(body.shape().clone()),
            guessed: false,
            draw: None,
            span,
        };
        lifted.insert(name.clone(), Lifted { entry, body, inside: self.target.clone() });
        name
    }
}
