//! Markup → LaTeX math. It needs amsmath and amssymb.

use super::ink::Ink;
use super::markup::{Binding, Fence, Markup, Sign, Symbol, Under};
use super::strength::*;
use super::text::{columns, is_sum_sign, reaches_on};

/// The formula on one line.
pub fn latex(markup: &Markup) -> String {
    tidy(&ink(markup).flat())
}

/// Without double blanks and blanks at the end.
pub fn tidy(latex: &str) -> String {
    let mut out = String::with_capacity(latex.len());
    for letter in latex.chars() {
        // The blank after a backslash is a sign of its own.
        if letter != ' ' || !out.ends_with(' ') || out.ends_with(r"\ ") {
            out.push(letter);
        }
    }
    let end = out.trim_end();
    if end.ends_with('\\') { out } else { end.to_string() }
}

/// The formula with the places where lines may end. Widths are in tenths of an em, roughly.
pub fn ink(markup: &Markup) -> Ink {
    let mut writer = Writer { ink: Ink::default(), script: false };
    writer.write(markup, 0);
    writer.ink
}

struct Writer {
    ink: Ink,
    /// Subscripts and exponents are smaller, and their quotients are not stacked.
    script: bool,
}

impl Writer {
    fn put(&mut self, latex: &str, width: usize) {
        self.ink.put(latex, if self.script { width * 7 / 10 } else { width });
    }

    fn symbol(&mut self, symbol: &Symbol) {
        // A command must not run into the letter after it.
        let letters = symbol.latex.rsplit('\\').next().unwrap_or_default();
        let open = symbol.latex.contains('\\') && letters.chars().all(|letter| letter.is_ascii_alphabetic());
        self.put(&format!("{}{}", symbol.latex, if open { " " } else { "" }), columns(&symbol.text) * 6);
    }

    /// An operator between blanks; the line may end before it.
    fn sign(&mut self, sign: &str, depth: usize) {
        if self.script {
            let blank = if sign.starts_with('\\') { " " } else { "" };
            self.put(&format!("{sign}{blank}"), 10);
        } else {
            self.ink.gap(depth, 0);
            self.put(&format!("{sign} "), 13);
        }
    }

    fn at_least(&mut self, markup: &Markup, least: u8, depth: usize) {
        if strength_of(markup, self.script) >= least {
            self.write(markup, depth);
        } else {
            self.fenced(("(", ")"), std::slice::from_ref(markup), "", depth);
        }
    }

