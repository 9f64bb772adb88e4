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

    /// The name under its canonical spelling: Greek letters are spelled out, so that `γ` and `gamma` are one name, and
    /// so are `x̂` and `xhat`, `β₁` and `beta1`. In a longer word, such as `Δt`, letters stay: `Deltat` reads badly.
    pub fn canonical(text: &str) -> Self {
        if text.is_ascii() {
            return Name::new(text);
        }
        let mut spelled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len()).max(first.len_utf8());
            let (run, more) = rest.split_at(word);
            rest = more;
            if let Some((_, word)) = MARKS.iter().find(|(mark, _)| *mark == first) {
                spelled.push_str(word);
                continue;
            }
            if let Some((_, letter, accent)) = ACCENTED.iter().find(|(both, ..)| run.chars().eq([*both])) {
                spelled.push(*letter);
                spelled.push_str(accent);
                continue;
            }
            let greek = GREEK.iter().find(|(greek, _)| *greek == first);
            match greek.filter(|_| ["", "hat", "bar", "tilde"].contains(&&run[first.len_utf8()..])) {
                Some((_, name)) => {
                    spelled.push_str(name);
                    spelled.push_str(&run[first.len_utf8()..]);
                }
                None => spelled.push_str(run),
            }
        }
        Name::new(spelled)
    }

    /// The capital letter that an index runs to: `T` for `t`, `Tau` for `τ`.
    pub fn capital(&self) -> Name {
        if !GREEK.iter().any(|(_, word)| *word == self.as_str()) {
            return Name::new(self.as_str().to_uppercase());
        }
        let mut letters = self.as_str().chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        Name::new(first + letters.as_str())
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

/// Letters for parts of an equation that get names of their own, the usual ones first.
pub const PARTS: [&str; 16] = ["z", "s", "q", "p", "e", "r", "w", "v", "g", "c", "d", "b", "f", "o", "y", "m"];

/// Signs that belong to the letter before them, and how they are spelled out.
const MARKS: [(char, &str); 13] = [
    ('\u{302}', "hat"),
    ('\u{304}', "bar"),
    ('\u{303}', "tilde"),
    ('₀', "0"),
    ('₁', "1"),
    ('₂', "2"),
    ('₃', "3"),
    ('₄', "4"),
    ('₅', "5"),
    ('₆', "6"),
    ('₇', "7"),
    ('₈', "8"),
    ('₉', "9"),
];

/// Letters that bring such a sign along.
const ACCENTED: [(char, char, &str); 18] = [
    ('â', 'a', "hat"),
    ('ĉ', 'c', "hat"),
    ('ê', 'e', "hat"),
    ('ĝ', 'g', "hat"),
    ('ĥ', 'h', "hat"),
    ('î', 'i', "hat"),
    ('ô', 'o', "hat"),
    ('ŝ', 's', "hat"),
    ('û', 'u', "hat"),
    ('ŵ', 'w', "hat"),
    ('ŷ', 'y', "hat"),
    ('ẑ', 'z', "hat"),
    ('ā', 'a', "bar"),
    ('ȳ', 'y', "bar"),
    ('ã', 'a', "tilde"),
    ('ũ', 'u', "tilde"),
    ('ỹ', 'y', "tilde"),
    ('ñ', 'n', "tilde"),
];

/// Whether a name may go on with this sign.
pub fn goes_on(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric() || MARKS.iter().any(|(mark, _)| *mark == letter)
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
