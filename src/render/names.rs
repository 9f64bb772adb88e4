//! How one name is spelled in each medium: `W_f` is W with subscript f, `gamma` is γ, `xhat` is x̂, `h0` is h with subscript 0.

use super::markup::{Markup, Symbol};
use super::primes::PRIME;

/// Letters with a name of their own. `delta` is missing on purpose: δ marks adjoints.
const GREEK: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("iota", "ι"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("upsilon", "υ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Gamma", "Γ"),
    ("Delta", "Δ"),
    ("Theta", "Θ"),
    ("Lambda", "Λ"),
    ("Xi", "Ξ"),
    ("Pi", "Π"),
    ("Phi", "Φ"),
    ("Psi", "Ψ"),
    ("Omega", "Ω"),
];

/// Capital sigma is spelled out in text, where Σ means a sum.
const ONLY_LATEX: &[(&str, &str)] = &[("Sigma", r"\Sigma"), ("Upsilon", r"\Upsilon")];

/// Accents: the ending of the name, the combining character, the command.
const ACCENTS: &[(&str, char, &str)] =
    &[("hat", '\u{302}', r"\hat"), ("bar", '\u{304}', r"\bar"), ("tilde", '\u{303}', r"\tilde")];

/// A name taken apart: its letter and the subscripts that belong to the name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spelling {
    /// The letter or word in front.
    pub base: Symbol,
    /// Its own subscripts.
    pub scripts: Vec<Symbol>,
}

impl Spelling {
    /// Takes a name apart at its underscores and before its last digits.
    pub fn of(name: &str) -> Spelling {
        let bare = name.trim_end_matches(PRIME);
        if bare.len() < name.len() {
            let Spelling { base, scripts } = Spelling::of(bare);
            let primes = name.len() - bare.len();
            let latex = format!("{}{}", base.latex, "'".repeat(primes / PRIME.len_utf8()));
            return Spelling { base: Symbol::new(format!("{}{}", base.text, &name[bare.len()..]), latex), scripts };
        }
        let mut parts = name.split('_').filter(|part| !part.is_empty());
        let first = parts.next().unwrap_or(name);
        let letters = first.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let digits = &first[letters.len()..];
        let mut scripts = Vec::new();
        let base = if letters.is_empty() || digits.is_empty() {
            word(first)
        } else {
            scripts.push(Symbol::same(digits));
            word(letters)
        };
        scripts.extend(parts.map(word));
        Spelling { base, scripts }
    }

    /// As a formula. `guarded` puts the name's own subscripts in parentheses, so that `W_1` the name and `W_1` the
    /// entry stay apart.
    pub fn markup(&self, guarded: bool) -> Markup {
        let scripts = self.scripts.iter().map(|part| {
            Markup::Symbol(if guarded {
                Symbol::new(format!("({})", part.text), format!("({})", part.latex))
            } else {
                part.clone()
            })
        });
        Markup::Symbol(self.base.clone()).with_scripts(scripts.collect())
    }
}

/// A part of a name without underscores.
fn word(text: &str) -> Symbol {
    if let Some(symbol) = letter(text) {
        return symbol;
    }
    for (ending, mark, command) in ACCENTS {
        if let Some(base) = text.strip_suffix(ending).and_then(letter) {
            let mut accented = base.text.clone();
            accented.push(*mark);
            return Symbol::new(accented, format!("{command}{{{}}}", base.latex));
        }
    }
    Symbol::new(text, format!(r"\mathit{{{}}}", escaped(text)))
}

/// A single letter, Latin or Greek.
fn letter(text: &str) -> Option<Symbol> {
    if let Some((name, shown)) = GREEK.iter().find(|(name, shown)| *name == text || *shown == text) {
        return Some(Symbol::new(*shown, format!(r"\{name}")));
    }
    if let Some((name, command)) = ONLY_LATEX.iter().find(|(name, _)| *name == text) {
        return Some(Symbol::new(*name, *command));
    }
    match text {
        "eps" | "ϵ" => Some(Symbol::new("ε", r"\varepsilon")),
        "ell" => Some(Symbol::new("ℓ", r"\ell")),
        _ => {
            let mut letters = text.chars();
            let only = letters.next().filter(|_| letters.next().is_none())?;
            only.is_ascii_alphanumeric().then(|| Symbol::same(only))
        }
    }
}

/// Text that LaTeX prints as it stands, inside `\mathit` or `\text`. Letters that the standard fonts lack are left
/// to their code points.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                out.push_str(if quoted { "``" } else { "''" });
            }
            '_' | '#' | '$' | '%' | '&' | '{' | '}' => {
                out.push('\\');
                out.push(letter);
            }
            '\\' => out.push_str(r"\textbackslash{}"),
            '~' => out.push_str(r"\textasciitilde{}"),
            '^' => out.push_str(r"\textasciicircum{}"),
            '−' => out.push_str(r"\ensuremath{-}"),
            '′' => out.push_str(r"\ensuremath{'}"),
            '²' => out.push_str(r"\ensuremath{^2}"),
            '³' => out.push_str(r"\ensuremath{^3}"),
            'ᵀ' => out.push_str(r"\ensuremath{^{\top}}"),
            '⊙' => out.push_str(r"\ensuremath{\odot}"),
            '·' => out.push_str(r"\ensuremath{\cdot}"),
            '×' => out.push_str(r"\ensuremath{\times}"),
            '∂' => out.push_str(r"\ensuremath{\partial}"),
            'δ' => out.push_str(r"\ensuremath{\delta}"),
            '⟨' => out.push_str(r"\ensuremath{\langle}"),
            '⟩' => out.push_str(r"\ensuremath{\rangle}"),
            '≤' => out.push_str(r"\ensuremath{\le}"),
            '≥' => out.push_str(r"\ensuremath{\ge}"),
            '≠' => out.push_str(r"\ensuremath{\ne}"),
            '→' => out.push_str(r"\ensuremath{\to}"),
            '∞' => out.push_str(r"\ensuremath{\infty}"),
            'Σ' => out.push_str(r"\ensuremath{\Sigma}"),
            '–' => out.push_str("--"),
            '—' => out.push_str("---"),
            '…' => out.push_str(r"\dots{}"),
            '“' => out.push_str("``"),
            '”' => out.push_str("''"),
            '’' => out.push('\''),
            other => match GREEK.iter().find(|(_, shown)| shown.starts_with(other)) {
                Some((name, _)) => out.push_str(&format!(r"\ensuremath{{\{name}}}")),
                None if other.is_ascii() || (other as u32) < 0x180 => out.push(other),
                None => out.push_str(&format!(r"\texttt{{U+{:04X}}}", other as u32)),
            },
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(name: &str) -> (String, Vec<String>, String) {
        let spelling = Spelling::of(name);
        (spelling.base.text, spelling.scripts.iter().map(|part| part.text.clone()).collect(), spelling.base.latex)
    }

    #[test]
    fn names_come_apart_at_underscores_and_digits() {
        assert_eq!(both("W_f"), ("W".into(), vec!["f".into()], "W".into()));
        assert_eq!(both("h0").1, ["0"]);
        assert_eq!(both("xhat"), ("x\u{302}".into(), vec![], r"\hat{x}".into()));
        assert_eq!(both("gamma_2_in").1, ["2", "in"]);
        assert_eq!(both("var").2, r"\mathit{var}");
        assert_eq!(both("_").0, "_");
    }
}
