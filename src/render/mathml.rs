//! Markup → MathML Core, for pages. It needs a font with mathematics, which [`super::page_html`] brings along.

use super::ink::{Ink, Measure};
use super::latex::{height, strength_of};
use super::markup::{Binding, Fence, Markup, Sign, Symbol, Under};
use super::mathml_pieces::pieces;
use super::mathml_symbol::{fence, symbol, tokens};
use super::strength::{ATOM, BIG, COMPARE, PREFIX, PRODUCT, SUM};
use super::svg::escaped;
use super::text::{columns, is_sum_sign};

/// The formula in a line of words, which may end between its pieces.
pub fn inline(markup: &Markup) -> String {
    let piece = |piece: &str| format!("<math>{}</math>", row(piece));
    pieces(&ink(markup).flat()).into_iter().map(piece).collect::<Vec<_>>().join("<wbr/>")
}

/// The formula in lines of at most so many tenths of an em, where it can be broken so: how far each is moved in, and what it is.
/// A line is a row of pieces, between which a narrow screen may break it once more.
pub fn lines(markup: &Markup, room: usize) -> Vec<(usize, String)> {
    let lines = ink(markup).lines(&Measure { width: room, step: 20 });
    let display = |piece: &str| format!("<math displaystyle=\"true\">{}</math>", row(piece));
    let whole = |text: &str| pieces(text).into_iter().map(display).collect::<Vec<_>>().join("<wbr/>");
    lines.into_iter().map(|line| (line.indent, whole(&line.text))).collect()
}

/// How wide it is in one line, roughly, in tenths of an em.
pub fn width(markup: &Markup) -> usize {
    ink(markup).width()
}

fn ink(markup: &Markup) -> Ink {
    let mut writer = Writer { ink: Ink::default(), script: false };
    writer.write(markup, 0);
    writer.ink
}

fn row(inside: &str) -> String {
    format!("<mrow>{}</mrow>", inside.trim_end())
}

struct Writer {
    ink: Ink,
    /// Subscripts and exponents are smaller, and their quotients are not stacked.
    script: bool,
}

impl Writer {
    fn put(&mut self, mathml: &str, width: usize) {
        self.ink.put(mathml, if self.script { width * 7 / 10 } else { width });
    }

    fn symbol(&mut self, shown: &Symbol) {
        self.put(&symbol(shown), columns(&shown.text) * 6);
    }

    fn operator(&mut self, sign: &str, width: usize) {
        self.put(&format!("<mo>{}</mo>", escaped(sign)), width);
    }

    fn thin(&mut self) {
        self.put("<mspace width=\"0.17em\"/>", 2);
    }

    /// An operator between operands; the line may end before it, and it stays one between operands at the start of a line.
    fn sign(&mut self, sign: &str, depth: usize) {
        if !self.script {
            self.ink.gap(depth, 0);
        }
        self.put(&format!("<mo form=\"infix\">{}</mo>", escaped(sign)), 13);
    }

    fn at_least(&mut self, markup: &Markup, least: u8, depth: usize) {
        if strength_of(markup, self.script) >= least {
            self.write(markup, depth);
        } else {
            self.fenced(("(", ")"), std::slice::from_ref(markup), "", depth);
        }
    }

