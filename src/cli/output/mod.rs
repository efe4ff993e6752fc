//! Writing the output folder as a whole or not at all, also when the process is killed.
//!
//! In: a folder and a map of files. Out: the folder holds exactly these files and whatever others put there,
//! and [`Changes`] that say what became different. Knows nothing of what the files mean.
//!
//! How: everything is written into a new folder beside the output folder, `.NAME.scorec-new`. Files that scorec
//! did not write are hard-linked into it. Then the two folders change places in one step of the kernel, and
//! the old one is removed. Before that step a reader sees all of the old set, after it all of the new one.
//! What a killed run left behind is cleared by the next.
//!
//! The weaker promise: where folders cannot change places (the folder is a mount point or holds the current
//! directory, it has folders of another user or file system in it, there is no such step, the folder above may
//! not be written), each file is replaced in one step, but not all of them together. [`How::PerFile`] tells that this happened.

mod plan;
mod stage;
mod swap;
mod in_place;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::disk::reason;
use crate::diag::{Code, Diag};
pub use crate::emit::OutputFile;
use crate::source::Span;

/// The file in the output folder that lists what scorec wrote, one relative path per line.
pub const MANIFEST: &str = ".scorec-files";

/// The mode of the manifest.
const MANIFEST_MODE: u32 = 0o644;

/// By path relative to the output folder, `/` separators, without `.` and `..`.
pub type OutputFiles = BTreeMap<String, OutputFile>;

/// What to do with a file that has the name of one of ours, other content, and is in no manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Foreign {
    Refuse,
    Overwrite,
}

/// Paths of the files of this and the previous build, sorted.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Changes {
    pub added: Vec<String>,
    /// Those with other content or another mode.
    pub changed: Vec<String>,
    /// Those of the previous build that are not of this one.
    pub removed: Vec<String>,
    pub unchanged: Vec<String>,
}

impl Changes {
    /// Whether the folder is as it should be.
    #[must_use]
    pub fn none(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// By which promise the files were written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// There was nothing to do and nothing was touched.
    Untouched,
    /// All files in one step.
    Whole,
    /// Each file in one step.
    PerFile,
}

/// Why nothing was written.
#[derive(Debug)]
pub enum OutputError {
    /// This file or folder stands where one of ours would, and scorec did not write it.
    Foreign(String),
    /// A path that no output may have: absolute, with `..`, with control characters, or below another file.
    BadPath(String),
    /// The output folder is something else.
    NotAFolder,
    /// Another build has been writing to the same folder for longer than one waits.
    Busy,
    Other {
        path: PathBuf,
        error: io::Error,
    },
}

/// Makes `folder` hold these files. A `folder` that does not exist is made, with the folders above it.
///
/// # Errors
/// See [`OutputError`]; the folder is then as it was, except where only the weaker promise holds.
pub fn write(folder: &Path, files: &OutputFiles, foreign: Foreign) -> Result<(Changes, How), OutputError> {
    write_within(folder, files, foreign, swap::WAIT)
}

/// As [`write`], waiting at most this long for another build that writes to the same folder.
///
/// # Errors
/// As [`write`].
pub fn write_within(
    folder: &Path,
    files: &OutputFiles,
    foreign: Foreign,
    wait: std::time::Duration,
) -> Result<(Changes, How), OutputError> {
    plan::check_paths(files)?;
    let place = swap::Place::new(folder)?;
    if !swap::has_leftovers(&place) {
        // Without the lock, so that a build which changes nothing leaves no trace, not even in the folder above.
        let plan = plan::plan(&place.folder, files, foreign)?;
        if !plan.needed {
            return Ok((plan.changes, How::Untouched));
        }
    }
    let _lock = swap::Lock::take(&place, wait)?;
    swap::recover(&place)?;
    let plan = plan::plan(&place.folder, files, foreign)?;
    if !plan.needed {
        return Ok((plan.changes, How::Untouched));
    }
    let how = match swap::write(&place, files, &plan)? {
        swap::Outcome::Done => How::Whole,
        swap::Outcome::Impossible => {
            in_place::write(&place.folder, files, &plan)?;
            How::PerFile
        }
    };
    Ok((plan.changes, how))
}

/// The files that the manifest of a folder lists; `None` where it has no manifest.
///
/// # Errors
/// When the manifest is there and cannot be read.
pub fn listed(folder: &Path) -> Result<Option<BTreeSet<String>>, OutputError> {
    if !folder.join(MANIFEST).is_file() {
        return Ok(None);
    }
    plan::read_manifest(folder).map(Some)
}

/// What [`write`] would change. Touches nothing.
///
/// # Errors
/// Those of [`write`] that can be known without writing.
pub fn check(folder: &Path, files: &OutputFiles, foreign: Foreign) -> Result<Changes, OutputError> {
    plan::check_paths(files)?;
    let place = swap::Place::new(folder)?;
    Ok(plan::plan(&place.folder, files, foreign)?.changes)
}

impl OutputError {
    /// The problem for the output folder that messages call `folder`.
    #[must_use]
    pub fn diag(&self, folder: &str) -> Diag {
        let unwritable = |message: String| Diag::error(Code::OutputUnwritable, Span::NONE, message);
        match self {
            OutputError::Foreign(path) => {
                let message = format!("`{folder}/{path}` is there already, and scorec did not write it");
                Diag::error(Code::OutputForeignFile, Span::NONE, message)
                    .help("move it away, or overwrite it with `--force`")
            }
            OutputError::BadPath(path) => {
                unwritable(format!("`{}` cannot be the path of an output", path.escape_debug()))
                    .help("name a file below the output folder, for example `config/app.yaml`")
            }
            OutputError::NotAFolder => {
                unwritable(format!("`{folder}` is not a folder")).help("name another folder with `--output`")
            }
            OutputError::Busy => {
                let message = format!("another build is writing to `{folder}`");
                Diag::error(Code::OutputBusy, Span::NONE, message).help("run the command again when it has ended")
            }
            OutputError::Other { path, error } => {
                unwritable(format!("`{}` could not be written: {}", path.display(), reason(error)))
            }
        }
    }
}

/// Adds the path to an error of the system.
fn at(path: &Path) -> impl FnOnce(io::Error) -> OutputError {
    let path = path.to_owned();
    move |error| OutputError::Other { path, error }
}
