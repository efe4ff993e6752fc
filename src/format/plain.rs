//! What every writer may rely on, checked once before any of them runs.
//!
//! In: a format and a value. Out: the first place that the format cannot hold, with its path; or the promise
//! that all texts are plain, numbers are finite, and recursion over the value is bounded.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::Format;
use super::error::{Problem, WriteError};
use crate::value::{Data, Map, Part, Text, Value};

/// Maps and lists inside each other, at most. Some readers stop at 100.
pub(super) const MAX_DEPTH: usize = 96;

pub(super) fn check(format: Format, value: &Value) -> Result<(), WriteError> {
    let mut check = Check { format, path: Vec::new() };
    check.value(value)
}

struct Check<'a> {
    format: Format,
    path: Vec<Step<'a>>,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Check<'a> {
    fn value(&mut self, value: &'a Value) -> Result<(), WriteError> {
        match &value.data {
            Data::Null if matches!(self.format, Format::Toml | Format::Dotenv) => Err(self.error(value, Problem::Null)),
            Data::Float(number) if !number.is_finite() => Err(self.error(value, Problem::NotFinite)),
            Data::Text(text) => not_plain(text).map_or(Ok(()), |problem| Err(self.error(value, problem))),
            Data::List(_) | Data::Map(_) if self.path.len() >= MAX_DEPTH => Err(self.error(value, Problem::TooDeep)),
            Data::List(items) => {
                items.iter().enumerate().try_for_each(|(index, item)| self.step(Step::Index(index), item))
            }
            Data::Map(map) => map.iter().try_for_each(|(key, item)| self.step(Step::Key(key), item)),
            Data::Null | Data::Bool(_) | Data::Int(_) | Data::Float(_) => Ok(()),
        }
    }

    fn step(&mut self, step: Step<'a>, value: &'a Value) -> Result<(), WriteError> {
        self.path.push(step);
        self.value(value)?;
        self.path.pop();
        Ok(())
    }

    fn error(&self, value: &Value, problem: Problem) -> WriteError {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path.extend([".", key]),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        WriteError { path, at: value.at, problem }
    }
}

fn not_plain(text: &Text) -> Option<Problem> {
    if text.as_plain().is_some() {
        return None;
    }
    text.parts().into_iter().find_map(|part| match part {
        Part::Plain(_) => None,
        Part::Secret(secret) => Some(Problem::Secret(secret)),
        Part::Deferred(deferred) => Some(Problem::Deferred(deferred)),
    })
}

/// A checked value for libraries that write through serde.
pub(super) struct Plain<'a> {
    pub(super) value: &'a Value,
    /// Whether single values come before maps and lists of maps, as TOML needs it.
    pub(super) tables_last: bool,
}

impl<'a> Plain<'a> {
    fn inner(&self, value: &'a Value) -> Plain<'a> {
        Plain { value, tables_last: self.tables_last }
    }

    /// Single values come first: what follows a table's head in TOML belongs to that table.
    fn tables_last(&self, map: &'a Map) -> Vec<(&'a str, Plain<'a>)> {
        let mut entries: Vec<_> = map.iter().map(|(key, value)| (&**key, self.inner(value))).collect();
        entries.sort_by_key(|(_, it)| is_table(it.value));
        entries
    }
}

fn is_table(value: &Value) -> bool {
    match &value.data {
        Data::Map(_) => true,
        Data::List(items) => !items.is_empty() && items.iter().all(|it| matches!(it.data, Data::Map(_))),
        _ => false,
    }
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value.data {
            Data::Null => serializer.serialize_unit(),
            Data::Bool(value) => serializer.serialize_bool(*value),
            Data::Int(value) => serializer.serialize_i64(*value),
            Data::Float(value) => serializer.serialize_f64(*value),
            Data::Text(text) => serializer.serialize_str(text.as_plain().unwrap_or_default()),
            Data::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|it| list.serialize_element(&self.inner(it)))?;
                list.end()
            }
            Data::Map(map) if self.tables_last => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                self.tables_last(map).iter().try_for_each(|(key, it)| out.serialize_entry(key, it))?;
                out.end()
            }
            Data::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                map.iter().try_for_each(|(key, it)| out.serialize_entry(&**key, &self.inner(it)))?;
                out.end()
            }
        }
    }
}
