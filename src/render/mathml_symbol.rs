//! A letter, number or word → MathML.

use super::markup::Symbol;
use super::svg::escaped;

/// The symbol. Its LaTeX tells an upright word from a name in italics.
pub fn symbol(symbol: &Symbol) -> String {
    let (text, latex) = (symbol.text.as_str(), symbol.latex.as_str());
    if latex.contains("10^{")
        && let Some((mantissa, power)) = text.split_once('e')
    {
        let front = if mantissa == "1" { String::new() } else { format!("<mn>{}</mn><mo>·</mo>", escaped(mantissa)) };
        let raised = match power.strip_prefix('-') {
            Some(power) => format!("<mrow><mo form=\"prefix\">−</mo><mn>{}</mn></mrow>", escaped(power)),
            None => format!("<mn>{}</mn>", escaped(power)),
        };
        return format!("<mrow>{front}<msup><mn>10</mn>{raised}</msup></mrow>");
    }
    // The mark of an adjoint stands before a name of its own.
    if let (Some(name), Some(after)) = (text.strip_prefix('δ'), latex.strip_prefix(r"\delta"))
        && !name.is_empty()
    {
        let name = self::symbol(&Symbol::new(name, after.trim_start()));
        return format!("<mrow><mi>δ</mi>{name}</mrow>");
    }
    if latex.starts_with(r"\mathit{") {
        return format!("<mi>{}</mi>", escaped(&italic(text)));
    }
    if let (Some(name), Some(after)) = (text.strip_prefix('d'), latex.strip_prefix(r"\mathrm{d}"))
        && !name.is_empty()
    {
        let name = self::symbol(&Symbol::new(name, after));
        return format!("<mrow><mi mathvariant=\"normal\">d</mi>{name}</mrow>");
    }
    if latex.starts_with(r"\mathrm{") || latex.starts_with(r"\operatorname{") {
        let normal = if text.chars().count() == 1 { " mathvariant=\"normal\"" } else { "" };
        return format!("<mi{normal}>{}</mi>", escaped(text));
    }
    match latex {
        r"\Sigma" => return "<mi>Σ</mi>".into(),
        r"\Upsilon" => return "<mi>Υ</mi>".into(),
        r"\partial " | r"\partial" => return "<mo form=\"prefix\" lspace=\"0\" rspace=\"0\">∂</mo>".into(),
        _ => {}
    }
    tokens(text, "infix", 0)
}

/// A bracket or bar of a size of its own: the size of a formula that is so tall, see [`super::latex::height`].
pub fn fence(sign: &str, form: &str, tall: usize) -> String {
    let size = match tall {
        0 => "stretchy=\"false\"".to_string(),
        tall => {
            let size = ["1.2em", "1.8em", "2.4em", "3em"][tall.min(4) - 1];
            format!("stretchy=\"true\" symmetric=\"true\" minsize=\"{size}\" maxsize=\"{size}\"")
        }
    };
    format!("<mo form=\"{form}\" {size} lspace=\"0\" rspace=\"0\">{sign}</mo>")
}

/// Unicode mathematics, letter by letter: words upright, single letters slanted, marks as operators, `_` for a subscript.
pub fn tokens(text: &str, form: &str, tall: usize) -> String {
    let mut found: Vec<String> = Vec::new();
    let mut below = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = |letter: char| match letter {
            letter if letter.is_ascii_digit() || letter == '.' => 1,
            letter if letter.is_alphabetic() || accent(letter).is_some() => 2,
            _ => 0,
        };
        let end = match class(first) {
            0 => first.len_utf8(),
            kind => rest.char_indices().find(|(_, letter)| class(*letter) != kind).map_or(rest.len(), |(at, _)| at),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        if token == "_" {
            below = true;
            continue;
        }
        let shown = match (class(first), token) {
            (1, _) => format!("<mn>{token}</mn>"),
            (2, _) => word(token),
            (_, "|" | "‖" | "(" | ")") => fence(token, form, tall),
            (_, "′") => fence(token, "postfix", 0),
            // Dots stand for something between commas.
            (_, "…") => "<mi>…</mi>".to_string(),
            _ if token.trim().is_empty() => "<mspace width=\"0.3em\"/>".to_string(),
            _ => format!("<mo>{}</mo>", escaped(token)),
        };
        match found.pop() {
            Some(base) if below => found.push(format!("<msub>{base}{shown}</msub>")),
            last => {
                found.extend(last);
                found.push(shown);
            }
        }
        below = false;
    }
    if found.len() == 1 { found.concat() } else { format!("<mrow>{}</mrow>", found.concat()) }
}

/// A word, or a letter with an accent above it.
fn word(token: &str) -> String {
    let mut letters = token.chars();
    if let (Some(base), Some(mark), None) = (letters.next(), letters.next().and_then(accent), letters.next()) {
        return format!("<mover accent=\"true\"><mi>{base}</mi><mo stretchy=\"false\">{mark}</mo></mover>");
    }
    format!("<mi>{}</mi>", escaped(token))
}

/// The accent that a combining mark is.
fn accent(mark: char) -> Option<&'static str> {
    match mark {
        '\u{302}' => Some("^"),
        '\u{303}' => Some("~"),
        '\u{304}' => Some("¯"),
        _ => None,
    }
}

/// Letters of a name in mathematical italics, as a word of several letters is not slanted by itself.
fn italic(text: &str) -> String {
    let slanted = |letter: char| match letter {
        'h' => 'ℎ',
        'a'..='z' => char::from_u32(0x1D44E + (letter as u32 - 'a' as u32)).unwrap_or(letter),
        'A'..='Z' => char::from_u32(0x1D434 + (letter as u32 - 'A' as u32)).unwrap_or(letter),
        other => other,
    };
    text.chars().map(slanted).collect()
}
