//! Markup → Unicode text.

use super::ink::Ink;
use super::markup::{Binding, Fence, Markup, Sign, Symbol, Under};
use super::strength::*;
use unicode_width::UnicodeWidthStr;

/// The formula on one line.
pub fn text(markup: &Markup) -> String {
    ink(markup).flat()
}

/// The formula with the places where lines may end.
pub fn ink(markup: &Markup) -> Ink {
    let mut writer = Writer::default();
    writer.write(markup, 0);
    writer.ink
}

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

#[derive(Default)]
struct Writer {
    ink: Ink,
    /// Inside subscripts and exponents there are no blanks.
    compact: bool,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.ink.put(text, columns(text));
    }

    /// A blank where a line may end; nothing inside subscripts.
    fn gap(&mut self, depth: usize) {
        if !self.compact {
            self.ink.gap(depth, 1);
        }
    }

    /// An operator between blanks; the line may end before it.
    fn sign(&mut self, sign: &str, depth: usize) {
        self.gap(depth);
        self.put(sign);
        if !self.compact {
            self.put(" ");
        }
    }

    fn at_least(&mut self, markup: &Markup, least: u8, depth: usize) {
        if strength_of(markup) >= least {
            self.write(markup, depth);
        } else {
            self.put("(");
            self.write(markup, depth + 1);
            self.put(")");
        }
    }

    fn write(&mut self, markup: &Markup, depth: usize) {
        match markup {
            Markup::Symbol(symbol) => self.put(&symbol.text),
            Markup::Scripts(base, scripts) => {
                self.at_least(base, ATOM, depth);
                self.scripts(scripts);
            }
            Markup::Sum(parts) => {
                for (position, (minus, part)) in parts.iter().enumerate() {
                    match (position, minus) {
                        (0, true) => self.put("−"),
                        (0, false) => {}
                        (_, true) => self.sign("−", depth),
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
            Markup::Quotient(top, bottom) => {
                if tight(top, bottom) {
                    self.at_least(top, PREFIX, depth + 1);
                    self.put("/");
                } else {
                    self.at_least(top, MATRIX, depth + 1);
                    self.sign("/", depth);
                }
                self.at_least(bottom, PREFIX, depth + 1);
            }
            Markup::Transpose(body) => {
                self.at_least(body, ATOM, depth);
                self.put("ᵀ");
            }
            Markup::Power(base, exponent) => self.power(base, exponent, depth),
            Markup::Prefix(mark, body) => {
                self.put(&mark.text);
                if apart(mark, body) {
                    self.put(" ");
                }
                self.at_least(body, ATOM, depth);
            }
            Markup::Call(head, args) => {
                self.write(head, depth);
                self.fenced("(", args, ",", ")", depth);
            }
            Markup::Template(symbol, args) => match symbol.text.split_once("#1") {
                Some((before, after)) => {
                    self.put(before);
                    if let [arg] = args.as_slice() {
                        // Nothing closes after the argument of `√u`.
                        self.at_least(arg, if after.is_empty() { ATOM } else { OR }, depth + 1);
                    }
                    self.put(after);
                }
                None => {
                    self.put(&symbol.text);
                    self.fenced("(", args, ",", ")", depth);
                }
            },
            Markup::Big(sign, under, body) => self.big(sign, under, body, depth),
            Markup::Relation(operands, signs, binding) => {
                let own = strength_of(markup);
                for (position, operand) in operands.iter().enumerate() {
                    if position > 0 {
                        let sign = &signs[position - 1].text;
                        match sign.as_str() {
                            "," => {
                                self.put(",");
                                self.gap(depth);
                            }
                            ".." => self.put(".."),
                            word if self.compact && *binding != Binding::Compare && *binding != Binding::List => {
                                self.put(&format!(" {word} "))
                            }
                            sign => self.sign(sign, depth),
                        }
                    }
                    // A comma parts strongly enough.
                    let commas = *binding == Binding::List && signs.iter().all(|sign| sign.text == ",");
                    self.at_least(operand, if commas { SUM } else { own + 1 }, depth + 1);
                }
            }
            Markup::Not(body) => {
                self.put("not ");
                self.at_least(body, COMPARE, depth + 1);
            }
            Markup::Fence(fence, parts) => match fence {
                Fence::Angle => self.fenced("⟨", parts, ",", "⟩", depth),
                Fence::Stack => self.fenced("[", parts, ";", "]", depth),
                Fence::Floor => self.fenced("⌊", parts, ",", "⌋", depth),
                Fence::Truth => self.fenced("[", parts, ",", "]", depth),
            },
            Markup::Cases(condition, yes, no) => {
                self.put("where");
                for (position, part) in [condition, yes, no].into_iter().enumerate() {
                    self.put(if position == 0 { "(" } else { "," });
                    if position > 0 {
                        self.gap(depth);
                    }
                    self.write(part, depth + 1);
                }
                self.put(")");
            }
        }
    }

    fn fenced(&mut self, open: &str, parts: &[Markup], between: &str, close: &str, depth: usize) {
        self.put(open);
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                self.put(between);
                self.gap(depth);
            }
            self.write(part, depth + 1);
        }
        self.put(close);
    }

    fn scripts(&mut self, scripts: &[Markup]) {
        let mut inner = Writer { compact: true, ..Writer::default() };
        for (position, script) in scripts.iter().enumerate() {
            if position > 0 {
                inner.put(",");
            }
            inner.write(script, 0);
        }
        let inside = inner.ink.flat();
        let one = scripts.len() == 1 && (inside.chars().count() == 1 || inside.width() == 1);
        let plain = one || inside.chars().all(|letter| letter.is_ascii_digit());
        self.put(&if plain { format!("_{inside}") } else { format!("_{{{inside}}}") });
    }

    /// A sum sign at the end is bracketed if it is to be `closed`.
    fn product(&mut self, parts: &[(Sign, Markup)], depth: usize, closed: bool) {
        for (position, (sign, part)) in parts.iter().enumerate() {
            let last = position + 1 == parts.len();
            if position > 0 {
                match sign {
                    Sign::Entrywise => self.sign("⊙", depth),
                    Sign::Dot => self.sign("·", depth),
                    Sign::Matrix => self.gap(depth + 3),
                    Sign::Beside if self.compact => {}
                    Sign::Beside => self.put(" "),
                }
            }
            let matrix = parts.iter().any(|(sign, _)| *sign == Sign::Matrix);
            let least = match part {
                // A sum sign at the end reaches to the end, as it does for a reader.
                Markup::Big(..) if last && !matrix && position > 0 && !closed => BIG,
                _ if matrix => PREFIX,
                _ => CLOSE,
            };
            self.at_least(part, least, depth + 1);
        }
    }

    fn power(&mut self, base: &Markup, exponent: &Markup, depth: usize) {
        self.at_least(base, ATOM, depth);
        match superscript(exponent) {
            Some(raised) => self.put(&raised),
            None => {
                self.put("^");
                let compact = std::mem::replace(&mut self.compact, true);
                self.at_least(exponent, ATOM, depth);
                self.compact = compact;
            }
        }
    }

    fn big(&mut self, sign: &Symbol, under: &Under, body: &Markup, depth: usize) {
        let mut inner = Writer { compact: true, ..Writer::default() };
        inner.write(&under.index, 0);
        if let Some((low, high)) = &under.range {
            inner.put("=");
            inner.write(low, 0);
            inner.put("..");
            inner.write(high, 0);
        }
        if let Some(condition) = &under.condition {
            inner.compact = false;
            inner.put(" | ");
            inner.write(condition, 0);
        }
        let inside = inner.ink.flat();
        let below = if inside.chars().count() == 1 { format!("_{inside}") } else { format!("_{{{inside}}}") };
        self.put(&sign.text);
        self.put(&below);
        if is_sum_sign(sign) {
            self.put(" ");
            self.at_least(body, BIG, depth + 1);
        } else {
            self.put("(");
            self.write(body, depth + 1);
            self.put(")");
        }
    }
}

