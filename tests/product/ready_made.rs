//! The packs in `rules/`: their cases pass, together put everything in them to work, and each serves by its name.

use std::fs;
use std::path::Path;

use super::run;

fn packs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut found: Vec<String> =
        fs::read_dir(folder).expect("packs").map(|it| run::name_of(&it.expect("a pack").path()).to_owned()).collect();
    found.sort();
    assert!(found.len() >= 4, "there are only {found:?}");
    found
}

#[test]
fn the_cases_of_every_pack_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    // What a pack uses is read from the same tree, and checked.
    let library = format!("SCOREC_LIBRARY={}", env!("CARGO_MANIFEST_DIR"));
    let args = [vec!["test".to_owned()], packs()].concat();
    let ran = run::program(&root, &root, &args, &[library]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    // Neither problems nor definitions that no case uses.
    assert_eq!(ran.err, "");
}

#[test]
fn every_pack_serves_by_its_name() {
    for name in packs() {
        let project = tempfile::TempDir::new().expect("a folder");
        fs::write(project.path().join("scorec.kdl"), format!("use \"{name}\"\n")).expect("a project");
        let text = "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: \"nginx:1.29\"}}\n";
        fs::write(project.path().join("score.yaml"), text).expect("a Score file");
        let library = format!("SCOREC_LIBRARY={}", env!("CARGO_MANIFEST_DIR"));
        for env in [vec![], vec![library]] {
            let ran = run::program(project.path(), project.path(), &["check".to_owned()], &env);
            let said = "no problems: 1 workload, environment local\n";
            assert_eq!((ran.code, &*ran.err), (Some(0), said), "{name}: {}", ran.out);
        }
    }
}
