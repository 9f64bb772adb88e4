//! Another nonlinearity.

use super::edits::Edits;
use super::refuse;
use super::sites;
use super::view::View;
use crate::math::name::nearest;
use crate::math::source::Diagnostic;
use crate::math::syntax::Expression;
use crate::math::transformation::WORDS;

/// Fails for a word that is neither a transformation nor a function of one number.
pub fn known(view: &View, name: &str) -> Result<(), Diagnostic> {
    if view.facts.nature(&format!("{name}(u)")).is_some() {
        return Ok(());
    }
    let all = "`nablascope transform --list` shows transformations, `nablascope activations` functions";
    let near = nearest(name, WORDS.iter().map(|known| known.word));
    Err(refuse(format!("`{name}` is no transformation and no function of one number")).hint(match near {
        Some(near) => format!("did you mean `{near}`? {all}"),
        None => all.to_string(),
    }))
}

/// Exchanges all nonlinearities of the step that are no gates.
pub fn exchange(view: &View, edits: &mut Edits, name: &str) -> Result<(), Diagnostic> {
    known(view, name)?;
    let all = sites::sites(view);
    let gates = all.iter().filter(|site| site.gate).count();
    let plain: Vec<_> = all.iter().filter(|site| !site.gate).collect();
    if plain.is_empty() {
        return Err(refuse(match gates {
            0 => "there is no nonlinearity of one number to exchange".to_string(),
            _ => format!(
                "all {gates} nonlinearities are gates: their values lie between 0 and 1 and multiply what passes"
            ),
        }));
    }
    let mut constants = Vec::new();
    for site in plain {
        let Expression::Call(_) = &site.call.node else { continue };
        let own = &site.function.node;
        if let Some(value) = view.alias(own) {
            let gate_too = all.iter().any(|other| other.gate && &other.function.node == own);
            if !gate_too {
                if !constants.contains(own) && view.text(&value.span) != name {
                    edits.put(&value.span, name);
                }
                constants.push(own.clone());
                continue;
            }
        }
        if site.alone {
            if view.text(&site.function.span) != name {
                edits.put(&site.function.span, name);
            }
            continue;
        }
        // The other arguments, such as the 0 of max(0, u), go too.
        edits.replace(site.call.span.start, site.argument.span.start, format!("{name}("));
        edits.replace(view.end(&site.argument.span), view.end(&site.call.span), ")");
    }
    if edits.is_empty() {
        return Err(refuse(format!("its nonlinearity is `{name}` already")));
    }
    Ok(())
}
