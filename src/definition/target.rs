//! `target`: a platform as data. Options, slots, what it can express, and the files that come out.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::resource_type::{Output, ResourceType};
use super::rule::Emit;
use super::types::{Type, read_values};
use super::{Named, insert_once};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, Severity};
use crate::expr::{Expr, Interpolation};
use crate::format::Format;
use crate::kdl::{Arg, Node, reader};
use crate::score::features;
use crate::source::{Span, Spanned};
use crate::template::{Body, Fragment, Template, expr_of, read_arg, read_fragment, read_value};
use crate::value::Value;

/// The type of the pseudo-resource that stands for a workload, so that rules can decide for it.
pub const WORKLOAD_TYPE: &str = "workload";

/// One target.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: Spanned<Arc<str>>,
    pub doc: Arc<str>,
    pub options: IndexMap<Arc<str>, TargetOption>,
    pub slots: IndexMap<Arc<str>, Slot>,
    /// The capability table, by Score feature. A feature that is not in it cannot be expressed.
    pub capabilities: BTreeMap<&'static str, Vec<Capability>>,
    pub lowerings: BTreeMap<Arc<str>, Lowering>,
    pub fragments: BTreeMap<Arc<str>, Fragment>,
    /// `emit` and `file` nodes, in the order written: first all that they contribute, then all files.
    pub outputs: Vec<OutputNode>,
    /// Prefixes of annotations that belong to this target: one below them that no option declares is a mistake.
    pub annotations: Vec<Spanned<Arc<str>>>,
    /// What a rule for a workload may give: the options per workload. `None` where there are none.
    pub workload: Option<ResourceType>,
    /// The pack that it came with: an index into [`super::Definitions::packs`].
    pub pack: usize,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub struct TargetOption {
    pub name: Spanned<Arc<str>>,
    pub ty: Type,
    pub default: Option<Template>,
    pub values: Vec<Arc<str>>,
    /// Whether each workload may have its own: from the rule for the workload, from its annotation, or else
    /// that of the environment.
    pub per_workload: bool,
    /// The workload annotation that sets it.
    pub annotation: Option<Spanned<Arc<str>>>,
    pub doc: Arc<str>,
}

/// A place that rules contribute to.
#[derive(Clone, Debug)]
pub struct Slot {
    pub name: Spanned<Arc<str>>,
    pub merge: Merge,
    /// Kept apart for each workload that uses the contributing resource.
    pub per_workload: bool,
    /// Lists inside a map slot whose items are joined instead of having to be equal.
    pub unions: Vec<Union>,
    pub doc: Arc<str>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Merge {
    /// By key, deeply.
    Map,
    /// Items, in order; items whose value at the identity path is equal are one and must agree.
    List { identity: Option<Identity> },
}

/// What makes two items of a list the same one: the values at one or several paths, separated by blanks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity(pub Vec<Arc<str>>);

impl Identity {
    fn parse(text: &str) -> Self {
        Identity(text.split_whitespace().map(Arc::from).collect())
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.join(" "))
    }
}

/// `union "*.ports" by="published"`: keys from the slot downwards, `*` for any.
#[derive(Clone, Debug)]
pub struct Union {
    pub path: Vec<Arc<str>>,
    pub by: Option<Identity>,
}

