//! The names that rules see.

use std::sync::Arc;

use super::Input;
use crate::expr::Scope;
use crate::ir::{Graph, Mention, NodeId, ResourceNode, view};
use crate::source::Span;
use crate::value::{Map, Value};

/// What every rule and the target see alike.
pub(super) fn globals<'a>(input: &Input<'_>) -> Scope<'a> {
    let environment = input.environment;
    let at = environment.at;
    let env = Value::object(
        [
            ("name", Value::text(environment.name.clone(), at)),
            ("kind", Value::text(environment.kind.clone(), at)),
            ("vars", environment.vars.clone()),
        ],
        at,
    );
    let target = Value::object(
        [("name", Value::text(environment.target.clone(), at)), ("options", environment.options.clone())],
        at,
    );
    let mut scope = Scope::new();
    scope.set("env", env);
    scope.set("project", input.project.clone());
    scope.set("target", target);
    scope.set("workloads", view::network(input.workloads));
    scope
}

/// The view `resource`. `requested` may know more than the graph does by now.
pub(super) fn resource_view(node: &ResourceNode, key: &Arc<str>, metadata: &Value, requested: &[Arc<str>]) -> Value {
    let at = node.mentions.first().map_or(Span::NONE, Mention::at);
    let uid = &node.uid;
    let text = |it: &str| Value::text(it, at);
    Value::object(
        [
            ("uid", text(uid.text())),
            ("type", text(uid.ty())),
            ("class", text(uid.class())),
            ("id", text(uid.id())),
            ("name", text(uid.name())),
            ("key", text(key)),
            ("metadata", if metadata.is_null() { Value::map(Map::new(), at) } else { metadata.clone() }),
            ("annotations", view::annotations(metadata)),
            ("requested", Value::list(requested.iter().map(|it| Value::text(it.clone(), at)).collect(), at)),
        ],
        at,
    )
}

/// The view `workload`: the one workload that declares the resource, or null.
pub(super) fn owner_view(input: &Input<'_>, graph: &Graph, node: NodeId) -> Value {
    match graph.declared_by(node).as_slice() {
        [one] => view::owner(&input.workloads[*one]),
        _ => Value::null(Span::NONE),
    }
}

/// The view `users`: the names of all workloads that reach the resource.
pub(super) fn users_view(input: &Input<'_>, users: &[usize]) -> Value {
    let names = users.iter().filter_map(|it| input.workloads.get(*it));
    Value::list(names.map(|it| Value::text(it.name.value.clone(), it.name.at)).collect(), Span::NONE)
}
