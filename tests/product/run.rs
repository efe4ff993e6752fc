//! Runs the program on a copy of a case, and says everything that it did.
//!
//! Beside its input a case may hold `args.txt`, one argument a line in place of `build`; `env.txt`, one
//! `NAME=value` a line; `targets.txt`, which `compile` reads; and `sizes.txt`, `PATH BYTES` lines for files too
//! large to keep. These and the snapshots are not copied.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use tempfile::TempDir;

/// The key of every case, so that generated secrets are the same everywhere.
pub const KEY: &str = "the key of the test cases";

/// Files of a case that are not its input.
const SETTINGS: &[&str] = &["args.txt", "env.txt", "sizes.txt", "targets.txt", "refused-on.txt"];

/// A file that the program wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct File {
    pub bytes: Vec<u8>,
    pub mode: u32,
}

/// What one run of the program did.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    /// Files that were not there before, or are different now.
    pub files: BTreeMap<String, File>,
}

/// The folders of `tests/<name>/`, in order.
pub fn cases(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let entries = fs::read_dir(folder).expect("the folder of the cases");
    let mut found: Vec<PathBuf> = entries.map(|it| it.expect("a case").path()).filter(|it| it.is_dir()).collect();
    found.sort();
    assert!(!found.is_empty(), "no case in tests/{name}");
    found
}

pub fn name_of(case: &Path) -> &str {
    case.file_name().and_then(|it| it.to_str()).expect("a case has a name")
}

/// What `args.txt` says, else `build`.
pub fn args(case: &Path) -> Vec<String> {
    lines(&case.join("args.txt")).unwrap_or_else(|| vec!["build".to_owned()])
}

fn lines(path: &Path) -> Option<Vec<String>> {
    fs::read_to_string(path).ok().map(|it| it.lines().map(str::to_owned).collect())
}

/// A copy of the case's input in a folder of its own.
pub fn copy(case: &Path) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    copy_into(case, folder.path());
    folder
}

pub fn copy_into(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = name_of(&path);
        if path.is_dir() {
            copy_into(&path, &to.join(name));
        } else if !name.ends_with(".snap") && !name.ends_with(".snap.new") && !SETTINGS.contains(&name) {
            fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}

/// Runs a case as its `args.txt` and `env.txt` say.
pub fn case(case: &Path, more: &[&str]) -> Ran {
    let folder = copy(case);
    for line in lines(&case.join("sizes.txt")).unwrap_or_default() {
        let (path, size) = line.split_once(' ').expect("PATH BYTES");
        let file = fs::File::create(folder.path().join(path)).expect("a file");
        file.set_len(size.parse().expect("a number of bytes")).expect("a large file");
    }
    let mut args = args(case);
    args.extend(more.iter().map(|it| (*it).to_owned()));
    program(folder.path(), folder.path(), &args, &lines(&case.join("env.txt")).unwrap_or_default())
}

/// Runs the program in `current` and compares `root` before and after.
pub fn program(root: &Path, current: &Path, args: &[String], env: &[String]) -> Ran {
    let before = files(root);
    let mut command = Command::new(env!("CARGO_BIN_EXE_scorec"));
    command.args(args).current_dir(current).env_clear().env("COLUMNS", "100").env("SCOREC_KEY", KEY);
    for line in env {
        let (name, value) = line.split_once('=').expect("NAME=value");
        command.env(name, value);
    }
    let output = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    let mut after = files(root);
    after.retain(|path, file| before.get(path) != Some(file));
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr), files: after }
}

/// Everything below a folder, by relative path.
pub fn files(root: &Path) -> BTreeMap<String, File> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
            let mode = fs::metadata(&path).expect("metadata").permissions().mode() & 0o777;
            found.insert(name, File { bytes: fs::read(&path).expect("a file"), mode });
        }
    }
    found
}

impl Ran {
    /// Everything, as one text.
    pub fn transcript(&self, args: &[String]) -> String {
        let mut text = self.said(args);
        for (path, file) in &self.files {
            let _ = writeln!(text, "==> {path} {:04o}", file.mode);
            match std::str::from_utf8(&file.bytes) {
                Ok(content) => text.push_str(content),
                Err(_) => {
                    let _ = writeln!(text, "base64 {}", base64::engine::general_purpose::STANDARD.encode(&file.bytes));
                }
            }
        }
        text
    }

    /// The outcome without the files.
    pub fn said(&self, args: &[String]) -> String {
        let mut text = format!("$ scorec {}\nexit {}\n", args.join(" "), self.code.map_or(-1, |it| it));
        if !self.out.is_empty() {
            let _ = write!(text, "==> standard output\n{}", self.out);
        }
        if !self.err.is_empty() {
            let _ = write!(text, "==> standard error\n{}", self.err);
        }
        assert!(!text.contains("Failed to read contents"), "a label lies outside its file:\n{text}");
        text
    }
}

/// Compares with the snapshot `name` beside the case; all that differ are shown at the end.
pub fn compare(case: &Path, name: &str, transcript: &str, wrong: &mut Vec<String>) {
    let assert = std::panic::AssertUnwindSafe(|| {
        insta::with_settings!({
            snapshot_path => case, prepend_module_to_snapshot => false, snapshot_suffix => "", omit_expression => true,
        }, {
            insta::assert_snapshot!(name, transcript);
        });
    });
    if std::panic::catch_unwind(assert).is_err() {
        wrong.push(format!("{}/{name}", case.display()));
    }
}

/// Fails with everything that was found to be wrong.
pub fn all_right(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
