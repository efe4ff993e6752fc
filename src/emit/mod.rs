//! From resolved resources to files.
//!
//! In: [`Resolved`], the workloads and the target. Out: a map of files and the notes of rules. Rules contribute
//! to slots, the target's bodies lower workloads and slots to documents, documents become text in a format.
//! A secret leaves only where the target names a sink.
//!
//! [`Resolved`]: crate::resolve::Resolved

mod capability;
mod contribute;
mod files;
mod lower;
mod merge;
mod views;

pub use files::{OutputFile, Outputs};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diag, Diags};
use crate::resolve::{Input, Resolved};
use crate::source::Spanned;
use crate::value::{Key, Value};

/// What a build adds to the Score files and the definitions.
pub struct Request<'a> {
    /// The project's key, asked for only when a generated secret is written.
    pub key: &'a dyn Fn() -> Result<Key, Diag>,
    /// Build sections by (workload, container), from the command line.
    pub builds: &'a BTreeMap<(Arc<str>, Arc<str>), Value>,
}

/// A sentence of a rule for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub uid: Arc<str>,
    pub text: Spanned<String>,
}

/// Lowers everything to files. `None` after errors.
pub fn emit(input: Input<'_>, resolved: &Resolved<'_>, request: &Request<'_>, diags: &mut Diags) -> Option<Outputs> {
    capability::check_plain(input, diags);
    let workloads = views::workloads(input, resolved, request, diags);
    let contributed = contribute::contribute(input, resolved, diags);
    let (workloads, contributed) = (workloads?, contributed?);
    capability::check_conditions(input, resolved, &workloads, diags);
    if diags.has_errors() {
        return None;
    }
    files::write(input, resolved, &workloads, contributed, request, diags)
}
