//! Every public Score file of a corpus, built for every target.
//!
//! Set `SCOREC_CORPUS` to a folder that holds Score files, and optionally an `INDEX.tsv` that says which of them the
//! published schema accepts. A file is built, or refused for a reason that can be named and seen at its place; anything
//! else is a failure. `SCOREC_CORPUS_OUT` names a folder for what was built, for real consumers to read.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "tests read the corpus, write what was built, and say how it went"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scorec::compile::{Build, compile, settle};
use scorec::definition::{Definitions, Layer, Wishes, load};
use scorec::diag::{Code, Diag, Diags, Severity};
use scorec::emit::{OutputFile, Request};
use scorec::library;
use scorec::resolve::NoPrograms;
use scorec::score::{FileError, Files, ImageChoice, Input, choose_images, read};
use scorec::source::{Sources, Span};
use scorec::value::{Key, Value};

/// The corpus holds Score files alone, so no file that they name is there.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Err(FileError::NotFound)
    }
}

#[test]
fn every_score_file_builds_or_is_refused_for_a_reason() {
    let Some(folder) = std::env::var_os("SCOREC_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: set SCOREC_CORPUS to a folder of Score files");
        return;
    };
    let out = std::env::var_os("SCOREC_CORPUS_OUT").map(PathBuf::from);
    let definitions = definitions();
    let files = score_files(&folder);
    assert!(!files.is_empty(), "no Score file in {}", folder.display());
    // A platform of narrow scope may refuse most of them, but one that takes containers as they are takes most.
    let mut most = 0;
    for target in definitions.targets.keys() {
        let out = out.as_ref().map(|it| it.join(&**target));
        most = most.max(every_score_file(&folder, &files, &definitions, target, out.as_deref()));
    }
    assert!(most * 2 > files.len(), "no target builds half of them");
}

/// How many of them build for the target.
fn every_score_file(
    folder: &Path,
    files: &[(String, Option<bool>)],
    definitions: &Definitions,
    target: &Arc<str>,
    out: Option<&Path>,
) -> usize {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut reasons, mut unexpected) = (BTreeMap::new(), Vec::new());
    for (path, valid) in files {
        let text = std::fs::read(folder.join(path)).expect("a Score file");
        let mut sources = Sources::default();
        library::register(&mut sources);
        let mut diags = Diags::default();
        let built = build(path, &text, definitions, target, &mut sources, &mut diags);
        let errors: Vec<&Diag> = diags.iter().filter(|it| it.severity == Severity::Error).collect();
        let verdict = verdict(built.is_some(), *valid, &errors);
        if verdict == UNEXPECTED {
            let shown: Vec<String> =
                diags.iter().map(|it| format!("  {} {}", sources.place(it.at()), it.message)).collect();
            unexpected.push(format!("{path}\n{}", shown.join("\n")));
        }
        *counts.entry(verdict).or_default() += 1;
        if !matches!(verdict, BUILT | INVALID) {
            for it in errors.iter().map(|it| reason(it)).collect::<BTreeSet<_>>() {
                *reasons.entry((verdict, it)).or_insert(0_usize) += 1;
            }
        }
        if let (Some(out), Some(files)) = (out, &built) {
            write(&out.join(path.replace(['/', '.'], "-")), files);
        }
    }
    eprintln!("{:4} Score files for {target}", files.len());
    for (verdict, count) in &counts {
        eprintln!("{count:4} {verdict}");
        for ((_, reason), count) in reasons.iter().filter(|((of, _), _)| of == verdict) {
            eprintln!("          {count:4} {reason}");
        }
    }
    assert!(unexpected.is_empty(), "{} unexpected for {target}:\n{}", unexpected.len(), unexpected.join("\n"));
    counts.get(BUILT).copied().unwrap_or_default()
}

const BUILT: &str = "built";
const INVALID: &str = "refused, and by the published schema too";
const NO_FILE: &str = "refused: names a file that the corpus does not hold";
const NO_RULE: &str = "refused: no rule for a type";
const MEANING: &str = "refused for what it means, which no schema sees";
const UNABLE: &str = "refused: the target cannot express it";
const UNEXPECTED: &str = "unexpected";

