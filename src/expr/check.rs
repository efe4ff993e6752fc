//! What can be known to be wrong before any value exists.
//!
//! In: an expression and the shapes of the names in scope. Out: its shape, and every unknown name, property, function
//! and number of arguments. What is not known is never complained about, and one cause is reported once: after a
//! problem the shape is [`Shape::Any`].

use rhai::{Expr, FnCallExpr, Position, Stmt, StmtBlock};

use super::chain::{self, Step, StepKind};
use super::functions;
use super::operators;
use super::ops;
use super::path::{Link, LinkKey, Path, Simple, Term};
use super::place::{self, Extent};
use super::problem::Problem;
use super::shape::{MapShape, Names, Shape};
use crate::diag::{Code, suggest};
use crate::value::Data;

/// Checks an expression of the simple form. Problems come with their bytes in the expression.
pub fn simple(simple: &Simple, names: &Names<'_>, report: &mut dyn FnMut(Problem, usize, usize)) -> Shape {
    match simple {
        Simple::Term(it) => term(it, names, report),
        Simple::Or(first, second) => {
            let (first, second) = (term(first, names, report), term(second, names, report));
            coalesced(first, second)
        }
        Simple::Not(it) => {
            let found = path(it, names, report);
            if let Some(problem) = not_boolean(&found) {
                report(problem, it.start, it.end());
            }
            Shape::Bool
        }
        Simple::Equal { path: it, literal, .. } => {
            let found = path(it, names, report);
            if let Some(problem) = operators::never_equal(&found, &of_data(literal)) {
                report(problem, it.start, it.end());
            }
            Shape::Bool
        }
    }
}

fn term(term: &Term, names: &Names<'_>, report: &mut dyn FnMut(Problem, usize, usize)) -> Shape {
    match term {
        Term::Path(it) => path(it, names, report),
        Term::Literal(data) => of_data(data),
    }
}

fn of_data(data: &Data) -> Shape {
    match data {
        Data::Null => Shape::Null,
        Data::Bool(_) => Shape::Bool,
        Data::Int(_) => Shape::Int,
        Data::Float(_) => Shape::Float,
        Data::Text(_) => Shape::Text,
        Data::List(_) | Data::Map(_) => Shape::Any,
    }
}

fn path(path: &Path, names: &Names<'_>, report: &mut dyn FnMut(Problem, usize, usize)) -> Shape {
    let Some(root) = names.get(&path.root) else {
        report(unknown(&path.root, names), path.start, path.start + path.root.len());
        return Shape::Any;
    };
    let mut shape = root.clone();
    for Link { key, start, end, .. } in &path.links {
        let found = match key {
            LinkKey::Name(name) => property(&shape, name),
            LinkKey::Index(_) => item(&shape),
        };
        match found {
            Ok(found) => shape = found,
            Err(problem) => {
                report(problem, *start, *end);
                return Shape::Any;
            }
        }
    }
    shape
}

/// Why a name stands for nothing.
fn unknown(name: &str, names: &Names<'_>) -> Problem {
    let problem = Problem::unknown_name(name, names.iter());
    match functions::find(name) {
        Some(function) => problem.help(format!("call the function as `{name}{}`", function.signature)),
        None => problem,
    }
}

/// The shape of `value.name`.
fn property(shape: &Shape, name: &str) -> Result<Shape, Problem> {
    match shape {
        Shape::Any => Ok(Shape::Any),
        Shape::Map(map) => match (map.fields.get(name), &map.rest) {
            (Some(found), _) | (None, Some(found)) => Ok(found.clone()),
            (None, None) => Err(unknown_property(map, shape.what(), name)),
        },
        other => Err(no_properties(other, name)),
    }
}

fn unknown_property(map: &MapShape, what: &str, name: &str) -> Problem {
    Problem {
        code: Code::ExprUnknownName,
        message: format!("{what} has no `{name}`"),
        help: suggest::did_you_mean(name, map.fields.keys().map(|it| &**it)),
        about: None,
    }
}

