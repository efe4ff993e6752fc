//! Workloads as expressions see them. The shapes stand in `definition::names`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;

use crate::score::{Container, Content, File, HttpGet, Name, Probe, Quantities, Ready, Template, Volume, Workload};
use crate::source::{Span, Spanned};
use crate::value::{Map, Value};

/// What a volume's source names.
pub enum Mounted {
    /// The outputs of a resource.
    Outputs(Value),
    /// Other text.
    Text,
}

/// Turns texts with placeholders into values; implemented where outputs are known.
pub trait Resolve {
    /// The text with every placeholder filled in. `None` after a problem.
    fn text(&mut self, workload: usize, template: &Template) -> Option<Value>;
    /// The outputs of the resource that a volume's source names as a whole. `None` after a problem.
    fn mounted(&mut self, workload: usize, volume: &Volume) -> Option<Mounted>;
    /// The build section that replaces an image, or null.
    fn build(&mut self, workload: usize, container: &Container) -> Value;
}

fn name(text: &Name) -> Value {
    Value::text(text.value.clone(), text.at)
}

fn maybe(text: Option<&Name>, at: Span) -> Value {
    text.map_or_else(|| Value::null(at), name)
}

fn map(entries: Vec<(Arc<str>, Value)>, at: Span) -> Value {
    Value::map(entries.into_iter().collect(), at)
}

/// `workloads` in a rule: the network view of every workload, by name.
#[must_use]
pub fn network(workloads: &[Workload]) -> Value {
    let entries = workloads.iter().map(|it| {
        let annotations = annotations(&it.metadata);
        let view =
            Value::object([("name", name(&it.name)), ("ports", ports(it)), ("annotations", annotations)], it.name.at);
        (it.name.value.clone(), view)
    });
    map(entries.collect(), Span::NONE)
}

/// `workload` in a rule: the one that owns the resource.
#[must_use]
pub fn owner(workload: &Workload) -> Value {
    let at = workload.name.at;
    Value::object(
        [
            ("name", name(&workload.name)),
            ("metadata", workload.metadata.clone()),
            ("annotations", annotations(&workload.metadata)),
            ("ports", ports(workload)),
        ],
        at,
    )
}

/// The annotations of a metadata map; an empty map without any.
#[must_use]
pub fn annotations(metadata: &Value) -> Value {
    match metadata.get("annotations") {
        Some(found) if found.as_map().is_some() => found.clone(),
        _ => Value::map(Map::new(), metadata.at),
    }
}

fn ports(workload: &Workload) -> Value {
    let mut ports: Vec<_> = workload.ports.values().collect();
    ports.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    let views = ports.into_iter().map(|it| {
        Value::object(
            [
                ("name", name(&it.name)),
                ("port", number(it.port)),
                ("target_port", number(it.target_port)),
                ("protocol", name(&it.protocol)),
            ],
            it.name.at,
        )
    });
    Value::list(views.collect(), workload.name.at)
}

fn number(value: Spanned<u16>) -> Value {
    Value::int(i64::from(value.value), value.at)
}

/// A workload for a target: containers in the order in which they start, ties by name. `keys` are those of its
/// containers, by name, `options` what the target lets each workload have. `None` after a problem in any text.
pub fn workload(
    index: usize,
    workload: &Workload,
    keys: &BTreeMap<Arc<str>, Arc<str>>,
    options: Value,
    resolve: &mut dyn Resolve,
) -> Option<Value> {
    let at = workload.name.at;
    // All containers are looked at, so that one run shows the problems of each.
    let containers: Vec<Option<Value>> =
        start_order(workload).into_iter().map(|it| container(index, workload, it, keys, resolve)).collect();
    let containers = containers.into_iter().collect::<Option<Vec<Value>>>()?;
    Some(Value::object(
        [
            ("name", name(&workload.name)),
            ("path", Value::text(workload.path.as_str(), at)),
            ("folder", Value::text(workload.folder.as_str(), at)),
            ("metadata", workload.metadata.clone()),
            ("annotations", annotations(&workload.metadata)),
            ("ports", ports(workload)),
            ("containers", Value::list(containers, at)),
            ("options", options),
        ],
        at,
    ))
}

/// Containers such that whoever is `before` another comes first. The Score reader refused cycles.
fn start_order(workload: &Workload) -> Vec<&Container> {
    let mut left: BTreeMap<&Arc<str>, &Container> = workload.containers.iter().collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let blocked: BTreeSet<&str> =
            left.values().flat_map(|it| it.before.iter().map(|before| &*before.container.value)).collect();
        let next = left.keys().copied().find(|it| !blocked.contains(&***it)).or_else(|| left.keys().next().copied());
        let Some(container) = next.and_then(|it| left.remove(it)) else { break };
        order.push(container);
    }
    order
}

