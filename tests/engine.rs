//! What scorec builds, on a real container engine: see `tests/engine/run.sh`. Skipped where none answers.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "tests start processes and say what they skip"
)]

use std::process::Command;

#[test]
fn projects_come_up_and_hold_what_was_asked_for() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/run.sh");
    let ready = Command::new(script).arg("--ready").output().expect("the script starts");
    if !ready.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&ready.stdout).trim());
        return;
    }
    let ran = Command::new(script).env("SCOREC", env!("CARGO_BIN_EXE_scorec")).output().expect("the script starts");
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
}
