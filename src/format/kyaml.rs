//! KYAML, the subset of YAML of KEP-5295, made for output: flow style that no indentation can change, every
//! string in double quotes, a comma behind every entry.
//!
//! In: a checked value. Out: what the reference encoder of that proposal writes for it, so that a file looks alike
//! whoever wrote it; where that encoder relies on a rare escape, a common one stands here.

use std::fmt::Write as _;

use super::error::{Problem, WriteError};
use super::yaml;
use crate::value::{Data, Map, Value};

/// One document. The `---` before it tells KYAML from JSON.
pub(super) fn document(value: &Value) -> String {
    let mut writer = Writer { out: String::new() };
    writer.document(value);
    writer.out
}

/// A list, each item a document.
pub(super) fn documents(value: &Value) -> Result<String, WriteError> {
    let items = value.as_list().ok_or_else(|| WriteError::at_root(value, Problem::NotList))?;
    let mut writer = Writer { out: String::new() };
    items.iter().for_each(|it| writer.document(it));
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    fn document(&mut self, value: &Value) {
        self.out.push_str("---\n");
        self.value(value, 0);
        self.out.push('\n');
    }

    fn indent(&mut self, level: usize) {
        self.out.extend(std::iter::repeat_n("  ", level));
    }

    /// The caller has written the indentation of the first line, and writes what follows the last.
    fn value(&mut self, value: &Value, level: usize) {
        match &value.data {
            Data::Null => self.out.push_str("null"),
            Data::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            // Writing to a string cannot fail.
            Data::Int(value) => _ = write!(self.out, "{value}"),
            Data::Float(value) => self.out.push_str(&yaml::float(*value)),
            Data::Text(text) => self.text(text.as_plain().unwrap_or_default(), level + 1),
            Data::List(items) => self.list(items, level),
            Data::Map(map) => self.map(map, level),
        }
    }

    fn map(&mut self, map: &Map, level: usize) {
        if map.is_empty() {
            return self.out.push_str("{}");
        }
        self.out.push_str("{\n");
        for (key, value) in map {
            self.indent(level + 1);
            if is_bare_key(key) {
                self.out.push_str(key);
            } else {
                self.quoted(key);
            }
            self.out.push_str(": ");
            self.value(value, level + 1);
            self.out.push_str(",\n");
        }
        self.indent(level);
        self.out.push('}');
    }

    fn list(&mut self, items: &[Value], level: usize) {
        if items.is_empty() {
            return self.out.push_str("[]");
        }
        // Brackets of lists and maps in a list share lines, which saves a level of indentation.
        if items.iter().all(|it| matches!(it.data, Data::List(_) | Data::Map(_))) {
            self.out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    self.out.push_str(", ");
                }
                self.value(item, level);
            }
            return self.out.push(']');
        }
        self.out.push_str("[\n");
        for item in items {
            self.indent(level + 1);
            self.value(item, level + 1);
            self.out.push_str(",\n");
        }
        self.indent(level);
        self.out.push(']');
    }

    /// A text of several lines stands on as many: a backslash at the end of a line makes the break and the blanks that
    /// follow mean nothing, so that `\n` alone counts.
    fn text(&mut self, text: &str, level: usize) {
        if !text.contains('\n') {
            return self.quoted(text);
        }
        self.out.push_str("\"\\\n");
        for line in text.split_inclusive('\n') {
            self.indent(level);
            // A blank at the start of a line must not be taken for indentation. Other lines get one more, so that all
            // line up.
            self.out.push(if line.starts_with(' ') { '\\' } else { ' ' });
            self.escaped(line);
            self.out.push_str("\\\n");
        }
        self.indent(level);
        self.out.push('"');
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        self.escaped(text);
        self.out.push('"');
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match yaml::escape(c) {
                Some(escape) => self.out.push_str(&escape),
                None => self.out.push(c),
            }
        }
    }
}

/// Whether no reader takes the key for anything but a string.
fn is_bare_key(key: &str) -> bool {
    let anywhere = |c: char| c.is_ascii_alphanumeric() || c == '_';
    key.starts_with(anywhere)
        && key.ends_with(anywhere)
        && key.chars().all(|c| anywhere(c) || matches!(c, '-' | '.' | '/'))
        && !yaml::is_word_of_yaml(key)
        && !yaml::is_like_a_number(key)
}
