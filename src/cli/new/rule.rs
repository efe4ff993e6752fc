//! The draft of a rule, after the contract of its type; without one, it comes with a contract.

use std::fmt::Write;
use std::sync::Arc;

use super::draft::{Case, Draft, DraftFile, Kind, filled};
use crate::definition::{Definitions, Layer, Output, Param, ResourceType, Type, load};
use crate::diag::{Code, Diag, Diags};
use crate::kdl;
use crate::source::{Sources, Span};

/// The pack of a project's own rules.
const FOLDER: &str = "rules";

/// Where the rule goes.
pub struct Place<'a> {
    /// Into scorec's own library.
    pub in_library: bool,
    pub default_target: &'a str,
}

/// # Errors
/// For a type of the target's own, which has no contract to follow.
pub fn draft(definitions: &Definitions, ty: &str, target: Option<&str>, place: &Place<'_>) -> Result<Draft, Diag> {
    if ty == crate::definition::WORKLOAD_TYPE {
        let message = format!("`{ty}` stands for workloads, and rules for it set options of the target");
        let help = format!("`scorec targets show {}` lists the options of a workload", place.default_target);
        return Err(Diag::error(Code::NameUnknown, Span::NONE, message).help(help));
    }
    let prefix = if place.in_library { target.unwrap_or("any").to_owned() } else { "own".to_owned() };
    let name = match target.filter(|_| !place.in_library) {
        Some(target) => format!("{prefix}-{ty}-{target}"),
        None => format!("{prefix}-{ty}"),
    };
    let target_name = target.unwrap_or(place.default_target);
    let own = own_type(ty);
    let contract = definitions.types.get(ty).or(own.as_ref());
    let is_new = !definitions.types.contains_key(ty);
    let mut text = String::new();
    if is_new {
        text += &filled(include_str!("rule/type.kdl"), &[("TYPE", ty)]);
    }
    let matched = target.map(|it| format!(" target=\"{it}\"")).unwrap_or_default();
    let names = [
        ("NAME", name.as_str()),
        ("TYPE", ty),
        ("MATCH", &matched),
        ("TARGET", target_name),
        ("PARAMS", &contract.map(params).unwrap_or_default()),
        ("OUTPUTS", &contract.map(outputs).unwrap_or_default()),
    ];
    text += &filled(include_str!("rule/rule.kdl"), &names);
    if place.in_library {
        let path = format!("stdlib/{}/{ty}.kdl", target.unwrap_or("any"));
        return Ok(Draft {
            files: vec![DraftFile::new(path, text, "the rule")],
            uses: None,
            case: None,
            next: format!("a case under tests/, with `SCOREC_LIBRARY=$PWD scorec build --target {target_name}`"),
        });
    }
    let file = target.map_or_else(|| ty.to_owned(), |it| format!("{ty}-{it}"));
    let case = Case { pack: FOLDER.to_owned(), name: file.clone(), environment: "test".to_owned() };
    let score = filled(
        include_str!("rule/score.yaml"),
        &[
            ("TYPE", ty),
            ("VARIABLES", &contract.map(variables).unwrap_or_default()),
            ("PARAMS", &contract.map(required).unwrap_or_default()),
        ],
    );
    let pack = filled(include_str!("rule/pack.kdl"), &[("NAME", FOLDER)]);
    let environment = filled(include_str!("rule/scorec.kdl"), &[("TARGET", target_name)]);
    let what = if is_new { "the rule, and what its type is" } else { "the rule" };
    Ok(Draft {
        files: vec![
            DraftFile {
                path: format!("{FOLDER}/pack.kdl"),
                text: pack,
                what: "makes the folder a pack",
                kind: Kind::Shared,
            },
            DraftFile::new(format!("{FOLDER}/{file}.kdl"), text, what),
            DraftFile::new(
                format!("{}/score.yaml", case.folder()),
                score.trim_end().to_owned() + "\n",
                "a case for it",
            ),
            DraftFile::new(format!("{}/scorec.kdl", case.folder()), environment, "where the case is built"),
        ],
        uses: Some(FOLDER.to_owned()),
        case: Some(case),
        next: format!("`scorec rules show {name}`"),
    })
}

/// The contract of the template.
fn own_type(ty: &str) -> Option<ResourceType> {
    let text = filled(include_str!("rule/type.kdl"), &[("TYPE", ty)]);
    let file = Sources::default().add("type.kdl", text.clone());
    let mut diags = Diags::default();
    let nodes = kdl::read(&text, file, &mut diags)?;
    let layer = Layer { name: Arc::from(ty), nodes, is_project: false, embedded: false };
    load(&[layer], &mut diags).types.swap_remove(ty)
}

/// Comments that say which params there are.
fn params(contract: &ResourceType) -> String {
    let mut text = String::new();
    for param in contract.params.values().filter(|it| it.alias.is_none()) {
        let _ = writeln!(text, "    // params.{} ({}): {}", param.name.value, param.ty.name(), param.doc);
    }
    text
}

/// A value of the right type for every output that is not computed from others.
fn outputs(contract: &ResourceType) -> String {
    let mut text = String::new();
    for output in contract.outputs.values().filter(|it| it.value.is_none()) {
        if !output.doc.is_empty() {
            let _ = writeln!(text, "        // {}", output.doc);
        }
        let _ = writeln!(text, "        {}", sample(output));
    }
    text
}

fn sample(output: &Output) -> String {
    let name = word(&output.name.value);
    match output.ty {
        Type::Text | Type::Any if output.secret => format!("{name} \"{{{{ secret(`{}`) }}}}\"", output.name.value),
        Type::Text | Type::Any => format!("{name} \"{{{{ resource.key }}}}\""),
        Type::Int | Type::Number => format!("{name} 1"),
        Type::Bool => format!("{name} #false"),
        Type::List => format!("(list){name}"),
        Type::Map => format!("{name} {{}}"),
    }
}

/// A name of a node: in quotes, where it would be read as something else.
fn word(name: &str) -> String {
    let plain = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-'));
    if plain { name.to_owned() } else { format!("{name:?}") }
}

/// Variables that read every output of the contract, as far as text can hold it.
fn variables(contract: &ResourceType) -> String {
    let is_text = |it: &&Output| !matches!(it.ty, Type::List | Type::Map);
    let mut text = String::new();
    for name in contract.outputs.values().filter(is_text).map(|it| &it.name.value) {
        if text.is_empty() {
            text += "    variables:\n";
        }
        let variable = name.to_uppercase().replace(|it: char| !it.is_ascii_alphanumeric(), "_");
        let _ = writeln!(text, "      {variable}: ${{resources.it.{name}}}");
    }
    text
}

/// The params that have to be given, as the end of a Score file.
fn required(contract: &ResourceType) -> String {
    let mut text = String::new();
    for param in contract.params.values().filter(|it| it.required) {
        if text.is_empty() {
            text += "    params:\n";
        }
        let _ = writeln!(text, "      {}: {}", param.name.value, value(param));
    }
    text
}

fn value(param: &Param) -> String {
    match (param.values.first(), param.ty) {
        (Some(first), _) => first.to_string(),
        (None, Type::Int | Type::Number) => "1".to_owned(),
        (None, Type::Bool) => "true".to_owned(),
        (None, Type::List) => "[]".to_owned(),
        (None, Type::Map) => "{}".to_owned(),
        (None, Type::Text | Type::Any) => "example".to_owned(),
    }
}
