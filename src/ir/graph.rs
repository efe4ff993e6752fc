//! The graph of a build. An edge goes from what needs to what is needed, and remembers the line that made it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, EdgeRef, Reversed};

use super::Uid;
use crate::diag::{Code, Diag, Diags};
use crate::score::{Piece, Root, Template, Workload};
use crate::source::Span;
use crate::value::Value;

/// Names a node of a [`Graph`].
pub type NodeId = NodeIndex<u32>;

#[derive(Clone, Debug)]
pub enum Node {
    /// An index into the workloads of the build.
    Workload(usize),
    Resource(ResourceNode),
}

/// A resource and everyone who asked for it.
#[derive(Clone, Debug)]
pub struct ResourceNode {
    pub uid: Uid,
    pub mentions: Vec<Mention>,
    /// The output keys that somebody reads.
    pub requested: BTreeSet<Arc<str>>,
}

/// Somebody asks for a resource.
#[derive(Clone, Debug)]
pub enum Mention {
    /// A Score file: the workload's index and the resource's name there.
    Score { workload: usize, name: Arc<str>, at: Span },
    /// The workload itself, as a resource that rules may decide for.
    Workload { workload: usize, at: Span },
    /// A rule, for the resource `by`.
    Need { by: NodeId, params: Option<Value>, at: Span },
}

impl ResourceNode {
    /// Whether it stands for a workload, which no Score file calls a resource.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        self.mentions.iter().any(|it| matches!(it, Mention::Workload { .. }))
    }
}

