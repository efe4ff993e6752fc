//! Reading confined to the project, finding workloads, finding the project.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use scorec::cli::disk::{Disk, ReadError};
use scorec::cli::glob::GlobError;
use scorec::cli::project::Project;
use scorec::source::Span;
use tempfile::TempDir;

fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    fs::write(path, text).expect("written");
}

struct Fixture {
    _temp: TempDir,
    disk: Disk,
}

/// A project with links of every kind, beside a file that is not its own.
fn fixture() -> Fixture {
    let temp = TempDir::new().expect("a folder");
    put(temp.path(), "secret", "not yours");
    put(temp.path(), "outside/score.yaml", "x");
    let root = temp.path().join("project");
    put(&root, "score.yaml", "root");
    put(&root, "a/b/file", "inner");
    symlink("a/b/file", root.join("link")).expect("linked");
    symlink(root.join("a"), root.join("absolute")).expect("linked");
    symlink("../secret", root.join("out")).expect("linked");
    symlink("..", root.join("up")).expect("linked");
    symlink("nowhere", root.join("dangling")).expect("linked");
    symlink("loop", root.join("loop")).expect("linked");
    rustix::fs::mknodat(rustix::fs::CWD, root.join("pipe"), rustix::fs::FileType::Fifo, 0o644.into(), 0)
        .expect("a pipe");
    let disk = Disk::new(&root).expect("a project");
    Fixture { _temp: temp, disk }
}

#[test]
fn what_may_be_read() {
    let it = fixture();
    for (path, text) in [
        ("score.yaml", "root"),
        ("./score.yaml", "root"),
        ("a/../score.yaml", "root"),
        ("a/b/../../a/b/file", "inner"),
        ("link", "inner"),
        ("absolute/b/file", "inner"),
    ] {
        assert_eq!(it.disk.text(path, 100).expect(path), text);
    }
}

#[test]
fn what_may_not_be_read() {
    let it = fixture();
    // A pipe must not be waited for.
    let done = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let kind = |path: &str, limit| match it.disk.bytes(path, limit) {
            Ok(_) => "read",
            Err(ReadError::NotFound) => "not found",
            Err(ReadError::OutsideProject) => "outside",
            Err(ReadError::TooLarge(_)) => "too large",
            Err(ReadError::NotAFile) => "not a file",
            Err(ReadError::NotUtf8 | ReadError::Other(_)) => "other",
        };
        for (path, expected) in [
            ("../secret", "outside"),
            ("../nothing", "outside"),
            ("a/../../secret", "outside"),
            ("/etc/hostname", "outside"),
            ("out", "outside"),
            ("up/secret", "outside"),
            ("dangling", "not found"),
            ("missing", "not found"),
            ("score.yaml/below", "not found"),
            ("loop", "other"),
            ("a\0b", "other"),
            ("a", "not a file"),
            ("", "not a file"),
            ("pipe", "not a file"),
        ] {
            assert_eq!(kind(path, 100), expected, "{path:?}");
        }
        assert_eq!(kind("score.yaml", 4), "read");
        assert_eq!(kind("score.yaml", 3), "too large");
        fs::write(it.disk.root().join("latin"), b"gr\xfcn").expect("written");
        assert!(matches!(it.disk.text("latin", 100), Err(ReadError::NotUtf8)));
        done.0.send(()).expect("sent");
    });
    done.1.recv_timeout(Duration::from_secs(10)).expect("every answer comes at once and is right");
}

#[test]
fn every_error_says_what_is_wrong() {
    let errors = [
        ReadError::NotFound,
        ReadError::OutsideProject,
        ReadError::TooLarge(1 << 20),
        ReadError::NotAFile,
        ReadError::NotUtf8,
        ReadError::Other(std::io::Error::from_raw_os_error(13)),
    ];
    let line = |it: &ReadError| {
        let diag = it.diag("a/b.yaml", Span::NONE);
        format!("{}: {} / {}\n", diag.code.id(), diag.message, diag.help.unwrap_or_default())
    };
    let text: String = errors.iter().map(line).collect();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text) });
}

#[test]
fn workload_files_are_found_in_order() {
    let it = fixture();
    let root = it.disk.root();
    for path in [
        "services/web/score.yaml",
        "services/api/score.yaml",
        "services/a/b/score.yaml",
        "services/web/other.yaml",
        ".hidden/score.yaml",
        "target/score.yaml",
        "node_modules/x/score.yaml",
        "services/.git/score.yaml",
    ] {
        put(root, path, "x");
    }
    symlink("../services/web/score.yaml", root.join("a/score.yaml")).expect("linked");
    let find = |patterns: &[&str]| it.disk.find(patterns).expect("found");
    assert_eq!(find(&["services/*/score.yaml"]), ["services/api/score.yaml", "services/web/score.yaml"]);
    assert_eq!(
        find(&["**/score.yaml", "score.yaml"]),
        ["a/score.yaml", "score.yaml", "services/a/b/score.yaml", "services/api/score.yaml", "services/web/score.yaml"]
    );
    assert_eq!(find(&[".hidden/*.yaml", "./services/{web,api}/*.yaml"]).len(), 4);
    assert_eq!(find(&["services/web/score.yaml"]), ["services/web/score.yaml"]);
    assert_eq!(find(&["nothing/*"]), Vec::<String>::new());
    assert!(matches!(it.disk.find(&["../**"]), Err(GlobError::OutsideProject)));
    assert!(matches!(it.disk.find(&["up/**"]), Err(GlobError::OutsideProject)));
    assert!(matches!(it.disk.find(&["a[/x"]), Err(GlobError::Pattern(_))));
}

#[test]
fn the_nearest_folder_with_a_project_file_is_the_root() {
    let temp = TempDir::new().expect("a folder");
    let root = temp.path().canonicalize().expect("real");
    put(&root, "p/services/web/score.yaml", "x");
    let web = root.join("p/services/web");
    let alone = Project::find(&web).expect("found");
    assert_eq!((&alone.root, alone.has_file), (&web, false));
    put(&root, "p/scorec.kdl", "");
    let project = Project::find(&web).expect("found");
    assert_eq!((&project.root, project.has_file), (&root.join("p"), true));
    let name = |typed: &str| project.name_of(&web, Path::new(typed));
    assert_eq!(name("score.yaml").as_deref(), Some("services/web/score.yaml"));
    assert_eq!(name("./../api/new.yaml").as_deref(), Some("services/api/new.yaml"));
    assert_eq!(name("../..").as_deref(), Some(""));
    assert_eq!(name(web.join("score.yaml").to_str().expect("text")).as_deref(), Some("services/web/score.yaml"));
    assert_eq!(name("../../../other"), None);
    assert_eq!(name("/../.."), None);
}
