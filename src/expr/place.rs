//! Where a part of a parsed expression stands.
//!
//! In: a part. Out: the positions of its first and its last word. The parser keeps one position of each part, and of a
//! chain that of a sign in its middle.

use rhai::{Expr, Position, Stmt};

use super::chain;

/// The positions of the first and the last word.
pub type Extent = (Position, Position);

/// Where an expression stands.
#[must_use]
pub fn of(expr: &Expr) -> Extent {
    if let Some(chain) = chain::of(expr) {
        let first = of(chain.root).0;
        return (first, chain.steps.last().map_or(first, |it| it.at));
    }
    match expr {
        Expr::Stmt(block) => match block.statements() {
            [Stmt::Expr(inner)] => of(inner),
            [Stmt::FnCall(_, at)] => at_one(*at),
            _ => at_one(expr.position()),
        },
        Expr::FnCall(call, at) if call.args.len() == 2 && call.op_token.is_some() => {
            (call.args.first().map_or(*at, |it| of(it).0), call.args.last().map_or(*at, |it| of(it).1))
        }
        other => at_one(other.position()),
    }
}

/// One word.
#[must_use]
pub fn at_one(at: Position) -> Extent {
    (at, at)
}
