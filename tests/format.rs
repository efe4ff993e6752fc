//! Writers: what they write is read back by other code as the same value.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    reason = "tests read files, talk and start programs"
)]

use std::sync::Arc;

use scorec::format::{Format, Problem, encode, write, write_bytes};
use scorec::source::Span;
use scorec::value::{Deferred, Key, Map, Part, Secret, SecretOrigin, Text, Value};

fn text(value: &str) -> Value {
    Value::text(value, Span::NONE)
}

fn list(items: Vec<Value>) -> Value {
    Value::list(items, Span::NONE)
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::map(entries.into_iter().map(|(key, value)| (Arc::from(key), value)).collect(), Span::NONE)
}

/// Strings that readers of YAML 1.1 or 1.2 take for something else, or break over.
#[rustfmt::skip]
const AMBIGUOUS: &[&str] = &[
    "", " ", "  ", " a", "a ", "\t", "\ta", "a\t", "a\tb", "~", "null", "Null", "NULL", "nil", "none", "None", "true",
    "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off",
    "OFF", "y", "Y", "n", "N", "t", "f", "0", "1", "-1", "+1", "00", "01", "007", "0644", "0o17", "0O17", "0x1F",
    "0X1f", "0b101", "0B1", "-0x1", "+0o7", "1_000", "_1", "1_", "1__0", "0x_1", "1.0", "1.", ".5", "-.5", "+.5",
    "1e3", "1E3", "1e+3", "1e-3", "1.5e3", "1.e3", ".1e1", "1_0.5", "6.", "-0", "+0", "0.0", "-0.0", ".inf", ".Inf",
    ".INF", "-.inf", "+.inf", ".nan", ".NaN", ".NAN", "inf", "nan", "Infinity", "-Infinity", "NaN", "1:30", "1:30:45",
    "190:20:30", "-1:30", "190:20:30.15", "22:22", "8080:80", "127.0.0.1:80", "2024-01-01", "2024-1-1",
    "2024-01-01T00:00:00Z", "2024-01-01 00:00:00", "2024-01-01t00:00:00+01:00", "2001-12-14 21:59:43.10 -5", "12:30",
    "1,000", "1e", "0x", "0b", "0o", "1.2.3", "10m", "500Mi", "1Gi", "5s", "1h30m", "17-alpine", "3.12-slim", "1e3x",
    "v1", "=", "<<", "<", ">", "|", "|-", ">-", "-", "- a", "--", "---", "--- a", "...", "... a", "--flag",
    "--flag=x y", "-x", "-1x", "?", "? a", "?a", ":", ": a", ":a", "a:", "a: b", "a:b", "a :b", "a : b",
    "http://x:80/y?z=1#f", "#", "#a", "a#b", "a #b", "a # b", "&a", "&", "*a", "*", "!", "!a", "!!str", "%", "%a",
    "@", "@a", "`", "`a`", "\"", "\"a\"", "a\"b", "'", "'a'", "a'b", "it's", "'a\" b", "\\", "\\n", "a\\b", "a\\",
    "{", "}", "{}", "{a}", "{a: b}", "[", "]", "[]", "[a]", ",", "a,b", "a, b", "${VAR}", "$VAR", "$(cmd)", "$$",
    "{{ a }}", "a {{ b }}", "%{a}", "(a)", ";", "a;b", "a|b", "a>b", "a&b", "a*b", "\n", "\n\n", "a\n", "a\n\n",
    "a\nb", "a\nb\n", "a\nb\n\n", "\na", "\n\na\n", " a\nb", "a\n b", "a\n  b\nc", "a\n\nb", "a \nb", "a\n \nb",
    "a\n\t\nb", "a\n\tb", "\ta\nb", "a\r", "a\r\nb", "\r\n", "# a\nb", "- a\n- b", "a: b\nc: d\n", "---\na\n",
    "a\n---\nb", "a\n...\n", "%a\nb", "a\n#b", "key: |\n  text\n", "{\n  \"a\": 1\n}\n", "a\"\n'b'\\\n", "\u{0}",
    "\u{1}", "\u{7}", "\u{8}", "\u{b}", "\u{c}", "\u{1b}[0m", "\u{7f}", "\u{80}", "\u{85}", "a\u{85}b", "\u{a0}",
    "a\u{a0}b", "\u{ad}", "\u{200b}", "\u{200e}", "\u{2028}", "a\u{2028}b", "\u{2029}", "\u{202e}a", "\u{feff}",
    "\u{feff}a", "a\u{feff}", "\u{fffd}", "\u{fffe}", "\u{ffff}", "\u{e000}", "\u{f8ff}", "\u{1f600}",
    "a \u{1f600} b", "\u{10ffff}", "é", "日本語", "é: ü", "Ünï cödé", "٣", "１２", "½", "²", "e\u{301}", "a\nb\u{85}c",
    "a\nb\u{1}c",
];