impl Mention {
    #[must_use]
    pub fn at(&self) -> Span {
        match self {
            Mention::Score { at, .. } | Mention::Workload { at, .. } | Mention::Need { at, .. } => *at,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EdgeKind {
    /// A workload declares the resource.
    Uses,
    /// A parameter reads an output.
    Param,
    /// A rule needs the resource.
    Need,
}

#[derive(Clone, Debug)]
pub struct Edge {
    pub kind: EdgeKind,
    pub at: Span,
}

#[derive(Clone, Debug, Default)]
pub struct Graph {
    inner: DiGraph<Node, Edge, u32>,
    workloads: Vec<NodeId>,
    resources: IndexMap<Uid, NodeId>,
}

impl Graph {
    /// The graph that the Score files alone make. Workloads and their resources enter in name order, so that
    /// nothing depends on the order of files.
    #[must_use]
    pub fn of(workloads: &[Workload]) -> Self {
        let mut graph = Graph::default();
        graph.workloads = (0..workloads.len()).map(|index| graph.inner.add_node(Node::Workload(index))).collect();
        for (index, workload) in workloads.iter().enumerate() {
            graph.add_resources(index, workload);
        }
        workloads.iter().for_each(|it| graph.add_reads(it));
        graph
    }

    fn add_resources(&mut self, index: usize, workload: &Workload) {
        let mut names: Vec<&Arc<str>> = workload.resources.keys().collect();
        names.sort();
        for name in names {
            let resource = &workload.resources[name];
            let at = resource.ty.at;
            let uid = Uid::of(&workload.name.value, resource);
            let node = self.mention(uid, Mention::Score { workload: index, name: name.clone(), at });
            self.inner.add_edge(self.workloads[index], node, Edge { kind: EdgeKind::Uses, at });
        }
    }

    /// Makes every workload a resource of the type `ty`, too, which rules may decide for.
    pub fn add_workloads(&mut self, ty: &str, workloads: &[Workload]) {
        for (index, workload) in workloads.iter().enumerate() {
            let at = workload.name.at;
            let uid = Uid::new(ty, None, &workload.name.value);
            let node = self.mention(uid, Mention::Workload { workload: index, at });
            self.inner.add_edge(self.workloads[index], node, Edge { kind: EdgeKind::Uses, at });
        }
    }

    /// Edges from parameters, and the outputs that somebody reads.
    fn add_reads(&mut self, workload: &Workload) {
        for resource in workload.resources.values() {
            let from = self.resources[&Uid::of(&workload.name.value, resource)];
            for placeholder in resource.params.iter().flat_map(|it| it.placeholders()) {
                if let Root::Resource(name) = &placeholder.root
                    && let Some(needed) = workload.resources.get(name)
                {
                    let to = self.resources[&Uid::of(&workload.name.value, needed)];
                    self.connect(from, to, Edge { kind: EdgeKind::Param, at: placeholder.at });
                    self.request(to, placeholder.keys.first());
                }
            }
        }
        for template in texts(workload) {
            for piece in &template.pieces {
                if let Piece::Placeholder(placeholder) = piece
                    && let Root::Resource(name) = &placeholder.root
                    && let Some(read) = workload.resources.get(name)
                {
                    let to = self.resources[&Uid::of(&workload.name.value, read)];
                    self.request(to, placeholder.keys.first());
                }
            }
        }
    }

    /// Adds a mention, and the resource if it is new.
    pub fn mention(&mut self, uid: Uid, mention: Mention) -> NodeId {
        let node = match self.resources.get(&uid) {
            Some(node) => *node,
            None => {
                let resource = ResourceNode { uid: uid.clone(), mentions: Vec::new(), requested: BTreeSet::new() };
                let node = self.inner.add_node(Node::Resource(resource));
                self.resources.insert(uid, node);
                node
            }
        };
        if let Some(resource) = self.inner.node_weight_mut(node).and_then(Node::resource_mut) {
            resource.mentions.push(mention);
        }
        node
    }

    /// Adds an edge, once for each kind and pair.
    pub fn connect(&mut self, from: NodeId, to: NodeId, edge: Edge) {
        let there = self.inner.edges_connecting(from, to).any(|it| it.weight().kind == edge.kind);
        if !there {
            self.inner.add_edge(from, to, edge);
        }
    }

    /// Notes that somebody reads an output.
    pub fn request(&mut self, node: NodeId, key: Option<&Arc<str>>) {
        if let (Some(resource), Some(key)) = (self.inner.node_weight_mut(node).and_then(Node::resource_mut), key) {
            resource.requested.insert(key.clone());
        }
    }

    #[must_use]
    pub fn find(&self, uid: &Uid) -> Option<NodeId> {
        self.resources.get(uid).copied()
    }

    /// The resource of a node; `None` for a workload.
    #[must_use]
    pub fn resource(&self, node: NodeId) -> Option<&ResourceNode> {
        match self.inner.node_weight(node) {
            Some(Node::Resource(resource)) => Some(resource),
            _ => None,
        }
    }

    /// All resources, in the order in which they entered.
    pub fn resources(&self) -> impl Iterator<Item = (NodeId, &ResourceNode)> {
        self.resources.values().filter_map(|node| self.resource(*node).map(|it| (*node, it)))
    }

    #[must_use]
    pub fn workload(&self, index: usize) -> NodeId {
        self.workloads[index]
    }

    /// What a node needs: the edge and the node at its end, in the order in which the edges were made.
    pub fn needs(&self, node: NodeId) -> Vec<(&Edge, NodeId)> {
        let mut list: Vec<_> = self.inner.edges_directed(node, Direction::Outgoing).collect();
        list.sort_by_key(|it| it.id());
        list.into_iter().map(|it| (it.weight(), it.target())).collect()
    }

    /// The edge between two nodes, the one made first.
    #[must_use]
    pub fn edge(&self, from: NodeId, to: NodeId) -> Option<&Edge> {
        let first = self.inner.edges_connecting(from, to).min_by_key(|it| it.id())?;
        Some(first.weight())
    }

    /// The resources that a workload reaches, directly or through others.
    #[must_use]
    pub fn reached_from(&self, workload: usize) -> BTreeSet<NodeId> {
        let start = self.workloads[workload];
        let mut walk = Dfs::new(&self.inner, start);
        let mut reached = BTreeSet::new();
        while let Some(node) = walk.next(&self.inner) {
            if node != start {
                reached.insert(node);
            }
        }
        reached
    }

    /// The workloads that reach a resource, in order.
    #[must_use]
    pub fn users(&self, resource: NodeId) -> Vec<usize> {
        let reversed = Reversed(&self.inner);
        let mut walk = Dfs::new(reversed, resource);
        let mut users = BTreeSet::new();
        while let Some(node) = walk.next(reversed) {
            if let Some(Node::Workload(index)) = self.inner.node_weight(node) {
                users.insert(*index);
            }
        }
        users.into_iter().collect()
    }

    /// Adds to a problem of a resource the Score line that asked for it, through whatever rules. Where a rule
    /// refuses, that line is the primary place: it is the one that its reader can change.
    #[must_use]
    pub fn blame(&self, mut diag: Diag, node: NodeId) -> Diag {
        let chain = self.asked_by(node);
        let Some((asked, uid)) = chain.last().cloned() else { return diag };
        if diag.labels.iter().any(|it| it.span.file == asked.file) {
            return diag;
        }
        let refused = diag.code == Code::RuleFailed;
        if refused {
            diag = diag.here("the rule refuses here").primary(asked, format!("for `{}`", uid.name()));
        }
        for (at, uid) in chain {
            diag = diag.label(at, format!("for `{uid}`, asked for here"));
        }
        diag
    }

    /// Who asks for a resource: the rules that need it, one after the other, and at last a Score file.
    fn asked_by(&self, node: NodeId) -> Vec<(Span, Uid)> {
        let mut chain = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = Some(node);
        while let Some(resource) = next.filter(|it| seen.insert(*it)).and_then(|it| self.resource(it)) {
            let by_score = resource.mentions.iter().find(|it| matches!(it, Mention::Score { .. }));
            let Some(mention) = by_score.or(resource.mentions.first()) else { break };
            chain.push((mention.at(), resource.uid.clone()));
            next = match mention {
                Mention::Need { by, .. } => Some(*by),
                Mention::Score { .. } | Mention::Workload { .. } => None,
            };
        }
        chain
    }

    /// The workloads that declare a resource themselves, in order, each once.
    #[must_use]
    pub fn declared_by(&self, resource: NodeId) -> Vec<usize> {
        let mentions = self.resource(resource).map(|it| it.mentions.as_slice()).unwrap_or_default();
        let workloads: IndexSet<usize> = mentions
            .iter()
            .filter_map(|it| match it {
                Mention::Score { workload, .. } | Mention::Workload { workload, .. } => Some(*workload),
                Mention::Need { .. } => None,
            })
            .collect();
        workloads.into_iter().collect()
    }

    /// All resources, each after everything it needs; what needs nothing of each other by uid. A cycle is
    /// reported edge by edge.
    pub fn order(&self, name_of: &dyn Fn(NodeId) -> String, diags: &mut Diags) -> Option<Vec<NodeId>> {
        let mut waiting: BTreeMap<NodeId, usize> = BTreeMap::new();
        let mut ready: BTreeSet<(&Uid, NodeId)> = BTreeSet::new();
        for (uid, node) in &self.resources {
            let needs = self.inner.edges_directed(*node, Direction::Outgoing).count();
            if needs == 0 {
                ready.insert((uid, *node));
            } else {
                waiting.insert(*node, needs);
            }
        }
        let mut order = Vec::with_capacity(self.resources.len());
        while let Some((_, node)) = ready.pop_first() {
            order.push(node);
            for edge in self.inner.edges_directed(node, Direction::Incoming) {
                let Some(left) = waiting.get_mut(&edge.source()) else { continue };
                *left -= 1;
                if *left == 0 {
                    waiting.remove(&edge.source());
                    if let Some(resource) = self.resource(edge.source()) {
                        ready.insert((&resource.uid, edge.source()));
                    }
                }
            }
        }
        if waiting.is_empty() {
            return Some(order);
        }
        self.report_cycle(&waiting, name_of, diags);
        None
    }

    /// Follows edges among what is left until a node comes again.
    fn report_cycle(&self, waiting: &BTreeMap<NodeId, usize>, name_of: &dyn Fn(NodeId) -> String, diags: &mut Diags) {
        let mut path: Vec<NodeId> = Vec::new();
        let mut next = waiting.keys().next().copied();
        while let Some(node) = next {
            if let Some(start) = path.iter().position(|it| *it == node) {
                path.drain(..start);
                break;
            }
            path.push(node);
            next = self.needs(node).iter().map(|(_, to)| *to).find(|it| waiting.contains_key(it));
        }
        let edges: Vec<(NodeId, NodeId, Span)> = path
            .iter()
            .zip(path.iter().cycle().skip(1))
            .filter_map(|(from, to)| self.edge(*from, *to).map(|edge| (*from, *to, edge.at)))
            .collect();
        diags.push(cycle(&edges, name_of));
    }
}

/// A cycle, edge by edge, each with the line that made it.
pub(crate) fn cycle(edges: &[(NodeId, NodeId, Span)], name_of: &dyn Fn(NodeId) -> String) -> Diag {
    let first = edges.first().map_or(Span::NONE, |it| it.2);
    let names: Vec<String> = edges.iter().map(|(from, _, _)| name_of(*from)).collect();
    let start = names.first().cloned().unwrap_or_default();
    let mut diag = Diag::error(Code::DependencyCycle, first, format!("`{start}` needs itself"));
    for (index, (from, to, at)) in edges.iter().enumerate() {
        let text = format!("`{}` needs `{}`", name_of(*from), name_of(*to));
        diag = if index == 0 { diag.here(text) } else { diag.label(*at, text) };
    }
    diag.help("remove one of these references, so that the others have something to start from")
}

impl Node {
    fn resource_mut(&mut self) -> Option<&mut ResourceNode> {
        match self {
            Node::Resource(resource) => Some(resource),
            Node::Workload(_) => None,
        }
    }
}

/// Every text of a workload that may hold placeholders, apart from resource parameters.
fn texts(workload: &Workload) -> impl Iterator<Item = &Template> {
    workload.containers.values().flat_map(|container| {
        let variables = container.variables.values().map(|it| &it.value);
        let files = container.files.values().filter_map(|it| match &it.content {
            crate::score::Content::Text(template) => Some(template),
            crate::score::Content::Bytes(_) => None,
        });
        variables.chain(files).chain(container.volumes.values().map(|it| &it.source))
    })
}
