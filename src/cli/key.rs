//! The project's key, from which generated secrets are derived.
//!
//! In: `SCOREC_KEY`, else the file `.scorec/key` in the project root. Out: a [`Key`], or a problem that says
//! what to do. The file is made only where the environment allows it. The key itself is never in a message.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::disk::reason;
use crate::diag::{Code, Diag};
use crate::source::Span;
use crate::value::Key;

/// The variable that holds the key in places that build but do not keep files, such as CI.
pub const VARIABLE: &str = "SCOREC_KEY";
/// The file that holds it, relative to the project root.
pub const FILE: &str = ".scorec/key";
/// The folder of the file.
const FOLDER: &str = ".scorec";
/// Below this many bytes a key can be guessed.
const SHORTEST: usize = 16;
/// No key is longer; a file that is was put there by mistake.
const LONGEST: u64 = 4096;

/// Whether a missing key file may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Create {
    Allowed,
    Forbidden,
}

/// The key of the project at `root`. `variable` is the value of [`VARIABLE`]. Space around a key does not
/// count, so that a variable filled from the file is the same key.
///
/// # Errors
/// A `key-unusable` problem where there is no key and none may be made, where it is too short, and where
/// others can read the file.
pub fn load(root: &Path, variable: Option<&OsStr>, create: Create) -> Result<Key, Diag> {
    if let Some(value) = variable {
        return checked(value.as_bytes(), &format!("`{VARIABLE}`"));
    }
    let path = root.join(FILE);
    match read(&path) {
        Err(Problem::Missing) if create == Create::Allowed => {
            make(root).map_err(|error| unusable(format!("`{FILE}` could not be created: {}", reason(&error))))?;
            read(&path).map_err(Problem::diag)
        }
        other => other.map_err(Problem::diag),
    }
    .and_then(|bytes| checked(&bytes, &format!("`{FILE}`")))
}

enum Problem {
    Missing,
    Other(Box<Diag>),
}

impl Problem {
    fn diag(self) -> Diag {
        match self {
            Problem::Missing => unusable(format!("there is no project key: neither `{VARIABLE}` nor `{FILE}`"))
                .help(format!("set `{VARIABLE}` to the key that this environment was first built with")),
            Problem::Other(diag) => *diag,
        }
    }
}

fn unusable(message: String) -> Diag {
    Diag::error(Code::KeyUnusable, Span::NONE, message)
}

fn checked(bytes: &[u8], from: &str) -> Result<Key, Diag> {
    let key = bytes.trim_ascii();
    if key.len() >= SHORTEST {
        return Ok(Key::new(key));
    }
    Err(unusable(format!("the key in {from} has {} bytes, fewer than {SHORTEST}", key.len()))
        .help("make one with `openssl rand -hex 32`"))
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let other = |diag: Diag| Problem::Other(Box::new(diag));
    let failed = |error: io::Error| other(unusable(format!("`{FILE}` could not be read: {}", reason(&error))));
    // Asked before opening, since opening a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing,
        _ => failed(error),
    })?;
    if !metadata.is_file() {
        return Err(other(unusable(format!("`{FILE}` is not a regular file"))));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        let diag = unusable(format!("`{FILE}` can be read by other users"));
        return Err(other(diag.help(format!("run `chmod 600 {FILE}`"))));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        return Err(other(unusable(format!("`{FILE}` has more than {LONGEST} bytes, which no key has"))));
    }
    Ok(bytes)
}

/// Makes the folder for what only its owner may see, and keeps it out of version control.
pub(super) fn private_folder(root: &Path) -> io::Result<PathBuf> {
    let folder = root.join(FOLDER);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let ignore = OpenOptions::new().write(true).create_new(true).open(folder.join(".gitignore"));
    match ignore {
        Ok(mut file) => file.write_all(b"*\n")?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(folder)
}

/// Puts a new key into its folder. It appears under its name in one step; if another process was faster, its key
/// stands.
fn make(root: &Path) -> io::Result<()> {
    let (folder, path) = (private_folder(root)?, root.join(FILE));
    let unfinished = folder.join(format!("key.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let linked = random_hex().and_then(|key| {
        file.write_all(key.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&unfinished, &path)
    });
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// 32 bytes from the operating system, as 64 hexadecimal digits and a line end.
fn random_hex() -> io::Result<String> {
    let mut bytes = [0_u8; 32];
    let mut filled = 0;
    while filled < bytes.len() {
        filled += rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).chain(["\n".to_owned()]).collect())
}
