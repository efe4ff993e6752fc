//! The embedded library holds to the rules of the house, and every rule of it is used by a case.

use std::fs;
use std::path::PathBuf;

use scorec::diag::Diags;
use scorec::kdl::{self, Node};
use scorec::source::Sources;

use super::{compile, run};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every node of a folder of definitions, with the path of its file.
fn nodes(folder: &str) -> Vec<(String, Node)> {
    let mut found = Vec::new();
    for (path, file) in run::files(&root().join(folder)) {
        let text = String::from_utf8(file.bytes).expect("text");
        if path.ends_with(".kdl") {
            let id = Sources::default().add(path.as_str(), text.as_str());
            let nodes = kdl::read(&text, id, &mut Diags::default()).unwrap_or_default();
            found.extend(nodes.into_iter().map(|it| (format!("{folder}/{path}"), it)));
        }
    }
    assert!(!found.is_empty(), "no definition in {folder}");
    found
}

fn first_arg(node: &Node) -> &str {
    node.args.first().and_then(|it| it.as_str()).unwrap_or_default()
}

fn child_text<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.children().iter().find(|it| it.name() == name).map(first_arg)
}

/// Read from the working tree, the library is checked as a user's pack is.
#[test]
fn the_library_passes_the_checks_of_a_pack() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let score = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: \"nginx:1.29\"}}\n";
    fs::write(folder.path().join("score.yaml"), score).expect("a Score file");
    let library = format!("SCOREC_LIBRARY={}", root().display());
    let ran = run::program(folder.path(), folder.path(), &["build".to_owned()], &[library]);
    let problems: Vec<&str> =
        ran.err.lines().filter(|it| it.starts_with("error[") || it.starts_with("warning[")).collect();
    assert!(ran.code == Some(0) && problems.is_empty(), "{}", ran.err);
}

#[test]
fn every_definition_and_every_part_of_a_contract_says_what_it_is() {
    let mut silent = Vec::new();
    for (path, node) in nodes("stdlib").into_iter().chain(nodes("targets")) {
        let named = matches!(node.name(), "resource-type" | "rule" | "target" | "environment" | "policy" | "patch");
        if named && child_text(&node, "doc").is_none_or(str::is_empty) {
            silent.push(format!("{path}: {} {:?}", node.name(), first_arg(&node)));
        }
        for part in node.children().iter().filter(|it| matches!(it.name(), "param" | "output" | "option" | "slot")) {
            let doc = part.prop("doc").and_then(|it| it.as_str());
            if matches!(node.name(), "resource-type" | "target") && doc.is_none_or(str::is_empty) {
                silent.push(format!("{path}: {} {:?} of {:?}", part.name(), first_arg(part), first_arg(&node)));
            }
        }
    }
    assert!(silent.is_empty(), "without a doc:\n{}", silent.join("\n"));
}

#[test]
fn every_rule_is_for_the_target_of_its_folder() {
    let mut wrong = Vec::new();
    for (path, node) in nodes("stdlib").into_iter().filter(|(_, node)| node.name() == "rule") {
        let folder = path.split('/').nth(1).unwrap_or_default();
        if !root().join("targets").join(folder).is_dir() {
            wrong.push(format!("{path}: rules stand in the folder of their target"));
        }
        if !first_arg(&node).starts_with(&format!("{folder}-")) {
            wrong.push(format!("{path}: rule {:?} is not called `{folder}-…`", first_arg(&node)));
        }
        for matched in node.children().iter().filter(|it| it.name() == "match") {
            let inner = matched.children().iter().filter(|it| it.name() == "target").flat_map(|it| &it.args);
            let targets: Vec<&str> =
                matched.prop("target").into_iter().chain(inner).filter_map(|it| it.as_str()).collect();
            if targets != [folder] {
                wrong.push(format!("{path}: rule {:?} matches {targets:?}", first_arg(&node)));
            }
        }
    }
    run::all_right(&wrong);
}

/// A rule that no case uses would be known to work by nobody. Each rule is made to say that it was used: by a note
/// where the case builds, and a rule that always refuses by its message.
#[test]
fn every_rule_is_used_by_a_case() {
    let library = tempfile::TempDir::new().expect("a folder");
    run::copy_into(&root().join("targets"), &library.path().join("targets"));
    for (path, file) in run::files(&root().join("stdlib")) {
        let text = String::from_utf8(file.bytes).expect("text");
        let mut rule = "";
        let lines = text.lines().map(|line| {
            if let Some(rest) = line.strip_prefix("rule \"") {
                rule = rest.trim_end_matches("\" {");
                return format!("{line}\nnote \"in use: {rule}.\"\n");
            }
            line.replace("require \"false\" \"", &format!("require \"false\" \"in use: {rule}. ")) + "\n"
        });
        let path = library.path().join("stdlib").join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, lines.collect::<String>()).expect("a file");
    }
    let env = [format!("SCOREC_LIBRARY={}", library.path().display())];
    let cases = run::cases("compile");
    let builds = cases.iter().flat_map(|case| compile::targets_of(case).into_iter().map(move |target| (case, target)));
    let said: String = builds
        .map(|(case, target)| {
            let folder = run::copy(case);
            let args = [run::args(case), vec!["--target".to_owned(), target]].concat();
            let ran = run::program(folder.path(), folder.path(), &args, &env);
            // What is wrong is shown with lines of the library, which name rules that nothing uses.
            if ran.code == Some(0) { ran.out + ran.err.as_str() } else { refusals(&ran.err) }
        })
        .collect();
    let rules: Vec<String> = nodes("stdlib")
        .into_iter()
        .filter(|(_, node)| node.name() == "rule")
        .map(|(_, node)| first_arg(&node).to_owned())
        .collect();
    let unused: Vec<&String> = rules.iter().filter(|it| !said.contains(&format!("in use: {it}."))).collect();
    assert!(rules.len() > 10 && unused.is_empty(), "no case under tests/compile uses: {unused:?}");
}

/// The messages of rules that refuse.
fn refusals(said: &str) -> String {
    said.lines().filter(|it| it.starts_with("error[rule-failed]: in use: ")).collect()
}