#[test]
fn ambiguous_strings_stay_strings_in_yaml() {
    assert!(AMBIGUOUS.len() >= 150);
    ambiguous_strings_stay_strings(Format::Yaml);
}

#[test]
fn ambiguous_strings_stay_strings_in_kyaml() {
    ambiguous_strings_stay_strings(Format::Kyaml);
}

fn ambiguous_strings_stay_strings(format: Format) {
    for string in AMBIGUOUS {
        let value = map(vec![
            ("value", text(string)),
            ("list", list(vec![text(string), list(vec![text(string), text("x")])])),
            ("map", list(vec![map(vec![(string, text(string)), ("other", text(string))])])),
            ("last", text(string)),
        ]);
        for value in [value, text(string), list(vec![text(string)]), map(vec![(string, text(string))])] {
            let written = write(format, &value).unwrap();
            let read: serde_yaml::Value =
                serde_yaml::from_str(&written).unwrap_or_else(|it| panic!("{string:?}: {it}\n{written}"));
            assert_eq!(read, yaml_of(&value), "{string:?}\n{written}");
        }
    }
}

/// What `tests/readers/run.sh` shows to readers in other languages: the strings as items and as keys, in each format of
/// YAML, and in JSON for comparison.
#[test]
fn files_for_other_readers() {
    let Some(out) = std::env::var_os("SCOREC_READERS_OUT").map(std::path::PathBuf::from) else { return };
    let numbered = |index: usize| Value::int(i64::try_from(index).unwrap(), Span::NONE);
    let value = map(vec![
        ("strings", list(AMBIGUOUS.iter().map(|it| text(it)).collect())),
        ("keys", map(AMBIGUOUS.iter().enumerate().map(|(index, it)| (*it, numbered(index))).collect())),
        ("nested", list(AMBIGUOUS.iter().map(|it| map(vec![("a", list(vec![text(it)]))])).collect())),
        ("mixed", list(vec![text("a"), map(vec![("b", list(vec![])), ("c", map(vec![]))]), list(vec![text("d")])])),
        ("numbers", list(vec![numbered(1), Value::new(scorec::value::Data::Float(0.5), Span::NONE)])),
        ("others", list(vec![Value::bool(true, Span::NONE), Value::null(Span::NONE)])),
    ]);
    // Texts that need no escape, in which the encoder of Kubernetes has no choice.
    let simple = |it: &&&str| it.chars().all(|c| matches!(c, ' '..='~' | '\n'));
    let sample = map(vec![
        ("strings", list(AMBIGUOUS.iter().filter(simple).map(|it| text(it)).collect())),
        ("nested", list(AMBIGUOUS.iter().filter(simple).map(|it| map(vec![("a", list(vec![text(it)]))])).collect())),
        ("app.kubernetes.io/name", value.get("mixed").unwrap().clone()),
        ("on", value.get("numbers").unwrap().clone()),
        ("lists", list(vec![list(vec![]), list(vec![text("a")]), value.get("others").unwrap().clone()])),
    ]);
    for (format, name, value) in [
        (Format::Yaml, "strings.yaml", &value),
        (Format::Kyaml, "strings.kyaml", &value),
        (Format::Json, "strings.json", &value),
        (Format::Yaml, "sample.yaml", &sample),
        (Format::Kyaml, "sample.kyaml", &sample),
    ] {
        std::fs::write(out.join(name), write(format, value).unwrap()).unwrap();
    }
}

