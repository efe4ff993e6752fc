//! What the slots of a target hold, once rules and the target itself have contributed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Request;
use super::contribute::Contributed;
use super::merge::Accumulator;
use super::surroundings::OfTarget;
use super::walk::Walker;
use crate::definition::{Emit, OutputNode};
use crate::diag::Diags;
use crate::expr::{Identity, Scope};
use crate::resolve::Input;
use crate::source::Span;
use crate::template::Context;
use crate::value::Value;

/// Slots by name, and those that are kept per workload by name and workload.
pub(super) struct Slots {
    pub shared: BTreeMap<Arc<str>, Value>,
    pub per_workload: BTreeMap<(Arc<str>, Arc<str>), Value>,
}

impl Slots {
    /// The view `slots`.
    pub(super) fn view(&self) -> Value {
        Value::map(self.shared.iter().map(|(name, it)| (name.clone(), it.clone())).collect(), Span::NONE)
    }
}

/// Adds what the target itself contributes to what rules did, and closes the slots.
pub(super) fn fill(
    input: Input<'_>,
    contributed: &mut Contributed,
    scope: &Scope<'_>,
    identity: &Identity,
    request: &Request<'_>,
    diags: &mut Diags,
) -> Option<Slots> {
    let before = close(input, &contributed.shared, &contributed.per_workload);
    let mut inner = scope.child();
    inner.set("slots", before.view());
    let surroundings = OfTarget::new(input, &before, request);
    let context = Context::new(identity, &surroundings, &inner);
    let shared = &mut contributed.shared;
    let mut contribute = |list: &[Emit], scope: &Scope<'_>, diags: &mut Diags| {
        let mut complete = Some(());
        for emit in list {
            let Some(slot) = input.target.slots.get(&emit.slot.value) else { continue };
            let Ok(value) = emit.body.eval(scope, &context, diags) else {
                complete = None;
                continue;
            };
            let into = shared.entry(slot.name.value.clone()).or_default();
            complete = diags.take(into.add(slot, &value, emit.slot.at)).and(complete);
        }
        complete
    };
    let walker = Walker { identity, secrets: &|| Value::list(Vec::new(), Span::NONE) };
    walker.walk(&input.target.outputs, &inner, diags, &mut |node, scope, diags| match node {
        OutputNode::Emit(list) => contribute(list, scope, diags),
        _ => Some(()),
    })?;
    Some(close(input, &contributed.shared, &contributed.per_workload))
}

fn close(
    input: Input<'_>,
    shared: &BTreeMap<Arc<str>, Accumulator>,
    per_workload: &BTreeMap<(Arc<str>, Arc<str>), Accumulator>,
) -> Slots {
    let slots = &input.target.slots;
    let shared_slots = slots.values().filter(|it| !it.per_workload);
    let shared = shared_slots
        .map(|slot| {
            let found = shared.get(&slot.name.value).cloned().unwrap_or_default();
            (slot.name.value.clone(), found.value(slot))
        })
        .collect();
    let per_workload = per_workload
        .iter()
        .filter_map(|(key, it)| slots.get(&key.0).map(|slot| (key.clone(), it.clone().value(slot))))
        .collect();
    Slots { shared, per_workload }
}
