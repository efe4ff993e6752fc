//! The piece of a source that a problem shows, made fit for a screen.
//!
//! In: labels and the sources. Out: [`Excerpt`]s: a few whole lines with the labels moved onto them, the
//! primary place's excerpt first. Here spans are clamped to the text, labels over several lines are cut to
//! their first, lines too long for the screen are cut around what they label, and characters that would
//! command a terminal are replaced. Knows nothing of colours or frames.

use std::ops::Range;

use crate::diag::Label;
use crate::source::{Source, Sources, line_column};

/// Labels of one file that stand so near to each other that one frame shows them all.
pub(super) struct Excerpt {
    /// The file as a user knows it, see [`shown_path`].
    pub path: String,
    /// Whole lines, with `\n` between them.
    pub text: String,
    /// The 0-based number of the first line.
    pub first_line: usize,
    /// The 1-based line and column, in characters, of the first label given.
    pub place: (usize, usize),
    /// In order of place. Ranges are byte ranges of `text` and never cross a line end.
    pub marks: Vec<Mark>,
}

pub(super) struct Mark {
    pub range: Range<usize>,
    pub text: String,
    /// Whether this is the place of the problem, not one of its causes.
    pub primary: bool,
}

/// Labels at most this many lines apart share a frame.
const NEAR: usize = 4;

/// The path of a file as messages show it: one of the embedded library says that it is not on the disk.
pub(super) fn shown_path(source: &Source) -> String {
    if source.embedded { format!("(library) {}", source.path) } else { clean(&source.path) }
}

/// Text without characters that command a terminal or that make text look like another.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// How wide an excerpt may be, and what stands for text that was cut away.
#[derive(Clone, Copy)]
pub(super) struct Room {
    pub columns: usize,
    pub ellipsis: &'static str,
}

/// Excerpts for all labels that name a file; that of the first label comes first.
pub(super) fn excerpts(labels: &[Label], sources: &Sources, room: Room) -> Vec<Excerpt> {
    let mut groups: Vec<(&Source, Vec<Place>)> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let Some(source) = sources.get(label.span.file) else { continue };
        let place = Place::new(label, source, index == 0);
        let near = |it: &&mut (&Source, Vec<Place>)| {
            std::ptr::eq(it.0, source) && it.1.iter().any(|other| other.line.abs_diff(place.line) <= NEAR)
        };
        match groups.iter_mut().find(near) {
            Some((_, places)) => places.push(place),
            None => groups.push((source, vec![place])),
        }
    }
    groups.into_iter().map(|(source, places)| excerpt(source, places, room)).collect()
}

/// A label with its line found and its span cut to that line.
struct Place<'a> {
    label: &'a Label,
    primary: bool,
    /// 0-based.
    line: usize,
    /// Byte offset of the line in the file.
    line_start: usize,
    /// Byte range within the line.
    range: Range<usize>,
}

impl<'a> Place<'a> {
    fn new(label: &'a Label, source: &Source, primary: bool) -> Self {
        let text = &source.text;
        let start = boundary(text, label.span.start as usize);
        let end = boundary(text, label.span.end as usize).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |it| it + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |it| start + it);
        let line = text[..start].bytes().filter(|byte| *byte == b'\n').count();
        let length = text[line_start..line_end].trim_end_matches('\r').len();
        let cut = |offset: usize| (offset.min(line_end) - line_start).min(length);
        Place { label, primary, line, line_start, range: cut(start)..cut(end) }
    }
}

/// The nearest character boundary at or before an offset that may lie anywhere.
fn boundary(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0)
}

