//! The product as its users meet it: the program, on folders of inputs, with the transcript beside the input.
//!
//! A case is a folder. Adding one needs no Rust: put the files there, run the tests, read what came out.
//! `INSTA_UPDATE=always cargo test --test product` writes transcripts; `git diff` shows what changed.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "tests set up the disk and start processes"
)]

mod run;
mod compile;
mod problems;
mod ready_made;
mod packs;
mod same_bytes;
mod secrets;
mod library;
