//! The embedded library: the definitions under `stdlib/`, `targets/` and `rules/`, read when scorec was built.
//!
//! In: the table that `build.rs` wrote. Out: texts for messages, and trees that are decoded one file at a time,
//! when asked for: reading the texts anew would take longer than the rest of a run. Knows no definition.

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
}

static FILES: &[EmbeddedFile] = include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// All files, in the order of their paths.
#[must_use]
pub fn files() -> &'static [EmbeddedFile] {
    FILES
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
