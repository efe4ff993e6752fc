//! `scorec explain`: which rule meets a resource and why, why not the others, and what came of it.

use super::args::Explain;
use super::session::{DONE, ERRORS, Session};
use super::table::{Table, wrapped};
use super::view::{Ground, View, ground};
use super::words::{held, not_chosen, place};
use crate::definition::{Criterion, Refused, ResourceType, Verdict};
use crate::diag::{Severity, count};
use crate::ir::{Mention, NodeId};
use crate::report::human::{self, human};
use crate::resolve::Evaluated;
use crate::value::Value;

pub fn run(session: &mut Session, args: &Explain) -> u8 {
    let Some(ground) = ground(session, &args.input) else { return ERRORS };
    let Some(view) = ground.view() else { return ERRORS };
    let Some(node) = session.diags.take(view.find(&args.resource)) else { return ERRORS };
    explain(session, &ground, &view, node);
    let own = view.problems(node);
    let elsewhere = view.diags.count(Severity::Error).saturating_sub(own.count(Severity::Error));
    if !own.is_empty() {
        let text = human(&own, &session.sources, session.terminal.err.style);
        session.terminal.err.write(&format!("\n{text}"));
    }
    if elsewhere > 0 {
        let text = format!("\na build has {} elsewhere: see `scorec check`\n", count(elsewhere, "error"));
        session.terminal.say(&text);
    }
    if view.explored.resources.contains_key(&node) { DONE } else { ERRORS }
}

fn explain(session: &mut Session, ground: &Ground, view: &View<'_>, node: NodeId) {
    let uid = view.uid(node);
    line(session, &format!("{} is a resource of type `{}`", view.name(node), view.type_and_class(node)));
    line(session, &format!("  uid {uid}"));
    asked_for(session, view, node);
    chosen(session, ground, view, node);
    others(session, ground, view, node);
    if let Some(evaluated) = view.explored.resources.get(&node) {
        needs(session, view, evaluated);
        let contract = ground.loaded.definitions.types.get(uid.ty());
        params(session, contract, evaluated);
        outputs(session, evaluated);
    }
}

fn line(session: &mut Session, text: &str) {
    session.terminal.out.write(&format!("{}\n", text.trim_end()));
}

fn head(session: &mut Session, text: &str) {
    line(session, &format!("\n{text}"));
}

fn asked_for(session: &mut Session, view: &View<'_>, node: NodeId) {
    head(session, "asked for by");
    let mentions = view.explored.graph.resource(node).map(|it| it.mentions.as_slice()).unwrap_or_default();
    let mut table = Table::indented(2);
    for mention in mentions {
        let who = match mention {
            Mention::Score { workload, name, .. } => {
                format!("workload {}, as `{name}`", view.input.workloads[*workload].name.value)
            }
            Mention::Workload { workload, .. } => {
                format!("workload {}, for itself", view.input.workloads[*workload].name.value)
            }
            Mention::Need { by, .. } => {
                let rule = view.rule(*by).map_or_else(String::new, |it| format!(", by rule `{}`", it.name.value));
                format!("resource {}{rule}", view.name(*by))
            }
        };
        table.row([who, place(&session.sources, mention.at())]);
    }
    session.print_table(&table);
    let direct = |name: &str| {
        mentions.iter().any(|it| match it {
            Mention::Score { workload, .. } | Mention::Workload { workload, .. } => {
                *view.input.workloads[*workload].name.value == *name
            }
            Mention::Need { .. } => false,
        })
    };
    let users: Vec<&str> = view.users(node).into_iter().filter(|it| !direct(it)).collect();
    if !users.is_empty() {
        let noun = if users.len() == 1 { "workload" } else { "workloads" };
        line(session, &format!("  in the end for {noun} {}", users.join(", ")));
    }
}

