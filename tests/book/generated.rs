//! The parts of pages that are made from the code and from the library.

use std::fmt::Write as _;

use scorec::definition::{Definitions, Layer, ResourceType, Target, load};
use scorec::diag::{Diags, Severity};
use scorec::expr::functions;
use scorec::library;
use scorec::source::Sources;
use scorec::template::Kind;

use crate::page::as_code;

/// The text between the markers, by the name in them.
pub fn text(name: &str) -> Option<String> {
    let definitions = library_definitions();
    Some(match name {
        "functions" => functions_text(),
        "resource-types" => types_text(&definitions),
        name => {
            let (what, target) = name.split_once(' ')?;
            if what == "pack" {
                return pack_text(target);
            }
            let target = definitions.targets.get(target)?;
            match what {
                "options" => options_text(target),
                "slots" => slots_text(target),
                "capabilities" => capabilities_text(target),
                _ => return None,
            }
        }
    })
}

fn library_definitions() -> Definitions {
    let mut sources = Sources::default();
    library::register(&mut sources);
    let nodes = library::files().iter().filter(|it| !it.path.starts_with("rules/")).flat_map(library::nodes).collect();
    let layer = Layer { name: "library".into(), nodes, is_project: false, embedded: true };
    let mut diags = Diags::default();
    let definitions = load(&[layer], &mut diags);
    assert!(diags.is_empty(), "{diags:?}");
    definitions
}

/// What a ready-made pack reads, and what it declares.
fn pack_text(name: &str) -> Option<String> {
    let mut sources = Sources::default();
    library::register(&mut sources);
    let folder = format!("rules/{name}/");
    let own: Vec<_> = library::files().iter().filter(|it| it.path.starts_with(&folder)).collect();
    let nodes: Vec<_> = own.into_iter().flat_map(library::nodes).collect();
    if nodes.is_empty() {
        return None;
    }
    let layer = Layer { name: name.into(), nodes, is_project: false, embedded: true };
    let definitions = load(&[layer], &mut Diags::default());
    let mut text = String::new();
    if !definitions.variables.is_empty() {
        text.push_str("| variable | type | default | |\n| --- | --- | --- | --- |\n");
        for it in definitions.variables.values() {
            let default = match it.default.as_ref().map(|it| &it.kind) {
                Some(Kind::Constant(value)) => as_code(&value.shown()),
                Some(_) => "computed".to_owned(),
                None => String::new(),
            };
            let _ = writeln!(text, "| `{}` | {} | {default} | {} |", it.name.value, it.ty.name(), it.doc);
        }
        text.push('\n');
    }
    let rules = definitions.rules.iter().map(|it| ("rule", &it.name, &it.doc));
    let patches = definitions.patches.iter().map(|it| ("patch", &it.name, &it.doc));
    let policies = definitions.policies.iter().map(|it| {
        let what = if it.severity == Severity::Error { "policy" } else { "policy, a warning" };
        (what, &it.name, &it.doc)
    });
    text.push_str("| | | |\n| --- | --- | --- |\n");
    for (what, name, doc) in rules.chain(patches).chain(policies) {
        let _ = writeln!(text, "| {what} | `{}` | {doc} |", name.value);
    }
    Some(text.trim_end().to_owned())
}

fn functions_text() -> String {
    let mut text = String::new();
    let mut topic = "";
    for function in functions::all() {
        if function.topic != topic {
            topic = function.topic;
            let mut name = topic.to_owned();
            name[..1].make_ascii_uppercase();
            let _ = write!(text, "\n### {name}\n\n| function | does | example | gives |\n| --- | --- | --- | --- |\n");
        }
        let call = format!("{}{}", function.name, function.signature);
        let (example, gives) = function.example;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            as_code(&call),
            function.doc.replace('|', "\\|"),
            as_code(example),
            as_code(gives)
        );
    }
    text.trim().to_owned()
}

fn types_text(definitions: &Definitions) -> String {
    let mut types: Vec<&ResourceType> = definitions.types.values().collect();
    types.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    types.into_iter().map(|it| type_text(definitions, it)).collect::<Vec<_>>().join("\n\n")
}

