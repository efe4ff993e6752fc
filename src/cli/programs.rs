//! The programs that rules name: whether they may run, what they reply, and what they want to remember.
//!
//! In: requests of the compiler. Out: replies, kept so that the same request runs once; and the next state of the
//! environment, which the caller saves when the build has succeeded.

use std::cell::RefCell;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::disk::{Disk, ReadError, reason};
use super::process::{self, Process};
use super::state::{Entry, State};
use crate::definition::Pattern;
use crate::diag::{Code, Diag};
use crate::resolve::{ProgramReply, ProgramRequest, Programs, REPLY_LIMIT, printable, skipped};
use crate::source::Span;

/// How many lines of standard error a failure shows.
const SHOWN_LINES: usize = 8;

/// Which programs may run.
#[derive(Clone, Debug)]
pub enum Permission {
    /// None: the command only looks.
    Looking,
    /// Those that the project file allows.
    Project(Vec<Pattern>),
    /// All: the command line says so.
    All,
}

impl Permission {
    /// Whether the program may run, else why not.
    fn check(&self, command: &str) -> Result<(), Diag> {
        match self {
            Permission::Project(allowed) if !allowed.iter().any(|it| it.matches(command)) => {
                let message = format!("nobody allowed `{command}` to run");
                let help = format!(
                    "read it, and add `allow-run \"{command}\"` to `project` in `scorec.kdl`, or use `--allow-run`"
                );
                Err(Diag::error(Code::RunRefused, Span::NONE, message).help(help))
            }
            _ => Ok(()),
        }
    }
}

/// Runs the programs of one environment.
pub struct Runner {
    pub disk: Disk,
    pub permission: Permission,
    pub target: String,
    /// As it was before.
    pub state: State,
    ran: RefCell<Vec<Ran>>,
}

/// A program that ran in this build, with its latest reply.
struct Ran {
    entry: Entry,
    document: Arc<str>,
    reply: Result<ProgramReply, Diag>,
}

impl Programs for Runner {
    fn run(&self, request: &ProgramRequest) -> Result<ProgramReply, Diag> {
        if matches!(self.permission, Permission::Looking) {
            return Err(skipped(request));
        }
        let here = |diag: Diag| diag.primary(request.at, format!("for rule `{}`", request.rule));
        self.permission.check(&request.command).map_err(here)?;
        let mut ran = self.ran.borrow_mut();
        let is_same = |it: &Ran| it.entry.is_same(&request.uid, &request.name, &request.command);
        let earlier = ran.iter().position(is_same).map(|it| ran.remove(it));
        if let Some(earlier) = earlier {
            // A later pass may know more, and ask differently; the program then continues from where it is now.
            let answered = earlier.document == request.document
                && earlier.entry.arguments.iter().map(String::as_str).eq(request.arguments.iter().map(|it| &**it));
            let ran_now = if answered { earlier } else { self.start(request, earlier.entry.state) };
            ran.push(ran_now);
        } else {
            let known = self.state.resources.iter();
            let known = known.rev().find(|it| it.is_same(&request.uid, &request.name, &request.command));
            ran.push(self.start(request, known.map_or(Json::Null, |it| it.state.clone())));
        }
        let reply = ran.last().map(|it| it.reply.clone());
        reply.unwrap_or_else(|| Err(skipped(request))).map_err(here)
    }
}

impl Runner {
    #[must_use]
    pub fn new(disk: Disk, permission: Permission, target: &str, state: State) -> Self {
        Runner { disk, permission, target: target.to_owned(), state, ran: RefCell::default() }
    }

    fn start(&self, request: &ProgramRequest, state: Json) -> Ran {
        let mut entry = Entry {
            uid: request.uid.to_string(),
            run: request.name.to_string(),
            rule: request.rule.to_string(),
            target: self.target.clone(),
            command: request.command.to_string(),
            arguments: request.arguments.iter().map(ToString::to_string).collect(),
            timeout: request.timeout,
            request: serde_json::from_str(&request.document).unwrap_or_default(),
            state,
        };
        let reply = execute(&self.disk, &entry, Mode::Provision);
        if let Ok(reply) = &reply {
            entry.state = reply.state.clone();
        }
        Ran { entry, document: request.document.clone(), reply }
    }

    /// The state after a build that succeeded: of every program that remembers something. What the build did not
    /// ask for stays.
    #[must_use]
    pub fn next_state(&self) -> State {
        let mut state = self.state.clone();
        for ran in self.ran.borrow().iter().filter(|it| it.reply.is_ok()) {
            let entry = &ran.entry;
            state.resources.retain(|it| !it.is_same(&entry.uid, &entry.run, &entry.command));
            // A program that remembers nothing has nothing to undo.
            if !entry.state.is_null() {
                state.resources.push(entry.clone());
            }
        }
        state.resources.sort_by(|a, b| (&a.uid, &a.run, &a.command).cmp(&(&b.uid, &b.run, &b.command)));
        state
    }

