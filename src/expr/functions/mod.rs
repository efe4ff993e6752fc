//! The functions of expressions, as one table.
//!
//! In: a [`Call`] with values. Out: a value, or why there is none. Every function is pure and bounded, and knows
//! nothing of the script engine. Its line in the table is its documentation: the book is made from it, the check reads
//! the number of arguments from it, and a test runs its example.

mod identity;
mod strings;
mod encoding;
mod patterns;
mod numbers;
mod quantities;
mod data;
mod lists;
mod versions;
mod networks;
mod inspection;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rhai::Dynamic;

use super::limits;
use super::ops;
use super::problem::Problem;
use super::scope::Identity;
use super::script;
use super::shape::Shape;
use crate::diag::{Code, count, suggest};
use crate::source::Span;
use crate::value::{Data, Map, Text, Value};

/// One function, as documented and as run.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    pub name: &'static str,
    /// The file of the table, as a heading: `strings`, `quantities` …
    pub topic: &'static str,
    /// The arguments, for example `(text, length?)`; `…` after the last name means any number of them.
    pub signature: &'static str,
    pub doc: &'static str,
    /// An expression, and what it gives as `Value::shown` writes it.
    pub example: (&'static str, &'static str),
    pub returns: Returns,
    run: Run,
}

type Run = fn(&Call<'_>) -> Result<Data, Problem>;

/// What a function gives, for the check.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Returns {
    Any,
    Bool,
    Int,
    Float,
    Text,
    List,
    /// A list of texts.
    Texts,
    Map,
    /// The same kind as the first argument.
    Same,
    /// An item of the first argument.
    Item,
}

impl Returns {
    /// The shape of the result for arguments of these shapes.
    #[must_use]
    pub fn shape(self, args: &[Shape]) -> Shape {
        match self {
            Returns::Any | Returns::Map => Shape::Any,
            Returns::Bool => Shape::Bool,
            Returns::Int => Shape::Int,
            Returns::Float => Shape::Float,
            Returns::Text => Shape::Text,
            Returns::List => Shape::list(Shape::Any),
            Returns::Texts => Shape::list(Shape::Text),
            Returns::Same => args.first().cloned().unwrap_or_default(),
            // An empty list has no item, so the result may be `()`.
            Returns::Item => Shape::Any,
        }
    }
}

/// Whether a value of this shape can be an argument of this name, as far as both say.
fn fits(argument: &str, shape: &Shape) -> Result<(), &'static str> {
    let number = matches!(shape, Shape::Int | Shape::Float);
    let (fits, wanted) = match argument.trim_end_matches(['?', '…']) {
        "text" | "label" | "prefix" | "suffix" | "pattern" | "message" | "from" | "to" => {
            (matches!(shape, Shape::Text), "a string")
        }
        "list" => (matches!(shape, Shape::List(_)), "a list"),
        "map" | "other" => (matches!(shape, Shape::Map(_)), "a map"),
        "number" => (number, "a number"),
        "length" | "count" | "step" | "times" | "bytes" | "start" => (matches!(shape, Shape::Int), "an integer"),
        _ => return Ok(()),
    };
    if fits || matches!(shape, Shape::Any) { Ok(()) } else { Err(wanted) }
}

/// The most arguments that a function with `…` takes.
const MANY: usize = 8;

impl Function {
    /// The fewest and the most arguments.
    #[must_use]
    pub fn arity(&self) -> (usize, usize) {
        let names: Vec<&str> = self.arguments().collect();
        let least = names.iter().filter(|it| !it.ends_with('?')).count();
        let most = if self.signature.contains('…') { MANY } else { names.len() };
        (least, most)
    }

    /// The names of the arguments, with `?` and `…`.
    fn arguments(&self) -> impl Iterator<Item = &'static str> {
        self.signature.trim_matches(['(', ')']).split(", ").filter(|it| !it.is_empty())
    }

    /// The first argument whose shape cannot be right, and why.
    #[must_use]
    pub fn misfit(&self, shapes: &[Shape]) -> Option<(usize, Problem)> {
        self.arguments().zip(shapes).enumerate().find_map(|(index, (argument, shape))| {
            let wanted = fits(argument, shape).err()?;
            Some((index, mismatch(self.name, index, wanted, shape.what())))
        })
    }
}

