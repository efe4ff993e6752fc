//! Values inside the script engine.
//!
//! In: [`Value`]s. Out: the engine's own values, and back. Scalars and plain texts are native there; a list or map is
//! one shared [`Tree`], never copied; a text with secret or deferred parts is [`Opaque`], which has no operation of
//! the engine's own.

use std::sync::Arc;

use rhai::{Dynamic, ImmutableString};

use super::limits;
use super::problem::Problem;
use crate::source::Span;
use crate::value::{Data, Text, Value};

/// A list or map.
#[derive(Clone, Debug)]
pub struct Tree(pub Value);

/// A text that is not plain.
#[derive(Clone, Debug)]
pub struct Opaque(pub Text);

/// A value as the engine holds it.
pub fn from_value(value: &Value) -> Dynamic {
    match &value.data {
        Data::Null => Dynamic::UNIT,
        Data::Bool(value) => (*value).into(),
        Data::Int(value) => (*value).into(),
        Data::Float(value) => (*value).into(),
        Data::Text(text) => match text.as_plain() {
            Some(plain) => ImmutableString::from(plain).into(),
            None => Dynamic::from(Opaque(text.clone())),
        },
        Data::List(_) | Data::Map(_) => Dynamic::from(Tree(value.clone())),
    }
}

/// What the engine holds, as a value. `at` is the place of what the expression itself made; a tree keeps the place that
/// wrote it. Maps that an expression writes are in the order of their keys.
pub fn to_value(dynamic: &Dynamic, at: Span) -> Result<Value, Problem> {
    let data = if dynamic.is_unit() {
        Data::Null
    } else if let Ok(value) = dynamic.as_bool() {
        Data::Bool(value)
    } else if let Ok(value) = dynamic.as_int() {
        Data::Int(value)
    } else if let Ok(value) = dynamic.as_float() {
        if !value.is_finite() {
            return Err(Problem::failed("the result is not a number"));
        }
        Data::Float(value)
    } else if let Ok(text) = dynamic.as_immutable_string_ref() {
        Data::Text(Text::plain(text.as_str()))
    } else if let Ok(value) = dynamic.as_char() {
        Data::Text(Text::plain(value.to_string()))
    } else if let Some(tree) = dynamic.read_lock::<Tree>() {
        let at = if tree.0.at.is_some() { tree.0.at } else { at };
        return Ok(Value::new(tree.0.data.clone(), at));
    } else if let Some(opaque) = dynamic.read_lock::<Opaque>() {
        Data::Text(opaque.0.clone())
    } else {
        return aggregate(dynamic, at);
    };
    Ok(Value::new(data, at))
}

/// Lists, maps and ranges that the expression wrote.
fn aggregate(dynamic: &Dynamic, at: Span) -> Result<Value, Problem> {
    if let Ok(items) = dynamic.as_array_ref() {
        let items: Result<Vec<Value>, Problem> = items.iter().map(|it| to_value(it, at)).collect();
        return items.map(|items| Value::list(items, at));
    }
    if let Ok(entries) = dynamic.as_map_ref() {
        let entries: Result<crate::value::Map, Problem> =
            entries.iter().map(|(key, it)| Ok((Arc::from(key.as_str()), to_value(it, at)?))).collect();
        return entries.map(|entries| Value::map(entries, at));
    }
    if let Some(range) = dynamic.read_lock::<std::ops::Range<i64>>() {
        return numbers(range.start, range.end, at);
    }
    if let Some(range) = dynamic.read_lock::<std::ops::RangeInclusive<i64>>() {
        return numbers(*range.start(), range.end().saturating_add(1), at);
    }
    Err(Problem::failed("this expression gives nothing that a definition can hold"))
}

/// Refuses a tree of more than [`limits::NODES`] values.
pub fn check_nodes(value: &Value) -> Result<(), Problem> {
    let mut left = limits::NODES;
    if counts_down(value, &mut left) {
        Ok(())
    } else {
        Err(Problem::limit("a value in this expression grows too large"))
    }
}

fn counts_down(value: &Value, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return false };
    *left = fewer;
    match &value.data {
        Data::List(items) => items.iter().all(|it| counts_down(it, left)),
        Data::Map(map) => map.values().all(|it| counts_down(it, left)),
        _ => true,
    }
}

/// The integers from `start` up to, not including, `end`.
pub fn numbers(start: i64, end: i64, at: Span) -> Result<Value, Problem> {
    limits::items(usize::try_from(end.saturating_sub(start)).unwrap_or(0))?;
    Ok(Value::list((start..end).map(|it| Value::int(it, at)).collect(), at))
}