    /// What programs provided once for this target and the build did not ask for any more.
    #[must_use]
    pub fn leftovers(&self, environment: &str) -> Vec<Diag> {
        let ran = self.ran.borrow();
        let asked = |it: &Entry| ran.iter().any(|other| other.entry.is_same(&it.uid, &it.run, &it.command));
        let left = self.state.resources.iter().filter(|it| it.target == self.target && !asked(it));
        left.map(|it| {
            let message = format!("nothing asks any more for what `{}` provided for `{}`", it.command, it.uid);
            let help = format!("run `scorec resources deprovision '{}' --env {environment}`", it.uid);
            Diag::warning(Code::StateLeftover, Span::NONE, message).help(help)
        })
        .collect()
    }

    /// Undoes what a program did. Its reply may hold notes.
    ///
    /// # Errors
    /// When it may not run, or fails.
    pub fn deprovision(&self, entry: &Entry) -> Result<ProgramReply, Diag> {
        self.permission.check(&entry.command)?;
        execute(&self.disk, entry, Mode::Deprovision)
    }
}

/// What a program is to do.
#[derive(Clone, Copy)]
enum Mode {
    Provision,
    Deprovision,
}

fn execute(disk: &Disk, entry: &Entry, mode: Mode) -> Result<ProgramReply, Diag> {
    let command = &entry.command;
    let failed = |what: String| Diag::error(Code::RunFailed, Span::NONE, format!("`{command}` {what}"));
    let process = Process {
        program: program(disk, command)?,
        arguments: entry.arguments.iter().map(String::as_str).collect(),
        folder: disk.root(),
        input: input(entry, mode),
        timeout: Duration::from_secs(u64::from(entry.timeout)),
        limit: REPLY_LIMIT,
    };
    let ended = process::run(process).map_err(|error| {
        let diag = failed(format!("could not be started: {}", reason(&error)));
        match error.kind() {
            std::io::ErrorKind::NotFound => diag.help("install it, and see that it is on the search path"),
            std::io::ErrorKind::PermissionDenied => diag.help(format!("run `chmod +x {command}`")),
            _ => diag,
        }
    })?;
    let said = said(&ended.errors, &ended.output);
    let explained = |what: String| {
        let diag = failed(format!("{what}{said}"));
        if said.is_empty() { diag.help("let it say on standard error what is wrong") } else { diag }
    };
    if let Some(problem) = ended.how.problem(entry.timeout) {
        let diag = explained(problem);
        return Err(match ended.how {
            process::How::OutOfTime => diag.help("give it more time with `timeout=…` after `run`, in seconds"),
            process::How::TooMuchOutput => diag.help("let it write the reply to standard output, and nothing else"),
            process::How::StaysOpen => diag.help("let what it starts in the background close its standard output"),
            process::How::Exit(_) => diag,
        });
    }
    let help = "print one JSON object: `{\"outputs\": {…}, \"secrets\": {…}, \"state\": …, \"notes\": […]}`";
    ProgramReply::read(&ended.output).map_err(|problem| failed(format!("{problem}{said}")).help(help))
}

/// What to start: a file of the project where the command has a `/`, else what the search path finds.
fn program(disk: &Disk, command: &str) -> Result<OsString, Diag> {
    if !command.contains('/') {
        return Ok(OsString::from(command));
    }
    disk.resolve(command).map(OsString::from).map_err(|error| match error {
        ReadError::NotFound => Diag::error(Code::RunFailed, Span::NONE, format!("there is no program `{command}`"))
            .help("write its path from the project's root"),
        other => other.diag(command, Span::NONE),
    })
}

/// The document that a program reads.
fn input(entry: &Entry, mode: Mode) -> Vec<u8> {
    let mut document = entry.request.as_object().cloned().unwrap_or_default();
    let word = match mode {
        Mode::Provision => "provision",
        Mode::Deprovision => "deprovision",
    };
    document.insert("mode".to_owned(), Json::from(word));
    document.insert("state".to_owned(), entry.state.clone());
    format!("{}\n", Json::Object(document)).into_bytes()
}

/// The last lines of standard error, without control characters, and without the secrets that a reply holds.
fn said(errors: &[u8], output: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(errors).into_owned();
    let reply: Json = serde_json::from_slice(output).unwrap_or_default();
    let mut pending: Vec<&Json> = reply.get("secrets").into_iter().collect();
    while let Some(json) = pending.pop() {
        match json {
            Json::String(secret) if !secret.trim().is_empty() => text = text.replace(secret, "(secret)"),
            Json::Array(items) => pending.extend(items),
            Json::Object(map) => pending.extend(map.values()),
            _ => {}
        }
    }
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
    last.iter().map(|it| format!("\n  {}", printable(&shortened(it)))).collect()
}

fn shortened(line: &str) -> String {
    let most = 300;
    if line.chars().count() <= most { line.to_owned() } else { line.chars().take(most).chain(['…']).collect() }
}
