//! The calculations behind a Jacobian → Page.

use super::derivation::{Steps, left};
use super::jacobian::Writer;
use super::markup::{Markup, Sign};
use super::page::{Block, Inline, Page, Row};
use super::similar::key;
use super::told::Telling;
use crate::math::derivation::{Chain, Subject};
use crate::math::expression::Mark;
use crate::math::jacobian::{self as math, Local, Path};
use std::collections::BTreeMap;

impl Writer<'_> {
    /// How each equation moves, then the products along the paths.
    pub fn steps(&self, page: &mut Page, steps: Steps) {
        page.heading(1, "Step by step");
        page.words("Each equation on the way is moved by the laws of differentials; what stands still is constant.");
        let mut seen: BTreeMap<String, Markup> = BTreeMap::new();
        for local in &self.jacobian.locals {
            self.local(local, page, steps, &mut seen);
        }
        let blocks = self.jacobian.inner.iter().chain(&self.jacobian.blocks);
        let paths: Vec<(&math::Block, &Path)> = blocks
            .flat_map(|block| block.terms.iter().chain(&block.vanishing).map(move |path| (block, path)))
            .collect();
        let mut seen: Vec<&Path> = Vec::new();
        let mut begun = false;
        for (block, path) in paths {
            let long = path.along.len() > 2 || !path.steps.is_empty();
            if !long || seen.contains(&path) {
                continue;
            }
            seen.push(path);
            if !begun {
                page.heading(2, "Chain rule, path by path");
                begun = true;
            }
            let mut rows = vec![Row::start(self.links(path, block))];
            let product = Path { term: path.product.clone(), steps: Vec::new(), ..path.clone() };
            rows.push(Row::step(self.term(&product), vec![Inline::words("put in")]));
            let vanishes = block.vanishing.contains(path);
            let telling = self.telling(steps == Steps::Full);
            let mut before = &path.product;
            for (number, step) in path.steps.iter().enumerate() {
                let after = Path { term: step.after.clone(), steps: Vec::new(), ..path.clone() };
                // Whatever zeros are made of, nothing is left.
                let shown =
                    if vanishes && number + 1 == path.steps.len() { Markup::same("0") } else { self.term(&after) };
                rows.push(Row { right: shown, ..telling.row(before, step) });
                before = &step.after;
            }
            page.equations(rows);
        }
    }

    /// `∂h_t/∂o_t ∂o_t/∂h_{t−1}`
    fn links(&self, path: &Path, block: &math::Block) -> Markup {
        let mut along = path.along.clone();
        along.extend(path.inner.is_some().then(|| block.wrt.clone()));
        let mut factors: Vec<(Sign, Markup)> =
            along.windows(2).map(|pair| (Sign::Matrix, self.quotient(&pair[0], &pair[1]))).collect();
        match factors.len() {
            0 => self.quotient(&block.of, &block.wrt),
            1 => factors.remove(0).1,
            _ => Markup::Product(factors),
        }
    }

    fn local(&self, local: &Local, page: &mut Page, steps: Steps, seen: &mut BTreeMap<String, Markup>) {
        let network = &self.jacobian.network;
        let Some(equation) = network.equations.get(local.equation) else { return };
        let target = left(equation, network, &self.notation);
        let whole = Markup::equals(target.clone(), self.notation.formula(&equation.body));
        page.blocks.push(Block::Heading(2, vec![Inline::Math(whole)]));
        let mut rows = vec![Row::start(self.notation.formula(&local.start))];
        let chain = Chain {
            subject: Subject::Equation(local.equation),
            start: local.start.clone(),
            steps: local.steps.clone(),
            gains: Vec::new(),
        };
        let key = key(&chain);
        let earlier = seen.get(&key).filter(|_| steps == Steps::Brief && chain.steps.len() > 1).cloned();
        if let Some(earlier) = &earlier {
            let caption = vec![Inline::words("as for "), Inline::Math(earlier.clone())];
            rows.push(Row::step(self.notation.formula(chain.end()), caption));
        }
        seen.entry(key).or_insert(target);
        if earlier.is_none() {
            rows.extend(self.telling(steps == Steps::Full).rows(&local.start, &local.steps));
        }
        if let Some(quantity) = network.quantity(&equation.target) {
            let of = quantity.read_at(Mark::Value, &equation.at);
            for slope in &local.slopes {
                let quotient = self.quotient(&of, &slope.of);
                // The same quotient stands for the sum over all paths.
                let asked = self.jacobian.blocks.iter().any(|block| self.quotient(&block.of, &block.wrt) == quotient);
                rows.push(Row {
                    lead: Some("so"),
                    caption: asked.then(|| vec![Inline::words("by this equation alone")]),
                    ..Row::equation(quotient, self.notation.formula(&slope.matrix))
                });
            }
        }
        page.equations(rows);
    }

    fn telling(&self, full: bool) -> Telling<'_> {
        Telling { network: &self.jacobian.network, notation: &self.notation, ranges: &[], full }
    }
}
