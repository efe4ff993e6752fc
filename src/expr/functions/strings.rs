//! Text: case, cutting, splitting and joining, and names that a platform accepts.

use sha2::{Digest, Sha256};

use super::{Call, Function, list, made, text};
use crate::expr::limits;
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::value::{Data, Part, Value};

pub const TABLE: &[Function] = table! { "strings";
    "upper" "(text)" -> Text = upper,
        "The text in capitals.",
        r#"upper("aß")"# => "ASS";
    "lower" "(text)" -> Text = lower,
        "The text in small letters.",
        r#"lower("AB")"# => "ab";
    "trim" "(text)" -> Text = trim,
        "The text without space at its ends.",
        r#"trim("  a b ")"# => "a b";
    "trim_start" "(text, prefix)" -> Text = trim_start,
        "The text without that prefix, if it has it.",
        r#"trim_start("/a", "/")"# => "a";
    "trim_end" "(text, suffix)" -> Text = trim_end,
        "The text without that suffix, if it has it.",
        r#"trim_end("a/", "/")"# => "a";
    "replace" "(text, from, to)" -> Text = replace,
        "The text with every `from` replaced.",
        r#"replace("a.b.c", ".", "-")"# => "a-b-c";
    "split" "(text, separator)" -> Texts = split,
        "The pieces between separators.",
        r#"split("a,b", ",")"# => "[a, b]";
    "join" "(list, separator)" -> Text = join,
        "The items as one text with a separator between them. Secrets stay secrets.",
        r#"join(["a", 1, true], "-")"# => "a-1-true";
    "starts_with" "(text, prefix)" -> Bool = starts_with,
        "Whether the text starts so.",
        r#"starts_with("abc", "ab")"# => "true";
    "ends_with" "(text, suffix)" -> Bool = ends_with,
        "Whether the text ends so.",
        r#"ends_with("abc", "bc")"# => "true";
    "sub_string" "(text, start, length?)" -> Text = sub_string,
        "The characters from `start`, counted from 0, at most `length` of them.",
        r#"sub_string("abcdef", 1, 3)"# => "bcd";
    "trunc" "(text, length)" -> Text = trunc,
        "The first characters, at most `length`.",
        r#"trunc("abcdef", 3)"# => "abc";
    "shorten" "(text, length)" -> Text = shorten,
        "The text if it has at most `length` (8 or more) characters; else its beginning, `-` and six \
         characters of its hash, so that different texts stay different.",
        r#"shorten("a-very-long-name", 14)"# => "a-very-6c1588";
    "slug" "(text)" -> Text = slug,
        "The text as a name: small letters, digits and single `-` between them.",
        r#"slug("My App_2!")"# => "my-app-2";
    "pad" "(text, length, fill?)" -> Text = pad,
        "The text with `fill` (a space) put before it until it has `length` characters.",
        r#"pad("7", 3, "0")"# => "007";
    "repeat" "(text, times)" -> Text = repeat,
        "The text that many times.",
        r#"repeat("ab", 2)"# => "abab";
    "lines" "(text)" -> Texts = lines,
        "The lines of a text.",
        "lines(\"a\\nb\")" => "[a, b]";
    "hash" "(text, length?)" -> Text = hash,
        "The SHA-256 of the text in hexadecimal, cut to `length` digits.",
        r#"hash("a", 8)"# => "ca978112";
    "quote_shell" "(text)" -> Text = quote_shell,
        "The text as one word for a POSIX shell.",
        r#"quote_shell("it's")"# => r"'it'\''s'";
};

fn upper(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(text(call.text(0)?.to_uppercase()))
}

fn lower(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(text(call.text(0)?.to_lowercase()))
}

fn trim(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(text(call.text(0)?.trim()))
}

fn trim_start(call: &Call<'_>) -> Result<Data, Problem> {
    let found = call.text(0)?;
    Ok(text(found.strip_prefix(call.text(1)?).unwrap_or(found)))
}

fn trim_end(call: &Call<'_>) -> Result<Data, Problem> {
    let found = call.text(0)?;
    Ok(text(found.strip_suffix(call.text(1)?).unwrap_or(found)))
}

