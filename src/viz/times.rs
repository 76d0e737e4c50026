//! How long each step of a page's plan took on the GPU when it last ran.

use crate::gpu::{Affected, Gpu, Probe, Timing};

/// Times of the steps; none where the adapter does not tell.
#[derive(Default)]
pub(super) struct Times {
    timing: Option<Timing>,
    ticket: Option<u64>,
    /// Times that were asked for of plans that are gone, and which of their steps were taken over.
    late: Vec<(u64, Timing, Vec<bool>)>,
    /// Milliseconds of each step; `None` until they have arrived.
    known: Vec<Option<f64>>,
    /// All of them, once they are known.
    millis: Vec<f64>,
}

impl Times {
    /// Takes in another plan, of which this is left to do: the other steps took what they took before.
    pub fn begin(&mut self, gpu: Option<&Gpu>, left: &Affected) {
        if let (Some(ticket), Some(timing)) = (self.ticket.take(), self.timing.take()) {
            let steps = timing.steps();
            self.late.push((ticket, timing, vec![true; steps]));
        }
        self.timing = gpu.and_then(|gpu| Timing::new(gpu, left.steps.len()));
        self.known.resize(left.steps.len(), None);
        for (step, left) in left.steps.iter().enumerate().filter(|(_, left)| **left) {
            self.known[step] = None;
            for (.., kept) in &mut self.late {
                kept.get_mut(step).into_iter().for_each(|kept| *kept = !left);
            }
        }
        self.late.retain(|(.., kept)| kept.contains(&true));
        self.tell();
    }

    /// What notes the times of steps that are recorded.
    pub fn timing(&mut self) -> Option<&mut Timing> {
        self.timing.as_mut()
    }

    /// Asks for the times, once the steps are recorded.
    pub fn ask(&mut self, encoder: &mut wgpu::CommandEncoder, probe: &mut Probe) {
        if let Some(timing) = &mut self.timing {
            timing.resolve(encoder);
            self.ticket = Some(probe.read(encoder, &timing.resolved, 0, timing.words()));
        }
    }

    /// Takes in what was asked for; false if it is something else.
    pub fn deliver(&mut self, ticket: u64, words: &[u32]) -> bool {
        if let Some(i) = self.late.iter().position(|(late, ..)| *late == ticket) {
            let (_, timing, kept) = self.late.remove(i);
            let times = timing.millis(words).into_iter().zip(kept).enumerate();
            for (step, (millis, _)) in times.filter(|(step, (_, kept))| *kept && timing.has_run(*step)) {
                if let Some(known) = self.known.get_mut(step) {
                    known.get_or_insert(millis);
                }
            }
            self.tell();
            return true;
        }
        if self.ticket != Some(ticket) {
            return false;
        }
        self.ticket = None;
        if let Some(timing) = &self.timing {
            let times = timing.millis(words).into_iter().enumerate();
            for (step, millis) in times.filter(|(step, _)| timing.has_run(*step)) {
                self.known[step] = Some(millis);
            }
        }
        self.tell();
        true
    }

    fn tell(&mut self) {
        self.millis = self.known.iter().copied().collect::<Option<_>>().unwrap_or_default();
    }

    /// Milliseconds of each step when it last ran; empty where the adapter does not tell, and until all are known.
    pub fn millis(&self) -> &[f64] {
        &self.millis
    }
}
