<<<<<<< HEAD
//! The networks that are compiled in.
=======
//! The gallery and the library, compiled in, so that `nablascope derive lstm` needs no file.
>>>>>>> lang

use crate::math::source::Source;
use include_dir::{Dir, include_dir};

<<<<<<< HEAD
static NETWORKS: Dir = include_dir!("$CARGO_MANIFEST_DIR/derivations/networks");

/// All networks by name, sorted.
pub fn gallery() -> Vec<(String, Source)> {
    let mut found: Vec<(String, Source)> = NETWORKS
        .files()
        .filter_map(|file| {
            let path = file.path();
            let name = path.file_name()?.to_str()?;
            Some((name.strip_suffix(".net")?.to_string(), Source::new(name, file.contents_utf8()?)))
        })
        .collect();
    found.sort();
    found
}

/// The network called `name`.
pub fn find(name: &str) -> Option<Source> {
    gallery().into_iter().find(|(known, _)| known == name).map(|(_, source)| source)
=======
static NETWORKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/derivations/networks");

/// The networks of the gallery as (name, text), in the order of their names.
pub fn networks() -> Vec<(&'static str, &'static str)> {
    let mut found: Vec<_> = NETWORKS
        .files()
        .filter_map(|file| Some((file.path().file_name()?.to_str()?.strip_suffix(".net")?, file.contents_utf8()?)))
        .collect();
    found.sort_unstable();
    found
}

/// The network of that name.
pub fn network(name: &str) -> Option<Source> {
    let (name, text) = networks().into_iter().find(|(known, _)| *known == name)?;
    Some(Source::new(format!("{name}.net"), text))
}

/// The definitions that every network may call.
pub fn library() -> Source {
    Source::new("library.net", include_str!("../derivations/library.net"))
>>>>>>> lang
}
