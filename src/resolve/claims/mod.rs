//! Claims to equations: both sides and the author's own equations become quantities beside those of the network, and
//! derivatives become quantities that are given. So everything that is known of equations holds for claims, too.

mod draft;
mod pair;
mod ranges;
mod rewrite;
mod shape;
mod turned;
mod unknown;

pub use pair::side_by_side;
pub use unknown::{derivative, unknown_names};

use super::network::{Extra, extended};
use super::order::is_circle;
use crate::math::claim::{Assumption, Claim, Claims, Group, Misfit};
use crate::math::expression::Relation;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::source::{Diagnostic, Outcome, Span};
use crate::math::syntax::{NetworkFile, Statement, Written, WrittenClaim};
use draft::Draft;
use std::collections::BTreeMap;

/// The claims of a file whose network is `base`. An error names what cannot be read in them; a shape that can't be right
/// is none, but stands beside the claim.
pub fn claims(file: &NetworkFile, used: &[NetworkFile], book: &Book, base: &Network) -> Outcome<Claims> {
    let written: Vec<&WrittenClaim> = file.claims().collect();
    if written.is_empty() {
        let end = file.source.text.trim_end().len();
        return Err(vec![
            Diagnostic::error("the file claims nothing")
                .at(&Span { source: file.source.clone(), start: end, end }, "nothing to check")
                .hint("write a claim after the equations, such as `claim dW: dL/dW = …`"),
        ]);
    }
    twice(&written)?;
    let scopes = scopes(&written);
    let mut reader = Reader { file: &without_claims(file), used, book, base };
    let (mut groups, mut errors) = (Vec::new(), Vec::new());
    for scope in scopes {
        match reader.scope(&scope) {
            Ok(found) => groups.extend(found),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(Claims { base: base.clone(), groups }) } else { Err(errors) }
}

fn without_claims(file: &NetworkFile) -> NetworkFile {
    let other = |statement: &&crate::math::source::Spanned<Statement>| !matches!(statement.node, Statement::Claim(_));
    NetworkFile { statements: file.statements.iter().filter(other).cloned().collect(), ..file.clone() }
}

/// Two claims of one name could not be told apart.
fn twice(written: &[&WrittenClaim]) -> Outcome<()> {
    let mut known: BTreeMap<&Name, &WrittenClaim> = BTreeMap::new();
    let mut errors = Vec::new();
    for claim in written {
        match known.get(&claim.name.node) {
            Some(before) => errors.push(
                Diagnostic::error(format!("two claims are called `{}`", claim.name.node))
                    .at(&claim.name.span, "again here")
                    .at(&before.name.span, "first here")
                    .hint("give each claim a name of its own"),
            ),
            None => {
                known.insert(&claim.name.node, claim);
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Claims that share the names of their author, and those names with their equations.
#[derive(Clone, Default)]
pub struct Scope<'f> {
    claims: Vec<&'f WrittenClaim>,
    locals: Vec<&'f (Written, Written)>,
}

/// A claim shares the names of the one before, unless it defines one of them otherwise. Then it takes over those that it
/// does not define anew.
fn scopes<'f>(written: &[&'f WrittenClaim]) -> Vec<Scope<'f>> {
    let mut scopes: Vec<Scope<'f>> = Vec::new();
    for claim in written {
        let mut scope = scopes.last().cloned().unwrap_or_default();
        let text = |local: &(Written, Written)| {
            let words = |part: &Written| part.span.text().split_whitespace().collect::<String>();
            (words(&local.0), words(&local.1))
        };
        let clash = claim.locals.iter().any(|own| {
            scope.locals.iter().any(|other| draft::names_alike(&own.0, &other.0) && text(own) != text(other))
        });
        let assumes =
            |claim: &WrittenClaim| claim.assumptions.iter().map(|one| one.span.text().to_string()).collect::<Vec<_>>();
        let apart = clash || scope.claims.last().is_some_and(|before| assumes(before) != assumes(claim));
        if apart {
            scope.claims.clear();
            let anew =
                |other: &&(Written, Written)| !claim.locals.iter().any(|own| draft::names_alike(&own.0, &other.0));
            scope.locals.retain(anew);
        } else {
            scopes.pop();
        }
        for own in &claim.locals {
            if !scope.locals.iter().any(|other| text(own) == text(other)) {
                scope.locals.push(own);
            }
        }
        scope.claims.push(claim);
        scopes.push(scope);
    }
    scopes
}

struct Reader<'f> {
    file: &'f NetworkFile,
    used: &'f [NetworkFile],
    book: &'f Book,
    base: &'f Network,
}

