//! Which packs have cases, and which cases those are.

use std::path::Path;

use super::case::Case;
use crate::cli::args::Test;
use crate::cli::definition_files::{PACK_FILE, read_file};
use crate::cli::definitions::Subject;
use crate::cli::disk::reason;
use crate::cli::packs::without_dots;
use crate::cli::project::PROJECT_FILE;
use crate::cli::session::Session;
use crate::definition::uses;
use crate::diag::{Code, Diag, Diags};
use crate::source::Span;

/// Where the cases of a pack are, relative to it.
const TESTS: &str = "tests";

/// A pack, or the project itself, with the cases to run.
pub struct Pack {
    pub subject: Subject,
    pub cases: Vec<Case>,
}

/// The packs to test with their cases. `None` after an error, such as no case at all.
pub fn find(session: &mut Session, args: &Test) -> Option<Vec<Pack>> {
    let subjects = if args.packs.is_empty() { defaults(session)? } else { named(session, args)? };
    let mut packs = Vec::new();
    for subject in subjects {
        let may_be_none = args.packs.is_empty() && subject.folder.is_empty();
        let cases = cases(session, &subject, may_be_none)?;
        packs.push(Pack { subject, cases });
    }
    for wanted in &args.cases {
        let names: Vec<&str> = packs.iter().flat_map(|it| &it.cases).map(|it| it.name.as_str()).collect();
        if !names.contains(&wanted.as_str()) {
            session.unknown("case", wanted, names);
        }
    }
    if !args.cases.is_empty() {
        packs.iter_mut().for_each(|pack| pack.cases.retain(|it| args.cases.contains(&it.name)));
    }
    packs.retain(|it| !it.cases.is_empty());
    if let Some(name) = args.env.as_ref().filter(|_| !args.bless) {
        let has = |it: &Case| super::expect::environments(it).is_ok_and(|it| it.contains(name));
        if !packs.iter().flat_map(|it| &it.cases).any(has) {
            let message = format!("no case expects anything in environment `{name}`");
            let help = format!("add it to the cases: `scorec test --bless --env {name}`");
            session.fail(Diag::error(Code::TestCase, Span::NONE, message).help(help));
        }
    }
    if packs.is_empty() && !session.diags.has_errors() {
        let message = "there is no case to run";
        let help = "write one as `PACK/tests/CASE/score.yaml`, then `scorec test --bless --env ENVIRONMENT`";
        session.fail(Diag::error(Code::TestCase, Span::NONE, message).help(help));
    }
    (!session.diags.has_errors()).then_some(packs)
}

/// The project itself, and the packs in it that it uses.
fn defaults(session: &mut Session) -> Option<Vec<Subject>> {
    let disk = session.disk.clone();
    let mut subjects = Vec::new();
    if session.project.has_file || disk.exists(PACK_FILE) {
        subjects.push(subject(session, String::new()));
    }
    if session.project.has_file {
        let nodes = read_file(session, &disk, PROJECT_FILE, "")?;
        for name in uses(&nodes, &mut Diags::default()) {
            let Some(folder) = without_dots(&name.value) else { continue };
            if !disk.exists(&format!("{folder}/{PACK_FILE}")) {
                continue;
            }
            if disk.exists(&format!("{folder}/{TESTS}")) {
                subjects.push(subject(session, folder));
            } else {
                let message = format!("the pack `{folder}` has no cases");
                let diag = Diag::warning(Code::TestUncovered, name.at, message);
                session.fail(diag.help(format!("write one as `{folder}/{TESTS}/CASE/score.yaml`")));
            }
        }
    }
    Some(subjects)
}

fn named(session: &mut Session, args: &Test) -> Option<Vec<Subject>> {
    let mut subjects: Vec<Subject> = Vec::new();
    for typed in &args.packs {
        let folder = session.name_of(typed)?;
        let subject = subject(session, folder);
        let marker =
            if subject.folder.is_empty() { PACK_FILE.into() } else { format!("{}/{PACK_FILE}", subject.folder) };
        if !subject.is_project && !session.disk.exists(&marker) {
            let message = format!("`{}` is no pack: there is no `{marker}`", typed.display());
            session.fail(Diag::error(Code::PackUnknown, Span::NONE, message).help("name the folder of a pack"));
            return None;
        }
        if !subjects.iter().any(|it| it.folder == subject.folder) {
            subjects.push(subject);
        }
    }
    Some(subjects)
}

fn subject(session: &Session, folder: String) -> Subject {
    let is_project = folder.is_empty() && session.project.has_file;
    Subject { project: session.disk.clone(), folder, is_project }
}

/// The cases of a pack, by name. A project may keep other tests in a folder of the same name, so there only what
/// looks like a case is one.
fn cases(session: &mut Session, subject: &Subject, may_be_none: bool) -> Option<Vec<Case>> {
    let folder = subject.root().join(TESTS);
    let mut names = match folders(&folder) {
        Ok(names) => names,
        Err(_) if may_be_none => return Some(Vec::new()),
        Err(error) => {
            let message = format!("the cases in `{}` could not be read: {}", session.shown(&folder), reason(&error));
            session
                .fail(Diag::error(Code::TestCase, Span::NONE, message).help("write a case as `tests/CASE/score.yaml`"));
            return None;
        }
    };
    names.sort();
    let mut cases: Vec<Case> = names
        .into_iter()
        .map(|name| {
            let root = folder.join(&name);
            let shown = session.shown(&root);
            Case { name, shown, pack: subject.folder.clone(), root }
        })
        .collect();
    if may_be_none || subject.is_project {
        cases.retain(|it| it.expectations().is_dir() || !it.score_files().unwrap_or_default().is_empty());
    }
    if cases.is_empty() && !may_be_none {
        let message = format!("there is no case in `{}`", session.shown(&folder));
        session.fail(Diag::error(Code::TestCase, Span::NONE, message).help("write one as `tests/CASE/score.yaml`"));
        return None;
    }
    Some(cases)
}

fn folders(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            names.push(name);
        }
    }
    Ok(names)
}
