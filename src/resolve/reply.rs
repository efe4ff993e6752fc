//! The reply of a program: one JSON document, held to its schema.
//!
//! In: the bytes that a program wrote. Out: [`ProgramReply`], or what is wrong in words that never show a secret.
//! Knows nothing of processes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::diag::or_list;
use crate::diag::suggest::did_you_mean;
use crate::source::Span;
use crate::value::{Data, Map, Secret, SecretOrigin, Text, Value};

/// The largest reply in bytes: 1 MiB.
pub const REPLY_LIMIT: usize = 1 << 20;
/// A shorter secret is found in other texts by chance.
const TELLING_LENGTH: usize = 6;
const KEYS: &[&str] = &["outputs", "secrets", "state", "notes"];

/// What a program replied.
#[derive(Clone, PartialEq, Default)]
pub struct ProgramReply {
    pub outputs: serde_json::Map<String, Json>,
    pub secrets: BTreeMap<String, String>,
    /// Handed to the program again the next time; `null` where it keeps none.
    pub state: Json,
    /// Sentences for the user.
    pub notes: Vec<String>,
}

impl ProgramReply {
    /// Reads a reply.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the program.
    pub fn read(bytes: &[u8]) -> Result<ProgramReply, String> {
        if bytes.len() > REPLY_LIMIT {
            return Err("replied with more than 1 MiB".to_owned());
        }
        let text = std::str::from_utf8(bytes).map_err(|_| "did not reply in UTF-8".to_owned())?;
        if text.trim().is_empty() {
            return Err("replied nothing".to_owned());
        }
        // serde_json gives up at a depth of 128 by itself. Its messages name lines, columns and syntax, never content.
        let json: Json = serde_json::from_str(text)
            .map_err(|error| format!("did not reply with one JSON document: {}", error.to_string().to_lowercase()))?;
        let Json::Object(mut map) = json else {
            return Err(format!("replied with {}, not with a JSON object", kind(&json)));
        };
        if let Some(key) = map.keys().find(|it| !KEYS.contains(&it.as_str())) {
            let near = did_you_mean(key, KEYS.iter().copied()).filter(|it| it.starts_with("did you mean"));
            let known = near.unwrap_or_else(|| format!("a reply has {}", or_list(KEYS).replace(" or ", " and ")));
            return Err(format!("replied with the unknown key `{}`: {known}", printable(key)));
        }
        let reply = ProgramReply {
            outputs: outputs(map.remove("outputs"))?,
            secrets: secrets(map.remove("secrets"))?,
            state: map.remove("state").unwrap_or(Json::Null),
            notes: notes(map.remove("notes"))?,
        };
        reply.check_secrets()?;
        Ok(reply)
    }

    /// A secret that also stands in the open would be written in the open.
    fn check_secrets(&self) -> Result<(), String> {
        for (name, secret) in self.secrets.iter().filter(|(_, it)| it.len() >= TELLING_LENGTH) {
            let output = self.outputs.iter().find(|(key, value)| key.contains(&**secret) || holds(value, secret));
            let name = printable(name);
            if let Some((key, _)) = output {
                let key = if key.contains(&**secret) { "…" } else { key };
                let key = printable(key);
                return Err(format!("shows its secret `{name}` in the output `{key}`"));
            }
            if self.notes.iter().any(|it| it.contains(&**secret)) {
                return Err(format!("shows its secret `{name}` in a note"));
            }
        }
        Ok(())
    }

    /// What the rule sees: `outputs` and `secrets`. The state is the program's own affair.
    #[must_use]
    pub fn view(&self, owner: &Arc<str>, at: Span) -> Value {
        let outputs = self.outputs.iter().map(|(key, value)| (Arc::from(key.as_str()), convert(value, at))).collect();
        let secrets = self.secrets.iter().map(|(name, value)| {
            let label: Arc<str> = Arc::from(name.as_str());
            let origin = SecretOrigin::Literal(Arc::from(value.as_str()));
            let text = Text::secret(Secret { owner: owner.clone(), label: label.clone(), origin, at });
            // Nothing is hidden by hiding nothing, and sinks could not write it.
            let text = if value.is_empty() { Text::plain("") } else { text };
            (label, Value::new(Data::Text(text), at))
        });
        Value::object([("outputs", Value::map(outputs, at)), ("secrets", Value::map(secrets.collect(), at))], at)
    }
}

fn outputs(json: Option<Json>) -> Result<serde_json::Map<String, Json>, String> {
    match json {
        None | Some(Json::Null) => Ok(serde_json::Map::new()),
        Some(Json::Object(map)) => match map.iter().find(|(_, value)| has_large_number(value)) {
            Some((key, _)) => {
                Err(format!("replied with a number of more than 64 bits in the output `{}`", printable(key)))
            }
            None => Ok(map),
        },
        Some(other) => Err(format!("replied with `outputs` that are {}, not an object", kind(&other))),
    }
}

