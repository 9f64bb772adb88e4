//! A syntax error in words: what was found, what was expected, and a hint where the mistake is a common one.

use super::grammar::Rule;
use super::reader::Reader;
use super::spell::spell;
use crate::math::name::nearest;
use crate::math::source::{Diagnostic, Span};
use pest::error::{Error, ErrorVariant, InputLocation};

/// Words that cannot be names.
pub const RESERVED: [&str; 20] = [
    "network", "use", "size", "along", "over", "input", "param", "state", "const", "output", "def", "loss", "claim",
    "where", "when", "else", "by", "and", "or", "not",
];

/// The diagnostic for a failed parse.
pub fn explain(error: &Error<Rule>, reader: &Reader<'_>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((at, _)) => at,
    };
    let text = reader.source.text.get(reader.offset..).unwrap_or_default();
    let rest = text.get(at..).unwrap_or_default();
    let token = token(rest);
    let place = reader.stretch(at, at + token.len());
    let before = word_before(text.get(..at).unwrap_or_default());
    let expected = expected(error);

    if RESERVED.contains(&token) && expected.iter().any(|words| ["a name", "an expression"].contains(&words.as_str())) {
        return reserved(token, &place);
    }
    if let Some(word) = before.filter(|word| RESERVED.contains(word) && matches!(token, "=" | "[")) {
        let end = text[..at].trim_end().len();
        return reserved(word, &reader.stretch(end - word.len(), end));
    }
    if let Some(word) = before.filter(|_| expected.iter().any(|words| words == "`=`")) {
        let end = text[..at].trim_end().len();
        let place = reader.stretch(end - word.len(), end);
        if word_before(&text[..end - word.len()]) == Some("loss") {
            return Diagnostic::error(format!("the loss `{word}` has no equation"))
                .at(&place, "`=` is missing behind it")
                .hint(format!("`loss {word} = …` is the equation of the loss, and stands for `{word} = …`"));
        }
        let names = token.starts_with(|c: char| c.is_alphabetic() || c == '_') && !RESERVED.contains(&token);
        // A sign of a shape says that the colon is missing.
        if !matches!(token, "×" | "by")
            && let Some(beside) = beside(&text[..end - word.len()], word, names.then_some(token))
        {
            return Diagnostic::error(format!("unexpected `{word}`")).at(&place, beside.0).hint(beside.1);
        }
        if names {
            return no_keyword(word, token, &place);
        }
    }
    if token.starts_with(|c: char| c.is_ascii_digit()) && token.chars().any(char::is_alphabetic) {
        let digits = numeral(rest);
        let letters = rest[digits..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - digits);
        let (number, name) = rest[..digits + letters.min(40)].split_at(digits);
        return Diagnostic::error(format!("`{number}{name}` is neither a number nor a name"))
            .at(&reader.stretch(at, at + number.len() + name.len()), "a name cannot begin with a digit")
            .hint(format!("for a product write `{number} * {name}`"));
    }
    let found = match token.trim() {
        "" if rest.is_empty() => "end of the text".to_string(),
        // Only chapters care about the ends of lines.
        "" => "end of the line".to_string(),
        token => format!("`{token}`"),
    };
    let diagnostic =
        Diagnostic::error(format!("unexpected {found}")).at(&place, format!("expected {}", either(&expected)));
    let hint = match before {
        Some(word) if rest.starts_with(".T") => Some(format!("the transpose is written `{word}^T`")),
        _ => hint(token, before, text[..at].ends_with('*'), &expected),
    };
    match hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// How long the number is that `rest` begins with.
fn numeral(rest: &str) -> usize {
    let digits = |from: usize| from + rest[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - from);
    let whole = digits(0);
    let end = if rest[whole..].starts_with('.') { digits(whole + 1) } else { whole };
    // An exponent has digits.
    let exponent = rest[end..].strip_prefix(['e', 'E']).map(|_| end + 1);
    let signed = exponent.map(|at| if rest[at..].starts_with(['+', '-']) { at + 1 } else { at });
    signed.map(|at| (at, digits(at))).filter(|(at, past)| past > at).map_or(end, |(_, past)| past)
}

