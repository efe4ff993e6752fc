//! What expressions can see, as shapes: the scopes of rules and of targets.
//!
//! The values with these shapes are built in `ir`; a test there holds that both agree.

use std::sync::Arc;

use super::{Definitions, Target};
use crate::expr::{Names, Shape};

fn port() -> Shape {
    Shape::closed(
        "a port",
        [("name", Shape::Text), ("port", Shape::Int), ("target_port", Shape::Int), ("protocol", Shape::Text)],
    )
}

/// A workload as others see it on the network.
fn network() -> Shape {
    Shape::closed(
        "the network view of a workload",
        [("name", Shape::Text), ("ports", Shape::list(port())), ("annotations", text_map("the annotations"))],
    )
}

fn text_map(what: &str) -> Shape {
    Shape::open(what, [] as [(&str, Shape); 0], Shape::Text)
}

/// The workload that owns a resource, as rules see it.
fn owner() -> Shape {
    Shape::closed(
        "a workload",
        [
            ("name", Shape::Text),
            ("metadata", Shape::Any),
            ("annotations", text_map("the annotations")),
            ("ports", Shape::list(port())),
        ],
    )
}

/// A resource: the same for rules and for targets, which also see `params` and `outputs`.
#[must_use]
pub fn resource_shape() -> Shape {
    Shape::closed("a resource", resource_fields())
}

fn resource_fields() -> Vec<(&'static str, Shape)> {
    vec![
        ("uid", Shape::Text),
        ("type", Shape::Text),
        ("class", Shape::Text),
        ("id", Shape::Text),
        ("name", Shape::Text),
        ("key", Shape::Text),
        ("metadata", Shape::Any),
        ("annotations", text_map("the annotations")),
        ("requested", Shape::list(Shape::Text)),
    ]
}

fn project() -> Shape {
    Shape::closed("the project", [("name", Shape::Text), ("root", Shape::Text)])
}

/// `vars` are open: which ones there are is decided by the environment of a run. A name that no environment
/// declares is a mistake all the same.
pub(super) fn environment(definitions: &Definitions) -> Shape {
    let vars = definitions.environments.iter().flat_map(|it| it.vars.items.iter());
    let mut open = false;
    let declared = definitions.variables.values().map(|it| (it.name.value.clone(), it.shape()));
    let mut fields: Vec<(Arc<str>, Shape)> = declared.collect();
    for item in vars {
        match item {
            crate::template::Item::Entry { key, .. } => match key.as_plain() {
                Some(plain) if definitions.variables.contains_key(plain) => {}
                Some(plain) => fields.push((plain.clone(), Shape::Any)),
                None => open = true,
            },
            _ => open = true,
        }
    }
    let what = "`env.vars`";
    let vars = if open { Shape::open(what, fields, Shape::Any) } else { Shape::closed(what, fields) };
    Shape::closed("the environment", [("name", Shape::Text), ("kind", Shape::Text), ("vars", vars)])
}

fn target_view(target: Option<&Target>) -> Shape {
    let options = match target {
        None => Shape::Any,
        Some(target) => Shape::closed(
            &format!("the options of `{}`", target.name.value),
            target.options.values().map(|it| (it.name.value.clone(), it.ty.shape())),
        ),
    };
    Shape::closed("the target", [("name", Shape::Text), ("options", options)])
}

/// The names that a fragment sees wherever it is inserted.
#[must_use]
pub fn fragment_names(definitions: &Definitions) -> Names<'static> {
    let mut names = Names::new();
    names.set("env", environment(definitions));
    names.set("project", project());
    names.set("target", target_view(None));
    // Rules and targets see workloads in different shapes; the other names are those of a target alone.
    for name in ["workloads", "resources", "slots", "secrets"] {
        names.set(name, Shape::Any);
    }
    names
}

