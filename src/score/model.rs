//! A Score v1b1 workload as a typed model in which every key and value knows its place.
//!
//! Shapes and names follow the published schema `score-v1b1.json`. Map order is the order of the file. The
//! model holds only what validated: a reader that found errors gives no model.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::{Span, Spanned};
use crate::value::Value;

/// A name or text with its place.
pub type Name = Spanned<Arc<str>>;

/// One Score file.
#[derive(Clone, Debug)]
pub struct Workload {
    pub name: Name,
    /// The whole `metadata` map, with whatever extra keys it has.
    pub metadata: Value,
    /// By container name.
    pub containers: IndexMap<Arc<str>, Container>,
    /// Service ports by name. Empty without a `service`.
    pub ports: IndexMap<Arc<str>, Port>,
    /// By resource name.
    pub resources: IndexMap<Arc<str>, Resource>,
    /// What stood in the file, for targets that refuse: see [`super::features`].
    pub features: Vec<Feature>,
    /// The folder of the Score file relative to the project root, `""` for the root itself, `/` separators.
    pub folder: String,
    /// The Score file relative to the project root.
    pub path: String,
}

/// A use of a Score feature that a target may not be able to express, for example `container.before.healthy`.
/// The closed list of feature names is [`super::features::ALL`].
#[derive(Clone, Debug)]
pub struct Feature {
    pub name: &'static str,
    /// The container it belongs to, if it belongs to one.
    pub container: Option<Arc<str>>,
    /// The file or volume, by its target, or the variable, by its name, that it belongs to.
    pub item: Option<Arc<str>>,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub struct Container {
    pub name: Name,
    pub image: Name,
    /// `None` where the key is absent; an empty list is kept as one.
    pub command: Option<Vec<Name>>,
    pub args: Option<Vec<Name>>,
    pub variables: IndexMap<Arc<str>, Variable>,
    /// By target path.
    pub files: IndexMap<Arc<str>, File>,
    /// By target path.
    pub volumes: IndexMap<Arc<str>, Volume>,
    pub limits: Quantities,
    pub requests: Quantities,
    pub liveness: Option<Probe>,
    pub readiness: Option<Probe>,
    /// `before`: this container must be ready before the named ones start.
    pub before: Vec<Before>,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub struct Variable {
    pub name: Name,
    pub value: Template,
}

#[derive(Clone, Debug)]
pub struct File {
    pub target: Name,
    /// Four octal digits or three, as written, for example `0644`.
    pub mode: Option<Name>,
    pub content: Content,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// `content`, or the text of `source`, with its placeholders (none of them with `noExpand`).
    Text(Template),
    /// `binaryContent`, or a `source` that is to be taken as it is and is not UTF-8.
    Bytes(Arc<[u8]>),
}

#[derive(Clone, Debug)]
pub struct Volume {
    pub target: Name,
    pub source: Template,
    pub path: Option<Name>,
    pub read_only: Option<Spanned<bool>>,
    pub at: Span,
}

#[derive(Clone, Debug, Default)]
pub struct Quantities {
    pub cpu: Option<Name>,
    pub memory: Option<Name>,
}

/// Both kinds may be present; Score prefers `exec`.
#[derive(Clone, Debug)]
pub struct Probe {
    pub http_get: Option<HttpGet>,
    pub exec: Option<Vec<Name>>,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub struct HttpGet {
    pub path: Name,
    pub port: Spanned<u16>,
    pub host: Option<Name>,
    /// `HTTP` or `HTTPS`.
    pub scheme: Option<Name>,
    pub headers: Vec<(Name, Name)>,
    pub at: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ready {
    Started,
    Healthy,
    Complete,
}

#[derive(Clone, Debug)]
pub struct Before {
    /// The container that waits.
    pub container: Name,
    pub ready: Spanned<Ready>,
}

#[derive(Clone, Debug)]
pub struct Port {
    pub name: Name,
    pub port: Spanned<u16>,
    /// The same as `port` where the file gives none.
    pub target_port: Spanned<u16>,
    /// `TCP` where the file gives none, then without a place.
    pub protocol: Name,
}

#[derive(Clone, Debug)]
pub struct Resource {
    pub name: Name,
    pub ty: Name,
    pub class: Option<Name>,
    pub id: Option<Name>,
    /// The whole `metadata` map of the resource; null where absent.
    pub metadata: Value,
    /// `None` where absent.
    pub params: Option<Params>,
    pub at: Span,
}

/// A tree like [`Value`] whose strings may hold placeholders.
#[derive(Clone, Debug)]
pub struct Params {
    pub data: ParamsData,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub enum ParamsData {
    /// Null, boolean, number or text without placeholders.
    Plain(Value),
    Text(Template),
    List(Vec<Params>),
    Map(IndexMap<Arc<str>, Params>),
}

/// Text with placeholders, already unescaped (`$$` is `$` here).
#[derive(Clone, PartialEq, Debug)]
pub struct Template {
    pub pieces: Vec<Piece>,
    /// The whole text as written.
    pub at: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Piece {
    Text(Arc<str>),
    Placeholder(Placeholder),
}

/// `${metadata.KEY…}` or `${resources.NAME.KEY…}`; `${resources.NAME}` in a volume source only.
#[derive(Clone, PartialEq, Debug)]
pub struct Placeholder {
    pub root: Root,
    /// `metadata`: all keys. `resources`: the keys after the resource's name.
    pub keys: Vec<Arc<str>>,
    /// From `$` to `}`; the whole text where its exact place cannot be said.
    pub at: Span,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Root {
    Metadata,
    Resource(Arc<str>),
}

impl Template {
    /// All placeholders in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(placeholder) => Some(placeholder),
            Piece::Text(_) => None,
        })
    }

    /// The text, where it holds no placeholder.
    #[must_use]
    pub fn as_plain(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(&**text),
                Piece::Placeholder(_) => None,
            })
            .collect()
    }
}

impl Params {
    /// All placeholders in this tree, in order.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&Placeholder> {
        match &self.data {
            ParamsData::Plain(_) => Vec::new(),
            ParamsData::Text(template) => template.placeholders().collect(),
            ParamsData::List(items) => items.iter().flat_map(Params::placeholders).collect(),
            ParamsData::Map(map) => map.values().flat_map(Params::placeholders).collect(),
        }
    }
}
