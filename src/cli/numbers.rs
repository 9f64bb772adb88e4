//! Arrays from files: data, and trained weights with their mapping.

use super::args::Numbers;
use super::input;
use super::{Failure, output};
use crate::evaluate::data::{self, Data, Format, Unpacked};
use crate::gallery;
use crate::math::mapping::Mapping;
use crate::math::name::nearest;
use crate::math::network::Network;
use crate::math::source::Diagnostic;
use crate::parse;
use sha2::{Digest, Sha256};
use std::path::Path;

/// What the files hold, before it is fitted to a network.
pub struct Files {
    data: Option<Data>,
    weights: Option<Weights>,
    /// Of all bytes that were read.
    digest: Sha256,
    /// The same with other weights, to compare these with.
    against: Option<Box<Files>>,
}

struct Weights {
    file: Data,
    mapping: Option<Mapping>,
    /// What to call it: the file, and the mapping if there is one.
    about: String,
}

/// Reads all files that `args` names; each once, however many networks they are fitted to.
pub fn read(args: &Numbers) -> Result<Files, Failure> {
    let (mut data, mut digest): (Option<Data>, _) = (None, Sha256::new());
    for given in &args.data {
        let own = file(given, &mut digest)?;
        data.get_or_insert_default().join(own).map_err(Failure::network)?;
    }
    let weights = args.weights.as_ref().map(|path| weights(path, args, &mut digest)).transpose()?;
    Ok(Files { data, weights, digest, against: None })
}

/// The same, and beside it what there is with the weights of `against`.
pub fn compared(args: &Numbers, against: Option<&Path>) -> Result<Files, Failure> {
    let mut files = read(args)?;
    if let Some(path) = against {
        let other = read(&Numbers { weights: Some(path.to_path_buf()), ..args.clone() })?;
        files.digest.update(other.digest.clone().finalize());
        files.against = Some(Box::new(other));
    }
    Ok(files)
}

impl Files {
    /// What there is with other weights.
    pub fn against(&self) -> Option<&Files> {
        self.against.as_deref()
    }

    /// Whether no file was given.
    pub fn is_empty(&self) -> bool {
        self.data.is_none() && self.weights.is_none()
    }

    /// A digest of all that was read: other bytes, another digest.
    pub fn digest(&self) -> Sha256 {
        self.digest.clone()
    }

    /// The arrays under the names of `network`, and what is to be said of where they come from.
    pub fn fit(&self, network: &Network) -> Result<(Data, Vec<String>), Failure> {
        let mut data = self.data.clone().unwrap_or_default();
        let mut notes = Vec::new();
        if let Some(Weights { file, mapping, about }) = &self.weights {
            let Unpacked { data: own, unread } = match mapping {
                Some(mapping) => data::unpack(mapping, file, network)?,
                None => data::by_name(file, network).map_err(Failure::network)?,
            };
            let names: Vec<&str> = own.inputs.keys().map(String::as_str).collect();
            notes.push(format!("From {about}: {}.", names.join(", ")));
            if !unread.is_empty() {
                let shown = unread.iter().take(UNREAD).map(String::as_str).collect::<Vec<_>>().join(", ");
                let more = unread.len().saturating_sub(UNREAD);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                notes.push(format!("Not read from it: {shown}{more}."));
            }
            data.join(own).map_err(Failure::network)?;
            complete(&data, network, about)?;
        }
        Ok((data, notes))
    }
}

/// Trained weights are whole, or what is not in them is drawn as the network says: a random matrix between trained ones misleads.
fn complete(data: &Data, network: &Network, about: &str) -> Result<(), Failure> {
    let missing = data::missing(data, network);
    let Some(first) = missing.first() else { return Ok(()) };
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let error = Diagnostic::error(format!("{about} has no {}", names.join(", ")));
    Err(Failure::network(error.hint(format!(
        "give the rest with `--data`, or let the network say how it is drawn, as in `param {first} … ~ xavier`"
    ))))
}

/// Says where numbers come from, on standard error: the output is for numbers.
pub fn say(notes: &[String]) {
    notes.iter().for_each(|note| output::complain(&format!("{note}\n")));
}

/// How many tensors that nobody read are named.
const UNREAD: usize = 6;

fn weights(path: &Path, args: &Numbers, digest: &mut Sha256) -> Result<Weights, Failure> {
    let mut file = file(&path.to_string_lossy(), digest)?;
    if let Some(part) = &args.part {
        file = file.below(part.trim_end_matches(['.', '/'])).map_err(|fault| named(fault, path))?;
    }
    let mapping = args.mapping.as_ref().map(|name| mapping(name, digest)).transpose()?;
    let shown = path.file_name().map_or(path.to_string_lossy(), |name| name.to_string_lossy());
    let about = match &args.mapping {
        Some(mapping) => format!("{shown} by the mapping {mapping}"),
        None => shown.to_string(),
    };
    Ok(Weights { file, mapping, about })
}

/// A mapping of that name, or in a file.
fn mapping(name: &str, digest: &mut Sha256) -> Result<Mapping, Failure> {
    let path = Path::new(name);
    let source = match gallery::mapping(name) {
        _ if path.is_file() || name.contains(['/', std::path::MAIN_SEPARATOR, '.']) => input::file(path, name)?,
        Some(source) => source,
        None => {
            let known: Vec<&str> = gallery::mappings().into_iter().map(|(name, _)| name).collect();
            let error = Diagnostic::error(format!("there is no mapping `{name}`, and no such file"));
            return Err(Failure::usage(match nearest(name, known.iter().copied()) {
                Some(near) => error.hint(format!("did you mean `{near}`? `nablascope list` shows all")),
                None => error.hint(format!("there are {}; or write one, in a file", known.join(", "))),
            }));
        }
    };
    digest.update(source.text.as_bytes());
    Ok(parse::mapping(&source)?)
}

/// The arrays of `FILE` or `NAME=FILE`, whose ending says how they are written.
fn file(given: &str, digest: &mut Sha256) -> Result<Data, Failure> {
    let (name, path) = match given.split_once('=') {
        Some((name, path)) if !Path::new(given).exists() => (Some(name.trim()), Path::new(path)),
        _ => (None, Path::new(given)),
    };
    let bytes = input::bytes(path)?;
    digest.update((bytes.len() as u64).to_le_bytes());
    digest.update(&bytes);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let format = match ending.as_str() {
        "npy" => Format::Npy(name.unwrap_or(stem).to_string()),
        "npz" => Format::Npz,
        "safetensors" => Format::Safetensors,
        "json" | "" => Format::Json,
        other => {
            let error = Diagnostic::error(format!("`.{other}` is no format of data"));
            return Err(Failure::usage(error.hint("data are .json, .npy, .npz or .safetensors")));
        }
    };
    if let (Some(name), false) = (name, ending == "npy") {
        let error = Diagnostic::error(format!("`{name}` names an array, but {} has names of its own", path.display()));
        return Err(Failure::usage(error.hint("a name stands before a .npy file: `--data x=inputs.npy`")));
    }
    Data::read(&bytes, format).map_err(|fault| named(fault, path))
}

/// A fault in a file, with its name.
fn named(mut fault: Diagnostic, path: &Path) -> Failure {
    fault.message = format!("{}: {}", path.display(), fault.message);
    Failure::network(fault)
}
