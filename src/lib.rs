//! scorec compiles Score workload files to the configuration of any platform, by rules written as data.
//!
//! The modules stand in reading order. Each may use those above it and none below; `tests/house.rs` holds
//! that. Only `cli` touches disk, terminal, environment and processes.

pub mod source;
pub mod diag;
pub mod report;
pub mod drawing;
pub mod value;
pub mod format;
pub mod kdl;
pub mod library;
pub mod expr;
pub mod template;
pub mod score;
pub mod definition;
pub mod ir;
pub mod resolve;
pub mod emit;
pub mod compile;
pub mod compare;
pub mod cli;
