//! What to search for a law by: plain patterns, one for each payload that was met.

use super::{Rules, variable};
use crate::derive::graph::{Node, is_shaped};
use crate::derive::matching::Bindings;
use crate::math::expression::{Op, Term};
use crate::math::name::Name;
use egg::Pattern;
use rustc_hash::FxHashMap;

/// What to search for a law by.
pub(super) struct Searched {
    /// How many operations with payloads of their own were known when this was last looked at, and how many of them are
    /// like those of the law.
    pub known: usize,
    pub like: usize,
    pub patterns: Vec<(Bindings, Pattern<Node>)>,
    /// Which rule fits, by pattern and by what the letters stand for: the type of each, and whether it is constant or moves.
    pub fits: FxHashMap<(usize, Vec<u32>), Option<usize>>,
}

impl Rules<'_> {
    /// The patterns to search for: one for each way in which the payloads that stand in the law itself occur.
    pub(super) fn prepared(&mut self, position: usize) -> Searched {
        let known = self.ops.borrow().shapes();
        let before = match self.searched[position].take() {
            Some(searched) if searched.known == known => return searched,
            before => before,
        };
        let law = &self.laws[position];
        let mut shaped: Vec<&Term> = Vec::new();
        law.from.walk(&mut |part| {
            if is_shaped(part.op()) {
                shaped.push(part);
            }
        });
        let met: Vec<Op> = if shaped.is_empty() {
            Vec::new()
        } else {
            self.ops.borrow().like(&shaped.iter().map(|part| part.op()).collect::<Vec<_>>())
        };
        if let Some(searched) = before
            && searched.like == met.len()
        {
            return Searched { known, ..searched };
        }
        let mut open: Vec<Bindings> = vec![Bindings::default()];
        for part in shaped {
            let op = part.op();
            let mut next = Vec::new();
            for bindings in &open {
                for other in &met {
                    let mut extended = bindings.clone();
                    if extended.bind_op(op, other) {
                        next.push(extended);
                    }
                }
            }
            // The 1 of a law is stretched over nothing where the payload is a number. A law about stretching itself says
            // nothing there, or worse: ⟨G, dX⟩ = ⟨sum(G), dX⟩ = ⟨sum(sum(G)), dX⟩ without end.
            if let (Op::Fill(shape), Op::Number(_) | Op::Integer(_) | Op::Reduce(..)) =
                (op, part.args().first().map_or(op, Term::op))
            {
                for bindings in &open {
                    let mut extended = bindings.clone();
                    if extended.bind_shape(shape, &crate::math::shape::Shape::number()) {
                        next.push(extended);
                    }
                }
            }
            next.sort();
            next.dedup();
            open = next;
        }
        let letters: Vec<Name> = law.letters.iter().map(|letter| letter.name.clone()).collect();
        let from = law.from;
        let patterns = open
            .into_iter()
            .filter_map(|bindings| {
                let term = bindings.instantiate(from)?;
                if matches!(term.op(), Op::Letter(_)) {
                    return None;
                }
                let ast = self.ops.borrow_mut().pattern(&term, &|op| variable(op, &letters));
                Some((bindings, Pattern::new(ast)))
            })
            .collect();
        Searched { known, like: met.len(), patterns, fits: FxHashMap::default() }
    }
}
