//! Runs the examples of a page, each group in a folder of its own.
//!
//! In: a page. Out: how many examples ran, and what they gave that differs from what the page says. Where the page
//! is to be renewed, it gets what they gave.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scorec::expr::{Expr, Identity, Scope};
use scorec::source::Span;
use scorec::value::{Map, Value};

use crate::page::{Lines, Page, Part, as_code};

/// What a page did.
#[derive(Debug, Default)]
pub struct Report {
    pub commands: usize,
    pub bodies: usize,
    pub excerpts: usize,
    pub rows: usize,
    /// For each section, what its commands printed.
    pub outputs: Vec<(String, String)>,
    pub complaints: Vec<String>,
}

/// The programs that an example may run.
const PROGRAMS: &[&str] =
    &["scorec", "cat", "ls", "mkdir", "echo", "rm", "chmod", "printf", "cp", "stat", "env", "SCOREC_KEY=short"];

/// A folder that goes away with the examples that ran in it.
struct Folder {
    place: tempfile::TempDir,
    /// The last file that no command has seen yet.
    unused: Cell<Option<String>>,
}

impl Folder {
    fn new() -> Self {
        let place = tempfile::Builder::new().prefix("scorec-book").tempdir().expect("a folder");
        Folder { place, unused: Cell::new(None) }
    }

    /// Where the examples are: a folder whose name a reader could have, too.
    fn path(&self) -> PathBuf {
        let path = self.place.path().join("shop");
        fs::create_dir_all(&path).expect("a folder");
        path
    }

    fn write(&self, name: &str, lines: &[String]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, lines.join("\n") + "\n").expect("a file");
        self.unused.set(Some(name.to_owned()));
    }

    /// Standard output and standard error, in the order in which they came.
    fn run(&self, command: &str) -> String {
        self.unused.set(None);
        let bin = Path::new(env!("CARGO_BIN_EXE_scorec")).parent().expect("a folder");
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()))
            .env("HOME", self.place.path())
            .env("SCOREC_KEY", "a-key-for-the-examples-of-the-book")
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        String::from_utf8(output.stdout).expect("text")
    }
}

/// Runs a page; with `renew`, puts what came out into it.
pub fn run(page: &mut Page, renew: bool) -> Report {
    let mut report = Report::default();
    let mut folder: Option<Folder> = None;
    let mut section = String::new();
    let mut body: Option<(usize, Vec<String>)> = None;
    let mut scope = Scope::new();
    let mut edits: Vec<(Lines, Vec<String>)> = Vec::new();
    let mut keep = None;
    for (line, part) in page.parts() {
        let place = format!("{}:{}", page.path, line + 1);
        match part {
            Part::Heading { text, .. } => {
                report.complaints.extend(left_over(folder.as_ref(), &page.path, &section));
                section = text;
                keep = folder.take();
            }
            Part::SameFolder => folder = keep.take(),
            Part::HiddenFile { name, body } => folder.get_or_insert_with(Folder::new).write(&name, page.of(body)),
            Part::Generated { .. } => {}
            Part::Row { line, expression, gives } => {
                report.rows += 1;
                let found = evaluate(&expression, &scope);
                if found != gives {
                    report.complaints.push(format!("{place}: `{expression}` gives `{found}`, not `{gives}`"));
                    let mut cells = crate::page::cells(&page.lines[line]);
                    cells[0] = as_code(&expression);
                    cells[1] = as_code(&found);
                    edits.push((Lines { start: line, end: line + 1 }, vec![format!("| {} |", cells.join(" | "))]));
                }
            }
            Part::Block { info, body: lines } => {
                let kind = info.first().map_or("", String::as_str);
                let argument = |key: &str| info.iter().find_map(|it| it.strip_prefix(key));
                let has = |word: &str| info.iter().skip(1).any(|it| it == word);
                let text = page.of(lines);
                if let Some(name) = argument("file=") {
                    folder.get_or_insert_with(Folder::new).write(name, text);
                } else if let Some(name) = argument("part=") {
                    report.excerpts += 1;
                    let root = folder.get_or_insert_with(Folder::new).path();
                    report.complaints.extend(excerpt(&root.join(name), text).map(|it| format!("{place}: {it}")));
                } else if let Some(name) = argument("from=") {
                    report.excerpts += 1;
                    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
                    report.complaints.extend(excerpt(&root.join(name), text).map(|it| format!("{place}: {it}")));
                } else if has("scope") {
                    scope = scope_of(&text.join("\n"));
                } else if has("body") {
                    body = Some((line, text.to_vec()));
                } else if has("gives") {
                    let (_, source) = body.take().unwrap_or_else(|| panic!("{place}: what gives this?"));
                    report.bodies += 1;
                    compare(&give(&source), lines, page, &place, &mut report, &mut edits);
                } else if kind == "console" {
                    let folder = folder.get_or_insert_with(Folder::new);
                    let found = console(folder, text, &place, &mut report);
                    report.outputs.push((section.clone(), found.join("\n")));
                    compare(&found, lines, page, &place, &mut report, &mut edits);
                } else if !matches!(kind, "text" | "rust" | "sh" | "toml") {
                    report.complaints.push(format!("{place}: nothing runs this block: say what it is"));
                }
                if let Some((at, _)) = body.as_ref().filter(|(at, _)| *at != line) {
                    panic!("{}:{}: this body gives nothing", page.path, at + 1);
                }
            }
        }
    }
    report.complaints.extend(left_over(folder.as_ref(), &page.path, &section));
    if renew {
        for (lines, new) in edits.into_iter().rev() {
            page.lines.splice(lines.start..lines.end, new);
        }
    }
    report
}

