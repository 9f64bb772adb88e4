//! Networks side by side → Page.

use super::derivation::{left, right};
use super::flow;
use super::formula::negative;
use super::markup::{Binding, Markup, Sign, Symbol};
use super::notation::Notation;
use super::page::{Inline, Page};
use crate::math::comparison::{Comparison, Direct, Distance, Member, Work};
use crate::math::expression::{Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::network::Equation;

type Cell = Vec<Inline>;

/// The whole comparison.
pub fn page(comparison: &Comparison, book: &Book) -> Page {
    let all: Vec<Side> = comparison.members.iter().map(|member| Side::new(member, book)).collect();
    let mut page = Page { title: names(comparison).join(", "), ..Page::default() };
    let head = || std::iter::once(String::new()).chain(names(comparison)).collect::<Vec<_>>();
    page.heading(1, "Equations");
    page.blocks.push(super::page::Block::Table(head(), equations(&all)));
    page.heading(1, "Size and work");
    page.words(
        "A sum, a product, a quotient, a choice and a function's value are one operation for each entry, and n numbers are added \
         up with n − 1. Signs, copies and transposes are free. What the forward pass computed is there for the backward pass, \
         which is all gradients.",
    );
    page.blocks.push(super::page::Block::Table(head(), numbers(&all)));
    page.heading(1, "Gates");
    page.words(
        "A gate is a value that is known to lie between 0 and 1, and that multiplies, entry by entry, what passes. Shares of a \
         softmax are none.",
    );
    let gates: Vec<Vec<Cell>> = all.iter().flat_map(Side::gates).collect();
    match gates.is_empty() {
        true => page.words("There are none."),
        false => page.blocks.push(super::page::Block::Table(titles(&["", "gate", "lets pass", "in"]), gates)),
    }
    page.heading(1, "The direct path of the gradient");
    page.words(
        "What one step hands back of a state's gradient to the same state one step before, entry by entry and through no matrix; \
         over k steps it is the product of k such factors. Where nothing recurs: what a block hands back to its input.",
    );
    let direct = all.iter().flat_map(Side::direct).collect();
    page.blocks.push(super::page::Block::Table(titles(&["", "from, to", "factor", "other paths"]), direct));
    distances(&mut page, &all);
    flows(&mut page, comparison);
    page
}

fn titles(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_string()).collect()
}

/// The names of all networks.
fn names(comparison: &Comparison) -> Vec<String> {
    comparison.members.iter().map(|member| member.network.name.to_string()).collect()
}

/// A network with its notation.
struct Side<'a> {
    member: &'a Member,
    written: Notation<'a>,
    parts: Notation<'a>,
}

/// What an equation is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gate,
    Other,
    State,
}

/// Equations of one kind stand beside each other.
fn equations(all: &[Side]) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (kind, title) in [(Kind::Gate, "gates"), (Kind::Other, "others"), (Kind::State, "states")] {
        let columns: Vec<Vec<Markup>> = all.iter().map(|side| side.equations(kind)).collect();
        let most = columns.iter().map(Vec::len).max().unwrap_or(0);
        for number in 0..most {
            let lead = if number == 0 { title } else { "" };
            let cell =
                |column: &Vec<Markup>| column.get(number).map_or(Vec::new(), |one| vec![Inline::Math(one.clone())]);
            rows.push(std::iter::once(vec![Inline::words(lead)]).chain(columns.iter().map(cell)).collect());
        }
    }
    rows
}

/// Parameters and operations.
fn numbers(all: &[Side]) -> Vec<Vec<Cell>> {
    let row = |title: &str, cell: &dyn Fn(&Side) -> Cell| -> Vec<Cell> {
        std::iter::once(vec![Inline::words(title)]).chain(all.iter().map(cell)).collect()
    };
    let once = |work: &Work| matches!(work, Work::Steps { once, .. } if *once != Integer::number(0));
    let mut rows = vec![
        row("parameters", &|side| side.formula(&side.member.parameters)),
        row("forward, each step", &|side| side.each(&side.member.forward)),
        row("backward, each step", &|side| side.each(&side.member.backward)),
    ];
    if all.iter().any(|side| once(&side.member.forward)) {
        rows.push(row("forward, besides", &|side| side.once(&side.member.forward)));
    }
    if all.iter().any(|side| once(&side.member.backward)) {
        rows.push(row("backward, besides", &|side| side.once(&side.member.backward)));
    }
    rows
}

