//! Reading Score files: one folder for each case, with the transcript beside the input.
//!
//! A case holds `score.yaml`, and may hold `second.yaml`, `overrides.yaml`, `sets.txt` and `images.txt` (one argument a line) and
//! the files that `source` names. Adding a case needs no Rust.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use scorec::diag::{Code, Diags, Severity};
use scorec::score::{FileError, Files, ImageChoice, Input, Workload, check_names, choose_images, features, read};
use scorec::source::{Sources, Span};

/// The folder of a case is a project.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let bytes = std::fs::read(self.0.join(path)).map_err(|_| FileError::NotFound)?;
        if bytes.len() > 4096 { Err(FileError::TooLarge) } else { Ok(bytes) }
    }
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Err(FileError::NotFound)
    }
}

#[test]
fn every_case_reads_as_its_transcript_says() {
    insta::glob!("score/*/score.yaml", |path| {
        let folder = path.parent().expect("a case is a folder");
        insta::with_settings!({
            snapshot_path => folder, prepend_module_to_snapshot => false, snapshot_suffix => "", omit_expression => true,
        }, {
            insta::assert_snapshot!("transcript", transcript(folder));
        });
    });
}

/// Everything that all transcripts say.
fn transcripts() -> String {
    let cases = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/score")).expect("there are cases");
    let folders = cases.map(|it| it.expect("a case can be listed").path()).filter(|it| it.is_dir());
    let paths = folders.map(|it| it.join("transcript.snap"));
    paths.map(|it| std::fs::read_to_string(it).expect("every case has a transcript")).collect()
}

#[test]
fn every_code_of_this_part_and_every_feature_has_a_case() {
    let transcripts = transcripts();
    let ours = |it: &&Code| ["yaml-", "score-", "file-", "path-"].iter().any(|prefix| it.id().starts_with(prefix));
    for code in Code::ALL.iter().filter(ours) {
        assert!(transcripts.contains(&format!("[{}]", code.id())), "no case shows `{}`", code.id());
    }
    for feature in features::ALL {
        assert!(transcripts.contains(&format!("feature {feature} of")), "no case uses `{feature}`");
    }
}

fn transcript(folder: &Path) -> String {
    let lines = |name: &str| -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let bytes = std::fs::read(folder.join("score.yaml")).expect("a case has a score.yaml");
    let overrides = std::fs::read(folder.join("overrides.yaml")).ok();
    let sets = lines("sets.txt");
    let input = Input {
        path: "score.yaml",
        bytes: &bytes,
        overrides: overrides.as_deref().map(|it| ("overrides.yaml", it)),
        sets: &sets,
    };
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let files = Folder(folder.to_owned());
    let mut workloads: Vec<Workload> = read(&input, &files, &mut sources, &mut diags).into_iter().collect();
    if let Ok(bytes) = std::fs::read(folder.join("second.yaml")) {
        let input = Input { path: "second.yaml", bytes: &bytes, overrides: None, sets: &[] };
        workloads.extend(read(&input, &files, &mut sources, &mut diags));
    }
    check_names(&workloads, &mut diags);
    let images = lines("images.txt");
    let choices: Vec<ImageChoice> =
        images.iter().filter_map(|it| diags.take(ImageChoice::parse(it, &mut sources))).collect();
    choose_images(&choices, &mut workloads, &mut diags);

    let mut out = problems(&diags, &sources);
    match workloads.first() {
        Some(workload) => out.push_str(&outline(workload, &sources)),
        None => out.push_str("==> no workload\n"),
    }
    out
}

/// `severity[code] message`, each place with the text it covers, and the fix.
fn problems(diags: &Diags, sources: &Sources) -> String {
    let mut out = String::new();
    for diag in diags.iter() {
        let severity = match diag.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let _ = writeln!(out, "{severity}[{}] {}", diag.code.id(), diag.message);
        for label in &diag.labels {
            let _ = writeln!(out, "  at {}: {}", place(label.span, sources), label.text);
        }
        let _ = writeln!(out, "  help: {}", diag.help.as_deref().unwrap_or("(none)"));
    }
    out
}

