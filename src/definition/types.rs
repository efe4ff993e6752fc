//! The types that contracts and options name, and the check of a value against one.

use std::sync::Arc;

use crate::diag::{Code, Diag, Diags};
use crate::expr::Shape;
use crate::kdl::{Node, reader};
use crate::source::Spanned;
use crate::template::{Kind, Template};
use crate::value::{Data, Text, Value};

/// The type of a parameter, an output or an option.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Type {
    Text,
    Int,
    Number,
    Bool,
    List,
    Map,
    #[default]
    Any,
}

const NAMES: &[(&str, Type)] = &[
    ("string", Type::Text),
    ("int", Type::Int),
    ("number", Type::Number),
    ("bool", Type::Bool),
    ("list", Type::List),
    ("map", Type::Map),
    ("any", Type::Any),
];

impl Type {
    /// The `type="…"` property of a node; anything without one.
    pub fn read(node: &Node, diags: &mut Diags) -> Type {
        let Some((arg, text)) = reader::string_prop(node, "type", diags) else { return Type::Any };
        if let Some((_, found)) = NAMES.iter().find(|(name, _)| *name == text) {
            return *found;
        }
        let known = crate::diag::suggest::did_you_mean(text, NAMES.iter().map(|(name, _)| *name));
        diags.push(Diag::error(Code::KdlBadValue, arg.at, format!("unknown type `{text}`")).maybe_help(known));
        Type::Any
    }

    /// As definitions write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, it)| *it == self).map_or("any", |(name, _)| name)
    }

    /// What the static check may rely on.
    #[must_use]
    pub fn shape(self) -> Shape {
        match self {
            Type::Text => Shape::Text,
            Type::Int => Shape::Int,
            Type::Bool => Shape::Bool,
            Type::Number | Type::List | Type::Map | Type::Any => Shape::Any,
        }
    }

    /// The value in this type. What loses nothing is converted (a number where text is wanted, digits where
    /// an integer is wanted); text with secret or deferred parts counts as any scalar, since nobody can look.
    pub fn convert(self, value: Value) -> Result<Value, String> {
        let data = match (self, &value.data) {
            (Type::Any, _)
            | (_, Data::Null)
            | (Type::Text, Data::Text(_))
            | (Type::Int, Data::Int(_))
            | (Type::Number, Data::Int(_) | Data::Float(_))
            | (Type::Bool, Data::Bool(_))
            | (Type::List, Data::List(_))
            | (Type::Map, Data::Map(_)) => return Ok(value),
            (Type::Text, Data::Int(it)) => Data::Text(Text::plain(it.to_string())),
            (Type::Text, Data::Float(it)) => Data::Text(Text::plain(it.to_string())),
            (Type::Text, Data::Bool(it)) => Data::Text(Text::plain(it.to_string())),
            (Type::Int | Type::Number | Type::Bool, Data::Text(text)) => match text.as_plain() {
                None => return Ok(value),
                Some(plain) => match self.parse(plain) {
                    Some(data) => data,
                    None => return Err(self.mismatch(&value)),
                },
            },
            _ => return Err(self.mismatch(&value)),
        };
        Ok(Value::new(data, value.at))
    }

    fn parse(self, text: &str) -> Option<Data> {
        match self {
            Type::Int => text.parse().ok().map(Data::Int),
            Type::Number => text.parse().ok().map(Data::Int).or_else(|| text.parse().ok().map(Data::Float)),
            Type::Bool => text.parse().ok().map(Data::Bool),
            _ => None,
        }
    }

    fn mismatch(self, value: &Value) -> String {
        let wanted = match self {
            Type::Text => "a string",
            Type::Int => "an integer",
            Type::Number => "a number",
            Type::Bool => "true or false",
            Type::List => "a list",
            Type::Map => "a map",
            Type::Any => "a value",
        };
        format!("expected {wanted}, found {} `{}`", value.kind(), value.shown())
    }
}

/// Reports a constant that the declaration at `name` does not allow; what is computed is looked at when it is.
pub fn check_constant(
    code: Code,
    what: &str,
    name: &Spanned<Arc<str>>,
    ty: Type,
    allowed: &[Arc<str>],
    template: &Template,
    diags: &mut Diags,
) {
    let Kind::Constant(value) = &template.kind else { return };
    let problem = match ty.convert(value.clone()) {
        Err(problem) => Diag::error(code, value.at, format!("{what} `{}`: {problem}", name.value)),
        Ok(value) => match value.as_str() {
            Some(text) if !allowed.is_empty() && !allowed.iter().any(|it| **it == *text) => {
                Diag::error(code, value.at, format!("{what} `{}` cannot be `{text}`", name.value))
                    .help(format!("write {}", crate::diag::or_list(allowed)))
            }
            _ => return,
        },
    };
    diags.push(problem.label(name.at, "declared here"));
}

/// The allowed values of a parameter or option: `values "a" "b"` among its children.
pub fn read_values(node: &Node, diags: &mut Diags) -> Vec<Arc<str>> {
    reader::unique_child(node, "values", diags)
        .map(|it| reader::string_args(it, diags).into_iter().map(|(_, text)| Arc::from(text)).collect())
        .unwrap_or_default()
}
