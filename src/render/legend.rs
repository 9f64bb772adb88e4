//! What the signs on a page mean: only those that stand on it.

use super::formula::is_bracket;
use super::lines::moves;
use super::markup::{Fence, Markup, Symbol};
use super::names::Spelling;
use super::notation::Notation;
use super::page::Inline;
use crate::math::derivation::{Derivation, Line, Subject};
use crate::math::expression::{Mark, Op, Read, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Network, Quantity, Role};
use crate::math::shape::Shape;

/// Which letters name parts; none when no part has a name.
pub fn parts(network: &Network, notation: &Notation) -> Option<Vec<Inline>> {
    let named = network.quantities.values();
    let named = named.filter(|quantity| quantity.role == Role::Named && quantity.shown.is_none());
    let mut shown: Vec<Markup> = Vec::new();
    for quantity in named {
        let spelling = Spelling::of(quantity.name.as_str());
        // A letter that also begins a name of the network is no sign of a part.
        let other =
            |other: &Quantity| other.role != Role::Named && Spelling::of(other.name.as_str()).base == spelling.base;
        let markup = if network.quantities.values().any(other) {
            notation.name(&quantity.name)
        } else {
            let dots = if spelling.scripts.is_empty() { vec![] } else { vec![Markup::symbol("…", r"\dots")] };
            Markup::Symbol(spelling.base).with_scripts(dots)
        };
        if !shown.contains(&markup) {
            shown.push(markup);
        }
    }
    let verb = if let [Markup::Symbol(_)] = shown.as_slice() { "names a part" } else { "name parts" };
    let mut parts = listed(shown)?;
    parts.push(Inline::words(format!(" {verb} of the equations.")));
    Some(parts)
}

/// `x_t : D; h_t : H; W, U : H × H`, for all that is no number, by shapes in the order in which they are met.
pub fn shapes(network: &Network, notation: &Notation) -> Option<Vec<Inline>> {
    let mut groups: Vec<(&Shape, Vec<Markup>)> = Vec::new();
    for quantity in network.quantities.values() {
        if quantity.shape.is_number() || quantity.role == Role::Named {
            continue;
        }
        // Initial values are places of their states.
        let read = notation.read(&quantity.read(Mark::Value));
        match groups.iter_mut().find(|(shape, _)| *shape == &quantity.shape) {
            _ if quantity.shown.is_some() => {}
            Some((_, names)) => names.push(read),
            None => groups.push((&quantity.shape, vec![read])),
        }
    }
    let mut parts = Vec::new();
    for (shape, names) in groups {
        parts.push(Inline::words(if parts.is_empty() { "Shapes: " } else { "; " }));
        parts.extend(listed(names).unwrap_or_default());
        parts.extend([Inline::words("\u{a0}: "), Inline::Math(notation.shape(shape))]);
    }
    (!parts.is_empty()).then(|| {
        let ops = |what: &dyn Fn(&Op) -> bool| {
            network.equations.iter().any(|equation| holds(&equation.body, &|part| what(part.op())))
        };
        parts.push(Inline::words("."));
        if network.equations.iter().any(|equation| holds(&equation.body, &entrywise)) {
            parts.push(Inline::words(format!(" {ENTRYWISE}")));
        }
        if ops(&|op| *op == Op::Total) {
            parts.push(Inline::words(" sum(…) and mean(…) run over all entries of a payload."));
        }
        let bodies = network.equations.iter().map(|equation| &equation.body);
        parts.extend(of_matrices(bodies).into_iter().map(|words| Inline::words(format!(" {words}"))));
        parts
    })
}

const ENTRYWISE: &str = "⊙ multiplies entry by entry.";

/// Whether it is a product that is written with ⊙.
fn entrywise(part: &Term) -> bool {
    matches!(part.op(), Op::Mul) && !part.shape().is_number() && part.args().iter().all(|arg| !arg.is_stretched())
}

