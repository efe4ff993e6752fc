//! One case in one environment: what is built, or which problems it has.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::args::Input;
use crate::cli::check::supply_images;
use crate::cli::compile::{Loaded, load_with, prepare_unwritten};
use crate::cli::definitions::{Subject, definitions_of_case};
use crate::cli::disk::{Disk, reason};
use crate::cli::session::Session;
use crate::cli::workloads::Builds;
use crate::compile::{compile, input};
use crate::definition::{Definitions, chain};
use crate::diag::{Code, Diag, Diags};
use crate::emit::{Outputs, Request, Used};
use crate::report::human::{Style, human};
use crate::resolve::explore;
use crate::source::Span;
use crate::value::Key;

/// Generated secrets of cases come from this key, so that they are the same everywhere. They protect nothing.
const KEY: &[u8] = b"the key of the cases of packs";

/// A case, as a folder.
pub struct Case {
    pub name: String,
    /// As the user would type it.
    pub shown: String,
    /// The folder of its pack, relative to the project's root; empty for that itself.
    pub pack: String,
    pub root: PathBuf,
}

impl Case {
    /// The folder of what is expected.
    #[must_use]
    pub fn expectations(&self) -> PathBuf {
        self.root.join("expect")
    }

    /// The arguments that select this case.
    #[must_use]
    pub fn arguments(&self) -> String {
        let pack = if self.pack.is_empty() { String::new() } else { format!("{} ", self.pack) };
        format!("{pack}--case {}", self.name)
    }

    /// The Score files, relative to the case.
    pub fn score_files(&self) -> Result<Vec<String>, Diag> {
        let unreadable = |what: String| Diag::error(Code::TestCase, Span::NONE, what);
        let disk = Disk::new(&self.root);
        let disk =
            disk.map_err(|error| unreadable(format!("`{}` could not be read: {}", self.shown, reason(&error))))?;
        let found = disk.find(&["score.yaml", "*.score.yaml", "*/score.yaml"]);
        let mut found = found.map_err(|error| error.diag(&self.shown, Span::NONE))?;
        found.retain(|it| !it.starts_with("expect/"));
        Ok(found)
    }
}

/// What came of a case.
pub struct Ran {
    /// `None` after errors.
    pub outputs: Option<Outputs>,
    /// All problems, as plain text; empty without any.
    pub problems: String,
    /// The rules, patches and policies that were at work, each as `rule NAME`, `patch NAME` or `policy NAME`.
    pub used: BTreeSet<String>,
    /// The problem that there is no such environment.
    pub unknown_environment: Option<Diag>,
}

/// Runs a case.
///
/// # Errors
/// When it cannot even be tried.
pub fn run(subject: &Subject, case: &Case, environment: &str) -> Result<Ran, Diag> {
    let files = case.score_files()?;
    if files.is_empty() {
        let message = format!("the case `{}` has no Score file", case.shown);
        let help = format!("write `{}/score.yaml`", case.shown);
        return Err(Diag::error(Code::TestCase, Span::NONE, message).help(help));
    }
    let mut session = Session::silent(&case.root).map_err(|error| {
        let message = format!("`{}` could not be read: {}", case.shown, reason(&error));
        Diag::error(Code::TestCase, Span::NONE, message)
    })?;
    let files = files.into_iter().map(PathBuf::from).collect();
    let input = Input { files, env: Some(environment.to_owned()), ..Input::default() };
    let definitions = definitions_of_case(&mut session, subject);
    let unknown_environment = definitions.as_ref().and_then(|it| unknown(it, environment));
    let used = RefCell::default();
    let loaded = load_with(&mut session, definitions, &input);
    let outputs = loaded.and_then(|mut it| build(&mut session, &mut it, environment, &used));
    let mut diags = relevant(std::mem::take(&mut session.diags));
    diags.sort();
    let style = Style { colour: false, unicode: true, width: 100 };
    let problems = human(&diags, &session.sources, style);
    Ok(Ran { outputs, problems, used: used.into_inner(), unknown_environment })
}

/// The problem that there is no environment of that name.
fn unknown(definitions: &Definitions, name: &str) -> Option<Diag> {
    let mut diags = Diags::default();
    let found = definitions.environments.iter().any(|it| *it.name.value == *name);
    let _ = chain(definitions, name, &mut diags);
    diags.into_iter().next().filter(|_| !found)
}

fn build(
    session: &mut Session,
    loaded: &mut Loaded,
    environment: &str,
    used: &RefCell<BTreeSet<String>>,
) -> Option<Outputs> {
    let builds = Builds::new();
    supply_images(&mut loaded.workloads, &builds);
    let prepared = prepare_unwritten(session, loaded, environment)?;
    let build = prepared.build(loaded);
    // A rule that was chosen and then failed was at work as well.
    let explored = explore(input(&build)?, &mut Diags::default());
    let rules = explored.choices.values().filter_map(|it| it.rule());
    used.borrow_mut().extend(rules.map(|it| format!("rule {}", it.name.value)));
    let watch = |it: Used<'_>| {
        let name = match it {
            Used::Patch(name) => format!("patch {name}"),
            Used::Policy(name) => format!("policy {name}"),
        };
        used.borrow_mut().insert(name);
    };
    let key = || Ok(Key::new(KEY));
    let request = Request { watch: &watch, ..Request::new(&key, &builds) };
    compile(&build, &request, &mut session.diags)
}

/// Without what is said of a pack as a whole: a case need not use all of it.
fn relevant(diags: Diags) -> Diags {
    let mut kept = Diags::default();
    let of_pack = |it: &Diag| matches!(it.code, Code::PatchUnused | Code::WaiverUnused);
    diags.into_iter().filter(|it| !of_pack(it)).for_each(|it| kept.push(it));
    kept
}
