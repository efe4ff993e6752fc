//! Expressions that need the script engine: Rhai in its sandbox.
//!
//! In: the source of an expression. Out: a [`Script`], parsed on first use; its value in a scope; what it reads. No
//! files, clock, modules, loops or `eval`; no function but those of `functions`; every limit of `limits` is set.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};

use rhai::packages::Package as _;
use rhai::{AST, Dynamic, Engine, EvalAltResult, Position, Stmt, Token};

use super::access::{self, Access, Key};
use super::dynamic;
use super::functions::{self, Context};
use super::problem::Problem;
use super::scope::{Identity, Scope};
use super::{limits, lower, names, ops, walk};
use crate::diag::Code;
use crate::source::{Span, byte_of_line_column};
use crate::value::{Data, Part, Value};

/// An expression for the engine.
#[derive(Clone, Debug, Default)]
pub struct Script {
    compiled: Arc<OnceLock<Result<Compiled, Placed>>>,
}

/// A problem and its place in the expression.
pub type Placed = (Problem, Position);

#[derive(Debug)]
pub struct Compiled {
    /// As written, for the check.
    pub parsed: rhai::Expr,
    /// As run; or the first problem of its calls, which the check reports in its own words and full number.
    lowered: Result<AST, Placed>,
    /// The free names and the place where each stands first.
    pub free: Vec<(Arc<str>, Position)>,
}

impl Script {
    /// The parsed expression.
    pub fn compiled(&self, source: &str) -> Result<&Compiled, &Placed> {
        self.compiled.get_or_init(|| compile(source)).as_ref()
    }

    /// The value in a scope. `at` is the place of values that the expression makes.
    pub fn eval(&self, source: &str, scope: &Scope<'_>, identity: &Identity, at: Span) -> Result<Value, Placed> {
        let compiled = self.compiled(source).map_err(Clone::clone)?;
        let lowered = compiled.lowered.as_ref().map_err(Clone::clone)?;
        let mut variables = rhai::Scope::with_capacity(compiled.free.len() + 1);
        for (name, place) in &compiled.free {
            let Some(value) = scope.get(name) else {
                return Err((Problem::unknown_name(name, scope.names()), *place));
            };
            variables.push_dynamic(&**name, dynamic::from_value(value));
        }
        variables.push_dynamic(lower::CONTEXT, Dynamic::from(Context::new(identity, at)));
        let result: Dynamic =
            engine().eval_ast_with_scope(&mut variables, lowered).map_err(|failure| translate(&failure))?;
        let value = dynamic::to_value(&result, at).map_err(|problem| (problem, Position::NONE))?;
        dynamic::check_nodes(&value).map_err(|problem| (problem, Position::NONE))?;
        Ok(value)
    }
}

fn compile(source: &str) -> Result<Compiled, Placed> {
    if source.len() > limits::SOURCE {
        let limit = format!("an expression of more than {} KiB", limits::SOURCE / 1024);
        return Err((Problem::limit(limit), Position::NONE));
    }
    let engine = engine();
    let ast = engine.compile_expression(source).map_err(|failure| syntax(&failure))?;
    let parsed = match ast.statements() {
        [Stmt::Expr(inner)] => (**inner).clone(),
        [Stmt::FnCall(call, at)] => rhai::Expr::FnCall(call.clone(), *at),
        [other] => {
            let block = rhai::StmtBlock::new(std::iter::once(other.clone()), other.position(), other.position());
            rhai::Expr::Stmt(Box::new(block))
        }
        _ => return Err((syntax_problem("there is no expression here"), Position::NONE)),
    };
    whole_numbers(source, &parsed)?;
    let lowered = lower::expr(engine, &parsed).map(|it| AST::new([Stmt::Expr(Box::new(it))]));
    let free = names::free(&parsed);
    Ok(Compiled { parsed, lowered, free })
}

