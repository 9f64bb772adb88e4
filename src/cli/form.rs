//! Results in the form that was asked for.

use super::args::{Format, Report};
use super::{Failure, output};
use crate::math::source::Diagnostic;
use crate::render::{self, Page};
use serde::Serialize;
use std::path::Path;

/// A page in a format of pages.
pub fn page(page: &Page, format: Format, out: Option<&Path>) -> Result<(), Failure> {
    let text = match format {
        Format::Markdown => render::to_markdown(page),
        Format::Latex => render::to_latex(page),
        Format::Html => render::to_html(page, Some(&output::command())),
        Format::Text | Format::Json => render::to_terminal(page, output::width()),
    };
    output::write(&text, out)
}

/// A report in any of its forms; only the one that is asked for is made. `command` is what makes it.
pub fn report<T: Serialize>(
    format: Report,
    out: Option<&Path>,
    command: &str,
    page: impl Fn() -> Page,
    json: impl Fn() -> T,
    csv: impl Fn() -> Result<String, String>,
) -> Result<(), Failure> {
    let text = match format {
        Report::Json => return print(&json(), out),
        Report::Csv => csv().map_err(|error| {
            Failure::network(Diagnostic::error(format!("the numbers cannot be written as CSV: {error}")))
        })?,
        Report::Text => render::to_terminal(&page(), output::width()),
        Report::Markdown => render::to_markdown(&page()),
        Report::Html => render::to_html(&page(), Some(command)),
        Report::Svg => {
            let page = page();
            render::svg::file(&page.title, &page.pictures())
        }
    };
    output::write(&text, out)
}

/// A result as JSON.
pub fn print(value: &impl Serialize, out: Option<&Path>) -> Result<(), Failure> {
    match serde_json::to_string_pretty(value) {
        Ok(text) => output::write(&format!("{text}\n"), out),
        Err(error) => {
            Err(Failure::network(Diagnostic::error(format!("the result cannot be written as JSON: {error}"))))
        }
    }
}
