//! Typed reading of a YAML tree.
//!
//! In: nodes. Out: names, numbers and lists of the model, with one problem for everything that is not what it
//! should be. Each reader gives `None` after it has reported why, so that callers collect and carry on.

use std::sync::Arc;

use indexmap::IndexMap;

use super::before::Edge;
use super::model::{Feature, Name};
use super::node::{Map, Node, Yaml};
use super::pattern::Pattern;
use super::problems::Problems;
use super::read::Files;
use crate::diag::suggest::{did_you_mean, nearest};
use crate::diag::{Code, Diag, or_list};
use crate::source::{Sources, Span, Spanned};
use crate::value::Value;

/// What the readers of one file share.
pub struct Context<'a> {
    pub sources: &'a mut Sources,
    pub files: &'a dyn Files,
    pub diags: Problems,
    pub features: Vec<Feature>,
    /// The folder of the Score file, `""` for the root of the project.
    pub folder: &'a str,
    /// The workload's metadata; null where it could not be read.
    pub metadata: Value,
    /// Names and places of all resources, of broken ones too, so that one mistake is not reported twice.
    pub resources: IndexMap<Arc<str>, Span>,
    /// Names and places of all containers, of broken ones too.
    pub containers: IndexMap<Arc<str>, Span>,
    pub edges: Vec<Edge>,
    /// Keys that an unknown key was probably meant to be, by the map that lacks them.
    pub meant: Vec<(Span, String)>,
}

/// A value, the key that holds it, and the path of keys to it as messages name it.
#[derive(Clone)]
pub struct Item<'t> {
    pub node: &'t Node,
    pub key: Span,
    pub path: String,
    /// Whether the key must be there, so that removing it is no way out.
    pub required: bool,
}

impl<'t> Item<'t> {
    /// The entry of a map; `None` where it is absent.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Item<'t>> {
        let entry = self.node.as_map()?.get(key)?;
        Some(Item { node: &entry.value, key: entry.key, path: join(&self.path, key), required: false })
    }

    /// All entries of a map, with their names.
    pub fn entries(&self) -> impl Iterator<Item = (Name, Item<'t>)> {
        let path = self.path.clone();
        let map: Option<&'t Map> = self.node.as_map();
        map.into_iter().flatten().map(move |(key, entry)| {
            let item = Item { node: &entry.value, key: entry.key, path: join(&path, key), required: false };
            (Spanned::new(key.clone(), entry.key), item)
        })
    }

    /// `in containers.web`, or nothing at the top of the file.
    fn within(&self) -> String {
        if self.path.is_empty() { "at the top level".to_owned() } else { format!("in `{}`", self.path) }
    }
}