/// A file that no command reads shows nothing that anyone checked.
fn left_over(folder: Option<&Folder>, page: &str, section: &str) -> Option<String> {
    let name = folder?.unused.take()?;
    Some(format!("{page}: nothing runs with `{name}` in the section `{section}`"))
}

/// Runs the commands of a block; gives the block as it should be.
fn console(folder: &Folder, text: &[String], place: &str, report: &mut Report) -> Vec<String> {
    let mut lines = Vec::new();
    assert!(text.first().is_some_and(|it| it.starts_with("$ ")), "{place}: begin with `$ command`");
    for command in text.iter().filter_map(|it| it.strip_prefix("$ ")) {
        let program = command.split_whitespace().next().unwrap_or_default();
        assert!(PROGRAMS.contains(&program), "{place}: `{program}` is not run here: write ```sh");
        report.commands += usize::from(command.contains("scorec "));
        lines.push(format!("$ {command}"));
        lines.extend(folder.run(command).lines().map(|it| it.trim_end().to_owned()));
    }
    lines
}

/// A value body, through a target made for it.
fn give(body: &[String]) -> Vec<String> {
    let folder = Folder::new();
    let (outside, inside): (Vec<String>, Vec<String>) = split_fragments(body);
    let wrap = format!(
        "{}\nenvironment \"local\" target=\"sample\"\ntarget \"sample\" {{\n    doc \"A sample.\"\n    file \"out\" format=\"yaml\" {{\n{}\n    }}\n}}",
        outside.join("\n"),
        inside.join("\n"),
    );
    folder.write("scorec.kdl", &[wrap]);
    let score = "apiVersion: score.dev/v1b1\nmetadata:\n  name: web\ncontainers:\n  main:\n    image: nginx";
    folder.write("score.yaml", &[score.to_owned()]);
    folder.run("scorec build -o -").lines().map(|it| it.trim_end().to_owned()).collect()
}

/// Fragments stand beside the target, not in its file.
fn split_fragments(body: &[String]) -> (Vec<String>, Vec<String>) {
    let mut parts = (Vec::new(), Vec::new());
    let mut outside = false;
    for line in body {
        outside |= line.starts_with("fragment ");
        if outside {
            parts.0.push(line.clone())
        } else {
            parts.1.push(line.clone())
        }
        outside &= line != "}";
    }
    parts
}

fn compare(
    found: &[String],
    lines: Lines,
    page: &Page,
    place: &str,
    report: &mut Report,
    edits: &mut Vec<(Lines, Vec<String>)>,
) {
    let shown = page.of(lines);
    if matches(shown, found) {
        return;
    }
    report.complaints.push(format!("{place}: the page shows\n{}\nbut it is\n{}", shown.join("\n"), found.join("\n")));
    if shown.iter().any(|it| it == "…") {
        report.complaints.push(format!("{place}: this has a `…`, so it must be renewed by hand"));
    } else {
        edits.push((lines, found.to_vec()));
    }
}

/// Whether the lines are the same; a line `…` stands for any number of them.
fn matches(shown: &[String], found: &[String]) -> bool {
    match shown.split_first() {
        None => found.is_empty(),
        Some((first, rest)) if first == "…" => (0..=found.len()).any(|skip| matches(rest, &found[skip..])),
        Some((first, rest)) => found.split_first().is_some_and(|(it, more)| it == first && matches(rest, more)),
    }
}

/// Whether the lines stand in the file, one after the other, at any depth.
fn excerpt(path: &Path, wanted: &[String]) -> Option<String> {
    let Ok(text) = fs::read_to_string(path) else { return Some(format!("there is no {}", path.display())) };
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let indents = |line: &str| line.len() - line.trim_start().len();
    let found = lines.windows(wanted.len().max(1)).any(|window| {
        let depth = indents(window[0]).saturating_sub(indents(&wanted[0]));
        window.iter().zip(wanted).all(|(line, it)| {
            if it.trim().is_empty() { line.trim().is_empty() } else { line.get(depth..) == Some(it.trim_end()) }
        })
    });
    (!found).then(|| format!("these lines do not stand in {}:\n{}", path.display(), wanted.join("\n")))
}

fn evaluate(expression: &str, scope: &Scope<'_>) -> String {
    let identity = Identity::new("shop", "local", "postgres.default#web.db");
    let value = Expr::parse(expression, Span::NONE, None).and_then(|it| it.eval(scope, &identity));
    value.map_or_else(|diag| format!("error: {}", diag.message), |it| it.shown())
}

/// A map in YAML as the names of an expression.
fn scope_of(text: &str) -> Scope<'static> {
    let names: serde_yaml::Mapping = serde_yaml::from_str(text).expect("a map in YAML");
    let mut scope = Scope::new();
    for (name, value) in &names {
        scope.set(name.as_str().expect("a name"), value_of(value));
    }
    scope
}

fn value_of(value: &serde_yaml::Value) -> Value {
    use serde_yaml::Value as Yaml;
    let at = Span::NONE;
    match value {
        Yaml::Bool(it) => Value::bool(*it, at),
        Yaml::Number(it) => Value::int(it.as_i64().expect("an integer"), at),
        Yaml::String(it) => Value::text(it.as_str(), at),
        Yaml::Sequence(items) => Value::list(items.iter().map(value_of).collect(), at),
        Yaml::Mapping(map) => {
            let entries = map.iter().map(|(key, it)| (key.as_str().expect("a name").into(), value_of(it)));
            Value::map(entries.collect::<Map>(), at)
        }
        _ => Value::null(at),
    }
}
