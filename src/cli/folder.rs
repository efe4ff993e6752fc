//! The folder of an earlier build, read back for a comparison.
//!
//! In: a folder and the formats of a build. Out: a [`Side`]. Only what scorec listed as its own counts, where there is
//! a list; the folder may lie outside the project, since the user named it.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::disk::{CONTENT_LIMIT, Disk, ReadError, reason};
use super::output::{self, MANIFEST};
use crate::compare::{self, File, Side};
use crate::diag::{Code, Diag};
use crate::emit::Written;
use crate::source::Span;

/// The files of a folder, in the formats that `written` gives them. `shown` is the folder's name in messages.
pub fn read(folder: &Path, shown: &str, written: &BTreeMap<String, Written>) -> Result<Side, Diag> {
    let unreadable = |error: &io::Error| {
        let message = format!("the folder `{shown}` could not be read: {}", reason(error));
        Diag::error(Code::FileUnreadable, Span::NONE, message)
    };
    let disk = Disk::new(folder).map_err(|error| unreadable(&error))?;
    let paths = match output::listed(folder).map_err(|error| error.diag(shown))? {
        Some(listed) => listed.into_iter().collect(),
        None => disk.find(&["**"]).map_err(|error| error.diag(shown, Span::NONE))?,
    };
    let mut side = Side { is_read: true, ..Side::default() };
    for path in paths.into_iter().filter(|it| it != MANIFEST) {
        let bytes = match disk.bytes(&path, CONTENT_LIMIT) {
            Ok(bytes) => bytes,
            // Somebody removed it: then it is not there.
            Err(ReadError::NotFound) => continue,
            Err(error) => return Err(error.diag(&format!("{shown}/{path}"), Span::NONE)),
        };
        let mode = std::fs::metadata(folder.join(&path)).map_err(|error| unreadable(&error))?.permissions().mode();
        let content = compare::read(&path, written.get(&path).map(|it| it.format), &bytes);
        side.files.insert(path, File { content, is_private: compare::is_private(mode) });
    }
    Ok(side)
}
