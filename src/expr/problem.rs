//! What goes wrong inside an expression, before its place is known.
//!
//! In: what a function, an operator or a property access refuses. Out: a [`Problem`], which becomes a [`Diag`] where
//! the place is known. A problem never holds the value of a secret: values enter a message only by their kind.

use crate::diag::{Code, Diag, suggest};
use crate::source::Span;

/// A problem without its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    pub help: Option<String>,
    /// What the problem is about, where that is another place than the expression.
    pub about: Option<Span>,
}

impl Problem {
    /// The expression is well formed but cannot be worked out with these values.
    pub fn failed(message: impl Into<String>) -> Self {
        Problem { code: Code::ExprFailed, message: message.into(), help: None, about: None }
    }

    /// The expression, a value in it or its result is larger than the sandbox allows.
    pub fn limit(message: impl Into<String>) -> Self {
        Problem { code: Code::ExprLimit, message: message.into(), help: None, about: None }
    }

    /// A definition calls `fail`.
    pub fn refused(message: impl Into<String>) -> Self {
        Problem { code: Code::RuleFailed, message: message.into(), help: None, about: None }
    }

    /// A name that stands for nothing here.
    pub fn unknown_name<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let help = match name {
            "null" | "nil" | "none" | "None" => Some("write `()` for nothing".to_owned()),
            _ => suggest::did_you_mean(name, known),
        };
        Problem { code: Code::ExprUnknownName, message: format!("unknown name `{name}`"), help, about: None }
    }

    /// Something asks for the characters of a text with secret or deferred parts.
    pub fn opaque(what: &str, has_secret: bool) -> Self {
        let kind = if has_secret { "a secret" } else { "a deferred value" };
        Problem::failed(format!("{what} would look inside {kind}"))
            .help("only join it and pass it on: `{{ a }}{{ b }}`, `a + b` or `join([a, b], \"\")`")
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// The problem with its place.
    #[must_use]
    pub fn at(self, span: Span) -> Diag {
        let diag = match self.about.filter(|it| it.is_some()) {
            Some(about) => Diag::error(self.code, about, self.message).label(span, "refused here"),
            None => Diag::error(self.code, span, self.message),
        };
        diag.maybe_help(self.help)
    }
}
