//! Jacobian → Page.

use super::derivation::{Steps, equations};
use super::legend;
use super::markup::{Binding, Markup, Sign, Symbol};
use super::notation::Notation;
use super::page::{Inline, Page, Row};
use super::verdict::{agrees, bounded, error};
use crate::math::expression::{Op, Read};
use crate::math::jacobian::{self as math, Agreement, Bound, Fact, Jacobian, Limit, Path, Size};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::number::Rational;
use num_traits::{One, Signed};

/// The page of a Jacobian. Without an agreement it says that nothing was checked.
pub fn page(jacobian: &Jacobian, book: &Book, agreement: Option<&Agreement>, steps: Steps) -> Page {
    let network = &jacobian.network;
    let writer = Writer { jacobian, notation: Notation::of(network, book).with_identity(network) };
    let mut page = Page { title: network.name.to_string(), ..Page::default() };
    if !network.comment.is_empty() {
        page.words(network.comment.join(" "));
    }
    page.heading(1, "Forward");
    let mut along = network.clone();
    along.equations = jacobian.forward.iter().filter_map(|number| network.equations.get(*number)).cloned().collect();
    along.quantities.retain(|name, _| along.equations.iter().any(|equation| &equation.target == name));
    if let Some(legend) = legend::parts(&along, &writer.notation) {
        page.paragraph(legend);
    }
    along.quantities.clone_from(&network.quantities);
    equations(&along, &writer.notation, &mut page);
    writer.answer(&mut page);
    writer.bounds(&mut page);
    if steps != Steps::None {
        writer.steps(&mut page, steps);
    }
    page.words(sentence(agreement));
    page
}

/// `Checked: 4 blocks on 8 random instances compared with exact derivatives, worst relative error 4e-16; …`
pub fn sentence(agreement: Option<&Agreement>) -> String {
    let Some(Agreement { blocks, instances, worst, share }) = agreement.filter(|agreement| agreement.instances > 0)
    else {
        return super::verdict::UNCHECKED.to_string();
    };
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let what = format!(
        "{} on {} compared with exact derivatives, worst relative error {}; norms are at most {} % of their bounds",
        plural(*blocks, "Jacobian"),
        plural(*instances, "random instance"),
        error(*worst),
        libm::ceil(100.0 * share - 1e-6)
    );
    if agrees(*worst) && bounded(*share) { format!("Checked: {what}") } else { format!("Check FAILED: {what}") }
}

pub(super) struct Writer<'a> {
    pub jacobian: &'a Jacobian,
    pub notation: Notation<'a>,
}

