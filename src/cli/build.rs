//! `scorec build`: compile, and write the output folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::args::Build;
use super::compile::{Loaded, default_folder, environment_name, load, prepare, way};
use super::key::{self, Create};
use super::output::{self, Changes, Foreign, How};
use super::programs::Permission;
use super::session::{DIFFERS, DONE, ERRORS, Session};
use super::state::{self, State};
use super::workloads::builds;
use crate::compile::input;
use crate::diag::{Code, Diag, count};
use crate::emit::{Outputs, Request, check_unresolved, emit};
use crate::resolve::resolve;
use crate::source::Span;

/// In place of an output folder.
const STANDARD_OUTPUT: &str = "-";

pub fn run(session: &mut Session, args: &Build) -> u8 {
    if args.check && args.output.as_deref() == Some(Path::new(STANDARD_OUTPUT)) {
        let diag = Diag::error(Code::OutputUnwritable, Span::NONE, "`--check` compares files, and `-` is no folder");
        session.fail(diag.help("leave out `--output -`, or name a folder"));
        return ERRORS;
    }
    let Some(Compiled { outputs, folder, ids, state, environment }) = compiled(session, args) else { return ERRORS };
    let code = match folder {
        None => print(session, &outputs),
        Some(folder) if args.check => check(session, &outputs, &folder, args),
        Some(folder) => write(session, &outputs, &folder, args),
    };
    if code == DONE && !args.check {
        let saved = state::save(&session.project.root, &environment, &state);
        if session.diags.take(saved).is_none() {
            return ERRORS;
        }
        notes(session, &outputs, &ids);
    }
    code
}

struct Compiled {
    outputs: Outputs,
    /// Where they go; none for standard output.
    folder: Option<PathBuf>,
    /// Of all resources.
    ids: BTreeSet<String>,
    /// What programs want to remember.
    state: State,
    environment: String,
}

fn compiled(session: &mut Session, args: &Build) -> Option<Compiled> {
    let progress = session.progress();
    progress.say("reading Score files and definitions …");
    let mut loaded = load(session, &args.input)?;
    if !args.input.allow_run {
        loaded.permission = Permission::Project(loaded.definitions.project.allow_run.clone());
    }
    // Never freed, like what is resolved below: the process ends when the files are written.
    let loaded: &Loaded = Box::leak(Box::new(loaded));
    let name = environment_name(&loaded.definitions, &args.input);
    let folder = folder(session, args, &name);
    let root = way(folder.as_deref().unwrap_or(&session.current), &session.project.root);
    let prepared = prepare(session, loaded, &name, &root)?;
    let builds = builds(session, &loaded.workloads, &args.input)?;
    let (environment, target) = (&prepared.environment.name, &prepared.environment.target);
    session.terminal.explain(&format!("build for environment {environment}, target {target}\n"));
    let create = if prepared.environment.generate_key && !args.check { Create::Allowed } else { Create::Forbidden };
    let variable = std::env::var_os(key::VARIABLE);
    let project = session.project.root.clone();
    let key = || key::load(&project, variable.as_deref(), create);
    let request = Request::new(&key, &builds);
    progress.say("choosing and evaluating rules …");
    let input = input(&prepared.build(loaded))?;
    let Some(resolved) = resolve(input, &mut session.diags) else {
        check_unresolved(input, &mut session.diags);
        return None;
    };
    for evaluated in resolved.order.iter().filter_map(|it| resolved.resources.get(it)) {
        session.terminal.explain(&format!("{}: rule {}\n", evaluated.uid, evaluated.rule.name.value));
    }
    progress.say("writing files …");
    let outputs = emit(input, &resolved, &request, &mut session.diags)?;
    let ids = resolved.resources.values().map(|it| it.uid.id().to_owned()).collect();
    // A build of some Score files says nothing of what the others ask for.
    if args.input.files.is_empty() {
        prepared.programs.leftovers(&name).into_iter().for_each(|it| session.diags.push(it));
    }
    let state = prepared.programs.next_state();
    std::mem::forget(resolved);
    Some(Compiled { outputs, folder, ids, state, environment: name })
}

