//! What a write would change, and whether it may.
//!
//! In: the output folder as it is, and the files that it should hold. Out: a [`Plan`], or the file of someone
//! else that stands in the way. Only reads.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use super::in_place::STAGE;
use super::swap::{LOCK, UNFINISHED};
use super::{Changes, Foreign, MANIFEST, OutputError, OutputFile, OutputFiles, at};

/// No output may have a name that begins like this.
const OWN_PREFIX: &str = ".scorec-";

/// What scorec keeps for itself in an output folder.
const OWN: &[&str] = &[MANIFEST, UNFINISHED, STAGE, LOCK];

pub(super) struct Plan {
    pub changes: Changes,
    /// What the previous build wrote.
    pub listed: BTreeSet<String>,
    /// The manifest that the folder should hold.
    pub manifest: String,
    /// Whether there is anything to write, be it the manifest alone.
    pub needed: bool,
}

/// Refuses paths that lead out of the folder, that a manifest cannot hold, or that cannot exist together.
pub(super) fn check_paths(files: &OutputFiles) -> Result<(), OutputError> {
    for path in files.keys() {
        let below_a_file = path.match_indices('/').any(|(end, _)| files.contains_key(&path[..end]));
        if !is_plain(path) || below_a_file {
            return Err(OutputError::BadPath(path.clone()));
        }
    }
    Ok(())
}

fn is_plain(path: &str) -> bool {
    let normal = Path::new(path).components().all(|it| matches!(it, Component::Normal(_)));
    normal
        && !path.starts_with(OWN_PREFIX)
        && !path.starts_with('#')
        && !path.contains(char::is_control)
        && path.split('/').all(|it| !it.is_empty() && it != ".")
}

pub(super) fn plan(folder: &Path, files: &OutputFiles, foreign: Foreign) -> Result<Plan, OutputError> {
    let listed = read_manifest(folder)?;
    let mut changes = Changes::default();
    for (path, file) in files {
        let list = match compare(folder, path, file, &listed, foreign)? {
            Found::Nothing => &mut changes.added,
            Found::Same => &mut changes.unchanged,
            Found::Different => &mut changes.changed,
        };
        list.push(path.clone());
    }
    for path in listed.iter().filter(|it| !files.contains_key(*it)) {
        if kind(folder, path)?.is_some_and(|it| !it.is_dir()) {
            changes.removed.push(path.clone());
        }
    }
    let manifest = manifest_text(files.keys());
    let needed = !changes.none() || (folder.exists() && !same_bytes(&folder.join(MANIFEST), manifest.as_bytes())?);
    Ok(Plan { changes, listed, manifest, needed })
}

enum Found {
    Nothing,
    Same,
    Different,
}

fn compare(
    folder: &Path,
    path: &str,
    file: &OutputFile,
    listed: &BTreeSet<String>,
    foreign: Foreign,
) -> Result<Found, OutputError> {
    for (end, _) in path.match_indices('/') {
        let above = &path[..end];
        // A file of the previous build may make way for a folder; a link to a folder is somebody else's.
        if kind(folder, above)?.is_some_and(|it| !it.is_dir()) {
            return if listed.contains(above) { Ok(Found::Nothing) } else { Err(OutputError::Foreign(above.into())) };
        }
    }
    let Some(there) = kind(folder, path)? else { return Ok(Found::Nothing) };
    if there.is_dir() {
        let others = foreign_entries(&folder.join(path), path, listed)?;
        return if others.is_empty() { Ok(Found::Nothing) } else { Err(OutputError::Foreign(path.into())) };
    }
    let full = folder.join(path);
    let same = there.is_file() && same_bytes(&full, &file.bytes)?;
    if !same && !listed.contains(path) && foreign == Foreign::Refuse {
        return Err(OutputError::Foreign(path.into()));
    }
    let mode = fs::symlink_metadata(&full).map_err(at(&full))?.permissions().mode() & 0o777;
    Ok(if same && mode == file.mode { Found::Same } else { Found::Different })
}

/// What kind of thing stands at a path, not following a link; nothing if there is none.
fn kind(folder: &Path, path: &str) -> Result<Option<fs::FileType>, OutputError> {
    let full = folder.join(path);
    match fs::symlink_metadata(&full) {
        Ok(metadata) => Ok(Some(metadata.file_type())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(at(&full)(error)),
    }
}

/// Whether a regular file holds exactly these bytes. What cannot be read, or is not there, does not.
fn same_bytes(path: &Path, bytes: &[u8]) -> Result<bool, OutputError> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(false) };
    if !metadata.is_file() || metadata.size() != bytes.len() as u64 {
        return Ok(false);
    }
    let mut there = Vec::new();
    match fs::File::open(path).and_then(|it| it.take(bytes.len() as u64 + 1).read_to_end(&mut there)) {
        Ok(_) => Ok(there == bytes),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
        Err(error) => Err(at(path)(error)),
    }
}

pub(super) fn manifest_text<'a>(paths: impl Iterator<Item = &'a String>) -> String {
    let head = "# The files in this folder that scorec wrote, and will change or remove. Others are left alone.\n";
    std::iter::once(head.to_owned()).chain(paths.map(|it| format!("{it}\n"))).collect()
}

/// The paths that the manifest of a folder lists. Lines that scorec would not have written do not count, so
/// that no edited manifest can make it remove anything outside the folder.
pub(super) fn read_manifest(folder: &Path) -> Result<BTreeSet<String>, OutputError> {
    let path = folder.join(MANIFEST);
    if !fs::symlink_metadata(&path).is_ok_and(|it| it.is_file()) {
        return Ok(BTreeSet::new());
    }
    let bytes = fs::read(&path).map_err(at(&path))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().filter(|it| is_plain(it)).map(str::to_owned).collect())
}

/// Everything in a folder that scorec did not write: files, links and the like, and folders that are empty.
/// Folders that hold something are implied by what they hold. `prefix` is the folder's own path in the output
/// folder, empty for that folder itself. Relative to the output folder, sorted.
pub(super) fn foreign_entries(
    folder: &Path,
    prefix: &str,
    listed: &BTreeSet<String>,
) -> Result<Vec<PathBuf>, OutputError> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let full = folder.join(&below);
        let mut entries = fs::read_dir(&full).map_err(at(&full))?.peekable();
        if entries.peek().is_none() && !below.as_os_str().is_empty() {
            found.push(Path::new(prefix).join(&below));
        }
        for entry in entries {
            let entry = entry.map_err(at(&full))?;
            let path = below.join(entry.file_name());
            let name = Path::new(prefix).join(&path);
            let own = prefix.is_empty() && below.as_os_str().is_empty() && is_own_name(&entry);
            if entry.file_type().map_err(at(&full))?.is_dir() {
                if !own {
                    folders.push(path);
                }
            } else if !own && !name.to_str().is_some_and(|it| listed.contains(it)) {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_own_name(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|it| OWN.contains(&it))
}
