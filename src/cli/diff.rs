//! `scorec diff`: what a build adds, changes and removes, against another environment or an earlier build.
//!
//! No secret is in what is compared: something else stands for it. Only to find the secrets of an earlier build
//! in its files their values are needed, and so the key.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{Diff, ListFormat};
use super::compile::{Loaded, default_folder, environment_name, load, prepare, way};
use super::folder;
use super::key::{self, Create};
use super::resources::json;
use super::session::{DIFFERS, DONE, ERRORS, Session};
use super::workloads::{Builds, builds};
use crate::compare::stand::{self, Known, shown_value};
use crate::compare::{Change, Content, Difference, Side, compare, words};
use crate::compile::compile;
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::emit::{Outputs, Request, Sinks};
use crate::source::Span;
use crate::value::{Key, Secret};

/// The other build.
enum Against {
    Environment(String),
    /// A folder, and how the user calls it.
    Folder(PathBuf, String),
}

impl Against {
    fn words(&self) -> String {
        match self {
            Against::Environment(name) => format!("environment {name}"),
            Against::Folder(_, shown) => shown.clone(),
        }
    }
}

pub fn run(session: &mut Session, args: &Diff) -> u8 {
    let progress = session.progress();
    progress.say("reading Score files and definitions …");
    let Some(loaded) = load(session, &args.input) else { return ERRORS };
    let name = environment_name(&loaded.definitions, &args.input);
    let Some(against) = against(session, args, &loaded, &name) else { return ERRORS };
    let Some(builds) = builds(session, &loaded.workloads, &args.input) else { return ERRORS };
    progress.say("building …");
    let sides = match &against {
        Against::Environment(other) => environments(session, &loaded, other, &name, &builds),
        Against::Folder(folder, shown) => earlier(session, &loaded, (folder, shown), &name, &builds),
    };
    drop(progress);
    let Some((old, new)) = sides.filter(|_| !session.diags.has_errors()) else { return ERRORS };
    let found = compare(&old, &new);
    match args.format {
        ListFormat::Text => print(session, &found, &against.words(), &name),
        ListFormat::Json => session.print_json(&listed(&found, &against, &name)),
    }
    if args.exit_code && !found.is_empty() { DIFFERS } else { DONE }
}

/// An environment of that name, else a folder.
fn against(session: &mut Session, args: &Diff, loaded: &Loaded, name: &str) -> Option<Against> {
    let Some(typed) = &args.against else {
        let folder = default_folder(session, name);
        let shown = session.shown(&folder);
        if !folder.is_dir() {
            let message = format!("there is no earlier build in `{shown}`");
            let help = "name what to compare with: `--against ENVIRONMENT`, or `--against FOLDER`";
            session.fail(Diag::error(Code::FileUnreadable, Span::NONE, message).help(help));
            return None;
        }
        return Some(Against::Folder(folder, shown));
    };
    let environments = &loaded.definitions.environments;
    if environments.iter().any(|it| *it.name.value == **typed) {
        return Some(Against::Environment(typed.clone()));
    }
    let folder = session.current.join(typed);
    if folder.is_dir() {
        return Some(Against::Folder(folder, typed.trim_end_matches('/').to_owned()));
    }
    let known = environments.iter().filter(|it| !it.is_abstract).map(|it| &*it.name.value);
    let message = format!("`{typed}` is no environment and no folder");
    let help = did_you_mean(typed, known);
    session.fail(Diag::error(Code::NameUnknown, Span::NONE, message).maybe_help(help));
    None
}

/// Both builds as if for their own folders: the way from there to the project is no difference.
fn environments(session: &mut Session, loaded: &Loaded, old: &str, new: &str, builds: &Builds) -> Option<(Side, Side)> {
    let folder = default_folder(session, new);
    let stand = |secret: &Secret| stand::of(secret);
    let new = build(session, loaded, new, &folder, builds, &stand);
    let old = build(session, loaded, old, &folder, builds, &stand);
    Some((Side::of(&old?), Side::of(&new?)))
}

