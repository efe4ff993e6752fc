//! The rules of the house. Each rule is a function from text to complaints, and has a second test in which a
//! planted breach is found: a rule that reads nothing would pass for ever.

#![allow(clippy::disallowed_methods, reason = "tests read the source tree")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module may use those before it and none after it.
const ORDER: &[&str] = &[
    "source",
    "diag",
    "report",
    "drawing",
    "value",
    "format",
    "kdl",
    "library",
    "expr",
    "template",
    "score",
    "definition",
    "ir",
    "resolve",
    "emit",
    "compile",
    "compare",
    "cli",
];

/// Platforms that are no folder under `targets/`, or not yet.
const PLATFORMS: &[&str] = &["docker", "kubernetes", "k8s", "helm", "nomad", "knative"];

/// A longer file holds more than one subject.
const LONGEST_FILE: usize = 500;

/// One file of `src/`: its path below `src/` and its text.
struct File {
    path: String,
    text: String,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
                found.push(File { path: name, text: fs::read_to_string(&path).expect("text") });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 10, "the tests look at the wrong folder");
    found
}

/// Applies a rule to every file of `src/` and shows all complaints at once.
fn hold(rule: impl Fn(&File) -> Vec<String>) {
    let complaints: Vec<String> = files().iter().flat_map(rule).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn planted(path: &str, text: &str) -> File {
    File { path: path.into(), text: text.into() }
}

#[test]
fn imports_point_one_way() {
    hold(back_edges);
}

#[test]
fn a_planted_back_edge_is_found() {
    for text in [
        "use crate::cli::disk;",
        "fn f() { crate::cli::run() }",
        "use crate::{source::Span, cli};",
        "use crate::{\n    source::{Span, FileId},\n    cli::disk::{self, Disk},\n};",
        "pub(crate) use crate::nowhere;",
    ] {
        assert_eq!(back_edges(&planted("report/human.rs", text)).len(), 1, "{text}");
    }
    for text in
        ["use crate::source::Span;", "use crate::{diag, source};", "/// See [`crate::cli`].", "crate::bug!(\"x\")"]
    {
        assert_eq!(back_edges(&planted("value/mod.rs", text)), Vec::<String>::new(), "{text}");
    }
    assert_eq!(back_edges(&planted("unheard/of.rs", "")).len(), 1);
}

/// Uses of a module that does not come before the file's own, and modules that have no place in the order.
fn back_edges(file: &File) -> Vec<String> {
    let own = file.path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    if matches!(own, "lib" | "main") {
        return Vec::new();
    }
    let rank = |module: &str| ORDER.iter().position(|it| *it == module);
    let Some(here) = rank(own) else { return vec![format!("`{own}` has no place in the order of tests/house.rs")] };
    let used = uses(&file.text);
    let wrong = used.iter().filter(|it| rank(it).is_none_or(|there| there > here));
    wrong.map(|it| format!("src/{}: `{own}` may not use `{it}`", file.path)).collect()
}

/// The top-level modules that a text names by `crate::X` or `crate::{X::…, Y}`, outside comments.
fn uses(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().map(|it| it.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            found.extend(group_names(group));
        } else {
            let name = word(rest);
            let is_macro = rest[name.len()..].starts_with('!');
            if !is_macro {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

/// The first word of every item of an import group, up to its closing brace.
fn group_names(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut names = vec![String::new()];
    for char in group.chars() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().expect("one").push(char),
            _ => {}
        }
    }
    names.iter().map(|it| word(it.trim()).to_owned()).filter(|it| !it.is_empty()).collect()
}

fn word(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(text.len());
    &text[..end]
}

#[test]
fn the_order_is_that_of_the_crate() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("text");
    let modules: Vec<&str> = lib.lines().filter_map(|it| it.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let expected: Vec<&str> = ORDER.iter().copied().filter(|it| modules.contains(it)).collect();
    assert_eq!(modules, expected);
}

#[test]
fn the_compiler_knows_no_platform() {
    let names = platforms();
    hold(|file| platform_names(file, &names));
}

#[test]
fn a_planted_platform_is_found() {
    let names: Vec<String> = ["docker", "compose", "ecs-fargate"].map(String::from).into();
    for text in
        ["\"Docker\"", "fn docker_name() {}", "// as compose does", "DOCKER", "struct DockerFile;", "ecs-fargate"]
    {
        assert_eq!(platform_names(&planted("a.rs", text), &names).len(), 1, "{text}");
    }
    for text in ["decompose(it)", "composed", "composer", "ecs"] {
        assert_eq!(platform_names(&planted("a.rs", text), &names), Vec::<String>::new(), "{text}");
    }
}

fn platforms() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    let folders: Vec<PathBuf> =
        fs::read_dir(folder).map(|it| it.flatten().map(|it| it.path()).collect()).unwrap_or_default();
    let targets = folders.iter().filter(|it| it.is_dir()).filter_map(|it| it.file_name()?.to_str());
    targets.chain(PLATFORMS.iter().copied()).map(str::to_lowercase).collect()
}

/// Lines that name a platform as a word, also as one word of an identifier.
fn platform_names(file: &File, names: &[String]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let words = format!("-{}-", words_of(line).join("-"));
        for name in names.iter().filter(|it| words.contains(&format!("-{it}-"))) {
            complaints.push(format!("src/{}:{} names the platform `{name}`", file.path, number + 1));
        }
    }
    complaints
}