fn chosen(session: &mut Session, ground: &Ground, view: &View<'_>, node: NodeId) {
    let environment = &ground.prepared.environment;
    let place_of_build = format!("environment {}, target {}", environment.name, environment.target);
    let Some(choice) = view.explored.choices.get(&node) else {
        head(session, "rule: not looked for, since the params are not known");
        return;
    };
    let found = choice.candidates.iter().find_map(|it| match &it.verdict {
        Verdict::Chosen { matched } => Some((it.rule, *matched)),
        _ => None,
    });
    match found {
        Some((rule, matched)) => {
            let at = place(&session.sources, rule.at);
            head(session, &format!("rule {} ({at})", rule.name.value));
            let width = session.terminal.out.style.width.saturating_sub(2);
            for text in wrapped(&rule.doc, width) {
                line(session, &format!("  {text}"));
            }
            for text in human::wrapped(&format!("chosen in {place_of_build}: {}", held(matched)), width) {
                line(session, &format!("  {text}"));
            }
        }
        None if choice.tied().is_empty() => head(session, &format!("rule: none for {place_of_build}")),
        None => head(session, &format!("rule: several match equally well in {place_of_build}")),
    }
}

fn others(session: &mut Session, ground: &Ground, view: &View<'_>, node: NodeId) {
    let Some(choice) = view.explored.choices.get(&node) else { return };
    // A rule for other types may be looked at because of a glob, and says nothing.
    let of_other_type = |it: &Refused<'_>| matches!(it, Refused::Criterion { criterion: Criterion::Type, .. });
    let counts = |it: &Verdict<'_>| match it {
        Verdict::Chosen { .. } => false,
        Verdict::Refused(refused) => !of_other_type(refused),
        _ => true,
    };
    let lost: Vec<_> = choice.candidates.iter().filter(|it| counts(&it.verdict)).collect();
    if lost.is_empty() {
        if choice.rule().is_none() {
            let ty = view.uid(node).ty();
            let known = ground.loaded.definitions.types.contains_key(ty);
            let text =
                if known { "no rule is for this type" } else { "no rule is for this type, and it has no contract" };
            line(session, &format!("  {text}: `scorec types list` shows the types there are"));
        }
        return;
    }
    head(session, "not chosen");
    let mut table = Table::indented(2);
    for candidate in lost {
        let rule = candidate.rule;
        let why = not_chosen(candidate, choice, &ground.loaded.definitions);
        table.row([rule.name.value.to_string(), format!("{why} ({})", place(&session.sources, rule.at))]);
    }
    session.print_table(&table);
}

fn needs(session: &mut Session, view: &View<'_>, evaluated: &Evaluated<'_>) {
    if evaluated.needs.is_empty() {
        return;
    }
    head(session, "needs");
    let mut table = Table::indented(2);
    for (name, node) in &evaluated.needs {
        let rule = view.rule(*node).map_or_else(|| "no rule".to_owned(), |it| format!("rule {}", it.name.value));
        table.row([name.to_string(), view.uid(*node).to_string(), rule]);
    }
    session.print_table(&table);
}

fn params(session: &mut Session, contract: Option<&ResourceType>, evaluated: &Evaluated<'_>) {
    let Some(params) = evaluated.params.as_map().filter(|it| !it.is_empty()) else { return };
    head(session, "params");
    let mut table = Table::indented(2);
    for (name, value) in params {
        let from = param_origin(session, contract, name, value);
        let shown = if value.is_null() { "-".to_owned() } else { value.shown() };
        table.row([name.to_string(), shown, from]);
    }
    session.print_table(&table);
}

fn param_origin(session: &Session, contract: Option<&ResourceType>, name: &str, value: &Value) -> String {
    let param = contract.and_then(|it| it.params.get(name));
    if let Some(other) = param.and_then(|it| it.alias.as_ref()) {
        return format!("another spelling of `{}`", other.value);
    }
    let default = param.and_then(|it| it.default.as_ref()).map(|it| it.at);
    let is_default =
        default.is_some_and(|at| at.file == value.at.file && (at.start..=at.end).contains(&value.at.start));
    match (value.is_null(), is_default) {
        (true, _) => "not given".to_owned(),
        (false, true) => format!("default ({})", place(&session.sources, value.at)),
        (false, false) if value.at.is_some() => place(&session.sources, value.at),
        (false, false) => String::new(),
    }
}

fn outputs(session: &mut Session, evaluated: &Evaluated<'_>) {
    let Some(outputs) = evaluated.outputs.as_map().filter(|it| !it.is_empty()) else {
        head(session, "outputs: none");
        return;
    };
    head(session, "outputs");
    let mut table = Table::indented(2);
    for (name, value) in outputs {
        table.row([name.to_string(), value.shown()]);
    }
    session.print_table(&table);
}
