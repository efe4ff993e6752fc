//! `scorec envs`: the environments that a build can be for.

use serde::Serialize;

use super::args::{Envs, Input, ListFormat};
use super::compile::environment_name;
use super::definitions::definitions_found;
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use super::words;
use crate::definition::{Definitions, Environment, chain};
use crate::diag::Diags;

/// One environment, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed {
    name: String,
    doc: String,
    /// `null` where neither it nor what it extends names one.
    target: Option<String>,
    kind: String,
    /// What it extends, nearest first.
    extends: Vec<String>,
    /// Whether it is only a base for others.
    #[serde(rename = "abstract")]
    is_abstract: bool,
    /// Whether a build that names none is for it.
    default: bool,
    /// `PATH:LINE` of the definition.
    place: String,
}

pub fn run(session: &mut Session, args: &Envs) -> u8 {
    let Envs::List { format } = args;
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    let environments: Vec<Listed> =
        nearest(&definitions).into_iter().map(|it| listed(session, &definitions, it)).collect();
    if *format == ListFormat::Json {
        session.print_json(&environments);
        return DONE;
    }
    let mut table = Table::new(["ENVIRONMENT", "TARGET", "KIND", "FROM", "MEANING"]);
    for (listed, it) in environments.into_iter().zip(nearest(&definitions)) {
        let mark = if listed.default {
            " (default)"
        } else if listed.is_abstract {
            " (abstract)"
        } else {
            ""
        };
        let target = listed.target.unwrap_or_else(|| "-".to_owned());
        let from = words::origin(&session.sources, it.at);
        table.row([format!("{}{mark}", listed.name), target, listed.kind, from, listed.doc]);
    }
    session.print_table(&table);
    DONE
}

/// The environments that count: of each name the nearest, by name.
pub fn nearest(definitions: &Definitions) -> Vec<&Environment> {
    let mut found: Vec<&Environment> = definitions.environments.iter().collect();
    found.sort_by(|a, b| (&a.name.value, a.layer).cmp(&(&b.name.value, b.layer)));
    found.dedup_by(|a, b| a.name.value == b.name.value);
    found
}

fn listed(session: &Session, definitions: &Definitions, environment: &Environment) -> Listed {
    let name = &environment.name.value;
    // An environment whose base is missing is listed too; a build for it says what is missing.
    let chain = chain(definitions, name, &mut Diags::default()).unwrap_or_else(|| vec![environment]);
    let first = |text: &dyn Fn(&Environment) -> Option<String>| chain.iter().find_map(|it| text(it));
    Listed {
        name: name.to_string(),
        doc: first(&|it| Some(it.doc.to_string()).filter(|it| !it.is_empty())).unwrap_or_default(),
        target: first(&|it| it.target.as_ref().map(|it| it.value.to_string())),
        kind: first(&|it| it.kind.as_ref().map(|it| it.value.to_string())).unwrap_or_else(|| "development".to_owned()),
        extends: chain.iter().skip(1).map(|it| it.name.value.to_string()).collect(),
        is_abstract: environment.is_abstract,
        default: environment_name(definitions, &Input::default()) == **name,
        place: session.sources.place(environment.at),
    }
}
