//! The rules engine: every resource gets a rule, parameters and outputs.
//!
//! In: the Score models, the definitions and the settled environment. Out: [`Resolved`]: the graph with every
//! resource that any rule needs, in an order in which each comes after what it needs, each with its outputs.
//! Growth of the graph and evaluation go together, since the parameters of a need may be the outputs of
//! another; see [`pass`]. Writes nothing and knows no output format.

mod outputs;
mod params;
mod pass;
mod program;
mod reads;
mod reply;
mod scope;
mod steps;
mod text;
mod unmatched;

pub use program::{NoPrograms, ProgramRequest, Programs, skipped};
pub use reply::{ProgramReply, REPLY_LIMIT, printable};
pub use text::Texts;
pub use unmatched::why;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::definition::{Choice, Definitions, ResourceType, Rule, Settled, Target};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::ir::keys::Keys;
use crate::ir::{Graph, NodeId, Uid};
use crate::score::Workload;
use crate::source::Span;
use crate::value::Value;

/// Everything that decides the outcome.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// In name order.
    pub workloads: &'a [Workload],
    pub definitions: &'a Definitions,
    pub environment: &'a Settled,
    pub target: &'a Target,
    /// The view `project`.
    pub project: &'a Value,
    /// What runs the programs that rules name.
    pub programs: &'a dyn Programs,
}

/// A resource with its rule and what the rule gave.
#[derive(Debug)]
pub struct Evaluated<'a> {
    pub node: NodeId,
    pub uid: Uid,
    pub rule: &'a Rule,
    /// Why this rule, and why not the others.
    pub choice: Choice<'a>,
    pub params: Value,
    pub outputs: Value,
    /// The view `resource`.
    pub view: Value,
    /// The names that the rule's bodies see beside the global ones: `params`, `resource`, lets, needs, ….
    pub names: Vec<(Arc<str>, Value)>,
    /// What the rule needs, by the name it has there.
    pub needs: Vec<(Arc<str>, NodeId)>,
    /// What the programs of the rule have to say.
    pub said: Vec<Value>,
}

/// The keys of the containers of one workload, by their names.
pub type ContainerKeys = BTreeMap<Arc<str>, Arc<str>>;

/// The outcome.
pub struct Resolved<'a> {
    pub graph: Graph,
    /// In topological order.
    pub order: Vec<NodeId>,
    pub resources: BTreeMap<NodeId, Evaluated<'a>>,
    /// By workload index.
    pub containers: Vec<ContainerKeys>,
    pub globals: Scope<'a>,
}

impl<'a> Input<'a> {
    /// The contract of a type: of the target for workloads, else of the definitions.
    pub(crate) fn contract(&self, ty: &str) -> Option<&'a ResourceType> {
        let own = self.target.workload.as_ref().filter(|it| *it.name.value == *ty);
        own.or_else(|| self.definitions.types.get(ty))
    }

    pub(crate) fn identity(&self, uid: &str) -> Identity {
        let project = self.project.get("name").and_then(Value::as_str).unwrap_or_default();
        Identity::new(project, self.environment.name.clone(), uid)
    }

    /// A resource as messages name it: as its Score file does, or by uid.
    pub(crate) fn name_of(&self, graph: &Graph, node: NodeId) -> String {
        graph.resource(node).map_or_else(|| "a workload".to_owned(), |it| it.uid.to_string())
    }
}

/// More passes than this mean that a rule answers its own question differently every time.
const MAX_PASSES: usize = 8;

/// What could be found out, also where a resource has no rule or its rule fails.
pub struct Explored<'a> {
    pub graph: Graph,
    /// The resources that could be evaluated.
    pub resources: BTreeMap<NodeId, Evaluated<'a>>,
    /// The choice for every resource for which rules were compared, also where none was chosen.
    pub choices: BTreeMap<NodeId, Choice<'a>>,
    /// What was reported for each resource that failed by itself; one that needs it failed with it.
    pub failures: BTreeMap<NodeId, Diags>,
    containers: Vec<ContainerKeys>,
}

