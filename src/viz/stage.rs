//! What stands behind a page: the exhibit's plan made resident, the textures that show its tensors,
//! the numbers read back, the audit and the times. Settings unchanged: nothing is run.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use super::audit::Audit;
use super::derived::Derived;
use super::display::{Display, Request, Screen};
use super::inspect::Inspection;
use crate::gpu::{BufId, Gpu, GpuError, Plan, Probe, Runtime, Session, Source, Timing};

/// Frames after which an undrawn texture is let go.
const KEEP_FRAMES: u64 = 120;

/// A buffer's values on the CPU.
struct Readback {
    version: Option<u64>,
    ticket: Option<(u64, u64)>,
    values: Rc<Vec<f32>>,
    wanted: bool,
}

/// What stands behind a page.
pub struct Stage {
    pub(super) runtime: Runtime,
    screen: Screen,
    pub(super) session: Option<Session>,
    /// Counts changes of the results.
    version: u64,
    encoded: Option<u64>,
    work: u64,
    pub(super) frame: u64,
    displays: Vec<Display>,
    pub(super) derived: Vec<Derived>,
    reads: HashMap<BufId, Readback>,
    probe: Option<Probe>,
    timing: Option<Timing>,
    timing_ticket: Option<u64>,
    /// Milliseconds of each step on the GPU, where the adapter tells.
    step_millis: Vec<f64>,
    /// When the results last changed; the audit waits for a pause after it.
    changed_at: Instant,
    /// Comparison of what is on screen with the reference.
    pub audit: Audit,
    /// The element under the pointer, or pinned.
    pub inspection: Inspection,
    /// What went wrong while drawing; shown in place.
    pub(super) problem: Option<String>,
}

impl Stage {
    /// An empty stage.
    pub fn new(runtime: &Runtime, screen: &Screen) -> Self {
        Self {
            runtime: runtime.clone(),
            screen: screen.clone(),
            session: None,
            version: 0,
            encoded: None,
            work: 0,
            frame: 0,
            displays: Vec::new(),
            derived: Vec::new(),
            reads: HashMap::new(),
            probe: runtime.gpu().map(Probe::new),
            timing: None,
            timing_ticket: None,
            step_millis: Vec::new(),
            changed_at: Instant::now(),
            audit: Audit::default(),
            inspection: Inspection::default(),
            problem: None,
        }
    }

    /// Shows another plan: keeps the session if only parameters differ. On an error the old plan
    /// stays. A plan that would compute what is there already changes nothing.
    pub fn load(&mut self, plan: Plan) -> Result<(), GpuError> {
        if self.session.as_ref().is_some_and(|s| s.plan().same_results(&plan)) {
            self.problem = None;
            return Ok(());
        }
        let adopted = self.session.as_mut().is_some_and(|s| s.adopt(&plan));
        if !adopted {
            let session = Session::new(&self.runtime, plan, &crate::gpu::Externals::new())?;
            self.unpin_another(session.plan());
            self.clear();
            self.timing = self.runtime.gpu().and_then(|gpu| Timing::new(gpu, session.plan().steps.len()));
            self.session = Some(session);
        }
        self.version += 1;
        self.changed_at = Instant::now();
        self.audit.reset();
        self.problem = None;
        Ok(())
    }

    /// Lets go of a pin whose buffer holds something else in another plan.
    fn unpin_another(&mut self, next: &Plan) {
        let Some(spot) = self.inspection.pinned else { return };
        let name = |plan: &Plan| plan.buffers.get(spot.element.buf.0).map(|buffer| buffer.name.clone());
        if self.plan().is_some_and(|plan| name(plan) != name(next)) {
            self.inspection.pinned = None;
        }
    }

    /// Lets go of the plan: there is nothing to show until the next one.
    pub fn clear(&mut self) {
        self.session = None;
        self.displays.clear();
        self.derived.clear();
        self.reads.clear();
        self.timing = None;
        self.timing_ticket = None;
        self.step_millis.clear();
        self.audit.reset();
    }

    /// The plan on screen.
    pub fn plan(&self) -> Option<&Plan> {
        self.session.as_ref().map(Session::plan)
    }

    /// The session on screen.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Adapter or reference.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Counts changes of the results.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Plans run, maps coloured and buffers read back so far; stands still while nothing changes.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Milliseconds of each step on the GPU; empty where the adapter does not tell.
    pub fn step_millis(&self) -> &[f64] {
        &self.step_millis
    }

    /// Seconds since the results last changed.
    pub fn calm_secs(&self) -> f32 {
        self.changed_at.elapsed().as_secs_f32()
    }

    /// What went wrong while drawing.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Asks for a tensor's picture in this frame; `None` until there is one.
    pub fn display(&mut self, request: &Request) -> Option<&Display> {
        let session = self.session.as_ref()?;
        let found = self.displays.iter().position(|d| d.request == *request);
        let index = match found {
            Some(index) => index,
            None => match Display::new(&self.runtime, &self.screen, session, request.clone()) {
                Ok(display) => {
                    self.displays.push(display);
                    self.displays.len() - 1
                }
                Err(e) => {
                    self.problem = Some(e.to_string());
                    return None;
                }
            },
        };
        let display = &mut self.displays[index];
        display.used = self.frame;
        Some(display)
    }

