//! The steps of a rule: what it names, needs, requires and runs, in the order written.

use std::sync::Arc;

use super::Input;
use super::params::{self, Wish};
use super::pass::{Pass, Stop};
use super::program;
use super::reads::outputs_of;
use super::text::State;
use crate::definition::{Need, Require, Rule, Step};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::ir::{Edge, EdgeKind, Mention, NodeId, Uid};
use crate::source::Span;
use crate::template::{Context, Environment, Failed, Fragment};
use crate::value::{Secret, Value};

/// What came of the steps of a rule.
#[derive(Default)]
pub(super) struct Taken {
    /// What the rule needs, by the name it has there.
    pub needs: Vec<(Arc<str>, NodeId)>,
    /// What its programs have to say.
    pub said: Vec<Value>,
}

impl<'a> Pass<'a, '_> {
    /// All steps, in the order written. What they name is added to `names`.
    pub(super) fn steps(
        &mut self,
        node: NodeId,
        rule: &'a Rule,
        identity: &Identity,
        names: &mut Vec<(Arc<str>, Value)>,
        diags: &mut Diags,
    ) -> Result<Taken, Stop> {
        let mut taken = Taken::default();
        let fragments = Fragments { input: self.input, pack: rule.pack };
        for step in &rule.steps {
            let (name, value) = {
                let mut scope = self.globals.child();
                names.iter().for_each(|(name, value)| scope.set(name.clone(), value.clone()));
                let context = Context::new(identity, &fragments, self.globals);
                match step {
                    Step::Let { name, value } => (name.value.clone(), value.eval(&scope, &context, diags)?),
                    Step::Require(require) => {
                        demand(require, &scope, identity, &context, diags)?;
                        continue;
                    }
                    Step::Run(run) => {
                        let Some(uid) = self.graph.resource(node).map(|it| it.uid.clone()) else {
                            return Err(Stop::Failed);
                        };
                        let place = program::Place { uid: &uid, rule, globals: self.globals, names, context: &context };
                        let (view, said) = program::run(self.input.programs, run, &place, diags)?;
                        taken.said.extend(said);
                        (run.name.value.clone(), view)
                    }
                    Step::Need(need) => {
                        let needed = self.need(node, rule, need, identity, &scope, diags)?;
                        let outputs = match self.state(needed) {
                            State::Open => return Err(Stop::Waits(needed, need.at)),
                            State::Broken => return Err(Stop::Failed),
                            State::Ready(outputs) => outputs.clone(),
                        };
                        taken.needs.push((need.name.value.clone(), needed));
                        (need.name.value.clone(), outputs)
                    }
                }
            };
            names.push((name, value));
        }
        Ok(taken)
    }

    /// The resource that a rule needs; asked for once, however often the attempt is repeated.
    fn need(
        &mut self,
        node: NodeId,
        rule: &Rule,
        need: &Need,
        identity: &Identity,
        scope: &Scope<'_>,
        diags: &mut Diags,
    ) -> Result<NodeId, Stop> {
        if let Some(known) = self.needs.get(&(node, need.name.value.clone())) {
            return Ok(*known);
        }
        let Some(by) = self.graph.resource(node).map(|it| it.uid.clone()) else { return Err(Stop::Failed) };
        let mut text = |it: &Option<crate::expr::Interpolation>| match it {
            None => Ok(None),
            Some(it) => diags.take(it.eval_text(scope, identity)).map(Some).ok_or(Stop::Failed),
        };
        let (class, id) = (text(&need.class)?, text(&need.id)?);
        let id = id.unwrap_or_else(|| Arc::from(format!("{}.{}", by.id(), need.name.value)));
        let params = match &need.params {
            None => None,
            Some(body) => {
                let fragments = Fragments { input: self.input, pack: rule.pack };
                let context = Context::new(identity, &fragments, self.globals);
                Some(body.eval(need.at, scope, &context, diags)?)
            }
        };
        let uid = Uid::new(&need.ty.value, class.as_deref(), &id);
        let mention = Mention::Need { by: node, params: params.clone(), at: need.at };
        let needed = self.graph.mention(uid.clone(), mention);
        self.graph.connect(node, needed, Edge { kind: EdgeKind::Need, at: need.at });
        for key in outputs_of(rule, &need.name.value) {
            self.graph.request(needed, Some(&key));
        }
        self.needs.insert((node, need.name.value.clone()), needed);
        if let Some(params) = params.filter(|it| !params::is_silent(it))
            && self.done.contains_key(&needed)
        {
            self.compare(needed, &uid, params, need.at, diags)?;
        }
        Ok(needed)
    }

    /// Someone asks with params for what was evaluated before. The same is nothing new; what others did not
    /// wish for at all the next pass must know; what they wish otherwise is a conflict. Looks at the others
    /// only when something differs: a server may be shared by thousands.
    fn compare(&mut self, needed: NodeId, uid: &Uid, params: Value, at: Span, diags: &mut Diags) -> Result<(), Stop> {
        let contract = self.input.contract(uid.ty());
        let identity = self.input.identity(uid.text());
        let own = [Wish { params: params.clone(), at }];
        let settled = params::settle(uid.text(), contract, &own, at, self.globals, &identity, diags)?;
        let before = self.done.get(&needed).and_then(|it| it.as_ref()).map(|it| &it.params.data);
        if before.is_none_or(|it| *it == settled.data) {
            return Ok(());
        }
        let wishes = self.wishes(needed, diags)?;
        params::settle(uid.text(), contract, &wishes, at, self.globals, &identity, diags)?;
        self.late.params.insert(uid.clone(), (params, at));
        Ok(())
    }
}

/// What a rule requires must hold; otherwise it refuses the resource.
fn demand(
    require: &Require,
    scope: &Scope<'_>,
    identity: &Identity,
    context: &Context<'_>,
    diags: &mut Diags,
) -> Result<(), Failed> {
    let value = diags.take(require.condition.eval(scope, identity)).ok_or(Failed)?;
    if value.as_bool() == Some(true) {
        return Ok(());
    }
    let message = require.message.eval(scope, context, diags)?;
    let mut diag = Diag::error(Code::RuleFailed, require.at, message.shown());
    if let Some(help) = &require.help {
        diag = diag.help(help.eval(scope, context, diags)?.shown());
    }
    diags.push(diag);
    Err(Failed)
}

/// The fragments of the pack that a rule came with.
pub(super) struct Fragments<'a> {
    pub input: Input<'a>,
    pub pack: usize,
}

impl Environment for Fragments<'_> {
    fn fragment(&self, name: &str) -> Option<&Fragment> {
        self.input.definitions.packs.get(self.pack)?.fragments.get(name)
    }

    fn slot(&self, _: &str, _: Option<&str>) -> Option<Value> {
        None
    }

    fn reveal(&self, secret: &Secret) -> Result<String, Diag> {
        params::Alone.reveal(secret)
    }
}
