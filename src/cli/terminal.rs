//! The terminal: what may be shown on it, and writing to it without tripping over a closed pipe.
//!
//! In: the environment's wishes and text. Out: a [`Style`] for each stream, and text on it. Also the hook that
//! makes a bug of scorec look like one. Knows nothing of commands.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use crate::report::human::Style;

/// The exit code of a bug in scorec.
pub const BUG: i32 = 101;

/// `--color`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    Auto,
    Always,
    Never,
}

/// How much is said on standard error beside problems.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Verbosity {
    /// Errors and warnings only.
    Quiet,
    Normal,
    /// What is read, chosen and written, too.
    Verbose,
}

/// Reads one variable of the environment; tests give their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// One of the two streams.
pub struct Stream {
    to: Box<dyn Write>,
    pub style: Style,
    pub is_terminal: bool,
    failure: Option<io::Error>,
}

/// Standard output and standard error.
pub struct Terminal {
    pub out: Stream,
    pub err: Stream,
    pub verbosity: Verbosity,
}

impl Terminal {
    /// The terminal of this process.
    #[must_use]
    pub fn new(when: When, verbosity: Verbosity) -> Self {
        let environment: Environment = &|name| std::env::var_os(name);
        let (out, err) = (io::stdout(), io::stderr());
        let out_style = style(when, environment, out.is_terminal(), columns(&out));
        let err_style = style(when, environment, err.is_terminal(), columns(&err));
        let (out_terminal, err_terminal) = (out.is_terminal(), err.is_terminal());
        Terminal {
            out: Stream::new(Box::new(out), out_style, out_terminal),
            err: Stream::new(Box::new(err), err_style, err_terminal),
            verbosity,
        }
    }

    /// One that nobody reads.
    #[must_use]
    pub fn silent() -> Self {
        let stream = || Stream::new(Box::new(io::sink()), Style { colour: false, unicode: true, width: 100 }, false);
        Terminal { out: stream(), err: stream(), verbosity: Verbosity::Quiet }
    }

    /// What a user who did not ask for silence wants to know, on standard error.
    pub fn say(&mut self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            self.err.write(text);
        }
    }

    /// What only a user who asked for it wants to know, on standard error.
    pub fn explain(&mut self, text: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.err.write(text);
        }
    }
}

impl Stream {
    #[must_use]
    pub fn new(to: Box<dyn Write>, style: Style, is_terminal: bool) -> Self {
        Stream { to, style, is_terminal, failure: None }
    }

    /// Writes text as it is. After a failure nothing more is written; [`Stream::close`] tells.
    pub fn write(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.to.write_all(text.as_bytes()).err();
        }
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// When something could not be written, for example to a full disk. A reader who has seen enough, as in
    /// `scorec … | head`, is no error.
    pub fn close(mut self) -> io::Result<()> {
        let result = self.failure.take().map_or_else(|| self.to.flush(), Err);
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// The style for a stream. `columns` is the width of its terminal, where it has one.
#[must_use]
pub fn style(when: When, environment: Environment, is_terminal: bool, columns: Option<usize>) -> Style {
    let width = environment("COLUMNS").and_then(|it| it.to_str()?.parse().ok()).or(columns).unwrap_or(100);
    Style { colour: colour(when, environment, is_terminal), unicode: unicode(environment), width: width.clamp(40, 160) }
}

/// The command line decides, then `NO_COLOR` and `CLICOLOR_FORCE` (set and not empty; see no-color.org and
/// bixense.com/clicolors), then whether somebody is looking.
fn colour(when: When, environment: Environment, is_terminal: bool) -> bool {
    let is_set = |name| environment(name).is_some_and(|it| !it.is_empty());
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if is_set("NO_COLOR") => false,
        When::Auto if is_set("CLICOLOR_FORCE") => environment("CLICOLOR_FORCE").is_some_and(|it| it != "0"),
        When::Auto => {
            is_terminal
                && environment("TERM").is_none_or(|it| it != "dumb")
                && environment("CLICOLOR").is_none_or(|it| it != "0")
        }
    }
}

/// By the locale, read as the C library reads it: the first of these that is set and not empty. With none of
/// them set, as in many containers, UTF-8 is by far the likeliest.
fn unicode(environment: Environment) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment(name).filter(|it| !it.is_empty()));
    set.is_none_or(|it| {
        let locale = it.to_string_lossy().to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn columns(stream: &impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(usize::from(size.ws_col)).filter(|it| *it > 0)
}

/// Makes every panic say that it is a bug of scorec and end the process with code 101, also where panics
/// would abort it.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let what = text.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no reason given");
        let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        // A closed standard error must not make it worse.
        let _ = io::stderr().write_all(bug_report(what, &place).as_bytes());
        std::process::exit(BUG);
    }));
}

fn bug_report(what: &str, place: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let issues = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
    format!(
        "this is a bug in scorec, please report it: {issues}\n  what:    {what}\n  where:   {place}\n  version: {version}\n"
    )
}
