//! Readable names that are unique in a build: `web-main` for a container, `postgres-web-db` for a resource.
//!
//! Platforms want names of few characters and short length. Two things whose plain names would be the same get
//! a short hash of their identity behind it, so that neither depends on which of them came first in a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Uid;

/// A label of a host name holds 63 characters (RFC 1035); this leaves room for what definitions put behind a key.
pub const MAX_LENGTH: usize = 50;

/// The keys that are taken, and by whom.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    taken: BTreeMap<Arc<str>, Arc<str>>,
}

impl Keys {
    /// Keys for all containers of a build, as (workload, container); equal plain names all get a hash.
    #[must_use]
    pub fn for_containers(pairs: &[(&str, &str)]) -> (Self, Vec<Arc<str>>) {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for (workload, container) in pairs {
            *count.entry(plain(&[workload, container])).or_default() += 1;
        }
        let mut keys = Keys::default();
        let named = pairs
            .iter()
            .map(|(workload, container)| {
                let identity = format!("{workload}/{container}");
                let name = plain(&[workload, container]);
                let key: Arc<str> = if count.get(&name) == Some(&1) && name.len() <= MAX_LENGTH {
                    Arc::from(name)
                } else {
                    Arc::from(hashed(&name, &identity))
                };
                keys.taken.insert(key.clone(), Arc::from(identity));
                key
            })
            .collect();
        (keys, named)
    }

    /// The key of a resource. Asking again gives the same one.
    pub fn for_resource(&mut self, uid: &Uid) -> Arc<str> {
        let class = if uid.class() == super::uid::DEFAULT_CLASS { "" } else { uid.class() };
        let name = plain(&[uid.ty(), class, uid.id()]);
        let free = |key: &str| self.taken.get(key).is_none_or(|owner| **owner == **uid.text());
        let key: Arc<str> = if name.len() <= MAX_LENGTH && free(&name) {
            Arc::from(name)
        } else {
            Arc::from(hashed(&name, uid.text()))
        };
        self.taken.insert(key.clone(), uid.text().clone());
        key
    }
}

/// Lower-case letters, digits and single `-`, from parts of which empty ones are left out.
fn plain(parts: &[&str]) -> String {
    let mut name = String::new();
    for character in parts.iter().filter(|it| !it.is_empty()).flat_map(|it| it.chars().chain(['-'])) {
        let character = character.to_ascii_lowercase();
        if character.is_ascii_alphanumeric() {
            name.push(character);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    name
}

fn hashed(name: &str, identity: &str) -> String {
    let digest = Sha256::digest(identity.as_bytes());
    let hash: String = digest.iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    let cut: String = name.chars().take(MAX_LENGTH - hash.len() - 1).collect();
    format!("{}-{hash}", cut.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_equal_all_get_a_hash() {
        let (_, keys) = Keys::for_containers(&[("a", "b-c"), ("a-b", "c"), ("a", "d")]);
        assert_eq!(&*keys[2], "a-d");
        assert!(keys[0].starts_with("a-b-c-") && keys[1].starts_with("a-b-c-"));
        assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn a_resource_never_takes_the_key_of_a_container() {
        let (mut keys, containers) = Keys::for_containers(&[("redis-web", "cache")]);
        let uid = Uid::new("redis", None, "web.cache");
        let key = keys.for_resource(&uid);
        assert_ne!(key, containers[0]);
        assert_eq!(key, keys.for_resource(&uid));
    }

    #[test]
    fn long_names_stay_short_and_distinct() {
        let long = "x".repeat(80);
        let mut keys = Keys::default();
        let one = keys.for_resource(&Uid::new("postgres", None, &format!("{long}.a")));
        let two = keys.for_resource(&Uid::new("postgres", None, &format!("{long}.b")));
        assert!(one.len() <= MAX_LENGTH && one != two);
    }
}
