//! `scorec policies`: what platforms refuse, and the waivers: what is exempt, where and why.

use serde::Serialize;

use super::args::{ListFormat, Policies};
use super::definitions::definitions_found;
use super::session::{DONE, ERRORS, Session};
use super::table::Table;
use super::words;
use crate::definition::{About, Definitions, Pattern, Policy, Waived, Waiver};

/// All policies, and the waivers that are for Score features instead; in JSON. Keys are only ever added.
#[derive(Serialize)]
struct Listed<'a> {
    policies: Vec<ListedPolicy<'a>>,
    /// Waivers for what a target cannot express.
    features: Vec<ListedWaiver<'a>>,
}

#[derive(Serialize)]
struct ListedPolicy<'a> {
    name: &'a str,
    doc: &'a str,
    /// `error`, `warning` or `note`.
    severity: &'static str,
    /// What it looks at, for example `container`.
    about: String,
    /// Where it is for, in words; empty for everywhere.
    conditions: String,
    require: &'a str,
    waivers: Vec<ListedWaiver<'a>>,
    /// `PATH:LINE` of the definition.
    place: String,
    /// Whether it is part of scorec itself.
    built_in: bool,
}

#[derive(Serialize)]
struct ListedWaiver<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<&'a str>,
    /// Patterns; `null` for any.
    workload: Option<&'a str>,
    container: Option<&'a str>,
    resource: Option<&'a str>,
    because: &'a str,
    place: String,
}

pub fn run(session: &mut Session, args: &Policies) -> u8 {
    let Policies::List { format } = args;
    let Some(definitions) = definitions_found(session) else { return ERRORS };
    let mut policies: Vec<&Policy> = definitions.policies.iter().collect();
    policies.sort_by_key(|it| (it.layer, it.name.value.clone()));
    match format {
        ListFormat::Json => {
            let policies = policies.into_iter().map(|it| listed(session, &definitions, it)).collect();
            let features = definitions.waivers.iter().filter(|it| feature(it).is_some());
            let features = features.map(|it| waiver(session, it)).collect();
            session.print_json(&Listed { policies, features });
        }
        ListFormat::Text => {
            print_policies(session, &policies);
            print_waivers(session, &definitions);
        }
    }
    DONE
}

fn print_policies(session: &mut Session, policies: &[&Policy]) {
    let mut table = Table::new(["POLICY", "SEVERITY", "ABOUT", "ONLY FOR", "FROM"]);
    for it in policies {
        let from = words::origin(&session.sources, it.at);
        let only = words::alternatives(&it.matches);
        table.row([it.name.value.to_string(), it.severity.word().to_owned(), about(&it.about), only, from]);
    }
    session.print_table(&table);
}

fn print_waivers(session: &mut Session, definitions: &Definitions) {
    if definitions.waivers.is_empty() {
        return;
    }
    session.terminal.out.write("\n");
    let mut table = Table::new(["WAIVED", "WHERE", "BECAUSE", "FROM"]);
    for it in &definitions.waivers {
        let (Waived::Policy(name) | Waived::Feature(name)) = &it.what;
        let places = [("workload", &it.workload), ("container", &it.container), ("resource", &it.resource)];
        let places: Vec<String> =
            places.iter().filter_map(|(key, it)| Some(format!("{key}={}", it.as_ref()?.text))).collect();
        let place = if places.is_empty() { "everywhere".to_owned() } else { places.join(" ") };
        let from = words::origin(&session.sources, it.at);
        table.row([name.value.to_string(), place, it.because.to_string(), from]);
    }
    session.print_table(&table);
}

fn about(about: &About) -> String {
    match about {
        About::Workload => "workload".to_owned(),
        About::Container => "container".to_owned(),
        About::Port => "port".to_owned(),
        About::File => "file".to_owned(),
        About::Volume => "volume".to_owned(),
        About::Resource => "resource".to_owned(),
        About::Item(slot) => format!("item of {}", slot.value),
    }
}

fn feature(waiver: &Waiver) -> Option<&str> {
    match &waiver.what {
        Waived::Feature(name) => Some(&name.value),
        Waived::Policy(_) => None,
    }
}

fn listed<'a>(session: &Session, definitions: &'a Definitions, policy: &'a Policy) -> ListedPolicy<'a> {
    let is_meant = |it: &&Waiver| matches!(&it.what, Waived::Policy(name) if name.value == policy.name.value);
    ListedPolicy {
        name: &policy.name.value,
        doc: &policy.doc,
        severity: policy.severity.word(),
        about: about(&policy.about),
        conditions: words::alternatives(&policy.matches),
        require: policy.require.source(),
        waivers: definitions.waivers.iter().filter(is_meant).map(|it| waiver(session, it)).collect(),
        place: session.sources.place(policy.at),
        built_in: session.sources.get(policy.at.file).is_some_and(|it| it.embedded),
    }
}

fn waiver<'a>(session: &Session, waiver: &'a Waiver) -> ListedWaiver<'a> {
    let text = |it: &'a Option<Pattern>| it.as_ref().map(|it| &*it.text);
    ListedWaiver {
        feature: feature(waiver),
        workload: text(&waiver.workload),
        container: text(&waiver.container),
        resource: text(&waiver.resource),
        because: &waiver.because,
        place: session.sources.place(waiver.at),
    }
}
