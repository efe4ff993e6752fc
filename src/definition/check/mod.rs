//! What can be known to be wrong before any Score file is read.
//!
//! Names and properties in expressions, outputs against contracts, slots against targets, fragments.

mod environments;
mod fragments;
mod platform;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{capability_names, fragment_names, rule_names, target_names};
use super::rule::{Criterion, Rule, Step};
use super::target::OutputNode;
use super::types::check_constant;
use super::{Definitions, Pack, ResourceType, Target, parse_path};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, or_list};
use crate::expr::{Interpolation, Names, Shape};
use crate::source::Spanned;
use crate::template::{CheckContext, Fragment, FragmentShape, Item, Kind};

/// Checks every definition. Those of embedded layers are checked by scorec's own tests, so a run may leave
/// them out.
pub fn check(definitions: &Definitions, with_embedded: bool, diags: &mut Diags) {
    let wanted = |pack: usize| with_embedded || !definitions.packs.get(pack).is_some_and(|it| it.embedded);
    for pack in definitions.packs.iter().filter(|it| with_embedded || !it.embedded) {
        check_pack(definitions, pack, diags);
    }
    for ty in definitions.types.values().filter(|it| wanted(it.pack)) {
        check_type(definitions, ty, diags);
    }
    for rule in definitions.rules.iter().filter(|it| wanted(it.pack)) {
        check_rule(definitions, rule, diags);
    }
    for variable in definitions.variables.values().filter(|it| wanted(it.layer)) {
        variable.check(&environments::names(), diags);
    }
    for environment in definitions.environments.iter().filter(|it| wanted(it.layer)) {
        environments::check(definitions, environment, diags);
    }
    for patch in definitions.patches.iter().filter(|it| wanted(it.pack)) {
        platform::check_patch(definitions, patch, diags);
    }
    for policy in definitions.policies.iter().filter(|it| wanted(it.pack)) {
        platform::check_policy(definitions, policy, diags);
    }
    platform::check_waivers(definitions, diags);
    for target in definitions.targets.values().filter(|it| wanted(it.pack)) {
        check_target(definitions, target, diags);
    }
}

fn fragment_shapes(fragments: &BTreeMap<Arc<str>, Fragment>) -> BTreeMap<Arc<str>, FragmentShape> {
    let shape = |it: &Fragment| FragmentShape { params: it.params.iter().map(|it| it.value.clone()).collect() };
    fragments.iter().map(|(name, it)| (name.clone(), shape(it))).collect()
}

/// Derived outputs may use the others, and nothing else.
fn check_type(_definitions: &Definitions, ty: &ResourceType, diags: &mut Diags) {
    let mut names = Names::new();
    names.set("outputs", ty.outputs_shape());
    names.set("params", ty.params_shape());
    for output in ty.outputs.values() {
        if let Some(value) = &output.value {
            value.check(&names, &CheckContext::default(), diags);
        }
    }
    for param in ty.params.values() {
        if let Some(default) = &param.default {
            check_constant(Code::KdlBadValue, "param", &param.name, param.ty, &param.values, default, diags);
        }
    }
}

/// Fragments see what every rule sees, and their arguments.
fn check_pack(definitions: &Definitions, pack: &Pack, diags: &mut Diags) {
    // Those that a target of the pack inserts may read its slots.
    let slots = definitions.targets.values().flat_map(|it| it.slots.values());
    let slots = slots.map(|it| (it.name.value.clone(), it.per_workload)).collect();
    let context = CheckContext { fragments: fragment_shapes(&pack.fragments), slots: Some(slots) };
    fragments::check(pack.fragments.values(), &fragment_names(definitions), &context, diags);
}

fn check_rule(definitions: &Definitions, rule: &Rule, diags: &mut Diags) {
    let types: Vec<&str> = rule.exact(Criterion::Type).iter().map(|it| &*it.text).collect();
    let targets = rule.exact(Criterion::Target);
    let target = match targets.as_slice() {
        [one] => definitions.targets.get(&one.text),
        _ => None,
    };
    let mut names = rule_names(definitions, &types, target);
    let fragments = definitions.packs.get(rule.pack).map(|it| fragment_shapes(&it.fragments)).unwrap_or_default();
    let context = CheckContext { fragments, slots: None };
    for when in rule.matches.iter().filter_map(|it| it.when.as_ref()) {
        when.check(&names, diags);
    }
    for step in &rule.steps {
        if let Some((name, shape)) = check_step(definitions, step, &names, &context, diags) {
            names.set(name, shape);
        }
    }
    let outputs = rule.outputs.check(&names, &context, diags);
    let own = target.and_then(|it| it.workload.as_ref()).filter(|it| types.contains(&&*it.name.value));
    for ty in types.iter().filter_map(|it| definitions.types.get(*it)).chain(own) {
        check_outputs(rule, ty, &outputs, diags);
    }
    for emit in &rule.emit {
        if let Some(target) = target {
            check_slot(&emit.slot, target, diags);
        }
        emit.body.check(&names, &context, diags);
    }
    for file in &rule.files {
        if let Kind::Constant(path) = &file.path.kind {
            diags.take(parse_path(path, file.at));
        }
        file.path.check(&names, &context, diags);
        file.content.check(&names, &context, diags);
    }
    rule.notes.iter().for_each(|it| drop(it.check(&names, &context, diags)));
}

