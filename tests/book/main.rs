//! The manual holds what it says: its examples run, its links lead somewhere, its generated parts are not stale.
//!
//! How a page writes an example stands in `book/src/development.md`. `SCOREC_BLESS=1 cargo test --test book` puts what
//! the examples gave into the pages.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests read files and run the program")]

mod examples;
mod generated;
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use examples::Report;
use page::{Page, Part, anchor};
use scorec::diag::Code;

/// The pages at the top of the repository that are not part of the book.
const DOCUMENTS: &[&str] = &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/// Where the files of the repository can be read.
const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// Fewer examples than this mean that the tests look at the wrong folder, or that blocks are written such that nothing
/// runs them.
const LEAST_COMMANDS: usize = 100;
const LEAST_BODIES: usize = 13;
const LEAST_ROWS: usize = 25;

/// Codes that no example of the manual can show, and why.
const WITHOUT_EXAMPLE: &[Code] = &[
    // Two builds at one time.
    Code::OutputBusy,
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn renew() -> bool {
    std::env::var_os("SCOREC_BLESS").is_some_and(|it| !it.is_empty())
}

fn chapters() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("book/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    assert!(found.len() > 15, "the tests look at the wrong folder");
    found
}

fn pages() -> Vec<Page> {
    let documents = DOCUMENTS.iter().map(|it| (*it).to_owned());
    documents.chain(packs()).chain(chapters()).map(|path| read(&path)).collect()
}

/// The page of each ready-made pack lies in its folder, and the book includes it.
fn packs() -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(root().join("rules"))
        .expect("a folder")
        .map(|it| format!("rules/{}/README.md", it.expect("an entry").file_name().to_string_lossy()))
        .collect();
    found.sort();
    found
}

fn read(path: &str) -> Page {
    let text = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    Page::new(path, &text)
}

fn hold(complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "{}\n\nto renew the pages: SCOREC_BLESS=1 cargo test --test book",
        complaints.join("\n\n")
    );
}

/// One test for examples and generated parts, since both may write to a page.
#[test]
fn pages_show_what_is() {
    let mut total = Report::default();
    // Most of the time goes by in the programs that examples run.
    let reports: Vec<Report> = std::thread::scope(|scope| {
        let running: Vec<_> = pages().into_iter().map(|page| scope.spawn(|| show(page))).collect();
        running.into_iter().map(|it| it.join().expect("a page")).collect()
    });
    for mut report in reports {
        total.complaints.append(&mut report.complaints);
        total.commands += report.commands;
        total.bodies += report.bodies;
        total.rows += report.rows;
    }
    hold(&total.complaints);
    assert!(total.commands >= LEAST_COMMANDS, "only {} commands ran", total.commands);
    assert!(total.bodies >= LEAST_BODIES, "only {} value bodies were evaluated", total.bodies);
    assert!(total.rows >= LEAST_ROWS, "only {} expressions were evaluated", total.rows);
}

/// One page: renewed if that is asked for, and then held to what it shows.
fn show(mut page: Page) -> Report {
    if renew() {
        let before = page.text();
        stale(&mut page);
        examples::run(&mut page, true);
        if page.text() != before {
            fs::write(root().join(&page.path), page.text()).expect("a page");
        }
    }
    let mut report = examples::run(&mut page, false);
    report.complaints.extend(stale(&mut page));
    if page.path.ends_with("diagnostics.md") {
        report.complaints.extend(without_example(&report.outputs));
    }
    report
}

/// Puts generated parts right; says which were not.
fn stale(page: &mut Page) -> Vec<String> {
    let mut complaints = Vec::new();
    for (line, part) in page.parts().into_iter().rev() {
        let Part::Generated { name, body } = part else { continue };
        let place = format!("{}:{}", page.path, line + 1);
        let Some(text) = generated::text(&name) else { panic!("{place}: nothing generates `{name}`") };
        let wanted: Vec<String> = std::iter::once("").chain(text.lines()).chain([""]).map(str::to_owned).collect();
        if page.of(body) != wanted {
            complaints.push(format!("{place}: the generated part `{name}` is stale"));
            page.lines.splice(body.start..body.end, wanted);
        }
    }
    complaints
}

