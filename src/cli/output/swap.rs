//! Putting the new folder in the place of the old one, in one step of the kernel.
//!
//! In: a [`Place`] and a plan. Out: the folder is the new one, or [`Outcome::Impossible`] where the step does
//! not exist and nothing was changed. Also the lock against two builds at once, and the clearing of what a
//! killed run left.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::fs::{Access, CWD, FlockOperation, RenameFlags, access, flock, renameat_with};
use rustix::io::Errno;

use super::plan::{Plan, foreign_entries, read_manifest};
use super::{MANIFEST, MANIFEST_MODE, OutputError, OutputFiles, at, stage};

/// How long to wait for another build.
pub(super) const WAIT: Duration = Duration::from_secs(10);

/// The lock's name where it stands in the output folder.
pub(super) const LOCK: &str = ".scorec-lock";

/// Marks a new folder as not complete: what it holds is worth nothing.
pub(super) const UNFINISHED: &str = ".scorec-unfinished";

/// With more foreign entries than this, the folder is not one that scorec should rebuild.
const FOREIGN_LIMIT: usize = 10_000;

/// The output folder and the names that belong to it.
pub(super) struct Place {
    /// Without symbolic links where it exists. It may not exist.
    pub folder: PathBuf,
    parent: PathBuf,
    /// The folder beside it in which the new one is built and the old one ends.
    new: PathBuf,
    /// The folder beside it in which nothing is worth anything.
    waste: PathBuf,
    lock: PathBuf,
}

impl Place {
    pub fn new(folder: &Path) -> Result<Self, OutputError> {
        let folder = match folder.canonicalize() {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => std::path::absolute(folder).map_err(at(folder))?,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(OutputError::NotAFolder),
            Err(error) => return Err(at(folder)(error)),
        };
        if folder.exists() && !folder.is_dir() {
            return Err(OutputError::NotAFolder);
        }
        // The root of a file system has neither name nor parent. Nothing can be beside it.
        let parent = folder.parent().unwrap_or(&folder).to_owned();
        let beside = |end: &str| {
            let mut name = OsString::from(".");
            name.push(folder.file_name().unwrap_or_default());
            name.push(end);
            parent.join(name)
        };
        let (new, waste, lock) = (beside(".scorec-new"), beside(".scorec-old"), beside(".scorec-lock"));
        Ok(Place { new, waste, lock, folder, parent })
    }
}

