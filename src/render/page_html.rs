//! Page → one HTML file that needs nothing else: no network, no script. Formulas are MathML in a font that is embedded.

use super::drawing::Sheet;
use super::markup::Symbol;
use super::page::{Block, Inline, Page, Row};
use super::svg::{self, escaped};
use super::{mathml, picture::Picture};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A subset of Latin Modern Math under another name; `html/FONT.md` tells the licence.
const FONT: &[u8] = include_bytes!("html/nablascope-math.woff2");
const STYLE: &str = include_str!("html/style.css");

/// The room for a formula with its left side, in tenths of an em.
const ROOM: usize = 460;

/// The page. `made` is the command that made it.
pub fn page(page: &Page, made: Option<&str>) -> String {
    let title = if page.title.is_empty() { "nablascope" } else { &page.title };
    let mut writer = Writer { out: String::new(), figures: 0, headings: 0 };
    let headings: Vec<&Vec<Inline>> = page
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Heading(level, parts) if *level <= 1 => Some(parts),
            _ => None,
        })
        .collect();
    writer.put(&format!("<header><h1>{}</h1></header>\n", escaped(title)));
    if headings.len() > 3 {
        writer.put("<nav aria-label=\"Contents\"><ul>\n");
        for (number, parts) in headings.iter().enumerate() {
            writer.put(&format!("<li><a href=\"#s{}\">{}</a></li>\n", number + 1, inline(parts)));
        }
        writer.put("</ul></nav>\n");
    }
    writer.put("<main>\n");
    page.blocks.iter().for_each(|block| writer.block(block));
    writer.put("</main>\n");
    let by = concat!("nablascope ", env!("CARGO_PKG_VERSION"));
    let footer = match made {
        Some(made) => format!("Made by {by} with <code>{}</code>", escaped(made)),
        None => format!("Made by {by}"),
    };
    writer.put(&format!("<footer><p>{footer}</p></footer>\n"));
    let body = writer.out;
    let font = if body.contains("<math") {
        format!(
            "<!-- The font Nablascope Math is a subset of Latin Modern Math 1.959 by B. Jackowski, P. Strzelczyk and P. Pianowski, under the GUST Font License, http://www.gust.org.pl/fonts/licenses/GUST-FONT-LICENSE.txt -->\n<style>@font-face{{font-family:\"Nablascope Math\";src:url(data:font/woff2;base64,{}) format(\"woff2\")}}</style>\n",
            STANDARD.encode(FONT)
        )
    } else {
        String::new()
    };
    let pictures = if writer.figures > 0 { super::svg_style::style() } else { String::new() };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}</title>\n<style>\n{STYLE}{pictures}</style>\n{font}</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

/// Words, formulas and names in a line.
fn inline(parts: &[Inline]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Inline::Words(words) => escaped(words),
            Inline::Math(markup) => mathml::inline(markup),
            Inline::Code(code) => format!("<code>{}</code>", escaped(code)),
        })
        .collect()
}

struct Writer {
    out: String,
    figures: usize,
    headings: usize,
}

