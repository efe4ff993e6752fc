//! Encodings: JSON, base64, URLs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Call, Function, text};
use crate::expr::limits;
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::value::{Data, Part, SecretOrigin, Text, Value};

pub const TABLE: &[Function] = table! { "encoding";
    "json" "(value)" -> Text = json,
        "The value as compact JSON. Generated secrets in it stay secrets; others are refused, since their \
         text may need escaping.",
        r#"json(#{a: [1, "x", ()]})"# => r#"{"a":[1,"x",null]}"#;
    "base64" "(text)" -> Text = encode,
        "The UTF-8 bytes of the text in base64.",
        r#"base64("hi")"# => "aGk=";
    "base64_decode" "(text)" -> Text = decode,
        "The text that base64 stands for.",
        r#"base64_decode("aGk=")"# => "hi";
    "url_encode" "(text)" -> Text = url_encode,
        "The text as a part of a URL: everything but letters, digits and `-_.~` as `%XX`.",
        r#"url_encode("a b/é")"# => "a%20b%2F%C3%A9";
};

fn json(call: &Call<'_>) -> Result<Data, Problem> {
    let mut json = Json { parts: Vec::new(), plain: String::new(), size: 0 };
    json.value(call.arg(0)?, 0)?;
    json.flush();
    Ok(Data::Text(Text::join(json.parts)))
}

/// Compact JSON as it is written, in parts where secrets and deferred values stand in it.
struct Json {
    parts: Vec<Part>,
    plain: String,
    size: usize,
}

impl Json {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Problem> {
        if depth > limits::TREE {
            return Err(Problem::limit("a value that is nested too deeply"));
        }
        match &value.data {
            Data::Null => self.plain("null"),
            Data::Bool(value) => self.plain(&value.to_string()),
            Data::Int(value) => self.plain(&value.to_string()),
            Data::Float(value) => self.plain(&ops::float_text(*value)),
            Data::Text(text) => self.text(text),
            Data::List(items) => {
                self.plain("[")?;
                for (index, item) in items.iter().enumerate() {
                    self.plain(if index > 0 { "," } else { "" })?;
                    self.value(item, depth + 1)?;
                }
                self.plain("]")
            }
            Data::Map(map) => {
                self.plain("{")?;
                for (index, (key, item)) in map.iter().enumerate() {
                    self.plain(if index > 0 { "," } else { "" })?;
                    self.plain(&quoted(key))?;
                    self.plain(":")?;
                    self.value(item, depth + 1)?;
                }
                self.plain("}")
            }
        }
    }

    fn text(&mut self, text: &Text) -> Result<(), Problem> {
        if let Some(plain) = text.as_plain() {
            return self.plain(&quoted(plain));
        }
        self.plain("\"")?;
        for part in text.parts() {
            match &part {
                Part::Plain(plain) => {
                    let quoted = quoted(plain);
                    self.plain(quoted.get(1..quoted.len() - 1).unwrap_or_default())?;
                }
                // Generated secrets are letters and digits, so they stand in JSON as they are.
                Part::Secret(secret) if matches!(secret.origin, SecretOrigin::Generated { .. }) => {
                    self.flush();
                    self.parts.push(part);
                }
                Part::Secret(_) => return Err(Problem::opaque("`json`, which may have to escape it,", true)),
                Part::Deferred(_) => return Err(Problem::opaque("`json`, which may have to escape it,", false)),
            }
        }
        self.plain("\"")
    }

    fn plain(&mut self, text: &str) -> Result<(), Problem> {
        self.size += text.len();
        self.plain.push_str(text);
        limits::text(self.size)
    }

    fn flush(&mut self) {
        self.parts.push(Part::Plain(std::mem::take(&mut self.plain).into()));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn encode(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(text(STANDARD.encode(call.text(0)?)))
}

fn decode(call: &Call<'_>) -> Result<Data, Problem> {
    let bytes = STANDARD.decode(call.text(0)?).map_err(|_| call.fails("this is not base64"))?;
    String::from_utf8(bytes).map(text).map_err(|_| call.fails("the bytes are not UTF-8 text"))
}

fn url_encode(call: &Call<'_>) -> Result<Data, Problem> {
    let mut encoded = String::new();
    for byte in call.text(0)?.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(text(encoded))
}