/// The names that a rule starts with. `types` are the types that it names exactly.
#[must_use]
pub fn rule_names(definitions: &Definitions, types: &[&str], target: Option<&Target>) -> Names<'static> {
    let mut names = Names::new();
    let params = match types {
        [one] => definitions.types.get(*one).map_or(Shape::Any, super::ResourceType::params_shape),
        _ => Shape::Any,
    };
    names.set("params", params);
    names.set("resource", resource_shape());
    names.set("workload", owner());
    names.set("users", Shape::list(Shape::Text));
    names.set("workloads", Shape::open("the workloads", [] as [(&str, Shape); 0], network()));
    names.set("env", environment(definitions));
    names.set("project", project());
    names.set("target", target_view(target));
    names
}

/// The names that a target's files start with.
#[must_use]
pub fn target_names(definitions: &Definitions, target: &Target) -> Names<'static> {
    let mut names = Names::new();
    let mut resource = resource_fields();
    resource.extend([("params", Shape::Any), ("outputs", Shape::Any), ("users", Shape::list(Shape::Text))]);
    names.set("workloads", Shape::list(workload(target)));
    names.set("resources", Shape::list(Shape::closed("a resource", resource)));
    names.set("slots", Shape::Any);
    names.set(
        "secrets",
        Shape::list(Shape::closed(
            "a secret",
            [("name", Shape::Text), ("owner", Shape::Text), ("label", Shape::Text), ("value", Shape::Any)],
        )),
    );
    names.set("env", environment(definitions));
    names.set("project", project());
    names.set("target", target_view(Some(target)));
    names
}

/// The names in the `when` of a capability.
#[must_use]
pub fn capability_names(definitions: &Definitions, target: &Target) -> Names<'static> {
    let mut names = target_names(definitions, target);
    names.set("workload", workload(target));
    names.set("container", container());
    names.set("item", Shape::Any);
    names
}

/// A workload as targets see it, with every placeholder resolved.
fn workload(target: &Target) -> Shape {
    let own = target.options.values().filter(|it| it.per_workload);
    let options = own.map(|it| (it.name.value.clone(), it.ty.shape()));
    Shape::closed(
        "a workload",
        [
            ("name", Shape::Text),
            ("path", Shape::Text),
            ("folder", Shape::Text),
            ("metadata", Shape::Any),
            ("annotations", text_map("the annotations")),
            ("ports", Shape::list(port())),
            ("containers", Shape::list(container())),
            ("options", Shape::closed("the options per workload", options)),
        ],
    )
}

fn container() -> Shape {
    let quantities = || Shape::closed("quantities", [("cpu", Shape::Any), ("memory", Shape::Any)]);
    Shape::closed(
        "a container",
        [
            ("name", Shape::Text),
            ("key", Shape::Text),
            ("image", Shape::Text),
            ("build", Shape::Any),
            ("init", Shape::Bool),
            ("command", Shape::Any),
            ("args", Shape::Any),
            ("variables", Shape::open("the variables", [] as [(&str, Shape); 0], Shape::Any)),
            ("files", Shape::list(file())),
            ("volumes", Shape::list(volume())),
            ("limits", quantities()),
            ("requests", quantities()),
            ("liveness", probe()),
            ("readiness", probe()),
            ("before", Shape::list(order())),
            ("after", Shape::list(order())),
        ],
    )
}

fn file() -> Shape {
    Shape::closed(
        "a file",
        [("target", Shape::Text), ("mode", Shape::Any), ("content", Shape::Any), ("base64", Shape::Any)],
    )
}

fn volume() -> Shape {
    Shape::closed(
        "a volume",
        [
            ("target", Shape::Text),
            ("source", Shape::Any),
            ("path", Shape::Any),
            ("read_only", Shape::Bool),
            ("mount", Shape::Any),
            ("resource", Shape::Any),
        ],
    )
}

fn probe() -> Shape {
    let http = Shape::closed(
        "an httpGet probe",
        [
            ("path", Shape::Text),
            ("port", Shape::Int),
            ("host", Shape::Any),
            ("scheme", Shape::Text),
            ("headers", Shape::list(Shape::closed("a header", [("name", Shape::Text), ("value", Shape::Text)]))),
        ],
    );
    Shape::closed("a probe", [("http_get", http), ("exec", Shape::Any)])
}

/// An entry of `before` or of `after`.
fn order() -> Shape {
    Shape::closed("an order", [("container", Shape::Text), ("key", Shape::Text), ("ready", Shape::Text)])
}
