//! Finding workload files by patterns such as `services/*/score.yaml` or `**/score.yaml`.
//!
//! In: patterns relative to the project root. Out: names of the files that match, sorted. Hidden folders,
//! `target`, `node_modules` and folders behind symbolic links are not entered, unless a pattern begins with
//! their name. Reads names only.

use std::collections::BTreeSet;
use std::fs::DirEntry;
use std::io;

use globset::{GlobBuilder, GlobMatcher};

use super::disk::{Disk, ReadError, reason, stays_inside};
use crate::diag::{Code, Diag};
use crate::source::Span;

/// A search that has seen this many entries has gone astray, for example into a home directory.
pub const ENTRY_LIMIT: usize = 100_000;

const SKIPPED: &[&str] = &["target", "node_modules"];

/// Why a search gave nothing.
#[derive(Debug)]
pub enum GlobError {
    /// The pattern cannot be read; the text says what is wrong with it.
    Pattern(String),
    OutsideProject,
    /// More than [`ENTRY_LIMIT`] entries were looked at.
    TooMany,
    Other(io::Error),
}

impl GlobError {
    /// The problem for a pattern that stands at `at`.
    #[must_use]
    pub fn diag(&self, pattern: &str, at: Span) -> Diag {
        let unreadable = |message: String| Diag::error(Code::FileUnreadable, at, message);
        match self {
            GlobError::Pattern(what) => unreadable(format!("`{pattern}` is not a pattern: {what}"))
                .help("write it as in `services/*/score.yaml` or `**/score.yaml`"),
            GlobError::OutsideProject => {
                Diag::error(Code::PathOutsideProject, at, format!("`{pattern}` leads out of the project"))
                    .help("write a pattern relative to the project root, for example `services/*/score.yaml`")
            }
            GlobError::TooMany => unreadable(format!("`{pattern}` looks through more than {ENTRY_LIMIT} files"))
                .help("begin the pattern with a folder, for example `services/**/score.yaml`"),
            GlobError::Other(error) => {
                unreadable(format!("the files for `{pattern}` could not be listed: {}", reason(error)))
            }
        }
    }
}

impl Disk {
    /// The names of all files that match one of the patterns. A pattern without `*`, `?`, `[` or `{` matches
    /// the file of that name.
    ///
    /// # Errors
    /// See [`GlobError`]. A pattern that matches nothing is no error here.
    pub fn find(&self, patterns: &[&str]) -> Result<Vec<String>, GlobError> {
        let mut found = BTreeSet::new();
        let mut budget = ENTRY_LIMIT;
        for pattern in patterns {
            self.find_one(pattern.trim_start_matches("./"), &mut budget, &mut found)?;
        }
        Ok(found.into_iter().collect())
    }

    fn find_one(&self, pattern: &str, budget: &mut usize, found: &mut BTreeSet<String>) -> Result<(), GlobError> {
        if !stays_inside(pattern) {
            return Err(GlobError::OutsideProject);
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        let matcher = glob.map_err(|error| GlobError::Pattern(error.kind().to_string()))?.compile_matcher();
        let mut folders = vec![literal_folder(pattern)];
        while let Some(folder) = folders.pop() {
            self.enter(&folder, &matcher, budget, &mut folders, found)?;
        }
        Ok(())
    }

    /// Takes the matching files of one folder and notes the folders in it.
    fn enter(
        &self,
        folder: &str,
        matcher: &GlobMatcher,
        budget: &mut usize,
        folders: &mut Vec<String>,
        found: &mut BTreeSet<String>,
    ) -> Result<(), GlobError> {
        let path = match self.resolve(if folder.is_empty() { "." } else { folder }) {
            Ok(path) => path,
            Err(ReadError::NotFound) => return Ok(()),
            Err(ReadError::Other(error)) => return Err(GlobError::Other(error)),
            Err(_) => return Err(GlobError::OutsideProject),
        };
        let entries = match path.read_dir() {
            Ok(entries) => entries,
            // A folder that may not be read cannot hold a workload of ours; a file has no entries.
            Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory) => {
                return Ok(());
            }
            Err(error) => return Err(GlobError::Other(error)),
        };
        for entry in entries {
            let entry = entry.map_err(GlobError::Other)?;
            *budget = budget.checked_sub(1).ok_or(GlobError::TooMany)?;
            // A name that is not UTF-8 can be in no pattern.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type().is_ok_and(|it| it.is_dir()) {
                if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if matcher.is_match(&path) && is_file(&entry) {
                found.insert(path);
            }
        }
        Ok(())
    }
}

/// A link to a file counts; whether it leads out of the project is asked when it is read.
fn is_file(entry: &DirEntry) -> bool {
    entry.path().is_file()
}

/// The folders at the beginning of a pattern that hold no pattern characters, and that a search starts in.
fn literal_folder(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    let folders = parts.split_last().map_or(&[][..], |(_, folders)| folders);
    let literal = folders.iter().take_while(|it| !it.contains(['*', '?', '[', '{', '\\']));
    literal.copied().collect::<Vec<_>>().join("/")
}
