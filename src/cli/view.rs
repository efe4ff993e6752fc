//! The resources of one environment, for commands that show instead of writing; and how people call them.
//!
//! In: definitions, Score files, the name of an environment. Out: [`View`], which holds whatever could be found
//! out, also where a build would fail.

use std::collections::BTreeSet;

use super::args::Input;
use super::compile::{Loaded, Prepared, environment_name, load_found, prepare_unwritten};
use super::session::Session;
use crate::compile::input;
use crate::definition::Rule;
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, or_list};
use crate::ir::{Mention, NodeId, ResourceNode, Uid};
use crate::resolve::{self, Explored, explore};
use crate::source::Span;

/// What a view looks at.
pub struct Ground {
    pub loaded: Loaded,
    pub prepared: Prepared,
}

/// Reads everything. `None` where it could not even be tried.
pub fn ground(session: &mut Session, args: &Input) -> Option<Ground> {
    let progress = session.progress();
    progress.say("reading Score files and definitions …");
    let loaded = load_found(session, args)?;
    let name = environment_name(&loaded.definitions, args);
    let prepared = prepare_unwritten(session, &loaded, &name)?;
    Some(Ground { loaded, prepared })
}

/// The resources of one environment.
pub struct View<'a> {
    pub input: resolve::Input<'a>,
    pub explored: Explored<'a>,
    /// What a build would say; not yet reported.
    pub diags: Diags,
}

impl Ground {
    #[must_use]
    pub fn view(&self) -> Option<View<'_>> {
        let input = input(&self.prepared.build(&self.loaded))?;
        let mut diags = Diags::default();
        let explored = explore(input, &mut diags);
        Some(View { input, explored, diags })
    }
}

impl View<'_> {
    /// All resources, by name. Workloads are left out, though rules may decide for them like for a resource.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        let mut nodes = self.all_nodes();
        nodes.retain(|it| !self.explored.graph.resource(*it).is_some_and(|it| it.is_workload()));
        nodes
    }

    fn all_nodes(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> = self.explored.graph.resources().map(|(node, _)| node).collect();
        nodes.sort_by_key(|it| self.name(*it));
        nodes
    }

    /// # Panics
    /// Never for a node of this view.
    #[must_use]
    pub fn uid(&self, node: NodeId) -> &Uid {
        match self.explored.graph.resource(node) {
            Some(resource) => &resource.uid,
            None => crate::bug!("a workload where a resource is expected"),
        }
    }

    #[must_use]
    pub fn rule(&self, node: NodeId) -> Option<&Rule> {
        self.explored.choices.get(&node).and_then(|it| it.rule())
    }

    /// The id where no other resource has it (`WORKLOAD.NAME` for a private one), else the whole uid.
    #[must_use]
    pub fn name(&self, node: NodeId) -> String {
        let uid = self.uid(node);
        let same = |it: &ResourceNode| it.uid.id() == uid.id() && !it.is_workload();
        let same = self.explored.graph.resources().filter(|(_, it)| same(it)).count();
        if same == 1 { uid.id().to_owned() } else { uid.to_string() }
    }

    /// The type, with the class where it is not the default one.
    #[must_use]
    pub fn type_and_class(&self, node: NodeId) -> String {
        type_and_class(self.uid(node))
    }

    /// The names of the workloads that use a resource, directly or through others.
    #[must_use]
    pub fn users(&self, node: NodeId) -> Vec<&str> {
        let users = self.explored.graph.users(node);
        users.into_iter().map(|it| &*self.input.workloads[it].name.value).collect()
    }

    /// Why a resource failed: its own problems, and those of whatever it needs. None for one that did not.
    #[must_use]
    pub fn problems(&self, node: NodeId) -> Diags {
        let mut found = Diags::default();
        let mut seen: BTreeSet<NodeId> = BTreeSet::new();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            if seen.insert(node) && !self.explored.resources.contains_key(&node) {
                found.append(self.explored.failures.get(&node).cloned().unwrap_or_default());
                pending.extend(self.explored.graph.needs(node).into_iter().map(|(_, it)| it));
            }
        }
        found
    }

    /// The resource that a user means by its Score name, `WORKLOAD.NAME`, its id or its uid.
    pub fn find(&self, typed: &str) -> Result<NodeId, Diag> {
        let nodes = self.all_nodes();
        let is_named = |node: NodeId, test: &dyn Fn(&Uid) -> bool| test(self.uid(node));
        let tests: [&dyn Fn(&Uid) -> bool; 3] = [
            &|uid| **uid.text() == *typed || format!("{}#{}", type_and_class(uid), uid.id()) == typed,
            &|uid| uid.id() == typed,
            &|uid| format!("{}.{}", uid.ty(), uid.id()) == typed,
        ];
        for test in tests {
            let found: Vec<NodeId> = nodes.iter().copied().filter(|it| is_named(*it, test)).collect();
            if !found.is_empty() {
                return self.only(typed, &found);
            }
        }
        let found: Vec<NodeId> = nodes.iter().copied().filter(|it| self.is_called(*it, typed)).collect();
        if !found.is_empty() {
            return self.only(typed, &found);
        }
        let mut known: Vec<String> = nodes.iter().map(|it| self.name(*it)).collect();
        known.extend(nodes.iter().flat_map(|it| self.score_names(*it)).map(|(_, name)| name.to_owned()));
        let near = crate::diag::suggest::nearest(typed, known.iter().map(String::as_str));
        let names: Vec<String> = nodes.iter().map(|it| self.name(*it)).collect();
        let help = match near {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => did_you_mean(typed, names.iter().map(String::as_str)),
        };
        let help = help.unwrap_or_else(|| "list the resources with `scorec resources list`".to_owned());
        Err(Diag::error(Code::NameUnknown, Span::NONE, format!("no resource `{typed}`")).help(help))
    }

    fn only(&self, typed: &str, found: &[NodeId]) -> Result<NodeId, Diag> {
        if let [one] = found {
            return Ok(*one);
        }
        let names: Vec<String> = found.iter().map(|it| self.name(*it)).collect();
        let message = format!("`{typed}` can be several resources");
        Err(Diag::error(Code::NameUnknown, Span::NONE, message).help(format!("write {}", or_list(&names))))
    }

    fn is_called(&self, node: NodeId, typed: &str) -> bool {
        self.score_names(node).iter().any(|(workload, name)| {
            *name == typed || typed.strip_prefix(workload).and_then(|it| it.strip_prefix('.')) == Some(*name)
        })
    }

    /// How Score files call a resource: workload, name there.
    #[must_use]
    pub fn score_names(&self, node: NodeId) -> Vec<(&str, &str)> {
        let mentions = self.explored.graph.resource(node).map(|it| it.mentions.as_slice()).unwrap_or_default();
        let named = mentions.iter().filter_map(|it| match it {
            Mention::Score { workload, name, .. } => Some((&*self.input.workloads[*workload].name.value, &**name)),
            Mention::Workload { .. } | Mention::Need { .. } => None,
        });
        named.collect()
    }
}

fn type_and_class(uid: &Uid) -> String {
    if uid.class() == crate::ir::DEFAULT_CLASS { uid.ty().to_owned() } else { format!("{}.{}", uid.ty(), uid.class()) }
}
