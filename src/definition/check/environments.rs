//! Environments against one another, and against the targets that they name.

use crate::definition::names::environment as environment_shape;
use crate::definition::settle::{chain, find_target};
use crate::definition::types::check_constant;
use crate::definition::variable::check_environment;
use crate::definition::{Definitions, Environment};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Names, Shape};
use crate::template::{CheckContext, Item};

/// What variables and their defaults see.
pub(super) fn names() -> Names<'static> {
    let mut names = Names::new();
    names.set("project", Shape::closed("the project", [("name", Shape::Text), ("root", Shape::Text)]));
    names.set("env", Shape::closed("the environment", [("name", Shape::Text), ("kind", Shape::Text)]));
    names
}

/// Reports what would stop every build for this environment.
pub(super) fn check(definitions: &Definitions, environment: &Environment, diags: &mut Diags) {
    let mut names = names();
    environment.vars.check(&names, &CheckContext::default(), diags);
    check_environment(definitions, environment, diags);
    names.set("env", environment_shape(definitions));
    environment.options.check(&names, &CheckContext::default(), diags);
    check_surroundings(definitions, environment, diags);
}

/// One that is hidden by a nearer one of its name is never built for as it stands.
fn check_surroundings(definitions: &Definitions, environment: &Environment, diags: &mut Diags) {
    let nearest = definitions.environments.iter().find(|it| it.name.value == environment.name.value);
    if !nearest.is_some_and(|it| std::ptr::eq(it, environment)) {
        return;
    }
    let Some(chain) = chain(definitions, &environment.name.value, diags) else { return };
    // Without a target it is for builds that name one themselves.
    let Some(name) = chain.iter().find_map(|it| it.target.as_ref()) else { return };
    let Some(target) = find_target(definitions, environment, &chain, Some(&*name.value), diags) else { return };
    for item in &environment.options.items {
        let Item::Entry { key, value, at, .. } = item else { continue };
        let Some(key) = key.as_plain() else { continue };
        match target.options.get(key) {
            Some(option) => {
                check_constant(Code::TargetOption, "option", &option.name, option.ty, &option.values, value, diags);
            }
            None => {
                let message = format!("target `{}` has no option `{key}`", target.name.value);
                let help = did_you_mean(key, target.options.keys().map(|it| &**it));
                diags.push(
                    Diag::error(Code::TargetOption, *at, message).label(target.name.at, "the target").maybe_help(help),
                );
            }
        }
    }
}
