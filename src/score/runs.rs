//! How the bytes of a scalar's text stand in its source.
//!
//! In: a scalar as decoded and as written. Out: the runs of bytes that both share, so that a placeholder inside a
//! text can be pointed at. No run at all where that cannot be said cheaply and for certain.

use std::sync::Arc;

use granit_parser::ScalarStyle;

use super::node::Run;
use crate::source::Span;

/// The runs of a scalar. `source` is what stands at `at`.
#[must_use]
pub fn runs(text: &str, source: &str, style: ScalarStyle, at: Span) -> Arc<[Run]> {
    match style {
        // The span of a block scalar begins at its content or at its header, as the parser pleases.
        ScalarStyle::Literal => {
            let header = source.find('\n').map_or(source.len(), |it| it + 1);
            let runs = block_runs(text, source, 0, at).or_else(|| block_runs(text, source, header, at));
            runs.unwrap_or_default().into()
        }
        ScalarStyle::Folded => Arc::new([]),
        ScalarStyle::Plain => whole_run(text, source, 0, at),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            whole_run(text, source.get(1..source.len().saturating_sub(1)).unwrap_or(""), 1, at)
        }
    }
}

fn whole_run(text: &str, source: &str, quote: usize, at: Span) -> Arc<[Run]> {
    if text != source {
        return Arc::new([]);
    }
    Arc::new([Run { text: 0, source: at.within(quote, quote + text.len()) }])
}

/// One run for each line: a literal block only removes indentation. `None` where the lines do not agree.
fn block_runs(text: &str, source: &str, start: usize, at: Span) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    let mut text_start = 0;
    let mut source_start = start;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        let rest = source.get(source_start..).unwrap_or("");
        let written = rest.split_inclusive('\n').next().unwrap_or("");
        let bare = written.trim_end_matches(['\n', '\r']);
        if !bare.strip_suffix(content)?.trim().is_empty() {
            return None;
        }
        let start = source_start + bare.len() - content.len();
        runs.push(Run { text: text_start, source: at.within(start, start + content.len()) });
        text_start += line.len();
        source_start += written.len();
    }
    Some(runs)
}
