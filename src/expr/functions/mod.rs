//! The functions of expressions, as one table.
//!
//! In: a [`Call`] with values. Out: a value, or why there is none. Every function is pure and bounded, and knows
//! nothing of the script engine. Its line in the table is its documentation: the book is made from it, the check reads
//! the number of arguments from it, and a test runs its example.

#[macro_use]
mod function;
mod call;
mod identity;
mod strings;
mod encoding;
mod patterns;
mod numbers;
mod quantities;
mod data;
mod lists;
mod versions;
mod networks;
mod inspection;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use call::{Context, run};
pub use function::{Function, Returns};

use call::{Call, list, made, text};

use super::problem::Problem;
use crate::diag::{Code, count, suggest};

/// Every function, by topic and then in the order of its file.
#[must_use]
pub fn all() -> &'static [Function] {
    static ALL: OnceLock<Vec<Function>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            identity::TABLE,
            strings::TABLE,
            encoding::TABLE,
            patterns::TABLE,
            numbers::TABLE,
            quantities::TABLE,
            data::TABLE,
            lists::TABLE,
            versions::TABLE,
            networks::TABLE,
            inspection::TABLE,
        ]
        .concat()
    })
}

/// The function of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: OnceLock<BTreeMap<&str, &Function>> = OnceLock::new();
    BY_NAME.get_or_init(|| all().iter().map(|it| (it.name, it)).collect()).get(name).copied()
}

/// The function of that name, if it takes that many arguments.
pub fn known(name: &str, given: usize) -> Result<&'static Function, Problem> {
    let unknown = |message, help| Problem { code: Code::ExprUnknownFunction, message, help, about: None };
    let Some(function) = find(name) else {
        let names: Vec<&str> = all().iter().map(|it| it.name).collect();
        if !name.starts_with(|it: char| it.is_alphabetic() || it == '_') {
            return Err(unknown(format!("`{name}` is no operator here"), None));
        }
        let near = || suggest::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        return Err(unknown(format!("unknown function `{name}`"), elsewhere(name).or_else(near)));
    };
    let (least, most) = function.arity();
    if (least..=most).contains(&given) {
        return Ok(function);
    }
    let wanted = if least == most { count(least, "argument") } else { format!("{least} to {most} arguments") };
    let help = format!("call it as `{name}{}`; before a dot, as in `x.{name}()`, `x` is the first", function.signature);
    Err(unknown(format!("`{name}` takes {wanted}, found {given}"), Some(help)))
}

/// Names that other languages use for what stands under another name here.
fn elsewhere(name: &str) -> Option<String> {
    let here = match name {
        "map" | "for_each" | "filter" | "reduce" | "some" | "all" => {
            "expressions have no loops: use `pluck`, `filter_by`, `find` or a `for` node"
        }
        "eval" | "call" | "Fn" | "curry" => "an expression cannot be made from text",
        "print" | "debug" => "nothing can be printed from here: use a `note` node",
        "sleep" | "timestamp" | "now" | "rand" | "uuid" => {
            "equal inputs give equal output, so there is no clock and no randomness: use `unique(label)`"
        }
        "type_of" | "typeof" => "use `kind_of(value)`",
        "sha256" | "md5" | "sha1" => "use `hash(text)`",
        "b64enc" | "base64_encode" => "use `base64(text)`",
        "uppercase" | "to_upper" => "use `upper(text)`",
        "lowercase" | "to_lower" => "use `lower(text)`",
        "default" => "use `value ?? default`",
        "concat" | "format" | "printf" => "use `a + b` or `join(list, text)`",
        _ => return None,
    };
    Some(here.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Expr, Identity, Scope};
    use crate::source::Span;

    #[test]
    fn every_example_gives_what_it_says() {
        let identity = Identity::new("shop", "local", "web.db");
        let mut wrong = Vec::new();
        for function in all() {
            let (source, expected) = function.example;
            let shown = Expr::parse(source, Span::NONE, None)
                .and_then(|expr| expr.eval(&Scope::new(), &identity))
                .map_or_else(|diag| format!("error: {}", diag.message), |value| value.shown());
            if shown != expected {
                wrong.push(format!("{source} gives {shown}, not {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_function_is_documented_and_occurs_once() {
        let mut names: Vec<&str> = all().iter().map(|it| it.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        for function in all() {
            assert!(function.doc.ends_with('.'), "{}", function.name);
            assert!(function.example.0.contains(function.name), "{}", function.name);
        }
    }
}
