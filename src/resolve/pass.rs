//! One pass over all resources.
//!
//! Resources are evaluated on demand: whoever reads an output that is not there yet waits, and what it waits
//! for goes first. The waiting ones form a stack, never the call stack, so a chain may be as long as it likes,
//! and a cycle is a node that is on the stack already. An attempt that has to wait starts again later: rules
//! are pure, so this costs time and changes nothing.
//!
//! What a rule is told may be incomplete, since the graph still grows: someone may ask for a shared resource
//! with params after it was evaluated without any. The pass then says what it knows now, and the next one
//! starts with that knowledge. So the outcome depends on no order.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::params::{self, Wish};
use super::reads::reads;
use super::steps::{Fragments, Taken};
use super::text::{Missing, State, Texts};
use super::{ContainerKeys, Evaluated, Input, container_keys, outputs, scope, unmatched};
use crate::definition::{Choice, Rule, Subject, WORKLOAD_TYPE, choose};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::ir::keys::Keys;
use crate::ir::{Graph, Mention, NodeId, Uid};
use crate::source::Span;
use crate::template::{Context, Failed};
use crate::value::Value;

/// What an earlier pass found out too late, by uid.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Assumptions {
    pub params: BTreeMap<Uid, (Value, Span)>,
    users: BTreeMap<Uid, Vec<usize>>,
    requested: BTreeMap<Uid, Vec<Arc<str>>>,
}

pub(super) struct Outcome<'a> {
    pub graph: Graph,
    pub resources: BTreeMap<NodeId, Evaluated<'a>>,
    pub containers: Vec<ContainerKeys>,
    pub choices: IndexMap<Uid, Choice<'a>>,
    /// What was reported for each resource that failed by itself.
    pub failures: BTreeMap<NodeId, Diags>,
    /// Set when the pass has to be repeated with more knowledge.
    pub revised: Option<Assumptions>,
}

pub(super) fn run<'a>(input: Input<'a>, assumed: &Assumptions, diags: &mut Diags) -> Outcome<'a> {
    let (keys, containers) = container_keys(input.workloads);
    let mut graph = Graph::of(input.workloads);
    if input.target.workload.is_some() {
        graph.add_workloads(WORKLOAD_TYPE, input.workloads);
    }
    let globals = scope::globals(&input);
    let mut pass = Pass {
        input,
        assumed,
        globals: &globals,
        graph,
        keys,
        done: BTreeMap::new(),
        needs: BTreeMap::new(),
        choices: IndexMap::new(),
        failures: BTreeMap::new(),
        late: assumed.clone(),
    };
    let start: Vec<NodeId> = pass.graph.resources().map(|(node, _)| node).collect();
    for node in start {
        pass.settle(node, diags);
    }
    pass.review();
    let revised = (pass.late != *assumed).then_some(pass.late);
    let resources = pass.done.into_iter().filter_map(|(node, it)| it.map(|it| (node, it))).collect();
    let (graph, choices, failures) = (pass.graph, pass.choices, pass.failures);
    Outcome { graph, resources, containers, choices, failures, revised }
}

pub(super) struct Pass<'a, 'p> {
    pub(super) input: Input<'a>,
    pub(super) assumed: &'p Assumptions,
    pub(super) globals: &'p Scope<'p>,
    pub(super) graph: Graph,
    pub(super) keys: Keys,
    /// `None` for a resource that failed; its reason was reported.
    pub(super) done: BTreeMap<NodeId, Option<Evaluated<'a>>>,
    /// The resources that rules need, by who needs them and the name there.
    pub(super) needs: BTreeMap<(NodeId, Arc<str>), NodeId>,
    pub(super) choices: IndexMap<Uid, Choice<'a>>,
    failures: BTreeMap<NodeId, Diags>,
    pub(super) late: Assumptions,
}

/// What came of one attempt.
enum Attempt<'a> {
    Done(Box<Evaluated<'a>>),
    Failed,
    Waits(NodeId, Span),
}

/// Everything that ends an attempt early.
pub(super) enum Stop {
    Failed,
    Waits(NodeId, Span),
}

impl From<Failed> for Stop {
    fn from(_: Failed) -> Self {
        Stop::Failed
    }
}

