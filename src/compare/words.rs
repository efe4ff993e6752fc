//! Differences as text for a person, and their paths.
//!
//! In: differences in the order of [`compare`](super::compare). Out: lines in up to three sections. Of an object
//! that is gone only the name is said: that is what somebody has to clean up.

use super::lists::common;
use super::{Change, Difference, Step, stand};
use crate::report::human::Style;
use crate::value::{Data, Value};

/// What the changes are called.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub removed: &'static str,
    pub changed: &'static str,
    pub added: &'static str,
}

/// Between two builds.
pub const BUILDS: Words = Words { removed: "removed", changed: "changed", added: "added" };
/// Between what was expected and what was built.
pub const EXPECTATION: Words = Words { removed: "missing", changed: "different", added: "unexpected" };

impl Words {
    fn of(&self, change: Change) -> &'static str {
        match change {
            Change::Removed => self.removed,
            Change::Changed => self.changed,
            Change::Added => self.added,
        }
    }
}

/// A path as in `environment.DEBUG`, `ports[8080]` or `annotations."a.b/c"`.
#[must_use]
pub fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                let is_plain = !key.is_empty() && !key.contains(|it: char| it.is_whitespace() || ".\"[]".contains(it));
                if is_plain { out.push_str(key) } else { out.push_str(&format!("{key:?}")) }
            }
            Step::Item(name) => out.push_str(&format!("[{name}]")),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// All differences, in sections, without a summary.
#[must_use]
pub fn text(found: &[Difference], words: Words, style: Style) -> String {
    let mut out = String::new();
    let mut section = None;
    let mut object = None;
    for it in found {
        let of_object = it.of_object();
        if section != Some(of_object) {
            if section.replace(of_object).is_some() {
                out.push('\n');
            }
            out.push_str(&format!("{}\n", paint(words.of(of_object), of_object, style)));
        }
        if object != Some((of_object, &it.file, &it.object)) {
            object = Some((of_object, &it.file, &it.object));
            let space = if it.object.is_empty() { "" } else { "  " };
            out.push_str(&format!("  {}{space}{}", clean(&it.file), clean(&it.object)));
            out.push_str(if it.path.is_empty() { "" } else { "\n" });
        }
        if it.path.is_empty() {
            out.push_str(&whole(it, style));
        } else {
            let mark = paint(words.of(it.change), it.change, style);
            let space = " ".repeat(words.width() - words.of(it.change).len());
            let place = clean(&path(&it.path));
            out.push_str(&format!("    {mark}{space}  {place}{}", part(it, style)));
        }
    }
    out
}

impl Words {
    fn width(&self) -> usize {
        [self.removed, self.changed, self.added].into_iter().map(str::len).max().unwrap_or(0)
    }
}

/// `1 removed, 2 changed`, counting objects; empty without differences.
#[must_use]
pub fn summary(found: &[Difference], words: Words) -> String {
    let mut objects: Vec<(Change, &str, &str)> = Vec::new();
    for it in found {
        let object = (it.of_object(), it.file.as_str(), it.object.as_str());
        if objects.last() != Some(&object) {
            objects.push(object);
        }
    }
    let count = |change: Change| objects.iter().filter(|it| it.0 == change).count();
    let all = [Change::Removed, Change::Changed, Change::Added].map(|it| (count(it), words.of(it)));
    let said: Vec<String> = all.iter().filter(|it| it.0 > 0).map(|(number, word)| format!("{number} {word}")).collect();
    said.join(", ")
}

/// What stands behind the name of an object.
fn whole(it: &Difference, style: Style) -> String {
    match it.change {
        Change::Removed => "\n".to_owned(),
        Change::Changed => values(it, "    ", style),
        Change::Added => match &it.new.data {
            Data::Null => "\n".to_owned(),
            Data::Map(_) | Data::List(_) => format!("\n{}", indented(&it.new, 4)),
            _ => format!(": {}\n", one(&it.new)),
        },
    }
}

