//! KDL text to [`Node`]s.
//!
//! In: text that `scan` let pass, given to the `kdl` crate. Out: the tree of `tree`, or the crate's problems in
//! our words. The only file that knows the crate. Its spans count bytes, whatever its documentation says;
//! values have no spans of their own, so they are measured from the end of their entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::kdl::{KdlDiagnostic, KdlDocument, KdlEntry, KdlIdentifier, KdlNode, KdlValue};

use super::scan::{self, MAX_PROBLEMS};
use super::tree::{Arg, Node, Prop, Scalar};
use crate::diag::{Code, Diag, Diags};
use crate::source::{FileId, Span, Spanned};

/// Reads a KDL 2.0 text. Problems go to `diags`; errors among them give no tree.
pub fn read(text: &str, file: FileId, diags: &mut Diags) -> Option<Vec<Node>> {
    let plain = match scan::check(text, file) {
        Ok(plain) => plain,
        Err(problems) => {
            problems.into_iter().for_each(|it| diags.push(it));
            return None;
        }
    };
    let mut reader = Reader { text, plain: &plain, file, problems: Vec::new() };
    // Nesting is capped by the scan, so the crate's recursion needs no stack of its own (`tests` hold that).
    let nodes = match KdlDocument::parse_v2(&plain) {
        Ok(document) => reader.nodes(&document),
        Err(error) => {
            reader.translate(&error.diagnostics);
            Vec::new()
        }
    };
    let failed = !reader.problems.is_empty();
    reader.problems.into_iter().take(MAX_PROBLEMS).for_each(|it| diags.push(it));
    (!failed).then_some(nodes)
}

struct Reader<'a> {
    text: &'a str,
    /// The text without its comments.
    plain: &'a str,
    file: FileId,
    problems: Vec<Diag>,
}

impl Reader<'_> {
    fn span(&self, offset: usize, length: usize) -> Span {
        Span::new(self.file, offset, offset + length)
    }

    /// The crate's problems, for what the scan does not see. Only the first of each place: the others follow.
    fn translate(&mut self, found: &[KdlDiagnostic]) {
        let mut last = None;
        for problem in found.iter().take(MAX_PROBLEMS) {
            let (start, length) = (problem.span.offset(), problem.span.len());
            if last.is_some_and(|end| start < end) {
                continue;
            }
            last = Some(start + length.max(1));
            let message = problem.message.as_deref().unwrap_or("text that is not KDL 2.0");
            let end = (start + length).min(self.text.len());
            let diag = Diag::error(Code::KdlSyntax, Span::new(self.file, start.min(end), end), lower_first(message))
                .here(problem.label.clone().unwrap_or_else(|| "not KDL 2.0".into()))
                .maybe_help(problem.help.clone());
            self.problems.push(diag);
        }
        if self.problems.is_empty() {
            let diag = Diag::error(Code::KdlSyntax, self.span(0, 0), "text that is not KDL 2.0");
            self.problems.push(diag.help("compare the file with https://kdl.dev/spec"));
        }
    }

    /// Recursion is bounded by the depth that the scan allows.
    fn nodes(&mut self, document: &KdlDocument) -> Vec<Node> {
        document.nodes().iter().map(|it| self.node(it)).collect()
    }

    fn node(&mut self, node: &KdlNode) -> Node {
        let mut result = Node {
            name: self.identifier(node.name()),
            ty: node.ty().map(|it| self.identifier(it)),
            args: Vec::new(),
            props: Vec::new(),
            children: node.children().map(|it| self.nodes(it)),
            at: self.node_span(node),
        };
        for entry in node.entries() {
            let arg = self.arg(entry);
            match entry.name() {
                None => result.args.push(arg),
                Some(key) => result.props.push(Prop { key: self.identifier(key), value: arg }),
            }
        }
        self.report_duplicates(&result.props);
        result
    }

    fn report_duplicates(&mut self, props: &[Prop]) {
        if props.len() < 2 {
            return;
        }
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for prop in props {
            let (key, at) = (&*prop.key.value, prop.key.at);
            let Some(earlier) = first.get(key) else {
                first.insert(key, at);
                continue;
            };
            let diag = Diag::error(Code::KdlDuplicate, at, format!("property `{key}` twice"))
                .here("given again here")
                .label(*earlier, "first given here")
                .help(format!("keep one `{key}=…`"));
            self.problems.push(diag);
        }
    }

    /// The crate's node spans may go on over blanks up to the end of the line.
    fn node_span(&self, node: &KdlNode) -> Span {
        let (start, length) = (node.span().offset(), node.span().len());
        if node.children().is_some() {
            let text = self.plain.get(start..start + length).unwrap_or("");
            return self.span(start, text.rfind('}').map_or(length, |it| it + 1));
        }
        let last = node.entries().last().map_or(node.name().span(), KdlEntry::span);
        Span::new(self.file, start, last.offset() + last.len())
    }

    fn identifier(&self, identifier: &KdlIdentifier) -> Spanned<Arc<str>> {
        let span = identifier.span();
        Spanned::new(Arc::from(identifier.value()), self.span(span.offset(), span.len()))
    }

    fn arg(&self, entry: &KdlEntry) -> Arg {
        let at = self.value_span(entry);
        let value = match entry.value() {
            KdlValue::Null => Scalar::Null,
            KdlValue::Bool(value) => Scalar::Bool(*value),
            KdlValue::String(value) => Scalar::Text(Arc::from(value.as_str())),
            // The scan refused what goes beyond these.
            KdlValue::Integer(value) => Scalar::Int(i64::try_from(*value).unwrap_or(i64::MAX)),
            KdlValue::Float(value) => Scalar::Float(*value),
        };
        let inner = match &value {
            Scalar::Text(text) => self.inner(at, text),
            _ => None,
        };
        Arg { value, ty: entry.ty().map(|it| self.identifier(it)), at, inner }
    }

    /// The value as written ends where its entry ends; the crate keeps the text it was written with.
    fn value_span(&self, entry: &KdlEntry) -> Span {
        let (start, length) = (entry.span().offset(), entry.span().len());
        let written = entry.format().map_or("", |it| it.value_repr.as_str());
        let end = start + length;
        let at = end.saturating_sub(written.len());
        if !written.is_empty() && at >= start && self.text.get(at..end) == Some(written) {
            return Span::new(self.file, at, end);
        }
        self.span(start, length)
    }

    /// The text of a string without its quotes and hashes, where it is byte for byte the value.
    fn inner(&self, at: Span, value: &str) -> Option<Span> {
        let written = self.text.get(at.start as usize..at.end as usize)?;
        let body = written.trim_start_matches('#');
        let hashes = written.len() - body.len();
        if !body.starts_with('"') {
            return (written == value).then_some(at);
        }
        let (start, end) = (hashes + 1, written.len().checked_sub(hashes + 1)?);
        (written.get(start..end)? == value).then(|| at.within(start, end))
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