fn check_step(
    definitions: &Definitions,
    step: &Step,
    names: &Names<'_>,
    context: &CheckContext,
    diags: &mut Diags,
) -> Option<(Arc<str>, Shape)> {
    match step {
        Step::Let { name, value } => Some((name.value.clone(), value.check(names, context, diags))),
        Step::Require(require) => {
            require.condition.check(names, diags);
            for text in [Some(&require.message), require.help.as_ref()].into_iter().flatten() {
                text.check(names, context, diags);
            }
            None
        }
        Step::Run(run) => {
            for argument in &run.arguments {
                argument.check(names, context, diags);
            }
            run.input.iter().for_each(|it| drop(it.check(names, context, diags)));
            let open = |what: &str, rest| Shape::open(what, [] as [(&str, Shape); 0], rest);
            let fields = [("outputs", open("the outputs", Shape::Any)), ("secrets", open("the secrets", Shape::Text))];
            Some((run.name.value.clone(), Shape::closed("the reply of a program", fields)))
        }
        Step::Need(need) => {
            for text in need.id.iter().chain(&need.class) {
                Interpolation::check(text, names, diags);
            }
            let params = need.params.as_ref().map(|it| it.check(names, context, diags));
            let contract = definitions.types.get(&need.ty.value);
            if definitions.rules_for(&need.ty.value).is_empty() {
                let known = definitions.types.keys().map(|it| &**it);
                let help = did_you_mean(&need.ty.value, known);
                let message = format!("no rule anywhere for a resource of type `{}`", need.ty.value);
                diags.push(Diag::error(Code::RuleMissing, need.ty.at, message).here("needed here").maybe_help(help));
            }
            if let (Some(contract), Some(Shape::Map(params)), Some(body)) = (contract, params, &need.params) {
                for key in params.fields.keys().filter(|it| !contract.params.contains_key(*it)) {
                    let at = entry_place(body, key).unwrap_or(need.at);
                    let known = did_you_mean(key, contract.params.keys().map(|it| &**it));
                    let message = format!("`{}` has no param `{key}`", need.ty.value);
                    diags.push(
                        Diag::error(Code::RuleParam, at, message).label(contract.at, "the contract").maybe_help(known),
                    );
                }
            }
            Some((need.name.value.clone(), contract.map_or(Shape::Any, ResourceType::outputs_shape)))
        }
    }
}

fn entry_place(body: &crate::template::Body, key: &str) -> Option<crate::source::Span> {
    body.items.iter().find_map(|item| match item {
        Item::Entry { key: it, at, .. } if it.as_plain().is_some_and(|it| **it == *key) => Some(*at),
        _ => None,
    })
}

/// Every output of the contract must come, and no other.
fn check_outputs(rule: &Rule, ty: &ResourceType, outputs: &Shape, diags: &mut Diags) {
    let Shape::Map(outputs) = outputs else { return };
    let open = outputs.rest.is_some();
    let missing: Vec<&str> = ty
        .outputs
        .values()
        .filter(|it| it.value.is_none() && !open && !outputs.fields.contains_key(&it.name.value))
        .map(|it| &*it.name.value)
        .collect();
    if !missing.is_empty() {
        let message =
            format!("rule `{}` does not give {}", rule.name.value, or_list(&missing).replace(" or ", " and "));
        diags.push(
            Diag::error(Code::RuleOutput, rule.outputs_at, message)
                .label(ty.at, "the contract asks for it")
                .help(format!("add `{} \"…\"` to `outputs`", missing[0])),
        );
    }
    for (key, shape) in &outputs.fields {
        let at = entry_place(&rule.outputs, key).unwrap_or(rule.outputs_at);
        match ty.outputs.get(key) {
            None if ty.open => {}
            None => {
                let message = format!("`{}` has no output `{key}`", ty.name.value);
                let known = did_you_mean(key, ty.outputs.keys().map(|it| &**it));
                diags.push(Diag::error(Code::RuleOutput, at, message).label(ty.at, "the contract").maybe_help(known));
            }
            Some(output) if contradicts(output.ty.shape(), shape) => {
                let message = format!("output `{key}` is to be {}, found {}", output.ty.shape().what(), shape.what());
                diags.push(
                    Diag::error(Code::RuleOutput, at, message)
                        .label(output.name.at, format!("declared `type=\"{}\"` here", output.ty.name())),
                );
            }
            Some(_) => {}
        }
    }
}

