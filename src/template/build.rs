//! Collects what a body gives: the keys of a map or the items of a list, never both.

use std::sync::Arc;

use crate::diag::{Code, Diag};
use crate::source::Span;
use crate::value::{Map, Value};

/// Empty until the first key or item decides what it is.
#[derive(Default)]
pub(super) struct Builder {
    map: Map,
    list: Vec<Value>,
    /// Where the first key or item came from, for the message when the other kind follows.
    first: Option<(&'static str, Span)>,
}

const KEY: &str = "a key of a map";
const ITEM: &str = "an item of a list";

impl Builder {
    pub(super) fn key(&mut self, key: Arc<str>, value: Value, at: Span) -> Result<(), Diag> {
        self.kind(KEY, at)?;
        if let Some(before) = self.map.get(&key) {
            return Err(Diag::error(Code::KdlDuplicate, at, format!("`{key}` is given twice"))
                .here("given again here")
                .label(before.at, "its first value")
                .help("keep one of them, or give one another name"));
        }
        self.map.insert(key, value);
        Ok(())
    }

    pub(super) fn item(&mut self, value: Value, at: Span) -> Result<(), Diag> {
        self.kind(ITEM, at)?;
        self.list.push(value);
        Ok(())
    }

    fn kind(&mut self, kind: &'static str, at: Span) -> Result<(), Diag> {
        match self.first {
            None => self.first = Some((kind, at)),
            Some((before, place)) if before != kind => {
                return Err(Diag::error(Code::KdlBadValue, at, "a list item and a key stand side by side")
                    .here(kind)
                    .label(place, before)
                    .help("name all of them `-` for a list, or none of them for a map"));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// `list_wanted` decides what an empty body is.
    pub(super) fn finish(self, list_wanted: bool, at: Span) -> Value {
        match self.first {
            Some((ITEM, _)) => Value::list(self.list, at),
            None if list_wanted => Value::list(Vec::new(), at),
            _ => Value::map(self.map, at),
        }
    }
}
