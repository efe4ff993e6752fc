//! One run of an external program, which may do anything.
//!
//! In: the program, its arguments and what it reads. Out: what it wrote, or why that is of no use. It runs in a
//! process group of its own, which ends with it or with its time. Knows nothing of rules.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::key;

/// How much of standard error is kept, in bytes; the end of it says why a program failed.
const ERROR_TAIL: usize = 4096;
/// How often a running program is looked at.
const PULSE: Duration = Duration::from_millis(10);
/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(1);

/// What is run.
pub struct Process<'a> {
    pub program: OsString,
    pub arguments: Vec<&'a str>,
    pub folder: &'a Path,
    pub input: Vec<u8>,
    pub timeout: Duration,
    /// The most that it may write to standard output, in bytes.
    pub limit: usize,
}

/// What a program did.
pub struct Ended {
    pub how: How,
    pub output: Vec<u8>,
    /// The end of what it wrote to standard error.
    pub errors: Vec<u8>,
}

/// How it ended.
pub enum How {
    Exit(ExitStatus),
    OutOfTime,
    TooMuchOutput,
    /// Something that it started holds its standard output, in another process group.
    StaysOpen,
}

/// What the readers of the two streams say.
enum Event {
    Output(Vec<u8>),
    TooMuchOutput,
    Errors(Vec<u8>),
}

/// Runs a program to its end.
///
/// # Errors
/// When it could not be started, or not be waited for.
pub fn run(process: Process<'_>) -> io::Result<Ended> {
    let started = Instant::now();
    let mut child = Command::new(&process.program)
        .args(&process.arguments)
        .current_dir(process.folder)
        .env_remove(key::VARIABLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let events = attend(&mut child, process.input, process.limit);
    let mut watch = Watch { output: None, errors: None, too_much: false };
    let ended = wait(&child, &events, &mut watch, started + process.timeout);
    let how = match ended {
        Ok(true) if !watch.too_much => {
            watch.until(&events, Instant::now() + GRACE, Watch::is_complete);
            None
        }
        Ok(_) if watch.too_much => Some(How::TooMuchOutput),
        Ok(_) => Some(How::OutOfTime),
        Err(_) => None,
    };
    if how.is_some() {
        end(&child, Signal::TERM);
        let _ = wait(&child, &events, &mut watch, Instant::now() + GRACE);
    }
    // The leader is not reaped yet, so the group is still the one that was started.
    end(&child, Signal::KILL);
    let status = child.wait()?;
    ended?;
    watch.until(&events, Instant::now() + GRACE, Watch::is_complete);
    let how = how.unwrap_or(match (&watch.output, watch.too_much) {
        (_, true) => How::TooMuchOutput,
        (Some(_), false) => How::Exit(status),
        (None, false) => How::StaysOpen,
    });
    Ok(Ended { how, output: watch.output.unwrap_or_default(), errors: watch.errors.unwrap_or_default() })
}

/// What has been heard so far.
struct Watch {
    output: Option<Vec<u8>>,
    errors: Option<Vec<u8>>,
    too_much: bool,
}

impl Watch {
    fn is_complete(&self) -> bool {
        (self.output.is_some() || self.too_much) && self.errors.is_some()
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Output(bytes) => self.output = Some(bytes),
            Event::TooMuchOutput => self.too_much = true,
            Event::Errors(bytes) => self.errors = Some(bytes),
        }
    }

    /// Listens until `enough`, or until `deadline`.
    fn until(&mut self, events: &Receiver<Event>, deadline: Instant, enough: impl Fn(&Watch) -> bool) {
        while !enough(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(event) => self.hear(event),
                Err(_) => return,
            }
        }
    }
}

/// Waits for the program itself, not for what it started. Whether it has ended.
fn wait(child: &Child, events: &Receiver<Event>, watch: &mut Watch, deadline: Instant) -> io::Result<bool> {
    // Short programs are the rule, so the first looks come fast.
    let mut pulse = Duration::from_micros(500);
    loop {
        if has_ended(child)? {
            return Ok(true);
        }
        if watch.too_much || Instant::now() >= deadline {
            return Ok(false);
        }
        pulse = (pulse * 2).min(PULSE);
        match events.recv_timeout(pulse) {
            Ok(event) => watch.hear(event),
            Err(RecvTimeoutError::Timeout) => {}
            // Nobody is left to speak, so this only passes the time.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(pulse),
        }
    }
}

/// Whether the program has ended, without reaping it: until then its id and its group stay its own.
fn has_ended(child: &Child) -> io::Result<bool> {
    let Some(pid) = pid(child) else { return Ok(true) };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    Ok(waitid(WaitId::Pid(pid), options)?.is_some())
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Sends a signal to the program and to all that it started. One that has ended hears nothing.
fn end(child: &Child, signal: Signal) {
    if let Some(pid) = pid(child) {
        let _ = kill_process_group(pid, signal);
    }
}

/// Speaks and listens to a program, each stream on a thread of its own, so that none waits for another. A thread
/// may outlive the program where something else holds the other end.
fn attend(child: &mut Child, input: Vec<u8>, limit: usize) -> Receiver<Event> {
    let (sender, events) = channel();
    if let Some(mut stdin) = child.stdin.take() {
        // A program need not read what it is given.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        std::thread::spawn(move || listen(stdout, limit, &sender));
    }
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || keep_end(stderr, &sender));
    }
    events
}

fn listen(stdout: impl Read, limit: usize, sender: &Sender<Event>) {
    let mut bytes = Vec::new();
    let _ = stdout.take(limit as u64 + 1).read_to_end(&mut bytes);
    let event = if bytes.len() > limit { Event::TooMuchOutput } else { Event::Output(bytes) };
    let _ = sender.send(event);
}

/// Reads to the end and keeps the last bytes. What there is by then is told when the other side is quiet for good.
fn keep_end(mut stderr: impl Read, sender: &Sender<Event>) {
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = [0_u8; 4096];
    loop {
        match stderr.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                kept.extend_from_slice(&buffer[..read]);
                let excess = kept.len().saturating_sub(ERROR_TAIL);
                kept.drain(..excess);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let _ = sender.send(Event::Errors(kept));
}

impl How {
    /// As the end of a sentence that begins with the program; `None` where all went well.
    #[must_use]
    pub fn problem(&self, timeout: u32) -> Option<String> {
        match self {
            How::Exit(status) if status.success() => None,
            How::Exit(status) => Some(match (status.code(), status.signal()) {
                (Some(code), _) => format!("ended with exit code {code}"),
                (None, Some(signal)) => format!("was killed by signal {signal}"),
                (None, None) => "ended in an unknown way".to_owned(),
            }),
            How::OutOfTime => Some(format!("took longer than {}", crate::diag::count(timeout as usize, "second"))),
            How::TooMuchOutput => Some("wrote more than 1 MiB to standard output".to_owned()),
            How::StaysOpen => Some("left something behind that holds its standard output".to_owned()),
        }
    }
}
