//! The target's files: bodies to documents, documents to bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::contribute::{Contributed, RuleOutput};
use super::lower::{Lower, SecretNames};
use super::merge::Accumulator;
use super::{Note, Request};
use crate::definition::{Emit, OutputFile as Declared, OutputNode, parse_format, parse_mode, parse_path};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Expr, Identity, Scope};
use crate::resolve::{Input, Resolved};
use crate::source::Span;
use crate::template::{Context, Environment, Fragment};
use crate::value::{Data, Key, Secret, Value};

/// One file of the output folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputFile {
    pub bytes: Vec<u8>,
    /// Unix permission bits.
    pub mode: u32,
}

/// Everything that comes out of a build.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outputs {
    /// By path relative to the output folder.
    pub files: BTreeMap<String, OutputFile>,
    pub notes: Vec<Note>,
}

/// Where no `mode` is given.
const DEFAULT_MODE: u32 = 0o644;

pub(super) fn write(
    input: Input<'_>,
    resolved: &Resolved<'_>,
    workloads: &[Value],
    contributed: Contributed,
    request: &Request<'_>,
    diags: &mut Diags,
) -> Option<Outputs> {
    let identity = input.identity("target");
    let mut scope = resolved.globals.child();
    scope.set("workloads", Value::list(workloads.to_vec(), Span::NONE));
    scope.set("resources", resource_views(input, resolved));
    let (slots, files, notes) = slots(input, contributed, &scope, &identity, request, diags)?;
    scope.set("slots", slots.view());
    let surroundings = Surroundings { input, slots: &slots, request, key: RefCell::new(None) };
    let mut writer = Writer {
        input,
        surroundings: &surroundings,
        identity: &identity,
        names: SecretNames::default(),
        keys: resolved.resources.values().filter_map(key_of).collect(),
        outputs: Outputs { files: BTreeMap::new(), notes },
        places: BTreeMap::new(),
    };
    let mut complete = true;
    for file in &files {
        complete &= writer.rule_file(file, diags).is_some();
    }
    let writer = RefCell::new(writer);
    let walker = Walker { identity: &identity, secrets: &|| writer.borrow().names.view() };
    let mut visit = |node: &OutputNode, scope: &Scope<'_>, diags: &mut Diags| match node {
        OutputNode::File(file) => writer.borrow_mut().file(file, scope, diags),
        _ => Some(()),
    };
    complete &= walker.walk(&input.target.outputs, &scope, diags, &mut visit).is_some();
    complete.then_some(writer.into_inner().outputs)
}

fn key_of(evaluated: &crate::resolve::Evaluated<'_>) -> Option<(Arc<str>, Arc<str>)> {
    let key = evaluated.view.get("key").and_then(Value::as_str)?;
    Some((evaluated.uid.text().clone(), Arc::from(key)))
}

/// The view `resources` of targets, in topological order.
fn resource_views(input: Input<'_>, resolved: &Resolved<'_>) -> Value {
    let views = resolved.order.iter().filter_map(|node| resolved.resources.get(node)).map(|it| {
        let mut view = it.view.as_map().cloned().unwrap_or_default();
        view.insert(Arc::from("params"), it.params.clone());
        view.insert(Arc::from("outputs"), it.outputs.clone());
        let users = resolved.graph.users(it.node);
        let names = users.iter().map(|index| &input.workloads[*index].name);
        let names = names.map(|it| Value::text(it.value.clone(), it.at)).collect();
        view.insert(Arc::from("users"), Value::list(names, it.view.at));
        Value::map(view, it.view.at)
    });
    Value::list(views.collect(), Span::NONE)
}

/// What the slots hold once everyone has contributed.
struct Slots {
    shared: BTreeMap<Arc<str>, Value>,
    per_workload: BTreeMap<(Arc<str>, Arc<str>), Value>,
}

impl Slots {
    fn view(&self) -> Value {
        Value::map(self.shared.iter().map(|(name, it)| (name.clone(), it.clone())).collect(), Span::NONE)
    }
}

type Finished = (Slots, Vec<RuleOutput>, Vec<Note>);

