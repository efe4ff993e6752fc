//! Which definitions take part in a run: the project file, its packs in `use` order, the embedded library.
//!
//! In development, `SCOREC_LIBRARY` names a folder that holds `stdlib/`, `targets/` and `rules/` and is read
//! instead of the embedded library, so that editing a definition needs no rebuild.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, ReadError, TEXT_LIMIT};
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
    let disk = session.disk.clone();
    let uses = project_file(session, &mut layers)?;
    for pack in &uses {
        layers.extend(read_pack(session, &disk, pack, ""));
    }
    finish(session, layers)
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
    let uses = project_file(session, &mut layers)?;
    let own = subject_layer(session, subject, &to_subject, !layers.is_empty())?;
    let is_own = |it: &Spanned<Arc<str>>| !subject.is_project && folder_of(&it.value) == subject.folder;
    if !uses.iter().any(is_own) {
        layers.push(own.layer);
    }
    let more =
        own.uses.into_iter().filter(|it| !uses.iter().any(|used| folder_of(&used.value) == folder_of(&it.value)));
    let more: Vec<_> = more.collect();
    for pack in uses.iter().chain(&more) {
        layers.extend(read_pack(session, &subject.project, pack, &to_project));
    }
    finish(session, layers)
}

struct Own {
    layer: Layer,
    uses: Vec<Spanned<Arc<str>>>,
}

/// The layer of what is tested. The project file is the nearest layer, unless the case has one of its own.
fn subject_layer(session: &mut Session, subject: &Subject, shown: &str, is_below: bool) -> Option<Own> {
    let disk = match Disk::new(&subject.root()) {
        Ok(disk) => disk,
        Err(error) => {
            session.fail(ReadError::Other(error).diag(&subject.folder, Span::NONE));
            return None;
        }
    };
    let (name, is_project) = (Arc::from(subject.folder.as_str()), subject.is_project && !is_below);
    if !subject.is_project {
        let nodes = read_folder(session, &disk, "", shown)?;
        return Some(Own { layer: Layer { name, nodes, is_project, embedded: false }, uses: Vec::new() });
    }
    let mut nodes =
        if disk.exists(PROJECT_FILE) { read_file(session, &disk, PROJECT_FILE, shown)? } else { Vec::new() };
    let uses = Project::read(&nodes, &mut Diags::default()).uses;
    if is_below {
        nodes.retain(|it| !matches!(it.name(), "project" | "use"));
    }
    Some(Own { layer: Layer { name: Arc::from(PROJECT_FILE), nodes, is_project, embedded: false }, uses })
}

/// Reads the project file, where there is one, as a layer; gives the packs that it uses.
fn project_file(session: &mut Session, layers: &mut Vec<Layer>) -> Option<Vec<Spanned<Arc<str>>>> {
    if !session.project.has_file {
        return Some(Vec::new());
    }
    let (file, text) = session.text(PROJECT_FILE, Span::NONE)?;
    let nodes = kdl::read(&text, file, &mut session.diags)?;
    // Read once more by the loader, which reports its problems.
    let uses = Project::read(&nodes, &mut Diags::default()).uses;
    layers.push(Layer { name: Arc::from(PROJECT_FILE), nodes, is_project: true, embedded: false });
    Some(uses)
}

fn finish(session: &mut Session, mut layers: Vec<Layer>) -> Option<Definitions> {
    layers.push(embedded(session)?);
    let definitions = load(&layers, &mut session.diags);
    if !session.diags.has_errors() {
        check(&definitions, std::env::var_os(LIBRARY).is_some(), &mut session.diags);
    }
    Some(definitions)
}

/// The folder that `use` names.
#[must_use]
pub fn folder_of(name: &str) -> &str {
    name.trim_end_matches('/').trim_start_matches("./")
}

/// A pack: a folder with `pack.kdl` relative to the project's root, else an embedded one of that name.
fn read_pack(session: &mut Session, disk: &Disk, name: &Spanned<Arc<str>>, shown: &str) -> Option<Layer> {
    let folder = folder_of(&name.value);
    let marker = format!("{folder}/pack.kdl");
    if disk.exists(&marker) {
        let nodes = read_folder(session, disk, folder, shown)?;
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
pub fn read_folder(session: &mut Session, disk: &Disk, folder: &str, shown: &str) -> Option<Vec<Node>> {
    let pattern = if folder.is_empty() { "**/*.kdl".to_owned() } else { format!("{folder}/**/*.kdl") };
    let found = match disk.find(&[&pattern]) {
        Ok(found) => found,
        Err(error) => {
            session.fail(error.diag(&pattern, Span::NONE));
            return None;
        }
    };
    let mut nodes = Vec::new();
    let mut complete = true;
    for path in found.iter().filter(|it| !format!("/{it}").contains("/tests/")) {
        match read_file(session, disk, path, shown) {
            Some(more) => nodes.extend(more),
            None => complete = false,
        }
    }
    complete.then_some(nodes)
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
