//! Ink: a formula as pieces of text with places where a line may end, and the filling of lines.

/// Pieces in order. Widths are in whatever unit the medium measures: columns, or tenths of an em.
#[derive(Clone, Debug, Default)]
pub struct Ink {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text {
        text: String,
        width: usize,
    },
    /// A blank where the line may end; the smaller the depth, the better the place.
    Break {
        depth: usize,
        width: usize,
    },
}

/// A line of a broken formula.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// How many steps further in than the first line it starts.
    pub indent: usize,
    /// What stands on it.
    pub text: String,
    /// How wide that is, without the indent.
    pub width: usize,
}

/// How far each level of a broken formula is moved in, in units of the medium.
pub struct Measure {
    /// The room for a line.
    pub width: usize,
    /// The step of an indent.
    pub step: usize,
}

impl Ink {
    /// Adds text.
    pub fn put(&mut self, text: impl Into<String>, width: usize) {
        self.pieces.push(Piece::Text { text: text.into(), width });
    }

    /// Adds a blank where the line may end.
    pub fn gap(&mut self, depth: usize, width: usize) {
        self.pieces.push(Piece::Break { depth, width });
    }

    /// On one line.
    pub fn flat(&self) -> String {
        flat(&self.pieces)
    }

    /// How wide it is on one line.
    pub fn width(&self) -> usize {
        width(&self.pieces)
    }

    /// Broken into lines that fit the measure where they can.
    pub fn lines(&self, measure: &Measure) -> Vec<Line> {
        let mut lines = vec![Line::default()];
        fill(&self.pieces, 0, measure, &mut lines);
        lines
    }
}

fn flat(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text { text, .. } => text.as_str(),
            Piece::Break { .. } => " ",
        })
        .collect()
}

fn width(pieces: &[Piece]) -> usize {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text { width, .. } | Piece::Break { width, .. } => *width,
        })
        .sum()
}

/// Puts the pieces at the end of the last line and on new ones, `indent` steps in.
fn fill(pieces: &[Piece], indent: usize, measure: &Measure, lines: &mut Vec<Line>) {
    let taken = |lines: &[Line]| lines.last().map_or(0, |line| line.indent * measure.step + line.width);
    let append = |pieces: &[Piece], lines: &mut Vec<Line>| {
        if let Some(line) = lines.last_mut() {
            line.text.push_str(&flat(pieces));
            line.width += width(pieces);
        }
    };
    let best = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Break { depth, .. } => Some(*depth),
            Piece::Text { .. } => None,
        })
        .min();
    let Some(best) = best.filter(|_| taken(lines) + width(pieces) > measure.width) else {
        return append(pieces, lines);
    };
    let is_break = |piece: &Piece| matches!(piece, Piece::Break { depth, .. } if *depth == best);
    for (position, part) in pieces.split(is_break).enumerate() {
        let (own, blank) = (width(part), usize::from(position > 0));
        // The blank of a break that is not taken.
        let gap = [Piece::Break { depth: best, width: blank * measure.step / 2 }];
        let fits = taken(lines) + own + blank <= measure.width;
        let fits_alone = (indent + 1) * measure.step + own <= measure.width;
        if position == 0 || fits {
            if position > 0 {
                append(&gap, lines);
            }
            if fits { append(part, lines) } else { fill(part, indent + 1, measure, lines) }
        } else if fits_alone {
            lines.push(Line { indent: indent + 1, text: flat(part), width: own });
        } else if taken(lines) * 5 > measure.width * 2 {
            // Too long for any line: it is broken within, from the start of a line if little room is left.
            lines.push(Line { indent: indent + 1, ..Line::default() });
            fill(part, indent + 1, measure, lines);
        } else {
            append(&gap, lines);
            fill(part, indent + 1, measure, lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_outermost_breaks_first() {
        let mut ink = Ink::default();
        for (position, text) in ["aaaa", "+ bbbb", "+ (cc", "+ dd)", "+ ee"].iter().enumerate() {
            if position > 0 {
                ink.gap(if position == 3 { 1 } else { 0 }, 1);
            }
            ink.put(*text, text.len());
        }
        let lines = ink.lines(&Measure { width: 14, step: 2 });
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["aaaa + bbbb", "+ (cc + dd)", "+ ee"]);
    }

    #[test]
    fn what_cannot_be_broken_stays_whole() {
        let mut ink = Ink::default();
        ink.put("abcdefgh", 8);
        assert_eq!(ink.lines(&Measure { width: 3, step: 1 }).len(), 1);
    }
}
