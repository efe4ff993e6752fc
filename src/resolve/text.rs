//! Texts with placeholders to values.
//!
//! The grammar was read with the Score file; here the names get their values. A string goes in as it is,
//! anything else as compact JSON, as the Score tools do it. A placeholder that reads something broken stays
//! silent: whatever broke it was reported.

use std::sync::Arc;

use crate::definition::Definitions;
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag};
use crate::format::Format;
use crate::ir::{Graph, NodeId, Uid};
use crate::score::{Params, ParamsData, Piece, Placeholder, Root, Template, Workload};
use crate::value::{Data, Map, Part, Text, Value};

/// Why there is no value.
#[derive(Clone, Debug)]
pub(super) enum Missing {
    /// The resource has no outputs yet.
    Waits(NodeId, crate::source::Span),
    /// It never will; the reason was reported.
    Broken,
    Problem(Box<Diag>),
}

impl From<Diag> for Missing {
    fn from(diag: Diag) -> Self {
        Missing::Problem(Box::new(diag))
    }
}

/// The state of a resource, as far as its readers care.
pub(super) enum State<'s> {
    Open,
    Broken,
    Ready(&'s Value),
}

/// Fills in placeholders.
pub struct Texts<'s> {
    pub(super) graph: &'s Graph,
    pub(super) definitions: &'s Definitions,
    pub(super) state: &'s dyn Fn(NodeId) -> State<'s>,
}

impl Texts<'_> {
    /// Text: every placeholder in its text form.
    pub(super) fn text(&self, workload: &Workload, template: &Template) -> Result<Value, Missing> {
        let mut parts = Vec::with_capacity(template.pieces.len());
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Plain(text.clone())),
                Piece::Placeholder(placeholder) => {
                    let value = self.placeholder(workload, placeholder)?;
                    parts.extend(as_text(&value, placeholder)?.parts());
                }
            }
        }
        Ok(Value::new(Data::Text(Text::join(parts)), template.at))
    }

    /// A parameter tree. A string that is one placeholder keeps the type of what it reads, since contracts
    /// say what they want.
    pub(super) fn params(&self, workload: &Workload, params: &Params) -> Result<Value, Missing> {
        let at = params.at;
        match &params.data {
            ParamsData::Plain(value) => Ok(value.clone()),
            ParamsData::Text(template) => match template.pieces.as_slice() {
                [Piece::Placeholder(one)] => {
                    let value = self.placeholder(workload, one)?;
                    Ok(Value::new(value.data, at))
                }
                _ => self.text(workload, template),
            },
            ParamsData::List(items) => {
                let items: Result<Vec<Value>, Missing> = items.iter().map(|it| self.params(workload, it)).collect();
                Ok(Value::list(items?, at))
            }
            ParamsData::Map(map) => {
                let entries: Result<Map, Missing> =
                    map.iter().map(|(key, it)| Ok((key.clone(), self.params(workload, it)?))).collect();
                Ok(Value::map(entries?, at))
            }
        }
    }

    /// The value that one placeholder reads.
    pub(super) fn placeholder(&self, workload: &Workload, placeholder: &Placeholder) -> Result<Value, Missing> {
        match &placeholder.root {
            Root::Metadata => Ok(lookup(&workload.metadata, &placeholder.keys, placeholder, "`metadata`")?),
            Root::Resource(name) => {
                let (node, uid) = self.resource(workload, name, placeholder)?;
                let outputs = self.outputs(node, placeholder)?;
                if let Some(key) = placeholder.keys.first()
                    && outputs.get(key).is_none()
                {
                    return Err(self.unknown_output(workload, name, &uid, key, outputs, placeholder).into());
                }
                Ok(lookup(outputs, &placeholder.keys, placeholder, &format!("`{name}`"))?)
            }
        }
    }

    pub(super) fn resource(
        &self,
        workload: &Workload,
        name: &str,
        placeholder: &Placeholder,
    ) -> Result<(NodeId, Uid), Missing> {
        let found = workload.resources.get(name).map(|it| Uid::of(&workload.name.value, it));
        let found = found.and_then(|uid| self.graph.find(&uid).map(|node| (node, uid)));
        // The Score reader reports names that are not declared; reaching this means that it did.
        found.ok_or_else(|| {
            let message = format!("no resource `{name}` in this workload");
            Diag::error(Code::ScoreUnknownResource, placeholder.at, message).into()
        })
    }

    pub(super) fn outputs(&self, node: NodeId, placeholder: &Placeholder) -> Result<&Value, Missing> {
        match (self.state)(node) {
            State::Open => Err(Missing::Waits(node, placeholder.at)),
            State::Broken => Err(Missing::Broken),
            State::Ready(outputs) => Ok(outputs),
        }
    }

    fn unknown_output(
        &self,
        workload: &Workload,
        name: &str,
        uid: &Uid,
        key: &str,
        outputs: &Value,
        placeholder: &Placeholder,
    ) -> Diag {
        let known: Vec<&str> = outputs.as_map().map(|it| it.keys().map(|it| &**it).collect()).unwrap_or_default();
        let message = format!("resource `{name}` of type `{}` has no output `{key}`", uid.ty());
        let mut diag = Diag::error(Code::UnknownOutput, placeholder.at, message).here("read here");
        if let Some(resource) = workload.resources.get(name) {
            diag = diag.label(resource.ty.at, format!("`{name}` is declared here"));
        }
        if let Some(contract) = self.definitions.types.get(uid.ty()) {
            diag = diag.label(contract.at, "its contract");
        }
        diag.maybe_help(did_you_mean(key, known))
    }
}

/// Follows keys into a value.
fn lookup(start: &Value, keys: &[Arc<str>], placeholder: &Placeholder, what: &str) -> Result<Value, Diag> {
    let mut value = start;
    let mut path = what.trim_matches('`').to_owned();
    for key in keys {
        let next = match &value.data {
            Data::Map(map) => map.get(key),
            _ => {
                let message = format!("`{path}` is {}, so it has no `{key}`", value.kind());
                return Err(Diag::error(Code::ScorePlaceholder, placeholder.at, message)
                    .help(format!("end the placeholder with `{path}`")));
            }
        };
        let Some(next) = next else {
            let known = value.as_map().map(|it| it.keys().map(|it| &**it).collect::<Vec<_>>()).unwrap_or_default();
            let message = format!("`{path}` has no `{key}`");
            return Err(
                Diag::error(Code::ScorePlaceholder, placeholder.at, message).maybe_help(did_you_mean(key, known))
            );
        };
        path = format!("{path}.{key}");
        value = next;
    }
    Ok(value.clone())
}

fn as_text(value: &Value, placeholder: &Placeholder) -> Result<Text, Diag> {
    match &value.data {
        Data::Text(text) => Ok(text.clone()),
        Data::Bool(it) => Ok(Text::plain(it.to_string())),
        Data::Int(it) => Ok(Text::plain(it.to_string())),
        _ => crate::format::encode(Format::JsonCompact, value)
            .map_err(|problem| Diag::error(Code::ScorePlaceholder, placeholder.at, problem.to_string())),
    }
}
