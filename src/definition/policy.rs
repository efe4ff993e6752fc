//! `policy`: what a platform refuses, and `waive`: where it does not, and why.

use std::sync::Arc;

use super::patch::WHERE;
use super::rule::{Match, Pattern, Step, read_criteria, read_let};
use crate::diag::suggest::did_you_mean;
use crate::diag::{Code, Diag, Diags, Severity};
use crate::expr::Expr;
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Template, expr_of, read_arg};

/// One policy.
#[derive(Clone, Debug)]
pub struct Policy {
    pub name: Spanned<Arc<str>>,
    pub doc: Arc<str>,
    pub severity: Severity,
    /// Alternatives; none means everywhere.
    pub matches: Vec<Match>,
    pub about: About,
    /// Which of them it looks at.
    pub when: Option<Expr>,
    /// Names that what follows sees, in the order written. Nothing is computed for what `when` leaves out.
    pub lets: Vec<(Spanned<Arc<str>>, Template)>,
    pub require: Expr,
    /// The value whose place is shown; without one, the subject's.
    pub place: Option<Expr>,
    pub message: Template,
    pub help: Option<Template>,
    pub layer: usize,
    pub pack: usize,
    pub at: Span,
}

/// What a policy looks at, one by one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    Workload,
    Container,
    Port,
    File,
    Volume,
    Resource,
    /// An item of a slot, after all patches.
    Item(Spanned<Arc<str>>),
}

const ABOUT: &[(&str, About)] = &[
    ("workload", About::Workload),
    ("container", About::Container),
    ("port", About::Port),
    ("file", About::File),
    ("volume", About::Volume),
    ("resource", About::Resource),
];

/// An exception, with its reason.
#[derive(Clone, Debug)]
pub struct Waiver {
    pub what: Waived,
    /// Empty: any.
    pub workload: Option<Pattern>,
    pub container: Option<Pattern>,
    pub resource: Option<Pattern>,
    pub because: Arc<str>,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub enum Waived {
    Policy(Spanned<Arc<str>>),
    /// A Score feature that the target cannot express.
    Feature(Spanned<Arc<str>>),
}

const CHILDREN: &[&str] = &["doc", "match", "for", "when", "let", "require", "at", "message", "help"];

impl Policy {
    pub(super) fn read(node: &Node, layer: usize, pack: usize, diags: &mut Diags) -> Option<Self> {
        reader::only_children(node, CHILDREN, diags);
        reader::unique_children(node, &["doc", "for", "when", "require", "at", "message", "help"], diags);
        reader::only_props(node, &["severity"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let severity = super::target::read_severity(node, diags)?;
        let about = read_about(reader::required_child(node, "for", diags)?, diags)?;
        let require = required_expr(node, "require", diags)?;
        let (message, _) = reader::one_string_arg(reader::required_child(node, "message", diags)?, diags)?;
        let message = read_arg(message, diags)?;
        let (when, place) = (optional_expr(node, "when", diags)?, optional_expr(node, "at", diags)?);
        let lets: Vec<Option<(Spanned<Arc<str>>, Template)>> =
            reader::children(node, "let").map(|it| named_value(it, diags)).collect();
        let help = match reader::string_child(node, "help", diags) {
            Some((arg, _)) => Some(read_arg(arg, diags)?),
            None => None,
        };
        let matches: Vec<Option<Match>> =
            reader::children(node, "match").map(|it| read_criteria(it, WHERE, diags)).collect();
        Some(Policy {
            name: Spanned::new(Arc::from(name), arg.text_at()),
            doc: super::doc(node, diags),
            severity,
            matches: matches.into_iter().collect::<Option<_>>()?,
            about,
            when,
            lets: lets.into_iter().collect::<Option<_>>()?,
            require,
            place,
            message,
            help,
            layer,
            pack,
            at: node.head(),
        })
    }
}

fn named_value(node: &Node, diags: &mut Diags) -> Option<(Spanned<Arc<str>>, Template)> {
    match read_let(node, diags)? {
        Step::Let { name, value } => Some((name, value)),
        _ => None,
    }
}

fn read_about(node: &Node, diags: &mut Diags) -> Option<About> {
    reader::only_props(node, &["slot"], diags);
    let (arg, text) = reader::one_string_arg(node, diags)?;
    if text == "item" {
        let (slot, name) = reader::required_string_prop(node, "slot", diags)?;
        return Some(About::Item(Spanned::new(Arc::from(name), slot.text_at())));
    }
    let found = ABOUT.iter().find(|(name, _)| *name == text).map(|(_, about)| about.clone());
    if found.is_none() {
        let known = ABOUT.iter().map(|(name, _)| *name).chain(["item"]);
        let message = format!("a policy cannot be about `{text}`");
        diags.push(Diag::error(Code::KdlBadValue, arg.at, message).maybe_help(did_you_mean(text, known)));
    }
    found
}

fn optional_expr(node: &Node, name: &str, diags: &mut Diags) -> Option<Option<Expr>> {
    let Some(child) = reader::child(node, name) else { return Some(None) };
    let (arg, _) = reader::one_string_arg(child, diags)?;
    expr_of(arg, diags).map(Some)
}

fn required_expr(node: &Node, name: &str, diags: &mut Diags) -> Option<Expr> {
    reader::required_child(node, name, diags)?;
    optional_expr(node, name, diags)?
}

impl Waiver {
    /// `waive "policy" workload="web" because="…"`, or `waive feature="container.limits" because="…"`.
    pub(super) fn read(node: &Node, diags: &mut Diags) -> Option<Self> {
        reader::only_props(node, &["feature", "workload", "container", "resource", "because"], diags);
        reader::no_children(node, diags);
        let what = match reader::string_prop(node, "feature", diags) {
            Some((arg, text)) => Waived::Feature(Spanned::new(Arc::from(text), arg.text_at())),
            None => {
                let (arg, text) = reader::one_string_arg(node, diags)?;
                Waived::Policy(Spanned::new(Arc::from(text), arg.text_at()))
            }
        };
        let (because_arg, because) = reader::required_string_prop(node, "because", diags)?;
        if because.trim().is_empty() {
            let message = "a waiver needs a reason";
            diags.push(Diag::error(Code::KdlBadValue, because_arg.at, message).help("say why in a sentence"));
            return None;
        }
        let mut pattern = |name: &str| match reader::string_prop(node, name, diags) {
            Some((arg, text)) => Pattern::read(arg, text, diags).map(Some),
            None => Some(None),
        };
        let (workload, container, resource) = (pattern("workload")?, pattern("container")?, pattern("resource")?);
        Some(Waiver { what, workload, container, resource, because: Arc::from(because), at: node.head() })
    }
}
