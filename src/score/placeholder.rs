//! Placeholders in text: `${metadata.KEY}` and `${resources.NAME.KEY}`.
//!
//! In: a text and how its bytes stand in the source. Out: a [`Template`] with the exact place of every
//! placeholder. The scanner recognises `$$`, `${…}` and `$${…}` and nothing else: any other `$` is text, a body
//! ends at the first `}`, an unterminated `${` is text. Each text is scanned once and never again.

use std::sync::Arc;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_while1};
use nom::character::complete::{anychar, char, satisfy};
use nom::combinator::{all_consuming, map, recognize, value};
use nom::multi::{fold_many1, separated_list1};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::fields::{Context, near, shown};
use super::model::{Piece, Placeholder, Root, Template};
use super::node::Text;
use crate::diag::{Code, Diag};
use crate::source::Span;
use crate::value::Value;

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// A variable, file or parameter.
    Text,
    /// A volume source, in which `${resources.NAME}` means the resource itself.
    VolumeSource,
}

/// The most problems that are shown of one text.
const MOST_PROBLEMS: usize = 20;

#[derive(Clone, PartialEq, Debug)]
enum Token<'a> {
    Text(&'a str),
    /// The body between the braces.
    Body(&'a str),
}

/// Reads a text; problems are reported and leave their placeholder as text.
pub fn template(cx: &mut Context, text: &Text, at: Span, place: Where) -> Template {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut plain = String::new();
    let mut problems = 0;
    for (start, end, token) in tokens(&text.text) {
        match token {
            Token::Text(it) => plain.push_str(it),
            Token::Body(body) => {
                let at = text.place(start, end).or_else(|| search(cx, text, start, end, at)).unwrap_or(at);
                match placeholder(cx, body, at).and_then(|it| check(cx, it, place)) {
                    Ok(placeholder) => {
                        push_text(&mut pieces, &mut plain);
                        pieces.push(Piece::Placeholder(placeholder));
                    }
                    Err(diag) if problems < MOST_PROBLEMS => {
                        problems += 1;
                        cx.diags.push(*diag);
                    }
                    Err(_) => {}
                }
            }
        }
    }
    push_text(&mut pieces, &mut plain);
    Template { pieces, at }
}

/// Where escapes or folding changed the text around a placeholder, the source still spells it in the same way and
/// as often as the text does; else its place cannot be said.
fn search(cx: &Context, text: &Text, start: usize, end: usize, at: Span) -> Option<Span> {
    const LONGEST: usize = 16 * 1024;
    let source = cx.sources.text(at);
    if source.len() > LONGEST || text.text.len() > LONGEST {
        return None;
    }
    let wanted = text.text.get(start..end)?;
    let nth = text.text.get(..start)?.matches(wanted).count();
    let mut places = source.match_indices(wanted).map(|(offset, _)| offset);
    (source.matches(wanted).count() == text.text.matches(wanted).count())
        .then(|| places.nth(nth).map(|it| at.within(it, it + wanted.len())))
        .flatten()
}

/// A text in which nothing is a placeholder.
pub fn verbatim(text: &str, at: Span) -> Template {
    let mut pieces = Vec::new();
    push_text(&mut pieces, &mut text.to_owned());
    Template { pieces, at }
}

fn push_text(pieces: &mut Vec<Piece>, plain: &mut String) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(Arc::from(std::mem::take(plain))));
    }
}

/// All tokens with their byte ranges.
fn tokens(text: &str) -> Vec<(usize, usize, Token<'_>)> {
    // Past the last `}` nothing can be a placeholder. Without this a text of many `${` would be scanned to its
    // end once for each of them.
    let closed = text.rfind('}').map_or(0, |it| it + 1);
    let mut tokens = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let rest = &text[start..];
        let parsed = if start < closed { braced.parse(rest).or_else(|_| bare.parse(rest)) } else { bare.parse(rest) };
        let Ok((left, token)) = parsed else { break };
        let end = text.len() - left.len();
        tokens.push((start, end, token));
        start = end;
    }
    tokens
}

