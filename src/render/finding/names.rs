//! What the author's names stand for.

use super::Showing;
use crate::math::finding::Finding;
use crate::math::law::Book;
use crate::render::Steps;
use crate::render::markup::Markup;
use crate::render::page::{Inline, Page, Row};

/// What the author's names stand for, and why: once for all claims.
pub(super) fn names(proved: &[&Finding], book: &Book, steps: Steps, page: &mut Page) {
    let mut told: Vec<(Markup, Markup)> = Vec::new();
    let (mut rows, mut chains, mut along) = (Vec::new(), Vec::new(), Vec::new());
    let mut values = true;
    for finding in proved {
        let showing = Showing::of(finding, book);
        for stand in &finding.proof.stands {
            let (left, right) = (showing.formula(&stand.left), showing.formula(&stand.right));
            if told.contains(&(left.clone(), right.clone())) {
                continue;
            }
            told.push((left.clone(), right.clone()));
            let why = match &stand.along {
                Some(letter) => format!("by induction along {letter}"),
                None => "by its equation".to_string(),
            };
            let value = !showing.has_adjoint(&stand.right);
            values &= value;
            along.extend(stand.along.clone().map(|letter| (letter, value)).filter(|one| !along.contains(one)));
            let why = Some(vec![Inline::words(why)]);
            rows.push(Row { caption: why, ..Row::equation(left, right.clone()) });
            for equation in &stand.equations {
                let mut chain =
                    vec![Row::equation(showing.formula(&equation.left), showing.formula(&equation.written))];
                if equation.meant != equation.written {
                    let why = "names as what they stand for, one step on by induction";
                    let why = if stand.along.is_some() { why } else { "names as what they stand for" };
                    chain.push(Row::step(showing.formula(&equation.meant), vec![Inline::words(why)]));
                }
                let line = if value { "the network's own equation" } else { "the derived line" };
                let why = vec![Inline::words(format!("{line}; both have one normal form"))];
                chain.push(Row::step(right.clone(), why));
                chains.push(chain);
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    page.heading(1, "The author's names");
    let loss = proved.first().map_or("L".into(), |finding| Showing::of(finding, book).loss());
    page.words(match values {
        true => "They stand for these values of the network:".to_string(),
        false => format!("They stand for these derivatives, where δv = ∂{loss}/∂v through every path:"),
    });
    page.equations(rows);
    for (letter, value) in along {
        if value {
            page.words(format!(
                "Induction along {letter}, forwards: they start alike. If they hold at {letter} − 1, their equations give \
                 them at {letter}."
            ));
            continue;
        }
        page.words(format!(
            "Induction along {letter}, backwards: past the end all of them are 0 on both sides. If they hold at {letter} + 1, \
             their equations give them at {letter}."
        ));
    }
    if steps == Steps::Full {
        chains.into_iter().for_each(|chain| page.equations(chain));
    }
}
