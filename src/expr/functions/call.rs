//! The call of a function: its arguments, its context, and the limits of both.
//!
//! In: values. Out: typed arguments, or a problem that names the function. A text that is not plain is refused here, so
//! that no function can look inside one by mistake.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Function;
use crate::expr::limits;
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::expr::scope::Identity;
use crate::source::Span;
use crate::value::{Data, Map, Text, Value};

/// What an evaluation gives to the functions that it calls.
#[derive(Clone, Debug)]
pub struct Context {
    pub identity: Identity,
    /// The place of the expression, for what it makes.
    pub at: Span,
    work: Arc<AtomicU64>,
}

impl Context {
    #[must_use]
    pub fn new(identity: &Identity, at: Span) -> Self {
        Context { identity: identity.clone(), at, work: Arc::default() }
    }

    /// Counts work of about that many bytes; refuses past the budget of one evaluation.
    pub fn charge(&self, bytes: usize) -> Result<(), Problem> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let before = self.work.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= limits::WORK {
            return Ok(());
        }
        Err(Problem::limit("this expression takes too long"))
    }
}

/// The call of a function.
pub struct Call<'a> {
    pub name: &'static str,
    pub args: &'a [Value],
    pub context: &'a Context,
}

impl<'a> Call<'a> {
    pub fn arg(&self, index: usize) -> Result<&'a Value, Problem> {
        self.args.get(index).ok_or_else(|| Problem::failed(format!("`{}` lacks an argument", self.name)))
    }

    /// A plain text.
    pub fn text(&self, index: usize) -> Result<&'a str, Problem> {
        let arg = self.arg(index)?;
        match &arg.data {
            Data::Text(text) => {
                text.as_plain().ok_or_else(|| Problem::opaque(&format!("`{}`", self.name), text.has_secret()))
            }
            _ => Err(self.wrong(index, "a string")),
        }
    }

    pub fn int(&self, index: usize) -> Result<i64, Problem> {
        self.arg(index)?.as_int().ok_or_else(|| self.wrong(index, "an integer"))
    }

    /// An integer between bounds, which are part of the function's contract.
    pub fn int_in(&self, index: usize, least: i64, most: i64) -> Result<i64, Problem> {
        let found = self.int(index)?;
        if (least..=most).contains(&found) {
            return Ok(found);
        }
        Err(Problem::failed(format!("`{}` takes a number from {least} to {most} here, found {found}", self.name)))
    }

    /// A size: an integer from 0 to the most items or bytes that anything can have.
    pub fn size(&self, index: usize, most: usize) -> Result<usize, Problem> {
        let found = self.int_in(index, 0, i64::try_from(most).unwrap_or(i64::MAX))?;
        Ok(usize::try_from(found).unwrap_or(0))
    }

    pub fn number(&self, index: usize) -> Result<f64, Problem> {
        ops::number(&self.arg(index)?.data).ok_or_else(|| self.wrong(index, "a number"))
    }

    pub fn list(&self, index: usize) -> Result<&'a [Value], Problem> {
        self.arg(index)?.as_list().ok_or_else(|| self.wrong(index, "a list"))
    }

    pub fn map(&self, index: usize) -> Result<&'a Map, Problem> {
        self.arg(index)?.as_map().ok_or_else(|| self.wrong(index, "a map"))
    }

    /// Texts given as one list or as the remaining arguments.
    pub fn texts(&self, from: usize) -> Result<Vec<&'a str>, Problem> {
        let text = |value: &'a Value| {
            ops::refuse_opaque(&format!("`{}`", self.name), value)?;
            value
                .as_str()
                .ok_or_else(|| Problem::failed(format!("`{}` takes strings, found {}", self.name, value.kind())))
        };
        match self.arg(from)?.as_list() {
            Some(items) => items.iter().map(text).collect(),
            None => self.args.iter().skip(from).map(text).collect(),
        }
    }

    pub fn has(&self, index: usize) -> bool {
        index < self.args.len()
    }

    /// That an argument is of another kind.
    pub fn wrong(&self, index: usize, wanted: &str) -> Problem {
        mismatch(self.name, index, wanted, self.args.get(index).map_or("nothing", Value::kind))
    }

    /// A problem that begins with the function's name.
    pub fn fails(&self, why: impl std::fmt::Display) -> Problem {
        Problem::failed(format!("`{}`: {why}", self.name))
    }
}

/// That an argument is of another kind than the function takes.
pub fn mismatch(name: &str, index: usize, wanted: &str, found: &str) -> Problem {
    let place = match index {
        0 => "",
        1 => " as second argument",
        _ => " as third argument",
    };
    Problem::failed(format!("`{name}` takes {wanted}{place}, found {found}"))
}

/// Plain text as data.
pub fn text(text: impl Into<Arc<str>>) -> Data {
    Data::Text(Text::plain(text))
}

/// A list as data.
pub fn list(items: Vec<Value>) -> Data {
    Data::List(Arc::new(items))
}

/// A value that a function makes; its place is that of the expression, given at the end.
pub fn made(data: Data) -> Value {
    Value::new(data, Span::NONE)
}

/// Runs a function within the limits.
pub fn run(function: &Function, context: &Context, args: &[Value]) -> Result<Value, Problem> {
    let sizes: usize = args.iter().map(size).sum();
    context.charge(sizes + 64)?;
    let call = Call { name: function.name, args, context };
    let result = made((function.run)(&call)?);
    context.charge(size(&result))?;
    check_size(&result)?;
    Ok(result)
}

fn size(value: &Value) -> usize {
    match &value.data {
        Data::Text(text) => text.as_plain().map_or(64, str::len),
        Data::List(items) => items.len() * 16,
        Data::Map(map) => map.len() * 32,
        _ => 8,
    }
}

fn check_size(value: &Value) -> Result<(), Problem> {
    match &value.data {
        Data::Text(text) => limits::text(text.as_plain().map_or(0, str::len)),
        Data::List(items) => limits::items(items.len()),
        Data::Map(map) => limits::items(map.len()),
        _ => Ok(()),
    }
}
