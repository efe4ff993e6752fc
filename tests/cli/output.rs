//! Writing a whole folder: what appears, what stays, what is refused.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use scorec::cli::output::{
    Changes, Foreign, How, MANIFEST, OutputError, OutputFile, OutputFiles, check, write, write_within,
};
use tempfile::TempDir;

pub fn files(list: &[(&str, &str)]) -> OutputFiles {
    let file = |text: &str| OutputFile { bytes: text.into(), mode: 0o644 };
    list.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect()
}

/// All files below a folder with their text, sorted, as `path=text`; empty folders as `path/`.
pub fn tree(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries: Vec<_> = fs::read_dir(&next).expect("a folder").map(|it| it.expect("an entry").path()).collect();
        if entries.is_empty() {
            out.push(format!("{}/", next.strip_prefix(folder).expect("below").display()));
        }
        for path in entries {
            let name = path.strip_prefix(folder).expect("below").display().to_string();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if name != MANIFEST {
                out.push(format!("{name}={}", fs::read_to_string(&path).unwrap_or_default()));
            }
        }
    }
    out.sort();
    out
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn changes(added: &[&str], changed: &[&str], removed: &[&str], unchanged: &[&str]) -> Changes {
    let own = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
    Changes { added: own(added), changed: own(changed), removed: own(removed), unchanged: own(unchanged) }
}

fn put(folder: &Path, list: &[(&str, &str)]) -> (Changes, How) {
    write(folder, &files(list), Foreign::Refuse).expect("written")
}

#[test]
fn first_second_and_third_build() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("deep/er/build");
    assert_eq!(put(&out, &[("a", "1"), ("sub/b", "1")]), (changes(&["a", "sub/b"], &[], &[], &[]), How::Whole));
    assert_eq!(tree(&out), ["a=1", "sub/b=1"]);
    let next = [("a", "2"), ("c/d/e", "1")];
    assert_eq!(
        check(&out, &files(&next), Foreign::Refuse).expect("checked"),
        changes(&["c/d/e"], &["a"], &["sub/b"], &[])
    );
    assert_eq!(tree(&out), ["a=1", "sub/b=1"]);
    assert_eq!(put(&out, &next), (changes(&["c/d/e"], &["a"], &["sub/b"], &[]), How::Whole));
    assert_eq!(tree(&out), ["a=2", "c/d/e=1"]);
    assert_eq!(put(&out, &next), (changes(&[], &[], &[], &["a", "c/d/e"]), How::Untouched));
    assert_eq!(names(out.parent().expect("a parent")), ["build"]);
    assert_eq!(
        fs::read_to_string(out.join(MANIFEST)).expect("a manifest").lines().skip(1).collect::<Vec<_>>(),
        ["a", "c/d/e"]
    );
}

#[test]
fn nothing_changed_touches_nothing() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1"), ("s/b", "2")]);
    let stamps = || {
        [temp.path(), &out, &out.join("a"), &out.join("s"), &out.join(MANIFEST)].map(|it| {
            let it = fs::metadata(it).expect("there");
            (it.ino(), it.mtime(), it.mtime_nsec(), it.ctime_nsec())
        })
    };
    let before = stamps();
    put(&out, &[("a", "1"), ("s/b", "2")]);
    assert_eq!(before, stamps());
}

#[test]
fn modes_are_those_asked_for() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    let mut set = files(&[("sub/plain", "1"), ("sub/secret", "2")]);
    set.get_mut("sub/secret").expect("there").mode = 0o600;
    write(&out, &set, Foreign::Refuse).expect("written");
    assert_eq!(
        [&out, &out.join("sub"), &out.join("sub/plain"), &out.join("sub/secret")].map(|it| mode(it)),
        [0o755, 0o755, 0o644, 0o600]
    );
    // A secret that became readable is a change, also where the content is the same.
    fs::set_permissions(out.join("sub/secret"), fs::Permissions::from_mode(0o644)).expect("set");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o700)).expect("set");
    let (changes, _) = write(&out, &set, Foreign::Refuse).expect("written");
    assert_eq!(changes.changed, ["sub/secret"]);
    assert_eq!(mode(&out.join("sub/secret")), 0o600);
    assert_eq!(mode(&out), 0o700, "the folder's own mode is the user's");
}

