//! Dotenv: `NAME=value` lines that a POSIX shell's `source` and the dotenv readers with quotes read alike.
//!
//! In: a checked map of single values. Out: one assignment for each. A value is written
//! - bare, where it has only characters that mean nothing to any reader; readers that know no quotes at all (such
//!   as those of service managers and of container command lines) read these values right, and no others;
//! - in single quotes, where nothing is expanded or escaped, newlines included;
//! - in double quotes with escapes, where it holds a single quote or ends with a backslash, which dotenv readers
//!   would take as escaping the closing quote.
//!
//! A carriage return and NUL have no spelling that all readers share, and are refused.

use super::encode::has_marker;
use super::error::{Problem, WriteError};
use crate::value::{Data, Value};

pub(super) fn write(value: &Value) -> Result<String, WriteError> {
    let map = value.as_map().ok_or_else(|| WriteError::at_root(value, Problem::NotMap))?;
    let mut out = String::new();
    for (name, value) in map {
        let refuse = |problem| WriteError { path: name.to_string(), at: value.at, problem };
        if !is_name(name) {
            return Err(refuse(Problem::BadName(name.clone())));
        }
        out.push_str(name);
        out.push('=');
        match &value.data {
            Data::Text(text) => assign(&mut out, text.as_plain().unwrap_or_default()).map_err(refuse)?,
            Data::Bool(_) | Data::Int(_) | Data::Float(_) => out.push_str(&value.shown()),
            Data::Null => return Err(refuse(Problem::Null)),
            Data::List(_) | Data::Map(_) => return Err(refuse(Problem::Nested)),
        }
        out.push('\n');
    }
    Ok(out)
}

/// What every reader accepts as the name of a variable.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

fn assign(out: &mut String, text: &str) -> Result<(), Problem> {
    if let Some(c) = text.chars().find(|c| matches!(c, '\r' | '\0')) {
        return Err(Problem::BadCharacter(c));
    }
    if text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_./:@%+,=-".contains(&it)) {
        out.push_str(text);
    } else if text.contains('\'') || text.ends_with('\\') || has_marker(text) {
        out.push('"');
        for c in text.chars() {
            match escape(c) {
                Some(escape) => out.push_str(&escape),
                None => out.push(c),
            }
        }
        out.push('"');
    } else {
        out.extend(["'", text, "'"]);
    }
    Ok(())
}

/// The escape of a character between double quotes, if it needs one.
pub(super) fn escape(c: char) -> Option<String> {
    matches!(c, '"' | '\\' | '$' | '`').then(|| format!("\\{c}"))
}
