//! The operators of expressions, on values.
//!
//! In: one or two values. Out: a value, or why there is none. Joining keeps secret and deferred parts apart;
//! every operator that would look inside one refuses. Integers never wrap.

use std::cmp::Ordering;

use super::limits;
use super::problem::Problem;
use crate::source::Span;
use crate::value::{Data, Part, Text, Value};

/// The operators of two operands.
pub const BINARY: &[&str] = &["+", "-", "*", "/", "%", "**", "==", "!=", "<", "<=", ">", ">="];

/// The operators of one operand.
pub const UNARY: &[&str] = &["-", "+", "!"];

/// `left operator right`.
pub fn binary(operator: &str, left: &Value, right: &Value) -> Result<Value, Problem> {
    let data = match operator {
        "==" => Data::Bool(equal(left, right)?),
        "!=" => Data::Bool(!equal(left, right)?),
        "<" | "<=" | ">" | ">=" => Data::Bool(ordered(operator, compare(operator, left, right)?)),
        "+" => add(left, right)?,
        _ => arithmetic(operator, left, right)?,
    };
    Ok(Value::new(data, Span::NONE))
}

/// `operator operand`.
pub fn unary(operator: &str, operand: &Value) -> Result<Value, Problem> {
    let data = match (operator, &operand.data) {
        ("!", Data::Bool(value)) => Data::Bool(!value),
        ("-", Data::Int(value)) => Data::Int(value.checked_neg().ok_or_else(overflow)?),
        ("-", Data::Float(value)) => Data::Float(-value),
        ("+", Data::Int(_) | Data::Float(_)) => operand.data.clone(),
        _ => return Err(Problem::failed(format!("`{operator}` cannot be used on {}", named(operand.kind())))),
    };
    Ok(Value::new(data, Span::NONE))
}

/// Equality of content. Anything may be compared with `()`, since that does not look inside.
pub fn equal(left: &Value, right: &Value) -> Result<bool, Problem> {
    if left.is_null() || right.is_null() {
        return Ok(left.is_null() && right.is_null());
    }
    refuse_opaque("comparing", left)?;
    refuse_opaque("comparing", right)?;
    Ok(same(&left.data, &right.data))
}

fn same(left: &Data, right: &Data) -> bool {
    match (left, right) {
        (Data::Int(a), Data::Float(b)) | (Data::Float(b), Data::Int(a)) => *a as f64 == *b,
        _ => left == right,
    }
}

/// The order of two numbers or two texts.
pub fn compare(operator: &str, left: &Value, right: &Value) -> Result<Ordering, Problem> {
    refuse_opaque("comparing", left)?;
    refuse_opaque("comparing", right)?;
    let order = match (&left.data, &right.data) {
        (Data::Int(a), Data::Int(b)) => Some(a.cmp(b)),
        (Data::Text(a), Data::Text(b)) => a.as_plain().zip(b.as_plain()).map(|(a, b)| a.cmp(b)),
        (a, b) => number(a).zip(number(b)).and_then(|(a, b)| a.partial_cmp(&b)),
    };
    order.ok_or_else(|| mismatch(operator, left, right))
}

fn ordered(operator: &str, order: Ordering) -> bool {
    match operator {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }
}

