//! What platform teams, maintainers and projects write in KDL, as typed models in layers.
//!
//! In: KDL trees, nearest layer first. Out: [`Definitions`], in which everything that can be known without a
//! Score file has been checked. Built-in definitions come through the same door as a user's own.
//! Knows Score only by the names of its features and of the views that expressions see.

mod check;
mod choice;
mod environment;
mod load;
mod names;
mod patch;
mod policy;
mod project;
mod resource_type;
mod rule;
mod run;
mod settle;
mod target;
mod types;
mod variable;

pub use check::check;
pub use choice::{Candidate, Choice, Refused, Subject, Verdict, choose};
pub use environment::Environment;
pub use load::{Layer, load};
pub use names::{resource_shape, rule_names, target_names};
pub use patch::{Change, ChangeKind, Patch, Path, PathStep, Selector};
pub use policy::{About, Policy, Waived, Waiver};
pub use project::{Pack, Project, is_project_name, uses};
pub use resource_type::{Output, Param, ResourceType};
pub use rule::{Criterion, Emit, Match, Need, Pattern, Require, Rule, RuleFile, Step};
pub use run::Run;
pub use settle::{Settled, Wishes, chain, settle};
pub use target::{
    Capability, Identity, Lowering, Merge, OutputFile, OutputNode, Refusal, Slot, Target, TargetOption, Union,
    WORKLOAD_TYPE, parse_format,
};
pub use types::Type;
pub use variable::Variable;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diag::{Code, Diag, Diags};
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Kind, Template, read_arg, read_value};
use crate::value::Value;

/// Every definition of a run.
#[derive(Debug, Default)]
pub struct Definitions {
    pub project: Project,
    /// Nearest first; the index is what [`Rule::pack`] names.
    pub packs: Vec<Pack>,
    /// Nearest layer first, so the first of a name is the one that counts.
    pub environments: Vec<Environment>,
    /// The variables of environments that somebody declares, by name.
    pub variables: IndexMap<Arc<str>, Variable>,
    pub types: IndexMap<Arc<str>, ResourceType>,
    pub rules: Vec<Rule>,
    /// Nearest layer first.
    pub patches: Vec<Patch>,
    pub policies: Vec<Policy>,
    pub waivers: Vec<Waiver>,
    pub targets: BTreeMap<Arc<str>, Target>,
    /// Indices into `rules` by exact type; those that match types by glob are under `None`.
    by_type: BTreeMap<Option<Arc<str>>, Vec<usize>>,
}

impl Definitions {
    /// The rules that may be for a type, in the order of layers and files.
    #[must_use]
    pub fn rules_for(&self, ty: &str) -> Vec<&Rule> {
        let mut found: Vec<usize> =
            [Some(Arc::from(ty)), None].iter().filter_map(|key| self.by_type.get(key)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|index| &self.rules[index]).collect()
    }

    fn index_rules(&mut self) {
        self.by_type.clear();
        for (index, rule) in self.rules.iter().enumerate() {
            let patterns = rule.matches.iter().flat_map(|it| &it.criteria);
            for pattern in patterns.filter(|(it, _)| *it == Criterion::Type).flat_map(|(_, list)| list) {
                let key = pattern.is_exact().then(|| pattern.text.clone());
                self.by_type.entry(key).or_default().push(index);
            }
        }
    }
}

/// A definition whose name stands once among its like.
trait Named {
    fn name(&self) -> &Spanned<Arc<str>>;
}

/// Adds a definition to its like. A second one of the same name is reported and left out.
fn insert_once<T: Named>(map: &mut IndexMap<Arc<str>, T>, item: T, what: &str, diags: &mut Diags) -> Option<()> {
    let name = item.name();
    if let Some(earlier) = map.get(&name.value) {
        diags.push(reader::duplicate(what, &name.value, name.at, earlier.name().at));
        return None;
    }
    map.insert(name.value.clone(), item);
    Some(())
}

/// The text of the `doc` child; empty without one.
fn doc(node: &Node, diags: &mut Diags) -> Arc<str> {
    reader::string_child(node, "doc", diags).map_or_else(|| Arc::from(""), |(_, text)| Arc::from(text))
}

/// The text of the `doc` property; empty without one.
fn doc_prop(node: &Node, diags: &mut Diags) -> Arc<str> {
    reader::string_prop(node, "doc", diags).map_or_else(|| Arc::from(""), |(_, text)| Arc::from(text))
}

/// `emit { SLOT { … } }`: each child contributes to the slot of its name.
fn read_emit(node: &Node, diags: &mut Diags) -> Option<Vec<Emit>> {
    reader::no_args(node, diags);
    let list: Vec<Option<Emit>> = node
        .children()
        .iter()
        .map(|child| {
            let slot = Spanned::new(child.name.value.clone(), child.name.at);
            Some(Emit { slot, body: read_value(child, diags)? })
        })
        .collect();
    list.into_iter().collect()
}

/// `mode="0600"`: an octal file mode, see [`parse_mode`].
fn read_mode(node: &Node, diags: &mut Diags) -> Option<Template> {
    let (arg, _) = reader::string_prop(node, "mode", diags)?;
    let mode = read_arg(arg, diags)?;
    if let Kind::Constant(value) = &mode.kind {
        diags.take(parse_mode(value))?;
    }
    Some(mode)
}

/// The bits of a file mode: three octal digits, with or without a zero before them.
pub fn parse_mode(value: &Value) -> Result<u32, Diag> {
    let text = value.as_str().unwrap_or_default();
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o777 => Ok(mode),
        _ => Err(Diag::error(Code::KdlBadValue, value.at, format!("`{}` is not a file mode", value.shown()))
            .help("write three octal digits, for example `0600`")),
    }
}

/// A path that stays inside the output folder. `at` is the place that writes the file.
pub fn parse_path(path: &Value, at: Span) -> Result<String, Diag> {
    let Some(text) = path.as_str() else {
        return Err(Diag::error(Code::PathOutsideProject, at, format!("a path is plain text, found {}", path.kind())));
    };
    let text = text.strip_prefix("./").unwrap_or(text);
    let good = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
    if text.split('/').all(good) {
        return Ok(text.to_owned());
    }
    Err(Diag::error(Code::PathOutsideProject, at, format!("`{text}` does not stay inside the output folder"))
        .help("write a relative path without `..`"))
}