    /// A buffer's values; asks for them where they are not there yet. Between a change and its
    /// arrival the last values are given.
    pub fn values(&mut self, buf: BufId) -> Option<Rc<Vec<f32>>> {
        let version = self.version;
        let session = self.session.as_ref()?;
        let buffer = &session.plan().buffers[buf.0];
        let entry = self.reads.entry(buf).or_insert_with(|| Readback {
            version: None,
            ticket: None,
            values: Rc::default(),
            wanted: false,
        });
        if entry.version != Some(version)
            && let Source::Constant(data) = &buffer.source
        {
            let values = match data {
                crate::gpu::Data::F32(v) => v.to_vec(),
                crate::gpu::Data::U32(v) => v.iter().map(|&x| x as f32).collect(),
            };
            entry.values = Rc::new(values);
            entry.version = Some(version);
        }
        entry.wanted = entry.version != Some(version);
        (entry.version.is_some() && entry.values.len() == buffer.len).then(|| entry.values.clone())
    }

    /// The values of this very version, or `None` while they are on their way.
    pub fn fresh_values(&mut self, buf: BufId) -> Option<Rc<Vec<f32>>> {
        let values = self.values(buf);
        let fresh = self.reads.get(&buf).is_some_and(|r| r.version == Some(self.version));
        values.filter(|_| fresh)
    }

    /// Takes in what has arrived; before the page is drawn.
    pub fn begin_frame(&mut self) {
        self.frame += 1;
        let Some(probe) = &mut self.probe else { return };
        for (ticket, words) in probe.collect() {
            if self.timing_ticket == Some(ticket) {
                self.timing_ticket = None;
                if let Some(timing) = &self.timing {
                    self.step_millis = timing.millis(&words);
                }
                continue;
            }
            for display in &mut self.displays {
                display.deliver(ticket, &words);
            }
            for derived in &mut self.derived {
                derived.deliver(ticket, &words);
            }
            let Some(session) = &self.session else { continue };
            for (buf, read) in &mut self.reads {
                if let Some((waiting, version)) = read.ticket
                    && waiting == ticket
                {
                    let dtype = session.plan().buffers[buf.0].dtype;
                    read.values = Rc::new(dtype.numbers(&words));
                    read.version = Some(version);
                    read.ticket = None;
                }
            }
        }
    }

    /// Records this frame's work: the plan if it changed, the textures that were drawn, the
    /// readbacks that were asked for.
    pub fn encode(&mut self, mut encoder: Option<&mut wgpu::CommandEncoder>) {
        let Some(session) = &mut self.session else { return };
        let version = self.version;
        if self.encoded != Some(version) {
            self.encoded = Some(version);
            self.work += 1;
            session.encode(encoder.as_deref_mut(), self.timing.as_mut());
            if let (Some(timing), Some(encoder), Some(probe)) =
                (&self.timing, encoder.as_deref_mut(), &mut self.probe)
            {
                timing.resolve(encoder);
                self.timing_ticket = Some(probe.read(encoder, &timing.resolved, 0, timing.words()));
            }
        }
        let frame = self.frame;
        self.displays.retain(|d| d.used + KEEP_FRAMES > frame);
        for display in &mut self.displays {
            if display.used == frame && display.version != Some(version) {
                self.work += 1;
                let done = display.encode(
                    &self.runtime,
                    session,
                    version,
                    encoder.as_deref_mut(),
                    self.probe.as_mut(),
                );
                if let Err(e) = done {
                    self.problem = Some(e.to_string());
                }
            }
        }
        self.derived.retain(|d| !d.is_idle(frame, KEEP_FRAMES));
        for derived in &mut self.derived {
            let done =
                derived.encode(&self.runtime, session, version, encoder.as_deref_mut(), self.probe.as_mut());
            match done {
                Ok(worked) => self.work += u64::from(worked),
                Err(e) => self.problem = Some(e.to_string()),
            }
        }
        for (buf, read) in &mut self.reads {
            if !std::mem::take(&mut read.wanted) || read.ticket.is_some() {
                continue;
            }
            self.work += 1;
            match (encoder.as_deref_mut(), &mut self.probe, session.buffer(*buf)) {
                (Some(encoder), Some(probe), Some(buffer)) => {
                    let words = session.plan().buffers[buf.0].len;
                    read.ticket = Some((probe.read(encoder, &buffer.buffer, buffer.offset, words), version));
                }
                _ => {
                    if let Ok(values) = session.read(*buf) {
                        read.values = Rc::new(values);
                        read.version = Some(version);
                    }
                }
            }
        }
    }

    /// Whether numbers are still on their way, so that another frame is due.
    pub fn pending(&self) -> bool {
        self.probe.as_ref().is_some_and(Probe::pending)
            || self.reads.values().any(|r| r.wanted)
            || self.derived.iter().any(Derived::is_wanted)
            || self.encoded != Some(self.version) && self.session.is_some()
    }

    /// Whether this stage was made on another device than `gpu`.
    pub fn is_of(&self, gpu: &Gpu) -> bool {
        self.runtime.gpu().is_some_and(|mine| mine.generation == gpu.generation)
    }
}
