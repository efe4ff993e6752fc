//! Text that may hold secret and deferred parts.
//!
//! Joining keeps the parts apart, so that a target can lower each of them in its own way. Looking inside a
//! text that is not plain is impossible by construction: [`Text::as_plain`] gives nothing.

use std::sync::Arc;

use super::secret::{Deferred, Secret};

/// One piece of a text.
#[derive(Clone, PartialEq, Debug)]
pub enum Part {
    Plain(Arc<str>),
    Secret(Arc<Secret>),
    Deferred(Arc<Deferred>),
}

/// Plain text, or parts of which at least one is not plain. Neighbouring plain parts are always joined.
#[derive(Clone, PartialEq, Debug)]
pub struct Text(Inner);

#[derive(Clone, PartialEq, Debug)]
enum Inner {
    Plain(Arc<str>),
    Parts(Arc<[Part]>),
}

impl Text {
    #[must_use]
    pub fn plain(text: impl Into<Arc<str>>) -> Self {
        Text(Inner::Plain(text.into()))
    }

    #[must_use]
    pub fn secret(secret: Secret) -> Self {
        Text(Inner::Parts(Arc::new([Part::Secret(Arc::new(secret))])))
    }

    #[must_use]
    pub fn deferred(deferred: Deferred) -> Self {
        Text(Inner::Parts(Arc::new([Part::Deferred(Arc::new(deferred))])))
    }

    /// Joins parts, merging plain neighbours and leaving out empty ones.
    pub fn join(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut joined: Vec<Part> = Vec::new();
        let mut plain = String::new();
        let flush = |plain: &mut String, joined: &mut Vec<Part>| {
            if !plain.is_empty() {
                joined.push(Part::Plain(Arc::from(std::mem::take(plain))));
            }
        };
        for part in parts {
            match part {
                Part::Plain(text) => plain.push_str(&text),
                other => {
                    flush(&mut plain, &mut joined);
                    joined.push(other);
                }
            }
        }
        if joined.is_empty() {
            return Text::plain(plain);
        }
        flush(&mut plain, &mut joined);
        Text(Inner::Parts(joined.into()))
    }

    /// The text, if no part of it is secret or deferred.
    #[must_use]
    pub fn as_plain(&self) -> Option<&str> {
        match &self.0 {
            Inner::Plain(text) => Some(text),
            Inner::Parts(_) => None,
        }
    }

    /// As [`Text::as_plain`], shared.
    #[must_use]
    pub fn plain_arc(&self) -> Option<Arc<str>> {
        match &self.0 {
            Inner::Plain(text) => Some(text.clone()),
            Inner::Parts(_) => None,
        }
    }

    /// The parts, in order; plain text has one.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        match &self.0 {
            Inner::Plain(text) => vec![Part::Plain(text.clone())],
            Inner::Parts(parts) => parts.to_vec(),
        }
    }

    pub fn secrets(&self) -> impl Iterator<Item = &Arc<Secret>> {
        let parts: &[Part] = match &self.0 {
            Inner::Plain(_) => &[],
            Inner::Parts(parts) => parts,
        };
        parts.iter().filter_map(|part| match part {
            Part::Secret(secret) => Some(secret),
            _ => None,
        })
    }

    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.secrets().next().is_some()
    }

    /// As it may be shown to a person.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.0 {
            Inner::Plain(text) => text.to_string(),
            Inner::Parts(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Plain(text) => text.to_string(),
                    Part::Secret(_) => "(secret)".to_owned(),
                    Part::Deferred(deferred) => format!("(deferred {})", deferred.name),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_neighbours_are_joined() {
        let text = Text::join([Part::Plain("a".into()), Part::Plain("".into()), Part::Plain("b".into())]);
        assert_eq!(text.as_plain(), Some("ab"));
    }

    #[test]
    fn a_text_with_a_deferred_part_is_not_plain() {
        let deferred = Part::Deferred(Arc::new(Deferred { name: "X".into() }));
        let text = Text::join([Part::Plain("a".into()), deferred]);
        assert_eq!(text.as_plain(), None);
        assert_eq!(text.shown(), "a(deferred X)");
    }
}
