//! Which definitions take part in a run: the project file, its packs, the library.
//!
//! In development, `SCOREC_LIBRARY` names a folder that holds `stdlib/`, `targets/` and `rules/` and is read
//! instead of the embedded library, so that editing a definition needs no rebuild.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::disk::Disk;
use super::packs::{self, Ground};
use super::project::PROJECT_FILE;
use super::session::Session;
use crate::definition::{Definitions, Environment, Layer, Project, check, load, uses};
use crate::diag::Diags;
use crate::kdl::{self, Node};
use crate::library;
use crate::score::Workload;
use crate::source::{Span, Spanned};

/// The layers of a project without the library.
#[derive(Default)]
pub struct Own {
    layers: Vec<Layer>,
    /// What the project file says of the project.
    pub project: Project,
    /// Whether something of it could not be read; then names may be missing for no fault of those who use them.
    is_broken: bool,
}

/// What a command will ask of the library, where that is known before it is read.
pub struct Wanted<'a> {
    pub environment: &'a str,
    pub target: Option<&'a str>,
    pub workloads: &'a [Workload],
}

/// Reads the project file and its packs. `None` where a file could not be read at all: what is missing then
/// might be the answer.
pub fn own(session: &mut Session) -> Option<Own> {
    let mut own = Own::default();
    let of_project = project_file(session, &mut own)?;
    let ground = Ground::new(session.disk.clone());
    own.layers.extend(packs::layers(session, &ground, &of_project));
    own.is_broken = session.diags.has_errors();
    Some(own)
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

/// As [`own`], for a case of a pack: the case's project file if it has one, the pack, and what both use. Paths in
/// messages lead from the case's folder.
pub fn own_of_case(session: &mut Session, subject: &Subject) -> Option<Own> {
    let mut own = Own::default();
    let mut used = project_file(session, &mut own)?;
    let ground = Ground { disk: subject.project.clone(), seen_from: Some(session.project.root.clone()) };
    if subject.is_project {
        used.extend(project_of_case(session, &ground, &mut own)?);
    } else {
        used.insert(0, Spanned::new(Arc::from(subject.folder.as_str()), Span::NONE));
    }
    own.layers.extend(packs::layers(session, &ground, &used));
    own.is_broken = session.diags.has_errors();
    Some(own)
}

/// Adds the project file of the project that a case is of, and gives what that uses. It is the nearest layer, unless
/// the case has a project file of its own.
fn project_of_case(session: &mut Session, ground: &Ground, own: &mut Own) -> Option<Vec<Spanned<Arc<str>>>> {
    let mut nodes = packs::read_file(session, ground, PROJECT_FILE)?;
    let used = uses(&nodes, &mut Diags::default());
    let is_project = own.layers.is_empty();
    if is_project {
        own.project = Project::read(&nodes, &mut Diags::default());
    } else {
        nodes.retain(|it| !matches!(it.name(), "project" | "use"));
    }
    own.layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project, embedded: false });
    Some(used)
}

/// Reads the project file, where there is one; gives what it uses.
fn project_file(session: &mut Session, own: &mut Own) -> Option<Vec<Spanned<Arc<str>>>> {
    if !session.project.has_file {
        return Some(Vec::new());
    }
    let (file, text) = session.text(PROJECT_FILE, Span::NONE)?;
    let nodes = kdl::read(&text, file, &mut session.diags)?;
    // Read once more by the loader, which reports its problems.
    own.project = Project::read(&nodes, &mut Diags::default());
    let used = uses(&nodes, &mut Diags::default());
    own.layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project: true, embedded: false });
    Some(used)
}

/// Loads and checks all definitions, and gives those that could be understood; the session knows the problems.
/// `None` only where a file could not be read at all.
pub fn definitions_found(session: &mut Session) -> Option<Definitions> {
    let own = own(session)?;
    complete(session, own, None)
}

/// As [`definitions_found`], with layers that were read before, and of the library only what is wanted.
pub fn complete(session: &mut Session, own: Own, wanted: Option<Wanted<'_>>) -> Option<Definitions> {
    let mut layers = own.layers;
    let nodes = match wanted.filter(|_| layers.iter().all(is_bare)).and_then(|it| relevant(&it)) {
        Some(nodes) => nodes,
        None => packs::read_built_in(session, &["stdlib", "targets"])?,
    };
    layers.push(Layer { name: Arc::from("library"), nodes, is_project: false, embedded: true });
    // Apart from the problems of Score files, which say nothing about definitions.
    let mut found = Diags::default();
    let definitions = load(&layers, &mut found);
    // The process is short, and taking the trees apart would cost as much as building them.
    std::mem::forget(layers);
    if !own.is_broken && !found.has_errors() {
        check(&definitions, packs::library_is_edited(), &mut found);
    }
    session.diags.append(found);
    Some(definitions)
}

/// Whether a layer defines nothing: then no definition of a user can name anything of the library.
fn is_bare(layer: &Layer) -> bool {
    layer.nodes.iter().all(|it| it.name() == "project")
}

/// The part of the library that a build may use. `None` where that cannot be said, or where it is edited.
fn relevant(wanted: &Wanted<'_>) -> Option<Vec<Node>> {
    if packs::library_is_edited() {
        return None;
    }
    let of_environment = built_in_target(wanted.environment)?;
    let target = wanted.target.unwrap_or(&of_environment);
    let resources = wanted.workloads.iter().flat_map(|it| it.resources.values());
    let types: BTreeSet<&str> = resources.map(|it| &*it.ty.value).collect();
    Some(library::relevant(target, &types)?.into_iter().flat_map(library::nodes).collect())
}

/// The target of an environment of the library.
fn built_in_target(name: &str) -> Option<String> {
    let files = library::files().iter().filter(|it| it.path == "stdlib/environments.kdl");
    let nodes: Vec<Node> = files.flat_map(library::nodes).collect();
    let environments = nodes.iter().filter_map(|it| Environment::read(it, 0, &mut Diags::default()));
    let found = environments.into_iter().find(|it| *it.name.value == *name)?;
    found.target.map(|it| it.value.to_string())
}