fn place(span: Span, sources: &Sources) -> String {
    let (line, column) = sources.line_column(span);
    let text: String = sources.text(span).chars().take(60).collect();
    format!("{}:{line}:{column} {text:?}", sources.path(span))
}

fn outline(workload: &Workload, sources: &Sources) -> String {
    let mut out = format!("==> workload {} in {:?}\n", workload.name.value, workload.folder);
    let _ = writeln!(out, "metadata {}", workload.metadata.shown());
    for port in workload.ports.values() {
        let _ = writeln!(
            out,
            "port {} {} -> {} {}",
            port.name.value, port.port.value, port.target_port.value, port.protocol.value
        );
    }
    for container in workload.containers.values() {
        let _ = writeln!(out, "{}", without_places(&format!("{container:#?}")));
        for variable in container.variables.values() {
            for placeholder in variable.value.placeholders() {
                let _ = writeln!(out, "placeholder {}", place(placeholder.at, sources));
            }
        }
        for file in container.files.values() {
            if let scorec::score::Content::Text(template) = &file.content {
                for placeholder in template.placeholders() {
                    let _ = writeln!(out, "placeholder {}", place(placeholder.at, sources));
                }
            }
        }
    }
    for resource in workload.resources.values() {
        let _ = writeln!(out, "{}", without_places(&format!("{resource:#?}")));
        for placeholder in resource.params.iter().flat_map(|it| it.placeholders()) {
            let _ = writeln!(out, "placeholder {}", place(placeholder.at, sources));
        }
    }
    for feature in &workload.features {
        let _ = writeln!(
            out,
            "feature {} of {} at {}",
            feature.name,
            feature.container.as_deref().unwrap_or("-"),
            place(feature.at, sources)
        );
    }
    out
}

/// Spans and the brackets of single fields take most lines of a dump and say least.
fn without_places(dump: &str) -> String {
    let mut out = String::new();
    let mut skip_until: Option<usize> = None;
    for line in dump.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(until) = skip_until {
            if indent == until {
                skip_until = None;
            }
            continue;
        }
        let bare = line.trim();
        if bare.ends_with("Span {") && bare.starts_with("at:") {
            skip_until = Some(indent);
            continue;
        }
        if matches!(bare, "}" | "}," | ")" | ")," | "]" | "],") {
            continue;
        }
        let _ = writeln!(out, "{}{}", " ".repeat(indent / 2), bare.trim_end_matches(['{', '(', '[', ',']).trim_end());
    }
    out.trim_end().to_owned()
}

/// Reads bytes and gives the problems' codes; fails when this takes long.
fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let start = Instant::now();
    let input = Input { path: "score.yaml", bytes, overrides: None, sets: &[] };
    let workload = read(&input, &NoFiles, &mut sources, &mut diags);
    assert!(start.elapsed() < Duration::from_secs(30), "reading took {:?}", start.elapsed());
    assert_eq!(workload.is_some(), !diags.has_errors());
    for diag in diags.iter() {
        assert!(diag.at().is_some() && diag.help.is_some(), "{diag:?}");
        for label in &diag.labels {
            let text = &sources.get(label.span.file).expect("a label names a file").text;
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            assert!(text.get(start..end).is_some(), "{label:?} lies outside a file of {} bytes", text.len());
        }
    }
    let mut codes: Vec<&str> = diags.iter().map(|it| it.code.id()).collect();
    codes.dedup();
    codes
}

const SMALL: &str = "apiVersion: score.dev/v1b1\nmetadata: {name: app}\ncontainers: {web: {image: nginx}}\n";

