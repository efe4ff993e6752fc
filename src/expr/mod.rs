//! Expressions and the interpolations that hold them.
//!
//! In: the text of a string in a definition with its place, and a [`Scope`] of values. Out: a [`Value`] or one
//! [`Diag`]; from the static check, a [`Shape`] and every problem that can be known without values. Knows nothing of
//! workloads, rules or targets. No input or output, no loops, every size bounded.
//!
//! Two engines share one meaning: `path` evaluates the common forms without allocating, `script` gives everything
//! else to Rhai. What they share stands in `access` (properties), `ops` (operators) and `functions`.

mod interpolation;
mod path;
mod script;
mod engine;
mod failure;
mod scope;
mod shape;
mod check;
mod access;
mod ops;
mod operators;
pub mod functions;
mod names;
mod walk;
mod chain;
mod place;
mod lower;
mod dynamic;
mod problem;
pub mod limits;

pub use interpolation::{Interpolation, Piece};
pub use names::Reads;
pub use problem::Problem;
pub use scope::{Identity, Scope};
pub use shape::{MapShape, Names, Shape};

use std::collections::BTreeMap;
use std::sync::Arc;

use path::{LinkKey, Simple};
use rhai::Position;
use script::Script;

use crate::diag::{Code, Diag, Diags};
use crate::source::{Span, byte_of_line_column};
use crate::value::Value;

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    source: Arc<str>,
    place: Place,
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Path(Arc<Simple>),
    Script(Script),
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The place of the expression, or of the string around it where that is all that is known.
    whole: Span,
    /// Whether every byte of the expression is that byte of the source.
    exact: bool,
}

impl Expr {
    /// Reads an expression. `at` is the place of the string that holds it, `exact` that of the expression itself
    /// where every byte of it is the same byte of the source. Scripts are parsed when they are first used or
    /// checked, so their syntax errors appear there.
    pub fn parse(text: &str, at: Span, exact: Option<Span>) -> Result<Self, Diag> {
        let source = text.trim();
        let start = text.len() - text.trim_start().len();
        let whole = exact.map_or(at, |it| it.within(start, start + source.len()));
        if source.is_empty() {
            let whole = exact.unwrap_or(at);
            return Err(Diag::error(Code::ExprSyntax, whole, "there is no expression here")
                .help("name a value, for example `{{ project.name }}`"));
        }
        let engine = match Simple::parse(source) {
            Some(simple) => Engine::Path(Arc::new(simple)),
            None => Engine::Script(Script::default()),
        };
        Ok(Expr { source: source.into(), place: Place { whole, exact: exact.is_some() }, engine })
    }

    /// The expression as written, without the space around it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where it stands; the string around it where that is all that is known.
    #[must_use]
    pub fn at(&self) -> Span {
        self.place.whole
    }

    /// The value in a scope. A value that is only read keeps the place that wrote it; one that the expression
    /// makes has the place of the expression.
    pub fn eval(&self, scope: &Scope<'_>, identity: &Identity) -> Result<Value, Diag> {
        match &self.engine {
            Engine::Path(simple) => {
                simple.eval(scope, self.place.whole).map_err(|(problem, start, end)| problem.at(self.bytes(start, end)))
            }
            Engine::Script(script) => script
                .eval(&self.source, scope, identity, self.place.whole)
                .map_err(|(problem, position)| problem.at(self.position(position))),
        }
    }

    /// Reports everything that is known to be wrong without any value, and says what the expression gives.
    pub fn check(&self, names: &Names<'_>, diags: &mut Diags) -> Shape {
        match &self.engine {
            Engine::Path(simple) => check::simple(simple, names, &mut |problem, start, end| {
                diags.push(problem.at(self.bytes(start, end)));
            }),
            Engine::Script(script) => match script.compiled(&self.source) {
                Ok(compiled) => check::script(&compiled.parsed, names, &mut |problem, (from, to)| {
                    diags.push(problem.at(self.position(from).to(self.position(to))));
                }),
                Err((problem, position)) => {
                    diags.push(problem.clone().at(self.position(*position)));
                    Shape::Any
                }
            },
        }
    }

    /// The names that it reads from its scope, in the order in which they first stand. None where the expression
    /// is not well formed: the check reports that.
    #[must_use]
    pub fn names(&self) -> Vec<Arc<str>> {
        match &self.engine {
            Engine::Path(simple) => {
                let mut names: Vec<Arc<str>> = Vec::new();
                for path in simple.paths() {
                    if !names.contains(&path.root) {
                        names.push(path.root.clone());
                    }
                }
                names
            }
            Engine::Script(script) => match script.compiled(&self.source) {
                Ok(compiled) => compiled.free.iter().map(|(name, _)| name.clone()).collect(),
                Err(_) => Vec::new(),
            },
        }
    }

    /// Which properties of the value called `name` it reads, for example the outputs of a needed resource.
    #[must_use]
    pub fn properties_of(&self, name: &str) -> Reads<Span> {
        match &self.engine {
            Engine::Path(simple) => self.path_reads(simple, name),
            Engine::Script(script) => match script.compiled(&self.source) {
                Ok(compiled) => {
                    let reads = names::reads(&compiled.parsed, name);
                    let place = |(key, at)| (key, self.position(at));
                    Reads { properties: reads.properties.into_iter().map(place).collect(), whole: reads.whole }
                }
                Err(_) => Reads { properties: BTreeMap::new(), whole: false },
            },
        }
    }

    fn path_reads(&self, simple: &Simple, name: &str) -> Reads<Span> {
        let mut reads = Reads { properties: BTreeMap::new(), whole: false };
        for path in simple.paths().filter(|it| *it.root == *name) {
            match path.links.first() {
                Some(path::Link { key: LinkKey::Name(key), start, end, .. }) => {
                    reads.properties.entry(key.clone()).or_insert_with(|| self.bytes(*start, *end));
                }
                _ => reads.whole = true,
            }
        }
        reads
    }

    /// A part of the expression, in bytes.
    fn bytes(&self, start: usize, end: usize) -> Span {
        if self.place.exact { self.place.whole.within(start, end) } else { self.place.whole }
    }

    /// The word or sign that stands at a position of the script engine, which counts lines and characters from 1.
    fn position(&self, position: Position) -> Span {
        let (Some(line), Some(column)) = (position.line(), position.position()) else { return self.place.whole };
        let start = byte_of_line_column(&self.source, line, column);
        let rest = self.source.get(start..).unwrap_or_default();
        self.bytes(start, start + word_length(rest))
    }
}

/// The bytes of the word, the sign or the text in quotes that a text begins with; at least one character.
fn word_length(text: &str) -> usize {
    let run = |of: fn(char) -> bool| text.find(|it| !of(it)).unwrap_or(text.len());
    let mut chars = text.chars();
    match chars.next() {
        Some(quote @ ('"' | '`')) => chars.as_str().find(quote).map_or(1, |closing| closing + 2),
        first => run(|it| it.is_alphanumeric() || it == '_')
            .max(run(|it| "+-*/%=<>!&|?.".contains(it)))
            .max(first.map_or(0, char::len_utf8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_can_be_shared_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Expr>();
        shared::<Interpolation>();
    }
}
