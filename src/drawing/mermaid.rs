//! A drawing as a Mermaid flowchart, which code hosts draw in Markdown.

use super::{Drawing, NodeKind};

/// Nodes are called `n0`, `n1`, …: Mermaid gives words such as `end` a meaning, and ids are free text.
pub(super) fn draw(drawing: &Drawing) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, node) in drawing.nodes.iter().enumerate() {
        let lines: Vec<String> = std::iter::once(&node.label).chain(&node.detail).map(|it| escaped(it)).collect();
        let text = lines.join("<br/>");
        out.push_str(&match node.kind {
            NodeKind::Workload => format!("  n{index}[\"{text}\"]:::workload\n"),
            NodeKind::Resource => format!("  n{index}([\"{text}\"]):::resource\n"),
        });
    }
    for link in drawing.links() {
        let label = if link.label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(link.label)) };
        out.push_str(&format!("  n{} -->{label} n{}\n", link.from, link.to));
    }
    out.push_str("  classDef workload fill:#dbe4ff,stroke:#4c6ef5,color:#1f2933\n");
    out.push_str("  classDef resource fill:#f1f3f5,stroke:#868e96,color:#1f2933\n");
    out
}

/// Everything but letters, digits and a few marks, as Mermaid's own entities. A label that begins like a list or
/// a quote would otherwise be read as Markdown.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for char in text.chars() {
        match char {
            _ if char.is_control() => out.push(' '),
            _ if char.is_alphanumeric() || !char.is_ascii() => out.push(char),
            ' ' | '.' | ',' | ':' | '/' | '_' | '=' | '(' | ')' | '@' | '$' => out.push(char),
            '-' if !out.is_empty() => out.push(char),
            _ => out.push_str(&format!("#{};", char as u32)),
        }
    }
    out
}
