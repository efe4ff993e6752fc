//! Which rule meets a resource, and why not the others.
//!
//! The nearest layer counts first, then the most specific match (`id`, `workload`, `env`, `kind`, `class`,
//! `target`, `when`, in this order, exact above glob), then the explicit priority. What still ties is an error.

use super::Definitions;
use super::rule::{Criterion, Match, Pattern, Rule};
use crate::diag::Diag;
use crate::expr::Expr;

/// What a match looks at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub ty: &'a str,
    pub class: &'a str,
    pub id: &'a str,
    /// The workloads that use the resource directly; a criterion holds if it holds for one of them.
    pub workloads: &'a [&'a str],
    pub env: &'a str,
    pub kind: &'a str,
    pub target: &'a str,
}

/// The outcome for a resource: at most one rule, and what became of each that was looked at.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    pub candidates: Vec<Candidate<'a>>,
}

#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    pub rule: &'a Rule,
    pub verdict: Verdict<'a>,
}

#[derive(Clone, Debug)]
pub enum Verdict<'a> {
    Chosen {
        matched: &'a Match,
    },
    /// It matches as well as another in every respect.
    Tied,
    /// It matches, but a nearer layer has a rule.
    Farther,
    /// It matches, but another is more specific in this criterion; `when` has no [`Criterion`].
    LessSpecific(&'static str),
    /// It matches, but another has a higher priority.
    LowerPriority,
    /// It does not match; the reason of its best alternative.
    Refused(Refused<'a>),
}

#[derive(Clone, Debug)]
pub enum Refused<'a> {
    Criterion { criterion: Criterion, wanted: &'a [Pattern], found: String },
    When(&'a Expr),
}

impl<'a> Choice<'a> {
    /// The rule, if exactly one is best.
    #[must_use]
    pub fn rule(&self) -> Option<&'a Rule> {
        self.candidates.iter().find(|it| matches!(it.verdict, Verdict::Chosen { .. })).map(|it| it.rule)
    }

    /// The rules that tie; none or at least two.
    #[must_use]
    pub fn tied(&self) -> Vec<&'a Rule> {
        self.candidates.iter().filter(|it| matches!(it.verdict, Verdict::Tied)).map(|it| it.rule).collect()
    }
}

/// How specific a match is: one number per criterion, more is more specific.
type Specificity = [u8; 8];

/// Chooses the rule for a subject. `when` evaluates a condition in the scope of the resource.
pub fn choose<'a>(
    definitions: &'a Definitions,
    subject: &Subject<'_>,
    when: &mut dyn FnMut(&Expr) -> Result<bool, Diag>,
) -> Result<Choice<'a>, Diag> {
    let mut matching: Vec<(&Rule, &Match, Specificity)> = Vec::new();
    let mut candidates = Vec::new();
    for rule in definitions.rules_for(subject.ty) {
        match best_match(rule, subject, when)? {
            Ok((matched, specificity)) => matching.push((rule, matched, specificity)),
            Err(refused) => candidates.push(Candidate { rule, verdict: Verdict::Refused(refused) }),
        }
    }
    let rank = |it: &(&Rule, &Match, Specificity)| (std::cmp::Reverse(it.0.layer), it.2, it.0.priority);
    let best = matching.iter().map(rank).max();
    let winners = matching.iter().filter(|it| Some(rank(it)) == best).count();
    let top = matching.iter().find(|it| Some(rank(it)) == best).copied();
    let judged = matching.iter().map(|it| {
        let verdict = match top {
            Some(_) if Some(rank(it)) == best && winners > 1 => Verdict::Tied,
            Some(_) if Some(rank(it)) == best => Verdict::Chosen { matched: it.1 },
            Some(top) => lost(it, &top),
            None => Verdict::Tied,
        };
        Candidate { rule: it.0, verdict }
    });
    let mut all: Vec<Candidate<'a>> = judged.collect();
    all.append(&mut candidates);
    Ok(Choice { candidates: all })
}

fn lost<'a>(it: &(&'a Rule, &'a Match, Specificity), top: &(&'a Rule, &'a Match, Specificity)) -> Verdict<'a> {
    if it.0.layer != top.0.layer {
        return Verdict::Farther;
    }
    match it.2.iter().zip(&top.2).position(|(mine, best)| mine != best) {
        Some(6) => Verdict::LessSpecific("when"),
        Some(7) => Verdict::LessSpecific("type"),
        Some(index) => Verdict::LessSpecific(Criterion::ALL[index].0),
        None => Verdict::LowerPriority,
    }
}

type Matched<'a> = Result<(&'a Match, Specificity), Refused<'a>>;

fn best_match<'a>(
    rule: &'a Rule,
    subject: &Subject<'_>,
    when: &mut dyn FnMut(&Expr) -> Result<bool, Diag>,
) -> Result<Matched<'a>, Diag> {
    let mut best: Option<(&Match, Specificity)> = None;
    let mut refused = None;
    for it in &rule.matches {
        match try_match(it, subject, when)? {
            Ok(specificity) if best.is_none_or(|(_, before)| specificity > before) => best = Some((it, specificity)),
            Ok(_) => {}
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    Ok(match (best, refused) {
        (Some(best), _) => Ok(best),
        (None, Some(reason)) => Err(reason),
        // A rule without any match was reported when it was read.
        (None, None) => Err(Refused::Criterion { criterion: Criterion::Type, wanted: &[], found: subject.ty.into() }),
    })
}

fn try_match<'a>(
    matched: &'a Match,
    subject: &Subject<'_>,
    when: &mut dyn FnMut(&Expr) -> Result<bool, Diag>,
) -> Result<Result<Specificity, Refused<'a>>, Diag> {
    let mut specificity = Specificity::default();
    for (criterion, patterns) in &matched.criteria {
        let values = values_of(*criterion, subject);
        let exact = patterns.iter().any(|it| it.is_exact() && values.iter().any(|value| it.matches(value)));
        if !exact && !patterns.iter().any(|it| values.iter().any(|value| it.matches(value))) {
            let found = values.join("`, `");
            return Ok(Err(Refused::Criterion { criterion: *criterion, wanted: patterns, found }));
        }
        let index = if *criterion == Criterion::Type { 7 } else { *criterion as usize };
        specificity[index] = if exact { 2 } else { 1 };
    }
    if let Some(condition) = &matched.when {
        if !when(condition)? {
            return Ok(Err(Refused::When(condition)));
        }
        specificity[6] = 1;
    }
    Ok(Ok(specificity))
}

fn values_of<'a>(criterion: Criterion, subject: &Subject<'a>) -> Vec<&'a str> {
    match criterion {
        Criterion::Id => vec![subject.id],
        Criterion::Workload => subject.workloads.to_vec(),
        Criterion::Env => vec![subject.env],
        Criterion::Kind => vec![subject.kind],
        Criterion::Class => vec![subject.class],
        Criterion::Target => vec![subject.target],
        Criterion::Type => vec![subject.ty],
    }
}
