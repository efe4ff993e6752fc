//! Which definitions take part in a run: the project file, its packs, the library.
//!
//! In development, `SCOREC_LIBRARY` names a folder that holds `stdlib/`, `targets/` and `rules/` and is read
//! instead of the embedded library, so that editing a definition needs no rebuild.

use std::sync::Arc;

use super::packs;
use super::project::PROJECT_FILE;
use super::session::Session;
use crate::definition::{Definitions, Layer, check, load, uses};
use crate::diag::Diags;
use crate::kdl;
use crate::source::Span;

/// Loads and checks all definitions, and gives those that could be understood; the session knows the problems.
/// `None` only where a file could not be read at all: what is missing then might be the answer.
pub fn definitions_found(session: &mut Session) -> Option<Definitions> {
    let mut layers = Vec::new();
    let mut of_project = Vec::new();
    if session.project.has_file {
        let (file, text) = session.text(PROJECT_FILE, Span::NONE)?;
        let nodes = kdl::read(&text, file, &mut session.diags)?;
        // Read once more by the loader, which reports its problems.
        of_project = uses(&nodes, &mut Diags::default());
        layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project: true, embedded: false });
    }
    layers.extend(packs::layers(session, &of_project));
    let nodes = packs::read_built_in(session, &["stdlib", "targets"])?;
    layers.push(Layer { name: Arc::from("library"), nodes, is_project: false, embedded: true });
    let definitions = load(&layers, &mut session.diags);
    // The process is short, and taking the trees apart would cost as much as building them.
    std::mem::forget(layers);
    if !session.diags.has_errors() {
        check(&definitions, packs::library_is_edited(), &mut session.diags);
    }
    Some(definitions)
}
