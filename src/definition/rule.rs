//! `rule`: how a resource type is met in an environment.

use std::sync::Arc;

use super::run::Run;
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Expr, Interpolation};
use crate::kdl::{Arg, Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Body, Item, Template, expr_of, read_arg, read_body, read_properties};

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub name: Spanned<Arc<str>>,
    pub doc: Arc<str>,
    /// Alternatives: one that holds is enough.
    pub matches: Vec<Match>,
    pub priority: i64,
    /// `needs`, `let`, `require` and `run`, in the order written.
    pub steps: Vec<Step>,
    pub outputs: Body,
    pub outputs_at: Span,
    /// What it contributes, by slot.
    pub emit: Vec<Emit>,
    pub files: Vec<RuleFile>,
    pub notes: Vec<Template>,
    /// Nearest first: 0 is the project file.
    pub layer: usize,
    /// Whose fragments it may insert: an index into [`super::Definitions::packs`].
    pub pack: usize,
    pub at: Span,
    /// The definition from its name to its closing brace.
    pub whole: Span,
}

/// One `match` node: all criteria must hold.
#[derive(Clone, Debug)]
pub struct Match {
    pub criteria: Vec<(Criterion, Vec<Pattern>)>,
    pub when: Option<Expr>,
    pub at: Span,
}

/// What a match looks at, from the one that weighs most to the one that weighs least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Criterion {
    Id,
    Workload,
    Env,
    Kind,
    Class,
    Target,
    Type,
}

impl Criterion {
    /// Every criterion, from the most to the least specific.
    pub const ALL: &[(&str, Criterion)] = &[
        ("id", Criterion::Id),
        ("workload", Criterion::Workload),
        ("env", Criterion::Env),
        ("kind", Criterion::Kind),
        ("class", Criterion::Class),
        ("target", Criterion::Target),
        ("type", Criterion::Type),
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(name, _)| name)
    }
}

/// A text to match: exact, or a glob (`*`, `?`, `[…]`, `{…}`).
#[derive(Clone, Debug)]
pub struct Pattern {
    pub text: Arc<str>,
    glob: Option<globset::GlobMatcher>,
    pub at: Span,
}

impl Pattern {
    pub(super) fn read(arg: &Arg, text: &str, diags: &mut Diags) -> Option<Self> {
        Self::read_glob(arg, text, false, diags)
    }

    /// As for paths: `*` stays within one folder.
    pub(super) fn read_path(arg: &Arg, text: &str, diags: &mut Diags) -> Option<Self> {
        Self::read_glob(arg, text, true, diags)
    }

    fn read_glob(arg: &Arg, text: &str, is_path: bool, diags: &mut Diags) -> Option<Self> {
        let glob = if text.contains(['*', '?', '[', '{']) {
            let built = globset::GlobBuilder::new(text)
                .literal_separator(is_path)
                .build()
                .map_err(|problem| Diag::error(Code::KdlBadValue, arg.at, format!("`{text}`: {}", problem.kind())));
            Some(diags.take(built)?.compile_matcher())
        } else {
            None
        };
        Some(Pattern { text: Arc::from(text), glob, at: arg.text_at() })
    }

    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(text),
            None => *self.text == *text,
        }
    }

    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.glob.is_none()
    }
}

#[derive(Clone, Debug)]
pub enum Step {
    Let { name: Spanned<Arc<str>>, value: Template },
    Need(Need),
    Require(Require),
    Run(Run),
}

/// What must hold for the rule to go on: `require "expr" "message" help="…"`.
#[derive(Clone, Debug)]
pub struct Require {
    pub condition: Expr,
    pub message: Template,
    pub help: Option<Template>,
    pub at: Span,
}

/// Another resource that the rule asks for, in Score's own words.
#[derive(Clone, Debug)]
pub struct Need {
    pub name: Spanned<Arc<str>>,
    pub ty: Spanned<Arc<str>>,
    pub class: Option<Interpolation>,
    /// Without one the resource is private to the one that needs it.
    pub id: Option<Interpolation>,
    pub params: Option<Body>,
    pub at: Span,
}

/// A contribution to a slot.
#[derive(Clone, Debug)]
pub struct Emit {
    pub slot: Spanned<Arc<str>>,
    pub body: Template,
}

/// A file that the rule adds to the output folder.
#[derive(Clone, Debug)]
pub struct RuleFile {
    pub path: Template,
    pub content: Template,
    pub mode: Option<Template>,
    pub at: Span,
}

const CHILDREN: &[&str] =
    &["doc", "match", "priority", "needs", "let", "require", "run", "outputs", "emit", "file", "note"];

