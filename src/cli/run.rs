//! The program: parse the command line, run one command, say how it ended.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Cli, Command};
use super::session::{ERRORS, Session};
use super::{build, terminal};

/// Runs scorec. clap ends the process itself for `--help`, `--version` and a wrong command line (code 2).
#[must_use]
pub fn run() -> ExitCode {
    terminal::install_panic_hook();
    let cli = Cli::parse();
    let mut session = match Session::start(&cli.global) {
        Ok(session) => session,
        Err(error) => {
            eprintln!("error: the current folder cannot be read: {}", super::disk::reason(&error));
            return ExitCode::from(ERRORS);
        }
    };
    let code = match &cli.command {
        Command::Build(args) => build::run(&mut session, args),
        _ => 0,
    };
    ExitCode::from(session.finish(code))
}
