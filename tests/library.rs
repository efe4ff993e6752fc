//! The embedded library: what the build decoded is what reading the texts gives.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use scorec::diag::Diags;
use scorec::source::Sources;
use scorec::{kdl, library};

#[test]
fn every_tree_is_that_of_its_text() {
    let mut sources = Sources::default();
    library::register(&mut sources);
    for file in library::files() {
        let id = library::id(file.path).unwrap();
        assert_eq!(sources.get(id).map(|it| (&*it.path, &*it.text)), Some((file.path, file.text)));
        let mut diags = Diags::default();
        assert_eq!(kdl::read(file.text, id, &mut diags), Some(library::nodes(file)), "{}", file.path);
    }
    assert_eq!(library::id("no such file"), None);
}

#[test]
fn paths_are_sorted_and_the_same_on_every_system() {
    assert!(library::files().is_sorted_by_key(|it| it.path));
    assert!(library::files().iter().all(|it| it.path.ends_with(".kdl") && !it.path.contains('\\')));
}

/// Trees are embedded in postcard; every part of a tree must survive that.
#[test]
fn a_tree_survives_its_encoding() {
    for entry in std::fs::read_dir("tests/kdl").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|it| it != "kdl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        if let Some(nodes) = kdl::read(&text, scorec::source::FileId(300), &mut Diags::default()) {
            let bytes = postcard::to_stdvec(&nodes).unwrap();
            assert_eq!(postcard::from_bytes::<Vec<kdl::Node>>(&bytes).unwrap(), nodes, "{}", path.display());
        }
    }
}
