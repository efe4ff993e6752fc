//! The deprecated forms of files and volumes.
//!
//! In: the tree of a Score file. Out: the same tree in today's form, with a warning for every change. Nothing
//! is lost on the way: what cannot be moved is an error.

use std::sync::Arc;

use super::fields::shown;
use super::node::{Entry, Map, Node, Run, Text, Yaml};
use super::problems::Problems;
use crate::diag::{Code, Diag};
use crate::source::Span;

/// Rewrites lists of files and volumes to maps by target, and what stands inside such lists.
pub fn upgrade(root: &mut Node, diags: &mut Problems) {
    let containers = root.as_map_mut().and_then(|it| it.get_mut("containers")).and_then(|it| it.value.as_map_mut());
    for (name, container) in containers.into_iter().flatten() {
        let Some(container) = container.value.as_map_mut() else { continue };
        for (key, inside) in
            [("files", join_content as fn(&mut Map, &str, &mut Problems)), ("volumes", rename_read_only)]
        {
            if let Some(entry) = container.get_mut(key) {
                by_target(entry, &format!("containers.{}.{key}", shown(name)), inside, diags);
            }
        }
    }
}

fn by_target(entry: &mut Entry, path: &str, inside: fn(&mut Map, &str, &mut Problems), diags: &mut Problems) {
    let Yaml::List(items) = &mut entry.value.data else { return };
    let mut map = Map::new();
    for (index, item) in std::mem::take(items).into_iter().enumerate() {
        let path = format!("{path}.{index}");
        let Some((target, mut item)) = diags.take(take_target(item, &path)) else { continue };
        if let Some(fields) = item.as_map_mut() {
            inside(fields, &path, diags);
        }
        match map.get(&target.0) {
            Some(first) => diags.push(duplicate_target(&target, first.key)),
            None => {
                map.insert(target.0, Entry { key: target.1, value: item });
            }
        }
    }
    let target = map.first().map_or_else(|| "/etc/app.conf".to_owned(), |(target, _)| shown(target));
    diags.push(
        upgraded(entry.key, format!("`{path}` is a list, which is deprecated"))
            .here("read as a map by target")
            .help(format!("write the target as the key of each entry: `{target}: {{…}}`")),
    );
    entry.value.data = Yaml::Map(map);
}

fn upgraded(at: Span, message: String) -> Diag {
    Diag::warning(Code::ScoreUpgraded, at, message)
}

/// Takes the target out of an item.
fn take_target(mut item: Node, path: &str) -> Result<((Arc<str>, Span), Node), Diag> {
    let (head, kind) = (item.head(), item.kind());
    let Some(map) = item.as_map_mut() else {
        return Err(Diag::error(Code::ScoreWrongType, head, format!("expected a map for `{path}`, found {kind}"))
            .here(format!("this is {kind}"))
            .help("write it as entries, for example `target: /etc/app.conf`"));
    };
    let Some(target) = map.shift_remove("target") else {
        return Err(Diag::error(Code::ScoreMissingKey, head, format!("the key `target` is missing in `{path}`"))
            .here("this item needs `target`")
            .help("add `target: /etc/app.conf` with the path in the container"));
    };
    match target.value.data {
        Yaml::Text(text) => Ok(((text.text, target.value.at), item)),
        _ => {
            let kind = target.value.kind();
            let message = format!("expected a string for `{path}.target`, found {kind}");
            Err(Diag::error(Code::ScoreWrongType, target.value.head(), message)
                .here(format!("this is {kind}"))
                .help("write the path in the container, in quotes"))
        }
    }
}

fn duplicate_target(target: &(Arc<str>, Span), first: Span) -> Diag {
    Diag::error(Code::ScoreBadValue, target.1, format!("the target `{}` stands twice", shown(&target.0)))
        .here("given again here")
        .label(first, "first given here")
        .help("remove one of the two, or give it another path")
}

/// A list of lines becomes one text.
fn join_content(file: &mut Map, path: &str, diags: &mut Problems) {
    let Some(content) = file.get_mut("content") else { return };
    let Yaml::List(items) = &content.value.data else { return };
    let mut text = String::new();
    let mut runs: Vec<Run> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        match &item.data {
            Yaml::Text(line) => {
                runs.extend(line.runs.iter().map(|it| Run { text: it.text + text.len(), source: it.source }));
                text.push_str(&line.text);
            }
            _ => diags.push(
                Diag::error(
                    Code::ScoreWrongType,
                    item.head(),
                    format!("expected a string for `{path}.content.{index}`, found {}", item.kind()),
                )
                .here(format!("this is {}", item.kind()))
                .help("write the line in quotes"),
            ),
        }
    }
    diags.push(
        upgraded(content.key, format!("`{path}.content` is a list of lines, which is deprecated"))
            .here("joined with line breaks")
            .help("write the lines as one text after `content: |`"),
    );
    content.value.data = Yaml::Text(Text { text: text.into(), runs: runs.into() });
}

/// `read_only` becomes `readOnly`; where both stand, or it is no boolean, the reader reports the old key.
fn rename_read_only(volume: &mut Map, path: &str, diags: &mut Problems) {
    let is_bool = volume.get("read_only").is_some_and(|it| matches!(it.value.data, Yaml::Bool(_)));
    if !is_bool || volume.contains_key("readOnly") {
        return;
    }
    if let Some(entry) = volume.shift_remove("read_only") {
        diags.push(
            upgraded(entry.key, format!("`{path}.read_only` is deprecated"))
                .here("read as `readOnly`")
                .help("write `readOnly`"),
        );
        volume.insert("readOnly".into(), entry);
    }
}
