//! Expressions, as tables: every line of `tests/expr/*.txt` is one text with interpolations, or one expression.
//!
//! The snapshot beside a table shows what each line gives. Tables in `check/` are checked without values.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use scorec::diag::{Diag, Diags};
use scorec::expr::{Expr, Identity, Interpolation, Names, Scope, Shape};
use scorec::source::{FileId, Sources, Span};
use scorec::value::{Data, Deferred, Secret, SecretOrigin, Text, Value};

/// No message may ever hold this.
const PLANTED: &str = "hunter2hunter2";

fn text(text: &str) -> Value {
    Value::text(text, Span::NONE)
}

fn int(value: i64) -> Value {
    Value::int(value, Span::NONE)
}

fn secret(label: &str, origin: SecretOrigin) -> Value {
    let secret = Secret { owner: "db".into(), label: label.into(), origin, at: Span::NONE };
    Value::new(Data::Text(Text::secret(secret)), Span::NONE)
}

fn scope() -> Scope<'static> {
    let none = Span::NONE;
    let container = |name: &str, image: &str, port: i64| {
        Value::object([("name", text(name)), ("image", text(image)), ("port", int(port))], none)
    };
    let containers = Value::list(vec![container("web", "nginx:1.29", 80), container("side", "busybox", 81)], none);
    let params = Value::object(
        [
            ("version", text("17")),
            ("replicas", int(3)),
            ("ratio", Value::new(Data::Float(2.5), none)),
            ("debug", Value::bool(false, none)),
            ("default", text("d")),
            ("nothing", Value::null(none)),
            ("tags", Value::list(vec![text("b"), text("a")], none)),
            ("labels", Value::object([("app.io/name", text("shop")), ("team", text("core"))], none)),
        ],
        none,
    );
    let deferred = Text::deferred(Deferred { name: "HOST".into() });
    let generated = SecretOrigin::Generated { path: "a/b/c/d".into(), length: 16 };
    let reference = SecretOrigin::Reference(Value::object([("name", text("vault"))], none));
    let mut scope = Scope::new();
    scope.set("params", params);
    scope.set("workload", Value::object([("name", text("shop")), ("containers", containers)], none));
    scope.set("name", text("shop"));
    scope.set("absent", Value::null(none));
    scope.set("password", secret("password", SecretOrigin::Literal(PLANTED.into())));
    scope.set("generated", secret("generated", generated));
    scope.set("reference", secret("reference", reference));
    scope.set("host", Value::new(Data::Text(deferred), none));
    scope.set("big", text(&"x".repeat(1_000_000)));
    scope.set("aaa", text(&"a".repeat(16_000)));
    scope
}

fn identity() -> Identity {
    Identity::new("shop", "local", "web.db")
}

/// A line of a table: a text with interpolations where it has any, else an expression.
fn eval(line: &str) -> Result<Value, Diag> {
    let mut sources = Sources::default();
    let file = sources.add("table", line);
    let exact = Span::new(file, 0, line.len());
    if line.contains("{{") {
        Interpolation::parse(line, exact, Some(exact))?.eval(&scope(), &identity())
    } else {
        Expr::parse(line, exact, Some(exact))?.eval(&scope(), &identity())
    }
}

/// `code at `place`: message (help)`.
fn problem(line: &str, diag: &Diag) -> String {
    let span = diag.at();
    let place = line.get(span.start as usize..span.end as usize).unwrap_or("");
    let help = diag.help.as_ref().map(|it| format!("\n      help: {it}")).unwrap_or_default();
    format!("{} at ‹{place}›: {}{help}", diag.code.id(), diag.message)
}

fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|it| !it.trim().is_empty())
}

fn evaluated(table: &str) -> String {
    let mut shown = String::new();
    for line in lines(table) {
        if line.starts_with('#') && !line.starts_with("#{") {
            let _ = writeln!(shown, "\n{line}");
            continue;
        }
        let start = Instant::now();
        let result = match eval(line) {
            Ok(value) => value.shown(),
            Err(diag) => problem(line, &diag),
        };
        assert!(start.elapsed() < Duration::from_secs(2), "{line} took {:?}", start.elapsed());
        assert!(!result.contains(PLANTED), "{line} shows a secret");
        let (line, result) = (shortened(line), shortened(&result));
        let _ = writeln!(shown, "{line}\n   => {result}");
    }
    shown
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= 400 {
        text.to_owned()
    } else {
        format!("{}… ({count} characters)", text.chars().take(60).collect::<String>())
    }
}

macro_rules! snapshot {
    ($path:expr, $shown:expr) => {
        let name = $path.file_stem().and_then(|it| it.to_str()).unwrap_or("table").to_owned();
        insta::with_settings!({
            snapshot_path => $path.parent().unwrap_or($path),
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, $shown);
        });
    };
}

#[test]
fn tables_give_what_they_gave() {
    insta::glob!("expr/*.txt", |path| {
        let table = std::fs::read_to_string(path).unwrap_or_default();
        snapshot!(path, evaluated(&table));
    });
}

