//! KDL nodes to templates.
//!
//! The rules are the table in the book's chapter on value bodies. What a node cannot mean is an error that
//! says what to write instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Body, Coercion, Fragment, Item, Kind, Template};
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Expr, Interpolation};
use crate::format::Format;
use crate::kdl::{Arg, Node, Scalar};
use crate::source::{Span, Spanned};
use crate::value::Value;

/// The value that a node gives to its name.
pub fn read_value(node: &Node, diags: &mut Diags) -> Option<Template> {
    let plain = plain_value(node, diags)?;
    match &node.ty {
        Some(ty) => annotate(ty, plain, diags),
        None => Some(plain),
    }
}

/// A body from children that stand among nothing else.
pub fn read_body(nodes: &[Node], diags: &mut Diags) -> Option<Body> {
    let mut items: Vec<Item> = Vec::new();
    let mut complete = true;
    for node in nodes {
        match read_item(node, &mut items, diags) {
            Some(Some(item)) => items.push(item),
            Some(None) => {}
            None => complete = false,
        }
    }
    complete &= one_kind(nodes, &items, diags);
    complete &= no_key_twice(&items, diags);
    complete.then_some(Body { items })
}

/// The properties of a node as a map, for declarations such as `options namespace="x"`.
pub fn read_properties(node: &Node, diags: &mut Diags) -> Option<Body> {
    let entries: Vec<Option<Item>> = node
        .props
        .iter()
        .map(|prop| {
            let key = Interpolation::Plain { text: prop.key.value.clone(), at: prop.key.at };
            let value = read_arg(&prop.value, diags)?;
            Some(Item::Entry { key, value, optional: false, at: prop.key.at })
        })
        .collect();
    let mut items: Vec<Item> = entries.into_iter().collect::<Option<_>>()?;
    let properties = items.len();
    items.extend(read_body(node.children(), diags)?.items);
    let complete = properties == 0 || no_key_twice(&items, diags);
    complete.then_some(Body { items })
}

/// One argument: a constant, or text with interpolation.
pub fn read_arg(arg: &Arg, diags: &mut Diags) -> Option<Template> {
    let plain = match &arg.value {
        Scalar::Null => Template::constant(Value::null(arg.at)),
        Scalar::Bool(value) => Template::constant(Value::bool(*value, arg.at)),
        Scalar::Int(value) => Template::constant(Value::int(*value, arg.at)),
        Scalar::Float(value) => Template::constant(Value::new(crate::value::Data::Float(*value), arg.at)),
        Scalar::Text(text) => {
            let parsed = diags.take(Interpolation::parse(text, arg.at, arg.inner))?;
            match parsed.as_plain() {
                Some(plain) => Template::constant(Value::text(plain.clone(), arg.at)),
                None => Template { kind: Kind::Text(parsed), at: arg.at },
            }
        }
    };
    match &arg.ty {
        Some(ty) if matches!(&*ty.value, "key" | "optional" | "list") => {
            let message = format!("`({})` says something of a key, and stands before a value", ty.value);
            diags.push(
                Diag::error(Code::KdlBadValue, ty.at, message)
                    .help(format!("put it before the name: `({})name …`", ty.value)),
            );
            None
        }
        Some(ty) => annotate(ty, plain, diags),
        None => Some(plain),
    }
}

const ANNOTATIONS: &[&str] = &["key", "optional", "list", "string", "int", "bool", "json", "yaml", "toml", "reveal"];

fn annotate(ty: &Spanned<Arc<str>>, inner: Template, diags: &mut Diags) -> Option<Template> {
    let at = inner.at;
    let wrap = |kind: fn(Box<Template>) -> Kind, inner| Some(Template { kind: kind(Box::new(inner)), at });
    match &*ty.value {
        "key" | "optional" | "list" => Some(inner),
        "string" => wrap(|it| Kind::Coerce(Coercion::Text, it), inner),
        "int" => wrap(|it| Kind::Coerce(Coercion::Int, it), inner),
        "bool" => wrap(|it| Kind::Coerce(Coercion::Bool, it), inner),
        "json" => wrap(|it| Kind::Encode(Format::Json, it), inner),
        "yaml" => wrap(|it| Kind::Encode(Format::Yaml, it), inner),
        "toml" => wrap(|it| Kind::Encode(Format::Toml, it), inner),
        "reveal" => wrap(Kind::Reveal, inner),
        other => {
            let known = crate::diag::suggest::did_you_mean(other, ANNOTATIONS.iter().copied());
            diags.push(
                Diag::error(Code::KdlBadValue, ty.at, format!("unknown annotation `({other})`")).maybe_help(known),
            );
            None
        }
    }
}

fn has_type(node: &Node, name: &str) -> bool {
    node.ty.as_ref().is_some_and(|it| &*it.value == name)
}

