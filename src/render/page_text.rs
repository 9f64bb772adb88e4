//! Page → text for a terminal.

use super::ink::Measure;
use super::page::{Block, Inline, Page, Row};
use super::text::{columns, ink, text};

/// A formula is moved in by so many columns when its line is broken.
const STEP: usize = 2;
/// Headings of deeper levels stand within what the one above speaks of, and are moved in.
const WITHIN: u8 = 2;
/// A column of a table is not made narrower than this.
const NARROWEST: usize = 24;

/// The page in lines of at most `width` columns, where its formulas can be broken so.
pub fn page(page: &Page, width: usize) -> String {
    styled(page, width, "", "")
}

/// The same with bold headings.
pub fn terminal(page: &Page, width: usize) -> String {
    styled(page, width, "\u{1b}[1m", "\u{1b}[0m")
}

fn styled(page: &Page, width: usize, bold: &str, plain: &str) -> String {
    let width = width.max(40);
    let mut out = String::new();
    if !page.title.is_empty() {
        out.push_str(&format!("{bold}{}{plain}\n", page.title));
    }
    let mut level = WITHIN;
    for (position, block) in page.blocks.iter().enumerate() {
        let after_heading = position > 0 && matches!(page.blocks[position - 1], Block::Heading(..));
        let blank = match block {
            Block::Heading(level, _) => !out.is_empty() && *level <= WITHIN,
            Block::Paragraph(_) => position > 0 && !after_heading,
            // What follows from a calculation stands right beneath it.
            Block::Equations(rows) if rows.iter().all(|row| row.lead.is_some()) => false,
            Block::Equations(_) | Block::Table(..) | Block::Figure(_) => position > 0 && !after_heading,
        };
        if blank {
            out.push('\n');
        }
        match block {
            Block::Heading(depth, parts) => {
                level = (*depth).max(WITHIN);
                let indent = " ".repeat(usize::from(level - WITHIN) * STEP);
                out.push_str(&format!("{indent}{bold}{}{plain}\n", inline(parts)));
            }
            Block::Paragraph(parts) => {
                for line in filled(parts, width) {
                    out.push_str(&format!("{line}\n"));
                }
            }
            Block::Equations(rows) => equations(rows, usize::from(level - WITHIN + 1) * STEP, width, &mut out),
            Block::Table(head, rows) => table(head, rows, width, &mut out),
            Block::Figure(picture) => {
                for line in super::plot::plot(picture, width) {
                    out.push_str(&format!("{line}\n"));
                }
            }
        }
    }
    out
}

/// A paragraph on one line.
pub fn inline(parts: &[Inline]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Inline::Words(words) => words.clone(),
            Inline::Math(markup) => text(markup),
            Inline::Code(code) => code.clone(),
        })
        .collect()
}

