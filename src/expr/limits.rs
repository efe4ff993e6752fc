//! What the sandbox allows, each limit set explicitly.
//!
//! The library's own limits differ between debug and release builds and do not count the work of native functions;
//! these do not and do.

use super::problem::Problem;

/// Bytes of the source of one expression.
pub const SOURCE: usize = 8 * 1024;
/// Operators, property accesses and calls along one branch of an expression.
pub const DEPTH: usize = 64;
/// Operations of the script engine in one evaluation.
pub const OPERATIONS: u64 = 100_000;
/// Bytes of one text.
pub const TEXT: usize = 1024 * 1024;
/// Items of one list or entries of one map.
pub const ITEMS: usize = 10_000;
/// Units of work of all functions in one evaluation; a unit is about a byte read or written.
pub const WORK: u64 = 32 * 1024 * 1024;
/// Bytes of a pattern, and of a text that one is matched against: matching costs up to their product.
pub const PATTERN: usize = 512;
pub const MATCHED: usize = 16 * 1024;
/// Values in one tree that an expression gives, counted as often as they stand in it: sharing makes large ones cheap
/// to build, and whoever walks them pays.
pub const NODES: usize = 200_000;
/// Levels of a tree that is encoded.
pub const TREE: usize = 200;

/// Refuses a text of more than [`TEXT`] bytes.
pub fn text(length: usize) -> Result<(), Problem> {
    if length <= TEXT { Ok(()) } else { Err(Problem::limit(format!("a text of more than {} KiB", TEXT / 1024))) }
}

/// Refuses a list or map of more than [`ITEMS`] items.
pub fn items(count: usize) -> Result<(), Problem> {
    if count <= ITEMS { Ok(()) } else { Err(Problem::limit(format!("a list or map of more than {ITEMS} items"))) }
}