#[test]
fn long_keys_are_announced() {
    let (long, two) = ("k".repeat(1500), Value::int(2, Span::NONE));
    let inner = map(vec![(&long, map(vec![("a", two.clone())])), ("b", two.clone()), (&long[1..], list(vec![two]))]);
    let value = map(vec![("outer", list(vec![inner]))]);
    let written = write(Format::Yaml, &value).unwrap();
    assert_eq!(serde_yaml::from_str::<serde_yaml::Value>(&written).unwrap(), yaml_of(&value), "{written}");
}

/// The strings that no reader takes for another type look as people write them.
#[test]
fn plain_strings_stay_without_quotes() {
    for string in [
        "nginx",
        "postgres:17-alpine",
        "ghcr.io/a/b:1.2.3",
        "/var/lib/x",
        "./run.sh --flag=1",
        "--verbose",
        "-x",
        "a b c",
        "10m",
        "500Mi",
        "http://db:5432/x?y=z",
        "${VAR}",
        "$(cmd)",
        "a,b",
        "user@host",
        "8.0.x",
        "v1.2",
        "apps/v1",
        "it's",
        "a\"b",
        "Ünï cödé",
        "key=value",
    ] {
        assert_eq!(write(Format::Yaml, &text(string)).unwrap(), format!("{string}\n"));
    }
}

fn yaml_of(value: &Value) -> serde_yaml::Value {
    match &value.data {
        scorec::value::Data::Null => serde_yaml::Value::Null,
        scorec::value::Data::Bool(it) => (*it).into(),
        scorec::value::Data::Int(it) => (*it).into(),
        scorec::value::Data::Float(it) => (*it).into(),
        scorec::value::Data::Text(it) => it.as_plain().unwrap().into(),
        scorec::value::Data::List(it) => serde_yaml::Value::Sequence(it.iter().map(yaml_of).collect()),
        scorec::value::Data::Map(it) => {
            serde_yaml::Value::Mapping(it.iter().map(|(key, it)| ((&**key).into(), yaml_of(it))).collect())
        }
    }
}

fn json_of(value: &Value) -> serde_json::Value {
    serde_json::to_value(yaml_of(value)).unwrap()
}

/// A deterministic stream of numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn string(&mut self) -> String {
        const PIECES: &[&str] = &[
            "a",
            "B",
            "0",
            "1",
            ".",
            "-",
            ":",
            " ",
            "#",
            "\n",
            "\"",
            "'",
            "\\",
            "{",
            "}",
            "[",
            ",",
            "&",
            "$",
            "é",
            "\t",
            "~",
            "yes",
            "\u{85}",
            "%",
            "=",
            "|",
            "\u{1}",
            "\u{1f600}",
        ];
        (0..self.below(7)).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    fn value(&mut self, depth: usize, null: bool) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 if null => Value::null(Span::NONE),
            1 => Value::bool(self.below(2) == 0, Span::NONE),
            2 => Value::int(self.0 as i64, Span::NONE),
            3 => Value::new(scorec::value::Data::Float(self.below(1 << 20) as f64 / 8.0), Span::NONE),
            6 => list((0..self.below(4)).map(|_| self.value(depth - 1, null)).collect()),
            7 | 8 => self.map(depth, null),
            _ => text(&self.string()),
        }
    }

    fn map(&mut self, depth: usize, null: bool) -> Value {
        let entries: Map =
            (0..self.below(5)).map(|_| (Arc::from(self.string()), self.value(depth - 1, null))).collect();
        Value::map(entries, Span::NONE)
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut random = Random(0x5EED);
    for _ in 0..1500 {
        let value = random.value(4, true);
        let written = write(Format::Yaml, &value).unwrap();
        let read: serde_yaml::Value = serde_yaml::from_str(&written).unwrap_or_else(|it| panic!("{it}\n{written}"));
        assert_eq!(read, yaml_of(&value), "{written}");
        for format in [Format::Json, Format::JsonCompact] {
            let written = write(format, &value).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&written).unwrap(), json_of(&value), "{written}");
        }
        let table = random.map(4, false);
        let written = write(Format::Toml, &table).unwrap();
        let read: toml::Value = toml::from_str(&written).unwrap_or_else(|it| panic!("{it}\n{written}"));
        assert_eq!(serde_json::to_value(read).unwrap(), json_of(&table), "{written}");
    }
}

