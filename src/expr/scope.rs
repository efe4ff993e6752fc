//! What an expression can see: named values, and the identity that names are derived from.
//!
//! In: names and values, chained from the outermost to the nearest. Out: lookups. A child shadows its parent and
//! borrows it, so opening one costs nothing.

use std::sync::Arc;

use crate::value::Value;

/// Named values. Lookups go from the nearest scope outwards, and from the last name set to the first.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    parent: Option<&'a Scope<'a>>,
    values: Vec<(Arc<str>, Value)>,
}

impl<'a> Scope<'a> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A scope inside this one.
    #[must_use]
    pub fn child(&'a self) -> Scope<'a> {
        Scope { parent: Some(self), values: Vec::new() }
    }

    /// Gives a name a value in this scope; an earlier value of the name in this very scope is replaced.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        match self.values.iter_mut().find(|(it, _)| *it == name) {
            Some(slot) => slot.1 = value,
            None => self.values.push((name, value)),
        }
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some((_, value)) = here.values.iter().find(|(it, _)| &**it == name) {
                return Some(value);
            }
            scope = here.parent;
        }
        None
    }

    /// Every name that can be seen, nearest scope first; a shadowed name occurs again.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self), |it| it.parent).flat_map(|it| it.values.iter().map(|(name, _)| &**name))
    }
}

/// Who evaluates an expression. `unique` and `secret` derive what they make from it, so that equal inputs give
/// equal names on every machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    pub project: Arc<str>,
    pub environment: Arc<str>,
    /// The uid of the resource, or another stable name of whom the expression works for.
    pub uid: Arc<str>,
}

impl Identity {
    #[must_use]
    pub fn new(project: impl Into<Arc<str>>, environment: impl Into<Arc<str>>, uid: impl Into<Arc<str>>) -> Self {
        Identity { project: project.into(), environment: environment.into(), uid: uid.into() }
    }
}
