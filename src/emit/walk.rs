//! Goes through `for`, `if`, `emit` and `file` of a target.

use crate::definition::OutputNode;
use crate::diag::{Diag, Diags};
use crate::expr::{Expr, Identity, Scope};
use crate::value::{Data, Value};

/// Goes through the nodes of a target.
pub(super) struct Walker<'a> {
    pub identity: &'a Identity,
    /// The view `secrets` as it is by now.
    pub secrets: &'a dyn Fn() -> Value,
}

/// What to do with an `emit` or a `file`.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&OutputNode, &Scope<'_>, &mut Diags) -> Option<()>;

impl Walker<'_> {
    /// Follows `for` and `if` and calls `visit` for every `emit` and `file`, in order.
    pub(super) fn walk(
        &self,
        nodes: &[OutputNode],
        scope: &Scope<'_>,
        diags: &mut Diags,
        visit: Visit<'_>,
    ) -> Option<()> {
        let mut outcome = Some(());
        for node in nodes {
            let done = match node {
                OutputNode::Emit(_) | OutputNode::File(_) => visit(node, scope, diags),
                OutputNode::If { condition, inner } => match diags.take(self.eval(condition, scope)) {
                    None => None,
                    Some(value) if value.as_bool() == Some(true) => self.walk(inner, scope, diags, visit),
                    Some(_) => Some(()),
                },
                OutputNode::For { key, item, list, inner } => match diags.take(self.eval(list, scope)) {
                    None => None,
                    Some(value) => {
                        let mut outcome = Some(());
                        for (name, value) in pairs(&value) {
                            let mut scope = scope.child();
                            if let Some(key) = key {
                                scope.set(key.clone(), name);
                            }
                            scope.set(item.clone(), value);
                            outcome = self.walk(inner, &scope, diags, visit).and(outcome);
                        }
                        outcome
                    }
                },
            };
            outcome = done.and(outcome);
        }
        outcome
    }

    fn eval(&self, expr: &Expr, scope: &Scope<'_>) -> Result<Value, Diag> {
        // The view is as long as there are secrets, and few conditions look at it.
        if !expr.names().iter().any(|it| &**it == "secrets") {
            return expr.eval(scope, self.identity);
        }
        let mut scope = scope.child();
        scope.set("secrets", (self.secrets)());
        expr.eval(&scope, self.identity)
    }
}

/// What a `for` goes through: index and item of a list, key and value of a map, nothing of nothing.
fn pairs(value: &Value) -> Vec<(Value, Value)> {
    match &value.data {
        Data::List(items) => {
            let index = |index: usize, at| Value::int(i64::try_from(index).unwrap_or(i64::MAX), at);
            items.iter().enumerate().map(|(number, it)| (index(number, it.at), it.clone())).collect()
        }
        Data::Map(map) => map.iter().map(|(key, it)| (Value::text(key.clone(), it.at), it.clone())).collect(),
        _ => Vec::new(),
    }
}
