//! Reading networks: a gallery name or a file, with the files it uses.

use super::Failure;
use super::args::Settings;
use crate::gallery;
use crate::math::name::{Name, nearest};
use crate::math::network::Network;
use crate::math::source::{Diagnostic, Source};
use crate::parse;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Files beyond this are not read at all; `parse` has a limit of its own below it.
const LARGEST_FILE: u64 = 1 << 30;

/// The text of a network: a file if there is one of that name or it looks like a path, else an entry of the gallery.
pub fn source(net: &str) -> Result<(Source, Option<PathBuf>), Failure> {
    let path = Path::new(net);
    // What statements are tested on comes along, wherever this program is started.
    if let Some(source) = gallery::tested(net).filter(|_| !path.is_file()) {
        return Ok((source, None));
    }
    if path.is_file() || net.contains(['/', std::path::MAIN_SEPARATOR]) || net.ends_with(".net") {
        return Ok((file(path, net)?, Some(path.to_path_buf())));
    }
    match gallery::network(net) {
        Some(source) => Ok((source, None)),
        None => {
            let names = gallery::networks().into_iter().map(|(name, _)| name);
            let mut error = Diagnostic::error(format!("there is no network `{net}` in the gallery, and no such file"));
            error = match nearest(net, names) {
                Some(near) => error.hint(format!("did you mean `{near}`? `nablascope list` shows all")),
                None => error.hint("`nablascope list` shows the gallery"),
            };
            Err(Failure::usage(error))
        }
    }
}

/// A network with its warnings, with constants and sizes set as the command line says.
pub fn network(net: &str, settings: &Settings) -> Result<(Network, Vec<Diagnostic>), Failure> {
    let (source, path) = source(net)?;
    let load = |name: &str| beside(path.as_deref(), name);
    Ok(crate::read_network_with(&source, &settings.single()?, crate::book()?, &load)?)
}

/// The name that a network gives itself.
pub fn name_of(source: &Source) -> Result<String, Failure> {
    Ok(parse::network(source)?.name.map_or(String::new(), |name| name.node.to_string()))
}

/// All texts that a network is made of: its own, and those it uses, the library among them.
pub fn texts(net: &str) -> Result<Vec<Source>, Failure> {
    let (source, path) = source(net)?;
    let load = |name: &str| beside(path.as_deref(), name);
    let used = crate::uses::used(&parse::network(&source)?, &load)?;
    Ok(std::iter::once(source).chain(used.into_iter().map(|file| file.source)).collect())
}

/// The text of a file that brings definitions.
pub fn text(path: &Path) -> Result<Source, Failure> {
    file(path, &path.display().to_string())
}

/// A file that a network uses: beside it, or of the gallery.
pub fn beside(path: Option<&Path>, name: &str) -> Result<Source, String> {
    let folder = path.and_then(Path::parent);
    let beside = folder.map(|folder| folder.join(name)).filter(|path| path.is_file());
    match (beside, gallery::network(name.strip_suffix(".net").unwrap_or(name))) {
        (Some(path), _) => file(&path, name).map_err(|failure| failure.reason()),
        (None, Some(source)) => Ok(source),
        (None, None) if folder.is_some_and(|folder| folder.join(name).exists()) => {
            Err("it is no plain file".to_string())
        }
        (None, None) => Err("there is no such file".to_string()),
    }
}

/// The text of a file, to be called `name` in messages.
pub fn file(path: &Path, name: &str) -> Result<Source, Failure> {
    let bytes = bytes(path)?;
    Ok(parse::source(name, &bytes)?)
}

/// The bytes of a file, up to a limit.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        let error = Diagnostic::error(format!("cannot read {}: {error}", path.display()));
        Failure::usage(if missing { error.hint("is the name spelled right?") } else { error })
    };
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let opened = fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    opened.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(Failure::usage(Diagnostic::error(format!("{} is larger than 1 GiB", path.display()))));
    }
    Ok(bytes)
}

/// The quantities that `--wrt` names, in the order given.
pub fn goals(network: &Network, wrt: &[String]) -> Result<Vec<Name>, Failure> {
    let mut goals: Vec<Name> = Vec::new();
    for name in wrt.iter().map(|name| name.trim()) {
        let spelled = Name::canonical(name);
        let known = network.learned().find(|quantity| quantity.name == spelled);
        let Some(quantity) = known else {
            let names: Vec<&str> = network.learned().map(|quantity| quantity.name.as_str()).collect();
            let error = match network.quantity(&spelled) {
                _ if name.is_empty() => Diagnostic::error("a name after `--wrt` is empty"),
                Some(_) => {
                    Diagnostic::error(format!("`{name}` is no input, parameter or initial value of `{}`", network.name))
                }
                None => Diagnostic::error(format!("`{}` has no quantity `{name}`", network.name)),
            };
            let computed = network.quantity(&spelled).is_some_and(|quantity| quantity.role.is_computed());
            return Err(Failure::usage(match nearest(name, names.iter().copied()) {
                _ if computed => error.hint(format!(
                    "choose from {}; how the network moves with a computed quantity is asked of `nablascope jacobian`",
                    names.join(", ")
                )),
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("choose from {}", names.join(", "))),
            }));
        };
        if !goals.contains(&quantity.name) {
            goals.push(quantity.name.clone());
        }
    }
    Ok(goals)
}
