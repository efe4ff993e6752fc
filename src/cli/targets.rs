//! `scorec targets`: the platforms that a build can be for, and what each can express.

use serde::Serialize;

use super::args::{ListFormat, Targets};
use super::definitions::definitions_found;
use super::session::{DONE, ERRORS, Session};
use super::table::{Table, wrapped};
use super::types::written;
use super::words;
use crate::definition::{Definitions, Merge, Refusal, Slot, Target, TargetOption};
use crate::diag::{Severity, or_list};
use crate::score::features;

/// One target, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    doc: &'a str,
    /// The environments that build for it.
    environments: Vec<&'a str>,
    /// `PATH:LINE` of the definition.
    place: String,
    #[serde(flatten)]
    details: Option<Details<'a>>,
}

#[derive(Serialize)]
struct Details<'a> {
    options: Vec<ListedOption<'a>>,
    slots: Vec<ListedSlot<'a>>,
    /// Every Score feature that a target may be unable to express.
    features: Vec<ListedFeature<'a>>,
}

#[derive(Serialize)]
struct ListedOption<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'static str,
    /// As written; `null` without one.
    default: Option<String>,
    /// The allowed values; empty where any is.
    values: Vec<&'a str>,
    /// Whether each workload may have its own.
    per_workload: bool,
    /// The annotation of a workload that sets it; `null` without one.
    annotation: Option<&'a str>,
    doc: &'a str,
}

#[derive(Serialize)]
struct ListedSlot<'a> {
    name: &'a str,
    /// `map` or `list`.
    merge: &'static str,
    per_workload: bool,
    doc: &'a str,
}

#[derive(Serialize)]
struct ListedFeature<'a> {
    name: &'static str,
    /// Whether some use of it can be expressed.
    supported: bool,
    /// What is said of it, always or under a condition.
    refusals: Vec<ListedRefusal<'a>>,
}

#[derive(Serialize)]
struct ListedRefusal<'a> {
    /// `error`, `warning` or `note`.
    severity: &'static str,
    because: &'a str,
    /// The condition; `null` where it holds always.
    when: Option<&'a str>,
}

pub fn run(session: &mut Session, args: &Targets) -> u8 {
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    match args {
        Targets::List { format } => list(session, &definitions, *format),
        Targets::Show { name, format } => {
            let Some(target) = definitions.targets.get(name.as_str()) else {
                session.unknown("target", name, definitions.targets.keys().map(|it| &**it));
                return ERRORS;
            };
            match format {
                ListFormat::Json => {
                    let details = Some(details(session, target));
                    session.print_json(&Listed { details, ..listed(session, &definitions, target) });
                }
                ListFormat::Text => show(session, target),
            }
        }
    }
    DONE
}

fn list(session: &mut Session, definitions: &Definitions, format: ListFormat) {
    let targets = definitions.targets.values().map(|it| listed(session, definitions, it));
    let targets: Vec<Listed<'_>> = targets.collect();
    if format == ListFormat::Json {
        session.print_json(&targets);
        return;
    }
    let mut table = Table::new(["TARGET", "ENVIRONMENTS", "MEANING"]);
    for it in &targets {
        table.row([it.name.to_owned(), it.environments.join(", "), it.doc.to_owned()]);
    }
    session.print_table(&table);
}

fn listed<'a>(session: &Session, definitions: &'a Definitions, target: &'a Target) -> Listed<'a> {
    let is_for = |name: &str| {
        let chain = crate::definition::chain(definitions, name, &mut crate::diag::Diags::default());
        let named = chain.and_then(|it| it.iter().find_map(|it| it.target.as_ref()).map(|it| it.value.clone()));
        named.is_some_and(|it| it == target.name.value)
    };
    let environments = super::envs::nearest(definitions).into_iter().filter(|it| !it.is_abstract);
    Listed {
        name: &target.name.value,
        doc: &target.doc,
        environments: environments.map(|it| &*it.name.value).filter(|it| is_for(it)).collect(),
        place: session.sources.place(target.at),
        details: None,
    }
}

