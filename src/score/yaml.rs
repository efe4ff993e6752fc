//! YAML text to a tree with places.
//!
//! In: the text of one file. Out: the tree of its first document, or one problem that names its place. Limits
//! on depth, nodes and alias expansion hold before anything is built, so no input can hang or overflow.
//! Aliases and `<<` merge keys are expanded here: nothing later knows of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::fields::shown;
use super::node::{Entry, Map, Node, Text, Yaml};
use super::problems::Problems;
use super::runs::runs;
use super::scalar::{Plain, resolve};
use super::syntax;
use crate::diag::{Code, Diag, Diags};
use crate::source::{FileId, Span};
use crate::value::Value;

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting of maps and lists, aliases expanded.
pub const MAX_DEPTH: usize = 100;
/// The most values in one file, aliases expanded.
pub const MAX_NODES: usize = 100_000;

/// Parses the text of a file. `base` is where `text` begins in the file. An empty document is null. `None` where
/// parsing had to stop; a tree beside errors is whole enough to look for further problems.
pub fn parse(file: FileId, text: &str, base: usize, diags: &mut Problems) -> Option<Node> {
    if let Some((at, character)) = text.char_indices().find(|(_, it)| is_control(*it)) {
        diags.push(control_problem(Span::new(file, base + at, base + at + character.len_utf8()), character));
        return None;
    }
    let result = Builder::new(file, text, base, diags).run();
    diags.take(result)
}

/// A value in YAML or JSON that stands by itself, for example in an argument. `base` is where `text` begins in
/// its file.
pub fn read_value(file: FileId, text: &str, base: usize, diags: &mut Diags) -> Option<Value> {
    let mut problems = Problems::default();
    let value = parse(file, text, base, &mut problems).map(|it| it.to_value());
    diags.append(problems.finish());
    value.filter(|_| !diags.has_errors())
}

