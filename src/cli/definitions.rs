//! Which definitions take part in a run: the project file, its packs in `use` order, the embedded library.
//!
//! In development, `SCOREC_LIBRARY` names a folder that holds `stdlib/`, `targets/` and `rules/` and is read
//! instead of the embedded library, so that editing a definition needs no rebuild.

use std::path::Path;
use std::sync::Arc;

use super::disk::{Disk, TEXT_LIMIT};
use super::project::PROJECT_FILE;
use super::session::Session;
use crate::definition::{Definitions, Layer, Project, check, load};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::kdl::{self, Node};
use crate::library;
use crate::source::{Span, Spanned};

/// The variable that names a working tree to read the library from.
const LIBRARY: &str = "SCOREC_LIBRARY";

/// Loads and checks all definitions, and gives those that could be understood; the session knows the problems.
/// `None` only where a file could not be read at all: what is missing then might be the answer.
pub fn definitions_found(session: &mut Session) -> Option<Definitions> {
    let mut layers = Vec::new();
    let mut uses = Vec::new();
    if session.project.has_file {
        let (file, text) = session.text(PROJECT_FILE, Span::NONE)?;
        let nodes = kdl::read(&text, file, &mut session.diags)?;
        // Read once more by the loader, which reports its problems.
        uses = Project::read(&nodes, &mut Diags::default()).uses;
        layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project: true, embedded: false });
    }
    for pack in &uses {
        if let Some(layer) = read_pack(session, pack) {
            layers.push(layer);
        }
    }
    layers.push(embedded(session)?);
    let definitions = load(&layers, &mut session.diags);
    // The process is short, and taking the trees apart would cost as much as building them.
    std::mem::forget(layers);
    if !session.diags.has_errors() {
        check(&definitions, std::env::var_os(LIBRARY).is_some(), &mut session.diags);
    }
    Some(definitions)
}

/// A pack: a folder with `pack.kdl` relative to the project's root, else an embedded one of that name.
fn read_pack(session: &mut Session, name: &Spanned<Arc<str>>) -> Option<Layer> {
    let folder = name.value.trim_end_matches('/').trim_start_matches("./").to_owned();
    let marker = format!("{folder}/pack.kdl");
    if session.disk.exists(&marker) {
        let disk = session.disk.clone();
        let nodes = read_folder(session, &disk, &folder, "")?;
        return Some(Layer { name: name.value.clone(), nodes, is_project: false, embedded: false });
    }
    let prefix = format!("rules/{folder}/");
    let files: Vec<_> = library::files().iter().filter(|it| it.path.starts_with(&prefix)).collect();
    if files.is_empty() {
        let known = library::files().iter().filter_map(|it| it.path.strip_prefix("rules/")?.split('/').next());
        let help = did_you_mean(&name.value, known).unwrap_or_else(|| format!("create `{marker}`"));
        let message = format!("no pack `{}`: there is no `{marker}` and no built-in pack of that name", name.value);
        session.fail(Diag::error(Code::PackUnknown, name.at, message).help(help));
        return None;
    }
    let nodes = files.into_iter().flat_map(library::nodes).collect();
    Some(Layer { name: name.value.clone(), nodes, is_project: false, embedded: true })
}

/// All definitions below a folder, in path order. Tests of a pack are no definitions.
fn read_folder(session: &mut Session, disk: &Disk, folder: &str, shown: &str) -> Option<Vec<Node>> {
    let pattern = format!("{folder}/**/*.kdl");
    let found = match disk.find(&[&pattern]) {
        Ok(found) => found,
        Err(error) => {
            session.fail(error.diag(&pattern, Span::NONE));
            return None;
        }
    };
    let mut nodes = Vec::new();
    let mut complete = true;
    for path in found.iter().filter(|it| !it.contains("/tests/")) {
        match disk.text(path, TEXT_LIMIT) {
            Ok(text) => {
                session.terminal.explain(&format!("read {shown}{path}\n"));
                let file = session.sources.add(format!("{shown}{path}"), text.clone());
                match kdl::read(&text, file, &mut session.diags) {
                    Some(more) => nodes.extend(more),
                    None => complete = false,
                }
            }
            Err(error) => {
                session.fail(error.diag(path, Span::NONE));
                complete = false;
            }
        }
    }
    complete.then_some(nodes)
}

fn embedded(session: &mut Session) -> Option<Layer> {
    let name: Arc<str> = Arc::from("library");
    let nodes = match std::env::var_os(LIBRARY) {
        None => {
            let own = |path: &str| path.starts_with("stdlib/") || path.starts_with("targets/");
            library::files().iter().filter(|it| own(it.path)).flat_map(library::nodes).collect()
        }
        Some(folder) => {
            let disk = match Disk::new(Path::new(&folder)) {
                Ok(disk) => disk,
                Err(error) => {
                    let message = format!("`{LIBRARY}` names no folder: {error}");
                    session.fail(Diag::error(Code::FileUnreadable, Span::NONE, message));
                    return None;
                }
            };
            let mut nodes = read_folder(session, &disk, "stdlib", "")?;
            nodes.extend(read_folder(session, &disk, "targets", "")?);
            nodes
        }
    };
    Some(Layer { name, nodes, is_project: false, embedded: true })
}
