//! Policies: what a platform refuses, at the Score line that it is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Used;
use super::waivers::{Place, Waivers, applies};
use crate::definition::{About, Policy};
use crate::diag::{Code, Diag, Diags, Severity};
use crate::expr::{Identity, Scope};
use crate::resolve::Input;
use crate::source::Span;
use crate::template::{Context, Environment};
use crate::value::Value;

/// What policies look at.
pub(super) struct Subjects<'a> {
    pub workloads: &'a [Value],
    pub resources: &'a [Value],
    pub slots: &'a BTreeMap<Arc<str>, Value>,
}

/// Checks every policy that is for this environment.
pub(super) fn check(
    input: Input<'_>,
    subjects: &Subjects<'_>,
    scope: &Scope<'_>,
    waivers: &Waivers<'_>,
    watch: &dyn Fn(Used<'_>),
    diags: &mut Diags,
) {
    for policy in input.definitions.policies.iter().filter(|it| applies(input, &it.matches)) {
        let identity = input.identity(&format!("policy {}", policy.name.value));
        let surroundings = super::contribute::Surroundings { input, pack: policy.pack };
        let run = Run { policy, identity: &identity, surroundings: &surroundings, waivers, watch };
        run.check(subjects, scope, diags);
    }
}

struct Run<'a> {
    policy: &'a Policy,
    identity: &'a Identity,
    surroundings: &'a dyn Environment,
    waivers: &'a Waivers<'a>,
    watch: &'a dyn Fn(Used<'_>),
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

/// Where a subject is shown when the policy names no value: at its own name, else where it was written.
fn place_of(value: &Value) -> Span {
    ["name", "target", "uid"].iter().find_map(|key| value.get(key)).map_or(value.at, |it| it.at)
}

impl Run<'_> {
    fn check(&self, subjects: &Subjects<'_>, scope: &Scope<'_>, diags: &mut Diags) {
        match &self.policy.about {
            About::Resource => {
                for resource in subjects.resources {
                    let mut scope = scope.child();
                    scope.set("resource", resource.clone());
                    let place = Place { resource: text(resource, "id"), ..Place::default() };
                    self.one(&scope, resource, place, diags);
                }
            }
            About::Item(slot) => {
                let Some(slot) = subjects.slots.get(&slot.value) else { return };
                let by_key = slot.as_map().into_iter().flatten().map(|(key, it)| (Value::text(key.clone(), it.at), it));
                let by_index = slot.as_list().unwrap_or_default().iter().map(|it| (Value::null(it.at), it));
                for (name, item) in by_key.chain(by_index) {
                    let mut scope = scope.child();
                    scope.set("name", name);
                    scope.set("item", item.clone());
                    self.one(&scope, item, Place::default(), diags);
                }
            }
            about => subjects.workloads.iter().for_each(|it| self.workload(about, it, scope, diags)),
        }
    }

    fn workload(&self, about: &About, workload: &Value, scope: &Scope<'_>, diags: &mut Diags) {
        let mut scope = scope.child();
        scope.set("workload", workload.clone());
        let place = Place { workload: text(workload, "name"), ..Place::default() };
        match about {
            About::Workload => self.one(&scope, workload, place, diags),
            About::Port => {
                for port in list(workload, "ports") {
                    let mut scope = scope.child();
                    scope.set("port", port.clone());
                    self.one(&scope, port, place, diags);
                }
            }
            _ => list(workload, "containers").iter().for_each(|it| self.container(about, it, place, &scope, diags)),
        }
    }

    fn container(&self, about: &About, container: &Value, place: Place<'_>, scope: &Scope<'_>, diags: &mut Diags) {
        let mut scope = scope.child();
        scope.set("container", container.clone());
        let place = Place { container: text(container, "name"), ..place };
        let (key, name) = match about {
            About::File => ("files", "file"),
            About::Volume => ("volumes", "volume"),
            _ => return self.one(&scope, container, place, diags),
        };
        for item in list(container, key) {
            let mut scope = scope.child();
            scope.set(name, item.clone());
            self.one(&scope, item, place, diags);
        }
    }

    /// Looks at one subject.
    fn one(&self, scope: &Scope<'_>, subject: &Value, place: Place<'_>, diags: &mut Diags) {
        let policy = self.policy;
        if policy.when.as_ref().is_some_and(|it| self.holds(it, scope, diags) != Some(true)) {
            return;
        }
        (self.watch)(Used::Policy(&policy.name.value));
        let mut scope = scope.child();
        for (name, value) in &policy.lets {
            let value = {
                let context = Context::new(self.identity, self.surroundings, &scope);
                value.eval(&scope, &context, diags)
            };
            let Ok(value) = value else { return };
            scope.set(name.value.clone(), value);
        }
        if self.holds(&policy.require, &scope, diags) != Some(false) {
            return;
        }
        if self.waivers.policy(&policy.name.value, place) {
            return;
        }
        let diag = self.diag(&scope, subject, diags);
        diags.push(diag);
    }

    /// What a condition gives; `None` after a problem.
    fn holds(&self, condition: &crate::expr::Expr, scope: &Scope<'_>, diags: &mut Diags) -> Option<bool> {
        let value = diags.take(condition.eval(scope, self.identity))?;
        if value.as_bool().is_none() {
            let message = format!("expected true or false, found {}", value.kind());
            diags.push(Diag::error(Code::ExprFailed, condition.at(), message));
        }
        value.as_bool()
    }

    fn diag(&self, scope: &Scope<'_>, subject: &Value, diags: &mut Diags) -> Diag {
        let policy = self.policy;
        let context = Context::new(self.identity, self.surroundings, scope);
        let mut text = |template: &crate::template::Template| {
            template.eval(scope, &context, diags).map_or_else(|_| String::new(), |it| it.shown())
        };
        let message = format!("policy `{}`: {}", policy.name.value, text(&policy.message));
        let help = policy.help.as_ref().map(&mut text);
        let shown = policy.place.as_ref().and_then(|it| it.eval(scope, self.identity).ok()).map(|it| it.at);
        let at = shown.filter(|it| it.is_some()).unwrap_or_else(|| place_of(subject));
        let diag = match policy.severity {
            Severity::Error => Diag::error(Code::PolicyFailed, at, message),
            Severity::Warning => Diag::warning(Code::PolicyFailed, at, message),
            Severity::Note => Diag::note(Code::PolicyFailed, at, message),
        };
        let waive = format!("correct it, or add `waive \"{}\" because=\"…\"` to `scorec.kdl`", policy.name.value);
        diag.label(policy.require.at(), "the policy asks for this").help(help.unwrap_or(waive))
    }
}
