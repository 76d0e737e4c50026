//! What an audit reads of a stage.
//!
//! Of networks in training one step more is run and taken back: everything is copied before and put back
//! after, and what a step changes in place (weights, moments, counters, running statistics) is judged from
//! the copy.

use super::audit::{Audit, Gather};
use super::judge::Words;
use super::lens::Of;
use super::stage::Stage;
use crate::gpu::{BufId, Plan, Source};

/// Whether a buffer has words of its own on the GPU.
fn is_read(plan: &Plan, buf: BufId) -> bool {
    let buffer = &plan.buffers[buf.0];
    buffer.len > 0 && !matches!(buffer.source, Source::Constant(_) | Source::Part { .. })
}

impl Stage {
    /// Asks for an audit of what is on screen. Networks in training are judged while they are paused.
    pub fn request_audit(&mut self) {
        let some = !self.sessions().is_empty();
        if matches!(self.audit, Audit::Idle) && some && !self.busy() && self.running().is_none() {
            self.audit = Audit::Asked;
        }
    }

    /// Records what a wanted audit has to read.
    pub(super) fn gather(&mut self, encoder: Option<&mut wgpu::CommandEncoder>) {
        if !self.audit.is_asked() {
            return;
        }
        let (Some(gpu), Some(encoder)) = (self.runtime.gpu().cloned(), encoder) else {
            // The reference need not be compared with itself.
            self.audit = Audit::Failed;
            return;
        };
        let Some(mut probe) = self.probe.take() else { return };
        let mut gathers = Vec::new();
        for (of, session) in self.sessions() {
            let plan = session.plan().clone();
            let none: Words = vec![None; plan.buffers.len()];
            let mut gather = Gather { before: none.clone(), after: none, tickets: Vec::new(), plan };
            let mut read = |encoder: &mut wgpu::CommandEncoder, buf: BufId, before: bool| {
                let Some(at) = session.buffer(buf) else { return };
                let words = gather.plan.buffers[buf.0].len;
                let ticket = probe.read(encoder, &at.buffer, at.offset, words);
                gather.tickets.push((ticket, buf, before));
            };
            let ids = (0..session.plan().buffers.len()).map(BufId);
            let all: Vec<BufId> = ids.filter(|&buf| is_read(session.plan(), buf)).collect();
            if matches!(of, Of::Training(_)) {
                // All of it, so that what is on screen stays that of the step before.
                let copies: Vec<_> = all
                    .iter()
                    .filter_map(|&buf| {
                        let at = session.buffer(buf)?;
                        let bytes = session.plan().buffers[buf.0].len as u64 * 4;
                        let copy = gpu.scratch(bytes);
                        encoder.copy_buffer_to_buffer(&at.buffer, at.offset, &copy, 0, bytes);
                        Some((at, copy, bytes))
                    })
                    .collect();
                session.plan().carried().iter().for_each(|&buf| read(encoder, buf, true));
                session.encode(Some(encoder), None);
                all.iter().for_each(|&buf| read(encoder, buf, false));
                for (at, copy, bytes) in copies {
                    encoder.copy_buffer_to_buffer(&copy, 0, &at.buffer, at.offset, bytes);
                }
            } else {
                all.iter().for_each(|&buf| read(encoder, buf, false));
            }
            gathers.push(gather);
        }
        self.probe = Some(probe);
        self.audit = Audit::Reading(gathers);
    }

    /// Moves a running audit on; called once a frame.
    pub fn advance_audit(&mut self) {
        self.audit.advance();
    }
}
