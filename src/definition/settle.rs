//! The environment of a run: `extends` followed, `vars` and `options` computed.

use std::sync::Arc;

use super::target::{Target, TargetOption};
use super::{Definitions, Environment, variable};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::source::Span;
use crate::template::{Context, Fragment};
use crate::value::{Map, Secret, Value};

/// An environment with nothing left to look up.
#[derive(Clone, Debug)]
pub struct Settled {
    pub name: Arc<str>,
    /// `development` where no definition says otherwise.
    pub kind: Arc<str>,
    pub target: Arc<str>,
    pub vars: Value,
    /// The target's options, every one of them present.
    pub options: Value,
    pub generate_key: bool,
    pub at: Span,
}

/// What a build asks for beside the name of the environment.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    pub target: Option<Arc<str>>,
    /// Options from the command line: name, value, place.
    pub options: Vec<(Arc<str>, Value)>,
}

/// Settles the environment `name` of a project with the view `project`.
pub fn settle(
    definitions: &Definitions,
    name: &str,
    wishes: &Wishes,
    project: &Value,
    diags: &mut Diags,
) -> Option<Settled> {
    let chain = chain(definitions, name, diags)?;
    let nearest = chain[0];
    if nearest.is_abstract {
        let message = format!("environment `{name}` is only a base for others");
        diags.push(
            Diag::error(Code::EnvironmentUnknown, nearest.name.at, message)
                .here("declared `abstract` here")
                .maybe_help(did_you_mean_environment(definitions, name)),
        );
        return None;
    }
    let target_name =
        wishes.target.clone().or_else(|| chain.iter().find_map(|it| it.target.as_ref()).map(|it| it.value.clone()));
    let target = find_target(definitions, nearest, &chain, target_name.as_deref(), diags)?;
    let kind =
        chain.iter().find_map(|it| it.kind.as_ref()).map_or_else(|| Arc::from("development"), |it| it.value.clone());
    let identity = Identity::new("", name, "environment");
    let mut scope = Scope::new();
    scope.set("project", project.clone());
    let view = Value::object(
        [("name", Value::text(name, nearest.at)), ("kind", Value::text(kind.clone(), nearest.at))],
        nearest.at,
    );
    scope.set("env", view.clone());
    let vars = layered(&chain, |it| &it.vars, &scope, &identity, diags)?;
    let context = Context::new(&identity, &NoEnvironment, &scope);
    let vars = Value::map(variable::complete(definitions, vars, &context, &scope, diags)?, nearest.at);
    // Options may follow from variables.
    let mut view = view.as_map().cloned().unwrap_or_default();
    view.insert(Arc::from("vars"), vars.clone());
    let mut scope = scope.child();
    scope.set("env", Value::map(view, nearest.at));
    let asked = layered(&chain, |it| &it.options, &scope, &identity, diags)?;
    let options = options(target, asked, wishes, &scope, &identity, diags)?;
    Some(Settled {
        name: Arc::from(name),
        kind,
        target: target.name.value.clone(),
        vars,
        options: Value::map(options, nearest.at),
        generate_key: chain.iter().find_map(|it| it.generate_key).unwrap_or(false),
        at: nearest.at,
    })
}

/// The environment and what it extends, nearest first.
pub fn chain<'a>(definitions: &'a Definitions, name: &str, diags: &mut Diags) -> Option<Vec<&'a Environment>> {
    let Some(first) = definitions.environments.iter().find(|it| *it.name.value == *name) else {
        let help = did_you_mean_environment(definitions, name);
        diags.push(
            Diag::error(Code::EnvironmentUnknown, Span::NONE, format!("no environment `{name}`")).maybe_help(help),
        );
        return None;
    };
    let mut chain = vec![first];
    while let Some(base) = chain[chain.len() - 1].extends.as_ref() {
        let here = chain[chain.len() - 1];
        // An environment may refine the one of its own name in a farther layer.
        let found = definitions
            .environments
            .iter()
            .find(|it| it.name.value == base.value && (base.value != here.name.value || it.layer > here.layer));
        let Some(found) = found else {
            let help = did_you_mean_environment(definitions, &base.value);
            let message = format!("no environment `{}` to extend", base.value);
            diags.push(Diag::error(Code::EnvironmentUnknown, base.at, message).maybe_help(help));
            return None;
        };
        if let Some(start) = chain.iter().position(|it| std::ptr::eq(*it, found)) {
            diags.push(circle(&chain[start..]));
            return None;
        }
        chain.push(found);
    }
    Some(chain)
}

/// Environments that extend one another in a circle. Whichever of them was asked for, the problem is the same.
fn circle(members: &[&Environment]) -> Diag {
    let mut edges: Vec<_> = members.iter().filter_map(|it| it.extends.as_ref().map(|base| (&it.name, base))).collect();
    edges.sort_by_key(|(_, base)| (base.at.file, base.at.start));
    let (name, at) = edges.first().map_or((Arc::from(""), Span::NONE), |(it, base)| (it.value.clone(), base.at));
    let mut diag = Diag::error(Code::DependencyCycle, at, format!("environment `{name}` extends itself"));
    for (index, (name, base)) in edges.into_iter().enumerate() {
        let text = format!("`{}` extends `{}`", name.value, base.value);
        diag = if index == 0 { diag.here(text) } else { diag.label(base.at, text) };
    }
    diag.help("remove one of the `extends`")
}