fn no_properties(shape: &Shape, name: &str) -> Problem {
    let message = format!("{} has no `{name}`", shape.what());
    let help = match (functions::find(name), shape) {
        (Some(function), _) => Some(format!("call it as a function: `{}{}`", function.name, function.signature)),
        (None, Shape::List(_)) => Some("name one item, as in `list[0]` or `first(list)`".to_owned()),
        (None, _) => None,
    };
    Problem { code: Code::ExprUnknownName, message, help, about: None }
}

/// The shape of `value[number]`.
fn item(shape: &Shape) -> Result<Shape, Problem> {
    match shape {
        Shape::Any => Ok(Shape::Any),
        Shape::List(item) => Ok((**item).clone()),
        Shape::Map(_) => Err(Problem::failed(format!("{} has no numbered items", shape.what()))
            .help("name the entry, as in `map[\"key\"]`, or take `values(map)`")),
        other => Err(Problem::failed(format!("{} has no numbered items", other.what()))),
    }
}

fn coalesced(first: Shape, second: Shape) -> Shape {
    if first == Shape::Null { second } else { first.or(second) }
}

fn not_boolean(shape: &Shape) -> Option<Problem> {
    let known = !matches!(shape, Shape::Any | Shape::Bool);
    known.then(|| {
        Problem::failed(format!("expected a boolean, found {}", shape.what()))
            .help("compare it, as in `x != ()`, `x != 0` or `len(x) > 0`")
    })
}

/// Checks an expression for the script engine. Problems come with their position in the expression.
pub fn script(parsed: &Expr, names: &Names<'_>, report: &mut dyn FnMut(Problem, Extent)) -> Shape {
    Check { names, report }.expr(parsed)
}

struct Check<'c> {
    names: &'c Names<'c>,
    report: &'c mut dyn FnMut(Problem, Extent),
}

