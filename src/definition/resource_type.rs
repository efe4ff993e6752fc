//! `resource-type`: the contract of a type, so that one Score file means the same on every target.

use std::sync::Arc;

use indexmap::IndexMap;

use super::types::{Type, read_values};
use super::{Named, insert_once};
use crate::diag::{Code, Diag, Diags};
use crate::expr::Shape;
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Template, read_arg};

/// The contract of one resource type.
#[derive(Clone, Debug)]
pub struct ResourceType {
    pub name: Spanned<Arc<str>>,
    pub doc: Arc<str>,
    pub params: IndexMap<Arc<str>, Param>,
    pub outputs: IndexMap<Arc<str>, Output>,
    /// Whether outputs that are not listed are allowed too.
    pub open: bool,
    /// The pack that it came with: an index into [`super::Definitions::packs`].
    pub pack: usize,
    pub at: Span,
}

/// A parameter. `default` is a constant or a template over nothing.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: Spanned<Arc<str>>,
    pub ty: Type,
    pub required: bool,
    pub default: Option<Template>,
    /// The parameter that this one is another spelling of.
    pub alias: Option<Spanned<Arc<str>>>,
    pub values: Vec<Arc<str>>,
    pub doc: Arc<str>,
}

/// An output. One with a `value` is derived from other outputs unless a rule gives it.
#[derive(Clone, Debug)]
pub struct Output {
    pub name: Spanned<Arc<str>>,
    pub ty: Type,
    pub secret: bool,
    pub value: Option<Template>,
    pub doc: Arc<str>,
}

impl Named for Param {
    fn name(&self) -> &Spanned<Arc<str>> {
        &self.name
    }
}

impl Named for Output {
    fn name(&self) -> &Spanned<Arc<str>> {
        &self.name
    }
}

impl ResourceType {
    pub(super) fn read(node: &Node, pack: usize, diags: &mut Diags) -> Option<Self> {
        reader::only_children(node, &["doc", "param", "output"], diags);
        reader::only_props(node, &["open"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let mut params = IndexMap::new();
        for child in reader::children(node, "param") {
            if let Some(param) = read_param(child, diags) {
                insert_once(&mut params, param, "param", diags);
            }
        }
        let mut outputs = IndexMap::new();
        for child in reader::children(node, "output") {
            if let Some(output) = read_output(child, diags) {
                insert_once(&mut outputs, output, "output", diags);
            }
        }
        check_aliases(&params, diags);
        Some(ResourceType {
            name: Spanned::new(Arc::from(name), arg.text_at()),
            doc: super::doc(node, diags),
            params,
            outputs,
            open: reader::bool_prop(node, "open", diags).unwrap_or(false),
            pack,
            at: node.head(),
        })
    }

    /// What a rule sees as `params`.
    #[must_use]
    pub fn params_shape(&self) -> Shape {
        let fields = self.params.values().map(|it| (it.name.value.clone(), it.ty.shape()));
        Shape::closed(&format!("the params of `{}`", self.name.value), fields)
    }

    /// What whoever needs such a resource sees.
    #[must_use]
    pub fn outputs_shape(&self) -> Shape {
        let fields = self.outputs.values().map(|it| (it.name.value.clone(), it.ty.shape()));
        let what = format!("the outputs of `{}`", self.name.value);
        if self.open { Shape::open(&what, fields, Shape::Any) } else { Shape::closed(&what, fields) }
    }
}

fn read_param(node: &Node, diags: &mut Diags) -> Option<Param> {
    reader::only_children(node, &["values"], diags);
    reader::only_props(node, &["type", "default", "required", "alias", "doc"], diags);
    let (arg, name) = reader::one_string_arg(node, diags)?;
    let default = match node.prop("default") {
        Some(arg) => Some(read_arg(arg, diags)?),
        None => None,
    };
    Some(Param {
        name: Spanned::new(Arc::from(name), arg.text_at()),
        ty: Type::read(node, diags),
        required: reader::bool_prop(node, "required", diags).unwrap_or(false),
        default,
        alias: reader::string_prop(node, "alias", diags)
            .map(|(arg, text)| Spanned::new(Arc::from(text), arg.text_at())),
        values: read_values(node, diags),
        doc: super::doc_prop(node, diags),
    })
}

fn read_output(node: &Node, diags: &mut Diags) -> Option<Output> {
    reader::no_children(node, diags);
    reader::only_props(node, &["type", "secret", "value", "doc"], diags);
    let (arg, name) = reader::one_string_arg(node, diags)?;
    let value = match node.prop("value") {
        Some(arg) => Some(read_arg(arg, diags)?),
        None => None,
    };
    Some(Output {
        name: Spanned::new(Arc::from(name), arg.text_at()),
        ty: Type::read(node, diags),
        secret: reader::bool_prop(node, "secret", diags).unwrap_or(false),
        value,
        doc: super::doc_prop(node, diags),
    })
}

fn check_aliases(params: &IndexMap<Arc<str>, Param>, diags: &mut Diags) {
    for alias in params.values().filter_map(|it| it.alias.as_ref()) {
        if params.get(&alias.value).is_none_or(|it| it.alias.is_some()) {
            let message = format!("no param `{}` to be another spelling of", alias.value);
            diags.push(Diag::error(Code::KdlUnknownNode, alias.at, message));
        }
    }
}
