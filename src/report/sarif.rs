//! Problems as SARIF 2.1.0, the format in which code hosts take the findings of a tool.
//!
//! In: [`Diags`] and the sources they point into. Out: the text of one SARIF log. Names and shapes are those
//! of the OASIS standard; columns count UTF-16 code units, which the log says in `columnKind`.

use serde::Serialize;

use crate::diag::{Code, Diag, Diags, Label, Severity};
use crate::source::{Source, Sources};

/// One log with one run.
#[must_use]
pub fn log(diags: &Diags, sources: &Sources) -> String {
    log_in(diags, sources, &|_| Vec::new())
}

/// As [`log`], with the environments that have each problem among its properties.
#[must_use]
pub fn log_in(diags: &Diags, sources: &Sources, environments: &dyn Fn(&Diag) -> Vec<String>) -> String {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: driver() },
            column_kind: "utf16CodeUnits",
            results: diags.iter().map(|it| result(it, sources, environments(it))).collect(),
        }],
    };
    format!("{:#}\n", serde_json::json!(log))
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Finding>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
struct Rule {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties>,
}

/// SARIF leaves the names in a property bag to the tool.
#[derive(Serialize)]
struct Properties {
    environments: Vec<String>,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    /// The project root, which the reader of the log knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

/// Lines and columns are 1-based, `end_column` is exclusive.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

fn driver() -> Driver {
    Driver {
        name: "scorec",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: Code::ALL.iter().map(|code| Rule { id: code.id() }).collect(),
    }
}

fn result(diag: &Diag, sources: &Sources, environments: Vec<String>) -> Finding {
    let mut locations = diag.labels.iter().enumerate().filter_map(|(id, it)| location(it, id, sources));
    let text = match &diag.help {
        Some(help) => format!("{}\nhelp: {help}", diag.message),
        None => diag.message.clone(),
    };
    Finding {
        rule_id: diag.code.id(),
        rule_index: Code::ALL.iter().position(|it| *it == diag.code).unwrap_or_default(),
        level: match diag.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        message: Message { text },
        locations: locations.by_ref().take(1).collect(),
        related_locations: locations.collect(),
        properties: Some(Properties { environments }).filter(|it| !it.environments.is_empty()),
    }
}

/// The primary place has no `id`, since nothing refers to it.
fn location(label: &Label, id: usize, sources: &Sources) -> Option<Location> {
    let source = sources.get(label.span.file)?;
    let (start_line, start_column) = line_utf16_column(&source.text, label.span.start as usize);
    let (end_line, end_column) = line_utf16_column(&source.text, label.span.end as usize);
    Some(Location {
        id: Some(id).filter(|it| *it > 0),
        physical_location: PhysicalLocation {
            artifact_location: artifact(source),
            region: Region { start_line, start_column, end_line, end_column },
        },
        message: Some(Message { text: label.text.clone() }).filter(|it| !it.text.is_empty()),
    })
}

/// A file of the embedded library is in no checkout, so it gets a scheme of its own.
fn artifact(source: &Source) -> ArtifactLocation {
    let path = percent_encoded(&source.path);
    if source.embedded {
        ArtifactLocation { uri: format!("scorec-library:///{path}"), uri_base_id: None }
    } else {
        ArtifactLocation { uri: path, uri_base_id: Some("%SRCROOT%") }
    }
}

/// RFC 3986: what is neither unreserved nor a separator of path segments is encoded.
fn percent_encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn line_utf16_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = (0..=offset.min(text.len())).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
    let before = &text[..offset];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |it| it + 1);
    (line, before[line_start..].encode_utf16().count() + 1)
}
