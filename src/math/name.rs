//! A name: shared text, ordered as text, so that nothing depends on the order of interning.

mod nearest;

pub use nearest::nearest;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The name of a quantity, size, index, function or law. Cheap to clone; equal when spelled alike.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Arc<str>);

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Name {
    /// The name spelled `text`.
    pub fn new(text: impl AsRef<str>) -> Self {
        Name(Arc::from(text.as_ref()))
    }

    /// The name under its canonical spelling: Greek letters are spelled out, so that `γ` and `gamma` are one name.
    pub fn canonical(text: &str) -> Self {
        if text.is_ascii() {
            return Name::new(text);
        }
        let mut spelled = String::with_capacity(text.len());
        for letter in text.chars() {
            match GREEK.iter().find(|(greek, _)| *greek == letter) {
                Some((_, word)) => spelled.push_str(word),
                None => spelled.push(letter),
            }
        }
        Name::new(spelled)
    }

    /// How the name is spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first of `t2`, `t3`, … that is not among `taken`.
    pub fn beside(&self, taken: &BTreeSet<Name>) -> Name {
        let spelled = |number| Name::from(format!("{self}{number}"));
        (2..u64::MAX).map(spelled).find(|name| !taken.contains(name)).unwrap_or_else(|| self.clone())
    }
}

/// Greek letters and how they are spelled out. A letter with two shapes comes twice.
pub const GREEK: [(char, &str); 50] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ϵ', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ϑ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('µ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('ς', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "phi"),
    ('ϕ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
    ('Γ', "Gamma"),
    ('Δ', "Delta"),
    ('Θ', "Theta"),
    ('Λ', "Lambda"),
    ('Ξ', "Xi"),
    ('Π', "Pi"),
    ('Σ', "Sigma"),
    ('Υ', "Upsilon"),
    ('Φ', "Phi"),
    ('Ψ', "Psi"),
    ('Ω', "Omega"),
    ('Α', "Alpha"),
    ('Β', "Beta"),
    ('Ε', "Epsilon"),
    ('Ζ', "Zeta"),
    ('Η', "Eta"),
    ('Ι', "Iota"),
    ('Κ', "Kappa"),
    ('Μ', "Mu"),
    ('Ν', "Nu"),
    ('Ο', "Omicron"),
    ('Ρ', "Rho"),
];

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Name::new(text)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", &*self.0)
    }
}
