//! `patch`: what a platform adds to what was emitted. Typed and selective, in place of text templates.

use std::sync::Arc;

use super::rule::{Criterion, Match, read_criteria};
use crate::diag::{Code, Diag, Diags};
use crate::expr::Expr;
use crate::kdl::{Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Template, expr_of, read_value};

/// One patch.
#[derive(Clone, Debug)]
pub struct Patch {
    pub name: Spanned<Arc<str>>,
    pub doc: Arc<str>,
    /// Alternatives; none means everywhere.
    pub matches: Vec<Match>,
    /// Whether it is no mistake if it matches nothing: a pack serves projects that lack what it patches.
    pub is_optional: bool,
    pub on: Vec<Selector>,
    /// In the order written.
    pub changes: Vec<Change>,
    pub layer: usize,
    pub pack: usize,
    pub at: Span,
}

/// `on "slot" when="…"`: items of a slot.
#[derive(Clone, Debug)]
pub struct Selector {
    pub slot: Spanned<Arc<str>>,
    pub when: Option<Expr>,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub kind: ChangeKind,
    pub at: Span,
}

#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// Maps merge deeply, anything else is replaced.
    Merge(Template),
    Set(Path, Template),
    Append(Path, Template),
    Remove(Vec<Path>),
}

/// `spec.template.spec.containers.*.image`: keys, indices of lists, `*` for all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub steps: Vec<PathStep>,
    pub at: Span,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PathStep {
    Every,
    Key(Arc<str>),
}

/// What patches and policies can be limited to.
pub(super) const WHERE: &[Criterion] = &[Criterion::Env, Criterion::Kind, Criterion::Target];

const CHILDREN: &[&str] = &["doc", "match", "on", "merge", "set", "append", "remove"];

impl Patch {
    pub(super) fn read(node: &Node, layer: usize, pack: usize, diags: &mut Diags) -> Option<Self> {
        reader::only_children(node, CHILDREN, diags);
        reader::only_props(node, &["optional"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let on: Vec<Option<Selector>> = reader::children(node, "on").map(|it| read_selector(it, diags)).collect();
        if on.is_empty() {
            diags.push(reader::missing(node, "on", "add `on \"SLOT\" when=\"…\"`, which says what is patched"));
            return None;
        }
        let changes: Vec<Option<Change>> = node.children().iter().filter_map(|it| read_change(it, diags)).collect();
        if changes.is_empty() {
            let help = "add `merge { … }`, `set \"path\" …`, `append \"path\" …` or `remove \"path\"`";
            diags.push(reader::missing(node, "merge", help));
            return None;
        }
        let matches: Vec<Option<Match>> =
            reader::children(node, "match").map(|it| read_criteria(it, WHERE, diags)).collect();
        Some(Patch {
            name: Spanned::new(Arc::from(name), arg.text_at()),
            doc: super::doc(node, diags),
            matches: matches.into_iter().collect::<Option<_>>()?,
            is_optional: reader::bool_prop(node, "optional", diags).unwrap_or(false),
            on: on.into_iter().collect::<Option<_>>()?,
            changes: changes.into_iter().collect::<Option<_>>()?,
            layer,
            pack,
            at: node.head(),
        })
    }
}

fn read_selector(node: &Node, diags: &mut Diags) -> Option<Selector> {
    reader::only_props(node, &["when"], diags);
    let (arg, slot) = reader::one_string_arg(node, diags)?;
    let when = match node.prop("when") {
        Some(arg) => Some(expr_of(arg, diags)?),
        None => None,
    };
    Some(Selector { slot: Spanned::new(Arc::from(slot), arg.text_at()), when, at: node.head() })
}

/// `None` for a node that is no change; `Some(None)` after a problem.
fn read_change(node: &Node, diags: &mut Diags) -> Option<Option<Change>> {
    let kind = match node.name() {
        "merge" => read_value(node, diags).map(ChangeKind::Merge),
        "set" => read_pair(node, diags).map(|(path, value)| ChangeKind::Set(path, value)),
        "append" => read_pair(node, diags).map(|(path, value)| ChangeKind::Append(path, value)),
        "remove" => {
            let paths: Vec<Option<Path>> = reader::string_args(node, diags)
                .into_iter()
                .map(|(arg, text)| Path::read(text, arg.text_at(), diags))
                .collect();
            paths.into_iter().collect::<Option<_>>().map(ChangeKind::Remove)
        }
        _ => return None,
    };
    Some(kind.map(|kind| Change { kind, at: node.head() }))
}

/// `set "path" VALUE`, the value by the rules of any other body.
fn read_pair(node: &Node, diags: &mut Diags) -> Option<(Path, Template)> {
    let (arg, text) = reader::first_string_arg(node, diags)?;
    let path = Path::read(text, arg.text_at(), diags)?;
    let rest = Node { args: node.args[1..].to_vec(), ..node.clone() };
    Some((path, read_value(&rest, diags)?))
}

impl Path {
    /// `.` separates, `\.` is a dot in a key.
    fn read(text: &str, at: Span, diags: &mut Diags) -> Option<Self> {
        let mut steps = vec![String::new()];
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => steps.last_mut()?.extend(characters.next()),
                '.' => steps.push(String::new()),
                other => steps.last_mut()?.push(other),
            }
        }
        if steps.iter().any(String::is_empty) {
            let message = format!("the path `{text}` has an empty part");
            diags.push(Diag::error(Code::KdlBadValue, at, message).help("write it as in `spec.replicas`"));
            return None;
        }
        let step = |it: String| if it == "*" { PathStep::Every } else { PathStep::Key(Arc::from(it)) };
        Some(Path { steps: steps.into_iter().map(step).collect(), at })
    }
}
