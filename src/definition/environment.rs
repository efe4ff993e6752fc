//! `environment`: where a project runs, and what its rules may know of it.

use std::sync::Arc;

use crate::diag::Diags;
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Body, read_properties};

/// One `environment` node, before its `extends` are followed.
#[derive(Clone, Debug)]
pub struct Environment {
    pub name: Spanned<Arc<str>>,
    pub doc: Arc<str>,
    pub target: Option<Spanned<Arc<str>>>,
    pub extends: Option<Spanned<Arc<str>>>,
    /// Only a base for others.
    pub is_abstract: bool,
    /// For example `development`; rules match on it.
    pub kind: Option<Spanned<Arc<str>>>,
    /// Whether a project's key may be made where there is none.
    pub generate_key: Option<bool>,
    pub vars: Body,
    /// The target's options.
    pub options: Body,
    /// Nearest first: 0 is the project file.
    pub layer: usize,
    pub at: Span,
}

impl Environment {
    /// Reads an `environment` node of a layer; nothing for any other node.
    pub fn read(node: &Node, layer: usize, diags: &mut Diags) -> Option<Self> {
        const CHILDREN: &[&str] = &["doc", "kind", "vars", "options"];
        reader::only_children(node, CHILDREN, diags);
        reader::unique_children(node, CHILDREN, diags);
        reader::only_props(node, &["target", "extends", "abstract", "generate-key"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let name = Spanned::new(Arc::from(name), arg.text_at());
        let text = |found: Option<(&crate::kdl::Arg, &str)>| {
            found.map(|(arg, text)| Spanned::new(Arc::from(text), arg.text_at()))
        };
        let mut body = |name: &str| match reader::child(node, name) {
            Some(child) => read_properties(child, diags),
            None => Some(Body::default()),
        };
        let (vars, options) = (body("vars"), body("options"));
        Some(Environment {
            name,
            doc: super::doc(node, diags),
            target: text(reader::string_prop(node, "target", diags)),
            extends: text(reader::string_prop(node, "extends", diags)),
            is_abstract: reader::bool_prop(node, "abstract", diags).unwrap_or(false),
            kind: text(reader::string_child(node, "kind", diags)),
            generate_key: reader::bool_prop(node, "generate-key", diags),
            vars: vars?,
            options: options?,
            layer,
            at: node.head(),
        })
    }
}
