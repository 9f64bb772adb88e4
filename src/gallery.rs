//! The networks that are compiled in.

use crate::math::source::Source;
use include_dir::{Dir, include_dir};

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
}
