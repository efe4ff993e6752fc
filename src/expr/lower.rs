//! From what the engine's parser gives to what the engine is asked to run.
//!
//! In: a parsed expression. Out: the same expression in which property access, indexing, text with `${…}` and every
//! function is a call of one of ours. So there is one meaning of `a.b` (`access`), one of joining (`ops`), no function
//! of the engine is reachable, and each of ours knows for whom it works (the hidden first argument).

use std::collections::BTreeMap;
use std::sync::Mutex;

use rhai::{Engine, Expr, FnCallExpr, FnCallHashes, Position, Stmt, StmtBlock};

use super::chain::{self, Step, StepKind};
use super::failure::{self, Placed};
use super::functions;
use super::ops;
use super::place;
use super::problem::Problem;

/// The hidden variable that holds the context of an evaluation.
pub const CONTEXT: &str = "__context";
/// `__entry(value, key, flags)`: every property access.
pub const ENTRY: &str = "__entry";
/// `__text([piece, …])`: text with `${…}`.
pub const TEXT: &str = "__text";
/// `__piece(value)`: one of those pieces.
pub const PIECE: &str = "__piece";
/// `__subject(value)`: what `switch` looks at.
pub const SUBJECT: &str = "__subject";

/// Flags of [`ENTRY`].
pub const THROUGH_NULL: i64 = 1;
pub const MAY_MISS: i64 = 2;

/// Lowers one expression.
pub fn expr(engine: &Engine, source: &Expr) -> Result<Expr, Placed> {
    Lowering { engine }.expr(source)
}

struct Lowering<'e> {
    engine: &'e Engine,
}