/// Problems that no schema can see.
const MEANINGS: &[Code] = &[
    Code::ScorePlaceholder,
    Code::ScoreUnknownResource,
    Code::ScoreBefore,
    Code::PathOutsideProject,
    Code::UnknownOutput,
    Code::RuleParam,
    Code::RuleFailed,
    Code::RuleMissing,
    Code::FileUnreadable,
];

fn verdict(built: bool, valid: Option<bool>, errors: &[&Diag]) -> &'static str {
    let all = |codes: &[Code]| errors.iter().all(|it| codes.contains(&it.code));
    if built {
        return if valid == Some(false) { UNEXPECTED } else { BUILT };
    }
    let located = !errors.is_empty() && errors.iter().all(|it| it.at().is_some());
    match valid {
        _ if !located => UNEXPECTED,
        Some(false) => INVALID,
        _ if all(&[Code::FileUnreadable]) => NO_FILE,
        _ if all(&[Code::RuleMissing, Code::FileUnreadable]) => NO_RULE,
        _ if all(MEANINGS) => MEANING,
        _ if all(&[MEANINGS, &[Code::CapabilityMissing]].concat()) => UNABLE,
        None if errors.iter().all(|it| it.code.id().starts_with("score-") || it.code.id().starts_with("yaml-")) => {
            INVALID
        }
        _ => UNEXPECTED,
    }
}

/// The reason without what differs between two files: what stands in quotes is left out, unless it is a type.
fn reason(diag: &Diag) -> String {
    if diag.code == Code::RuleMissing {
        return diag.message.clone();
    }
    let parts = diag.message.split('`').enumerate();
    let text: Vec<&str> = parts.map(|(index, part)| if index % 2 == 1 { "`…`" } else { part }).collect();
    format!("{}: {}", diag.code.id(), text.concat())
}

fn definitions() -> Definitions {
    let nodes = library::files().iter().filter(|it| !it.path.starts_with("rules/")).flat_map(library::nodes).collect();
    let layer = Layer { name: "library".into(), nodes, is_project: false, embedded: true };
    let mut diags = Diags::default();
    let definitions = load(&[layer], &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    definitions
}

/// The files and, where an index knows, whether the published schema accepts them.
fn score_files(folder: &Path) -> Vec<(String, Option<bool>)> {
    if let Ok(index) = std::fs::read_to_string(folder.join("INDEX.tsv")) {
        let lines = index.lines().skip(1).filter(|it| it.starts_with("workloads/"));
        let columns = lines.map(|it| it.split('\t').collect::<Vec<_>>());
        return columns.map(|it| (it[0].to_owned(), Some(it[5].starts_with("valid")))).collect();
    }
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml") {
                found.push((path.strip_prefix(folder).expect("below").to_string_lossy().into_owned(), None));
            }
        }
    }
    found.sort();
    found
}

fn build(
    path: &str,
    bytes: &[u8],
    definitions: &Definitions,
    target: &Arc<str>,
    sources: &mut Sources,
    diags: &mut Diags,
) -> Option<BTreeMap<String, OutputFile>> {
    let input = Input { path, bytes, overrides: None, sets: &[] };
    let mut workloads = vec![read(&input, &NoFiles, sources, diags)?];
    if workloads[0].containers.values().any(|it| &*it.image.value == ".") {
        let stand_in = ImageChoice::parse("stand-in:1", sources).expect("an image");
        choose_images(&[stand_in], &mut workloads, diags);
    }
    let name = workloads[0].name.value.clone();
    let project = Value::object(
        [("name", Value::text(name, Span::NONE)), ("root", Value::text("../..", Span::NONE))],
        Span::NONE,
    );
    let wishes = Wishes { target: Some(target.clone()), ..Wishes::default() };
    let settled = settle(definitions, "local", &wishes, &project, diags)?;
    let build =
        Build { workloads: &workloads, definitions, environment: &settled, project: &project, programs: &NoPrograms };
    let (key, builds) = (|| Ok(Key::new(b"the key of the corpus test")), BTreeMap::new());
    let request = Request::new(&key, &builds);
    let outputs = compile(&build, &request, diags)?;
    Some(outputs.files)
}

fn write(folder: &Path, files: &BTreeMap<String, OutputFile>) {
    for (path, file) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &file.bytes).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(file.mode)).expect("its mode");
    }
}
