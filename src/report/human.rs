//! Problems as text for a person.
//!
//! In: [`Diags`], the sources they point into, and a [`Style`]. Out: text that ends with a newline, or nothing
//! where there is no problem. This is the only file that knows miette, which draws the framed excerpts; the
//! headline and the help are written here, since they must stay greppable and free to be copied.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::excerpt::{self, Excerpt, Room, clean};
use crate::diag::{Diag, Diags, Severity, count};
use crate::source::Sources;

/// How text for a person is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Whether frames may use characters beyond ASCII.
    pub unicode: bool,
    /// Columns of the screen. Below 40 it is taken as 40.
    pub width: usize,
}

/// All problems in their order, then the summary line.
#[must_use]
pub fn human(diags: &Diags, sources: &Sources, style: Style) -> String {
    if diags.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    for diag in diags.iter() {
        out.push_str(&one(diag, sources, style));
        out.push('\n');
    }
    out.push_str(&summary(diags));
    out.push('\n');
    out
}

/// `2 errors, 1 warning`; what there is none of is left out, and with no problem at all there is no text.
#[must_use]
pub fn summary(diags: &Diags) -> String {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (diags.count(severity), severity.word()))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| count(number, word))
        .collect();
    parts.join(", ")
}

/// One problem: headline, excerpts, help.
#[must_use]
pub fn one(diag: &Diag, sources: &Sources, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut out = headline(diag, style);
    // The line number's width is taken off where it is known; the rest is the frame's own.
    let room = Room { columns: style.width - 5, ellipsis: if style.unicode { "…" } else { "..." } };
    for excerpt in excerpt::excerpts(&diag.labels, sources, room) {
        out.push_str(&framed(&excerpt, diag.severity, style));
    }
    if let Some(help) = &diag.help {
        let mark = paint("help:", "36", style);
        let lines = wrapped(&clean(help), style.width.saturating_sub(8));
        out.push_str(&format!("  {mark} {}\n", lines.join("\n        ")));
    }
    out
}

fn headline(diag: &Diag, style: Style) -> String {
    let colour = match diag.severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Note => "1;36",
    };
    let head = paint(&format!("{}[{}]", diag.severity.word(), diag.code.id()), colour, style);
    format!("{head}{}\n", paint(&format!(": {}", clean(&diag.message)), "1", style))
}

fn paint(text: &str, code: &str, style: Style) -> String {
    if style.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Lines of at most `width` columns where words allow it. A piece in backticks is one word: it is text to
/// type, and a line break inside it would be typed along.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        // Lines with an indent are laid out already.
        if paragraph.starts_with(' ') || paragraph.chars().count() <= width {
            lines.push(paragraph.to_owned());
            continue;
        }
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |char: char| {
        quoted ^= char == '`';
        char == ' ' && !quoted
    })
}

/// The excerpt in miette's frame, without the headline that miette puts before it.
fn framed(excerpt: &Excerpt, severity: Severity, style: Style) -> String {
    let handler = GraphicalReportHandler::new_themed(theme(excerpt, severity, style))
        .with_links(false)
        .with_context_lines(1)
        .with_width(style.width)
        .without_syntax_highlighting();
    let mut out = String::new();
    if handler.render_report(&mut out, &Framed(excerpt)).is_err() {
        // miette gives up only where it cannot read an excerpt; the place alone is still worth saying.
        return format!("  --> {}:{}:{}\n", excerpt.path, excerpt.place.0, excerpt.place.1);
    }
    let frame = out.split_once('\n').map_or("", |(_, rest)| rest);
    frame.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The primary place in the colour of the severity, causes in another.
fn theme(excerpt: &Excerpt, severity: Severity, style: Style) -> GraphicalTheme {
    let mut styles = if style.colour { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let primary = match severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
        Severity::Note => styles.advice,
    };
    let cause = styles.help;
    styles.highlights = excerpt.marks.iter().map(|it| if it.primary { primary } else { cause }).collect();
    let characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    GraphicalTheme { characters, styles }
}

/// An excerpt in miette's terms.
struct Framed<'a>(&'a Excerpt);

impl Diagnostic for Framed<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        // The place named in the frame is that of the label given first, which is miette's primary one.
        Some(Box::new(self.0.marks.iter().map(|mark| {
            let text = Some(mark.text.clone()).filter(|it| !it.is_empty());
            LabeledSpan::new(text, mark.range.start, mark.range.len())
        })))
    }
}

impl SourceCode for Framed<'_> {
    /// Asked with context, the whole excerpt; asked without, the place to name in the frame.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Framed(excerpt) = self;
        let (line, column) = excerpt.place;
        let name = excerpt.path.clone();
        let text = excerpt.text.as_bytes();
        let contents = if before == 0 {
            MietteSpanContents::new_named(name, text, *span, line - 1, column - 1, 1)
        } else {
            let whole = SourceSpan::from(0..text.len());
            MietteSpanContents::new_named(name, text, whole, excerpt.first_line, 0, excerpt.text.lines().count())
        };
        Ok(Box::new(contents))
    }
}

impl fmt::Display for Framed<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Debug for Framed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.path)
    }
}

impl std::error::Error for Framed<'_> {}