impl<'a> Side<'a> {
    fn new(member: &'a Member, book: &'a Book) -> Self {
        let parts = Notation::of(&member.parts, book).with_identity(&member.parts);
        Side { member, written: Notation::of(&member.network, book), parts }
    }

    fn kind(&self, equation: &Equation) -> Kind {
        let is = |read: &Read| read.quantity == equation.target;
        let gate = |term: &Term| term.as_read().is_some_and(is);
        let states = self.member.direct.iter().flatten();
        match () {
            () if states.clone().any(|direct| is(&direct.state)) => Kind::State,
            () if self.member.gates.iter().any(|found| gate(&found.value)) => Kind::Gate,
            () => Kind::Other,
        }
    }

    fn equations(&self, kind: Kind) -> Vec<Markup> {
        let network = &self.member.network;
        let own = network.equations.iter().filter(|equation| self.kind(equation) == kind);
        own.map(|equation| (left(equation, network, &self.written), right(equation, &self.written)))
            .filter(|(left, right)| left != right)
            .map(|(left, right)| Markup::equals(left, right))
            .collect()
    }

    fn formula(&self, count: &Integer) -> Cell {
        vec![Inline::Math(factored(count, &self.written))]
    }

    fn each(&self, work: &Work) -> Cell {
        match work {
            Work::Steps { each, .. } => self.formula(each),
            Work::All(all) => {
                let mut cell = self.formula(all);
                cell.push(Inline::words(" in all"));
                cell
            }
        }
    }

    fn once(&self, work: &Work) -> Cell {
        match work {
            Work::Steps { once, .. } if *once != Integer::number(0) => self.formula(once),
            _ => vec![Inline::words("–")],
        }
    }

    fn name(&self) -> Cell {
        vec![Inline::words(self.member.network.name.to_string())]
    }

    fn gates(&self) -> Vec<Vec<Cell>> {
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        for gate in &self.member.gates {
            for (number, passing) in gate.passing.iter().enumerate() {
                let first = |cell: Cell| if number == 0 { cell } else { Vec::new() };
                let is_number = |term: &Term| term.shape().is_number();
                let sign = match () {
                    () if matches!(passing.factor.op(), Op::Diag) => Sign::Matrix,
                    () if is_number(&passing.factor) || is_number(&passing.what) => Sign::Dot,
                    () => Sign::Entrywise,
                };
                let product =
                    vec![(sign, self.parts.formula(&passing.factor)), (sign, self.parts.formula(&passing.what))];
                let into = self.member.parts.quantity(&passing.into).map_or_else(
                    || self.parts.name(&passing.into),
                    |quantity| self.parts.read(&quantity.read(crate::math::expression::Mark::Value)),
                );
                rows.push(vec![
                    if rows.is_empty() { self.name() } else { Vec::new() },
                    first(vec![Inline::Math(self.parts.formula(&gate.value))]),
                    vec![Inline::Math(Markup::Product(product))],
                    vec![Inline::Math(into)],
                ]);
            }
        }
        rows
    }

    fn direct(&self) -> Vec<Vec<Cell>> {
        let rows = match &self.member.direct {
            Err(reason) => vec![vec![Vec::new(), vec![Inline::words(reason.clone())], Vec::new()]],
            Ok(all) => all.iter().map(|direct| self.path(direct)).collect(),
        };
        let lead = |number: usize| if number == 0 { self.name() } else { Vec::new() };
        rows.into_iter().enumerate().map(|(number, row)| std::iter::once(lead(number)).chain(row).collect()).collect()
    }

