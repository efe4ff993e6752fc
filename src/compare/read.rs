//! A file of an earlier build, read back.
//!
//! In: its bytes and the format that it is in. Out: [`Content`]. What cannot be read in its format is compared as
//! text, and what is no text by its bytes: an earlier build may be one of an older version.

use std::sync::Arc;

use super::Content;
use crate::diag::Diags;
use crate::format::Format;
use crate::score::read_yaml;
use crate::source::{FileId, Span};
use crate::value::{Map, Value};

/// Reads one file. Without a format, its name tells.
#[must_use]
pub fn read(path: &str, format: Option<Format>, bytes: &[u8]) -> Content {
    let Ok(text) = std::str::from_utf8(bytes) else { return Content::Bytes(bytes.to_vec()) };
    let as_text = || Content::Text(Arc::from(text));
    match format.unwrap_or_else(|| by_name(path)) {
        Format::Base64 => Content::Bytes(bytes.to_vec()),
        Format::Text | Format::Toml => as_text(),
        Format::Dotenv => dotenv(text).map_or_else(as_text, |it| Content::Data(vec![it])),
        // JSON is YAML, as far as scorec writes it.
        _ => documents(text).map_or_else(as_text, Content::Data),
    }
}

fn by_name(path: &str) -> Format {
    match path.rsplit('.').next() {
        Some("yaml" | "yml") => Format::YamlDocuments,
        Some("json") => Format::Json,
        _ => Format::Text,
    }
}

/// The documents of a text. scorec writes `---` alone on a line, which no text inside a document can be.
fn documents(text: &str) -> Option<Vec<Value>> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            documents.push(String::new());
        } else if let Some(document) = documents.last_mut() {
            document.push_str(line);
        }
    }
    if documents.len() > 1 && documents.first().is_some_and(|it| it.trim().is_empty()) {
        documents.remove(0);
    }
    documents.iter().map(|it| read_yaml(FileId(u32::MAX), it, 0, &mut Diags::default())).collect()
}

/// The assignments that the dotenv writer makes: bare, in single quotes, and in double quotes with escapes.
fn dotenv(text: &str) -> Option<Value> {
    let mut map = Map::new();
    let mut rest = text;
    while !rest.trim_start().is_empty() {
        let (name, after) = rest.trim_start().split_once('=')?;
        let (value, after) = match after.chars().next() {
            Some('\'') => after[1..].split_once('\'').map(|(value, after)| (value.to_owned(), after))?,
            Some('"') => quoted(&after[1..])?,
            _ => after.split_once('\n').map_or((after.to_owned(), ""), |(value, after)| (value.to_owned(), after)),
        };
        map.insert(Arc::from(name), Value::text(value, Span::NONE));
        rest = after;
    }
    Some(Value::map(map, Span::NONE))
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[index + 1..])),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}
