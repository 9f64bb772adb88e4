//! Which array of the data is which quantity of the network.

use crate::math::name::Name;
use std::collections::BTreeMap;

/// Where the array of a quantity is found in the data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Match {
    /// Under this name.
    Whole(String),
    /// In pieces along the first index axis: `Wa1, Wa2, …`, by place.
    Pieces(BTreeMap<i64, String>),
}

impl Match {
    /// The names it is found under.
    pub fn texts(&self) -> Vec<&String> {
        match self {
            Match::Whole(text) => vec![text],
            Match::Pieces(pieces) => pieces.values().collect(),
        }
    }
}

/// Finds for every wanted name its array among those given. `pieces` tells whether a wanted name has an index axis, and may
/// come in pieces. Names match when they are equal; else, when it is clear which is meant, without `_`; else, when it is clear, without
/// regard to case.
pub(super) fn matched<'a>(wanted: &[(Name, bool)], given: impl Iterator<Item = &'a String>) -> BTreeMap<Name, Match> {
    let mut open: Vec<&String> = given.collect();
    let mut found: BTreeMap<Name, Match> = BTreeMap::new();
    for loose in LEVELS {
        let pairs = unique(wanted, &found, &open, loose);
        for (name, text) in pairs {
            open.retain(|other| **other != text);
            found.insert(name, Match::Whole(text));
        }
    }
    for loose in LEVELS {
        for (name, _) in
            wanted.iter().filter(|(name, pieces)| *pieces && !found.contains_key(name)).cloned().collect::<Vec<_>>()
        {
            let parts: BTreeMap<i64, String> = open
                .iter()
                .flat_map(|text| splits(text).map(move |(base, place)| (base, place, text)))
                .filter(|(base, _, _)| loose(base) == loose(name.as_str()))
                .map(|(_, place, text)| (place, (*text).clone()))
                .collect();
            if !parts.is_empty() {
                open.retain(|text| !parts.values().any(|part| part == *text));
                found.insert(name, Match::Pieces(parts));
            }
        }
    }
    found
}

type Loose = fn(&str) -> String;

/// How closely names are compared, closest first.
const LEVELS: [Loose; 3] =
    [spelled, |text| spelled(text).replace('_', ""), |text| spelled(text).replace('_', "").to_lowercase()];

fn spelled(text: &str) -> String {
    Name::canonical(text).as_str().to_string()
}

/// The pairs that are alike at this level, where neither side has another partner.
fn unique(
    wanted: &[(Name, bool)],
    found: &BTreeMap<Name, Match>,
    open: &[&String],
    loose: Loose,
) -> Vec<(Name, String)> {
    let left: Vec<(&Name, String)> = wanted
        .iter()
        .filter(|(name, _)| !found.contains_key(name))
        .map(|(name, _)| (name, loose(name.as_str())))
        .collect();
    let right: Vec<(&String, String)> = open.iter().map(|text| (*text, loose(text))).collect();
    let (mut wants, mut gives) = (BTreeMap::new(), BTreeMap::new());
    left.iter().for_each(|(name, key)| wants.entry(key).or_insert_with(Vec::new).push(*name));
    right.iter().for_each(|(text, key)| gives.entry(key).or_insert_with(Vec::new).push(*text));
    let pairs = wants.iter().filter_map(|(key, names)| match (names.as_slice(), gives.get(*key).map(Vec::as_slice)) {
        ([name], Some([text])) => Some(((*name).clone(), (*text).clone())),
        _ => None,
    });
    pairs.collect()
}

/// All ways to read `text` as a name and a number after it.
fn splits(text: &str) -> impl Iterator<Item = (&str, i64)> {
    let start = text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    (start.max(1)..text.len()).filter_map(move |at| {
        let (base, digits) = text.split_at(at);
        let plain = digits == "0" || !digits.starts_with('0');
        digits.parse().ok().filter(|_| plain).map(|place| (base, place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_closely_as_they_can() {
        let wanted =
            [("x", false), ("X", false), ("W_f", false), ("y", true), ("Wa", true), ("h0", true), ("gamma", false)];
        let wanted = wanted.map(|(name, pieces)| (Name::new(name), pieces));
        let given = ["X", "x", "Wf", "Y", "Wa1", "Wa2", "h01", "γ", "extra"].map(String::from);
        let found = matched(&wanted, given.iter());
        let whole = |text: &str| Match::Whole(text.into());
        assert_eq!(found[&Name::new("x")], whole("x"));
        assert_eq!(found[&Name::new("X")], whole("X"));
        assert_eq!(found[&Name::new("W_f")], whole("Wf"));
        assert_eq!(found[&Name::new("y")], whole("Y"));
        assert_eq!(found[&Name::new("gamma")], whole("γ"));
        assert_eq!(found[&Name::new("Wa")], Match::Pieces([(1, "Wa1".into()), (2, "Wa2".into())].into()));
        assert_eq!(found[&Name::new("h0")], Match::Pieces([(1, "h01".into())].into()));
        // Two candidates: nothing is guessed.
        let given = ["X".to_string(), "x_".to_string()];
        assert!(matched(&[("_x".into(), false)], given.iter()).contains_key(&Name::new("_x")));
        let given = ["Xx".to_string(), "xX".to_string()];
        assert!(matched(&[("xx".into(), false)], given.iter()).is_empty());
    }
}
