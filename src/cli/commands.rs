//! One function for each command: read, ask the library, write.

use super::args::{Derive, Format, Laws, List, Plain, Printed, Report, Schema, Show, Verify};
use super::{Failure, complain, data, input, output};
use crate::gallery;
use crate::math::name::nearest;
use crate::math::source::Diagnostic;
use crate::render::{self, Page, json};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;
use std::path::Path;

/// `derive NET`
pub fn derive(args: &Derive) -> Result<(), Failure> {
    let written = &args.written;
    let format = written.out.format(written.format)?;
    let (network, warnings) = input::network(&args.net, &args.settings)?;
    complain(&warnings);
    let goals = input::goals(&network, &args.wrt)?;
    let derivation = crate::derive(&network, &goals)?;
    let verdict = if written.unchecked { None } else { Some(crate::verdict(&network, &derivation, false)?) };
    let out = written.out.out.as_deref();
    let book = crate::book()?;
    match format {
        Format::Json => print(&json::derivation(&derivation, book, verdict.as_ref()), out)?,
        format => {
            page(&render::derivation::page(&derivation, book, verdict.as_ref(), written.steps.into()), format, out)?
        }
    }
    match verdict {
        Some(verdict) if !render::verdict::agrees(verdict.worst) => Err(Failure::refuted()),
        _ => Ok(()),
    }
}

/// `verify NET …`
pub fn verify(args: &Verify) -> Result<(), Failure> {
    let mut names = args.nets.clone();
    if args.all {
        names.extend(gallery::networks().into_iter().map(|(name, _)| name.to_string()));
    }
    let book = crate::book()?;
    let (mut pages, mut verdicts) = (Vec::new(), Vec::new());
    for name in &names {
        let (network, warnings) = input::network(name, &args.settings)?;
        complain(&warnings);
        let derivation = crate::derive(&network, &[])?;
        let verdict = crate::verdict(&network, &derivation, true)?;
        pages.push(render::to_text(&render::verdict::page(&network, book, &verdict), output::width()));
        verdicts.push(json::verdict(&network, &verdict));
    }
    let verdicts = json::verdicts(verdicts);
    let out = args.out.out.as_deref();
    match args.format {
        Plain::Json => print(&verdicts, out)?,
        Plain::Text => {
            let mut text = pages.join("\n");
            if names.len() > 1 {
                let agreeing = verdicts.networks.iter().filter(|verdict| verdict.agrees).count();
                text.push_str(&format!("\n{agreeing} of {} networks agree\n", names.len()));
            }
            output::write(&text, out)?;
        }
    }
    if verdicts.agrees { Ok(()) } else { Err(Failure::refuted()) }
}

/// `laws [NAME]`
pub fn laws(args: &Laws) -> Result<(), Failure> {
    let format = args.out.format(args.format)?;
    let book = crate::book()?;
    let out = args.out.out.as_deref();
    // An alias, such as σ, finds the function under its name.
    let name = args.name.as_ref().map(|name| book.operation(name).map_or(name.clone(), |found| found.name.to_string()));
    let shown = match &name {
        None => render::book::page(book),
        Some(name) => match render::book::detail(book, name, crate::proof(book, name).as_deref()) {
            Some(page) => page,
            None => {
                let error = Diagnostic::error(format!("the book has no law or function `{name}`"));
                let names = render::book::names(book);
                return Err(Failure::usage(match nearest(name, names.iter().map(String::as_str)) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint("`nablascope laws` shows the book"),
                }));
            }
        },
    };
    match format {
        Format::Json => print(&json::laws(book, name.as_deref()), out),
        format => page(&shown, format, out),
    }
}

/// What `list` prints.
#[derive(Serialize, JsonSchema)]
struct Listed {
    /// The gallery, sorted by name.
    networks: Vec<Entry>,
    /// Mappings of weight files, sorted by name.
    mappings: Vec<Entry>,
}

/// A network of the gallery, or a mapping.
#[derive(Serialize, JsonSchema)]
struct Entry {
    /// Its name.
    name: String,
    /// The first comment of its file.
    about: String,
}

/// `list`
pub fn list(args: &List) -> Result<(), Failure> {
    let entry = |(name, text): (&str, &str)| {
        let comment = text.lines().map(str::trim).find_map(|line| line.strip_prefix('#'));
        Entry { name: name.to_string(), about: comment.unwrap_or_default().trim().to_string() }
    };
    let listed = Listed {
        networks: gallery::networks().into_iter().map(entry).collect(),
        mappings: gallery::mappings().into_iter().map(entry).collect(),
    };
    let out = args.out.out.as_deref();
    match args.format {
        Plain::Json => print(&listed, out),
        Plain::Text => {
            let width = listed.networks.iter().chain(&listed.mappings).map(|entry| entry.name.len()).max().unwrap_or(0);
            let line = |Entry { name, about }: &Entry| format!("{name:width$}   {about}").trim_end().to_string() + "\n";
            let mut lines: Vec<String> = listed.networks.iter().map(line).collect();
            lines.push("\nMappings, for --weights\n".to_string());
            lines.extend(listed.mappings.iter().map(line));
            output::write(&lines.concat(), out)
        }
    }
}

/// `show NET`
pub fn show(args: &Show) -> Result<(), Failure> {
    let format = args.out.format(args.format)?;
    let out = args.out.out.as_deref();
    if args.source {
        // Mappings are shown as well: to be copied and changed.
        let source =
            gallery::mapping(&args.net).map_or_else(|| input::source(&args.net).map(|(source, _)| source), Ok)?;
        return output::write(&source.text, out);
    }
    let (network, warnings) = input::network(&args.net, &args.settings)?;
    complain(&warnings);
    let book = crate::book()?;
    match format {
        Format::Json => print(&json::network(&network, book), out),
        format => page(&render::network::page(&network, &crate::flow::fields(&network), book), format, out),
    }
}

/// `schema COMMAND`
pub fn schema(args: &Schema) -> Result<(), Failure> {
    let schema = match args.command {
        Printed::Derive => schema_for!(json::Derivation),
        Printed::Check => schema_for!(render::finding_json::Checked),
        Printed::Gradient => schema_for!(data::Gradients),
        Printed::Jacobian => schema_for!(json::Jacobian),
        Printed::JacobianValues => schema_for!(super::jacobian::Values),
        Printed::Verify => schema_for!(json::Verdicts),
        Printed::Laws => schema_for!(json::Laws),
        Printed::Activations => schema_for!(super::activations::Listed),
        Printed::Compare => schema_for!(render::comparison_json::Comparison),
        Printed::Claims => schema_for!(render::statement_json::Statements),
        Printed::List => schema_for!(Listed),
        Printed::Show => schema_for!(json::Shown),
        Printed::Sweep => schema_for!(render::flow_json::Flow),
        Printed::Theory => schema_for!(render::theory_json::Theory),
        Printed::Phase => schema_for!(render::theory_json::Phase),
        Printed::Diagnose => schema_for!(render::diagnosis_json::Diagnosis),
        Printed::Transform => schema_for!(super::transform::Transformed),
    };
    print(&schema, args.out.out.as_deref())
}

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
