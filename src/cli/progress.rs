//! A line on standard error that says what takes so long, and is gone when it is done.
//!
//! In: short texts. Out: nothing for the first 300 ms, and nothing at all where nobody is looking; then one
//! line that is overwritten in place. A thread of its own waits, so that the work need not look at the clock.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

/// What is over sooner needs no explanation.
const PATIENCE: Duration = Duration::from_millis(300);

/// Shown until dropped.
pub struct Progress {
    texts: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// `visible` is false where standard error is no terminal, and for a quiet run.
    #[must_use]
    pub fn new(visible: bool) -> Self {
        if !visible {
            return Progress { texts: None, thread: None };
        }
        let (texts, received) = channel();
        Progress { texts: Some(texts), thread: Some(spawn(move || show(&received, &mut io::stderr()))) }
    }

    /// What is being done now, in a few words.
    pub fn say(&self, text: &str) {
        if let Some(texts) = &self.texts {
            // The other side ends early only when standard error is closed; then nobody reads.
            let _ = texts.send(text.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.texts = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Shows the latest text until the sender is gone, then clears the line.
fn show(texts: &Receiver<String>, to: &mut impl Write) {
    let mut next = wait(texts);
    let shown = next.is_some();
    while let Some(text) = next {
        if write!(to, "\r\u{1b}[2K{text}").and_then(|()| to.flush()).is_err() {
            return;
        }
        next = texts.recv().ok();
    }
    if shown {
        let _ = write!(to, "\r\u{1b}[2K").and_then(|()| to.flush());
    }
}

/// The text to begin with, when patience is over; nothing if the work is over first.
fn wait(texts: &Receiver<String>) -> Option<String> {
    let began = Instant::now();
    let mut latest = None;
    while let Some(left) = PATIENCE.checked_sub(began.elapsed()) {
        match texts.recv_timeout(left) {
            Ok(text) => latest = Some(text),
            Err(RecvTimeoutError::Timeout) => break,
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    latest.or_else(|| texts.recv().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(work: impl FnOnce(&Sender<String>) + Send + 'static) -> String {
        let (texts, received) = channel();
        let worker = spawn(move || work(&texts));
        let mut out = Vec::new();
        show(&received, &mut out);
        assert!(worker.join().is_ok());
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn quick_work_says_nothing() {
        let text = shown(|texts| assert!(texts.send("reading".into()).is_ok()));
        assert_eq!(text, "");
    }

    #[test]
    fn slow_work_says_what_it_does_and_leaves_nothing() {
        let text = shown(|texts| {
            for text in ["reading", "building"] {
                assert!(texts.send(text.into()).is_ok());
                std::thread::sleep(Duration::from_millis(350));
            }
        });
        assert_eq!(text, "\r\u{1b}[2Kreading\r\u{1b}[2Kbuilding\r\u{1b}[2K");
    }
}