/// Held while a build writes. The kernel gives it up when the process ends, however it ends.
pub(super) struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Makes the folder above the output folder if need be, since the lock stands there.
    pub fn take(place: &Place, wait: Duration) -> Result<Option<Self>, OutputError> {
        DirBuilder::new().recursive(true).mode(0o755).create(&place.parent).map_err(at(&place.parent))?;
        let began = Instant::now();
        loop {
            match Lock::try_take(&place.lock) {
                Ok(Some(lock)) => return Ok(Some(lock)),
                Ok(None) if began.elapsed() >= wait => return Err(OutputError::Busy),
                Ok(None) => sleep(Duration::from_millis(20)),
                Err(error) if is_refused(&error) => return Lock::take_inside(place),
                Err(error) => return Err(at(&place.lock)(error)),
            }
        }
    }

    /// Where nothing may be written beside the folder, the lock stands in it. Nothing is waited for: this is
    /// the rare case, and the writes that follow keep the weaker promise anyway.
    fn take_inside(place: &Place) -> Result<Option<Self>, OutputError> {
        if !place.folder.is_dir() {
            return Err(at(&place.folder)(io::ErrorKind::PermissionDenied.into()));
        }
        let path = place.folder.join(LOCK);
        match Lock::try_take(&path) {
            Ok(Some(lock)) => Ok(Some(lock)),
            Ok(None) => Err(OutputError::Busy),
            // A folder that cannot be written needs no lock; if anything has to be written, that will fail.
            Err(error) if is_refused(&error) => Ok(None),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// `None` while another process holds it.
    fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            // A file system without locks: builds at once are then the user's own care.
            Err(Errno::NOTSUP | Errno::NOLCK | Errno::NOSYS) => {}
            Err(error) => return Err(error.into()),
        }
        // The holder before may have removed the file between our opening and locking it.
        let still_there = fs::metadata(path).is_ok_and(|it| file.metadata().is_ok_and(|own| own.ino() == it.ino()));
        Ok(still_there.then(|| Lock { path: path.to_owned(), _file: file }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While the lock is held: after it, the file may be another build's. One that stays does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

fn is_refused(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Whether a killed run may have left something beside the folder.
pub(super) fn has_leftovers(place: &Place) -> bool {
    [&place.new, &place.waste].into_iter().any(|it| fs::symlink_metadata(it).is_ok())
}

/// Clears what a killed run left beside the folder. Needs the lock.
pub(super) fn recover(place: &Place) -> Result<(), OutputError> {
    remove(&place.waste)?;
    if place.new.is_dir() && place.folder.is_dir() && !place.new.join(UNFINISHED).exists() {
        rescue(place)?;
    }
    discard(place)
}

/// Removes the folder beside. It gets another name first: a kill while it is being removed could take its
/// manifest or its mark and leave the rest, which would then be taken for what others wrote.
fn discard(place: &Place) -> Result<(), OutputError> {
    match fs::rename(&place.new, &place.waste) {
        Ok(()) => remove(&place.waste),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(at(&place.new)(error)),
    }
}

fn remove(path: &Path) -> Result<(), OutputError> {
    match fs::symlink_metadata(path) {
        Err(_) => Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path).map_err(at(path)),
        Ok(_) => fs::remove_file(path).map_err(at(path)),
    }
}

pub(super) enum Outcome {
    Done,
    /// Nothing was changed.
    Impossible,
}

/// Builds the new folder and lets it take the place of the old one.
pub(super) fn write(place: &Place, files: &OutputFiles, plan: &Plan) -> Result<Outcome, OutputError> {
    let exists = place.folder.is_dir();
    if holds_current_directory(&place.folder) {
        return Ok(Outcome::Impossible);
    }
    let foreign = if exists { foreign_entries(&place.folder, "", &plan.listed) } else { Ok(Vec::new()) };
    let Ok(foreign) = foreign else { return Ok(Outcome::Impossible) };
    if foreign.len() > FOREIGN_LIMIT || !foreign_folders_are_ours(&place.folder, &foreign) {
        return Ok(Outcome::Impossible);
    }
    match DirBuilder::new().mode(0o755).create(&place.new) {
        Ok(()) => {}
        Err(error) if is_refused(&error) && exists => return Ok(Outcome::Impossible),
        Err(error) => return Err(at(&place.new)(error)),
    }
    match build_and_exchange(place, files, plan, &foreign, exists) {
        Ok(Outcome::Done) => {
            if exists {
                rescue(place)?;
                discard(place)?;
            }
            Ok(Outcome::Done)
        }
        other => {
            // The next run would clear it; clearing it now costs nothing, and the first error is the one to tell.
            let _ = discard(place);
            other
        }
    }
}

fn build_and_exchange(
    place: &Place,
    files: &OutputFiles,
    plan: &Plan,
    foreign: &[PathBuf],
    exists: bool,
) -> Result<Outcome, OutputError> {
    let new = &place.new;
    let unfinished = new.join(UNFINISHED);
    File::create(&unfinished).map_err(at(&unfinished))?;
    if exists {
        stage::copy_ownership(&place.folder, new).map_err(at(new))?;
    }
    stage::write_files(new, files.iter())?;
    let manifest = new.join(MANIFEST);
    stage::write_file(&manifest, plan.manifest.as_bytes(), MANIFEST_MODE).map_err(at(&manifest))?;
    if stage::carry_over(&place.folder, new, foreign, files).is_err() {
        // What cannot be carried over can still be left where it is.
        return Ok(Outcome::Impossible);
    }
    fs::remove_file(&unfinished).map_err(at(&unfinished))?;
    stage::sync(new, files.keys().chain([&MANIFEST.to_owned()]))?;
    exchange(place, exists)
}

/// Folders of another user, on another file system, or closed to us are in use by something else, for example
/// as the data of a running server. They must stay the folders that they are.
fn foreign_folders_are_ours(folder: &Path, foreign: &[PathBuf]) -> bool {
    let Ok(top) = fs::symlink_metadata(folder) else { return foreign.is_empty() };
    let above: BTreeSet<&Path> = foreign.iter().flat_map(|it| it.ancestors().skip(1)).collect();
    let empty = foreign.iter().map(PathBuf::as_path);
    above.into_iter().chain(empty).map(|it| folder.join(it)).all(|path| {
        fs::symlink_metadata(&path).is_ok_and(|it| {
            let open = || access(&path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).is_ok();
            !it.is_dir() || (it.dev() == top.dev() && it.uid() == top.uid() && open())
        })
    })
}

/// The one step.
fn exchange(place: &Place, exists: bool) -> Result<Outcome, OutputError> {
    let flags = if exists { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    let done = match renameat_with(CWD, &place.new, CWD, &place.folder, flags) {
        // Without the flag, the kernel would replace an empty folder that came to be in the meantime. It is empty.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if !exists => {
            fs::rename(&place.new, &place.folder).map_err(at(&place.folder))
        }
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP | Errno::BUSY | Errno::XDEV | Errno::PERM | Errno::ACCESS)
            if exists =>
        {
            return Ok(Outcome::Impossible);
        }
        other => other.map_err(|error| at(&place.folder)(error.into())),
    };
    done?;
    stage::sync_one(&place.parent).map_err(at(&place.parent))?;
    Ok(Outcome::Done)
}

/// Before the old folder is removed: what others wrote into it after it was carried over is moved.
fn rescue(place: &Place) -> Result<(), OutputError> {
    let ours = read_manifest(&place.folder)?;
    for entry in foreign_entries(&place.new, "", &read_manifest(&place.new)?)? {
        let (old, new) = (place.new.join(&entry), place.folder.join(&entry));
        let is_ours = entry.to_str().is_some_and(|it| ours.contains(it));
        let moved = match (fs::symlink_metadata(&old), fs::symlink_metadata(&new)) {
            (Ok(_), Err(_)) => true,
            (Ok(old), Ok(new)) => {
                let newer = old.modified().ok() > new.modified().ok();
                !is_ours && !old.is_dir() && !new.is_dir() && old.ino() != new.ino() && newer
            }
            (Err(_), _) => false,
        };
        if moved {
            stage::make_folders(&place.folder, &entry)?;
            fs::rename(&old, &new).map_err(at(&new))?;
        }
    }
    Ok(())
}

/// A shell that stands in a folder which was exchanged would look at the one that is gone.
fn holds_current_directory(folder: &Path) -> bool {
    std::env::current_dir().is_ok_and(|it| it.starts_with(folder))
}
