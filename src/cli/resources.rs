//! `scorec resources`: the resources of an environment, with their rules and outputs.

use serde::Serialize;

use super::args::{ListFormat, Resources, ResourcesList, ResourcesOutputs};
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use super::view::{View, ground};
use super::words::place;
use crate::ir::NodeId;
use crate::value::{Data, Value};

/// One resource, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed {
    /// How commands call it: `WORKLOAD.NAME`, or its id.
    name: String,
    /// `TYPE.CLASS#ID`.
    uid: String,
    #[serde(rename = "type")]
    ty: String,
    class: String,
    id: String,
    /// The workloads that use it, directly or through others.
    users: Vec<String>,
    /// The uids of the resources that its rule needs.
    needs: Vec<String>,
    /// `null` where no rule is for it.
    rule: Option<String>,
    /// `PATH:LINE` of the rule.
    rule_place: Option<String>,
}

/// The outputs of a resource, in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Outputs {
    uid: String,
    outputs: Vec<Output>,
}

#[derive(Serialize)]
struct Output {
    name: String,
    /// With `(secret)` in place of every secret.
    value: serde_json::Value,
    /// Whether any part of it is secret.
    secret: bool,
    doc: String,
}

pub fn run(session: &mut Session, args: &Resources) -> u8 {
    match args {
        Resources::List(args) => list(session, args),
        Resources::Outputs(args) => outputs(session, args),
        Resources::Deprovision(args) => super::deprovision::run(session, args),
    }
}

fn list(session: &mut Session, args: &ResourcesList) -> u8 {
    let Some(ground) = ground(session, &args.input) else { return ERRORS };
    let Some(view) = ground.view() else { return ERRORS };
    let nodes = view.nodes();
    if args.format == ListFormat::Json {
        let listed: Vec<Listed> = nodes.iter().map(|it| listed(session, &view, *it)).collect();
        session.print_json(&listed);
    } else if nodes.is_empty() {
        session.terminal.say("the Score files ask for no resource\n");
    } else {
        let mut table = Table::new(["NAME", "TYPE", "RULE", "USED BY"]);
        for node in nodes {
            let rule = view.rule(node).map_or_else(|| "(none)".to_owned(), |it| it.name.value.to_string());
            table.row([view.name(node), view.type_and_class(node), rule, view.users(node).join(", ")]);
        }
        session.print_table(&table);
    }
    session.diags.append(view.diags);
    DONE
}

fn listed(session: &Session, view: &View<'_>, node: NodeId) -> Listed {
    let uid = view.uid(node);
    let needs = view.explored.resources.get(&node).map(|it| it.needs.as_slice()).unwrap_or_default();
    Listed {
        name: view.name(node),
        uid: uid.to_string(),
        ty: uid.ty().to_owned(),
        class: uid.class().to_owned(),
        id: uid.id().to_owned(),
        users: view.users(node).into_iter().map(str::to_owned).collect(),
        needs: needs.iter().map(|(_, it)| view.uid(*it).to_string()).collect(),
        rule: view.rule(node).map(|it| it.name.value.to_string()),
        rule_place: view.rule(node).map(|it| session.sources.place(it.at)),
    }
}

fn outputs(session: &mut Session, args: &ResourcesOutputs) -> u8 {
    let Some(ground) = ground(session, &args.input) else { return ERRORS };
    let Some(view) = ground.view() else { return ERRORS };
    let Some(node) = session.diags.take(view.find(&args.resource)) else { return ERRORS };
    let Some(evaluated) = view.explored.resources.get(&node) else {
        session.diags.append(view.problems(node));
        session.terminal.say(&format!("no outputs: `scorec explain {}` says more\n", view.name(node)));
        return ERRORS;
    };
    let contract = ground.loaded.definitions.types.get(evaluated.uid.ty());
    let empty = crate::value::Map::new();
    let outputs: Vec<Output> = evaluated
        .outputs
        .as_map()
        .unwrap_or(&empty)
        .iter()
        .map(|(name, value)| Output {
            name: name.to_string(),
            value: json(value),
            secret: value.find_secret().is_some(),
            doc: contract.and_then(|it| it.outputs.get(name)).map_or_else(String::new, |it| it.doc.to_string()),
        })
        .collect();
    match args.format {
        ListFormat::Json => session.print_json(&Outputs { uid: evaluated.uid.to_string(), outputs }),
        ListFormat::Text if outputs.is_empty() => {
            let at = place(&session.sources, evaluated.rule.at);
            session.terminal.say(&format!("the rule `{}` ({at}) gives no outputs\n", evaluated.rule.name.value));
        }
        ListFormat::Text => {
            let mut table = Table::new(["OUTPUT", "VALUE", "MEANING"]);
            for (output, value) in outputs.iter().zip(evaluated.outputs.as_map().into_iter().flat_map(|it| it.values()))
            {
                table.row([output.name.clone(), value.shown(), output.doc.clone()]);
            }
            session.print_table(&table);
        }
    }
    DONE
}

/// The value with its types, and `(secret)` for secrets. Values are as deep as definitions, whose depth is
/// capped.
pub fn json(value: &Value) -> serde_json::Value {
    match &value.data {
        Data::Null => serde_json::Value::Null,
        Data::Bool(it) => (*it).into(),
        Data::Int(it) => (*it).into(),
        Data::Float(it) => (*it).into(),
        Data::Text(text) => text.shown().into(),
        Data::List(items) => items.iter().map(json).collect(),
        Data::Map(map) => map.iter().map(|(key, value)| (key.to_string(), json(value))).collect(),
    }
}
