//! Derivation → Page.

use super::item::Item;
use super::legend::{self, listed};
use super::lines::{line_left, line_right, moves_in};
use super::markup::{Markup, Symbol};
use super::notation::Notation;
use super::page::{Block, Inline, Page, Row};
use super::schedule;
use super::similar::key;
use super::told::Telling;
use crate::math::derivation::{Chain, Derivation, Line, Part, Subject, Verdict};
use crate::math::expression::{Binder, Mark, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Role};
use std::collections::BTreeMap;

/// How much of the calculations is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Steps {
    /// The forward and the backward equations only.
    None,
    /// Every calculation, without the finer steps; one that is like an earlier one up to names is shortened.
    #[default]
    Brief,
    /// Every calculation with every step.
    Full,
}

/// The page of a derivation. Without a verdict it says that nothing was checked.
pub fn page(derivation: &Derivation, book: &Book, verdict: Option<&Verdict>, steps: Steps) -> Page {
    let notation = Notation::of(&derivation.network, book);
    let writer = Writer { derivation, notation };
    let mut page = Page { title: derivation.network.name.to_string(), ..Page::default() };
    if !derivation.network.comment.is_empty() {
        page.words(derivation.network.comment.join(" "));
    }
    writer.forward(&mut page);
    writer.backward(&mut page);
    if steps != Steps::None {
        writer.chains(&mut page, steps);
    }
    if !derivation.assumptions.is_empty() {
        page.heading(1, "Assumptions");
        derivation.assumptions.iter().for_each(|assumption| page.words(assumption.clone()));
    }
    page.paragraph(writer.verdict(verdict));
    page
}

/// The equations of a network, in loops that can be computed from top to bottom.
pub fn equations(network: &Network, notation: &Notation, page: &mut Page) {
    // An initial value that is given under the name of its place says nothing; nor does a whole under that of its
    // entries, but it stands between those who read it and what they read.
    let links = |equation: &&Equation| is_whole(network, &equation.target);
    let says =
        |equation: &&Equation| links(equation) || left(equation, network, notation) != notation.formula(&equation.body);
    let said: Vec<&Equation> = network.equations.iter().filter(says).collect();
    let items: Vec<Item> = said.iter().map(|equation| Item::equation(equation)).collect();
    let row = |number: usize| {
        (!links(&said[number]))
            .then(|| Row::equation(left(said[number], network, notation), right(said[number], notation)))
    };
    loops(&items, &row, notation, page);
}

/// One block of equations for each loop.
fn loops(items: &[Item], row: &dyn Fn(usize) -> Option<Row>, notation: &Notation, page: &mut Page) {
    let blocks = schedule::blocks(items);
    let plain = blocks.iter().all(|block| block.ranges.is_empty());
    let mut after = 0;
    for block in blocks {
        if !says_something(&block, row) {
            continue;
        }
        let once = match after {
            0 => "Once",
            1 => "After the loop",
            _ => "After the loops",
        };
        after += usize::from(!block.ranges.is_empty());
        if !plain {
            page.blocks.push(Block::Heading(2, turns(&block.ranges, once, notation)));
        }
        let outer: Vec<&Binder> = block.ranges.iter().map(|(range, _)| range).collect();
        page.equations(rows(&block, items, &outer, row, notation));
        nested(&block, items, &outer, 3, row, notation, page);
    }
}

/// `t = 1, …, T`, or that it is done once.
fn turns(ranges: &[(Binder, bool)], once: &str, notation: &Notation) -> Vec<Inline> {
    listed(schedule::heading(ranges, notation)).unwrap_or_else(|| vec![Inline::words(once)])
}

/// The loops within a turn of a loop.
fn nested(
    block: &schedule::Block,
    items: &[Item],
    outer: &[&Binder],
    level: u8,
    row: &dyn Fn(usize) -> Option<Row>,
    notation: &Notation,
    page: &mut Page,
) {
    for inner in block.inner.iter().filter(|inner| says_something(inner, row)) {
        page.blocks.push(Block::Heading(level, turns(&inner.ranges, "once", notation)));
        let around: Vec<&Binder> = outer.iter().copied().chain(inner.ranges.iter().map(|(range, _)| range)).collect();
        page.equations(rows(inner, items, &around, row, notation));
        nested(inner, items, &around, level + 1, row, notation, page);
    }
}

