//! KDL texts: each `tests/kdl/<case>.kdl` with the tree or the problems it gives beside it.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use scorec::diag::{Code, Diags};
use scorec::kdl::{self, Arg, MAX_DEPTH, Node, Scalar, reader};
use scorec::source::{FileId, Sources, Span};

#[test]
fn cases() {
    insta::glob!("kdl/*.kdl", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("kdl");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("read", described(&text)));
    });
}

/// The tree, or the problems with the text that each label covers.
fn described(text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("case.kdl", text);
    let mut diags = Diags::default();
    let mut out = String::new();
    match kdl::read(text, file, &mut diags) {
        Some(nodes) => nodes.iter().for_each(|it| describe_node(&mut out, &sources, it, 0)),
        None => assert!(diags.has_errors(), "no tree and no error"),
    }
    out + &*problems(&sources, &diags)
}

fn problems(sources: &Sources, diags: &Diags) -> String {
    let mut out = String::new();
    for diag in diags.iter() {
        writeln!(out, "{}: {}", diag.code.id(), diag.message).unwrap();
        for label in &diag.labels {
            let (line, column) = sources.line_column(label.span);
            writeln!(out, "  {line}:{column} {:?}: {}", sources.text(label.span), label.text).unwrap();
        }
        if let Some(help) = &diag.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

fn describe_node(out: &mut String, sources: &Sources, node: &Node, depth: usize) {
    let indent = "  ".repeat(depth);
    let place = |span: Span| {
        let (line, column) = sources.line_column(span);
        format!("{line}:{column}")
    };
    let last = sources.text(node.at).lines().last().unwrap_or("");
    write!(out, "{indent}{} {:?}", place(node.at), node.name()).unwrap();
    if let Some(ty) = &node.ty {
        write!(out, " type={}@{:?}", ty.value, sources.text(ty.at)).unwrap();
    }
    writeln!(out, " written {:?}, to {last:?}", sources.text(node.name.at)).unwrap();
    for arg in &node.args {
        writeln!(out, "{indent}  {}", describe_arg(sources, arg)).unwrap();
    }
    for prop in &node.props {
        let key = sources.text(prop.key.at);
        writeln!(out, "{indent}  {key} = {}", describe_arg(sources, &prop.value)).unwrap();
    }
    if node.children.is_some() {
        writeln!(out, "{indent}  children").unwrap();
    }
    node.children().iter().for_each(|it| describe_node(out, sources, it, depth + 2));
}

fn describe_arg(sources: &Sources, arg: &Arg) -> String {
    let ty = arg.ty.as_ref().map_or(String::new(), |it| format!("({}) ", sources.text(it.at)));
    let inner = match arg.inner {
        Some(span) => {
            assert_eq!(Some(sources.text(span)), arg.as_str());
            " exact"
        }
        None => "",
    };
    format!("{ty}{:?} written {:?}{inner}", arg.value, sources.text(arg.at))
}

/// Each line of the case and what taking it apart by the typed helpers reports.
#[test]
fn taking_nodes_apart() {
    let text = std::fs::read_to_string("tests/kdl/reader/nodes.txt").unwrap();
    let mut sources = Sources::default();
    let file = sources.add("nodes.txt", text.as_str());
    let nodes = kdl::read(&text, file, &mut Diags::default()).unwrap();
    let mut out = String::new();
    for node in &nodes {
        let mut diags = Diags::default();
        let d = &mut diags;
        let found = match node.name() {
            "only" => {
                reader::only_children(node, &["doc", "match"], d);
                reader::only_props(node, &["type", "default"], d);
                String::new()
            }
            "none" => {
                reader::no_args(node, d);
                reader::no_children(node, d);
                reader::only_props(node, &[], d);
                String::new()
            }
            "one" => format!("{:?}", reader::one_string_arg(node, d).map(|it| it.1)),
            "all" => format!("{:?}", reader::string_args(node, d).iter().map(|it| it.1).collect::<Vec<_>>()),
            "unique" => format!("{:?}", reader::unique_child(node, "doc", d).map(|it| it.args.len())),
            "required" => format!("{:?}", reader::required_child(node, "doc", d).map(Node::name)),
            "doc" => format!("{:?}", reader::string_child(node, "doc", d).map(|it| it.1)),
            _ => format!(
                "{:?} {:?} {:?}",
                reader::required_string_prop(node, "s", d).map(|it| it.1),
                reader::bool_prop(node, "b", d),
                reader::int_prop(node, "i", d)
            ),
        };
        writeln!(out, "----- {} {found}\n{}", sources.text(node.at), problems(&sources, &diags)).unwrap();
    }
    insta::with_settings!({ snapshot_path => "kdl/reader", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("nodes", out);
    });
}

/// Each is within what a text may be or beyond it; none may take long or end the process.
#[test]
fn hostile_texts_are_answered_at_once() {
    let many = 80_000;
    let table: Vec<(&str, String, Option<Code>)> = vec![
        ("open braces", "a {".repeat(many), Some(Code::KdlLimit)),
        ("slashdashed open braces", "/- a {".repeat(2_000), Some(Code::KdlLimit)),
        ("slashdashed blocks", "a /-{".repeat(2_000), Some(Code::KdlLimit)),
        ("closing braces", "}".repeat(10_000), Some(Code::KdlSyntax)),
        ("nested comments", "/*".repeat(10_000), Some(Code::KdlLimit)),
        ("a comment of stars", format!("/{}", "*".repeat(many)), Some(Code::KdlSyntax)),
        ("slashdashes", "/-".repeat(many), Some(Code::KdlSyntax)),
        ("spaced slashdashes", "/- ".repeat(many), Some(Code::KdlSyntax)),
        ("unclosed raw strings", "a ".to_owned() + &*"#\"".repeat(many / 2), Some(Code::KdlSyntax)),
        ("one unclosed raw string", "a #\"".to_owned() + &*"x".repeat(many), Some(Code::KdlSyntax)),
        ("raw strings of several lines", "a #\"\"\"\n".repeat(many / 8), Some(Code::KdlSyntax)),
        ("hashes", "a ".to_owned() + &*"#".repeat(many), Some(Code::KdlSyntax)),
        ("hashes after quotes", "a ".to_owned() + &*"#\"\"".repeat(many / 3), Some(Code::KdlSyntax)),
        ("an unclosed string a line", "a \"\n".repeat(many / 4), Some(Code::KdlSyntax)),
        ("quotes", "\"".repeat(many + 1), Some(Code::KdlSyntax)),
        ("parentheses", "(".repeat(many), Some(Code::KdlSyntax)),
        ("nested types", "(a".repeat(many / 2), Some(Code::KdlSyntax)),
        ("equals", "a ".to_owned() + &*"=".repeat(many), Some(Code::KdlSyntax)),
        ("backslashes", "a ".to_owned() + &*"\\".repeat(many), Some(Code::KdlSyntax)),
        ("bad escapes", format!("a \"{}\"", "\\q".repeat(many / 2)), Some(Code::KdlSyntax)),
        ("control characters", "\u{1}".repeat(many), Some(Code::KdlSyntax)),
        ("control characters in a string", format!("a \"{}\"", "\u{1}".repeat(many)), Some(Code::KdlSyntax)),
        ("semicolons", ";".repeat(many), Some(Code::KdlSyntax)),
        ("a long number", "a ".to_owned() + &*"9".repeat(5_000), Some(Code::KdlBadValue)),
        ("a large exponent", "a 1e999999999".to_owned(), Some(Code::KdlBadValue)),
        ("duplicate properties", "a ".to_owned() + &*"k=1 ".repeat(400), Some(Code::KdlDuplicate)),
        ("more bytes than allowed", " ".repeat(kdl::MAX_BYTES + 1), Some(Code::KdlLimit)),
        ("slashdashed blocks inside each other", "a /-{ b /-{".repeat(30) + &*"}}".repeat(30), None),
        ("slashdashed nodes inside each other", "/- a {".repeat(60) + &*"}".repeat(60), None),
        ("slashdashed nodes and blocks", "/- a /-{".repeat(60) + &*"}".repeat(60), None),
        ("children inside each other", "a {".repeat(60) + &*"}".repeat(60), None),
        ("arguments before children", "a (t)b k=(u)\"v\" {".repeat(60) + &*"}".repeat(60), None),
        ("slashdashed arguments", "a ".to_owned() + &*"/- b ".repeat(300), None),
        ("slashdashed nodes", "/- b\n".repeat(300), None),
        ("continued lines", "a ".to_owned() + &*"\\\n".repeat(2_000), None),
        ("comments", "/**/".repeat(2_000), None),
        ("a long word", "a".repeat(10_000), None),
        ("a long string", format!("a \"{}\"", "x".repeat(10_000)), None),
        ("a long raw string", format!("a ##\"{}\"##", "\"#".repeat(5_000)), None),
    ];
    for (name, text, code) in table {
        let mut diags = Diags::default();
        let start = Instant::now();
        let nodes = kdl::read(&text, FileId(0), &mut diags);
        let took = start.elapsed();
        assert_eq!(diags.iter().next().map(|it| it.code), code, "{name}: {diags:?}");
        assert_eq!(nodes.is_none(), code.is_some(), "{name}");
        assert!(diags.iter().count() <= 20, "{name}");
        assert!(took < Duration::from_millis(400), "{name} took {took:?}");
    }
}

/// What the scan lets pass needs little stack, so no reader needs a thread of its own.
#[test]
fn the_deepest_text_needs_little_stack() {
    let deep = |open: &str| {
        format!("{}/- b {}{}", open.repeat(MAX_DEPTH), "/*".repeat(60) + &*"*/".repeat(60), "}".repeat(MAX_DEPTH))
    };
    for text in
        [deep("a {"), deep("/- a {"), deep("(t)a k=(u)1 {"), format!("a {}\n1", deep(" /-{ a")), deep("a /-{} {")]
    {
        let read = move || {
            let mut diags = Diags::default();
            kdl::read(&text, FileId(0), &mut diags);
            diags
        };
        let diags = std::thread::Builder::new().stack_size(512 * 1024).spawn(read).unwrap().join().unwrap();
        assert!(diags.iter().all(|it| it.code == Code::KdlSyntax), "{diags:?}");
    }
}

#[test]
fn values_keep_their_types() {
    let mut diags = Diags::default();
    let nodes = kdl::read("a 1 -2 0x1F 1.5 1_000 #true #null text \"1\"", FileId(0), &mut diags).unwrap_or_default();
    let values: Vec<Scalar> = nodes[0].args.iter().map(|it| it.value.clone()).collect();
    let text = |it: &str| Scalar::Text(it.into());
    let expected = [Scalar::Int(1), Scalar::Int(-2), Scalar::Int(31), Scalar::Float(1.5), Scalar::Int(1000)];
    assert_eq!(values[..5], expected);
    assert_eq!(values[5..], [Scalar::Bool(true), Scalar::Null, text("text"), text("1")]);
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
}

/// The scan must refuse nothing that the parser accepts, and what it passes on must mean the same as the
/// whole text.
#[test]
fn the_scan_and_the_parser_agree() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "a", "b ", "é", " ", " ", " ", "\n", "\n", ";", "{", "}", "{", "}", "(", ")", "(t)", "=", "1", "-1", "0x1F", "1.5e3", "#true", "#null",
        "\"x\"", "\"é\\n\"", "\"\\\n  y\"", "#\"r\"#", "##\"a\"#b\"##", "\"\"\"\n  m\n  \"\"\"", "/-", "/- ", "// c\n", "/* c */", "/* /* } */ \" */",
        "\\\n", "\\ // c\n", "\r\n", "\t", "k=1 ", "\"k\" = 2", "-", "+", ".", "true", "/", "\\", "[", "#", "\"", "\u{feff}", "r",
    ];
    let mut random = Random(0xC0FFEE);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..40_000 {
        let length = 1 + random.below(9);
        let text: String = (0..length).map(|_| PIECES[random.below(PIECES.len())]).collect();
        let mut diags = Diags::default();
        let ours = kdl::read(&text, FileId(0), &mut diags);
        if diags.iter().any(|it| matches!(it.code, Code::KdlDuplicate | Code::KdlBadValue)) {
            continue;
        }
        let theirs = ::kdl::KdlDocument::parse_v2(&text);
        match (ours, theirs) {
            (Some(ours), Ok(theirs)) => {
                accepted += 1;
                assert_same(&ours, theirs.nodes(), &text);
            }
            (None, Err(_)) => refused += 1,
            // The parser does not know a node that `/-` takes out and `;` ends.
            (Some(_), Err(_)) if text.contains("/-") && text.contains(';') => {}
            (Some(_), Err(error)) => panic!("only the parser refuses {text:?}: {error:?}"),
            (None, Ok(_)) => panic!("only the scan refuses {text:?}: {diags:?}"),
        }
    }
    assert!(accepted > 1000 && refused > 1000, "{accepted} {refused}");
}

fn assert_same(ours: &[Node], theirs: &[::kdl::KdlNode], text: &str) {
    assert_eq!(ours.len(), theirs.len(), "{text:?}");
    for (one, two) in ours.iter().zip(theirs) {
        assert_eq!((one.name(), one.at.start as usize), (two.name().value(), two.span().offset()), "{text:?}");
        assert_eq!(one.args.len() + one.props.len(), two.entries().len(), "{text:?}");
        let values: Vec<_> =
            two.entries().iter().filter(|it| it.name().is_none()).map(|it| it.value().as_string()).collect();
        assert_eq!(one.args.iter().map(Arg::as_str).collect::<Vec<_>>(), values, "{text:?}");
        assert_eq!(one.children.is_some(), two.children().is_some(), "{text:?}");
        assert_same(one.children(), two.children().map_or(&[], |it| it.nodes()), text);
    }
}
