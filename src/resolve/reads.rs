//! What a rule reads, as far as its expressions say it before they run.

use std::sync::Arc;

use crate::definition::Rule;

/// Whether a rule looks at `users`, and at `resource.requested`.
pub(super) fn reads(rule: &Rule) -> (bool, bool) {
    let (mut users, mut requested) = (false, false);
    rule.each_expression(&mut |expr| {
        users |= expr.names().iter().any(|it| &**it == "users");
        requested |= expr.properties_of("resource").properties.contains_key("requested");
    });
    (users, requested)
}

/// The outputs of a need that the rule reads by name.
pub(super) fn outputs_of(rule: &Rule, name: &str) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    rule.each_expression(&mut |expr| found.extend(expr.properties_of(name).properties.into_keys()));
    found
}
