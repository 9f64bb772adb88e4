//! What of a sweep is done, in a file: a line with the question, then a line for each run. Nobody is half done.
//!
//! Each line carries a digest of itself, so that a damaged one is told from a true one. Beside an output such a file grows run by
//! run, until all is there; a part of a sweep is such a file in order. It is brought to the disk as it grows, so that a power cut
//! loses no more than the last second's runs.

use super::args::{Shard, Sweep};
use super::{Failure, input, numbers, output};
use crate::math::flow::Run;
use crate::math::source::Diagnostic;
use crate::render::{flow_back, flow_json};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Runs by the position of their setting and by their seed.
pub type Runs = BTreeMap<(usize, u64), Run>;

/// What was asked: runs of the same question go together.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The version of this program: another one may draw or count otherwise.
    pub nablascope: String,
    /// The words of the command.
    pub command: Vec<String>,
    /// A digest of the network's text and of all that it uses.
    pub network: String,
    /// A digest of data and weights.
    pub data: String,
    /// Which part of the work.
    pub part: u64,
    /// Of how many parts.
    pub parts: u64,
}

impl Question {
    /// The question of a command.
    pub fn of(args: &Sweep, files: &numbers::Files, shard: Shard) -> Result<Question, Failure> {
        let mut network = Sha256::new();
        for source in input::texts(&args.swept.net)? {
            network.update((source.text.len() as u64).to_le_bytes());
            network.update(source.text.as_bytes());
        }
        Ok(Question {
            nablascope: env!("CARGO_PKG_VERSION").to_string(),
            command: args.words(),
            network: short(network),
            data: short(files.digest()),
            part: shard.number,
            parts: shard.of,
        })
    }

    /// Why runs of this question are none of `other`; the part may be another one.
    pub fn differs(&self, other: &Question) -> Option<String> {
        let typed = || output::typed(&self.command);
        match () {
            () if self.nablascope != other.nablascope => {
                Some(format!("it was written by version {} of nablascope, not {}", self.nablascope, other.nablascope))
            }
            () if self.command != other.command => Some(format!("it belongs to another sweep, `{}`", typed())),
            () if self.network != other.network => Some("the network, or a file that it uses, is another".to_string()),
            () if self.data != other.data => Some("data or weights are others".to_string()),
            () if self.parts != other.parts => {
                Some(format!("it is part {}/{}, and not of {} parts", self.part, self.parts, other.parts))
            }
            () => None,
        }
    }
}

/// What such a file holds.
pub struct Held {
    /// What was asked; nothing in a file that was torn in its first line.
    pub question: Option<Question>,
    /// What is done.
    pub runs: Runs,
    /// How many bytes are whole lines.
    whole: u64,
}

/// A line after the first.
#[derive(Serialize, Deserialize)]
struct Done {
    setting: usize,
    run: flow_json::Run,
}

/// The file that grows beside an output.
pub struct Journal {
    path: PathBuf,
    kept: Mutex<Kept>,
    question: Question,
}

/// A file, and when it was last brought to the disk.
struct Kept {
    file: File,
    synced: Instant,
}

/// A file that is written is brought to the disk no more often than this: runs that are quick do not wait for it one by one.
const PAUSE: Duration = Duration::from_secs(1);

impl Kept {
    /// A file with all that is in it on the disk.
    fn new(file: File) -> std::io::Result<Kept> {
        file.sync_data()?;
        Ok(Kept { file, synced: now() })
    }

