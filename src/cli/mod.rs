//! The command line: the only part of scorec that touches disk, terminal, environment, processes and clock.
//!
//! `clippy.toml` forbids those everywhere else. Everything that can be a function of text lives above this
//! module; here are the project's place, confined reading, whole-or-nothing writing, the key and the terminal.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "this is the part that does what the others may not"
)]

pub mod project;
pub mod disk;
pub mod glob;
pub mod output;
pub mod key;
pub mod terminal;
pub mod progress;
mod args;
mod session;
mod definition_files;
mod packs;
mod definitions;
mod wanted;
mod workloads;
mod compile;
mod table;
mod words;
mod view;
mod process;
mod state;
mod programs;
mod build;
mod check;
mod folder;
mod diff;
mod test;
mod init;
mod new;
mod deprovision;
mod explain;
mod graph;
mod resources;
mod types;
mod rules;
mod patches;
mod policies;
mod targets;
mod envs;
pub mod run;