/// A name that stands right beside another one, with nothing between them: what was expected there, and a hint. `text` is all before it,
/// `next` the name behind it.
fn beside(text: &str, word: &str, next: Option<&str>) -> Option<(&'static str, String)> {
    let line = text.rsplit('\n').next().unwrap_or_default();
    let before = word_before(line).filter(|before| !RESERVED.contains(before))?;
    let keyword = line.split_whitespace().next().unwrap_or_default();
    let declares = ["size", "along", "over", "input", "param", "state", "const", "output"].contains(&keyword);
    // The last thing of the list: `W : H` of `param V : D, W : H`.
    let shaped = line.rsplit(',').next().is_some_and(|item| item.contains(':'));
    if declares && shaped && ["x", "X"].contains(&word) {
        let next = next.unwrap_or("D");
        let hint = format!("write `{before} × {next}`, or `{before} by {next}`");
        return Some(("a letter, and no sign between sizes", hint));
    }
    // What reads like the word of a statement is no name of a list.
    if declares && (next.is_none() || meant(word).is_none()) {
        return Some(match shaped {
            true => (
                "expected `×`, `,` or the next statement",
                format!("a shape is written `{before} × {word}`; what follows it in a list stands behind a comma"),
            ),
            false => (
                "expected `,` or the next statement",
                format!("names are separated by commas: `{keyword} {before}, {word}`"),
            ),
        });
    }
    (next.is_none() && line.contains('=')).then(|| {
        let product = format!("a product is written `{before} @ {word}` or `{before} * {word}`");
        ("expected an operator", format!("{product}, a function's value `{before}({word})`"))
    })
}

/// The word of a statement that somebody may have meant by another one.
fn meant(word: &str) -> Option<&'static str> {
    let other = match word.to_lowercase().as_str() {
        "data" | "given" | "target" | "label" | "labels" | "constant" => Some("const"),
        "weight" | "weights" | "parameter" | "parameters" | "var" | "variable" | "learn" | "learned" => Some("param"),
        "in" | "inputs" | "feature" => Some("input"),
        "out" | "outputs" | "return" => Some("output"),
        "index" | "for" => Some("over"),
        "let" | "function" | "fn" => Some("def"),
        "dim" | "dims" | "sizes" => Some("size"),
        _ => None,
    };
    // Words that begin a statement, and one that follows a claim.
    other.or_else(|| nearest(word, RESERVED.iter().take(14).copied()))
}

/// A word before a name that begins no statement.
fn no_keyword(word: &str, name: &str, place: &Span) -> Diagnostic {
    let error = Diagnostic::error(format!("no statement begins with `{word}`")).at(place, "not one of the words below");
    let all = "statements begin with network, use, size, along, over, input, param, state, const, output, def, loss or \
               claim, or are equations such as `h = …`";
    error.hint(match meant(word) {
        Some("where") => "did you mean `where`?".to_string(),
        Some("const") if nearest(word, ["const"].into_iter()).is_none() => {
            format!("what the data give without a gradient is declared `const {name}`; {all}")
        }
        Some(keyword) => format!("write `{keyword} {name}`; {all}"),
        None => all.to_string(),
    })
}

fn reserved(word: &str, place: &Span) -> Diagnostic {
    Diagnostic::error(format!("`{word}` is a reserved word"))
        .at(place, "cannot be a name")
        .hint(format!("choose another name, such as `{word}_`"))
}

/// What could have stood there, without repetition, most specific first.
fn expected(error: &Error<Rule>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if let ErrorVariant::ParsingError { positives, .. } = &error.variant {
        for rule in positives {
            let words = spell(*rule);
            if !words.is_empty() && !found.iter().any(|known| known == words) {
                found.push(words.to_string());
            }
        }
    }
    // Where an operator could follow, so could a bracket or `×`; that need not be said.
    if found.iter().any(|words| words == "an operator") {
        found.retain(|words| !matches!(words.as_str(), "`(`" | "`[`" | "`×`"));
    }
    // Closing marks and commas say more than the long list of operators that could also follow.
    found.sort_by_key(|words| match words.as_str() {
        "an operator" => 1,
        "the next statement" | "the end" => 2,
        _ => 0,
    });
    found
}

