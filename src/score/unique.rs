//! Names of workloads across the Score files of a run.

use std::collections::BTreeMap;

use super::model::Workload;
use crate::diag::{Code, Diag, Diags};

/// Reports workloads that bear the name of another: what they make would be mixed up.
pub fn check_names(workloads: &[Workload], diags: &mut Diags) {
    let mut first: BTreeMap<&str, &Workload> = BTreeMap::new();
    for workload in workloads {
        let name = &workload.name;
        match first.get(&*name.value) {
            None => {
                first.insert(&name.value, workload);
            }
            Some(other) => {
                let message = format!("two workloads are named `{}`", name.value);
                diags.push(
                    Diag::error(Code::ScoreDuplicateWorkload, name.at, message)
                        .here("the second one")
                        .label(other.name.at, "the first one")
                        .help(format!("give this one another name, for example `{}-2`", name.value)),
                );
            }
        }
    }
}
