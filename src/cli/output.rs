//! Writing results: to standard output, where a closed pipe is no error, or to a file, whole or not at all.

use super::Failure;
use crate::math::source::Diagnostic;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;

/// How wide text may be: as wide as `COLUMNS` says within reason, or 100 columns.
pub fn width() -> usize {
    #[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
    let columns = std::env::var("COLUMNS").ok();
    let columns: Option<usize> = columns.and_then(|columns| columns.parse().ok());
    // No columns at all is what a terminal says that does not know.
    columns.filter(|columns| *columns > 0).map_or(100, |columns| columns.clamp(40, 1000))
}

/// The command of this process, as it can be typed again.
pub fn command() -> String {
    #[expect(clippy::disallowed_methods, reason = "the command line reads its arguments")]
    let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    typed(&words)
}

/// Words of a command as they are typed.
pub fn typed(words: &[String]) -> String {
    let words = words.iter().map(|word| quoted(word));
    std::iter::once("nablascope".to_string()).chain(words).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_=./,:@+%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Whether text goes to a terminal that shows colours.
pub fn coloured_errors() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never && std::io::stderr().is_terminal()
}

/// Writes a result. Styles are taken out where nobody would see them.
pub fn write(text: &str, out: Option<&Path>) -> Result<(), Failure> {
    match out {
        Some(path) => {
            let plain = anstream::adapter::strip_str(text).to_string();
            whole(path, plain.as_bytes())
        }
        None => {
            let mut stdout = anstream::stdout().lock();
            let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
            match written {
                // Whoever read the pipe has seen enough.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
                Err(error) => Err(Failure::usage(Diagnostic::error(format!("cannot write the result: {error}")))),
                Ok(()) => Ok(()),
            }
        }
    }
}

/// Whether a result can be written there, told before long work begins.
pub fn writable(out: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = out else { return Ok(()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let cannot = |why: &str| Failure::usage(Diagnostic::error(format!("cannot write {}: {why}", path.display())));
    match std::fs::metadata(folder) {
        Err(error) => Err(cannot(&error.to_string())),
        Ok(about) if !about.is_dir() => Err(cannot("its folder is no folder")),
        Ok(about) if about.permissions().readonly() => Err(cannot("its folder is read-only")),
        Ok(_) if path.is_dir() => Err(cannot("it is a folder")),
        Ok(_) => Ok(()),
    }
}

/// Writes messages to standard error; if that is closed there is nobody to tell.
pub fn complain(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Writes a file under another name next to it, brings it to the disk, then renames it: a reader sees the old file or the new one,
/// and so does who comes back after a power cut.
pub fn whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::usage(Diagnostic::error(format!("cannot write {}: {error}", path.display())));
    let Some(name) = path.file_name() else {
        return Err(Failure::usage(Diagnostic::error(format!("{} is no file name", path.display()))));
    };
    // What is no plain file, such as /dev/null, cannot be replaced: it is written to.
    if std::fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        #[expect(clippy::disallowed_methods, reason = "the command line writes files")]
        return std::fs::write(path, bytes).map_err(failed);
    }
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(hidden);
    let mut options = std::fs::OpenOptions::new();
    let written = options.write(true).create_new(true).open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| std::fs::rename(&part, path));
    renamed.map(|()| settle(path)).map_err(|error| {
        let _ = std::fs::remove_file(&part);
        failed(error)
    })
}

/// Brings to the disk that a file has its name, where a system lets a folder be opened for that.
pub fn settle(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[expect(clippy::disallowed_methods, reason = "the command line writes files")]
    let _ = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
}
