//! What can be known of patches, policies and waivers before they run.

use std::sync::Arc;

use super::{check_slot, fragment_shapes};
use crate::definition::names::{capability_names, target_names};
use crate::definition::patch::{ChangeKind, Patch};
use crate::definition::policy::{About, Policy, Waived};
use crate::definition::rule::{Criterion, Match};
use crate::definition::{Definitions, Target, resource_shape};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Names, Shape};
use crate::score::features;
use crate::source::Spanned;
use crate::template::CheckContext;

/// The one target that the matches name, if they do.
fn only_target<'a>(definitions: &'a Definitions, matches: &[Match]) -> Option<&'a Target> {
    let criteria = matches.iter().flat_map(|it| &it.criteria).filter(|(it, _)| *it == Criterion::Target);
    let patterns: Vec<_> = criteria.flat_map(|(_, list)| list).collect();
    match patterns.as_slice() {
        [one] if one.is_exact() => definitions.targets.get(&one.text),
        _ => None,
    }
}

fn names<'a>(definitions: &'a Definitions, target: Option<&'a Target>) -> Names<'static> {
    let mut names = match target.or_else(|| definitions.targets.values().next()) {
        Some(target) => target_names(definitions, target),
        None => Names::new(),
    };
    if target.is_none() {
        // Which options there are depends on the target of the run.
        let view = Shape::closed("the target", [("name", Shape::Text), ("options", Shape::Any)]);
        names.set("target", view);
        names.set("workloads", Shape::Any);
    }
    names
}

/// The slot must be one of the target, or of some target where none is named.
fn slot_exists(definitions: &Definitions, target: Option<&Target>, slot: &Spanned<Arc<str>>, diags: &mut Diags) {
    if let Some(target) = target {
        check_slot(slot, target, diags);
        return;
    }
    let known: Vec<&str> = definitions.targets.values().flat_map(|it| it.slots.keys()).map(|it| &**it).collect();
    if !known.contains(&&*slot.value) {
        let message = format!("no target has a slot `{}`", slot.value);
        diags.push(Diag::error(Code::RuleSlot, slot.at, message).maybe_help(did_you_mean(&slot.value, known)));
    }
}

pub(super) fn check_patch(definitions: &Definitions, patch: &Patch, diags: &mut Diags) {
    let target = only_target(definitions, &patch.matches);
    let mut names = names(definitions, target);
    names.set("item", Shape::Any);
    names.set("name", Shape::Any);
    let fragments = definitions.packs.get(patch.pack).map(|it| fragment_shapes(&it.fragments)).unwrap_or_default();
    let context = CheckContext { fragments, slots: None };
    for selector in &patch.on {
        slot_exists(definitions, target, &selector.slot, diags);
        selector.when.iter().for_each(|it| drop(it.check(&names, diags)));
    }
    for change in &patch.changes {
        match &change.kind {
            ChangeKind::Merge(value) | ChangeKind::Set(_, value) | ChangeKind::Append(_, value) => {
                value.check(&names, &context, diags);
            }
            ChangeKind::Remove(_) => {}
        }
    }
}

pub(super) fn check_policy(definitions: &Definitions, policy: &Policy, diags: &mut Diags) {
    let target = only_target(definitions, &policy.matches);
    let mut scope = names(definitions, target);
    if let Some(target) = target {
        let all = capability_names(definitions, target);
        for name in ["workload", "container"] {
            scope.set(name, all.get(name).cloned().unwrap_or_default());
        }
    } else {
        scope.set("workload", Shape::Any);
        scope.set("container", Shape::Any);
    }
    match &policy.about {
        About::Workload | About::Container => {}
        About::Port => scope.set("port", Shape::Any),
        About::File => scope.set("file", Shape::Any),
        About::Volume => scope.set("volume", Shape::Any),
        About::Resource => {
            let Shape::Map(resource) = resource_shape() else { return };
            let mut resource = (*resource).clone();
            resource.fields.extend(["params", "outputs", "users"].map(|it| (Arc::from(it), Shape::Any)));
            scope.set("resource", Shape::Map(Arc::new(resource)));
        }
        About::Item(slot) => {
            slot_exists(definitions, target, slot, diags);
            scope.set("item", Shape::Any);
            scope.set("name", Shape::Any);
        }
    }
    policy.when.iter().for_each(|it| drop(it.check(&scope, diags)));
    let fragments = definitions.packs.get(policy.pack).map(|it| fragment_shapes(&it.fragments)).unwrap_or_default();
    let context = CheckContext { fragments, slots: None };
    for (name, value) in &policy.lets {
        let shape = value.check(&scope, &context, diags);
        scope.set(name.value.clone(), shape);
    }
    for expr in [Some(&policy.require), policy.place.as_ref()].into_iter().flatten() {
        expr.check(&scope, diags);
    }
    for text in [Some(&policy.message), policy.help.as_ref()].into_iter().flatten() {
        text.check(&scope, &context, diags);
    }
}

/// A waiver must name a policy or a feature that there is.
pub(super) fn check_waivers(definitions: &Definitions, diags: &mut Diags) {
    for waiver in &definitions.waivers {
        let (what, name, known): (&str, _, Vec<&str>) = match &waiver.what {
            Waived::Policy(name) => ("policy", name, definitions.policies.iter().map(|it| &*it.name.value).collect()),
            Waived::Feature(name) => ("Score feature", name, features::ALL.to_vec()),
        };
        if !known.contains(&&*name.value) {
            let message = format!("no {what} `{}` to waive", name.value);
            diags.push(Diag::error(Code::NameUnknown, name.at, message).maybe_help(did_you_mean(&name.value, known)));
        }
    }
}
