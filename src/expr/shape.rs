//! What is known of a value before it exists: its shape, and the shapes of the names in scope.
//!
//! In: contracts of definitions and the views that the compiler builds. Out: [`Shape`] and [`Names`], which the
//! static check reads. A shape that is not known is [`Shape::Any`] and is never complained about.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What kind of value an expression gives, as far as it is known.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Shape {
    #[default]
    Any,
    Null,
    Bool,
    Int,
    Float,
    Text,
    List(Box<Shape>),
    Map(Arc<MapShape>),
}

/// The keys of a map, as far as they are known.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MapShape {
    pub fields: BTreeMap<Arc<str>, Shape>,
    /// The shape of every other key; `None` where there are no others, so that one is a mistake.
    pub rest: Option<Shape>,
    /// What messages call this map, for example `a resource`.
    pub what: Arc<str>,
}

impl Shape {
    #[must_use]
    pub fn list(item: Shape) -> Self {
        Shape::List(Box::new(item))
    }

    /// A map with these keys and no others.
    #[must_use]
    pub fn closed<K: Into<Arc<str>>>(what: &str, fields: impl IntoIterator<Item = (K, Shape)>) -> Self {
        Self::map(what, fields, None)
    }

    /// A map with these keys, in which any other key has the shape `rest`.
    #[must_use]
    pub fn open<K: Into<Arc<str>>>(what: &str, fields: impl IntoIterator<Item = (K, Shape)>, rest: Shape) -> Self {
        Self::map(what, fields, Some(rest))
    }

    fn map<K: Into<Arc<str>>>(what: &str, fields: impl IntoIterator<Item = (K, Shape)>, rest: Option<Shape>) -> Self {
        let fields = fields.into_iter().map(|(key, shape)| (key.into(), shape)).collect();
        Shape::Map(Arc::new(MapShape { fields, rest, what: what.into() }))
    }

    /// What a user calls this kind of value.
    #[must_use]
    pub fn what(&self) -> &str {
        match self {
            Shape::Any => "a value",
            Shape::Null => "nothing",
            Shape::Bool => "a boolean",
            Shape::Int => "an integer",
            Shape::Float => "a number",
            Shape::Text => "a string",
            Shape::List(_) => "a list",
            Shape::Map(map) if !map.what.is_empty() => &map.what,
            Shape::Map(_) => "a map",
        }
    }

    /// The shape of a value that has either one; what only one of them promises is not known.
    #[must_use]
    pub fn or(self, other: Shape) -> Shape {
        if self == other { self } else { Shape::Any }
    }
}

/// The names in scope and their shapes; chained like [`super::Scope`].
#[derive(Clone, Debug, Default)]
pub struct Names<'a> {
    parent: Option<&'a Names<'a>>,
    shapes: Vec<(Arc<str>, Shape)>,
}

impl<'a> Names<'a> {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn child(&'a self) -> Names<'a> {
        Names { parent: Some(self), shapes: Vec::new() }
    }

    pub fn set(&mut self, name: impl Into<Arc<str>>, shape: Shape) {
        let name = name.into();
        match self.shapes.iter_mut().find(|(it, _)| *it == name) {
            Some(slot) => slot.1 = shape,
            None => self.shapes.push((name, shape)),
        }
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Shape> {
        let mut names = Some(self);
        while let Some(here) = names {
            if let Some((_, shape)) = here.shapes.iter().find(|(it, _)| &**it == name) {
                return Some(shape);
            }
            names = here.parent;
        }
        None
    }

    /// Every name that can be seen.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self), |it| it.parent).flat_map(|it| it.shapes.iter().map(|(name, _)| &**name))
    }
}
