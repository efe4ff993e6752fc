//! The packs that take part in a run: those that the project uses, and those that packs use.
//!
//! In: the `use` nodes of the project file. Out: one layer for each pack, nearest first: a pack stands before every
//! pack that it uses, and otherwise in the order in which `use` names them. Knows how packs are found and read, and
//! nothing of what they declare.

use std::sync::Arc;

use super::definition_files::{PACK_FILE, read_folder, read_library};
use super::disk::Disk;
use super::session::Session;
use crate::definition::{Layer, uses};
use crate::diag::suggest::nearest;
use crate::diag::{Code, Diag, Diags, or_list};
use crate::kdl::Node;
use crate::library;
use crate::source::{Span, Spanned};

/// Where a pack is. Two `use` nodes that lead to one place mean one pack.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    /// A folder of the project, relative to its root.
    Folder(String),
    /// A pack that is part of scorec.
    BuiltIn(String),
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

/// Where packs are looked for.
#[derive(Debug)]
pub struct Surroundings {
    /// The project, in which `use` names folders.
    pub project: Disk,
    /// What stands before paths of the project in messages.
    pub shown: String,
    /// A pack that takes part although nobody uses it, since its cases run.
    pub tested: Option<Tested>,
}

/// A pack whose cases run.
#[derive(Debug)]
pub struct Tested {
    /// Relative to the project's root.
    pub folder: String,
    /// The folder itself, and what stands before its paths in messages.
    pub disk: Disk,
    pub shown: String,
}

/// All packs, nearest first. The session knows the problems; what could be read is there.
pub fn layers(session: &mut Session, around: &Surroundings, of_project: &[Spanned<Arc<str>>]) -> Vec<Layer> {
    let mut found: Vec<Found> = Vec::new();
    let tested = around.tested.as_ref().map(|it| Spanned::new(Arc::from(it.folder.as_str()), Span::NONE));
    let is_used = |tested: &Spanned<Arc<str>>| {
        of_project.iter().any(|it| without_dots(&it.value).is_some_and(|folder| *folder == *tested.value))
    };
    for name in tested.iter().filter(|it| !is_used(it)).chain(of_project) {
        find(session, around, name, None, &mut found);
    }
    // Packs are added behind the ones that use them, so that this comes to all of them, and to each once.
    let mut next = 0;
    while let Some(pack) = found.get(next) {
        let place = pack.place.clone();
        let names = uses(&pack.nodes, &mut Diags::default());
        let used =
            names.iter().filter_map(|name| Some((find(session, around, name, Some(&place), &mut found)?, name.at)));
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
    around: &Surroundings,
    name: &Spanned<Arc<str>>,
    from: Option<&Place>,
    found: &mut Vec<Found>,
) -> Option<usize> {
    let place = place(session, around, name, from)?;
    if let Some(index) = found.iter().position(|it| it.place == place) {
        return Some(index);
    }
    let nodes = match &place {
        Place::Folder(folder) => match around.tested.as_ref().filter(|it| it.folder == *folder) {
            Some(tested) => read_folder(session, &tested.disk, "", &tested.shown)?,
            None => read_folder(session, &around.project, folder, &around.shown)?,
        },
        Place::BuiltIn(name) => read_library(session, &[&format!("rules/{name}")])?,
    };
    found.push(Found { place, name: name.value.clone(), nodes, uses: Vec::new() });
    Some(found.len() - 1)
}

/// A folder with `pack.kdl`, seen from the project's root or from the pack that uses it; else a built-in pack.
fn place(
    session: &mut Session,
    around: &Surroundings,
    name: &Spanned<Arc<str>>,
    from: Option<&Place>,
) -> Option<Place> {
    let folder = match from {
        None => without_dots(&name.value),
        Some(Place::Folder(folder)) => without_dots(&format!("{folder}/{}", name.value)),
        Some(Place::BuiltIn(_)) => None,
    };
    let marker = folder.as_ref().map(|it| format!("{it}/{PACK_FILE}").trim_start_matches('/').to_owned());
    if let (Some(folder), Some(marker)) = (folder, &marker)
        && around.project.exists(marker)
    {
        return Some(Place::Folder(folder));
    }
    let known = built_in();
    if known.contains(&&*name.value) {
        return Some(Place::BuiltIn(name.value.to_string()));
    }
    let shown = marker.unwrap_or_else(|| format!("{}/{PACK_FILE}", name.value));
    let help = match nearest(&name.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("create `{shown}`, or use a built-in pack: {}", or_list(&known)),
    };
    let message = format!("no pack `{}`: there is no `{shown}` and no built-in pack of that name", name.value);
    session.fail(Diag::error(Code::PackUnknown, name.at, message).help(help));
    None
}

/// The names of the packs that are part of scorec.
fn built_in() -> Vec<&'static str> {
    let marked = |path: &'static str| path.strip_prefix("rules/")?.strip_suffix(PACK_FILE)?.strip_suffix('/');
    library::files().iter().filter_map(|it| marked(it.path)).collect()
}

/// A path in the project, without `.` and `..`; `None` where it leads out of the project.
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
