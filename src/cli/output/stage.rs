//! Building the new folder beside the old one.
//!
//! In: files, and the entries of the old folder that are not ours. Out: a folder that holds both, and on
//! demand the certainty that it is on the disk. Nothing here touches the old folder.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::{OutputError, OutputFile, OutputFiles, at};

/// Writes files into `folder`, which exists.
pub(super) fn write_files<'a>(
    folder: &Path,
    files: impl Iterator<Item = (&'a String, &'a OutputFile)>,
) -> Result<(), OutputError> {
    for (path, file) in files {
        let full = folder.join(path);
        make_folders(folder, Path::new(path))?;
        write_file(&full, &file.bytes, file.mode).map_err(at(&full))?;
    }
    Ok(())
}

/// Writes one new file. It is the owner's alone until its content is complete.
pub(super) fn write_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    // Set here and not at opening: the mode is part of the output, whatever the user's umask is.
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// Makes the folders above `path`, which is relative to `folder`.
pub(super) fn make_folders(folder: &Path, path: &Path) -> Result<(), OutputError> {
    let Some(parent) = path.parent().filter(|it| !it.as_os_str().is_empty()) else { return Ok(()) };
    let full = folder.join(parent);
    DirBuilder::new().recursive(true).mode(0o755).create(&full).map_err(at(&full))
}

/// Gives `new` the mode and, where that is allowed, the owner of `old`.
pub(super) fn copy_ownership(old: &Path, new: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(old)?;
    // Only the superuser may give files away. For others the folder stays their own, as it should.
    let _ = chown(new, Some(metadata.uid()), Some(metadata.gid()));
    fs::set_permissions(new, metadata.permissions())
}

/// Puts what others wrote into the new folder too: the same file under a second name where the file system
/// can do that, else a copy.
pub(super) fn carry_over(old: &Path, new: &Path, entries: &[PathBuf], files: &OutputFiles) -> Result<(), OutputError> {
    for entry in entries {
        // Overwritten on demand, or of equal content.
        if entry.to_str().is_some_and(|it| files.contains_key(it)) {
            continue;
        }
        carry_folders(old, new, entry)?;
        let (from, to) = (old.join(entry), new.join(entry));
        let metadata = fs::symlink_metadata(&from).map_err(at(&from))?;
        if metadata.is_dir() {
            // An empty folder where one of ours has come to stand needs no place of its own.
            if fs::symlink_metadata(&to).is_err() {
                fs::create_dir(&to).and_then(|()| copy_ownership(&from, &to)).map_err(at(&to))?;
            }
        } else if fs::hard_link(&from, &to).is_err() {
            copy(&from, &to, &metadata).map_err(at(&from))?;
        }
    }
    Ok(())
}

/// The folders above an entry, with the modes that they have.
fn carry_folders(old: &Path, new: &Path, entry: &Path) -> Result<(), OutputError> {
    let above: Vec<&Path> = entry.ancestors().skip(1).filter(|it| !it.as_os_str().is_empty()).collect();
    for folder in above.into_iter().rev() {
        let (from, to) = (old.join(folder), new.join(folder));
        match fs::create_dir(&to) {
            Ok(()) => copy_ownership(&from, &to).map_err(at(&to))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(at(&to)(error)),
        }
    }
    Ok(())
}

/// A copy with mode and time, so that it is not taken for a newer version.
fn copy(from: &Path, to: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    if !metadata.is_file() {
        return Err(io::Error::other("neither a file nor a folder nor a link, and it cannot be moved"));
    }
    fs::copy(from, to)?;
    let file = File::options().write(true).open(to)?;
    file.set_modified(metadata.modified()?)?;
    file.sync_all()
}

/// Waits until the disk has these files, relative to `folder`, and the names in the folders above them.
pub(super) fn sync<'a>(folder: &Path, files: impl Iterator<Item = &'a String>) -> Result<(), OutputError> {
    let files: Vec<&Path> = files.map(Path::new).collect();
    let folders: BTreeSet<&Path> = files.iter().flat_map(|it| it.ancestors().skip(1)).chain([Path::new("")]).collect();
    sync_some(folder, &files)?;
    sync_some(folder, &folders.into_iter().collect::<Vec<_>>())
}

/// Waiting for one file takes milliseconds; a file system groups what several threads wait for.
fn sync_some(folder: &Path, paths: &[&Path]) -> Result<(), OutputError> {
    const THREADS: usize = 16;
    let share = paths.len().div_ceil(THREADS).max(1);
    let sync_share = |share: &[&Path]| {
        let mut full = share.iter().map(|it| folder.join(it));
        full.try_for_each(|it| sync_one(&it).map_err(at(&it)))
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = paths.chunks(share).map(|share| scope.spawn(move || sync_share(share))).collect();
        threads.into_iter().try_for_each(|it| it.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Waits until the disk has a file or the names in a folder. File systems that cannot do the latter are not
/// waited for.
pub(super) fn sync_one(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}
