//! `scorec resources deprovision`: lets programs undo what they did for a resource, and forgets it.

use super::args::ResourcesDeprovision;
use super::compile::DEFAULT_ENVIRONMENT;
use super::definitions::definitions_found;
use super::programs::{Permission, Runner};
use super::session::{DONE, ERRORS, Session};
use super::state::{self, Entry};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag};
use crate::source::Span;

pub fn run(session: &mut Session, args: &ResourcesDeprovision) -> u8 {
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    let of_project = || definitions.project.environment.as_ref().map(|it| it.value.to_string());
    let environment = args.env.clone().or_else(of_project).unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
    let permission =
        if args.allow_run { Permission::All } else { Permission::Project(definitions.project.allow_run.clone()) };
    let loaded = state::load(&session.project.root, &environment);
    let Some(state) = session.diags.take(loaded) else { return ERRORS };
    let found = find(&state.resources, &args.resource, &environment);
    let Some(entries) = session.diags.take(found) else { return ERRORS };
    let mut runner = Runner::new(session.disk.clone(), permission, "", state);
    // What was provided last may stand on what was provided before.
    for entry in entries.iter().rev() {
        let reply = match runner.deprovision(entry) {
            Ok(reply) => reply,
            Err(diag) => {
                session.fail(diag);
                return ERRORS;
            }
        };
        runner.state.resources.retain(|it| it != entry);
        let saved = state::save(&session.project.root, &environment, &runner.state);
        if session.diags.take(saved).is_none() {
            return ERRORS;
        }
        for note in reply.notes {
            session.terminal.say(&format!("note: {note}\n"));
        }
        session.terminal.say(&format!("{}: deprovisioned by {}\n", entry.uid, entry.command));
    }
    DONE
}

/// The entries of the one resource that is meant by its uid or its id.
fn find(entries: &[Entry], typed: &str, environment: &str) -> Result<Vec<Entry>, Diag> {
    let id = |uid: &str| uid.split_once('#').map_or_else(String::new, |(_, id)| id.to_owned());
    let mut found: Vec<Entry> = entries.iter().filter(|it| it.uid == typed).cloned().collect();
    if found.is_empty() {
        found = entries.iter().filter(|it| id(&it.uid) == typed).cloned().collect();
    }
    let message = match found.first() {
        Some(first) if found.iter().all(|it| it.uid == first.uid) => return Ok(found),
        Some(_) => format!("`{typed}` can be several resources"),
        None => format!("no program provided anything for `{typed}` in environment `{environment}`"),
    };
    let known = entries.iter().map(|it| it.uid.as_str());
    Err(Diag::error(Code::NameUnknown, Span::NONE, message).maybe_help(did_you_mean(typed, known)))
}