/// Whether a value of the shape `found` can never be one of the shape `wanted`.
fn contradicts(wanted: Shape, found: &Shape) -> bool {
    match (&wanted, found) {
        (Shape::Any, _) | (_, Shape::Any | Shape::Null) => false,
        // Scalars are converted where nothing is lost, which only the value shows.
        (Shape::Text, Shape::Int | Shape::Float | Shape::Bool | Shape::Text) => false,
        (Shape::Int | Shape::Bool, Shape::Text) => false,
        (wanted, found) => std::mem::discriminant(wanted) != std::mem::discriminant(found),
    }
}

fn check_slot(slot: &Spanned<Arc<str>>, target: &Target, diags: &mut Diags) {
    if !target.slots.contains_key(&slot.value) {
        let known = did_you_mean(&slot.value, target.slots.keys().map(|it| &**it));
        let message = format!("target `{}` has no slot `{}`", target.name.value, slot.value);
        diags.push(Diag::error(Code::RuleSlot, slot.at, message).label(target.name.at, "the target").maybe_help(known));
    }
}

fn check_target(definitions: &Definitions, target: &Target, diags: &mut Diags) {
    let names = target_names(definitions, target);
    let slots = target.slots.values().map(|it| (it.name.value.clone(), it.per_workload)).collect();
    let context = CheckContext { fragments: fragment_shapes(&target.fragments), slots: Some(slots) };
    for refusal in target.capabilities.values().flatten().filter_map(|it| it.refused.as_ref()) {
        if let Some(when) = &refusal.when {
            when.check(&capability_names(definitions, target), diags);
        }
    }
    for lowering in target.lowerings.values() {
        check_lowering(lowering, diags);
    }
    // Those of its pack are checked with the pack, and may be meant for another target.
    let of_pack = |it: &&Fragment| definitions.packs.iter().any(|pack| pack.has_fragment(it));
    fragments::check(target.fragments.values().filter(|it| !of_pack(it)), &names, &context, diags);
    for option in target.options.values() {
        if let Some(default) = &option.default {
            check_constant(Code::KdlBadValue, "option", &option.name, option.ty, &option.values, default, diags);
        }
    }
    target.outputs.iter().for_each(|it| check_output(it, target, &names, &context, diags));
}

fn check_lowering(lowering: &super::Lowering, diags: &mut Diags) {
    let text = |names: &[&'static str]| {
        let mut scope = Names::new();
        names.iter().for_each(|it| scope.set(*it, if *it == "ref" { Shape::Any } else { Shape::Text }));
        scope
    };
    let list = [
        (&lowering.secret, text(&["name", "owner", "label"])),
        (&lowering.reference, text(&["name", "owner", "label", "ref"])),
        (&lowering.deferred, text(&["name"])),
    ];
    for (template, names) in &list {
        if let Some(template) = template {
            Interpolation::check(template, names, diags);
        }
    }
}

fn check_output(node: &OutputNode, target: &Target, names: &Names<'_>, context: &CheckContext, diags: &mut Diags) {
    match node {
        OutputNode::Emit(list) => {
            for emit in list {
                check_slot(&emit.slot, target, diags);
                emit.body.check(names, context, diags);
            }
        }
        OutputNode::File(file) => {
            file.path.check(names, context, diags);
            file.format.check(names, context, diags);
            file.mode.iter().for_each(|it| drop(it.check(names, context, diags)));
            file.body.check(names, context, diags);
            if let Some(name) = &file.lowering
                && !target.lowerings.contains_key(&name.value)
            {
                let known = did_you_mean(&name.value, target.lowerings.keys().map(|it| &**it));
                let message = format!("no `lower \"{}\"` in this target", name.value);
                diags.push(Diag::error(Code::KdlUnknownNode, name.at, message).maybe_help(known));
            }
        }
        OutputNode::If { condition, inner } => {
            condition.check(names, diags);
            inner.iter().for_each(|it| check_output(it, target, names, context, diags));
        }
        OutputNode::For { key, item, list, inner } => {
            let shape = list.check(names, diags);
            let mut scope = names.child();
            if let Some(key) = key {
                scope.set(key.clone(), Shape::Any);
            }
            let item_shape = if let Shape::List(inner) = shape { *inner } else { Shape::Any };
            scope.set(item.clone(), item_shape);
            inner.iter().for_each(|it| check_output(it, target, &scope, context, diags));
        }
    }
}