/// One line of the capability table.
#[derive(Clone, Debug)]
pub struct Capability {
    /// `None` where the target can express the feature.
    pub refused: Option<Refusal>,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub struct Refusal {
    pub severity: Severity,
    pub because: Arc<str>,
    pub when: Option<Expr>,
    pub help: Option<Arc<str>>,
}

/// How text is written into a file whose reader gives characters a meaning of its own.
#[derive(Clone, Debug)]
pub struct Lowering {
    pub name: Spanned<Arc<str>>,
    /// In order; each replaces in plain parts only.
    pub replace: Vec<(Arc<str>, Arc<str>)>,
    /// Names in scope: `name` (unique, upper case), `owner`, `label`.
    pub secret: Option<Interpolation>,
    /// Names in scope: `ref`, the map of `secret_ref`.
    pub reference: Option<Interpolation>,
    /// Names in scope: `name`.
    pub deferred: Option<Interpolation>,
}

/// What stands at the level of `file`.
#[derive(Clone, Debug)]
pub enum OutputNode {
    /// What the target itself contributes to its slots, after all rules. Each time that a loop comes by is a
    /// contribution of its own.
    Emit(Vec<Emit>),
    File(OutputFile),
    For {
        key: Option<Arc<str>>,
        item: Arc<str>,
        list: Expr,
        inner: Vec<OutputNode>,
    },
    If {
        condition: Expr,
        inner: Vec<OutputNode>,
    },
}

#[derive(Clone, Debug)]
pub struct OutputFile {
    pub path: Template,
    /// Known when the target is read where it is written as a name, else when the file is.
    pub format: Template,
    pub lowering: Option<Spanned<Arc<str>>>,
    pub mode: Option<Template>,
    pub body: Template,
    pub at: Span,
}

const CHILDREN: &[&str] = &[
    "doc",
    "option",
    "annotations",
    "slot",
    "supports",
    "unsupported",
    "lower",
    "fragment",
    "emit",
    "file",
    "for",
    "if",
];

impl Named for TargetOption {
    fn name(&self) -> &Spanned<Arc<str>> {
        &self.name
    }
}

impl Named for Slot {
    fn name(&self) -> &Spanned<Arc<str>> {
        &self.name
    }
}

impl Target {
    pub(super) fn read(
        node: &Node,
        fragments: &BTreeMap<Arc<str>, Fragment>,
        pack: usize,
        diags: &mut Diags,
    ) -> Option<Self> {
        reader::only_children(node, CHILDREN, diags);
        reader::only_props(node, &[], diags);
        reader::unique_children(node, &["doc"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let mut target = Target {
            name: Spanned::new(Arc::from(name), arg.text_at()),
            doc: super::doc(node, diags),
            options: IndexMap::new(),
            slots: IndexMap::new(),
            capabilities: BTreeMap::new(),
            lowerings: BTreeMap::new(),
            fragments: fragments.clone(),
            outputs: Vec::new(),
            annotations: Vec::new(),
            workload: None,
            pack,
            at: node.head(),
        };
        let complete = node.children().iter().filter(|child| target.read_child(child, diags).is_none()).count() == 0;
        target.workload = target.workload_contract();
        complete.then_some(target)
    }

    /// The options per workload as a contract, so that a rule for a workload is held to them like any other.
    fn workload_contract(&self) -> Option<ResourceType> {
        let own = self.options.values().filter(|it| it.per_workload);
        let outputs: IndexMap<Arc<str>, Output> = own
            .map(|it| {
                let nothing = Template::constant(Value::null(it.name.at));
                let output = Output {
                    name: it.name.clone(),
                    ty: it.ty,
                    secret: false,
                    value: Some(nothing),
                    doc: it.doc.clone(),
                };
                (it.name.value.clone(), output)
            })
            .collect();
        (!outputs.is_empty()).then(|| ResourceType {
            name: Spanned::new(Arc::from(WORKLOAD_TYPE), self.name.at),
            doc: Arc::from("What the target lets a rule decide for a workload."),
            params: IndexMap::new(),
            outputs,
            open: false,
            pack: self.pack,
            at: self.name.at,
        })
    }

    fn read_child(&mut self, node: &Node, diags: &mut Diags) -> Option<()> {
        match node.name() {
            "option" => {
                let option = read_option(node, diags)?;
                insert_once(&mut self.options, option, "option", diags)
            }
            "slot" => {
                let slot = read_slot(node, diags)?;
                insert_once(&mut self.slots, slot, "slot", diags)
            }
            "supports" | "unsupported" => self.read_capability(node, diags),
            "lower" => {
                let lowering = read_lowering(node, diags)?;
                self.lowerings.insert(lowering.name.value.clone(), lowering);
                Some(())
            }
            "fragment" => {
                let fragment = read_fragment(node, diags)?;
                self.fragments.insert(fragment.name.value.clone(), fragment);
                Some(())
            }
            "annotations" => {
                let (arg, prefix) = reader::one_string_arg(node, diags)?;
                self.annotations.push(Spanned::new(Arc::from(prefix), arg.text_at()));
                Some(())
            }
            "emit" | "file" | "for" | "if" => {
                self.outputs.push(read_output(node, diags)?);
                Some(())
            }
            _ => Some(()),
        }
    }

    fn read_capability(&mut self, node: &Node, diags: &mut Diags) -> Option<()> {
        let refused = if node.name() == "supports" {
            reader::only_props(node, &[], diags);
            None
        } else {
            Some(read_refusal(node, diags)?)
        };
        for (arg, text) in reader::string_args(node, diags) {
            match features::ALL.iter().find(|it| **it == text) {
                Some(feature) => {
                    let capability = Capability { refused: refused.clone(), at: node.head() };
                    self.capabilities.entry(feature).or_default().push(capability);
                }
                None => {
                    let known = did_you_mean(text, features::ALL.iter().copied());
                    let message = format!("no Score feature `{text}`");
                    diags.push(Diag::error(Code::KdlUnknownNode, arg.at, message).maybe_help(known));
                }
            }
        }
        Some(())
    }
}

/// The format of that name.
pub fn parse_format(name: &Value) -> Result<Format, Diag> {
    let text = name.as_str().unwrap_or_default();
    Format::parse(text).ok_or_else(|| {
        let known = did_you_mean(text, Format::ALL.iter().map(|it| it.name()));
        Diag::error(Code::KdlBadValue, name.at, format!("unknown format `{}`", name.shown())).maybe_help(known)
    })
}

fn read_option(node: &Node, diags: &mut Diags) -> Option<TargetOption> {
    reader::only_children(node, &["values"], diags);
    reader::only_props(node, &["type", "default", "per", "annotation", "doc"], diags);
    let (arg, name) = reader::one_string_arg(node, diags)?;
    let annotation = reader::string_prop(node, "annotation", diags);
    let default = match node.prop("default") {
        Some(arg) => Some(read_arg(arg, diags)?),
        None => None,
    };
    let per_workload = read_per(node, "an option", diags)?;
    if let Some((arg, _)) = annotation.filter(|_| !per_workload) {
        let message = "an annotation sets an option for one workload, and this one is for all";
        diags.push(Diag::error(Code::KdlBadValue, arg.at, message).help("add `per=\"workload\"`"));
        return None;
    }
    Some(TargetOption {
        name: Spanned::new(Arc::from(name), arg.text_at()),
        ty: Type::read(node, diags),
        default,
        values: read_values(node, diags),
        per_workload,
        annotation: annotation.map(|(arg, text)| Spanned::new(Arc::from(text), arg.text_at())),
        doc: super::doc_prop(node, diags),
    })
}

fn read_slot(node: &Node, diags: &mut Diags) -> Option<Slot> {
    reader::only_children(node, &["union"], diags);
    reader::only_props(node, &["merge", "identity", "per", "doc"], diags);
    let (arg, name) = reader::one_string_arg(node, diags)?;
    let identity = reader::string_prop(node, "identity", diags).map(|(_, text)| Identity::parse(text));
    let merge = match reader::required_string_prop(node, "merge", diags)? {
        (_, "map") => Merge::Map,
        (_, "list") => Merge::List { identity },
        (arg, other) => {
            let message = format!("a slot cannot merge by `{other}`");
            diags.push(
                Diag::error(Code::KdlBadValue, arg.at, message).help("write `merge=\"map\"` or `merge=\"list\"`"),
            );
            return None;
        }
    };
    let per_workload = read_per(node, "a slot", diags)?;
    let unions = reader::children(node, "union").filter_map(|it| read_union(it, diags)).collect();
    let name = Spanned::new(Arc::from(name), arg.text_at());
    Some(Slot { name, merge, per_workload, unions, doc: super::doc_prop(node, diags) })
}

/// `per="workload"`.
fn read_per(node: &Node, what: &str, diags: &mut Diags) -> Option<bool> {
    match reader::string_prop(node, "per", diags) {
        None => Some(false),
        Some((_, "workload")) => Some(true),
        Some((arg, other)) => {
            let message = format!("{what} cannot be kept per `{other}`");
            diags.push(Diag::error(Code::KdlBadValue, arg.at, message).help("write `per=\"workload\"`"));
            None
        }
    }
}

fn read_union(node: &Node, diags: &mut Diags) -> Option<Union> {
    reader::only_props(node, &["by"], diags);
    let (_, path) = reader::one_string_arg(node, diags)?;
    let by = reader::string_prop(node, "by", diags).map(|(_, text)| Identity::parse(text));
    Some(Union { path: path.split('.').map(Arc::from).collect(), by })
}

fn read_refusal(node: &Node, diags: &mut Diags) -> Option<Refusal> {
    reader::only_props(node, &["severity", "because", "when", "help"], diags);
    let severity = read_severity(node, diags)?;
    let (_, because) = reader::required_string_prop(node, "because", diags)?;
    let help = reader::string_prop(node, "help", diags).map(|(_, text)| Arc::from(text));
    let when = match node.prop("when") {
        Some(arg) => Some(expr_of(arg, diags)?),
        None => None,
    };
    Some(Refusal { severity, because: Arc::from(because), when, help })
}

/// `severity="warning"`; an error without one.
pub(super) fn read_severity(node: &Node, diags: &mut Diags) -> Option<Severity> {
    match reader::string_prop(node, "severity", diags) {
        None | Some((_, "error")) => Some(Severity::Error),
        Some((_, "warning")) => Some(Severity::Warning),
        Some((_, "note")) => Some(Severity::Note),
        Some((arg, other)) => {
            let message = format!("unknown severity `{other}`");
            diags.push(Diag::error(Code::KdlBadValue, arg.at, message).help("write `error`, `warning` or `note`"));
            None
        }
    }
}

fn read_lowering(node: &Node, diags: &mut Diags) -> Option<Lowering> {
    reader::only_children(node, &["replace", "secret", "reference", "deferred"], diags);
    reader::unique_children(node, &["secret", "reference", "deferred"], diags);
    let (arg, name) = reader::one_string_arg(node, diags)?;
    let mut text = |name: &str| match reader::string_child(node, name, diags) {
        Some((arg, text)) => diags.take(Interpolation::parse(text, arg.at, arg.inner)).map(Some),
        None => Some(None),
    };
    let (secret, reference, deferred) = (text("secret")?, text("reference")?, text("deferred")?);
    let mut replace = Vec::new();
    for child in reader::children(node, "replace") {
        reader::only_props(child, &["with"], diags);
        let (_, from) = reader::one_string_arg(child, diags)?;
        let (_, with) = reader::required_string_prop(child, "with", diags)?;
        replace.push((Arc::from(from), Arc::from(with)));
    }
    Some(Lowering { name: Spanned::new(Arc::from(name), arg.text_at()), replace, secret, reference, deferred })
}

fn read_output(node: &Node, diags: &mut Diags) -> Option<OutputNode> {
    match node.name() {
        "file" => read_file(node, diags).map(OutputNode::File),
        "emit" => super::read_emit(node, diags).map(OutputNode::Emit),
        "if" => {
            let condition = expr_of(reader::first_string_arg(node, diags)?.0, diags)?;
            Some(OutputNode::If { condition, inner: read_outputs(node, diags)? })
        }
        _ => {
            let names: Vec<Arc<str>> =
                reader::string_args(node, diags).iter().map(|(_, text)| Arc::from(*text)).collect();
            let list: &Arg = reader::required_string_prop(node, "in", diags)?.0;
            let list = expr_of(list, diags)?;
            let inner = read_outputs(node, diags)?;
            match names.as_slice() {
                [item] => Some(OutputNode::For { key: None, item: item.clone(), list, inner }),
                [key, item] => Some(OutputNode::For { key: Some(key.clone()), item: item.clone(), list, inner }),
                _ => {
                    let help = "write `for \"item\" in=\"list\" { file … }`";
                    diags.push(Diag::error(Code::KdlBadValue, node.head(), "`for` takes one or two names").help(help));
                    None
                }
            }
        }
    }
}

fn read_outputs(node: &Node, diags: &mut Diags) -> Option<Vec<OutputNode>> {
    reader::only_children(node, &["emit", "file", "for", "if"], diags);
    let inner: Vec<Option<OutputNode>> = node.children().iter().map(|it| read_output(it, diags)).collect();
    inner.into_iter().collect()
}

/// `file "path" format="yaml" { body }`, or `file "path" format="text" "content"`.
fn read_file(node: &Node, diags: &mut Diags) -> Option<OutputFile> {
    reader::only_props(node, &["format", "lower", "mode"], diags);
    let (path, _) = reader::first_string_arg(node, diags)?;
    let (arg, _) = reader::required_string_prop(node, "format", diags)?;
    let format = read_arg(arg, diags)?;
    if let crate::template::Kind::Constant(value) = &format.kind {
        diags.take(parse_format(value))?;
    }
    let lowering =
        reader::string_prop(node, "lower", diags).map(|(arg, it)| Spanned::new(Arc::from(it), arg.text_at()));
    // The body is what stands behind the path: children, or the next argument.
    let body = Node { args: node.args[1..].to_vec(), props: Vec::new(), ..node.clone() };
    let body = if body.args.is_empty() && body.children.is_none() {
        Template { kind: crate::template::Kind::Body(Body::default()), at: node.head() }
    } else {
        read_value(&body, diags)?
    };
    let (path, mode) = (read_arg(path, diags)?, super::read_mode(node, diags));
    Some(OutputFile { path, format, lowering, mode, body, at: node.head() })
}
