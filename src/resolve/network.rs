//! Trees to networks, step by step: collect, place cases, infer payloads, elaborate, order, check ranges, finish.

use super::cases::{self, Extents};
use super::collect;
use super::combine;
use super::define;
use super::draws;
use super::elaborate::{Elaborator, Guess, Site};
use super::lists;
use super::order;
use super::outputs;
use super::reach::{self, Starts};
use super::shapes;
use super::shares;
use super::world::{Draft, Entry, World};
use crate::math::draw::Draw;
use crate::math::expression::{Binder, Mark, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Equation, Network, Quantities, Quantity, Role, Shown};
use crate::math::shape::{Shape, Sort};
use crate::math::source::{Diagnostic, Outcome, Span};
use crate::math::syntax::NetworkFile;
use std::collections::{BTreeMap, BTreeSet};

/// An equation with its right side as a term.
pub struct Resolved {
    /// The quantity on the left.
    pub target: Name,
    /// Places on the left.
    pub at: Vec<Integer>,
    /// Free indices with their ranges.
    pub ranges: Vec<Binder>,
    /// The right side.
    pub body: Term,
    /// Where it was written.
    pub span: Span,
    /// Everything it reads.
    pub sites: Vec<Site>,
}

/// Quantities beside those of the file, and what may read past the end of a range.
#[derive(Default)]
pub struct Extra {
    /// Given quantities.
    pub entries: Vec<(Name, Entry)>,
    /// Targets of equations in which a term past the end is 0.
    pub lenient: BTreeSet<Name>,
}

/// A network with all names, payloads and ranges known, and warnings; or everything that is wrong with the file.
/// `used` are the files that it uses, in order, whose definitions it may call.
pub fn network(file: &NetworkFile, used: &[NetworkFile], book: &Book) -> Outcome<(Network, Vec<Diagnostic>)> {
    resolved(file, used, book, &Extra::default())
}

/// The same with quantities that are not in the file.
pub fn extended(file: &NetworkFile, used: &[NetworkFile], book: &Book, extra: &Extra) -> Outcome<Network> {
    resolved(file, used, book, extra).map(|(network, _)| network)
}

fn resolved(
    file: &NetworkFile,
    used: &[NetworkFile],
    book: &Book,
    extra: &Extra,
) -> Outcome<(Network, Vec<Diagnostic>)> {
    let Some(name) = &file.name else {
        let end = file.statements.first().map_or(0, |statement| statement.span.start);
        let place = Span { source: file.source.clone(), start: end, end };
        return Err(vec![
            Diagnostic::error("the network has no name")
                .at(&place, "before the first statement")
                .hint("begin with `network NAME`"),
        ]);
    };
    let mut world = World::new(book);
    let mut errors = Vec::new();
    world.quantities.extend(extra.entries.iter().cloned());
    collect::collect(&mut world, file, used, &mut errors);
    errors.extend(define::circular(&world));
    done(&mut errors)?;
    let mut extents = cases::place(&mut world)?;
    let letters = world.equations.iter().flat_map(|draft| &draft.ranges).map(|range| range.index.clone());
    let letters: BTreeSet<Name> =
        letters.chain(world.quantities.values().flat_map(|entry| &entry.axes).map(|axis| axis.index.clone())).collect();
    world.taken.replace(letters);
    shapes::infer(&mut world);
    let mut equations = elaborate(&world).map_err(|errors| lists::explained(file, errors))?;
    adopt(&mut world, &mut extents);
    shares::settle(&mut world, &mut extents, &mut equations);
    let directions = order::directions(&world, &equations).map_err(|error| vec![error])?;
    let mut starts = Starts::new();
    for equation in equations.iter().filter(|equation| !extra.lenient.contains(&equation.target)) {
        match reach::check(&world, &equation.sites, &extents, &directions) {
            Ok(found) => {
                for (name, start) in found {
                    match starts.get(&name) {
                        Some((axis, side, span)) if (*axis, *side) != (start.0, start.1) => errors.push(
                            Diagnostic::error(format!("`{name}` starts along two indices"))
                                .at(&start.2, "read one step before the start here")
                                .at(span, "and along the other index here")
                                .hint(format!("give a case for one of them, such as `{name}[0, …] = …`")),
                        ),
                        Some(_) => {}
                        None => {
                            starts.insert(name, start);
                        }
                    }
                }
            }
            Err(found) => errors.extend(found),
        }
    }
    done(&mut errors)?;
    let draws = draws::resolve(&world, &equations, &starts)?;
    let outputs = outputs::choose(&world, file, &equations)?;
    let mut warnings = outputs::unused(&world, file, &equations, &outputs);
    warnings.extend(world.warnings.take());
    let loss = world.equations.iter().find(|draft| draft.loss).map(|draft| draft.written.target.node.clone());
    let (quantities, equations) = assemble(&world, equations, (&extents, &starts), &draws)?;
    let network = Network {
        name: name.node.clone(),
        comment: file.comment.clone(),
        sizes: world
            .sizes
            .iter()
            .filter(|(_, size)| size.alias.is_none())
            .map(|(name, size)| (name.clone(), size.number))
            .collect(),
        indices: world.indices.into_iter().map(|(name, (index, _))| (name, index)).collect(),
        quantities,
        equations,
        outputs,
        loss,
        source: file.source.clone(),
    };
    Ok((network, warnings))
}