fn names() -> Names<'static> {
    let container = Shape::closed("a container", [("name", Shape::Text), ("port", Shape::Int)]);
    let params = Shape::closed(
        "the parameters of `postgres`",
        [
            ("version", Shape::Text),
            ("replicas", Shape::Int),
            ("tags", Shape::list(Shape::Text)),
            ("labels", Shape::open("labels", [("team", Shape::Text)], Shape::Text)),
            ("any", Shape::Any),
        ],
    );
    let workload = Shape::closed("a workload", [("name", Shape::Text), ("containers", Shape::list(container))]);
    let mut names = Names::new();
    names.set("params", params);
    names.set("workload", workload);
    names.set("anything", Shape::Any);
    names
}

#[test]
fn checks_find_what_can_be_known() {
    insta::glob!("expr/check/*.txt", |path| {
        let table = std::fs::read_to_string(path).unwrap_or_default();
        let mut shown = String::new();
        for line in lines(&table) {
            let mut sources = Sources::default();
            let file = sources.add("table", line);
            let exact = Span::new(file, 0, line.len());
            let mut diags = Diags::default();
            let shape =
                diags.take(Interpolation::parse(line, exact, Some(exact))).map(|it| it.check(&names(), &mut diags));
            let _ = writeln!(shown, "{line}\n   : {}", shape.map_or("-".into(), |it| it.what().to_owned()));
            for diag in diags.iter() {
                let _ = writeln!(shown, "   {}", problem(line, diag));
            }
        }
        snapshot!(path, shown);
    });
}

#[test]
fn what_an_expression_reads_is_known() {
    let reads = |source: &str| {
        let expr = Expr::parse(source, Span::NONE, None).map_err(|it| it.message);
        let expr = expr.expect("the expression is well formed");
        let reads = expr.properties_of("server");
        let names: Vec<String> = expr.names().iter().map(ToString::to_string).collect();
        let keys: Vec<&str> = reads.properties.keys().map(|it| &**it).collect();
        format!("{} | {} | {}", names.join(" "), keys.join(" "), reads.whole)
    };
    assert_eq!(reads("server.host"), "server | host | false");
    assert_eq!(reads("server"), "server |  | true");
    assert_eq!(reads("server.host ?? other.port"), "server other | host | false");
    assert_eq!(reads("`${server.host}:${server?.port}/${db}`"), "server db | host port | false");
    assert_eq!(reads("lower(server[\"name\"]) + json(server)"), "server | name | true");
    assert_eq!(reads("other[server.host].server"), "other server | host | false");
    assert_eq!(reads("other[server].host"), "other server |  | true");
    assert_eq!(reads("if server.ready { server.a } else { b[0].c }"), "server b | a ready | false");
}

/// Sources that are built rather than written: all bounded, all fast, none a panic or an overflow.
#[test]
fn hostile_expressions_are_bounded() {
    let nested = |open: &str, middle: &str, close: &str, times: usize| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    for source in [
        nested("(", "1", ")", 4000),
        nested("[", "1", "]", 4000),
        nested("-", "1", "", 8000),
        nested("!", "true", "", 8000),
        nested("len(", "name", ")", 1500),
        nested("if true {", "1", "} else {2}", 400),
        nested("`${", "1", "}`", 1500),
        nested("name[", "0", "]", 1600),
        nested("#{a:", "1", "}", 1600),
        format!("params{}", ".a".repeat(4000)),
        format!("name{}", ".len()".repeat(1300)),
        format!("params{}", "[0]".repeat(2600)),
        format!("1{}", "+1".repeat(4000)),
        format!("1{}", "**2".repeat(2600)),
        format!("true{}", "&&true".repeat(1300)),
        format!("absent{}", "??absent".repeat(1000)),
        format!("big{}", "+big".repeat(1500)),
        format!("[{}]", "big,".repeat(1600)),
        format!("[{}]", "range(9999),".repeat(600)),
        format!("join([{}], `-`)", "big,".repeat(1500)),
        format!("len({})", "hash(big)+".repeat(600) + "name"),
        format!("[{}]", "matches(aaa, `(a+)+(a+)+b`),".repeat(270)),
        format!("[{}]", "matches(aaa, `(a{50}){20}b`),".repeat(260)),
        format!("[{}]", "unique_items(split(aaa, `a`)),".repeat(260)),
        format!("x{}", "x".repeat(20_000)),
        "x".repeat(8000),
        format!("\"{}\"", "x".repeat(8000)),
        "{".repeat(8000),
        "\"".repeat(8001),
    ] {
        let start = Instant::now();
        let text = format!("{{{{ {source} }}}}");
        let span = Span::NONE;
        let result = Interpolation::parse(&text, span, None).and_then(|it| {
            let mut diags = Diags::default();
            it.check(&Names::new(), &mut diags);
            it.eval(&scope(), &identity())
        });
        let elapsed = start.elapsed();
        let label = shortened(&source);
        assert!(elapsed < Duration::from_secs(3), "{label} took {elapsed:?}");
        if let Err(diag) = result {
            assert!(!diag.message.is_empty(), "{label}");
        }
    }
}