/// What could be taken for a product of matrices, or for a number.
fn of_matrices<'t>(terms: impl Iterator<Item = &'t Term> + Clone) -> Vec<&'static str> {
    let squares = |part: &Term| matches!(part.op(), Op::Power) && part.shape().axes().len() > 1;
    let ones =
        |part: &Term| matches!(part.op(), Op::MatMul | Op::Transpose) && part.args().iter().any(Term::is_stretched);
    let mut words = Vec::new();
    let any = |what: &dyn Fn(&Term) -> bool| terms.clone().any(|term| holds(term, what));
    words.extend(any(&squares).then_some("Powers are taken entry by entry, also of matrices."));
    words.extend(any(&ones).then_some("1 beside a matrix is a vector of ones."));
    words
}

/// What δ, G and brackets mean in the backward lines.
pub fn backward(derivation: &Derivation, notation: &Notation) -> Vec<Inline> {
    let network = &derivation.network;
    let mut parts = Vec::new();
    let mut say = |more: Vec<Inline>| {
        parts.extend((!parts.is_empty()).then(|| Inline::words(" ")));
        parts.extend(more);
    };
    let lines = || derivation.backward.iter().chain(&derivation.dropped);
    let adjoint = |line: &&Line| !line.goal && Some(&line.left.quantity) != network.loss.as_ref();
    if let Some(line) = lines().find(adjoint) {
        let definition = Markup::equals(notation.read(&line.left), notation.gradient(&line.left));
        let others = if lines().filter(|line| !line.goal).count() > 1 { ", and so for every δ." } else { "." };
        say(vec![Inline::Math(definition), Inline::words(format!(" through every path{others}"))]);
    }
    let (given, loss) = upstream(derivation);
    let several = given.len() > 1;
    let first = given.first().map(|quantity| notation.gradient(&quantity.read(Mark::Value)));
    let given = given.into_iter().map(|quantity| notation.read(&quantity.read(Mark::Upstream))).collect();
    if let (Some(mut given), Some(first)) = (listed(given), first) {
        let words = if several { " are the upstream gradients, such as " } else { " is the upstream gradient: " };
        given.extend([Inline::words(words), Inline::Math(first), Inline::words(" from outside this network.")]);
        say(given);
    }
    if let Some(loss) = loss {
        let (upstream, gradient) = (loss.read(Mark::Upstream), loss.read(Mark::Value));
        let equation = Markup::equals(notation.read(&upstream), notation.gradient(&gradient));
        say(vec![Inline::Math(equation), Inline::words(" is 1 unless the data say other.")]);
    }
    let bodies = || network.equations.iter().map(|equation| &equation.body);
    if !bodies().any(|body| holds(body, &entrywise)) && terms(derivation).any(|term| holds(term, &entrywise)) {
        say(vec![Inline::words(ENTRYWISE)]);
    }
    if terms(derivation).chain(bodies()).any(|term| holds(term, &is_bracket)) {
        let bracket = Markup::Fence(Fence::Truth, vec![Markup::same("…")]);
        say(vec![Inline::Math(bracket), Inline::words(" is 1 where the condition in it holds, and 0 elsewhere.")]);
    }
    if lines().any(|line| !moves(line).is_empty() || line.parts.iter().any(|part| leaves(&part.term))) {
        say(vec![Inline::words("A term whose index leaves its range is 0.")]);
    }
    let known = of_matrices(network.equations.iter().map(|equation| &equation.body));
    let terms: Vec<&Term> = lines().flat_map(|line| &line.parts).map(|part| &part.term).collect();
    for words in of_matrices(terms.iter().copied()).into_iter().filter(|words| !known.contains(words)) {
        say(vec![Inline::words(words)]);
    }
    parts
}

/// The quantities whose upstream gradients stand in the lines, and the loss if its own does.
fn upstream(derivation: &Derivation) -> (Vec<&Quantity>, Option<&Quantity>) {
    let network = &derivation.network;
    let lines = derivation.backward.iter().chain(&derivation.dropped);
    let mut given: Vec<&Quantity> = Vec::new();
    for read in lines.flat_map(|line| &line.parts).flat_map(|part| part.term.reads()) {
        let quantity = network.quantity(&read.quantity).filter(|_| read.mark == Mark::Upstream);
        given.extend(quantity.filter(|quantity| given.iter().all(|other| other.name != quantity.name)));
    }
    let loss = given.iter().position(|quantity| Some(&quantity.name) == network.loss.as_ref());
    let loss = loss.map(|position| given.remove(position));
    (given, loss)
}

