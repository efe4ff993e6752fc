//! `run` of a rule: an external program, and what it is given.

use std::sync::Arc;

use crate::diag::{Code, Diag, Diags};
use crate::kdl::{Arg, Node, reader};
use crate::source::{Span, Spanned};
use crate::template::{Body, Template, read_arg, read_properties};

/// An external program that provides for the resource: `run "name" "COMMAND" "ARGUMENT"… timeout=60 { input { … } }`.
#[derive(Clone, Debug)]
pub struct Run {
    pub name: Spanned<Arc<str>>,
    /// Below the project's root where it has a `/`, else a name on the search path. Never computed, so that it can
    /// be allowed by name.
    pub command: Spanned<Arc<str>>,
    pub arguments: Vec<Template>,
    /// In seconds.
    pub timeout: u32,
    pub input: Option<Body>,
    pub at: Span,
}

/// How long a program may take where the rule says nothing, in seconds.
const DEFAULT_TIMEOUT: u32 = 60;
/// The longest that a rule may allow, in seconds.
const LONGEST_TIMEOUT: u32 = 3600;

pub(super) fn read(node: &Node, diags: &mut Diags) -> Option<Run> {
    reader::only_props(node, &["timeout"], diags);
    reader::only_children(node, &["input"], diags);
    reader::unique_children(node, &["input"], diags);
    let [name, command, arguments @ ..] = node.args.as_slice() else {
        let help = "write `run \"name\" \"./scripts/program\"`";
        diags.push(Diag::error(Code::KdlBadValue, node.head(), "`run` takes a name and a program").help(help));
        return None;
    };
    let (name, command) = (text(name, diags), text(command, diags));
    let timeout = timeout(node, diags);
    let arguments: Vec<Option<Template>> = arguments.iter().map(|it| read_arg(it, diags)).collect();
    let input = match reader::child(node, "input") {
        Some(child) => Some(read_properties(child, diags)?),
        None => None,
    };
    let command = command?;
    diags.take(check_command(&command))?;
    let arguments = arguments.into_iter().collect::<Option<_>>()?;
    Some(Run { name: name?, command, arguments, timeout: timeout?, input, at: node.head() })
}

fn text(arg: &Arg, diags: &mut Diags) -> Option<Spanned<Arc<str>>> {
    let Some(text) = arg.as_str() else {
        diags.push(Diag::error(Code::KdlBadValue, arg.at, "expected a string").help("put it in quotes"));
        return None;
    };
    Some(Spanned::new(Arc::from(text), arg.text_at()))
}

/// A program is named such that whoever allows it sees what it is.
fn check_command(command: &Spanned<Arc<str>>) -> Result<(), Diag> {
    let wrong = |message: String, help: &str| Err(Diag::error(Code::KdlBadValue, command.at, message).help(help));
    let text = &*command.value;
    if text.is_empty() || text.contains('\0') {
        return wrong("`run` without a program".to_owned(), "write `run \"name\" \"./scripts/program\"`");
    }
    if text.contains("{{") {
        let help = "write the program out, and put what differs into its arguments or its `input`";
        return wrong("the name of a program cannot be computed".to_owned(), help);
    }
    let parts: Vec<&str> = text.split('/').collect();
    if parts.len() > 1 && (parts[0].is_empty() || parts.contains(&"..")) {
        let diag = Diag::error(Code::PathOutsideProject, command.at, format!("`{text}` leads out of the project"));
        return Err(
            diag.help("name a program in the project, as `./scripts/program`, or one on the search path, as `python3`")
        );
    }
    Ok(())
}

fn timeout(node: &Node, diags: &mut Diags) -> Option<u32> {
    let Some(arg) = node.prop("timeout") else { return Some(DEFAULT_TIMEOUT) };
    let seconds = reader::int_prop(node, "timeout", diags)?;
    let found = u32::try_from(seconds).ok().filter(|it| (1..=LONGEST_TIMEOUT).contains(it));
    if found.is_none() {
        let message = format!("`timeout` is from 1 to {LONGEST_TIMEOUT} seconds, not {seconds}");
        diags.push(Diag::error(Code::KdlBadValue, arg.at, message).help(format!("write `timeout={DEFAULT_TIMEOUT}`")));
    }
    found
}
