//! The packs that take part in a run: those that the project uses, and those that packs use.
//!
//! In: the `use` nodes of the project file. Out: one layer for each pack, nearest first: a pack stands before every
//! pack that it uses, and otherwise in the order in which `use` names them. Knows how packs are found and read, and
//! nothing of what they declare.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::compile::way;
use super::disk::{Disk, TEXT_LIMIT};
use super::session::Session;
use crate::definition::{Layer, uses};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::kdl::{self, Node};
use crate::library;
use crate::source::{Span, Spanned};

/// The variable that names a working tree to read the library from.
const LIBRARY: &str = "SCOREC_LIBRARY";

/// The file that makes a folder a pack.
pub const MARKER: &str = "pack.kdl";

/// Where a pack is. Two `use` nodes that lead to one place mean one pack.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    /// A folder of the project, relative to its root.
    Folder(String),
    /// A pack that is part of scorec.
    BuiltIn(String),
}

/// Where the packs of a project are.
#[derive(Clone, Debug)]
pub struct Ground {
    pub disk: Disk,
    /// The folder that paths in messages lead from; by default the root.
    pub seen_from: Option<PathBuf>,
}

impl Ground {
    #[must_use]
    pub fn new(disk: Disk) -> Self {
        Ground { disk, seen_from: None }
    }

    /// A path in messages.
    fn shown(&self, path: &str) -> String {
        self.seen_from.as_ref().map_or_else(|| path.to_owned(), |it| way(it, &self.disk.root().join(path)))
    }
}

/// A pack that was found.
#[derive(Debug)]
struct Found {
    place: Place,
    name: Arc<str>,
    nodes: Vec<Node>,
    /// The packs that it uses, by their index, and where it says so.
    uses: Vec<(usize, Span)>,
}

/// All packs, nearest first. The session knows the problems; what could be read is there.
pub fn layers(session: &mut Session, ground: &Ground, of_project: &[Spanned<Arc<str>>]) -> Vec<Layer> {
    let mut found: Vec<Found> = Vec::new();
    for name in of_project {
        find(session, ground, name, None, &mut found);
    }
    // Packs are added behind the ones that use them, so that this comes to all of them, and to each once.
    let mut next = 0;
    while let Some(pack) = found.get(next) {
        let place = pack.place.clone();
        let names = uses(&pack.nodes, &mut Diags::default());
        let used =
            names.iter().filter_map(|name| Some((find(session, ground, name, Some(&place), &mut found)?, name.at)));
        let used = used.collect();
        found[next].uses = used;
        next += 1;
    }
    ordered(session, found).into_iter().map(layer).collect()
}

fn layer(pack: Found) -> Layer {
    let embedded = matches!(pack.place, Place::BuiltIn(_));
    Layer { name: pack.name, nodes: pack.nodes, is_project: false, embedded }
}

/// The index of the pack that `name` means where `from` uses it, read if it is new.
fn find(
    session: &mut Session,
    ground: &Ground,
    name: &Spanned<Arc<str>>,
    from: Option<&Place>,
    found: &mut Vec<Found>,
) -> Option<usize> {
    let place = place(session, ground, name, from)?;
    if let Some(index) = found.iter().position(|it| it.place == place) {
        return Some(index);
    }
    let nodes = match &place {
        Place::Folder(folder) => read_folder(session, ground, folder)?,
        Place::BuiltIn(name) => read_built_in(session, &[&format!("rules/{name}")])?,
    };
    found.push(Found { place, name: name.value.clone(), nodes, uses: Vec::new() });
    Some(found.len() - 1)
}

/// A folder with `pack.kdl`, seen from the project's root or from the pack that uses it; else a built-in pack.
fn place(session: &mut Session, ground: &Ground, name: &Spanned<Arc<str>>, from: Option<&Place>) -> Option<Place> {
    let folder = match from {
        None => without_dots(&name.value),
        Some(Place::Folder(folder)) => without_dots(&format!("{folder}/{}", name.value)),
        Some(Place::BuiltIn(_)) => None,
    };
    let marker = folder.as_ref().map(|it| below(it, MARKER));
    if let (Some(folder), Some(marker)) = (folder, &marker)
        && ground.disk.exists(marker)
    {
        return Some(Place::Folder(folder));
    }
    let known = built_in();
    if known.contains(&&*name.value) {
        return Some(Place::BuiltIn(name.value.to_string()));
    }
    let shown = marker.unwrap_or_else(|| format!("{}/{MARKER}", name.value));
    let help = did_you_mean(&name.value, known).unwrap_or_else(|| format!("create `{shown}`"));
    let message = format!("no pack `{}`: there is no `{shown}` and no built-in pack of that name", name.value);
    session.fail(Diag::error(Code::PackUnknown, name.at, message).help(help));
    None
}

