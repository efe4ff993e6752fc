//! The weaker promise: each file is replaced in one step, but not all of them together.
//!
//! In: an output folder that cannot change places with another, and a plan. Out: the folder holds the files.
//! A kill leaves every single file whole, and a manifest that lists all files of both builds, so that the next
//! run ends what this one began.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::plan::{Plan, manifest_text};
use super::{MANIFEST, MANIFEST_MODE, OutputError, OutputFiles, at, stage};

/// Where new files are written before they get their names; inside, so that it is the same file system.
pub(super) const STAGE: &str = ".scorec-new";

pub(super) fn write(folder: &Path, files: &OutputFiles, plan: &Plan) -> Result<(), OutputError> {
    let staged = folder.join(STAGE);
    if fs::symlink_metadata(&staged).is_ok() {
        fs::remove_dir_all(&staged).map_err(at(&staged))?;
    }
    DirBuilder::new().mode(0o700).create(&staged).map_err(at(&staged))?;
    let written = write_staged(folder, &staged, files, plan);
    let cleared = fs::remove_dir_all(&staged).map_err(at(&staged));
    written.and(cleared)
}

fn write_staged(folder: &Path, staged: &Path, files: &OutputFiles, plan: &Plan) -> Result<(), OutputError> {
    let changes = &plan.changes;
    let new: Vec<&String> = changes.added.iter().chain(&changes.changed).collect();
    stage::write_files(staged, files.iter().filter(|(path, _)| new.contains(path)))?;
    stage::sync(staged, new.iter().copied())?;
    let mut both: Vec<&String> = plan.listed.iter().chain(files.keys()).collect();
    both.sort();
    both.dedup();
    put_manifest(folder, staged, &manifest_text(both.into_iter()))?;
    for path in new {
        clear_way(folder, path)?;
        stage::make_folders(folder, Path::new(path))?;
        let to = folder.join(path);
        fs::rename(staged.join(path), &to).map_err(at(&to))?;
    }
    for path in &changes.removed {
        remove(folder, Path::new(path))?;
    }
    put_manifest(folder, staged, &plan.manifest)?;
    // Others' folders may be large, and they did not change.
    stage::sync(folder, files.keys())
}

fn put_manifest(folder: &Path, staged: &Path, text: &str) -> Result<(), OutputError> {
    let (from, to) = (staged.join(MANIFEST), folder.join(MANIFEST));
    stage::write_file(&from, text.as_bytes(), MANIFEST_MODE).map_err(at(&from))?;
    fs::rename(&from, &to).map_err(at(&to))
}

/// Removes a file of the previous build where a folder must stand, and a folder of its files where a file must.
/// The plan made sure that neither holds anything of others.
fn clear_way(folder: &Path, path: &str) -> Result<(), OutputError> {
    for (end, _) in path.match_indices('/') {
        let above = folder.join(&path[..end]);
        if fs::symlink_metadata(&above).is_ok_and(|it| !it.is_dir()) {
            fs::remove_file(&above).map_err(at(&above))?;
        }
    }
    let full = folder.join(path);
    if fs::symlink_metadata(&full).is_ok_and(|it| it.is_dir()) {
        fs::remove_dir_all(&full).map_err(at(&full))?;
    }
    Ok(())
}

/// Removes a file, and the folders above it that are empty then.
fn remove(folder: &Path, path: &Path) -> Result<(), OutputError> {
    let full = folder.join(path);
    match fs::symlink_metadata(&full) {
        // Gone already, or a folder by now: something of this build stands there.
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(&full).map_err(at(&full))?,
    }
    let above: Vec<PathBuf> = path.ancestors().skip(1).map(Path::to_path_buf).collect();
    for parent in above.iter().filter(|it| !it.as_os_str().is_empty()) {
        match fs::remove_dir(folder.join(parent)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => break,
            Err(error) => return Err(at(&folder.join(parent))(error)),
        }
    }
    Ok(())
}
