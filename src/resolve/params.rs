//! The parameters of a resource: what everyone who asks for it says, as one.
//!
//! Nobody's silence counts against anybody's wish, and an empty map is silence. Two wishes must agree after
//! the contract was applied. The outcome does not depend on who asked first.

use std::sync::Arc;

use crate::definition::{Param, ResourceType};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, or_list};
use crate::expr::{Identity, Scope};
use crate::source::Span;
use crate::template::{Context, Environment, Failed, Fragment};
use crate::value::{Map, Secret, Value};

/// A wish, and who has it.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub params: Value,
    pub at: Span,
}

/// Applies the contract to every wish and makes them one.
pub(super) fn settle(
    uid: &str,
    contract: Option<&ResourceType>,
    wishes: &[Wish],
    asked_at: Span,
    scope: &Scope<'_>,
    identity: &Identity,
    diags: &mut Diags,
) -> Result<Value, Failed> {
    let mut settled: Option<(Value, Span)> = None;
    for wish in wishes.iter().filter(|it| !is_silent(&it.params)) {
        let params = match contract {
            Some(contract) => apply(contract, &wish.params, wish.at, scope, identity, diags)?,
            None => wish.params.clone(),
        };
        match &settled {
            None => settled = Some((params, wish.at)),
            Some((before, at)) if before.data != params.data => {
                diags.push(conflict(uid, before, *at, &params, wish.at));
                return Err(Failed);
            }
            Some(_) => {}
        }
    }
    match (settled, contract) {
        (Some((params, _)), _) => Ok(params),
        (None, Some(contract)) => apply(contract, &Value::map(Map::new(), asked_at), asked_at, scope, identity, diags),
        (None, None) => Ok(Value::map(Map::new(), asked_at)),
    }
}

/// Whether nothing is wished for.
pub(super) fn is_silent(params: &Value) -> bool {
    params.is_null() || params.as_map().is_some_and(Map::is_empty)
}

fn conflict(uid: &str, before: &Value, before_at: Span, params: &Value, at: Span) -> Diag {
    let differs = |key: &Arc<str>| before.get(key).map(|it| &it.data) != params.get(key).map(|it| &it.data);
    let keys = before.as_map().into_iter().chain(params.as_map()).flat_map(Map::keys);
    let key = keys.into_iter().find(|it| differs(it)).cloned().unwrap_or_else(|| Arc::from("params"));
    let shown = |value: &Value| value.get(&key).map_or_else(|| "nothing".to_owned(), |it| format!("`{}`", it.shown()));
    Diag::error(Code::ParamsConflict, at, format!("`{uid}` is asked for with different params"))
        .here(format!("`{key}` is {} here", shown(params)))
        .label(before_at, format!("`{key}` is {} here", shown(before)))
        .help("give both the same params, or another `id`")
}

/// The wish in the contract's terms: defaults, other spellings, types, allowed values. What the contract does
/// not list stays, with a warning.
fn apply(
    contract: &ResourceType,
    params: &Value,
    at: Span,
    scope: &Scope<'_>,
    identity: &Identity,
    diags: &mut Diags,
) -> Result<Value, Failed> {
    let Some(given) = params.as_map() else {
        let message = format!("params of `{}` are to be a map, found {}", contract.name.value, params.kind());
        diags.push(Diag::error(Code::RuleParam, params.at, message));
        return Err(Failed);
    };
    let mut settled = Map::new();
    let mut outcome = Ok(());
    for param in contract.params.values().filter(|it| it.alias.is_none()) {
        match one(contract, param, given, at, scope, identity, diags) {
            Ok(value) => drop(settled.insert(param.name.value.clone(), value)),
            Err(Failed) => outcome = Err(Failed),
        }
    }
    for param in contract.params.values() {
        if let Some(alias) = &param.alias {
            let value = settled.get(&alias.value).cloned().unwrap_or_else(|| Value::null(at));
            settled.insert(param.name.value.clone(), value);
        }
    }
    for (key, value) in given.iter().filter(|(key, _)| !contract.params.contains_key(*key)) {
        warn_unknown(contract, key, value, diags);
        settled.insert(key.clone(), value.clone());
    }
    outcome.map(|()| Value::map(settled, params.at))
}

fn one(
    contract: &ResourceType,
    param: &Param,
    given: &Map,
    at: Span,
    scope: &Scope<'_>,
    identity: &Identity,
    diags: &mut Diags,
) -> Result<Value, Failed> {
    let name = &param.name.value;
    let spellings = contract.params.values().filter(|it| it.alias.as_ref().is_some_and(|it| it.value == *name));
    let names: Vec<&Arc<str>> = std::iter::once(name).chain(spellings.map(|it| &it.name.value)).collect();
    let mut values = names.iter().filter_map(|it| given.get(*it)).filter(|it| !it.is_null());
    let found = values.next().cloned();
    if let (Some(found), Some(second)) = (&found, values.find(|it| Some(&it.data) != found.as_ref().map(|it| &it.data)))
    {
        let message = format!(
            "{} are two spellings of one param, with different values",
            or_list(&names).replace(" or ", " and ")
        );
        diags.push(
            Diag::error(Code::RuleParam, second.at, message).label(found.at, "the other").help("keep one of them"),
        );
        return Err(Failed);
    }
    let value = match (found, &param.default) {
        (Some(value), _) => value,
        (None, Some(default)) => default.eval(scope, &Context::new(identity, &Alone, scope), diags)?,
        (None, None) if param.required => {
            let message = format!("`{}` needs the param `{name}`", contract.name.value);
            diags.push(
                Diag::error(Code::RuleParam, at, message)
                    .label(param.name.at, "required here")
                    .help(format!("add `{name}` to the `params` of the resource")),
            );
            return Err(Failed);
        }
        (None, None) => Value::null(at),
    };
    let place = value.at;
    let value = param.ty.convert(value).map_err(|problem| {
        let message = format!("param `{name}`: {problem}");
        diags.push(Diag::error(Code::RuleParam, place, message).label(param.name.at, "declared here"));
        Failed
    })?;
    match value.as_str() {
        Some(text) if !param.values.is_empty() && !param.values.iter().any(|it| **it == *text) => {
            let message = format!("param `{name}` cannot be `{text}`");
            diags.push(
                Diag::error(Code::RuleParam, value.at, message)
                    .label(param.name.at, "declared here")
                    .help(format!("write {}", or_list(&param.values))),
            );
            Err(Failed)
        }
        _ => Ok(value),
    }
}

fn warn_unknown(contract: &ResourceType, key: &str, value: &Value, diags: &mut Diags) {
    let message = format!("`{}` has no param `{key}`, so nothing reads it", contract.name.value);
    let help = did_you_mean(key, contract.params.keys().map(|it| &**it)).filter(|it| it.starts_with("did you mean"));
    diags.push(
        Diag::warning(Code::ParamUnknown, value.at, message)
            .label(contract.at, "the contract")
            .help(help.unwrap_or_else(|| format!("remove `{key}`, or add `param \"{key}\"` to the contract"))),
    );
}

/// Defaults stand alone: no fragments, no slots, no sinks.
pub(super) struct Alone;

impl Environment for Alone {
    fn fragment(&self, _: &str) -> Option<&Fragment> {
        None
    }

    fn slot(&self, _: &str, _: Option<&str>) -> Option<Value> {
        None
    }

    fn reveal(&self, secret: &Secret) -> Result<String, Diag> {
        Err(Diag::error(Code::SecretLeak, secret.at, "a secret can be revealed only in a file of the target"))
    }
}
