//! Which definitions take part in a run: the project file, its packs, the library; for a case of a pack, the pack, too.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::definition_files::{library_is_edited, read_file, read_library};
use super::disk::{Disk, ReadError};
use super::packs::{self, Surroundings, Tested};
use super::project::PROJECT_FILE;
use super::session::Session;
use super::wanted::Wanted;
use crate::definition::{Definitions, Layer, Project, check, load, uses};
use crate::diag::Diags;
use crate::kdl;
use crate::source::{Span, Spanned};

/// The layers of a project without the library.
pub struct Own {
    layers: Vec<Layer>,
    /// What the project file says of the project.
    pub project: Project,
}

/// Reads the project file and its packs. `None` where a file could not be read at all: what is missing then
/// might be the answer.
pub fn own(session: &mut Session) -> Option<Own> {
    let mut layers = Vec::new();
    let uses = project_file(session, &mut layers)?;
    // Read once more by the loader, which reports its problems.
    let project = layers.first().map(|it| Project::read(&it.nodes, &mut Diags::default())).unwrap_or_default();
    let around = Surroundings { project: session.disk.clone(), shown: String::new(), tested: None };
    layers.extend(packs::layers(session, &around, &uses));
    Some(Own { layers, project })
}

/// Loads and checks all definitions, and gives those that could be understood; the session knows the problems.
/// `None` only where a file could not be read at all.
pub fn definitions_found(session: &mut Session) -> Option<Definitions> {
    let own = own(session)?;
    finish(session, own.layers, None)
}

/// As [`definitions_found`], with layers that were read before, and of the library only what is wanted.
pub fn complete(session: &mut Session, own: Own, wanted: Option<Wanted<'_>>) -> Option<Definitions> {
    finish(session, own.layers, wanted)
}

/// What the cases of a folder are cases of.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The project that it is in, where `use` looks for packs.
    pub project: Disk,
    /// Relative to the root of that project; empty for the root.
    pub folder: String,
    /// Whether it is the project itself rather than a pack.
    pub is_project: bool,
}

impl Subject {
    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.project.root().join(&self.folder)
    }
}

/// The definitions of a case of a pack: its own project file if it has one, what that uses, and the pack. Paths in
/// messages lead from the case's folder.
pub fn definitions_of_case(session: &mut Session, subject: &Subject) -> Option<Definitions> {
    let to = |folder: &Path| format!("{}/", super::compile::way(&session.project.root, folder));
    let (to_project, to_subject) = (to(subject.project.root()), to(&subject.root()));
    let mut layers = Vec::new();
    let mut uses = project_file(session, &mut layers)?;
    let tested = if subject.is_project {
        uses.extend(tested_project(session, subject, &to_subject, &mut layers)?);
        None
    } else {
        Some(tested_pack(session, subject, to_subject)?)
    };
    let around = Surroundings { project: subject.project.clone(), shown: to_project, tested };
    layers.extend(packs::layers(session, &around, &uses));
    finish(session, layers, None)
}

fn tested_pack(session: &mut Session, subject: &Subject, shown: String) -> Option<Tested> {
    match Disk::new(&subject.root()) {
        Ok(disk) => Some(Tested { folder: subject.folder.clone(), disk, shown }),
        Err(error) => {
            session.fail(ReadError::Other(error).diag(&subject.folder, Span::NONE));
            None
        }
    }
}

/// The project whose cases run, as a layer, and what it uses. It is the nearest layer, unless the case has a project
/// file of its own.
fn tested_project(
    session: &mut Session,
    subject: &Subject,
    shown: &str,
    layers: &mut Vec<Layer>,
) -> Option<Vec<Spanned<Arc<str>>>> {
    let mut nodes = match subject.project.exists(PROJECT_FILE) {
        true => read_file(session, &subject.project, PROJECT_FILE, shown)?,
        false => Vec::new(),
    };
    let uses = uses(&nodes, &mut Diags::default());
    let is_project = layers.is_empty();
    if !is_project {
        nodes.retain(|it| !matches!(it.name(), "project" | "use"));
    }
    layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project, embedded: false });
    Some(uses)
}

/// Reads the project file, where there is one, as a layer; gives the packs that it uses.
fn project_file(session: &mut Session, layers: &mut Vec<Layer>) -> Option<Vec<Spanned<Arc<str>>>> {
    if !session.project.has_file {
        return Some(Vec::new());
    }
    let (file, text) = session.text(PROJECT_FILE, Span::NONE)?;
    let nodes = kdl::read(&text, file, &mut session.diags)?;
    // Read once more by the loader, which reports its problems.
    let uses = uses(&nodes, &mut Diags::default());
    layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project: true, embedded: false });
    Some(uses)
}

fn finish(session: &mut Session, mut layers: Vec<Layer>, wanted: Option<Wanted<'_>>) -> Option<Definitions> {
    let nodes = match wanted.and_then(|it| it.of_library(&layers)) {
        Some(nodes) => nodes,
        None => read_library(session, &["stdlib", "targets"])?,
    };
    layers.push(Layer { name: Arc::from("library"), nodes, is_project: false, embedded: true });
    let definitions = load(&layers, &mut session.diags);
    // The process is short, and taking the trees apart would cost as much as building them.
    std::mem::forget(layers);
    if !session.diags.has_errors() {
        check(&definitions, library_is_edited(), &mut session.diags);
    }
    Some(definitions)
}
