//! What an unquoted YAML scalar means.
//!
//! In: the text of a plain scalar. Out: its value as Go's `yaml.v3` resolves it, which every other Score
//! implementation uses: `yes`, `on` and `y` are strings, `0644` is the number 420, `1_000` is 1000, `0b101` is
//! 5 and `2024-01-01` is a date.

use std::sync::Arc;

/// A resolved plain scalar.
#[derive(Clone, PartialEq, Debug)]
pub enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Date(Arc<str>),
    Text,
}

/// Resolves the text of a plain scalar.
#[must_use]
pub fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        _ => {}
    }
    if !text.starts_with(|it: char| it.is_ascii_digit() || matches!(it, '+' | '-' | '.')) {
        return Plain::Text;
    }
    if is_date(text) {
        return Plain::Date(text.into());
    }
    let digits = text.replace('_', "");
    integer(&digits).or_else(|| float(&digits)).unwrap_or(Plain::Text)
}

fn integer(text: &str) -> Option<Plain> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &lower[..]),
    };
    if !digits.starts_with(|it: char| it.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    i64::try_from(value).map(Plain::Int).ok().or_else(|| u64::try_from(value).ok().map(|it| Plain::Float(it as f64)))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn float(text: &str) -> Option<Plain> {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = body.strip_prefix('.').unwrap_or(body);
    let digits = first.starts_with(|it: char| it.is_ascii_digit());
    let legal = body.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'E' | b'+' | b'-'));
    (digits && legal).then(|| text.parse().ok().map(Plain::Float)).flatten()
}

/// A date `YYYY-M-D`, alone or followed by `T`, `t` or a blank and a time.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let within = |part: &str, most: u32| {
        (1..=2).contains(&part.len())
            && part.bytes().all(|it| it.is_ascii_digit())
            && part.parse::<u32>().is_ok_and(|it| (1..=most).contains(&it))
    };
    let year = year.len() == 4 && year.bytes().all(|it| it.is_ascii_digit());
    year && within(month, 12) && within(day, 31) && time.is_none_or(is_time)
}

fn is_time(text: &str) -> bool {
    text.matches(':').count() >= 2
        && text.starts_with(|it: char| it.is_ascii_digit())
        && text.bytes().all(|it| it.is_ascii_digit() || matches!(it, b':' | b'.' | b'Z' | b'+' | b'-' | b' '))
}

#[cfg(test)]
mod tests {
    use super::{Plain, resolve};

    #[test]
    fn plain_scalars_mean_what_they_mean_to_the_other_implementations() {
        let cases = [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("yes", Plain::Text),
            ("on", Plain::Text),
            ("y", Plain::Text),
            ("True", Plain::Bool(true)),
            ("0644", Plain::Int(420)),
            ("0o17", Plain::Int(15)),
            ("0b101", Plain::Int(5)),
            ("-0x10", Plain::Int(-16)),
            ("1_000", Plain::Int(1000)),
            ("0", Plain::Int(0)),
            ("089", Plain::Float(89.0)),
            ("--1", Plain::Text),
            ("1.5", Plain::Float(1.5)),
            ("1e3", Plain::Float(1000.0)),
            (".5", Plain::Float(0.5)),
            ("1.2.3", Plain::Text),
            ("100m", Plain::Text),
            ("-", Plain::Text),
            ("2024-01-01", Plain::Date("2024-01-01".into())),
            ("2024-1-2T03:04:05Z", Plain::Date("2024-1-2T03:04:05Z".into())),
            ("2024-13-01", Plain::Text),
            ("18446744073709551615", Plain::Float(18_446_744_073_709_551_615.0)),
            ("1:30", Plain::Text),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(text), expected, "{text}");
        }
    }
}
