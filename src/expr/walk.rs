//! The expressions inside an expression.
//!
//! In: a parsed expression. Out: its direct parts, each once: chains are taken flat, since the nesting in which the
//! parser leaves them would show an index as the root of the rest of its chain.

use rhai::{Expr, FnCallExpr, Stmt, StmtBlock};

use super::chain::{self, StepKind};

/// Calls `on_expr` for the expression and everything inside it, outermost first.
pub fn all<'a>(expr: &'a Expr, on_expr: &mut dyn FnMut(&'a Expr)) {
    on_expr(expr);
    parts(expr, &mut |part| all(part, on_expr));
}

/// Calls `on_part` for every direct part.
pub fn parts<'a>(expr: &'a Expr, on_part: &mut dyn FnMut(&'a Expr)) {
    match expr {
        Expr::Dot(..) | Expr::Index(..) => {
            let Some(chain) = chain::of(expr) else { return };
            on_part(chain.root);
            for step in &chain.steps {
                match step.kind {
                    StepKind::Property(_) => {}
                    StepKind::Call(call) => arguments(call, on_part),
                    StepKind::Index(key) => on_part(key),
                }
            }
        }
        Expr::InterpolatedString(items, _) | Expr::Array(items, _) => items.iter().for_each(on_part),
        Expr::Map(map, _) => map.0.iter().for_each(|(_, item)| on_part(item)),
        Expr::And(items, _) | Expr::Or(items, _) | Expr::Coalesce(items, _) => items.iter().for_each(on_part),
        Expr::FnCall(call, _) | Expr::MethodCall(call, _) => arguments(call, on_part),
        Expr::Stmt(block) => statements(block, on_part),
        _ => {}
    }
}

fn arguments<'a>(call: &'a FnCallExpr, on_part: &mut dyn FnMut(&'a Expr)) {
    call.args.iter().for_each(on_part);
}

/// The parts of a block: expressions that stand in it, or in its `if` and `switch`.
pub fn statements<'a>(block: &'a StmtBlock, on_part: &mut dyn FnMut(&'a Expr)) {
    for statement in block.iter() {
        match statement {
            Stmt::Expr(inner) => on_part(inner),
            Stmt::FnCall(call, _) => arguments(call, on_part),
            Stmt::Block(inner) => statements(inner, on_part),
            Stmt::If(flow, _) => {
                on_part(&flow.expr);
                statements(&flow.body, on_part);
                statements(&flow.branch, on_part);
            }
            Stmt::Switch(switch, _) => {
                on_part(&switch.0);
                for case in &switch.1.expressions {
                    on_part(&case.lhs);
                    on_part(&case.rhs);
                }
            }
            _ => {}
        }
    }
}