fn did_you_mean_environment(definitions: &Definitions, name: &str) -> Option<String> {
    did_you_mean(name, definitions.environments.iter().filter(|it| !it.is_abstract).map(|it| &*it.name.value))
}

pub(super) fn find_target<'a>(
    definitions: &'a Definitions,
    nearest: &Environment,
    chain: &[&Environment],
    name: Option<&str>,
    diags: &mut Diags,
) -> Option<&'a Target> {
    let Some(name) = name else {
        let message = format!("environment `{}` names no target", nearest.name.value);
        diags.push(
            Diag::error(Code::TargetUnknown, nearest.name.at, message).help("add `target=\"…\"`, or give `--target`"),
        );
        return None;
    };
    let found = definitions.targets.get(name);
    if found.is_none() {
        let at = chain
            .iter()
            .find_map(|it| it.target.as_ref())
            .filter(|it| *it.value == *name)
            .map_or(Span::NONE, |it| it.at);
        let help = did_you_mean(name, definitions.targets.keys().map(|it| &**it));
        diags.push(Diag::error(Code::TargetUnknown, at, format!("no target `{name}`")).maybe_help(help));
    }
    found
}

/// The bodies of a chain, the farthest first, so that a nearer one overrides by key.
fn layered(
    chain: &[&Environment],
    body: impl Fn(&Environment) -> &crate::template::Body,
    scope: &Scope<'_>,
    identity: &Identity,
    diags: &mut Diags,
) -> Option<Map> {
    let context = Context::new(identity, &NoEnvironment, scope);
    let mut merged = Map::new();
    for environment in chain.iter().rev() {
        let value = body(environment).eval(environment.at, scope, &context, diags).ok()?;
        if let Some(map) = value.as_map() {
            merged.extend(map.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
    }
    Some(merged)
}

/// Every option of the target: asked for, or its default, or nothing; in its type.
fn options(
    target: &Target,
    mut asked: Map,
    wishes: &Wishes,
    scope: &Scope<'_>,
    identity: &Identity,
    diags: &mut Diags,
) -> Option<Map> {
    for (name, value) in &wishes.options {
        // A list option collects what environment and command line ask for.
        let joined = match (asked.get(name).and_then(Value::as_list), value.as_list()) {
            (Some(before), Some(more)) => Value::list([before, more].concat(), value.at),
            _ => value.clone(),
        };
        asked.insert(name.clone(), joined);
    }
    for (name, value) in &asked {
        if !target.options.contains_key(name) {
            let message = format!("target `{}` has no option `{name}`", target.name.value);
            let help = did_you_mean(name, target.options.keys().map(|it| &**it));
            diags.push(Diag::error(Code::TargetOption, value.at, message).maybe_help(help));
        }
    }
    let mut options = Map::new();
    for option in target.options.values() {
        let value = match (asked.get(&option.name.value), &option.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => default.eval(scope, &Context::new(identity, &NoEnvironment, scope), diags).ok()?,
            (None, None) => Value::null(option.name.at),
        };
        if let Some(value) = check_option(option, value, diags) {
            options.insert(option.name.value.clone(), value);
        }
    }
    (!diags.has_errors()).then_some(options)
}

fn check_option(option: &TargetOption, value: Value, diags: &mut Diags) -> Option<Value> {
    let at = value.at;
    let name = &option.name.value;
    match option.ty.convert(value) {
        Ok(value) => {
            let allowed = &option.values;
            if let Some(text) = value.as_str()
                && !allowed.is_empty()
                && !allowed.iter().any(|it| **it == *text)
            {
                let message = format!("option `{name}` cannot be `{text}`");
                let help = format!("write {}", crate::diag::or_list(allowed));
                diags.push(
                    Diag::error(Code::TargetOption, at, message).label(option.name.at, "declared here").help(help),
                );
                return None;
            }
            Some(value)
        }
        Err(problem) => {
            let message = format!("option `{name}`: {problem}");
            diags.push(Diag::error(Code::TargetOption, at, message).label(option.name.at, "declared here"));
            None
        }
    }
}

/// Vars and options stand alone: no fragments, no slots, no sinks.
struct NoEnvironment;

impl crate::template::Environment for NoEnvironment {
    fn fragment(&self, _: &str) -> Option<&Fragment> {
        None
    }

    fn slot(&self, _: &str, _: Option<&str>) -> Option<Value> {
        None
    }

    fn reveal(&self, secret: &Secret) -> Result<String, Diag> {
        Err(Diag::error(Code::SecretLeak, secret.at, "a secret cannot be revealed here"))
    }
}