#[test]
fn every_code_has_its_section_in_order() {
    let page = read("book/src/diagnostics.md");
    let known: BTreeSet<&str> = Code::ALL.iter().map(|it| it.id()).collect();
    let found: Vec<String> = page
        .parts()
        .into_iter()
        .filter_map(|(_, part)| match part {
            Part::Heading { level: 3, text } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(found, Code::ALL.iter().map(|it| it.id()).collect::<Vec<_>>());
    assert_eq!(known.len(), found.len());
}

/// The section of a code shows the problem as scorec prints it.
fn without_example(outputs: &[(String, String)]) -> Vec<String> {
    let shows = |id: &str| outputs.iter().any(|(section, text)| section == id && text.contains(&format!("[{id}]")));
    let codes = Code::ALL.iter().filter(|it| !WITHOUT_EXAMPLE.contains(it));
    codes
        .filter(|it| !shows(it.id()))
        .map(|it| format!("book/src/diagnostics.md: no example shows `{}`", it.id()))
        .collect()
}

#[test]
fn the_summary_names_every_chapter() {
    let summary = read("book/src/SUMMARY.md").text();
    let named: BTreeSet<String> = links(&summary).into_iter().map(|it| format!("book/src/{it}")).collect();
    let there: BTreeSet<String> = chapters().into_iter().filter(|it| it != "book/src/SUMMARY.md").collect();
    assert_eq!(named, there);
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for page in pages() {
        for link in links(&page.text()) {
            // The book has pages of its own only; other files of the repository are linked where they are published.
            let complaint = match link.strip_prefix(REPOSITORY) {
                Some(path) => (!root().join(path).exists()).then(|| format!("{}: there is no `{path}`", page.path)),
                None if link.contains("://") => continue,
                None => dead(&page, &link),
            };
            count += 1;
            complaints.extend(complaint);
        }
    }
    hold(&complaints);
    assert!(count > 40, "only {count} links were found");
}

fn dead(page: &Page, link: &str) -> Option<String> {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let here = root().join(&page.path);
    let target = if path.is_empty() { here } else { here.parent()?.join(path) };
    let Ok(found) = target.canonicalize() else {
        return Some(format!("{}: there is no `{path}`", page.path));
    };
    let book = root().join("book/src").canonicalize().expect("the book");
    if page.path.starts_with("book/") && !found.starts_with(book) {
        return Some(format!("{}: `{path}` is not part of the book: begin the link with {REPOSITORY}", page.path));
    }
    if heading.is_empty() {
        return None;
    }
    let text = fs::read_to_string(&target).ok()?;
    let there = Page::new(path, &text).parts().into_iter().any(|(_, it)| match it {
        Part::Heading { text, .. } => anchor(&text) == heading,
        Part::Generated { body, .. } => {
            let page = Page::new(path, &text);
            page.of(body).iter().any(|it| it.starts_with('#') && anchor(it.trim_start_matches(['#', ' '])) == heading)
        }
        _ => false,
    });
    (!there).then(|| format!("{}: `{path}` has no heading `#{heading}`", page.path))
}

/// The targets of all links outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        for rest in without_code(line).split("](").skip(1) {
            found.extend(rest.split_once(')').map(|(it, _)| it.to_owned()));
        }
    }
    found
}

/// A line without what stands in code spans, which end with as many backticks as they begin with.
fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let length = rest[start..].bytes().take_while(|it| *it == b'`').count();
        let ticks = "`".repeat(length);
        out.push_str(&rest[..start]);
        let inside = &rest[start + length..];
        match inside.find(&ticks) {
            Some(end) => rest = &inside[end + length..],
            None => rest = inside,
        }
    }
    out + rest
}

/// What the README tells everyone to type first, from a fresh clone.
#[test]
fn the_first_command_of_the_readme_gives_a_compose_project() {
    let readme = read("README.md").text();
    let arguments =
        readme.lines().find_map(|it| it.strip_prefix("cargo run --release -- ")).expect("the first command");
    let clone = tempfile::tempdir().expect("a folder");
    let example = "book/examples/hello";
    fs::create_dir_all(clone.path().join(example)).expect("a folder");
    for entry in fs::read_dir(root().join(example)).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), clone.path().join(example).join(entry.file_name())).expect("a file");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_scorec"))
        .args(arguments.split_whitespace())
        .current_dir(clone.path())
        .env_remove("SCOREC_KEY")
        .output()
        .expect("scorec runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = readme
        .lines()
        .find_map(|it| it.strip_prefix("docker compose -f ")?.split_whitespace().next())
        .expect("the second");
    let text = fs::read_to_string(clone.path().join(path)).expect("the file that the README names");
    let project: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
    assert!(project["services"].as_mapping().is_some_and(|it| it.len() >= 2), "{text}");
}

