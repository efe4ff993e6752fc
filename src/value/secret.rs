//! Secrets, the key that generated ones derive from, and deferred values.
//!
//! A generated secret holds how it is derived, not its value: only [`Secret::reveal`] computes it, from the
//! project's key, at the moment when a sink writes it. So no message, log or drawing can print one by mistake.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::Value;
use crate::source::Span;

/// A value that only a sink of the target may write.
#[derive(Clone, PartialEq)]
pub struct Secret {
    /// The resource that made it, as its uid, or another plain description of who owns it.
    pub owner: Arc<str>,
    /// What the owner calls it, for example `password`.
    pub label: Arc<str>,
    pub origin: SecretOrigin,
    /// Where the definition or file made it.
    pub at: Span,
}

/// How a secret comes to its value.
#[derive(Clone, PartialEq)]
pub enum SecretOrigin {
    /// Derived from the project's key: `length` characters of A–Z, a–z and 0–9, with at least one of each
    /// and a letter first, so that it needs no quoting anywhere.
    Generated { path: Arc<str>, length: usize },
    /// Known to the input, for example plain text that a contract calls secret.
    Literal(Arc<str>),
    /// Lives elsewhere; the map is for the target (name, key, …).
    Reference(Value),
}

/// A value that only the run-time environment knows; the target says how it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deferred {
    pub name: Arc<str>,
}

/// The project's key.
#[derive(Clone)]
pub struct Key(Arc<[u8]>);

impl Key {
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Key(Arc::from(bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(…)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secret({} of {})", self.label, self.owner)
    }
}

impl Secret {
    /// The value, for a sink. `None` where the secret lives elsewhere and has no value here.
    #[must_use]
    pub fn reveal(&self, key: &Key) -> Option<String> {
        match &self.origin {
            SecretOrigin::Generated { path, length } => Some(derive(key, path, *length)),
            SecretOrigin::Literal(value) => Some(value.to_string()),
            SecretOrigin::Reference(_) => None,
        }
    }

    /// Whether revealing it needs the project's key.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        matches!(self.origin, SecretOrigin::Generated { .. })
    }
}

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIGIT: &[u8] = b"0123456789";
const ALL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The first three characters give one of each class, which some servers demand of a password.
fn derive(key: &Key, path: &str, length: usize) -> String {
    let mut stream = Stream { key, path, block: 0, bytes: Vec::new() };
    (0..length)
        .map(|index| {
            let alphabet = match index {
                0 => UPPER,
                1 => LOWER,
                2 => DIGIT,
                _ => ALL,
            };
            stream.pick(alphabet)
        })
        .collect()
}

/// Bytes of HMAC-SHA256(key, path ‖ block number), block after block.
struct Stream<'a> {
    key: &'a Key,
    path: &'a str,
    block: u32,
    bytes: Vec<u8>,
}

impl Stream<'_> {
    /// Rejects bytes past the last full multiple of the alphabet, so that every character is equally likely.
    fn pick(&mut self, alphabet: &[u8]) -> char {
        let limit = 256 - 256 % alphabet.len();
        loop {
            let byte = self.next() as usize;
            if byte < limit {
                return alphabet[byte % alphabet.len()] as char;
            }
        }
    }

    fn next(&mut self) -> u8 {
        if self.bytes.is_empty() {
            // HMAC takes keys of any length, so this cannot fail.
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key.0) else {
                crate::bug!("a key of a wrong length")
            };
            mac.update(b"scorec secret v1\0");
            mac.update(self.path.as_bytes());
            mac.update(&self.block.to_be_bytes());
            self.block += 1;
            self.bytes = mac.finalize().into_bytes().to_vec();
        }
        self.bytes.pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(path: &str, length: usize) -> Secret {
        let origin = SecretOrigin::Generated { path: path.into(), length };
        Secret { owner: "o".into(), label: "password".into(), origin, at: Span::NONE }
    }

    #[test]
    fn equal_inputs_give_equal_secrets_and_others_differ() {
        let (one, two) = (Key::new(b"one"), Key::new(b"two"));
        assert_eq!(generated("a", 40).reveal(&one), generated("a", 40).reveal(&one));
        assert_ne!(generated("a", 40).reveal(&one), generated("b", 40).reveal(&one));
        assert_ne!(generated("a", 40).reveal(&one), generated("a", 40).reveal(&two));
    }

    #[test]
    fn a_generated_secret_has_every_class_and_its_length() {
        let value = generated("a", 16).reveal(&Key::new(b"k")).unwrap_or_default();
        assert_eq!(value.len(), 16);
        for class in [UPPER, LOWER, DIGIT] {
            assert!(value.bytes().any(|byte| class.contains(&byte)), "{value}");
        }
    }

    #[test]
    fn nothing_that_prints_shows_a_value() {
        let secret = Secret { origin: SecretOrigin::Literal("hunter2".into()), ..generated("a", 8) };
        assert!(!format!("{secret:?} {:?}", Key::new(b"hunter2")).contains("hunter2"));
    }
}
