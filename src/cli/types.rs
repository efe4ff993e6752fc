//! `scorec types`: the resource types that Score files can ask for, with their params and outputs.

use serde::Serialize;

use super::args::{ListFormat, Types};
use super::definitions::definitions_found;
use super::session::{DONE, ERRORS, Session};
use super::table::{Table, wrapped};
use super::words;
use crate::definition::{Definitions, Output, Param, ResourceType};
use crate::diag::or_list;
use crate::template::{Kind, Template};

/// One type, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    doc: &'a str,
    /// `PATH:LINE` of the contract.
    place: String,
    params: Vec<ListedParam<'a>>,
    outputs: Vec<ListedOutput<'a>>,
    /// Whether a rule may give outputs that are not listed.
    open: bool,
    /// The names of the rules for it.
    rules: Vec<&'a str>,
}

#[derive(Serialize)]
struct ListedParam<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'static str,
    required: bool,
    /// As written; `null` without one.
    default: Option<String>,
    /// The param that this one is another spelling of.
    alias: Option<&'a str>,
    /// The allowed values; empty where any is.
    values: Vec<&'a str>,
    doc: &'a str,
}

#[derive(Serialize)]
struct ListedOutput<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: &'static str,
    secret: bool,
    doc: &'a str,
}

pub fn run(session: &mut Session, args: &Types) -> u8 {
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    match args {
        Types::List { format } => list(session, &definitions, *format),
        Types::Show { name, format } => {
            let Some(ty) = definitions.types.get(name.as_str()) else {
                session.unknown("resource type", name, definitions.types.keys().map(|it| &**it));
                return ERRORS;
            };
            match format {
                ListFormat::Json => session.print_json(&listed(session, &definitions, ty)),
                ListFormat::Text => show(session, &definitions, ty),
            }
        }
    }
    DONE
}

fn list(session: &mut Session, definitions: &Definitions, format: ListFormat) {
    let mut types: Vec<&ResourceType> = definitions.types.values().collect();
    types.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    if format == ListFormat::Json {
        let listed: Vec<Listed<'_>> = types.into_iter().map(|it| listed(session, definitions, it)).collect();
        session.print_json(&listed);
        return;
    }
    let mut table = Table::new(["TYPE", "PARAMS", "MEANING"]);
    for ty in types {
        let params: Vec<&str> = ty.params.values().filter(|it| it.alias.is_none()).map(|it| &*it.name.value).collect();
        table.row([ty.name.value.to_string(), params.join(", "), ty.doc.to_string()]);
    }
    session.print_table(&table);
}

fn listed<'a>(session: &Session, definitions: &'a Definitions, ty: &'a ResourceType) -> Listed<'a> {
    let param = |it: &'a Param| ListedParam {
        name: &it.name.value,
        ty: it.ty.name(),
        required: it.required,
        default: it.default.as_ref().map(|it| written(session, it)),
        alias: it.alias.as_ref().map(|it| &*it.value),
        values: it.values.iter().map(|it| &**it).collect(),
        doc: &it.doc,
    };
    let output =
        |it: &'a Output| ListedOutput { name: &it.name.value, ty: it.ty.name(), secret: it.secret, doc: &it.doc };
    Listed {
        name: &ty.name.value,
        doc: &ty.doc,
        place: session.sources.place(ty.at),
        params: ty.params.values().map(param).collect(),
        outputs: ty.outputs.values().map(output).collect(),
        open: ty.open,
        rules: definitions.rules_for(&ty.name.value).into_iter().map(|it| &*it.name.value).collect(),
    }
}

/// A default: a constant as a value, anything else as it stands in the definition, without its quotes.
pub fn written(session: &Session, template: &Template) -> String {
    match &template.kind {
        Kind::Constant(value) => value.shown(),
        _ => session.sources.text(template.at).trim_matches('"').to_owned(),
    }
}

fn show(session: &mut Session, definitions: &Definitions, ty: &ResourceType) {
    let place = words::place(&session.sources, ty.at);
    session.terminal.out.write(&format!("{} ({place})\n", ty.name.value));
    let width = session.terminal.out.style.width;
    for line in wrapped(&ty.doc, width.saturating_sub(2)) {
        session.terminal.out.write(&format!("  {line}\n"));
    }
    section(session, "params", ty.params.values().map(|it| param_row(session, it)).collect());
    section(session, "outputs", ty.outputs.values().map(output_row).collect());
    if ty.open {
        session.terminal.out.write("  and others: each key that a Score file asks for\n");
    }
    let rules = definitions.rules_for(&ty.name.value);
    let rule_row = |it: &&crate::definition::Rule| {
        [it.name.value.to_string(), words::conditions(it), words::place(&session.sources, it.at)]
    };
    section(session, "rules", rules.iter().map(rule_row).collect());
}

fn section(session: &mut Session, head: &str, rows: Vec<[String; 3]>) {
    if rows.is_empty() {
        session.terminal.out.write(&format!("\n{head}: none\n"));
        return;
    }
    session.terminal.out.write(&format!("\n{head}\n"));
    let mut table = Table::indented(2);
    rows.into_iter().for_each(|it| table.row(it));
    session.print_table(&table);
}

fn param_row(session: &Session, it: &Param) -> [String; 3] {
    let mut words = Vec::new();
    if let Some(alias) = &it.alias {
        words.push(format!("Another spelling of `{}`.", alias.value));
    }
    if !it.doc.is_empty() {
        words.push(it.doc.to_string());
    }
    if !it.values.is_empty() {
        words.push(format!("One of {}.", or_list(&it.values)));
    }
    if it.required {
        words.push("Required.".to_owned());
    }
    if let Some(default) = &it.default {
        words.push(format!("Default: `{}`.", written(session, default)));
    }
    [it.name.value.to_string(), it.ty.name().to_owned(), words.join(" ")]
}

fn output_row(it: &Output) -> [String; 3] {
    let ty = if it.secret { format!("{}, secret", it.ty.name()) } else { it.ty.name().to_owned() };
    [it.name.value.to_string(), ty, it.doc.to_string()]
}
