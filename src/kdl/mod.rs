//! KDL documents as trees with places.

mod tree;

pub use tree::{Arg, Node, Prop, Scalar};
