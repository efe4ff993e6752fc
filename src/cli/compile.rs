//! From the command line to a compiled build: what every compiling command does first.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::args::Input;
use super::definitions::{complete, definitions_found, own};
use super::programs::{Permission, Runner};
use super::session::Session;
use super::state::{self, State};
use super::wanted::Wanted;
use super::workloads::workloads_found;
use crate::compile::{Build, settle};
use crate::definition::{Definitions, Project, Settled, Wishes};
use crate::diag::{Code, Diag, Diags};
use crate::score::Workload;
use crate::source::Span;
use crate::value::Value;

/// The environment of a build that names none, where the project names none either.
pub const DEFAULT_ENVIRONMENT: &str = "local";

/// Definitions and Score files, read and checked.
pub struct Loaded {
    pub definitions: Definitions,
    pub workloads: Vec<Workload>,
    /// What the command line asks of the target.
    pub wishes: Wishes,
    /// Which programs may run.
    pub permission: Permission,
}

/// One environment of a [`Loaded`].
pub struct Prepared {
    pub environment: Settled,
    pub project: Value,
    pub programs: Runner,
}

impl Prepared {
    /// What the compiler takes.
    #[must_use]
    pub fn build<'a>(&'a self, loaded: &'a Loaded) -> Build<'a> {
        Build {
            workloads: &loaded.workloads,
            definitions: &loaded.definitions,
            environment: &self.environment,
            project: &self.project,
            programs: &self.programs,
        }
    }
}

/// Reads definitions and Score files; both, also where one of them has errors, so that one run shows all.
pub fn load(session: &mut Session, input: &Input) -> Option<Loaded> {
    let own = own(session);
    // Without the project file, only files that are named are known to be meant.
    if own.is_none() && input.files.is_empty() {
        return None;
    }
    let project = own.as_ref().map(|it| it.project.clone()).unwrap_or_default();
    let workloads = workloads_found(session, &project, input);
    let name = environment_of(&project, input);
    let target = input.target.as_deref();
    let wanted = workloads.as_deref().map(|workloads| Wanted { environment: &name, target, workloads });
    let definitions = own.and_then(|own| complete(session, own, wanted));
    joined(session, definitions, workloads, input)
}

/// As [`load`], with definitions that were read already.
pub fn load_with(session: &mut Session, definitions: Option<Definitions>, input: &Input) -> Option<Loaded> {
    if definitions.is_none() && input.files.is_empty() {
        return None;
    }
    let project = definitions.as_ref().map(|it| it.project.clone()).unwrap_or_default();
    let workloads = workloads_found(session, &project, input);
    joined(session, definitions, workloads, input)
}

fn joined(
    session: &mut Session,
    definitions: Option<Definitions>,
    workloads: Option<Vec<Workload>>,
    input: &Input,
) -> Option<Loaded> {
    let wishes = wishes(session, input);
    let loaded =
        Loaded { definitions: definitions?, workloads: workloads?, wishes: wishes?, permission: permission(input) };
    (!session.diags.has_errors()).then_some(loaded)
}

/// As [`load`], but gives what could be understood, for commands that explain.
pub fn load_found(session: &mut Session, input: &Input) -> Option<Loaded> {
    let definitions = definitions_found(session)?;
    let workloads = workloads_found(session, &definitions.project, input)?;
    let wishes = wishes(session, input).unwrap_or_default();
    Some(Loaded { definitions, workloads, wishes, permission: permission(input) })
}

/// A command that only looks runs programs where it is told to.
fn permission(input: &Input) -> Permission {
    if input.allow_run { Permission::All } else { Permission::Looking }
}

/// The name of the environment that a command is for.
#[must_use]
pub fn environment_name(loaded: &Definitions, input: &Input) -> String {
    environment_of(&loaded.project, input)
}

fn environment_of(project: &Project, input: &Input) -> String {
    let of_project = || project.environment.as_ref().map(|it| it.value.to_string());
    input.env.clone().or_else(of_project).unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned())
}

/// Settles one environment. `root` is the way from the output folder to the project's root.
pub fn prepare(session: &mut Session, loaded: &Loaded, name: &str, root: &str) -> Option<Prepared> {
    let project = Value::object(
        [("name", Value::text(project_name(loaded), Span::NONE)), ("root", Value::text(root, Span::NONE))],
        Span::NONE,
    );
    // Apart from earlier problems, which say nothing about this environment.
    let mut found = Diags::default();
    let environment = settle(&loaded.definitions, name, &loaded.wishes, &project, &mut found);
    session.diags.append(found);
    let environment = environment?;
    let state = match loaded.permission {
        Permission::Looking => State::default(),
        _ => session.diags.take(state::load(&session.project.root, name))?,
    };
    let programs = Runner::new(session.disk.clone(), loaded.permission.clone(), &environment.target, state);
    Some(Prepared { environment, project, programs })
}

/// As [`prepare`], for a command that writes nothing: as if for the default output folder, so that it sees what
/// a build would see.
pub fn prepare_unwritten(session: &mut Session, loaded: &Loaded, name: &str) -> Option<Prepared> {
    let root = way(&default_folder(session, name), &session.project.root);
    prepare(session, loaded, name, &root)
}

/// Where a build of this environment goes that names no folder.
#[must_use]
pub fn default_folder(session: &Session, environment: &str) -> PathBuf {
    session.project.root.join("build").join(environment)
}

/// The name that the project file gives, else that of the workload; of several, the first by name. Never that
/// of the folder: the same files build to the same bytes wherever they lie.
fn project_name(loaded: &Loaded) -> Arc<str> {
    match &loaded.definitions.project.name {
        Some(name) => name.value.clone(),
        None => loaded.workloads.first().map_or_else(|| Arc::from("project"), |it| it.name.value.clone()),
    }
}

fn wishes(session: &mut Session, input: &Input) -> Option<Wishes> {
    let mut wishes = Wishes { target: input.target.as_deref().map(Arc::from), options: Vec::new() };
    if !input.publish.is_empty() {
        let ports: Vec<Value> = input
            .publish
            .iter()
            .map(|it| {
                let file = session.sources.add("--publish", it.as_str());
                Value::text(it.as_str(), Span::new(file, 0, it.len()))
            })
            .collect();
        let at = ports[0].at;
        wishes.options.push((Arc::from("publish"), Value::list(ports, at)));
    }
    for argument in &input.options {
        let file = session.sources.add("--option", argument.as_str());
        let at = Span::new(file, 0, argument.len());
        let Some((name, value)) = argument.split_once('=') else {
            let message = format!("`--option {argument}` has no value");
            session.fail(Diag::error(Code::TargetOption, at, message).help("write `--option NAME=VALUE`"));
            return None;
        };
        wishes.options.push((Arc::from(name), Value::text(value, at.within(name.len() + 1, argument.len()))));
    }
    Some(wishes)
}

/// The way from one absolute folder to another, with `/` separators; `.` where they are the same.
#[must_use]
pub fn way(from: &Path, to: &Path) -> String {
    let normal = |path: &Path| -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        for part in path.components() {
            match part {
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                Component::ParentDir => drop(parts.pop()),
                _ => {}
            }
        }
        parts
    };
    let (from, to) = (normal(from), normal(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let way: Vec<&str> = up.chain(to[common..].iter().map(String::as_str)).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_leads_up_and_down() {
        let way = |from: &str, to: &str| way(Path::new(from), Path::new(to));
        assert_eq!(way("/p/build/local", "/p"), "../..");
        assert_eq!(way("/p", "/p"), ".");
        assert_eq!(way("/tmp/out", "/home/me/p"), "../../home/me/p");
    }
}
