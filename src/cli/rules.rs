//! `scorec rules`: the rules that a build can choose from.

use serde::Serialize;

use super::args::{ListFormat, Rules};
use super::definitions::definitions_found;
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use super::words;
use crate::definition::Rule;

/// One rule, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    doc: &'a str,
    /// The resource types that it is for; each may be a glob.
    types: Vec<&'a str>,
    /// What else must hold, in words; empty without conditions.
    conditions: String,
    priority: i64,
    /// `PATH:LINE` of the definition.
    place: String,
    /// Whether it is part of scorec itself.
    built_in: bool,
    /// The definition as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

pub fn run(session: &mut Session, args: &Rules) -> u8 {
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    match args {
        Rules::List { ty, format } => {
            if let Some(ty) = ty.as_deref().filter(|it| definitions.rules_for(it).is_empty()) {
                session.unknown("rule for a resource of type", ty, definitions.types.keys().map(|it| &**it));
                return ERRORS;
            }
            let rules =
                ty.as_deref().map_or_else(|| definitions.rules.iter().collect(), |it| definitions.rules_for(it));
            list(session, &rules, *format);
        }
        Rules::Show { name, format } => {
            let Some(rule) = definitions.rules.iter().find(|it| *it.name.value == **name) else {
                session.unknown("rule", name, definitions.rules.iter().map(|it| &*it.name.value));
                return ERRORS;
            };
            match format {
                ListFormat::Json => {
                    let text = Some(session.sources.text(rule.whole).to_owned());
                    session.print_json(&Listed { text, ..listed(session, rule) });
                }
                ListFormat::Text => {
                    let place = words::place(&session.sources, rule.at);
                    let text = format!("// {place}\n{}\n", session.sources.text(rule.whole));
                    session.terminal.out.write(&text);
                }
            }
        }
    }
    DONE
}

fn list(session: &mut Session, rules: &[&Rule], format: ListFormat) {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|it| (it.layer, words::types(it).join(","), it.name.value.clone()));
    if format == ListFormat::Json {
        let listed: Vec<Listed<'_>> = rules.into_iter().map(|it| listed(session, it)).collect();
        session.print_json(&listed);
        return;
    }
    let mut table = Table::new(["RULE", "TYPE", "ONLY FOR", "FROM"]);
    for rule in rules {
        let from = words::origin(&session.sources, rule.at);
        table.row([rule.name.value.to_string(), words::types(rule).join(", "), words::conditions(rule), from]);
    }
    session.print_table(&table);
}

fn listed<'a>(session: &Session, rule: &'a Rule) -> Listed<'a> {
    Listed {
        name: &rule.name.value,
        doc: &rule.doc,
        types: words::types(rule),
        conditions: words::conditions(rule),
        priority: rule.priority,
        place: session.sources.place(rule.at),
        built_in: session.sources.get(rule.at.file).is_some_and(|it| it.embedded),
        text: None,
    }
}
