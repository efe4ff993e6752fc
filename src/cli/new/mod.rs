//! `scorec new`: commented starting points of a target, a rule and a pack, with a case that passes.
//!
//! In: names. Out: new files in the project, and a `use` in its project file. Overwrites nothing. In a clone of scorec
//! itself the files go where its library is.

mod draft;
mod rule;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use self::draft::{Draft, Kind};
use super::args::{Input, New, Test};
use super::compile::environment_name;
use super::definitions::definitions_found;
use super::disk::reason;
use super::project::PROJECT_FILE;
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use crate::definition::{Definitions, chain, is_project_name, uses};
use crate::diag::{Code, Diag, Diags};
use crate::kdl;
use crate::source::Span;

pub fn run(session: &mut Session, args: &New) -> u8 {
    if create(session, args).is_some() { DONE } else { ERRORS }
}

fn create(session: &mut Session, args: &New) -> Option<()> {
    let definitions = definitions_found(session).filter(|_| !session.diags.has_errors())?;
    let name = match args {
        New::Target { name } | New::Pack { name } | New::Rule { ty: name, .. } => name,
    };
    let checked = check_name(name);
    session.diags.take(checked)?;
    let draft = draft(session, &definitions, args)?;
    let refused = draft.files.iter().filter(|it| it.kind == Kind::New);
    let refused = refused.map(|it| &it.path).find(|it| session.project.root.join(it).symlink_metadata().is_ok());
    if let Some(path) = refused {
        let message = format!("`{path}` is already there");
        session.fail(Diag::error(Code::OutputForeignFile, Span::NONE, message).help("choose another name, or edit it"));
        return None;
    }
    let mut table = Table::indented(0);
    for file in &draft.files {
        let verb = put(session, &file.path, &file.text)?;
        table.row([verb.to_owned(), file.path.clone(), file.what.to_owned()]);
    }
    if let Some(folder) = &draft.uses
        && let Some(verb) = add_use(session, folder)?
    {
        table.row([verb.to_owned(), PROJECT_FILE.to_owned(), format!("uses `{folder}`")]);
    }
    let expected = bless(session, &draft);
    let width = session.terminal.err.style.width;
    let mut text = table.text(Some(width));
    let next = match draft.case.as_ref().filter(|_| expected) {
        Some(case) => format!("edit them; `scorec test {}` says what became different", case.pack),
        None => draft.next,
    };
    text += &format!("\nnext: {next}\n");
    session.terminal.say(&text);
    Some(())
}

fn draft(session: &mut Session, definitions: &Definitions, args: &New) -> Option<Draft> {
    let in_library = !session.project.has_file && ["stdlib", "targets"].iter().all(|it| session.disk.exists(it));
    match args {
        New::Target { name } => {
            if definitions.targets.contains_key(name.as_str()) {
                let message = format!("there is a target `{name}` already");
                session.fail(Diag::error(Code::KdlDuplicate, Span::NONE, message).help("choose another name"));
                return None;
            }
            Some(if in_library { Draft::library_target(name) } else { Draft::target(name) })
        }
        New::Pack { name } => {
            let target = default_target(definitions);
            let folder = if in_library { format!("rules/{name}") } else { name.clone() };
            Some(Draft::pack(name, &folder, &target, !in_library))
        }
        New::Rule { ty, target } => {
            if let Some(target) = target.as_ref().filter(|it| !definitions.targets.contains_key(it.as_str())) {
                session.unknown("target", target, definitions.targets.keys().map(|it| &**it));
                return None;
            }
            let place = rule::Place { in_library, default_target: &default_target(definitions) };
            let drafted = rule::draft(definitions, ty, target.as_deref(), &place);
            session.diags.take(drafted)
        }
    }
}

/// The target of a build that names none.
fn default_target(definitions: &Definitions) -> String {
    let name = environment_name(definitions, &Input::default());
    let chain = chain(definitions, &name, &mut Diags::default()).unwrap_or_default();
    chain.iter().find_map(|it| it.target.as_ref()).map(|it| it.value.to_string()).unwrap_or_default()
}

/// The name becomes part of paths and of definitions.
fn check_name(name: &str) -> Result<(), Diag> {
    if is_project_name(name) {
        return Ok(());
    }
    Err(Diag::error(Code::KdlBadValue, Span::NONE, format!("`{name}` cannot be the name of a folder and a definition"))
        .help("use 1 to 63 characters a-z, 0-9 and `-`, with a letter or digit first and last"))
}

/// Creates a file that is not there; says what became of it.
fn put(session: &mut Session, path: &str, text: &str) -> Option<&'static str> {
    let place = session.project.root.join(path);
    let made = place.parent().map_or(Ok(()), fs::create_dir_all);
    let opened = made.and_then(|()| OpenOptions::new().write(true).create_new(true).open(&place));
    let written = opened.and_then(|mut it| it.write_all(text.as_bytes()));
    match written {
        Ok(()) => Some("wrote"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Some("kept"),
        Err(error) => {
            session.fail(unwritable(path, &error));
            None
        }
    }
}

fn unwritable(path: &str, error: &io::Error) -> Diag {
    Diag::error(Code::OutputUnwritable, Span::NONE, format!("`{path}` could not be written: {}", reason(error)))
}

/// Adds `use` to the end of the project file, which is made if there is none. Nothing, where it is used already.
fn add_use(session: &mut Session, folder: &str) -> Option<Option<&'static str>> {
    let line = format!("use \"{folder}\"\n");
    if !session.project.has_file {
        return put(session, PROJECT_FILE, &line).map(Some);
    }
    let (file, text) = session.text(PROJECT_FILE, Span::NONE)?;
    let nodes = kdl::read(&text, file, &mut session.diags)?;
    let same = |it: &str| it.trim_start_matches("./").trim_end_matches('/') == folder;
    if uses(&nodes, &mut Diags::default()).iter().any(|it| same(&it.value)) {
        return Some(None);
    }
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let path = session.project.root.join(PROJECT_FILE);
    let appended = OpenOptions::new().append(true).open(path);
    match appended.and_then(|mut it| it.write_all(format!("{gap}{line}").as_bytes())) {
        Ok(()) => Some(Some("extended")),
        Err(error) => {
            session.fail(unwritable(PROJECT_FILE, &error));
            None
        }
    }
}

/// Makes what the case gives now what it expects. Whether there is a case.
fn bless(session: &mut Session, draft: &Draft) -> bool {
    let Some(case) = &draft.case else { return false };
    let args = Test {
        packs: vec![session.project.root.join(&case.pack)],
        cases: vec![case.name.clone()],
        env: Some(case.environment.clone()),
        bless: true,
    };
    super::test::expect(session, &args).is_some()
}
