//! The target's files: bodies to documents, documents to bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::contribute::{Contributed, RuleOutput};
use super::lower::{Lower, SecretNames};
use super::slots::Slots;
use super::surroundings::OfTarget;
use super::walk::Walker;
use super::{Note, Request, Sinks};
use crate::definition::{OutputFile as Declared, OutputNode, parse_format, parse_mode, parse_path};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Scope};
use crate::format::Format;
use crate::resolve::{Input, Resolved};
use crate::source::Span;
use crate::template::Context;
use crate::value::Value;

/// One file of the output folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputFile {
    pub bytes: Vec<u8>,
    /// Unix permission bits.
    pub mode: u32,
}

/// Everything that comes out of a build.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outputs {
    /// By path relative to the output folder.
    pub files: BTreeMap<String, OutputFile>,
    /// What was written as [`Outputs::files`], before it became bytes; for comparisons.
    pub written: BTreeMap<String, Written>,
    pub notes: Vec<Note>,
}

/// The content of a file as data.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    pub format: Format,
    pub value: Value,
}

/// Where no `mode` is given.
const DEFAULT_MODE: u32 = 0o644;

/// Writes every file of rules and of the target. `scope` holds all that the target sees.
pub(super) fn write(
    input: Input<'_>,
    resolved: &Resolved<'_>,
    scope: &Scope<'_>,
    slots: &Slots,
    contributed: Contributed,
    request: &Request<'_>,
    diags: &mut Diags,
) -> Option<Outputs> {
    let identity = input.identity("target");
    let surroundings = OfTarget::new(input, slots, request);
    let mut writer = Writer {
        input,
        surroundings: &surroundings,
        identity: &identity,
        names: SecretNames::default(),
        keys: resolved.resources.values().filter_map(key_of).collect(),
        outputs: Outputs { notes: contributed.notes, ..Outputs::default() },
        is_stand: matches!(request.sinks, Sinks::Stand(_)),
        places: BTreeMap::new(),
    };
    let mut complete = true;
    for file in &contributed.files {
        complete &= writer.rule_file(file, diags).is_some();
    }
    let writer = RefCell::new(writer);
    let walker = Walker { identity: &identity, secrets: &|| writer.borrow().names.view() };
    let mut visit = |node: &OutputNode, scope: &Scope<'_>, diags: &mut Diags| match node {
        OutputNode::File(file) => writer.borrow_mut().file(file, scope, diags),
        _ => Some(()),
    };
    complete &= walker.walk(&input.target.outputs, scope, diags, &mut visit).is_some();
    complete.then_some(writer.into_inner().outputs)
}

fn key_of(evaluated: &crate::resolve::Evaluated<'_>) -> Option<(Arc<str>, Arc<str>)> {
    let key = evaluated.view.get("key").and_then(Value::as_str)?;
    Some((evaluated.uid.text().clone(), Arc::from(key)))
}

struct Writer<'a> {
    input: Input<'a>,
    surroundings: &'a OfTarget<'a>,
    identity: &'a Identity,
    names: SecretNames,
    keys: BTreeMap<Arc<str>, Arc<str>>,
    outputs: Outputs,
    /// Whether something else stands for secrets; not every format can hold it.
    is_stand: bool,
    /// Who wrote which file, for the message when a second one wants to.
    places: BTreeMap<String, Span>,
}

impl Writer<'_> {
    fn file(&mut self, file: &Declared, scope: &Scope<'_>, diags: &mut Diags) -> Option<()> {
        let mut scope = scope.child();
        scope.set("secrets", self.names.view());
        let context = Context::new(self.identity, self.surroundings, &scope);
        let path = file.path.eval(&scope, &context, diags).ok()?;
        let path = diags.take(parse_path(&path, file.at))?;
        let value = file.body.eval(&scope, &context, diags).ok()?;
        let lowering = file.lowering.as_ref().and_then(|it| self.input.target.lowerings.get(&it.value));
        let mut lower =
            Lower { lowering, names: &mut self.names, keys: &self.keys, identity: self.identity, file: &path };
        let value = lower.value(&value, diags)?;
        let format = file.format.eval(&scope, &context, diags).ok()?;
        let format = diags.take(parse_format(&format))?;
        let bytes = if self.is_stand && format == Format::Base64 {
            Ok(Vec::new())
        } else {
            crate::format::write_bytes(format, &value)
        };
        let bytes = bytes.map_err(|problem| Diag::error(Code::FormatFailed, file.at, format!("`{path}`: {problem}")));
        let bytes = diags.take(bytes)?;
        let mode = file.mode.as_ref().map(|it| it.eval(&scope, &context, diags)).transpose().ok()?;
        let mode = diags.take(mode_of(mode.as_ref()))?;
        self.put(path, OutputFile { bytes, mode }, Written { format, value }, file.at, diags)
    }

    fn rule_file(&mut self, file: &RuleOutput, diags: &mut Diags) -> Option<()> {
        let mut lower = Lower {
            lowering: None,
            names: &mut self.names,
            keys: &self.keys,
            identity: self.identity,
            file: &file.path,
        };
        let content = lower.value(&file.content, diags)?;
        let Some(text) = content.as_str() else {
            let message = format!("the content of `{}` is {}, not text", file.path, content.kind());
            diags.push(Diag::error(Code::FormatFailed, file.at, message).help("encode it, for example `(json)`"));
            return None;
        };
        let mode = diags.take(mode_of(file.mode.as_ref()))?;
        let output = OutputFile { bytes: text.as_bytes().to_vec(), mode };
        let written = Written { format: Format::Text, value: content };
        self.put(file.path.clone(), output, written, file.at, diags)
    }

    /// Two writers of one path must agree to the byte.
    fn put(&mut self, path: String, file: OutputFile, written: Written, at: Span, diags: &mut Diags) -> Option<()> {
        if self.outputs.files.get(&path).is_some_and(|it| *it != file) {
            let earlier = self.places.get(&path).copied().unwrap_or(Span::NONE);
            let message = format!("two definitions write `{path}`, with different content");
            diags.push(Diag::error(Code::SlotConflict, at, message).label(earlier, "the other one"));
            return None;
        }
        self.places.insert(path.clone(), at);
        self.outputs.written.insert(path.clone(), written);
        self.outputs.files.insert(path, file);
        Some(())
    }
}

fn mode_of(mode: Option<&Value>) -> Result<u32, Diag> {
    mode.map_or(Ok(DEFAULT_MODE), parse_mode)
}
