//! The objects of a file: documents by kind and name, entries of maps of maps, and other keys.

use std::collections::BTreeSet;

use super::tree;
use super::{Change, Difference, Step, stand};
use crate::source::Span;
use crate::value::{Data, Map, Value};

/// The name of a document that says its kind and name, for example `Deployment shop/web`.
pub(super) fn name(document: &Value) -> Option<String> {
    let kind = document.get("kind")?.as_str()?;
    let metadata = document.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    let namespace = metadata.get("namespace").and_then(Value::as_str);
    Some(namespace.map_or_else(|| format!("{kind} {name}"), |it| format!("{kind} {it}/{name}")))
}

/// What differs between the documents of two files.
pub(super) fn compare(file: &str, old: &[Value], new: &[Value]) -> Vec<Difference> {
    let (before, after) = (objects(old), objects(new));
    let mut found = Vec::new();
    for (object, value) in &before {
        if !after.iter().any(|(it, _)| it == object) {
            found.push(one(file, object, Change::Removed, value.clone(), Value::null(Span::NONE)));
        }
    }
    for (object, value) in &after {
        match before.iter().find(|(it, _)| it == object) {
            None => found.push(one(file, object, Change::Added, Value::null(Span::NONE), value.clone())),
            Some((_, earlier)) => found.extend(
                tree::compare(earlier, value)
                    .into_iter()
                    .map(|it| Difference { path: it.path, ..one(file, object, it.change, it.old, it.new) }),
            ),
        }
    }
    // What has no objects, such as an empty map, can differ as well. The order of documents means nothing.
    if let ([old], [new], true) = (old, new, found.is_empty())
        && old.data != new.data
    {
        found.push(one(file, "", Change::Changed, old.clone(), new.clone()));
    }
    found
}

fn one(file: &str, object: &str, change: Change, old: Value, new: Value) -> Difference {
    Difference { file: file.to_owned(), object: object.to_owned(), path: Vec::new(), change, old, new }
}

/// The names of the objects in which something stands for a secret.
pub(super) fn with_secrets(documents: &[Value]) -> Vec<String> {
    objects(documents).into_iter().filter(|(_, it)| stand::is_in_value(it)).map(|(name, _)| name).collect()
}

/// The objects of a file with their names, each name once.
fn objects(documents: &[Value]) -> Vec<(String, Value)> {
    let names: Option<Vec<String>> = documents.iter().map(name).collect();
    let named = names.filter(|it| it.iter().collect::<BTreeSet<_>>().len() == documents.len());
    if let Some(names) = named {
        return names.into_iter().zip(documents.iter().cloned()).collect();
    }
    match documents {
        [only] => match &only.data {
            Data::Map(map) => sections(map),
            Data::Null => Vec::new(),
            _ => vec![(String::new(), only.clone())],
        },
        several => {
            several.iter().enumerate().map(|(index, it)| (format!("document {}", index + 1), it.clone())).collect()
        }
    }
}

/// The entries of a map; those of a map of maps are objects of their own, such as `services.web`.
fn sections(map: &Map) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for (key, value) in map {
        match &value.data {
            Data::Map(inner) if inner.values().all(|it| matches!(it.data, Data::Map(_) | Data::Null)) => {
                found.extend(inner.iter().map(|(name, it)| {
                    let path = [Step::Key(key.clone()), Step::Key(name.clone())];
                    (super::words::path(&path), it.clone())
                }));
            }
            _ => found.push((super::words::path(&[Step::Key(key.clone())]), value.clone())),
        }
    }
    found
}
