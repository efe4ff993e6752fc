//! Names and secrets that are derived from who asks, references, and refusal.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Call, Function, text};
use crate::expr::problem::Problem;
use crate::expr::scope::Identity;
use crate::value::{Data, Deferred, Secret, SecretOrigin, Text, Value};

pub const TABLE: &[Function] = table! { "identity";
    "unique" "(label, length?)" -> Text = unique,
        "A short token that is the same on every run and differs between projects, environments, \
         resources and labels: lower-case letters and digits, a letter first, 10 characters unless \
         `length` (4 to 40) says otherwise.",
        "unique(\"database\")" => "rf6w4o95xe";
    "secret" "(label, length?)" -> Text = secret,
        "A generated secret, derived from the project's key for this project, environment, resource and \
         label: letters and digits only, 32 characters unless `length` (8 to 256) says otherwise.",
        "secret(\"password\")" => "(secret)";
    "secret_ref" "(map)" -> Text = secret_ref,
        "A secret that lives elsewhere. The map is for the target, for example with `name` and `key`; \
         `label` in it is what people call it.",
        "secret_ref(#{name: \"db\", key: \"password\"})" => "(secret)";
    "as_secret" "(text, label?)" -> Text = as_secret,
        "A text as a secret, so that from here on nothing prints it and only a sink writes it.",
        "as_secret(\"plain\", \"token\")" => "(secret)";
    "deferred" "(name)" -> Text = deferred,
        "A value that only the run-time environment knows; the target says how it is written.",
        "deferred(\"HOST\")" => "(deferred HOST)";
    "fail" "(message, about?)" -> Any = fail,
        "Stops with this message. It is shown at the place of `about`, a list or a map, else at the expression.",
        "if 1 > 2 { fail(\"never\") } else { \"fine\" }" => "fine";
};

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const LETTERS: usize = 26;

fn unique(call: &Call<'_>) -> Result<Data, Problem> {
    let length = if call.has(1) { call.int_in(1, 4, 40)? } else { 10 };
    let label = call.text(0)?;
    Ok(text(token(&call.context.identity, label, usize::try_from(length).unwrap_or(10))))
}

/// Characters of SHA-256 over the parts, each with its length in front so that no two lists of parts run together,
/// and a block number. Bytes past the last full multiple of the alphabet are skipped, so that every character is
/// equally likely.
fn token(identity: &Identity, label: &str, length: usize) -> String {
    let mut token = String::with_capacity(length);
    let mut block = 0_u32;
    while token.len() < length {
        let mut hash = Sha256::new();
        hash.update(b"scorec unique v1\0");
        for part in [&*identity.project, &*identity.environment, &*identity.uid, label] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.update(block.to_be_bytes());
        for byte in hash.finalize() {
            let size = if token.is_empty() { LETTERS } else { ALPHABET.len() };
            let byte = usize::from(byte);
            if byte < 256 - 256 % size && token.len() < length {
                token.extend(ALPHABET.get(byte % size).map(|it| char::from(*it)));
            }
        }
        block += 1;
    }
    token
}

fn secret(call: &Call<'_>) -> Result<Data, Problem> {
    let length = if call.has(1) { call.int_in(1, 8, 256)? } else { 32 };
    let label = call.text(0)?;
    let identity = &call.context.identity;
    let path = [&*identity.project, &*identity.environment, &*identity.uid, label].map(escaped).join("/");
    let length = usize::try_from(length).unwrap_or(32);
    Ok(made(call, label, SecretOrigin::Generated { path: path.into(), length }))
}

/// A part of a secret's path. `/` parts the path and `%` escapes, so neither stands in a part.
fn escaped(part: &str) -> String {
    part.replace('%', "%25").replace('/', "%2F")
}

fn secret_ref(call: &Call<'_>) -> Result<Data, Problem> {
    let map = call.map(0)?;
    crate::expr::ops::refuse_opaque("`secret_ref`", call.arg(0)?)?;
    let label = ["label", "key", "name"].iter().find_map(|key| map.get(*key)?.as_str()).unwrap_or("secret");
    let reference = Value::new(call.arg(0)?.data.clone(), call.context.at);
    Ok(made(call, label, SecretOrigin::Reference(reference)))
}

fn as_secret(call: &Call<'_>) -> Result<Data, Problem> {
    let label = if call.has(1) { call.text(1)? } else { "secret" };
    if let Data::Text(found) = &call.arg(0)?.data
        && found.has_secret()
    {
        return Ok(Data::Text(found.clone()));
    }
    Ok(made(call, label, SecretOrigin::Literal(call.text(0)?.into())))
}

fn made(call: &Call<'_>, label: &str, origin: SecretOrigin) -> Data {
    let owner = call.context.identity.uid.clone();
    Data::Text(Text::secret(Secret { owner, label: label.into(), origin, at: call.context.at }))
}

fn deferred(call: &Call<'_>) -> Result<Data, Problem> {
    let name: Arc<str> = call.text(0)?.into();
    Ok(Data::Text(Text::deferred(Deferred { name })))
}

fn fail(call: &Call<'_>) -> Result<Data, Problem> {
    let about = call.args.get(1).map(|it| it.at);
    Err(Problem { about, ..Problem::refused(call.text(0)?) })
}
