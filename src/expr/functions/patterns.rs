//! Regular expressions, matched in time linear in the text.

use regex_lite::{Regex, RegexBuilder};

use super::{Call, Function, text};
use crate::expr::limits;
use crate::expr::problem::Problem;
use crate::value::Data;

pub const TABLE: &[Function] = table! { "patterns";
    "matches" "(text, pattern)" -> Bool = matches,
        "Whether the regular expression is found in the text; `^` and `$` bind it to the ends.",
        "matches(\"v1.2\", \"^v[0-9.]+$\")" => "true";
    "capture" "(text, pattern)" -> Any = capture,
        "The first group of the first match, or the whole match of a pattern without groups; `()` where \
         nothing matches.",
        "capture(\"nginx:1.29\", \":(.+)$\")" => "1.29";
};

fn matches(call: &Call<'_>) -> Result<Data, Problem> {
    let subject = subject(call)?;
    Ok(Data::Bool(pattern(call)?.is_match(subject)))
}

fn capture(call: &Call<'_>) -> Result<Data, Problem> {
    let subject = subject(call)?;
    let found = pattern(call)?.captures(subject).and_then(|it| it.get(1).or_else(|| it.get(0)));
    Ok(found.map_or(Data::Null, |it| text(it.as_str())))
}

fn subject<'a>(call: &Call<'a>) -> Result<&'a str, Problem> {
    let found = call.text(0)?;
    if found.len() > limits::MATCHED {
        return Err(Problem::limit(format!("a text of more than {} KiB cannot be matched", limits::MATCHED / 1024)));
    }
    // Matching takes up to the product of both sizes, and a counted repetition makes a short pattern large.
    let pattern = call.text(1)?;
    let states = if pattern.contains('{') { 4 * limits::PATTERN } else { pattern.len() };
    call.context.charge(found.len() * states)?;
    Ok(found)
}

/// Counted repetitions multiply, so the size of the built pattern is bounded as well as its source.
fn pattern(call: &Call<'_>) -> Result<Regex, Problem> {
    let source = call.text(1)?;
    if source.len() > limits::PATTERN {
        return Err(Problem::limit(format!("a pattern of more than {} bytes", limits::PATTERN)));
    }
    let built = RegexBuilder::new(source).size_limit(64 * 1024).nest_limit(20).build();
    built.map_err(|problem| call.fails(format!("this is no pattern: {problem}")))
}
