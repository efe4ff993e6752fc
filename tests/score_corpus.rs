//! Every public Score file of a corpus is judged as the published schema judges it.
//!
//! Set `SCOREC_CORPUS` to a folder that holds `INDEX.tsv` and `workloads/`. The schema knows nothing of
//! placeholders and of the order of containers, so refusals for those reasons alone are counted apart.

#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests read files and talk")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use scorec::diag::{Code, Diags, Severity};
use scorec::score::{FileError, Files, Input, read};
use scorec::source::Sources;

/// Stands for every file that a Score file names.
struct AnyFile;

impl Files for AnyFile {
    fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
        Ok(Vec::new())
    }
}

/// Problems that no schema can see.
const BEYOND_THE_SCHEMA: &[Code] =
    &[Code::ScorePlaceholder, Code::ScoreUnknownResource, Code::ScoreBefore, Code::PathOutsideProject];

#[test]
fn the_corpus_is_judged_as_the_schema_judges_it() {
    let Some(folder) = std::env::var_os("SCOREC_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: set SCOREC_CORPUS to a corpus of Score files");
        return;
    };
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).expect("the corpus has an index");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in index.lines().skip(1).filter(|it| it.starts_with("workloads/")) {
        let columns: Vec<&str> = line.split('\t').collect();
        let bytes = std::fs::read(folder.join(columns[0])).expect("every file of the index is there");
        let (mut sources, mut diags) = (Sources::default(), Diags::default());
        let input = Input { path: columns[0], bytes: &bytes, overrides: None, sets: &[] };
        let accepted = read(&input, &AnyFile, &mut sources, &mut diags).is_some();
        let errors: Vec<_> = diags.iter().filter(|it| it.severity == Severity::Error).collect();
        let beyond = errors.iter().all(|it| BEYOND_THE_SCHEMA.contains(&it.code));
        let located = errors.iter().all(|it| it.at().is_some() && it.help.is_some());
        let expected = columns[5].starts_with("valid");
        let verdict = match (expected, accepted) {
            (true, true) => "valid and accepted",
            (true, false) if beyond && located => "valid by the schema, refused for its meaning",
            (false, false) if located && !errors.is_empty() && !beyond => "refused by both, with places and fixes",
            _ => "wrong",
        };
        if verdict == "wrong" || std::env::var_os("SCOREC_CORPUS_SHOW").is_some_and(|it| it == verdict) {
            let shown: Vec<String> =
                diags.iter().map(|it| format!("  {} {} {:?}", sources.place(it.at()), it.message, it.help)).collect();
            wrong.push(format!("{} ({})\n{}", columns[0], columns[6], shown.join("\n")));
        }
        *counts.entry(verdict).or_default() += 1;
    }
    for (verdict, count) in &counts {
        eprintln!("{count:4} {verdict}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
