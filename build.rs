//! Reads the embedded library when scorec is built.
//!
//! In: every `*.kdl` under `stdlib/`, `targets/` and `rules/`. Out: `library.rs` in `OUT_DIR`, a table of paths,
//! texts and trees, in which a file's index is the [`FileId`] in the spans of its tree. The reading code is
//! that of scorec itself, so that a built-in definition has no privilege that a user's file lacks.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "a build script reads the library and talks to cargo"
)]

// These modules are compiled a second time here, and the build uses a part of each.
#[allow(dead_code)]
#[path = "src/diag/mod.rs"]
mod diag;
#[allow(dead_code, unused_imports)]
#[path = "src/kdl/mod.rs"]
mod kdl;
#[allow(dead_code)]
#[path = "src/source.rs"]
mod source;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use diag::{Diag, Diags};
use source::{FileId, Sources};

const FOLDERS: [&str; 3] = ["stdlib", "targets", "rules"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/kdl");
    println!("cargo:rerun-if-changed=src/diag");
    println!("cargo:rerun-if-changed=src/source.rs");
    // A folder that does not exist counts as changed, so that its first file is not missed.
    for folder in FOLDERS {
        println!("cargo:rerun-if-changed={folder}");
    }
    if let Err(problem) = build() {
        eprintln!("{problem}");
        process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?);
    let mut paths = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut paths).map_err(|error| format!("cannot read {folder}: {error}"))?;
    }
    let mut files: Vec<(String, PathBuf)> = paths.into_iter().map(|path| (shown(&root, &path), path)).collect();
    files.sort();

    let mut sources = Sources::default();
    let mut diags = Diags::default();
    let mut table = String::from("&[\n");
    for (index, (name, path)) in files.iter().enumerate() {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read {name}: {error}"))?;
        let file = sources.add(name.as_str(), text.as_str());
        let Some(nodes) = kdl::read(&text, file, &mut diags) else { continue };
        assert_eq!(file, FileId(index as u32), "a file's index is its name in spans");
        let blob = postcard::to_stdvec(&nodes).map_err(|error| format!("cannot write the tree of {name}: {error}"))?;
        let tree = out.join(format!("{index}.tree"));
        write_if_changed(&tree, &blob)?;
        writeln!(
            table,
            "    EmbeddedFile {{ path: {name:?}, text: include_str!({path:?}), tree: include_bytes!({tree:?}), {} }},",
            index_of(&nodes)
        )
        .map_err(|error| error.to_string())?;
    }
    table.push_str("]\n");
    if !diags.is_empty() {
        return Err(diags.iter().map(|it| readable(&sources, it)).collect::<Vec<_>>().join("\n"));
    }
    write_if_changed(&out.join("library.rs"), table.as_bytes())
}

/// Which resource types the definitions of a file are about, and which they need: so that a run decodes only
/// what it may use. A rule that matches types by glob, or needs a computed type, is about every type.
fn index_of(nodes: &[kdl::Node]) -> String {
    let mut about = Vec::new();
    let mut needs = Vec::new();
    for node in nodes {
        match node.name() {
            "resource-type" => about.extend(node.args.first().and_then(kdl::Arg::as_str)),
            "rule" => {
                for child in node.children() {
                    let by_prop = child.prop("type").and_then(kdl::Arg::as_str);
                    match child.name() {
                        "match" => {
                            let by_child = child.children().iter().filter(|it| it.name() == "type");
                            about.extend(by_prop);
                            about.extend(by_child.flat_map(|it| &it.args).filter_map(kdl::Arg::as_str));
                        }
                        "needs" => needs.extend(by_prop),
                        _ => {}
                    }
                }
            }
            // Fragments, environments and targets are for every type.
            _ => about.push("*"),
        }
    }
    for list in [&mut about, &mut needs] {
        list.sort_unstable();
        list.dedup();
    }
    format!("about: &{about:?}, needs: &{needs:?}")
}

/// Keeps the time of a file that did not change, so that nothing is compiled again for it.
fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|it| it == bytes) {
        return Ok(());
    }
    fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // What a pack is tested with is no part of it.
        if path.is_dir() && path.file_name().is_some_and(|it| it == "tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|it| it == "kdl") {
            found.push(path);
        }
    }
    Ok(())
}

/// A path as messages show it: relative to the package, with `/` on every system.
fn shown(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|it| it.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn readable(sources: &Sources, diag: &Diag) -> String {
    let mut text = String::new();
    for (index, label) in diag.labels.iter().enumerate() {
        let (line, column) = sources.line_column(label.span);
        let what = if index == 0 { format!("error[{}]: {}", diag.code.id(), diag.message) } else { "   note".into() };
        text += &format!("{}:{line}:{column}: {what}: {}\n", sources.path(label.span), label.text);
    }
    if let Some(help) = &diag.help {
        text += &format!("   help: {help}\n");
    }
    text
}