impl Writer {
    fn put(&mut self, html: &str) {
        self.out.push_str(html);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, parts) if *level <= 1 => {
                self.headings += 1;
                let number = self.headings;
                self.put(&format!("<h2 id=\"s{number}\">{}</h2>\n", inline(parts)));
            }
            Block::Heading(_, parts) => self.put(&format!("<h3>{}</h3>\n", inline(parts))),
            Block::Paragraph(parts) => self.put(&format!("<p>{}</p>\n", inline(parts))),
            Block::Equations(rows) => {
                self.put("<div class=\"wide\" role=\"region\" aria-label=\"Equations\" tabindex=\"0\">\n");
                self.equations(rows, 0);
                self.put("</div>\n");
            }
            Block::Table(head, rows) => self.table(head, rows),
            Block::Figure(picture) => self.figure(picture),
        }
    }

    /// Rows aligned at their signs; finer steps are folded beneath a row.
    fn equations(&mut self, rows: &[Row], depth: usize) {
        self.put("<table class=\"eq\" role=\"presentation\">\n");
        let left = rows.iter().map(|row| row.left.as_ref().map_or(0, mathml::width)).max().unwrap_or(0);
        let room = ROOM.saturating_sub(left + 20 + 20 * depth).max(250);
        for row in rows {
            let lead = row.lead.map_or(String::new(), |lead| format!("<span class=\"lead\">{lead}</span> "));
            let left: String =
                row.left.iter().flat_map(|left| mathml::lines(left, usize::MAX)).map(|(_, line)| line).collect();
            let sign = row.sign.as_ref().map_or(String::new(), sign);
            let right: String = mathml::lines(&row.right, room)
                .into_iter()
                .map(|(indent, line)| format!("<div style=\"padding-left:{}em\">{line}</div>", indent * 2))
                .collect();
            let caption = row.caption.as_ref().map_or(String::new(), |caption| inline(caption));
            self.put(&format!("<tr><td class=\"l\">{lead}{left}</td><td class=\"s\">{sign}</td><td class=\"r\">{right}</td><td class=\"c\">{caption}</td></tr>\n"));
            if !row.substeps.is_empty() {
                let what =
                    if caption.is_empty() { "Step by step".to_string() } else { format!("{caption}, step by step") };
                self.put(&format!("<tr><td></td><td></td><td colspan=\"2\"><details><summary>{what}</summary>\n"));
                self.equations(&row.substeps, depth + 1);
                self.put("</details></td></tr>\n");
            }
        }
        self.put("</table>\n");
    }

    fn table(&mut self, head: &[String], rows: &[Vec<Vec<Inline>>]) {
        self.put("<div class=\"wide\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table class=\"tb\">\n");
        let numbers = |column: usize| {
            !rows.is_empty() && rows.iter().all(|row| row.get(column).is_some_and(|cell| is_number(cell)))
        };
        let class = |column: usize| if numbers(column) { " class=\"n\"" } else { "" };
        if head.iter().any(|cell| !cell.is_empty()) {
            let title =
                |(column, cell): (usize, &String)| format!("<th scope=\"col\"{}>{}</th>", class(column), escaped(cell));
            let cells: String = head.iter().enumerate().map(title).collect();
            self.put(&format!("<thead><tr>{cells}</tr></thead>\n"));
        }
        self.put("<tbody>\n");
        for row in rows {
            let cell = |(column, cell): (usize, &Vec<Inline>)| format!("<td{}>{}</td>", class(column), inline(cell));
            let cells: String = row.iter().enumerate().map(cell).collect();
            self.put(&format!("<tr>{cells}</tr>\n"));
        }
        self.put("</tbody></table></div>\n");
    }

    /// A picture is drawn twice, for screens and paper and for phones; one of them is shown.
    fn figure(&mut self, picture: &Picture) {
        self.figures += 1;
        let number = self.figures;
        let wide =
            svg::inline(picture, Sheet { width: 940.0, plot: 330.0, titled: false }, &format!("f{number}"), "on-wide");
        let narrow = svg::inline(
            picture,
            Sheet { width: 350.0, plot: 240.0, titled: false },
            &format!("n{number}"),
            "on-narrow",
        );
        let note = if picture.note.is_empty() { String::new() } else { format!(" {}", escaped(&picture.note)) };
        self.put(&format!(
            "<figure>\n<figcaption><b>{}.</b>{note}</figcaption>\n{wide}{narrow}</figure>\n",
            escaped(&picture.title)
        ));
    }
}

/// A sign of alignment: a word stands upright.
fn sign(sign: &Symbol) -> String {
    if sign.text.chars().all(char::is_alphabetic) {
        return escaped(&sign.text);
    }
    format!("<math><mo>{}</mo></math>", escaped(&sign.text))
}

/// Whether a cell holds a number. A column of numbers stands at the right.
fn is_number(cell: &[Inline]) -> bool {
    let [Inline::Words(words)] = cell else { return false };
    let digits = words.chars().filter(char::is_ascii_digit).count();
    matches!(words.as_str(), "−∞" | "∞" | "–")
        || (digits > 0 && words.chars().all(|letter| !letter.is_alphabetic() || letter == 'e'))
}

#[cfg(test)]
#[path = "page_html_tests.rs"]
pub mod tests;
