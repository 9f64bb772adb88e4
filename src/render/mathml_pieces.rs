//! A row of MathML → the pieces that a narrow screen may put on lines of their own.

/// Parts a row where a blank stands between elements.
pub fn pieces(row: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut tag) = (Vec::new(), 0, 0usize, None);
    for (at, letter) in row.char_indices() {
        match (letter, tag) {
            ('<', None) => tag = Some(at),
            ('>', Some(from)) => {
                let inside = &row[from..at];
                match () {
                    () if inside.starts_with("</") => depth = depth.saturating_sub(1),
                    () if inside.ends_with('/') => {}
                    () => depth += 1,
                }
                tag = None;
            }
            (' ', None) if depth == 0 => {
                found.push(&row[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&row[start..]);
    found.retain(|piece| !piece.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_outside_of_elements_part() {
        let row = "<mi>u</mi> <mo form=\"infix\">+</mo><mrow><mi>v</mi> <mtext>if so</mtext></mrow><mspace width=\"1em\"/> <mi>w</mi>";
        let found = pieces(row);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found.concat().replace(' ', ""), row.replace(' ', ""));
        assert_eq!((pieces(""), pieces("<mi>u</mi>")), (vec![], vec!["<mi>u</mi>"]));
    }
}
