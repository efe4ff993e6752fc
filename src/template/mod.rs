//! Value bodies: KDL nodes that describe values, with splices and interpolation.
//!
//! In: the children of `emit`, `outputs`, `file` and their like, as KDL nodes. Out: a [`Template`], which a
//! [`Scope`] turns into a [`Value`]; and, before anything runs, the [`Shape`] that it will have. Knows nothing
//! of rules, targets or Score: whoever evaluates a template says which names, fragments and slots there are.
//!
//! [`Scope`]: crate::expr::Scope
//! [`Shape`]: crate::expr::Shape
//! [`Value`]: crate::value::Value

mod build;
mod check;
mod eval;
mod read;

pub use check::{CheckContext, FragmentShape};
pub use eval::{Context, Environment, Failed};
pub(crate) use read::expr_of;
pub use read::{read_arg, read_body, read_fragment, read_properties, read_value};

use std::sync::Arc;

use crate::expr::{Expr, Interpolation};
use crate::format::Format;
use crate::source::{Span, Spanned};
use crate::value::Value;

/// A description of one value.
#[derive(Clone, Debug)]
pub struct Template {
    pub kind: Kind,
    /// The node or argument that wrote it, for messages.
    pub at: Span,
}

#[derive(Clone, Debug)]
pub enum Kind {
    /// Nothing to compute.
    Constant(Value),
    Text(Interpolation),
    /// `name "a" "b"`.
    List(Vec<Template>),
    /// Children, or properties, or both.
    Body(Body),
    /// `(string)`, `(int)`, `(bool)`.
    Coerce(Coercion, Box<Template>),
    /// `(json)`, `(yaml)`, `(toml)`: the value, encoded into one string.
    Encode(Format, Box<Template>),
    /// `(reveal)`: a secret's value in clear, where the target names a sink.
    Reveal(Box<Template>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coercion {
    Text,
    Int,
    Bool,
}

/// The children of a node: a map, or a list when they are all named `-`.
#[derive(Clone, Debug, Default)]
pub struct Body {
    pub items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub enum Item {
    /// `name …`: one key of the map.
    Entry { key: Interpolation, value: Template, optional: bool, at: Span },
    /// `- …`: one item of the list.
    Dash { value: Template, optional: bool },
    /// `if`, `else-if`, `else`: the condition of `else` is absent.
    If { branches: Vec<(Option<Expr>, Body)> },
    /// `for "item" in="…"`, or `for "key" "value" in="…"`.
    For { key: Option<Arc<str>>, item: Arc<str>, list: Expr, body: Body },
    /// `let "name" …`: a name for the siblings that follow.
    Let { name: Spanned<Arc<str>>, value: Template },
    /// `spread "…"`: the keys of a map or the items of a list.
    Spread { expr: Expr },
    /// `insert "fragment" arg="…"`.
    Insert { fragment: Spanned<Arc<str>>, args: Vec<(Spanned<Arc<str>>, Expr)> },
    /// `slot "name"`, or `slot "name" for="…"` where the slot is kept per workload.
    Slot { name: Spanned<Arc<str>>, of: Option<Expr> },
}

/// A body with named arguments, used by `insert`.
#[derive(Clone, Debug)]
pub struct Fragment {
    pub name: Spanned<Arc<str>>,
    pub params: Vec<Spanned<Arc<str>>>,
    pub body: Body,
    pub at: Span,
}

impl Template {
    /// A constant.
    #[must_use]
    pub fn constant(value: Value) -> Self {
        Template { at: value.at, kind: Kind::Constant(value) }
    }

    /// The body that gives the value, behind what changes it.
    fn body(&self) -> Option<&Body> {
        let mut template = self;
        loop {
            match &template.kind {
                Kind::Body(body) => return Some(body),
                Kind::Coerce(_, inner) | Kind::Encode(_, inner) | Kind::Reveal(inner) => template = inner,
                Kind::Constant(_) | Kind::Text(_) | Kind::List(_) => return None,
            }
        }
    }

    /// Calls `visit` with every expression of this template, in order.
    pub fn each_expression(&self, visit: &mut dyn FnMut(&Expr)) {
        match &self.kind {
            Kind::Constant(_) => {}
            Kind::Text(text) => text.expressions().for_each(visit),
            Kind::List(items) => items.iter().for_each(|it| it.each_expression(visit)),
            Kind::Body(body) => body.each_expression(visit),
            Kind::Coerce(_, inner) | Kind::Encode(_, inner) | Kind::Reveal(inner) => inner.each_expression(visit),
        }
    }
}

impl Body {
    /// The fragments that this body inserts, at any depth.
    #[must_use]
    pub fn inserts(&self) -> Vec<Spanned<Arc<str>>> {
        let mut found = Vec::new();
        let mut bodies = vec![self];
        while let Some(body) = bodies.pop() {
            for item in &body.items {
                match item {
                    Item::Entry { value, .. } | Item::Dash { value, .. } | Item::Let { value, .. } => {
                        bodies.extend(value.body());
                    }
                    Item::If { branches } => bodies.extend(branches.iter().map(|(_, body)| body)),
                    Item::For { body, .. } => bodies.push(body),
                    Item::Insert { fragment, .. } => found.push(fragment.clone()),
                    Item::Spread { .. } | Item::Slot { .. } => {}
                }
            }
        }
        found
    }

    /// As [`Template::each_expression`].
    pub fn each_expression(&self, visit: &mut dyn FnMut(&Expr)) {
        for item in &self.items {
            match item {
                Item::Entry { key, value, .. } => {
                    key.expressions().for_each(&mut *visit);
                    value.each_expression(visit);
                }
                Item::Dash { value, .. } | Item::Let { value, .. } => value.each_expression(visit),
                Item::If { branches } => {
                    for (condition, body) in branches {
                        condition.iter().for_each(&mut *visit);
                        body.each_expression(visit);
                    }
                }
                Item::For { list, body, .. } => {
                    visit(list);
                    body.each_expression(visit);
                }
                Item::Spread { expr } => visit(expr),
                Item::Insert { args, .. } => args.iter().for_each(|(_, expr)| visit(expr)),
                Item::Slot { of, .. } => of.iter().for_each(&mut *visit),
            }
        }
    }
}