/// How to read a calculation. It speaks in letters of the network itself: any other might be one of them.
pub fn steps(derivation: &Derivation, notation: &Notation) -> Vec<Inline> {
    let network = &derivation.network;
    let dot = || Markup::symbol("·", r"\cdot");
    let pair = |left: Markup, right: Markup| Markup::Fence(Fence::Angle, vec![left, right]);
    let mut parts = vec![
        Inline::words("The inner product "),
        Inline::Math(pair(dot(), dot())),
        Inline::words(" multiplies entry by entry and adds up all entries"),
    ];
    if network.equations.iter().any(|equation| !equation.ranges.is_empty()) {
        parts.push(Inline::words(", for all values of the indices of the equation at hand"));
    }
    parts.push(Inline::words("; d is the differential. "));
    let first =
        derivation.chains.iter().filter(|chain| !chain.steps.is_empty()).find_map(|chain| match chain.subject {
            Subject::Equation(number) => network.equations.get(number),
            _ => None,
        });
    if let Some((equation, quantity)) = first.and_then(|first| Some((first, network.quantity(&first.target)?))) {
        let read = |mark: Mark| notation.read(&quantity.read_at(mark, &equation.at));
        let moved = Markup::Prefix(Symbol::new("d", r"\mathrm{d}"), Box::new(read(Mark::Value)));
        parts.extend([
            Inline::words("The equation of "),
            Inline::Math(read(Mark::Value)),
            Inline::words(" moves "),
            Inline::Math(notation.loss()),
            Inline::words(" by "),
            Inline::Math(pair(read(Mark::Adjoint), moved)),
            Inline::words(", and so do all others. "),
        ]);
    }
    parts.push(Inline::words(
        "Laws are applied until every d stands before one letter alone: what then stands beside it is what the δ of that \
         letter gains.",
    ));
    let stretched = |term: &Term| matches!(term.op(), Op::Pair | Op::Add) && term.args().iter().any(stretches);
    let mut lines = derivation.chains.iter().flat_map(|chain| &chain.steps).map(|step| &step.after);
    if lines.any(|term| stretches(term) || holds(term, &stretched)) {
        parts.push(Inline::words(" A number beside payloads stands for a payload with that number at every entry."));
    }
    parts
}

/// Whether it reads at a place that is reckoned from an index, and so may lie past the end: `δb_{i−d}`, `δw_{j+m−N}`.
fn leaves(term: &Term) -> bool {
    let reckoned = |place: &Integer| {
        let moves = |name: &Name| place.linear_in(name).is_some_and(|(times, _)| times != 0);
        place.as_name().is_none() && place.names().iter().any(moves)
    };
    let places = |read: &Read| read.places().is_some_and(|places| places.into_iter().any(reckoned));
    term.reads().into_iter().any(|read| read.mark == Mark::Adjoint && places(read))
}

/// Whether it is a number that stands for a payload, and not a numeral.
fn stretches(term: &Term) -> bool {
    matches!(term.op(), Op::Fill(_)) && term.as_number().is_none()
}

fn holds(term: &Term, what: &dyn Fn(&Term) -> bool) -> bool {
    let mut found = false;
    term.walk(&mut |part| found |= what(part));
    found
}

/// All terms of the lines and of the calculations.
fn terms(derivation: &Derivation) -> impl Iterator<Item = &Term> {
    let lines = derivation.backward.iter().chain(&derivation.dropped);
    let of_lines = lines.flat_map(|line: &Line| line.parts.iter().map(|part| &part.term));
    of_lines.chain(derivation.chains.iter().flat_map(|chain| &chain.steps).map(|step| &step.after))
}

/// `a, b, c`; none of none.
pub fn listed(formulas: Vec<Markup>) -> Option<Vec<Inline>> {
    let mut parts = Vec::new();
    for formula in formulas {
        parts.extend((!parts.is_empty()).then(|| Inline::words(", ")));
        parts.push(Inline::Math(formula));
    }
    (!parts.is_empty()).then_some(parts)
}