fn plain_value(node: &Node, diags: &mut Diags) -> Option<Template> {
    let at = node.head();
    let has_body = node.children.is_some() || !node.props.is_empty();
    if has_body && !node.args.is_empty() {
        let message = format!("`{}` has arguments and a body", node.name());
        diags.push(
            Diag::error(Code::KdlBadValue, at, message)
                .help(format!("write either `{0} \"value\"` or `{0} {{ key \"value\" }}`", node.name())),
        );
        return None;
    }
    let as_list = has_type(node, "list");
    match node.args.as_slice() {
        [] if has_body => Some(Template { kind: Kind::Body(read_properties(node, diags)?), at }),
        [] if as_list => Some(Template { kind: Kind::List(Vec::new()), at }),
        [] => {
            diags.push(Diag::error(Code::KdlBadValue, at, format!("`{}` has no value", node.name())).help(format!(
                "write `{0} \"value\"`, `{0} #null`, `{0} {{}}` for an empty map or `(list){0}` for an empty list",
                node.name()
            )));
            None
        }
        [arg] if !as_list => read_arg(arg, diags),
        args => {
            let items: Vec<Option<Template>> = args.iter().map(|it| read_arg(it, diags)).collect();
            Some(Template { kind: Kind::List(items.into_iter().collect::<Option<_>>()?), at })
        }
    }
}

/// `None` after a problem; `Some(None)` when the node continued an earlier item.
fn read_item(node: &Node, before: &mut [Item], diags: &mut Diags) -> Option<Option<Item>> {
    if has_type(node, "key") {
        return read_entry(node, diags).map(Some);
    }
    match node.name() {
        "-" => Some(Some(Item::Dash { value: read_value(node, diags)?, optional: has_type(node, "optional") })),
        "if" => {
            let branch = (Some(one_expr(node, diags)?), read_body(node.children(), diags)?);
            Some(Some(Item::If { branches: vec![branch] }))
        }
        "else-if" | "else" => continue_if(node, before, diags).map(|()| None),
        "for" => read_for(node, diags).map(Some),
        "let" => read_let(node, diags).map(Some),
        "spread" => Some(Some(Item::Spread { expr: one_expr(node, diags)? })),
        "insert" => read_insert(node, diags).map(Some),
        "slot" => read_slot(node, diags).map(Some),
        _ => read_entry(node, diags).map(Some),
    }
}

fn read_entry(node: &Node, diags: &mut Diags) -> Option<Item> {
    // A node's name has no quotes of its own to leave out: where it was quoted, its span is one byte wider on
    // both sides, so the text is placed exactly only when the lengths say so.
    let name = &node.name;
    let width = (name.at.end - name.at.start) as usize;
    let inner = if width == name.value.len() {
        Some(name.at)
    } else if width == name.value.len() + 2 {
        Some(name.at.within(1, width - 1))
    } else {
        None
    };
    let key = diags.take(Interpolation::parse(&name.value, name.at, inner))?;
    let value = read_value(node, diags)?;
    Some(Item::Entry { key, value, optional: has_type(node, "optional"), at: name.at })
}

fn continue_if(node: &Node, before: &mut [Item], diags: &mut Diags) -> Option<()> {
    let condition = if node.name() == "else" { None } else { Some(one_expr(node, diags)?) };
    let body = read_body(node.children(), diags)?;
    match before.last_mut() {
        Some(Item::If { branches }) if branches.last().is_some_and(|(it, _)| it.is_some()) => {
            branches.push((condition, body));
            Some(())
        }
        _ => {
            diags.push(
                Diag::error(Code::KdlBadValue, node.head(), format!("`{}` does not follow an `if`", node.name()))
                    .help("put it right after `if \"…\" { … }`"),
            );
            None
        }
    }
}

fn read_for(node: &Node, diags: &mut Diags) -> Option<Item> {
    let names: Vec<Arc<str>> = node.args.iter().filter_map(|it| it.as_str()).map(Arc::from).collect();
    let (key, item) = match names.as_slice() {
        [item] => (None, item.clone()),
        [key, item] => (Some(key.clone()), item.clone()),
        _ => {
            let help = "write `for \"item\" in=\"list\" { … }` or `for \"key\" \"value\" in=\"map\" { … }`";
            diags.push(Diag::error(Code::KdlBadValue, node.head(), "`for` takes one or two names").help(help));
            return None;
        }
    };
    let Some(list) = node.prop("in") else {
        let help = "write `for \"item\" in=\"list\" { … }`";
        diags.push(Diag::error(Code::KdlBadValue, node.head(), "`for` does not say what it goes through").help(help));
        return None;
    };
    let list = expr_of(list, diags)?;
    Some(Item::For { key, item, list, body: read_body(node.children(), diags)? })
}

