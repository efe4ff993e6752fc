//! Every case of `tests/compile/` on every target: all files with their modes, and what was said.
//!
//! The snapshot is named after the target. A new target adds its snapshots to every case by itself.

use super::run;

#[test]
fn every_case_compiles_to_its_transcript() {
    let mut wrong = Vec::new();
    for case in run::cases("compile") {
        for target in targets() {
            let ran = run::case(&case, &["--target", &target]);
            run::compare(&case, &target, &ran.transcript(&run::args(&case)), &mut wrong);
            if ran.code != Some(0) && !run::name_of(&case).ends_with("-refused") {
                wrong.push(format!("{}: {}", case.display(), ran.err));
            }
        }
    }
    run::all_right(&wrong);
}

/// The folders under `targets/`.
pub fn targets() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    let entries = std::fs::read_dir(folder).expect("targets");
    let mut names: Vec<String> =
        entries.map(|it| it.expect("a target").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
