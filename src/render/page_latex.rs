//! Page → a LaTeX document that compiles by itself, with amsmath and nothing unusual.

use super::ink::Measure;
use super::latex::{ink, latex, tidy};
use super::markup::Symbol;
use super::names::escaped;
use super::page::{Block, Inline, Page, Row};
use super::text::columns;

/// The room for a formula, in tenths of an em: A4 with margins of 2 cm at 10 pt has about 48 em.
const ROOM: usize = 425;

/// The document.
pub fn page(page: &Page) -> String {
    let mut out = String::from(concat!(
        "\\documentclass[10pt,a4paper,fleqn]{article}\n",
        "\\usepackage[T1]{fontenc}\n",
        "\\usepackage[utf8]{inputenc}\n",
        "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}\n",
        "\\usepackage[margin=2cm]{geometry}\n",
        "\\usepackage{amsmath,amssymb}\n",
        "\\allowdisplaybreaks\n",
        "\\setlength{\\parindent}{0pt}\n",
        "\\setlength{\\parskip}{4pt}\n",
        "\\setlength{\\mathindent}{1.5em}\n",
        "\\AtBeginDocument{\\setlength{\\abovedisplayskip}{2pt}\\setlength{\\belowdisplayskip}{6pt}}\n",
        "\\begin{document}\n",
    ));
    if !page.title.is_empty() {
        out.push_str(&format!("\\section*{{{}}}\n", escaped(&page.title)));
    }
    for block in &page.blocks {
        match block {
            Block::Heading(level, parts) => match level {
                0 | 1 => out.push_str(&format!("\\subsection*{{{}}}\n", inline(parts))),
                2 => out.push_str(&format!("\\subsubsection*{{{}}}\n", inline(parts))),
                _ => out.push_str(&format!("\\hspace*{{{}em}}{}\n", level - 2, inline(parts))),
            },
            Block::Paragraph(parts) => out.push_str(&format!("{}\n\n", inline(parts))),
            Block::Equations(rows) => equations(rows, 0, &mut out),
            Block::Table(head, rows) => table(head, rows, &mut out),
            // Pictures are for screens; a document says where they are.
            Block::Figure(picture) => {
                let words = format!(
                    "{} {} (The picture is in the HTML and SVG forms of this page.)",
                    picture.title, picture.note
                );
                out.push_str(&format!("{}\n\n", escaped(&words)));
            }
        }
    }
    out.push_str("\\end{document}\n");
    out
}

fn inline(parts: &[Inline]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Inline::Words(words) => escaped(words),
            Inline::Math(markup) => format!("${}$", latex(markup).trim_end()),
            Inline::Code(code) => format!("\\texttt{{{}}}", escaped(code)),
        })
        .collect()
}

/// A caption inside math: words in `\text`, formulas as they are.
pub fn caption(parts: &[Inline]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Inline::Words(words) | Inline::Code(words) => format!("\\text{{{}}}", escaped(words)),
            Inline::Math(markup) => latex(markup),
        })
        .collect()
}

/// A sign of alignment; words become upright and stand between blanks.
pub fn sign(sign: &Symbol) -> String {
    if sign.latex.chars().all(|letter| letter.is_ascii_alphabetic()) {
        format!(r"\;\text{{{}}}\;", sign.latex)
    } else {
        sign.latex.clone()
    }
}

fn equations(rows: &[Row], depth: usize, out: &mut String) {
    out.push_str("\\begin{align*}\n");
    let mut first = true;
    lines(rows, depth, &mut first, out);
    out.push_str("\n\\end{align*}\n");
}

fn lines(rows: &[Row], depth: usize, first: &mut bool, out: &mut String) {
    let left_width = rows
        .iter()
        .map(|row| row.left.as_ref().map_or(0, |left| ink(left).width()) + if row.lead.is_some() { 30 } else { 0 })
        .max()
        .unwrap_or(0);
    for row in rows {
        // The finer steps that lead to a line stand before it.
        lines(&row.substeps, depth + 1, first, out);
        let lead = row.lead.map_or(String::new(), |lead| format!(r"\text{{{lead}}}\quad "));
        let left = row.left.as_ref().map_or(String::new(), latex);
        let measure = Measure { width: ROOM.saturating_sub(left_width + 20 + 25 * depth).max(150), step: 20 };
        let broken = ink(&row.right).lines(&measure);
        let last = broken.len().saturating_sub(1);
        let caption_width: usize = row.caption.iter().flatten().map(inline_width).sum();
        for (position, line) in broken.iter().enumerate() {
            if !std::mem::take(first) {
                out.push_str(" \\\\\n");
            }
            let folded = r"\qquad\big|\; ".repeat(depth);
            match position {
                0 => {
                    let sign = row.sign.as_ref().map_or(String::new(), sign);
                    out.push_str(&format!("{lead}{left} &{folded}{sign} {}", tidy(&line.text)));
                }
                _ => {
                    let indent = r"\quad ".repeat(line.indent + 1);
                    out.push_str(&format!("&{folded}{indent} {}", tidy(&line.text)));
                }
            }
            if position == last
                && let Some(parts) = &row.caption
            {
                let text: String = match parts.as_slice() {
                    [] => String::new(),
                    parts => inline(parts),
                };
                let used = left_width + 20 + 25 * depth + line.indent * 20 + line.width;
                // A caption that would run into the formula stands on a line of its own.
                if used + caption_width > ROOM {
                    out.push_str(" \\\\*\n&");
                }
                out.push_str(&format!(" \\tag*{{\\footnotesize {text}}}"));
            }
        }
    }
}

fn inline_width(part: &Inline) -> usize {
    match part {
        Inline::Words(words) | Inline::Code(words) => columns(words) * 4,
        // Limits stand beside a sum here, which makes up for the smaller letters.
        Inline::Math(markup) => ink(markup).width(),
    }
}

fn table(head: &[String], rows: &[Vec<Vec<Inline>>], out: &mut String) {
    if head.iter().all(String::is_empty) {
        // A list: its lines may be broken, which those of a table may not.
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| inline(cell)).collect();
            let (last, front) = cells.split_last().map_or(("", &[][..]), |(last, front)| (last.as_str(), front));
            out.push_str(&format!("\\hangindent=3em {}\\hfill {{\\footnotesize {last}}}\n\n", front.join("\\quad ")));
        }
        return;
    }
    out.push_str(&format!("\\begin{{tabular}}{{{}}}\n", "l".repeat(head.len())));
    let head: Vec<String> = head.iter().map(|cell| escaped(cell)).collect();
    out.push_str(&format!("{} \\\\ \\hline\n", head.join(" & ")));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| inline(cell)).collect();
        out.push_str(&format!("{} \\\\\n", cells.join(" & ")));
    }
    out.push_str("\\end{tabular}\n\n");
}