/// What rules have to say, each sentence once. By custom a rule begins with the name of the resource in
/// backticks; it is said which one that is, where several have the name.
fn notes(session: &mut Session, outputs: &Outputs, ids: &BTreeSet<String>) {
    let mut said: BTreeSet<String> = BTreeSet::new();
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    ids.iter().for_each(|it| *named.entry(last(it)).or_default() += 1);
    for note in &outputs.notes {
        let id = note.uid.split_once('#').map_or(&*note.uid, |(_, id)| id);
        let name = last(id);
        let shown = if named.get(name) == Some(&1) { name } else { id };
        let text = note.text.value.trim();
        let text = match text.strip_prefix(&format!("`{name}`")) {
            Some(rest) => format!("note: `{shown}`{rest}\n"),
            None => format!("note: `{shown}`: {text}\n"),
        };
        if said.insert(text.clone()) {
            session.terminal.say(&text);
        }
    }
}

/// Of a private resource, its name in the Score file.
fn last(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}

/// Where the files go. A path from the command line counts from the current folder, the default from the
/// project's root.
fn folder(session: &Session, args: &Build, environment: &str) -> Option<PathBuf> {
    match &args.output {
        Some(path) if path == Path::new(STANDARD_OUTPUT) => None,
        Some(path) => Some(session.current.join(path)),
        None => Some(default_folder(session, environment)),
    }
}

/// To standard output: the one file that everybody may read. Others are named, since dropping them in
/// silence would look like success.
fn print(session: &mut Session, outputs: &Outputs) -> u8 {
    let several = outputs.files.values().filter(|it| it.mode & 0o077 != 0).count() > 1;
    for (path, file) in &outputs.files {
        if file.mode & 0o077 == 0 {
            session.terminal.say(&format!("`{path}` holds secrets and is not printed: `-o FOLDER` writes it, too\n"));
            continue;
        }
        if several {
            session.terminal.out.write(&format!("# ==> {path}\n"));
        }
        session.terminal.out.write(&String::from_utf8_lossy(&file.bytes));
    }
    DONE
}

fn foreign(args: &Build) -> Foreign {
    if args.force { Foreign::Overwrite } else { Foreign::Refuse }
}

fn check(session: &mut Session, outputs: &Outputs, folder: &Path, args: &Build) -> u8 {
    match output::check(folder, &outputs.files, foreign(args)) {
        Ok(changes) if changes.none() => {
            session.terminal.say(&format!("{} is up to date\n", session.shown(folder)));
            DONE
        }
        Ok(changes) => {
            let text = describe(&changes);
            let text = format!("{} differs:\n{text}run `scorec build` to update it\n", session.shown(folder));
            session.terminal.say(&text);
            DIFFERS
        }
        Err(error) => {
            let diag = error.diag(&session.shown(folder));
            session.fail(diag);
            ERRORS
        }
    }
}

fn write(session: &mut Session, outputs: &Outputs, folder: &Path, args: &Build) -> u8 {
    match output::write(folder, &outputs.files, foreign(args)) {
        Ok((changes, how)) => {
            let files = count(outputs.files.len(), "file");
            let what = if changes.none() { "unchanged" } else { "written" };
            session.terminal.say(&format!("{}: {files} {what}\n", session.shown(folder)));
            session.terminal.explain(&describe(&changes));
            if how == How::PerFile {
                session.terminal.explain("the files were replaced one by one, since the folder could not be swapped\n");
            }
            DONE
        }
        Err(error) => {
            let diag = error.diag(&session.shown(folder));
            session.fail(diag);
            ERRORS
        }
    }
}

fn describe(changes: &Changes) -> String {
    let lines = |mark: &str, paths: &[String]| paths.iter().map(|it| format!("  {mark} {it}\n")).collect::<String>();
    format!("{}{}{}", lines("+", &changes.added), lines("~", &changes.changed), lines("-", &changes.removed))
}