impl Lowering<'_> {
    fn expr(&self, source: &Expr) -> Result<Expr, Placed> {
        if let Some(chain) = chain::of(source) {
            return self.chain(&chain, false);
        }
        Ok(match source {
            Expr::InterpolatedString(pieces, at) => {
                let pieces = pieces.iter().map(|it| self.piece(it)).collect::<Result<_, _>>()?;
                self.call(TEXT, vec![Expr::Array(pieces, *at)], *at)
            }
            Expr::Array(items, at) => Expr::Array(items.iter().map(|it| self.expr(it)).collect::<Result<_, _>>()?, *at),
            Expr::Map(map, at) => {
                let mut map = map.clone();
                for (_, item) in &mut map.0 {
                    *item = self.expr(item)?;
                }
                Expr::Map(map, *at)
            }
            Expr::FnCall(call, at) => self.function(call, None, *at)?,
            Expr::And(items, at) => Expr::And(Box::new(self.all(items)?), *at),
            Expr::Or(items, at) => Expr::Or(Box::new(self.all(items)?), *at),
            Expr::Coalesce(items, at) => Expr::Coalesce(Box::new(self.coalesce(items)?), *at),
            Expr::Stmt(block) => Expr::Stmt(Box::new(self.block(block)?)),
            Expr::ThisPtr(at) => return Err((Problem::unknown_name("this", []), *at)),
            other => other.clone(),
        })
    }

    /// A piece of a text, checked by itself so that a problem has its place.
    fn piece(&self, piece: &Expr) -> Result<Expr, Placed> {
        let lowered = self.expr(piece)?;
        let plain = matches!(lowered, Expr::StringConstant(..));
        Ok(if plain { lowered } else { self.call(PIECE, vec![lowered], place::of(piece).0) })
    }

    fn all<C: FromIterator<Expr>>(&self, items: &[Expr]) -> Result<C, Placed> {
        items.iter().map(|it| self.expr(it)).collect()
    }

    /// Every operand but the last may be absent in its last step.
    fn coalesce<C: FromIterator<Expr>>(&self, items: &[Expr]) -> Result<C, Placed> {
        let last = items.len().saturating_sub(1);
        let lower = |(index, item): (usize, &Expr)| match chain::of(item) {
            Some(chain) if index < last => self.chain(&chain, true),
            _ => self.expr(item),
        };
        items.iter().enumerate().map(lower).collect()
    }

    fn chain(&self, chain: &chain::Chain<'_>, last_may_miss: bool) -> Result<Expr, Placed> {
        let mut value = self.expr(chain.root)?;
        let mut through_null = false;
        for (index, step) in chain.steps.iter().enumerate() {
            through_null |= step.optional;
            let may_miss = last_may_miss && index + 1 == chain.steps.len();
            value = self.step(value, step, through_null, may_miss)?;
        }
        Ok(value)
    }

    fn step(&self, value: Expr, step: &Step<'_>, through_null: bool, may_miss: bool) -> Result<Expr, Placed> {
        let (key, lenient) = match step.kind {
            StepKind::Call(call) => return self.method(call, value, step),
            StepKind::Property(name) => (Expr::StringConstant(name.into(), step.at), step.optional),
            StepKind::Index(key) => (self.expr(key)?, true),
        };
        let flag = |set: bool, flag: i64| if set { flag } else { 0 };
        let flags = flag(through_null, THROUGH_NULL) | flag(lenient || may_miss, MAY_MISS);
        Ok(self.call(ENTRY, vec![value, key, Expr::IntegerConstant(flags, step.at)], step.at))
    }

    fn method(&self, call: &FnCallExpr, value: Expr, step: &Step<'_>) -> Result<Expr, Placed> {
        if step.optional {
            let problem = Problem::failed(format!("`?.` cannot stand before the call of `{}`", call.name));
            return Err((problem.help("give a value for absence first, as in `(a ?? ``).len()`"), step.at));
        }
        self.function(call, Some(value), step.at)
    }

    /// A call of a function of ours, with the context in front; or of an operator.
    fn function(&self, call: &FnCallExpr, first: Option<Expr>, at: Position) -> Result<Expr, Placed> {
        let mut args: Vec<Expr> = first.into_iter().collect();
        for arg in &call.args {
            args.push(self.expr(arg)?);
        }
        let is_operator = ops::BINARY.contains(&call.name.as_str()) || ops::UNARY.contains(&call.name.as_str());
        if is_operator || matches!(call.name.as_str(), ".." | "..=") {
            let mut lowered = call.clone();
            lowered.args = args.into_iter().collect();
            return Ok(Expr::FnCall(Box::new(lowered), at));
        }
        let function = functions::known(&call.name, args.len()).map_err(|problem| (problem, at))?;
        args.insert(0, context());
        Ok(self.call(function.name, args, at))
    }

    fn block(&self, block: &StmtBlock) -> Result<StmtBlock, Placed> {
        let statements: Result<Vec<Stmt>, Placed> = block.iter().map(|it| self.statement(it)).collect();
        Ok(StmtBlock::new_with_span(statements?, block.span()))
    }

    fn statement(&self, statement: &Stmt) -> Result<Stmt, Placed> {
        Ok(match statement {
            Stmt::Noop(_) => statement.clone(),
            Stmt::Expr(inner) => Stmt::Expr(Box::new(self.expr(inner)?)),
            Stmt::FnCall(call, at) => Stmt::Expr(Box::new(self.function(call, None, *at)?)),
            Stmt::Block(block) => Stmt::Block(Box::new(self.block(block)?)),
            Stmt::If(flow, at) => {
                let mut flow = flow.clone();
                flow.expr = self.expr(&flow.expr)?;
                flow.body = self.block(&flow.body)?;
                flow.branch = self.block(&flow.branch)?;
                Stmt::If(flow, *at)
            }
            Stmt::Switch(switch, at) => {
                let mut switch = switch.clone();
                switch.0 = self.call(SUBJECT, vec![self.expr(&switch.0)?], *at);
                for case in &mut switch.1.expressions {
                    case.lhs = self.expr(&case.lhs)?;
                    case.rhs = self.expr(&case.rhs)?;
                }
                Stmt::Switch(switch, *at)
            }
            other => return Err((not_an_expression(), other.position())),
        })
    }

    fn call(&self, name: &'static str, args: Vec<Expr>, at: Position) -> Expr {
        let hashes = self.hashes(name, args.len());
        let args = args.into_iter().collect();
        let call = FnCallExpr { name: name.into(), hashes, args, capture_parent_scope: false, op_token: None };
        Expr::FnCall(Box::new(call), at)
    }

    /// What the engine finds a function by. It computes that only while parsing, so a call is parsed once for each
    /// name and number of arguments.
    fn hashes(&self, name: &'static str, arguments: usize) -> FnCallHashes {
        static KNOWN: Mutex<BTreeMap<(&str, usize), FnCallHashes>> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *known.entry((name, arguments)).or_insert_with(|| {
            let source = format!("{name}({})", vec!["0"; arguments].join(","));
            let parsed = self.engine.compile_expression(&source);
            match parsed.as_ref().map(rhai::AST::statements) {
                Ok([Stmt::FnCall(call, _)]) => call.hashes,
                Ok([Stmt::Expr(inner)]) if let Expr::FnCall(call, _) = &**inner => call.hashes,
                other => crate::bug!("`{source}` was read as {other:?}"),
            }
        })
    }
}

/// The hidden variable, found by its name.
fn context() -> Expr {
    Expr::Variable(Box::new((None, CONTEXT.into())), None, Position::NONE)
}

/// That a statement stands where only an expression can.
pub fn not_an_expression() -> Problem {
    failure::syntax("only expressions can stand here").help("move the value into a `let` node of its own")
}
