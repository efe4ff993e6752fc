//! The ordered tree that every stage passes on: data with places, secrets and deferred parts.
//!
//! In: what readers and templates build. Out: [`Value`]. A value knows where it was written. Text may hold
//! parts that are not plain: a [`Secret`], which only a named sink may reveal, and a [`Deferred`] part, which
//! only the run-time environment knows. Cloning is cheap: trees and texts are shared, never copied.
//! Knows nothing of formats, definitions or Score.

mod secret;
mod text;

pub use secret::{Deferred, Key, Secret, SecretOrigin};
pub use text::{Part, Text};

use std::sync::Arc;

use indexmap::IndexMap;

use crate::source::Span;

/// A map in insertion order. Keys are plain text: a secret can never be a key.
pub type Map = IndexMap<Arc<str>, Value>;

/// Data and the place that wrote it.
#[derive(Clone, PartialEq, Debug)]
pub struct Value {
    pub data: Data,
    pub at: Span,
}

/// What a value holds.
#[derive(Clone, Debug)]
pub enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text),
    List(Arc<Vec<Value>>),
    Map(Arc<Map>),
}

/// Equality of content: places do not count.
impl PartialEq for Data {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Data::Null, Data::Null) => true,
            (Data::Bool(a), Data::Bool(b)) => a == b,
            (Data::Int(a), Data::Int(b)) => a == b,
            (Data::Float(a), Data::Float(b)) => a == b,
            (Data::Text(a), Data::Text(b)) => a == b,
            (Data::List(a), Data::List(b)) => Arc::ptr_eq(a, b) || same_items(a, b),
            (Data::Map(a), Data::Map(b)) => Arc::ptr_eq(a, b) || same_entries(a, b),
            _ => false,
        }
    }
}

fn same_items(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.data == b.data)
}

fn same_entries(a: &Map, b: &Map) -> bool {
    a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|it| it.data == value.data))
}

impl Value {
    #[must_use]
    pub fn new(data: Data, at: Span) -> Self {
        Value { data, at }
    }

    #[must_use]
    pub fn null(at: Span) -> Self {
        Value::new(Data::Null, at)
    }

    #[must_use]
    pub fn bool(value: bool, at: Span) -> Self {
        Value::new(Data::Bool(value), at)
    }

    #[must_use]
    pub fn int(value: i64, at: Span) -> Self {
        Value::new(Data::Int(value), at)
    }

    /// Plain text.
    #[must_use]
    pub fn text(value: impl Into<Arc<str>>, at: Span) -> Self {
        Value::new(Data::Text(Text::plain(value)), at)
    }

    #[must_use]
    pub fn list(items: Vec<Value>, at: Span) -> Self {
        Value::new(Data::List(Arc::new(items)), at)
    }

    #[must_use]
    pub fn map(entries: Map, at: Span) -> Self {
        Value::new(Data::Map(Arc::new(entries)), at)
    }

    /// A map of literal keys, for views that the compiler itself builds.
    #[must_use]
    pub fn object<const N: usize>(entries: [(&str, Value); N], at: Span) -> Self {
        Value::map(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect(), at)
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// The text if it is text without secret or deferred parts.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => text.as_plain(),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_list(&self) -> Option<&[Value]> {
        match &self.data {
            Data::List(list) => Some(list),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self.data {
            Data::Int(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The entry of a map; `None` for a missing key and for anything that is not a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(key))
    }

    /// What a user calls this kind of value in messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Int(_) => "an integer",
            Data::Float(_) => "a number",
            Data::Text(text) if text.has_secret() => "a secret",
            Data::Text(_) => "a string",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// The first secret anywhere in this tree.
    #[must_use]
    pub fn find_secret(&self) -> Option<&Arc<Secret>> {
        match &self.data {
            Data::Text(text) => text.secrets().next(),
            Data::List(items) => items.iter().find_map(Value::find_secret),
            Data::Map(map) => map.values().find_map(Value::find_secret),
            _ => None,
        }
    }

    /// As it may be shown to a person: JSON-like, every secret as `(secret)`, deferred parts as `(deferred NAME)`.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.data {
            Data::Null => "null".into(),
            Data::Bool(value) => value.to_string(),
            Data::Int(value) => value.to_string(),
            Data::Float(value) => value.to_string(),
            Data::Text(text) => text.shown(),
            Data::List(items) => {
                format!("[{}]", items.iter().map(Value::shown).collect::<Vec<_>>().join(", "))
            }
            Data::Map(map) => {
                let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", value.shown())).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }
}