/// The problem of a file that nests too deeply.
pub fn too_deep(at: Span) -> Diag {
    Diag::error(Code::YamlLimit, at, format!("maps and lists nest more than {MAX_DEPTH} levels deep"))
        .here("the first level too many")
        .help("remove levels: a Score file needs fewer than 20")
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

fn control_problem(at: Span, character: char) -> Diag {
    let number = u32::from(character);
    Diag::error(Code::YamlSyntax, at, format!("the control character U+{number:04X} cannot stand in YAML"))
        .here("it stands here")
        .help(format!("remove it, or write `\"\\x{number:02x}\"` in double quotes"))
}

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    base: usize,
    diags: &'a mut Problems,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

/// A collection that has begun and not ended.
struct Open {
    at: Span,
    anchor: usize,
    kind: Collection,
}

enum Collection {
    List(Vec<Node>),
    Map { entries: Map, merges: Vec<Node>, key: Option<Key> },
}

struct Key {
    text: Arc<str>,
    at: Span,
    merge: bool,
}

impl<'a> Builder<'a> {
    fn new(file: FileId, text: &'a str, base: usize, diags: &'a mut Problems) -> Self {
        Builder { file, text, base, diags, open: Vec::new(), anchors: BTreeMap::new(), nodes: 0, root: None }
    }

    fn run(mut self) -> Result<Node, Diag> {
        let mut options = granit_parser::options! { flow_nesting_limit: MAX_DEPTH, block_nesting_limit: MAX_DEPTH };
        options.set_emit_comments(false);
        let mut ended = false;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = event.map_err(|it| syntax::problem(&it, self.file, self.text, self.base))?;
            let range = span.byte_range().unwrap_or(0..0);
            let at = Span::new(self.file, self.base + range.start, self.base + range.end);
            match event {
                Event::DocumentStart(..) if ended => {
                    self.diags.push(several_documents(at));
                    break;
                }
                Event::DocumentEnd => ended = true,
                Event::Alias(id) => self.alias(id, at)?,
                Event::Scalar(text, style, anchor, tag) => {
                    let node = self.scalar(&text, style, tag.as_deref(), at);
                    self.finish(node, anchor, style == ScalarStyle::Plain)?;
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.begin(Collection::List(Vec::new()), anchor, tag.as_deref(), "seq", at)?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    let kind = Collection::Map { entries: Map::new(), merges: Vec::new(), key: None };
                    self.begin(kind, anchor, tag.as_deref(), "map", at)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(at)?,
                _ => {}
            }
        }
        Ok(self.root.unwrap_or_else(|| Node::new(Yaml::Null, Span::new(self.file, self.base, self.base))))
    }

    fn begin(&mut self, kind: Collection, anchor: usize, tag: Option<&Tag>, plain: &str, at: Span) -> Result<(), Diag> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(at));
        }
        if let Some(tag) = tag.filter(|it| it.core_suffix() != Some(plain)) {
            self.diags.push(tag_problem(tag, at));
        }
        self.open.push(Open { at, anchor, kind });
        Ok(())
    }

    fn end(&mut self, at: Span) -> Result<(), Diag> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (data, last) = match open.kind {
            Collection::List(items) => {
                let last = items.last().map(|it| it.at);
                (Yaml::List(items), last)
            }
            Collection::Map { mut entries, merges, .. } => {
                let last = entries.values().last().map(|it| it.value.at);
                for merge in merges {
                    self.merge(&mut entries, merge)?;
                }
                (Yaml::Map(entries), last)
            }
        };
        // A block collection ends where the next token begins, possibly lines later; its last value is nearer.
        let end = if at.start == at.end { last.unwrap_or(open.at).end.max(open.at.end) } else { at.end };
        let at = Span { end, ..open.at };
        self.finish(Node::new(data, at), open.anchor, false)
    }

    /// Entries that stand in the map itself win over merged ones; of merged maps the first wins.
    fn merge(&mut self, entries: &mut Map, from: Node) -> Result<(), Diag> {
        let at = from.head();
        let maps = match from.data {
            Yaml::List(items) => items,
            _ => vec![from],
        };
        for node in maps {
            let Yaml::Map(map) = node.data else {
                return Err(Diag::error(Code::YamlSyntax, at, format!("`<<` takes a map, found {}", node.kind()))
                    .help("give it an alias of a map, for example `<<: *base`"));
            };
            for (key, entry) in map {
                entries.entry(key).or_insert(entry);
            }
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, at: Span) -> Result<(), Diag> {
        let size = self.anchors.get(&id).map(Node::measure);
        if let Some((nodes, depth)) = size {
            if self.open.len() + depth > MAX_DEPTH {
                return Err(too_deep(at));
            }
            self.spend(nodes, at)?;
        }
        match self.anchors.get(&id).cloned() {
            Some(node) => self.finish(node, 0, false),
            None => Err(Diag::error(Code::YamlSyntax, at, "an alias stands inside the value that it names")
                .here("this would never end")
                .help("remove the alias, or write the value in its place")),
        }
    }

    /// Counts values before they are built.
    fn spend(&mut self, nodes: usize, at: Span) -> Result<(), Diag> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        Err(Diag::error(Code::YamlLimit, at, format!("the file holds more than {MAX_NODES} values, aliases expanded"))
            .here("the limit is passed here")
            .help("write fewer values or aliases: a Score file holds one workload"))
    }

    fn finish(&mut self, node: Node, anchor: usize, plain: bool) -> Result<(), Diag> {
        self.spend(1, node.at)?;
        if anchor != 0 {
            // The copy that aliases take counts too, else anchors inside anchors multiply for nothing.
            let (nodes, _) = node.measure();
            self.spend(nodes, node.at)?;
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = self.root.take().or(Some(node));
            return Ok(());
        };
        match &mut open.kind {
            Collection::List(items) => items.push(node),
            Collection::Map { entries, merges, key } => match key.take() {
                None => *key = Some(as_key(node, plain, self.text, self.base, self.diags)?),
                Some(it) if it.merge => merges.push(node),
                Some(it) => match entries.get(&it.text) {
                    Some(first) => self.diags.push(duplicate_key(&it, first.key)),
                    None => {
                        entries.insert(it.text, Entry { key: it.at, value: node });
                    }
                },
            },
        }
        Ok(())
    }

    /// The bytes of a place in this file.
    fn source(&self, at: Span) -> &str {
        let offset = |it: u32| (it as usize).saturating_sub(self.base);
        self.text.get(offset(at.start)..offset(at.end)).unwrap_or("")
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>, at: Span) -> Node {
        let plain = match tag.map(Tag::core_suffix) {
            None if style == ScalarStyle::Plain => resolve(text),
            None | Some(Some("str")) => Plain::Text,
            Some(Some("int" | "float" | "bool" | "null" | "timestamp")) => resolve(text),
            Some(_) => {
                if let Some(tag) = tag {
                    self.diags.push(tag_problem(tag, at));
                }
                Plain::Text
            }
        };
        let data = match plain {
            Plain::Null => Yaml::Null,
            Plain::Bool(value) => Yaml::Bool(value),
            Plain::Int(value) => Yaml::Int(value),
            Plain::Float(value) => Yaml::Float(value),
            Plain::Date(text) => Yaml::Date(text),
            Plain::Text => Yaml::Text(Text { text: text.into(), runs: runs(text, self.source(at), style, at) }),
        };
        Node::new(data, at)
    }
}

