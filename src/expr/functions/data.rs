//! Maps, and what maps, lists and texts share.

use std::sync::Arc;

use super::{Call, Function, list, made, text};
use crate::expr::access::{self, Access, Key};
use crate::expr::limits;
use crate::expr::ops;
use crate::expr::problem::Problem;
use crate::value::{Data, Map, Value};

pub const TABLE: &[Function] = table! { "data";
    "len" "(value)" -> Int = len,
        "The number of items, entries or characters.",
        r#"len([1, 2])"# => "2";
    "is_empty" "(value)" -> Bool = is_empty,
        "Whether there are no items, entries or characters; `()` is empty.",
        r#"is_empty("")"# => "true";
    "contains" "(value, item)" -> Bool = contains,
        "Whether a list has the item, a map the key, or a text the text. `item in value` says the same.",
        r#"contains(["a", "b"], "b")"# => "true";
    "keys" "(map)" -> Texts = keys,
        "The keys, in order.",
        "keys(#{a: 1, b: 2})" => "[a, b]";
    "values" "(map)" -> List = values,
        "The values, in order.",
        "values(#{a: 1, b: 2})" => "[1, 2]";
    "entries" "(map)" -> List = entries,
        "The entries as maps with `key` and `value`.",
        "entries(#{a: 1})" => "[{key: a, value: 1}]";
    "from_entries" "(list)" -> Map = from_entries,
        "A map of entries that have `key` and `value`; the last of a key counts.",
        "from_entries([#{key: \"a\", value: 1}])" => "{a: 1}";
    "get" "(value, path, default?)" -> Any = get,
        "What a dotted path leads to, numbers counting list items; the default, or `()`, where it leads \
         nowhere.",
        r#"get(#{a: #{b: [5]}}, "a.b.0")"# => "5";
    "has" "(map, key)" -> Bool = has,
        "Whether the map has the key.",
        r#"has(#{a: ()}, "a")"# => "true";
    "merge" "(map, other…)" -> Map = merge,
        "The maps as one; entries of later ones win, maps in both are merged in turn.",
        "merge(#{a: #{x: 1}}, #{a: #{y: 2}})" => "{a: {x: 1, y: 2}}";
    "pick" "(map, key…)" -> Map = pick,
        "The entries of these keys, given one by one or as a list; absent ones are left out.",
        r#"pick(#{a: 1, b: 2}, "a", "z")"# => "{a: 1}";
    "without" "(map, key…)" -> Map = without,
        "The entries of all other keys.",
        r#"without(#{a: 1, b: 2}, "a")"# => "{b: 2}";
};

fn len(call: &Call<'_>) -> Result<Data, Problem> {
    size(call).map(|it| Data::Int(i64::try_from(it).unwrap_or(i64::MAX)))
}

fn size(call: &Call<'_>) -> Result<usize, Problem> {
    match &call.arg(0)?.data {
        Data::List(items) => Ok(items.len()),
        Data::Map(map) => Ok(map.len()),
        Data::Text(_) => Ok(call.text(0)?.chars().count()),
        _ => Err(call.wrong(0, "a list, a map or a string")),
    }
}

fn is_empty(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(call.arg(0)?.is_null() || size(call)? == 0))
}

fn contains(call: &Call<'_>) -> Result<Data, Problem> {
    let found = match &call.arg(0)?.data {
        Data::List(items) => {
            let wanted = call.arg(1)?;
            let mut found = false;
            for item in items.iter() {
                found = found || ops::equal(item, wanted)?;
            }
            found
        }
        Data::Map(map) => map.contains_key(call.text(1)?),
        Data::Text(_) => call.text(0)?.contains(call.text(1)?),
        _ => return Err(call.wrong(0, "a list, a map or a string")),
    };
    Ok(Data::Bool(found))
}

fn keys(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(list(call.map(0)?.keys().map(|it| made(text(it.clone()))).collect()))
}

fn values(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(list(call.map(0)?.values().cloned().collect()))
}

fn entries(call: &Call<'_>) -> Result<Data, Problem> {
    let entry = |(key, value): (&Arc<str>, &Value)| {
        Value::object([("key", made(text(key.clone()))), ("value", value.clone())], value.at)
    };
    Ok(list(call.map(0)?.iter().map(entry).collect()))
}

fn from_entries(call: &Call<'_>) -> Result<Data, Problem> {
    let mut map = Map::new();
    for item in call.list(0)? {
        let (Some(key), Some(value)) = (item.get("key"), item.get("value")) else {
            return Err(call.fails("every item needs a `key` and a `value`"));
        };
        ops::refuse_opaque("a key", key)?;
        let key = key.as_str().ok_or_else(|| call.fails("a key must be a string"))?;
        map.insert(key.into(), value.clone());
    }
    Ok(Data::Map(Arc::new(map)))
}

fn get(call: &Call<'_>) -> Result<Data, Problem> {
    let mut found = call.arg(0)?;
    let default = || call.args.get(2).map_or(Data::Null, |it| it.data.clone());
    for step in call.text(1)?.split('.') {
        let key = match (&found.data, step.parse()) {
            (Data::List(_), Ok(index)) => Key::Index(index),
            (Data::Map(_), _) => Key::Name(step),
            _ => return Ok(default()),
        };
        match access::entry(found, &key, Access { through_null: true, may_miss: true }) {
            Ok(Some(entry)) => found = entry,
            Ok(None) | Err(_) => return Ok(default()),
        }
    }
    Ok(if found.is_null() { default() } else { found.data.clone() })
}

fn has(call: &Call<'_>) -> Result<Data, Problem> {
    Ok(Data::Bool(call.map(0)?.contains_key(call.text(1)?)))
}

fn merge(call: &Call<'_>) -> Result<Data, Problem> {
    let mut merged = call.map(0)?.clone();
    for index in 1..call.args.len() {
        merge_into(&mut merged, call.map(index)?, 0)?;
    }
    Ok(Data::Map(Arc::new(merged)))
}

fn merge_into(target: &mut Map, other: &Map, depth: usize) -> Result<(), Problem> {
    if depth > limits::TREE {
        return Err(Problem::limit("a value that is nested too deeply"));
    }
    for (key, value) in other {
        match (target.get_mut(key).map(|it| &mut it.data), &value.data) {
            (Some(Data::Map(inner)), Data::Map(more)) => merge_into(Arc::make_mut(inner), more, depth + 1)?,
            _ => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
    limits::items(target.len())
}

fn pick(call: &Call<'_>) -> Result<Data, Problem> {
    let (map, keys) = (call.map(0)?, call.texts(1)?);
    let picked = keys.into_iter().filter_map(|key| map.get_key_value(key));
    Ok(Data::Map(Arc::new(picked.map(|(key, value)| (key.clone(), value.clone())).collect())))
}

fn without(call: &Call<'_>) -> Result<Data, Problem> {
    let (map, keys) = (call.map(0)?, call.texts(1)?);
    let mut rest = map.clone();
    for key in keys {
        rest.shift_remove(key);
    }
    Ok(Data::Map(Arc::new(rest)))
}