    /// Brackets grow with what is inside, without being tied to each other, so that a line may end between them.
    fn fenced(&mut self, (open, close): (&str, &str), parts: &[Markup], between: &str, depth: usize) {
        let size = match parts.iter().map(|part| height(part, self.script)).max().unwrap_or(0) {
            0 => ("", ""),
            1 => (r"\bigl", r"\bigr"),
            2 => (r"\Bigl", r"\Bigr"),
            3 => (r"\biggl", r"\biggr"),
            _ => (r"\Biggl", r"\Biggr"),
        };
        self.put(&format!("{}{open}", size.0), 4);
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                self.put(between, 3);
                self.ink.gap(depth, 0);
            }
            self.write(part, depth + 1);
        }
        self.put(&format!("{}{close}", size.1), 4);
    }

    fn write(&mut self, markup: &Markup, depth: usize) {
        match markup {
            Markup::Symbol(symbol) => self.symbol(symbol),
            Markup::Scripts(base, scripts) => {
                self.at_least(base, ATOM, depth);
                self.scripts("_", scripts);
            }
            Markup::Sum(parts) => {
                for (position, (minus, part)) in parts.iter().enumerate() {
                    match (position, minus) {
                        (0, true) => self.put("-", 8),
                        (0, false) => {}
                        (_, true) => self.sign("-", depth),
                        (_, false) => self.sign("+", depth),
                    }
                    match part {
                        Markup::Product(factors) if reaches_on(&parts[position..]) => {
                            self.product(factors, depth + 1, true);
                        }
                        _ => self.at_least(part, if reaches_on(&parts[position..]) { MATRIX } else { BIG }, depth + 1),
                    }
                }
            }
            Markup::Product(parts) => self.product(parts, depth, false),
            Markup::Quotient(top, bottom) if self.script => {
                self.at_least(top, PREFIX, depth + 1);
                self.put("/", 5);
                self.at_least(bottom, PREFIX, depth + 1);
            }
            Markup::Quotient(top, bottom) => {
                let (top, bottom) = (self.apart(top), self.apart(bottom));
                let width = top.width().max(bottom.width()) + 4;
                self.put(&format!(r"\frac{{{}}}{{{}}}", top.flat().trim_end(), bottom.flat().trim_end()), width);
            }
            Markup::Transpose(body) => {
                self.at_least(body, ATOM, depth);
                self.put(r"^{\top}", 6);
            }
            Markup::Power(base, exponent) => {
                match base.as_ref() {
                    // 10^{-5} is a numeral with an exponent of its own.
                    Markup::Symbol(symbol) if symbol.latex.contains('^') => {
                        self.fenced(("(", ")"), std::slice::from_ref(base), "", depth);
                    }
                    _ => self.at_least(base, ATOM, depth),
                }
                self.scripts("^", std::slice::from_ref(exponent));
            }
            Markup::Prefix(mark, body) => {
                self.symbol(mark);
                if super::text::apart(mark, body) && strength_of(body, self.script) >= ATOM {
                    self.put(r"\,", 2);
                }
                self.at_least(body, ATOM, depth);
            }
            Markup::Call(head, args) => {
                self.write(head, depth);
                self.fenced(("(", ")"), args, ",", depth);
            }
            Markup::Template(symbol, args) => match symbol.latex.split_once("#1") {
                Some((before, after)) => {
                    let inside: Vec<Ink> = args.iter().map(|arg| self.apart(arg)).collect();
                    let width = inside.iter().map(Ink::width).sum::<usize>() + 8;
                    let inside: Vec<String> = inside.iter().map(|ink| ink.flat().trim_end().to_string()).collect();
                    self.put(&format!("{before}{}{after}", inside.join(", ")), width);
                }
                None => {
                    self.symbol(symbol);
                    self.fenced(("(", ")"), args, ",", depth);
                }
            },
            Markup::Big(sign, under, body) => self.big(sign, under, body, depth),
            Markup::Relation(operands, signs, binding) => {
                let own = strength_of(markup, self.script);
                for (position, operand) in operands.iter().enumerate() {
                    if position > 0 {
                        let sign = &signs[position - 1];
                        match sign.latex.as_str() {
                            "," => self.put(", ", 5),
                            "{..}" => self.put(r"{..}", 5),
                            word if word.starts_with(r"\text") => self.put(word, columns(&sign.text) * 5 + 6),
                            latex => self.sign(latex, depth),
                        }
                    }
                    // A comma parts strongly enough.
                    let commas = *binding == Binding::List && signs.iter().all(|sign| sign.text == ",");
                    self.at_least(operand, if commas { SUM } else { own + 1 }, depth + 1);
                }
            }
            Markup::Not(body) => {
                self.put(r"\text{not }", 18);
                self.at_least(body, COMPARE, depth + 1);
            }
            Markup::Fence(fence, parts) => match fence {
                Fence::Angle => self.fenced((r"\langle ", r"\rangle "), parts, ",", depth),
                Fence::Stack => self.fenced(("[", "]"), parts, ";", depth),
                Fence::Floor => self.fenced((r"\lfloor ", r"\rfloor "), parts, ",", depth),
                Fence::Truth => self.fenced(("[", "]"), parts, ",", depth),
            },
            Markup::Cases(condition, yes, no) => {
                let (condition, yes, no) = (self.apart(condition), self.apart(yes), self.apart(no));
                let width = yes.width().max(no.width()) + condition.width() + 35;
                let rows =
                    format!(r"{} & \text{{if }} {} \\ {} & \text{{else}}", yes.flat(), condition.flat(), no.flat());
                self.put(&format!(r"\begin{{cases}} {rows} \end{{cases}}"), width);
            }
        }
    }

    /// A part that lines cannot end within.
    fn apart(&self, markup: &Markup) -> Ink {
        let mut writer = Writer { ink: Ink::default(), script: self.script };
        writer.write(markup, 0);
        writer.ink
    }

    fn scripts(&mut self, mark: &str, scripts: &[Markup]) {
        let mut inner = Writer { ink: Ink::default(), script: true };
        for (position, script) in scripts.iter().enumerate() {
            if position > 0 {
                inner.put(",", 3);
            }
            inner.write(script, 0);
        }
        self.put(&format!("{mark}{{{}}}", inner.ink.flat().trim_end()), inner.ink.width());
    }

    /// A sum sign at the end is bracketed if it is to be `closed`.
    fn product(&mut self, parts: &[(Sign, Markup)], depth: usize, closed: bool) {
        let matrix = parts.iter().any(|(sign, _)| *sign == Sign::Matrix);
        for (position, (sign, part)) in parts.iter().enumerate() {
            let last = position + 1 == parts.len();
            if position > 0 {
                match sign {
                    Sign::Entrywise => self.sign(r"\odot", depth),
                    Sign::Dot => self.sign(r"\cdot", depth),
                    Sign::Matrix if !self.script => {
                        self.put(r"\,", 2);
                        self.ink.gap(depth + 3, 0);
                    }
                    Sign::Matrix | Sign::Beside => self.put(r"\,", 2),
                }
            }
            let least = match part {
                Markup::Big(..) if last && !matrix && position > 0 && !closed => BIG,
                _ if matrix => PREFIX,
                _ => PRODUCT + 1,
            };
            self.at_least(part, least, depth + 1);
        }
    }

    fn big(&mut self, sign: &Symbol, under: &Under, body: &Markup, depth: usize) {
        let mut below = Writer { ink: Ink::default(), script: true };
        below.write(&under.index, 0);
        let mut above = None;
        if let Some((low, high)) = &under.range {
            below.put("=", 8);
            below.write(low, 0);
            let mut inner = Writer { ink: Ink::default(), script: true };
            inner.write(high, 0);
            above = Some(inner.ink);
        }
        if let Some(condition) = &under.condition {
            below.put(r"\mid ", 8);
            below.write(condition, 0);
        }
        let over = above.as_ref().map_or(String::new(), |ink| format!("^{{{}}}", ink.flat().trim_end()));
        let width = below.ink.width().max(above.map_or(0, |ink| ink.width()));
        if is_sum_sign(sign) {
            self.put(&format!("{}_{{{}}}{over} ", sign.latex, below.ink.flat().trim_end()), width.max(15));
            self.at_least(body, BIG, depth + 1);
        } else {
            let sign_width = columns(&sign.text) * 6;
            self.put(&format!("{}_{{{}}}{over}", sign.latex, below.ink.flat().trim_end()), sign_width + width);
            self.fenced(("(", ")"), std::slice::from_ref(body), "", depth);
        }
    }
}

