//! Damaged, cut short and absurd files of every kind that is read: a sentence each time, and never a
//! panic, a hang or a gigabyte.
//!
//! Each kind runs in a process of its own (this test program again, at [`child`]), so that memory can be
//! measured, and a file that never ends or overflows the stack can be told from the others.

mod graphs;
mod kinds;
mod sizes;
mod spoil;

use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use super::none;
use kinds::{KINDS, Kind};
use spoil::{VARIANTS, variants};

/// Names the kind to the child.
const KIND: &str = "GLASSBOX_CORRUPT_KIND";
/// Far more than any file of these sizes takes, also in a debug build on a loaded machine.
const LIMIT_SECS: u64 = 60;
/// Most memory of the whole process, in KiB.
const LIMIT_KIB: u64 = 1 << 20;

#[test]
fn damaged_files_give_a_sentence_and_never_a_panic_a_hang_or_a_gigabyte() {
    let complaints: Vec<String> = KINDS
        .iter()
        .flat_map(|kind| watch(kind).into_iter().map(|c| format!("{}: {c}", kind.file)))
        .collect();
    none(&complaints);
}

/// Runs the child on one kind and says what is wrong.
fn watch(kind: &Kind) -> Vec<String> {
    let program = std::env::current_exe().unwrap();
    let args = ["corrupt::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"];
    let mut command = if cfg!(target_os = "linux") {
        // What takes all memory should end itself, not the machine.
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -v 6291456; exec \"$0\" \"$@\""]).arg(program);
        shell
    } else {
        Command::new(program)
    };
    let mut child = command.args(args).env(KIND, kind.file).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, receiver) = channel();
    let reader = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let (mut complaints, mut last, mut peak, mut seen) = (Vec::new(), String::new(), None, 0);
    loop {
        match receiver.recv_timeout(Duration::from_secs(LIMIT_SECS)) {
            Ok(line) => match line.split_once(": ") {
                Some(("variant", how)) => {
                    seen += 1;
                    how.clone_into(&mut last);
                }
                Some(("complaint", what)) => complaints.push(format!("{last}: {what}")),
                Some(("peak", kib)) => peak = kib.parse::<u64>().ok(),
                _ => {}
            },
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                complaints.push(format!("{last}: nothing happened for {LIMIT_SECS} seconds"));
                break;
            }
        }
    }
    let status = child.wait().unwrap();
    let _ = reader.join();
    if !status.success() && complaints.is_empty() {
        complaints.push(format!("{last}: the process ended with {status}"));
    }
    if seen != VARIANTS && complaints.is_empty() {
        complaints.push(format!("{seen} of {VARIANTS} variants were opened"));
    }
    // Elsewhere than on Linux the peak is not asked for.
    if let Some(peak) = peak.filter(|&peak| peak > LIMIT_KIB) {
        complaints.push(format!("{peak} KiB of memory are more than {LIMIT_KIB}"));
    }
    if cfg!(target_os = "linux") && peak.is_none() && complaints.is_empty() {
        complaints.push("the child did not say how much memory it took".to_owned());
    }
    complaints
}

/// Opens all variants of the kind that the environment names. Run by [`watch`] alone.
#[test]
#[ignore = "started by the test above, in a process of its own"]
fn child() {
    let Ok(file) = std::env::var(KIND) else { return };
    let kind = KINDS.iter().find(|kind| kind.file == file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(kind.file);
    let intact = (kind.intact)(folder.path());
    say("begin", "intact");
    std::fs::write(&path, &intact).unwrap();
    if let Err(error) = (kind.open)(&path) {
        say("complaint", &format!("the intact file does not open: {error}"));
    }
    std::panic::set_hook(Box::new(|_| {}));
    for spoilt in variants(&intact, (kind.absurd)(&intact)) {
        say("variant", &spoilt.how);
        std::fs::write(&path, &spoilt.bytes).unwrap();
        match catch_unwind(AssertUnwindSafe(|| (kind.open)(&path))) {
            Err(_) => say("complaint", "panicked"),
            Ok(Ok(())) => {
                let missing = intact.len() - spoilt.bytes.len().min(intact.len());
                if spoilt.cut && kind.idle_end.is_some_and(|idle| missing > idle) {
                    say("complaint", "opened although it is cut");
                }
            }
            Ok(Err(error)) => {
                // A network's folder has several files, and another may no longer fit this one.
                let place = folder.path().to_string_lossy();
                let named = if error.contains(&*place) { &*place } else { kind.file };
                for complaint in sentence(&error, named) {
                    say("complaint", &complaint);
                }
            }
        }
    }
    if let Some(kib) = peak() {
        say("peak", &kib.to_string());
    }
}

/// What is wrong with the sentence about a file.
fn sentence(text: &str, file: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !text.contains(file) {
        complaints.push(format!("the file is not named: {text:?}"));
    }
    if text.chars().any(char::is_control) || text.len() > 1000 || text.split_whitespace().count() < 4 {
        complaints.push(format!("no sentence: {text:?}"));
    }
    // What Rust prints for a programmer.
    let debug = ["Some(", "None", "Ok(", "Err(", " { ", "\\\"", "\\u{", "Error("];
    if debug.iter().any(|print| text.contains(print)) {
        complaints.push(format!("a debug print: {text:?}"));
    }
    complaints
}

/// One line for the process that watches.
fn say(what: &str, text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "\n{what}: {text}");
    let _ = out.flush();
}

/// The most memory that this process has held, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[test]
fn what_is_no_sentence_is_found() {
    assert!(sentence("the file is cut short, copy it again: a.png", "a.png").is_empty());
    assert_eq!(sentence("the file is cut short, copy it again: b.png", "a.png").len(), 1);
    assert_eq!(sentence("cut short\ncopy it again: a.png", "a.png").len(), 1);
    assert_eq!(sentence("a.png", "a.png").len(), 1);
}
