//! One container of a workload.

use std::sync::Arc;

use indexmap::IndexMap;

use super::before::Edge;
use super::fields::{Context, Item, near, shown};
use super::model::{Before, Container, Name, Quantities, Ready, Template, Variable, Volume};
use super::node::Yaml;
use super::pattern::{CPU, MEMORY, NONEMPTY, VARIABLE};
use super::placeholder::{self, Where};
use super::{file, probe};
use crate::diag::{Code, Diag};
use crate::source::Spanned;

const KEYS: &[&str] = &[
    "image",
    "command",
    "args",
    "variables",
    "files",
    "volumes",
    "resources",
    "livenessProbe",
    "readinessProbe",
    "before",
];

const HINTS: &[(&str, &str)] = &[
    ("env", "write `variables` in place of `env`, as a map of names to strings"),
    ("environment", "write `variables` in place of `environment`, as a map of names to strings"),
    ("ports", "move it to `service.ports` at the top level"),
];

/// Reads a container; all its problems are reported in one go.
pub fn read(cx: &mut Context, name: &Name, item: &Item) -> Option<Container> {
    if !cx.closed_map(item, KEYS, HINTS) {
        return None;
    }
    let image = cx.required(item, "image", "image: nginx").and_then(|it| cx.text_like(&it, &NONEMPTY));
    if let Some(image) = image.as_ref().filter(|it| &*it.value == ".") {
        cx.feature("container.image.build", Some(name), image.at);
    }
    let command = texts(cx, name, item, "command", "container.command");
    let args = texts(cx, name, item, "args", "container.args");
    let variables = variables(cx, name, item);
    let files = file::read_all(cx, name, item);
    let volumes = volumes(cx, name, item);
    let (limits, requests) = resources(cx, name, item);
    let liveness = probe::read(cx, name, item, &probe::LIVENESS);
    let readiness = probe::read(cx, name, item, &probe::READINESS);
    let before = before(cx, name, item);
    Some(Container {
        name: name.clone(),
        image: image?,
        command,
        args,
        variables,
        files,
        volumes,
        limits,
        requests,
        liveness,
        readiness,
        before,
        at: item.node.at,
    })
}

fn texts(cx: &mut Context, name: &Name, item: &Item, key: &str, feature: &'static str) -> Option<Vec<Name>> {
    let list = item.get(key)?;
    cx.feature(feature, Some(name), list.key);
    cx.texts(&list)
}

/// The entries of a map below a key, each of which is recorded as a use of the feature.
pub fn section<'t>(
    cx: &mut Context,
    name: &Name,
    item: &Item<'t>,
    key: &str,
    feature: &'static str,
) -> Vec<(Name, Item<'t>)> {
    let Some(map) = item.get(key).filter(|it| cx.map(it)) else { return Vec::new() };
    let entries: Vec<_> = map.entries().collect();
    for (entry, _) in &entries {
        cx.item_feature(feature, name, entry, entry.at);
    }
    entries
}

/// A string with placeholders.
pub fn template(cx: &mut Context, item: &Item, place: Where) -> Option<Template> {
    cx.text(item)?;
    match &item.node.data {
        Yaml::Text(text) => Some(placeholder::template(cx, text, item.node.at, place)),
        _ => None,
    }
}

fn variables(cx: &mut Context, container: &Name, item: &Item) -> IndexMap<Arc<str>, Variable> {
    let mut variables = IndexMap::new();
    for (name, entry) in section(cx, container, item, "variables", "container.variables") {
        cx.name_like(&name, &VARIABLE, "a variable");
        if let Some(value) = template(cx, &entry, Where::Text) {
            variables.insert(name.value.clone(), Variable { name, value });
        }
    }
    variables
}

fn volumes(cx: &mut Context, container: &Name, item: &Item) -> IndexMap<Arc<str>, Volume> {
    let mut volumes = IndexMap::new();
    for (target, entry) in section(cx, container, item, "volumes", "container.volumes") {
        cx.name_like(&target, &NONEMPTY, "a volume's target");
        if let Some(volume) = volume(cx, container, &target, &entry) {
            volumes.insert(target.value, volume);
        }
    }
    volumes
}

