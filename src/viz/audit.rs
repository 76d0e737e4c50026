//! The audit badge: every step on screen against the `f64` reference, given the very inputs that the GPU
//! had. Runs when asked and after a pause, on a thread of its own, and can be dropped at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

use super::judge::{Judge, Report, Words};
use crate::gpu::{BufId, Plan};

/// How long the judge works before it looks whether anybody still waits.
const SLICE: Duration = Duration::from_millis(20);

/// State of the audit.
#[derive(Debug, Default)]
pub enum Audit {
    /// Not asked for since the last change.
    #[default]
    Idle,
    /// Wanted: the next frame asks the GPU for its numbers.
    Asked,
    /// Waiting for the GPU's numbers.
    Reading(Vec<Gather>),
    /// The reference is running.
    Computing(Running),
    /// Done for what is on screen.
    Done(Report),
    /// The reference could not be run; asked again at the next change.
    Failed,
}

/// Numbers of one session on their way.
#[derive(Debug)]
pub struct Gather {
    pub(super) plan: Plan,
    pub(super) before: Words,
    pub(super) after: Words,
    /// Ticket, buffer, and whether it is the copy made before.
    pub(super) tickets: Vec<(u64, BufId, bool)>,
}

/// A judge on its thread; dropped, it stops.
#[derive(Debug)]
pub struct Running {
    receiver: Receiver<Report>,
    stop: Arc<AtomicBool>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Audit {
    /// Forgets the result: what is on screen has changed.
    pub fn reset(&mut self) {
        *self = Self::Idle;
    }
    /// Whether it is under way.
    pub fn running(&self) -> bool {
        matches!(self, Self::Asked | Self::Reading(_) | Self::Computing(_))
    }
    /// Whether the next frame has to ask the GPU.
    pub fn is_asked(&self) -> bool {
        matches!(self, Self::Asked)
    }
    /// The result, if there is one.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Done(report) => Some(report),
            _ => None,
        }
    }

    /// Moves it on, where it is under way.
    pub(super) fn advance(&mut self) {
        match self {
            Audit::Reading(gathers) if gathers.iter().all(|g| g.tickets.is_empty()) => {
                let gathers = std::mem::take(gathers);
                *self = start(gathers).map_or(Audit::Failed, Audit::Computing);
            }
            Audit::Computing(running) => match running.receiver.try_recv() {
                Ok(report) => *self = Audit::Done(report),
                Err(TryRecvError::Disconnected) => *self = Audit::Failed,
                Err(TryRecvError::Empty) => {}
            },
            _ => {}
        }
    }

    /// Takes in a readback; false if it is not one of this audit's.
    pub(super) fn deliver(&mut self, ticket: u64, words: &[u32]) -> bool {
        let Self::Reading(gathers) = self else { return false };
        for gather in gathers {
            let Some(i) = gather.tickets.iter().position(|t| t.0 == ticket) else { continue };
            let (_, buf, before) = gather.tickets.swap_remove(i);
            let place = if before { &mut gather.before } else { &mut gather.after };
            place[buf.0] = Some(words.to_vec());
            return true;
        }
        false
    }
}

/// Judges on a thread of its own.
fn start(gathers: Vec<Gather>) -> std::io::Result<Running> {
    let (sender, receiver) = channel();
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let work = move || {
        let mut report = Report::new();
        for gather in gathers {
            let mut judge = Judge::new(gather.plan, &gather.before, &gather.after);
            while !judge.advance(SLICE) {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
            }
            report.join(judge.report());
        }
        // Nobody listens any more when the settings changed meanwhile.
        let _ = sender.send(report);
    };
    std::thread::Builder::new().name("audit".into()).spawn(work)?;
    Ok(Running { receiver, stop })
}
