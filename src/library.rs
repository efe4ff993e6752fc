//! The embedded library: the definitions under `stdlib/`, `targets/` and `rules/`, read when scorec was built.
//!
//! In: the table that `build.rs` wrote. Out: texts for messages, and trees that are decoded one file at a time,
//! when asked for: reading the texts anew would take longer than the rest of a run. Knows no definition.

use std::collections::BTreeSet;

use crate::kdl::Node;
use crate::source::{FileId, Sources};

/// A file of the embedded library.
#[derive(Debug)]
pub struct EmbeddedFile {
    /// Relative to the package, for example `stdlib/types/redis.kdl`, with `/` on every system.
    pub path: &'static str,
    pub text: &'static str,
    /// The nodes, in postcard. Their spans name the file by its index in [`files`].
    tree: &'static [u8],
    /// The resource types that its definitions are about; `*`, or a glob, for all of them.
    about: &'static [&'static str],
    /// The types that its rules need.
    needs: &'static [&'static str],
}

static FILES: &[EmbeddedFile] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// All files, in the order of their paths.
#[must_use]
pub fn files() -> &'static [EmbeddedFile] {
    FILES
}

/// The files that a build for one target may use, in the order of their paths: those of the target, the
/// environments, and of all others those about a type that `types` names, or that one of these needs. `None`
/// where nothing is about one of the types: then all files may be of help in saying so.
#[must_use]
pub fn relevant(target: &str, types: &BTreeSet<&str>) -> Option<Vec<&'static EmbeddedFile>> {
    let of_target = format!("targets/{target}/");
    let rules = format!("stdlib/{target}/");
    let own = |path: &str| path.starts_with(&rules) || path.starts_with("stdlib/types/");
    let shared = |it: &EmbeddedFile| {
        // Rules for workloads themselves are about no resource that a Score file could name.
        let is_glob = |about: &&str| *about == "workload" || about.contains(['*', '?', '[', '{']);
        let alone = it.path.starts_with("stdlib/") && it.path.matches('/').count() == 1;
        it.path.starts_with(&of_target) || alone || (own(it.path) && it.about.iter().any(is_glob))
    };
    let mut wanted = types.clone();
    loop {
        let is_wanted = |it: &&EmbeddedFile| own(it.path) && it.about.iter().any(|about| wanted.contains(about));
        let needs: Vec<&str> = FILES.iter().filter(is_wanted).flat_map(|it| it.needs).copied().collect();
        let before = wanted.len();
        wanted.extend(needs);
        if wanted.len() == before {
            break;
        }
    }
    let is_known = |ty: &&str| FILES.iter().any(|it| it.path.starts_with(&rules) && it.about.contains(ty));
    if !wanted.iter().all(is_known) || !FILES.iter().any(|it| it.path.starts_with(&of_target)) {
        return None;
    }
    let is_relevant =
        |it: &&EmbeddedFile| shared(it) || (own(it.path) && it.about.iter().any(|about| wanted.contains(about)));
    Some(FILES.iter().filter(is_relevant).collect())
}

/// The nodes of one file. A tree of this build always decodes.
#[must_use]
pub fn nodes(file: &EmbeddedFile) -> Vec<Node> {
    match postcard::from_bytes(file.tree) {
        Ok(nodes) => nodes,
        Err(error) => crate::bug!("the embedded tree of {} cannot be decoded: {error}", file.path),
    }
}

/// Adds all files to a run. They must come first: the spans in their trees count on it.
pub fn register(sources: &mut Sources) {
    for (index, file) in FILES.iter().enumerate() {
        let id = sources.add_embedded(file.path, file.text);
        if id.0 as usize != index {
            crate::bug!("the embedded library is registered after other files");
        }
    }
}

/// The name of a file of the library in spans, once it is registered.
#[must_use]
pub fn id(path: &str) -> Option<FileId> {
    let index = FILES.binary_search_by(|it| it.path.cmp(path)).ok()?;
    u32::try_from(index).ok().map(FileId)
}