/// How strongly a formula holds together.
pub(super) fn strength_of(markup: &Markup, script: bool) -> u8 {
    match markup {
        Markup::Symbol(_) | Markup::Scripts(..) | Markup::Call(..) | Markup::Fence(..) => ATOM,
        Markup::Template(symbol, _) if symbol.latex.contains("#1") => ATOM,
        Markup::Template(..) => ATOM,
        Markup::Sum(_) => SUM,
        Markup::Product(parts) if parts.iter().any(|(sign, _)| *sign == Sign::Matrix) => MATRIX,
        Markup::Product(_) => PRODUCT,
        Markup::Quotient(..) if script => PRODUCT,
        Markup::Quotient(..) | Markup::Prefix(..) => PREFIX,
        Markup::Transpose(_) | Markup::Power(..) => RAISED,
        Markup::Big(sign, ..) if is_sum_sign(sign) => BIG,
        Markup::Big(..) => ATOM,
        Markup::Cases(..) => SUM,
        Markup::Relation(_, _, Binding::Or) => OR,
        Markup::Relation(_, _, Binding::And) => AND,
        Markup::Relation(_, _, Binding::Compare) => COMPARE,
        Markup::Relation(_, _, Binding::List) => SUM,
        Markup::Relation(_, _, Binding::Remainder) => PRODUCT,
        Markup::Not(_) => NOT,
    }
}

/// How tall a formula is: 0 for a line of letters, 1 for a sum sign with a line beneath, 2 for a fraction, and so on.
pub(super) fn height(markup: &Markup, script: bool) -> usize {
    if script {
        return 0;
    }
    let highest = |parts: &[Markup]| parts.iter().map(|part| height(part, false)).max().unwrap_or(0);
    match markup {
        Markup::Symbol(_) => 0,
        Markup::Scripts(base, _) | Markup::Transpose(base) | Markup::Power(base, _) => height(base, false),
        Markup::Sum(parts) => parts.iter().map(|(_, part)| height(part, false)).max().unwrap_or(0),
        Markup::Product(parts) => parts.iter().map(|(_, part)| height(part, false)).max().unwrap_or(0),
        Markup::Quotient(top, bottom) => (2 + height(top, false).max(height(bottom, false)) / 2).min(4),
        Markup::Prefix(_, body) | Markup::Not(body) => height(body, false),
        Markup::Call(_, parts) | Markup::Fence(_, parts) | Markup::Relation(parts, ..) => highest(parts),
        Markup::Template(_, parts) => highest(parts),
        Markup::Big(sign, _, body) if is_sum_sign(sign) => height(body, false).max(2),
        Markup::Big(_, _, body) => height(body, false),
        Markup::Cases(_, yes, no) => (3 + height(yes, false).max(height(no, false)) / 2).min(4),
    }
}

#[cfg(test)]
#[path = "latex_tests.rs"]
mod tests;
