//! Score v1b1: reading, validation, placeholders, overrides.
//!
//! In: the bytes of a Score file. Out: a [`Workload`] in which everything knows its place, or all problems of
//! the file. The order of work: YAML to a tree, overrides, upgrade of deprecated forms, typed reading.

mod model;
mod read;
mod yaml;
mod scalar;
mod runs;
mod syntax;
mod node;
mod overrides;
mod upgrade;
mod fields;
mod problems;
mod pattern;
mod container;
mod file;
mod probe;
mod resource;
mod placeholder;
mod before;
pub mod features;
mod images;
mod unique;

pub use images::{ImageChoice, choose as choose_images};
pub use model::*;
pub use read::{FileError, Files, Input, read};
pub use unique::check_names;
pub use yaml::read_value as read_yaml;
