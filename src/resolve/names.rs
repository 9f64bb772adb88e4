//! What a name stands for where it is read.

use super::combine;
use super::elaborate::{Elaborator, Made, Meaning};
use crate::math::expression::Term;
use crate::math::name::{Name, nearest};
use crate::math::network::Role;
use crate::math::number;
use crate::math::source::{Diagnostic, Span, Spanned};

impl Elaborator<'_, '_> {
    /// What a name means in the definition at hand, or as an index of the equation.
    pub fn meaning(&self, name: &Name) -> Option<&Meaning> {
        let own = self.frames.last().and_then(|frame| frame.names.get(name));
        own.or_else(|| self.frames.first().and_then(|frame| frame.names.get(name)))
    }

    /// The value, size or index that a name stands for.
    pub fn name(&mut self, name: &Name, span: &Span) -> Made<Term> {
        match self.meaning(name).cloned() {
            Some(Meaning::Index(value) | Meaning::Size(value)) => return Ok(combine::integer(value)),
            Some(Meaning::Value(term, nodes)) => {
                self.count(nodes, span)?;
                return Ok(term);
            }
            Some(Meaning::Array(..)) => {
                return Err(Diagnostic::error(format!("`{name}` has an index")).at(span, "read without one"));
            }
            None => {}
        }
        if self.world.quantities.contains_key(name) {
            let name = Spanned { node: name.clone(), span: span.clone() };
            return self.reading(&name, &[], span);
        }
        // π is there unless the file gives that name to something.
        if name.as_str() == "pi" && !self.world.places.contains_key(name) {
            return Ok(Term::number(number::pi()));
        }
        self.leaf_integer(name, span).map(combine::integer)
    }

    /// The message for a name that nobody declared.
    pub fn unknown(&self, name: &Name, span: &Span) -> Diagnostic {
        let text = name.as_str();
        if super::functions::is_function(self.world, name) {
            return Diagnostic::error(format!("`{name}` is a function"))
                .at(span, "used like a quantity here")
                .hint(format!("apply it: `{name}(…)`"));
        }
        let local = self.frames.iter().flat_map(|frame| frame.names.keys());
        let known = local.chain(self.world.places.keys()).map(Name::as_str);
        let error = Diagnostic::error(format!("unknown name `{text}`")).at(span, "not defined anywhere");
        // `dc` of a person is the derivative by `c`; `dL` may be one that was written with blanks.
        let moved = text.strip_prefix('d').filter(|rest| {
            *rest == "L" || self.world.quantities.get(&Name::from(*rest)).is_some_and(|own| own.role != Role::Given)
        });
        if let (true, Some(moved)) = (self.world.claims, moved) {
            return error.hint(match moved {
                "L" => "a derivative is written without blanks, as in `dL/dW`".to_string(),
                moved => format!(
                    "the derivative by `{moved}` is `dL/d{moved}`; a name of your own has its equation behind `where`"
                ),
            });
        }
        match nearest(text, known) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if text.chars().count() == 1 => error.hint(format!(
                "an index that numbers entries is declared once, as in `over {text} : N`; a quantity with `input`, `param` or \
                 `const`, or by an equation `{text} = …`"
            )),
            None => {
                error.hint(format!("declare it with `input`, `param` or `const`, or give it an equation: `{text} = …`"))
            }
        }
    }
}