/// The rules above would pass for ever if they read nothing.
#[test]
fn a_planted_mistake_is_found() {
    let wrong = |text: &str| {
        let mut page = Page::new("planted.md", text);
        examples::run(&mut page, false).complaints
    };
    assert_eq!(wrong("```console\n$ echo yes\nyes\n```"), Vec::<String>::new());
    assert_eq!(wrong("```console\n$ echo yes\nno\n```").len(), 1);
    assert_eq!(wrong("```kdl body\na 1\n```\n```yaml gives\na: 1\n```"), Vec::<String>::new());
    assert_eq!(wrong("```kdl body\na 1\n```\n```yaml gives\na: 2\n```").len(), 1);
    assert_eq!(wrong("| expression | gives |\n| --- | --- |\n| `1 + 1` | `2` |"), Vec::<String>::new());
    assert_eq!(wrong("| expression | gives |\n| --- | --- |\n| `1 + 1` | `3` |").len(), 1);
    assert_eq!(wrong("```yaml\nnobody: looks\n```").len(), 1);
    assert_eq!(wrong("```yaml file=score.yaml\nnobody: looks\n```").len(), 1);
    assert_eq!(wrong("```kdl from=targets/compose/target.kdl\nslot \"nothing\"\n```").len(), 1);
    let mut page = Page::new("planted.md", "<!-- generated: functions -->\nold\n<!-- /generated -->");
    assert_eq!(stale(&mut page).len(), 1);
    assert_eq!(stale(&mut page), Vec::<String>::new());
}

/// Renewing a page makes it right.
#[test]
fn a_renewed_page_passes() {
    let mut page =
        Page::new("planted.md", "```console\n$ echo yes\nno\n```\n\n```kdl body\na 1\n```\n```yaml gives\n```");
    assert_eq!(examples::run(&mut page, true).complaints.len(), 2);
    assert_eq!(examples::run(&mut page, false).complaints, Vec::<String>::new());
}

/// Dependencies are named with their reason, and no other is.
#[test]
fn the_dependencies_are_those_of_the_manifest() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml")).expect("text").parse().expect("TOML");
    let page = read("book/src/development/dependencies.md").text();
    let named: BTreeSet<&str> = page
        .lines()
        .filter(|it| it.starts_with("| `"))
        .flat_map(|it| it.split('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2))
        .filter(|it| *it != "serde_yaml_ng")
        .collect();
    let sections = ["dependencies", "dev-dependencies", "build-dependencies"];
    let used: BTreeSet<&str> = sections
        .iter()
        .filter_map(|it| manifest[*it].as_table())
        .flat_map(|it| it.keys().map(String::as_str))
        .collect();
    assert_eq!(named, used);
}

/// Every target has a page with the tables that are made from it.
#[test]
fn every_target_has_its_page() {
    for entry in fs::read_dir(root().join("targets")).expect("a folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let page = read(&format!("book/src/targets/{name}.md"));
        let generated: BTreeSet<String> = page
            .parts()
            .into_iter()
            .filter_map(|(_, part)| match part {
                Part::Generated { name, .. } => Some(name),
                _ => None,
            })
            .collect();
        let wanted = ["capabilities", "options", "slots"].map(|it| format!("{it} {name}"));
        assert_eq!(generated, BTreeSet::from(wanted), "{}", page.path);
    }
}

/// Every ready-made pack has a page that the book includes, with the tables that are made from it.
#[test]
fn every_pack_has_its_page() {
    for path in packs() {
        let name = path.split('/').nth(1).expect("a folder");
        let included = fs::read_to_string(root().join(format!("book/src/packs/{name}.md"))).expect("a page");
        assert_eq!(included.trim(), format!("{{{{#include ../../../{path}}}}}"));
        let made = read(&path).parts().into_iter().any(|(_, it)| match it {
            Part::Generated { name: made, .. } => made == format!("pack {name}"),
            _ => false,
        });
        assert!(made, "{path} lists nothing of the pack");
    }
}

/// The modules of the drawing are those of the library, in reading order.
#[test]
fn the_architecture_lists_the_modules_in_order() {
    let library = fs::read_to_string(root().join("src/lib.rs")).expect("text");
    let there: Vec<&str> = library.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let page = read("ARCHITECTURE.md").text();
    let named: Vec<&str> = page.lines().filter_map(|it| it.strip_prefix("| `")?.split('`').next()).collect();
    assert!(there.len() > 10);
    assert_eq!(named, there);
}
