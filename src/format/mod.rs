//! Values to text: YAML, KYAML, JSON, TOML, dotenv, plain text and bytes.
//!
//! In: a [`Value`]. Out: the text of a file, or a [`Text`](crate::value::Text) in which secret and deferred parts
//! stay apart. Equal values give equal bytes. A file holds plain text only: what is secret must have been revealed
//! by a sink, or it is refused here, by its path and never by its value. Knows no target.

mod dotenv;
mod encode;
mod error;
mod json;
mod kyaml;
mod plain;
mod toml;
mod yaml;

use base64::Engine as _;

pub use encode::encode;
pub use error::{EncodeError, Problem, WriteError};

use crate::value::{Data, Value};

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    Yaml,
    /// A list, each item a document of its own.
    YamlDocuments,
    /// YAML in flow style, see KEP-5295.
    Kyaml,
    /// A list, each item a document of its own.
    KyamlDocuments,
    /// Indented by two blanks, with a newline at the end.
    Json,
    /// On one line, without a newline at the end.
    JsonCompact,
    Toml,
    Dotenv,
    /// A string as it is.
    Text,
    /// A string of base64, written as the bytes it stands for.
    Base64,
}

impl Format {
    pub const ALL: &[Format] = &[
        Format::Yaml,
        Format::YamlDocuments,
        Format::Kyaml,
        Format::KyamlDocuments,
        Format::Json,
        Format::JsonCompact,
        Format::Toml,
        Format::Dotenv,
        Format::Text,
        Format::Base64,
    ];

    /// As definitions name it, for example in `file "x.yaml" format="yaml"`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Yaml => "yaml",
            Format::YamlDocuments => "yaml-documents",
            Format::Kyaml => "kyaml",
            Format::KyamlDocuments => "kyaml-documents",
            Format::Json => "json",
            Format::JsonCompact => "json-compact",
            Format::Toml => "toml",
            Format::Dotenv => "dotenv",
            Format::Text => "text",
            Format::Base64 => "base64",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|it| it.name() == name)
    }
}

/// The text of a file. Every text in the value must be plain.
///
/// # Errors
/// The first place, by its path, that the format cannot hold. [`Format::Base64`] gives text only where its
/// bytes are UTF-8; [`write_bytes`] has no such limit.
pub fn write(format: Format, value: &Value) -> Result<String, WriteError> {
    plain::check(format, value)?;
    match format {
        Format::Yaml => Ok(yaml::document(value)),
        Format::YamlDocuments => yaml::documents(value),
        Format::Kyaml => Ok(kyaml::document(value)),
        Format::KyamlDocuments => kyaml::documents(value),
        Format::Json => json::pretty(value),
        Format::JsonCompact => json::compact(value),
        Format::Toml => toml::write(value),
        Format::Dotenv => dotenv::write(value),
        Format::Text => text(value),
        Format::Base64 => String::from_utf8(bytes(value)?).map_err(|_| WriteError::at_root(value, Problem::NotUtf8)),
    }
}

/// As [`write`], for files whose content may be any bytes.
///
/// # Errors
/// As [`write`]; for [`Format::Base64`], a string that is not base64.
pub fn write_bytes(format: Format, value: &Value) -> Result<Vec<u8>, WriteError> {
    if format == Format::Base64 {
        plain::check(format, value)?;
        return bytes(value);
    }
    write(format, value).map(String::into_bytes)
}

fn text(value: &Value) -> Result<String, WriteError> {
    match &value.data {
        Data::Text(text) => Ok(text.as_plain().unwrap_or_default().to_owned()),
        Data::Null | Data::List(_) | Data::Map(_) => Err(WriteError::at_root(value, Problem::NotText)),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) => Ok(value.shown()),
    }
}

fn bytes(value: &Value) -> Result<Vec<u8>, WriteError> {
    // Long base64 is usually broken into lines; the line breaks mean nothing.
    let packed: String = text(value)?.split_ascii_whitespace().collect();
    let engine = base64::engine::general_purpose::STANDARD;
    engine.decode(packed).map_err(|_| WriteError::at_root(value, Problem::NotBase64))
}
