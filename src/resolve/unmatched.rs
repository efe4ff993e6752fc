//! What to say when no rule meets a resource, or more than one.

use super::Input;
use crate::definition::{Choice, Criterion, Match, Refused, Rule, Verdict};
use crate::diag::suggest::nearest;
use crate::diag::{Code, Diag, or_list};
use crate::ir::Uid;
use crate::source::Span;

/// The problem of a choice that chose nothing.
pub(super) fn problem(input: &Input<'_>, uid: &Uid, choice: &Choice<'_>, at: Span) -> Diag {
    let tied = choice.tied();
    if tied.is_empty() { no_rule(input, uid, choice, at) } else { ambiguous(uid, &tied, at) }
}

fn no_rule(input: &Input<'_>, uid: &Uid, choice: &Choice<'_>, at: Span) -> Diag {
    let environment = input.environment;
    let message = format!(
        "no rule for a resource of type `{}` in environment `{}` on target `{}`",
        uid.ty(),
        environment.name,
        environment.target
    );
    let mut diag = Diag::error(Code::RuleMissing, at, message).here("asked for here");
    for candidate in choice.candidates.iter().take(3) {
        if let Verdict::Refused(refused) = &candidate.verdict {
            let text = format!("`{}` is not for it: {}", candidate.rule.name.value, why(refused));
            diag = diag.label(candidate.rule.at, text);
        }
    }
    let types: Vec<&str> =
        input.definitions.rules.iter().flat_map(|rule| rule.exact(Criterion::Type)).map(|it| &*it.text).collect();
    let near = nearest(uid.ty(), types.iter().copied()).filter(|it| *it != uid.ty());
    let help = near.map_or_else(
        || {
            format!(
                "write a rule in `scorec.kdl`: `rule \"my-{0}\" {{ doc \"…\"; match type=\"{0}\"; outputs {{ … }} }}`",
                uid.ty()
            )
        },
        |near| format!("did you mean `{near}`?"),
    );
    diag.help(help)
}

/// Why a rule does not match, in words.
pub fn why(refused: &Refused<'_>) -> String {
    match refused {
        Refused::When(expr) => format!("`{}` does not hold", expr.source()),
        Refused::Criterion { criterion, wanted, found } => {
            let wanted: Vec<&str> = wanted.iter().map(|it| &*it.text).collect();
            format!("{} is `{found}`, not {}", criterion.name(), or_list(&wanted))
        }
    }
}

fn ambiguous(uid: &Uid, tied: &[&Rule], at: Span) -> Diag {
    let names: Vec<&str> = tied.iter().map(|it| &*it.name.value).collect();
    let message = format!("{} match `{uid}` equally well", or_list(&names).replace(" or ", " and "));
    let mut diag = Diag::error(Code::RuleAmbiguous, at, message).here("asked for here");
    for rule in tied {
        let place = rule.matches.first().map_or(rule.at, |it: &Match| it.at);
        diag = diag.label(place, format!("`{}` matches here", rule.name.value));
    }
    diag.help("give one of them a `priority`, or a more specific `match`")
}
