//! JSON, by `serde_json`. In: a checked value. Out: text.

use serde::Serialize;

use super::error::{Problem, WriteError};
use super::plain::Plain;
use crate::value::Value;

/// Indented by two blanks, with a newline at the end.
pub(super) fn pretty(value: &Value) -> Result<String, WriteError> {
    let mut text = finish(value, serde_json::to_string_pretty(&plain(value)))?;
    text.push('\n');
    Ok(text)
}

/// On one line.
pub(super) fn compact(value: &Value) -> Result<String, WriteError> {
    finish(value, serde_json::to_string(&plain(value)))
}

fn plain(value: &Value) -> impl Serialize + '_ {
    Plain { value, tables_last: false }
}

fn finish(value: &Value, result: serde_json::Result<String>) -> Result<String, WriteError> {
    result.map_err(|error| WriteError::at_root(value, Problem::Other(error.to_string())))
}
