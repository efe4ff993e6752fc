//! Contributions to a slot, as one value.
//!
//! Equal contributions are one, different keys merge, a list that the target names by `union` is joined, and
//! anything else that differs is a conflict that shows both places.

use std::sync::Arc;

use indexmap::map::Entry;

use crate::definition::{Merge, Slot, Union};
use crate::diag::{Code, Diag};
use crate::source::Span;
use crate::value::{Data, Map, Value};

/// What was contributed so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Accumulator {
    map: Map,
    list: Vec<Value>,
}

impl Accumulator {
    /// Adds a contribution that a rule made at `at`.
    pub(super) fn add(&mut self, slot: &Slot, value: &Value, at: Span) -> Result<(), Diag> {
        match (&slot.merge, &value.data) {
            (_, Data::Null) => Ok(()),
            (Merge::Map, Data::Map(map)) => {
                let mut path = vec![slot.name.value.clone()];
                map.iter().try_for_each(|(key, value)| put(&mut self.map, slot, &mut path, key, value))
            }
            (Merge::List { identity }, Data::List(items)) => {
                items.iter().try_for_each(|it| join(&mut self.list, slot, identity.as_deref(), it))
            }
            (merge, _) => {
                let wanted = if *merge == Merge::Map { "a map" } else { "a list" };
                let message = format!("slot `{}` takes {wanted}, found {}", slot.name.value, value.kind());
                Err(Diag::error(Code::RuleSlot, at, message).label(slot.name.at, "the slot"))
            }
        }
    }

    pub(super) fn value(self, slot: &Slot) -> Value {
        match slot.merge {
            Merge::Map => Value::map(self.map, slot.name.at),
            Merge::List { .. } => Value::list(self.list, slot.name.at),
        }
    }
}

fn put(into: &mut Map, slot: &Slot, path: &mut Vec<Arc<str>>, key: &Arc<str>, value: &Value) -> Result<(), Diag> {
    match into.entry(key.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(value.clone());
            Ok(())
        }
        Entry::Occupied(mut entry) => {
            path.push(key.clone());
            let merged = both(entry.get(), value, slot, path)?;
            path.pop();
            if let Some(merged) = merged {
                entry.insert(merged);
            }
            Ok(())
        }
    }
}

/// The value that holds both; `None` where the first one does already.
fn both(a: &Value, b: &Value, slot: &Slot, path: &mut Vec<Arc<str>>) -> Result<Option<Value>, Diag> {
    if a.data == b.data {
        return Ok(None);
    }
    match (&a.data, &b.data) {
        (Data::Map(one), Data::Map(two)) => {
            let mut merged = (**one).clone();
            two.iter().try_for_each(|(key, value)| put(&mut merged, slot, path, key, value))?;
            Ok(Some(Value::map(merged, a.at)))
        }
        (Data::List(one), Data::List(two)) => match union(slot, path) {
            Some(union) => {
                let mut merged = (**one).clone();
                two.iter().try_for_each(|it| join(&mut merged, slot, union.by.as_deref(), it))?;
                Ok(Some(Value::list(merged, a.at)))
            }
            None => Err(conflict(path, a, b)),
        },
        _ => Err(conflict(path, a, b)),
    }
}

/// The `union` of the slot that names this path. The first element of the path is the slot's own name.
fn union<'a>(slot: &'a Slot, path: &[Arc<str>]) -> Option<&'a Union> {
    slot.unions.iter().find(|it| {
        it.path.len() == path.len() - 1
            && it.path.iter().zip(&path[1..]).all(|(pattern, key)| **pattern == *"*" || pattern == key)
    })
}

/// Adds an item unless it is there. Items of the same identity must be equal.
fn join(into: &mut Vec<Value>, slot: &Slot, identity: Option<&str>, item: &Value) -> Result<(), Diag> {
    if into.iter().any(|it| it.data == item.data) {
        return Ok(());
    }
    if let Some(identity) = identity
        && let Some(own) = at_path(item, identity)
        && let Some(other) = into.iter().find(|it| at_path(it, identity).is_some_and(|it| it.data == own.data))
    {
        let path = [slot.name.value.clone(), Arc::from(format!("{identity}={}", own.shown()))];
        return Err(conflict(&path, other, item));
    }
    into.push(item.clone());
    Ok(())
}

fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |it, key| it.get(key))
}

fn conflict(path: &[Arc<str>], a: &Value, b: &Value) -> Diag {
    let path: Vec<&str> = path.iter().map(|it| &**it).collect();
    Diag::error(Code::SlotConflict, b.at, format!("two rules disagree on `{}`", path.join(".")))
        .here(format!("`{}` here", b.shown()))
        .label(a.at, format!("`{}` here", a.shown()))
        .help("give both the same value, or let one rule own it and the other `needs` it")
}
