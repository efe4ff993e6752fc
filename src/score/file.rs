//! Files that a container mounts.
//!
//! In: entries of `files`. Out: their content, with places inside the file that holds it: the Score file for
//! `content`, the named file for `source`.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;

use super::container::section;
use super::fields::{Context, Item, shown};
use super::model::{Content, File, Name};
use super::node::{Run, Text, Yaml};
use super::pattern::{MODE, NONEMPTY};
use super::placeholder::{self, Where};
use super::read::FileError;
use crate::diag::{Code, Diag};
use crate::source::Span;

const CONTENTS: [&str; 3] = ["content", "binaryContent", "source"];

/// Reads the files of a container, by target.
pub fn read_all(cx: &mut Context, container: &Name, item: &Item) -> IndexMap<Arc<str>, File> {
    let mut files = IndexMap::new();
    for (target, entry) in section(cx, container, item, "files", "container.files") {
        cx.name_like(&target, &NONEMPTY, "a file");
        if let Some(file) = read(cx, container, &target, &entry) {
            files.insert(target.value, file);
        }
    }
    files
}

fn read(cx: &mut Context, container: &Name, target: &Name, item: &Item) -> Option<File> {
    let hints = [("target", "remove `target`: the key of the entry is the target")];
    if !cx.closed_map(item, &["content", "binaryContent", "source", "mode", "noExpand"], &hints) {
        return None;
    }
    let mode = item.get("mode").and_then(|it| {
        cx.item_feature("container.files.mode", container, target, it.key);
        cx.text_like(&it, &MODE)
    });
    let expand = item.get("noExpand").and_then(|it| cx.boolean(&it)).is_none_or(|it| !it.value);
    let content = content(cx, item, expand)?;
    if matches!(content, Content::Bytes(_)) {
        let at = item.get("binaryContent").or_else(|| item.get("source")).map_or(item.key, |it| it.key);
        cx.item_feature("container.files.binary", container, target, at);
    }
    Some(File { target: target.clone(), mode, content, at: item.node.at })
}

fn content(cx: &mut Context, item: &Item, expand: bool) -> Option<Content> {
    let given: Vec<(&str, Item)> = CONTENTS.iter().filter_map(|it| Some((*it, item.get(it)?))).collect();
    match &given[..] {
        [] => {
            let message = format!("`{}` has no content", item.path);
            cx.diags.push(
                Diag::error(Code::ScoreMissingKey, item.key, message)
                    .here("this file needs one of `content`, `binaryContent` and `source`")
                    .help("add `content: text of the file`"),
            );
            None
        }
        [("content", one)] => text_content(cx, one, expand),
        [("binaryContent", one)] => binary_content(cx, one),
        [(_, one)] => source_content(cx, one, expand),
        [(_, first), (_, second), ..] => {
            let message = format!("`{}` has more than one content", item.path);
            cx.diags.push(
                Diag::error(Code::ScoreBadValue, second.key, message)
                    .here("a second content")
                    .label(first.key, "the first content")
                    .help("keep one of `content`, `binaryContent` and `source`"),
            );
            None
        }
    }
}

fn text_content(cx: &mut Context, item: &Item, expand: bool) -> Option<Content> {
    cx.text(item)?;
    let Yaml::Text(text) = &item.node.data else { return None };
    Some(text_of(cx, text, item.node.at, expand))
}

fn text_of(cx: &mut Context, text: &Text, at: Span, expand: bool) -> Content {
    Content::Text(match expand {
        true => placeholder::template(cx, text, at, Where::Text),
        false => placeholder::verbatim(&text.text, at),
    })
}

fn binary_content(cx: &mut Context, item: &Item) -> Option<Content> {
    let text = cx.text(item)?;
    // Line breaks are how people fold long base64, and other readers of Score skip them too.
    let bare: String = text.value.chars().filter(|it| !matches!(it, '\n' | '\r')).collect();
    match STANDARD.decode(&bare) {
        Ok(bytes) => Some(Content::Bytes(bytes.into())),
        Err(_) => {
            cx.diags.push(
                Diag::error(Code::ScoreBadValue, text.at, format!("`{}` is not base64", item.path))
                    .here("cannot be decoded")
                    .help("write the output of `base64 FILE`, or put plain text in `content`"),
            );
            None
        }
    }
}

fn source_content(cx: &mut Context, item: &Item, expand: bool) -> Option<Content> {
    let source = cx.text_like(item, &NONEMPTY)?;
    let read = match join(cx.folder, &source.value) {
        Some(path) => cx.files.read(&path).map(|bytes| (path, bytes)),
        None => Err(FileError::OutsideProject),
    };
    let (path, bytes) = match read {
        Ok(read) => read,
        Err(error) => {
            cx.diags.push(unreadable(&source, &error));
            return None;
        }
    };
    match String::from_utf8(bytes) {
        Ok(text) => {
            let file = cx.sources.add(path, text.as_str());
            let at = Span::new(file, 0, text.len());
            let text = Text { text: text.into(), runs: Arc::new([Run { text: 0, source: at }]) };
            Some(text_of(cx, &text, at, expand))
        }
        Err(error) if !expand => Some(Content::Bytes(error.into_bytes().into())),
        Err(_) => {
            let message = format!("`{}` is not UTF-8, so its placeholders cannot be expanded", shown(&source.value));
            cx.diags.push(
                Diag::error(Code::FileNotUtf8, source.at, message)
                    .here("named here")
                    .help("add `noExpand: true` to take the file as it is"),
            );
            None
        }
    }
}

fn unreadable(source: &Name, error: &FileError) -> Diag {
    let path = shown(&source.value);
    let (code, message, help) = match error {
        FileError::NotFound => {
            let help = "create the file, or write its path relative to the folder of the Score file";
            (Code::FileUnreadable, format!("there is no file `{path}`"), help)
        }
        FileError::OutsideProject => {
            let help = "copy the file into the project and name it relative to the folder of the Score file";
            (Code::PathOutsideProject, format!("`{path}` lies outside the project"), help)
        }
        FileError::TooLarge => (Code::FileTooLarge, format!("`{path}` is too large"), "mount it as a volume instead"),
        FileError::Other(why) => {
            (Code::FileUnreadable, format!("`{path}` cannot be read: {why}"), "name a file that can be read")
        }
    };
    Diag::error(code, source.at, message).here("named here").help(help)
}

/// A path relative to a folder of the project, without `.` and `..`. `None` where it leaves the project.
fn join(folder: &str, path: &str) -> Option<String> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with(['/', '\\']) || drive {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_stay_inside_the_project() {
        assert_eq!(join("a/b", "../c/./d"), Some("a/c/d".to_owned()));
        assert_eq!(join("", "c"), Some("c".to_owned()));
        for path in ["/etc/hostname", "../x", "a/../../x", "C:/x", "\\x"] {
            assert_eq!(join("", path), None, "{path}");
        }
        assert_eq!(join("a", "../../x"), None);
    }
}
