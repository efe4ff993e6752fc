//! What differs between two builds, by what things are called and not by lines.
//!
//! In: two [`Side`]s, each a map of files as data. Out: [`Difference`]s, what is gone first, since somebody has to
//! clean that up. A secret is never here: [`stand`] puts something else in its place. Knows no target: an object
//! is a document with a kind and a name, or an entry of a map of maps, such as a service.

mod lists;
mod objects;
mod read;
pub mod stand;
mod tree;
pub mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use read::read;

use crate::emit::Outputs;
use crate::format::Format;
use crate::source::Span;
use crate::value::Value;

/// One build.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// By path relative to the output folder.
    pub files: BTreeMap<String, File>,
    /// Whether it was read from a folder, so that nothing tells which of its texts are secret.
    pub is_read: bool,
}

/// One file of a build.
#[derive(Clone, Debug)]
pub struct File {
    pub content: Content,
    /// Whether only its owner may read it, so that what is in it may be secret.
    pub is_private: bool,
}

/// The content of a file.
#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    /// The documents of a file in a structured format; most formats hold one.
    Data(Vec<Value>),
    Text(Arc<str>),
    Bytes(Vec<u8>),
}

/// What became of something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Change {
    Removed,
    Changed,
    Added,
}

/// One thing that is not the same.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    pub file: String,
    /// The object in words, for example `services.web` or `Deployment shop/web`; empty for the file itself.
    pub object: String,
    /// Where in the object; empty for the object itself.
    pub path: Vec<Step>,
    pub change: Change,
    /// The value before; null where there was none, and for a file as a whole.
    pub old: Value,
    pub new: Value,
}

/// One step of a path into a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    Key(Arc<str>),
    /// An item of a list, by what it is called.
    Item(Arc<str>),
    /// An item of a list, from 0: of the new list, or of the old one where the new has none.
    Index(usize),
}

impl Side {
    /// The files of a build.
    #[must_use]
    pub fn of(outputs: &Outputs) -> Side {
        let file = |path: &String| {
            let file = outputs.files.get(path)?;
            let content = match outputs.written.get(path) {
                Some(written) => content(written.format, &written.value, &file.bytes),
                None => Content::Bytes(file.bytes.clone()),
            };
            Some((path.clone(), File { content, is_private: is_private(file.mode) }))
        };
        Side { files: outputs.files.keys().filter_map(file).collect(), is_read: false }
    }
}

/// Whether a file of this mode is for its owner only.
#[must_use]
pub fn is_private(mode: u32) -> bool {
    mode & 0o077 == 0
}

fn content(format: Format, value: &Value, bytes: &[u8]) -> Content {
    match format {
        Format::YamlDocuments | Format::KyamlDocuments => Content::Data(value.as_list().unwrap_or_default().to_vec()),
        Format::Text => Content::Text(Arc::from(value.as_str().unwrap_or_default())),
        Format::Base64 => Content::Bytes(bytes.to_vec()),
        _ => Content::Data(vec![value.clone()]),
    }
}

/// Everything that differs, what is gone first, then by file and object.
#[must_use]
pub fn compare(old: &Side, new: &Side) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut paths: Vec<&String> = old.files.keys().chain(new.files.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let mut of_file = match (old.files.get(path), new.files.get(path)) {
            (Some(before), Some(after)) => contents(path, before, after),
            (Some(before), None) => whole(path, before, Change::Removed),
            (None, Some(after)) => whole(path, after, Change::Added),
            (None, None) => Vec::new(),
        };
        if old.is_read {
            hide(&mut of_file, old.files.get(path), new.files.get(path));
        }
        found.append(&mut of_file);
    }
    // An object of which only a part is gone has changed.
    found.sort_by_key(|it: &Difference| (it.of_object(), it.file.clone()));
    found
}

impl Difference {
    /// What became of the object; [`Difference::change`] is about a part of it.
    #[must_use]
    pub fn of_object(&self) -> Change {
        if self.path.is_empty() { self.change } else { Change::Changed }
    }
}

/// A file that only one side has, and the documents in it that have names: whoever cleans up needs those.
fn whole(path: &str, file: &File, change: Change) -> Vec<Difference> {
    let one = |object: String| Difference {
        file: path.to_owned(),
        object,
        path: Vec::new(),
        change,
        old: Value::null(Span::NONE),
        new: Value::null(Span::NONE),
    };
    let names = match &file.content {
        Content::Data(documents) => documents.iter().filter_map(objects::name).collect(),
        _ => Vec::new(),
    };
    std::iter::once(String::new()).chain(names).map(one).collect()
}

fn contents(path: &str, before: &File, after: &File) -> Vec<Difference> {
    if before.content == after.content {
        return Vec::new();
    }
    let text = |text: &str| Value::text(text, Span::NONE);
    let (old, new) = match (&before.content, &after.content) {
        (Content::Data(old), Content::Data(new)) => return objects::compare(path, old, new),
        (Content::Text(old), Content::Text(new)) => (text(old), text(new)),
        (old, new) => (text(&size(old)), text(&size(new))),
    };
    let object = String::new();
    vec![Difference { file: path.to_owned(), object, path: Vec::new(), change: Change::Changed, old, new }]
}

/// All that is said of content that is no text.
fn size(content: &Content) -> String {
    match content {
        Content::Bytes(bytes) => crate::diag::count(bytes.len(), "byte"),
        Content::Text(text) => crate::diag::count(text.len(), "byte"),
        Content::Data(_) => "data".to_owned(),
    }
}

/// Hides values from a folder that may be secret: all of a private file, and of a file that holds secrets now,
/// those of the objects that hold them and of objects that are gone.
fn hide(found: &mut [Difference], before: Option<&File>, after: Option<&File>) {
    let is_private = [before, after].into_iter().flatten().any(|it| it.is_private);
    let standing: Option<Vec<String>> = match after.map(|it| &it.content) {
        Some(Content::Data(documents)) => Some(objects::with_secrets(documents)),
        Some(Content::Text(text)) if stand::is_in(text) => Some(vec![String::new()]),
        _ => None,
    };
    let standing = standing.unwrap_or_default();
    for it in found.iter_mut() {
        let gone = it.of_object() == Change::Removed && !standing.is_empty();
        if is_private || gone || standing.contains(&it.object) {
            it.old = stand::hidden(&it.old);
        }
    }
}
