//! The order of containers: cycles of `before`.
//!
//! In: every `before` entry with its place. Out: one problem for each cycle, with every entry that makes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::diag::{Code, Diag, Diags};
use crate::source::Span;

/// `from` must be ready before `to` starts.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: Arc<str>,
    pub to: Arc<str>,
    pub at: Span,
}

/// Reports each group of containers that wait for one another. Self references are reported where they are read.
pub fn check_cycles(edges: &[Edge], diags: &mut Diags) {
    let mut graph: DiGraph<Arc<str>, usize> = DiGraph::new();
    let mut nodes: BTreeMap<Arc<str>, NodeIndex> = BTreeMap::new();
    for (index, edge) in edges.iter().enumerate().filter(|(_, it)| it.from != it.to) {
        let [from, to] =
            [&edge.from, &edge.to].map(|it| *nodes.entry(it.clone()).or_insert_with(|| graph.add_node(it.clone())));
        graph.add_edge(from, to, index);
    }
    let mut groups: Vec<Vec<NodeIndex>> = tarjan_scc(&graph).into_iter().filter(|it| it.len() > 1).collect();
    groups.iter_mut().for_each(|it| it.sort());
    groups.sort();
    for group in groups {
        let path: Vec<&Edge> = shortest_cycle(&graph, &group).iter().filter_map(|it| edges.get(*it)).collect();
        if let Some(diag) = cycle(&path) {
            diags.push(diag);
        }
    }
}

/// The edges of a shortest cycle through the first container of the group.
fn shortest_cycle(graph: &DiGraph<Arc<str>, usize>, group: &[NodeIndex]) -> Vec<usize> {
    let Some(&start) = group.first() else { return Vec::new() };
    let mut paths: BTreeMap<NodeIndex, Vec<usize>> = BTreeMap::from([(start, Vec::new())]);
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let path = paths.get(&node).cloned().unwrap_or_default();
        let mut next: Vec<(usize, NodeIndex)> = graph
            .neighbors(node)
            .filter_map(|to| graph.find_edge(node, to).and_then(|it| graph.edge_weight(it)).map(|it| (*it, to)))
            .collect();
        next.sort();
        for (edge, to) in next {
            let mut longer = path.clone();
            longer.push(edge);
            if to == start {
                return longer;
            }
            if group.contains(&to) && !paths.contains_key(&to) {
                paths.insert(to, longer);
                queue.push_back(to);
            }
        }
    }
    Vec::new()
}

fn cycle(edges: &[&Edge]) -> Option<Diag> {
    let first = edges.first()?;
    let message = format!("container `{}` waits for itself", first.from);
    let mut diag = Diag::error(Code::ScoreBefore, first.at, message);
    for (index, edge) in edges.iter().enumerate() {
        let text = format!("`{}` starts after `{}`", edge.to, edge.from);
        diag = if index == 0 { diag.here(text) } else { diag.label(edge.at, text) };
    }
    Some(diag.help("remove one of these `before` entries"))
}
