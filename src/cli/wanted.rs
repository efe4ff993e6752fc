//! The part of the library that a build may use: decoding all of it would take longer than the build.

use std::collections::BTreeSet;

use super::definition_files::library_is_edited;
use crate::definition::{Environment, Layer};
use crate::diag::Diags;
use crate::kdl::Node;
use crate::library;
use crate::score::Workload;

/// What a command will ask of the library, where that is known before it is read.
pub struct Wanted<'a> {
    pub environment: &'a str,
    pub target: Option<&'a str>,
    pub workloads: &'a [Workload],
}

impl Wanted<'_> {
    /// The definitions that a project of these layers may use. `None` where that cannot be said: where the library
    /// is edited, or where the project defines something, since then it may name anything.
    pub fn of_library(&self, own: &[Layer]) -> Option<Vec<Node>> {
        if library_is_edited() || !own.iter().all(is_bare) {
            return None;
        }
        let of_environment = built_in_target(self.environment)?;
        let target = self.target.unwrap_or(&of_environment);
        let resources = self.workloads.iter().flat_map(|it| it.resources.values());
        let types: BTreeSet<&str> = resources.map(|it| &*it.ty.value).collect();
        Some(library::relevant(target, &types)?.into_iter().flat_map(library::nodes).collect())
    }
}

/// Whether a layer defines nothing.
fn is_bare(layer: &Layer) -> bool {
    layer.nodes.iter().all(|it| it.name() == "project")
}

/// The target of an environment of the library.
fn built_in_target(name: &str) -> Option<String> {
    let files = library::files().iter().filter(|it| it.path == "stdlib/environments.kdl");
    let nodes: Vec<Node> = files.flat_map(library::nodes).collect();
    let declared = nodes.iter().filter(|it| it.name() == "environment");
    let mut environments = declared.filter_map(|it| Environment::read(it, 0, &mut Diags::default()));
    environments.find(|it| *it.name.value == *name)?.target.map(|it| it.value.to_string())
}
