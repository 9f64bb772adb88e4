//! Network → Page: what it is made of.

use super::derivation::equations;
use super::notation::Notation;
use super::page::{Block, Inline, Page};
use crate::math::comparison::{Field, Reach};
use crate::math::expression::{Mark, Term};
use crate::math::integer::Integer;
use crate::math::law::Book;
use crate::math::network::{Network, Quantity, Role};
use crate::math::shape::Shape;

/// The equations of a network, its sizes, indices and quantities.
pub fn page(network: &Network, fields: &[Field], book: &Book) -> Page {
    let notation = Notation::of(network, book);
    let mut page = Page { title: network.name.to_string(), ..Page::default() };
    if !network.comment.is_empty() {
        page.words(network.comment.join(" "));
    }
    page.heading(1, "Equations");
    equations(network, &notation, &mut page);
    let mut rows: Vec<Vec<Vec<Inline>>> =
        network.quantities.values().map(|quantity| row(quantity, network, &notation)).collect();
    if !rows.is_empty() {
        page.heading(1, "Quantities");
        let mut head = ["quantity", "role", "payload", "for", "drawn from"].map(String::from).to_vec();
        if network.quantities.values().all(|quantity| quantity.draw.is_none()) {
            head.pop();
            rows.iter_mut().for_each(|row| row.truncate(head.len()));
        }
        page.blocks.push(Block::Table(head, rows));
    }
    let count = network.parameters();
    if count != Integer::number(0) {
        page.paragraph(vec![
            Inline::words("Parameters: "),
            Inline::Math(super::comparison::factored(&count, &notation)),
            Inline::words(" numbers in all."),
        ]);
    }
    for field in fields {
        let (of, input) = (Inline::Math(notation.read(&field.of)), Inline::Math(notation.name(&field.input)));
        let told = match &field.reach {
            Reach::Places(lengths) => {
                let lengths = Inline::Math(notation.shape(&Shape::Axes(lengths.clone())));
                vec![
                    of,
                    Inline::words(" depends on "),
                    lengths,
                    Inline::words(" places of "),
                    input,
                    Inline::words("."),
                ]
            }
            Reach::Recurrence(index) => {
                let index = Inline::Math(notation.name(index));
                let so_far = Inline::words(", and reaches as far as that runs.");
                vec![
                    of,
                    Inline::words(" depends on "),
                    input,
                    Inline::words(" through the recurrence along "),
                    index,
                    so_far,
                ]
            }
            Reach::Untold(reason) => {
                let why = Inline::words(format!(" has no formula: {reason}."));
                vec![Inline::words("that of "), of, Inline::words(" in "), input, why]
            }
        };
        page.paragraph(std::iter::once(Inline::words("Receptive field: ")).chain(told).collect());
    }
    let numbers: Vec<_> = network.sizes.iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect();
    if !numbers.is_empty() {
        let words: Vec<String> = numbers.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        page.words(format!("Sizes given: {}.", words.join(", ")));
    }
    if let Some(loss) = &network.loss {
        page.paragraph(vec![Inline::words("Loss: "), Inline::Math(notation.name(loss)), Inline::words(".")]);
    }
    if !network.outputs.is_empty() {
        let mut parts = vec![Inline::words("Outputs: ")];
        for (position, quantity) in network.outputs.iter().filter_map(|name| network.quantity(name)).enumerate() {
            if position > 0 {
                parts.push(Inline::words(", "));
            }
            parts.push(Inline::Math(notation.read(&quantity.read(Mark::Value))));
        }
        parts.push(Inline::words("."));
        page.paragraph(parts);
    }
    page
}

fn row(quantity: &Quantity, network: &Network, notation: &Notation) -> Vec<Vec<Inline>> {
    let value = Term::read(quantity.read(Mark::Value));
    let mut ranges = Vec::new();
    for (position, axis) in quantity.axes.iter().enumerate() {
        if position > 0 {
            ranges.push(Inline::words("; "));
        }
        ranges.push(Inline::Math(notation.range(axis, false)));
    }
    let output = network.results().contains(&quantity.name);
    let role = format!("{}{}", role(&quantity.role), if output { ", output" } else { "" });
    vec![
        vec![Inline::Math(notation.formula(&value))],
        vec![Inline::words(role)],
        super::book::payload(&quantity.shape, notation),
        ranges,
        vec![quantity.draw.as_ref().map_or(Inline::words(""), |draw| Inline::Code(draw.told()))],
    ]
}

/// What a quantity is for, in a word or two.
pub fn role(role: &Role) -> &'static str {
    match role {
        Role::Input => "input",
        Role::Param => "parameter",
        Role::Initial => "initial value",
        Role::Given => "given, no gradient",
        Role::Const(_) => "constant",
        Role::Computed => "computed",
        Role::Named => "named part",
    }
}