impl Rule {
    pub(super) fn read(node: &Node, layer: usize, pack: usize, diags: &mut Diags) -> Option<Self> {
        reader::only_children(node, CHILDREN, diags);
        reader::only_props(node, &[], diags);
        reader::unique_children(node, &["doc", "priority", "outputs", "emit"], diags);
        let (arg, name) = reader::one_string_arg(node, diags)?;
        let matches: Vec<Option<Match>> =
            reader::children(node, "match").map(|child| read_match(child, diags)).collect();
        if matches.is_empty() {
            diags.push(reader::missing(node, "match", "add `match type=\"…\"`"));
        }
        let steps = read_steps(node, diags);
        let outputs = reader::child(node, "outputs");
        let emit = read_emit(node, diags);
        let files: Vec<Option<RuleFile>> = reader::children(node, "file").map(|it| read_file(it, diags)).collect();
        let notes: Vec<Option<Template>> = reader::children(node, "note")
            .map(|it| reader::one_string_arg(it, diags).map(|(arg, _)| arg).and_then(|arg| read_arg(arg, diags)))
            .collect();
        Some(Rule {
            name: Spanned::new(Arc::from(name), arg.text_at()),
            doc: super::doc(node, diags),
            matches: matches.into_iter().collect::<Option<_>>()?,
            priority: read_priority(node, diags),
            steps: steps?,
            outputs: match outputs {
                Some(it) => read_properties(it, diags)?,
                None => Body::default(),
            },
            outputs_at: outputs.map_or(node.head(), Node::head),
            emit: emit?,
            files: files.into_iter().collect::<Option<_>>()?,
            notes: notes.into_iter().collect::<Option<_>>()?,
            layer,
            pack,
            at: node.head(),
            whole: node.at,
        })
    }

    /// The types it names exactly, for the checks against contracts; globs are left out.
    pub fn exact(&self, wanted: Criterion) -> Vec<&Pattern> {
        let patterns = self.matches.iter().flat_map(|it| &it.criteria);
        patterns.filter(|(it, _)| *it == wanted).flat_map(|(_, list)| list).filter(|it| it.is_exact()).collect()
    }

    /// Calls `visit` with every expression of the rule.
    pub fn each_expression(&self, visit: &mut dyn FnMut(&Expr)) {
        self.matches.iter().filter_map(|it| it.when.as_ref()).for_each(&mut *visit);
        for step in &self.steps {
            match step {
                Step::Let { value, .. } => value.each_expression(visit),
                Step::Require(require) => {
                    visit(&require.condition);
                    require.message.each_expression(visit);
                    require.help.iter().for_each(|it| it.each_expression(visit));
                }
                Step::Run(run) => {
                    run.arguments.iter().for_each(|it| it.each_expression(visit));
                    run.input.iter().for_each(|it| it.each_expression(visit));
                }
                Step::Need(need) => {
                    need.id.iter().chain(&need.class).flat_map(Interpolation::expressions).for_each(&mut *visit);
                    need.params.iter().for_each(|it| it.each_expression(visit));
                }
            }
        }
        self.outputs.each_expression(visit);
        self.emit.iter().for_each(|it| it.body.each_expression(visit));
        for file in &self.files {
            file.path.each_expression(visit);
            file.content.each_expression(visit);
        }
        self.notes.iter().for_each(|it| it.each_expression(visit));
    }
}

fn read_priority(node: &Node, diags: &mut Diags) -> i64 {
    let Some(child) = reader::child(node, "priority") else { return 0 };
    match child.args.as_slice() {
        [arg] if matches!(arg.value, crate::kdl::Scalar::Int(_)) => match arg.value {
            crate::kdl::Scalar::Int(value) => value,
            _ => 0,
        },
        _ => {
            diags.push(
                Diag::error(Code::KdlBadValue, child.head(), "`priority` takes one integer")
                    .help("write `priority 10`"),
            );
            0
        }
    }
}

/// `match type="a" target="b"`, or with several values: `match { type "a" "b"; target "c" }`.
fn read_match(node: &Node, diags: &mut Diags) -> Option<Match> {
    let all: Vec<Criterion> = Criterion::ALL.iter().map(|(_, it)| *it).collect();
    let matched = read_criteria(node, &all, diags)?;
    if !matched.criteria.iter().any(|(it, _)| *it == Criterion::Type) {
        let names: Vec<&str> = Criterion::ALL.iter().map(|(name, _)| *name).chain(["when"]).collect();
        // A misspelt `type` was reported already.
        let misspelt = node.props.iter().map(|it| &*it.key.value).chain(node.children().iter().map(Node::name));
        if misspelt.filter(|it| !names.contains(it)).count() > 0 {
            return None;
        }
        diags.push(reader::missing(node, "type", "add `type=\"…\"`, the resource type that the rule is for"));
        return None;
    }
    Some(matched)
}