/// The engine reads an integer that does not fit as a float, which would change it in silence.
fn whole_numbers(source: &str, parsed: &rhai::Expr) -> Result<(), Placed> {
    let mut problem = None;
    walk::all(parsed, &mut |part| {
        let rhai::Expr::FloatConstant(_, at) = part else { return };
        let (Some(line), Some(column)) = (at.line(), at.position()) else { return };
        let rest = source.get(byte_of_line_column(source, line, column)..).unwrap_or_default();
        let rest = rest.trim_start_matches('-');
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '_').unwrap_or(rest.len());
        if digits > 0 && !rest[digits..].starts_with(['.', 'e', 'E']) {
            problem = Some((syntax_problem("this integer does not fit into 64 bits"), *at));
        }
    });
    problem.map_or(Ok(()), Err)
}

fn too_deep() -> Problem {
    Problem::limit("this expression is nested too deeply").help("name parts of it with `let`")
}

/// The one engine. Building it takes a fraction of a millisecond, so programs without scripts do not pay for it.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(build)
}

fn build() -> Engine {
    let mut engine = Engine::new_raw();
    // Ranges and the operators that `ops` leaves to the engine; none of its other functions is reachable.
    rhai::packages::LanguageCorePackage::new().register_into_engine(&mut engine);
    engine.set_fast_operators(false);
    engine.set_optimization_level(rhai::OptimizationLevel::None);
    engine.set_max_operations(limits::OPERATIONS);
    engine.set_max_expr_depths(limits::DEPTH);
    engine.set_max_variables(1000);
    engine.set_max_string_size(limits::TEXT);
    engine.set_max_array_size(limits::ITEMS);
    engine.set_max_map_size(limits::ITEMS);
    engine.set_max_strings_interned(1000);
    engine.on_print(|_| {});
    engine.on_debug(|_, _, _| {});
    // Words that Rhai keeps for later are names here, so that `params.default` can be said.
    #[allow(deprecated, reason = "the engine marks the hook as volatile, not as going away")]
    engine.on_parse_token(|token, _, _| match token {
        Token::Reserved(word) if rhai::is_valid_identifier(&word) && *word != "this" => Token::Identifier(word),
        other => other,
    });
    register_operators(&mut engine);
    register_hidden(&mut engine);
    functions::register(&mut engine);
    engine
}

fn register_operators(engine: &mut Engine) {
    let any = TypeId::of::<Dynamic>();
    for operator in ops::BINARY {
        engine.register_raw_fn(*operator, [any, any], move |_, args| {
            answer(ops::binary(operator, &argument(args, 0)?, &argument(args, 1)?))
        });
    }
    for operator in ops::UNARY {
        engine.register_raw_fn(*operator, [any], move |_, args| answer(ops::unary(operator, &argument(args, 0)?)));
    }
}

fn register_hidden(engine: &mut Engine) {
    let any = TypeId::of::<Dynamic>();
    engine.register_raw_fn(lower::ENTRY, [any, any, TypeId::of::<i64>()], |_, args| {
        let flags = args.get(2).and_then(|it| it.as_int().ok()).unwrap_or(0);
        let access = Access { through_null: flags & lower::THROUGH_NULL != 0, may_miss: flags & lower::MAY_MISS != 0 };
        let (value, key) = (argument(args, 0)?, argument(args, 1)?);
        answer(entry(&value, &key, access))
    });
    engine.register_raw_fn(lower::TEXT, [any], |_, args| answer(joined(&argument(args, 0)?)));
    engine.register_raw_fn(lower::PIECE, [any], |_, args| {
        let piece = argument(args, 0)?;
        answer(ops::text_parts(&piece).map(|_| piece))
    });
    engine.register_raw_fn(lower::SUBJECT, [any], |_, args| {
        let subject = argument(args, 0)?;
        answer(ops::refuse_opaque("`switch`", &subject).map(|()| subject))
    });
}