/// Every function, by topic and then in the order of its file.
#[must_use]
pub fn all() -> &'static [Function] {
    static ALL: OnceLock<Vec<Function>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            identity::TABLE,
            strings::TABLE,
            encoding::TABLE,
            patterns::TABLE,
            numbers::TABLE,
            quantities::TABLE,
            data::TABLE,
            lists::TABLE,
            versions::TABLE,
            networks::TABLE,
            inspection::TABLE,
        ]
        .concat()
    })
}

/// The function of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: OnceLock<BTreeMap<&str, &Function>> = OnceLock::new();
    BY_NAME.get_or_init(|| all().iter().map(|it| (it.name, it)).collect()).get(name).copied()
}

/// The function of that name, if it takes that many arguments.
pub fn known(name: &str, given: usize) -> Result<&'static Function, Problem> {
    let unknown = |message, help| Problem { code: Code::ExprUnknownFunction, message, help };
    let Some(function) = find(name) else {
        let names: Vec<&str> = all().iter().map(|it| it.name).collect();
        if !name.starts_with(|it: char| it.is_alphabetic() || it == '_') {
            return Err(unknown(format!("`{name}` is no operator here"), None));
        }
        let near = || suggest::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        return Err(unknown(format!("unknown function `{name}`"), elsewhere(name).or_else(near)));
    };
    let (least, most) = function.arity();
    if (least..=most).contains(&given) {
        return Ok(function);
    }
    let wanted = if least == most { count(least, "argument") } else { format!("{least} to {most} arguments") };
    let help = format!("call it as `{name}{}`; before a dot, as in `x.{name}()`, `x` is the first", function.signature);
    Err(unknown(format!("`{name}` takes {wanted}, found {given}"), Some(help)))
}

/// Names that other languages use for what stands under another name here.
fn elsewhere(name: &str) -> Option<String> {
    let here = match name {
        "map" | "for_each" | "filter" | "reduce" | "some" | "all" => {
            "expressions have no loops: use `pluck`, `filter_by`, `find` or a `for` node"
        }
        "eval" | "call" | "Fn" | "curry" => "an expression cannot be made from text",
        "print" | "debug" => "nothing can be printed from here: use a `note` node",
        "sleep" | "timestamp" | "now" | "rand" | "uuid" => {
            "equal inputs give equal output, so there is no clock and no randomness: use `unique(label)`"
        }
        "type_of" | "typeof" => "use `kind_of(value)`",
        "sha256" | "md5" | "sha1" => "use `hash(text)`",
        "b64enc" | "base64_encode" => "use `base64(text)`",
        "default" => "use `value ?? default`",
        "concat" | "format" | "printf" => "use `a + b` or `join(list, text)`",
        _ => return None,
    };
    Some(here.to_owned())
}

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
    fn charge(&self, bytes: usize) -> Result<(), Problem> {
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

fn mismatch(name: &str, index: usize, wanted: &str, found: &str) -> Problem {
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
fn run(function: &Function, context: &Context, args: &[Value]) -> Result<Value, Problem> {
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

/// Makes every function known to the engine, with the context as hidden first argument.
pub fn register(engine: &mut rhai::Engine) {
    for function in all() {
        let (least, most) = function.arity();
        for given in least..=most {
            let mut types = vec![TypeId::of::<Context>()];
            types.resize(given + 1, TypeId::of::<Dynamic>());
            engine.register_raw_fn(function.name, types, move |_, args| {
                let context = args.first().and_then(|it| it.read_lock::<Context>().map(|it| it.clone()));
                let values: Result<Vec<Value>, _> = (1..args.len()).map(|it| script::argument(args, it)).collect();
                script::answer(match context {
                    Some(context) => run(function, &context, &values?),
                    None => Err(Problem::failed("this expression has no context")),
                })
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Expr, Scope};

    #[test]
    fn every_example_gives_what_it_says() {
        let identity = Identity::new("shop", "local", "web.db");
        let mut wrong = Vec::new();
        for function in all() {
            let (source, expected) = function.example;
            let shown = Expr::parse(source, Span::NONE, None)
                .and_then(|expr| expr.eval(&Scope::new(), &identity))
                .map_or_else(|diag| format!("error: {}", diag.message), |value| value.shown());
            if shown != expected {
                wrong.push(format!("{source} gives {shown}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_function_is_documented_and_occurs_once() {
        let mut names: Vec<&str> = all().iter().map(|it| it.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for function in all() {
            assert!(function.doc.ends_with('.'), "{}", function.name);
            assert!(function.example.0.contains(function.name), "{}", function.name);
        }
    }
}