/// The criteria of a `match` node, of those that can be given here; all of them must hold.
pub(super) fn read_criteria(node: &Node, known: &[Criterion], diags: &mut Diags) -> Option<Match> {
    let names: Vec<&str> = known.iter().map(|it| it.name()).chain(["when"]).collect();
    reader::only_props(node, &names, diags);
    reader::only_children(node, &names, diags);
    reader::no_args(node, diags);
    let mut criteria = Vec::new();
    for criterion in known {
        let name = criterion.name();
        let mut patterns = Vec::new();
        if let Some((arg, text)) = reader::string_prop(node, name, diags) {
            patterns.push(Pattern::read(arg, text, diags)?);
        }
        for child in reader::children(node, name) {
            for (arg, text) in reader::string_args(child, diags) {
                patterns.push(Pattern::read(arg, text, diags)?);
            }
        }
        if !patterns.is_empty() {
            criteria.push((*criterion, patterns));
        }
    }
    let when = match node.prop("when").or_else(|| reader::child(node, "when").and_then(|it| it.args.first())) {
        Some(arg) => Some(expr_of(arg, diags)?),
        None => None,
    };
    Some(Match { criteria, when, at: node.head() })
}

fn read_steps(node: &Node, diags: &mut Diags) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut complete = true;
    for child in node.children() {
        let step = match child.name() {
            "let" => read_let(child, diags),
            "needs" => read_need(child, diags).map(Step::Need),
            "require" => read_require(child, diags).map(Step::Require),
            "run" => super::run::read(child, diags).map(Step::Run),
            _ => continue,
        };
        match step {
            Some(step) => {
                if let Some(name) = step_name(&step)
                    && let Some(earlier) = steps.iter().filter_map(step_name).find(|it| it.value == name.value)
                {
                    diags.push(reader::duplicate("name", &name.value, name.at, earlier.at));
                }
                steps.push(step);
            }
            None => complete = false,
        }
    }
    complete.then_some(steps)
}

fn step_name(step: &Step) -> Option<&Spanned<Arc<str>>> {
    match step {
        Step::Let { name, .. } => Some(name),
        Step::Need(need) => Some(&need.name),
        Step::Run(run) => Some(&run.name),
        Step::Require(_) => None,
    }
}

fn read_require(node: &Node, diags: &mut Diags) -> Option<Require> {
    reader::only_props(node, &["help"], diags);
    reader::no_children(node, diags);
    let [condition, message] = node.args.as_slice() else {
        let help = "write `require \"condition\" \"what is wrong otherwise\"`";
        diags.push(Diag::error(Code::KdlBadValue, node.head(), "`require` takes a condition and a message").help(help));
        return None;
    };
    let help = match node.prop("help") {
        Some(arg) => Some(read_arg(arg, diags)?),
        None => None,
    };
    let (condition, message) = (expr_of(condition, diags)?, read_arg(message, diags)?);
    Some(Require { condition, message, help, at: node.head() })
}

/// `let "name" VALUE`.
pub(super) fn read_let(node: &Node, diags: &mut Diags) -> Option<Step> {
    match read_body(std::slice::from_ref(node), diags)?.items.pop()? {
        Item::Let { name, value } => Some(Step::Let { name, value }),
        _ => None,
    }
}

fn read_need(node: &Node, diags: &mut Diags) -> Option<Need> {
    reader::only_children(node, &["params"], diags);
    reader::unique_children(node, &["params"], diags);
    reader::only_props(node, &["type", "class", "id"], diags);
    let (arg, name) = reader::one_string_arg(node, diags)?;
    let (ty, ty_text) = reader::required_string_prop(node, "type", diags)?;
    let mut text = |key: &str| match node.prop(key) {
        Some(arg) => interpolation(arg, diags).map(Some),
        None => Some(None),
    };
    let (class, id) = (text("class")?, text("id")?);
    let params = match reader::child(node, "params") {
        Some(child) => Some(read_properties(child, diags)?),
        None => None,
    };
    let name = Spanned::new(Arc::from(name), arg.text_at());
    Some(Need { name, ty: Spanned::new(Arc::from(ty_text), ty.text_at()), class, id, params, at: node.head() })
}

fn interpolation(arg: &Arg, diags: &mut Diags) -> Option<Interpolation> {
    match arg.as_str() {
        Some(text) => diags.take(Interpolation::parse(text, arg.at, arg.inner)),
        None => {
            diags.push(Diag::error(Code::KdlBadValue, arg.at, "expected a string").help("put it in quotes"));
            None
        }
    }
}

fn read_emit(node: &Node, diags: &mut Diags) -> Option<Vec<Emit>> {
    let Some(emit) = reader::child(node, "emit") else { return Some(Vec::new()) };
    super::read_emit(emit, diags)
}

fn read_file(node: &Node, diags: &mut Diags) -> Option<RuleFile> {
    reader::only_props(node, &["mode"], diags);
    let [path, content] = node.args.as_slice() else {
        let help = "write `file \"path\" \"content\"`";
        diags.push(Diag::error(Code::KdlBadValue, node.head(), "`file` takes a path and a content").help(help));
        return None;
    };
    let (path, content) = (read_arg(path, diags)?, read_arg(content, diags)?);
    Some(RuleFile { path, content, mode: super::read_mode(node, diags), at: node.head() })
}
