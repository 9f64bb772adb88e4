//! The gallery and the library, compiled in, so that `nablascope derive lstm` needs no file.

use crate::math::source::Source;
use include_dir::{Dir, include_dir};

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
}