/// Adds what the target itself contributes, and closes the slots.
fn slots(
    input: Input<'_>,
    contributed: Contributed,
    scope: &Scope<'_>,
    identity: &Identity,
    request: &Request<'_>,
    diags: &mut Diags,
) -> Option<Finished> {
    let before = close(input, &contributed.shared, &contributed.per_workload);
    let mut inner = scope.child();
    inner.set("slots", before.view());
    let surroundings = Surroundings { input, slots: &before, request, key: RefCell::new(None) };
    let context = Context::new(identity, &surroundings, &inner);
    let Contributed { mut shared, per_workload, files, notes } = contributed;
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
    Some((close(input, &shared, &per_workload), files, notes))
}

/// Goes through the nodes of a target.
struct Walker<'a> {
    identity: &'a Identity,
    /// The view `secrets` as it is by now.
    secrets: &'a dyn Fn() -> Value,
}

/// What to do with an `emit` or a `file`.
type Visit<'v> = &'v mut dyn FnMut(&OutputNode, &Scope<'_>, &mut Diags) -> Option<()>;

impl Walker<'_> {
    /// Follows `for` and `if` and calls `visit` for every `emit` and `file`, in order.
    fn walk(&self, nodes: &[OutputNode], scope: &Scope<'_>, diags: &mut Diags, visit: Visit<'_>) -> Option<()> {
        let mut outcome = Some(());
        for node in nodes {
            let done = match node {
                OutputNode::Emit(_) | OutputNode::File(_) => visit(node, scope, diags),
                OutputNode::If { condition, inner } => match diags.take(self.eval(condition, scope)) {
                    None => None,
                    Some(value) if value.as_bool() == Some(true) => self.walk(inner, scope, diags, visit),
                    Some(_) => Some(()),
                },
                OutputNode::For { key, item, list, inner } => match diags.take(self.eval(list, scope)) {
                    None => None,
                    Some(value) => {
                        let mut outcome = Some(());
                        for (name, value) in pairs(&value) {
                            let mut scope = scope.child();
                            if let Some(key) = key {
                                scope.set(key.clone(), name);
                            }
                            scope.set(item.clone(), value);
                            outcome = self.walk(inner, &scope, diags, visit).and(outcome);
                        }
                        outcome
                    }
                },
            };
            outcome = done.and(outcome);
        }
        outcome
    }

    fn eval(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Diag> {
        // The view is as long as there are secrets, and few conditions look at it.
        if !expr.names().iter().any(|it| &**it == "secrets") {
            return expr.eval(scope, self.identity);
        }
        let mut scope = scope.child();
        scope.set("secrets", (self.secrets)());
        expr.eval(&scope, self.identity)
    }
}

/// What a `for` goes through: index and item of a list, key and value of a map, nothing of nothing.
fn pairs(value: &Value) -> Vec<(Value, Value)> {
    match &value.data {
        Data::List(items) => {
            let index = |index: usize, at| Value::int(i64::try_from(index).unwrap_or(i64::MAX), at);
            items.iter().enumerate().map(|(number, it)| (index(number, it.at), it.clone())).collect()
        }
        Data::Map(map) => map.iter().map(|(key, it)| (Value::text(key.clone(), it.at), it.clone())).collect(),
        _ => Vec::new(),
    }
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

struct Writer<'a> {
    input: Input<'a>,
    surroundings: &'a Surroundings<'a>,
    identity: &'a Identity,
    names: SecretNames,
    keys: BTreeMap<Arc<str>, Arc<str>>,
    outputs: Outputs,
    /// Who wrote which file, for the message when a second one wants to.
    places: BTreeMap<String, Span>,
}

impl Writer<'_> {
    fn file(&mut self, file: &Declared, scope: &Scope<'_>, diags: &mut Diags) -> Option<()> {
        let mut scope = scope.child();
        scope.set("secrets", self.names.view());
        let context = Context::new(self.identity, self.surroundings, &scope);
        let path = file.path.eval(&scope, &context, diags).ok()?;
        let path = diags.take(parse_path(&path, file.at))?;
        let value = file.body.eval(&scope, &context, diags).ok()?;
        let lowering = file.lowering.as_ref().and_then(|it| self.input.target.lowerings.get(&it.value));
        let mut lower =
            Lower { lowering, names: &mut self.names, keys: &self.keys, identity: self.identity, file: &path };
        let value = lower.value(&value, diags)?;
        let format = file.format.eval(&scope, &context, diags).ok()?;
        let format = diags.take(parse_format(&format))?;
        let written = crate::format::write_bytes(format, &value);
        let written =
            written.map_err(|problem| Diag::error(Code::FormatFailed, file.at, format!("`{path}`: {problem}")));
        let bytes = diags.take(written)?;
        let mode = file.mode.as_ref().map(|it| it.eval(&scope, &context, diags)).transpose().ok()?;
        let mode = diags.take(mode_of(mode.as_ref()))?;
        self.put(path, OutputFile { bytes, mode }, file.at, diags)
    }

    fn rule_file(&mut self, file: &RuleOutput, diags: &mut Diags) -> Option<()> {
        let mut lower = Lower {
            lowering: None,
            names: &mut self.names,
            keys: &self.keys,
            identity: self.identity,
            file: &file.path,
        };
        let content = lower.value(&file.content, diags)?;
        let Some(text) = content.as_str() else {
            let message = format!("the content of `{}` is {}, not text", file.path, content.kind());
            diags.push(Diag::error(Code::FormatFailed, file.at, message).help("encode it, for example `(json)`"));
            return None;
        };
        let mode = diags.take(mode_of(file.mode.as_ref()))?;
        let output = OutputFile { bytes: text.as_bytes().to_vec(), mode };
        self.put(file.path.clone(), output, file.at, diags)
    }

    /// Two writers of one path must agree to the byte.
    fn put(&mut self, path: String, file: OutputFile, at: Span, diags: &mut Diags) -> Option<()> {
        if self.outputs.files.get(&path).is_some_and(|it| *it != file) {
            let earlier = self.places.get(&path).copied().unwrap_or(Span::NONE);
            let message = format!("two definitions write `{path}`, with different content");
            diags.push(Diag::error(Code::SlotConflict, at, message).label(earlier, "the other one"));
            return None;
        }
        self.places.insert(path.clone(), at);
        self.outputs.files.insert(path, file);
        Some(())
    }
}