/// The equations of a loop. A case within it says for which turns it holds; what it gives once for several turns does
/// not.
fn rows(
    block: &schedule::Block,
    items: &[Item],
    outer: &[&Binder],
    row: &dyn Fn(usize) -> Option<Row>,
    notation: &Notation,
) -> Vec<Row> {
    let own = |number: &usize| {
        let mut row = row(*number)?;
        let ranges = &items[*number].ranges;
        if ranges.iter().any(|range| !outer.contains(&range)) {
            let mut caption = vec![Inline::words("for ")];
            caption
                .extend(listed(ranges.iter().map(|range| notation.range(range, false)).collect()).unwrap_or_default());
            row.caption = Some(caption);
        }
        Some(row)
    };
    block.members.iter().filter_map(own).collect()
}

/// Whether any equation of a loop is written.
fn says_something(block: &schedule::Block, row: &dyn Fn(usize) -> Option<Row>) -> bool {
    block.members.iter().any(|number| row(*number).is_some())
        || block.inner.iter().any(|inner| says_something(inner, row))
}

/// Whether the quantity is another one as a whole, and is shown under the name of that.
pub fn is_whole(network: &Network, name: &Name) -> bool {
    network.quantity(name).is_some_and(|quantity| quantity.role == Role::Named && quantity.shown.is_some())
}

/// `h_t`, as it stands on the left of an equation.
pub fn left(equation: &Equation, network: &Network, notation: &Notation) -> Markup {
    equation.left(network).map_or_else(|| notation.name(&equation.target), |left| notation.formula(&left))
}

/// What stands on the right of an equation.
pub fn right(equation: &Equation, notation: &Notation) -> Markup {
    notation.within(&equation.ranges, &equation.body)
}

struct Writer<'a> {
    derivation: &'a Derivation,
    notation: Notation<'a>,
}

