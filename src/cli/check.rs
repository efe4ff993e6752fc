//! `scorec check`: every problem of Score files and definitions, in one or all environments. Writes nothing.

use std::sync::Arc;

use indexmap::IndexMap;

use super::args::{Check, ProblemFormat};
use super::compile::{Loaded, environment_name, load, prepare_unwritten};
use super::envs::nearest;
use super::session::{DONE, ERRORS, Session};
use super::workloads::{Builds, builds};
use crate::compile::compile;
use crate::diag::{Diag, Diags, count};
use crate::emit::Request;
use crate::report::{human, json, sarif};
use crate::score::Workload;
use crate::value::Key;

/// Every problem with the environments that have it; none for one that does not depend on the environment.
type Found = IndexMap<Diag, Vec<String>>;

pub fn run(session: &mut Session, args: &Check) -> u8 {
    let mut found = Found::new();
    let progress = session.progress();
    progress.say("reading Score files and definitions …");
    let mut loaded = load(session, &args.input);
    let builds = loaded.as_ref().and_then(|it| builds(session, &it.workloads, &args.input));
    if let (Some(loaded), Some(builds)) = (&mut loaded, &builds) {
        supply_images(&mut loaded.workloads, builds);
    }
    let mut diags = std::mem::take(&mut session.diags);
    found.extend(diags.iter().cloned().map(|it| (it, Vec::new())));
    let mut environments = Vec::new();
    if let (Some(loaded), Some(builds)) = (&loaded, &builds) {
        environments = names(loaded, args);
        for name in &environments {
            progress.say(&format!("checking environment {name} …"));
            for diag in environment(session, loaded, name, builds).iter() {
                found.entry(diag.clone()).or_default().push(name.clone());
                diags.push(diag.clone());
            }
        }
    }
    drop(progress);
    diags.sort();
    print(session, args, &diags, &found, &environments);
    if let Some(loaded) = loaded.filter(|_| diags.is_empty()) {
        let workloads = count(loaded.workloads.len(), "workload");
        let noun = if environments.len() == 1 { "environment" } else { "environments" };
        session.terminal.say(&format!("no problems: {workloads}, {noun} {}\n", environments.join(", ")));
    }
    if diags.has_errors() { ERRORS } else { DONE }
}

/// An image that the build is to supply is no problem of the files, so some image stands for it, with a version, since
/// a policy about versions is about the image that will be supplied.
pub fn supply_images(workloads: &mut [Workload], builds: &Builds) {
    for workload in workloads {
        let name = workload.name.value.clone();
        for container in workload.containers.values_mut().filter(|it| *it.image.value == *".") {
            if !builds.contains_key(&(name.clone(), container.name.value.clone())) {
                container.image.value = Arc::from("supplied-by-the-build:0.0.0");
            }
        }
    }
}

/// The environments to check: those that can be built.
fn names(loaded: &Loaded, args: &Check) -> Vec<String> {
    if !args.all_envs {
        return vec![environment_name(&loaded.definitions, &args.input)];
    }
    nearest(&loaded.definitions).into_iter().filter(|it| !it.is_abstract).map(|it| it.name.value.to_string()).collect()
}

/// The problems of one environment: those of a build, without writing anything.
fn environment(session: &mut Session, loaded: &Loaded, name: &str, builds: &Builds) -> Diags {
    if let Some(prepared) = prepare_unwritten(session, loaded, name) {
        // Nobody sees what is written with it.
        let key = || Ok(Key::new(b"the key of a check"));
        let request = Request::new(&key, builds);
        let _ = compile(&prepared.build(loaded), &request, &mut session.diags);
    }
    std::mem::take(&mut session.diags)
}

fn print(session: &mut Session, args: &Check, diags: &Diags, found: &Found, environments: &[String]) {
    let in_environments = |diag: &Diag| found.get(diag).cloned().unwrap_or_default();
    match args.format {
        ProblemFormat::Human => {
            for diag in diags.iter() {
                let text = human::one(diag, &session.sources, session.terminal.out.style);
                session.terminal.out.write(&text);
                if let Some(text) = place(&in_environments(diag), environments) {
                    session.terminal.out.write(&format!("  {text}\n"));
                }
                session.terminal.out.write("\n");
            }
            if !diags.is_empty() {
                session.terminal.out.write(&format!("{}\n", human::summary(diags)));
            }
        }
        ProblemFormat::Json => {
            let mut problems = json::problems(diags, &session.sources);
            for (problem, diag) in problems.iter_mut().zip(diags.iter()) {
                problem.environments = Some(in_environments(diag));
            }
            session.print_json(&problems);
        }
        ProblemFormat::Sarif => {
            let log = sarif::log_in(diags, &session.sources, &in_environments);
            session.terminal.out.write(&log);
        }
    }
}

/// Says which environments have a problem, where that says anything.
fn place(having: &[String], all: &[String]) -> Option<String> {
    match having.len() {
        _ if all.len() < 2 => None,
        0 => None,
        number if number == all.len() => Some("in every environment".to_owned()),
        1 => Some(format!("in environment {}", having.join(", "))),
        _ => Some(format!("in environments {}", having.join(", "))),
    }
}