fn replace(call: &Call<'_>) -> Result<Data, Problem> {
    let (found, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if from.is_empty() {
        return Err(call.fails("there is nothing to look for"));
    }
    // Counted first, so that a result over the limit is never built.
    let hits = found.matches(from).count();
    limits::text(found.len() + hits.saturating_mul(to.len()))?;
    Ok(text(found.replace(from, to)))
}

fn split(call: &Call<'_>) -> Result<Data, Problem> {
    let (found, separator) = (call.text(0)?, call.text(1)?);
    if separator.is_empty() {
        return Err(call.fails("the separator is empty"));
    }
    pieces(found.split(separator))
}

fn lines(call: &Call<'_>) -> Result<Data, Problem> {
    pieces(call.text(0)?.lines())
}

/// Stops at the first piece too many, so that the list is never built.
fn pieces<'a>(found: impl Iterator<Item = &'a str>) -> Result<Data, Problem> {
    let items: Vec<Value> = found.take(limits::ITEMS + 1).map(|it| made(text(it))).collect();
    limits::items(items.len())?;
    Ok(list(items))
}

fn join(call: &Call<'_>) -> Result<Data, Problem> {
    let (items, separator) = (call.list(0)?, call.arg(1)?);
    let separator = ops::text_parts(separator)?;
    let mut parts: Vec<Part> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            parts.extend(separator.iter().cloned());
        }
        parts.extend(ops::text_parts(item)?);
    }
    ops::limited(parts).map(Data::Text)
}

fn starts_with(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(call.text(0)?.starts_with(call.text(1)?)))
}

fn ends_with(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(call.text(0)?.ends_with(call.text(1)?)))
}

fn sub_string(call: &Call<'_>) -> Result<Data, Problem> {
    let start = call.size(1, limits::TEXT)?;
    let length = if call.has(2) { call.size(2, limits::TEXT)? } else { limits::TEXT };
    Ok(text(call.text(0)?.chars().skip(start).take(length).collect::<String>()))
}

fn trunc(call: &Call<'_>) -> Result<Data, Problem> {
    let length = call.size(1, limits::TEXT)?;
    Ok(text(call.text(0)?.chars().take(length).collect::<String>()))
}

/// `-` and six digits of the hash; a beginning of at least one character must remain.
const MARK: usize = 7;

fn shorten(call: &Call<'_>) -> Result<Data, Problem> {
    let found = call.text(0)?;
    let length = usize::try_from(call.int_in(1, 8, 1_000_000)?).unwrap_or(8);
    if found.chars().count() <= length {
        return Ok(text(found));
    }
    let start: String = found.chars().take(length - MARK).collect();
    let start = start.trim_end_matches('-');
    Ok(text(format!("{start}-{:.6}", hexadecimal(found))))
}

fn slug(call: &Call<'_>) -> Result<Data, Problem> {
    let mut slug = String::new();
    for found in call.text(0)?.chars() {
        match found.to_ascii_lowercase() {
            plain @ ('a'..='z' | '0'..='9') => slug.push(plain),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    Ok(text(slug.trim_end_matches('-')))
}

fn pad(call: &Call<'_>) -> Result<Data, Problem> {
    let (found, length) = (call.text(0)?, call.size(1, limits::TEXT)?);
    let fill = if call.has(2) { call.text(2)? } else { " " };
    if fill.is_empty() {
        return Err(call.fails("the fill is empty"));
    }
    let missing = length.saturating_sub(found.chars().count());
    let mut padded: String = fill.chars().cycle().take(missing).collect();
    padded.push_str(found);
    Ok(text(padded))
}

fn repeat(call: &Call<'_>) -> Result<Data, Problem> {
    let (found, times) = (call.text(0)?, call.size(1, limits::TEXT)?);
    limits::text(found.len().saturating_mul(times))?;
    Ok(text(found.repeat(times)))
}

fn hash(call: &Call<'_>) -> Result<Data, Problem> {
    let length = if call.has(1) { call.size(1, 64)? } else { 64 };
    Ok(text(hexadecimal(call.text(0)?).chars().take(length).collect::<String>()))
}

fn hexadecimal(found: &str) -> String {
    Sha256::digest(found.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn quote_shell(call: &Call<'_>) -> Result<Data, Problem> {
    let found = call.text(0)?;
    let plain = |it: char| it.is_ascii_alphanumeric() || "_-./:=@%+,".contains(it);
    if !found.is_empty() && found.chars().all(plain) {
        return Ok(text(found));
    }
    Ok(text(format!("'{}'", found.replace('\'', r"'\''"))))
}
