//! The whole compiler, on one screen.
//!
//! In: Score models, definitions, an environment that [`settle`] gave. Out: files. Text in, text out: no disk, no
//! terminal, no clock.

pub use crate::definition::settle;
use crate::definition::{Definitions, Settled};
use crate::diag::Diags;
use crate::emit::{Outputs, Request, check_unresolved, emit};
use crate::resolve::{Input, Programs, resolve};
use crate::score::Workload;
use crate::value::Value;

/// What is built, and for what.
pub struct Build<'a> {
    /// In name order, each name once.
    pub workloads: &'a [Workload],
    pub definitions: &'a Definitions,
    pub environment: &'a Settled,
    /// The view `project`: its name, and `root`, the way from the output folder to the project's root.
    pub project: &'a Value,
    /// What runs the programs that rules name; [`NoPrograms`](crate::resolve::NoPrograms) runs none.
    pub programs: &'a dyn Programs,
}

/// From Score files to the files of a platform. `None` after errors, which `diags` then holds.
pub fn compile(build: &Build<'_>, request: &Request<'_>, diags: &mut Diags) -> Option<Outputs> {
    let input = input(build)?;
    let Some(resolved) = resolve(input, diags) else {
        check_unresolved(input, diags);
        return None;
    };
    emit(input, &resolved, request, diags)
}

/// What the rules engine works on; also for commands that explain instead of writing.
#[must_use]
pub fn input<'a>(build: &Build<'a>) -> Option<Input<'a>> {
    let target = build.definitions.targets.get(&build.environment.target)?;
    Some(Input {
        workloads: build.workloads,
        definitions: build.definitions,
        environment: build.environment,
        target,
        project: build.project,
        programs: build.programs,
    })
}
