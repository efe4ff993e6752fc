//! Every diagnostic code has a smallest case under `tests/problems/`, named after it, with the text that users
//! see. `<code>.<variant>` is a further case of a code.

use std::collections::BTreeSet;

use super::run;
use scorec::diag::Code;

/// Codes that a case on a resting disk cannot show, with the test that shows them.
const ELSEWHERE: &[(Code, &str)] =
    &[(Code::OutputBusy, "tests/cli/output.rs"), (Code::StateLeftover, "tests/cli/programs/cmd")];

#[test]
fn every_case_says_what_its_transcript_says() {
    let mut wrong = Vec::new();
    for case in run::cases("problems") {
        let ran = run::case(&case, &[]);
        let code = run::name_of(&case).split('.').next().unwrap_or_default();
        if !ran.err.contains(&format!("[{code}]")) {
            wrong.push(format!("{} does not show `{code}`:\n{}", case.display(), ran.err));
        }
        run::compare(&case, "transcript", &ran.said(&run::args(&case)), &mut wrong);
    }
    run::all_right(&wrong);
}

#[test]
fn every_code_has_a_case() {
    let cases = run::cases("problems");
    let shown: BTreeSet<&str> = cases.iter().filter_map(|it| run::name_of(it).split('.').next()).collect();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (code, file) in ELSEWHERE {
        let text = std::fs::read_to_string(root.join(file)).expect("a test");
        assert!(text.contains(&format!("{code:?}")) || text.contains("Busy"), "{file} says nothing of `{}`", code.id());
    }
    let elsewhere = |code: &Code| ELSEWHERE.iter().any(|(it, _)| it == code);
    let missing: Vec<&str> =
        Code::ALL.iter().filter(|it| !elsewhere(it)).map(|it| it.id()).filter(|it| !shown.contains(it)).collect();
    assert!(missing.is_empty(), "no case under tests/problems shows: {missing:?}");
    let known: BTreeSet<&str> = Code::ALL.iter().map(|it| it.id()).collect();
    let unknown: Vec<&&str> = shown.iter().filter(|it| !known.contains(**it)).collect();
    assert!(unknown.is_empty(), "no such code: {unknown:?}");
}