#[test]
fn problems_point_at_their_bytes() {
    let at = |text: &str, exact: bool| {
        let mut sources = Sources::default();
        let file = sources.add("rule.kdl", format!("    name \"{text}\""));
        let (whole, inner) = (Span::new(file, 9, 11 + text.len()), Span::new(file, 10, 10 + text.len()));
        let result =
            Interpolation::parse(text, whole, exact.then_some(inner)).and_then(|it| it.eval(&scope(), &identity()));
        result.map_or_else(|diag| sources.text(diag.at()).to_owned(), |value| value.shown())
    };
    assert_eq!(at("é {{ params.verison }}", true), "verison");
    assert_eq!(at("é {{ upper(`é`) + params.verison }}", true), "verison");
    assert_eq!(at("{{ [\n  1,\n  nope ] }}", true), "nope");
    assert_eq!(at("é {{ params.verison }}", false), "\"é {{ params.verison }}\"");
    assert_eq!(at("é {{ upper(nope) }}", false), "\"é {{ upper(nope) }}\"");
}

/// Trees that share their parts are cheap to build and dear to walk.
#[test]
fn shared_trees_cannot_grow_without_bound() {
    let mut scope = Scope::new();
    scope.set("x", Value::list(vec![int(1)], Span::NONE));
    let double = Expr::parse("[x, x, x, x]", Span::NONE, None).expect("the expression is well formed");
    let mut result = Ok(());
    for _ in 0..40 {
        result = double.eval(&scope, &identity()).map(|value| scope.set("x", value));
    }
    assert_eq!(result.map_err(|it| it.code.id()), Err("expr-limit"));
}

/// A value that is only read keeps the place that wrote it; one that an expression makes has its place.
#[test]
fn values_know_where_they_come_from() {
    let mut sources = Sources::default();
    let (score, rule) = (sources.add("score.yaml", "image: nginx"), sources.add("rule.kdl", "{{ image }}"));
    let (written, whole) = (Span::new(score, 7, 12), Span::new(rule, 0, 11));
    let mut scope = Scope::new();
    scope.set("image", Value::text("nginx", written));
    let place = |text: &str| {
        Interpolation::parse(text, whole, Some(whole)).and_then(|it| it.eval(&scope, &identity())).map(|it| it.at)
    };
    assert_eq!(place("{{ image }}"), Ok(written));
    assert_eq!(place("{{ image }}:1"), Ok(whole));
    assert_eq!(place("{{ #{i: image}.i }}").map(|it| it.file), Ok(rule));
}

/// In brackets an expression goes to the script engine: both engines must agree in values and in words.
#[test]
fn both_engines_agree() {
    let table = std::fs::read_to_string("tests/expr/paths.txt").unwrap_or_default();
    let mut count = 0;
    for line in lines(&table).filter(|it| !it.starts_with('#')) {
        let shown =
            |source: &str| eval(source).map_or_else(|it| format!("{} {:?}", it.message, it.help), |it| it.shown());
        assert_eq!(shown(line), shown(&format!("({line})")), "{line}");
        count += 1;
    }
    assert!(count > 30);
}

/// No sequence of words and signs makes the reader, the check or the evaluation panic.
#[test]
fn nonsense_never_panics() {
    let words = [
        "params", "version", "name", ".", "?.", "[", "]", "(", ")", "{", "}", "{{", "}}", "\"", "`", "'", "${", "??",
        "==", "!", "-", "+", "*", "1", "2.5", ",", "#{", ":", "len", "if", "else", "true", "in", "..", "switch", "=>",
        "\\", "é", " ", "\n", "password", "||", "upper", "0", "this", "_", "e9", "/*", "//", "|", "&", "$", "@", ";",
        "=",
    ];
    let mut state = 12_345_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % bound
    };
    for _ in 0..20_000 {
        let text: String = (0..next(14)).map(|_| words[next(words.len())]).collect();
        let (scope, identity) = (small_scope(), identity());
        for text in [text.clone(), format!("{{{{ {text} }}}}")] {
            let span = Span::new(FileId(0), 0, text.len());
            let Ok(parsed) = Interpolation::parse(&text, span, Some(span)) else { continue };
            let mut diags = Diags::default();
            parsed.check(&names(), &mut diags);
            let place = parsed.eval(&scope, &identity).map_or_else(|diag| diag.at(), |_| span);
            let bytes = text.get(place.start as usize..place.end as usize);
            assert!(bytes.is_some(), "{text:?} {place:?}");
        }
    }
}

fn small_scope() -> Scope<'static> {
    let mut scope = Scope::new();
    scope.set("params", Value::object([("version", text("17")), ("name", int(1))], Span::NONE));
    scope.set("name", text("shop"));
    scope.set("password", secret("password", SecretOrigin::Literal(PLANTED.into())));
    scope
}
