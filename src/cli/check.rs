//! `check FILE` and `prove 'A = B'`.

use super::args::{Check, Format, Proofs, Prove};
use super::{Failure, commands, complain, input};
use crate::math::finding::{Findings, Standing};
use crate::render;
use std::path::Path;

/// `check FILE`
pub fn check(args: &Check) -> Result<(), Failure> {
    let (source, path) = input::source(&args.net)?;
    let claims = args.claims.as_ref().map(|path| input::file(Path::new(path), path)).transpose()?;
    let load = |name: &str| input::beside(path.as_deref(), name);
    let (findings, warnings) =
        crate::check(&source, claims.as_ref(), &args.proofs.settings.single()?, &load).map_err(unusable)?;
    complain(&warnings);
    finish(&findings, &args.proofs)
}

/// `prove 'A = B'`
pub fn prove(args: &Prove) -> Result<(), Failure> {
    finish(&proved(args)?, &args.proofs)
}

/// What becomes of the equality.
pub fn proved(args: &Prove) -> Result<Findings, Failure> {
    let network = match &args.network {
        Some(net) => Some(input::source(net)?),
        None => None,
    };
    let path = network.as_ref().and_then(|(_, path)| path.clone());
    let load = |name: &str| input::beside(path.as_deref(), name);
    let source = network.as_ref().map(|(source, _)| source);
    let question = crate::Equality { text: &args.claim, given: &args.given, assumed: &args.assume };
    crate::prove(&question, source, &args.proofs.settings.single()?, &load).map_err(unusable)
}

/// A file or claim that cannot be read is no refuted claim.
fn unusable(diagnostics: Vec<crate::math::source::Diagnostic>) -> Failure {
    Failure { code: 2, diagnostics }
}

fn finish(findings: &Findings, proofs: &Proofs) -> Result<(), Failure> {
    let (book, out) = (crate::book()?, proofs.out.out.as_deref());
    match proofs.format {
        Format::Json => commands::print(&render::finding_json::json(findings, book), out)?,
        format => commands::page(&render::finding::page(findings, book, proofs.steps.into()), format, out)?,
    }
    let any = |standing: Standing| findings.findings.iter().any(|finding| finding.standing == standing);
    match (any(Standing::Refuted), any(Standing::Unknown)) {
        (true, _) => Err(Failure { code: 1, diagnostics: Vec::new() }),
        (false, true) => Err(Failure { code: 3, diagnostics: Vec::new() }),
        _ => Ok(()),
    }
}
