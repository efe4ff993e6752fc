//! Text with secret and deferred parts to plain text, as a file's `lower` says.
//!
//! Every secret that is written by name gets a name here, which a later file of the target can reveal.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::definition::Lowering;
use crate::diag::{Code, Diag, Diags};
use crate::expr::{Identity, Interpolation, Scope};
use crate::source::Span;
use crate::value::{Data, Map, Part, Secret, SecretOrigin, Text, Value};

/// The names of secrets in the files of one target.
#[derive(Default)]
pub(super) struct SecretNames {
    named: IndexMap<String, Arc<Secret>>,
}

impl SecretNames {
    /// The name of a secret: `POSTGRES_WEB_DB_PASSWORD`. Secrets that would share one are numbered.
    fn name(&mut self, secret: &Arc<Secret>, keys: &BTreeMap<Arc<str>, Arc<str>>) -> String {
        let owner = keys.get(&secret.owner).unwrap_or(&secret.owner);
        let base = upper_snake(&format!("{owner}_{}", secret.label));
        let mut name = base.clone();
        let mut number = 1;
        while let Some(other) = self.named.get(&name) {
            if same(other, secret) {
                return name;
            }
            number += 1;
            name = format!("{base}_{number}");
        }
        self.named.insert(name.clone(), secret.clone());
        name
    }

    /// The view `secrets`: every secret named so far, by name.
    pub(super) fn view(&self) -> Value {
        let mut list: Vec<(&String, &Arc<Secret>)> = self.named.iter().collect();
        list.sort_by_key(|(name, _)| *name);
        let views = list.into_iter().map(|(name, secret)| {
            let at = secret.at;
            let value = Text::join([Part::Secret(secret.clone())]);
            Value::object(
                [
                    ("name", Value::text(name.as_str(), at)),
                    ("owner", Value::text(secret.owner.clone(), at)),
                    ("label", Value::text(secret.label.clone(), at)),
                    ("value", Value::new(Data::Text(value), at)),
                ],
                at,
            )
        });
        Value::list(views.collect(), Span::NONE)
    }
}

/// The same secret, wherever it was made: the place does not count.
fn same(a: &Secret, b: &Secret) -> bool {
    a.owner == b.owner && a.label == b.label && a.origin == b.origin
}

