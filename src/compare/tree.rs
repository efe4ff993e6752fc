//! Two values, key by key.

use super::lists::pairs;
use super::{Change, Step};
use crate::source::Span;
use crate::value::{Data, Value};

/// Below this depth a value is compared as a whole.
const DEEPEST: usize = 100;

/// A place below the compared values that is not the same.
pub(super) struct Found {
    pub path: Vec<Step>,
    pub change: Change,
    pub old: Value,
    pub new: Value,
}

/// What differs, what is gone first in each map or list. The path is empty where the values themselves differ.
pub(super) fn compare(old: &Value, new: &Value) -> Vec<Found> {
    let mut found = Vec::new();
    walk(old, new, &mut Vec::new(), &mut found);
    found.sort_by_key(|it| it.change);
    found
}

fn walk(old: &Value, new: &Value, path: &mut Vec<Step>, found: &mut Vec<Found>) {
    if old.data == new.data {
        return;
    }
    match (&old.data, &new.data) {
        (Data::Map(before), Data::Map(after)) if path.len() < DEEPEST => {
            for (key, it) in before.iter() {
                step(Step::Key(key.clone()), Some(it), after.get(key), path, found);
            }
            for (key, it) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
                step(Step::Key(key.clone()), None, Some(it), path, found);
            }
        }
        (Data::List(before), Data::List(after)) if path.len() < DEEPEST => {
            let earlier = found.len();
            for pair in pairs(before, after) {
                step(pair.step, pair.old, pair.new, path, found);
            }
            if found.len() == earlier {
                push(Change::Changed, old, new, path, found);
            }
        }
        _ => push(Change::Changed, old, new, path, found),
    }
}

fn step(step: Step, old: Option<&Value>, new: Option<&Value>, path: &mut Vec<Step>, found: &mut Vec<Found>) {
    path.push(step);
    let none = Value::null(Span::NONE);
    match (old, new) {
        (Some(old), Some(new)) => walk(old, new, path, found),
        (Some(old), None) => push(Change::Removed, old, &none, path, found),
        (None, Some(new)) => push(Change::Added, &none, new, path, found),
        (None, None) => {}
    }
    path.pop();
}

fn push(change: Change, old: &Value, new: &Value, path: &[Step], found: &mut Vec<Found>) {
    found.push(Found { path: path.to_vec(), change, old: old.clone(), new: new.clone() });
}
