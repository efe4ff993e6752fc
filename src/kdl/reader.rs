//! Taking nodes apart: what a definition may hold, with the problem for what it may not.
//!
//! In: a [`Node`] and what is known about its kind. Out: its parts as plain Rust values; what is missing or
//! wrong goes to `diags` and gives `None`, so that a caller collects all problems of a file in one run.
//! Knows no definition.

use std::collections::BTreeMap;

use super::tree::{Arg, Node, Scalar};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::source::Span;

/// What a user calls this kind of value.
#[must_use]
pub fn kind(value: &Scalar) -> &'static str {
    match value {
        Scalar::Null => "#null",
        Scalar::Bool(_) => "a boolean",
        Scalar::Int(_) => "an integer",
        Scalar::Float(_) => "a number",
        Scalar::Text(_) => "a string",
    }
}

/// Reports every child whose name is not known.
pub fn only_children(node: &Node, known: &[&str], diags: &mut Diags) {
    for child in node.children().iter().filter(|it| !known.contains(&it.name())) {
        let diag = unknown_node(child, known).label(node.name.at, format!("in this `{}`", node.name()));
        diags.push(diag);
    }
}

/// As [`only_children`], for the nodes of a whole file.
pub fn only_nodes(nodes: &[Node], known: &[&str], diags: &mut Diags) {
    nodes.iter().filter(|it| !known.contains(&it.name())).for_each(|it| diags.push(unknown_node(it, known)));
}

fn unknown_node(node: &Node, known: &[&str]) -> Diag {
    Diag::error(Code::KdlUnknownNode, node.name.at, format!("unknown node `{}`", node.name()))
        .here("not known here")
        .maybe_help(did_you_mean(node.name(), known.iter().copied()))
}

/// Reports every property whose key is not known.
pub fn only_props(node: &Node, known: &[&str], diags: &mut Diags) {
    for prop in node.props.iter().filter(|it| !known.contains(&&*it.key.value)) {
        let key = &*prop.key.value;
        let message = format!("unknown property `{key}` of `{}`", node.name());
        let help = did_you_mean(key, known.iter().copied())
            .unwrap_or_else(|| format!("delete it: `{}` takes no properties", node.name()));
        diags.push(Diag::error(Code::KdlUnknownNode, prop.key.at, message).here("not known here").help(help));
    }
}

/// Reports arguments of a node that takes none.
pub fn no_args(node: &Node, diags: &mut Diags) {
    at_most_args(node, 0, diags);
}

/// Reports arguments beyond the first `most`.
pub fn at_most_args(node: &Node, most: usize, diags: &mut Diags) {
    let Some(extra) = node.args.get(most) else { return };
    let at = node.args.last().map_or(extra.at, |it| extra.at.to(it.at));
    let takes =
        if most == 0 { "no argument".to_owned() } else { format!("only {}", crate::diag::count(most, "argument")) };
    let diag = Diag::error(Code::KdlBadValue, at, format!("too many arguments for `{}`", node.name()))
        .here(format!("`{}` takes {takes}", node.name()))
        .help("delete what is underlined");
    diags.push(diag);
}

/// Reports children of a node that has none.
pub fn no_children(node: &Node, diags: &mut Diags) {
    let Some(children) = &node.children else { return };
    let at = children.first().map_or(node.name.at, |it| it.name.at);
    let diag = Diag::error(Code::KdlBadValue, at, format!("children in `{}`", node.name()))
        .here(if children.is_empty() { "has an empty block" } else { "stands in a node without children" })
        .help(format!("delete the `{{ … }}` of `{}`", node.name()));
    diags.push(diag);
}

/// The one argument of a node, which must be a string: the argument for its place, and its text.
pub fn one_string_arg<'a>(node: &'a Node, diags: &mut Diags) -> Option<(&'a Arg, &'a str)> {
    at_most_args(node, 1, diags);
    first_string_arg(node, diags)
}

/// The first argument of a node, which must be a string.
pub fn first_string_arg<'a>(node: &'a Node, diags: &mut Diags) -> Option<(&'a Arg, &'a str)> {
    let Some(arg) = node.args.first() else {
        let diag = Diag::error(Code::KdlBadValue, node.name.at, format!("`{}` without its argument", node.name()))
            .here("takes one string")
            .help(format!("write `{} \"…\"`", node.name()));
        diags.push(diag);
        return None;
    };
    Some((arg, diags.take(string(arg, node.name()))?))
}

/// All arguments of a node, each of which must be a string.
pub fn string_args<'a>(node: &'a Node, diags: &mut Diags) -> Vec<(&'a Arg, &'a str)> {
    node.args.iter().filter_map(|arg| Some((arg, diags.take(string(arg, node.name()))?))).collect()
}

