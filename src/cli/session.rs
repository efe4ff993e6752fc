//! What every command needs: the project's place, its files, the terminal, and the problems found so far.
//!
//! A command returns the exit code; problems are printed once, at the end, by [`Session::finish`].

use std::path::{Path, PathBuf};

use super::args::{Color, Global};
use super::disk::{Disk, TEXT_LIMIT};
use super::project::Project;
use super::terminal::{Terminal, Verbosity, When};
use crate::diag::{Diag, Diags};
use crate::report::human::human;
use crate::source::{FileId, Sources, Span};

/// Exit codes.
pub const DONE: u8 = 0;
/// The input has errors.
pub const ERRORS: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// `build --check` found a difference.
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
    /// # Errors
    /// When the current folder cannot be read.
    pub fn start(global: &Global) -> Result<Session, std::io::Error> {
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
        let current = std::env::current_dir()?;
        let project = Project::find(&current)?;
        let disk = Disk::new(&project.root)?;
        let mut sources = Sources::default();
        crate::library::register(&mut sources);
        let terminal = Terminal::new(when, verbosity);
        Ok(Session { terminal, project, disk, current, sources, diags: Diags::default() })
    }

    /// A file of the project as text, registered as a source. `at` is the place that names it.
    pub fn text(&mut self, path: &str, at: Span) -> Option<(FileId, String)> {
        match self.disk.text(path, TEXT_LIMIT) {
            Ok(text) => {
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
        let closed = self.terminal.out.close();
        let errors = self.terminal.err.close();
        if closed.is_err() || errors.is_err() { ERRORS.max(code) } else { code }
    }
}
