//! `a.b[c]?.d.f(x)` as the engine's parser leaves it, made flat.
//!
//! In: a parsed `.` or `[]`, which nests to the right and says by flags where it ends. Out: the expression at its
//! root and its steps in order. The check and the lowering to calls both read this.

use rhai::{ASTFlags, BinaryExpr, Expr, FnCallExpr, Position};

/// A root and its steps.
pub struct Chain<'a> {
    pub root: &'a Expr,
    pub steps: Vec<Step<'a>>,
}

/// One step of a chain.
pub struct Step<'a> {
    pub kind: StepKind<'a>,
    /// Written `?.` or `?[`.
    pub optional: bool,
    pub at: Position,
}

#[derive(Clone, Copy)]
pub enum StepKind<'a> {
    Property(&'a str),
    Call(&'a FnCallExpr),
    Index(&'a Expr),
}

/// The chain that an expression is; `None` for anything else.
#[must_use]
pub fn of(expr: &Expr) -> Option<Chain<'_>> {
    let (Expr::Dot(pair, ..) | Expr::Index(pair, ..)) = expr else { return None };
    let mut steps = Vec::new();
    let mut link = expr;
    while let Some((BinaryExpr { rhs, .. }, flags, indexing, at)) = parts(link) {
        let optional = flags.contains(ASTFlags::NEGATED);
        let next = parts(rhs).filter(|_| !indexing || !flags.contains(ASTFlags::BREAK));
        let operand = next.map_or(rhs, |(pair, ..)| &pair.lhs);
        steps.push(step(operand, indexing, optional, at));
        if next.is_none() {
            break;
        }
        link = rhs;
    }
    Some(Chain { root: &pair.lhs, steps })
}

fn parts(expr: &Expr) -> Option<(&BinaryExpr, ASTFlags, bool, Position)> {
    match expr {
        Expr::Dot(pair, flags, at) => Some((pair, *flags, false, *at)),
        Expr::Index(pair, flags, at) => Some((pair, *flags, true, *at)),
        _ => None,
    }
}

fn step(operand: &Expr, indexing: bool, optional: bool, at: Position) -> Step<'_> {
    let kind = match operand {
        Expr::Property(property, _) if !indexing => StepKind::Property(property.2.as_str()),
        Expr::MethodCall(call, _) if !indexing => StepKind::Call(call),
        other => StepKind::Index(other),
    };
    let at = if operand.position().is_none() { at } else { operand.position() };
    Step { kind, optional, at }
}
