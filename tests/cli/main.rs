//! The file layer of the command line, against real folders and real processes.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "tests set up the disk and start processes"
)]

mod disk;
mod key;
mod output;
mod output_killed;
mod terminal;

use std::path::Path;
use std::process::Command;

/// This test binary, told to run one of its own ignored tests as a process that may be killed.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the test binary"));
    command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("SCOREC_TEST_FOLDER", folder);
    command
}

/// The folder given to a [`child`]. `None` where somebody runs all ignored tests.
fn child_folder() -> Option<std::path::PathBuf> {
    std::env::var_os("SCOREC_TEST_FOLDER").map(Into::into)
}

/// Whether the system lets this user past every permission, so that a test of them says nothing.
fn is_superuser() -> bool {
    rustix::process::geteuid().is_root()
}
