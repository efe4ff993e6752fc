//! Drawings of a graph, for people and for other programs.
//!
//! In: a [`Drawing`], which is plain data: what a box says and which boxes are joined. Out: text, in one of
//! several [`Format`]s. Knows nothing of resources, rules or places; equal drawings give equal bytes.

mod tree;
mod dot;
mod mermaid;
mod layout;
mod svg;

use indexmap::IndexMap;
use serde::Serialize;

/// Boxes and what joins them. Both are drawn in the order given where there is a choice.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Drawing {
    pub nodes: Vec<DrawingNode>,
    /// An edge that names no node of this drawing is left out.
    pub edges: Vec<DrawingEdge>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DrawingNode {
    /// Unique in the drawing. Not shown, except where a program reads it.
    pub id: String,
    pub label: String,
    pub kind: NodeKind,
    /// Further lines, each short.
    pub detail: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    Workload,
    Resource,
}

/// `from` needs `to`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct DrawingEdge {
    pub from: String,
    pub to: String,
    /// What `from` calls it. May be empty.
    pub label: String,
}

/// The ways to write a drawing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Text for a terminal.
    Tree,
    /// As [`Format::Tree`], in ASCII.
    AsciiTree,
    /// Graphviz.
    Dot,
    Mermaid,
    Json,
    Svg,
}

/// The drawing as text that ends with a newline.
#[must_use]
pub fn draw(drawing: &Drawing, format: Format) -> String {
    match format {
        Format::Tree => tree::draw(drawing, &tree::UNICODE),
        Format::AsciiTree => tree::draw(drawing, &tree::ASCII),
        Format::Dot => dot::draw(drawing),
        Format::Mermaid => mermaid::draw(drawing),
        Format::Json => format!("{:#}\n", serde_json::json!(drawing)),
        Format::Svg => svg::draw(drawing),
    }
}

/// An edge by the positions of its ends in the list of nodes.
#[derive(Clone, Copy)]
struct Link<'a> {
    from: usize,
    to: usize,
    label: &'a str,
}

impl Drawing {
    /// The edges whose ends are both there. Of two nodes with one id, the first counts.
    fn links(&self) -> Vec<Link<'_>> {
        let mut index: IndexMap<&str, usize> = IndexMap::new();
        for (position, node) in self.nodes.iter().enumerate() {
            index.entry(&node.id).or_insert(position);
        }
        let link = |edge: &'_ DrawingEdge| Some((*index.get(&*edge.from)?, *index.get(&*edge.to)?));
        let found = self.edges.iter().filter_map(|edge| link(edge).map(|(from, to)| (from, to, edge)));
        found.map(|(from, to, edge)| Link { from, to, label: &edge.label }).collect()
    }
}