fn join(path: &str, key: &str) -> String {
    // Paths are for messages alone. A key of half a megabyte must not be copied into the path of each child.
    let key = shown(key).replace('.', "\\.");
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

impl Context<'_> {
    /// Records the use of a feature of [`super::features::ALL`].
    pub fn feature(&mut self, name: &'static str, container: Option<&Name>, at: Span) {
        debug_assert!(super::features::ALL.contains(&name), "{name}");
        self.features.push(Feature { name, container: container.map(|it| it.value.clone()), item: None, at });
    }

    /// As [`Context::feature`], for a use that belongs to one file, volume or variable.
    pub fn item_feature(&mut self, name: &'static str, container: &Name, item: &Name, at: Span) {
        self.feature(name, Some(container), at);
        if let Some(feature) = self.features.last_mut() {
            feature.item = Some(item.value.clone());
        }
    }

    /// Whether the value is a map; reports it where it is not.
    pub fn map(&mut self, item: &Item) -> bool {
        let is_map = item.node.as_map().is_some();
        if !is_map {
            self.wrong_type(item, "a map");
        }
        is_map
    }

    /// Whether the value is a map; unknown keys are reported. `hints` say what to do about keys that other tools
    /// know; the key `*` stands for every other key.
    pub fn closed_map(&mut self, item: &Item, known: &[&str], hints: &[(&str, &str)]) -> bool {
        if !self.map(item) {
            return false;
        }
        for (key, entry) in item.node.as_map().into_iter().flatten() {
            if known.contains(&&**key) {
                continue;
            }
            let hint = |wanted: &str| hints.iter().find(|it| it.0 == wanted).map(|it| it.1.to_owned());
            let near = near(key, known.iter().copied());
            self.meant.extend(near.map(|it| (item.node.at, it.to_owned())));
            let near = || near.map(|it| format!("did you mean `{it}`?"));
            let message = format!("unknown key `{}` {}", shown(key), item.within());
            let help =
                hint(key).or_else(near).or_else(|| hint("*")).or_else(|| did_you_mean("", known.iter().copied()));
            self.diags.push(
                Diag::error(Code::ScoreUnknownKey, entry.key, message).here("Score has no such key").maybe_help(help),
            );
        }
        true
    }

    /// The entry of a map, reported where it is absent; a misspelt key is one problem, not two.
    pub fn required<'t>(&mut self, item: &Item<'t>, key: &str, example: &str) -> Option<Item<'t>> {
        let found = item.get(key).map(|it| Item { required: true, ..it });
        let misspelt = self.meant.iter().any(|(map, meant)| *map == item.node.at && meant == key);
        if found.is_none() && !misspelt {
            let message = format!("the key `{key}` is missing {}", item.within());
            let at = if item.key.is_some() { item.key } else { item.node.head() };
            let here = if item.path.is_empty() { "the file begins here".to_owned() } else { format!("needs `{key}`") };
            self.diags
                .push(Diag::error(Code::ScoreMissingKey, at, message).here(here).help(format!("add `{example}`")));
        }
        found
    }

    /// A string.
    pub fn text(&mut self, item: &Item) -> Option<Name> {
        if let Yaml::Text(text) = &item.node.data {
            return Some(Spanned::new(text.text.clone(), item.node.at));
        }
        self.wrong_type(item, "a string");
        None
    }

    /// A string that matches a pattern.
    pub fn text_like(&mut self, item: &Item, pattern: &Pattern) -> Option<Name> {
        let text = self.text(item)?;
        let message = match &*text.value {
            "" => format!("`{}` is empty", item.path),
            value => format!("`{}` cannot be `{}`", item.path, shown(value)),
        };
        self.check(&text, pattern, &message).then_some(text)
    }

    /// Whether the key of a map matches a pattern; reports it where it does not. `what` names the key's role.
    pub fn name_like(&mut self, name: &Name, pattern: &Pattern, what: &str) -> bool {
        self.check(name, pattern, &format!("`{}` cannot be the name of {what}", shown(&name.value)))
    }

    fn check(&mut self, text: &Name, pattern: &Pattern, message: &str) -> bool {
        if pattern.matches(&text.value) {
            return true;
        }
        let help = match pattern.near(&text.value) {
            Some(near) => format!("write `{near}`: it must be {}", pattern.words),
            None => format!("it must be {}", pattern.words),
        };
        self.diags.push(Diag::error(Code::ScoreBadValue, text.at, message).here("this text").help(help));
        false
    }

    /// A string of a closed list.
    pub fn one_of(&mut self, item: &Item, known: &[&str]) -> Option<Name> {
        let text = self.text(item)?;
        if known.contains(&&*text.value) {
            return Some(text);
        }
        let near = known.iter().find(|it| it.eq_ignore_ascii_case(&text.value));
        let help = match near {
            Some(near) => format!("write `{near}`"),
            None => format!("write {}", or_list(known)),
        };
        let message = format!("`{}` cannot be `{}`", item.path, shown(&text.value));
        self.diags.push(Diag::error(Code::ScoreBadValue, text.at, message).here("this text").help(help));
        None
    }

    pub fn boolean(&mut self, item: &Item) -> Option<Spanned<bool>> {
        if let Yaml::Bool(value) = item.node.data {
            return Some(Spanned::new(value, item.node.at));
        }
        self.wrong_type(item, "a boolean");
        None
    }

    /// A port number, 1 to 65535.
    pub fn port(&mut self, item: &Item) -> Option<Spanned<u16>> {
        let Yaml::Int(number) = item.node.data else {
            self.wrong_type(item, "an integer");
            return None;
        };
        match u16::try_from(number) {
            Ok(port) if port > 0 => Some(Spanned::new(port, item.node.at)),
            _ => {
                let message = format!("`{}` cannot be {number}", item.path);
                self.diags.push(
                    Diag::error(Code::ScoreBadValue, item.node.at, message)
                        .here("no port has this number")
                        .help("write a number from 1 to 65535"),
                );
                None
            }
        }
    }

    /// The items of a list.
    pub fn list<'t>(&mut self, item: &Item<'t>) -> Option<Vec<Item<'t>>> {
        let Yaml::List(items) = &item.node.data else {
            self.wrong_type(item, "a list");
            return None;
        };
        let nested = |(index, node): (usize, &'t Node)| Item {
            node,
            key: node.head(),
            path: format!("{}.{index}", item.path),
            required: true,
        };
        Some(items.iter().enumerate().map(nested).collect())
    }

    /// A list of strings.
    pub fn texts(&mut self, item: &Item) -> Option<Vec<Name>> {
        let items = self.list(item)?;
        let texts: Vec<Name> = items.iter().filter_map(|it| self.text(it)).collect();
        (texts.len() == items.len()).then_some(texts)
    }

    /// Reports a value of a wrong kind, with the literal text that would be right where it is clear.
    pub fn wrong_type(&mut self, item: &Item, wanted: &str) {
        let node = item.node;
        let raw = self.sources.text(node.at);
        let path = if item.path.is_empty() { "the file".to_owned() } else { format!("`{}`", item.path) };
        let mut found = node.kind().to_owned();
        if !raw.is_empty() && raw.len() <= 40 && !raw.contains('\n') {
            found = format!("{found}, `{raw}`");
        }
        let (at, here) = match node.data {
            // The place of a value that is not there has no width, so its key is shown instead.
            Yaml::Null if raw.is_empty() && item.key.is_some() => (item.key, "no value follows".to_owned()),
            _ if raw.contains('\n') => (node.head(), format!("this is {}", node.kind())),
            _ => (node.at, format!("this is {}", node.kind())),
        };
        let help = literal_fix(node, raw, wanted, item);
        let message = format!("expected {wanted} for {path}, found {found}");
        self.diags.push(Diag::error(Code::ScoreWrongType, at, message).here(here).help(help));
    }
}

