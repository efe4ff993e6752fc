//! Files of definitions, as nodes: one, those of a folder, those of the library.
//!
//! In development, `SCOREC_LIBRARY` names a folder that holds `stdlib/`, `targets/` and `rules/` and is read
//! instead of the embedded library, so that editing a definition needs no rebuild.

use std::path::Path;

use super::disk::{Disk, TEXT_LIMIT};
use super::session::Session;
use crate::diag::{Code, Diag};
use crate::kdl::{self, Node};
use crate::library;
use crate::source::Span;

/// The variable that names a working tree to read the library from.
const LIBRARY: &str = "SCOREC_LIBRARY";

/// The file that makes a folder a pack.
pub const PACK_FILE: &str = "pack.kdl";

/// Whether the library is read from a working tree, and is to be checked like everyone's files.
#[must_use]
pub fn library_is_edited() -> bool {
    std::env::var_os(LIBRARY).is_some()
}

/// One file of definitions. `shown` stands before its path in messages.
pub fn read_file(session: &mut Session, disk: &Disk, path: &str, shown: &str) -> Option<Vec<Node>> {
    match disk.text(path, TEXT_LIMIT) {
        Ok(text) => {
            session.terminal.explain(&format!("read {shown}{path}\n"));
            let file = session.sources.add(format!("{shown}{path}"), text.clone());
            kdl::read(&text, file, &mut session.diags)
        }
        Err(error) => {
            session.fail(error.diag(&format!("{shown}{path}"), Span::NONE));
            None
        }
    }
}

/// All definitions below a folder, in path order, without those of tests and of other packs below it.
pub fn read_folder(session: &mut Session, disk: &Disk, folder: &str, shown: &str) -> Option<Vec<Node>> {
    let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let pattern = format!("{below}**/*.kdl");
    let found = match disk.find(&[&pattern]) {
        Ok(found) => found,
        Err(error) => {
            session.fail(error.diag(&pattern, Span::NONE));
            return None;
        }
    };
    let marked = found.iter().filter_map(|it| it.strip_suffix(PACK_FILE));
    let others: Vec<&str> = marked.filter(|it| it.ends_with('/') && **it != below).collect();
    let is_own = |path: &str| {
        let inside = path.strip_prefix(&below).unwrap_or(path);
        !inside.split('/').any(|it| it == "tests") && !others.iter().any(|it| path.starts_with(it))
    };
    let mut nodes = Vec::new();
    let mut complete = true;
    for path in found.iter().filter(|it| is_own(it)) {
        match read_file(session, disk, path, shown) {
            Some(more) => nodes.extend(more),
            None => complete = false,
        }
    }
    complete.then_some(nodes)
}

/// All definitions of the library below these folders.
pub fn read_library(session: &mut Session, folders: &[&str]) -> Option<Vec<Node>> {
    let Some(root) = std::env::var_os(LIBRARY) else {
        let below = |path: &str| folders.iter().any(|it| path.starts_with(&format!("{it}/")));
        return Some(library::files().iter().filter(|it| below(it.path)).flat_map(library::nodes).collect());
    };
    let disk = match Disk::new(Path::new(&root)) {
        Ok(disk) => disk,
        Err(error) => {
            let message = format!("`{LIBRARY}` names no folder: {error}");
            session.fail(Diag::error(Code::FileUnreadable, Span::NONE, message));
            return None;
        }
    };
    let mut nodes = Vec::new();
    for folder in folders {
        nodes.extend(read_folder(session, &disk, folder, "")?);
    }
    Some(nodes)
}