fn container(
    index: usize,
    workload: &Workload,
    container: &Container,
    keys: &BTreeMap<Arc<str>, Arc<str>>,
    resolve: &mut dyn Resolve,
) -> Option<Value> {
    let at = container.name.at;
    let key = |name: &Arc<str>| Value::text(keys.get(name).unwrap_or(name).clone(), at);
    let variables: Vec<Option<(Arc<str>, Value)>> =
        container.variables.values().map(|it| Some((it.name.value.clone(), resolve.text(index, &it.value)?))).collect();
    let files: Vec<Option<Value>> = sorted(&container.files).map(|it| file(index, it, resolve)).collect();
    let volumes: Vec<Option<Value>> = sorted(&container.volumes).map(|it| volume(index, it, resolve)).collect();
    let before = container.before.iter().map(|it| order(&it.container, key(&it.container.value), it.ready.value));
    let after = workload.containers.values().flat_map(|other| {
        let own = other.before.iter().filter(|it| it.container.value == container.name.value);
        own.map(|it| order(&other.name, key(&other.name.value), it.ready.value))
    });
    // Whoever only has to complete before others is done when they start.
    let init = !container.before.is_empty() && container.before.iter().all(|it| it.ready.value == Ready::Complete);
    let command = words(container.command.as_deref(), at);
    Some(Value::object(
        [
            ("name", name(&container.name)),
            ("key", key(&container.name.value)),
            ("image", name(&container.image)),
            ("build", resolve.build(index, container)),
            ("init", Value::bool(init, at)),
            ("command", command),
            ("args", words(container.args.as_deref(), at)),
            ("variables", map(variables.into_iter().collect::<Option<_>>()?, at)),
            ("files", Value::list(files.into_iter().collect::<Option<_>>()?, at)),
            ("volumes", Value::list(volumes.into_iter().collect::<Option<_>>()?, at)),
            ("limits", quantities(&container.limits, at)),
            ("requests", quantities(&container.requests, at)),
            ("liveness", probe(container.liveness.as_ref(), at)),
            ("readiness", probe(container.readiness.as_ref(), at)),
            ("before", Value::list(before.collect(), at)),
            ("after", Value::list(sort_orders(after.collect()), at)),
        ],
        at,
    ))
}

fn sorted<T>(map: &indexmap::IndexMap<Arc<str>, T>) -> impl Iterator<Item = &T> {
    let mut list: Vec<(&Arc<str>, &T)> = map.iter().collect();
    list.sort_by(|a, b| a.0.cmp(b.0));
    list.into_iter().map(|(_, it)| it)
}

fn sort_orders(mut list: Vec<Value>) -> Vec<Value> {
    list.sort_by(|a, b| {
        let key = |it: &Value| it.get("container").and_then(Value::as_str).map(str::to_owned);
        key(a).cmp(&key(b))
    });
    list
}

fn order(container: &Name, key: Value, ready: Ready) -> Value {
    let ready = match ready {
        Ready::Started => "started",
        Ready::Healthy => "healthy",
        Ready::Complete => "complete",
    };
    let at = container.at;
    Value::object([("container", name(container)), ("key", key), ("ready", Value::text(ready, at))], at)
}

fn words(list: Option<&[Name]>, at: Span) -> Value {
    list.map_or_else(|| Value::null(at), |it| Value::list(it.iter().map(name).collect(), at))
}

fn quantities(quantities: &Quantities, at: Span) -> Value {
    Value::object([("cpu", maybe(quantities.cpu.as_ref(), at)), ("memory", maybe(quantities.memory.as_ref(), at))], at)
}

fn probe(probe: Option<&Probe>, at: Span) -> Value {
    let Some(probe) = probe else { return Value::null(at) };
    let http = probe.http_get.as_ref().map_or_else(|| Value::null(probe.at), http_get);
    Value::object([("http_get", http), ("exec", words(probe.exec.as_deref(), probe.at))], probe.at)
}

fn http_get(http: &HttpGet) -> Value {
    let header = |(key, value): &(Name, Name)| Value::object([("name", name(key)), ("value", name(value))], key.at);
    let headers = http.headers.iter().map(header);
    let scheme = http.scheme.as_ref().map_or_else(|| Value::text("HTTP", http.at), name);
    Value::object(
        [
            ("path", name(&http.path)),
            ("port", number(http.port)),
            ("host", maybe(http.host.as_ref(), http.at)),
            ("scheme", scheme),
            ("headers", Value::list(headers.collect(), http.at)),
        ],
        http.at,
    )
}

fn file(index: usize, file: &File, resolve: &mut dyn Resolve) -> Option<Value> {
    let at = file.at;
    let (content, base64) = match &file.content {
        Content::Text(template) => (resolve.text(index, template)?, Value::null(at)),
        Content::Bytes(bytes) => {
            let text = base64::engine::general_purpose::STANDARD.encode(bytes);
            (Value::null(at), Value::text(text, at))
        }
    };
    Some(Value::object(
        [
            ("target", name(&file.target)),
            ("mode", maybe(file.mode.as_ref(), at)),
            ("content", content),
            ("base64", base64),
        ],
        at,
    ))
}

fn volume(index: usize, volume: &Volume, resolve: &mut dyn Resolve) -> Option<Value> {
    let at = volume.at;
    let (source, mount, resource) = match resolve.mounted(index, volume)? {
        Mounted::Outputs(outputs) => {
            let mount = outputs.get("mount").cloned().unwrap_or_else(|| Value::null(at));
            (Value::null(at), mount, outputs)
        }
        Mounted::Text => (resolve.text(index, &volume.source)?, Value::null(at), Value::null(at)),
    };
    let read_only = volume.read_only.map_or(Value::bool(false, at), |it| Value::bool(it.value, it.at));
    Some(Value::object(
        [
            ("target", name(&volume.target)),
            ("source", source),
            ("path", maybe(volume.path.as_ref(), at)),
            ("read_only", read_only),
            ("mount", mount),
            ("resource", resource),
        ],
        at,
    ))
}