#[test]
fn hostile_files_give_a_problem_and_never_a_crash_or_a_hang() {
    let bomb = format!(
        "a0: &a0 [x, x]\n{}",
        (1..60).map(|it| format!("a{it}: &a{it} [*a{0}, *a{0}, *a{0}]\n", it - 1)).collect::<String>()
    );
    let merges = format!(
        "m0: &m0 {{x: 1}}\n{}",
        (1..60).map(|it| format!("m{it}: &m{it} {{<<: [*m{0}, *m{0}], k{it}: *m{0}}}\n", it - 1)).collect::<String>()
    );
    let anchors: String =
        (0..90).map(|it| format!("{{k{it}: &a{it} ")).collect::<String>() + "x" + "}".repeat(90).as_str();
    let wide = format!("- &a [{}]\n{}", "x, ".repeat(1000), "- *a\n".repeat(10_000));
    let blocks: String = (0..1000).map(|it| format!("{}k:\n", " ".repeat(it))).collect();
    let unknown: String = (0..45_000).map(|it| format!("k{it}: 1\n")).collect();
    let doubled = "k: 1\n".repeat(45_000);
    let params = |text: String| format!("{SMALL}resources: {{aa: {{type: bb, params: {{a: \"{text}\\t\"}}}}}}\n");
    let (empty, folded) = (params("${}".repeat(200_000)), params("${metadata.name}".repeat(60_000)));
    let block =
        format!("{SMALL}resources:\n aa:\n  type: bb\n  params:\n   a: |\n{}", "    ${metadata.name}\n".repeat(45_000));
    let names = |prefix: &str| -> String { (0..12_000).map(|it| format!("  {prefix}{it}: {{type: bb}}\n")).collect() };
    let uses: String = (0..12_000).map(|it| format!("      A{it}: ${{resources.r{it}x}}\n")).collect();
    let unknown_resources = format!(
        "apiVersion: score.dev/v1b1\nmetadata: {{name: app}}\ncontainers:\n  web:\n    image: x\n    variables:\n{uses}resources:\n{}",
        names("resource-")
    );
    let long = "x".repeat(300_000);
    let long_names =
        format!("{SMALL}resources:\n  ? {long}\n  : {{type: aa, params: {{a: \"${{resources.{long}y}}\"}}}}\n");
    let ring: String = (0..9_000)
        .map(|it| format!(" c{it}: {{image: x, before: {{c{}: {{ready: started}}}}}}\n", (it + 1) % 9_000))
        .collect();
    let ring = format!("apiVersion: score.dev/v1b1\nmetadata: {{name: app}}\ncontainers:\n{ring}");
    let yaml_limit = ["yaml-limit"].as_slice();
    let syntax = ["yaml-syntax"].as_slice();
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("alias bomb", bomb.into(), yaml_limit),
        ("merge bomb", merges.into(), yaml_limit),
        ("wide aliases", wide.into(), yaml_limit),
        ("anchors in anchors", anchors.into(), &["score-unknown-key", "score-missing-key"]),
        ("alias of itself", b"a: &a [*a]\n".to_vec(), syntax),
        ("100k [", "[".repeat(100_000).into(), yaml_limit),
        ("100k {", "{".repeat(100_000).into(), yaml_limit),
        ("100k - ", "- ".repeat(100_000).into(), yaml_limit),
        ("100k ? ", "? ".repeat(100_000).into(), yaml_limit),
        ("100k !", "! ".repeat(100_000).into(), syntax),
        ("100k &", "&a ".repeat(100_000).into(), syntax),
        ("unknown keys", unknown.into(), &["score-unknown-key", "yaml-limit"]),
        ("doubled keys", doubled.into(), &["yaml-duplicate-key", "yaml-limit"]),
        ("empty placeholders", empty.into(), &["score-placeholder"]),
        ("many placeholders", folded.into(), &[]),
        ("placeholders in lines", block.into(), &[]),
        ("unknown resources", unknown_resources.into(), &["score-unknown-resource", "yaml-limit"]),
        ("a ring of containers", ring.into(), &["score-before"]),
        ("long names", long_names.into(), &["score-bad-value", "score-unknown-resource"]),
        ("deep blocks", blocks.into(), yaml_limit),
        ("many values", "- x\n".repeat(200_000).into(), yaml_limit),
        ("tab", b"containers:\n\tweb: {}\n".to_vec(), syntax),
        ("empty", b"".to_vec(), &["yaml-empty"]),
        ("blanks", b" \n\n  \n".to_vec(), &["yaml-empty"]),
        ("comments", b"# nothing\n# here\n".to_vec(), &["yaml-empty"]),
        ("marker", b"---\n".to_vec(), &["yaml-empty"]),
        ("null", b"~\n".to_vec(), &["yaml-empty"]),
        ("scalar", b"hello\n".to_vec(), &["score-wrong-type"]),
        ("list", b"- a\n".to_vec(), &["score-wrong-type"]),
        ("NUL", b"apiVersion: a\0b\n".to_vec(), syntax),
        ("latin-1", b"metadata: {name: caf\xe9}\n".to_vec(), &["file-not-utf8"]),
        ("UTF-16", b"\xff\xfea\0:\0".to_vec(), &["file-not-utf8"]),
        ("binary", (0..=255).cycle().take(100_000).collect(), &["file-not-utf8"]),
        ("too large", vec![b'x'; (1 << 20) + 1], &["file-too-large"]),
        (
            "long line",
            format!("apiVersion: {}", "x".repeat(1_000_000)).into(),
            &["score-bad-value", "score-missing-key"],
        ),
        ("long key", format!("{}: 1", "x".repeat(1_000_000)).into(), syntax),
        ("unclosed quote", b"a: \"b\n".to_vec(), syntax),
        ("template", b"a: {{ name }}\n".to_vec(), syntax),
        ("merge of text", b"a: {<<: text}\n".to_vec(), syntax),
        ("map as key", b"{a: b}: c\n".to_vec(), syntax),
        ("no key", b": c\n".to_vec(), syntax),
        ("tag", format!("{SMALL}resources: !secret {{}}\n").into(), syntax),
    ];
    for (name, bytes, expected) in cases {
        let start = Instant::now();
        let mut found = codes(&bytes);
        eprintln!("{name}: {:?} {found:?}", start.elapsed());
        found.sort_unstable();
        found.dedup();
        for code in expected {
            assert!(found.contains(code), "{name}: {found:?}");
        }
        assert!(
            expected.iter().any(|it| it.starts_with("score")) || found.len() == expected.len(),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn harmless_forms_are_read() {
    let cases = [
        ("plain", SMALL.to_owned()),
        ("BOM", format!("\u{feff}{SMALL}")),
        ("CRLF", SMALL.replace('\n', "\r\n")),
        ("marker and comments", format!("# a\n---\n# b\n{SMALL}...\n")),
        ("no last line break", SMALL.trim_end().to_owned()),
        (
            "JSON",
            r#"{"apiVersion":"score.dev/v1b1","metadata":{"name":"app"},"containers":{"web":{"image":"nginx"}}}"#
                .into(),
        ),
        ("YAML directive", format!("%YAML 1.2\n---\n{SMALL}")),
        ("aliases", SMALL.replace("image: nginx", "image: &i nginx, variables: {A: *i}")),
        ("merge keys", SMALL.replace("{web: {image: nginx}}", "{web: &w {image: nginx}, two: {<<: *w, args: [a]}}")),
    ];
    for (name, text) in cases {
        assert_eq!(codes(text.as_bytes()), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn no_single_byte_of_a_file_can_crash_the_reader() {
    let text = include_bytes!("score/rich/score.yaml");
    for at in (0..text.len()).step_by(5) {
        for byte in b"\0\t\n -:{[\"'&*!|>$#\xff" {
            let mut changed = text.to_vec();
            changed[at] = *byte;
            codes(&changed);
        }
        codes(&text[..at]);
    }
}

#[test]
fn hostile_sets_give_a_problem_and_never_a_crash() {
    let deep = format!("{}=x", "a.".repeat(100_000) + "a");
    let sets = [
        "",
        "=",
        "a",
        ".=x",
        "..=x",
        "a..b=x",
        "containers.web.args.5.x=1",
        "containers.web.args.-1=x",
        "containers.web.args.-1.a=x",
        "containers.web.args.99999999999999999999999=x",
        "containers.web.image.x=1",
        "containers.web.args.x=",
        "containers.web.image=[",
        "containers.web.image=*a",
        "metadata=",
        "\\=x",
        &deep,
    ];
    for set in sets {
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let text = SMALL.replace("image: nginx", "image: nginx, args: [a]");
        let input = Input { path: "score.yaml", bytes: text.as_bytes(), overrides: None, sets: &[set.to_owned()] };
        let workload = read(&input, &NoFiles, &mut sources, &mut diags);
        assert_eq!(workload.is_some(), set == "containers.web.args.-1=x", "{set}");
        assert_eq!(diags.has_errors(), workload.is_none(), "{set}");
    }
}
