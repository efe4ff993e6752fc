//! `scorec patches`: what platforms add to what was emitted.

use serde::Serialize;

use super::args::{ListFormat, Patches};
use super::definitions::definitions_found;
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use super::words;
use crate::definition::{Patch, Selector};

/// One patch, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    doc: &'a str,
    /// What it changes: a slot, and of its items those for which the condition holds.
    on: Vec<On<'a>>,
    /// Where it is for, in words; empty for everywhere.
    conditions: String,
    /// `PATH:LINE` of the definition.
    place: String,
    /// Whether it is part of scorec itself.
    built_in: bool,
}

#[derive(Serialize)]
struct On<'a> {
    slot: &'a str,
    when: Option<&'a str>,
}

pub fn run(session: &mut Session, args: &Patches) -> u8 {
    let Patches::List { format } = args;
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    let mut patches: Vec<&Patch> = definitions.patches.iter().collect();
    patches.sort_by_key(|it| (it.layer, it.name.value.clone()));
    if *format == ListFormat::Json {
        let listed: Vec<Listed<'_>> = patches.into_iter().map(|it| listed(session, it)).collect();
        session.print_json(&listed);
        return DONE;
    }
    let mut table = Table::new(["PATCH", "ON", "ONLY FOR", "FROM"]);
    for it in patches {
        let on: Vec<String> = it.on.iter().map(selector).collect();
        let from = words::origin(&session.sources, it.at);
        table.row([it.name.value.to_string(), on.join(", "), words::alternatives(&it.matches), from]);
    }
    session.print_table(&table);
    DONE
}

fn selector(it: &Selector) -> String {
    match &it.when {
        Some(when) => format!("{} when {}", it.slot.value, when.source()),
        None => it.slot.value.to_string(),
    }
}

fn listed<'a>(session: &Session, patch: &'a Patch) -> Listed<'a> {
    let on = |it: &'a Selector| On { slot: &it.slot.value, when: it.when.as_ref().map(|it| it.source()) };
    Listed {
        name: &patch.name.value,
        doc: &patch.doc,
        on: patch.on.iter().map(on).collect(),
        conditions: words::alternatives(&patch.matches),
        place: session.sources.place(patch.at),
        built_in: session.sources.get(patch.at.file).is_some_and(|it| it.embedded),
    }
}
