//! Where the project is, and what its files are called.
//!
//! In: the current directory and paths as typed. Out: the project root, and names relative to it with `/`
//! separators, which is how every message, manifest and definition names a file. Reads nothing but names.

use std::io;
use std::path::{Component, Path, PathBuf};

/// The file that marks a project root. It may be absent.
pub const PROJECT_FILE: &str = "scorec.kdl";

/// A project on the disk.
#[derive(Clone, Debug)]
pub struct Project {
    /// Absolute, without symbolic links.
    pub root: PathBuf,
    /// Whether the root holds a `scorec.kdl`.
    pub has_file: bool,
}

impl Project {
    /// The nearest folder, from `current` upwards, that holds `scorec.kdl`; `current` itself if none does.
    ///
    /// # Errors
    /// When `current` does not exist or may not be read.
    pub fn find(current: &Path) -> io::Result<Project> {
        let current = current.canonicalize()?;
        let root = current.ancestors().find(|it| it.join(PROJECT_FILE).is_file());
        Ok(Project { has_file: root.is_some(), root: root.unwrap_or(&current).to_owned() })
    }

    /// The name, relative to the root, of a path that was typed in the folder `current`. It need not exist.
    /// `None` where it leads out of the project or is not UTF-8.
    #[must_use]
    pub fn name_of(&self, current: &Path, typed: &Path) -> Option<String> {
        let absolute = without_dots(&current.canonicalize().ok()?.join(typed))?;
        let inside = absolute.strip_prefix(&self.root).map(Path::to_path_buf).ok().or_else(|| {
            // An absolute path may have been typed by way of a symbolic link.
            let real = absolute.canonicalize().ok()?;
            real.strip_prefix(&self.root).map(Path::to_path_buf).ok()
        })?;
        let parts: Option<Vec<&str>> = inside.components().map(|it| it.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }
}

/// The path without `.` and `..`; `None` where `..` leads above the root of the file system.
fn without_dots(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            other => out.push(other),
        }
    }
    Some(out)
}