/// `$${…}`, which is text, or `${…}`.
fn braced(input: &str) -> IResult<&str, Token<'_>> {
    let body = |open| delimited(tag(open), take_till(|it| it == '}'), char('}'));
    alt((
        map(recognize(body("$${")), |it: &str| Token::Text(it.get(1..).unwrap_or_default())),
        map(body("${"), Token::Body),
    ))
    .parse(input)
}

/// `$$`, which is one `$`, or text up to the next `$`, or a `$` that means nothing.
fn bare(input: &str) -> IResult<&str, Token<'_>> {
    let dollars = value(Token::Text("$"), tag("$$"));
    let text = map(take_while1(|it| it != '$'), Token::Text);
    alt((dollars, text, map(recognize(anychar), Token::Text))).parse(input)
}

/// The parts of a body: separated by dots, `\.` is a dot inside a part.
fn parts(body: &str) -> Option<Vec<String>> {
    let letter = satisfy(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '/'));
    let part = fold_many1(alt((value('.', tag("\\.")), letter)), String::new, |mut part: String, letter| {
        part.push(letter);
        part
    });
    let parsed: IResult<&str, Vec<String>> = all_consuming(separated_list1(char('.'), part)).parse(body);
    parsed.ok().map(|(_, parts)| parts)
}

fn placeholder(cx: &Context, body: &str, at: Span) -> Result<Placeholder, Box<Diag>> {
    let Some(parts) = parts(body) else { return Err(malformed(body, at)) };
    let mut keys = parts.iter().map(|it| Arc::from(it.as_str()));
    let root = match (keys.next().as_deref(), keys.len()) {
        (Some("metadata"), 0) => return Err(no_key(body, "${metadata.name}", at)),
        (Some("metadata"), _) => Root::Metadata,
        (Some("resources"), 0) => return Err(no_key(body, "${resources.NAME.KEY}", at)),
        (Some("resources"), _) => Root::Resource(keys.next().unwrap_or_default()),
        _ => return Err(unknown_root(cx, &parts, body, at)),
    };
    Ok(Placeholder { root, keys: keys.collect(), at })
}

fn problem(at: Span, message: String) -> Diag {
    Diag::error(Code::ScorePlaceholder, at, message)
}

fn malformed(body: &str, at: Span) -> Box<Diag> {
    let body = shown(body);
    let bare: String = body.split_whitespace().collect();
    let (here, help) = if body.is_empty() {
        ("nothing stands between the braces", "write `$${}` to keep it as text".to_owned())
    } else if bare != body && parts(&bare).is_some() {
        ("a placeholder holds no blanks", format!("write `${{{bare}}}`"))
    } else if body.contains("${") {
        ("a placeholder cannot hold another", format!("write `$${{{body}}}` to keep it as text"))
    } else {
        ("names are letters, digits, `_`, `-` and `/`, with dots between them", {
            format!("write `$${{{body}}}` to keep it as text")
        })
    };
    Box::new(problem(at, format!("`${{{body}}}` is not a placeholder")).here(here).help(help))
}

fn no_key(body: &str, example: &str, at: Span) -> Box<Diag> {
    Box::new(
        problem(at, format!("`${{{body}}}` names no key"))
            .here("a key must follow")
            .help(format!("write `{example}`, or `$${{{body}}}` to keep it as text")),
    )
}

fn unknown_root(cx: &Context, parts: &[String], body: &str, at: Span) -> Box<Diag> {
    let root = parts.first().map_or("", |it| it);
    let rest = shown(body.get(root.len()..).unwrap_or_default());
    let names_resource = parts.get(1).is_some_and(|it| cx.resources.contains_key(it.as_str()));
    let near = near(root, ["metadata", "resources"]).or(names_resource.then_some("resources"));
    let help = match near {
        Some(near) => format!("write `${{{near}{rest}}}`"),
        None => format!("write `$${{{}}}` to keep it as text", shown(body)),
    };
    let (body, root) = (shown(body), shown(root));
    Box::new(
        problem(at, format!("`${{{body}}}` begins with neither `metadata` nor `resources`"))
            .here(format!("`{root}` is not known"))
            .help(help),
    )
}

