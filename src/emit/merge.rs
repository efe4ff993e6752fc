//! Contributions to a slot, as one value.
//!
//! Equal contributions are one, different keys merge, a list that the target names by `union` is joined, and
//! anything else that differs is a conflict that shows both places. Merging changes what is there in place:
//! the cost of a contribution does not grow with what came before it.

use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry;

use crate::definition::{Identity, Merge, Slot};
use crate::diag::{Code, Diag};
use crate::source::Span;
use crate::value::{Data, Map, Value};

/// What was contributed so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Accumulator {
    map: IndexMap<Arc<str>, Node>,
    list: Joined,
}

/// A value that may still grow. Only what more than one contribution touched is taken apart.
#[derive(Clone, Debug)]
enum Node {
    Whole(Value),
    Map { entries: IndexMap<Arc<str>, Node>, at: Span },
    List { joined: Joined, at: Span },
}

/// Items in the order of their first mention.
#[derive(Clone, Debug, Default)]
struct Joined {
    items: Vec<Value>,
    /// The place in `items` by identity, or by whole content where a list has none.
    known: IndexMap<String, usize>,
}

impl Accumulator {
    /// Adds a contribution that a rule made at `at`.
    pub(super) fn add(&mut self, slot: &Slot, value: &Value, at: Span) -> Result<(), Diag> {
        let mut path = vec![slot.name.value.clone()];
        match (&slot.merge, &value.data) {
            (_, Data::Null) => Ok(()),
            (Merge::Map, Data::Map(map)) => merge_map(&mut self.map, map, slot, &mut path),
            (Merge::List { identity }, Data::List(items)) => {
                items.iter().try_for_each(|it| self.list.join(identity.as_ref(), it, &path))
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
            Merge::Map => Node::Map { entries: self.map, at: slot.name.at }.value(),
            Merge::List { .. } => Value::list(self.list.items, slot.name.at),
        }
    }
}

impl Node {
    fn value(self) -> Value {
        match self {
            Node::Whole(value) => value,
            Node::Map { entries, at } => {
                let entries: Map = entries.into_iter().map(|(key, node)| (key, node.value())).collect();
                Value::map(entries, at)
            }
            Node::List { joined, at } => Value::list(joined.items, at),
        }
    }

    /// Makes this node hold `value`, too.
    fn merge(&mut self, value: &Value, slot: &Slot, path: &mut Vec<Arc<str>>) -> Result<(), Diag> {
        if let Node::Whole(whole) = self {
            if whole.data == value.data {
                return Ok(());
            }
            *self = opened(whole, value, slot, path)?;
        }
        match (self, &value.data) {
            (Node::Map { entries, .. }, Data::Map(map)) => merge_map(entries, map, slot, path),
            (Node::List { joined, .. }, Data::List(items)) => {
                let by = by_of(slot, path).flatten();
                items.iter().try_for_each(|it| joined.join(by, it, path))
            }
            (other, _) => Err(conflict(path, &other.clone().value(), value)),
        }
    }
}

/// A whole value, ready to take in another one of its kind.
fn opened(whole: &Value, other: &Value, slot: &Slot, path: &[Arc<str>]) -> Result<Node, Diag> {
    match (&whole.data, &other.data) {
        (Data::Map(map), Data::Map(_)) => {
            let entries = map.iter().map(|(key, it)| (key.clone(), Node::Whole(it.clone()))).collect();
            Ok(Node::Map { entries, at: whole.at })
        }
        (Data::List(items), Data::List(_)) => {
            let Some(by) = by_of(slot, path) else { return Err(conflict(path, whole, other)) };
            let mut joined = Joined::default();
            items.iter().try_for_each(|it| joined.join(by, it, path))?;
            Ok(Node::List { joined, at: whole.at })
        }
        _ => Err(conflict(path, whole, other)),
    }
}

fn merge_map(
    into: &mut IndexMap<Arc<str>, Node>,
    map: &Map,
    slot: &Slot,
    path: &mut Vec<Arc<str>>,
) -> Result<(), Diag> {
    for (key, value) in map {
        match into.entry(key.clone()) {
            Entry::Vacant(entry) => drop(entry.insert(Node::Whole(value.clone()))),
            Entry::Occupied(mut entry) => {
                path.push(key.clone());
                entry.get_mut().merge(value, slot, path)?;
                path.pop();
            }
        }
    }
    Ok(())
}

/// The identity of the items of the list at this path, if the slot joins it at all. The first element of the
/// path is the slot's own name.
fn by_of<'a>(slot: &'a Slot, path: &[Arc<str>]) -> Option<Option<&'a Identity>> {
    let matches = |pattern: &[Arc<str>]| {
        pattern.len() == path.len() - 1
            && pattern.iter().zip(&path[1..]).all(|(pattern, key)| **pattern == *"*" || pattern == key)
    };
    slot.unions.iter().find(|it| matches(&it.path)).map(|it| it.by.as_ref())
}

impl Joined {
    /// Adds an item unless it is there. Items of the same identity must be equal.
    fn join(&mut self, identity: Option<&Identity>, item: &Value, path: &[Arc<str>]) -> Result<(), Diag> {
        let own = identity.and_then(|it| identify(item, it));
        let key = own.clone().unwrap_or_else(|| item.shown());
        match self.known.get(&key).and_then(|index| self.items.get(*index)) {
            Some(other) if other.data == item.data => Ok(()),
            Some(other) if own.is_some() => {
                let mut path = path.to_vec();
                path.push(Arc::from(key));
                Err(conflict(&path, other, item))
            }
            // Equal to look at and yet different, for example two secrets.
            _ => {
                self.known.entry(key).or_insert(self.items.len());
                self.items.push(item.clone());
                Ok(())
            }
        }
    }
}

/// The identity of an item in words; `None` where the item has none of its paths.
fn identify(item: &Value, identity: &Identity) -> Option<String> {
    let found: Vec<String> = identity.0.iter().filter_map(|path| Some(at_path(item, path)?.shown())).collect();
    (!found.is_empty()).then(|| found.join(" "))
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
