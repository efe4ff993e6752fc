//! The outputs of a resource, held to its contract.

use std::sync::Arc;

use super::params::Alone;
use crate::definition::{Output, ResourceType, Rule};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::template::{Context, Failed};
use crate::value::{Data, Map, Part, Secret, SecretOrigin, Text, Value};

/// Holds what a rule gave to the contract: nothing missing, nothing unknown, right types, secrets marked, and
/// derived outputs computed.
pub(super) fn settle(
    contract: &ResourceType,
    rule: &Rule,
    given: &Value,
    params: &Value,
    identity: &Identity,
    diags: &mut Diags,
) -> Result<Value, Failed> {
    let empty = Map::new();
    let given = given.as_map().unwrap_or(&empty);
    let mut settled = Map::new();
    let mut outcome = Ok(());
    for output in contract.outputs.values() {
        match given.get(&output.name.value) {
            Some(value) => match convert(contract, output, rule, value, identity, diags) {
                Ok(value) => drop(settled.insert(output.name.value.clone(), value)),
                Err(Failed) => outcome = Err(Failed),
            },
            None if output.value.is_none() => {
                diags.push(missing(contract, output, rule));
                outcome = Err(Failed);
            }
            None => {}
        }
    }
    for (key, value) in given.iter().filter(|(key, _)| !contract.outputs.contains_key(*key)) {
        if contract.open {
            settled.insert(key.clone(), value.clone());
        } else {
            let message = format!("`{}` has no output `{key}`", contract.name.value);
            let known = did_you_mean(key, contract.outputs.keys().map(|it| &**it));
            diags.push(
                Diag::error(Code::RuleOutput, value.at, message).label(contract.at, "the contract").maybe_help(known),
            );
            outcome = Err(Failed);
        }
    }
    outcome?;
    derive(contract, rule, settled, params, identity, diags)
}

/// Derived outputs, in the order of the contract; each sees those before it.
fn derive(
    contract: &ResourceType,
    rule: &Rule,
    mut settled: Map,
    params: &Value,
    identity: &Identity,
    diags: &mut Diags,
) -> Result<Value, Failed> {
    let at = rule.outputs_at;
    for output in contract.outputs.values() {
        let Some(template) = output.value.as_ref().filter(|_| !settled.contains_key(&output.name.value)) else {
            continue;
        };
        let mut scope = Scope::new();
        scope.set("outputs", Value::map(settled.clone(), at));
        scope.set("params", params.clone());
        let value = template.eval(&scope, &Context::new(identity, &Alone, &scope), diags)?;
        let value = convert(contract, output, rule, &value, identity, diags)?;
        settled.insert(output.name.value.clone(), value);
    }
    // In the order of the contract, whoever computed what.
    let order = contract.outputs.keys().filter_map(|key| settled.get_key_value(key));
    let listed: Map = order.map(|(key, value)| (key.clone(), value.clone())).collect();
    let others = settled.into_iter().filter(|(key, _)| !contract.outputs.contains_key(key));
    let all: Map = listed.into_iter().chain(others.collect::<Map>()).collect();
    Ok(Value::map(all, at))
}

fn missing(contract: &ResourceType, output: &Output, rule: &Rule) -> Diag {
    let name = &output.name.value;
    let message = format!("rule `{}` does not give the output `{name}`", rule.name.value);
    Diag::error(Code::RuleOutput, rule.outputs_at, message)
        .label(output.name.at, format!("the contract of `{}` asks for it", contract.name.value))
        .help(format!("add `{name} \"…\"` to `outputs`"))
}

fn convert(
    contract: &ResourceType,
    output: &Output,
    rule: &Rule,
    value: &Value,
    identity: &Identity,
    diags: &mut Diags,
) -> Result<Value, Failed> {
    let name = &output.name.value;
    let place = if value.at.is_some() { value.at } else { rule.outputs_at };
    let value = output.ty.convert(value.clone()).map_err(|problem| {
        let message = format!("output `{name}` of `{}`: {problem}", contract.name.value);
        diags.push(Diag::error(Code::RuleOutput, place, message).label(output.name.at, "declared here"));
        Failed
    })?;
    Ok(if output.secret { hide(value, name, identity) } else { value })
}

/// Plain text that a contract calls secret becomes one.
fn hide(value: Value, label: &Arc<str>, identity: &Identity) -> Value {
    match &value.data {
        Data::Text(text) if !text.has_secret() && !text.parts().iter().any(|it| matches!(it, Part::Deferred(_))) => {
            let Some(plain) = text.plain_arc().filter(|it| !it.is_empty()) else { return value };
            let secret = Secret {
                owner: identity.uid.clone(),
                label: label.clone(),
                origin: SecretOrigin::Literal(plain),
                at: value.at,
            };
            Value::new(Data::Text(Text::secret(secret)), value.at)
        }
        _ => value,
    }
}
