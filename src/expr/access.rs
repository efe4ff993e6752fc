//! `a.b`, `a?.b`, `a["b"]` and `a[0]` on values: the one meaning that paths and scripts share.
//!
//! In: a value, a key and how it was written. Out: the entry, `()` where absence is allowed, or a problem.

use std::sync::Arc;

use super::ops;
use super::problem::Problem;
use crate::diag::suggest;
use crate::value::{Data, Value};

/// How an entry is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Access {
    /// `()` has every entry, and it is `()`: written `?.` here or earlier in the chain.
    pub through_null: bool,
    /// A key that is absent gives `()`: written `?.`, `[…]`, or last on the left of `??`.
    pub may_miss: bool,
}

/// A key as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key<'a> {
    Name(&'a str),
    Index(i64),
}

/// The entry, or `None` for `()`.
pub fn entry<'v>(value: &'v Value, key: &Key<'_>, access: Access) -> Result<Option<&'v Value>, Problem> {
    match (&value.data, key) {
        (Data::Null, _) if access.through_null => Ok(None),
        (Data::Map(map), Key::Name(name)) => match map.get(*name) {
            Some(found) => Ok(Some(found)),
            None if access.may_miss => Ok(None),
            None => Err(missing(name, map.keys())),
        },
        (Data::List(items), Key::Index(index)) => match position(items.len(), *index) {
            Some(found) => Ok(items.get(found)),
            None => Err(out_of_range(items.len(), *index)),
        },
        (_, Key::Name(name)) => Err(no_property(value, name)),
        (_, Key::Index(_)) => Err(Problem::failed(format!("{} has no numbered items", ops::named(value.kind())))),
    }
}

/// Negative indexes count from the end, as in Rhai.
fn position(length: usize, index: i64) -> Option<usize> {
    let found = if index < 0 { i64::try_from(length).ok()? + index } else { index };
    usize::try_from(found).ok().filter(|it| *it < length)
}

fn out_of_range(length: usize, index: i64) -> Problem {
    let items = crate::diag::count(length, "item");
    Problem::failed(format!("index {index} is out of range, the list has {items}"))
        .help("check with `len(list)`, or use `first(list)` and `last(list)`, which give `()` for an empty list")
}

fn missing<'a>(name: &str, known: impl Iterator<Item = &'a Arc<str>>) -> Problem {
    let near = suggest::did_you_mean(name, known.map(|it| &**it));
    Problem::failed(format!("there is no `{name}` here"))
        .help(near.unwrap_or_else(|| format!("write `?.{name}` where it may be absent")))
}

fn no_property(value: &Value, name: &str) -> Problem {
    let problem = Problem::failed(format!("{} has no `{name}`", ops::named(value.kind())));
    match &value.data {
        Data::Null => problem.help(format!("write `?.{name}` where the value before it may be absent")),
        Data::List(_) => problem.help("name one item, as in `list[0]` or `first(list)`"),
        _ => problem,
    }
}