fn secrets(json: Option<Json>) -> Result<BTreeMap<String, String>, String> {
    let map = match json {
        None | Some(Json::Null) => return Ok(BTreeMap::new()),
        Some(Json::Object(map)) => map,
        Some(other) => return Err(format!("replied with `secrets` that are {}, not an object", kind(&other))),
    };
    let secret = |(name, value): (String, Json)| match value {
        Json::String(text) if text.contains('\0') => {
            Err(format!("replied with a NUL in the secret `{}`", printable(&name)))
        }
        Json::String(text) => Ok((name, text)),
        other => Err(format!("replied with the secret `{}` as {}, not as a string", printable(&name), kind(&other))),
    };
    map.into_iter().map(secret).collect()
}

fn notes(json: Option<Json>) -> Result<Vec<String>, String> {
    let list = match json {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(list)) => list,
        Some(other) => return Err(format!("replied with `notes` that are {}, not a list", kind(&other))),
    };
    let note = |value: Json| match value {
        Json::String(text) => Ok(printable(&text)),
        other => Err(format!("replied with a note that is {}, not a string", kind(&other))),
    };
    list.into_iter().map(note).collect()
}

/// Text of a program as it may go to a terminal: control characters could move the cursor or worse.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() && it != '\t' { '\u{fffd}' } else { it }).collect()
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// Whether a whole number does not fit into 64 bits.
fn has_large_number(json: &Json) -> bool {
    match json {
        Json::Number(number) => {
            // serde_json gives the nearest float for an integer that is too large, which would be another number.
            let is_whole = |it: f64| it.fract() == 0.0 && it.abs() >= 9_223_372_036_854_775_807.0;
            !number.is_i64() && number.as_f64().is_some_and(is_whole)
        }
        Json::Array(items) => items.iter().any(has_large_number),
        Json::Object(map) => map.values().any(has_large_number),
        _ => false,
    }
}

fn holds(json: &Json, secret: &str) -> bool {
    match json {
        Json::String(text) => text.contains(secret),
        Json::Array(items) => items.iter().any(|it| holds(it, secret)),
        Json::Object(map) => map.iter().any(|(key, value)| key.contains(secret) || holds(value, secret)),
        _ => false,
    }
}

/// As deep as the reply, whose depth the reader limits.
fn convert(json: &Json, at: Span) -> Value {
    match json {
        Json::Null => Value::null(at),
        Json::Bool(it) => Value::bool(*it, at),
        Json::Number(number) => match number.as_i64() {
            Some(it) => Value::int(it, at),
            None => Value::new(Data::Float(number.as_f64().unwrap_or_default()), at),
        },
        Json::String(text) => Value::text(text.as_str(), at),
        Json::Array(items) => Value::list(items.iter().map(|it| convert(it, at)).collect(), at),
        Json::Object(map) => {
            let entries: Map = map.iter().map(|(key, value)| (Arc::from(key.as_str()), convert(value, at))).collect();
            Value::map(entries, at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        ProgramReply::read(text.as_bytes()).err().unwrap_or_else(|| "no problem".to_owned())
    }

    #[test]
    fn a_whole_reply_is_read() {
        let text =
            r#"{"outputs": {"port": 5432}, "secrets": {"password": "hunter22"}, "state": [1], "notes": ["done"]}"#;
        let reply = ProgramReply::read(text.as_bytes()).unwrap_or_default();
        let view = reply.view(&Arc::from("db.default#a"), Span::NONE);
        assert_eq!(view.get("outputs").map(Value::shown).as_deref(), Some("{port: 5432}"));
        assert_eq!(view.get("secrets").map(Value::shown).as_deref(), Some("{password: (secret)}"));
        assert_eq!((reply.state.to_string().as_str(), reply.notes.len()), ("[1]", 1));
    }

    #[test]
    fn what_is_no_reply_is_said() {
        for (text, part) in [
            ("", "replied nothing"),
            ("{} {}", "trailing characters"),
            ("[]", "replied with a list"),
            ("{\"output\": {}}", "did you mean `outputs`?"),
            ("{\"outputs\": 1}", "`outputs` that are a number"),
            ("{\"secrets\": {\"a\": 1}}", "the secret `a` as a number"),
            ("{\"notes\": \"x\"}", "`notes` that are a string"),
            ("{\"outputs\": {\"n\": 18446744073709551615}}", "more than 64 bits"),
            ("{\"outputs\": {\"n\": [123456789012345678901234567890]}}", "more than 64 bits"),
            ("{\"outputs\": {\"n\": 1e999}}", "number out of range"),
            (
                "{\"outputs\": {\"url\": \"x:hunter22@y\"}, \"secrets\": {\"p\": \"hunter22\"}}",
                "secret `p` in the output `url`",
            ),
            ("{\"notes\": [\"it is hunter22\"], \"secrets\": {\"p\": \"hunter22\"}}", "secret `p` in a note"),
        ] {
            let problem = problem(text);
            assert!(problem.contains(part), "{text}: {problem}");
            assert!(!problem.contains("hunter22"), "{problem}");
        }
        let deep = format!("{{\"outputs\": {{\"a\": {}{}}}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(problem(&deep).contains("recursion limit exceeded"));
    }
}
