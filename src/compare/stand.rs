//! What stands for a secret while builds are compared.
//!
//! In: a [`Secret`]. Out: a text between two characters of the private use area that is the same for equal secrets
//! and tells nothing of them. [`shown`] makes `(secret)` of it.

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::value::{Data, Map, Secret, SecretOrigin, Value};

/// From the private use area of plane 15; the writers of formats use the two before them.
const OPEN: char = '\u{F0002}';
const CLOSE: char = '\u{F0003}';

/// A shorter value occurs in other texts by chance.
const SHORTEST: usize = 6;

/// What stands for this secret.
#[must_use]
pub fn of(secret: &Secret) -> String {
    let mut hash = Sha256::new();
    match &secret.origin {
        SecretOrigin::Generated { path, length } => hash.update(format!("generated\0{path}\0{length}")),
        SecretOrigin::Literal(value) => hash.update(format!("literal\0{value}")),
        SecretOrigin::Reference(map) => hash.update(format!("reference\0{}", map.shown())),
    }
    let digits: String = hash.finalize().iter().map(|it| format!("{it:02x}")).collect();
    format!("{OPEN}{digits}{CLOSE}")
}

/// Whether something stands for a secret in this text.
#[must_use]
pub fn is_in(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether something stands for a secret anywhere in this value.
#[must_use]
pub fn is_in_value(value: &Value) -> bool {
    match &value.data {
        Data::Text(_) => value.as_str().is_none_or(is_in),
        Data::List(items) => items.iter().any(is_in_value),
        Data::Map(map) => map.values().any(is_in_value),
        _ => false,
    }
}

/// The text as a person may see it.
#[must_use]
pub fn shown(text: &str) -> Cow<'_, str> {
    if !is_in(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        out.push_str("(secret)");
        rest = after.split_once(CLOSE).map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The value with what stands for secrets as a person may see it.
#[must_use]
pub fn shown_value(value: &Value) -> Value {
    texts(value, &|text| shown(text).into_owned())
}

/// The value with something standing for every text and number in it.
#[must_use]
pub fn hidden(value: &Value) -> Value {
    let hide = |it: &Value| Value::text(format!("{OPEN}{}{CLOSE}", it.shown()), it.at);
    match &value.data {
        Data::Int(_) | Data::Float(_) => hide(value),
        Data::List(items) => Value::list(items.iter().map(hidden).collect(), value.at),
        Data::Map(map) => Value::map(map.iter().map(|(key, it)| (key.clone(), hidden(it))).collect(), value.at),
        Data::Text(text) if text.as_plain().is_none_or(|it| !is_in(it)) => hide(value),
        _ => value.clone(),
    }
}

/// Values of secrets that are known, with what stands for them.
#[derive(Default)]
pub struct Known(Vec<(String, String)>);

impl Known {
    pub fn add(&mut self, value: String, stands: String) {
        if !value.is_empty() {
            self.0.push((value, stands));
            // The longest go first, since one may be a part of another.
            self.0.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
    }

    /// The value with every known secret in it replaced by what stands for it.
    #[must_use]
    pub fn replace(&self, value: &Value) -> Value {
        texts(value, &|text| self.text(text))
    }

    /// As [`Known::replace`], for one text.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        if let Some((_, stands)) = self.0.iter().find(|(value, _)| value == text) {
            return stands.clone();
        }
        let long = self.0.iter().filter(|(value, _)| value.len() >= SHORTEST);
        long.fold(text.to_owned(), |text, (value, stands)| text.replace(value.as_str(), stands))
    }
}

fn texts(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match &value.data {
        Data::Text(_) => value.as_str().map_or_else(|| value.clone(), |it| Value::text(change(it), value.at)),
        Data::List(items) => Value::list(items.iter().map(|it| texts(it, change)).collect(), value.at),
        Data::Map(map) => {
            let entries: Map = map.iter().map(|(key, it)| (Arc::clone(key), texts(it, change))).collect();
            Value::map(entries, value.at)
        }
        _ => value.clone(),
    }
}