fn entry(value: &Value, key: &Value, access: Access) -> Result<Value, Problem> {
    ops::refuse_opaque("reading an entry by this name", key)?;
    let key = match &key.data {
        Data::Int(index) => Key::Index(*index),
        Data::Text(text) => Key::Name(text.as_plain().unwrap_or_default()),
        _ => return Err(Problem::failed(format!("{} cannot name an entry", key.kind()))),
    };
    Ok(access::entry(value, &key, access)?.cloned().unwrap_or_else(|| Value::null(Span::NONE)))
}

fn joined(pieces: &Value) -> Result<Value, Problem> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces.as_list().unwrap_or_default() {
        parts.extend(ops::text_parts(piece)?);
    }
    Ok(Value::new(Data::Text(ops::limited(parts)?), Span::NONE))
}

/// An argument of a native function as a value.
pub fn argument(args: &[&mut Dynamic], index: usize) -> Result<Value, Box<EvalAltResult>> {
    let missing = || failure(Problem::failed("an argument is missing"));
    let dynamic = args.get(index).ok_or_else(missing)?;
    dynamic::to_value(dynamic, Span::NONE).map_err(failure)
}

/// What a native function gives back to the engine.
pub fn answer(result: Result<Value, Problem>) -> Result<Dynamic, Box<EvalAltResult>> {
    result.map(|value| dynamic::from_value(&value)).map_err(failure)
}

fn failure(problem: Problem) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(problem), Position::NONE))
}

/// A failure of the engine in our words. Values never enter a message, only kinds and names that the source holds.
fn translate(failure: &EvalAltResult) -> Placed {
    use EvalAltResult as E;
    let at = failure.position();
    let problem = match failure {
        E::ErrorRuntime(token, _) => match token.read_lock::<Problem>() {
            Some(problem) => problem.clone(),
            None => Problem::failed("this expression fails"),
        },
        E::ErrorInFunctionCall(_, _, inner, _) => return translate(inner),
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

fn syntax_problem(message: impl Into<String>) -> Problem {
    Problem { code: Code::ExprSyntax, message: message.into(), help: None }
}

/// A syntax error in our words.
fn syntax(failure: &rhai::ParseError) -> Placed {
    use rhai::{LexError as L, ParseErrorType as P};
    let problem = match &*failure.0 {
        P::UnexpectedEOF => syntax_problem("the expression ends too early"),
        P::ExprTooDeep => too_deep(),
        P::LiteralTooLarge(..) => Problem::limit("a literal in this expression is too large"),
        P::BadInput(L::UnterminatedString) => syntax_problem("this text is not closed"),
        P::BadInput(L::StringTooLong(_)) => Problem::limit("a literal in this expression is too large"),
        P::BadInput(L::MalformedChar(found)) => {
            syntax_problem(format!("`'{found}'` is no single character")).help(format!("write `\"{found}\"` for text"))
        }
        P::BadInput(L::MalformedNumber(found)) => syntax_problem(format!("`{found}` is no number")),
        P::BadInput(L::MalformedEscapeSequence(found)) => syntax_problem(format!("`{found}` is no escape")),
        P::BadInput(L::UnexpectedInput(found) | L::ImproperSymbol(found, _) | L::MalformedIdentifier(found)) => {
            unexpected(found)
        }
        P::MissingToken(token, purpose) => {
            syntax_problem(format!("`{token}` is missing {}", purpose.replace('\'', "`")))
        }
        P::Reserved(word) => syntax_problem(format!("`{word}` is no expression")),
        P::UnknownOperator(word) => unexpected(word),
        P::DuplicatedProperty(key) => syntax_problem(format!("the key `{key}` stands twice in this map")),
        P::PropertyExpected => syntax_problem("a property name is missing"),
        P::ExprExpected(what) => syntax_problem(format!("an expression is missing, for {what}")),
        other => syntax_problem(lowered(&other.to_string())),
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
    syntax_problem(format!("`{found}` was not expected here")).maybe_help(help.map(str::to_owned))
}

/// The engine's words in our form: no capital, no period, backticks for quotes.
fn lowered(text: &str) -> String {
    let text = text.replace('\'', "`");
    let mut chars = text.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
