//! What a YAML syntax error means to a person.
//!
//! In: the kind of error that the parser found, and where. Out: one problem in our own words.

use granit_parser::{ErrorKind, ScanError};

use crate::diag::{Code, Diag};
use crate::source::{FileId, Span};

/// Turns the parser's error into a problem. `base` is added to the parser's byte offsets.
pub fn problem(error: &ScanError, file: FileId, text: &str, base: usize) -> Diag {
    let offset = error.marker().byte_offset().unwrap_or(0).min(text.len());
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return super::yaml::too_deep(place(file, text, offset, base));
    }
    if let Some(tab) = leading_tab(text, offset) {
        return tab_problem(Span::new(file, base + tab, base + tab + 1));
    }
    let at = place(file, text, offset, base);
    let character = text.get(offset..).and_then(|it| it.chars().next());
    let (message, here, help) = words(error.kind(), character);
    Diag::error(Code::YamlSyntax, at, message).here(here).help(help)
}

fn tab_problem(at: Span) -> Diag {
    Diag::error(Code::YamlSyntax, at, "a tab cannot indent YAML")
        .here("this is a tab")
        .help("replace the tab with spaces, two for each level")
}

/// One character at the offset; at the end of the file, the last character that is not blank.
fn place(file: FileId, text: &str, offset: usize, base: usize) -> Span {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    if text[start..].trim().is_empty() {
        let written = text[..start].trim_end();
        start = written.len() - written.chars().next_back().map_or(0, char::len_utf8);
    }
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    Span::new(file, base + start, base + start + length)
}

/// The first tab in the indentation of the line that holds the offset.
fn leading_tab(text: &str, offset: usize) -> Option<usize> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |it| it + 1);
    let indentation = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
    text[start..start + indentation].find('\t').map(|it| start + it)
}

fn words(kind: &ErrorKind, character: Option<char>) -> (String, String, String) {
    use ErrorKind as K;
    let (message, here, help) = match kind {
        K::TabNotAllowed
        | K::TabInBlockIndentation
        | K::TabInIndentation
        | K::TabInPlainScalar
        | K::TabAtBlockScalarStart => ("a tab cannot stand here", "here", "replace the tab with spaces"),
        K::UnclosedQuotedScalar => {
            ("a quoted text is never closed", "the text begins here", "add the closing quote at the end of the text")
        }
        K::UnclosedFlowCollection { open: '{' } | K::UnexpectedEofFlowMapping | K::UnexpectedEofImplicitFlowMapping => {
            ("a `{` is never closed", "still open here", "add the closing `}`")
        }
        K::UnclosedFlowCollection { .. } | K::UnexpectedEofFlowSequence => {
            ("a `[` is never closed", "still open here", "add the closing `]`")
        }
        K::ExpectedFlowMappingSeparator => (
            "expected `,` or `}` in a map",
            "this stands in its place",
            "separate entries with `,`, and put text that holds `{` or `}` in quotes",
        ),
        K::ExpectedFlowSequenceSeparator => (
            "expected `,` or `]` in a list",
            "this stands in its place",
            "separate items with `,`, and put text that holds `[` or `]` in quotes",
        ),
        K::MisplacedFlowCollectionEnd | K::MismatchedFlowCollectionEnd { .. } => (
            "this bracket closes nothing",
            "nothing of this kind is open",
            "remove the bracket, or put the text in quotes",
        ),
        K::MappingValueNotAllowed
        | K::InvalidColonPlacement
        | K::InvalidMappingValueWhitespace
        | K::MappingKeyNotAllowed => (
            "a `:` cannot stand here",
            "this would begin a second value",
            "put the text in quotes if the `:` belongs to it, else begin a new line",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey | K::ExpectedBlockMappingKey => {
            ("expected `key: value`", "this is no key", "write `key: value`, indented like the keys beside it")
        }
        K::InvalidIndentation
        | K::InvalidFlowScalarIndent
        | K::InvalidQuotedScalarIndent
        | K::InvalidBlockScalarIndent => (
            "the indentation of this line fits none of the lines above",
            "the line begins here",
            "indent it with spaces, exactly like the lines it belongs to",
        ),
        K::BlockSequenceEntryNotAllowed | K::BlockEntryInFlowCollection | K::ExpectedBlockSequenceEntry => (
            "a list item cannot stand here",
            "here",
            "begin each item on its own line with `- `, indented like the other items",
        ),
        K::UnknownAnchor => (
            "an alias names an anchor that does not exist",
            "no `&` of this name stands above",
            "define it first, for example `base: &name value`, or put the text in quotes",
        ),
        K::UnknownQuotedScalarEscape | K::InvalidQuotedScalarHexEscape | K::InvalidUnicodeEscape => (
            "this escape means nothing in double quotes",
            "here",
            "use single quotes, in which a backslash is plain text, or double the backslash",
        ),
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => (
            "text follows a closing quote",
            "the quoted text ended before this",
            "put the whole value in one pair of quotes",
        ),
        K::UnexpectedCharacter { .. } => return unexpected(character),
        other => {
            let message =
                format!("this is not well-formed YAML: {}", other.to_string().replace("invalid", "misplaced"));
            return (message, "here".into(), "put text with special characters in quotes".into());
        }
    };
    (message.into(), here.into(), help.into())
}

fn unexpected(character: Option<char>) -> (String, String, String) {
    let shown = character.map_or_else(|| "the end of the file".to_owned(), |it| format!("`{}`", it.escape_debug()));
    (format!("a value cannot begin with {shown}"), "here".into(), "put the whole value in quotes".into())
}
