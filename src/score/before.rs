//! The order of containers: cycles of `before`.
//!
//! In: every `before` entry with its place. Out: one problem for each group of containers that wait for one
//! another, with every entry of a shortest cycle in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::fields::shown;
use super::problems::Problems;
use crate::diag::{Code, Diag};
use crate::source::Span;

/// `from` must be ready before `to` starts.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub at: Span,
}

type Graph<'e> = DiGraph<(), &'e Edge>;

/// The most edges of one cycle that are shown.
const MOST_EDGES: usize = 50;

/// Reports each group of containers that wait for one another. Self references are reported where they are read.
pub fn check_cycles(edges: &[Edge], diags: &mut Problems) {
    let mut graph = Graph::new();
    let mut nodes: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    for edge in edges.iter().filter(|it| it.from != it.to) {
        let from = *nodes.entry(&edge.from).or_insert_with(|| graph.add_node(()));
        let to = *nodes.entry(&edge.to).or_insert_with(|| graph.add_node(()));
        graph.add_edge(from, to, edge);
    }
    // Kosaraju's algorithm does not recurse, so a long chain cannot overflow the stack.
    let groups = kosaraju_scc(&graph).into_iter().filter(|it| it.len() > 1);
    let mut groups: Vec<BTreeSet<NodeIndex>> = groups.map(|it| it.into_iter().collect()).collect();
    groups.sort();
    for group in groups {
        if let Some(diag) = cycle(&shortest_cycle(&graph, &group)) {
            diags.push(diag);
        }
    }
}

/// The edges of a shortest cycle through the first container of the group, which is strongly connected.
fn shortest_cycle<'e>(graph: &Graph<'e>, group: &BTreeSet<NodeIndex>) -> Vec<&'e Edge> {
    let Some(&start) = group.first() else { return Vec::new() };
    let mut came: BTreeMap<NodeIndex, (NodeIndex, &'e Edge)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front().filter(|_| !came.contains_key(&start)) {
        let mut edges: Vec<_> = graph.edges(node).filter(|it| group.contains(&it.target())).collect();
        edges.sort_by_key(|it| it.weight().at);
        for edge in edges {
            came.entry(edge.target()).or_insert_with(|| {
                queue.push_back(edge.target());
                (node, *edge.weight())
            });
        }
    }
    let mut path = Vec::new();
    let mut node = start;
    while let Some((previous, edge)) = came.get(&node) {
        path.push(*edge);
        node = *previous;
        if node == start {
            break;
        }
    }
    path.reverse();
    path
}

fn cycle(edges: &[&Edge]) -> Option<Diag> {
    let first = edges.first()?;
    let message = format!("container `{}` waits for itself", shown(&first.from));
    let mut diag = Diag::error(Code::ScoreBefore, first.at, message);
    for (index, edge) in edges.iter().take(MOST_EDGES).enumerate() {
        let text = format!("`{}` starts after `{}`", shown(&edge.to), shown(&edge.from));
        diag = if index == 0 { diag.here(text) } else { diag.label(edge.at, text) };
    }
    Some(diag.help("remove one of these `before` entries"))
}
