//! No secret occurs anywhere but in the dotenv file: not in another file, not in a message, not in a drawing.

use std::collections::BTreeMap;
use std::path::Path;

use super::compile;
use super::run::{self, Ran};

/// A key that no text holds by chance.
const KEY: &str = "canary-key-5f1c9a7e-canary";

/// Everything that shows a build. Commands that are not there yet print nothing.
const COMMANDS: &[&[&str]] = &[
    &["build", "-v"],
    &["build", "-v", "-o", "-"],
    &["build", "--check", "-v"],
    &["check"],
    &["check", "-v"],
    &["check", "--format", "json"],
    &["check", "--format", "sarif"],
    &["graph", "--format", "tree"],
    &["graph", "--format", "dot"],
    &["graph", "--format", "mermaid"],
    &["graph", "--format", "json"],
    &["graph", "--format", "svg"],
    &["resources", "list"],
    &["resources", "list", "--format", "json"],
];

const BY_RESOURCE: &[&[&str]] =
    &[&["explain"], &["explain", "-v"], &["resources", "outputs"], &["resources", "outputs", "--format", "json"]];

#[test]
fn generated_values_and_the_key_occur_nowhere_but_in_the_dotenv_file() {
    let mut seen = 0;
    for case in run::cases("compile") {
        let folder = run::copy(&case);
        let env = [format!("SCOREC_KEY={KEY}")];
        let go = |args: &[String]| run::program(folder.path(), folder.path(), args, &env);
        let own = run::args(&case);
        let built = go(&own);
        let mut secrets = secrets(&built);
        seen += secrets.len();
        secrets.push(KEY.to_owned());
        clean(&case, "build", &built, &secrets);
        let names = resources(folder.path());
        // What `build` is told, the other commands are told too.
        let told = own.strip_prefix(&["build".to_owned()][..]).unwrap_or_default();
        let with = |command: &[&str], last: Option<&str>| -> Vec<String> {
            command.iter().copied().chain(last).map(str::to_owned).chain(told.iter().cloned()).collect()
        };
        for command in COMMANDS {
            clean(&case, &command.join(" "), &go(&with(command, None)), &secrets);
        }
        for command in BY_RESOURCE {
            for name in &names {
                clean(&case, &format!("{} {name}", command.join(" ")), &go(&with(command, Some(name))), &secrets);
            }
        }
    }
    assert!(seen > 10, "only {seen} secrets were written: the test looks at the wrong place");
}

/// Whatever a target calls its file of secrets, nobody else can read it.
#[test]
fn generated_values_occur_in_private_files_alone_on_every_target() {
    let mut seen = BTreeMap::new();
    for case in run::cases("compile") {
        for target in compile::targets_of(&case) {
            let ran = run::case(&case, &["--target", &target]);
            let private: Vec<String> = text_of(&ran, |file| file.mode == 0o600);
            let others = [text_of(&ran, |file| file.mode != 0o600), vec![ran.out.clone(), ran.err.clone()]].concat();
            let words = private.iter().flat_map(|it| it.split(|c: char| !c.is_ascii_alphanumeric()));
            for value in words.filter(|it| it.len() >= 32) {
                *seen.entry(target.clone()).or_insert(0_usize) += 1;
                assert!(!others.iter().any(|it| it.contains(value)), "{}: a secret for {target}", case.display());
            }
        }
    }
    let total: usize = seen.values().sum();
    assert!(total > 50 && seen.values().all(|it| *it > 0), "{seen:?} were written: the test looks at the wrong place");
}

fn text_of(ran: &Ran, wanted: impl Fn(&run::File) -> bool) -> Vec<String> {
    ran.files.values().filter(|it| wanted(it)).map(|it| String::from_utf8_lossy(&it.bytes).into_owned()).collect()
}