/// Whether the sign is drawn before its body; other reductions are written as calls.
pub fn is_sum_sign(sign: &Symbol) -> bool {
    sign.text == "Σ"
}

/// Whether the first summand ends in a sum sign, whose reach a reader would take to the summands behind it. Before
/// another sum sign none would.
pub(super) fn reaches_on(parts: &[(bool, Markup)]) -> bool {
    let is_sum = |markup: &Markup| matches!(markup, Markup::Big(sign, ..) if is_sum_sign(sign));
    let Some(((_, first), rest)) = parts.split_first() else { return false };
    let open = match first {
        Markup::Product(factors) => factors.last().is_some_and(|(_, last)| is_sum(last)),
        other => is_sum(other),
    };
    open && rest.iter().any(|(_, part)| !is_sum(part))
}

/// A whole number as raised digits.
fn superscript(exponent: &Markup) -> Option<String> {
    let (minus, digits) = match exponent {
        Markup::Symbol(symbol) => ("", symbol.text.as_str()),
        Markup::Sum(parts) => match parts.as_slice() {
            [(true, Markup::Symbol(symbol))] => ("⁻", symbol.text.as_str()),
            _ => return None,
        },
        _ => return None,
    };
    let raised: Option<String> = digits
        .chars()
        .map(|digit| digit.to_digit(10).and_then(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize)))
        .collect();
    raised.map(|raised| format!("{minus}{raised}"))
}

