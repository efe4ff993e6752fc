//! Evaluates what rules emit: contributions to slots, files and notes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Note;
use super::merge::Accumulator;
use crate::definition::{Rule, Slot};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::ir::NodeId;
use crate::resolve::{Evaluated, Input, Resolved};
use crate::source::{Span, Spanned};
use crate::template::{Context, Environment, Fragment};
use crate::value::{Secret, Value};

/// What all rules emit.
#[derive(Debug, Default)]
pub(super) struct Contributed {
    /// By slot name; slots kept per workload are not here.
    pub shared: BTreeMap<Arc<str>, Accumulator>,
    /// By slot name and workload name.
    pub per_workload: BTreeMap<(Arc<str>, Arc<str>), Accumulator>,
    pub files: Vec<RuleOutput>,
    pub notes: Vec<Note>,
}

/// A file of a rule.
#[derive(Debug)]
pub(super) struct RuleOutput {
    pub path: String,
    pub content: Value,
    pub mode: Option<Value>,
    pub at: Span,
}

/// One contribution to a slot that is kept per workload.
struct Own<'a> {
    slot: &'a Slot,
    value: Value,
    at: Span,
}

pub(super) fn contribute(input: Input<'_>, resolved: &Resolved<'_>, diags: &mut Diags) -> Option<Contributed> {
    let mut all = Contributed::default();
    let mut own: BTreeMap<NodeId, Vec<Own<'_>>> = BTreeMap::new();
    let mut complete = true;
    for evaluated in resolved.order.iter().filter_map(|node| resolved.resources.get(node)) {
        let mut found = Diags::default();
        complete &= contribute_one(input, resolved, evaluated, &mut all, &mut own, &mut found).is_some();
        for diag in found {
            diags.push(resolved.graph.blame(diag, evaluated.node));
        }
    }
    if !own.is_empty() {
        complete &= spread_to_workloads(input, resolved, &own, &mut all, diags).is_some();
    }
    complete.then_some(all)
}

fn contribute_one<'a>(
    input: Input<'a>,
    resolved: &Resolved<'_>,
    evaluated: &Evaluated<'_>,
    all: &mut Contributed,
    own: &mut BTreeMap<NodeId, Vec<Own<'a>>>,
    diags: &mut Diags,
) -> Option<()> {
    let rule = evaluated.rule;
    let identity = input.identity(evaluated.uid.text());
    let surroundings = Surroundings { input, pack: rule.pack };
    let context = Context::new(&identity, &surroundings, &resolved.globals);
    let mut scope = resolved.globals.child();
    evaluated.names.iter().for_each(|(name, value)| scope.set(name.clone(), value.clone()));
    let mut complete = true;
    for emit in &rule.emit {
        let Some(slot) = find_slot(input, rule, &emit.slot, diags) else {
            complete = false;
            continue;
        };
        let Ok(value) = emit.body.eval(&scope, &context, diags) else {
            complete = false;
            continue;
        };
        if slot.per_workload {
            own.entry(evaluated.node).or_default().push(Own { slot, value, at: emit.slot.at });
        } else {
            let into = all.shared.entry(slot.name.value.clone()).or_default();
            complete &= diags.take(into.add(slot, &value, emit.slot.at)).is_some();
        }
    }
    for file in &rule.files {
        let (path, content) = (file.path.eval(&scope, &context, diags), file.content.eval(&scope, &context, diags));
        let mode = file.mode.as_ref().map(|it| it.eval(&scope, &context, diags)).transpose();
        match (path, content, mode) {
            (Ok(path), Ok(content), Ok(mode)) => {
                let path = diags.take(crate::definition::parse_path(&path, file.at));
                complete &= path.is_some();
                let output = path.map(|path| RuleOutput { path, content, mode, at: file.at });
                all.files.extend(output);
            }
            _ => complete = false,
        }
    }
    for said in &evaluated.said {
        all.notes.push(Note { uid: evaluated.uid.text().clone(), text: Spanned::new(said.shown(), said.at) });
    }
    for note in &rule.notes {
        match note.eval(&scope, &context, diags) {
            Ok(text) if text.is_null() => {}
            Ok(text) => {
                all.notes.push(Note { uid: evaluated.uid.text().clone(), text: Spanned::new(text.shown(), note.at) })
            }
            Err(_) => complete = false,
        }
    }
    complete.then_some(())
}

fn find_slot<'a>(input: Input<'a>, rule: &Rule, name: &Spanned<Arc<str>>, diags: &mut Diags) -> Option<&'a Slot> {
    let found = input.target.slots.get(&name.value);
    if found.is_none() {
        let target = &input.target.name;
        let message = format!("target `{}` has no slot `{}`", target.value, name.value);
        diags.push(
            Diag::error(Code::RuleSlot, name.at, message)
                .label(rule.at, "the rule")
                .maybe_help(did_you_mean(&name.value, input.target.slots.keys().map(|it| &**it))),
        );
    }
    found
}

/// A slot that is kept per workload collects from every resource that the workload reaches.
fn spread_to_workloads(
    input: Input<'_>,
    resolved: &Resolved<'_>,
    own: &BTreeMap<NodeId, Vec<Own<'_>>>,
    all: &mut Contributed,
    diags: &mut Diags,
) -> Option<()> {
    let rank: BTreeMap<NodeId, usize> = resolved.order.iter().enumerate().map(|(index, node)| (*node, index)).collect();
    let mut complete = true;
    for (index, workload) in input.workloads.iter().enumerate() {
        let mut reached: Vec<NodeId> =
            resolved.graph.reached_from(index).into_iter().filter(|it| own.contains_key(it)).collect();
        reached.sort_by_key(|it| rank.get(it).copied());
        for one in reached.iter().filter_map(|it| own.get(it)).flatten() {
            let key = (one.slot.name.value.clone(), workload.name.value.clone());
            let into = all.per_workload.entry(key).or_default();
            complete &= diags.take(into.add(one.slot, &one.value, one.at)).is_some();
        }
    }
    complete.then_some(())
}

/// Rules may insert the fragments of their own pack; they read no slots and reveal nothing.
pub(super) struct Surroundings<'a> {
    pub input: Input<'a>,
    pub pack: usize,
}

impl Environment for Surroundings<'_> {
    fn fragment(&self, name: &str) -> Option<&Fragment> {
        self.input.definitions.packs.get(self.pack)?.fragments.get(name)
    }

    fn slot(&self, _: &str, _: Option<&str>) -> Option<Value> {
        None
    }

    fn reveal(&self, secret: &Secret) -> Result<String, Diag> {
        Err(Diag::error(Code::SecretLeak, secret.at, "a secret can be revealed only in a file of the target"))
    }
}