#[test]
fn literal_secrets_of_a_pack_occur_nowhere_in_messages() {
    const CANARY: &str = "canary-literal-81b2";
    let rule = |body: &str| {
        format!(
            "resource-type \"vault\" {{\n    doc \"A test.\"\n    output \"token\" type=\"string\" secret=#true\n}}\n\
             rule \"vault\" {{\n    doc \"A test.\"\n    match type=\"vault\"\n    outputs {{ token \"{{{{ `canary-` + `literal-81b2` }}}}\" }}\n}}\n{body}"
        )
    };
    let score = |use_of: &str| {
        format!(
            "apiVersion: score.dev/v1b1\nmetadata: {{name: web}}\ncontainers:\n  main:\n    image: nginx:1.29\n    variables: {{T: \"{use_of}\"}}\nresources:\n  vault: {{type: vault}}\n  user: {{type: user, params: {{token: \"${{resources.vault.token}}\"}}}}\n"
        )
    };
    let user = |body: &str| format!("rule \"user\" {{\n    doc \"A test.\"\n    match type=\"user\"\n{body}\n}}\n");
    // Each looks inside the secret, fails over it, or puts it where none may be.
    let bodies = [
        "    outputs { x \"{{ len(params.token) }}\" }",
        "    outputs { x \"{{ upper(params.token) }}\" }",
        "    outputs { x \"{{ int(params.token) }}\" }",
        "    outputs { x \"{{ fail(params.token) }}\" }",
        "    outputs { x \"{{ params.token + 1 }}\" }",
        "    outputs { x \"{{ params.token - 1 }}\" }",
        "    outputs { x \"{{ params.token == `a` }}\" }",
        "    outputs { x \"{{ params.token.nothing }}\" }",
        "    outputs { x \"{{ params[params.token] }}\" }",
        "    let \"m\" \"{{ merge(params, 1) }}\"",
        "    note \"{{ params.token }}\"",
        "    file \"leak.txt\" \"{{ params.token }}\"",
        "    file \"{{ params.token }}.txt\" \"x\"",
        "    emit { services { \"{{ params.token }}\" { image \"x\" } } }",
        "    emit { services { a { image \"{{ params.token }}\" } ; b { (json)x { y \"{{ params.token }}\" } } } }",
        "    emit { services { a { image \"x\"; environment { A \"{{ params.token }}\" } } } }",
        "    needs \"n\" type=\"vault\" id=\"{{ params.token }}\"",
        "    needs \"n\" type=\"nothing\" { params token=\"{{ params.token }}\" }",
        "    outputs { token \"{{ params.token }}\" }",
        "    outputs { x \"a\" }\n}\npolicy \"p\" {\n    for \"resource\"\n    require \"false\"\n    message \"{{ resource.params }} {{ resource.outputs }}\"",
        "    outputs { x \"a\" }\n}\npolicy \"p\" {\n    for \"resource\"\n    require \"resource.outputs.token == `a`\"\n    message \"a\"",
        "    outputs { x \"a\" }\n}\npatch \"p\" {\n    on \"services\"\n    set \"{{ resources }}\" \"a\"",
    ];
    let mut seen = false;
    for body in bodies {
        let placeholders = [
            "${resources.vault.token}",
            "${resources.vault.token.x}",
            "${resources.user.x}",
            "a ${resources.vault.token} b",
        ];
        for (number, placeholder) in placeholders.into_iter().enumerate() {
            let folder = tempfile::TempDir::new().expect("a folder");
            std::fs::write(folder.path().join("scorec.kdl"), rule(&user(body))).expect("a project");
            std::fs::write(folder.path().join("score.yaml"), score(placeholder)).expect("a Score file");
            let commands = if number == 0 { COMMANDS } else { &COMMANDS[..1] };
            for command in commands {
                let args: Vec<String> = command.iter().map(|it| (*it).to_owned()).collect();
                let ran = run::program(folder.path(), folder.path(), &args, &[]);
                let said = format!("{}{}", ran.out, ran.err);
                assert!(!said.contains(CANARY), "{body}\n{args:?}:\n{said}");
                for (path, file) in &ran.files {
                    let holds = String::from_utf8_lossy(&file.bytes).contains(CANARY);
                    seen |= holds;
                    assert!(!holds || path.ends_with(".env"), "{body}\n{args:?}: {path}");
                    assert!(!path.contains(CANARY), "{body}\n{args:?}: {path}");
                }
            }
        }
    }
    assert!(seen, "no build wrote the secret: the test looks at the wrong place");
}

/// The values of the dotenv files that are long enough to be nothing else.
fn secrets(ran: &Ran) -> Vec<String> {
    let dotenv = ran.files.iter().filter(|(path, _)| path.ends_with(".env"));
    let text: String = dotenv.map(|(_, file)| String::from_utf8_lossy(&file.bytes).into_owned()).collect();
    let values = text.lines().filter_map(|it| Some(it.split_once('=')?.1.trim_matches(['\'', '"']).to_owned()));
    values.filter(|it| it.len() >= 8).collect()
}

fn clean(case: &Path, command: &str, ran: &Ran, secrets: &[String]) {
    for secret in secrets {
        for (place, text) in [("standard output", &ran.out), ("standard error", &ran.err)] {
            assert!(!text.contains(secret), "{}: `{command}` prints a secret to {place}", case.display());
        }
        for (path, file) in ran.files.iter().filter(|(path, _)| !path.ends_with(".env")) {
            let holds = String::from_utf8_lossy(&file.bytes).contains(secret);
            assert!(!holds, "{}: `{command}` writes a secret to {path}", case.display());
        }
    }
    for (path, file) in ran.files.iter().filter(|(path, _)| path.ends_with(".env")) {
        assert_eq!(file.mode, 0o600, "{}: {path}", case.display());
    }
}

/// `WORKLOAD.NAME` of every resource that the Score files declare.
fn resources(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for (path, file) in run::files(folder) {
        let is_score = path.ends_with(".yaml") && !path.starts_with("build/");
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let Ok(score) = serde_yaml::from_str::<serde_yaml::Value>(&text) else { continue };
        let Some(workload) = score.get("metadata").and_then(|it| it.get("name")).and_then(|it| it.as_str()) else {
            continue;
        };
        let Some(resources) = score.get("resources").and_then(|it| it.as_mapping()).filter(|_| is_score) else {
            continue;
        };
        names.extend(resources.keys().filter_map(|it| it.as_str()).map(|it| format!("{workload}.{it}")));
    }
    names
}
