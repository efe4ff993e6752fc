//! Layers of KDL trees to [`Definitions`].
//!
//! A nearer layer overrides a farther one by name. Within one layer a name stands once.

use std::sync::Arc;

use super::Definitions;
use super::environment::Environment;
use super::patch::Patch;
use super::policy::{Policy, Waiver};
use super::project::{Pack, Project, uses};
use super::resource_type::ResourceType;
use super::rule::Rule;
use super::target::Target;
use super::variable::Variable;
use crate::diag::{Code, Diag, Diags};
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::read_fragment;

/// Files that count alike: the project file, one pack, or the embedded library.
#[derive(Debug)]
pub struct Layer {
    pub name: Arc<str>,
    /// The nodes of all its files, in file order.
    pub nodes: Vec<Node>,
    /// The project file, which alone may hold `project`.
    pub is_project: bool,
    pub embedded: bool,
}

const DECLARATIONS: &[&str] =
    &["environment", "var", "resource-type", "rule", "fragment", "target", "patch", "policy", "waive"];

/// Reads all layers, nearest first.
pub fn load(layers: &[Layer], diags: &mut Diags) -> Definitions {
    let mut definitions = Definitions::default();
    for (index, layer) in layers.iter().enumerate() {
        let own = if layer.is_project { "project" } else { "pack" };
        let known: Vec<&str> = DECLARATIONS.iter().copied().chain(["use", own]).collect();
        reader::only_nodes(&layer.nodes, &known, diags);
        if layer.is_project {
            definitions.project = Project::read(&layer.nodes, diags);
        }
        // The packs themselves are layers by now.
        uses(&layer.nodes, diags);
        definitions.packs.push(read_pack(layer, diags));
        read_layer(&mut definitions, layer, index, diags);
    }
    definitions.index_rules();
    definitions
}

fn read_pack(layer: &Layer, diags: &mut Diags) -> Pack {
    let mut pack = Pack { name: layer.name.clone(), embedded: layer.embedded, ..Pack::default() };
    for node in &layer.nodes {
        match node.name() {
            "pack" => {
                reader::only_children(node, &["doc"], diags);
                if let Some((_, name)) = reader::one_string_arg(node, diags) {
                    pack.name = Arc::from(name);
                }
                pack.doc = super::doc(node, diags);
            }
            "fragment" => {
                if let Some(fragment) = read_fragment(node, diags) {
                    let name = fragment.name.clone();
                    if let Some(earlier) = pack.fragments.insert(name.value.clone(), fragment) {
                        diags.push(reader::duplicate("fragment", &name.value, name.at, earlier.name.at));
                    }
                }
            }
            _ => {}
        }
    }
    pack
}

fn read_layer(definitions: &mut Definitions, layer: &Layer, index: usize, diags: &mut Diags) {
    let fragments = definitions.packs[index].fragments.clone();
    let mut seen: Vec<(&'static str, Spanned<Arc<str>>)> = Vec::new();
    for node in &layer.nodes {
        match node.name() {
            "environment" => {
                if let Some(it) = Environment::read(node, index, diags)
                    && first("environment", &it.name, &mut seen, diags)
                {
                    definitions.environments.push(it);
                }
            }
            "var" => {
                if let Some(it) = Variable::read(node, index, diags)
                    && first("var", &it.name, &mut seen, diags)
                {
                    definitions.variables.entry(it.name.value.clone()).or_insert(it);
                }
            }
            "resource-type" => {
                if let Some(it) = ResourceType::read(node, index, diags)
                    && first("resource-type", &it.name, &mut seen, diags)
                {
                    definitions.types.entry(it.name.value.clone()).or_insert(it);
                }
            }
            "rule" => {
                if let Some(it) = Rule::read(node, index, index, diags)
                    && first("rule", &it.name, &mut seen, diags)
                    && !definitions.rules.iter().any(|nearer| nearer.name.value == it.name.value)
                {
                    definitions.rules.push(it);
                }
            }
            "target" => {
                if let Some(it) = Target::read(node, &fragments, index, diags)
                    && first("target", &it.name, &mut seen, diags)
                {
                    definitions.targets.entry(it.name.value.clone()).or_insert(it);
                }
            }
            "patch" => {
                if let Some(it) = Patch::read(node, index, index, diags)
                    && first("patch", &it.name, &mut seen, diags)
                    && !definitions.patches.iter().any(|nearer| nearer.name.value == it.name.value)
                {
                    definitions.patches.push(it);
                }
            }
            "policy" => {
                if let Some(it) = Policy::read(node, index, index, diags)
                    && first("policy", &it.name, &mut seen, diags)
                    && !definitions.policies.iter().any(|nearer| nearer.name.value == it.name.value)
                {
                    definitions.policies.push(it);
                }
            }
            "waive" => definitions.waivers.extend(Waiver::read(node, diags)),
            _ => {}
        }
        require_doc(node, diags);
    }
}

/// Whether this is the first of its kind and name in the layer; a second one is reported.
fn first(
    kind: &'static str,
    name: &Spanned<Arc<str>>,
    seen: &mut Vec<(&'static str, Spanned<Arc<str>>)>,
    diags: &mut Diags,
) -> bool {
    let earlier: Option<Span> =
        seen.iter().find(|(it, other)| *it == kind && other.value == name.value).map(|it| it.1.at);
    match earlier {
        Some(at) => {
            diags.push(reader::duplicate(kind, &name.value, name.at, at));
            false
        }
        None => {
            seen.push((kind, name.clone()));
            true
        }
    }
}

/// A contract, a rule or a target without a description cannot be listed in words.
fn require_doc(node: &Node, diags: &mut Diags) {
    if matches!(node.name(), "resource-type" | "rule" | "target" | "patch" | "policy")
        && reader::child(node, "doc").is_none()
    {
        let message = format!("this `{}` has no `doc`", node.name());
        diags.push(
            Diag::warning(Code::KdlMissingNode, node.head(), message)
                .help("add `doc \"One sentence that says what it does.\"`"),
        );
    }
}
