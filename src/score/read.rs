//! From the bytes of a Score file to a workload.
//!
//! In: one Score file, what overrides it, and access to the files it names. Out: a [`Workload`], or every problem
//! of the file in one run. Performs no input or output itself.

use std::sync::Arc;

use indexmap::IndexMap;

use super::fields::{Context, Item};
use super::model::{Name, Port, Workload};
use super::node::{Node, Yaml};
use super::pattern::{ANNOTATION, NAME};
use super::problems::Problems;
use super::{before, container, overrides, resource, upgrade, yaml};
use crate::diag::{Code, Diag, Diags};
use crate::source::{FileId, Sources, Span, Spanned};
use crate::value::Value;

/// Access to files that a Score file names; implemented by the command line.
pub trait Files {
    /// The bytes of a file. `path` is relative to the root of the project, with `/` separators and without `..`.
    ///
    /// # Errors
    /// Says why there is nothing to read. Links that lead out of the project give [`FileError::OutsideProject`].
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;
}

/// Why a file could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileError {
    NotFound,
    OutsideProject,
    TooLarge,
    /// Anything else, in words that follow "cannot be read: ".
    Other(String),
}

/// One Score file and what changes it.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Relative to the root of the project, `/` separators.
    pub path: &'a str,
    pub bytes: &'a [u8],
    /// Path and bytes of an overrides file, which is merged first.
    pub overrides: Option<(&'a str, &'a [u8])>,
    /// `path=value` arguments in their order, applied after the overrides file.
    pub sets: &'a [String],
}

/// Reads a Score file. Gives nothing where it reported an error; warnings alone do not stop it.
pub fn read(input: &Input, files: &dyn Files, sources: &mut Sources, diags: &mut Diags) -> Option<Workload> {
    let mut problems = Problems::default();
    let workload = match tree(input, sources, &mut problems) {
        Some(root) => typed(root, input, files, sources, &mut problems),
        None => None,
    };
    let failed = problems.error_count() > 0;
    diags.append(problems.finish());
    workload.filter(|_| !failed)
}

/// Reads the tree as a workload.
fn typed(
    mut root: Node,
    input: &Input,
    files: &dyn Files,
    sources: &mut Sources,
    problems: &mut Problems,
) -> Option<Workload> {
    upgrade::upgrade(&mut root, problems);
    let mut cx = Context {
        sources,
        files,
        diags: std::mem::take(problems),
        features: Vec::new(),
        folder: input.path.rsplit_once('/').map_or("", |it| it.0),
        metadata: Value::null(Span::NONE),
        resources: IndexMap::new(),
        containers: IndexMap::new(),
        edges: Vec::new(),
        meant: Vec::new(),
    };
    let workload = workload(&mut cx, &root, input);
    *problems = cx.diags;
    workload
}

/// The tree of the Score file with its overrides.
fn tree(input: &Input, sources: &mut Sources, diags: &mut Problems) -> Option<Node> {
    let mut root = parse(input.path, input.bytes, sources, diags)?;
    if matches!(root.data, Yaml::Null) {
        diags.push(
            Diag::error(Code::YamlEmpty, root.at, format!("`{}` is empty", input.path))
                .here("a workload belongs here")
                .help("begin with `apiVersion: score.dev/v1b1`"),
        );
        return None;
    }
    let before = diags.error_count();
    if let Some((path, bytes)) = input.overrides
        && let Some(over) = parse(path, bytes, sources, diags)
    {
        apply_overrides(&mut root, over, path, diags);
    }
    for argument in input.sets {
        overrides::set(&mut root, argument, sources, diags);
    }
    // A tree that lacks a change it was meant to have would be blamed for what the change would have mended.
    (diags.error_count() == before).then_some(root)
}

fn apply_overrides(root: &mut Node, over: Node, path: &str, diags: &mut Problems) {
    match over.data {
        Yaml::Map(_) => overrides::merge(root, over),
        Yaml::Null => diags.push(
            Diag::warning(Code::YamlEmpty, over.at, format!("`{path}` is empty and changes nothing"))
                .help("add what it should change, or leave the file out"),
        ),
        _ => diags.push(
            Diag::error(Code::ScoreOverride, over.head(), format!("`{path}` holds {}, not a map", over.kind()))
                .here("a map in the shape of a Score file belongs here")
                .help("write what to change, for example `containers: {web: {image: nginx}}`"),
        ),
    }
}

/// Decodes and parses one file. `None` where it reported why it could not.
fn parse(path: &str, bytes: &[u8], sources: &mut Sources, diags: &mut Problems) -> Option<Node> {
    if bytes.len() > yaml::MAX_BYTES {
        let at = Span::new(sources.add(path, ""), 0, 0);
        diags.push(
            Diag::error(Code::FileTooLarge, at, format!("`{path}` has {} bytes", bytes.len()))
                .help(format!("make it smaller: a Score file has at most {} bytes", yaml::MAX_BYTES)),
        );
        return None;
    }
    let file = decode(path, bytes, sources, diags)?;
    let text = sources.get(file).map_or("", |it| &it.text);
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    yaml::parse(file, bare, text.len() - bare.len(), diags)
}

fn decode(path: &str, bytes: &[u8], sources: &mut Sources, diags: &mut Problems) -> Option<FileId> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(sources.add(path, text)),
        Err(error) => {
            let start = error.valid_up_to();
            let file = sources.add(path, String::from_utf8_lossy(bytes));
            // The replacement character that stands for the first wrong byte has three bytes.
            let at = Span::new(file, start, start + '\u{fffd}'.len_utf8());
            diags.push(
                Diag::error(Code::FileNotUtf8, at, format!("`{path}` is not UTF-8"))
                    .here("the first byte that is not")
                    .help("save the file with the encoding UTF-8"),
            );
            None
        }
    }
}