/// Words and formulas filled into lines. A line does not end within a formula that takes less than a third of it.
pub(super) fn filled(parts: &[Inline], width: usize) -> Vec<String> {
    let kept = |part: &Inline| {
        let words = inline(std::slice::from_ref(part));
        let whole = matches!(part, Inline::Math(_)) && columns(&words) * 3 < width;
        if whole { words.replace(' ', "\u{a0}") } else { words }
    };
    let words: String = parts.iter().map(kept).collect();
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines.iter_mut().for_each(|line| *line = line.replace('\u{a0}', " "));
    lines
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Rows aligned at their signs, captions in a column of their own.
fn equations(rows: &[Row], indent: usize, width: usize, out: &mut String) {
    let lefts: Vec<String> = rows
        .iter()
        .map(|row| {
            let lead = row.lead.map_or(String::new(), |lead| format!("{lead} "));
            format!("{lead}{}", row.left.as_ref().map_or(String::new(), text))
        })
        .collect();
    let left_width = lefts.iter().map(|left| columns(left)).max().unwrap_or(0).min(width / 3);
    let signs: Vec<String> =
        rows.iter().map(|row| row.sign.as_ref().map_or(String::new(), |sign| format!("{} ", sign.text))).collect();
    let sign_width = signs.iter().map(|sign| columns(sign)).max().unwrap_or(0);
    let margin = if left_width > 0 { indent + left_width + 1 } else { indent };
    let captions: Vec<Vec<String>> =
        rows.iter().map(|row| row.caption.as_ref().map_or(Vec::new(), |caption| filled(caption, width / 2))).collect();
    let caption_width = captions.iter().flatten().map(|line| columns(line)).max().unwrap_or(0);
    let bodies: Vec<Vec<(usize, String)>> = rows
        .iter()
        .zip(&lefts)
        .zip(&signs)
        .map(|((row, left), sign)| body(row, left, sign, left_width, sign_width, margin, width))
        .collect();
    let longest = |limit: usize| {
        let ends = bodies.iter().zip(&captions).filter(|(_, caption)| !caption.is_empty());
        ends.filter_map(|(lines, _)| lines.last())
            .map(|(at, line)| at + columns(line))
            .filter(|end| *end <= limit)
            .max()
    };
    // Where no formula leaves room, captions stand at the right, each beneath its formula.
    let right = width.saturating_sub(caption_width);
    let column = longest(right.saturating_sub(3)).map_or(right, |end| end + 3);
    for ((row, lines), caption) in rows.iter().zip(&bodies).zip(&captions) {
        // The finer steps that lead to a line stand before it, behind a bar.
        if !row.substeps.is_empty() {
            let mut beneath = String::new();
            equations(&row.substeps, 1, width.saturating_sub(margin + 3).max(40), &mut beneath);
            for line in beneath.lines() {
                out.push_str(&format!("{}│{line}\n", " ".repeat(margin + 2)));
            }
        }
        for (position, (at, line)) in lines.iter().enumerate() {
            let mut printed = format!("{}{line}", " ".repeat(*at));
            if position + 1 == lines.len() && !caption.is_empty() {
                if columns(&printed) + 3 > column {
                    out.push_str(&format!("{}\n", printed.trim_end()));
                    printed = String::new();
                }
                printed = format!("{}{}", padded(&printed, column), caption[0]);
            }
            out.push_str(&format!("{}\n", printed.trim_end()));
            if position + 1 == lines.len() {
                caption.iter().skip(1).for_each(|line| out.push_str(&format!("{}{line}\n", " ".repeat(column))));
            }
        }
    }
}

/// The lines of one row, each with the column where it starts.
fn body(
    row: &Row,
    left: &str,
    sign: &str,
    left_width: usize,
    sign_width: usize,
    margin: usize,
    width: usize,
) -> Vec<(usize, String)> {
    let first = if left_width > 0 { margin - left_width - 1 } else { margin };
    let start = margin + sign_width;
    let measure = Measure { width: width.saturating_sub(start).max(30), step: STEP };
    let mut lines = Vec::new();
    let mut head = if left_width > 0 { format!("{} ", padded(left, left_width)) } else { String::new() };
    if columns(left) > left_width {
        // A left side too long for the column gets a line of its own.
        lines.push((first, left.to_string()));
        head = " ".repeat(left_width + 1);
    }
    for (position, line) in ink(&row.right).lines(&measure).into_iter().enumerate() {
        if position == 0 {
            lines.push((first, format!("{head}{}{}", padded(sign, sign_width), line.text)));
        } else {
            lines.push((start + line.indent * STEP, line.text));
        }
    }
    lines
}

/// Columns with three blanks between them. Where they are wider than the line together, the widest are narrowed, and their
/// cells filled into several lines.
fn table(head: &[String], rows: &[Vec<Vec<Inline>>], width: usize, out: &mut String) {
    let width_of = |position: usize| {
        let cells = rows.iter().filter_map(|row| row.get(position));
        cells.map(|cell| columns(&inline(cell))).max().unwrap_or(0).max(columns(&head[position]))
    };
    let natural: Vec<usize> = (0..head.len()).map(width_of).collect();
    let room = narrowed(&natural, width.saturating_sub(2 + 3 * head.len().saturating_sub(1)));
    let cell = |(cell, (width, natural)): (&Vec<Inline>, (&usize, &usize))| match width < natural {
        true => hanging(cell, *width),
        false => vec![inline(cell)],
    };
    let filled: Vec<Vec<Vec<String>>> =
        rows.iter().map(|row| row.iter().zip(room.iter().zip(&natural)).map(cell).collect()).collect();
    // What cannot be broken may need more than its share.
    let taken = |position: usize| {
        let lines = filled.iter().filter_map(|row| row.get(position)).flatten();
        lines.map(|line| columns(line)).max().unwrap_or(0).max(columns(&head[position]))
    };
    let widths: Vec<usize> = (0..head.len()).map(taken).collect();
    let mut line = |cells: &[Vec<String>]| {
        for number in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let part =
                |(cell, width): (&Vec<String>, &usize)| padded(cell.get(number).map_or("", String::as_str), *width);
            let row: Vec<String> = cells.iter().zip(&widths).map(part).collect();
            out.push_str(&format!("  {}\n", row.join("   ").trim_end()));
        }
    };
    if head.iter().any(|cell| !cell.is_empty()) {
        line(&head.iter().map(|cell| vec![cell.clone()]).collect::<Vec<_>>());
    }
    filled.iter().for_each(|row| line(row));
}

/// A cell in lines of at most `width` columns where it can be; those after the first are moved in.
fn hanging(cell: &[Inline], width: usize) -> Vec<String> {
    if let [Inline::Math(formula)] = cell {
        let lines = ink(formula).lines(&Measure { width, step: STEP });
        return lines.into_iter().map(|line| format!("{}{}", " ".repeat(line.indent * STEP), line.text)).collect();
    }
    let mut lines: Vec<String> = Vec::new();
    for word in inline(cell).split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                *line = format!("{line} {word}");
            }
            Some(_) => lines.push(format!("{}{word}", " ".repeat(STEP))),
            None => lines.push(word.to_string()),
        }
    }
    lines
}

/// Widths that fit into `room` together, as far as the widest can be narrowed for it.
fn narrowed(widths: &[usize], room: usize) -> Vec<usize> {
    let fits = |most: &usize| widths.iter().map(|width| width.min(most)).sum::<usize>() <= room;
    let widest = widths.iter().copied().max().unwrap_or(0);
    let most = (NARROWEST.min(widest)..=widest).rev().find(fits).unwrap_or(NARROWEST.min(widest));
    widths.iter().map(|width| *width.min(&most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_apart_beside_words_that_cannot_be_broken() {
        let cells = |texts: [&str; 3]| texts.iter().map(|text| vec![Inline::words(*text)]).collect();
        let long = "recurrent_transition_matrix_of_the_second_layer";
        let rows = vec![cells([long, "a matrix of many rows and many columns", "α"]), cells(["W", "short", "β"])];
        let mut told = String::new();
        table(&["name", "what", "where"].map(String::from), &rows, 60, &mut told);
        let starts = |word: &str| {
            let line = told.lines().find(|line| line.contains(word)).expect("a line");
            columns(&line[..line.find(word).expect("in it")])
        };
        assert_eq!((starts("what"), starts("where")), (starts("short"), starts("β")), "{told}");
        assert_eq!((starts("a matrix"), starts("where")), (starts("short"), starts("α")), "{told}");
    }
}
