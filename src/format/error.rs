//! Why a value cannot be written, and where.
//!
//! A message names the path of keys and the kind of thing found, never what a secret holds.

use std::fmt;
use std::sync::Arc;

use crate::source::Span;
use crate::value::{Deferred, Secret, Value};

/// The first place of a value that a format cannot hold.
#[derive(Clone, PartialEq, Debug)]
pub struct WriteError {
    /// The keys to the place, for example `services.web.ports[0]`; empty for the whole value.
    pub path: String,
    /// Where the value at that place was written.
    pub at: Span,
    pub problem: Problem,
}

/// Encoding into a string fails for the same reasons as writing a file.
pub type EncodeError = WriteError;

#[derive(Clone, PartialEq, Debug)]
pub enum Problem {
    /// A secret that no sink revealed.
    Secret(Arc<Secret>),
    /// A deferred value that no sink wrote.
    Deferred(Arc<Deferred>),
    /// TOML has no null.
    Null,
    /// No format has infinity or not-a-number that every reader knows.
    NotFinite,
    /// More maps and lists inside each other than readers allow.
    TooDeep,
    /// The whole value must be a map.
    NotMap,
    /// The whole value must be a list of documents.
    NotList,
    /// The whole value must be a string.
    NotText,
    /// A map or list where the format holds only single values.
    Nested,
    /// A key that is no name of an environment variable.
    BadName(Arc<str>),
    /// A character that the format cannot carry in this place.
    BadCharacter(char),
    NotBase64,
    NotUtf8,
    /// The library for the format refused; its own words.
    Other(String),
}

impl WriteError {
    pub(super) fn at_root(value: &Value, problem: Problem) -> Self {
        WriteError { path: String::new(), at: value.at, problem }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Secret(secret) => write!(out, "secret `{}` of `{}` in plain text", secret.label, secret.owner),
            Problem::Deferred(deferred) => write!(out, "`{}` is known only at run time", deferred.name),
            Problem::Null => out.write_str("nothing, which this format cannot express"),
            Problem::NotFinite => out.write_str("a number without an end"),
            Problem::TooDeep => write!(out, "more than {} levels of maps and lists", super::plain::MAX_DEPTH),
            Problem::NotMap => out.write_str("not a map"),
            Problem::NotList => out.write_str("not a list of documents"),
            Problem::NotText => out.write_str("not a string"),
            Problem::Nested => out.write_str("a map or list where one value is wanted"),
            Problem::BadName(name) => write!(out, "`{name}` is not a name of letters, digits and `_`"),
            Problem::BadCharacter(c) => write!(out, "the character U+{:04X}", u32::from(*c)),
            Problem::NotBase64 => out.write_str("not base64"),
            Problem::NotUtf8 => out.write_str("bytes that are not UTF-8"),
            Problem::Other(words) => out.write_str(words),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(out, "{}", self.problem),
            path => write!(out, "`{path}`: {}", self.problem),
        }
    }
}

impl std::error::Error for WriteError {}
