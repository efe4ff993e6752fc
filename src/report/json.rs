//! Problems as JSON for programs.
//!
//! In: [`Diags`] and the sources they point into. Out: [`Problem`]s, alone or as text. The shape is part of
//! scorec's interface: keys are only ever added.

use serde::Serialize;

use crate::diag::{Diag, Diags, Label};
use crate::source::{Sources, Span};

/// One problem.
#[derive(Serialize, Debug)]
pub struct Problem {
    /// The stable name of the kind of problem.
    pub code: &'static str,
    /// `error`, `warning` or `note`.
    pub severity: &'static str,
    pub message: String,
    /// What to do about it; `null` where there is nothing to say.
    pub help: Option<String>,
    /// The primary place first. Empty for a problem that is in no file.
    pub labels: Vec<Place>,
    /// The environments that have the problem, where several were looked at; empty for one that is the same
    /// in whatever environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environments: Option<Vec<String>>,
}

/// A labelled place.
#[derive(Serialize, Debug)]
pub struct Place {
    /// Relative to the project, with `/` separators.
    pub path: String,
    /// Whether the file is part of scorec itself and not on the disk.
    pub library: bool,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    pub end_line: usize,
    /// 1-based, in characters, exclusive.
    pub end_column: usize,
    /// Byte offset in the file.
    pub start: u32,
    /// Byte offset in the file, exclusive.
    pub end: u32,
    /// What this place is; empty where the message says it.
    pub text: String,
}

/// The problems in their order.
#[must_use]
pub fn problems(diags: &Diags, sources: &Sources) -> Vec<Problem> {
    diags.iter().map(|it| problem(it, sources)).collect()
}

/// One JSON object per line.
#[must_use]
pub fn lines(diags: &Diags, sources: &Sources) -> String {
    problems(diags, sources).iter().map(|it| format!("{}\n", serde_json::json!(it))).collect()
}

/// One JSON array, indented.
#[must_use]
pub fn array(diags: &Diags, sources: &Sources) -> String {
    format!("{:#}\n", serde_json::json!(problems(diags, sources)))
}

fn problem(diag: &Diag, sources: &Sources) -> Problem {
    Problem {
        code: diag.code.id(),
        severity: diag.severity.word(),
        message: diag.message.clone(),
        help: diag.help.clone(),
        labels: diag.labels.iter().filter_map(|it| place(it, sources)).collect(),
        environments: None,
    }
}

fn place(label: &Label, sources: &Sources) -> Option<Place> {
    let source = sources.get(label.span.file)?;
    let (line, column) = sources.line_column(label.span);
    let (end_line, end_column) = sources.line_column(Span { start: label.span.end, ..label.span });
    Some(Place {
        path: source.path.to_string(),
        library: source.embedded,
        line,
        column,
        end_line,
        end_column,
        start: label.span.start,
        end: label.span.end,
        text: label.text.clone(),
    })
}
