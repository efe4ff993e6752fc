//! The common expressions, without a script engine: `params.version`, `a?.b["c"][0] ?? 5`, `!a.b`, `a.b == "x"`.
//!
//! In: the source of an expression. Out: a [`Path`] expression, or nothing where only the engine can tell what is
//! meant. Evaluation walks references and clones one value at the end, which shares trees and texts.

use std::sync::Arc;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::{map, map_opt, opt, recognize, value};
use nom::multi::fold_many0;
use nom::number::complete::recognize_float;
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

use super::access::{self, Access, Key};
use super::ops;
use super::problem::Problem;
use super::scope::Scope;
use crate::source::Span;
use crate::value::{Data, Text, Value};

/// An expression of the simple form.
#[derive(Clone, PartialEq, Debug)]
pub enum Simple {
    Term(Term),
    /// `first ?? second`
    Or(Term, Term),
    /// `!path`
    Not(Path),
    /// `path == literal`, or `!=` where the flag is set.
    Equal {
        path: Path,
        literal: Data,
        negated: bool,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum Term {
    Path(Path),
    Literal(Data),
}

/// A name and what is read of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Path {
    pub root: Arc<str>,
    /// The byte offset of the root in the expression.
    pub start: usize,
    pub links: Vec<Link>,
}

/// One step of a path.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    pub key: LinkKey,
    pub access: Access,
    /// Where the key stands in the expression, in bytes.
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LinkKey {
    Name(Arc<str>),
    Index(i64),
}

/// A problem and the bytes of the expression that it is about.
pub type Placed = (Problem, usize, usize);

impl Simple {
    /// Reads an expression; `None` where it is not of the simple form.
    #[must_use]
    pub fn parse(source: &str) -> Option<Simple> {
        let (rest, simple) = delimited(multispace0, simple(source), multispace0).parse(source).ok()?;
        rest.is_empty().then_some(simple)
    }

    /// The value in a scope. `at` is the place of values that the expression itself makes; a value that is read
    /// keeps the place that wrote it.
    pub fn eval(&self, scope: &Scope<'_>, at: Span) -> Result<Value, Placed> {
        match self {
            Simple::Term(term) => term.eval(scope, at),
            Simple::Or(first, second) => match first.eval(scope, at)? {
                found if found.is_null() => second.eval(scope, at),
                found => Ok(found),
            },
            Simple::Not(path) => {
                let found = path.find(scope)?.map_or(Data::Null, |it| it.data.clone());
                let found = ops::unary("!", &Value::new(found, at)).map_err(|it| path.placed(it))?;
                Ok(Value::new(found.data, at))
            }
            Simple::Equal { path, literal, negated } => {
                let equal = match path.find(scope)? {
                    Some(found) => ops::equal(found, &Value::new(literal.clone(), at)).map_err(|it| path.placed(it))?,
                    None => matches!(literal, Data::Null),
                };
                Ok(Value::bool(equal != *negated, at))
            }
        }
    }

    /// The paths in it, in order.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let (first, second) = match self {
            Simple::Term(term) => (term.path(), None),
            Simple::Or(first, second) => (first.path(), second.path()),
            Simple::Not(path) | Simple::Equal { path, .. } => (Some(path), None),
        };
        first.into_iter().chain(second)
    }
}

impl Term {
    fn path(&self) -> Option<&Path> {
        match self {
            Term::Path(path) => Some(path),
            Term::Literal(_) => None,
        }
    }

    fn eval(&self, scope: &Scope<'_>, at: Span) -> Result<Value, Placed> {
        match self {
            Term::Literal(data) => Ok(Value::new(data.clone(), at)),
            Term::Path(path) => match path.find(scope)? {
                Some(found) if found.at.is_some() => Ok(found.clone()),
                Some(found) => Ok(Value::new(found.data.clone(), at)),
                None => Ok(Value::null(at)),
            },
        }
    }
}

