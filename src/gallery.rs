//! The gallery and the library, compiled in, so that `nablascope derive lstm` needs no file.

use crate::math::source::Source;
use include_dir::{Dir, File, include_dir};

static NETWORKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/derivations/networks");
static STATEMENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/derivations/statements");
static MAPPINGS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/derivations/mappings");

/// The networks of the gallery as (name, text), in the order of their names.
pub fn networks() -> Vec<(&'static str, &'static str)> {
    named(&NETWORKS, ".net")
}

/// The network of that name.
pub fn network(name: &str) -> Option<Source> {
    let (name, text) = networks().into_iter().find(|(known, _)| *known == name)?;
    Some(Source::new(format!("{name}.net"), text))
}

/// The mappings of weight files as (name, text), in the order of their names.
pub fn mappings() -> Vec<(&'static str, &'static str)> {
    named(&MAPPINGS, ".map")
}

/// The mapping of that name.
pub fn mapping(name: &str) -> Option<Source> {
    let (name, text) = mappings().into_iter().find(|(known, _)| *known == name)?;
    Some(Source::new(format!("{name}.map"), text))
}

/// Statements about gradients, to be put to the test.
pub fn statements() -> Source {
    Source::new("gradients.statements", include_str!("../derivations/gradients.statements"))
}

/// The small networks that those statements are tested on, by the path that they have in this repository.
pub fn tested(path: &str) -> Option<Source> {
    let name = path.strip_prefix("derivations/statements/")?;
    Some(Source::new(path, STATEMENTS.get_file(name)?.contents_utf8()?))
}

fn named(folder: &'static Dir<'static>, ending: &str) -> Vec<(&'static str, &'static str)> {
    let entry = |file: &'static File<'static>| {
        Some((file.path().file_name()?.to_str()?.strip_suffix(ending)?, file.contents_utf8()?))
    };
    let mut found: Vec<_> = folder.files().filter_map(entry).collect();
    found.sort_unstable();
    found
}

/// The definitions that every network may call.
pub fn library() -> Source {
    Source::new("library.net", include_str!("../derivations/library.net"))
}