fn strength_of(markup: &Markup) -> u8 {
    match markup {
        Markup::Symbol(_) | Markup::Scripts(..) | Markup::Call(..) | Markup::Fence(..) | Markup::Cases(..) => ATOM,
        Markup::Template(symbol, _) if symbol.text.ends_with("#1") => PREFIX,
        Markup::Template(..) => ATOM,
        Markup::Sum(_) => SUM,
        Markup::Product(parts) if parts.iter().any(|(sign, _)| *sign == Sign::Matrix) => MATRIX,
        Markup::Product(_) => PRODUCT,
        Markup::Quotient(top, bottom) if tight(top, bottom) => CLOSE,
        Markup::Quotient(..) => PRODUCT,
        Markup::Transpose(_) | Markup::Power(..) => RAISED,
        Markup::Prefix(..) => PREFIX,
        Markup::Big(sign, ..) if is_sum_sign(sign) => BIG,
        Markup::Big(..) => ATOM,
        Markup::Relation(_, _, Binding::Or) => OR,
        Markup::Relation(_, _, Binding::And) => AND,
        Markup::Relation(_, _, Binding::Compare) => COMPARE,
        Markup::Relation(_, _, Binding::List) => SUM,
        Markup::Relation(_, _, Binding::Remainder) => PRODUCT,
        Markup::Not(_) => NOT,
    }
}

/// Whether a blank keeps the d of a differential from running into a word: `d tanh(u)`, `d d`, `d dx`.
pub(super) fn apart(mark: &Symbol, body: &Markup) -> bool {
    let letter = |text: &str| columns(text) == 1 && text != "d";
    match body {
        Markup::Scripts(base, _) => apart(mark, base),
        Markup::Symbol(symbol) => mark.text == "d" && !letter(&symbol.text),
        Markup::Prefix(inner, _) => mark.text == "d" && inner.text == "d",
        Markup::Call(..) | Markup::Cases(..) => true,
        Markup::Big(sign, ..) => !is_sum_sign(sign),
        Markup::Template(symbol, _) => symbol.text.starts_with(|letter: char| letter.is_alphabetic()),
        _ => false,
    }
}

/// Whether a quotient is written without blanks.
fn tight(top: &Markup, bottom: &Markup) -> bool {
    strength_of(top) >= PREFIX && strength_of(bottom) >= PREFIX
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
