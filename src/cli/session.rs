//! What every command needs: the project's place, its files, the terminal, and the problems found so far.
//!
//! A command returns the exit code; problems are printed once, at the end, by [`Session::finish`].

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::{Color, Global};
use super::compile::way;
use super::disk::{Disk, TEXT_LIMIT, reason};
use super::progress::Progress;
use super::project::{PROJECT_FILE, Project};
use super::table::Table;
use super::terminal::{Terminal, Verbosity, When};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::report::human::{human, one};
use crate::source::{FileId, Sources, Span};

/// Exit codes. That of a wrong command line, 2, is clap's.
pub const DONE: u8 = 0;
/// The input has errors.
pub const ERRORS: u8 = 1;
/// `build --check` or `diff --exit-code` found a difference.
pub const DIFFERS: u8 = 3;

/// One run of the program.
pub struct Session {
    pub terminal: Terminal,
    pub project: Project,
    pub disk: Disk,
    pub current: PathBuf,
    pub sources: Sources,
    pub diags: Diags,
}

impl Session {
    /// A session in the current folder. `None` where that cannot be read, which has been said then.
    pub fn start(global: &Global) -> Option<Session> {
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        let when = match global.color {
            None | Some(Color::Auto) => When::Auto,
            Some(Color::Always) => When::Always,
            Some(Color::Never) => When::Never,
        };
        let mut terminal = Terminal::new(when, verbosity);
        let mut sources = Sources::default();
        match places() {
            Ok((current, project, disk)) => {
                crate::library::register(&mut sources);
                Some(Session { terminal, project, disk, current, sources, diags: Diags::default() })
            }
            Err(error) => {
                let message = format!("the current folder cannot be read: {}", reason(&error));
                let diag = Diag::error(Code::FileUnreadable, Span::NONE, message);
                let mut diags = Diags::default();
                diags.push(diag.help("change to a folder that exists"));
                terminal.err.write(&human(&diags, &sources, terminal.err.style));
                None
            }
        }
    }

    /// A session that prints nothing, in a folder that is taken for a whole project, such as a case of a pack.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn silent(root: &Path) -> std::io::Result<Session> {
        let disk = Disk::new(root)?;
        let root = disk.root().to_owned();
        let mut sources = Sources::default();
        crate::library::register(&mut sources);
        let project = Project { has_file: root.join(PROJECT_FILE).is_file(), root: root.clone() };
        let terminal = Terminal::silent();
        Ok(Session { terminal, project, disk, current: root, sources, diags: Diags::default() })
    }

    /// Says on standard error what takes so long, until the result is dropped; only where somebody is looking.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let watched = self.terminal.err.is_terminal && std::env::var_os("CI").is_none();
        Progress::new(watched && self.terminal.verbosity == Verbosity::Normal)
    }

    /// A file of the project as text, registered as a source. `at` is the place that names it.
    pub fn text(&mut self, path: &str, at: Span) -> Option<(FileId, String)> {
        match self.disk.text(path, TEXT_LIMIT) {
            Ok(text) => {
                self.terminal.explain(&format!("read {path}\n"));
                let file = self.sources.add(path, text.clone());
                Some((file, text))
            }
            Err(error) => {
                self.diags.push(error.diag(path, at));
                None
            }
        }
    }

    /// The name of a path from the command line, relative to the project's root.
    pub fn name_of(&mut self, typed: &Path) -> Option<String> {
        let name = self.project.name_of(&self.current, typed);
        if name.is_none() {
            let shown = typed.display().to_string();
            self.diags.push(super::disk::ReadError::OutsideProject.diag(&shown, Span::NONE));
        }
        name
    }

    pub fn fail(&mut self, diag: Diag) {
        self.diags.push(diag);
    }

    /// The table on standard output, fitted to the screen; a reader that is a program gets whole lines.
    pub fn print_table(&mut self, table: &Table) {
        let out = &mut self.terminal.out;
        let watched = out.is_terminal || std::env::var_os("COLUMNS").is_some();
        let text = table.text(watched.then_some(out.style.width));
        out.write(&text);
    }

    /// The value on standard output, as indented JSON.
    pub fn print_json(&mut self, value: &impl Serialize) {
        self.terminal.out.write(&format!("{:#}\n", serde_json::json!(value)));
    }

    /// Reports a name of the command line that nothing has.
    pub fn unknown<'a>(&mut self, what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) {
        let help = did_you_mean(name, known);
        self.fail(Diag::error(Code::NameUnknown, Span::NONE, format!("no {what} `{name}`")).maybe_help(help));
    }

    /// A path as the user would type it in the current folder; one outside the project in full.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        if path.starts_with(&self.project.root) { way(&self.current, path) } else { path.display().to_string() }
    }

    /// Prints the problems and says how the run ended.
    pub fn finish(mut self, code: u8) -> u8 {
        self.diags.sort();
        if !self.diags.is_empty() {
            let shown: Diags = if self.terminal.verbosity == Verbosity::Quiet {
                self.diags.without_notes()
            } else {
                self.diags.clone()
            };
            let text = human(&shown, &self.sources, self.terminal.err.style);
            self.terminal.err.write(&text);
        }
        let code = if code == DONE && self.diags.has_errors() { ERRORS } else { code };
        let mut complete = true;
        if let Err(error) = self.terminal.out.close() {
            let message = format!("standard output could not be written: {}", reason(&error));
            let diag = Diag::error(Code::OutputUnwritable, Span::NONE, message);
            self.terminal.err.write(&one(&diag, &self.sources, self.terminal.err.style));
            complete = false;
        }
        complete &= self.terminal.err.close().is_ok();
        if complete { code } else { ERRORS.max(code) }
    }
}

/// The current folder, the project that it is in, and the project's files.
fn places() -> std::io::Result<(PathBuf, Project, Disk)> {
    let current = std::env::current_dir()?.canonicalize()?;
    let project = Project::find(&current)?;
    let disk = Disk::new(&project.root)?;
    Ok((current, project, disk))
}
