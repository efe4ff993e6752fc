//! Score v1b1: reading, validation, placeholders, overrides.

mod model;

pub use model::*;
