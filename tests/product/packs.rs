//! Mistakes in packs are found when the pack is loaded, at their line.
//!
//! Each file of `tests/packs/` is a pack with one mistake, or a few of one kind. `// expect: CODE LINE` in it says
//! what must be reported, and where. The Score file uses nothing of the pack, so that only loading can find it.

use std::fs;
use std::path::{Path, PathBuf};

use super::run;

const SCORE: &str = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: \"nginx:1.29\"}}\n";

#[test]
fn every_mistake_is_found_when_the_pack_is_loaded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs");
    let mut wrong = Vec::new();
    let packs = packs(&folder);
    assert!(packs.len() >= 40, "there are only {} packs", packs.len());
    for path in packs {
        let name = run::name_of(&path).to_owned();
        let text = fs::read_to_string(&path).expect("a pack");
        let project = tempfile::TempDir::new().expect("a folder");
        let pack = project.path().join("pack");
        fs::create_dir(&pack).expect("a folder");
        fs::write(pack.join("pack.kdl"), &text).expect("a pack");
        fs::write(project.path().join("scorec.kdl"), "use \"pack\"\n").expect("a project");
        fs::write(project.path().join("score.yaml"), SCORE).expect("a Score file");
        let args = ["build".to_owned()];
        let ran = run::program(project.path(), project.path(), &args, &[]);
        let expected: Vec<&str> = text.lines().filter_map(|it| it.trim().strip_prefix("// expect: ")).collect();
        if expected.is_empty() {
            wrong.push(format!("{name} expects nothing"));
        }
        let found = found(&ran.err);
        for it in &expected {
            if !found.iter().any(|found| found == it) {
                wrong.push(format!("{name}: expected {it}, found {found:?}"));
            }
        }
        if found.len() != expected.len() {
            wrong.push(format!("{name}: {} problems expected, found {found:?}", expected.len()));
        }
        run::compare(&folder, &name, &ran.said(&args), &mut wrong);
    }
    run::all_right(&wrong);
}

/// A snapshot that no input makes any more would show what never happens.
#[test]
fn every_snapshot_has_its_input() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (path, _) in run::files(&tests.join("packs")).iter().filter(|(path, _)| path.ends_with(".snap")) {
        let pack = tests.join("packs").join(path.trim_end_matches(".snap"));
        assert!(pack.exists(), "tests/packs/{path} belongs to no pack");
    }
    for folder in ["compile", "problems"] {
        for case in run::cases(folder) {
            let inputs = run::files(&case).into_keys().filter(|it| !it.ends_with(".snap"));
            assert!(inputs.count() > 0, "{} holds nothing but snapshots", case.display());
        }
    }
}

fn packs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("packs").map(|it| it.expect("a pack").path());
    let mut found: Vec<PathBuf> = entries.filter(|it| it.extension().is_some_and(|it| it == "kdl")).collect();
    found.sort();
    found
}

/// `CODE LINE` of every problem: the code in its headline, the line in the first place below.
fn found(err: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut code = None;
    for line in err.lines() {
        let headline = ["error[", "warning["].iter().find_map(|it| line.strip_prefix(it));
        if let Some(rest) = headline {
            code = rest.split(']').next().map(str::to_owned);
        }
        if let Some(place) = line.split("pack/pack.kdl:").nth(1)
            && let Some(code) = code.take()
        {
            found.push(format!("{code} {}", place.split(':').next().unwrap_or_default()));
        }
    }
    found
}