impl<'a> Pass<'a, '_> {
    /// Evaluates a resource and everything that it waits for.
    fn settle(&mut self, start: NodeId, diags: &mut Diags) {
        // Each entry with the place that made the one below it wait.
        let mut stack: Vec<(NodeId, Span)> = vec![(start, Span::NONE)];
        while let Some((node, _)) = stack.last().copied() {
            if self.done.contains_key(&node) {
                stack.pop();
                continue;
            }
            let mut found = Diags::default();
            match self.attempt(node, &mut found) {
                Attempt::Waits(needed, at) => match stack.iter().position(|(it, _)| *it == needed) {
                    Some(position) => self.break_cycle(&mut stack, position, at, diags),
                    None => stack.push((needed, at)),
                },
                Attempt::Done(evaluated) => {
                    self.report(node, found, diags);
                    self.done.insert(node, Some(*evaluated));
                    stack.pop();
                }
                Attempt::Failed => {
                    let mut own = Diags::default();
                    self.report(node, found, &mut own);
                    diags.append(own.clone());
                    self.failures.insert(node, own);
                    self.done.insert(node, None);
                    stack.pop();
                }
            }
        }
    }

    fn report(&self, node: NodeId, found: Diags, diags: &mut Diags) {
        for diag in found {
            diags.push(self.graph.blame(diag, node));
        }
    }

    /// Reports the cycle from `position` to the top, which waits at `at` for the entry at `position`.
    fn break_cycle(&mut self, stack: &mut Vec<(NodeId, Span)>, position: usize, at: Span, diags: &mut Diags) {
        let members: Vec<(NodeId, Span)> = stack.drain(position..).collect();
        let mut edges: Vec<(NodeId, NodeId, Span)> =
            members.windows(2).map(|pair| (pair[0].0, pair[1].0, pair[1].1)).collect();
        let (first, last) = (members[0].0, members[members.len() - 1].0);
        edges.push((last, first, at));
        let name_of = |node: NodeId| self.input.name_of(&self.graph, node);
        let mut cycle = Diags::default();
        cycle.push(crate::ir::cycle(&edges, &name_of));
        diags.append(cycle.clone());
        for (node, _) in members {
            self.failures.insert(node, cycle.clone());
            self.done.insert(node, None);
        }
    }

    fn attempt(&mut self, node: NodeId, diags: &mut Diags) -> Attempt<'a> {
        match self.try_evaluate(node, diags) {
            Ok(evaluated) => Attempt::Done(Box::new(evaluated)),
            Err(Stop::Failed) => Attempt::Failed,
            Err(Stop::Waits(needed, at)) => Attempt::Waits(needed, at),
        }
    }

    fn try_evaluate(&mut self, node: NodeId, diags: &mut Diags) -> Result<Evaluated<'a>, Stop> {
        let Some(resource) = self.graph.resource(node) else { return Err(Stop::Failed) };
        let uid = resource.uid.clone();
        let identity = self.input.identity(uid.text());
        let asked_at = resource.mentions.first().map_or(Span::NONE, Mention::at);
        let wishes = self.wishes(node, diags)?;
        let metadata = self.metadata(node, diags)?;
        let contract = self.input.contract(uid.ty());
        let params = params::settle(uid.text(), contract, &wishes, asked_at, self.globals, &identity, diags)?;
        let names = self.starting_names(node, &uid, &params, &metadata);
        let mut scope = self.globals.child();
        names.iter().for_each(|(name, value)| scope.set(name.clone(), value.clone()));
        let (rule, choice) = self.choose(node, &uid, &scope, &identity, asked_at, diags)?;
        let mut names = names;
        let Taken { needs, said } = self.steps(node, rule, &identity, &mut names, diags)?;
        let mut scope = self.globals.child();
        names.iter().for_each(|(name, value)| scope.set(name.clone(), value.clone()));
        let fragments = Fragments { input: self.input, pack: rule.pack };
        let context = Context::new(&identity, &fragments, self.globals);
        let given = rule.outputs.eval(rule.outputs_at, &scope, &context, diags)?;
        let outputs = match contract {
            Some(contract) => outputs::settle(contract, rule, &given, &params, &identity, diags)?,
            None => given,
        };
        let view = names
            .iter()
            .find(|(name, _)| &**name == "resource")
            .map_or_else(|| Value::null(asked_at), |it| it.1.clone());
        Ok(Evaluated { node, uid, rule, choice, params, outputs, view, names, needs, said })
    }

    /// The params that everyone asks for. Waits where one reads an output that is not there yet.
    pub(super) fn wishes(&self, node: NodeId, diags: &mut Diags) -> Result<Vec<Wish>, Stop> {
        let Some(resource) = self.graph.resource(node) else { return Err(Stop::Failed) };
        let mut wishes = Vec::new();
        for mention in &resource.mentions {
            match mention {
                Mention::Score { workload, name, at } => {
                    let workload = &self.input.workloads[*workload];
                    let params = workload.resources.get(name).and_then(|it| it.params.as_ref());
                    let Some(params) = params else { continue };
                    let state = |node: NodeId| self.state(node);
                    let texts = Texts { graph: &self.graph, definitions: self.input.definitions, state: &state };
                    match texts.params(workload, params) {
                        Ok(value) => wishes.push(Wish { params: value, at: *at }),
                        Err(missing) => return Err(stop(missing, diags)),
                    }
                }
                Mention::Need { params: Some(params), at, .. } => wishes.push(Wish { params: params.clone(), at: *at }),
                Mention::Need { params: None, .. } | Mention::Workload { .. } => {}
            }
        }
        if let Some((params, at)) = self.assumed.params.get(&resource.uid) {
            wishes.push(Wish { params: params.clone(), at: *at });
        }
        Ok(wishes)
    }

    pub(super) fn state(&self, node: NodeId) -> State<'_> {
        match self.done.get(&node) {
            None => State::Open,
            Some(None) => State::Broken,
            Some(Some(evaluated)) => State::Ready(&evaluated.outputs),
        }
    }

    /// The metadata of a resource: all who give some must give the same.
    fn metadata(&self, node: NodeId, diags: &mut Diags) -> Result<Value, Stop> {
        let Some(resource) = self.graph.resource(node) else { return Err(Stop::Failed) };
        let mut found: Option<(&Value, Span)> = None;
        for mention in &resource.mentions {
            let Mention::Score { workload, name, at } = mention else { continue };
            let Some(metadata) = self.input.workloads[*workload].resources.get(name).map(|it| &it.metadata) else {
                continue;
            };
            if params::is_silent(metadata) {
                continue;
            }
            match found {
                None => found = Some((metadata, *at)),
                Some((before, place)) if before.data != metadata.data => {
                    let message = format!("`{}` is asked for with different metadata", resource.uid);
                    diags.push(
                        Diag::error(Code::ParamsConflict, *at, message)
                            .here("with this metadata")
                            .label(place, "and with other metadata here")
                            .help("give both the same metadata, or another `id`"),
                    );
                    return Err(Stop::Failed);
                }
                Some(_) => {}
            }
        }
        Ok(found.map_or_else(|| Value::null(Span::NONE), |(metadata, _)| metadata.clone()))
    }

    fn starting_names(&mut self, node: NodeId, uid: &Uid, params: &Value, metadata: &Value) -> Vec<(Arc<str>, Value)> {
        let key = self.keys.for_resource(uid);
        let requested: Vec<Arc<str>> = match (self.assumed.requested.get(uid), self.graph.resource(node)) {
            (Some(assumed), _) => assumed.clone(),
            (None, Some(resource)) => resource.requested.iter().cloned().collect(),
            (None, None) => Vec::new(),
        };
        let users = match self.assumed.users.get(uid) {
            Some(users) => users.clone(),
            None => self.graph.declared_by(node),
        };
        let view = self.graph.resource(node).map(|it| scope::resource_view(it, &key, metadata, &requested));
        vec![
            (Arc::from("params"), params.clone()),
            (Arc::from("resource"), view.unwrap_or_else(|| Value::null(Span::NONE))),
            (Arc::from("workload"), scope::owner_view(&self.input, &self.graph, node)),
            (Arc::from("users"), scope::users_view(&self.input, &users)),
        ]
    }

    fn choose(
        &mut self,
        node: NodeId,
        uid: &Uid,
        scope: &Scope<'_>,
        identity: &Identity,
        asked_at: Span,
        diags: &mut Diags,
    ) -> Result<(&'a Rule, Choice<'a>), Stop> {
        let declared = self.graph.declared_by(node);
        let workloads: Vec<&str> = declared.iter().map(|it| &*self.input.workloads[*it].name.value).collect();
        let environment = self.input.environment;
        let subject = Subject {
            ty: uid.ty(),
            class: uid.class(),
            id: uid.id(),
            workloads: &workloads,
            env: &environment.name,
            kind: &environment.kind,
            target: &environment.target,
        };
        let mut when = |expr: &crate::expr::Expr| {
            let value = expr.eval(scope, identity)?;
            value.as_bool().ok_or_else(|| {
                Diag::error(Code::ExprFailed, expr.at(), format!("expected true or false, found {}", value.kind()))
            })
        };
        let choice = diags.take(choose(self.input.definitions, &subject, &mut when)).ok_or(Stop::Failed)?;
        self.choices.entry(uid.clone()).or_insert_with(|| choice.clone());
        match choice.rule() {
            Some(rule) => Ok((rule, choice)),
            // Nobody asked for a rule for a workload: without one, annotations and the environment decide.
            None if choice.tied().is_empty() && self.graph.resource(node).is_some_and(|it| it.is_workload()) => {
                Err(Stop::Failed)
            }
            None => {
                diags.push(unmatched::problem(&self.input, uid, &choice, asked_at));
                Err(Stop::Failed)
            }
        }
    }

    /// What rules were told of users and of requested outputs, against what is true now.
    fn review(&mut self) {
        let mut late = std::mem::take(&mut self.late);
        for (node, evaluated) in self.done.iter().filter_map(|(node, it)| it.as_ref().map(|it| (*node, it))) {
            let (users, requested) = reads(evaluated.rule);
            if users {
                let now = self.graph.users(node);
                let told =
                    self.assumed.users.get(&evaluated.uid).cloned().unwrap_or_else(|| self.graph.declared_by(node));
                if now != told {
                    late.users.insert(evaluated.uid.clone(), now);
                }
            }
            if requested && let Some(resource) = self.graph.resource(node) {
                let now: Vec<Arc<str>> = resource.requested.iter().cloned().collect();
                let told =
                    evaluated.view.get("requested").and_then(Value::as_list).map(<[Value]>::len).unwrap_or_default();
                if now.len() != told {
                    late.requested.insert(evaluated.uid.clone(), now);
                }
            }
        }
        self.late = late;
    }
}

fn stop(missing: Missing, diags: &mut Diags) -> Stop {
    match missing {
        Missing::Waits(node, at) => Stop::Waits(node, at),
        Missing::Broken => Stop::Failed,
        Missing::Problem(diag) => {
            diags.push(*diag);
            Stop::Failed
        }
    }
}