/// The text to type in place of a value of a wrong kind.
fn literal_fix(node: &Node, raw: &str, wanted: &str, item: &Item) -> String {
    let key = item.path.rsplit('.').next().unwrap_or_default();
    let bare = raw.trim_matches(['"', '\'']);
    match (wanted, &node.data) {
        (_, Yaml::Null) if item.required => format!("give `{key}` a value"),
        (_, Yaml::Null) => format!("remove `{key}`, or give it a value"),
        ("a string", Yaml::Int(_) | Yaml::Float(_) | Yaml::Bool(_) | Yaml::Date(_)) => format!("write `\"{raw}\"`"),
        ("a string", Yaml::List(items)) => match &items[..] {
            [Node { data: Yaml::Text(text), .. }] => format!("write `{}`", shown(&text.text)),
            _ => "write one string".into(),
        },
        ("a string", Yaml::Map(_)) if raw.starts_with("{{") || raw.starts_with('{') => {
            format!("write it in quotes: `'{raw}'`")
        }
        ("an integer", Yaml::Text(_)) if bare.parse::<i64>().is_ok() => format!("write `{bare}` without quotes"),
        ("an integer", Yaml::Float(value)) if value.fract() == 0.0 => format!("write `{value:.0}`"),
        ("a boolean", Yaml::Text(_)) => match bare.to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => "write `true`".into(),
            _ => "write `false`".into(),
        },
        ("a list", Yaml::Text(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Bool(_)) => format!("write `[\"{bare}\"]`"),
        ("a map", Yaml::List(_)) => format!("write `{key}` as `name: value` entries instead of `- ` items"),
        ("a map", _) => format!("write entries below `{key}`, each as `name: value`"),
        (wanted, _) => format!("write {wanted}"),
    }
}

/// The known word nearest to `wanted`; nothing for texts so long that comparing them would take seconds.
pub fn near<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if wanted.len() > 100 { None } else { nearest(wanted, known.into_iter().filter(|it| it.len() <= 100)) }
}

/// A text short enough for a message.
pub fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(120).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'")
}