fn mode_of(mode: Option<&Value>) -> Result<u32, Diag> {
    mode.map_or(Ok(DEFAULT_MODE), parse_mode)
}

/// What the target's bodies may use: its fragments, the slots, and its sinks.
struct Surroundings<'a> {
    input: Input<'a>,
    slots: &'a Slots,
    request: &'a Request<'a>,
    /// Asked for once.
    key: RefCell<Option<Key>>,
}

impl Environment for Surroundings<'_> {
    fn fragment(&self, name: &str) -> Option<&Fragment> {
        self.input.target.fragments.get(name)
    }

    fn slot(&self, name: &str, of: Option<&str>) -> Option<Value> {
        match of {
            None => self.slots.shared.get(name).cloned(),
            Some(workload) => self.slots.per_workload.get(&(Arc::from(name), Arc::from(workload))).cloned(),
        }
    }

    fn reveal(&self, secret: &Secret) -> Result<String, Diag> {
        // A literal needs no key, so none is made for it.
        if !secret.needs_key() {
            let none = Key::new(&[]);
            return secret.reveal(&none).ok_or_else(|| elsewhere(secret));
        }
        let mut key = self.key.borrow_mut();
        if key.is_none() {
            *key = Some((self.request.key)()?);
        }
        key.as_ref().and_then(|key| secret.reveal(key)).ok_or_else(|| elsewhere(secret))
    }
}

fn elsewhere(secret: &Secret) -> Diag {
    let message = format!("the secret `{}` of `{}` lives elsewhere and has no value here", secret.label, secret.owner);
    Diag::error(Code::SecretLeak, secret.at, message).here("made here")
}
