//! Workloads and resources as a graph.
//!
//! In: the Score models of a build. Out: [`Graph`], whose nodes are workloads and resources and whose edges
//! remember the line that made them; readable unique names ([`keys`]); and the views that expressions see.
//! Knows nothing of rules: the rules engine grows the graph, the graph does not know why.

mod graph;
pub mod keys;
mod uid;
pub mod view;

pub(crate) use graph::cycle;
pub use graph::{Edge, EdgeKind, Graph, Mention, Node, NodeId, ResourceNode};
pub use uid::{DEFAULT_CLASS, Uid};
