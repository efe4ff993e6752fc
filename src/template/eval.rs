//! Templates to values.
//!
//! A body goes on after a problem, so that one run shows all of them; [`Failed`] says that something was
//! reported and no value came out.

use std::cell::Cell;
use std::sync::Arc;

use super::build::Builder;
use super::{Body, Coercion, Fragment, Item, Kind, Template};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Expr, Identity, Scope};
use crate::source::{Span, Spanned};
use crate::value::{Data, Part, Secret, Text, Value};

/// A problem was reported; there is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed;

/// What surrounds a template while it is evaluated.
pub trait Environment {
    /// The fragment of that name.
    fn fragment(&self, name: &str) -> Option<&Fragment>;
    /// What was contributed to a slot, for one workload where the slot is kept per workload.
    fn slot(&self, name: &str, of: Option<&str>) -> Option<Value>;
    /// The value of a secret, for a sink.
    fn reveal(&self, secret: &Secret) -> Result<String, Diag>;
}

/// How a template is evaluated.
pub struct Context<'a> {
    pub identity: &'a Identity,
    pub environment: &'a dyn Environment,
    /// The names that a fragment sees beside its arguments.
    pub globals: &'a Scope<'a>,
    depth: Cell<u32>,
}

/// Deeper `insert`s than this can only come from a fragment that inserts itself.
const MAX_DEPTH: u32 = 32;

impl<'a> Context<'a> {
    #[must_use]
    pub fn new(identity: &'a Identity, environment: &'a dyn Environment, globals: &'a Scope<'a>) -> Self {
        Context { identity, environment, globals, depth: Cell::new(0) }
    }
}

impl Template {
    /// The value. An expression that gives nothing is null here; whoever holds the key drops it.
    pub fn eval(&self, scope: &Scope<'_>, context: &Context<'_>, diags: &mut Diags) -> Result<Value, Failed> {
        match &self.kind {
            Kind::Constant(value) => Ok(value.clone()),
            Kind::Text(text) => report(text.eval(scope, context.identity), diags),
            Kind::List(items) => {
                let values: Vec<Result<Value, Failed>> = items
                    .iter()
                    .map(|item| (item, item.eval(scope, context, diags)))
                    .filter(|(item, value)| !item.drops(value))
                    .map(|(_, value)| value)
                    .collect();
                Ok(Value::list(values.into_iter().collect::<Result<_, _>>()?, self.at))
            }
            Kind::Body(body) => body.eval(self.at, scope, context, diags),
            Kind::Coerce(coercion, inner) => {
                let value = inner.eval(scope, context, diags)?;
                report(coerce(*coercion, value, self.at), diags)
            }
            Kind::Encode(format, inner) => {
                let value = inner.eval(scope, context, diags)?;
                let text = crate::format::encode(*format, &value)
                    .map_err(|problem| Diag::error(Code::ExprFailed, self.at, problem.to_string()));
                report(text.map(|text| Value::new(Data::Text(text), self.at)), diags)
            }
            Kind::Reveal(inner) => {
                let value = inner.eval(scope, context, diags)?;
                report(reveal(value, context), diags)
            }
        }
    }

    /// Whether a value that came out vanishes together with its key. A written `#null` stays.
    fn drops(&self, value: &Result<Value, Failed>) -> bool {
        !matches!(self.kind, Kind::Constant(_)) && value.as_ref().is_ok_and(Value::is_null)
    }
}

impl Body {
    /// A map, or a list when its items are named `-`.
    pub fn eval(&self, at: Span, scope: &Scope<'_>, context: &Context<'_>, diags: &mut Diags) -> Result<Value, Failed> {
        let mut builder = Builder::default();
        self.fill(&mut builder, scope, context, diags)?;
        Ok(builder.finish(self.wants_list(), at))
    }

    /// Whether the body is a list even when nothing comes out.
    pub(super) fn wants_list(&self) -> bool {
        self.items.iter().any(|item| match item {
            Item::Dash { .. } => true,
            Item::If { branches } => branches.iter().any(|(_, body)| body.wants_list()),
            Item::For { body, .. } => body.wants_list(),
            _ => false,
        })
    }

    fn fill(
        &self,
        builder: &mut Builder,
        scope: &Scope<'_>,
        context: &Context<'_>,
        diags: &mut Diags,
    ) -> Result<(), Failed> {
        let mut scope = scope.child();
        let mut outcome = Ok(());
        for item in &self.items {
            let done = match item {
                Item::Let { name, value } => value.eval(&scope, context, diags).map(|value| {
                    scope.set(name.value.clone(), value);
                }),
                other => fill_item(other, builder, &scope, context, diags),
            };
            if done.is_err() {
                outcome = done;
                // What follows a failed `let` would only repeat its problem.
                if matches!(item, Item::Let { .. }) {
                    break;
                }
            }
        }
        outcome
    }
}