/// The words of a line in lowercase: `dockerFile`, `docker_file` and `DOCKER FILE` are two each.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last_lower = false;
    for char in line.chars() {
        if !char.is_alphanumeric() || (char.is_uppercase() && last_lower) {
            words.push(String::new());
        }
        if char.is_alphanumeric() {
            words.last_mut().expect("one").extend(char.to_lowercase());
        }
        last_lower = char.is_lowercase();
    }
    words.retain(|it| !it.is_empty());
    words
}

#[test]
fn every_file_says_what_it_is() {
    hold(
        |file| {
            if file.text.starts_with("//! ") { vec![] } else { vec![format!("src/{} opens without `//!`", file.path)] }
        },
    );
}

#[test]
fn no_file_is_long() {
    hold(|file| {
        let lines = file.text.lines().count();
        if lines <= LONGEST_FILE { vec![] } else { vec![format!("src/{} has {lines} lines", file.path)] }
    });
}

#[test]
fn only_one_file_knows_the_renderer() {
    hold(|file| {
        let knows = file.text.contains("miette::") && file.path != "report/human.rs";
        if knows { vec![format!("src/{} uses miette", file.path)] } else { vec![] }
    });
}

#[test]
fn nothing_gives_up_on_user_input() {
    hold(careless_calls);
}

#[test]
fn a_planted_careless_call_is_found() {
    let calls = ["it.unwrap()", "it.expect(\"x\")", "todo!()", "unimplemented!()", "dbg!(it)", "it\n    .unwrap();"];
    for call in calls {
        assert_eq!(careless_calls(&planted("a.rs", call)).len(), 1, "{call}");
        let in_test = format!("fn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n    fn t() {{\n        {call}\n    }}\n}}\n");
        assert_eq!(careless_calls(&planted("a.rs", &in_test)), Vec::<String>::new(), "{call}");
        let after_test = format!("#[cfg(test)]\nmod tests {{\n}}\n{call}\n");
        assert_eq!(careless_calls(&planted("a.rs", &after_test)).len(), 1, "{call}");
    }
    for text in
        ["it.unwrap_or(1)", "it.expect_err(1)", "// it.unwrap()", "#[expect(dead_code)]", "parser.expect_word()"]
    {
        assert_eq!(careless_calls(&planted("a.rs", text)), Vec::<String>::new(), "{text}");
    }
}

fn careless_calls(file: &File) -> Vec<String> {
    let careless = [".unwrap()", ".expect(", "todo!(", "unimplemented!(", "dbg!("];
    let mut complaints = Vec::new();
    let mut in_tests = false;
    for (number, line) in file.text.lines().enumerate() {
        // Test modules stand at the left margin, so a brace there ends them.
        in_tests = (in_tests || line.starts_with("#[cfg(test)]")) && !line.starts_with('}');
        let code = line.split("//").next().unwrap_or_default();
        for call in careless.iter().filter(|it| !in_tests && code.contains(**it)) {
            complaints.push(format!("src/{}:{} has `{call}`", file.path, number + 1));
        }
    }
    complaints
}

/// `clippy.toml` forbids disk, terminal, environment, processes and clock; only `cli` may allow them for itself.
#[test]
fn only_the_command_line_lifts_a_ban() {
    hold(lifted_bans);
}

#[test]
fn a_planted_lifted_ban_is_found() {
    let lifted = "#[allow(clippy::disallowed_methods, reason = \"x\")]";
    assert_eq!(lifted_bans(&planted("score/read.rs", lifted)).len(), 1);
    assert_eq!(lifted_bans(&planted("cli/mod.rs", lifted)).len(), 0);
    assert_eq!(lifted_bans(&planted("cli/mod.rs", "#[allow(clippy::disallowed_methods)]")).len(), 1);
}

fn lifted_bans(file: &File) -> Vec<String> {
    let lifts = file.text.contains("clippy::disallowed_");
    let may = file.path.starts_with("cli/") && file.text.contains("reason = ");
    if lifts && !may { vec![format!("src/{} lifts a ban of clippy.toml", file.path)] } else { vec![] }
}
