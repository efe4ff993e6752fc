//! Quantities of processors and memory, as Score files write them.
//!
//! Exact: a quantity that is not a whole number of thousandths of a processor, or of bytes, is refused, never rounded.

use super::{Call, Function, text};
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::value::Data;

pub const TABLE: &[Function] = table! { "quantities";
    "cpu_millis" "(quantity)" -> Int = cpu_millis,
        "Thousandths of a processor: of a quantity such as `500m` or `1.5`, or of a number of processors.",
        r#"cpu_millis("500m")"# => "500";
    "memory_bytes" "(quantity)" -> Int = memory_bytes,
        "Bytes: of a quantity such as `1Gi`, `1.5G` or `128M`, or of a number of bytes.",
        r#"memory_bytes("1Gi")"# => "1073741824";
    "memory" "(bytes)" -> Text = memory,
        "Bytes as a quantity, in the largest binary unit that keeps it whole.",
        "memory(536870912)" => "512Mi";
};

/// Decimal and binary suffixes: factor above the line, factor below it.
const SUFFIXES: &[(&str, i128, i128)] = &[
    ("n", 1, 1_000_000_000),
    ("u", 1, 1_000_000),
    ("m", 1, 1_000),
    ("", 1, 1),
    ("k", 1_000, 1),
    ("K", 1_000, 1),
    ("M", 1_000_000, 1),
    ("G", 1_000_000_000, 1),
    ("T", 1_000_000_000_000, 1),
    ("P", 1_000_000_000_000_000, 1),
    ("E", 1_000_000_000_000_000_000, 1),
    ("Ki", 1 << 10, 1),
    ("Mi", 1 << 20, 1),
    ("Gi", 1 << 30, 1),
    ("Ti", 1 << 40, 1),
    ("Pi", 1 << 50, 1),
    ("Ei", 1 << 60, 1),
];

fn cpu_millis(call: &Call<'_>) -> Result<Data, Problem> {
    quantity(call, 1_000, "thousandths of a processor, such as `500m` or `0.5`")
}

fn memory_bytes(call: &Call<'_>) -> Result<Data, Problem> {
    quantity(call, 1, "bytes, such as `512Mi` or `1.5G`")
}

fn quantity(call: &Call<'_>, scale: i128, wanted: &str) -> Result<Data, Problem> {
    let written = match &call.arg(0)?.data {
        Data::Int(value) => value.to_string(),
        Data::Float(value) => ops::float_text(*value),
        _ => call.text(0)?.trim().to_owned(),
    };
    let found = parse(&written, scale).map(Data::Int);
    found.ok_or_else(|| call.fails(format!("`{written}` is no whole number of {wanted}")))
}

/// The quantity times `scale`, if it is written well, whole and fits.
fn parse(written: &str, scale: i128) -> Option<i64> {
    let end = written.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(written.len());
    let (number, suffix) = written.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // More digits than this cannot give a whole number that fits.
    if whole.is_empty() || whole.len() + fraction.len() > 19 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (above, below) = factors(suffix)?;
    let below = below.checked_mul(10_i128.pow(u32::try_from(fraction.len()).ok()?))?;
    let above = digits.checked_mul(above)?.checked_mul(scale)?;
    (above % below == 0).then_some(above / below).and_then(|it| i64::try_from(it).ok())
}

/// What a suffix multiplies with: a unit, or a power of ten as in `129e6`.
fn factors(suffix: &str) -> Option<(i128, i128)> {
    if let Some((_, above, below)) = SUFFIXES.iter().find(|(name, ..)| *name == suffix) {
        return Some((*above, *below));
    }
    let exponent: u32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (exponent <= 18).then(|| (10_i128.pow(exponent), 1))
}

fn memory(call: &Call<'_>) -> Result<Data, Problem> {
    let bytes = call.int_in(0, 0, i64::MAX)?;
    let binary = SUFFIXES.iter().rev().find(|(name, unit, _)| name.ends_with('i') && i128::from(bytes) % unit == 0);
    Ok(match binary {
        Some((name, unit, _)) if bytes > 0 => text(format!("{}{name}", i128::from(bytes) / unit)),
        _ => text(bytes.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn quantities_are_exact() {
        for (written, scale, expected) in [
            ("500m", 1000, Some(500)),
            ("0.5", 1000, Some(500)),
            ("1", 1000, Some(1000)),
            ("0.1m", 1000, None),
            ("1.5Gi", 1, Some(1_610_612_736)),
            ("129e6", 1, Some(129_000_000)),
            ("0.1", 1, None),
            ("8Ei", 1, None),
            ("", 1, None),
            (".5", 1000, None),
            ("1 Gi", 1, None),
            ("99999999999999999999", 1, None),
            ("-1", 1, None),
        ] {
            assert_eq!(parse(written, scale), expected, "{written}");
        }
    }
}
