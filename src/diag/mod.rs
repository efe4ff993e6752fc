//! A problem as data.
//!
//! In: what a stage found, with places. Out: [`Diag`]s, collected in [`Diags`]. The wording rules stand in
//! `CONTRIBUTING.md`. The closed list of codes is in `code`. Nothing here prints or draws: see `report`.

mod code;
pub mod suggest;

pub use code::Code;

use indexmap::IndexSet;

use crate::source::Span;

/// How bad a problem is. Errors stop the build; warnings and notes do not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Severity {
    /// As printed: `error`, `warning`, `note`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A place that a problem points at, and what this place is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One problem: what is wrong, where, what caused it, and one fix to type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Diag {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    /// The first label is the primary place; the others are causes. They may lie in other files.
    pub labels: Vec<Label>,
    pub help: Option<String>,
}

impl Diag {
    #[must_use]
    pub fn error(code: Code, at: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, at, message.into())
    }

    #[must_use]
    pub fn warning(code: Code, at: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, at, message.into())
    }

    #[must_use]
    pub fn note(code: Code, at: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, at, message.into())
    }

    fn new(severity: Severity, code: Code, at: Span, message: String) -> Self {
        let labels = if at.is_some() { vec![Label { span: at, text: String::new() }] } else { Vec::new() };
        Diag { code, severity, message, labels, help: None }
    }

    /// Says what the primary place is.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.text = text.into();
        }
        self
    }

    /// Makes another place the primary one; what was the primary place stays, behind it.
    #[must_use]
    pub fn primary(mut self, span: Span, text: impl Into<String>) -> Self {
        if span.is_some() {
            self.labels.insert(0, Label { span, text: text.into() });
        }
        self
    }

    /// Points at a further place. One that names no file, or that repeats an earlier place, is left out.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        if span.is_some() && !self.labels.iter().any(|it| it.span == span && !it.text.is_empty()) {
            self.labels.push(Label { span, text: text.into() });
        }
        self
    }

    /// One action, with the literal text to type.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// As [`Diag::help`], where there may be nothing to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// The primary place, [`Span::NONE`] if there is none.
    #[must_use]
    pub fn at(&self) -> Span {
        self.labels.first().map_or(Span::NONE, |it| it.span)
    }
}

/// The problems of a run, in the order in which they were found.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Diags {
    list: IndexSet<Diag>,
}

impl Diags {
    /// Adds a problem; one that is there already, word for word and place for place, is not repeated.
    pub fn push(&mut self, diag: Diag) {
        self.list.insert(diag);
    }

    pub fn append(&mut self, other: Diags) {
        for diag in other.list {
            self.push(diag);
        }
    }

    /// How many errors there are.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.count(Severity::Error)
    }

    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|it| it.severity == Severity::Error)
    }

    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|it| it.severity == severity).count()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diag> {
        self.list.iter()
    }

    /// Orders problems by file and place, errors of one place before warnings; stable otherwise.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|it| (it.at().file, it.at().start, std::cmp::Reverse(it.severity)));
    }

    /// The problems without the notes.
    #[must_use]
    pub fn without_notes(&self) -> Diags {
        Diags { list: self.list.iter().filter(|it| it.severity != Severity::Note).cloned().collect() }
    }

    /// Keeps the value of a success and the problem of a failure.
    pub fn take<T>(&mut self, result: Result<T, Diag>) -> Option<T> {
        result.map_err(|diag| self.push(diag)).ok()
    }
}

impl IntoIterator for Diags {
    type Item = Diag;
    type IntoIter = indexmap::set::IntoIter<Diag>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// `` `a`, `b` or `c` `` for messages that list what would be right.
#[must_use]
pub fn or_list<T: AsRef<str>>(items: &[T]) -> String {
    let quoted: Vec<String> = items.iter().map(|it| format!("`{}`", it.as_ref())).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// `1 error`, `2 errors`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Stops the program over a mistake of scorec itself. User input must never reach this.
#[macro_export]
macro_rules! bug {
    ($($text:tt)*) => {
        panic!($($text)*)
    };
}
