//! What differs between two files, in words: `tests/compare/NAME.old.EXT` and `NAME.new.EXT`, with the answer beside
//! them. A new case needs no Rust.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::fs;

use scorec::compare::{Content, File, Side, compare, read, stand, words};
use scorec::report::human::Style;
use scorec::source::Span;
use scorec::value::{Key, Secret, SecretOrigin, Value};

const STYLE: Style = Style { colour: false, unicode: true, width: 80 };

fn side(name: &str, bytes: &[u8]) -> Side {
    let file = File { content: read(name, None, bytes), is_private: false };
    Side { files: [(name.to_owned(), file)].into(), is_read: false }
}

#[test]
fn every_difference_is_said_as_its_snapshot_says() {
    insta::glob!("compare/*.old.*", |path| {
        let extension = path.extension().and_then(|it| it.to_str()).expect("an extension");
        let name = format!("file.{extension}");
        let old = fs::read(path).expect("the old file");
        let new = fs::read(path.to_string_lossy().replace(".old.", ".new.")).expect("the new file");
        let found = compare(&side(&name, &old), &side(&name, &new));
        let there_and_back = compare(&side(&name, &new), &side(&name, &old));
        assert_eq!(found.is_empty(), there_and_back.is_empty());
        assert_eq!(compare(&side(&name, &new), &side(&name, &new)), []);
        let text = words::text(&found, words::BUILDS, STYLE);
        let case = path.file_name().and_then(|it| it.to_str()).expect("a name").split('.').next().expect("a name");
        insta::with_settings!({
            snapshot_path => path.parent().expect("a folder"), prepend_module_to_snapshot => false,
            snapshot_suffix => "", omit_expression => true,
        }, {
            insta::assert_snapshot!(case, format!("{text}\n{}\n", words::summary(&found, words::BUILDS)));
        });
    });
}

fn secret(value: &str) -> Secret {
    let origin = SecretOrigin::Literal(value.into());
    Secret { owner: "a".into(), label: "password".into(), origin, at: Span::NONE }
}

#[test]
fn what_stands_for_a_secret_tells_equality_and_nothing_else() {
    assert_eq!(stand::of(&secret("hunter2")), stand::of(&secret("hunter2")));
    assert_ne!(stand::of(&secret("hunter2")), stand::of(&secret("hunter3")));
    let text = format!("redis://:{}@db", stand::of(&secret("hunter2")));
    assert!(stand::is_in(&text) && !text.contains("hunter2"));
    assert_eq!(stand::shown(&text), "redis://:(secret)@db");
}

#[test]
fn secrets_of_an_earlier_build_are_found_in_its_files() {
    let mut known = stand::Known::default();
    for value in ["hunter2", "hunter2-longer", "x"] {
        let one = secret(value);
        known.add(one.reveal(&Key::new(b"")).expect("a value"), stand::of(&one));
    }
    let text = |text: &str| Value::text(text, Span::NONE);
    let shown = |value: &str| stand::shown_value(&known.replace(&text(value))).shown();
    assert_eq!(shown("redis://:hunter2-longer@max"), "redis://:(secret)@max");
    assert_eq!(shown("x"), "(secret)");
    assert_eq!(shown("max"), "max");
}

/// A value of a folder may be an old secret that nobody knows any more.
#[test]
fn values_of_a_folder_are_hidden_where_they_may_be_secret() {
    let new = format!("a:\n  password: {}\n  size: 2\nb: {{size: 2}}\n", stand::of(&secret("hunter2")));
    let old = "a: {password: swordfish, size: 1}\nb: {size: 1}\nc: {password: open-sesame}\n";
    let read_side = |bytes: &[u8], is_read| Side { is_read, ..side("it.yaml", bytes) };
    let found = compare(&read_side(old.as_bytes(), true), &read_side(new.as_bytes(), false));
    let said = format!(
        "{}{:?}",
        words::text(&found, words::BUILDS, STYLE),
        found.iter().map(|it| stand::shown_value(&it.old).shown()).collect::<Vec<_>>()
    );
    assert!(!said.contains("swordfish") && !said.contains("open-sesame"), "{said}");
    assert!(said.contains("size: 1 → 2"), "{said}");
}

#[test]
fn dotenv_is_read_back_as_it_is_written() {
    let bytes = b"A=b\nB='two words'\nC=\"a \\\"quoted\\\" \\$\"\nD='two\nlines'\n";
    let content = read(".env", Some(scorec::format::Format::Dotenv), bytes);
    let Content::Data(documents) = content else { panic!("{content:?}") };
    let shown: Vec<String> = documents.iter().map(Value::shown).collect();
    assert_eq!(shown, ["{A: b, B: two words, C: a \"quoted\" $, D: two\nlines}"]);
}
