//! Every case of `tests/compile/` on every target: all files with their modes, and what was said.
//!
//! The snapshot is named after the target. A new target adds its snapshots to every case by itself, unless the case
//! holds a `targets.txt` with the names of those it is meant for.
//! `SCOREC_CASES_OUT` names a folder for what was built, for real consumers to read.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::run;

#[test]
fn every_case_compiles_to_its_transcript() {
    let mut wrong = Vec::new();
    for case in run::cases("compile") {
        for target in targets_of(&case) {
            let ran = run::case(&case, &["--target", &target]);
            run::compare(&case, &target, &ran.transcript(&run::args(&case)), &mut wrong);
            write(&case, &target, &ran);
            let refused = refused_on(&case).contains(&target);
            if (ran.code == Some(0)) == refused {
                let but = if refused { "is no longer refused" } else { "is refused" };
                wrong.push(format!("{} {but} on {target}:\n{}", case.display(), ran.err));
            }
        }
    }
    run::all_right(&wrong);
}

/// The targets that cannot do what the case asks for, one a line in its `refused-on.txt`.
pub fn refused_on(case: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(case.join("refused-on.txt")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn write(case: &Path, target: &str, ran: &run::Ran) {
    let Some(out) = std::env::var_os("SCOREC_CASES_OUT").map(PathBuf::from) else { return };
    for (path, file) in &ran.files {
        let path = out.join(target).join(run::name_of(case)).join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &file.bytes).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(file.mode)).expect("its mode");
    }
}

/// The targets that a case is built for, one name a line; all where it does not say.
pub fn targets_of(case: &Path) -> Vec<String> {
    let named = std::fs::read_to_string(case.join("targets.txt"));
    named.map_or_else(|_| targets(), |it| it.lines().map(str::to_owned).collect())
}

/// The folders under `targets/`.
pub fn targets() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    let entries = std::fs::read_dir(folder).expect("targets");
    let mut names: Vec<String> =
        entries.map(|it| it.expect("a target").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
