//! The built binary, as people run it: one folder for each case, with the transcript beside the input.
//!
//! A case is a folder below `tests/cli/` with a file `cmd`: one shell command a line, run in a copy of the folder.
//! `from` may name another folder whose files come first. The transcript holds, for each command, standard
//! output, standard error, the exit code where it is not 0, and the files that changed, with their modes. A new
//! case needs no Rust: make the folder, run the test, and accept what it shows.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "tests set up the disk and start processes"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files of a case that are no input of it.
const OWN: [&str; 3] = ["cmd", "from", "transcript.snap"];

#[test]
fn every_command_does_as_its_transcript_says() {
    insta::glob!("cli/*/cmd", |path| {
        let folder = path.parent().expect("a case is a folder");
        insta::with_settings!({
            snapshot_path => folder, prepend_module_to_snapshot => false, snapshot_suffix => "", omit_expression => true,
        }, {
            insta::assert_snapshot!("transcript", transcript(folder));
        });
    });
}

/// Every command and every flag that `--help` lists occurs in a case, so that none goes untried.
#[test]
fn every_command_and_every_flag_has_a_case() {
    let cases = fs::read_dir(cases()).expect("cases").map(|it| it.expect("an entry").path().join("cmd"));
    let tried: String = cases.filter_map(|it| fs::read_to_string(it).ok()).collect();
    let tried: Vec<&str> = tried.split_whitespace().collect();
    let mut missing = Vec::new();
    let mut pending = vec![Vec::<String>::new()];
    while let Some(command) = pending.pop() {
        let help = help(&command);
        for flag in help.lines().filter_map(flag) {
            if !tried.iter().any(|it| it.split('=').next() == Some(flag)) {
                missing.push(format!("{} {flag}", command.join(" ")));
            }
        }
        for name in subcommands(&help).into_iter().filter(|it| *it != "help") {
            if !tried.contains(&name) {
                missing.push(name.to_owned());
            }
            pending.push(command.iter().cloned().chain([name.to_owned()]).collect());
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

/// The long flag that a line of a help text describes.
fn flag(line: &str) -> Option<&str> {
    let found = line.trim_start().strip_prefix('-').map(|_| line.trim_start())?;
    found.split([' ', ',', '=']).find(|it| it.starts_with("--"))
}

/// The names below `Commands:` of a help text.
fn subcommands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|it| *it != "Commands:").skip(1).take_while(|it| !it.is_empty());
    listed.filter_map(|it| it.split_whitespace().next()).collect()
}

fn help(command: &[String]) -> String {
    let output = Command::new(binary()).args(command).arg("--help").output().expect("the binary runs");
    assert!(output.status.success(), "{command:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_scorec"))
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli")
}

fn transcript(case: &Path) -> String {
    let place = tempfile::tempdir().expect("a temporary folder");
    // The folder's name is an input: projects are called after it.
    let folder = place.path().canonicalize().expect("a real folder").join("shop");
    if let Ok(other) = fs::read_to_string(case.join("from")) {
        copy(&cases().join(other.trim()), &folder);
    }
    copy(case, &folder);
    let mut out = String::new();
    let commands = fs::read_to_string(case.join("cmd")).expect("a case has commands");
    for line in commands.lines().filter(|it| !it.trim().is_empty() && !it.starts_with('#')) {
        run(line, &folder, &mut out);
    }
    out
}

fn run(line: &str, folder: &Path, out: &mut String) {
    let before = files(folder);
    let programs = format!("{}:/usr/local/bin:/usr/bin:/bin", binary().parent().expect("a folder").display());
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .envs([("PATH", programs.as_str()), ("LANG", "C.UTF-8"), ("NO_COLOR", "1"), ("COLUMNS", "100")])
        .env("HOME", folder)
        .env("SCOREC_KEY", "a key that only the tests know")
        .output()
        .expect("a shell");
    let above = folder.parent().expect("a folder above").display().to_string();
    let shown = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace(&above, "[tmp]");
        text.replace(env!("CARGO_PKG_VERSION"), "[version]")
    };
    writeln!(out, "$ {line}").expect("text");
    for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = shown(bytes);
        if !text.is_empty() {
            let end = if text.ends_with('\n') { "" } else { "(no line end)\n" };
            writeln!(out, "--- {name}\n{text}{end}").expect("text");
        }
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(out, "--- exit {code}\n").expect("text"),
        None => writeln!(out, "--- killed\n").expect("text"),
    }
    let changes = changes(&before, &files(folder));
    if !changes.is_empty() {
        writeln!(out, "--- files\n{changes}").expect("text");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|it| it.expect("an entry")) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else if !OWN.iter().any(|it| name.to_string_lossy().starts_with(it)) {
            fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}

/// Mode and content by path.
type Files = BTreeMap<String, (u32, Vec<u8>)>;

fn files(root: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry")) {
            let path = entry.path();
            let metadata = fs::symlink_metadata(&path).expect("metadata");
            if metadata.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below the root").display().to_string();
                let content = fs::read(&path).unwrap_or_default();
                found.insert(name, (metadata.permissions().mode() & 0o7777, content));
            }
        }
    }
    found
}

fn changes(before: &Files, after: &Files) -> String {
    let mut out = String::new();
    for (path, (mode, content)) in after {
        let mark = match before.get(path) {
            None => '+',
            Some(it) if it != &(*mode, content.clone()) => '~',
            Some(_) => continue,
        };
        writeln!(out, "{mark} {mode:03o} {path}").expect("text");
    }
    for path in before.keys().filter(|it| !after.contains_key(*it)) {
        writeln!(out, "-     {path}").expect("text");
    }
    out
}
