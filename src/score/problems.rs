//! The problems of one Score file while it is read.
//!
//! In: problems in the order found. Out: as many of them as a person reads. A file of a million mistakes would
//! else cost minutes and pages.

use crate::diag::{Code, Diag, Diags, Severity, count};
use crate::source::Span;

/// The most errors of one file that are shown, and the most of its warnings.
const MOST: usize = 200;

#[derive(Default)]
pub struct Problems {
    list: Diags,
    errors: usize,
    warnings: usize,
}

impl Problems {
    /// Adds a problem, or only counts it once there are too many of its kind.
    pub fn push(&mut self, diag: Diag) {
        let seen = match diag.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Note => &mut self.warnings,
        };
        *seen += 1;
        if *seen <= MOST {
            self.list.push(diag);
        }
    }

    /// Keeps the value of a success and the problem of a failure.
    pub fn take<T>(&mut self, result: Result<T, Diag>) -> Option<T> {
        result.map_err(|diag| self.push(diag)).ok()
    }

    /// The errors so far, those that are not shown too.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// Whether further errors are only counted, so that nothing costly need be said of them.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.errors >= MOST
    }

    /// All that is shown, in the order of the files, with a word on what is not.
    #[must_use]
    pub fn finish(mut self) -> Diags {
        self.list.sort();
        let hidden = self.errors.saturating_sub(MOST) + self.warnings.saturating_sub(MOST);
        let first = self.list.iter().next().map(Diag::at);
        if let Some(first) = first.filter(|_| hidden > 0) {
            let message = format!("{} more in this file, not shown", count(hidden, "problem"));
            let at = Span::new(first.file, 0, 0);
            self.list
                .push(Diag::note(Code::YamlLimit, at, message).here("in this file").help("mend those above first"));
        }
        self.list
    }
}
