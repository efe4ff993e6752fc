//! A value encoded into one string, in which secret and deferred parts stay apart.
//!
//! In: a format and a value whose texts may hold parts. Out: a [`Text`] that, once its parts are written in place,
//! is the encoded value. Every part is written as a marker of private-use characters, which no writer
//! escapes, and the written text is split at the markers. Around a marker a string is always in double
//! quotes. A literal secret is escaped for those; a generated one is alphanumeric; a reference or deferred
//! part goes in as it is, because its value is not known here.

use std::borrow::Cow;
use std::sync::Arc;

use super::error::{EncodeError, Problem, WriteError};
use super::{Format, write};
use crate::value::{Data, Map, Part, Secret, SecretOrigin, Text, Value};

/// `OPEN`, the part's number, `CLOSE`. Taken from the private use area of plane 15.
const OPEN: char = '\u{F0000}';
const CLOSE: char = '\u{F0001}';
/// Makes the TOML writer choose double quotes; it writes this as an escape, which is taken out again.
const FORCE: char = '\u{1}';
const FORCED: &str = "\\u0001";

/// Whether a text holds a marker of a part.
pub(super) fn has_marker(text: &str) -> bool {
    text.contains(OPEN)
}

/// Encodes a value into a string.
///
/// # Errors
/// As [`write`], except that parts are allowed; and a text that holds a character of the markers.
pub fn encode(format: Format, value: &Value) -> Result<Text, EncodeError> {
    let mut marking = Marking { format, parts: Vec::new(), depth: 0 };
    let marked = marking.value(value)?;
    let written = write(format, &marked)?;
    if marking.parts.is_empty() {
        return Ok(Text::plain(written));
    }
    Ok(split(format, &written, &marking.parts))
}

struct Marking {
    format: Format,
    parts: Vec<Part>,
    depth: usize,
}

impl Marking {
    /// The same value with markers in place of parts; shared where nothing changes.
    fn value(&mut self, value: &Value) -> Result<Value, EncodeError> {
        if self.depth > super::plain::MAX_DEPTH {
            return Err(WriteError::at_root(value, Problem::TooDeep));
        }
        self.depth += 1;
        let data = match &value.data {
            Data::Text(text) => Data::Text(self.text(text, value)?),
            Data::List(items) => {
                Data::List(Arc::new(items.iter().map(|it| self.value(it)).collect::<Result<Vec<_>, _>>()?))
            }
            Data::Map(map) => {
                let entries = map.iter().map(|(key, it)| {
                    refuse_markers(key, it)?;
                    Ok((key.clone(), self.value(it)?))
                });
                Data::Map(Arc::new(entries.collect::<Result<Map, _>>()?))
            }
            other => other.clone(),
        };
        self.depth -= 1;
        Ok(Value::new(data, value.at))
    }

    fn text(&mut self, text: &Text, value: &Value) -> Result<Text, EncodeError> {
        if let Some(plain) = text.as_plain() {
            refuse_markers(plain, value)?;
            return Ok(text.clone());
        }
        let mut marked = String::new();
        for part in text.parts() {
            if let Part::Plain(plain) = &part {
                refuse_markers(plain, value)?;
                marked.push_str(plain);
                continue;
            }
            marked.push(OPEN);
            marked.push_str(&self.parts.len().to_string());
            marked.push(CLOSE);
            if self.format == Format::Toml {
                marked.push(FORCE);
            }
            self.parts.push(part);
        }
        Ok(Text::plain(marked))
    }
}

fn refuse_markers(text: &str, value: &Value) -> Result<(), EncodeError> {
    match text.chars().find(|c| matches!(*c, OPEN | CLOSE)) {
        Some(c) => Err(WriteError::at_root(value, Problem::BadCharacter(c))),
        None => Ok(()),
    }
}

fn split(format: Format, written: &str, parts: &[Part]) -> Text {
    let mut pieces = Vec::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once(OPEN) {
        pieces.push(Part::Plain(Arc::from(before)));
        let (number, after) = after.split_once(CLOSE).unwrap_or((after, ""));
        let part = number.parse().ok().and_then(|it: usize| parts.get(it));
        pieces.extend(part.map(|it| escaped(format, it)));
        rest = after.strip_prefix(FORCED).unwrap_or(after);
    }
    pieces.push(Part::Plain(Arc::from(rest)));
    Text::join(pieces)
}

/// A literal secret as it stands between the double quotes of the format; any other part as it is.
fn escaped(format: Format, part: &Part) -> Part {
    let Part::Secret(secret) = part else { return part.clone() };
    let SecretOrigin::Literal(value) = &secret.origin else { return part.clone() };
    let Cow::Owned(value) = escape(format, value) else { return part.clone() };
    let origin = SecretOrigin::Literal(Arc::from(value));
    Part::Secret(Arc::new(Secret { origin, ..(**secret).clone() }))
}

fn escape(format: Format, text: &str) -> Cow<'_, str> {
    let escape: fn(char) -> Option<String> = match format {
        Format::Yaml | Format::YamlDocuments | Format::Kyaml | Format::KyamlDocuments => super::yaml::escape,
        Format::Json | Format::JsonCompact => escape_json,
        Format::Toml => escape_toml,
        Format::Dotenv => super::dotenv::escape,
        Format::Text | Format::Base64 => |_| None,
    };
    if !text.contains(|c| escape(c).is_some()) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .fold(String::with_capacity(text.len() + 8), |mut out, c| {
            match escape(c) {
                Some(escape) => out.push_str(&escape),
                None => out.push(c),
            }
            out
        })
        .into()
}

fn escape_json(c: char) -> Option<String> {
    match c {
        '"' => Some("\\\"".into()),
        '\\' => Some("\\\\".into()),
        '\n' => Some("\\n".into()),
        c if u32::from(c) < 0x20 => Some(format!("\\u{:04x}", u32::from(c))),
        _ => None,
    }
}

/// As JSON; TOML also forbids U+007F.
fn escape_toml(c: char) -> Option<String> {
    if c == '\u{7F}' { Some("\\u007F".into()) } else { escape_json(c) }
}
