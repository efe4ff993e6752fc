//! Input files and places in them.
//!
//! In: the path and text of every file that takes part in a run. Out: [`Span`]s that name a place, and the
//! only conversions between the ways in which the libraries count (bytes, characters, lines and columns).
//! Knows nothing of any language.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Names one file of a [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A byte range in one input file. `start` and `end` are byte offsets, `end` is exclusive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The place of a value that no file wrote, for example a default of the compiler itself.
    pub const NONE: Span = Span { file: FileId(u32::MAX), start: 0, end: 0 };

    /// Offsets past 4 GiB cannot occur: files are capped far below (see `limits` of each reader).
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// Whether this is a place in a real file.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.file != Self::NONE.file
    }

    /// The smallest span that covers both; they must lie in one file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file);
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The part of this span that starts `start` bytes and ends `end` bytes after its beginning.
    #[must_use]
    pub fn within(self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.start as usize + start, self.start as usize + end)
    }
}

/// A value together with the place that wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spanned<T> {
    pub value: T,
    pub at: Span,
}

impl<T> Spanned<T> {
    pub fn new(value: T, at: Span) -> Self {
        Spanned { value, at }
    }
}

/// One input file. `path` is what a user reads in messages: relative to the project, with `/` separators.
#[derive(Debug)]
pub struct Source {
    pub path: Cow<'static, str>,
    pub text: Cow<'static, str>,
    /// Whether the file is part of the embedded library, which a user did not write.
    pub embedded: bool,
}

/// All files of a run, those of the embedded library first.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and gives its name. Adding the same path twice gives two files.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        self.push(Source { path: Cow::Owned(path.into()), text: Cow::Owned(text.into()), embedded: false })
    }

    /// Adds a file of the embedded library.
    pub fn add_embedded(&mut self, path: &'static str, text: &'static str) -> FileId {
        self.push(Source { path: Cow::Borrowed(path), text: Cow::Borrowed(text), embedded: true })
    }

    fn push(&mut self, source: Source) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX - 1));
        self.files.push(source);
        id
    }

    /// The file of that name; `None` for [`Span::NONE`].
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The text that a span covers; empty where the span names no file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|it| it.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// The path of a span's file; `(no file)` for [`Span::NONE`].
    #[must_use]
    pub fn path(&self, span: Span) -> &str {
        self.get(span.file).map_or("(no file)", |it| &it.path)
    }

    /// The 1-based line and column, in characters, of a span's start.
    #[must_use]
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        self.get(span.file).map_or((1, 1), |it| line_column(&it.text, span.start as usize))
    }

    /// `path:line`, as messages and comments name a place.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.path(span), self.line_column(span).0)
    }
}

/// The 1-based line and column, in characters, of a byte offset.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    (line, before[start..].chars().count() + 1)
}

/// The byte offset of a 1-based line and a 1-based column in characters, as script engines count.
#[must_use]
pub fn byte_of_line_column(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    start + byte_of_char(&text[start..], column.saturating_sub(1))
}

/// The byte offset of the character with that 0-based index; the length of the text when there is none.
#[must_use]
pub fn byte_of_char(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters() {
        let text = "a\nbé€c\n";
        let offset = text.find('c').unwrap_or(0);
        assert_eq!(line_column(text, offset), (2, 4));
        assert_eq!(byte_of_line_column(text, 2, 4), offset);
        assert_eq!(line_column(text, 1000), (3, 1));
    }
}
