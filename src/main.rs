//! The command line of scorec.

fn main() {}
