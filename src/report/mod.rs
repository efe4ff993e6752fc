//! Problems for people and programs.
//!
//! In: [`Diags`](crate::diag::Diags) and the sources they point into. Out: text: drawn for a terminal, JSON for
//! scripts, SARIF for code hosts. The only part that imports miette. Decides nothing about problems.

mod excerpt;
pub mod human;
pub mod json;
pub mod sarif;
