//! Which items of two lists belong together.
//!
//! In: two lists. Out: pairs, in the order of the new list, with what is gone where it stood. Items that have
//! names belong together by name; others by the longest sequence that both lists have.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Step;
use crate::value::{Data, Value};

/// What may name the items of a list, the best first. A key is used only where every item of both lists has it,
/// and no two of a list share it.
const NAMES: &[&[&str]] = &[
    &["kind", "metadata.namespace", "metadata.name"],
    &["name"],
    &["id"],
    &["uid"],
    &["key"],
    &["target"],
    &["mountPath"],
    &["published"],
    &["port"],
    &["path"],
    &["host"],
    &["source"],
];

/// Longer lists are compared item by item: the table of a comparison grows with the product of both lengths.
const LONGEST: usize = 1000;

/// Items that belong together; at least one is there.
pub(super) struct Pair<'a> {
    pub step: Step,
    pub old: Option<&'a Value>,
    pub new: Option<&'a Value>,
}

pub(super) fn pairs<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<Pair<'a>> {
    let named = NAMES.iter().find_map(|keys| Some((names(old, keys)?, names(new, keys)?)));
    let Some((old_names, new_names)) = named.filter(|(a, b)| !(a.is_empty() && b.is_empty())) else {
        return aligned(old, new);
    };
    let find = |names: &[String], name: &String| names.iter().position(|it| it == name);
    let step = |name: &String| Step::Item(Arc::from(name.as_str()));
    let gone = old_names.iter().zip(old).filter(|(name, _)| find(&new_names, name).is_none());
    let gone = gone.map(|(name, it)| Pair { step: step(name), old: Some(it), new: None });
    let there = new_names.iter().zip(new).map(|(name, it)| {
        let before = find(&old_names, name).and_then(|index| old.get(index));
        Pair { step: step(name), old: before, new: Some(it) }
    });
    gone.chain(there).collect()
}

/// The names of all items, if each has one of its own.
fn names(items: &[Value], keys: &[&str]) -> Option<Vec<String>> {
    let names: Vec<String> = items.iter().map(|it| name(it, keys)).collect::<Option<_>>()?;
    let different: BTreeSet<&String> = names.iter().collect();
    (different.len() == names.len()).then_some(names)
}

/// The last key must be there; of the others, those that are.
fn name(item: &Value, keys: &[&str]) -> Option<String> {
    let at = |path: &str| path.split('.').try_fold(item, |it, key| it.get(key));
    let (last, before) = keys.split_last()?;
    let scalar = |it: &&Value| !matches!(it.data, Data::Null | Data::List(_) | Data::Map(_));
    let last = at(last).filter(scalar)?;
    let parts: Vec<String> = before.iter().filter_map(|it| at(it)).chain([last]).map(Value::shown).collect();
    Some(parts.join(" "))
}

/// Pairs by the longest common sequence. What stands between two common items is paired in order where both
/// are maps, since it is then likelier to have changed than to be another.
fn aligned<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let (mut from, mut to) = (0, 0);
    for (one, two) in common(old, new, |a, b| a.data == b.data).into_iter().chain([(old.len(), new.len())]) {
        gap(&old[from..one], &new[to..two], from, to, &mut pairs);
        (from, to) = (one + 1, two + 1);
    }
    pairs
}

fn gap<'a>(old: &'a [Value], new: &'a [Value], from: usize, to: usize, pairs: &mut Vec<Pair<'a>>) {
    let inner = |it: &Value| matches!(it.data, Data::Map(_));
    let is_single = old.len() == 1 && new.len() == 1;
    let together = old.iter().zip(new).take_while(|(a, b)| is_single || inner(a) && inner(b)).count();
    for (index, (a, b)) in old.iter().zip(new).take(together).enumerate() {
        pairs.push(Pair { step: Step::Index(to + index), old: Some(a), new: Some(b) });
    }
    for (index, it) in old.iter().enumerate().skip(together) {
        pairs.push(Pair { step: Step::Index(from + index), old: Some(it), new: None });
    }
    for (index, it) in new.iter().enumerate().skip(together) {
        pairs.push(Pair { step: Step::Index(to + index), old: None, new: Some(it) });
    }
}

/// The places of the longest sequence that both lists have.
pub(super) fn common<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let first = old.iter().zip(new).take_while(|(a, b)| same(a, b)).count();
    let rest = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| same(a, b)).count();
    let (rows, columns) = (old.len() - first - last, new.len() - first - last);
    let mut found: Vec<(usize, usize)> = (0..first).map(|it| (it, it)).collect();
    if rows <= LONGEST && columns <= LONGEST {
        // The length of the longest common sequence of what follows each pair of places.
        let mut lengths = vec![0_usize; (rows + 1) * (columns + 1)];
        let place = |row: usize, column: usize| row * (columns + 1) + column;
        for row in (0..rows).rev() {
            for column in (0..columns).rev() {
                lengths[place(row, column)] = if same(&old[first + row], &new[first + column]) {
                    lengths[place(row + 1, column + 1)] + 1
                } else {
                    lengths[place(row + 1, column)].max(lengths[place(row, column + 1)])
                };
            }
        }
        let (mut row, mut column) = (0, 0);
        while row < rows && column < columns {
            if same(&old[first + row], &new[first + column]) {
                found.push((first + row, first + column));
                (row, column) = (row + 1, column + 1);
            } else if lengths[place(row + 1, column)] >= lengths[place(row, column + 1)] {
                row += 1;
            } else {
                column += 1;
            }
        }
    }
    found.extend((0..last).rev().map(|it| (old.len() - 1 - it, new.len() - 1 - it)));
    found
}
