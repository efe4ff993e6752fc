//! What can be known of a template before it runs: names, properties, fragments, slots, and its shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Body, Coercion, Item, Kind, Template};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, or_list};
use crate::expr::{MapShape, Names, Shape};
use crate::source::Spanned;
use crate::value::{Data, Value};

/// The fragments and slots that a template may name.
#[derive(Clone, Debug, Default)]
pub struct CheckContext {
    pub fragments: BTreeMap<Arc<str>, FragmentShape>,
    /// Slot names; `true` where the slot is kept per workload. `None` where slots cannot be read at all.
    pub slots: Option<BTreeMap<Arc<str>, bool>>,
}

/// What a caller of a fragment must know.
#[derive(Clone, Debug)]
pub struct FragmentShape {
    pub params: Vec<Arc<str>>,
}

impl Template {
    /// Reports what cannot be right, and says what shape the value will have.
    pub fn check(&self, names: &Names<'_>, context: &CheckContext, diags: &mut Diags) -> Shape {
        match &self.kind {
            Kind::Constant(value) => shape_of(value),
            Kind::Text(text) => text.check(names, diags),
            Kind::List(items) => {
                items.iter().for_each(|it| drop(it.check(names, context, diags)));
                Shape::List(Box::new(Shape::Any))
            }
            Kind::Body(body) => body.check(names, context, diags),
            Kind::Coerce(coercion, inner) => {
                inner.check(names, context, diags);
                match coercion {
                    Coercion::Text => Shape::Text,
                    Coercion::Int => Shape::Int,
                    Coercion::Bool => Shape::Bool,
                }
            }
            Kind::Encode(_, inner) => {
                inner.check(names, context, diags);
                Shape::Text
            }
            Kind::Reveal(inner) => {
                if context.slots.is_none() {
                    let message = "a secret can be revealed only in a file of a target";
                    diags.push(Diag::error(Code::SecretLeak, self.at, message).help("pass the secret on as it is"));
                }
                inner.check(names, context, diags);
                Shape::Text
            }
        }
    }
}

impl Body {
    /// As [`Template::check`].
    pub fn check(&self, names: &Names<'_>, context: &CheckContext, diags: &mut Diags) -> Shape {
        let mut fields = BTreeMap::new();
        let open = self.check_items(names, context, &mut fields, diags);
        if self.wants_list() {
            return Shape::List(Box::new(Shape::Any));
        }
        Shape::Map(Arc::new(MapShape { fields, rest: open.then_some(Shape::Any), what: "a map".into() }))
    }

    /// Collects the keys that are sure to be there; gives whether there may be others.
    fn check_items(
        &self,
        names: &Names<'_>,
        context: &CheckContext,
        fields: &mut BTreeMap<Arc<str>, Shape>,
        diags: &mut Diags,
    ) -> bool {
        let mut names = names.child();
        let mut open = false;
        for item in &self.items {
            match item {
                Item::Entry { key, value, .. } => {
                    key.check(&names, diags);
                    let shape = value.check(&names, context, diags);
                    match key.as_plain() {
                        Some(plain) => drop(fields.insert(plain.clone(), shape)),
                        None => open = true,
                    }
                }
                Item::Dash { value, .. } => drop(value.check(&names, context, diags)),
                Item::If { branches } => {
                    open = true;
                    for (condition, body) in branches {
                        condition.iter().for_each(|it| drop(it.check(&names, diags)));
                        body.check_items(&names, context, &mut BTreeMap::new(), diags);
                    }
                }
                Item::For { key, item, list, body } => {
                    open = true;
                    let mut inner = names.child();
                    let (key_shape, item_shape) = parts_of(&list.check(&names, diags));
                    if let Some(key) = key {
                        inner.set(key.clone(), key_shape);
                    }
                    inner.set(item.clone(), item_shape);
                    body.check_items(&inner, context, &mut BTreeMap::new(), diags);
                }
                Item::Let { name, value } => {
                    let shape = value.check(&names, context, diags);
                    names.set(name.value.clone(), shape);
                }
                Item::Spread { expr } => {
                    open = true;
                    expr.check(&names, diags);
                }
                Item::Insert { fragment, args } => {
                    open = true;
                    args.iter().for_each(|(_, expr)| drop(expr.check(&names, diags)));
                    check_insert(fragment, args.iter().map(|(name, _)| name), context, diags);
                }
                Item::Slot { name, of } => {
                    open = true;
                    of.iter().for_each(|expr| drop(expr.check(&names, diags)));
                    check_slot(name, of.is_some(), context, diags);
                }
            }
        }
        open
    }
}

