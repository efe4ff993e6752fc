//! A process that builds without end is killed at many moments; what it leaves must be one whole set of files.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use scorec::cli::output::{Foreign, How, OutputFiles, write};
use tempfile::TempDir;

use super::output::{files, tree};

/// Set number `number`: every file holds the number, and one is there only in odd sets.
fn set(number: u32, size: usize) -> OutputFiles {
    let text = format!("{number} {}", "x".repeat(2000));
    let mut names: Vec<String> = (0..size).map(|it| format!("folder-{}/file-{it}", it % 7)).collect();
    if number % 2 == 1 {
        names.push("odd".into());
    }
    files(&names.iter().map(|it| (it.as_str(), text.as_str())).collect::<Vec<_>>())
}

/// The number of the set that a folder holds, if it holds exactly one.
fn whole(folder: &Path, size: usize) -> Result<u32, String> {
    let tree: Vec<String> = tree(folder).into_iter().filter(|it| !it.starts_with("mine")).collect();
    let numbers: Vec<&str> = tree.iter().filter_map(|it| it.split_once('=')?.1.split(' ').next()).collect();
    let first = numbers.first().ok_or("nothing there")?;
    let number: u32 = first.parse().map_err(|_| format!("`{first}` is no number"))?;
    let odd = usize::from(number % 2 == 1);
    if numbers.iter().all(|it| it == first) && numbers.len() == size + odd {
        Ok(number)
    } else {
        Err(format!("{numbers:?}"))
    }
}

#[test]
fn a_small_set_is_whole_after_every_kill() {
    kill_often(5);
}

#[test]
fn a_large_set_is_whole_after_every_kill() {
    kill_often(120);
}

fn kill_often(size: usize) {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    fs::write(temp.path().join("size"), size.to_string()).expect("written");
    write(&out, &set(0, size), Foreign::Refuse).expect("written");
    fs::write(out.join("mine"), "mine").expect("written");
    fs::create_dir(out.join("folder-mine")).expect("made");
    let mut seen = std::collections::BTreeSet::new();
    // Long enough for a build or two, however slow the disk is.
    let mut delay = 15_000;
    for round in 0..25_u64 {
        let mut command = super::child("output_killed::builds_without_end", temp.path());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        std::thread::sleep(Duration::from_micros(delay + round * 2_711));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let number = whole(&out, size).unwrap_or_else(|it| panic!("round {round}: not one whole set: {it}"));
        if !seen.insert(number) {
            delay += 15_000;
        }
        assert_eq!(fs::read_to_string(out.join("mine")).expect("there"), "mine");
        assert!(out.join("folder-mine").is_dir());
    }
    assert!(seen.len() > 3, "the child was killed before it did anything: {seen:?}");
    let (_, how) = write(&out, &set(1, size), Foreign::Refuse).expect("written");
    assert!(how != How::PerFile);
    assert_eq!(whole(&out, size), Ok(1));
    let left: Vec<_> =
        fs::read_dir(temp.path()).expect("a folder").map(|it| it.expect("an entry").file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
#[ignore = "the process that the tests above kill"]
fn builds_without_end() {
    let Some(temp) = super::child_folder() else { return };
    let size = fs::read_to_string(temp.join("size")).expect("there").parse().expect("a number");
    let start = std::process::id();
    for number in 0.. {
        write(&temp.join("build"), &set(start.wrapping_mul(1000) + number, size), Foreign::Refuse).expect("written");
    }
}

/// From within the folder only the weaker promise holds: single files are whole.
#[test]
fn in_place_no_single_file_is_half() {
    let temp = TempDir::new().expect("a folder");
    let out = temp.path().join("build");
    fs::write(temp.path().join("size"), "40").expect("written");
    write(&out, &set(0, 40), Foreign::Refuse).expect("written");
    for round in 0..10_u64 {
        let mut command = super::child("output_killed::builds_without_end", temp.path());
        command.current_dir(&out);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        std::thread::sleep(Duration::from_micros(20_000 + round * 3_911));
        child.kill().expect("killed");
        child.wait().expect("ended");
        for line in tree(&out).iter().filter(|it| !it.starts_with(".scorec")) {
            assert!(line.ends_with(&"x".repeat(2000)), "{line}");
        }
    }
    write(&out, &set(2, 40), Foreign::Refuse).expect("written");
    assert_eq!(whole(&out, 40), Ok(2));
}
