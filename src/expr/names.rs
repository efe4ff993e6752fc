//! What an expression reads: its free names and the properties that it takes of one of them.
//!
//! In: a parsed expression. Out: names and properties with their places. An expression has no names of its own, so
//! every name in it is free.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::{Expr, Position};

use super::chain::{self, StepKind};
use super::walk;

/// What is read of one name.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reads<P> {
    /// The first-level properties and the first place of each.
    pub properties: BTreeMap<Arc<str>, P>,
    /// Whether the name is also used in a way that does not say which properties it needs, for example as a
    /// whole value.
    pub whole: bool,
}

/// The free names, each with the place where it stands first.
#[must_use]
pub fn free(parsed: &Expr) -> Vec<(Arc<str>, Position)> {
    let mut found: Vec<(Arc<str>, Position)> = Vec::new();
    walk::all(parsed, &mut |node| {
        if let Expr::Variable(variable, _, at) = node
            && !found.iter().any(|(name, _)| **name == *variable.1)
        {
            found.push((variable.1.as_str().into(), *at));
        }
    });
    found
}

/// What is read of `name`.
#[must_use]
pub fn reads(parsed: &Expr, name: &str) -> Reads<Position> {
    let mut reads = Reads { properties: BTreeMap::new(), whole: false };
    let (mut uses, mut known) = (0_usize, 0_usize);
    walk::all(parsed, &mut |node| match node {
        Expr::Variable(variable, ..) if *variable.1 == *name => uses += 1,
        Expr::Dot(..) | Expr::Index(..) => {
            let Some(chain) = chain::of(node) else { return };
            let Some(step) = chain.steps.first() else { return };
            let is_root = matches!(chain.root, Expr::Variable(variable, ..) if *variable.1 == *name);
            let property = match step.kind {
                StepKind::Property(property) => Some(property),
                StepKind::Index(Expr::StringConstant(key, _)) => Some(key.as_str()),
                _ => None,
            };
            if let Some(property) = property.filter(|_| is_root) {
                known += 1;
                reads.properties.entry(property.into()).or_insert(step.at);
            }
        }
        _ => {}
    });
    reads.whole = uses > known;
    reads
}