impl Path {
    /// What the path leads to; `None` for `()` by absence.
    fn find<'v>(&self, scope: &'v Scope<'_>) -> Result<Option<&'v Value>, Placed> {
        let Some(mut found) = scope.get(&self.root) else {
            let problem = Problem::unknown_name(&self.root, scope.names());
            return Err((problem, self.start, self.start + self.root.len()));
        };
        for (index, link) in self.links.iter().enumerate() {
            let key = match &link.key {
                LinkKey::Name(name) => Key::Name(name),
                LinkKey::Index(index) => Key::Index(*index),
            };
            match access::entry(found, &key, link.access) {
                Ok(Some(entry)) => found = entry,
                Ok(None) => return self.links[index + 1..].iter().try_fold(None, |_, next| next.through_absence()),
                Err(problem) => return Err((problem, link.start, link.end)),
            }
        }
        Ok(Some(found))
    }

    /// Where it ends in the expression, in bytes.
    #[must_use]
    pub fn end(&self) -> usize {
        self.links.last().map_or(self.start + self.root.len(), |it| it.end)
    }

    fn placed(&self, problem: Problem) -> Placed {
        (problem, self.start, self.end())
    }
}

impl Link {
    fn through_absence<'v>(&self) -> Result<Option<&'v Value>, Placed> {
        if self.access.through_null {
            return Ok(None);
        }
        let key = match &self.key {
            LinkKey::Name(name) => Key::Name(name),
            LinkKey::Index(index) => Key::Index(*index),
        };
        let absent = Value::null(Span::NONE);
        match access::entry(&absent, &key, self.access) {
            Ok(_) => Ok(None),
            Err(problem) => Err((problem, self.start, self.end)),
        }
    }
}

fn simple(source: &str) -> impl Parser<&str, Output = Simple, Error = nom::error::Error<&str>> {
    let not = map(preceded(pair(char('!'), multispace0), path(source)), Simple::Not);
    let equal = map(
        (path(source), operator(alt((value(false, tag("==")), value(true, tag("!="))))), literal),
        |(path, negated, literal)| Simple::Equal { path, literal, negated },
    );
    let or = map((term(source), opt(preceded(operator(tag("??")), term(source)))), |(first, second)| match second {
        Some(second) => Simple::Or(first.optional(), second),
        None => Simple::Term(first),
    });
    alt((not, terminated(equal, nom::combinator::peek(end)), or))
}

fn end(text: &str) -> IResult<&str, ()> {
    map((multispace0, nom::combinator::eof), |_| ()).parse(text)
}

fn operator<'a, O>(
    inner: impl Parser<&'a str, Output = O, Error = nom::error::Error<&'a str>>,
) -> impl Parser<&'a str, Output = O, Error = nom::error::Error<&'a str>> {
    delimited(multispace0, inner, multispace0)
}

impl Term {
    /// On the left of `??` the last step says that absence is meant.
    fn optional(mut self) -> Self {
        if let Term::Path(Path { links, .. }) = &mut self
            && let Some(last) = links.last_mut()
        {
            last.access.may_miss = true;
        }
        self
    }
}

fn term(source: &str) -> impl Parser<&str, Output = Term, Error = nom::error::Error<&str>> {
    alt((map(literal, Term::Literal), map(path(source), Term::Path)))
}

fn path<'a>(source: &'a str) -> impl Parser<&'a str, Output = Path, Error = nom::error::Error<&'a str>> {
    move |text: &'a str| {
        let start = source.len() - text.len();
        let (rest, root) = name(text)?;
        let link = link(source);
        let (rest, links) = fold_many0(link, Vec::new, |mut links: Vec<Link>, mut link: Link| {
            // Once a step may meet nothing, so may those after it.
            link.access.through_null |= links.last().is_some_and(|it| it.access.through_null);
            links.push(link);
            links
        })
        .parse(rest)?;
        // What looks like a call, a further operator or a number is not for us; the caller sees the rest.
        Ok((rest, Path { root: root.into(), start, links }))
    }
}

