//! What operators do with shapes: the static side of `ops`.
//!
//! In: an operator and the shapes of its operands. Out: the shape of the result, or why it can only fail.

use super::ops;
use super::problem::Problem;
use super::shape::Shape;

/// What an operator gives, as far as its operands say.
pub fn result(operator: &str, operands: &[Shape]) -> Result<Shape, Problem> {
    match operands {
        [one] => unary(operator, one),
        [left, right] => binary(operator, left, right),
        _ => Ok(Shape::Any),
    }
}

fn unary(operator: &str, operand: &Shape) -> Result<Shape, Problem> {
    match (operator, operand) {
        ("!", Shape::Any | Shape::Bool) => Ok(Shape::Bool),
        ("+" | "-", Shape::Any | Shape::Int | Shape::Float) => Ok(operand.clone()),
        _ => Err(Problem::failed(format!("`{operator}` cannot be used on {}", ops::named(operand.what())))),
    }
}

fn binary(operator: &str, left: &Shape, right: &Shape) -> Result<Shape, Problem> {
    match operator {
        "==" | "!=" => never_equal(left, right).map_or(Ok(Shape::Bool), Err),
        "<" | "<=" | ">" | ">=" => {
            let texts = is_or_unknown(left, is_text) && is_or_unknown(right, is_text);
            let numbers = is_or_unknown(left, is_number) && is_or_unknown(right, is_number);
            if texts || numbers { Ok(Shape::Bool) } else { Err(mismatch(operator, left, right)) }
        }
        "+" => add(left, right),
        _ => arithmetic(operator, left, right),
    }
}

fn add(left: &Shape, right: &Shape) -> Result<Shape, Problem> {
    match (left, right) {
        (Shape::Text, other) | (other, Shape::Text) => match other {
            Shape::List(_) | Shape::Map(_) | Shape::Null => Err(ops::cannot_join(other.what())),
            _ => Ok(Shape::Text),
        },
        (Shape::List(a), Shape::List(b)) => Ok(Shape::list((**a).clone().or((**b).clone()))),
        (Shape::Map(_), Shape::Map(_)) => Ok(Shape::Any),
        (Shape::Any, other) | (other, Shape::Any) if !matches!(other, Shape::Null) => Ok(Shape::Any),
        _ => arithmetic("+", left, right),
    }
}

fn arithmetic(operator: &str, left: &Shape, right: &Shape) -> Result<Shape, Problem> {
    match (left, right) {
        (Shape::Int, Shape::Int) => Ok(Shape::Int),
        (Shape::Int | Shape::Float, Shape::Int | Shape::Float) => Ok(Shape::Float),
        _ if is_or_unknown(left, is_number) && is_or_unknown(right, is_number) => Ok(Shape::Any),
        _ => Err(mismatch(operator, left, right)),
    }
}

fn is_or_unknown(shape: &Shape, is: fn(&Shape) -> bool) -> bool {
    matches!(shape, Shape::Any) || is(shape)
}

fn is_text(shape: &Shape) -> bool {
    matches!(shape, Shape::Text)
}

fn is_number(shape: &Shape) -> bool {
    matches!(shape, Shape::Int | Shape::Float)
}

fn mismatch(operator: &str, left: &Shape, right: &Shape) -> Problem {
    let (left, right) = (ops::named(left.what()), ops::named(right.what()));
    Problem::failed(format!("`{operator}` cannot be used on {left} and {right}"))
}

/// Why two scalars of different kinds are never equal, for example a version written as text and as a number.
#[must_use]
pub fn never_equal(left: &Shape, right: &Shape) -> Option<Problem> {
    let scalar = |it: &Shape| matches!(it, Shape::Bool | Shape::Int | Shape::Float | Shape::Text);
    let apart = scalar(left) && scalar(right) && left != right && !(is_number(left) && is_number(right));
    apart.then(|| {
        let problem = Problem::failed(format!("{} never equals {}", left.what(), right.what()));
        match (is_text(left), is_text(right)) {
            (true, _) | (_, true) => {
                problem.help("compare text with text in quotes, numbers without, as in `x == \"17\"`")
            }
            _ => problem,
        }
    })
}