fn volume(cx: &mut Context, container: &Name, target: &Name, item: &Item) -> Option<Volume> {
    let hints = [("target", "remove `target`: the key of the entry is the target")];
    if !cx.closed_map(item, &["source", "path", "readOnly"], &hints) {
        return None;
    }
    let source = cx.required(item, "source", "source: ${resources.data}");
    let source = source.and_then(|it| template(cx, &it, Where::VolumeSource));
    let path = item.get("path").and_then(|it| {
        cx.item_feature("container.volumes.path", container, target, it.key);
        cx.text(&it)
    });
    let read_only = item.get("readOnly").and_then(|it| {
        let value = cx.boolean(&it)?;
        if value.value {
            cx.item_feature("container.volumes.read-only", container, target, it.key);
        }
        Some(value)
    });
    Some(Volume { target: target.clone(), source: source?, path, read_only, at: item.node.at })
}

fn resources(cx: &mut Context, name: &Name, item: &Item) -> (Quantities, Quantities) {
    let Some(map) = item.get("resources").filter(|it| cx.closed_map(it, &["limits", "requests"], &[])) else {
        return Default::default();
    };
    let limits = quantities(cx, name, &map, "limits", "container.limits");
    (limits, quantities(cx, name, &map, "requests", "container.requests"))
}

fn quantities(cx: &mut Context, name: &Name, item: &Item, key: &str, feature: &'static str) -> Quantities {
    let Some(map) = item.get(key).filter(|it| cx.closed_map(it, &["cpu", "memory"], &[])) else {
        return Quantities::default();
    };
    if map.entries().next().is_some() {
        cx.feature(feature, Some(name), map.key);
    }
    Quantities {
        cpu: map.get("cpu").and_then(|it| cx.text_like(&it, &CPU)),
        memory: map.get("memory").and_then(|it| cx.text_like(&it, &MEMORY)),
    }
}

const READY: &[(&str, Ready, &str)] = &[
    ("started", Ready::Started, "container.before.started"),
    ("healthy", Ready::Healthy, "container.before.healthy"),
    ("complete", Ready::Complete, "container.before.complete"),
];

fn before(cx: &mut Context, name: &Name, item: &Item) -> Vec<Before> {
    let Some(map) = item.get("before").filter(|it| cx.map(it)) else { return Vec::new() };
    let mut list = Vec::new();
    for (target, entry) in map.entries() {
        check_target(cx, name, &target);
        cx.edges.push(Edge { from: name.value.clone(), to: target.value.clone(), at: target.at });
        if !cx.closed_map(&entry, &["ready"], &[]) {
            continue;
        }
        let Some(field) = cx.required(&entry, "ready", "ready: started") else { continue };
        let known: Vec<&str> = READY.iter().map(|it| it.0).collect();
        let Some(text) = cx.one_of(&field, &known) else { continue };
        if let Some((_, ready, feature)) = READY.iter().find(|it| it.0 == &*text.value) {
            cx.feature(feature, Some(name), field.key);
            check_probe(cx, name, item, &text, *ready);
            list.push(Before { container: target, ready: Spanned::new(*ready, text.at) });
        }
    }
    list
}

fn check_target(cx: &mut Context, name: &Name, target: &Name) {
    let (message, here, help) = if name.value == target.value {
        let message = format!("container `{}` waits for itself", shown(&name.value));
        (message, "this names its own container", "remove this entry".to_owned())
    } else if cx.containers.contains_key(&target.value) {
        return;
    } else {
        let others = cx.containers.keys().filter(|it| **it != name.value).map(|it| &**it);
        let near = if cx.diags.is_full() { None } else { near(&target.value, others) };
        let help = near.map_or_else(|| "remove this entry".to_owned(), |it| format!("did you mean `{it}`?"));
        (format!("the workload has no container `{}`", shown(&target.value)), "named here", help)
    };
    cx.diags.push(Diag::error(Code::ScoreBefore, target.at, message).here(here).help(help));
}

/// A container that nothing probes never becomes healthy.
fn check_probe(cx: &mut Context, name: &Name, item: &Item, text: &Name, ready: Ready) {
    if ready != Ready::Healthy || item.get("readinessProbe").or_else(|| item.get("livenessProbe")).is_some() {
        return;
    }
    let message = format!("container `{}` can never be healthy, since it has no probe", shown(&name.value));
    cx.diags.push(
        Diag::error(Code::ScoreBefore, text.at, message)
            .here("waits for a probe to succeed")
            .label(name.at, "has neither `readinessProbe` nor `livenessProbe`")
            .help(format!("add `readinessProbe: {{httpGet: {{path: /, port: 8080}}}}` to `{}`", shown(&name.value))),
    );
}
