//! `var`: a variable of environments that definitions read, with its type, its default and what it is for.
//!
//! Environments may have variables that nobody declares. A pack declares those that it reads, so that they are there
//! in every environment, and so that a wrong value is found where it was written.

use std::sync::Arc;

use super::types::{check_constant, read_values};
use super::{Definitions, Environment, Type};
use crate::diag::{Code, Diag, Diags, or_list};
use crate::expr::{Names, Shape};
use crate::kdl::{Node, reader};
use crate::source::Spanned;
use crate::template::{CheckContext, Context, Item, Template, read_arg};
use crate::value::{Map, Value};

/// One declared variable.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: Spanned<Arc<str>>,
    pub ty: Type,
    /// Sees `project` and `env.name` and `env.kind`. Without one, the variable is `()` where nobody sets it.
    pub default: Option<Template>,
    /// The only texts allowed; empty: any.
    pub values: Vec<Arc<str>>,
    pub doc: Arc<str>,
    pub layer: usize,
}

impl Variable {
    pub(super) fn read(node: &Node, layer: usize, diags: &mut Diags) -> Option<Self> {
        reader::only_children(node, &["values"], diags);
        reader::only_props(node, &["type", "default", "doc"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let default = match node.prop("default") {
            Some(arg) => Some(read_arg(arg, diags)?),
            None => None,
        };
        Some(Variable {
            name: Spanned::new(Arc::from(name), arg.text_at()),
            ty: Type::read(node, diags),
            default,
            values: read_values(node, diags),
            doc: super::doc_prop(node, diags),
            layer,
        })
    }

    /// What the static check may rely on: without a default there may be nothing.
    pub(super) fn shape(&self) -> Shape {
        if self.default.is_some() { self.ty.shape() } else { Shape::Any }
    }

    /// Reports a default that the variable itself does not allow.
    pub(super) fn check(&self, names: &Names<'_>, diags: &mut Diags) {
        if let Some(default) = &self.default {
            default.check(names, &CheckContext::default(), diags);
            check_constant(Code::KdlBadValue, "var", &self.name, self.ty, &self.values, default, diags);
        }
    }

    /// The value in the variable's type.
    fn convert(&self, value: Value) -> Result<Value, Diag> {
        let at = value.at;
        let wrong = |problem: String| {
            let message = format!("var `{}`: {problem}", self.name.value);
            Diag::error(Code::KdlBadValue, at, message).label(self.name.at, "declared here")
        };
        let value = self.ty.convert(value).map_err(wrong)?;
        match value.as_str() {
            Some(text) if !self.values.is_empty() && !self.values.iter().any(|it| **it == *text) => {
                Err(wrong(format!("it cannot be `{text}`")).help(format!("write {}", or_list(&self.values))))
            }
            _ => Ok(value),
        }
    }
}

/// The variables of an environment, with every declared one among them, in its type.
pub(super) fn complete(
    definitions: &Definitions,
    mut vars: Map,
    context: &Context<'_>,
    scope: &crate::expr::Scope<'_>,
    diags: &mut Diags,
) -> Option<Map> {
    let mut complete = true;
    for variable in definitions.variables.values() {
        let name = &variable.name.value;
        let value = match (vars.get(name), &variable.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => default.eval(scope, context, diags).ok()?,
            (None, None) => Value::null(variable.name.at),
        };
        match diags.take(variable.convert(value)) {
            Some(value) => drop(vars.insert(name.clone(), value)),
            None => complete = false,
        }
    }
    complete.then_some(vars)
}

/// Reports values written in an environment that the declarations do not allow.
pub(super) fn check_environment(definitions: &Definitions, environment: &Environment, diags: &mut Diags) {
    for item in &environment.vars.items {
        let Item::Entry { key, value, .. } = item else { continue };
        let Some(variable) = key.as_plain().and_then(|it| definitions.variables.get(it)) else { continue };
        check_constant(Code::KdlBadValue, "var", &variable.name, variable.ty, &variable.values, value, diags);
    }
}