fn link<'a>(source: &'a str) -> impl Parser<&'a str, Output = Link, Error = nom::error::Error<&'a str>> {
    move |text: &'a str| {
        let named = map((opt(char('?')), char('.'), name), |(optional, _, name)| {
            let access = Access { through_null: optional.is_some(), may_miss: optional.is_some() };
            (LinkKey::Name(name.into()), access, name.len(), 0)
        });
        let bracketed = map(
            (opt(char('?')), char('['), alt((map(string, LinkKey::Name), map(integer, LinkKey::Index))), char(']')),
            |(optional, _, key, _)| (key, Access { through_null: optional.is_some(), may_miss: true }, 0, 1),
        );
        let (rest, (key, access, length, closing)) = alt((named, bracketed)).parse(text)?;
        let end = source.len() - rest.len() - closing;
        let start = if closing == 0 { end - length } else { source.len() - text.len() + 1 };
        Ok((rest, Link { key, access, start, end }))
    }
}

/// An identifier that is no word of the language.
fn name(text: &str) -> IResult<&str, &str> {
    map_opt(
        recognize(pair(
            take_while1(|it: char| it.is_ascii_alphabetic() || it == '_'),
            take_while(|it: char| it.is_ascii_alphanumeric() || it == '_'),
        )),
        |it: &str| (it.contains(|c| c != '_') && !is_reserved(it)).then_some(it),
    )
    .parse(text)
}

/// Words of the language itself; every other word may be a name, also those that Rhai keeps for later.
fn is_reserved(name: &str) -> bool {
    matches!(name, "true" | "false" | "this") || rhai::Token::lookup_symbol_from_syntax(name).is_some()
}

fn literal(text: &str) -> IResult<&str, Data> {
    alt((
        map(string, |it| Data::Text(Text::plain(it))),
        number,
        value(Data::Null, pair(char('('), preceded(multispace0, char(')')))),
        map_opt(recognize(take_while1(|it: char| it.is_ascii_alphanumeric() || it == '_')), |word| match word {
            "true" => Some(Data::Bool(true)),
            "false" => Some(Data::Bool(false)),
            _ => None,
        }),
    ))
    .parse(text)
}

/// Decimal numbers in their plain form. Others (`0x1f`, `1_000`) are left to the engine.
fn number(text: &str) -> IResult<&str, Data> {
    let (rest, found) = recognize_float(text)?;
    let plain = found.starts_with(|it: char| it.is_ascii_digit() || it == '-') && !found.ends_with('.');
    let ends = !rest.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_' || it == '.');
    let data = found.parse().map(Data::Int).ok().or_else(|| {
        let float: f64 = found.parse().ok().filter(|it: &f64| it.is_finite())?;
        found.contains('.').then_some(Data::Float(float))
    });
    match data {
        Some(data) if plain && ends => Ok((rest, data)),
        _ => Err(nom::Err::Error(nom::error::Error::new(text, nom::error::ErrorKind::Float))),
    }
}

fn integer(text: &str) -> IResult<&str, i64> {
    nom::character::complete::i64(text)
}

fn quote(it: char) -> bool {
    it == '"' || it == '`'
}

/// A string without escapes or pieces, in double quotes or backticks.
fn string(text: &str) -> IResult<&str, Arc<str>> {
    let quoted = delimited(char('"'), take_while(|it| !matches!(it, '"' | '\\' | '\n')), char('"'));
    let ticked = delimited(char('`'), take_while(|it| !matches!(it, '`' | '$' | '\n' | '\r')), char('`'));
    // Two quotes in a row stand for one, which is the engine's affair.
    map_opt(pair(alt((quoted, ticked)), nom::combinator::peek(take_while(quote))), |(found, more): (&str, &str)| {
        more.is_empty().then(|| found.into())
    })
    .parse(text)
}