impl Check<'_> {
    fn expr(&mut self, expr: &Expr) -> Shape {
        match expr {
            Expr::BoolConstant(..) => Shape::Bool,
            Expr::IntegerConstant(..) => Shape::Int,
            Expr::FloatConstant(..) => Shape::Float,
            Expr::CharConstant(..) | Expr::StringConstant(..) => Shape::Text,
            Expr::Unit(_) => Shape::Null,
            Expr::InterpolatedString(pieces, _) => {
                for piece in pieces.iter() {
                    let shape = self.expr(piece);
                    if matches!(shape, Shape::List(_) | Shape::Map(_) | Shape::Null) {
                        (self.report)(ops::cannot_join(shape.what()), place::of(piece));
                    }
                }
                Shape::Text
            }
            Expr::Array(items, _) => {
                let shapes: Vec<Shape> = items.iter().map(|it| self.expr(it)).collect();
                Shape::list(shapes.into_iter().reduce(Shape::or).unwrap_or_default())
            }
            Expr::Map(map, _) => {
                let fields: Vec<(&str, Shape)> =
                    map.0.iter().map(|(key, item)| (key.name.as_str(), self.expr(item))).collect();
                Shape::closed("this map", fields)
            }
            Expr::Variable(variable, _, at) => self.variable(&variable.1, *at),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expr),
            Expr::FnCall(call, at) => self.call(call, None, *at),
            Expr::And(items, _) | Expr::Or(items, _) => {
                for item in items.iter() {
                    self.condition(item);
                }
                Shape::Bool
            }
            Expr::Coalesce(items, _) => {
                let shapes: Vec<Shape> = items.iter().map(|it| self.expr(it)).collect();
                shapes.into_iter().reduce(coalesced).unwrap_or_default()
            }
            Expr::Stmt(block) => self.block(block),
            _ => Shape::Any,
        }
    }

    fn variable(&mut self, name: &str, at: Position) -> Shape {
        match self.names.get(name) {
            Some(shape) => shape.clone(),
            None => {
                (self.report)(unknown(name, self.names), place::at_one(at));
                Shape::Any
            }
        }
    }

    fn chain(&mut self, expr: &Expr) -> Shape {
        let Some(chain) = chain::of(expr) else { return Shape::Any };
        let mut shape = self.expr(chain.root);
        for step in &chain.steps {
            shape = self.step(shape, step);
        }
        shape
    }

    fn step(&mut self, shape: Shape, step: &Step<'_>) -> Shape {
        let found = match step.kind {
            StepKind::Call(call) if step.optional => {
                let problem = Problem::failed(format!("`?.` cannot stand before the call of `{}`", call.name));
                Err(problem.help("give a value for absence first, as in `(a ?? ``).len()`"))
            }
            StepKind::Call(call) => return self.call(call, Some(shape), step.at),
            StepKind::Property(name) => property(&shape, name),
            StepKind::Index(Expr::StringConstant(name, _)) => property(&shape, name),
            StepKind::Index(key) => match self.expr(key) {
                Shape::Int => item(&shape),
                _ => Ok(any_entry(&shape)),
            },
        };
        found.unwrap_or_else(|problem| {
            (self.report)(problem, place::at_one(step.at));
            Shape::Any
        })
    }

    /// A call of a function or an operator; `first` is what stands before the dot, if the call is written so.
    fn call(&mut self, call: &FnCallExpr, first: Option<Shape>, at: Position) -> Shape {
        let before = usize::from(first.is_some());
        let mut shapes: Vec<Shape> = first.into_iter().collect();
        for arg in &call.args {
            shapes.push(self.expr(arg));
        }
        let name = call.name.as_str();
        if matches!(name, ".." | "..=") {
            return Shape::list(Shape::Int);
        }
        if ops::BINARY.contains(&name) || ops::UNARY.contains(&name) {
            return match operators::result(name, &shapes) {
                Ok(shape) => shape,
                Err(problem) => self.refuse(problem, place::of(&Expr::FnCall(Box::new(call.clone()), at))),
            };
        }
        match functions::known(name, shapes.len()) {
            Err(problem) => self.refuse(problem, place::at_one(at)),
            Ok(function) => {
                if let Some((index, problem)) = function.misfit(&shapes) {
                    let arg = index.checked_sub(before).and_then(|it| call.args.get(it));
                    self.refuse(problem, arg.map_or(place::at_one(at), place::of));
                }
                function.returns.shape(&shapes)
            }
        }
    }

    /// Reports a problem; nothing is known of what comes of it.
    fn refuse(&mut self, problem: Problem, place: Extent) -> Shape {
        (self.report)(problem, place);
        Shape::Any
    }

    fn condition(&mut self, expr: &Expr) {
        let shape = self.expr(expr);
        if let Some(problem) = not_boolean(&shape) {
            (self.report)(problem, place::of(expr));
        }
    }

    fn block(&mut self, block: &StmtBlock) -> Shape {
        let mut shape = Shape::Null;
        for statement in block.iter() {
            shape = self.statement(statement);
        }
        shape
    }

    fn statement(&mut self, statement: &Stmt) -> Shape {
        match statement {
            Stmt::Noop(_) => Shape::Null,
            Stmt::Expr(inner) => self.expr(inner),
            Stmt::FnCall(call, at) => self.call(call, None, *at),
            Stmt::Block(inner) => self.block(inner),
            Stmt::If(flow, _) => {
                self.condition(&flow.expr);
                let (body, branch) = (self.block(&flow.body), self.block(&flow.branch));
                body.or(branch)
            }
            Stmt::Switch(switch, _) => {
                self.expr(&switch.0);
                for case in &switch.1.expressions {
                    self.condition(&case.lhs);
                    self.expr(&case.rhs);
                }
                Shape::Any
            }
            other => {
                (self.report)(super::lower::not_an_expression(), place::at_one(other.position()));
                Shape::Any
            }
        }
    }
}

fn any_entry(shape: &Shape) -> Shape {
    match shape {
        Shape::List(item) => (**item).clone(),
        _ => Shape::Any,
    }
}