/// `let "name" VALUE` or `let "name" { … }`.
fn read_let(node: &Node, diags: &mut Diags) -> Option<Item> {
    let Some((Some(_), first)) = node.args.first().map(|it| (it.as_str(), it)) else {
        let help = "write `let \"name\" \"{{ expression }}\"`";
        diags.push(Diag::error(Code::KdlBadValue, node.head(), "`let` has no name").help(help));
        return None;
    };
    let name = Spanned::new(Arc::from(first.as_str().unwrap_or_default()), first.text_at());
    let rest = Node { args: node.args[1..].to_vec(), ..node.clone() };
    Some(Item::Let { name, value: read_value(&rest, diags)? })
}

fn read_insert(node: &Node, diags: &mut Diags) -> Option<Item> {
    let fragment = one_name(node, diags)?;
    let args: Vec<Option<_>> =
        node.props.iter().map(|prop| Some((prop.key.clone(), expr_of(&prop.value, diags)?))).collect();
    Some(Item::Insert { fragment, args: args.into_iter().collect::<Option<_>>()? })
}

fn read_slot(node: &Node, diags: &mut Diags) -> Option<Item> {
    let name = one_name(node, diags)?;
    let of = match node.prop("for") {
        Some(arg) => Some(expr_of(arg, diags)?),
        None => None,
    };
    Some(Item::Slot { name, of })
}

fn one_name(node: &Node, diags: &mut Diags) -> Option<Spanned<Arc<str>>> {
    if let [arg] = node.args.as_slice()
        && let Some(text) = arg.as_str()
    {
        return Some(Spanned::new(Arc::from(text), arg.text_at()));
    }
    let message = format!("`{}` takes one name", node.name());
    let help = format!("write `{} \"name\"`", node.name());
    diags.push(Diag::error(Code::KdlBadValue, node.head(), message).help(help));
    None
}

fn one_expr(node: &Node, diags: &mut Diags) -> Option<Expr> {
    if let [arg] = node.args.as_slice() {
        return expr_of(arg, diags);
    }
    let message = format!("`{}` takes one expression", node.name());
    let help = format!("write `{} \"expression\"`", node.name());
    diags.push(Diag::error(Code::KdlBadValue, node.head(), message).help(help));
    None
}

/// The expression that an argument holds.
pub(crate) fn expr_of(arg: &Arg, diags: &mut Diags) -> Option<Expr> {
    match arg.as_str() {
        Some(text) => diags.take(Expr::parse(text, arg.at, arg.inner)),
        None => {
            diags.push(
                Diag::error(Code::KdlBadValue, arg.at, "expected an expression in quotes")
                    .help("write the expression as a string, for example `\"#true\"` as `\"true\"`"),
            );
            None
        }
    }
}

/// A body is a map or a list, never both: what can be seen without running it is reported here.
fn one_kind(nodes: &[Node], items: &[Item], diags: &mut Diags) -> bool {
    let dash = items.iter().any(|it| matches!(it, Item::Dash { .. }));
    let entry = items.iter().find_map(|it| match it {
        Item::Entry { at, .. } => Some(*at),
        _ => None,
    });
    match (dash, entry) {
        (true, Some(at)) => {
            let dash_at = nodes.iter().find(|it| it.name() == "-").map_or(Span::NONE, |it| it.name.at);
            diags.push(
                Diag::error(Code::KdlBadValue, at, "a list item and a key stand side by side")
                    .here("a key of a map")
                    .label(dash_at, "an item of a list")
                    .help("name all of them `-` for a list, or none of them for a map"),
            );
            false
        }
        _ => true,
    }
}

/// A key that stands twice among siblings would be given twice in every run.
fn no_key_twice(items: &[Item], diags: &mut Diags) -> bool {
    let mut seen: BTreeMap<&Arc<str>, Span> = BTreeMap::new();
    let mut complete = true;
    for item in items {
        let Item::Entry { key, at, .. } = item else { continue };
        let Some(key) = key.as_plain() else { continue };
        match seen.get(key) {
            Some(earlier) => {
                diags.push(crate::kdl::reader::duplicate("key", key, *at, *earlier));
                complete = false;
            }
            None => drop(seen.insert(key, *at)),
        }
    }
    complete
}

/// `fragment "name" "param"… { body }`.
pub fn read_fragment(node: &Node, diags: &mut Diags) -> Option<Fragment> {
    let mut names = Vec::new();
    for arg in &node.args {
        match arg.as_str() {
            Some(text) => names.push(Spanned::new(Arc::from(text), arg.text_at())),
            None => {
                diags.push(Diag::error(Code::KdlBadValue, arg.at, "expected a name in quotes"));
                return None;
            }
        }
    }
    let mut names = names.into_iter();
    let Some(name) = names.next() else {
        let help = "write `fragment \"name\" \"argument\" { … }`";
        diags.push(Diag::error(Code::KdlBadValue, node.head(), "`fragment` has no name").help(help));
        return None;
    };
    Some(Fragment { name, params: names.collect(), body: read_body(node.children(), diags)?, at: node.head() })
}