fn details<'a>(session: &Session, target: &'a Target) -> Details<'a> {
    let option = |it: &'a TargetOption| ListedOption {
        name: &it.name.value,
        ty: it.ty.name(),
        default: it.default.as_ref().map(|it| written(session, it)),
        values: it.values.iter().map(|it| &**it).collect(),
        per_workload: it.per_workload,
        annotation: it.annotation.as_ref().map(|it| &*it.value),
        doc: &it.doc,
    };
    let slot = |it: &'a Slot| ListedSlot {
        name: &it.name.value,
        merge: if it.merge == Merge::Map { "map" } else { "list" },
        per_workload: it.per_workload,
        doc: &it.doc,
    };
    let feature = |name: &&'static str| {
        let (supported, refusals) = capability(target, name);
        let refusals = refusals.into_iter().map(|it| ListedRefusal {
            severity: it.severity.word(),
            because: &it.because,
            when: it.when.as_ref().map(|it| it.source()),
        });
        ListedFeature { name, supported, refusals: refusals.collect() }
    };
    Details {
        options: target.options.values().map(option).collect(),
        slots: target.slots.values().map(slot).collect(),
        features: features::ALL.iter().map(feature).collect(),
    }
}

/// Whether some use of a feature can be expressed, and what the table says of it.
fn capability<'a>(target: &'a Target, feature: &str) -> (bool, Vec<&'a Refusal>) {
    let Some(lines) = target.capabilities.get(feature) else { return (false, Vec::new()) };
    let refusals: Vec<&Refusal> = lines.iter().filter_map(|it| it.refused.as_ref()).collect();
    let never = refusals.iter().any(|it| it.severity == Severity::Error && it.when.is_none());
    (!never, refusals)
}

fn show(session: &mut Session, target: &Target) {
    let place = words::place(&session.sources, target.at);
    session.terminal.out.write(&format!("{} ({place})\n", target.name.value));
    let width = session.terminal.out.style.width;
    for line in wrapped(&target.doc, width.saturating_sub(2)) {
        session.terminal.out.write(&format!("  {line}\n"));
    }
    let mut table = Table::indented(2);
    for it in target.options.values() {
        table.row([it.name.value.to_string(), it.ty.name().to_owned(), option_words(session, it)]);
    }
    session.terminal.out.write("\noptions: `--option NAME=VALUE`, or `options` of an environment\n");
    session.print_table(&table);
    let mut table = Table::indented(2);
    for it in target.slots.values() {
        let merge = if it.merge == Merge::Map { "map" } else { "list" };
        let per = if it.per_workload { ", for each workload" } else { "" };
        table.row([it.name.value.to_string(), format!("{merge}{per}"), it.doc.to_string()]);
    }
    session.terminal.out.write("\nslots, which rules fill with `emit`\n");
    session.print_table(&table);
    let mut table = Table::indented(2);
    for feature in features::ALL {
        let (supported, refusals) = capability(target, feature);
        let words: Vec<String> = refusals.into_iter().map(refusal).collect();
        table.row([(*feature).to_owned(), if supported { "yes" } else { "no" }.to_owned(), words.join("; ")]);
    }
    session.terminal.out.write("\nwhat it can express of Score\n");
    session.print_table(&table);
}

fn refusal(it: &Refusal) -> String {
    let when = it.when.as_ref().map(|it| format!(" when `{}`", it.source())).unwrap_or_default();
    format!("{}{when}: {}", it.severity.word(), it.because)
}

fn option_words(session: &Session, it: &TargetOption) -> String {
    let mut words = vec![it.doc.to_string()];
    if !it.values.is_empty() {
        words.push(format!("One of {}.", or_list(&it.values)));
    }
    match (&it.annotation, it.per_workload) {
        (Some(annotation), _) => words.push(format!("For one workload: its annotation `{}`.", annotation.value)),
        (None, true) => words.push("Each workload may have its own.".to_owned()),
        (None, false) => {}
    }
    if let Some(default) = &it.default {
        words.push(format!("Default: `{}`.", written(session, default)));
    }
    words.retain(|it| !it.is_empty());
    words.join(" ")
}
