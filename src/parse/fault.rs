//! A syntax error in words: what was found, what was expected, and a hint where the mistake is a common one.

use super::grammar::Rule;
use super::reader::Reader;
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
        if token.starts_with(|c: char| c.is_alphabetic() || c == '_') && !RESERVED.contains(&token) {
            return no_keyword(word, token, &place);
        }
    }
    if token.starts_with(|c: char| c.is_ascii_digit()) && token.chars().any(char::is_alphabetic) {
        let digits = token.len() - token.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, name) = token.split_at(digits);
        return Diagnostic::error(format!("`{token}` is neither a number nor a name"))
            .at(&place, "a name cannot begin with a digit")
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
    match hint(token, before, text[..at].ends_with('*'), &expected) {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// A word before a name that begins no statement.
fn no_keyword(word: &str, name: &str, place: &Span) -> Diagnostic {
    let meant = match word.to_lowercase().as_str() {
        "data" | "given" | "target" | "label" | "labels" | "constant" => Some("const"),
        "weight" | "weights" | "parameter" | "parameters" | "var" | "variable" | "learn" | "learned" => Some("param"),
        "in" | "inputs" | "feature" => Some("input"),
        "out" | "outputs" | "return" => Some("output"),
        "index" | "for" => Some("over"),
        "let" | "function" | "fn" => Some("def"),
        "dim" | "dims" | "sizes" => Some("size"),
        _ => None,
    };
    let error = Diagnostic::error(format!("no statement begins with `{word}`")).at(place, "not one of the words below");
    let all = "statements begin with network, use, size, along, over, input, param, state, const, output, def, loss or \
               claim, or are equations such as `h = …`";
    error.hint(match meant {
        Some("const") => format!("what the data give without a gradient is declared `const {name}`; {all}"),
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

/// A rule in a reader's words; empty for what need not be said.
fn spell(rule: Rule) -> &'static str {
    match rule {
        Rule::open_paren | Rule::arguments | Rule::parameters => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket | Rule::bracket | Rule::def_indices => "`[`",
        Rule::close_bracket => "`]`",
        Rule::open_angle => "`⟨`",
        Rule::close_angle => "`⟩`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::dots => "`..`",
        Rule::bar => "`|`",
        Rule::equals => "`=`",
        Rule::tilde => "`~`",
        Rule::padding | Rule::else_word => "`else 0`",
        Rule::by_word => "`×`",
        Rule::text => "a name in double quotes",
        Rule::semicolon => "`;`",
        Rule::tensor | Rule::held => "the name of a tensor",
        Rule::name => "a name",
        Rule::number => "a number",
        Rule::EOI => "the end",
        Rule::plus
        | Rule::minus
        | Rule::product_operator
        | Rule::relation
        | Rule::caret
        | Rule::power
        | Rule::transpose
        | Rule::superscript
        | Rule::or_word
        | Rule::and_word => "an operator",
        Rule::slot | Rule::whole => "a subscript",
        Rule::shape => "a size",
        Rule::range => "a range",
        Rule::expression
        | Rule::conjunction
        | Rule::negation
        | Rule::comparison
        | Rule::sum
        | Rule::product
        | Rule::factor
        | Rule::postfix
        | Rule::primary
        | Rule::argument
        | Rule::applied
        | Rule::group
        | Rule::list
        | Rule::not_word
        | Rule::claim_local => "an expression",
        Rule::statement
        | Rule::header
        | Rule::use_file
        | Rule::sizes
        | Rule::indices
        | Rule::declarations
        | Rule::outputs
        | Rule::definition
        | Rule::loss
        | Rule::claim
        | Rule::network_word
        | Rule::use_word
        | Rule::size_word
        | Rule::along_word
        | Rule::over_word
        | Rule::input_word
        | Rule::param_word
        | Rule::state_word
        | Rule::const_word
        | Rule::output_word
        | Rule::def_word
        | Rule::loss_word
        | Rule::claim_word => "the next statement",
        Rule::equation => "an equation",
        Rule::when_word | Rule::assumptions => "`when`",
        Rule::where_word | Rule::locals | Rule::claim_locals => "`where`",
        Rule::chapter_title => "a title, `# Chapter 1. Sums and products`",
        Rule::law_name => "the name of the law",
        Rule::law_purpose => "`differential`, `adjoint`, `algebra` or `reading`",
        Rule::law_equal | Rule::law_equal_left | Rule::law_index | Rule::law_in | Rule::law_not_in => {
            "a condition, such as `u > 0` or `s not in u`"
        }
        Rule::payload | Rule::letter_shape => "a payload, such as `S`, `number`, `N` or `M × N`",
        Rule::letter | Rule::letters => "a name",
        Rule::table | Rule::table_number | Rule::table_row => "a number, or a table such as `[0 1; 0 0]`",
        Rule::law_when => "`when`",
        Rule::law_fails => "`fails at`",
        Rule::law_caption => "`--` and a caption",
        Rule::prose | Rule::law_line | Rule::letters_line | Rule::operation | Rule::purpose_line => {
            "a line of the book"
        }
        Rule::declaration | Rule::size_item | Rule::index_item | Rule::parameter => "a name",
        _ => "",
    }
}
