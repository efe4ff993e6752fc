//! The resources that a workload asks for, with their parameters.

use std::sync::Arc;

use indexmap::IndexMap;

use super::fields::{Context, Item};
use super::model::{Params, ParamsData, Resource};
use super::node::{Node, Yaml};
use super::pattern::{ID, NAME, TYPE};
use super::placeholder::{self, Where};
use super::read::annotations;
use crate::source::Span;
use crate::value::Value;

const HINTS: &[(&str, &str)] =
    &[("properties", "write `params` in place of `properties`"), ("*", "move it below `params`")];

/// Reads the resources of a workload, by name.
pub fn read_all(cx: &mut Context, item: &Item) -> IndexMap<Arc<str>, Resource> {
    let mut resources = IndexMap::new();
    if !cx.map(item) {
        return resources;
    }
    for (name, entry) in item.entries() {
        cx.name_like(&name, &NAME, "a resource");
        if !cx.closed_map(&entry, &["type", "class", "id", "metadata", "params"], HINTS) {
            continue;
        }
        let ty = cx.required(&entry, "type", "type: postgres").and_then(|it| cx.text_like(&it, &TYPE));
        let class = entry.get("class").and_then(|it| cx.text_like(&it, &TYPE));
        let id = entry.get("id").and_then(|it| cx.text_like(&it, &ID));
        let metadata = entry.get("metadata").map_or_else(|| Value::null(Span::NONE), |it| metadata(cx, &it));
        let params = entry.get("params").filter(|it| cx.map(it)).map(|it| params(cx, it.node));
        let Some(ty) = ty else { continue };
        let key = name.value.clone();
        resources.insert(key, Resource { name, ty, class, id, metadata, params, at: entry.node.at });
    }
    resources
}

fn metadata(cx: &mut Context, item: &Item) -> Value {
    if cx.map(item)
        && let Some(it) = item.get("annotations")
    {
        annotations(cx, &it);
    }
    item.node.to_value()
}

/// Placeholders stand in values; keys are never expanded.
fn params(cx: &mut Context, node: &Node) -> Params {
    let data = match &node.data {
        Yaml::Text(text) => {
            let template = placeholder::template(cx, text, node.at, Where::Text);
            match template.as_plain() {
                Some(text) => ParamsData::Plain(Value::text(text, node.at)),
                None => ParamsData::Text(template),
            }
        }
        Yaml::List(items) => ParamsData::List(items.iter().map(|it| params(cx, it)).collect()),
        Yaml::Map(map) => ParamsData::Map(map.iter().map(|(key, it)| (key.clone(), params(cx, &it.value))).collect()),
        _ => ParamsData::Plain(node.to_value()),
    };
    Params { data, at: node.at }
}
