//! A drawing in the language of Graphviz.

use super::{Drawing, NodeKind};

pub(super) fn draw(drawing: &Drawing) -> String {
    let mut out = String::from(
        "digraph {\n  rankdir=LR\n  bgcolor=\"transparent\"\n  \
         node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=12, margin=\"0.2,0.1\"]\n  \
         edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, color=\"#7b8794\", fontcolor=\"#52606d\"]\n",
    );
    for node in &drawing.nodes {
        let lines: Vec<&str> = std::iter::once(&node.label).chain(&node.detail).map(String::as_str).collect();
        let colours = match node.kind {
            NodeKind::Workload => "fillcolor=\"#dbe4ff\", color=\"#4c6ef5\"",
            NodeKind::Resource => "fillcolor=\"#f1f3f5\", color=\"#868e96\"",
        };
        out.push_str(&format!("  {} [label={}, {colours}]\n", quoted(&node.id), quoted(&lines.join("\n"))));
    }
    for link in drawing.links() {
        let ends = [link.from, link.to].map(|it| quoted(&drawing.nodes[it].id));
        let label = if link.label.is_empty() { String::new() } else { format!(" [label={}]", quoted(link.label)) };
        out.push_str(&format!("  {} -> {}{label}\n", ends[0], ends[1]));
    }
    out.push_str("}\n");
    out
}

/// A string of the language: only quotes and backslashes mean something in it, and `\n` centres a line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\n' => out.push_str("\\n"),
            _ if char.is_control() => out.push(' '),
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}
