//! `{{ expr }}` in text.
//!
//! In: the text of a string and its place. Out: an [`Interpolation`], and its value in a scope. A text that is
//! exactly one interpolation keeps the type of its expression; otherwise the pieces are joined as text.

use std::sync::Arc;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::combinator::{consumed, map, recognize, value};
use nom::multi::many0_count;
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::problem::Problem;
use super::{Expr, Identity, Names, Scope, Shape, ops};
use crate::diag::{Code, Diag, Diags};
use crate::source::Span;
use crate::value::{Data, Part, Value};

/// The text of a string in a definition.
#[derive(Clone, Debug)]
pub enum Interpolation {
    /// Nothing to work out.
    Plain { text: Arc<str>, at: Span },
    /// Exactly one interpolation.
    One(Box<Expr>),
    /// Several pieces, joined as text.
    Joined { pieces: Arc<[Piece]>, at: Span },
}

/// One piece of a text with interpolations.
#[derive(Clone, Debug)]
pub enum Piece {
    Text(Arc<str>),
    Expr(Expr),
}

impl Interpolation {
    /// Reads a text. `at` is the place of the whole string; `exact` the place of its text where every byte of it is
    /// that byte of the source (`kdl::Arg::inner`), so that problems point into it.
    pub fn parse(text: &str, at: Span, exact: Option<Span>) -> Result<Self, Diag> {
        if !text.contains("{{") {
            return Ok(Interpolation::Plain { text: text.into(), at });
        }
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Ok((after, token)) = token(rest) {
            let start = text.len() - rest.len();
            rest = after;
            match token {
                Token::Text(it) => plain.push_str(it),
                Token::Unclosed => return Err(unclosed(at, exact.map(|it| it.within(start, text.len())))),
                Token::Expression(source) => {
                    // Braces of a longer run that belong to the text come before the opening two.
                    let offset = text.len() - after.len() - 2 - source.len();
                    flush(&mut plain, &mut pieces);
                    let place = exact.map(|it| it.within(offset, offset + source.len()));
                    pieces.push(Piece::Expr(Expr::parse(source, at, place)?));
                }
            }
        }
        flush(&mut plain, &mut pieces);
        Ok(Self::of(pieces, at))
    }

    fn of(mut pieces: Vec<Piece>, at: Span) -> Self {
        match (pieces.len(), pieces.pop()) {
            (_, None) => Interpolation::Plain { text: "".into(), at },
            (1, Some(Piece::Text(text))) => Interpolation::Plain { text, at },
            (1, Some(Piece::Expr(expr))) => Interpolation::One(Box::new(expr)),
            (_, Some(last)) => {
                pieces.push(last);
                Interpolation::Joined { pieces: pieces.into(), at }
            }
        }
    }

    /// Whether there is nothing to work out.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self, Interpolation::Plain { .. })
    }

    /// The text of one that is plain.
    #[must_use]
    pub fn as_plain(&self) -> Option<&Arc<str>> {
        match self {
            Interpolation::Plain { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The expressions, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let (one, pieces): (Option<&Expr>, &[Piece]) = match self {
            Interpolation::Plain { .. } => (None, &[]),
            Interpolation::One(expr) => (Some(expr), &[]),
            Interpolation::Joined { pieces, .. } => (None, pieces),
        };
        one.into_iter().chain(pieces.iter().filter_map(|piece| match piece {
            Piece::Expr(expr) => Some(expr),
            Piece::Text(_) => None,
        }))
    }

    /// The value in a scope.
    pub fn eval(&self, scope: &Scope<'_>, identity: &Identity) -> Result<Value, Diag> {
        match self {
            Interpolation::Plain { text, at } => Ok(Value::text(text.clone(), *at)),
            Interpolation::One(expr) => expr.eval(scope, identity),
            Interpolation::Joined { pieces, at } => {
                let mut parts = Vec::with_capacity(pieces.len());
                for piece in pieces.iter() {
                    match piece {
                        Piece::Text(text) => parts.push(Part::Plain(text.clone())),
                        Piece::Expr(expr) => {
                            let found = expr.eval(scope, identity)?;
                            parts.extend(ops::text_parts(&found).map_err(|it| it.at(expr.at()))?);
                        }
                    }
                }
                ops::limited(parts).map(|text| Value::new(Data::Text(text), *at)).map_err(|it| it.at(*at))
            }
        }
    }

    /// The value as plain text, where only that will do: keys, ids, names.
    pub fn eval_text(&self, scope: &Scope<'_>, identity: &Identity) -> Result<Arc<str>, Diag> {
        if let Interpolation::Plain { text, .. } = self {
            return Ok(text.clone());
        }
        let value = self.eval(scope, identity)?;
        match &value.data {
            Data::Text(text) if text.plain_arc().is_some() => Ok(text.plain_arc().unwrap_or_default()),
            Data::Int(number) => Ok(Arc::from(number.to_string())),
            _ => Err(Diag::error(Code::ExprFailed, self.at(), format!("expected a name, found {}", value.kind()))
                .label(value.at, "the value comes from here")
                .help("a name is plain text, without secret or deferred parts")),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Span {
        match self {
            Interpolation::Plain { at, .. } | Interpolation::Joined { at, .. } => *at,
            Interpolation::One(expr) => expr.at(),
        }
    }

    /// Reports what is known to be wrong without any value, and says what the text becomes.
    pub fn check(&self, names: &Names<'_>, diags: &mut Diags) -> Shape {
        match self {
            Interpolation::Plain { .. } => Shape::Text,
            Interpolation::One(expr) => expr.check(names, diags),
            Interpolation::Joined { .. } => {
                for expr in self.expressions() {
                    let shape = expr.check(names, diags);
                    if let Some(problem) = unjoinable(&shape) {
                        diags.push(problem.at(expr.at()));
                    }
                }
                Shape::Text
            }
        }
    }
}

fn unjoinable(shape: &Shape) -> Option<Problem> {
    matches!(shape, Shape::List(_) | Shape::Map(_) | Shape::Null).then(|| ops::cannot_join(shape.what()))
}

fn flush(plain: &mut String, pieces: &mut Vec<Piece>) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(std::mem::take(plain).into()));
    }
}