/// Keys must be strings, as in every other Score implementation.
fn as_key(node: Node, plain: bool, text: &str, base: usize, diags: &mut Problems) -> Result<Key, Diag> {
    let raw = text.get((node.at.start as usize).saturating_sub(base)..(node.at.end as usize).saturating_sub(base));
    let raw = raw.unwrap_or("");
    match &node.data {
        Yaml::Text(it) => Ok(Key { text: it.text.clone(), at: node.at, merge: plain && &*it.text == "<<" }),
        Yaml::Map(_)
            if text.get(..(node.at.start as usize).saturating_sub(base)).is_some_and(|it| it.ends_with('{')) =>
        {
            Err(template_problem(&node, text, base))
        }
        Yaml::List(_) | Yaml::Map(_) => {
            Err(Diag::error(Code::YamlSyntax, node.head(), format!("a key must be a string, found {}", node.kind()))
                .help("put the key in quotes if it is text"))
        }
        Yaml::Null if raw.is_empty() => {
            Err(Diag::error(Code::YamlSyntax, node.at, "a key is missing before `:`")
                .help("write a key before the `:`"))
        }
        _ => {
            let raw = shown(raw);
            let message = format!("the key `{raw}` is {}, and keys must be strings", node.kind());
            diags.push(
                Diag::error(Code::ScoreWrongType, node.at, message)
                    .here("this key")
                    .help(format!("write `\"{raw}\":`")),
            );
            Ok(Key { text: raw.into(), at: node.at, merge: false })
        }
    }
}

/// `{{ name }}` without quotes, as template languages write it.
fn template_problem(node: &Node, text: &str, base: usize) -> Diag {
    let start = (node.at.start as usize).saturating_sub(base + 1);
    let line = text.get(start..).and_then(|it| it.lines().next()).unwrap_or("");
    let written = line.find("}}").map_or(line, |it| &line[..it + 2]);
    let at = Span::new(node.at.file, base + start, base + start + written.len());
    Diag::error(Code::YamlSyntax, at, "`{{` begins a map inside a map, which cannot be a key")
        .here("YAML knows no templates")
        .help(format!("put the whole value in quotes, for example `'{}'`", shown(written)))
}

fn duplicate_key(key: &Key, first: Span) -> Diag {
    Diag::error(Code::YamlDuplicateKey, key.at, format!("the key `{}` stands twice in one map", shown(&key.text)))
        .here("given again here")
        .label(first, "first given here")
        .help("remove one of the two, or move its content into the other")
}

fn several_documents(at: Span) -> Diag {
    Diag::warning(Code::YamlSeveralDocuments, at, "only the first document of this file is read")
        .here("a second document begins here")
        .help("move what follows into a file of its own")
}

fn tag_problem(tag: &Tag, at: Span) -> Diag {
    let tag = tag.original();
    Diag::error(Code::YamlSyntax, at, format!("the tag `{tag}` cannot stand on this value"))
        .here("the value of the tag")
        .help(format!("remove `{tag}`"))
}