fn fill_item(
    item: &Item,
    builder: &mut Builder,
    scope: &Scope<'_>,
    context: &Context<'_>,
    diags: &mut Diags,
) -> Result<(), Failed> {
    match item {
        Item::Entry { key, value: template, optional, at } => {
            let key = report(key.eval_text(scope, context.identity), diags)?;
            let value = template.eval(scope, context, diags);
            if template.drops(&value) || (*optional && value.as_ref().is_ok_and(is_empty)) {
                return Ok(());
            }
            report(builder.key(key, value?, *at), diags)
        }
        Item::Dash { value: template, optional } => {
            let value = template.eval(scope, context, diags);
            if template.drops(&value) || (*optional && value.as_ref().is_ok_and(is_empty)) {
                return Ok(());
            }
            report(builder.item(value?, template.at), diags)
        }
        Item::If { branches } => {
            for (condition, body) in branches {
                if holds(condition.as_ref(), scope, context, diags)? {
                    return body.fill(builder, scope, context, diags);
                }
            }
            Ok(())
        }
        Item::For { key, item, list, body } => fill_for(key.as_ref(), item, list, body, builder, scope, context, diags),
        Item::Spread { expr } => {
            let value = report(expr.eval(scope, context.identity), diags)?;
            splice(value, expr.at(), builder, diags)
        }
        Item::Insert { fragment, args } => fill_insert(fragment, args, builder, scope, context, diags),
        Item::Slot { name, of } => {
            let of = match of {
                Some(expr) => Some(report(expr.eval(scope, context.identity), diags)?),
                None => None,
            };
            match context.environment.slot(&name.value, of.as_ref().and_then(Value::as_str)) {
                Some(value) => splice(value, name.at, builder, diags),
                None => Ok(()),
            }
        }
        Item::Let { .. } => Ok(()),
    }
}

fn holds(
    condition: Option<&Expr>,
    scope: &Scope<'_>,
    context: &Context<'_>,
    diags: &mut Diags,
) -> Result<bool, Failed> {
    let Some(expr) = condition else { return Ok(true) };
    let value = report(expr.eval(scope, context.identity), diags)?;
    report(
        value.as_bool().ok_or_else(|| {
            Diag::error(Code::ExprFailed, expr.at(), format!("expected true or false, found {}", value.kind()))
                .help("compare it, for example `x != ()`")
        }),
        diags,
    )
}

#[expect(clippy::too_many_arguments, reason = "the parts of one `for` node and the state of one evaluation")]
fn fill_for(
    key: Option<&Arc<str>>,
    item: &Arc<str>,
    list: &Expr,
    body: &Body,
    builder: &mut Builder,
    scope: &Scope<'_>,
    context: &Context<'_>,
    diags: &mut Diags,
) -> Result<(), Failed> {
    let value = report(list.eval(scope, context.identity), diags)?;
    let pairs: Vec<(Value, Value)> = match &value.data {
        Data::Null => Vec::new(),
        Data::List(items) => {
            items.iter().enumerate().map(|(index, it)| (Value::int(index as i64, it.at), it.clone())).collect()
        }
        Data::Map(map) => map.iter().map(|(key, it)| (Value::text(key.clone(), it.at), it.clone())).collect(),
        _ => {
            diags.push(
                Diag::error(Code::ExprFailed, list.at(), format!("cannot go through {}", value.kind()))
                    .help("`for` goes through a list or a map"),
            );
            return Err(Failed);
        }
    };
    let mut outcome = Ok(());
    for (index, value) in pairs {
        let mut inner = scope.child();
        if let Some(key) = key {
            inner.set(key.clone(), index);
        }
        inner.set(item.clone(), value);
        outcome = body.fill(builder, &inner, context, diags).and(outcome);
    }
    outcome
}

