//! Derivation → Page.

use super::lines::{Group, direction, line_left, line_right};
use super::markup::{Markup, Symbol};
use super::notation::Notation;
use super::page::{Inline, Page, Row};
use super::similar::key;
use crate::math::derivation::{Chain, Derivation, Milestone, Reason, Step, Subject, Verdict};
use crate::math::expression::{Binder, Mark};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Equation, Network};
use std::cmp::Ordering;
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

/// The equations of a network, grouped by the values of their indices.
pub fn equations(network: &Network, notation: &Notation, page: &mut Page, heading: &str) {
    let mut groups: Vec<(&[Binder], Vec<Row>)> = Vec::new();
    for equation in &network.equations {
        let (left, right) = (left(equation, network, notation), notation.formula(&equation.body));
        if left == right {
            // An initial value that is given under the name of its place says nothing.
            continue;
        }
        let row = Row::equation(left, right);
        match groups.last_mut() {
            Some((ranges, rows)) if *ranges == equation.ranges.as_slice() => rows.push(row),
            _ => groups.push((&equation.ranges, vec![row])),
        }
    }
    for (position, (ranges, rows)) in groups.into_iter().enumerate() {
        let words = if position == 0 { heading } else { "" };
        page.blocks.push(group_heading(if position == 0 { 1 } else { 2 }, words, ranges, &|_| false, notation));
        page.equations(rows);
    }
}

/// `Forward, t = 1, …, T`
fn group_heading(
    level: u8,
    words: &str,
    ranges: &[Binder],
    downward: &dyn Fn(&Name) -> bool,
    notation: &Notation,
) -> super::page::Block {
    let mut parts = Vec::new();
    if !words.is_empty() {
        parts.push(Inline::words(words));
    }
    for (position, range) in ranges.iter().enumerate() {
        if !words.is_empty() || position > 0 {
            parts.push(Inline::words(", "));
        }
        parts.push(Inline::Math(notation.range(range, downward(&range.index))));
    }
    if parts.is_empty() {
        parts.push(Inline::words("Once"));
    }
    super::page::Block::Heading(level, parts)
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
        equations(&self.derivation.network, &self.notation, page, "Forward");
    }

    fn backward(&self, page: &mut Page) {
        page.heading(1, "Backward");
        page.paragraph(self.legend());
        let mut groups: Vec<Group> = Vec::new();
        for line in &self.derivation.backward {
            match groups.last_mut().filter(|group| group.takes(line)) {
                Some(group) => group.lines.push(line),
                None => groups.push(Group { lines: vec![line] }),
            }
        }
        let indexed = groups.iter().any(|group| !group.lines[0].ranges.is_empty());
        for Group { lines } in groups {
            if indexed {
                let down = |index: &Name| lines.iter().any(|line| direction(line, index) == Some(Ordering::Less));
                page.blocks.push(group_heading(2, "", &lines[0].ranges, &down, &self.notation));
            }
            page.equations(
                lines
                    .into_iter()
                    .map(|line| Row::equation(line_left(line, &self.notation), line_right(line, &self.notation)))
                    .collect(),
            );
        }
    }

    /// What δ and G mean.
    fn legend(&self) -> Vec<Inline> {
        let network = &self.derivation.network;
        let v = Markup::same("v");
        let adjoint = Markup::symbol("δv", r"\delta v");
        let partial = |of: Markup| Markup::Prefix(Symbol::new("∂", r"\partial "), Box::new(of));
        let quotient = Markup::Quotient(Box::new(partial(self.notation.loss())), Box::new(partial(v)));
        let mut parts = vec![Inline::Math(Markup::equals(adjoint, quotient)), Inline::words(" through every path; ")];
        let given: Vec<Markup> = network
            .results()
            .iter()
            .filter(|name| Some(*name) != network.loss.as_ref())
            .filter_map(|name| network.quantity(name))
            .map(|quantity| self.notation.read(&quantity.read(Mark::Upstream)))
            .collect();
        let several = given.len() > 1;
        for (position, upstream) in given.into_iter().enumerate() {
            if position > 0 {
                parts.push(Inline::words(", "));
            }
            parts.push(Inline::Math(upstream));
        }
        match (network.results().is_empty(), &network.loss, several) {
            (_, Some(_), _) => {
                parts.push(Inline::Math(self.notation.loss()));
                parts.push(Inline::words(" is the loss"));
            }
            (_, None, true) => parts.push(Inline::words(" are given from above")),
            (_, None, false) => parts.push(Inline::words(" is given from above")),
        }
        parts.push(Inline::words("; terms past the end of a range are 0."));
        parts
    }

    fn chains(&self, page: &mut Page, steps: Steps) {
        let mut seen: BTreeMap<String, Markup> = BTreeMap::new();
        let told = |chain: &&Chain| !chain.steps.is_empty();
        let equations = |chain: &&Chain| matches!(chain.subject, Subject::Equation(_));
        let (of_equations, of_lines): (Vec<&Chain>, Vec<&Chain>) =
            self.derivation.chains.iter().filter(told).partition(equations);
        for (heading, chains) in [("Step by step", of_equations), ("Put together", of_lines)] {
            if !chains.is_empty() {
                page.heading(1, heading);
            }
            for chain in chains {
                self.chain(chain, page, steps, &mut seen);
            }
        }
    }

    fn chain(&self, chain: &Chain, page: &mut Page, steps: Steps, seen: &mut BTreeMap<String, Markup>) {
        let Some((heading, about, first)) = self.subject(chain) else { return };
        if let Some(heading) = heading {
            page.blocks.push(super::page::Block::Heading(2, vec![Inline::Math(heading)]));
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
                rows.extend(told.map(|number| self.step(&chain.steps[number], steps)));
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
        Some((None, left.clone(), Row::equation(left, start)))
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
            Reason::Algebra => vec![Inline::words("algebra")],
        }
    }

    fn verdict(&self, verdict: Option<&Verdict>) -> Vec<Inline> {
        match verdict {
            Some(verdict) => vec![Inline::words(super::verdict::sentence(verdict))],
            None => vec![Inline::words("Not checked against numbers.")],
        }
    }
}

/// How a law is called in a step.
pub fn caption_of(book: &Book, name: &Name) -> String {
    match book.law(name.as_str()) {
        Some(law) if !law.caption.is_empty() => law.caption.clone(),
        _ => name.as_str().replace('-', " "),
    }
}