fn add(left: &Value, right: &Value) -> Result<Data, Problem> {
    match (&left.data, &right.data) {
        (Data::Text(_), _) | (_, Data::Text(_)) => {
            let mut parts = text_parts(left)?;
            parts.extend(text_parts(right)?);
            limited(parts).map(Data::Text)
        }
        (Data::List(a), Data::List(b)) => {
            limits::items(a.len() + b.len())?;
            Ok(Value::list(a.iter().chain(b.iter()).cloned().collect(), Span::NONE).data)
        }
        (Data::Map(a), Data::Map(b)) => {
            limits::items(a.len() + b.len())?;
            let mut merged = (**a).clone();
            merged.extend(b.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(Value::map(merged, Span::NONE).data)
        }
        _ => arithmetic("+", left, right),
    }
}

fn arithmetic(operator: &str, left: &Value, right: &Value) -> Result<Data, Problem> {
    if let (Data::Int(a), Data::Int(b)) = (&left.data, &right.data) {
        return integers(operator, *a, *b).map(Data::Int);
    }
    let Some((a, b)) = number(&left.data).zip(number(&right.data)) else {
        refuse_opaque(&format!("`{operator}`"), left)?;
        refuse_opaque(&format!("`{operator}`"), right)?;
        return Err(mismatch(operator, left, right));
    };
    let result = match operator {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        _ => a.powf(b),
    };
    if result.is_finite() { Ok(Data::Float(result)) } else { Err(Problem::failed("the result is not a number")) }
}

fn integers(operator: &str, a: i64, b: i64) -> Result<i64, Problem> {
    if matches!(operator, "/" | "%") && b == 0 {
        return Err(Problem::failed("division by zero"));
    }
    let result = match operator {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        "%" => a.checked_rem(b),
        _ => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
    };
    result.ok_or_else(overflow)
}

fn overflow() -> Problem {
    Problem::failed("the result does not fit into 64 bits")
}

fn mismatch(operator: &str, left: &Value, right: &Value) -> Problem {
    let problem =
        Problem::failed(format!("`{operator}` cannot be used on {} and {}", named(left.kind()), named(right.kind())));
    if left.is_null() || right.is_null() { problem.help("give a value for absence, as in `(a ?? 0)`") } else { problem }
}

/// The number that an integer or a float is.
#[must_use]
pub fn number(data: &Data) -> Option<f64> {
    match data {
        Data::Int(value) => Some(*value as f64),
        Data::Float(value) => Some(*value),
        _ => None,
    }
}

/// A value as parts of a text: scalars by their natural text.
pub fn text_parts(value: &Value) -> Result<Vec<Part>, Problem> {
    match &value.data {
        Data::Text(text) => Ok(text.parts()),
        Data::Bool(value) => Ok(vec![Part::Plain(value.to_string().into())]),
        Data::Int(value) => Ok(vec![Part::Plain(value.to_string().into())]),
        Data::Float(value) => Ok(vec![Part::Plain(float_text(*value).into())]),
        Data::Null | Data::List(_) | Data::Map(_) => Err(cannot_join(value.kind())),
    }
}

/// A float with its point, so that it reads back as one: `2.0`, not `2`.
#[must_use]
pub fn float_text(value: f64) -> String {
    format!("{value:?}")
}

/// A kind of value as the subject of a sentence: nothing is named by how it is written.
#[must_use]
pub fn named(kind: &str) -> &str {
    if kind == "nothing" { "`()`" } else { kind }
}

/// Why a value of this kind is no part of a text.
#[must_use]
pub fn cannot_join(kind: &str) -> Problem {
    let problem = Problem::failed(format!("{} cannot be part of a text", named(kind)));
    match kind {
        "nothing" => problem.help("give a text for absence, as in `{{ value ?? `none` }}`"),
        _ => problem.help("write `json(x)` for its JSON, or `join(list, `,`)` for a list of texts"),
    }
}

/// Joins parts, within the size limit of a text.
pub fn limited(parts: Vec<Part>) -> Result<Text, Problem> {
    let length = parts.iter().map(|part| if let Part::Plain(text) = part { text.len() } else { 1 }).sum();
    limits::text(length)?;
    Ok(Text::join(parts))
}

/// Refuses a value that is, or holds, a secret or deferred text.
pub fn refuse_opaque(what: &str, value: &Value) -> Result<(), Problem> {
    match find_opaque(value) {
        Some(text) => Err(Problem::opaque(what, text.has_secret())),
        None => Ok(()),
    }
}

/// The first text in a tree that is not plain.
#[must_use]
pub fn find_opaque(value: &Value) -> Option<&Text> {
    match &value.data {
        Data::Text(text) => text.as_plain().is_none().then_some(text),
        Data::List(items) => items.iter().find_map(find_opaque),
        Data::Map(map) => map.values().find_map(find_opaque),
        _ => None,
    }
}