impl Writer<'_> {
    fn answer(&self, page: &mut Page) {
        let Jacobian { question, ranges, blocks, inner, .. } = self.jacobian;
        page.heading(1, if blocks.len() == 1 { "Jacobian" } else { "Jacobians" });
        let mut parts: Vec<Inline> = Vec::new();
        if blocks.len() > 1 {
            parts.push(Inline::words("The block matrix of "));
            parts.extend(self.listed(&question.of));
            parts.push(Inline::words(" (rows) by "));
            parts.extend(self.listed(&question.wrt));
            parts.push(Inline::words(" (columns), block by block. "));
        }
        if let Some(through) = &question.through {
            parts.push(Inline::words("Only the paths through "));
            parts.push(Inline::Math(self.notation.read(through)));
            parts.push(Inline::words(" are followed. "));
        }
        if !self.jacobian.held.is_empty() {
            parts.extend(self.listed(&self.jacobian.held));
            let verb = if self.jacobian.held.len() == 1 { "stands" } else { "stand" };
            parts.push(Inline::words(format!(" {verb} still. ")));
        }
        if !ranges.is_empty() {
            parts.push(Inline::words("For "));
            for (number, range) in ranges.iter().enumerate() {
                parts.extend((number > 0).then(|| Inline::words("; ")));
                parts.push(Inline::Math(self.notation.range(range, false)));
            }
            parts.push(Inline::words(":"));
        }
        if !parts.is_empty() {
            page.paragraph(parts);
        }
        let printed = |block: &&math::Block| !self.is_asked(block);
        let rows = inner.iter().filter(printed).chain(blocks);
        page.equations(
            rows.map(|block| Row::equation(self.quotient(&block.of, &block.wrt), self.sum(block))).collect(),
        );
        if self.jacobian.blocks.iter().any(|block| block.terms.len() > 1) {
            page.heading(1, "Path by path");
            for block in inner.iter().filter(printed).chain(blocks).filter(|block| block.terms.len() > 1) {
                let row = |path: &Path| Row {
                    left: Some(self.path(path, block)),
                    sign: Some(Symbol::same(":")),
                    ..Row::start(self.term(path))
                };
                if self.jacobian.blocks.len() + inner.len() > 1 {
                    page.blocks
                        .push(super::page::Block::Heading(2, vec![Inline::Math(self.quotient(&block.of, &block.wrt))]));
                }
                page.equations(block.terms.iter().map(row).collect());
            }
        }
    }

    /// Whether an inner Jacobian is printed as a block anyway.
    fn is_asked(&self, inner: &math::Block) -> bool {
        self.jacobian.blocks.iter().any(|block| block.of == inner.of && block.wrt == inner.wrt)
    }

    fn listed(&self, reads: &[Read]) -> Vec<Inline> {
        let mut parts = Vec::new();
        for (number, read) in reads.iter().enumerate() {
            let between = if number + 1 == reads.len() { " and " } else { ", " };
            parts.extend((number > 0).then(|| Inline::words(between)));
            parts.push(Inline::Math(self.notation.read(read)));
        }
        parts
    }

    /// `∂h_t/∂h_{t−1}`
    pub fn quotient(&self, of: &Read, wrt: &Read) -> Markup {
        let partial =
            |read: &Read| Box::new(Markup::Prefix(Symbol::new("∂", r"\partial "), Box::new(self.notation.read(read))));
        Markup::Quotient(partial(of), partial(wrt))
    }

    /// The terms of a block, added up.
    pub fn sum(&self, block: &math::Block) -> Markup {
        let mut parts: Vec<(bool, Markup)> = Vec::new();
        for path in &block.terms {
            match self.term(path) {
                Markup::Sum(inner) => parts.extend(inner),
                other => parts.push((false, other)),
            }
        }
        match parts.len() {
            0 => Markup::same("0"),
            1 if !parts[0].0 => parts.remove(0).1,
            _ => Markup::Sum(parts),
        }
    }

    /// What a path contributes.
    pub fn term(&self, path: &Path) -> Markup {
        let own = self.notation.formula(&path.term);
        let Some(inner) = path.inner.and_then(|inner| self.jacobian.inner.get(inner)) else { return own };
        let rest = self.quotient(&inner.of, &inner.wrt);
        match (path.term.op(), own) {
            (Op::Eye(_), _) => rest,
            _ if path.term.as_number().is_some_and(One::is_one) && path.term.shape().is_number() => rest,
            (_, own) => {
                let numeric = path.term.shape().is_number() || inner.shape.is_number();
                let sign = if numeric { Sign::Dot } else { Sign::Matrix };
                match own {
                    Markup::Sum(mut parts) if parts.len() == 1 => {
                        let (minus, body) = parts.remove(0);
                        Markup::Sum(vec![(minus, joined(body, sign, rest))])
                    }
                    own => joined(own, sign, rest),
                }
            }
        }
    }

    /// `h_t ← o_t ← h_{t−1}`
    pub fn path(&self, path: &Path, block: &math::Block) -> Markup {
        let mut reads: Vec<Markup> = path.along.iter().map(|read| self.notation.read(read)).collect();
        if path.inner.is_some() {
            reads.push(Markup::symbol("…", r"\dots"));
            reads.push(self.notation.read(&block.wrt));
        }
        let arrows = vec![Symbol::new("←", r"\leftarrow"); reads.len().saturating_sub(1)];
        match reads.len() {
            1 => reads.remove(0),
            _ => Markup::Relation(reads, arrows, Binding::Compare),
        }
    }

    fn bounds(&self, page: &mut Page) {
        page.heading(1, if self.jacobian.blocks.len() == 1 { "Norm bound" } else { "Norm bounds" });
        let printed = |block: &&math::Block| !self.is_asked(block);
        let all = || self.jacobian.inner.iter().filter(printed).chain(&self.jacobian.blocks);
        let row = |block: &math::Block| {
            let equal = block.terms.is_empty();
            let sign = if equal { Symbol::same("=") } else { Symbol::new("≤", r"\le") };
            let left = norm(self.quotient(&block.of, &block.wrt));
            Row { left: Some(left), sign: Some(sign), ..Row::start(self.bound(&block.bound)) }
        };
        let (mut slopes, mut values): (Vec<Markup>, Vec<Markup>) = (Vec::new(), Vec::new());
        for fact in all().flat_map(|block| &block.bound.facts) {
            let shown = self.fact(fact);
            let list = if matches!(fact, Fact::Slope { .. }) { &mut slopes } else { &mut values };
            list.extend((!list.contains(&shown)).then_some(shown));
        }
        let mut parts = vec![Inline::words("In the spectral norm; ")];
        parts.push(Inline::Math(Markup::symbol("σ_max", r"\sigma_{\max}")));
        parts.push(Inline::words(" is the largest singular value"));
        if slopes.is_empty() && values.is_empty() {
            parts.push(Inline::words("."));
        } else {
            parts.push(Inline::words(". Used of the book: "));
            for (number, fact) in slopes.into_iter().chain(values).enumerate() {
                parts.extend((number > 0).then(|| Inline::words(", ")));
                parts.push(Inline::Math(fact));
            }
            parts.push(Inline::words("."));
        }
        page.paragraph(parts);
        page.equations(all().map(row).collect());
    }

    /// The right side of a bound.
    pub fn bound(&self, bound: &Bound) -> Markup {
        let mut parts: Vec<(bool, Markup)> = bound.summands.iter().map(|limit| (false, self.limit(limit))).collect();
        match parts.len() {
            0 => Markup::same("0"),
            1 => parts.remove(0).1,
            _ => Markup::Sum(parts),
        }
    }

    fn limit(&self, limit: &Limit) -> Markup {
        let mut factors: Vec<(Sign, Markup)> = Vec::new();
        if limit.factors.is_empty() || !limit.number.is_one() {
            factors.push((Sign::Beside, super::formula::numeral(&limit.number)));
        }
        let mut rest = limit.factors.as_slice();
        while let Some(first) = rest.first() {
            let times = rest.iter().take_while(|size| *size == first).count();
            rest = &rest[times..];
            let size = self.size(first);
            factors.push((
                Sign::Beside,
                match times {
                    1 => size,
                    _ => Markup::Power(Box::new(size), Box::new(Markup::same(times.to_string()))),
                },
            ));
        }
        if factors.len() == 1 { factors.remove(0).1 } else { Markup::Product(factors) }
    }

    fn size(&self, size: &Size) -> Markup {
        match size {
            Size::Spectral(matrix) => {
                // A matrix and its transpose have the same singular values.
                let head = Markup::symbol("σ_max", r"\sigma_{\max}");
                Markup::Call(Box::new(head), vec![self.notation.formula(matrix)])
            }
            Size::Largest(entries) => {
                let symbol = Symbol::new("max|#1|", r"\max\left\lvert #1\right\rvert ");
                Markup::Template(symbol, vec![self.notation.formula(entries)])
            }
            Size::Length(vector) => norm(self.notation.formula(vector)),
            Size::Inner(position) => match self.jacobian.inner.get(*position) {
                Some(block) => norm(self.quotient(&block.of, &block.wrt)),
                None => Markup::same("?"),
            },
        }
    }

    pub fn fact(&self, fact: &Fact) -> Markup {
        let le = || Symbol::new("≤", r"\le");
        let function = |name: &Name| self.notation.function(name);
        let number = |value: &Rational| super::formula::numeral(value);
        match fact {
            Fact::Slope { operation, most, .. } => {
                let f = function(operation);
                // `|#1|` has no letter of its own: its slope is that of |·|.
                let (text, latex) = (f.text.replace("#1", "·"), f.latex.replace("#1", r"\cdot "));
                let prime = Markup::symbol(format!("|{text}′|"), format!(r"\lvert {latex}'\rvert "));
                Markup::Relation(vec![prime, number(most)], vec![le()], Binding::Compare)
            }
            Fact::Value { operation, value, low, high } => {
                let shown = match value.op() {
                    Op::Apply(_) => Markup::Symbol(function(operation)),
                    _ => self.notation.formula(value),
                };
                if *low == -high.clone() && high.is_positive() {
                    let symbol = Symbol::new("|#1|", r"\lvert #1\rvert ");
                    let sized = Markup::Template(symbol, vec![shown]);
                    return Markup::Relation(vec![sized, number(high)], vec![le()], Binding::Compare);
                }
                Markup::Relation(vec![number(low), shown, number(high)], vec![le(), le()], Binding::Compare)
            }
        }
    }
}

/// `left right`, flat.
fn joined(left: Markup, sign: Sign, right: Markup) -> Markup {
    match left {
        Markup::Product(mut factors) if factors.iter().skip(1).all(|(sign, _)| *sign == Sign::Matrix) => {
            factors.push((sign, right));
            Markup::Product(factors)
        }
        other => Markup::Product(vec![(Sign::Entrywise, other), (sign, right)]),
    }
}

/// `‖u‖₂`
fn norm(of: Markup) -> Markup {
    Markup::Template(Symbol::new("‖#1‖₂", r"\left\lVert #1\right\rVert_2"), vec![of])
}
