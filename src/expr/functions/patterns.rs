//! Regular expressions, matched in time linear in the text.

use regex_lite::{Regex, RegexBuilder};

use super::{Call, Function, Returns, text};
use crate::expr::limits;
use crate::expr::problem::Problem;
use crate::value::Data;

pub const TABLE: &[Function] = &[
    Function {
        name: "matches",
        topic: "patterns",
        signature: "(text, pattern)",
        doc: "Whether the regular expression is found in the text; `^` and `$` bind it to the ends.",
        example: ("matches(\"v1.2\", \"^v[0-9.]+$\")", "true"),
        returns: Returns::Bool,
        run: matches,
    },
    Function {
        name: "capture",
        topic: "patterns",
        signature: "(text, pattern)",
        doc: "The first group of the first match, or the whole match of a pattern without groups; `()` where nothing matches.",
        example: ("capture(\"nginx:1.29\", \":(.+)$\")", "1.29"),
        returns: Returns::Any,
        run: capture,
    },
];

fn matches(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(pattern(call)?.is_match(subject(call)?)))
}

fn capture(call: &Call<'_>) -> Result<Data, Problem> {
    let found = pattern(call)?.captures(subject(call)?).map(|it| it.get(1).or_else(|| it.get(0)).map(|it| it.as_str()));
    Ok(found.flatten().map_or(Data::Null, text))
}

fn subject<'a>(call: &Call<'a>) -> Result<&'a str, Problem> {
    let found = call.text(0)?;
    if found.len() <= limits::MATCHED {
        return Ok(found);
    }
    Err(Problem::limit(format!("a text of more than {} KiB cannot be matched", limits::MATCHED / 1024)))
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
