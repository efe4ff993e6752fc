//! A KDL document as scorec keeps it: nodes with byte spans, nothing of the parser's own types.
//!
//! The embedded library is read into this tree when scorec is built, so the tree can be serialised.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::source::{Span, Spanned};

/// A node: `(type)name argument… key=value… { children }`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Node {
    pub name: Spanned<Arc<str>>,
    pub ty: Option<Spanned<Arc<str>>>,
    pub args: Vec<Arg>,
    /// Properties in the order written. A key given twice is reported by the reader.
    pub props: Vec<Prop>,
    /// `None` without braces, an empty list for `{}`.
    pub children: Option<Vec<Node>>,
    /// The whole node, from its type or name to the end of its children.
    pub at: Span,
}

/// An argument of a node, or the value of a property.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Arg {
    pub value: Scalar,
    pub ty: Option<Spanned<Arc<str>>>,
    /// The value as written, with its quotes.
    pub at: Span,
    /// The place of a string's text without its quotes, where every byte of the value is the same byte of the
    /// source. `None` where escapes or dedenting changed it: then only `at` can be pointed at.
    pub inner: Option<Span>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Prop {
    pub key: Spanned<Arc<str>>,
    pub value: Arg,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
}

impl Node {
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name.value
    }

    /// The children; none without braces.
    #[must_use]
    pub fn children(&self) -> &[Node] {
        self.children.as_deref().unwrap_or_default()
    }

    #[must_use]
    pub fn prop(&self, key: &str) -> Option<&Arg> {
        self.props.iter().find(|it| &*it.key.value == key).map(|it| &it.value)
    }

    /// The node without its children, for labels that should not underline a page.
    #[must_use]
    pub fn head(&self) -> Span {
        let start = self.ty.as_ref().map_or(self.name.at, |it| it.at.to(self.name.at));
        let start = self.args.last().map_or(start, |it| start.to(it.at));
        self.props.last().map_or(start, |it| start.to(it.value.at))
    }
}

impl Arg {
    /// The text of a string argument.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Scalar::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where the text of a string argument stands; the whole argument where that cannot be said exactly.
    #[must_use]
    pub fn text_at(&self) -> Span {
        self.inner.unwrap_or(self.at)
    }
}