#[test]
fn shapes() {
    let service = map(vec![
        ("image", text("nginx:1.27")),
        (
            "ports",
            list(vec![text("8080:80"), map(vec![("name", text("web")), ("number", Value::int(80, Span::NONE))])]),
        ),
        ("matrix", list(vec![list(vec![text("a"), text("b")]), list(vec![]), map(vec![])])),
        ("environment", map(vec![("A", text("yes")), ("B", text("two\nlines\n")), ("C", text("it's \"x\""))])),
        ("script", list(vec![text("a\n  b"), text("c\n\n")])),
        ("empty", map(vec![])),
        ("none", list(vec![])),
        ("ratio", Value::new(scorec::value::Data::Float(1e300), Span::NONE)),
        ("json", text("{\"a\": 1}")),
        ("on", Value::bool(true, Span::NONE)),
    ]);
    let value = map(vec![
        ("name", text("shop")),
        ("services", map(vec![("web", service)])),
        ("replicas", Value::int(2, Span::NONE)),
    ]);
    let env = map(vec![
        ("PLAIN", text("a/b:c")),
        ("EMPTY", text("")),
        ("SPACE", text("a b # $c `d`")),
        ("QUOTE", text("it's \"x\" $y `z` \\ !")),
        ("LINES", text("a\nb")),
        ("SLASH", text("a\\")),
        ("NUMBER", Value::int(1, Span::NONE)),
    ]);
    let mut out = String::new();
    let documents = list(vec![map(vec![("a", Value::int(1, Span::NONE))]), map(vec![("b", text("x\n\n"))])]);
    for (format, value) in [
        (Format::Yaml, &value),
        (Format::YamlDocuments, &documents),
        (Format::Kyaml, &value),
        (Format::KyamlDocuments, &documents),
        (Format::Json, &value),
        (Format::JsonCompact, &value),
        (Format::Toml, &value),
        (Format::Dotenv, &env),
        (Format::Text, &text("as it is\n")),
    ] {
        out += &format!("----- {}\n{}", format.name(), write(format, value).unwrap());
        out += "<end>\n";
    }
    insta::with_settings!({ snapshot_path => "format", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("shapes", out);
    });
}