/// Resolves every resource. `None` after errors; whatever could be found out has been reported then.
pub fn resolve<'a>(input: Input<'a>, diags: &mut Diags) -> Option<Resolved<'a>> {
    let explored = explore(input, diags);
    if diags.has_errors() || explored.skips_programs() {
        return None;
    }
    let name_of = |node: NodeId| input.name_of(&explored.graph, node);
    let order = explored.graph.order(&name_of, diags)?;
    let Explored { graph, resources, containers, .. } = explored;
    Some(Resolved { graph, order, resources, containers, globals: scope::globals(&input) })
}

impl Explored<'_> {
    /// Whether something is unknown because a program was not run, which is no error.
    fn skips_programs(&self) -> bool {
        self.failures.values().any(|it| it.iter().any(|diag| diag.code == Code::RunSkipped))
    }
}

/// As [`resolve`], but gives what there is after errors, for commands that explain.
pub fn explore<'a>(input: Input<'a>, diags: &mut Diags) -> Explored<'a> {
    let mut assumed = pass::Assumptions::default();
    let mut passes = 0;
    loop {
        let mut found = Diags::default();
        let outcome = pass::run(input, &assumed, &mut found);
        passes += 1;
        match outcome.revised {
            Some(next) if passes < MAX_PASSES => {
                assumed = next;
                continue;
            }
            Some(_) => diags.push(unsettled()),
            None => diags.append(found),
        }
        let (graph, resources, containers) = (outcome.graph, outcome.resources, outcome.containers);
        let choices =
            outcome.choices.into_iter().filter_map(|(uid, choice)| graph.find(&uid).map(|it| (it, choice))).collect();
        return Explored { graph, resources, choices, failures: outcome.failures, containers };
    }
}

fn unsettled() -> Diag {
    let message = "the rules never settle: what they need changes with what they are told";
    Diag::error(Code::ExprLimit, Span::NONE, message)
        .help("let no `id` or `params` of a `needs` depend on `users` or `resource.requested`")
}

pub(crate) fn container_keys(workloads: &[Workload]) -> (Keys, Vec<ContainerKeys>) {
    let pairs: Vec<(&str, &str)> = workloads
        .iter()
        .flat_map(|workload| workload.containers.keys().map(|it| (&*workload.name.value, &**it)))
        .collect();
    let (keys, named) = Keys::for_containers(&pairs);
    let mut named = named.into_iter();
    let containers = workloads.iter().map(|it| it.containers.keys().cloned().zip(named.by_ref()).collect()).collect();
    (keys, containers)
}

impl Resolved<'_> {
    /// The text of a template in the scope of a workload.
    pub fn text(&self, input: Input<'_>, workload: usize, template: &crate::score::Template) -> Result<Value, Diag> {
        let state = |node: NodeId| match self.resources.get(&node) {
            Some(evaluated) => text::State::Ready(&evaluated.outputs),
            None => text::State::Broken,
        };
        let texts = Texts { graph: &self.graph, definitions: input.definitions, state: &state };
        texts.text(&input.workloads[workload], template).map_err(|missing| match missing {
            text::Missing::Problem(diag) => *diag,
            text::Missing::Waits(_, at) => crate::bug!("a resource without outputs at {at:?}"),
            text::Missing::Broken => crate::bug!("a broken resource after resolution"),
        })
    }

    /// The outputs of the resource that a workload calls `name`, and the place of its rule.
    #[must_use]
    pub fn outputs_of(&self, input: Input<'_>, workload: usize, name: &str) -> Option<(&Value, Span)> {
        let workload = &input.workloads[workload];
        let uid = Uid::of(&workload.name.value, workload.resources.get(name)?);
        let evaluated = self.resources.get(&self.graph.find(&uid)?)?;
        Some((&evaluated.outputs, evaluated.rule.at))
    }
}
