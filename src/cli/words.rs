//! What commands say of definitions, in words.
//!
//! In: typed definitions and choices. Out: short texts. Prints nothing.

use crate::definition::{Candidate, Choice, Criterion, Definitions, Match, Pattern, Rule, Verdict};
use crate::diag::or_list;
use crate::resolve::why;
use crate::source::{Sources, Span};

/// `path:line`, or that the place is part of scorec.
#[must_use]
pub fn place(sources: &Sources, at: Span) -> String {
    let embedded = sources.get(at.file).is_some_and(|it| it.embedded);
    format!("{}{}", sources.place(at), if embedded { ", built in" } else { "" })
}

/// As [`place`], for a column of a table: a built-in definition is in no file of the user's.
#[must_use]
pub fn origin(sources: &Sources, at: Span) -> String {
    match sources.get(at.file) {
        Some(source) if source.embedded => "built in".to_owned(),
        Some(_) => sources.place(at),
        None => "-".to_owned(),
    }
}

/// The types that a rule is for, as written.
#[must_use]
pub fn types(rule: &Rule) -> Vec<&str> {
    let patterns = rule.matches.iter().flat_map(|it| &it.criteria);
    let mut found: Vec<&str> =
        patterns.filter(|(it, _)| *it == Criterion::Type).flat_map(|(_, list)| list).map(|it| &*it.text).collect();
    found.dedup();
    found
}

/// What a rule asks for beside the type, as in `env=staging`; alternatives stand behind each other.
#[must_use]
pub fn conditions(rule: &Rule) -> String {
    alternatives(&rule.matches)
}

/// As [`conditions`], for anything that has matches.
#[must_use]
pub fn alternatives(matches: &[Match]) -> String {
    let one = |it: &Match| {
        let criteria = it.criteria.iter().filter(|(it, _)| *it != Criterion::Type).map(|(criterion, patterns)| {
            let texts: Vec<&str> = patterns.iter().map(|it| &*it.text).collect();
            format!("{}={}", criterion.name(), texts.join("|"))
        });
        let when = it.when.iter().map(|it| format!("when {}", it.source()));
        criteria.chain(when).collect::<Vec<_>>().join(" ")
    };
    let mut all: Vec<String> = matches.iter().map(one).collect();
    all.dedup();
    if all.iter().any(String::is_empty) { String::new() } else { all.join(", or ") }
}

/// Why a match holds.
#[must_use]
pub fn held(matched: &Match) -> String {
    // What makes it special stands last in a match and first in what a reader wants to know.
    let criteria = matched.criteria.iter().rev().map(|(criterion, patterns)| criterion_held(*criterion, patterns));
    let when = matched.when.iter().map(|it| format!("`{}` holds", it.source()));
    criteria.chain(when).collect::<Vec<_>>().join(", ")
}

fn criterion_held(criterion: Criterion, patterns: &[Pattern]) -> String {
    let texts: Vec<&str> = patterns.iter().map(|it| &*it.text).collect();
    let exact = patterns.iter().all(Pattern::is_exact) && patterns.len() == 1;
    let is = if exact { "is" } else { "matches" };
    format!("{} {is} {}", criterion.name(), or_list(&texts))
}

/// Why a rule was not chosen.
#[must_use]
pub fn not_chosen(candidate: &Candidate<'_>, choice: &Choice<'_>, definitions: &Definitions) -> String {
    let winner = choice.rule();
    let name = winner.map_or_else(|| "another".to_owned(), |it| format!("`{}`", it.name.value));
    match &candidate.verdict {
        Verdict::Chosen { matched } => format!("it is chosen: {}", held(matched)),
        Verdict::Tied => {
            let others: Vec<&str> = choice
                .tied()
                .into_iter()
                .filter(|it| it.name.value != candidate.rule.name.value)
                .map(|it| &*it.name.value)
                .collect();
            let others = or_list(&others).replace(" or ", " and ");
            format!("it matches exactly as well as {others}: give one of them a `priority` or a more specific `match`")
        }
        Verdict::Farther => {
            let layer = |rule: &Rule| match definitions.packs.get(rule.layer) {
                Some(pack) if pack.embedded && pack.name.as_ref() == "library" => "the built-in library".to_owned(),
                Some(pack) => format!("`{}`", pack.name),
                None => "another layer".to_owned(),
            };
            let near = winner.or_else(|| choice.tied().first().copied());
            let (near, far) = (near.map_or_else(|| "a nearer layer".to_owned(), layer), layer(candidate.rule));
            format!("it matches, but {near} goes before {far}")
        }
        Verdict::LessSpecific(criterion) => {
            format!("it matches, but {name} is more specific: `{criterion}` weighs more")
        }
        Verdict::LowerPriority => {
            let higher = winner.or_else(|| choice.tied().first().copied()).map_or(0, |it| it.priority);
            format!("it matches, but {name} has priority {higher}, and this one {}", candidate.rule.priority)
        }
        Verdict::Refused(refused) => why(refused),
    }
}
