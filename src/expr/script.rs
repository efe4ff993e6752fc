//! Expressions that need the script engine: Rhai in its sandbox.
//!
//! In: the source of an expression. Out: a [`Script`], parsed on first use; its value in a scope; what it reads. No
//! files, clock, modules, loops or `eval`; no function but those of `functions`; every limit of `limits` is set.

use std::sync::{Arc, OnceLock};

use rhai::{AST, Dynamic, Position, Stmt};

use super::engine::engine;
use super::failure::{self, Placed};
use super::functions::Context;
use super::problem::Problem;
use super::scope::{Identity, Scope};
use super::{dynamic, limits, lower, names, walk};
use crate::source::{Span, byte_of_line_column};
use crate::value::Value;

/// An expression for the engine.
#[derive(Clone, Debug, Default)]
pub struct Script {
    compiled: Arc<OnceLock<Result<Compiled, Placed>>>,
}

#[derive(Debug)]
pub struct Compiled {
    /// As written, for the check.
    pub parsed: rhai::Expr,
    /// As run; or the first problem of its calls, which the check reports in its own words and full number.
    lowered: Result<AST, Placed>,
    /// The free names and the place where each stands first.
    pub free: Vec<(Arc<str>, Position)>,
}

impl Script {
    /// The parsed expression.
    pub fn compiled(&self, source: &str) -> Result<&Compiled, &Placed> {
        self.compiled.get_or_init(|| compile(source)).as_ref()
    }

    /// The value in a scope. `at` is the place of values that the expression makes.
    pub fn eval(&self, source: &str, scope: &Scope<'_>, identity: &Identity, at: Span) -> Result<Value, Placed> {
        let compiled = self.compiled(source).map_err(Clone::clone)?;
        let lowered = compiled.lowered.as_ref().map_err(Clone::clone)?;
        let mut variables = rhai::Scope::with_capacity(compiled.free.len() + 1);
        for (name, place) in &compiled.free {
            let Some(value) = scope.get(name) else {
                return Err((Problem::unknown_name(name, scope.names()), *place));
            };
            variables.push_dynamic(&**name, dynamic::from_value(value));
        }
        variables.push_dynamic(lower::CONTEXT, Dynamic::from(Context::new(identity, at)));
        let result: Dynamic =
            engine().eval_ast_with_scope(&mut variables, lowered).map_err(|it| failure::of_run(&it))?;
        let value = dynamic::to_value(&result, at).map_err(|problem| (problem, Position::NONE))?;
        dynamic::check_nodes(&value).map_err(|problem| (problem, Position::NONE))?;
        Ok(value)
    }
}

fn compile(source: &str) -> Result<Compiled, Placed> {
    if source.len() > limits::SOURCE {
        let limit = format!("an expression of more than {} KiB", limits::SOURCE / 1024);
        return Err((Problem::limit(limit), Position::NONE));
    }
    let engine = engine();
    let ast = engine.compile_expression(source).map_err(|it| failure::of_parse(&it))?;
    let parsed = match ast.statements() {
        [Stmt::Expr(inner)] => (**inner).clone(),
        [Stmt::FnCall(call, at)] => rhai::Expr::FnCall(call.clone(), *at),
        [other] => {
            let block = rhai::StmtBlock::new(std::iter::once(other.clone()), other.position(), other.position());
            rhai::Expr::Stmt(Box::new(block))
        }
        _ => return Err((failure::syntax("there is no expression here"), Position::NONE)),
    };
    whole_numbers(source, &parsed)?;
    let lowered = lower::expr(engine, &parsed).map(|it| AST::new([Stmt::Expr(Box::new(it))]));
    let free = names::free(&parsed);
    Ok(Compiled { parsed, lowered, free })
}

/// The engine reads an integer that does not fit as a float, which would change it in silence.
fn whole_numbers(source: &str, parsed: &rhai::Expr) -> Result<(), Placed> {
    let mut problem = None;
    walk::all(parsed, &mut |part| {
        let rhai::Expr::FloatConstant(_, at) = part else { return };
        let (Some(line), Some(column)) = (at.line(), at.position()) else { return };
        let rest = source.get(byte_of_line_column(source, line, column)..).unwrap_or_default();
        let rest = rest.trim_start_matches('-');
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '_').unwrap_or(rest.len());
        if digits > 0 && !rest[digits..].starts_with(['.', 'e', 'E']) {
            problem = Some((failure::syntax("this integer does not fit into 64 bits"), *at));
        }
    });
    problem.map_or(Ok(()), Err)
}
