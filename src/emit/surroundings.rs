//! What the bodies of a target may use: its fragments, the slots, and its sinks.

use std::cell::RefCell;
use std::sync::Arc;

use super::slots::Slots;
use super::{Request, Sinks};
use crate::diag::{Code, Diag};
use crate::resolve::Input;
use crate::template::{Environment, Fragment};
use crate::value::{Key, Secret, Value};

/// See the module.
pub(super) struct OfTarget<'a> {
    input: Input<'a>,
    slots: &'a Slots,
    request: &'a Request<'a>,
    /// Asked for once.
    key: RefCell<Option<Key>>,
}

impl<'a> OfTarget<'a> {
    pub(super) fn new(input: Input<'a>, slots: &'a Slots, request: &'a Request<'a>) -> Self {
        OfTarget { input, slots, request, key: RefCell::new(None) }
    }
}

impl Environment for OfTarget<'_> {
    fn fragment(&self, name: &str) -> Option<&Fragment> {
        self.input.target.fragments.get(name)
    }

    fn slot(&self, name: &str, of: Option<&str>) -> Option<Value> {
        match of {
            None => self.slots.shared.get(name).cloned(),
            Some(workload) => self.slots.per_workload.get(&(Arc::from(name), Arc::from(workload))).cloned(),
        }
    }

    fn reveal(&self, secret: &Secret) -> Result<String, Diag> {
        if let Sinks::Stand(stand) = self.request.sinks {
            return Ok(stand(secret));
        }
        // A literal needs no key, so none is made for it.
        if !secret.needs_key() {
            let none = Key::new(&[]);
            return secret.reveal(&none).ok_or_else(|| elsewhere(secret));
        }
        let mut key = self.key.borrow_mut();
        if key.is_none() {
            *key = Some((self.request.key)()?);
        }
        key.as_ref().and_then(|key| secret.reveal(key)).ok_or_else(|| elsewhere(secret))
    }
}

fn elsewhere(secret: &Secret) -> Diag {
    let message = format!("the secret `{}` of `{}` lives elsewhere and has no value here", secret.label, secret.owner);
    Diag::error(Code::SecretLeak, secret.at, message).here("made here")
}
