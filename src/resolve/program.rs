//! What a rule's `run` asks of an external program, and what comes back.
//!
//! In: the names in scope and the step. Out: a [`ProgramRequest`] for whoever runs programs, and the value that the
//! rule sees of the reply. Starts nothing itself: [`Programs`] is all that the compiler knows of programs.

use std::sync::Arc;

use super::reply::ProgramReply;
use crate::definition::{Rule, Run};
use crate::diag::{Code, Diag, Diags};
use crate::expr::Scope;
use crate::format::{Format, write};
use crate::ir::Uid;
use crate::source::Span;
use crate::template::{Context, Failed};
use crate::value::{Data, Map, Part, Value};

/// Runs external programs. An attempt to evaluate a rule may be repeated, so the same request may come again and
/// gets the same reply.
pub trait Programs {
    /// # Errors
    /// Why there is no reply. A note means that nobody wanted the program to run.
    fn run(&self, request: &ProgramRequest) -> Result<ProgramReply, Diag>;
}

/// One wish to run a program.
#[derive(Clone, Debug)]
pub struct ProgramRequest {
    pub uid: Arc<str>,
    /// What the rule calls the reply.
    pub name: Arc<str>,
    pub rule: Arc<str>,
    /// As the rule writes it.
    pub command: Arc<str>,
    pub arguments: Vec<Arc<str>>,
    /// In seconds.
    pub timeout: u32,
    /// What the program reads, without `mode` and `state`: a JSON object.
    pub document: Arc<str>,
    /// The `run` of the rule.
    pub at: Span,
}

/// Runs nothing: for commands and tests that have no use for programs.
#[derive(Clone, Copy, Debug)]
pub struct NoPrograms;

impl Programs for NoPrograms {
    fn run(&self, request: &ProgramRequest) -> Result<ProgramReply, Diag> {
        Err(skipped(request))
    }
}

/// That a command which only looks left a program alone.
#[must_use]
pub fn skipped(request: &ProgramRequest) -> Diag {
    let message = format!("`{}` is not run by a command that only looks, so nothing is known here", request.command);
    Diag::note(Code::RunSkipped, request.at, message).help("add `--allow-run` to run it")
}

/// Where a step stands: what it may read.
pub(super) struct Place<'a> {
    pub uid: &'a Uid,
    pub rule: &'a Rule,
    /// What the rule and the target see alike.
    pub globals: &'a Scope<'a>,
    /// What the rule sees beside them; the names that it starts with come first.
    pub names: &'a [(Arc<str>, Value)],
    pub context: &'a Context<'a>,
}

/// Runs the program of a step. The value holds `outputs` and `secrets`; beside it stands what the program has to
/// say to the user.
pub(super) fn run(
    programs: &dyn Programs,
    step: &Run,
    place: &Place<'_>,
    diags: &mut Diags,
) -> Result<(Value, Vec<Value>), Failed> {
    let request = request(step, place, diags)?;
    let reply = diags.take(programs.run(&request)).ok_or(Failed)?;
    let notes = reply.notes.iter().map(|it| Value::text(it.as_str(), step.at)).collect();
    Ok((reply.view(place.uid.text(), step.at), notes))
}

fn request(step: &Run, place: &Place<'_>, diags: &mut Diags) -> Result<ProgramRequest, Failed> {
    let mut scope = place.globals.child();
    place.names.iter().for_each(|(name, value)| scope.set(name.clone(), value.clone()));
    let mut arguments = Vec::with_capacity(step.arguments.len());
    for argument in &step.arguments {
        let value = argument.eval(&scope, place.context, diags)?;
        arguments.push(diags.take(argument_text(&value, step, argument.at)).ok_or(Failed)?);
    }
    let input = match &step.input {
        Some(body) => body.eval(step.at, &scope, place.context, diags)?,
        None => Value::map(Map::new(), step.at),
    };
    let document = document(place, input, step.at);
    diags.take(plain(&document, step)).ok_or(Failed)?;
    let text = write(Format::JsonCompact, &document)
        .map_err(|problem| Diag::error(Code::RunFailed, step.at, format!("the request: {problem}")));
    Ok(ProgramRequest {
        uid: place.uid.text().clone(),
        name: step.name.value.clone(),
        rule: place.rule.name.value.clone(),
        command: step.command.value.clone(),
        arguments,
        timeout: step.timeout,
        document: Arc::from(diags.take(text).ok_or(Failed)?),
        at: step.at,
    })
}