#[test]
fn what_others_wrote_stays() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1"), ("sub/b", "1")]);
    fs::write(out.join("notes.txt"), "mine").expect("written");
    fs::write(out.join(".scorec-notes"), "mine").expect("written");
    fs::create_dir_all(out.join("sub/own/empty")).expect("made");
    fs::create_dir_all(out.join("theirs")).expect("made");
    fs::write(out.join("theirs/x"), "x").expect("written");
    fs::set_permissions(out.join("theirs"), fs::Permissions::from_mode(0o750)).expect("set");
    symlink("/nowhere", out.join("link")).expect("linked");
    let inode = fs::metadata(out.join("notes.txt")).expect("there").ino();
    let (_, how) = put(&out, &[("a", "2")]);
    assert_eq!(how, How::Whole);
    assert_eq!(tree(&out), [".scorec-notes=mine", "a=2", "link=", "notes.txt=mine", "sub/own/empty/", "theirs/x=x"]);
    assert_eq!(fs::metadata(out.join("notes.txt")).expect("there").ino(), inode);
    assert_eq!(mode(&out.join("theirs")), 0o750);
    assert_eq!(fs::read_link(out.join("link")).expect("a link"), Path::new("/nowhere"));
}

#[test]
fn a_file_of_somebody_else_is_not_overwritten() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    fs::create_dir(&out).expect("made");
    fs::write(out.join("a"), "mine").expect("written");
    let refused = write(&out, &files(&[("a", "ours"), ("b", "1")]), Foreign::Refuse);
    let error = refused.expect_err("refused");
    assert!(matches!(&error, OutputError::Foreign(path) if path == "a"), "{error:?}");
    assert!(error.diag("build").help.expect("help").contains("--force"));
    assert_eq!(names(&out), ["a"]);
    // Equal content is no conflict; from then on the file is ours.
    put(&out, &[("a", "mine")]);
    put(&out, &[("a", "ours")]);
    fs::write(out.join("c"), "mine").expect("written");
    write(&out, &files(&[("a", "ours"), ("c", "ours")]), Foreign::Overwrite).expect("written");
    assert_eq!(tree(&out), ["a=ours", "c=ours"]);
}

#[test]
fn a_file_may_become_a_folder_and_back() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1")]);
    put(&out, &[("a/b", "1")]);
    assert_eq!(tree(&out), ["a/b=1"]);
    put(&out, &[("a", "2")]);
    assert_eq!(tree(&out), ["a=2"]);
    put(&out, &[("a/b", "1")]);
    fs::write(out.join("a/mine"), "x").expect("written");
    assert!(matches!(write(&out, &files(&[("a", "2")]), Foreign::Overwrite), Err(OutputError::Foreign(_))));
    fs::remove_dir_all(out.join("a")).expect("removed");
    symlink(temp.path(), out.join("a")).expect("linked");
    let refused = write(&out, &files(&[("a/b", "2")]), Foreign::Refuse);
    assert!(matches!(refused, Err(OutputError::Foreign(_))), "{refused:?}");
    assert!(!temp.path().join("b").exists());
}

#[test]
fn paths_that_no_output_may_have() {
    let temp = TempDir::new().expect("a folder");
    for path in ["", "/a", "../a", "a/../b", "a//b", "./a", "a/", ".scorec-files", ".scorec-x", "#a", "a\nb", "a\0b"] {
        let result = write(&temp.path().join("build"), &files(&[(path, "1")]), Foreign::Overwrite);
        assert!(matches!(result, Err(OutputError::BadPath(_))), "{path:?}: {result:?}");
    }
    let both = files(&[("a", "1"), ("a.b", "1"), ("a/b", "1")]);
    assert!(matches!(check(&temp.path().join("build"), &both, Foreign::Refuse), Err(OutputError::BadPath(_))));
    assert!(names(temp.path()).is_empty());
}

#[test]
fn an_edited_manifest_reaches_nothing_outside() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1")]);
    fs::write(temp.path().join("precious"), "x").expect("written");
    fs::write(out.join(MANIFEST), "../precious\n/etc/passwd\na\n").expect("written");
    put(&out, &[("b", "1")]);
    assert_eq!(tree(&out), ["b=1"]);
    assert!(temp.path().join("precious").exists());
}

#[test]
fn the_folder_may_be_a_link_but_no_file() {
    let temp = TempDir::new().expect("a folder");
    fs::create_dir(temp.path().join("real")).expect("made");
    symlink("real", temp.path().join("build")).expect("linked");
    put(&temp.path().join("build"), &[("a", "1")]);
    assert!(temp.path().join("build").is_symlink());
    assert_eq!(tree(&temp.path().join("real")), ["a=1"]);
    fs::write(temp.path().join("file"), "").expect("written");
    for path in ["file", "file/below"] {
        let result = write(&temp.path().join(path), &files(&[("a", "1")]), Foreign::Refuse);
        assert!(matches!(result, Err(OutputError::NotAFolder | OutputError::Other { .. })), "{result:?}");
    }
}

#[test]
fn a_folder_that_may_not_be_written_stays_as_it_was() {
    if super::is_superuser() {
        return;
    }
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1")]);
    // With the folder above closed, the weaker promise is kept; with both closed, nothing is done.
    fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o555)).expect("set");
    assert_eq!(put(&out, &[("a", "2"), ("s/b", "1")]).1, How::PerFile);
    assert_eq!(put(&out, &[("a", "3")]).1, How::PerFile);
    assert_eq!(tree(&out), ["a=3"]);
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).expect("set");
    let result = write(&out, &files(&[("a", "4")]), Foreign::Refuse);
    assert!(matches!(result, Err(OutputError::Other { .. })), "{result:?}");
    for path in [temp.path(), &out] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }
    assert_eq!(tree(&out), ["a=3"]);
}