fn check_insert<'a>(
    fragment: &Spanned<Arc<str>>,
    args: impl Iterator<Item = &'a Spanned<Arc<str>>>,
    context: &CheckContext,
    diags: &mut Diags,
) {
    let Some(shape) = context.fragments.get(&fragment.value) else {
        let known = did_you_mean(&fragment.value, context.fragments.keys().map(|it| &**it));
        let message = format!("no fragment `{}`", fragment.value);
        diags.push(Diag::error(Code::KdlUnknownNode, fragment.at, message).maybe_help(known));
        return;
    };
    let mut missing = shape.params.clone();
    for arg in args {
        if !shape.params.contains(&arg.value) {
            let message = format!("fragment `{}` has no argument `{}`", fragment.value, arg.value);
            let known = did_you_mean(&arg.value, shape.params.iter().map(|it| &**it));
            diags.push(Diag::error(Code::KdlUnknownNode, arg.at, message).maybe_help(known));
        }
        missing.retain(|it| *it != arg.value);
    }
    if !missing.is_empty() {
        let message =
            format!("fragment `{}` also needs {}", fragment.value, or_list(&missing).replace(" or ", " and "));
        let help = format!("add `{}=\"…\"`", missing[0]);
        diags.push(Diag::error(Code::KdlMissingNode, fragment.at, message).help(help));
    }
}

fn check_slot(name: &Spanned<Arc<str>>, of: bool, context: &CheckContext, diags: &mut Diags) {
    let Some(slots) = &context.slots else {
        let message = "a slot can be read only in the files of a target";
        diags.push(Diag::error(Code::KdlBadValue, name.at, message).help("use `emit` to contribute to a slot"));
        return;
    };
    match slots.get(&name.value) {
        None => {
            let known = did_you_mean(&name.value, slots.keys().map(|it| &**it));
            let message = format!("no slot `{}`", name.value);
            diags.push(Diag::error(Code::KdlUnknownNode, name.at, message).maybe_help(known));
        }
        Some(per_workload) if *per_workload != of => {
            let (message, help) = if of {
                (format!("slot `{}` is not kept per workload", name.value), "leave out `for`".to_owned())
            } else {
                (
                    format!("slot `{}` is kept per workload", name.value),
                    format!("write `slot \"{}\" for=\"w.name\"`", name.value),
                )
            };
            diags.push(Diag::error(Code::KdlBadValue, name.at, message).help(help));
        }
        Some(_) => {}
    }
}

/// The shapes of key and item when going through a value of this shape.
fn parts_of(shape: &Shape) -> (Shape, Shape) {
    match shape {
        Shape::List(item) => (Shape::Int, (**item).clone()),
        Shape::Map(map) if map.fields.is_empty() => (Shape::Text, map.rest.clone().unwrap_or(Shape::Any)),
        _ => (Shape::Any, Shape::Any),
    }
}

/// The shape of a value that is known already.
pub(crate) fn shape_of(value: &Value) -> Shape {
    match &value.data {
        Data::Null => Shape::Null,
        Data::Bool(_) => Shape::Bool,
        Data::Int(_) => Shape::Int,
        Data::Float(_) => Shape::Float,
        Data::Text(_) => Shape::Text,
        Data::List(items) => Shape::List(Box::new(items.first().map_or(Shape::Any, shape_of))),
        Data::Map(map) => Shape::Map(Arc::new(MapShape {
            fields: map.iter().map(|(key, value)| (key.clone(), shape_of(value))).collect(),
            rest: None,
            what: "a map".into(),
        })),
    }
}