/// A POSIX shell reads back what was written.
#[cfg(unix)]
#[test]
fn a_shell_reads_dotenv() {
    let folder = tempfile::tempdir().unwrap();
    let strings: Vec<&str> = AMBIGUOUS.iter().copied().filter(|it| !it.contains(['\r', '\0'])).collect();
    let names: Vec<String> = (0..strings.len()).map(|it| format!("V{it}")).collect();
    let entries = names.iter().zip(&strings).map(|(name, it)| (name.as_str(), text(it))).collect();
    let path = folder.path().join("file.env");
    std::fs::write(&path, write(Format::Dotenv, &map(entries)).unwrap()).unwrap();
    let print: String = names.iter().map(|it| format!("printf '%s\\001' \"${it}\"\n")).collect();
    let script = format!(". {}\n{print}", path.display());
    let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
    let expected: String = strings.iter().map(|it| format!("{it}\u{1}")).collect();
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

fn secret(origin: SecretOrigin) -> Part {
    Part::Secret(Arc::new(Secret { owner: "db".into(), label: "password".into(), origin, at: Span::NONE }))
}

fn literal(value: &str) -> Part {
    secret(SecretOrigin::Literal(value.into()))
}

#[test]
fn parts_stay_apart_and_are_escaped() {
    let nasty = "a\"b\\c\nd\te'f$g\u{7f}\u{1}é";
    let deferred = Part::Deferred(Arc::new(Deferred { name: "X".into() }));
    let generated = secret(SecretOrigin::Generated { path: "p".into(), length: 20 });
    let url = Text::join([
        Part::Plain("it's \"q\"://".into()),
        literal(nasty),
        Part::Plain("\n@".into()),
        deferred,
        Part::Plain("/".into()),
        generated,
    ]);
    let at = Span::NONE;
    let value = map(vec![
        ("url", Value::new(scorec::value::Data::Text(url), at)),
        ("alone", Value::new(scorec::value::Data::Text(Text::join([literal("yes")])), at)),
        ("plain", text("x")),
    ]);
    let key = Key::new(b"key");
    for format in [Format::Yaml, Format::Json, Format::JsonCompact, Format::Toml] {
        let encoded = encode(format, &value).unwrap();
        let revealed: String = encoded
            .parts()
            .iter()
            .map(|part| match part {
                Part::Plain(it) => it.to_string(),
                Part::Secret(it) => it.reveal(&key).unwrap(),
                Part::Deferred(it) => format!("DEFERRED{}", it.name),
            })
            .collect();
        let read: serde_json::Value = match format {
            Format::Json | Format::JsonCompact => serde_json::from_str(&revealed).unwrap(),
            Format::Toml => serde_json::to_value(toml::from_str::<toml::Value>(&revealed).unwrap()).unwrap(),
            _ => serde_json::to_value(serde_yaml::from_str::<serde_yaml::Value>(&revealed).unwrap()).unwrap(),
        };
        let url = read["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("it's \"q\"://{nasty}\n@DEFERREDX/")), "{revealed}");
        assert_eq!(read["alone"].as_str(), Some("yes"), "{revealed}");
        assert_eq!(encoded.secrets().count(), 3);
    }
    assert_eq!(encode(Format::Json, &text("x")).unwrap().as_plain(), Some("\"x\"\n"));
}

#[test]
fn what_cannot_be_written_is_named_by_its_path() {
    let hidden =
        Value::new(scorec::value::Data::Text(Text::join([Part::Plain("a".into()), literal("hunter2")])), Span::NONE);
    let error = write(Format::Yaml, &map(vec![("a", list(vec![text("x"), map(vec![("b", hidden)])]))])).unwrap_err();
    assert_eq!(error.path, "a[1].b");
    assert!(matches!(error.problem, Problem::Secret(_)) && !format!("{error} {error:?}").contains("hunter2"));

    let null = map(vec![("a", Value::null(Span::NONE))]);
    assert_eq!(write(Format::Toml, &null).unwrap_err().to_string(), "`a`: nothing, which this format cannot express");
    assert_eq!(
        write(Format::Dotenv, &map(vec![("a-b", text("x"))])).unwrap_err().problem,
        Problem::BadName("a-b".into())
    );
    assert_eq!(write(Format::Dotenv, &map(vec![("A", list(vec![]))])).unwrap_err().problem, Problem::Nested);
    assert_eq!(
        write(Format::Dotenv, &map(vec![("A", text("a\rb"))])).unwrap_err().problem,
        Problem::BadCharacter('\r')
    );
    assert_eq!(write(Format::Toml, &text("x")).unwrap_err().problem, Problem::NotMap);
    assert_eq!(write(Format::YamlDocuments, &text("x")).unwrap_err().problem, Problem::NotList);
    assert_eq!(write(Format::Text, &list(vec![])).unwrap_err().problem, Problem::NotText);
    let infinite = Value::new(scorec::value::Data::Float(f64::INFINITY), Span::NONE);
    assert_eq!(write(Format::Json, &infinite).unwrap_err().problem, Problem::NotFinite);
    assert!(matches!(encode(Format::Yaml, &text("\u{F0000}")).unwrap_err().problem, Problem::BadCharacter(_)));
    let deep = (0..200).fold(text("x"), |it, _| list(vec![it]));
    for format in [Format::Yaml, Format::Json] {
        assert_eq!(write(format, &deep).unwrap_err().problem, Problem::TooDeep);
        assert_eq!(encode(format, &deep).unwrap_err().problem, Problem::TooDeep);
    }
    assert_eq!(write_bytes(Format::Base64, &text("/w\n==")).unwrap(), [0xFF]);
    assert_eq!(write(Format::Base64, &text("%")).unwrap_err().problem, Problem::NotBase64);
}