fn either(words: &[String]) -> String {
    match words {
        [] => "something else".into(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

fn hint(token: &str, before: Option<&str>, doubled: bool, expected: &[String]) -> Option<String> {
    let wants = |words: &str| expected.iter().any(|word| word == words);
    let word = token.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    match token {
        "'" | "’" | "′" => Some("names have no primes; the transpose is `^T`".into()),
        "**" => Some("a power is written `^`".into()),
        ":=" | "==" if wants("`=`") => Some("an equation is written with `=`".into()),
        "+=" | "-=" | "*=" => Some("a network is a set of equations: write the whole right side after `=`".into()),
        "=" if wants("`:`") && !wants("`=`") => {
            Some("a shape or a range stands behind a colon: `W : H × D`, `l : 1..60`".into())
        }
        "=" if wants("an operator") => Some("a comparison is written `==`".into()),
        "&&" | "&" => Some("conditions are joined by `and`".into()),
        "||" => Some("conditions are joined by `or`".into()),
        "!" => Some("write `not` before a condition".into()),
        ";" => Some("statements are separated by line breaks or blanks".into()),
        "{" | "}" => Some("subscripts stand in `[ ]`, arguments in `( )`".into()),
        "//" if before.is_none() => Some("a comment begins with `#`".into()),
        "√" => Some("write `sqrt(u)`".into()),
        "(" if wants("`=`") && before.is_some() => before.map(|name| {
            format!("an index stands in brackets, as in `{name}[t] = …`; a function is defined by `def {name}(u) = …`")
        }),
        "/" if wants("`=`") && before.is_some_and(|name| name.starts_with(['d', 'δ', '∂'])) => {
            Some("a claim has a name: `claim NAME: dL/dW = …`".into())
        }
        _ if wants("`:`") && before.is_some() && expected.len() == 1 => {
            before.map(|name| format!("a claim is written `claim {name}: A = B`"))
        }
        "" if wants("`=`") && wants("an operator") => {
            Some("both sides of an equation are needed, as in `A = B`; `==` compares within an expression".into())
        }
        "×" | "by" if wants("`=`") => Some("a shape stands behind a colon: `W : H × D`".into()),
        "*" if doubled => Some("a power is written `^`".into()),
        _ if word && wants("an operator") => {
            Some(format!("two expressions stand side by side; a product is written `… @ {token}` or `… * {token}`"))
        }
        _ if wants("`=`") && before.is_some() => Some(format!(
            "a statement begins with a word such as `size`, `input`, `param`, or is an equation such as `{} = …`",
            before.unwrap_or_default()
        )),
        _ => None,
    }
}

/// The word or mark at the start of `rest`.
fn token(rest: &str) -> &str {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let length = match rest.chars().next() {
        None => 0,
        Some(c) if c.is_ascii_digit() => rest.find(|c: char| !word(c) && c != '.').unwrap_or(rest.len()),
        Some(c) if word(c) => rest.find(|c: char| !word(c)).unwrap_or(rest.len()),
        Some(c) => ["**", ":=", "==", "+=", "-=", "*=", "&&", "||", "//", ".."]
            .iter()
            .find(|mark| rest.starts_with(**mark))
            .map_or(c.len_utf8(), |mark| mark.len()),
    };
    // A long word is cut: the message shows enough of it.
    rest.char_indices().take_while(|(at, _)| *at < length).nth(40).map_or(&rest[..length], |(at, _)| &rest[..at])
}

/// The word that ends `text`, blanks aside.
fn word_before(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let start = text
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    Some(&text[start..]).filter(|word| !word.is_empty())
}