    /// Writes a line; it is on the disk, or will be with the first that comes later than a pause.
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        self.file.write_all(line.as_bytes())?;
        if self.synced.elapsed() >= PAUSE {
            self.file.sync_data()?;
            self.synced = now();
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line looks at the clock")]
fn now() -> Instant {
    Instant::now()
}

impl Journal {
    /// The journal beside `out`, and what is done already. A journal that is there is gone on with if `resume` says so, and
    /// never lost: of another question, or without `resume`, it is refused.
    pub fn beside(out: &Path, question: Question, resume: bool) -> Result<(Journal, Runs), Failure> {
        let path = beside(out);
        let failed = |error: std::io::Error| cannot("write", &path, &error);
        let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = opened.map_err(failed)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            let error = Diagnostic::error(format!("another sweep is writing {}", path.display()));
            return Err(Failure::usage(error.hint("give another `--out`, or wait")));
        }
        let held = read(&path)?;
        match &held.question {
            Some(other) if !held.runs.is_empty() => {
                let count = held.runs.len();
                let runs = if count == 1 { "1 run".to_string() } else { format!("{count} runs") };
                let reason = other.differs(&question).or_else(|| {
                    let (own, asked) = (other.part, question.part);
                    (own != asked).then(|| format!("it is part {own}/{}, not {asked}/{0}", question.parts))
                });
                if let Some(reason) = reason {
                    let error = Diagnostic::error(format!("{} holds {runs}, but {reason}", path.display()));
                    return Err(Failure::usage(error.hint("give another `--out`, or remove that file")));
                }
                if !resume {
                    let error = Diagnostic::error(format!(
                        "{} holds {runs} of this sweep, which was interrupted",
                        path.display()
                    ));
                    return Err(Failure::usage(
                        error.hint("`--resume` goes on with it; to begin anew, remove that file"),
                    ));
                }
                // What was torn is done again.
                file.set_len(held.whole).map_err(failed)?;
            }
            // Nobody loses anything: there is no run in it.
            _ => {
                file.set_len(0).map_err(failed)?;
                file.write_all(sealed(&question)?.as_bytes()).map_err(failed)?;
            }
        }
        let kept = Kept::new(file).map_err(failed)?;
        output::settle(&path);
        Ok((Journal { path, kept: Mutex::new(kept), question }, held.runs))
    }

    /// Writes that a run is done.
    pub fn append(&self, setting: usize, run: &Run) -> Result<(), Diagnostic> {
        let line = sealed(&Done { setting, run: flow_json::run(run) }).map_err(Failure::first)?;
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.write(&line).map_err(|error| cannot("write", &self.path, &error).first())
    }

    /// The part that these runs are, in order.
    pub fn part(&self, runs: &Runs) -> Result<String, Failure> {
        let mut text = sealed(&self.question)?;
        for ((setting, _), run) in runs {
            text.push_str(&sealed(&Done { setting: *setting, run: flow_json::run(run) })?);
        }
        Ok(text)
    }

    /// Takes the file away if there is no run in it: a question that was wrong leaves nothing.
    pub fn remove_if_empty(self) {
        if read(&self.path).is_ok_and(|held| held.runs.is_empty()) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Takes the file away, for all is done.
    pub fn remove(self) -> Result<(), Failure> {
        std::fs::remove_file(&self.path).map_err(|error| cannot("remove", &self.path, &error))
    }
}

/// Where the journal of an output stands.
fn beside(out: &Path) -> PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".journal");
    out.with_file_name(name)
}

/// Reads all whole lines. A last line without an end was torn, and is none.
pub fn read(path: &Path) -> Result<Held, Failure> {
    let bytes = input::bytes(path)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let (lines, rest) = bytes.split_at(whole);
    let mut held = Held { question: None, runs: Runs::new(), whole: whole as u64 };
    if whole == 0 && !SEAL.as_bytes().starts_with(&rest[..rest.len().min(SEAL.len())]) {
        return Err(damaged(path, 1, "it is no journal or part of a sweep"));
    }
    for (number, line) in lines.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let body = opened(line).ok_or_else(|| match number {
            0 => damaged(path, 1, "it is no journal or part of a sweep"),
            _ => damaged(path, number + 1, "it is not what was written there"),
        })?;
        let strange = |error: serde_json::Error| damaged(path, number + 1, &error.to_string());
        if number == 0 {
            held.question = Some(serde_json::from_str(body).map_err(strange)?);
            continue;
        }
        let Done { setting, run } = serde_json::from_str(body).map_err(strange)?;
        if held.runs.insert((setting, run.seed), flow_back::run(&run)).is_some() {
            return Err(damaged(path, number + 1, "it tells a run a second time"));
        }
    }
    Ok(held)
}

const SEAL: &str = r#"{"sha256":""#;
const BODY: &str = r#"","is":"#;

/// A line with its digest.
fn sealed(body: &impl Serialize) -> Result<String, Failure> {
    let body = serde_json::to_string(body)
        .map_err(|error| Failure::network(Diagnostic::error(format!("a run cannot be written as JSON: {error}"))))?;
    Ok(format!("{SEAL}{}{BODY}{body}}}\n", short(Sha256::new_with_prefix(&body))))
}

/// What stands in a line, if it is what was written.
fn opened(line: &[u8]) -> Option<&str> {
    let rest = std::str::from_utf8(line).ok()?.strip_prefix(SEAL)?.strip_suffix('}')?;
    let (digest, body) = rest.split_once(BODY)?;
    (short(Sha256::new_with_prefix(body)) == digest).then_some(body)
}

/// The first 16 digits of a digest.
fn short(digest: Sha256) -> String {
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn damaged(path: &Path, line: usize, reason: &str) -> Failure {
    let error = Diagnostic::error(format!("{}, line {line}: {reason}", path.display()));
    Failure::usage(error.hint("give the file as it was written, or remove it and run the sweep again"))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(Diagnostic::error(format!("cannot {what} {}: {error}", path.display())))
}