const KEYS: &[&str] = &["apiVersion", "metadata", "containers", "service", "resources"];

fn workload(cx: &mut Context, root: &Node, input: &Input) -> Option<Workload> {
    let root = Item { node: root, key: Span::NONE, path: String::new(), required: true };
    if !cx.closed_map(&root, KEYS, &[]) {
        return None;
    }
    collect_names(cx, &root);
    if let Some(version) = cx.required(&root, "apiVersion", "apiVersion: score.dev/v1b1") {
        api_version(cx, &version);
    }
    let name = cx.required(&root, "metadata", "metadata: {name: my-app}").and_then(|it| metadata(cx, &it));
    let containers =
        cx.required(&root, "containers", "containers: {web: {image: nginx}}").map(|it| containers(cx, &it));
    let ports = root.get("service").map(|it| service(cx, &it)).unwrap_or_default();
    let resources = root.get("resources").map(|it| resource::read_all(cx, &it)).unwrap_or_default();
    before::check_cycles(&cx.edges, &mut cx.diags);
    Some(Workload {
        name: name?,
        metadata: cx.metadata.clone(),
        containers: containers?,
        ports,
        resources,
        features: std::mem::take(&mut cx.features),
        folder: cx.folder.to_owned(),
        path: input.path.to_owned(),
    })
}

/// Names are known before any value is read, since values refer to one another in any order.
fn collect_names(cx: &mut Context, root: &Item) {
    let names = |key: &str| -> IndexMap<Arc<str>, Span> {
        let section = root.get(key);
        section.iter().flat_map(Item::entries).map(|(name, _)| (name.value, name.at)).collect()
    };
    cx.containers = names("containers");
    cx.resources = names("resources");
}

fn api_version(cx: &mut Context, item: &Item) {
    const VERSION: &str = "score.dev/v1b1";
    let Some(version) = cx.text(item) else { return };
    if &*version.value != VERSION {
        let message = format!("`apiVersion` cannot be `{}`", super::fields::shown(&version.value));
        cx.diags.push(
            Diag::error(Code::ScoreBadValue, version.at, message)
                .here("the version of another format")
                .help(format!("write `apiVersion: {VERSION}`")),
        );
    }
}

fn metadata(cx: &mut Context, item: &Item) -> Option<Name> {
    if !cx.map(item) {
        return None;
    }
    cx.metadata = item.node.to_value();
    for (name, entry) in item.entries() {
        match &*name.value {
            "name" => {}
            "annotations" => {
                annotations(cx, &entry);
                cx.feature("metadata.annotations", None, entry.key);
            }
            _ => cx.feature("metadata.extra", None, entry.key),
        }
    }
    let name = cx.required(item, "name", "name: my-app")?;
    cx.text_like(&name, &NAME)
}

/// Checks annotations, which the model keeps as part of the metadata.
pub fn annotations(cx: &mut Context, item: &Item) {
    if !cx.map(item) {
        return;
    }
    for (name, entry) in item.entries() {
        cx.name_like(&name, &ANNOTATION, "an annotation");
        cx.text(&entry);
    }
}

fn containers(cx: &mut Context, item: &Item) -> IndexMap<Arc<str>, super::model::Container> {
    if !cx.map(item) {
        return IndexMap::new();
    }
    if item.entries().next().is_none() {
        cx.diags.push(
            Diag::error(Code::ScoreMissingKey, item.key, "the workload has no container")
                .here("at least one belongs here")
                .help("add `web: {image: nginx}`"),
        );
    }
    if let Some((name, _)) = item.entries().nth(1) {
        cx.feature("containers.several", None, name.at);
    }
    let mut containers = IndexMap::new();
    for (name, entry) in item.entries() {
        cx.name_like(&name, &NAME, "a container");
        if let Some(container) = container::read(cx, &name, &entry) {
            containers.insert(name.value, container);
        }
    }
    containers
}

fn service(cx: &mut Context, item: &Item) -> IndexMap<Arc<str>, Port> {
    let mut ports = IndexMap::new();
    if !cx.closed_map(item, &["ports"], &[]) {
        return ports;
    }
    let Some(list) = item.get("ports").filter(|it| cx.map(it)) else { return ports };
    for (name, entry) in list.entries() {
        cx.name_like(&name, &NAME, "a port");
        if let Some(port) = port(cx, &name, &entry) {
            ports.insert(name.value, port);
        }
    }
    if list.entries().next().is_some() {
        cx.feature("service.ports", None, list.key);
    }
    ports
}

fn port(cx: &mut Context, name: &Name, item: &Item) -> Option<Port> {
    if !cx.closed_map(item, &["port", "targetPort", "protocol"], &[]) {
        return None;
    }
    let port = cx.required(item, "port", "port: 8080").and_then(|it| cx.port(&it));
    let target_port = item.get("targetPort").and_then(|it| cx.port(&it));
    let protocol = item.get("protocol").and_then(|it| cx.one_of(&it, &["TCP", "UDP"]));
    if let Some(udp) = item.get("protocol").filter(|_| protocol.as_ref().is_some_and(|it| &*it.value == "UDP")) {
        cx.feature("service.ports.udp", None, udp.key);
    }
    let port = port?;
    Some(Port {
        name: name.clone(),
        port,
        target_port: target_port.unwrap_or(port),
        protocol: protocol.unwrap_or_else(|| Spanned::new("TCP".into(), Span::NONE)),
    })
}
