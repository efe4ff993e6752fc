//! Which Score files take part in a run, and what the command line changes in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::Input;
use super::compile::way;
use super::disk::{CONTENT_LIMIT, Disk, ReadError, TEXT_LIMIT, reason};
use super::session::Session;
use crate::definition::Project;
use crate::diag::{Code, Diag};
use crate::score::{self, FileError, ImageChoice, Workload};
use crate::source::Span;
use crate::value::{Map, Value};

/// What is built when nothing says otherwise.
const DEFAULT_FILE: &str = "score.yaml";

/// All workloads of a run that could be read, in name order, each name once; the session knows the problems.
/// `None` where it is not known which to read.
pub fn workloads_found(session: &mut Session, project: &Project, input: &Input) -> Option<Vec<Workload>> {
    let files = files(session, project, input)?;
    let overrides = overrides(session, input)?;
    if files.len() > 1 && (overrides.is_some() || !input.sets.is_empty()) {
        let message = "`--overrides` and `--set` change one Score file, and here are several";
        session.fail(Diag::error(Code::ScoreOverride, Span::NONE, message).help("name the Score file to change"));
        return None;
    }
    let mut workloads = Vec::with_capacity(files.len());
    for path in &files {
        workloads.extend(read(session, path, overrides.as_ref(), input));
    }
    let mut choices = Vec::new();
    for argument in &input.images {
        let choice = ImageChoice::parse(argument, &mut session.sources);
        choices.extend(session.diags.take(choice));
    }
    // With a Score file that could not be read, an image that matches nothing may be for its workload.
    if workloads.len() == files.len() {
        score::choose_images(&choices, &mut workloads, &mut session.diags);
    }
    score::check_names(&workloads, &mut session.diags);
    workloads.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    workloads.dedup_by(|a, b| a.name.value == b.name.value);
    Some(workloads)
}

/// The paths of the Score files, relative to the project's root.
fn files(session: &mut Session, project: &Project, input: &Input) -> Option<Vec<String>> {
    if !input.files.is_empty() {
        let named: Vec<Option<String>> = input.files.iter().map(|it| session.name_of(it)).collect();
        let mut named = named.into_iter().collect::<Option<Vec<String>>>()?;
        named.sort();
        named.dedup();
        return Some(named);
    }
    let globs = &project.workloads;
    if globs.is_empty() {
        let default = default_file(session)?;
        return Some(vec![default]);
    }
    let patterns: Vec<&str> = globs.iter().map(|it| &*it.value).collect();
    match session.disk.find(&patterns) {
        Ok(found) if found.is_empty() => {
            let message = format!("no Score file matches {}", crate::diag::or_list(&patterns));
            let diag = Diag::error(Code::FileUnreadable, globs[0].at, message).here("looked for by this pattern");
            session.fail(diag.help("correct the pattern, or name a Score file: `scorec build FILE`"));
            None
        }
        Ok(found) => Some(found),
        Err(error) => {
            let diag = error.diag(&globs[0].value, globs[0].at);
            session.fail(diag);
            None
        }
    }
}

/// The Score file of the current folder, else that of the project's root.
fn default_file(session: &mut Session) -> Option<String> {
    let current = session.current.clone();
    let here = session.project.name_of(&current, DEFAULT_FILE.as_ref()).unwrap_or_else(|| DEFAULT_FILE.into());
    if let Some(found) = [here.as_str(), DEFAULT_FILE].into_iter().find(|it| session.disk.exists(it)) {
        return Some(found.to_owned());
    }
    let help = if session.project.has_file {
        "say in `scorec.kdl` where the Score files are: `project \"NAME\" { workloads \"services/*/score.yaml\" }`"
    } else {
        "run `scorec init` to start with a sample, or name a Score file"
    };
    session.fail(Diag::error(Code::FileUnreadable, Span::NONE, format!("there is no `{here}`")).help(help));
    None
}

fn overrides(session: &mut Session, input: &Input) -> Option<Option<(String, Vec<u8>)>> {
    let Some(typed) = &input.overrides else { return Some(None) };
    let name = session.name_of(typed)?;
    match session.disk.bytes(&name, TEXT_LIMIT) {
        Ok(bytes) => Some(Some((name, bytes))),
        Err(error) => {
            session.fail(error.diag(&name, Span::NONE));
            None
        }
    }
}