fn fill_insert(
    fragment: &Spanned<Arc<str>>,
    args: &[(Spanned<Arc<str>>, Expr)],
    builder: &mut Builder,
    scope: &Scope<'_>,
    context: &Context<'_>,
    diags: &mut Diags,
) -> Result<(), Failed> {
    let Some(found) = context.environment.fragment(&fragment.value) else {
        diags.push(Diag::error(Code::KdlUnknownNode, fragment.at, format!("no fragment `{}`", fragment.value)));
        return Err(Failed);
    };
    if context.depth.get() >= MAX_DEPTH {
        let message = format!("`{}` inserts itself", fragment.value);
        diags.push(Diag::error(Code::ExprLimit, fragment.at, message).label(found.at, "the fragment"));
        return Err(Failed);
    }
    let mut inner = context.globals.child();
    for (name, expr) in args {
        inner.set(name.value.clone(), report(expr.eval(scope, context.identity), diags)?);
    }
    context.depth.set(context.depth.get() + 1);
    let outcome = found.body.fill(builder, &inner, context, diags);
    context.depth.set(context.depth.get() - 1);
    outcome
}

/// Puts the keys of a map or the items of a list where `spread` or `slot` stands.
fn splice(value: Value, at: Span, builder: &mut Builder, diags: &mut Diags) -> Result<(), Failed> {
    match &value.data {
        Data::Null => Ok(()),
        Data::Map(map) => {
            map.iter().try_for_each(|(key, it)| report(builder.key(key.clone(), it.clone(), it.at), diags))
        }
        Data::List(items) => items.iter().try_for_each(|it| report(builder.item(it.clone(), it.at), diags)),
        _ => {
            diags.push(
                Diag::error(Code::ExprFailed, at, format!("cannot spread {}", value.kind()))
                    .help("`spread` takes a map or a list"),
            );
            Err(Failed)
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match &value.data {
        Data::Null => true,
        Data::List(items) => items.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// Nothing stays nothing; what would lose something is an error.
fn coerce(coercion: Coercion, value: Value, at: Span) -> Result<Value, Diag> {
    let data = match (coercion, &value.data) {
        (_, Data::Null) => Data::Null,
        (Coercion::Text, Data::Text(_)) | (Coercion::Int, Data::Int(_)) | (Coercion::Bool, Data::Bool(_)) => {
            return Ok(value);
        }
        (Coercion::Text, Data::Bool(it)) => Data::Text(Text::plain(it.to_string())),
        (Coercion::Text, Data::Int(it)) => Data::Text(Text::plain(it.to_string())),
        (Coercion::Text, Data::Float(it)) => Data::Text(Text::plain(it.to_string())),
        (Coercion::Int, Data::Float(it)) if it.fract() == 0.0 && it.abs() < 9e15 => Data::Int(*it as i64),
        (Coercion::Int, Data::Text(text)) => match text.as_plain().and_then(|it| it.trim().parse().ok()) {
            Some(number) => Data::Int(number),
            None => return Err(lossy("an integer", &value, at)),
        },
        (Coercion::Bool, Data::Text(text)) => match text.as_plain() {
            Some("true") => Data::Bool(true),
            Some("false") => Data::Bool(false),
            _ => return Err(lossy("true or false", &value, at)),
        },
        (Coercion::Text, _) => return Err(lossy("a string", &value, at)),
        (Coercion::Int, _) => return Err(lossy("an integer", &value, at)),
        (Coercion::Bool, _) => return Err(lossy("true or false", &value, at)),
    };
    Ok(Value::new(data, value.at))
}

fn lossy(wanted: &str, found: &Value, at: Span) -> Diag {
    Diag::error(Code::ExprFailed, at, format!("expected {wanted}, found {} `{}`", found.kind(), found.shown()))
        .label(found.at, "the value came from here")
}

/// Every secret in a value, in clear.
fn reveal(value: Value, context: &Context<'_>) -> Result<Value, Diag> {
    let data = match &value.data {
        Data::Text(text) if text.has_secret() => {
            let parts: Result<Vec<Part>, Diag> = text
                .parts()
                .into_iter()
                .map(|part| match part {
                    Part::Secret(secret) => context.environment.reveal(&secret).map(|it| Part::Plain(it.into())),
                    other => Ok(other),
                })
                .collect();
            Data::Text(Text::join(parts?))
        }
        Data::List(items) => {
            let items: Result<Vec<Value>, Diag> = items.iter().map(|it| reveal(it.clone(), context)).collect();
            Data::List(Arc::new(items?))
        }
        Data::Map(map) => {
            let entries = map.iter().map(|(key, it)| Ok((key.clone(), reveal(it.clone(), context)?)));
            Data::Map(Arc::new(entries.collect::<Result<_, Diag>>()?))
        }
        _ => return Ok(value),
    };
    Ok(Value::new(data, value.at))
}

fn report<T>(result: Result<T, Diag>, diags: &mut Diags) -> Result<T, Failed> {
    result.map_err(|diag| {
        diags.push(diag);
        Failed
    })
}
