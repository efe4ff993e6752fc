//! A YAML document as a tree in which every key and value knows its place.
//!
//! In: what `yaml` builds. Out: the tree that overrides and upgrades change and that the readers turn into the
//! typed model. Values of one tree may come from several files. Knows nothing of Score.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Span;
use crate::value::Value;

/// A value and the bytes that wrote it.
#[derive(Clone, Debug)]
pub struct Node {
    pub data: Yaml,
    pub at: Span,
}

/// What a node holds. Depth is capped by the parser, so recursion over a tree is safe.
#[derive(Clone, Debug)]
pub enum Yaml {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// An unquoted date or time, which Score readers do not take for a string.
    Date(Arc<str>),
    Text(Text),
    List(Vec<Node>),
    Map(Map),
}

/// Entries in the order of the file.
pub type Map = IndexMap<Arc<str>, Entry>;

#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Span,
    pub value: Node,
}

/// A string and how its bytes stand in the source.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: Arc<str>,
    /// Runs of bytes that are the same in text and source, in order. Empty where escapes or folding changed
    /// the text: then only the whole scalar can be pointed at.
    pub runs: Arc<[Run]>,
}

/// From `text` bytes into the string on, the source continues at `source`.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub text: usize,
    pub source: Span,
}

impl Text {
    /// The place of a byte range of the string; `None` where it cannot be said exactly.
    #[must_use]
    pub fn place(&self, start: usize, end: usize) -> Option<Span> {
        let run = self.runs.get(self.runs.partition_point(|it| it.text <= start).checked_sub(1)?)?;
        let length = (run.source.end - run.source.start) as usize;
        (end - run.text <= length).then(|| run.source.within(start - run.text, end - run.text))
    }
}

impl Node {
    #[must_use]
    pub fn new(data: Yaml, at: Span) -> Self {
        Node { data, at }
    }

    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Yaml::Map(map) => Some(map),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.data {
            Yaml::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What a user calls this kind of value in messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Yaml::Null => "nothing",
            Yaml::Bool(_) => "a boolean",
            Yaml::Int(_) => "an integer",
            Yaml::Float(_) => "a number",
            Yaml::Date(_) => "a date",
            Yaml::Text(_) => "a string",
            Yaml::List(_) => "a list",
            Yaml::Map(_) => "a map",
        }
    }

    /// Where to point for the value as a whole: a collection's first key or item rather than a whole page.
    #[must_use]
    pub fn head(&self) -> Span {
        match &self.data {
            Yaml::Map(map) => map.first().map_or(self.at, |(_, it)| it.key),
            Yaml::List(items) => items.first().map_or(self.at, Node::head),
            _ => self.at,
        }
    }

    /// The same data without YAML's own kinds: a date becomes its text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.data {
            Yaml::Null => Value::null(self.at),
            Yaml::Bool(value) => Value::bool(*value, self.at),
            Yaml::Int(value) => Value::int(*value, self.at),
            Yaml::Float(value) => Value::new(crate::value::Data::Float(*value), self.at),
            Yaml::Date(text) => Value::text(text.clone(), self.at),
            Yaml::Text(text) => Value::text(text.text.clone(), self.at),
            Yaml::List(items) => Value::list(items.iter().map(Node::to_value).collect(), self.at),
            Yaml::Map(map) => {
                Value::map(map.iter().map(|(key, it)| (key.clone(), it.value.to_value())).collect(), self.at)
            }
        }
    }

    /// The number of nodes in this tree and the depth of it, both at least 1.
    #[must_use]
    pub fn measure(&self) -> (usize, usize) {
        let children: Vec<(usize, usize)> = match &self.data {
            Yaml::List(items) => items.iter().map(Node::measure).collect(),
            Yaml::Map(map) => map.values().map(|it| it.value.measure()).collect(),
            _ => Vec::new(),
        };
        let nodes = children.iter().map(|it| it.0).sum::<usize>();
        (nodes + 1, children.iter().map(|it| it.1).max().unwrap_or(0) + 1)
    }
}
