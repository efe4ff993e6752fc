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

pub use files::{OutputFile, Outputs, Written};

use std::collections::BTreeMap;
use std::sync::Arc;

use self::policy::Subjects;
use self::waivers::Waivers;
use crate::diag::{Diag, Diags};
use crate::expr::Scope;
use crate::resolve::{Input, Resolved};
use crate::source::{Span, Spanned};
use crate::value::{Key, Secret, Value};

/// What a build adds to the Score files and the definitions.
pub struct Request<'a> {
    /// The project's key, asked for only when a generated secret is written.
    pub key: &'a dyn Fn() -> Result<Key, Diag>,
    /// Build sections by (workload, container), from the command line.
    pub builds: &'a BTreeMap<(Arc<str>, Arc<str>), Value>,
    /// What a sink does with a secret.
    pub sinks: Sinks<'a>,
    /// Told of every patch that changed something, and of every policy that looked at something.
    pub watch: &'a dyn Fn(Used<'_>),
}

/// What the sinks of a target do with a secret.
#[derive(Clone, Copy)]
pub enum Sinks<'a> {
    /// They write its value.
    Reveal,
    /// They write what stands for it here, so that files can be compared without knowing any secret.
    Stand(&'a dyn Fn(&Secret) -> String),
}

/// A definition at work, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Used<'a> {
    Patch(&'a str),
    Policy(&'a str),
}

impl<'a> Request<'a> {
    /// The request of a build.
    pub fn new(
        key: &'a dyn Fn() -> Result<Key, Diag>,
        builds: &'a BTreeMap<(Arc<str>, Arc<str>), Value>,
    ) -> Request<'a> {
        Request { key, builds, sinks: Sinks::Reveal, watch: &|_| {} }
    }
}

/// A sentence of a rule for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub uid: Arc<str>,
    pub text: Spanned<String>,
}

/// What can be said of Score files and target though resources could not be resolved.
pub fn check_unresolved(input: Input<'_>, diags: &mut Diags) {
    capability::check_plain(input, &Waivers::new(input.definitions), diags);
}

/// Lowers everything to files. `None` after errors.
pub fn emit(input: Input<'_>, resolved: &Resolved<'_>, request: &Request<'_>, diags: &mut Diags) -> Option<Outputs> {
    let waivers = Waivers::new(input.definitions);
    capability::check_plain(input, &waivers, diags);
    let workloads = views::workloads(input, resolved, request, diags);
    let contributed = contribute::contribute(input, resolved, diags);
    let workloads = workloads?;
    capability::check_conditions(input, resolved, &workloads, &waivers, diags);
    let resources = views::resources(input, resolved);
    let mut scope = resolved.globals.child();
    scope.set("workloads", Value::list(workloads.clone(), Span::NONE));
    scope.set("resources", Value::list(resources.clone(), Span::NONE));
    let check = |slots: &BTreeMap<Arc<str>, Value>, scope: &Scope<'_>, diags: &mut Diags| {
        let subjects = Subjects { workloads: &workloads, resources: &resources, slots };
        policy::check(input, &subjects, scope, &waivers, request.watch, diags);
    };
    let Some(mut contributed) = contributed.filter(|_| !diags.has_errors()) else {
        // What policies say of workloads and resources does not depend on what went wrong.
        check(&BTreeMap::new(), &scope, diags);
        return None;
    };
    let mut slots = slots::fill(input, &mut contributed, &scope, &input.identity("target"), request, diags)?;
    patch::apply(input, &mut slots.shared, &scope, request.watch, diags)?;
    scope.set("slots", slots.view());
    check(&slots.shared, &scope, diags);
    waivers.report_unused(input, diags);
    let outputs = files::write(input, resolved, &scope, &slots, contributed, request, diags)?;
    (!diags.has_errors()).then_some(outputs)
}