fn upper_snake(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            name.push(character.to_ascii_uppercase());
        } else if !name.ends_with('_') && !name.is_empty() {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_').to_owned();
    if name.starts_with(|it: char| it.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Lowers the values of one file.
pub(super) struct Lower<'a> {
    pub lowering: Option<&'a Lowering>,
    pub names: &'a mut SecretNames,
    /// Resource keys by uid, for readable names.
    pub keys: &'a BTreeMap<Arc<str>, Arc<str>>,
    pub identity: &'a Identity,
    /// The file, for messages.
    pub file: &'a str,
}

impl Lower<'_> {
    /// The value with every text plain. `None` after a problem. Trees without such texts are shared, not copied.
    pub(super) fn value(&mut self, value: &Value, diags: &mut Diags) -> Option<Value> {
        let mut path = Vec::new();
        match self.changed(value, &mut path, diags) {
            Ok(Some(changed)) => Some(changed),
            Ok(None) => Some(value.clone()),
            Err(()) => None,
        }
    }

    /// The new value; `Ok(None)` where nothing changes.
    fn changed(&mut self, value: &Value, path: &mut Vec<Arc<str>>, diags: &mut Diags) -> Result<Option<Value>, ()> {
        match &value.data {
            Data::Text(text) => match self.text(text, path) {
                Ok(lowered) => Ok(lowered.map(|it| Value::text(it, value.at))),
                Err(diag) => {
                    diags.push(diag);
                    Err(())
                }
            },
            Data::List(items) => {
                let mut lowered: Option<Vec<Value>> = None;
                for (index, item) in items.iter().enumerate() {
                    path.push(Arc::from(index.to_string()));
                    let changed = self.changed(item, path, diags);
                    path.pop();
                    if let Some(changed) = changed? {
                        lowered.get_or_insert_with(|| items.to_vec())[index] = changed;
                    }
                }
                Ok(lowered.map(|it| Value::list(it, value.at)))
            }
            Data::Map(map) => {
                let mut lowered: Option<Map> = None;
                let mut outcome = Ok(());
                for (key, item) in map.iter() {
                    path.push(key.clone());
                    let changed = self.changed(item, path, diags);
                    path.pop();
                    match changed {
                        Ok(Some(changed)) => {
                            lowered.get_or_insert_with(|| (**map).clone()).insert(key.clone(), changed);
                        }
                        Ok(None) => {}
                        Err(()) => outcome = Err(()),
                    }
                }
                outcome.map(|()| lowered.map(|it| Value::map(it, value.at)))
            }
            _ => Ok(None),
        }
    }

    fn text(&mut self, text: &Text, path: &[Arc<str>]) -> Result<Option<String>, Diag> {
        if let Some(plain) = text.as_plain() {
            return Ok(self.plain(plain));
        }
        let mut out = String::new();
        for part in text.parts() {
            match part {
                Part::Plain(plain) => match self.plain(&plain) {
                    Some(changed) => out.push_str(&changed),
                    None => out.push_str(&plain),
                },
                Part::Secret(secret) => out.push_str(&self.secret(&secret, path)?),
                Part::Deferred(deferred) => {
                    let mut scope = Scope::new();
                    scope.set("name", Value::text(deferred.name.clone(), Span::NONE));
                    let template = self.lowering.and_then(|it| it.deferred.as_ref());
                    let template = template
                        .ok_or_else(|| self.no_way(path, "a value that only the run time knows", Span::NONE))?;
                    out.push_str(&eval(template, &scope, self.identity)?);
                }
            }
        }
        Ok(Some(out))
    }

    /// Plain text after the replacements; `None` where nothing changes.
    fn plain(&self, text: &str) -> Option<String> {
        let replacements = &self.lowering?.replace;
        if !replacements.iter().any(|(from, _)| text.contains(&**from)) {
            return None;
        }
        Some(replacements.iter().fold(text.to_owned(), |text, (from, with)| text.replace(&**from, with)))
    }

    fn secret(&mut self, secret: &Arc<Secret>, path: &[Arc<str>]) -> Result<String, Diag> {
        let what = format!("the secret `{}` of `{}`", secret.label, secret.owner);
        let reference = match &secret.origin {
            SecretOrigin::Reference(map) => Some(map.clone()),
            _ => None,
        };
        let template =
            self.lowering.and_then(|it| if reference.is_some() { it.reference.as_ref() } else { it.secret.as_ref() });
        let Some(template) = template else { return Err(self.no_way(path, &what, secret.at)) };
        let name = self.names.name(secret, self.keys);
        let mut scope = Scope::new();
        scope.set("name", Value::text(name, secret.at));
        scope.set("owner", Value::text(secret.owner.clone(), secret.at));
        scope.set("label", Value::text(secret.label.clone(), secret.at));
        if let Some(reference) = reference {
            scope.set("ref", reference);
        }
        eval(template, &scope, self.identity)
    }

    fn no_way(&self, path: &[Arc<str>], what: &str, at: Span) -> Diag {
        let path: Vec<&str> = path.iter().map(|it| &**it).collect();
        let place = if path.is_empty() { String::new() } else { format!(" at `{}`", path.join(".")) };
        let message = format!("{what} cannot be written to `{}`{place}", self.file);
        Diag::error(Code::SecretLeak, at, message)
            .here("it comes from here")
            .help("pass it through a place that the target has for secrets")
    }
}

fn eval(template: &Interpolation, scope: &Scope<'_>, identity: &Identity) -> Result<String, Diag> {
    template.eval_text(scope, identity).map(|it| it.to_string())
}
