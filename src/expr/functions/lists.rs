//! Lists.

use std::collections::BTreeSet;

use super::{Call, Function, list, made};
use crate::expr::access::{self, Access, Key};
use crate::expr::dynamic;
use crate::expr::limits;
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::source::Span;
use crate::value::{Data, Value};

pub const TABLE: &[Function] = table! { "lists";
    "first" "(list)" -> Item = first,
        "The first item; `()` of an empty list.",
        "first([1, 2])" => "1";
    "last" "(list)" -> Item = last,
        "The last item; `()` of an empty list.",
        "last([1, 2])" => "2";
    "range" "(count)" -> List = range,
        "The integers from 0 up to, not including, `count`.",
        "range(3)" => "[0, 1, 2]";
    "index_of" "(list, item)" -> Any = index_of,
        "The position of the item, counted from 0; `()` where the list does not have it.",
        r#"index_of(["a", "b"], "b")"# => "1";
    "sorted" "(list)" -> Same = sorted,
        "The numbers or texts in ascending order.",
        "sorted([3, 1, 2])" => "[1, 2, 3]";
    "reversed" "(list)" -> Same = reversed,
        "The items, last first.",
        "reversed([1, 2])" => "[2, 1]";
    "unique_items" "(list)" -> Same = unique_items,
        "The items, each once, where it stands first.",
        "unique_items([1, 2, 1])" => "[1, 2]";
    "compact" "(value)" -> Same = compact,
        "The list or map without its `()`.",
        "compact([1, (), 2])" => "[1, 2]";
    "flatten" "(list)" -> List = flatten,
        "One list of the items of its lists; other items stay.",
        "flatten([[1], [2, 3], 4])" => "[1, 2, 3, 4]";
    "sum" "(list)" -> Any = sum,
        "The sum of the numbers; 0 of an empty list.",
        "sum([1, 2, 3])" => "6";
    "pluck" "(list, key)" -> List = pluck,
        "The entry of that key of every map; `()` where one lacks it.",
        r#"pluck([#{a: 1}, #{a: 2}], "a")"# => "[1, 2]";
    "find" "(list, key, value)" -> Item = find,
        "The first map whose entry of that key equals the value; `()` where none does.",
        r#"find([#{n: "a", p: 1}], "n", "a")"# => "{n: a, p: 1}";
    "filter_by" "(list, key, value)" -> Same = filter_by,
        "The maps whose entry of that key equals the value.",
        r#"filter_by([#{n: 1}, #{n: 2}], "n", 2)"# => "[{n: 2}]";
};

fn first(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(call.list(0)?.first().map_or(Data::Null, |it| it.data.clone()))
}

fn last(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(call.list(0)?.last().map_or(Data::Null, |it| it.data.clone()))
}

fn range(call: &Call<'_>) -> Result<Data, Problem> {
    let count = call.int(0)?;
    if count < 0 {
        return Err(call.fails("a count cannot be negative"));
    }
    dynamic::numbers(0, count, Span::NONE).map(|it| it.data)
}

fn index_of(call: &Call<'_>) -> Result<Data, Problem> {
    let wanted = call.arg(1)?;
    for (index, item) in call.list(0)?.iter().enumerate() {
        if ops::equal(item, wanted)? {
            return Ok(i64::try_from(index).map_or(Data::Null, Data::Int));
        }
    }
    Ok(Data::Null)
}

fn sorted(call: &Call<'_>) -> Result<Data, Problem> {
    let mut items = call.list(0)?.to_vec();
    // A comparison that fails is kept and reported after the sort, which cannot be left early.
    let mut problem = None;
    for pair in items.windows(2) {
        if let [a, b] = pair {
            problem = problem.or(ops::compare("sorted", a, b).err());
        }
    }
    if let Some(problem) = problem {
        return Err(problem);
    }
    items.sort_by(|a, b| ops::compare("sorted", a, b).unwrap_or(std::cmp::Ordering::Equal));
    Ok(list(items))
}

fn reversed(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(list(call.list(0)?.iter().rev().cloned().collect()))
}

fn unique_items(call: &Call<'_>) -> Result<Data, Problem> {
    let mut seen = BTreeSet::new();
    let mut items: Vec<Value> = Vec::new();
    for item in call.list(0)? {
        ops::refuse_opaque("`unique_items`", item)?;
        if seen.insert(format!("{} {}", item.kind(), item.shown())) || !known(&items, item) {
            items.push(item.clone());
        }
    }
    Ok(list(items))
}

/// Whether an equal item stands there; texts that read alike may still be different values.
fn known(items: &[Value], item: &Value) -> bool {
    items.iter().any(|it| it.data == item.data)
}

fn compact(call: &Call<'_>) -> Result<Data, Problem> {
    match &call.arg(0)?.data {
        Data::Map(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Ok(Data::Map(std::sync::Arc::new(kept.map(|(key, value)| (key.clone(), value.clone())).collect())))
        }
        Data::List(items) => Ok(list(items.iter().filter(|it| !it.is_null()).cloned().collect())),
        _ => Err(call.wrong(0, "a list or a map")),
    }
}

fn flatten(call: &Call<'_>) -> Result<Data, Problem> {
    let mut flat: Vec<Value> = Vec::new();
    for item in call.list(0)? {
        match item.as_list() {
            Some(inner) => flat.extend(inner.iter().cloned()),
            None => flat.push(item.clone()),
        }
        limits::items(flat.len())?;
    }
    Ok(list(flat))
}

fn sum(call: &Call<'_>) -> Result<Data, Problem> {
    let mut total = made(Data::Int(0));
    for item in call.list(0)? {
        if ops::number(&item.data).is_none() {
            return Err(call.fails(format!("expected numbers, found {}", item.kind())));
        }
        total = ops::binary("+", &total, item)?;
    }
    Ok(total.data)
}

fn pluck(call: &Call<'_>) -> Result<Data, Problem> {
    let key = Key::Name(call.text(1)?);
    let access = Access { through_null: false, may_miss: true };
    let plucked = call
        .list(0)?
        .iter()
        .map(|item| access::entry(item, &key, access).map(|it| it.cloned().unwrap_or_else(|| Value::null(item.at))));
    plucked.collect::<Result<_, _>>().map(list)
}

fn find(call: &Call<'_>) -> Result<Data, Problem> {
    let key = call.text(1)?;
    for item in call.list(0)? {
        if has_entry(item, key, call.arg(2)?)? {
            return Ok(item.data.clone());
        }
    }
    Ok(Data::Null)
}

fn filter_by(call: &Call<'_>) -> Result<Data, Problem> {
    let key = call.text(1)?;
    let mut kept = Vec::new();
    for item in call.list(0)? {
        if has_entry(item, key, call.arg(2)?)? {
            kept.push(item.clone());
        }
    }
    Ok(list(kept))
}

fn has_entry(item: &Value, key: &str, wanted: &Value) -> Result<bool, Problem> {
    match item.get(key) {
        Some(found) => ops::equal(found, wanted),
        None => Ok(wanted.is_null()),
    }
}