    /// Brackets grow with what is inside by a size of their own, so that a line may end between them.
    fn fenced(&mut self, (open, close): (&str, &str), parts: &[Markup], between: &str, depth: usize) {
        let tall = parts.iter().map(|part| height(part, self.script)).max().unwrap_or(0);
        self.put(&fence(open, "prefix", tall), 4);
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                self.put(&format!("<mo separator=\"true\">{between}</mo>"), 5);
                self.ink.gap(depth, 0);
            }
            self.write(part, depth + 1);
        }
        self.put(&fence(close, "postfix", tall), 4);
    }

    fn write(&mut self, markup: &Markup, depth: usize) {
        match markup {
            Markup::Symbol(symbol) => self.symbol(symbol),
            Markup::Scripts(base, scripts) => self.raised("msub", base, &[&|inner| inner.listed(scripts)]),
            Markup::Sum(parts) => {
                for (position, (minus, part)) in parts.iter().enumerate() {
                    match (position, minus) {
                        (0, true) => self.put("<mo form=\"prefix\">−</mo>", 8),
                        (0, false) => {}
                        (_, true) => self.sign("−", depth),
                        (_, false) => self.sign("+", depth),
                    }
                    self.at_least(part, BIG, depth + 1);
                }
            }
            Markup::Product(parts) => self.product(parts, depth),
            Markup::Quotient(top, bottom) if self.script => {
                self.at_least(top, PREFIX, depth + 1);
                self.operator("/", 5);
                self.at_least(bottom, PREFIX, depth + 1);
            }
            Markup::Quotient(top, bottom) => {
                let (top, bottom) = (self.apart(top), self.apart(bottom));
                let width = top.width().max(bottom.width()) + 2;
                self.put(&format!("<mfrac>{}{}</mfrac>", row(&top.flat()), row(&bottom.flat())), width);
            }
            Markup::Transpose(body) => self.above(body, &|inner| inner.put("<mo>⊤</mo>", 8)),
            Markup::Power(base, exponent) => self.above(base, &|inner| inner.write(exponent, 0)),
            Markup::Prefix(mark, body) => {
                self.symbol(mark);
                if super::text::apart(mark, body) && strength_of(body, self.script) >= ATOM {
                    self.thin();
                }
                self.at_least(body, ATOM, depth);
            }
            Markup::Call(head, args) => {
                self.write(head, depth);
                self.fenced(("(", ")"), args, ",", depth);
            }
            Markup::Template(shown, args) => self.template(shown, args, depth),
            Markup::Big(sign, under, body) => self.big(sign, under, body, depth),
            Markup::Relation(operands, signs, binding) => {
                let own = strength_of(markup, self.script);
                for (position, operand) in operands.iter().enumerate() {
                    if position > 0 {
                        let sign = &signs[position - 1];
                        match sign.text.as_str() {
                            "," => self.put("<mo separator=\"true\">,</mo>", 5),
                            ".." => self.operator("‥", 5),
                            word if word.chars().all(char::is_alphabetic) => {
                                self.put(&format!("<mtext> {} </mtext>", escaped(word)), columns(word) * 5 + 6);
                            }
                            other => self.sign(other, depth),
                        }
                    }
                    // A comma parts strongly enough.
                    let commas = *binding == Binding::List && signs.iter().all(|sign| sign.text == ",");
                    self.at_least(operand, if commas { SUM } else { own + 1 }, depth + 1);
                }
            }
            Markup::Not(body) => {
                self.put("<mtext>not </mtext>", 18);
                self.at_least(body, COMPARE, depth + 1);
            }
            Markup::Fence(fence, parts) => match fence {
                Fence::Angle => self.fenced(("⟨", "⟩"), parts, ",", depth),
                Fence::Stack => self.fenced(("[", "]"), parts, ";", depth),
                Fence::Floor => self.fenced(("⌊", "⌋"), parts, ",", depth),
                Fence::Truth => self.fenced(("[", "]"), parts, ",", depth),
            },
            Markup::Cases(condition, yes, no) => self.cases(condition, yes, no),
        }
    }

    /// Something after a base, below or above its line. The base is one piece.
    fn raised(&mut self, element: &str, base: &Markup, parts: &[&dyn Fn(&mut Writer)]) {
        let mut below = Writer { ink: Ink::default(), script: self.script };
        match base {
            // A numeral with an exponent of its own.
            Markup::Symbol(symbol) if symbol.latex.contains('^') => {
                below.fenced(("(", ")"), std::slice::from_ref(base), "", 0);
            }
            _ => below.at_least(base, ATOM, 0),
        }
        let (mut inside, mut width) = (row(&below.ink.flat()), 0);
        for write in parts {
            let mut inner = Writer { ink: Ink::default(), script: true };
            write(&mut inner);
            inside.push_str(&row(&inner.ink.flat()));
            width = inner.ink.width().max(width);
        }
        self.ink.put(format!("<{element}>{inside}</{element}>"), below.ink.width() + width);
    }

    /// Above a letter with subscripts it stands over these.
    fn above(&mut self, base: &Markup, write: &dyn Fn(&mut Writer)) {
        match base {
            Markup::Scripts(base, scripts) => self.raised("msubsup", base, &[&|inner| inner.listed(scripts), write]),
            base => self.raised("msup", base, &[write]),
        }
    }

    fn listed(&mut self, parts: &[Markup]) {
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                self.put("<mo separator=\"true\">,</mo>", 3);
            }
            self.write(part, 0);
        }
    }

    /// What is drawn around the arguments.
    fn template(&mut self, shown: &Symbol, args: &[Markup], depth: usize) {
        let Some((before, after)) = shown.text.split_once("#1") else {
            self.symbol(shown);
            return self.fenced(("(", ")"), args, ",", depth);
        };
        let mut inside = Writer { ink: Ink::default(), script: self.script };
        inside.listed(args);
        let width = inside.ink.width() + 8;
        let inside = row(&inside.ink.flat());
        if before == "√" {
            return self.ink.put(format!("<msqrt>{inside}</msqrt>"), width);
        }
        let (after, below) = match after.strip_suffix('₂') {
            Some(after) => (after, "<mn>2</mn>"),
            None => (after, ""),
        };
        let tall = args.iter().map(|arg| height(arg, self.script)).max().unwrap_or(0);
        let whole =
            format!("<mrow>{}{inside}{}</mrow>", tokens(before, "prefix", tall), tokens(after, "postfix", tall));
        let whole = if below.is_empty() { whole } else { format!("<msub>{whole}{below}</msub>") };
        self.ink.put(whole, width + columns(before) * 5);
    }

    fn cases(&mut self, condition: &Markup, yes: &Markup, no: &Markup) {
        let (condition, yes, no) = (self.apart(condition), self.apart(yes), self.apart(no));
        let width = yes.width().max(no.width()) + condition.width() + 35;
        let cell = |ink: &Ink| format!("<mtd>{}</mtd>", row(&ink.flat()));
        let first = format!("<mtr>{}<mtd><mrow><mtext>if </mtext>{}</mrow></mtd></mtr>", cell(&yes), condition.flat());
        let second = format!("<mtr>{}<mtd><mtext>else</mtext></mtd></mtr>", cell(&no));
        let table = format!("<mtable class=\"cases\">{first}{second}</mtable>");
        self.put(&format!("<mrow><mo form=\"prefix\" stretchy=\"true\">{{</mo>{table}</mrow>"), width);
    }

    /// A part that lines cannot end within.
    fn apart(&self, markup: &Markup) -> Ink {
        let mut writer = Writer { ink: Ink::default(), script: self.script };
        writer.write(markup, 0);
        writer.ink
    }

    fn product(&mut self, parts: &[(Sign, Markup)], depth: usize) {
        let matrix = parts.iter().any(|(sign, _)| *sign == Sign::Matrix);
        for (position, (sign, part)) in parts.iter().enumerate() {
            let last = position + 1 == parts.len();
            if position > 0 {
                match sign {
                    Sign::Entrywise => self.sign("⊙", depth),
                    Sign::Dot => self.sign("·", depth),
                    Sign::Matrix if !self.script => {
                        self.thin();
                        self.ink.gap(depth + 3, 0);
                    }
                    Sign::Matrix | Sign::Beside => self.thin(),
                }
            }
            let least = match part {
                Markup::Big(..) if last && !matrix && position > 0 => BIG,
                _ if matrix => PREFIX,
                _ => PRODUCT + 1,
            };
            self.at_least(part, least, depth + 1);
        }
    }

    fn big(&mut self, sign: &Symbol, under: &Under, body: &Markup, depth: usize) {
        let mut below = Writer { ink: Ink::default(), script: true };
        below.write(&under.index, 0);
        let mut above = String::new();
        if let Some((low, high)) = &under.range {
            below.operator("=", 8);
            below.write(low, 0);
            let mut inner = Writer { ink: Ink::default(), script: true };
            inner.write(high, 0);
            above = row(&inner.ink.flat());
        }
        if let Some(condition) = &under.condition {
            below.operator("∣", 8);
            below.write(condition, 0);
        }
        let sum = is_sum_sign(sign);
        let sign_shown = if sum { "<mo>∑</mo>".to_string() } else { symbol(sign) };
        let element = if above.is_empty() { "munder" } else { "munderover" };
        let whole = format!("<{element}>{sign_shown}{}{above}</{element}>", row(&below.ink.flat()));
        let width = below.ink.width().max(if sum { 15 } else { columns(&sign.text) * 6 });
        self.put(&whole, width);
        if sum {
            self.at_least(body, BIG, depth + 1);
        } else {
            self.fenced(("(", ")"), std::slice::from_ref(body), "", depth);
        }
    }
}

#[cfg(test)]
#[path = "mathml_tests.rs"]
mod tests;
