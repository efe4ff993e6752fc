//! What the script engine reports, in our words.
//!
//! In: its errors. Out: problems with their position in the expression. Values never enter a message: only kinds, and
//! words that the source holds.

use rhai::{EvalAltResult, Position};

use super::problem::Problem;
use crate::diag::Code;

/// A problem and its place in the expression.
pub type Placed = (Problem, Position);

/// A failure of the engine in our words. Values never enter a message, only kinds and names that the source holds.
pub fn of_run(failure: &EvalAltResult) -> Placed {
    use EvalAltResult as E;
    let at = failure.position();
    let problem = match failure {
        E::ErrorRuntime(token, _) => match token.read_lock::<Problem>() {
            Some(problem) => problem.clone(),
            None => Problem::failed("this expression fails"),
        },
        E::ErrorInFunctionCall(_, _, inner, _) => return of_run(inner),
        E::ErrorMismatchDataType(wanted, found, _) => {
            Problem::failed(format!("expected {}, found {}", kind(wanted), kind(found)))
        }
        E::ErrorFunctionNotFound(signature, _) => {
            let name = signature.split(" (").next().unwrap_or_default();
            Problem::failed(format!("`{name}` cannot be used on these values"))
        }
        E::ErrorVariableNotFound(name, _) => Problem::unknown_name(name, []),
        E::ErrorArithmetic(..) => Problem::failed("this cannot be worked out"),
        E::ErrorTooManyOperations(_) | E::ErrorTooManyVariables(_) => Problem::limit("this expression takes too long"),
        E::ErrorStackOverflow(_) => too_deep(),
        E::ErrorDataTooLarge(..) => Problem::limit("a value in this expression grows too large"),
        _ => Problem::failed("this expression fails"),
    };
    (problem, at)
}

fn kind(engine_name: &str) -> &str {
    match engine_name {
        "bool" => "a boolean",
        "i64" => "an integer",
        "f64" => "a number",
        "()" => "nothing",
        "string" | "char" => "a string",
        "array" => "a list",
        "map" => "a map",
        _ if engine_name.contains("Opaque") => "a secret or a deferred value",
        _ if engine_name.contains("Tree") => "a list or a map",
        _ => "another kind of value",
    }
}

/// That an expression is not well formed.
pub fn syntax(message: impl Into<String>) -> Problem {
    Problem { code: Code::ExprSyntax, message: message.into(), help: None, about: None }
}

/// A syntax error in our words.
pub fn of_parse(failure: &rhai::ParseError) -> Placed {
    use rhai::{LexError as L, ParseErrorType as P};
    let problem = match &*failure.0 {
        P::UnexpectedEOF => syntax("the expression ends too early"),
        P::ExprTooDeep => too_deep(),
        P::LiteralTooLarge(..) => Problem::limit("a literal in this expression is too large"),
        P::BadInput(L::UnterminatedString) => syntax("this text is not closed"),
        P::BadInput(L::StringTooLong(_)) => Problem::limit("a literal in this expression is too large"),
        P::BadInput(L::MalformedChar(found)) => {
            syntax(format!("`'{found}'` is no single character")).help(format!("write `\"{found}\"` for text"))
        }
        P::BadInput(L::MalformedNumber(found)) => syntax(format!("`{found}` is no number")),
        P::BadInput(L::MalformedEscapeSequence(found)) => syntax(format!("`{found}` is no escape")),
        P::BadInput(L::UnexpectedInput(found) | L::ImproperSymbol(found, _) | L::MalformedIdentifier(found)) => {
            unexpected(found)
        }
        P::MissingToken(token, purpose) => syntax(format!("`{token}` is missing {}", purpose.replace('\'', "`"))),
        P::Reserved(word) => syntax(format!("`{word}` is no expression")),
        P::UnknownOperator(word) => unexpected(word),
        P::DuplicatedProperty(key) => syntax(format!("the key `{key}` stands twice in this map")),
        P::PropertyExpected => syntax("a property name is missing"),
        P::ExprExpected(what) => syntax(format!("an expression is missing, for {what}")),
        other => syntax(lowered(&other.to_string())),
    };
    (problem, failure.1)
}

/// A word or sign in a wrong place; where another language would have it, how it is said here.
fn unexpected(found: &str) -> Problem {
    let help = match found {
        "and" => Some("write `a && b`"),
        "or" => Some("write `a || b`"),
        "not" => Some("write `!a`"),
        "?" => Some("write `if a { b } else { c }`"),
        "=" => Some("compare with `==`; a `let` node names a value"),
        "===" | "!==" => Some("compare with `==` or `!=`"),
        "|" => Some("expressions have no functions of their own and no filters: call `f(x)`"),
        ";" | "let" | "while" | "for" | "loop" => {
            Some("only one expression can stand here: name values with `let` nodes")
        }
        _ => None,
    };
    syntax(format!("`{found}` was not expected here")).maybe_help(help.map(str::to_owned))
}

/// The engine's words in our form: no capital, no period, backticks for quotes.
fn lowered(text: &str) -> String {
    let text = text.replace('\'', "`");
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn too_deep() -> Problem {
    Problem::limit("this expression is nested too deeply").help("name parts of it with `let`")
}
