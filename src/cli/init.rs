//! `scorec init`: a sample that builds at once, and a project file that shows what can be said.
//!
//! Writes into the current folder and overwrites nothing, also when it races with another program.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::path::Path;

use super::args::{Init, Input};
use super::compile::environment_name;
use super::definitions::definitions_found;
use super::disk::{TEXT_LIMIT, reason};
use super::project::PROJECT_FILE;
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use crate::definition::{chain, is_project_name};
use crate::diag::{Code, Diag, Diags};
use crate::source::Span;

const SCORE_FILE: &str = "score.yaml";
const SAMPLE: &str = include_str!("init/score.yaml");
/// With `PROJECT` and `TARGET` for the names that stand there.
const PROJECT: &str = include_str!("init/scorec.kdl");
const IGNORE_FILE: &str = ".gitignore";
/// What scorec writes and nobody should commit.
const IGNORED: [&str; 2] = ["/build/", ".scorec/"];

/// What became of a file.
enum Outcome {
    Written,
    Extended,
    Kept,
}

/// A file, what became of it, what it is.
type Done<'a> = (&'a str, Outcome, &'a str);

pub fn run(session: &mut Session, args: &Init) -> u8 {
    let Some(name) = project_name(session, args) else { return ERRORS };
    let Some(environment) = environment(session) else { return ERRORS };
    let mut done: Vec<Done<'_>> = Vec::new();
    let inside_another = session.project.has_file && session.project.root != session.current;
    if inside_another && args.project.is_some() {
        let above = session.shown(&session.project.root.join(PROJECT_FILE));
        let message = format!("this folder is part of the project of `{above}`");
        session.fail(Diag::error(Code::OutputForeignFile, Span::NONE, message).help("leave out `--project`"));
        return ERRORS;
    }
    let text = PROJECT.replace("PROJECT", &name).replace("TARGET", &environment.target);
    let files = [
        (SCORE_FILE, SAMPLE, "a sample workload", !args.no_sample),
        (PROJECT_FILE, &text, "the project, with examples as comments", !inside_another),
    ];
    for (path, text, what, wanted) in files {
        if !wanted {
            continue;
        }
        match create(&session.current.join(path), text) {
            Ok(outcome) => done.push((path, outcome, what)),
            Err(error) => return failed(session, &done, path, &error),
        }
    }
    if !inside_another {
        match ignore(&session.current.join(IGNORE_FILE)) {
            Ok(outcome) => done.push((IGNORE_FILE, outcome, "leaves out what scorec writes")),
            Err(error) => return failed(session, &done, IGNORE_FILE, &error),
        }
    }
    report(session, &done);
    let next = if session.current.join(SCORE_FILE).exists() {
        format!("`scorec build` writes build/{0}, `scorec graph` draws what it consists of", environment.name)
    } else {
        format!("write `{SCORE_FILE}`, or say in `{PROJECT_FILE}` where the Score files are; then `scorec build`")
    };
    session.terminal.say(&format!("\nnext: {next}\n"));
    DONE
}

/// The environment of a build that names none, and its target.
struct Default {
    name: String,
    target: String,
}

fn environment(session: &mut Session) -> Option<Default> {
    let definitions = definitions_found(session)?;
    let name = environment_name(&definitions, &Input::default());
    let chain = chain(&definitions, &name, &mut Diags::default()).unwrap_or_default();
    let target = chain.iter().find_map(|it| it.target.as_ref()).map(|it| it.value.to_string());
    Some(Default { name, target: target.unwrap_or_default() })
}

/// The name on the command line, else that of the folder, made fit.
fn project_name(session: &mut Session, args: &Init) -> Option<String> {
    match &args.project {
        Some(name) if is_project_name(name) => Some(name.clone()),
        Some(name) => {
            let message = format!("`{name}` cannot be a project's name");
            let help = format!("use 1 to 63 characters a-z, 0-9 and `-`, for example `--project {}`", fit(name));
            session.fail(Diag::error(Code::KdlBadValue, Span::NONE, message).help(help));
            None
        }
        None => Some(fit(&session.current.file_name().unwrap_or_default().to_string_lossy())),
    }
}

fn fit(text: &str) -> String {
    let char = |it: char| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().map(char).take(63).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "project".to_owned() } else { name.to_owned() }
}

/// Creates a file that is not there.
fn create(path: &Path, text: &str) -> io::Result<Outcome> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| Outcome::Written),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Outcome::Kept),
        Err(error) => Err(error),
    }
}

/// Adds to `.gitignore` what is not in it.
fn ignore(path: &Path) -> io::Result<Outcome> {
    let lines: String = IGNORED.iter().map(|it| format!("{it}\n")).collect();
    if let Outcome::Written = create(path, &lines)? {
        return Ok(Outcome::Written);
    }
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut text = String::new();
    Read::by_ref(&mut file).take(TEXT_LIMIT).read_to_string(&mut text)?;
    let plain = |it: &str| it.trim().trim_matches('/').to_owned();
    let has = |wanted: &str| text.lines().any(|it| plain(it) == plain(wanted));
    let missing: String = IGNORED.iter().filter(|it| !has(it)).map(|it| format!("{it}\n")).collect();
    if missing.is_empty() {
        return Ok(Outcome::Kept);
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    file.write_all(format!("{gap}{missing}").as_bytes())?;
    Ok(Outcome::Extended)
}

fn failed(session: &mut Session, done: &[Done<'_>], path: &str, error: &io::Error) -> u8 {
    report(session, done);
    let message = format!("`{path}` could not be written: {}", reason(error));
    session.fail(Diag::error(Code::OutputUnwritable, Span::NONE, message));
    ERRORS
}

fn report(session: &mut Session, done: &[Done<'_>]) {
    let mut table = Table::indented(0);
    for (path, outcome, what) in done {
        let (verb, what) = match outcome {
            Outcome::Written => ("wrote", (*what).to_owned()),
            Outcome::Extended => ("extended", (*what).to_owned()),
            Outcome::Kept => ("kept", "was there already".to_owned()),
        };
        table.row([verb.to_owned(), (*path).to_owned(), what]);
    }
    session.terminal.say(&table.text(None));
}
