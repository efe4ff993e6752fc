//! Which rules, patches and policies of a pack no case put to work.

use std::collections::BTreeSet;

use super::cases::Pack;
use crate::cli::definition_files::{read_file, read_folder};
use crate::cli::project::PROJECT_FILE;
use crate::cli::session::Session;
use crate::diag::{Code, Diag};

/// What can be at work.
const KINDS: &[&str] = &["rule", "patch", "policy"];

/// Warns about every definition of the pack that is not among those used.
pub fn report(session: &mut Session, pack: &Pack, used: &BTreeSet<String>) {
    let disk = session.disk.clone();
    let nodes = if pack.subject.is_project {
        read_file(session, &disk, PROJECT_FILE, "")
    } else {
        read_folder(session, &disk, &pack.subject.folder, "")
    };
    for node in nodes.unwrap_or_default().iter().filter(|it| KINDS.contains(&it.name())) {
        let Some(name) = node.args.first().and_then(|it| it.as_str()) else { continue };
        let what = format!("{} {name}", node.name());
        if !used.contains(&what) {
            let message = format!("no case uses the {} `{name}`", node.name());
            let help = "add a case that asks for what it is for";
            session.fail(Diag::warning(Code::TestUncovered, node.head(), message).help(help));
        }
    }
}