fn type_text(definitions: &Definitions, ty: &ResourceType) -> String {
    let mut text = format!("## {}\n\n{}\n", ty.name.value, ty.doc);
    if !ty.params.is_empty() {
        text.push_str("\n| param | type | default | |\n| --- | --- | --- | --- |\n");
        for param in ty.params.values() {
            let default = match param.default.as_ref().map(|it| &it.kind) {
                Some(Kind::Constant(value)) => as_code(&value.shown()),
                Some(_) => "computed".to_owned(),
                None if param.required => "required".to_owned(),
                None => String::new(),
            };
            let doc = match &param.alias {
                Some(alias) => format!("Another spelling of `{}`.", alias.value),
                None => param.doc.to_string(),
            };
            let _ = writeln!(text, "| `{}` | {} | {default} | {doc} |", param.name.value, param.ty.name());
        }
    }
    if !ty.outputs.is_empty() {
        text.push_str("\n| output | type | |\n| --- | --- | --- |\n");
        for output in ty.outputs.values() {
            let secret = if output.secret { ", secret" } else { "" };
            let _ = writeln!(text, "| `{}` | {}{secret} | {} |", output.name.value, output.ty.name(), output.doc);
        }
    }
    if ty.open {
        text.push_str("\nOther outputs are allowed, too.\n");
    }
    let rules = definitions.rules_for(&ty.name.value);
    if !rules.is_empty() {
        text.push_str("\nRules:\n\n");
        for rule in rules {
            let _ = writeln!(text, "- `{}`: {}", rule.name.value, rule.doc);
        }
    }
    text.trim_end().to_owned()
}

fn options_text(target: &Target) -> String {
    let mut text = String::from("| option | type | default | |\n| --- | --- | --- | --- |\n");
    for option in target.options.values() {
        let default = match option.default.as_ref().map(|it| &it.kind) {
            Some(Kind::Constant(value)) => as_code(&value.shown()),
            Some(Kind::Text(_)) if &*option.name.value == "project" => "the project's name".to_owned(),
            Some(_) => "computed".to_owned(),
            None => String::new(),
        };
        let _ = writeln!(text, "| `{}` | {} | {default} | {} |", option.name.value, option.ty.name(), option.doc);
    }
    text.trim_end().to_owned()
}

fn slots_text(target: &Target) -> String {
    let mut text = String::from("| slot | joined lists | |\n| --- | --- | --- |\n");
    for slot in target.slots.values() {
        let unions: Vec<String> = slot
            .unions
            .iter()
            .map(|it| {
                let path: Vec<&str> = it.path.iter().map(|it| &**it).collect();
                let by = it.by.as_ref().map_or_else(String::new, |by| format!(" by `{}`", by.0.join(" ")));
                format!("`{}`{by}", path.join("."))
            })
            .collect();
        let kept = if slot.per_workload { " Kept for each workload by itself." } else { "" };
        let _ = writeln!(text, "| `{}` | {} | {}{kept} |", slot.name.value, unions.join(", "), slot.doc);
    }
    text.trim_end().to_owned()
}

fn capabilities_text(target: &Target) -> String {
    let mut text = String::from("| Score feature | |\n| --- | --- |\n");
    for feature in scorec::score::features::ALL {
        let verdict = match target.capabilities.get(feature) {
            None => "refused".to_owned(),
            Some(list) => {
                let limits: Vec<String> = list.iter().filter_map(|it| it.refused.as_ref()).map(limit).collect();
                if limits.is_empty() { "yes".to_owned() } else { limits.join("; ") }
            }
        };
        let _ = writeln!(text, "| `{feature}` | {verdict} |");
    }
    text.trim_end().to_owned()
}

fn limit(refusal: &scorec::definition::Refusal) -> String {
    let what = match refusal.severity {
        Severity::Error => "refused",
        Severity::Warning => "yes, with a warning",
        Severity::Note => "yes, with a note",
    };
    let when = refusal.when.as_ref().map_or_else(String::new, |it| format!(" where {}", as_code(it.source())));
    format!("{what}{when}: {}", refusal.because)
}