/// A path below a folder, which is empty for the root.
#[must_use]
pub fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// The names of the packs that are part of scorec.
fn built_in() -> Vec<&'static str> {
    let marked = |path: &'static str| path.strip_prefix("rules/")?.strip_suffix(MARKER)?.strip_suffix('/');
    library::files().iter().filter_map(|it| marked(it.path)).collect()
}

/// The path without `.` and `..`; `None` where it leads out of the project.
#[must_use]
pub fn without_dots(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// Nearest first. Of the packs that no other one uses any more, the first that was found comes next.
fn ordered(session: &mut Session, found: Vec<Found>) -> Vec<Found> {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < found.len() {
        let left: Vec<usize> = (0..found.len()).filter(|it| !order.contains(it)).collect();
        let is_used = |pack: usize| left.iter().any(|it| found[*it].uses.iter().any(|(to, _)| *to == pack));
        match left.iter().copied().find(|it| !is_used(*it)) {
            Some(next) => order.push(next),
            None => {
                session.fail(circle(&found, &left));
                order.extend(left);
            }
        }
    }
    let mut found: Vec<Option<Found>> = found.into_iter().map(Some).collect();
    order.into_iter().filter_map(|it| found[it].take()).collect()
}

/// The problem with packs each of which is used by another one of them.
fn circle(found: &[Found], left: &[usize]) -> Diag {
    // Going from used to user, one pack comes a second time, and what lies between is a circle.
    let user = |of: usize| {
        let uses = |from: &usize| found[*from].uses.iter().find(|(to, _)| *to == of).map(|(_, at)| (*from, *at));
        left.iter().find_map(uses)
    };
    let mut way: Vec<usize> = Vec::new();
    let mut labels: Vec<(usize, usize, Span)> = Vec::new();
    let mut current = left.first().copied();
    while let Some(pack) = current.filter(|it| !way.contains(it)) {
        way.push(pack);
        let from = user(pack);
        labels.extend(from.map(|(from, at)| (from, pack, at)));
        current = from.map(|(from, _)| from);
    }
    let start = current.and_then(|it| way.iter().position(|other| *other == it)).unwrap_or_default();
    let name = |it: usize| &found[it].name;
    let mut edges = labels.into_iter().skip(start).rev();
    let text = |(from, to): (usize, usize)| format!("`{}` uses `{}`", name(from), name(to));
    let (first, second, at) = edges.next().unwrap_or((0, 0, Span::NONE));
    let message = format!("pack `{}` uses itself", name(first));
    let diag = Diag::error(Code::DependencyCycle, at, message).here(text((first, second)));
    let diag = edges.fold(diag, |diag, (from, to, at)| diag.label(at, text((from, to))));
    diag.help("remove one of the `use`")
}

/// Whether the library is read from a working tree, and is to be checked like everyone's files.
pub fn library_is_edited() -> bool {
    std::env::var_os(LIBRARY).is_some()
}

/// All definitions of the library below these folders.
pub fn read_built_in(session: &mut Session, folders: &[&str]) -> Option<Vec<Node>> {
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
    let ground = Ground::new(disk);
    let mut nodes = Vec::new();
    for folder in folders {
        nodes.extend(read_folder(session, &ground, folder)?);
    }
    Some(nodes)
}

/// All definitions below a folder, in path order, without those of tests and of other packs.
pub fn read_folder(session: &mut Session, ground: &Ground, folder: &str) -> Option<Vec<Node>> {
    let pattern = below(folder, "**/*.kdl");
    let found = match ground.disk.find(&[&pattern]) {
        Ok(found) => found,
        Err(error) => {
            session.fail(error.diag(&pattern, Span::NONE));
            return None;
        }
    };
    let others: Vec<&str> =
        found.iter().filter_map(|it| it.strip_suffix(MARKER)).filter(|it| it.trim_end_matches('/') != folder).collect();
    let mut nodes = Vec::new();
    let mut complete = true;
    let own = |path: &&String| !format!("/{path}").contains("/tests/") && !others.iter().any(|it| path.starts_with(it));
    for path in found.iter().filter(own) {
        match read_file(session, ground, path) {
            Some(more) => nodes.extend(more),
            None => complete = false,
        }
    }
    complete.then_some(nodes)
}

/// One file of definitions.
pub fn read_file(session: &mut Session, ground: &Ground, path: &str) -> Option<Vec<Node>> {
    let shown = ground.shown(path);
    match ground.disk.text(path, TEXT_LIMIT) {
        Ok(text) => {
            session.terminal.explain(&format!("read {shown}\n"));
            let file = session.sources.add(shown, text.clone());
            kdl::read(&text, file, &mut session.diags)
        }
        Err(error) => {
            session.fail(error.diag(&shown, Span::NONE));
            None
        }
    }
}