fn done(errors: &mut Vec<Diagnostic>) -> Outcome<()> {
    if errors.is_empty() { Ok(()) } else { Err(std::mem::take(errors)) }
}

/// Parts that became quantities take their places in the table.
fn adopt(world: &mut World<'_>, extents: &mut Extents) {
    for (name, lifted) in world.lifted.take() {
        extents.insert(name.clone(), lifted.entry.axes.clone());
        let place = lifted.inside.and_then(|target| world.quantities.get_index_of(&target));
        world.quantities.shift_insert(place.unwrap_or(world.quantities.len()), name, lifted.entry);
    }
}

/// All right sides as terms; one mistake for each equation, and none that only follows from another.
fn elaborate(world: &World<'_>) -> Outcome<Vec<Resolved>> {
    let (mut found, mut errors, mut doubtful) = (Vec::new(), Vec::new(), Vec::new());
    for draft in &world.equations {
        let mut elaborator = Elaborator::new(world, &draft.ranges, Guess::Verify);
        elaborator.target = Some(draft.written.target.node.clone());
        let before = world.lifted.borrow().len();
        let result = elaborator.term(&draft.written.body).and_then(|body| fitted(world, draft, body));
        let sites = std::mem::take(&mut elaborator.sites);
        world.nodes.set(world.nodes.get() + elaborator.nodes);
        // Parts with a name stand before what they are part of.
        found.extend(world.lifted.borrow().iter().skip(before).map(|(name, lifted)| Resolved {
            target: name.clone(),
            at: lifted.entry.axes.iter().map(|axis| Integer::name(axis.index.clone())).collect(),
            ranges: lifted.entry.axes.clone(),
            body: lifted.body.clone(),
            span: lifted.entry.span.clone(),
            // The equation around it holds its readings, too.
            sites: Vec::new(),
        }));
        match result {
            Ok(body) => found.push(Resolved {
                target: draft.written.target.node.clone(),
                at: draft.at.clone(),
                ranges: draft.ranges.clone(),
                body,
                span: draft.written.span.clone(),
                sites,
            }),
            Err(error) => {
                let told = |error| told_of_entries(world, error, &sites);
                // A payload that was only guessed may be the culprit: what is wrong without it?
                let guessed = |name: &Name| world.quantities.get(name).is_some_and(|entry| entry.guessed);
                let target = &draft.written.target.node;
                let culprit = sites.iter().map(|site| &site.read.quantity).chain([target]).find(|name| guessed(name));
                let again = Elaborator::new(world, &draft.ranges, Guess::Doubt).term(&draft.written.body);
                match (culprit, again) {
                    (Some(name), Ok(_)) => doubtful.push((name.clone(), error)),
                    (Some(_), Err(error)) => errors.push(told(error)),
                    (None, _) => errors.push(told(error)),
                }
            }
        }
    }
    if errors.is_empty() {
        let mut told = BTreeSet::new();
        for (name, mut error) in doubtful {
            if told.insert(name.clone()) {
                error.hint = Some(format!(
                    "the equations leave the shape of `{name}` open: declare it, as in `state {name}[…] : H`"
                ));
                errors.push(error);
            }
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// The mistake, with a hint where a place in it reads an entry by an index: the declaration may want the index.
fn told_of_entries(world: &World<'_>, error: Diagnostic, sites: &[Site]) -> Diagnostic {
    let meant =
        sites.iter().filter(|site| error.labels.iter().any(|(place, _)| place == &site.span)).find_map(|site| {
            let entry = world.quantities.get(&site.read.quantity)?;
            let shape = entry.shape.as_ref().filter(|shape| entry.axes.is_empty() && !shape.is_number())?;
            let [Subscript::At(place)] = site.read.subscripts.as_slice() else { return None };
            let index = place.as_name().filter(|name| site.ranges.iter().any(|range| &range.index == *name))?;
            let sizes: Vec<String> = shape.axes().iter().map(ToString::to_string).collect();
            Some((site.read.quantity.clone(), index.clone(), sizes.join(" × ")))
        });
    match meant {
        Some((name, index, sizes)) => error.hint(format!(
            "`{name}` is declared without the index `{index}`, so `{name}[{index}]` is an entry of it; for one payload for each \
             `{index}` declare `{name}[{index}] : {sizes}`"
        )),
        None => error,
    }
}

/// The right side with the payload of the left.
fn fitted(world: &World<'_>, draft: &Draft<'_>, body: Term) -> Result<Term, Diagnostic> {
    let (target, place) = (&draft.written.target, &draft.written.body.span);
    let Some(Entry { shape: Some(shape), span, .. }) = world.quantities.get(&target.node) else { return Ok(body) };
    if body.ty().sort == Sort::Condition {
        return Err(Diagnostic::error(format!("`{}` would be a condition, not a number", target.node))
            .at(place, "this is a condition")
            .hint("make numbers of it: `where(condition, 1, 0)`"));
    }
    if draft.loss && !body.shape().is_number() {
        return Err(Diagnostic::error("the loss is one number")
            .at(place, format!("this is {}", body.shape()))
            .hint("add the entries up: `loss L = sum(…)`"));
    }
    if let Shape::Row(size) = body.shape() {
        return Err(Diagnostic::error(format!("`{}` would be a row of {size}; quantities are columns", target.node))
            .at(place, "this is a row")
            .hint("transpose it: `(…)^T`"));
    }
    if body.shape().is_number() || body.shape() == shape {
        return Ok(body.fill(shape));
    }
    let declared = span.start != target.span.start || span.source != target.span.source;
    let error = Diagnostic::error(format!("`{}` is {shape}, but its equation gives {}", target.node, body.shape()))
        .at(place, format!("this is {}", body.shape()))
        .at(if declared { span } else { &target.span }, format!("`{}` is {shape}", target.node));
    Err(if combine::is_unknown(&body) { error } else { error.hint("both sides of `=` have the same shape") })
}

/// The parts of a network, with initial values and their cases put in.
fn assemble(
    world: &World<'_>,
    resolved: Vec<Resolved>,
    (extents, starts): (&Extents, &Starts),
    draws: &BTreeMap<Name, Draw>,
) -> Outcome<(Quantities, Vec<Equation>)> {
    let (mut quantities, mut errors) = (Quantities::default(), Vec::new());
    let mut openings: Vec<(Name, Equation)> = Vec::new();
    for (name, entry) in &world.quantities {
        let mut axes = extents.get(name).cloned().unwrap_or_else(|| entry.axes.clone());
        let shape = entry.shape.clone().unwrap_or_else(Shape::number);
        let mut initial = None;
        if let Some((axis, side, span)) = starts.get(name) {
            let place = match side {
                order::Direction::Up => axes[*axis].low.offset(-1),
                order::Direction::Down => axes[*axis].high.offset(1),
            };
            match side {
                order::Direction::Up => axes[*axis].low = place.clone(),
                order::Direction::Down => axes[*axis].high = place.clone(),
            }
            match start(world, (name, entry), &shape, (*axis, place), draws, span) {
                Ok(found) => initial = Some(found),
                Err(error) => errors.push(error),
            }
        }
        let quantity = Quantity {
            name: name.clone(),
            role: entry.role.clone(),
            axes,
            shape,
            shown: None,
            draw: draws::of(draws, name, entry, false),
            span: entry.span.clone(),
        };
        quantities.insert(name.clone(), quantity);
        if let Some((quantity, equation)) = initial {
            quantities.insert(quantity.name.clone(), quantity);
            openings.push((name.clone(), equation));
        }
    }
    done(&mut errors)?;
    let mut equations = Vec::new();
    for equation in resolved {
        if let Some(position) = openings.iter().position(|(name, _)| name == &equation.target) {
            equations.push(openings.remove(position).1);
        }
        let Resolved { target, at, ranges, body, span, .. } = equation;
        equations.push(Equation { target, at, ranges, body, span });
    }
    Ok((quantities, equations))
}

/// The initial value `h0` of a state, and the case `h[0] = h0`.
fn start(
    world: &World<'_>,
    (name, entry): (&Name, &Entry),
    shape: &Shape,
    (axis, place): (usize, Integer),
    draws: &BTreeMap<Name, Draw>,
    span: &Span,
) -> Result<(Quantity, Equation), Diagnostic> {
    let initial = Name::new(format!("{name}0"));
    if let Some(other) = world.places.get(&initial) {
        return Err(Diagnostic::error(format!("`{initial}` is the name of the initial value of `{name}`"))
            .at(other, "defined otherwise here")
            .at(span, "needs the initial value")
            .hint(format!("use it as the start, `{name}[{place}] = {initial}`, or rename it")));
    }
    let mut others = entry.axes.clone();
    others.remove(axis);
    let letters = || others.iter().map(|other| Integer::name(other.index.clone()));
    let mut at: Vec<Integer> = letters().collect();
    at.insert(axis, place);
    let body = Term::read(Read {
        quantity: initial.clone(),
        mark: Mark::Value,
        subscripts: letters().map(Subscript::At).collect(),
        shape: shape.clone(),
        constant: false,
        padded: false,
    });
    let quantity = Quantity {
        name: initial,
        role: Role::Initial,
        axes: others.clone(),
        shape: shape.clone(),
        shown: Some(Shown { quantity: name.clone(), at: at.clone() }),
        draw: draws::of(draws, name, entry, true),
        span: entry.span.clone(),
    };
    Ok((quantity, Equation { target: name.clone(), at, ranges: others, body, span: entry.span.clone() }))
}