fn unclosed(at: Span, exact: Option<Span>) -> Diag {
    Diag::error(Code::ExprSyntax, exact.unwrap_or(at), "this interpolation is not closed")
        .here("opened here")
        .help("end it with `}}`, or write `\\{{` in a raw string (`#\"…\"#`) for two braces as text")
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Text(&'a str),
    Expression(&'a str),
    Unclosed,
}

fn token(text: &str) -> IResult<&str, Token<'_>> {
    alt((
        map(preceded(tag("\\"), tag("{{")), Token::Text),
        braces,
        map(recognize(tag("\\")), Token::Text),
        map(take_while1(|it| it != '{' && it != '\\'), Token::Text),
    ))
    .parse(text)
}

/// A run of braces: one is text; of more, the last two open and the others are text.
fn braces(text: &str) -> IResult<&str, Token<'_>> {
    let (after, run) = take_while1(|it| it == '{').parse(text)?;
    match run.len() {
        1 => Ok((after, Token::Text(run))),
        2 => match expression(after) {
            Ok((rest, source)) => Ok((rest, Token::Expression(source))),
            Err(_) => Ok(("", Token::Unclosed)),
        },
        longer => Ok((&text[longer - 2..], Token::Text(&run[..longer - 2]))),
    }
}

/// The source up to the closing braces, which it consumes.
fn expression(text: &str) -> IResult<&str, &str> {
    let (rest, source) = recognize(many0_count(element)).parse(text)?;
    let (rest, _) = tag("}}").parse(rest)?;
    Ok((rest, source))
}

/// A string, a balanced pair of braces, a single brace that closes nothing, or any other text.
fn element(text: &str) -> IResult<&str, ()> {
    alt((quoted('"'), quoted('\''), quoted('`'), balanced, stray, value((), take_while1(ordinary)))).parse(text)
}

fn ordinary(it: char) -> bool {
    !matches!(it, '{' | '}' | '"' | '\'' | '`')
}

fn stray(text: &str) -> IResult<&str, ()> {
    if text.starts_with('}') && !text.starts_with("}}") {
        return Ok((&text[1..], ()));
    }
    Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Tag)))
}

/// Braces inside an expression, counted rather than nested: the depth is a user's to choose.
fn balanced(text: &str) -> IResult<&str, ()> {
    let (mut rest, _) = tag("{").parse(text)?;
    let mut depth = 1_u32;
    while depth > 0 {
        let (after, brace) = alt((
            value(0, alt((quoted('"'), quoted('\''), quoted('`')))),
            value(1, tag("{")),
            value(-1, tag("}")),
            value(0, take_while1(ordinary)),
        ))
        .parse(rest)?;
        rest = after;
        depth = depth.saturating_add_signed(brace);
    }
    Ok((rest, ()))
}

/// A string with its quotes. A backslash keeps the next character, except between backticks.
fn quoted<'a>(quote: char) -> impl Parser<&'a str, Output = (), Error = nom::error::Error<&'a str>> {
    move |text: &'a str| {
        let (rest, _) = consumed(nom::character::complete::char(quote)).parse(text)?;
        let mut skip = false;
        for (index, found) in rest.char_indices() {
            if skip {
                skip = false;
            } else if found == '\\' && quote != '`' {
                skip = true;
            } else if found == quote {
                return Ok((&rest[index + quote.len_utf8()..], ()));
            }
        }
        Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Char)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces as text, expressions in angle brackets.
    fn pieces(text: &str) -> String {
        let parsed = match Interpolation::parse(text, Span::NONE, None) {
            Ok(parsed) => parsed,
            Err(diag) => return diag.message,
        };
        match &parsed {
            Interpolation::Plain { text, .. } => text.to_string(),
            Interpolation::One(expr) => format!("<{}>", expr.source()),
            Interpolation::Joined { pieces, .. } => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_string(),
                    Piece::Expr(expr) => format!("<{}>", expr.source()),
                })
                .collect(),
        }
    }

    #[test]
    fn texts_fall_into_pieces() {
        for (text, expected) in [
            ("plain { } }} text", "plain { } }} text"),
            ("{{ a }}", "<a>"),
            ("x {{a}} y {{ b.c }}", "x <a> y <b.c>"),
            ("${{{ x }}}", "${<x>}"),
            ("{{{{ x }}}}", "{{<x>}}"),
            (r"\{{ x }}", "{{ x }}"),
            (r"C:\dir\{{{ x }}", r"C:\dir{{{ x }}"),
            (r"a\b {{ x }}", r"a\b <x>"),
            ("{{ #{a: #{b: 1}} }}", "<#{a: #{b: 1}}>"),
            ("{{ #{a: 1}}}", "<#{a: 1}>"),
            ("{{ f(\"}}\") + '}' + `}}` }}", "<f(\"}}\") + '}' + `}}`>"),
            ("{{ f(\"\\\"}}\") }}", "<f(\"\\\"}}\")>"),
            ("a {{ b", "this interpolation is not closed"),
            ("a {{ \"b }}", "this interpolation is not closed"),
            ("é{{ é }}", "é<é>"),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
