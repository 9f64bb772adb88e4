//! Derivation → Page.

use super::formula::is_bracket;
use super::item::Item;
use super::lines::{line_left, line_right, moves, moves_in};
use super::markup::{Fence, Markup, Sign, Symbol};
use super::names::Spelling;
use super::notation::Notation;
use super::page::{Block, Inline, Page, Row};
use super::schedule;
use super::similar::key;
use crate::math::derivation::{Chain, Derivation, Line, Milestone, Part, Reason, Step, Subject, Verdict};
use crate::math::expression::{Mark, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantity, Role};
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
            .then(|| Row::equation(left(said[number], network, notation), notation.formula(&said[number].body)))
    };
    loops(&items, &row, notation, page);
}

/// One block of equations for each loop.
fn loops(items: &[Item], row: &dyn Fn(usize) -> Option<Row>, notation: &Notation, page: &mut Page) {
    let blocks = schedule::blocks(items);
    let plain = blocks.iter().all(|block| block.ranges.is_empty());
    let mut after = 0;
    for block in blocks {
        if block.members.iter().all(|number| row(*number).is_none()) {
            continue;
        }
        if !plain {
            let mut parts = Vec::new();
            for range in schedule::heading(&block.ranges, notation) {
                parts.extend((!parts.is_empty()).then(|| Inline::words(", ")));
                parts.push(Inline::Math(range));
            }
            if parts.is_empty() {
                parts.push(Inline::words(match after {
                    0 => "Once",
                    1 => "After the loop",
                    _ => "After the loops",
                }));
            } else {
                after += 1;
            }
            page.blocks.push(Block::Heading(2, parts));
        }
        let own = |number: usize| {
            let mut row = row(number)?;
            let ranges = &items[number].ranges;
            // A case within a loop says for which turns it holds; what the loop gives once for several turns does not.
            if ranges.iter().any(|range| block.ranges.iter().all(|(outer, _)| outer != range)) {
                let mut caption = vec![Inline::words("for ")];
                for range in ranges {
                    caption.extend((caption.len() > 1).then(|| Inline::words(", ")));
                    caption.push(Inline::Math(notation.range(range, false)));
                }
                row.caption = (!ranges.is_empty()).then_some(caption);
            }
            Some(row)
        };
        page.equations(block.members.iter().filter_map(|number| own(*number)).collect());
    }
}

/// Whether the quantity is another one as a whole, and is shown under the name of that.
pub fn is_whole(network: &Network, name: &Name) -> bool {
    network.quantity(name).is_some_and(|quantity| quantity.role == Role::Named && quantity.shown.is_some())
}

/// `h_t`, as it stands on the left of an equation.
pub fn left(equation: &Equation, network: &Network, notation: &Notation) -> Markup {
    equation.left(network).map_or_else(|| notation.name(&equation.target), |left| notation.formula(&left))
}

struct Writer<'a> {
    derivation: &'a Derivation,
    notation: Notation<'a>,
}

