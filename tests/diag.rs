//! How problems are shown: to a person, as JSON, as SARIF. The snapshots stand in `tests/diag/`.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use scorec::diag::{Code, Diag, Diags};
use scorec::report::human::{Style, human, summary};
use scorec::report::{json, sarif};
use scorec::source::{FileId, Sources, Span};

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ snapshot_path => "diag", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $text);
        })
    };
}

const PLAIN: Style = Style { colour: false, unicode: true, width: 80 };

const SCORE: &str = "\
apiVersion: score.dev/v1b1
metadata:
  name: web
containers:
  main:
    image: nginx
    variables:
      DB_HOST: ${resources.dbb.host}
\tNAME: \"größe ${resources.x}\"
resources:
  db:
    type: postgres
    params:
      version: \"17\"
      extra:
        - one
        - two
";
const RULE: &str = "rule \"pg\" {\n    outputs {\n        host \"x\"\n    }\n}\n";

struct Fixture {
    sources: Sources,
    score: FileId,
    rule: FileId,
}

fn fixture() -> Fixture {
    let mut sources = Sources::default();
    let rule = sources.add_embedded("stdlib/types/postgres.kdl", RULE);
    let score = sources.add("services/web/score.yaml", SCORE);
    Fixture { sources, score, rule }
}

impl Fixture {
    /// The first place where the file says `text`.
    fn at(&self, file: FileId, text: &str) -> Span {
        let whole = &self.sources.get(file).expect("a file").text;
        let start = whole.find(text).unwrap_or_else(|| panic!("`{text}` is not in the file"));
        Span::new(file, start, start + text.len())
    }
}

fn list(diags: impl IntoIterator<Item = Diag>) -> Diags {
    let mut list = Diags::default();
    diags.into_iter().for_each(|it| list.push(it));
    list
}

/// Every layout once: one label, two near, two far, another file, none, several lines, a note, a tab.
fn every_layout(it: &Fixture) -> Diags {
    list([
        Diag::error(Code::ScoreUnknownResource, it.at(it.score, "dbb"), "`dbb` is not a resource of this workload")
            .here("needed by this variable")
            .label(it.at(it.score, "  db:"), "the only resource is declared here")
            .help("did you mean `db`?"),
        Diag::error(Code::ScoreBadValue, it.at(it.score, "web"), "the name `web` is taken")
            .here("this workload")
            .label(it.at(it.score, "two"), "and far below")
            .label(it.at(it.rule, "host \"x\""), "this output is what the rule gives"),
        Diag::error(Code::FileUnreadable, Span::NONE, "there is no file `score.yaml`")
            .help("run `scorec init` to write a first `score.yaml`, or name the file to build: `scorec build path/to/score.yaml --environment local --output build`"),
        Diag::warning(Code::ScoreUpgraded, it.at(it.score, "params:\n      version: \"17\"\n"), "`params` over lines")
            .here("only its first line is shown"),
        Diag::note(Code::ScoreOverride, it.at(it.score, "größe"), "a name beyond ASCII after a tab"),
        Diag::error(Code::KdlSyntax, it.at(it.rule, "rule"), "a place in the library"),
    ])
}

#[test]
fn a_person_sees_every_layout() {
    let it = fixture();
    snapshot!("human", human(&every_layout(&it), &it.sources, PLAIN));
}

#[test]
fn a_narrow_plain_terminal() {
    let it = fixture();
    let style = Style { colour: false, unicode: false, width: 50 };
    let text = human(&every_layout(&it), &it.sources, style);
    assert!(text.replace("größe", "").is_ascii(), "{text}");
    snapshot!("human_ascii", text);
}

#[test]
fn colours() {
    let it = fixture();
    let style = Style { colour: true, ..PLAIN };
    let text = human(&every_layout(&it), &it.sources, style).replace('\u{1b}', "ESC");
    snapshot!("human_colour", text);
}

#[test]
fn json_and_sarif() {
    let it = fixture();
    let diags = every_layout(&it);
    snapshot!("json", json::array(&diags, &it.sources));
    let lines = json::lines(&diags, &it.sources);
    assert_eq!(lines.lines().count(), 6);
    for line in lines.lines() {
        let problem: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(problem["code"].is_string());
    }
}