fn earlier(
    session: &mut Session,
    loaded: &Loaded,
    (folder, shown): (&Path, &str),
    name: &str,
    builds: &Builds,
) -> Option<(Side, Side)> {
    let known = RefCell::new(Known::default());
    let problem = RefCell::new(None);
    let (project, variable) = (session.project.root.clone(), std::env::var_os(key::VARIABLE));
    let stand = |secret: &Secret| {
        let stands = stand::of(secret);
        let key = if secret.needs_key() {
            key::load(&project, variable.as_deref(), Create::Forbidden)
        } else {
            Ok(Key::new(&[]))
        };
        match key {
            Ok(key) => known.borrow_mut().add(secret.reveal(&key).unwrap_or_default(), stands.clone()),
            Err(diag) => drop(problem.replace(Some(diag))),
        }
        stands
    };
    let outputs = build(session, loaded, name, folder, builds, &stand)?;
    if let Some(diag) = problem.take() {
        session.fail(diag);
    }
    let side = folder::read(folder, shown, &outputs.written);
    let mut old = session.diags.take(side)?;
    let known = known.into_inner();
    for file in old.files.values_mut() {
        file.content = match &file.content {
            Content::Data(documents) => Content::Data(documents.iter().map(|it| known.replace(it)).collect()),
            Content::Text(text) => Content::Text(known.text(text).into()),
            Content::Bytes(bytes) => Content::Bytes(bytes.clone()),
        };
    }
    Some((old, Side::of(&outputs)))
}

fn build(
    session: &mut Session,
    loaded: &Loaded,
    name: &str,
    folder: &Path,
    builds: &Builds,
    stand: &dyn Fn(&Secret) -> String,
) -> Option<Outputs> {
    let root = way(folder, &session.project.root);
    let prepared = prepare(session, loaded, name, &root)?;
    // A build with errors of its own says so, whatever the other one has said.
    let mut diags = Diags::default();
    let key = || Ok(Key::new(&[]));
    let request = Request { sinks: Sinks::Stand(stand), ..Request::new(&key, builds) };
    let outputs = compile(&prepared.build(loaded), &request, &mut diags);
    session.diags.append(diags);
    outputs
}

fn print(session: &mut Session, found: &[Difference], old: &str, name: &str) {
    let style = session.terminal.out.style;
    let text = if found.is_empty() {
        format!("no differences from {old} to environment {name}\n")
    } else {
        let summary = words::summary(found, words::BUILDS);
        let text = words::text(found, words::BUILDS, style);
        format!("from {old} to environment {name}\n\n{text}\n{summary}\n")
    };
    session.terminal.out.write(&text);
}

/// The whole comparison, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed {
    from: BTreeMap<&'static str, String>,
    to: BTreeMap<&'static str, String>,
    differences: Vec<ListedDifference>,
}

#[derive(Serialize)]
struct ListedDifference {
    /// `removed`, `changed` or `added`.
    change: &'static str,
    file: String,
    /// `null` for the file itself.
    object: Option<String>,
    /// `null` for the object itself.
    path: Option<String>,
    /// `(secret)` for secrets; `null` where there was none.
    old: serde_json::Value,
    new: serde_json::Value,
    /// Whether a secret is a part of what differs.
    secret: bool,
}

fn listed(found: &[Difference], against: &Against, name: &str) -> Listed {
    let from = match against {
        Against::Environment(name) => ("environment", name.clone()),
        Against::Folder(_, shown) => ("folder", shown.clone()),
    };
    let one = |it: &Difference| ListedDifference {
        change: match it.change {
            Change::Removed => words::BUILDS.removed,
            Change::Changed => words::BUILDS.changed,
            Change::Added => words::BUILDS.added,
        },
        file: it.file.clone(),
        object: Some(it.object.clone()).filter(|it| !it.is_empty()),
        path: (!it.path.is_empty()).then(|| words::path(&it.path)),
        old: json(&shown_value(&it.old)),
        new: json(&shown_value(&it.new)),
        secret: stand::is_in_value(&it.old) || stand::is_in_value(&it.new),
    };
    Listed {
        from: BTreeMap::from([from]),
        to: BTreeMap::from([("environment", name.to_owned())]),
        differences: found.iter().map(one).collect(),
    }
}
