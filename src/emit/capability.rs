//! The capability table: a Score feature that the target cannot express is refused at its own line.
//!
//! Fails closed: what the table does not mention cannot be expressed.

use std::collections::BTreeSet;

use super::waivers::{Place, Waivers};
use crate::definition::Refusal;
use crate::diag::{Code, Diag, Diags, Severity};
use crate::resolve::{Input, Resolved};
use crate::score::{Feature, Workload};
use crate::source::Span;
use crate::value::Value;

/// Refuses what needs no condition to be looked at.
pub(super) fn check_plain(input: Input<'_>, waivers: &Waivers<'_>, diags: &mut Diags) {
    for workload in input.workloads {
        let mut seen = BTreeSet::new();
        // One file that cannot be expressed says it for all files of the container.
        for feature in workload.features.iter().filter(|it| seen.insert((it.name, it.container.clone()))) {
            check_feature(input, workload, feature, waivers, diags);
        }
    }
}

fn check_feature(input: Input<'_>, workload: &Workload, feature: &Feature, waivers: &Waivers<'_>, diags: &mut Diags) {
    let found = match input.target.capabilities.get(feature.name) {
        None => vec![refused(input, feature, None, input.target.name.at)],
        Some(list) => list
            .iter()
            .filter_map(|it| it.refused.as_ref().filter(|it| it.when.is_none()).map(|refusal| (it, refusal)))
            .map(|(it, refusal)| refused(input, feature, Some(refusal), it.at))
            .collect(),
    };
    if !found.is_empty() && !is_waived(workload, feature, waivers) {
        found.into_iter().for_each(|it| diags.push(it));
    }
}

fn is_waived(workload: &Workload, feature: &Feature, waivers: &Waivers<'_>) -> bool {
    let place =
        Place { workload: Some(&workload.name.value), container: feature.container.as_deref(), ..Place::default() };
    waivers.feature(feature.name, place)
}

/// Refuses what the table refuses under a condition on workload and container.
pub(super) fn check_conditions(
    input: Input<'_>,
    resolved: &Resolved<'_>,
    views: &[Value],
    waivers: &Waivers<'_>,
    diags: &mut Diags,
) {
    let identity = input.identity("target");
    for (workload, view) in input.workloads.iter().zip(views) {
        for feature in &workload.features {
            let list = input.target.capabilities.get(feature.name).map(Vec::as_slice).unwrap_or_default();
            for capability in list {
                let Some(refusal) = &capability.refused else { continue };
                let Some(when) = &refusal.when else { continue };
                let mut scope = resolved.globals.child();
                scope.set("workload", view.clone());
                let container = container(view, feature);
                scope.set("item", item(&container, feature));
                scope.set("container", container);
                match when.eval(&scope, &identity).map(|it| it.as_bool()) {
                    Ok(Some(false)) => {}
                    Ok(_) if is_waived(workload, feature, waivers) => {}
                    Ok(_) => diags.push(refused(input, feature, Some(refusal), capability.at)),
                    Err(diag) => diags.push(diag),
                }
            }
        }
    }
}

fn container(view: &Value, feature: &Feature) -> Value {
    let containers = view.get("containers").and_then(Value::as_list).unwrap_or_default();
    let found = containers.iter().find(|it| {
        let name = it.get("name").and_then(Value::as_str);
        feature.container.as_ref().is_some_and(|wanted| name == Some(wanted))
    });
    found.cloned().unwrap_or_else(|| Value::null(Span::NONE))
}

/// The file, volume or variable that a use belongs to; null for other uses.
fn item(container: &Value, feature: &Feature) -> Value {
    let null = Value::null(feature.at);
    let Some(wanted) = &feature.item else { return null };
    let by_target = |key: &str| {
        let list = container.get(key).and_then(Value::as_list).unwrap_or_default();
        list.iter().find(|it| it.get("target").and_then(Value::as_str) == Some(wanted)).cloned()
    };
    let found = if feature.name.starts_with("container.files") {
        by_target("files")
    } else if feature.name.starts_with("container.volumes") {
        by_target("volumes")
    } else {
        let value = container.get("variables").and_then(|it| it.get(wanted)).cloned();
        value.map(|it| Value::object([("name", Value::text(wanted.clone(), feature.at)), ("value", it)], feature.at))
    };
    found.unwrap_or(null)
}

fn refused(input: Input<'_>, feature: &Feature, refusal: Option<&Refusal>, at: Span) -> Diag {
    let target = &input.target.name.value;
    let message = match refusal {
        Some(refusal) if refusal.severity != Severity::Error => {
            format!("`{}` on target `{target}`: {}", feature.name, refusal.because)
        }
        Some(refusal) => format!("target `{target}` cannot express `{}`: {}", feature.name, refusal.because),
        None => format!("target `{target}` cannot express `{}`", feature.name),
    };
    let diag = match refusal.map_or(Severity::Error, |it| it.severity) {
        Severity::Error => Diag::error(Code::CapabilityMissing, feature.at, message),
        Severity::Warning => Diag::warning(Code::CapabilityMissing, feature.at, message),
        Severity::Note => Diag::note(Code::CapabilityMissing, feature.at, message),
    };
    let diag = diag.here("used here").label(at, "the target says so");
    match refusal.map(|it| (it.severity, &it.help)) {
        Some((_, Some(help))) => diag.help(help.to_string()),
        None | Some((Severity::Error, None)) => diag.help("remove it from the Score file, or build for another target"),
        Some(_) => diag,
    }
}
