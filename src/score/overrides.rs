//! Changes to a Score file that come with a build: an overrides file and `--set path=value`.
//!
//! In: the tree of the Score file and what to change. Out: the changed tree, in which every value still knows
//! the file or argument that wrote it. Nothing here knows the shape of a workload.

use std::sync::Arc;

use super::node::{Entry, Map, Node, Yaml};
use super::problems::Problems;
use super::yaml;
use crate::diag::{Code, Diag};
use crate::source::{Sources, Span};

/// Merges an overrides file into a tree: maps merge deeply, everything else replaces, lists too.
pub fn merge(base: &mut Node, over: Node) {
    let (Yaml::Map(base), Yaml::Map(over)) = (&mut base.data, over.data) else { return };
    for (key, entry) in over {
        match base.get_mut(&key) {
            Some(old) if old.value.as_map().is_some() && entry.value.as_map().is_some() => {
                merge(&mut old.value, entry.value);
            }
            // The key moves along, so that a problem of the new value points at the file that wrote it.
            Some(old) => *old = entry,
            None => {
                base.insert(key, entry);
            }
        }
    }
}

/// Applies one `path=value`. The argument becomes a source file of its own, so that problems can show it.
pub fn set(root: &mut Node, argument: &str, sources: &mut Sources, diags: &mut Problems) {
    let file = sources.add("--set", argument);
    let whole = Span::new(file, 0, argument.len());
    let Some((path, text)) = argument.split_once('=') else {
        diags.push(
            problem(whole, format!("`--set {argument}` has no `=`"))
                .here("a path and a value belong here")
                .help("write `--set path=value`, for example `--set containers.web.image=nginx`"),
        );
        return;
    };
    let Some(path) = diags.take(segments(path, whole)) else { return };
    let Some(value) = yaml::parse(file, text, argument.len() - text.len(), diags) else { return };
    let value = (!matches!(value.data, Yaml::Null)).then_some(value);
    if let Err(diag) = assign(root, &path, value) {
        diags.push(diag);
    }
}

/// One part of a path.
struct Segment {
    text: Arc<str>,
    at: Span,
}

fn problem(at: Span, message: String) -> Diag {
    Diag::error(Code::ScoreOverride, at, message)
}

/// Splits at dots; `\.` is a dot and `\\` a backslash inside a part.
fn segments(path: &str, at: Span) -> Result<Vec<Segment>, Diag> {
    let mut segments = Vec::new();
    let mut text = String::new();
    let mut start = 0;
    let mut letters = path.char_indices().peekable();
    while let Some((offset, letter)) = letters.next() {
        match letter {
            '.' => {
                segments.push(Segment { text: std::mem::take(&mut text).into(), at: at.within(start, offset) });
                start = offset + 1;
            }
            '\\' => match letters.next_if(|(_, it)| matches!(it, '.' | '\\')) {
                Some((_, escaped)) => text.push(escaped),
                None => text.push('\\'),
            },
            _ => text.push(letter),
        }
    }
    segments.push(Segment { text: text.into(), at: at.within(start, path.len()) });
    if segments.len() > yaml::MAX_DEPTH {
        return Err(yaml::too_deep(at));
    }
    match segments.iter().find(|it| it.text.is_empty()) {
        Some(empty) => Err(problem(empty.at, "a part of the path is empty".to_owned())
            .here("a key belongs here")
            .help("name every key on the way, for example `containers.web.image`")),
        None => Ok(segments),
    }
}

/// Puts a value at a path, or removes what is there. Missing maps are made on the way to a value.
fn assign(root: &mut Node, path: &[Segment], value: Option<Node>) -> Result<(), Diag> {
    let Some((last, way)) = path.split_last() else { return Ok(()) };
    let mut node = root;
    for segment in way {
        let kind = node.kind();
        node = match &mut node.data {
            Yaml::Map(map) if value.is_none() && !map.contains_key(&segment.text) => {
                return Err(nothing_there(segment));
            }
            Yaml::Map(map) => &mut map.entry(segment.text.clone()).or_insert_with(|| new_map(segment)).value,
            Yaml::List(items) => {
                let index = index(segment, items.len())?;
                items.get_mut(index).ok_or_else(|| out_of_range(segment, 0))?
            }
            _ => return Err(no_way(segment, kind)),
        };
    }
    let kind = node.kind();
    match (&mut node.data, value) {
        (Yaml::Map(map), Some(value)) => match map.get_mut(&last.text) {
            Some(entry) => *entry = Entry { key: last.at, value },
            None => {
                map.insert(last.text.clone(), Entry { key: last.at, value });
            }
        },
        (Yaml::Map(map), None) => {
            map.shift_remove(&last.text).ok_or_else(|| nothing_there(last))?;
        }
        (Yaml::List(items), Some(value)) if &*last.text == "-1" => items.push(value),
        (Yaml::List(items), Some(value)) => {
            let index = index(last, items.len())?;
            items[index] = value;
        }
        (Yaml::List(items), None) => {
            items.remove(index(last, items.len())?);
        }
        _ => return Err(no_way(last, kind)),
    }
    Ok(())
}

fn new_map(segment: &Segment) -> Entry {
    Entry { key: segment.at, value: Node::new(Yaml::Map(Map::new()), segment.at) }
}

/// A place in a list of that length; always smaller than it.
fn index(segment: &Segment, length: usize) -> Result<usize, Diag> {
    match segment.text.parse::<usize>() {
        Ok(index) if index < length => Ok(index),
        Ok(_) => Err(out_of_range(segment, length)),
        Err(_) => Err(problem(segment.at, format!("`{}` is no place in a list", segment.text))
            .here("this stands for an item of a list")
            .help("write a number from 0 on; as the last part of a path that sets a value, `-1` appends")),
    }
}

fn out_of_range(segment: &Segment, length: usize) -> Diag {
    let help = match length {
        0 => "write `-1` as the last part to append".to_owned(),
        1 => "write `0`, or `-1` as the last part to append".to_owned(),
        _ => format!("write a number from 0 to {}, or `-1` as the last part to append", length - 1),
    };
    problem(segment.at, format!("the list has no item {}", segment.text))
        .here(format!("the list has {}", crate::diag::count(length, "item")))
        .help(help)
}

fn no_way(segment: &Segment, kind: &str) -> Diag {
    problem(segment.at, format!("`{}` cannot be set below {kind}", segment.text))
        .here("only maps and lists hold further values")
        .help("shorten the path, so that it ends at the value to replace")
}

/// Removing what is not there changes nothing, which the one who asked should know.
fn nothing_there(segment: &Segment) -> Diag {
    Diag::warning(Code::ScoreOverride, segment.at, format!("there is no `{}` to remove", segment.text))
        .here("an empty value removes what the path names")
        .help("check the path, or remove this `--set`")
}
