//! Reading, confined to the project.
//!
//! In: a path relative to the project root. Out: the bytes of a regular file inside the root, or a
//! [`ReadError`]. Symbolic links are followed, and what they lead to must be inside as well, so that a
//! definition from elsewhere cannot read `/etc` by way of a link. Knows nothing of what is read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

use crate::diag::{Code, Diag};
use crate::source::Span;

/// The largest definition or Score file, in bytes: 1 MiB.
pub const TEXT_LIMIT: u64 = 1 << 20;
/// The largest file that a workload may take in, in bytes: 16 MiB.
pub const CONTENT_LIMIT: u64 = 16 << 20;

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadError {
    NotFound,
    OutsideProject,
    /// Larger than this many bytes.
    TooLarge(u64),
    /// A folder, a pipe, a device.
    NotAFile,
    NotUtf8,
    Other(io::Error),
}

impl ReadError {
    /// The problem for the file called `path`, asked for at `at`.
    #[must_use]
    pub fn diag(&self, path: &str, at: Span) -> Diag {
        let unreadable = |what: String| Diag::error(Code::FileUnreadable, at, what);
        match self {
            ReadError::NotFound => {
                unreadable(format!("there is no file `{path}`")).help(format!("create `{path}`, or correct the path"))
            }
            ReadError::OutsideProject => {
                Diag::error(Code::PathOutsideProject, at, format!("`{path}` leads out of the project"))
                    .help("copy the file into the project and name it by its path from the project root")
            }
            ReadError::TooLarge(limit) => {
                Diag::error(Code::FileTooLarge, at, format!("`{path}` is larger than {} MiB", limit >> 20))
            }
            ReadError::NotAFile => unreadable(format!("`{path}` is not a regular file")),
            ReadError::NotUtf8 => Diag::error(Code::FileNotUtf8, at, format!("`{path}` is not text in UTF-8"))
                .help(format!("convert it: `iconv -f latin1 -t utf-8 {path}`")),
            ReadError::Other(error) => unreadable(format!("`{path}` could not be read: {}", reason(error))),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::NotFound,
            _ => ReadError::Other(error),
        }
    }
}

/// What the system says, as words in a sentence: lowercase, without the number.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The files below one folder.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// # Errors
    /// When the root does not exist or may not be read.
    pub fn new(root: &Path) -> io::Result<Self> {
        Ok(Disk { root: root.canonicalize()? })
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The bytes of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn bytes(&self, path: &str, limit: u64) -> Result<Vec<u8>, ReadError> {
        let file = self.open(path)?;
        let mut bytes = Vec::new();
        // The size that the file system states is not trusted: a file may grow, or be one of /proc.
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge(limit));
        }
        Ok(bytes)
    }

    /// As [`Disk::bytes`], for a file that holds text.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn text(&self, path: &str, limit: u64) -> Result<String, ReadError> {
        String::from_utf8(self.bytes(path, limit)?).map_err(|_| ReadError::NotUtf8)
    }

    /// Whether there is something of this name inside the project.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.resolve(path).is_ok()
    }

    fn open(&self, path: &str) -> Result<File, ReadError> {
        let real = self.resolve(path)?;
        // NONBLOCK: opening a pipe that nobody writes to would wait for ever. It has no effect on files.
        let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
        let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(&real);
        let file = opened.map_err(|error| match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
            // What opening a socket gives.
            Some(rustix::io::Errno::NXIO) => ReadError::NotAFile,
            _ => error.into(),
        })?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(ReadError::NotAFile) }
    }

    /// The real path of something inside the root.
    pub(super) fn resolve(&self, path: &str) -> Result<PathBuf, ReadError> {
        // Without this check, the error would tell whether a file outside exists.
        if !stays_inside(path) {
            return Err(ReadError::OutsideProject);
        }
        let real = self.root.join(path).canonicalize()?;
        if real.starts_with(&self.root) { Ok(real) } else { Err(ReadError::OutsideProject) }
    }
}

/// Whether a path is relative and never has more `..` than folders before it.
#[must_use]
pub fn stays_inside(path: &str) -> bool {
    let mut depth = 0_usize;
    for part in Path::new(path).components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    true
}
