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
mod options;
mod patch;
mod policy;
mod slots;
mod surroundings;
mod views;
mod waivers;
mod walk;

pub use files::{OutputFile, Outputs};

use std::collections::BTreeMap;
use std::sync::Arc;

use self::policy::Subjects;
use self::waivers::Waivers;
use crate::diag::{Diag, Diags};
use crate::resolve::{Input, Resolved};
use crate::source::{Span, Spanned};
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
    let waivers = Waivers::new(input.definitions);
    capability::check_plain(input, &waivers, diags);
    let workloads = views::workloads(input, resolved, request, diags);
    let contributed = contribute::contribute(input, resolved, diags);
    let (workloads, mut contributed) = (workloads?, contributed?);
    capability::check_conditions(input, resolved, &workloads, &waivers, diags);
    if diags.has_errors() {
        return None;
    }
    let resources = views::resources(input, resolved);
    let mut scope = resolved.globals.child();
    scope.set("workloads", Value::list(workloads.clone(), Span::NONE));
    scope.set("resources", Value::list(resources.clone(), Span::NONE));
    let mut slots = slots::fill(input, &mut contributed, &scope, &input.identity("target"), request, diags)?;
    patch::apply(input, &mut slots.shared, &scope, diags)?;
    scope.set("slots", slots.view());
    let subjects = Subjects { workloads: &workloads, resources: &resources, slots: &slots.shared };
    policy::check(input, &subjects, &scope, &waivers, diags);
    waivers.report_unused(input, diags);
    let outputs = files::write(input, resolved, &scope, &slots, contributed, request, diags)?;
    (!diags.has_errors()).then_some(outputs)
}
