//! What a case expects: `expect/ENVIRONMENT/…`, all files, and `expect/ENVIRONMENT.txt`, all problems.
//!
//! Without a text no problem is expected, and without a folder nothing is built.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::case::{Case, Ran};
use crate::cli::disk::reason;
use crate::cli::folder;
use crate::compare::{self, Content, Difference, File, Side};
use crate::diag::{Code, Diag};
use crate::emit::Outputs;
use crate::source::Span;

/// The environments that a case has expectations for, by name.
pub fn environments(case: &Case) -> Result<Vec<String>, Diag> {
    let folder = case.expectations();
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let unreadable = |error: io::Error| {
        let message = format!("`{}/expect` could not be read: {}", case.shown, reason(&error));
        Diag::error(Code::TestCase, Span::NONE, message)
    };
    let mut names = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            names.push(name);
        } else if let Some(name) = name.strip_suffix(".txt") {
            names.push(name.to_owned());
        } else {
            let message = format!("`{}/expect/{name}` is no expectation", case.shown);
            let help = "name a folder after an environment, or a text `ENVIRONMENT.txt`";
            return Err(Diag::error(Code::TestCase, Span::NONE, message).help(help));
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// What is not as expected.
pub fn compare(case: &Case, environment: &str, ran: &Ran) -> Result<Vec<Difference>, Diag> {
    let text = case.expectations().join(format!("{environment}.txt"));
    let expected = match fs::read_to_string(&text) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let message = format!("`{}/expect/{environment}.txt` could not be read: {}", case.shown, reason(&error));
            return Err(Diag::error(Code::TestCase, Span::NONE, message));
        }
    };
    let problems = |text: &str| {
        let file = File { content: Content::Text(Arc::from(text)), is_private: false };
        Side { files: [(format!("{environment}.txt"), file)].into(), is_read: false }
    };
    let mut found = compare::compare(&problems(&expected), &problems(&ran.problems));
    // Where there are other errors than expected, that nothing was built goes without saying.
    if found.is_empty() || ran.outputs.is_some() {
        let outputs = ran.outputs.clone().unwrap_or_default();
        found.extend(compare::compare(&files(case, environment, &outputs)?, &Side::of(&outputs)));
    }
    found.sort_by_key(Difference::of_object);
    Ok(found)
}

/// The files that are expected. Those that nobody may see in a project are here for all to see.
fn files(case: &Case, environment: &str, outputs: &Outputs) -> Result<Side, Diag> {
    let folder = case.expectations().join(environment);
    if !folder.exists() {
        return Ok(Side::default());
    }
    let side = folder::read(&folder, &format!("{}/expect/{environment}", case.shown), &outputs.written)?;
    Ok(Side { is_read: false, ..side })
}

/// Makes what came out what is expected; whether that is anything new.
pub fn write(case: &Case, environment: &str, ran: &Ran) -> Result<bool, Diag> {
    if let Some(diag) = &ran.unknown_environment {
        return Err(diag.clone());
    }
    let files = case.expectations().join(environment);
    let there = files.exists() == ran.outputs.is_some();
    if there && compare(case, environment, ran)?.is_empty() && (files.exists() || !ran.problems.is_empty()) {
        return Ok(false);
    }
    put(case, environment, ran).map(|()| true).map_err(|error| {
        let message = format!("`{}/expect` could not be written: {}", case.shown, reason(&error));
        Diag::error(Code::OutputUnwritable, Span::NONE, message)
    })
}

fn put(case: &Case, environment: &str, ran: &Ran) -> io::Result<()> {
    let folder = case.expectations();
    let (files, text) = (folder.join(environment), folder.join(format!("{environment}.txt")));
    remove(&files)?;
    remove(&text)?;
    fs::create_dir_all(&folder)?;
    if !ran.problems.is_empty() {
        fs::write(&text, &ran.problems)?;
    }
    for (path, file) in ran.outputs.iter().flat_map(|it| &it.files) {
        let path = files.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&files))?;
        fs::write(&path, &file.bytes)?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    let result = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
