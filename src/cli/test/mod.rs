//! `scorec test`: the cases of packs, for those who write them.
//!
//! A case is a folder `tests/CASE` of a pack: Score files, perhaps a `scorec.kdl`, and below `expect/` what is expected
//! in each environment: a folder with all files, or a text with all problems, or both. What cannot be run is an
//! error: a case that is never run would pass for ever.

mod case;
mod cases;
mod expect;
mod uncovered;

use std::collections::BTreeSet;

use self::case::Case;
use self::cases::Pack;
use super::args::Test;
use super::session::{DONE, ERRORS, Session};
use crate::compare::words;
use crate::diag::{Code, Diag};
use crate::source::Span;

/// What became of all cases.
#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    written: usize,
}

pub fn run(session: &mut Session, args: &Test) -> u8 {
    if let Some(name) = args.env.as_ref().filter(|it| it.is_empty() || it.starts_with('.') || it.contains(['/', '\\']))
    {
        let message = format!("`{name}` cannot be the name of an environment with expectations");
        session.fail(Diag::error(Code::NameUnknown, Span::NONE, message).help("leave out `/` and a `.` in front"));
        return ERRORS;
    }
    let Some(packs) = cases::find(session, args) else { return ERRORS };
    let mut count = Count::default();
    let mut used = vec![BTreeSet::new(); packs.len()];
    for (pack, used) in packs.iter().zip(&mut used) {
        for case in &pack.cases {
            of_case(session, args, pack, case, used, &mut count);
        }
    }
    // What was left out, or could not be run, may be what uses a definition.
    if count.failed == 0 && args.cases.is_empty() && args.env.is_none() {
        packs.iter().zip(&used).for_each(|(pack, used)| uncovered::report(session, pack, used));
    }
    let text = match args.bless {
        true => format!("{} written\n", crate::diag::count(count.written, "expectation")),
        false => format!("{} passed, {} failed\n", count.passed, count.failed),
    };
    session.terminal.out.write(&text);
    if count.failed > 0 { ERRORS } else { DONE }
}

/// Makes what new cases give in an environment what they expect, in silence. Nothing where they give nothing.
pub fn expect(session: &mut Session, args: &Test) -> Option<()> {
    let environment = args.env.as_deref()?;
    for pack in cases::find(session, args)? {
        for case in &pack.cases {
            let ran = case::run(&pack.subject, case, environment);
            let ran = session.diags.take(ran).filter(|it| it.outputs.is_some())?;
            let written = expect::write(case, environment, &ran);
            session.diags.take(written)?;
        }
    }
    Some(())
}

/// Runs one case in each of its environments.
fn of_case(
    session: &mut Session,
    args: &Test,
    pack: &Pack,
    case: &Case,
    used: &mut BTreeSet<String>,
    count: &mut Count,
) {
    let Some(environments) = environments(session, args, case) else {
        count.failed += 1;
        return;
    };
    for name in environments {
        let shown = format!("{}, environment {name}", case.shown);
        let ran = match case::run(&pack.subject, case, &name) {
            Ok(ran) => ran,
            Err(diag) => {
                session.fail(diag);
                count.failed += 1;
                return;
            }
        };
        used.extend(ran.used.iter().cloned());
        if args.bless {
            match expect::write(case, &name, &ran) {
                Ok(true) => {
                    count.written += 1;
                    // Somebody should look whether the problems are the ones that were meant.
                    let problems = ran.problems.lines().last().map_or_else(String::new, |it| format!(": {it}"));
                    session.terminal.out.write(&format!("written {shown}{problems}\n"));
                }
                Ok(false) => session.terminal.explain(&format!("unchanged {shown}\n")),
                Err(diag) => session.fail(diag),
            }
            continue;
        }
        match expect::compare(case, &name, &ran) {
            Ok(found) if found.is_empty() => {
                count.passed += 1;
                session.terminal.explain(&format!("passed {shown}\n"));
            }
            Ok(found) => {
                count.failed += 1;
                let text = words::text(&found, words::EXPECTATION, session.terminal.out.style);
                let text: String = text.lines().map(|it| format!("  {it}").trim_end().to_owned() + "\n").collect();
                session.terminal.out.write(&format!("failed {shown}\n{text}\n"));
            }
            Err(diag) => {
                count.failed += 1;
                session.fail(diag);
            }
        }
    }
}

/// The environments to run a case in: those that it has expectations for, and one that is to be added.
fn environments(session: &mut Session, args: &Test, case: &Case) -> Option<Vec<String>> {
    let found = expect::environments(case);
    let mut names = session.diags.take(found)?;
    if let Some(wanted) = &args.env {
        names.retain(|it| it == wanted);
        if names.is_empty() && args.bless {
            names.push(wanted.clone());
        }
        return Some(names);
    }
    if names.is_empty() {
        let message = format!("the case `{}` expects nothing", case.shown);
        let help = format!(
            "write what comes out as what is expected: `scorec test {} --bless --env ENVIRONMENT`",
            case.arguments()
        );
        session.fail(Diag::error(Code::TestCase, Span::NONE, message).help(help));
        return None;
    }
    Some(names)
}
