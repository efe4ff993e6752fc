//! Semantic versions.

use semver::{Version, VersionReq};

use super::{Call, Function};
use crate::expr::problem::Problem;
use crate::value::Data;

pub const TABLE: &[Function] = table! { "versions";
    "semver_matches" "(version, requirement)" -> Bool = semver_matches,
        "Whether a version meets a requirement as Cargo reads it: `>=1.2, <2`, `^1.4`, `~1.4.2`. A \
         version may leave out its last numbers.",
        "semver_matches(\"17\", \">=16\")" => "true";
};

fn semver_matches(call: &Call<'_>) -> Result<Data, Problem> {
    let (version, requirement) = (call.text(0)?, call.text(1)?);
    let found = Version::parse(&completed(version)).map_err(|_| call.fails(format!("`{version}` is no version")))?;
    let wanted = VersionReq::parse(requirement)
        .map_err(|_| call.fails(format!("`{requirement}` is no requirement")).help("write it as in `>=1.2, <2`"))?;
    Ok(Data::Bool(wanted.matches(&found)))
}

/// `17` and `17.2` as versions of three numbers; a leading `v` is left out.
fn completed(version: &str) -> String {
    let version = version.trim().trim_start_matches('v');
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let (numbers, rest) = version.split_at(end);
    let missing = 2_usize.saturating_sub(numbers.matches('.').count());
    format!("{numbers}{}{rest}", ".0".repeat(missing))
}