fn argument_text(value: &Value, step: &Run, at: Span) -> Result<Arc<str>, Diag> {
    plain(value, step)?;
    match &value.data {
        Data::Text(text) => text.plain_arc().filter(|it| !it.contains('\0')),
        Data::Bool(_) | Data::Int(_) | Data::Float(_) => Some(Arc::from(value.shown())),
        Data::Null | Data::List(_) | Data::Map(_) => None,
    }
    .ok_or_else(|| {
        let message = format!("an argument of a program is a text, found {}", value.kind());
        Diag::error(Code::RunFailed, at, message).help("hand it over in `input { … }`")
    })
}

/// Everything that the program may know. The keys are described in the book, and only ever added to.
fn document(place: &Place<'_>, input: Value, at: Span) -> Value {
    // The first of a name: a later one is the rule's own, which means something else.
    let own = |name: &str| place.names.iter().find(|(it, _)| **it == *name).map(|(_, value)| value);
    let get = |name: &str| own(name).cloned().unwrap_or_else(|| Value::null(at));
    let global = |name: &str| place.globals.get(name).cloned().unwrap_or_else(|| Value::null(at));
    let pick = |value: &Value, keys: &[&str]| {
        let found = keys.iter().filter_map(|key| Some((Arc::from(*key), value.get(key)?.clone())));
        Value::map(found.collect(), at)
    };
    let part = |value: Value, key: &str| value.get(key).cloned().unwrap_or_else(|| Value::null(at));
    Value::object(
        [
            ("version", Value::int(1, at)),
            ("project", part(global("project"), "name")),
            ("environment", pick(&global("env"), &["name", "kind", "vars"])),
            ("target", part(global("target"), "name")),
            ("resource", pick(&get("resource"), &["uid", "type", "class", "id", "name", "key", "metadata"])),
            ("params", get("params")),
            ("input", input),
        ],
        at,
    )
}

/// Nothing secret leaves for a program, and nothing that only the run-time environment knows can.
fn plain(value: &Value, step: &Run) -> Result<(), Diag> {
    let Some((found, kind)) = hidden(value) else { return Ok(()) };
    let place = if found.at.is_some() { found.at } else { step.at };
    let command = &step.command.value;
    let diag = match kind {
        Hidden::Secret => {
            Diag::error(Code::SecretLeak, place, format!("a secret would be handed to the program `{command}`"))
        }
        Hidden::Deferred => {
            let message = format!("`{command}` would be given a value that is known only later, `{}`", found.shown());
            Diag::error(Code::RunFailed, place, message)
        }
    };
    Err(diag
        .label(step.at, "the program")
        .help("leave it out of `params` and `input`, and let the program have it from its own environment"))
}

enum Hidden {
    Secret,
    Deferred,
}

/// The first text that is not plain. Values are as deep as files and definitions, whose depth is capped.
fn hidden(value: &Value) -> Option<(&Value, Hidden)> {
    match &value.data {
        Data::Text(text) if text.has_secret() => Some((value, Hidden::Secret)),
        Data::Text(text) if text.parts().iter().any(|it| matches!(it, Part::Deferred(_))) => {
            Some((value, Hidden::Deferred))
        }
        Data::List(items) => items.iter().find_map(hidden),
        Data::Map(map) => map.values().find_map(hidden),
        _ => None,
    }
}