#[test]
fn what_a_killed_run_left_is_cleared() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1")]);
    // Killed while it built the new folder.
    let new = temp.path().join(".build.scorec-new");
    fs::create_dir(&new).expect("made");
    fs::write(new.join(".scorec-unfinished"), "").expect("written");
    fs::write(new.join("half"), "x").expect("written");
    fs::write(temp.path().join(".build.scorec-lock"), "").expect("written");
    put(&out, &[("a", "1")]);
    assert_eq!((tree(&out), names(temp.path())), (vec!["a=1".to_owned()], vec!["build".to_owned()]));
    // Killed after the exchange: the old folder holds a file that somebody wrote at the last moment.
    fs::create_dir(&new).expect("made");
    fs::write(new.join(MANIFEST), "old\n").expect("written");
    fs::write(new.join("old"), "x").expect("written");
    fs::write(new.join("late"), "mine").expect("written");
    put(&out, &[("a", "1")]);
    assert_eq!((tree(&out), names(temp.path())), (vec!["a=1".into(), "late=mine".into()], vec!["build".to_owned()]));
}

/// While the old folder was being removed its manifest went first: nothing in it may come back.
#[test]
fn what_was_being_removed_does_not_come_back() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1")]);
    fs::create_dir(temp.path().join(".build.scorec-old")).expect("made");
    fs::write(temp.path().join(".build.scorec-old/stale"), "x").expect("written");
    put(&out, &[("a", "1")]);
    assert_eq!((tree(&out), names(temp.path())), (vec!["a=1".to_owned()], vec!["build".to_owned()]));
}

#[test]
fn two_builds_at_once_wait_for_each_other() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    let lock = fs::File::create(temp.path().join(".build.scorec-lock")).expect("a file");
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).expect("locked");
    let busy = write_within(&out, &files(&[("a", "1")]), Foreign::Refuse, Duration::from_millis(50));
    assert!(matches!(busy, Err(OutputError::Busy)), "{busy:?}");
    let waiting = std::thread::spawn({
        let out = out.clone();
        move || put(&out, &[("a", "1")])
    });
    std::thread::sleep(Duration::from_millis(100));
    drop(lock);
    assert_eq!(waiting.join().expect("ended").1, How::Whole);
    let builds: Vec<_> = (0..8)
        .map(|number| {
            let out = out.clone();
            std::thread::spawn(move || put(&out, &[("a", &number.to_string()), ("b", &number.to_string())]))
        })
        .collect();
    builds.into_iter().for_each(|it| drop(it.join().expect("ended")));
    let tree = tree(&out);
    assert_eq!(tree[0].replace("a=", ""), tree[1].replace("b=", ""));
    assert_eq!(names(temp.path()), ["build"]);
}

#[test]
fn every_error_says_what_to_do_or_why() {
    let errors = [
        OutputError::Foreign("a".into()),
        OutputError::BadPath("a\nb".into()),
        OutputError::NotAFolder,
        OutputError::Busy,
        OutputError::Other { path: "x".into(), error: std::io::Error::from_raw_os_error(28) },
    ];
    let text: Vec<String> =
        errors.iter().map(|it| it.diag("build")).map(|it| format!("{}\n  {:?}\n", it.message, it.help)).collect();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text.concat()) });
}

/// From within the folder, which therefore must stay the folder that it is.
#[test]
fn the_weaker_promise_ends_in_the_same_place() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    put(&out, &[("a", "1"), ("sub/b", "1"), ("sub/deep/c", "1")]);
    fs::write(out.join("sub/mine"), "mine").expect("written");
    let inode = fs::metadata(&out).expect("there").ino();
    let status = super::child("output::builds_from_within", &out).current_dir(&out).status().expect("ended");
    assert!(status.success());
    assert_eq!(tree(&out), ["a/b=2", "sub/mine=mine"]);
    assert_eq!(names(&out), [MANIFEST, "a", "sub"]);
    assert_eq!(names(temp.path()), ["build"]);
    assert_eq!(fs::metadata(&out).expect("there").ino(), inode);
    assert_eq!(put(&out, &[("a/b", "2")]).1, How::Untouched);
}

#[test]
#[ignore = "the process that the test above starts"]
fn builds_from_within() {
    let Some(out) = super::child_folder() else { return };
    for list in [&[("a", "2"), ("sub/b", "2")][..], &[("a/b/c", "1")], &[("a/b", "2")]] {
        assert_eq!(put(&out, list).1, How::PerFile);
    }
}
