//! The examples of the book that are folders of their own: each builds, with what it asks for beside scorec.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "tests set up the disk and start processes"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|it| it.expect("an entry")) {
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

/// Builds an example: what was said, and every file of the output folder.
fn built(example: &str, search_path: &str) -> String {
    let place = tempfile::tempdir().expect("a folder");
    copy(&root().join("book/examples").join(example), place.path());
    let output = Command::new(env!("CARGO_BIN_EXE_scorec"))
        .arg("build")
        .current_dir(place.path())
        .env_clear()
        .envs([("PATH", search_path), ("SCOREC_KEY", "a key for the examples"), ("COLUMNS", "100"), ("NO_COLOR", "1")])
        .output()
        .expect("scorec runs");
    let mut text = String::from_utf8(output.stderr).expect("text");
    let folder = place.path().join("build/local");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).into_iter().flatten().map(|it| it.expect("an entry").path()).collect();
    files.sort();
    for file in files.iter().filter(|it| !it.ends_with(".scorec-files")) {
        let name = file.file_name().expect("a name").to_string_lossy();
        write!(text, "==> {name}\n{}", fs::read_to_string(file).expect("text")).expect("text");
    }
    text
}

#[test]
fn values_come_from_a_dotenv_file() {
    insta::with_settings!({ snapshot_path => "examples", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("dotenv", built("dotenv", SEARCH_PATH));
    });
}

/// Programs that stand for helm and yq show how the parts fit together, on every machine.
#[test]
fn a_chart_becomes_manifests() {
    let programs = root().join("tests/examples/programs");
    insta::with_settings!({ snapshot_path => "examples", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("helm", built("helm", &format!("{}:{SEARCH_PATH}", programs.display())));
    });
}

#[test]
fn a_chart_becomes_manifests_with_the_real_helm() {
    let path = std::env::var("PATH").unwrap_or_default();
    let there = |program: &str| std::env::split_paths(&path).any(|it| it.join(program).is_file());
    let missing: Vec<&str> = ["helm", "yq"].into_iter().filter(|it| !there(it)).collect();
    if !missing.is_empty() {
        eprintln!("skipped: {} is not on the search path", missing.join(" and "));
        return;
    }
    let text = built("helm", &path);
    for part in ["image: memcached:1.6-alpine", "- \"128\"", "name: cache-shop-cache", "port: 11211"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}
