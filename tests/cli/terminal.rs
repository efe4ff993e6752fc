//! What the terminal may show, a closed pipe, and how a bug looks.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::Stdio;

use scorec::cli::terminal::{Stream, When, install_panic_hook, style};
use scorec::report::human::Style;

fn with(variables: &[(&str, &str)], when: When, is_terminal: bool, columns: Option<usize>) -> Style {
    let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, it)| OsString::from(it));
    style(when, &find, is_terminal, columns)
}

#[test]
fn who_decides_about_colour() {
    let colour = |variables: &[(&str, &str)], when, is_terminal| with(variables, when, is_terminal, None).colour;
    assert!(colour(&[], When::Auto, true));
    assert!(!colour(&[], When::Auto, false));
    assert!(!colour(&[("TERM", "dumb")], When::Auto, true));
    assert!(!colour(&[("CLICOLOR", "0")], When::Auto, true));
    assert!(colour(&[("CLICOLOR_FORCE", "1")], When::Auto, false));
    assert!(!colour(&[("CLICOLOR_FORCE", "0")], When::Auto, true));
    assert!(!colour(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], When::Auto, true));
    assert!(colour(&[("NO_COLOR", "")], When::Auto, true));
    assert!(colour(&[("NO_COLOR", "1")], When::Always, false));
    assert!(!colour(&[("CLICOLOR_FORCE", "1")], When::Never, true));
}

#[test]
fn unicode_by_locale_and_width_by_terminal() {
    let unicode = |variables: &[(&str, &str)]| with(variables, When::Auto, true, None).unicode;
    assert!(unicode(&[]));
    assert!(unicode(&[("LANG", "de_CH.UTF-8")]));
    assert!(unicode(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
    assert!(!unicode(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]));
    assert!(!unicode(&[("LANG", "POSIX")]));
    let width = |variables: &[(&str, &str)], columns| with(variables, When::Auto, true, columns).width;
    assert_eq!(width(&[], Some(120)), 120);
    assert_eq!(width(&[], None), 100);
    assert_eq!(width(&[], Some(3)), 40);
    assert_eq!(width(&[("COLUMNS", "90")], Some(120)), 90);
    assert_eq!(width(&[("COLUMNS", "wide")], Some(120)), 120);
}

/// Takes three bytes, then fails in its own way.
struct Failing(Option<io::ErrorKind>);

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0 {
            Some(kind) if bytes.len() > 3 => Err(kind.into()),
            _ => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_no_failure_and_a_full_disk_is() {
    let closed = |kind| {
        let style = Style { colour: false, unicode: true, width: 80 };
        let mut stream = Stream::new(Box::new(Failing(kind)), style, false);
        stream.write("one");
        stream.write("two and three");
        stream.write("four");
        stream.close().map_err(|it| it.kind())
    };
    assert_eq!(closed(None), Ok(()));
    assert_eq!(closed(Some(io::ErrorKind::BrokenPipe)), Ok(()));
    assert_eq!(closed(Some(io::ErrorKind::StorageFull)), Err(io::ErrorKind::StorageFull));
}

#[test]
fn a_panic_is_a_bug_and_says_so() {
    let mut command = super::child("terminal::panics", std::path::Path::new("."));
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().expect("ended");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(101), "{text}");
    assert!(text.starts_with("this is a bug in scorec, please report it"), "{text}");
    assert!(text.contains("the moon is made of cheese") && text.contains("terminal.rs:"), "{text}");
}

#[test]
#[ignore = "the process that the test above starts"]
fn panics() {
    if super::child_folder().is_some() {
        install_panic_hook();
        panic!("the moon is made of {}", "cheese");
    }
}
