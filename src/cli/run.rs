//! The program: parse the command line, run one command, say how it ended.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use super::args::{Cli, Command, Completions};
use super::session::{DONE, ERRORS, Session};
use super::{
    build, check, diff, envs, explain, graph, init, new, patches, policies, resources, rules, targets, terminal, test,
    types,
};

/// Runs scorec. clap ends the process itself for `--help`, `--version` and a wrong command line (code 2).
#[must_use]
pub fn run() -> ExitCode {
    terminal::install_panic_hook();
    let cli = Cli::parse();
    let Some(mut session) = Session::start(&cli.global) else { return ExitCode::from(ERRORS) };
    let code = command(&mut session, &cli.command);
    ExitCode::from(session.finish(code))
}

fn command(session: &mut Session, command: &Command) -> u8 {
    match command {
        Command::Init(args) => init::run(session, args),
        Command::New(args) => new::run(session, args),
        Command::Build(args) => build::run(session, args),
        Command::Check(args) => check::run(session, args),
        Command::Diff(args) => diff::run(session, args),
        Command::Test(args) => test::run(session, args),
        Command::Explain(args) => explain::run(session, args),
        Command::Graph(args) => graph::run(session, args),
        Command::Resources(args) => resources::run(session, args),
        Command::Types(args) => types::run(session, args),
        Command::Rules(args) => rules::run(session, args),
        Command::Patches(args) => patches::run(session, args),
        Command::Policies(args) => policies::run(session, args),
        Command::Targets(args) => targets::run(session, args),
        Command::Envs(args) => envs::run(session, args),
        Command::Completions(args) => completions(session, args),
    }
}

fn completions(session: &mut Session, args: &Completions) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "scorec", &mut script);
    session.terminal.out.write(&String::from_utf8_lossy(&script));
    DONE
}
