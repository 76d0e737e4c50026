//! A plan that takes longer than a frame: it runs between frames, in slices, and is drawn meanwhile as far as it is.

use super::display::{self, Range, Request};
use super::due::Running;
use super::lens::{Lens, Of};
use super::look::Look;
use super::paced::SLICE;
use super::stage::Stage;
use super::work::Work;
use crate::gpu::{AnyKernel, BufId, DType, Plan};

/// A kernel and its variant.
pub type Program = (&'static dyn AnyKernel, usize);

/// All that maps of a usual size are coloured with.
fn pictures() -> Plan {
    let mut plan = Plan::new();
    let x = plan.temporary("maps", &[64, 112, 112], DType::F32);
    let photo = plan.temporary("photo", &[3, 224, 224], DType::F32);
    let pictures = [
        (&x, Look::Diverging, Range::All),
        (&x, Look::Sequential, Range::Own),
        (&photo, Look::Rgb, Range::Own),
    ];
    for (tensor, look, range) in pictures {
        // It is recorded anew, and refused with a sentence, for each picture.
        let _ = display::record(&mut plan, tensor, None, &Request::of(tensor, look, range).minified(2.0));
    }
    plan
}

impl Stage {
    /// Programs that some work needs, or the pictures of it, and the adapter does not have; to be compiled on another
    /// thread.
    pub fn programs(&self, work: &Work) -> Vec<Program> {
        let Some(gpu) = self.runtime.gpu() else { return Vec::new() };
        let pictures = pictures();
        let plans = [&work.plan, &pictures].into_iter().chain(&work.beside);
        let mut programs: Vec<Program> = Vec::new();
        for step in plans.flat_map(|plan| &plan.steps) {
            let variant = step.kernel.pick(&step.params, &gpu.profile);
            let listed = |own: &Program| (own.0.name(), own.1) == (step.kernel.name(), variant);
            if !gpu.has_compiled(step.kernel.name(), Some(variant)) && !programs.iter().any(listed) {
                programs.push((step.kernel, variant));
            }
        }
        programs
    }

    /// Submits the next slice of what takes longer than a frame, once the adapter has nothing else to do. To be called
    /// again and again between frames; returns whether there is more.
    pub fn advance(&mut self) -> bool {
        let Some(gpu) = self.runtime.gpu().filter(|_| self.advances()) else { return false };
        if !gpu.is_idle() {
            return true;
        }
        self.work += 1;
        if let Some(lens) = self.lenses.values_mut().find(|lens| lens.is_under_way()) {
            // What is looked at comes before what is to come.
            lens.advance(gpu, self.probe.as_mut());
        } else if let Some(session) = &self.plan {
            session.advance(self.due.waiting(), SLICE, self.times.timing());
            if !self.due.waits()
                && let Some(probe) = &mut self.probe
            {
                gpu.submit(|encoder| self.times.ask(encoder, probe));
            }
        }
        self.advances()
    }

    /// Whether something runs between frames.
    pub fn advances(&self) -> bool {
        (self.due.is_long() && !self.due.is_stopped()) || self.lenses.values().any(Lens::is_under_way)
    }

    /// How far the run of the plan is, if it takes longer than a frame.
    pub fn running(&self) -> Option<Running> {
        self.due.running(self.plan.as_ref()?)
    }

    /// Stops the run of the plan, or goes on with it. What has run can be looked at.
    pub fn stop(&mut self, stopped: bool) {
        self.due.stop(stopped);
    }

    /// Whether a buffer can be drawn: it has been computed, or will be within this frame.
    pub(super) fn has(&self, of: Of, buf: BufId) -> bool {
        of != Of::Plan || self.due.has(buf)
    }
}