impl Reader<'_> {
    /// The groups of a scope: one, unless some claim of it has a shape that can't be right.
    fn scope(&mut self, scope: &Scope) -> Outcome<Vec<Group>> {
        let circle = |errors: &[Diagnostic]| errors.iter().any(is_circle);
        match self.group(scope, &shape::Given::default()) {
            Ok(mut group) => {
                self.turn(scope, &mut group);
                return Ok(vec![group]);
            }
            Err(errors) if !errors.iter().all(shape::is_misfit) && !circle(&errors) => return Err(errors),
            Err(_) => {}
        }
        let (mut groups, mut errors) = (Vec::new(), Vec::new());
        for claim in &scope.claims {
            let one = Scope { claims: vec![claim], locals: draft::reached(claim, &scope.locals) };
            match self.group(&one, &shape::Given::default()) {
                Ok(mut group) => {
                    self.turn(&one, &mut group);
                    groups.push(group);
                }
                Err(found) if circle(&found) => match shape::parted(self, &one, found) {
                    Ok(group) => groups.push(group),
                    Err(found) => {
                        errors.extend(found.into_iter().filter(|error| !errors.contains(error)).collect::<Vec<_>>())
                    }
                },
                Err(found) if found.iter().all(shape::is_misfit) => match shape::mended(self, &one, found) {
                    Ok(mut group) => {
                        self.turn(&one, &mut group);
                        groups.push(group);
                    }
                    Err(found) => errors.extend(found),
                },
                Err(found) => errors.extend(found),
            }
        }
        if errors.is_empty() { Ok(groups) } else { Err(errors) }
    }

    /// Claims whose shapes can't be right get the ways to turn a matrix over in which they fit.
    fn turn(&self, scope: &Scope, group: &mut Group) {
        for claim in &mut group.claims {
            let written = scope.claims.iter().find(|written| written.name.node == claim.name);
            let (Some(misfit), Some(written)) = (&mut claim.misfit, written) else { continue };
            let one = Scope { claims: vec![written], locals: draft::reached(written, &scope.locals) };
            misfit.turned = turned::turned(self, &one);
        }
    }

    /// A scope as one network. `given` are names whose equations are left out, with the shapes they must have.
    fn group(&self, scope: &Scope, given: &shape::Given) -> Outcome<Group> {
        let draft = Draft::of(self.base, scope, given)?;
        let mut file = self.file.clone();
        file.statements.extend(draft.statements.iter().cloned());
        let extra = Extra { entries: draft.entries.clone(), lenient: draft.targets.clone() };
        let mut network = extended(&file, self.used, self.book, &extra)?;
        network.outputs.clone_from(&self.base.outputs);
        network.loss.clone_from(&self.base.loss);
        ranges::lengthen(&mut network, self.base, &draft.targets);
        let mut claims = Vec::new();
        for side in &draft.sides {
            let assumptions = side.assumptions.clone();
            let mut claim = Claim {
                name: side.name.clone(),
                span: side.span.clone(),
                left: side.left.clone(),
                right: side.right.clone(),
                assumptions,
                misfit: None,
            };
            claim.misfit = shape::of_sides(&mut network, &claim);
            ranges::shorten(&mut network, &claim, &draft.derivatives, self.base.loss.as_ref());
            claims.push(claim);
        }
        let local = |name: &&Name| network.quantity(name).is_some_and(|quantity| quantity.role == Role::Computed);
        let locals: Vec<Name> = draft.locals.iter().filter(local).cloned().collect();
        let mut base = self.base.clone();
        for claim in &claims {
            for assumption in &claim.assumptions {
                settle(&mut network, &mut base, assumption);
            }
        }
        Ok(Group {
            base,
            derivatives: draft.derivatives,
            upstreams: draft.upstreams,
            locals,
            claims,
            circle: None,
            network,
        })
    }
}

/// `eps = 0` gives a constant of the network the value that it is assumed to have.
fn settle(network: &mut Network, base: &mut Network, assumption: &Assumption) {
    let body = |name: &Name| network.equations_of(name).next().map(|equation| equation.body.clone());
    let (Some(left), Some(right)) = (body(&assumption.left), body(&assumption.right)) else { return };
    let (Some(read), Some(value)) = (left.as_read(), right.as_number()) else { return };
    let name = read.quantity.clone();
    if assumption.relation != Relation::Equal {
        return;
    }
    for network in [network, base] {
        if let Some(quantity) = network.quantities.get_mut(&name)
            && let Role::Const(numbers) = &mut quantity.role
        {
            numbers.fill(value.clone());
        }
    }
}

/// A misfit that only the reader of expressions can describe.
fn misfit(errors: &[Diagnostic]) -> Option<Misfit> {
    errors.first().map(|reason| Misfit {
        at: None,
        found: None,
        wanted: None,
        reason: reason.clone(),
        turned: Vec::new(),
    })
}
