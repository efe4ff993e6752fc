//! The project's key: where it comes from, how it is made, what is refused.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use scorec::cli::key::{Create, FILE, load};
use scorec::diag::Diag;
use scorec::source::Span;
use scorec::value::{Key, Secret, SecretOrigin};
use tempfile::TempDir;

/// Keys cannot be looked at; what is derived from them can be compared.
fn derived(key: &Key) -> String {
    let origin = SecretOrigin::Generated { path: "a".into(), length: 20 };
    Secret { owner: "o".into(), label: "l".into(), origin, at: Span::NONE }.reveal(key).expect("a value")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn text(result: Result<Key, Diag>) -> String {
    let diag = result.expect_err("refused");
    assert_eq!(diag.code.id(), "key-unusable");
    format!("{} / {}", diag.message, diag.help.unwrap_or_default())
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() {
    let temp = TempDir::new().expect("a folder");
    let root = temp.path();
    assert_eq!(
        text(load(root, None, Create::Forbidden)),
        "there is no project key: neither `SCOREC_KEY` nor `.scorec/key` / set `SCOREC_KEY` to the key that this environment was first built with"
    );
    assert!(!root.join(".scorec").exists());
    let first = load(root, None, Create::Allowed).expect("a key");
    assert_eq!(derived(&first), derived(&load(root, None, Create::Forbidden).expect("the same key")));
    assert_eq!((mode(&root.join(FILE)), mode(&root.join(".scorec"))), (0o600, 0o700));
    assert_eq!(fs::read_to_string(root.join(".scorec/.gitignore")).expect("there"), "*\n");
    assert_eq!(fs::read_dir(root.join(".scorec")).expect("a folder").count(), 2);
    let hex = fs::read_to_string(root.join(FILE)).expect("there");
    assert!(hex.trim_end().len() == 64 && hex.trim_end().bytes().all(|it| it.is_ascii_hexdigit()));
    // The variable, filled from the file as a shell does it, is the same key.
    let variable = load(root, Some(OsStr::new(hex.trim_end())), Create::Forbidden).expect("a key");
    assert_eq!(derived(&first), derived(&variable));
    let other = TempDir::new().expect("a folder");
    assert_ne!(derived(&first), derived(&load(other.path(), None, Create::Allowed).expect("a key")));
}

#[test]
fn the_variable_comes_first_and_makes_no_file() {
    let temp = TempDir::new().expect("a folder");
    load(temp.path(), Some(OsStr::new("sixteen bytes ok")), Create::Allowed).expect("a key");
    assert!(!temp.path().join(".scorec").exists());
    let short = text(load(temp.path(), Some(OsStr::new(" hunter2 ")), Create::Allowed));
    assert_eq!(short, "the key in `SCOREC_KEY` has 7 bytes, fewer than 16 / make one with `openssl rand -hex 32`");
}

#[test]
fn a_key_file_that_is_not_fit_is_refused() {
    let temp = TempDir::new().expect("a folder");
    let root = temp.path();
    load(root, None, Create::Allowed).expect("a key");
    let set = |mode| fs::set_permissions(root.join(FILE), fs::Permissions::from_mode(mode)).expect("set");
    set(0o640);
    assert_eq!(
        text(load(root, None, Create::Allowed)),
        "`.scorec/key` can be read by other users / run `chmod 600 .scorec/key`"
    );
    set(0o600);
    fs::write(root.join(FILE), "short\n").expect("written");
    assert!(text(load(root, None, Create::Allowed)).starts_with("the key in `.scorec/key` has 5 bytes"));
    fs::write(root.join(FILE), "x".repeat(5000)).expect("written");
    assert!(text(load(root, None, Create::Allowed)).contains("more than 4096 bytes"));
    fs::remove_file(root.join(FILE)).expect("removed");
    fs::create_dir(root.join(FILE)).expect("made");
    assert!(text(load(root, None, Create::Allowed)).contains("not a regular file"));
}

#[test]
fn many_processes_at_once_agree_on_one_key() {
    let temp = TempDir::new().expect("a folder");
    let mut children: Vec<_> = (0..6)
        .map(|_| {
            let mut command = super::child("key::makes_a_key", temp.path());
            command.stdout(std::process::Stdio::piped()).spawn().expect("started")
        })
        .collect();
    let outputs: Vec<String> = children
        .drain(..)
        .map(|it| {
            let output = it.wait_with_output().expect("ended");
            assert!(output.status.success());
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.split("derived:").nth(1).and_then(|it| it.split_whitespace().next()).expect("a value").to_owned()
        })
        .collect();
    assert!(outputs.iter().all(|it| *it == outputs[0]), "{outputs:?}");
}

#[test]
#[ignore = "the process that the test above starts"]
fn makes_a_key() {
    let Some(root) = super::child_folder() else { return };
    println!("derived:{}", derived(&load(&root, None, Create::Allowed).expect("a key")));
}