fn read(session: &mut Session, path: &str, overrides: Option<&(String, Vec<u8>)>, input: &Input) -> Option<Workload> {
    let bytes = match session.disk.bytes(path, TEXT_LIMIT) {
        Ok(bytes) => bytes,
        Err(error) => {
            session.fail(error.diag(path, Span::NONE));
            return None;
        }
    };
    session.terminal.explain(&format!("read {path}\n"));
    let overrides = overrides.map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
    let one = score::Input { path, bytes: &bytes, overrides, sets: &input.sets };
    score::read(&one, &Content(&session.disk), &mut session.sources, &mut session.diags)
}

/// The files that Score files name.
struct Content<'a>(&'a Disk);

impl score::Files for Content<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.bytes(path, CONTENT_LIMIT).map_err(|error| match error {
            ReadError::NotFound => FileError::NotFound,
            ReadError::OutsideProject => FileError::OutsideProject,
            ReadError::TooLarge(_) => FileError::TooLarge,
            ReadError::NotAFile => FileError::Other("it is not a regular file".into()),
            ReadError::NotUtf8 => FileError::Other("it is not text in UTF-8".into()),
            ReadError::Other(error) => FileError::Other(reason(&error)),
        })
    }
}

/// Build sections by workload and container, from `--build [WORKLOAD/]CONTAINER=FOLDER` or `=…{…}`.
pub type Builds = BTreeMap<(Arc<str>, Arc<str>), Value>;

/// The section with its `context` relative to the project's root, as definitions expect it; on the command line
/// it is typed relative to the current folder. What is no path of this machine, or an absolute one, stays.
fn from_root(session: &Session, section: Value) -> Value {
    let Some(context) = section.get("context").cloned() else { return section };
    let Some(typed) = context.as_str().filter(|it| is_relative_path(it)) else { return section };
    let there = way(&session.project.root, &session.current.join(typed));
    let mut map = section.as_map().cloned().unwrap_or_default();
    map.insert(Arc::from("context"), Value::text(there, context.at));
    Value::map(map, section.at)
}

fn is_relative_path(text: &str) -> bool {
    !text.starts_with('/') && !text.contains("://") && !text.starts_with("git@")
}

/// Reads the `--build` arguments. One that matches no container is an error.
pub fn builds(session: &mut Session, workloads: &[Workload], input: &Input) -> Option<Builds> {
    let mut builds = Builds::new();
    for argument in &input.builds {
        let file = session.sources.add("--build", argument.as_str());
        let at = Span::new(file, 0, argument.len());
        let Some((names, section)) = argument.split_once('=').filter(|(_, it)| !it.is_empty()) else {
            let message = format!("`--build {argument}` names no folder");
            session.fail(Diag::error(Code::ScoreOverride, at, message).help("write `--build CONTAINER=FOLDER`"));
            continue;
        };
        let start = argument.len() - section.len();
        let section = if section.starts_with('{') {
            match score::read_yaml(file, section, start, &mut session.diags) {
                Some(value) => value,
                None => continue,
            }
        } else {
            let context = Value::text(section, at.within(start, argument.len()));
            Value::map(Map::from_iter([(Arc::from("context"), context)]), at)
        };
        let section = from_root(session, section);
        let (workload, container) = names.split_once('/').map_or((None, names), |(one, two)| (Some(one), two));
        let mut matched = false;
        for it in workloads.iter().filter(|it| workload.is_none_or(|name| *it.name.value == *name)) {
            if let Some(found) = it.containers.get(container) {
                matched = true;
                builds.insert((it.name.value.clone(), found.name.value.clone()), section.clone());
            }
        }
        if !matched {
            let known = workloads.iter().flat_map(|it| it.containers.keys()).map(|it| &**it);
            let help = crate::diag::suggest::did_you_mean(container, known);
            let message = format!("no container `{names}` to build");
            session.fail(Diag::error(Code::ScoreOverride, at, message).maybe_help(help));
        }
    }
    (!session.diags.has_errors()).then_some(builds)
}