/// What stands behind a path inside an object.
fn part(it: &Difference, style: Style) -> String {
    match it.change {
        Change::Removed => format!(": {}\n", one(&it.old)),
        Change::Changed => values(it, "      ", style),
        Change::Added => match &it.new.data {
            Data::Map(map) if !map.is_empty() => format!("\n{}", indented(&it.new, 6)),
            _ => format!(": {}\n", one(&it.new)),
        },
    }
}

fn values(it: &Difference, indent: &str, style: Style) -> String {
    let (old, new) = (&it.old, &it.new);
    let (before, after) = (stand::shown_value(old), stand::shown_value(new));
    if let (Some(before), Some(after)) = (before.as_str(), after.as_str())
        && (before.contains('\n') || after.contains('\n'))
        && before != after
    {
        return format!("\n{}", lines(before, after, indent, style));
    }
    let (before, after) = (one(old), one(new));
    if before == after {
        let is_secret = stand::is_in_value(old) || stand::is_in_value(new);
        return match (is_secret, old.kind() == new.kind()) {
            (true, _) if before == "(secret)" => ": (secret) changed\n".to_owned(),
            (true, _) => format!(": {before}: the secret changed\n"),
            (false, true) => ": the content changed\n".to_owned(),
            (false, false) => format!(": {before}, was {}, is {}\n", old.kind(), new.kind()),
        };
    }
    let beside = if it.path.is_empty() { it.file.len() + it.object.len() + 2 } else { path(&it.path).len() + 13 };
    if beside + 7 + before.chars().count() + after.chars().count() > style.width {
        return format!("\n{}", lines(&before, &after, indent, style));
    }
    let arrow = if style.unicode { "→" } else { "->" };
    format!(": {before} {arrow} {after}\n")
}

/// A value on one line. What would look like something else, or like nothing, stands in quotes.
fn one(value: &Value) -> String {
    let shown = stand::shown_value(value);
    match shown.as_str() {
        Some(text) if text.is_empty() || text.trim() != text || text.contains(char::is_control) => format!("{text:?}"),
        _ => clean(&shown.shown()),
    }
}

/// A map or list over several lines, its single values on one line each.
fn indented(value: &Value, indent: usize) -> String {
    let space = " ".repeat(indent);
    let line = |label: &str, it: &Value| match &it.data {
        Data::Map(map) if !map.is_empty() && indent < 40 => format!("{space}{label}\n{}", indented(it, indent + 2)),
        Data::List(items) if items.iter().any(|it| matches!(it.data, Data::Map(_))) && indent < 40 => {
            format!("{space}{label}\n{}", indented(it, indent + 2))
        }
        _ => format!("{space}{label} {}\n", one(it)),
    };
    let item = |it: &Value| match &it.data {
        Data::Map(map) if !map.is_empty() && indent < 40 => {
            format!("{space}- {}", indented(it, indent + 2).trim_start())
        }
        _ => line("-", it),
    };
    match &value.data {
        Data::Map(map) => map.iter().map(|(key, it)| line(&format!("{}:", clean(key)), it)).collect(),
        Data::List(items) => items.iter().map(item).collect(),
        _ => line("", value),
    }
}

/// The lines that differ.
fn lines(old: &str, new: &str, indent: &str, style: Style) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut out = String::new();
    let mut say = |mark: &str, change: Change, text: &str| {
        let line = format!("{mark} {}", clean(text));
        out.push_str(&format!("{indent}{}\n", paint(line.trim_end(), change, style)));
    };
    let (mut from, mut to) = (0, 0);
    for (one, two) in common(&old, &new, |a, b| a == b).into_iter().chain([(old.len(), new.len())]) {
        old[from..one].iter().for_each(|it| say("-", Change::Removed, it));
        new[to..two].iter().for_each(|it| say("+", Change::Added, it));
        (from, to) = (one + 1, two + 1);
    }
    out
}

fn paint(text: &str, change: Change, style: Style) -> String {
    let code = match change {
        Change::Removed => "31",
        Change::Changed => "33",
        Change::Added => "32",
    };
    if style.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Without characters that command a terminal.
fn clean(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}
