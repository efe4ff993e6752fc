//! The script engine in its sandbox: Rhai with our operators, our functions and every limit of `limits`.
//!
//! In: nothing. Out: the one engine, which scripts share. No files, clock, modules or `eval`; what it runs was lowered
//! first (`lower`), so no function of its own can be reached.

use std::any::TypeId;
use std::sync::OnceLock;

use rhai::packages::Package as _;
use rhai::{Dynamic, Engine, EvalAltResult, Position, Token};

use super::access::{self, Access, Key};
use super::functions::{self, Context};
use super::problem::Problem;
use super::{dynamic, limits, lower, ops};
use crate::source::Span;
use crate::value::{Data, Part, Value};

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
    register_functions(&mut engine);
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
    // The engine looks for exact types first, and `tree.name` is by far the most frequent.
    let name = TypeId::of::<rhai::ImmutableString>();
    for types in [[any, any], [TypeId::of::<dynamic::Tree>(), name]] {
        engine.register_raw_fn(lower::ENTRY, [types[0], types[1], TypeId::of::<i64>()], |_, args| {
            let flags = args.get(2).and_then(|it| it.as_int().ok()).unwrap_or(0);
            let access =
                Access { through_null: flags & lower::THROUGH_NULL != 0, may_miss: flags & lower::MAY_MISS != 0 };
            let (value, key) = (argument(args, 0)?, argument(args, 1)?);
            answer(entry(&value, &key, access))
        });
    }
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

/// Makes every function known to the engine, with the context as hidden first argument.
fn register_functions(engine: &mut Engine) {
    for function in functions::all() {
        let (least, most) = function.arity();
        for given in least..=most {
            let mut types = vec![TypeId::of::<Context>()];
            types.resize(given + 1, TypeId::of::<Dynamic>());
            engine.register_raw_fn(function.name, types, move |_, args| {
                let context = args.first().and_then(|it| it.read_lock::<Context>().map(|it| it.clone()));
                let values: Result<Vec<Value>, _> = (1..args.len()).map(|it| argument(args, it)).collect();
                answer(match context {
                    Some(context) => functions::run(function, &context, &values?),
                    None => Err(Problem::failed("this expression has no context")),
                })
            });
        }
    }
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
fn argument(args: &[&mut Dynamic], index: usize) -> Result<Value, Box<EvalAltResult>> {
    let missing = || failure(Problem::failed("an argument is missing"));
    let dynamic = args.get(index).ok_or_else(missing)?;
    dynamic::to_value(dynamic, Span::NONE).map_err(failure)
}

/// What a native function gives back to the engine.
fn answer(result: Result<Value, Problem>) -> Result<Dynamic, Box<EvalAltResult>> {
    result.map(|value| dynamic::from_value(&value)).map_err(failure)
}

fn failure(problem: Problem) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(problem), Position::NONE))
}
