//! `scorec graph`: a drawing of workloads, resources and what they need.

use super::args::{Graph, GraphFormat};
use super::session::{DONE, ERRORS, Session};
use super::view::{View, ground};
use crate::diag::count;
use crate::drawing::{Drawing, DrawingEdge, DrawingNode, Format, NodeKind, draw};
use crate::ir::{EdgeKind, Mention, NodeId};
use crate::score::Workload;

pub fn run(session: &mut Session, args: &Graph) -> u8 {
    let Some(ground) = ground(session, &args.input) else { return ERRORS };
    let Some(view) = ground.view() else { return ERRORS };
    let format = match args.format {
        GraphFormat::Tree if session.terminal.out.style.unicode => Format::Tree,
        GraphFormat::Tree => Format::AsciiTree,
        GraphFormat::Dot => Format::Dot,
        GraphFormat::Mermaid => Format::Mermaid,
        GraphFormat::Json => Format::Json,
        GraphFormat::Svg => Format::Svg,
    };
    session.terminal.out.write(&draw(&drawing(&view), format));
    session.diags.append(view.diags);
    DONE
}

fn drawing(view: &View<'_>) -> Drawing {
    let mut drawing = Drawing::default();
    for (index, workload) in view.input.workloads.iter().enumerate() {
        let id = workload_id(workload);
        drawing.nodes.push(workload_node(&id, workload));
        for (edge, to) in view.explored.graph.needs(view.explored.graph.workload(index)) {
            let label = view.explored.graph.resource(to).and_then(|it| called(&it.mentions, index, edge.at));
            let to = view.uid(to).to_string();
            drawing.edges.push(DrawingEdge { from: id.clone(), to, label: label.unwrap_or_default() });
        }
    }
    for node in view.nodes() {
        drawing.nodes.push(resource_node(view, node));
        for (edge, to) in view.explored.graph.needs(node) {
            let label = match edge.kind {
                EdgeKind::Need => needed_as(view, node, to),
                EdgeKind::Param | EdgeKind::Uses => view.score_names(to).first().map(|(_, name)| (*name).to_owned()),
            };
            let (from, to) = (view.uid(node).to_string(), view.uid(to).to_string());
            drawing.edges.push(DrawingEdge { from, to, label: label.unwrap_or_default() });
        }
    }
    drawing
}

/// Apart from the ids of resources, which hold a `#`.
fn workload_id(workload: &Workload) -> String {
    format!("workload {}", workload.name.value)
}

fn workload_node(id: &str, workload: &Workload) -> DrawingNode {
    let detail = match workload.containers.values().collect::<Vec<_>>().as_slice() {
        [one] => one.image.value.to_string(),
        several => count(several.len(), "container"),
    };
    DrawingNode {
        id: id.to_owned(),
        label: workload.name.value.to_string(),
        kind: NodeKind::Workload,
        detail: vec![detail],
    }
}

fn resource_node(view: &View<'_>, node: NodeId) -> DrawingNode {
    let uid = view.uid(node);
    let private = view.score_names(node).iter().any(|(workload, name)| format!("{workload}.{name}") == uid.id());
    let of_rule = uid.id().ends_with(&format!(".{}", uid.name()));
    let id = if private || of_rule { Vec::new() } else { vec![format!("id {}", uid.id())] };
    let rule = view.rule(node).map_or_else(|| "no rule".to_owned(), |it| format!("rule {}", it.name.value));
    DrawingNode {
        id: uid.to_string(),
        label: view.type_and_class(node),
        kind: NodeKind::Resource,
        detail: id.into_iter().chain([rule]).collect(),
    }
}

/// The name under which a workload declares the resource at that place.
fn called(mentions: &[Mention], index: usize, at: crate::source::Span) -> Option<String> {
    mentions.iter().find_map(|it| match it {
        Mention::Score { workload, name, at: place } if *workload == index && *place == at => Some(name.to_string()),
        _ => None,
    })
}

/// The name under which the rule of `node` needs `to`.
fn needed_as(view: &View<'_>, node: NodeId, to: NodeId) -> Option<String> {
    let needs = &view.explored.resources.get(&node)?.needs;
    needs.iter().find(|(_, it)| *it == to).map(|(name, _)| name.to_string())
}
