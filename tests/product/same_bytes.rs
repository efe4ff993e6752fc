//! Equal input gives equal bytes: on every run, from any folder, in any order of files and definitions.

use std::fs;
use std::path::Path;

use super::run::{self, Ran};

#[test]
fn from_any_folder_and_on_every_run() {
    for case in run::cases("compile") {
        let first = run::case(&case, &[]);
        let second = run::case(&case, &[]);
        assert_eq!(first.files, second.files, "{}", case.display());
        assert_eq!(first.err, second.err, "{}", case.display());
        // Below a folder whose name would show in the output if any path did.
        let outer = tempfile::TempDir::new().expect("a folder");
        let inner = outer.path().join("q9z/deeper");
        run::copy_into(&case, &inner);
        let elsewhere = run::program(&inner, &inner, &run::args(&case), &[]);
        assert_eq!(first.files, elsewhere.files, "{}", case.display());
        assert_eq!(first.err, elsewhere.err, "{}", case.display());
    }
}

/// The two cases differ in which workload gives a shared resource its parameters, and in what each calls it.
#[test]
fn whichever_workload_speaks_first() {
    let built = |order: &str| {
        let cases = run::cases("compile");
        let case = cases.iter().find(|it| run::name_of(it) == format!("shared-resources-order-{order}"));
        run::case(case.expect("the case is there"), &[]).files
    };
    let one = built("a");
    assert!(one.len() >= 2 && one == built("b"), "the order of workloads changes the output");
}

#[test]
fn a_second_build_changes_nothing() {
    for case in run::cases("compile") {
        let refused = super::compile::refused_on(&case);
        for target in super::compile::targets_of(&case).into_iter().filter(|it| !refused.contains(it)) {
            let folder = run::copy(&case);
            let args = [run::args(&case), vec!["--target".to_owned(), target.clone()]].concat();
            run::program(folder.path(), folder.path(), &args, &[]);
            let again = run::program(folder.path(), folder.path(), &args, &[]);
            assert!(again.files.is_empty(), "{} on {target}: {:?}", case.display(), again.files.keys());
        }
    }
}

const PROJECT: [&str; 5] = [
    "environment \"local\" target=\"compose\" generate-key=#true { kind \"development\"; vars { route_port 8080 } }\n",
    "fragment \"calm\" { restart \"no\" }\n",
    "resource-type \"cache\" {\n    doc \"A cache.\"\n    output \"host\" type=\"string\"\n}\n",
    "rule \"cache\" {\n    doc \"One for all.\"\n    match type=\"cache\"\n    needs \"server\" type=\"redis\" id=\"all\"\n    outputs { host \"{{ server.host }}\" }\n}\n",
    "rule \"cache-small\" {\n    doc \"For the small ones.\"\n    match type=\"cache\" class=\"small\"\n    outputs { host \"{{ resource.key }}\" }\n    emit { services { \"{{ resource.key }}\" { image \"redis:7-alpine\"; insert \"calm\" } } }\n}\n",
];

fn workload(name: &str) -> String {
    format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: {name}}}\ncontainers:\n  main:\n    image: nginx:1.29\n    variables:\n      A: ${{resources.one.host}}\n      B: ${{resources.two.host}}\n      C: ${{resources.db.url}}\nresources:\n  one: {{type: cache, id: both}}\n  two: {{type: cache, class: small}}\n  db: {{type: postgres, id: both}}\n"
    )
}

fn built(definitions: &[&str], files: &[&str]) -> Ran {
    let folder = tempfile::TempDir::new().expect("a folder");
    write(folder.path(), "scorec.kdl", &definitions.concat());
    for name in ["first", "second", "third"] {
        write(folder.path(), &format!("{name}.yaml"), &workload(name));
    }
    let args: Vec<String> = ["build"].iter().chain(files).map(|it| (*it).to_owned()).collect();
    let ran = run::program(folder.path(), folder.path(), &args, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a file");
}

#[test]
fn in_any_order_of_files_and_definitions() {
    let orders = [["first.yaml", "second.yaml", "third.yaml"], ["third.yaml", "first.yaml", "second.yaml"]];
    let expected = built(&PROJECT, &orders[0]);
    assert!(expected.files.len() >= 3, "{:?}", expected.files.keys());
    assert_eq!(expected.files, built(&PROJECT, &orders[1]).files);
    for turn in 1..PROJECT.len() {
        let mut definitions = PROJECT;
        definitions.rotate_left(turn);
        assert_eq!(expected.files, built(&definitions, &orders[0]).files, "turned by {turn}");
    }
    let mut definitions = PROJECT;
    definitions.reverse();
    assert_eq!(expected.files, built(&definitions, &orders[1]).files);
}
