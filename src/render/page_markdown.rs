//! Page → GitHub-flavoured Markdown, with formulas in LaTeX between dollars.

use super::latex::latex;
use super::page::{Block, Inline, Page, Row};

/// The page.
pub fn page(page: &Page) -> String {
    let mut out = String::new();
    if !page.title.is_empty() {
        out.push_str(&format!("# {}\n", escaped(&page.title)));
    }
    for block in &page.blocks {
        if !out.is_empty() {
            out.push('\n');
        }
        match block {
            Block::Heading(level, parts) => {
                out.push_str(&format!("{} {}\n", "#".repeat(usize::from(*level) + 1), inline(parts)));
            }
            Block::Paragraph(parts) => out.push_str(&format!("{}\n", inline(parts))),
            Block::Equations(rows) => equations(rows, &mut out),
            Block::Table(head, rows) => table(head, rows, &mut out),
            Block::Figure(picture) => {
                out.push_str(&format!("```text\n{}\n```\n", super::plot::plot(picture, 100).join("\n")));
            }
        }
    }
    out
}

fn inline(parts: &[Inline]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Inline::Words(words) => escaped(words),
            // The backticks keep Markdown from reading _ and * inside the formula.
            Inline::Math(markup) => format!("$`{}`$", latex(markup).trim_end()),
            Inline::Code(code) => format!("`{code}`"),
        })
        .collect()
}

/// Words with the signs that Markdown would read as its own.
fn escaped(words: &str) -> String {
    let mut out = String::new();
    for letter in words.chars() {
        if matches!(letter, '*' | '_' | '`' | '#' | '<' | '>' | '[' | ']' | '|' | '\\' | '$') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A fenced `math` block, which needs no further escapes, then the folded steps.
fn equations(rows: &[Row], out: &mut String) {
    out.push_str("```math\n\\begin{aligned}\n");
    for (position, row) in rows.iter().enumerate() {
        let lead = row.lead.map_or(String::new(), |lead| format!(r"\text{{{lead}}}\quad "));
        let left = row.left.as_ref().map_or(String::new(), latex);
        let sign = row.sign.as_ref().map_or(String::new(), super::page_latex::sign);
        let caption = row
            .caption
            .as_ref()
            .map_or(String::new(), |caption| format!(r" && \quad {}", super::page_latex::caption(caption)));
        let end = if position + 1 == rows.len() { "" } else { r" \\" };
        out.push_str(&format!("{lead}{left} &{sign} {}{caption}{end}\n", latex(&row.right).trim_end()));
    }
    out.push_str("\\end{aligned}\n```\n");
    for row in rows.iter().filter(|row| !row.substeps.is_empty()) {
        let caption = row.caption.as_ref().map_or(String::new(), |caption| inline(caption));
        out.push_str(&format!("\n<details><summary>{caption}, step by step</summary>\n\n"));
        equations(&row.substeps, out);
        out.push_str("\n</details>\n");
    }
}

fn table(head: &[String], rows: &[Vec<Vec<Inline>>], out: &mut String) {
    let head: Vec<String> = head.iter().map(|cell| escaped(cell)).collect();
    out.push_str(&format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len())));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| inline(cell)).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}
