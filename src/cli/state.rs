//! What programs want to remember from one build of an environment to the next.
//!
//! In: `.scorec/state/<environment>.json`. Out: [`State`], and the file again, replaced as a whole. It may hold
//! secrets, so only its owner may read it, and no message quotes it.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::reason;
use super::key;
use crate::diag::{Code, Diag};
use crate::source::Span;

/// Relative to the project root.
const FOLDER: &str = ".scorec/state";
/// The only version of the file that there is.
const VERSION: u32 = 1;
/// No state is larger, in bytes: 64 MiB.
const LIMIT: u64 = 64 << 20;

/// The state of one environment.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    version: u32,
    pub resources: Vec<Entry>,
}

/// One run of a program for one resource: all that is needed to undo it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub uid: String,
    /// What the rule calls the reply.
    pub run: String,
    pub rule: String,
    pub target: String,
    pub command: String,
    pub arguments: Vec<String>,
    pub timeout: u32,
    /// What the program was given, without `mode` and `state`.
    pub request: serde_json::Value,
    pub state: serde_json::Value,
}

impl Entry {
    /// Whether both are the same step of the same resource, done by the same program.
    #[must_use]
    pub fn is_same(&self, uid: &str, run: &str, command: &str) -> bool {
        self.uid == uid && self.run == run && self.command == command
    }
}

impl Default for State {
    fn default() -> Self {
        State { version: VERSION, resources: Vec::new() }
    }
}

/// The path of the file relative to the project root. Names of environments are free, those of files are not.
#[must_use]
pub fn name(environment: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let name: String = environment.bytes().map(encode).collect();
    format!("{FOLDER}/{name}.json")
}

/// The state of an environment; an empty one where there is none yet.
///
/// # Errors
/// A `state-unusable` problem for a file that others can read, or that holds something else.
pub fn load(root: &Path, environment: &str) -> Result<State, Diag> {
    let name = name(environment);
    let failed = |error: io::Error| unusable(format!("`{name}` could not be read: {}", reason(&error)));
    let metadata = match fs::metadata(root.join(&name)) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err(unusable(format!("`{name}` is not a regular file")));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        let diag = unusable(format!("`{name}` can be read by other users"));
        return Err(diag.help(format!("run `chmod 600 {name}`")));
    }
    let mut bytes = Vec::new();
    File::open(root.join(&name)).and_then(|it| it.take(LIMIT + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > LIMIT {
        return Err(unusable(format!("`{name}` is larger than {} MiB", LIMIT >> 20)));
    }
    let help = format!("restore it from a backup; without one, `rm {name}` makes scorec forget what programs provided");
    // What the file holds may be secret, so only the place of a mistake is said.
    let state: State = serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("`{name}` is no state of scorec: line {}, column {}", error.line(), error.column());
        unusable(message).help(help.clone())
    })?;
    if state.version != VERSION {
        let message = format!("`{name}` was written by another version of scorec");
        return Err(unusable(message).help("use that version"));
    }
    Ok(state)
}

/// Writes the file where it differs, under another name first, so that there is always a whole one.
///
/// # Errors
/// A `state-unusable` problem with what the system says.
pub fn save(root: &Path, environment: &str, state: &State) -> Result<(), Diag> {
    let name = name(environment);
    let path = root.join(&name);
    let written = text(state).and_then(|text| {
        if fs::read(&path).is_ok_and(|it| it == text.as_bytes()) || (state.resources.is_empty() && !path.exists()) {
            return Ok(());
        }
        replace(root, &path, text.as_bytes())
    });
    written.map_err(|error| {
        let message = format!("`{name}` could not be written: {}", reason(&error));
        unusable(message).help("what programs provided in this build is not remembered: make room, and build again")
    })
}

fn text(state: &State) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(state)? + "\n")
}

fn replace(root: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    key::private_folder(root)?;
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let unfinished = path.with_extension(format!("json.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    let done = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    done?;
    // The rename itself is to outlast a power cut.
    File::open(folder).and_then(|it| it.sync_all())
}

fn unusable(message: String) -> Diag {
    Diag::error(Code::StateUnusable, Span::NONE, message)
}
