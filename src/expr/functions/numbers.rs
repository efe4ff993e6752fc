//! Numbers: bounds, rounding, conversion.

use super::{Call, Function};
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::value::{Data, Text, Value};

pub const TABLE: &[Function] = table! { "numbers";
    "min" "(a, b)" -> Any = min,
        "The smaller of two numbers or texts.",
        "min(3, 2)" => "2";
    "max" "(a, b)" -> Any = max,
        "The larger of two numbers or texts.",
        "max(3, 2.5)" => "3";
    "abs" "(number)" -> Same = abs,
        "The number without its sign.",
        "abs(-3)" => "3";
    "round" "(number)" -> Int = round,
        "The nearest integer; halves go away from zero.",
        "round(2.5)" => "3";
    "ceil" "(number)" -> Int = ceil,
        "The next integer above.",
        "ceil(2.1)" => "3";
    "floor" "(number)" -> Int = floor,
        "The next integer below.",
        "floor(2.9)" => "2";
    "round_up" "(number, step)" -> Int = round_up,
        "The smallest multiple of `step` that is not below the integer.",
        "round_up(130, 64)" => "192";
    "int" "(value)" -> Int = int,
        "An integer, the text of one, or a float without a fraction, as an integer.",
        r#"int("42")"# => "42";
    "float" "(value)" -> Float = float,
        "A number or the text of one, as a float.",
        r#"float("2.5")"# => "2.5";
    "string" "(value)" -> Text = string,
        "A scalar as text. Secrets stay secrets.",
        "string(42)" => "42";
};

fn min(call: &Call<'_>) -> Result<Data, Problem> {
    let (a, b) = (call.arg(0)?, call.arg(1)?);
    Ok(if ops::compare("min", a, b)?.is_le() { a } else { b }.data.clone())
}

fn max(call: &Call<'_>) -> Result<Data, Problem> {
    let (a, b) = (call.arg(0)?, call.arg(1)?);
    Ok(if ops::compare("max", a, b)?.is_ge() { a } else { b }.data.clone())
}

fn abs(call: &Call<'_>) -> Result<Data, Problem> {
    match call.arg(0)?.data {
        Data::Float(value) => Ok(Data::Float(value.abs())),
        _ => call.int(0)?.checked_abs().map(Data::Int).ok_or_else(|| too_large(call)),
    }
}

fn round(call: &Call<'_>) -> Result<Data, Problem> {
    whole(call, f64::round)
}

fn ceil(call: &Call<'_>) -> Result<Data, Problem> {
    whole(call, f64::ceil)
}

fn floor(call: &Call<'_>) -> Result<Data, Problem> {
    whole(call, f64::floor)
}

fn whole(call: &Call<'_>, rounded: fn(f64) -> f64) -> Result<Data, Problem> {
    match call.arg(0)?.data {
        Data::Int(value) => Ok(Data::Int(value)),
        _ => exact(rounded(call.number(0)?)).map(Data::Int).ok_or_else(|| too_large(call)),
    }
}

/// The integer that a float is, if it is one and fits.
fn exact(value: f64) -> Option<i64> {
    // 2^63 as a float; every whole float below it is an integer of 64 bits.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let fits = value.fract() == 0.0 && (-LIMIT..LIMIT).contains(&value);
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    fits.then_some(value as i64)
}

fn too_large(call: &Call<'_>) -> Problem {
    call.fails("the result does not fit into 64 bits")
}

fn round_up(call: &Call<'_>) -> Result<Data, Problem> {
    let (number, step) = (call.int(0)?, call.int_in(1, 1, i64::MAX)?);
    let over = number.rem_euclid(step);
    let missing = if over == 0 { 0 } else { step - over };
    number.checked_add(missing).map(Data::Int).ok_or_else(|| too_large(call))
}

fn int(call: &Call<'_>) -> Result<Data, Problem> {
    match &call.arg(0)?.data {
        Data::Int(value) => Ok(Data::Int(*value)),
        Data::Float(value) => exact(*value)
            .map(Data::Int)
            .ok_or_else(|| call.fails(format!("{value} is not an integer")).help("round it with `round(number)`")),
        _ => {
            let text = call.text(0)?;
            text.trim().parse().map(Data::Int).map_err(|_| call.fails(format!("`{text}` is not an integer")))
        }
    }
}

fn float(call: &Call<'_>) -> Result<Data, Problem> {
    let found = match &call.arg(0)?.data {
        Data::Int(_) | Data::Float(_) => call.number(0).ok(),
        _ => call.text(0)?.trim().parse().ok().filter(|it: &f64| it.is_finite()),
    };
    found.map(Data::Float).ok_or_else(|| call.fails("this is not a number"))
}

fn string(call: &Call<'_>) -> Result<Data, Problem> {
    let value: &Value = call.arg(0)?;
    match &value.data {
        Data::Text(found) => Ok(Data::Text(found.clone())),
        _ => Ok(Data::Text(Text::join(ops::text_parts(value)?))),
    }
}