    fn distances(&self) -> Vec<Vec<Cell>> {
        let row = |distance: &Distance| vec![self.ends(&distance.of, &distance.from), self.formula(&distance.steps)];
        let rows: Vec<Vec<Cell>> = match &self.member.distances {
            Err(reason) => vec![vec![Vec::new(), vec![Inline::words(reason.clone())]]],
            Ok(all) => all.iter().map(row).collect(),
        };
        let lead = |number: usize| if number == 0 { self.name() } else { Vec::new() };
        rows.into_iter().enumerate().map(|(number, row)| std::iter::once(lead(number)).chain(row).collect()).collect()
    }

    /// `h_t → h_{t−1}`
    fn ends(&self, from: &Read, to: &Read) -> Cell {
        let ends = vec![self.parts.read(from), self.parts.read(to)];
        vec![Inline::Math(Markup::Relation(ends, vec![Symbol::new("→", r"\to")], Binding::Compare))]
    }

    fn path(&self, direct: &Direct) -> Vec<Cell> {
        let summand = |term: &Term| match (term.op(), term.args()) {
            (Op::Neg, [inner]) => (true, self.parts.formula(inner)),
            _ => (false, self.parts.formula(term)),
        };
        let mut terms: Vec<(bool, Markup)> = direct.terms.iter().map(summand).collect();
        let factor = match terms.len() {
            0 => vec![Inline::words("none")],
            1 => {
                let (minus, term) = terms.remove(0);
                vec![Inline::Math(if minus { negative(term) } else { term })]
            }
            _ => vec![Inline::Math(Markup::Sum(terms))],
        };
        vec![self.ends(&direct.state, &direct.before), factor, vec![Inline::words(direct.others.to_string())]]
    }
}

/// `4 H (D + H + 1)`
pub fn factored(count: &Integer, notation: &Notation) -> Markup {
    let (common, rest) = count.factored();
    if rest.as_number().is_some() || common == Integer::number(1) {
        return notation.integer(count);
    }
    let mut product = match notation.integer(&common) {
        Markup::Product(factors) => factors,
        one => vec![(Sign::Beside, one)],
    };
    product.push((Sign::Dot, notation.integer(&rest)));
    Markup::Product(product)
}

/// How far outputs are from inputs.
fn distances(page: &mut Page, all: &[Side]) {
    let rows: Vec<Vec<Cell>> = all.iter().flat_map(Side::distances).collect();
    if rows.is_empty() {
        return;
    }
    page.heading(1, "How far the gradient goes");
    page.words("How many steps of recurrences lie on the shortest way from an output back to an input.");
    page.blocks.push(super::page::Block::Table(titles(&["", "from, to", "steps"]), rows));
}

/// From which distributions each network was drawn.
fn draws(page: &mut Page, all: &[&Member]) {
    let words = |text: &str| vec![Inline::words(text)];
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for member in all.iter().filter(|member| matches!(member.flow, Some(Ok(_)))) {
        for (number, (text, names)) in member.drawn.iter().enumerate() {
            let name = if number == 0 { member.network.name.to_string() } else { String::new() };
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            rows.push(vec![words(&name), words(text), words(&names.join(", "))]);
        }
    }
    if !rows.is_empty() {
        page.blocks.push(super::page::Block::Table(titles(&["", "drawn from", "what"]), rows));
    }
}

/// What sweeps measured.
fn flows(page: &mut Page, comparison: &Comparison) {
    let asked: Vec<&Member> = comparison.members.iter().filter(|member| member.flow.is_some()).collect();
    if asked.is_empty() {
        return;
    }
    page.heading(1, "Measured flow");
    for note in &comparison.notes {
        page.note(note);
    }
    draws(page, &asked);
    let (mut sweeps, mut summaries) = (Vec::new(), Vec::new());
    for member in asked {
        match &member.flow {
            Some(Ok((sweep, summary))) => {
                sweeps.push(sweep.clone());
                summaries.push(summary.clone());
            }
            Some(Err(reason)) => page.words(format!("{}: {reason}.", member.network.name)),
            None => {}
        }
    }
    flow::side_by_side(page, sweeps, &summaries);
}