/// What can be said of a placeholder without knowing any output.
fn check(cx: &Context, placeholder: Placeholder, place: Where) -> Result<Placeholder, Box<Diag>> {
    match &placeholder.root {
        Root::Metadata => check_metadata(&cx.metadata, &placeholder)?,
        Root::Resource(name) => {
            if !cx.resources.contains_key(name) {
                return Err(unknown_resource(cx, name, placeholder.at));
            }
            if placeholder.keys.is_empty() && place == Where::Text {
                let name = shown(name);
                let example = format!("${{resources.{name}.KEY}}");
                return Err(no_key(&format!("resources.{name}"), &example, placeholder.at));
            }
        }
    }
    Ok(placeholder)
}

fn unknown_resource(cx: &Context, name: &str, at: Span) -> Box<Diag> {
    let near = if cx.diags.is_full() { None } else { near(name, cx.resources.keys().map(|it| &**it)) };
    let name = shown(name);
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add `{name}: {{type: TYPE}}` to `resources`"),
    };
    let mut diag = Diag::error(Code::ScoreUnknownResource, at, format!("the workload has no resource `{name}`"))
        .here("used here")
        .help(help);
    if let Some(declared) = near.and_then(|it| cx.resources.get(it)) {
        diag = diag.label(*declared, "a resource of a similar name");
    }
    Box::new(diag)
}

/// Follows the keys through the metadata. Metadata that could not be read has its own problem.
fn check_metadata(metadata: &Value, placeholder: &Placeholder) -> Result<(), Box<Diag>> {
    if metadata.is_null() {
        return Ok(());
    }
    let mut at = metadata;
    let mut path = String::from("metadata");
    for key in &placeholder.keys {
        let Some(map) = at.as_map() else {
            let diag = problem(placeholder.at, format!("`{path}` holds no keys"))
                .here(format!("looks for `{}` in it", shown(key)))
                .label(at.at, format!("this is {}", at.kind()))
                .help(format!("write `${{{path}}}`"));
            return Err(Box::new(diag));
        };
        let Some(next) = map.get(key) else {
            let key = shown(key);
            let help = match near(&key, map.keys().map(|it| &**it)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add `{key}` to `{path}`"),
            };
            let diag =
                problem(placeholder.at, format!("`{path}` has no key `{key}`")).here("looked for here").help(help);
            return Err(Box::new(diag));
        };
        at = next;
        path = format!("{path}.{}", shown(key).replace('.', "\\."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Token, parts, tokens};

    /// The text with every placeholder as `<body>`.
    fn scanned(text: &str) -> String {
        tokens(text)
            .into_iter()
            .map(|(_, _, token)| match token {
                Token::Text(it) => it.to_owned(),
                Token::Body(it) => format!("<{it}>"),
            })
            .collect()
    }

    #[test]
    fn the_scanner_follows_the_exact_grammar() {
        let cases = [
            ("", ""),
            ("plain", "plain"),
            ("$$", "$"),
            ("$$$", "$$"),
            ("$$$$", "$$"),
            ("$${x}", "${x}"),
            ("$$${x}", "$<x>"),
            ("$$$${x}", "$${x}"),
            ("$abc $(A) $", "$abc $(A) $"),
            ("$$(A)", "$(A)"),
            ("${a${b}}", "<a${b>}"),
            ("${a", "${a"),
            ("$${a", "${a"),
            ("${a}${b", "<a>${b"),
            ("${}", "<>"),
            ("${a\nb}", "<a\nb>"),
            ("é${é}", "é<é>"),
        ];
        for (text, expected) in cases {
            assert_eq!(scanned(text), expected, "{text}");
        }
    }

    #[test]
    fn escaped_dots_stay_inside_a_part() {
        let split = |text: &str| parts(text).map(|it| it.join("|")).unwrap_or_default();
        assert_eq!(split(r"metadata.annotations.a\.b/c"), "metadata|annotations|a.b/c");
        for bad in ["", ".", "a.", ".a", "a..b", " a", "a b", r"a\b", "a\\"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }

    #[test]
    fn many_unterminated_placeholders_are_fast() {
        let text = "${".repeat(500_000);
        assert_eq!(tokens(&text).len(), 1_000_000);
        let text = format!("{}}}", "${".repeat(500_000));
        assert_eq!(tokens(&text).len(), 1);
        let text = format!("{}}}", "$$x".repeat(300_000));
        assert!(tokens(&text).len() >= 600_000);
    }
}
