//! The options of one workload: what a rule decides for it, what it asks for by annotation, and what holds for the
//! whole environment, in this order.

use std::sync::Arc;

use crate::definition::{TargetOption, WORKLOAD_TYPE};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, or_list};
use crate::ir::Uid;
use crate::resolve::{Input, Resolved};
use crate::score::Workload;
use crate::value::{Data, Map, Value};

/// The view `options` of a workload, every option present. `None` after a problem.
pub(super) fn of(input: Input<'_>, resolved: &Resolved<'_>, workload: &Workload, diags: &mut Diags) -> Option<Value> {
    let own: Vec<&TargetOption> = input.target.options.values().filter(|it| it.per_workload).collect();
    let uid = Uid::new(WORKLOAD_TYPE, None, &workload.name.value);
    let decided = resolved.graph.find(&uid).and_then(|node| resolved.resources.get(&node)).map(|it| &it.outputs);
    let mut options = Map::new();
    let mut complete = unknown(input, workload, diags);
    for option in own {
        let name = &option.name.value;
        let by_rule = decided.and_then(|it| it.get(name)).filter(|it| !it.is_null()).cloned();
        let asked = diags.take(annotated(option, workload));
        complete &= asked.is_some();
        let value = by_rule.or(asked.flatten());
        let value = value.or_else(|| input.environment.options.get(name).cloned());
        options.insert(name.clone(), value.unwrap_or_else(|| Value::null(option.name.at)));
    }
    complete.then(|| Value::map(options, workload.name.at))
}

/// What the workload's annotation asks for, in the option's type.
fn annotated(option: &TargetOption, workload: &Workload) -> Result<Option<Value>, Diag> {
    let Some(annotation) = &option.annotation else { return Ok(None) };
    let Some(text) = workload.metadata.get("annotations").and_then(|it| it.get(&annotation.value)) else {
        return Ok(None);
    };
    let wrong = |problem: String| {
        Diag::error(Code::AnnotationValue, text.at, format!("annotation `{}`: {problem}", annotation.value))
            .label(annotation.at, "declared here")
    };
    if let Some(plain) = text.as_str()
        && !option.values.is_empty()
        && !option.values.iter().any(|it| **it == *plain)
    {
        return Err(wrong(format!("it cannot be `{plain}`")).help(format!("write {}", or_list(&option.values))));
    }
    let given = if option.ty == crate::definition::Type::List { items(text) } else { text.clone() };
    option.ty.convert(given).map(Some).map_err(wrong)
}

/// A list in an annotation: items between commas.
fn items(text: &Value) -> Value {
    let plain = text.as_str().unwrap_or_default();
    let items = plain.split(',').map(str::trim).filter(|it| !it.is_empty());
    Value::new(Data::List(Arc::new(items.map(|it| Value::text(it, text.at)).collect())), text.at)
}

/// Reports annotations below a prefix of the target that no option declares; gives whether there are none.
fn unknown(input: Input<'_>, workload: &Workload, diags: &mut Diags) -> bool {
    let declared: Vec<&str> =
        input.target.options.values().filter_map(|it| it.annotation.as_ref()).map(|it| &*it.value).collect();
    let annotations = workload.metadata.get("annotations").and_then(Value::as_map);
    let mut complete = true;
    for (key, value) in annotations.into_iter().flatten() {
        let prefix = input.target.annotations.iter().find(|it| key.starts_with(&*it.value));
        if let Some(prefix) = prefix.filter(|_| !declared.contains(&&**key)) {
            let message = format!("target `{}` knows no annotation `{key}`", input.target.name.value);
            diags.push(
                Diag::error(Code::AnnotationUnknown, value.at, message)
                    .label(prefix.at, "the target claims this prefix")
                    .maybe_help(did_you_mean(key, declared.iter().copied())),
            );
            complete = false;
        }
    }
    complete
}