/// The first child of that name.
#[must_use]
pub fn child<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.children().iter().find(|it| it.name() == name)
}

/// All children of that name, in their order.
pub fn children<'a>(node: &'a Node, name: &'a str) -> impl Iterator<Item = &'a Node> {
    node.children().iter().filter(move |it| it.name() == name)
}

/// The child of that name; a second one is reported.
pub fn unique_child<'a>(node: &'a Node, name: &str, diags: &mut Diags) -> Option<&'a Node> {
    unique_children(node, &[name], diags);
    child(node, name)
}

/// Reports every further child of a name that a node may hold once.
pub fn unique_children(node: &Node, names: &[&str], diags: &mut Diags) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for child in node.children().iter().filter(|it| names.contains(&it.name())) {
        match first.get(child.name()) {
            Some(earlier) => diags.push(duplicate("node", child.name(), child.name.at, *earlier)),
            None => {
                first.insert(child.name(), child.name.at);
            }
        }
    }
}

/// The problem of a thing given twice: `what` says what it is, for example `option`.
#[must_use]
pub fn duplicate(what: &str, name: &str, at: Span, earlier: Span) -> Diag {
    Diag::error(Code::KdlDuplicate, at, format!("{what} `{name}` twice"))
        .here("given again here")
        .label(earlier, "first given here")
        .help(format!("keep one `{name}`"))
}

/// The child of that name; its absence is reported.
pub fn required_child<'a>(node: &'a Node, name: &str, diags: &mut Diags) -> Option<&'a Node> {
    let found = unique_child(node, name, diags);
    if found.is_none() {
        diags.push(missing(node, name, &format!("write `{name} …` between its `{{` and `}}`")));
    }
    found
}

/// The problem of a node that lacks something; `help` says what to write.
#[must_use]
pub fn missing(node: &Node, name: &str, help: &str) -> Diag {
    Diag::error(Code::KdlMissingNode, node.head(), format!("`{}` without `{name}`", node.name()))
        .here(format!("needs `{name}`"))
        .help(help)
}

/// The string of a child such as `doc "text"`; `None` without the child.
pub fn string_child<'a>(node: &'a Node, name: &str, diags: &mut Diags) -> Option<(&'a Arg, &'a str)> {
    let child = unique_child(node, name, diags)?;
    only_props(child, &[], diags);
    no_children(child, diags);
    one_string_arg(child, diags)
}

/// The string of a property; `None` without the property.
pub fn string_prop<'a>(node: &'a Node, key: &str, diags: &mut Diags) -> Option<(&'a Arg, &'a str)> {
    let arg = node.prop(key)?;
    Some((arg, diags.take(string(arg, key))?))
}

/// The string of a property that a node must have.
pub fn required_string_prop<'a>(node: &'a Node, key: &str, diags: &mut Diags) -> Option<(&'a Arg, &'a str)> {
    if node.prop(key).is_none() {
        diags.push(missing(node, key, &format!("write `{key}=\"…\"` after `{}`", node.name())));
    }
    string_prop(node, key, diags)
}

/// The boolean of a property; `None` without the property.
pub fn bool_prop(node: &Node, key: &str, diags: &mut Diags) -> Option<bool> {
    let arg = node.prop(key)?;
    match &arg.value {
        Scalar::Bool(value) => Some(*value),
        Scalar::Text(text) if matches!(&**text, "true" | "false") => {
            diags.push(wrong(arg, key, "a boolean").help(format!("write `{key}=#{text}`")));
            None
        }
        _ => {
            diags.push(wrong(arg, key, "a boolean").help(format!("write `{key}=#true` or `{key}=#false`")));
            None
        }
    }
}

/// The integer of a property; `None` without the property.
pub fn int_prop(node: &Node, key: &str, diags: &mut Diags) -> Option<i64> {
    let arg = node.prop(key)?;
    match &arg.value {
        Scalar::Int(value) => Some(*value),
        _ => {
            diags.push(wrong(arg, key, "an integer").help(format!("write `{key}=1`, without quotes or a point")));
            None
        }
    }
}

fn string<'a>(arg: &'a Arg, name: &str) -> Result<&'a str, Diag> {
    arg.as_str().ok_or_else(|| wrong(arg, name, "a string").help("write the text between quotation marks: `\"…\"`"))
}

fn wrong(arg: &Arg, name: &str, wanted: &str) -> Diag {
    Diag::error(Code::KdlBadValue, arg.at, format!("`{name}` is {} and must be {wanted}", kind(&arg.value)))
        .here(format!("not {wanted}"))
}
