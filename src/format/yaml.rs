//! YAML that readers of YAML 1.1 and 1.2 read alike, whatever the language they are written in.
//!
//! In: a checked value. Out: block style, indented by two blanks. A string is written without quotes only where no
//! reader can take it for anything else: readers disagree on `yes`, `1_000`, `1:30`, dates, `=` and more. The
//! tables in `tests/format.rs` hold what was found. One pass, one buffer, no tree in between.

use std::fmt::Write as _;

use super::encode::has_marker;
use super::error::{Problem, WriteError};
use crate::value::{Data, Map, Value};

/// Readers give up on a key that is longer than 1,024 characters unless it is announced by `?`.
const LONGEST_KEY: usize = 1000;

/// One document.
pub(super) fn document(value: &Value) -> String {
    let mut writer = Writer { out: String::new() };
    writer.root(value);
    writer.out
}

/// A list, each item a document; `---` between them.
pub(super) fn documents(value: &Value) -> Result<String, WriteError> {
    let items = value.as_list().ok_or_else(|| WriteError::at_root(value, Problem::NotList))?;
    let mut writer = Writer { out: String::new() };
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            writer.out.push_str("---\n");
        }
        writer.root(item);
    }
    Ok(writer.out)
}

struct Writer {
    out: String,
}

impl Writer {
    fn root(&mut self, value: &Value) {
        match &value.data {
            Data::Map(map) if !map.is_empty() => self.map(map, 0),
            Data::List(items) if !items.is_empty() => self.list(items, 0),
            _ => {
                self.leaf(value, 0);
                self.out.push('\n');
            }
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// The entries of a map. The caller has written the indentation of the first.
    fn map(&mut self, map: &Map, indent: usize) {
        for (index, (key, value)) in map.iter().enumerate() {
            if index > 0 {
                self.indent(indent);
            }
            self.key(key, indent);
            match &value.data {
                Data::Map(inner) if !inner.is_empty() => {
                    self.out.push('\n');
                    self.indent(indent + 2);
                    self.map(inner, indent + 2);
                }
                Data::List(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.indent(indent + 2);
                    self.list(items, indent + 2);
                }
                _ => {
                    self.out.push(' ');
                    self.leaf(value, indent + 2);
                    self.out.push('\n');
                }
            }
        }
    }

    fn key(&mut self, key: &str, indent: usize) {
        let long = key.len() > LONGEST_KEY;
        if long {
            self.out.push_str("? ");
        }
        if is_bare(key) {
            self.out.push_str(key)
        } else {
            self.quoted(key)
        }
        if long {
            self.out.push('\n');
            self.indent(indent);
        }
        self.out.push(':');
    }

    /// The items of a list. The caller has written the indentation of the first.
    fn list(&mut self, items: &[Value], indent: usize) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.indent(indent);
            }
            self.out.push_str("- ");
            match &item.data {
                Data::Map(inner) if !inner.is_empty() => self.map(inner, indent + 2),
                Data::List(inner) if !inner.is_empty() => self.list(inner, indent + 2),
                _ => {
                    self.leaf(item, indent + 2);
                    self.out.push('\n');
                }
            }
        }
    }

    /// A single value, without a newline at its end. `indent` is that of the lines of a block below it.
    fn leaf(&mut self, value: &Value, indent: usize) {
        match &value.data {
            Data::Null => self.out.push_str("null"),
            Data::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            // Writing to a string cannot fail.
            Data::Int(value) => _ = write!(self.out, "{value}"),
            Data::Float(value) => self.out.push_str(&float(*value)),
            Data::Text(text) => self.text(text.as_plain().unwrap_or_default(), indent.max(2)),
            Data::List(_) => self.out.push_str("[]"),
            Data::Map(_) => self.out.push_str("{}"),
        }
    }

    fn text(&mut self, text: &str, indent: usize) {
        if is_bare(text) {
            self.out.push_str(text);
        } else if is_block(text) {
            self.block(text, indent);
        } else {
            self.quoted(text);
        }
    }

    /// A literal block. The newline after its last line is the caller's.
    fn block(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        let newlines = text.len() - body.len();
        self.out.push_str(match newlines {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        for line in body.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
        }
        self.out.extend(std::iter::repeat_n('\n', newlines.saturating_sub(1)));
    }

    /// In single quotes where that saves escapes, else in double quotes.
    fn quoted(&mut self, text: &str) {
        let single = text.contains(['"', '\\']) && !text.contains('\'') && !text.contains(needs_escape);
        if single && !has_marker(text) {
            self.out.extend(["'", text, "'"]);
            return;
        }
        self.out.push('"');
        for c in text.chars() {
            match escape(c) {
                Some(escape) => self.out.push_str(&escape),
                None => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}

/// YAML 1.1 knows a float by its point, and an exponent by its sign.
pub(super) fn float(value: f64) -> String {
    let shown = format!("{value:?}");
    let Some((number, exponent)) = shown.split_once('e') else { return shown };
    let point = if number.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{number}{point}e{sign}{exponent}")
}

/// The escape of a character between double quotes, if it needs one.
pub(super) fn escape(c: char) -> Option<String> {
    Some(match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        '\r' => "\\r".into(),
        c if !needs_escape(c) => return None,
        c if u32::from(c) <= 0xFF => format!("\\x{:02X}", u32::from(c)),
        c if u32::from(c) <= 0xFFFF => format!("\\u{:04X}", u32::from(c)),
        c => format!("\\U{:08X}", u32::from(c)),
    })
}

/// Control characters, line breaks of YAML 1.1, and characters that nobody sees.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{A0}' | '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{E0FFF}')
        || matches!(u32::from(c) & 0xFFFE, 0xFFFE)
}

/// Whether a text of several lines can stand as a literal block and be read alike.
fn is_block(text: &str) -> bool {
    // A first line that starts with a blank, or is empty, would need an indentation indicator.
    if !text.contains('\n') || text.starts_with([' ', '\n', '\t']) || has_marker(text) {
        return false;
    }
    let shown = |c: char| c == '\n' || c == '\t' || !needs_escape(c);
    let kept = |line: &str| line.is_empty() || (!line.starts_with('\t') && !line.trim_matches([' ', '\t']).is_empty());
    text.chars().all(shown) && text.split('\n').all(kept)
}

/// Whether a string needs no quotes for any reader.
fn is_bare(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let starts_well = match first {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'/' | b'.' | b'$' | b'(' | b'+' => true,
        // `- ` starts a list item and `---` a document.
        b'-' => bytes.get(1).is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'-') && !text.starts_with("---"),
        _ => !first.is_ascii() && text.starts_with(char::is_alphabetic),
    };
    let inner = |c: char| matches!(c, ' '..='~') || (!c.is_ascii() && c.is_alphanumeric());
    starts_well
        && !matches!(last, b' ' | b':')
        && text.chars().all(inner)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("...")
        && !is_word_of_yaml(text)
        && !is_like_a_number(text)
}

/// Words that some reader takes for a boolean, for nothing or for a number, in any case.
pub(super) fn is_word_of_yaml(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity", ".nan", ".inf", "+.inf",
        "-.inf", "+inf", "-inf", "+.nan", "-.nan",
    ];
    text.len() <= 8 && WORDS.iter().any(|it| it.eq_ignore_ascii_case(text))
}

/// Numbers of all bases, with separators, exponents, in base 60, and times: whatever starts like a number and has
/// only characters that occur in one. A few strings more are quoted, such as `1.2.3`; that harms nobody.
pub(super) fn is_like_a_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let based = unsigned.starts_with('0');
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '_')
        && unsigned.contains(|c: char| c.is_ascii_digit())
        && unsigned
            .bytes()
            .all(|it| it.is_ascii_hexdigit() || b"_.+-:tTzZ ,".contains(&it) || (based && b"xXoOpP".contains(&it)))
}