impl Writer<'_> {
    fn forward(&self, page: &mut Page) {
        page.heading(1, "Forward");
        if let Some(shapes) = legend::shapes(&self.derivation.network, &self.notation) {
            page.paragraph(shapes);
        }
        if let Some(legend) = legend::parts(&self.derivation.network, &self.notation) {
            page.paragraph(legend);
        }
        equations(&self.derivation.network, &self.notation, page);
    }

    fn backward(&self, page: &mut Page) {
        page.heading(1, "Backward");
        page.paragraph(legend::backward(self.derivation, &self.notation));
        let lines = &self.derivation.backward;
        let items: Vec<Item> = lines.iter().map(Item::line).collect();
        let row = |number: usize| {
            Some(Row::equation(line_left(&lines[number], &self.notation), line_right(&lines[number], &self.notation)))
        };
        loops(&items, &row, &self.notation, page);
    }

    fn chains(&self, page: &mut Page, steps: Steps) {
        let mut seen: BTreeMap<String, Markup> = BTreeMap::new();
        let chains = &self.derivation.chains;
        let of_equations: Vec<&Chain> = chains
            .iter()
            .filter(|chain| matches!(chain.subject, Subject::Equation(_)) && !chain.steps.is_empty())
            .collect();
        if !of_equations.is_empty() {
            page.heading(1, "Step by step");
            page.paragraph(legend::steps(self.derivation, &self.notation));
        }
        for chain in of_equations {
            self.chain(chain, page, steps, &mut seen);
        }
        let dropped = self.derivation.dropped.iter().enumerate().map(|(number, line)| (Subject::Dropped(number), line));
        let kept = self.derivation.backward.iter().enumerate().map(|(number, line)| (Subject::Line(number), line));
        let told = chains.iter().filter(|chain| !chain.steps.is_empty());
        let told: BTreeMap<&Subject, &Chain> = told.map(|chain| (&chain.subject, chain)).collect();
        let mut open: Vec<Row> = Vec::new();
        let mut begun = false;
        for (subject, line) in dropped.chain(kept) {
            let chain = told.get(&subject).copied();
            let why = self.collected(line, chain);
            // A whole, and its entries.
            if chain.is_none() && line_left(line, &self.notation) == line_right(line, &self.notation) {
                continue;
            }
            if chain.is_none() && why.is_none() && !matches!(subject, Subject::Dropped(_)) {
                continue;
            }
            if !begun {
                page.heading(1, "Put together");
                begun = true;
            }
            // A gradient that is an adjoint told above is not told again.
            let alone = |chain: &&Chain| {
                line.goal
                    && chain.steps.len() == 1
                    && chain.start.as_read().is_some_and(|read| read.mark == Mark::Adjoint)
            };
            match chain {
                Some(chain) if alone(&chain) => open.push(Row {
                    caption: Some(why.unwrap_or_else(|| vec![Inline::words("its only gain")])),
                    ..Row::equation(line_left(line, &self.notation), self.notation.formula(&chain.start))
                }),
                Some(chain) => {
                    page.equations(std::mem::take(&mut open));
                    self.chain(chain, page, steps, &mut seen);
                }
                None => open.push(Row {
                    caption: Some(why.unwrap_or_else(|| {
                        let upstream =
                            |part: &Part| part.term.as_read().is_some_and(|read| read.mark == Mark::Upstream);
                        let given = line.parts.iter().all(upstream);
                        vec![Inline::words(if given { "given" } else { "its only gain" })]
                    })),
                    ..Row::equation(line_left(line, &self.notation), line_right(line, &self.notation))
                }),
            }
        }
        page.equations(open);
    }

    /// How a line came from what the equations hand to it: gains added up, indices moved, sums taken.
    fn collected(&self, line: &Line, chain: Option<&Chain>) -> Option<Vec<Inline>> {
        let start = chain.map(|chain| &chain.start);
        let terms: Vec<&Term> =
            start.map_or_else(|| line.parts.iter().map(|part| &part.term).collect(), |start| vec![start]);
        let summands: Vec<&Term> = terms.iter().flat_map(|term| term.summands()).collect();
        let mut said: Vec<Vec<Inline>> = Vec::new();
        if summands.len() > 1 {
            said.push(vec![Inline::words("add up its gains")]);
        }
        said.extend(self.renamed(line));
        for (index, by) in moves_in(line, &terms) {
            let place = Integer::name(index.clone());
            said.push(vec![
                Inline::Math(self.notation.integer(&place.offset(-by))),
                Inline::words(" becomes "),
                Inline::Math(self.notation.integer(&place)),
            ]);
        }
        let mut sums: Vec<&Name> = line.parts.iter().flat_map(|part| &part.sums).map(|binder| &binder.index).collect();
        sums.dedup();
        if !sums.is_empty() {
            let indices = sums.iter().map(|index| self.notation.name(index)).collect();
            let indices = listed(indices).unwrap_or_default();
            let mut words = vec![Inline::words("used at every ")];
            words.extend(indices.clone());
            words.push(Inline::words(": sum over "));
            words.extend(indices);
            said.push(words);
        }
        said.into_iter().reduce(|mut words, more| {
            words.push(Inline::words("; "));
            words.extend(more);
            words
        })
    }

    /// Which letters an adjoint is written in that was gained in others: `v_s` gains, and the line is about `v_t`.
    fn renamed(&self, line: &Line) -> Vec<Vec<Inline>> {
        let Derivation { network, chains, .. } = self.derivation;
        let mut found: Vec<(&Name, &Name)> = Vec::new();
        let mut exchanged = false;
        for chain in chains {
            let around = ranges(chain, network);
            for gain in chain.gains.iter().filter(|gain| gain.of.quantity == line.left.quantity) {
                let (Some(from), Some(to)) = (gain.of.places(), line.left.places()) else { continue };
                for (from, to) in from.into_iter().zip(to) {
                    let (Some(from), Some(to)) = (from.as_name(), to.as_name()) else { continue };
                    let runs = |name: &Name| around.iter().chain(&gain.sums).any(|range| &range.index == name);
                    if from != to && runs(from) && !found.contains(&(from, to)) {
                        found.push((from, to));
                        exchanged |= runs(to);
                    }
                }
            }
        }
        let name = |name: &Name| Inline::Math(self.notation.name(name));
        let told = |(from, to): (&Name, &Name)| match exchanged {
            true => vec![name(from), Inline::words(" and "), name(to), Inline::words(" change names")],
            false => vec![name(from), Inline::words(" becomes "), name(to)],
        };
        found.into_iter().map(told).collect()
    }

    fn chain(&self, chain: &Chain, page: &mut Page, steps: Steps, seen: &mut BTreeMap<String, Markup>) {
        let Some((heading, about, first)) = self.subject(chain) else { return };
        if let Some(heading) = heading {
            page.blocks.push(Block::Heading(2, vec![Inline::Math(heading)]));
        }
        let key = key(chain);
        let ranges = ranges(chain, &self.derivation.network);
        let mut rows = vec![first];
        match seen.get(&key) {
            Some(earlier) if steps == Steps::Brief && chain.steps.len() > 1 => {
                // What is gained can be read off the last line as it was there.
                let caption = vec![Inline::words("as for "), Inline::Math(earlier.clone())];
                rows.push(Row::step(self.notation.within(ranges, chain.end()), caption));
                page.equations(rows);
            }
            _ => {
                rows.extend(self.telling(ranges, steps == Steps::Full).rows(&chain.start, &chain.steps));
                page.equations(rows);
                page.equations(self.gains(chain));
                seen.insert(key, about);
            }
        }
    }

    /// The heading of a chain, if its first row does not say it all; what later chains call it; its first row.
    fn subject(&self, chain: &Chain) -> Option<(Option<Markup>, Markup, Row)> {
        let network = &self.derivation.network;
        let start = self.notation.within(ranges(chain, network), &chain.start);
        let line = match chain.subject {
            Subject::Equation(number) => {
                let equation = network.equations.get(number)?;
                let left = left(equation, network, &self.notation);
                let whole = Markup::equals(left.clone(), right(equation, &self.notation));
                return Some((Some(whole), left, Row::start(start)));
            }
            Subject::Line(number) => self.derivation.backward.get(number)?,
            Subject::Dropped(number) => self.derivation.dropped.get(number)?,
        };
        let left = line_left(line, &self.notation);
        Some((None, left.clone(), Row { caption: self.collected(line, Some(chain)), ..Row::equation(left, start) }))
    }

    fn telling<'w>(&'w self, ranges: &'w [Binder], full: bool) -> Telling<'w> {
        Telling { network: &self.derivation.network, notation: &self.notation, ranges, full }
    }

    fn gains(&self, chain: &Chain) -> Vec<Row> {
        let row = |gain: &crate::math::derivation::Gain| {
            let mut of = gain.of.clone();
            of.mark = Mark::Adjoint;
            Row {
                lead: Some("so"),
                left: Some(self.notation.read(&of)),
                sign: Some(Symbol::same("gains")),
                ..Row::start(self.notation.within(ranges(chain, &self.derivation.network), &gain.term))
            }
        };
        chain.gains.iter().map(row).collect()
    }

    fn verdict(&self, verdict: Option<&Verdict>) -> Vec<Inline> {
        match verdict {
            Some(verdict) => vec![Inline::words(super::verdict::sentence(verdict))],
            None => vec![Inline::words(super::verdict::UNCHECKED)],
        }
    }
}

/// The indices that stand free in a calculation about an equation. Lines have letters of their own.
pub(super) fn ranges<'n>(chain: &Chain, network: &'n Network) -> &'n [Binder] {
    match chain.subject {
        Subject::Equation(number) => network.equations.get(number).map_or(&[], |equation| &equation.ranges),
        Subject::Line(_) | Subject::Dropped(_) => &[],
    }
}
