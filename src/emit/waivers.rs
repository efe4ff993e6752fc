//! Waivers at work, and which of them nobody needed.

use std::cell::RefCell;
use std::collections::BTreeSet;

use crate::definition::{Criterion, Definitions, Match, Waived, Waiver};
use crate::diag::{Code, Diag, Diags};
use crate::resolve::Input;

/// Whether a patch or a policy is for this environment and target. One without `match` is for all.
pub(super) fn applies(input: Input<'_>, matches: &[Match]) -> bool {
    let environment = input.environment;
    let holds = |it: &Match| {
        it.criteria.iter().all(|(criterion, patterns)| {
            let value = match criterion {
                Criterion::Env => &environment.name,
                Criterion::Kind => &environment.kind,
                Criterion::Target => &environment.target,
                _ => return false,
            };
            patterns.iter().any(|it| it.matches(value))
        })
    };
    matches.is_empty() || matches.iter().any(holds)
}

/// Where something was found that may be waived.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub workload: Option<&'a str>,
    pub container: Option<&'a str>,
    pub resource: Option<&'a str>,
}

/// The waivers of a run.
pub(super) struct Waivers<'a> {
    list: &'a [Waiver],
    used: RefCell<BTreeSet<usize>>,
}

impl<'a> Waivers<'a> {
    pub(super) fn new(definitions: &'a Definitions) -> Self {
        Waivers { list: &definitions.waivers, used: RefCell::default() }
    }

    /// Whether a policy is waived there.
    pub(super) fn policy(&self, name: &str, place: Place<'_>) -> bool {
        self.find(place, |it| matches!(&it.what, Waived::Policy(waived) if *waived.value == *name))
    }

    /// Whether a Score feature that the target cannot express is waived there.
    pub(super) fn feature(&self, name: &str, place: Place<'_>) -> bool {
        self.find(place, |it| matches!(&it.what, Waived::Feature(waived) if *waived.value == *name))
    }

    fn find(&self, place: Place<'_>, is_meant: impl Fn(&Waiver) -> bool) -> bool {
        let holds = |pattern: &Option<crate::definition::Pattern>, value: Option<&str>| {
            pattern.as_ref().is_none_or(|it| value.is_some_and(|value| it.matches(value)))
        };
        let found: Vec<usize> = (0..self.list.len())
            .filter(|index| {
                let it = &self.list[*index];
                is_meant(it)
                    && holds(&it.workload, place.workload)
                    && holds(&it.container, place.container)
                    && holds(&it.resource, place.resource)
            })
            .collect();
        self.used.borrow_mut().extend(&found);
        !found.is_empty()
    }

    /// Reports waivers that waived nothing, of policies that are for this environment.
    pub(super) fn report_unused(&self, input: Input<'_>, diags: &mut Diags) {
        for (index, waiver) in self.list.iter().enumerate() {
            let relevant = match &waiver.what {
                Waived::Feature(_) => true,
                Waived::Policy(name) => {
                    let policy = input.definitions.policies.iter().find(|it| it.name.value == name.value);
                    policy.is_some_and(|it| applies(input, &it.matches))
                }
            };
            if relevant && !self.used.borrow().contains(&index) {
                let message = "this waiver waives nothing";
                diags.push(Diag::warning(Code::WaiverUnused, waiver.at, message).help("remove it"));
            }
        }
    }
}