impl Writer<'_> {
    fn forward(&self, page: &mut Page) {
        page.heading(1, "Forward");
        if let Some(legend) = parts_legend(&self.derivation.network) {
            page.paragraph(legend);
        }
        equations(&self.derivation.network, &self.notation, page);
    }

    fn backward(&self, page: &mut Page) {
        page.heading(1, "Backward");
        page.paragraph(self.legend());
        let lines = &self.derivation.backward;
        let items: Vec<Item> = lines.iter().map(Item::line).collect();
        let row = |number: usize| {
            Some(Row::equation(line_left(&lines[number], &self.notation), line_right(&lines[number], &self.notation)))
        };
        loops(&items, &row, &self.notation, page);
    }

    /// A letter to speak of any quantity: the first that is none of the network's names.
    fn letter(&self, wanted: &str) -> &'static str {
        let network = &self.derivation.network;
        let taken = |letter: &str| {
            network.quantities.contains_key(letter)
                || network.sizes.contains_key(letter)
                || network.indices.contains_key(letter)
        };
        let pool = ["v", "y", "x", "a", "b", "q", "z", "w", "u", "r", "s", "p", "k", "m", "n"];
        let from = pool.iter().position(|letter| *letter == wanted).unwrap_or(0);
        // The first five are wanted for something; those behind them stand in, each for one.
        let rest = pool[5..].iter().filter(|letter| !taken(letter)).nth(from);
        if taken(wanted) { rest.copied().unwrap_or("…") } else { pool[from] }
    }

    /// What δ and G mean.
    fn legend(&self) -> Vec<Inline> {
        let network = &self.derivation.network;
        let v = self.letter("v");
        let partial = |of: Markup| Markup::Prefix(Symbol::new("∂", r"\partial "), Box::new(of));
        let quotient = Markup::Quotient(Box::new(partial(self.notation.loss())), Box::new(partial(Markup::same(v))));
        let definition = Markup::equals(Markup::symbol(format!("δ{v}"), format!(r"\delta {v}")), quotient);
        let mut parts = vec![Inline::Math(definition), Inline::words(" through every path.")];
        let mut given: Vec<&Quantity> = Vec::new();
        let mut moved = false;
        for line in self.derivation.backward.iter().chain(&self.derivation.dropped) {
            moved |= !moves(line).is_empty();
            for read in line.parts.iter().flat_map(|part| part.term.reads()) {
                let quantity = network.quantity(&read.quantity).filter(|_| read.mark == Mark::Upstream);
                given.extend(quantity.filter(|quantity| given.iter().all(|other| other.name != quantity.name)));
            }
        }
        let loss = given.iter().position(|quantity| Some(&quantity.name) == network.loss.as_ref());
        let loss = loss.map(|position| given.remove(position));
        let several = given.len() > 1;
        let first = given.first().map(|quantity| self.notation.gradient(&quantity.read(Mark::Value)));
        let given = given.into_iter().map(|quantity| self.notation.read(&quantity.read(Mark::Upstream))).collect();
        if let (Some(given), Some(first)) = (listed(given), first) {
            parts.push(Inline::words(" "));
            parts.extend(given);
            let words = if several { " are the upstream gradients, such as " } else { " is the upstream gradient: " };
            parts.extend([Inline::words(words), Inline::Math(first), Inline::words(" from outside this network.")]);
        }
        if let Some(loss) = loss {
            let (upstream, gradient) = (loss.read(Mark::Upstream), loss.read(Mark::Value));
            let equation = Markup::equals(self.notation.read(&upstream), self.notation.gradient(&gradient));
            parts.extend([
                Inline::words(" "),
                Inline::Math(equation),
                Inline::words(" is 1 unless the data say other."),
            ]);
        }
        if self.brackets() {
            let bracket = Markup::Fence(Fence::Truth, vec![Markup::same("…")]);
            let words = " is 1 where the condition in it holds, and 0 elsewhere.";
            parts.extend([Inline::words(" "), Inline::Math(bracket), Inline::words(words)]);
        }
        if moved {
            parts.push(Inline::words(" A term whose index leaves its range is 0."));
        }
        parts
    }

    /// Whether a condition is shown as a factor.
    fn brackets(&self) -> bool {
        let Derivation { network, backward, dropped, chains, .. } = self.derivation;
        let mut found = false;
        let mut look = |term: &Term| term.walk(&mut |part| found |= is_bracket(part));
        network.equations.iter().for_each(|equation| look(&equation.body));
        backward.iter().chain(dropped).flat_map(|line| &line.parts).for_each(|part| look(&part.term));
        chains.iter().flat_map(|chain| &chain.steps).for_each(|step| look(&step.after));
        found
    }

    /// How to read a calculation.
    fn steps_legend(&self) -> Vec<Inline> {
        let [a, b, x, y] = ["a", "b", "x", "y"].map(|letter| self.letter(letter));
        let same = |letter: &str| Markup::same(letter);
        let mark = |mark: &Symbol, letter: &str| {
            Markup::symbol(format!("{}{letter}", mark.text), format!("{}{letter}", mark.latex))
        };
        let (d, delta) = (Symbol::new("d", r"\mathrm{d}"), Symbol::new("δ", r"\delta "));
        let pair = |left: Markup, right: Markup| Markup::Fence(Fence::Angle, vec![left, right]);
        let function = Markup::Call(Box::new(same("f")), vec![same(x), Markup::symbol("…", r"\dots")]);
        vec![
            Inline::Math(pair(same(a), same(b))),
            Inline::words(" is the sum of all entries of "),
            Inline::Math(Markup::Product(vec![(Sign::Entrywise, same(a)), (Sign::Entrywise, same(b))])),
            Inline::words(", d the differential. Each equation "),
            Inline::Math(Markup::equals(same(y), function)),
            Inline::words(" moves "),
            Inline::Math(self.notation.loss()),
            Inline::words(" by "),
            Inline::Math(pair(mark(&delta, y), mark(&d, y))),
            Inline::words("; laws are applied until every d stands before one letter. What then stands beside "),
            Inline::Math(mark(&d, x)),
            Inline::words(" is what "),
            Inline::Math(mark(&delta, x)),
            Inline::words(" gains."),
        ]
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
            page.paragraph(self.steps_legend());
        }
        for chain in of_equations {
            self.chain(chain, page, steps, &mut seen);
        }
        let dropped = self.derivation.dropped.iter().enumerate().map(|(number, line)| (Subject::Dropped(number), line));
        let kept = self.derivation.backward.iter().enumerate().map(|(number, line)| (Subject::Line(number), line));
        let mut open: Vec<Row> = Vec::new();
        let mut begun = false;
        for (subject, line) in dropped.chain(kept) {
            let chain = chains.iter().find(|chain| chain.subject == subject && !chain.steps.is_empty());
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
            match chain {
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

    fn chain(&self, chain: &Chain, page: &mut Page, steps: Steps, seen: &mut BTreeMap<String, Markup>) {
        let Some((heading, about, first)) = self.subject(chain) else { return };
        if let Some(heading) = heading {
            page.blocks.push(Block::Heading(2, vec![Inline::Math(heading)]));
        }
        let key = key(chain);
        let mut rows = vec![first];
        match seen.get(&key) {
            Some(earlier) if steps == Steps::Brief && chain.steps.len() > 1 => {
                // What is gained can be read off the last line as it was there.
                let caption = vec![Inline::words("as for "), Inline::Math(earlier.clone())];
                rows.push(Row::step(self.notation.formula(chain.end()), caption));
                page.equations(rows);
            }
            _ => {
                // A law that is used again on the next line is told once, with the last of these lines.
                let again = |number: usize| {
                    let (this, next) = (&chain.steps[number], chain.steps.get(number + 1));
                    next.is_some_and(|next| self.caption(&this.reason) == self.caption(&next.reason))
                };
                let told = (0..chain.steps.len()).filter(|number| steps == Steps::Full || !again(*number));
                for number in told {
                    let row = self.step(&chain.steps[number], steps);
                    // A step that only brackets or reorders what is printed alike is for the full page.
                    let news = rows.last().is_none_or(|last: &Row| last.right != row.right);
                    rows.extend((news || steps == Steps::Full).then_some(row));
                }
                page.equations(rows);
                page.equations(self.gains(chain));
                seen.insert(key, about);
            }
        }
    }

    /// The heading of a chain, if its first row does not say it all; what later chains call it; its first row.
    fn subject(&self, chain: &Chain) -> Option<(Option<Markup>, Markup, Row)> {
        let network = &self.derivation.network;
        let start = self.notation.formula(&chain.start);
        let line = match chain.subject {
            Subject::Equation(number) => {
                let equation = network.equations.get(number)?;
                let left = left(equation, network, &self.notation);
                let whole = Markup::equals(left.clone(), self.notation.formula(&equation.body));
                return Some((Some(whole), left, Row::start(start)));
            }
            Subject::Line(number) => self.derivation.backward.get(number)?,
            Subject::Dropped(number) => self.derivation.dropped.get(number)?,
        };
        let left = line_left(line, &self.notation);
        Some((None, left.clone(), Row { caption: self.collected(line, Some(chain)), ..Row::equation(left, start) }))
    }

    fn step(&self, step: &Step, steps: Steps) -> Row {
        // A milestone that one law explains is that law.
        let step = match (&step.reason, step.substeps.as_slice()) {
            (Reason::Milestone(_), [only]) => only,
            _ => step,
        };
        let mut row = Row::step(self.notation.formula(&step.after), self.caption(&step.reason));
        if steps == Steps::Full {
            row.substeps = step.substeps.iter().map(|step| self.step(step, steps)).collect();
        }
        row
    }

    fn gains(&self, chain: &Chain) -> Vec<Row> {
        let row = |gain: &crate::math::derivation::Gain| {
            let mut of = gain.of.clone();
            of.mark = Mark::Adjoint;
            Row {
                lead: Some("so"),
                left: Some(self.notation.read(&of)),
                sign: Some(Symbol::same("gains")),
                ..Row::start(self.notation.formula(&gain.term))
            }
        };
        chain.gains.iter().map(row).collect()
    }

    /// Why a step is right.
    fn caption(&self, reason: &Reason) -> Vec<Inline> {
        let quantity = |name: &Name, mark: Mark| match self.derivation.network.quantity(name) {
            Some(quantity) => self.notation.read(&quantity.read(mark)),
            None => self.notation.name(name),
        };
        match reason {
            Reason::Law { name, reversed } => {
                let caption = caption_of(self.notation.book(), name);
                vec![Inline::words(if *reversed { format!("{caption}, read backwards") } else { caption })]
            }
            Reason::Definition { quantity: name, .. } => {
                vec![Inline::words("definition of "), Inline::Math(quantity(name, Mark::Value))]
            }
            Reason::Substitution { adjoint } => {
                vec![Inline::words("put in "), Inline::Math(self.notation.read(adjoint))]
            }
            Reason::Milestone(Milestone::Collect) => vec![Inline::words("add up all contributions")],
            Reason::Milestone(Milestone::Simplify) => vec![Inline::words("simplify")],
            Reason::Assumption => vec![Inline::words("as assumed")],
            Reason::Order => vec![Inline::words("summands and factors change places")],
            Reason::Letters => vec![Inline::words("another letter for the bound index")],
            Reason::Algebra => vec![Inline::words("algebra")],
        }
    }

    fn verdict(&self, verdict: Option<&Verdict>) -> Vec<Inline> {
        match verdict {
            Some(verdict) => vec![Inline::words(super::verdict::sentence(verdict))],
            None => vec![Inline::words(super::verdict::UNCHECKED)],
        }
    }
}

/// Which letters name parts; none when no part has a name.
pub fn parts_legend(network: &Network) -> Option<Vec<Inline>> {
    let named = network.quantities.values();
    let named = named.filter(|quantity| quantity.role == Role::Named && quantity.shown.is_none());
    let mut shown: Vec<Markup> = Vec::new();
    for quantity in named {
        let spelling = Spelling::of(quantity.name.as_str());
        let dots = if spelling.scripts.is_empty() { vec![] } else { vec![Markup::symbol("…", r"\dots")] };
        let markup = Markup::Symbol(spelling.base).with_scripts(dots);
        if !shown.contains(&markup) {
            shown.push(markup);
        }
    }
    let verb = if let [Markup::Symbol(_)] = shown.as_slice() { "names a part" } else { "name parts" };
    let mut parts = listed(shown)?;
    parts.push(Inline::words(format!(" {verb} of the equations.")));
    Some(parts)
}

/// `a, b, c`; none of none.
fn listed(formulas: Vec<Markup>) -> Option<Vec<Inline>> {
    let mut parts = Vec::new();
    for formula in formulas {
        parts.extend((!parts.is_empty()).then(|| Inline::words(", ")));
        parts.push(Inline::Math(formula));
    }
    (!parts.is_empty()).then_some(parts)
}

/// How a law is called in a step.
pub fn caption_of(book: &Book, name: &Name) -> String {
    match book.law(name.as_str()) {
        Some(law) if !law.caption.is_empty() => law.caption.clone(),
        _ => name.as_str().replace('-', " "),
    }
}
