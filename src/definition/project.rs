//! `project` of the project file, `pack` of a pack, and `use` of both.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rule::Pattern;
use crate::diag::{Code, Diag, Diags};
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::Fragment;

/// What `scorec.kdl` says of the project. Everything is optional.
#[derive(Clone, Debug, Default)]
pub struct Project {
    pub name: Option<Spanned<Arc<str>>>,
    /// Globs of Score files, relative to the project's root.
    pub workloads: Vec<Spanned<Arc<str>>>,
    /// The environment of a build that names none.
    pub environment: Option<Spanned<Arc<str>>>,
    /// Globs of the programs that rules may run, over the commands as rules write them.
    pub allow_run: Vec<Pattern>,
}

/// A set of definitions that came together.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    pub name: Arc<str>,
    pub doc: Arc<str>,
    /// Private to the pack.
    pub fragments: BTreeMap<Arc<str>, Fragment>,
    /// Whether it is part of scorec itself.
    pub embedded: bool,
}

impl Pack {
    /// Whether the fragment was written at the level of the pack, and not in a target of it.
    pub(super) fn has_fragment(&self, fragment: &Fragment) -> bool {
        self.fragments.get(&fragment.name.value).is_some_and(|it| it.at == fragment.at)
    }
}

impl Project {
    /// Reads `project` of a project file; other nodes are left to the loader.
    pub fn read(nodes: &[Node], diags: &mut Diags) -> Self {
        let mut project = Project::default();
        let mut seen: Option<Span> = None;
        for node in nodes.iter().filter(|it| it.name() == "project") {
            match seen {
                Some(earlier) => diags.push(reader::duplicate("node", "project", node.name.at, earlier)),
                None => {
                    seen = Some(node.name.at);
                    project.read_project(node, diags);
                }
            }
        }
        project
    }

    fn read_project(&mut self, node: &Node, diags: &mut Diags) {
        reader::only_children(node, &["workloads", "environment", "allow-run"], diags);
        reader::only_props(node, &[], diags);
        if let Some((arg, name)) = reader::one_string_arg(node, diags) {
            if is_project_name(name) {
                self.name = Some(Spanned::new(Arc::from(name), arg.text_at()));
            } else {
                diags.push(
                    Diag::error(Code::KdlBadValue, arg.at, format!("`{name}` cannot be a project's name"))
                        .help("write 1 to 63 characters a-z, 0-9 and `-`, with a letter or digit first and last"),
                );
            }
        }
        self.workloads = reader::children(node, "workloads").flat_map(|it| spanned_args(it, diags)).collect();
        for child in reader::children(node, "allow-run") {
            reader::only_props(child, &[], diags);
            reader::no_children(child, diags);
            for (arg, text) in reader::string_args(child, diags) {
                self.allow_run.extend(Pattern::read_path(arg, text, diags));
            }
        }
        self.environment = reader::string_child(node, "environment", diags)
            .map(|(arg, text)| Spanned::new(Arc::from(text), arg.text_at()));
    }
}

/// The packs that a project file or a pack uses, in the order written: folders as seen from there, or names of
/// built-in packs.
pub fn uses(nodes: &[Node], diags: &mut Diags) -> Vec<Spanned<Arc<str>>> {
    let mut names = Vec::new();
    for node in nodes.iter().filter(|it| it.name() == "use") {
        if node.args.is_empty() {
            let message = "`use` names no pack";
            diags.push(Diag::error(Code::KdlBadValue, node.head(), message).help("write `use \"folder-or-name\"`"));
        }
        reader::only_props(node, &[], diags);
        reader::no_children(node, diags);
        names.extend(spanned_args(node, diags));
    }
    names
}

fn spanned_args(node: &Node, diags: &mut Diags) -> Vec<Spanned<Arc<str>>> {
    reader::string_args(node, diags)
        .into_iter()
        .map(|(arg, text)| Spanned::new(Arc::from(text), arg.text_at()))
        .collect()
}

/// Whether a project may be called so: 1 to 63 characters a-z, 0-9 and `-`, a letter or digit first and last.
#[must_use]
pub fn is_project_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| inner(byte) || byte == b'-')
        && name.bytes().next().is_some_and(inner)
        && name.bytes().last().is_some_and(inner)
}
