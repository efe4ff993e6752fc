//! What a value is, and of which parts a text consists: for targets, which lower each part in its own way.
//!
//! None of these tells the value of a secret.

use super::{Call, Function, list, made, text};
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::source::Span;
use crate::value::{Data, Part, Secret, SecretOrigin, Text, Value};

pub const TABLE: &[Function] = table! { "inspection";
    "kind_of" "(value)" -> Text = kind_of,
        "`nothing`, `bool`, `int`, `float`, `string`, `list` or `map`; a text with a secret in it is a \
         `secret`, one with a deferred part `deferred`.",
        "kind_of(1)" => "int";
    "is_secret" "(value)" -> Bool = is_secret,
        "Whether the value is one secret and nothing else.",
        r#"is_secret(secret("p"))"# => "true";
    "has_secret" "(value)" -> Bool = has_secret,
        "Whether there is a secret anywhere in the value.",
        r#"has_secret(["a" + secret("p")])"# => "true";
    "is_deferred" "(value)" -> Bool = is_deferred,
        "Whether the value is one deferred value and nothing else.",
        r#"is_deferred(deferred("HOST"))"# => "true";
    "has_deferred" "(value)" -> Bool = has_deferred,
        "Whether there is a deferred value anywhere in the value.",
        r#"has_deferred("plain")"# => "false";
    "parts" "(text)" -> List = parts,
        "The parts of a text as maps: `kind` is `plain` (with `text`), `secret` (with `value`, `owner`, \
         `label`, `ref` for one that lives elsewhere) or `deferred` (with `value`, `name`).",
        r#"parts("a" + deferred("X"))"# => "[{kind: plain, text: a}, {kind: deferred, name: X, value: (deferred X)}]";
};

fn kind_of(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(text(match &call.arg(0)?.data {
        Data::Null => "nothing",
        Data::Bool(_) => "bool",
        Data::Int(_) => "int",
        Data::Float(_) => "float",
        Data::Text(found) if found.has_secret() => "secret",
        Data::Text(found) if found.as_plain().is_none() => "deferred",
        Data::Text(_) => "string",
        Data::List(_) => "list",
        Data::Map(_) => "map",
    }))
}

fn is_secret(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(matches!(only_part(call.arg(0)?), Some(Part::Secret(_)))))
}

fn is_deferred(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(matches!(only_part(call.arg(0)?), Some(Part::Deferred(_)))))
}

fn only_part(value: &Value) -> Option<Part> {
    let Data::Text(found) = &value.data else { return None };
    let mut parts = found.parts();
    parts.pop().filter(|_| parts.is_empty())
}

fn has_secret(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(call.arg(0)?.find_secret().is_some()))
}

fn has_deferred(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(any_deferred(call.arg(0)?)))
}

fn any_deferred(value: &Value) -> bool {
    match &value.data {
        Data::Text(found) => found.parts().iter().any(|it| matches!(it, Part::Deferred(_))),
        Data::List(items) => items.iter().any(any_deferred),
        Data::Map(map) => map.values().any(any_deferred),
        _ => false,
    }
}

fn parts(call: &Call<'_>) -> Result<Data, Problem> {
    let parts = ops::text_parts(call.arg(0)?)?;
    Ok(list(parts.into_iter().map(part).collect()))
}

fn part(part: Part) -> Value {
    let plain = |it: &str| made(text(it));
    match &part {
        Part::Plain(found) => Value::object([("kind", plain("plain")), ("text", plain(found))], Span::NONE),
        Part::Deferred(found) => {
            let fields = [("kind", plain("deferred")), ("name", plain(&found.name)), ("value", whole(part.clone()))];
            Value::object(fields, Span::NONE)
        }
        Part::Secret(found) => Value::object(
            [
                ("kind", plain("secret")),
                ("owner", plain(&found.owner)),
                ("label", plain(&found.label)),
                ("ref", reference(found)),
                ("value", whole(part.clone())),
            ],
            Span::NONE,
        ),
    }
}

fn whole(part: Part) -> Value {
    made(Data::Text(Text::join([part])))
}

fn reference(secret: &Secret) -> Value {
    match &secret.origin {
        SecretOrigin::Reference(map) => map.clone(),
        _ => Value::null(Span::NONE),
    }
}
