//! TOML, by the `toml` crate. In: a checked value, a map without nulls. Out: text, single values before tables.

use super::error::{Problem, WriteError};
use super::plain::Plain;
use crate::value::{Data, Value};

pub(super) fn write(value: &Value) -> Result<String, WriteError> {
    if !matches!(value.data, Data::Map(_)) {
        return Err(WriteError::at_root(value, Problem::NotMap));
    }
    ::toml::to_string(&Plain { value, tables_last: true })
        .map_err(|error| WriteError::at_root(value, Problem::Other(error.to_string())))
}
