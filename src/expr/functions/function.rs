//! One line of the table: what a function is called, takes, gives and does.
//!
//! In: the rows of each topic. Out: [`Function`]s, and what their signatures say about a call before it is run.

use super::call::{Call, mismatch};
use crate::expr::problem::Problem;
use crate::expr::shape::Shape;
use crate::value::Data;

/// The functions of one topic: `name signature -> Returns = run, doc, example => what it gives`.
macro_rules! table {
    ($topic:literal; $($name:literal $signature:literal -> $returns:ident = $run:ident,
        $doc:literal, $example:literal => $result:literal;)*) => {
        &[$($crate::expr::functions::Function {
            name: $name,
            topic: $topic,
            signature: $signature,
            doc: $doc,
            example: ($example, $result),
            returns: $crate::expr::functions::Returns::$returns,
            run: $run,
        },)*]
    };
}

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
    pub(super) run: Run,
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