/// One line of context above and below, where there is one.
fn excerpt(source: &Source, places: Vec<Place>, room: Room) -> Excerpt {
    let place = places.first().map_or((1, 1), |it| line_column(&source.text, it.label.span.start as usize));
    let last = places.iter().map(|it| it.line).max().unwrap_or(0) + 1;
    let room = Room { columns: room.columns.saturating_sub((last + 1).to_string().len()), ..room };
    let (first_line, mut offset) = first_line(source, &places);
    let mut text = String::new();
    let mut marks = Vec::new();
    for number in first_line..=last {
        let here: Vec<&Place> = places.iter().filter(|it| it.line == number).collect();
        let Some(rest) = source.text.get(offset..).filter(|it| !it.is_empty() || !here.is_empty()) else { break };
        let line = rest.split('\n').next().unwrap_or_default();
        offset += line.len() + 1;
        let start = text.len();
        let cut = Cut::new(line.trim_end_matches('\r'), here.first().map_or(0..0, |it| it.range.clone()), room);
        for it in here {
            let range = start + cut.moved(it.range.start)..start + cut.moved(it.range.end);
            marks.push(Mark { range, text: clean(&it.label.text), primary: it.primary });
        }
        text.push_str(&cut.text);
        text.push('\n');
    }
    marks.sort_by_key(|it| it.range.start);
    Excerpt { path: shown_path(source), text, first_line, place, marks }
}

/// The 0-based number and the byte offset of the line above the first that has a label.
fn first_line(source: &Source, places: &[Place]) -> (usize, usize) {
    let first = places.iter().min_by_key(|it| it.line).map_or((0, 0), |it| (it.line, it.line_start));
    match first {
        (0, _) | (_, 0) => (0, 0),
        (line, start) => (line - 1, source.text[..start - 1].rfind('\n').map_or(0, |it| it + 1)),
    }
}

/// A line as shown, with what is needed to move places of the original onto it.
struct Cut {
    text: String,
    /// Byte offset in the original line and in `text`, for every character shown and for the end.
    moves: Vec<(usize, usize)>,
}

impl Cut {
    /// Shows `line` around `focus`, in at most as many columns as there is room for.
    fn new(line: &str, focus: Range<usize>, room: Room) -> Self {
        let window = window(line, focus, room.columns.max(20));
        let mut text = String::new();
        let mut moves = Vec::new();
        if window.start > 0 {
            text.push_str(room.ellipsis);
        }
        for (offset, char) in line[window.clone()].char_indices() {
            moves.push((window.start + offset, text.len()));
            text.push(harmless(char));
        }
        moves.push((window.end, text.len()));
        if window.end < line.len() {
            text.push_str(room.ellipsis);
        }
        Cut { text, moves }
    }

    /// Where the original offset stands now; one that was cut away stands at the nearer end.
    fn moved(&self, offset: usize) -> usize {
        let index = self.moves.partition_point(|(original, _)| *original < offset);
        self.moves.get(index).or(self.moves.last()).map_or(0, |(_, shown)| *shown)
    }
}

/// The byte range of `line` that fits into `columns` and shows the start of `focus`, with text before it.
fn window(line: &str, focus: Range<usize>, columns: usize) -> Range<usize> {
    // Two ellipses of up to three columns take part of the room.
    let room = columns.saturating_sub(6);
    if line.chars().map(columns_of).sum::<usize>() <= columns {
        return 0..line.len();
    }
    let wanted: usize = line[focus.clone()].chars().map(columns_of).sum();
    let before = (room.saturating_sub(wanted) / 2).max(room / 4);
    let mut start = focus.start;
    let mut used = 0;
    for (offset, char) in line[..focus.start].char_indices().rev() {
        used += columns_of(char);
        if used > before {
            break;
        }
        start = offset;
    }
    let mut used = 0;
    let end = line[start..].char_indices().find(|(_, char)| {
        used += columns_of(*char);
        used > room
    });
    start..end.map_or(line.len(), |(offset, _)| start + offset)
}

/// A tab is shown as up to four columns. Wide characters count as one, which cuts a little late.
fn columns_of(char: char) -> usize {
    if char == '\t' { 4 } else { 1 }
}

/// Escape sequences would command the terminal, and direction marks would make text read as what it is not.
fn harmless(char: char) -> char {
    match char {
        '\t' | '\n' => char,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ if char.is_control() => char::REPLACEMENT_CHARACTER,
        _ => char,
    }
}