/// The required properties and closed lists of the published schema, for the objects that are used here.
#[test]
fn sarif_has_what_its_schema_requires() {
    let it = fixture();
    let text = sarif::log(&every_layout(&it), &it.sources);
    let log: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), Code::ALL.len());
    assert!(run["tool"]["driver"]["name"].is_string());
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    for result in run["results"].as_array().expect("results") {
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().expect("a level")));
        assert!(result["message"]["text"].is_string());
        let index = result["ruleIndex"].as_u64().expect("an index");
        assert_eq!(rules[usize::try_from(index).expect("small")]["id"], result["ruleId"]);
        let related = result["relatedLocations"].as_array().cloned().unwrap_or_default();
        for location in result["locations"].as_array().expect("locations").iter().chain(&related) {
            let region = &location["physicalLocation"]["region"];
            assert!(location["physicalLocation"]["artifactLocation"]["uri"].is_string());
            for key in ["startLine", "startColumn", "endLine", "endColumn"] {
                assert!(region[key].as_u64().is_some_and(|it| it >= 1), "{key}: {region}");
            }
        }
    }
    let without_rules = text.lines().filter(|it| !it.contains("\"id\": \"")).collect::<Vec<_>>().join("\n");
    let results = without_rules.split("\"columnKind\"").nth(1).expect("results");
    snapshot!("sarif", results);
}

#[test]
fn sarif_counts_utf16_and_encodes_paths() {
    let mut sources = Sources::default();
    let file = sources.add("a folder/größe.yaml", "k: \u{1F600}\u{1F600}x\n");
    let at = Span::new(file, 11, 12);
    assert_eq!(sources.text(at), "x");
    let text = sarif::log(&list([Diag::error(Code::YamlSyntax, at, "m")]), &sources);
    let log: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["region"]["startColumn"], 8);
    assert_eq!(location["artifactLocation"]["uri"], "a%20folder/gr%C3%B6%C3%9Fe.yaml");
}

/// A wrong span is a bug of scorec, but it must not cost the user the message.
#[test]
fn no_span_breaks_the_excerpt() {
    for text in ["", "\n", "a", "a\n", "ä\r\nö\r\n", "\t\tx", "a\n\n\n\nb"] {
        let mut sources = Sources::default();
        let file = sources.add("f", text);
        for start in 0..8 {
            for end in start..9 {
                let diag = Diag::error(Code::YamlSyntax, Span::new(file, start, end), "m")
                    .here("here")
                    .label(Span::new(file, end, 4_000_000_000), "there");
                for style in [PLAIN, Style { unicode: false, width: 1, ..PLAIN }] {
                    let shown = human(&list([diag.clone()]), &sources, style);
                    assert!(!shown.contains("Failed to read"), "{text:?} {start}..{end}: {shown}");
                    assert!(shown.contains("[f:"), "{text:?} {start}..{end}: {shown}");
                    assert!(shown.contains("here"), "{text:?} {start}..{end}: {shown}");
                }
            }
        }
    }
}

#[test]
fn a_long_line_is_cut_around_its_label() {
    let mut sources = Sources::default();
    let text = format!("{}\n{}wrong{}\n", "c".repeat(300), "a ".repeat(500), " b".repeat(500));
    let file = sources.add("long.yaml", text.clone());
    let start = text.find("wrong").expect("there");
    let diags = list([Diag::error(Code::YamlSyntax, Span::new(file, start, start + 5), "m").here("this word")]);
    let shown = human(&diags, &sources, Style { width: 60, ..PLAIN });
    assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");
    snapshot!("long_line", shown);
}

#[test]
fn a_file_cannot_command_the_terminal() {
    let mut sources = Sources::default();
    let file = sources.add("x", "a: \u{1b}[2J\u{202E}b\n");
    let diag = Diag::error(Code::YamlSyntax, Span::new(file, 0, 1), "m \u{1b}[2J").help("h \u{7}");
    let shown = human(&list([diag]), &sources, PLAIN);
    assert!(!shown.contains(['\u{1b}', '\u{202E}', '\u{7}']), "{shown:?}");
}

#[test]
fn the_summary_counts() {
    let error = |text: &str| Diag::error(Code::YamlSyntax, Span::NONE, text);
    let warning = Diag::warning(Code::YamlSyntax, Span::NONE, "w");
    assert_eq!(summary(&Diags::default()), "");
    assert_eq!(summary(&list([error("a"), error("b"), warning.clone()])), "2 errors, 1 warning");
    assert_eq!(summary(&list([warning])), "1 warning");
    assert_eq!(human(&Diags::default(), &Sources::default(), PLAIN), "");
}
