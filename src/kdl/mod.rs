//! KDL documents as trees with places.
//!
//! In: text. Out: [`Node`]s, read by [`read`] and taken apart by [`reader`]. Knows nothing of what nodes mean.

mod lex;
mod parse;
pub mod reader;
mod scan;
mod strings;
mod tree;

pub use parse::read;
pub use scan::{MAX_BYTES, MAX_DEPTH};
pub use tree::{Arg, Node, Prop, Scalar};
