//! What a page looks at in one session: textures of its tensors, small plans derived of them, numbers read
//! back. Tensors of several runs are never mixed up, because each run has a lens of its own.

use std::collections::HashMap;
use std::rc::Rc;

use super::derived::{Derive, Derived, OUTLIVED};
use super::display::{Display, Range, Request, Screen};
use super::due::Due;
use super::scale::Scale;
use crate::gpu::{Affected, BufId, Data, Gpu, GpuError, Probe, Runtime, Session, Source, Tensor};
use crate::nn::{LookId, RunId};

/// Frames after which an undrawn texture is let go.
const KEEP_FRAMES: u64 = 120;

/// Which session of a stage a tensor belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Of {
    /// The recorded plan.
    #[default]
    Plan,
    /// A network in training.
    Training(RunId),
    /// A network in training, shown inputs that stay.
    Looking(LookId),
}

/// A buffer's values on the CPU.
#[derive(Default)]
struct Readback {
    version: Option<u64>,
    ticket: Option<(u64, u64)>,
    values: Rc<Vec<f32>>,
    wanted: bool,
}

/// The session that a lens looks at, and how far it is.
pub(super) struct Scene<'s> {
    pub runtime: &'s Runtime,
    pub screen: &'s Screen,
    pub session: &'s Session,
    pub versions: Versions<'s>,
    pub frame: u64,
}

/// Counts changes of a session's results.
pub(super) enum Versions<'s> {
    /// Of all at once: each step of training changes everything.
    One(u64),
    /// Of each buffer.
    Each(&'s Due),
}

impl<'s> Versions<'s> {
    /// Those of a session; `drawn`: how far networks in training are drawn.
    pub fn of(of: Of, due: &'s Due, drawn: u64) -> Self {
        if of == Of::Plan { Self::Each(due) } else { Self::One(drawn) }
    }
}

impl Scene<'_> {
    /// The version at which a buffer last changed.
    fn version(&self, buf: BufId) -> u64 {
        match self.versions {
            Versions::One(version) => version,
            Versions::Each(due) => due.version_of(buf),
        }
    }

    /// Whether a buffer holds what its version is to hold.
    fn has(&self, buf: BufId) -> bool {
        match self.versions {
            Versions::One(_) => true,
            Versions::Each(due) => due.has(buf),
        }
    }

    /// Whether all that a picture shows is there.
    fn has_all(&self, request: &Request) -> bool {
        let range = match &request.range {
            Range::Shared(of) => of.iter().all(|buf| self.has(*buf)),
            _ => true,
        };
        range && self.has(request.buf)
    }

    /// The version at which one of some buffers last changed.
    fn newest(&self, of: &[BufId]) -> u64 {
        of.iter().map(|buf| self.version(*buf)).max().unwrap_or_default()
    }
}

/// Looks at one session.
#[derive(Default)]
pub(super) struct Lens {
    displays: Vec<Display>,
    scales: Vec<Scale>,
    derived: Vec<Derived>,
    reads: HashMap<BufId, Readback>,
    /// Textures made so far.
    made: u64,
}

impl Lens {
    /// Lets go of what was made of buffers that have others in their place.
    pub fn keep(&mut self, left: &Affected) {
        let stays = |buf: &BufId| left.buffers.get(buf.0) == Some(&false);
        self.displays.retain(|d| match &d.request.range {
            Range::Shared(of) => stays(&d.request.buf) && of.iter().all(stays),
            _ => stays(&d.request.buf),
        });
        self.scales.retain(|scale| scale.of.iter().all(stays));
        self.derived.retain(|derived| stays(&derived.source));
        self.reads.retain(|buf, _| stays(buf));
    }

    /// Looks at another session of the same structure from now on: the numbers of the one before are shown until its own
    /// have arrived.
    pub fn succeed(&mut self) {
        self.displays.clear();
        self.scales.clear();
        self.derived.iter_mut().for_each(Derived::outlive);
        self.reads.retain(|_, read| read.version.is_some());
        for read in self.reads.values_mut() {
            (read.version, read.ticket, read.wanted) = (Some(OUTLIVED), None, false);
        }
    }

    /// Asks for a tensor's picture in this frame; `None` until it has been computed.
    pub fn display(&mut self, scene: &Scene<'_>, request: &Request) -> Result<Option<&Display>, GpuError> {
        let scale = match &request.range {
            Range::Shared(of) => Some(self.scale(scene, of, request.trims)?),
            _ => None,
        };
        let found = self.displays.iter().position(|d| d.request == *request);
        let index = match found {
            Some(index) => index,
            None => {
                let Scene { runtime, screen, session, .. } = *scene;
                let scale = scale.map(|index| &self.scales[index]);
                self.displays.push(Display::new(runtime, screen, session, request.clone(), scale)?);
                self.made += 1;
                self.displays.len() - 1
            }
        };
        let display = &mut self.displays[index];
        display.used = scene.frame;
        // What was there before stays until it is computed anew.
        let comes = !display.run.long && scene.has_all(request);
        Ok(Some(&*display).filter(|display| display.version.is_some() || comes))
    }

    /// Where the range that some tensors share is found.
    fn scale(&mut self, scene: &Scene<'_>, of: &Rc<[BufId]>, trims: bool) -> Result<usize, GpuError> {
        let index = match self.scales.iter().position(|s| s.is_of(of, trims)) {
            Some(index) => index,
            None => {
                self.scales.push(Scale::new(scene.runtime, scene.session, of.clone(), trims)?);
                self.scales.len() - 1
            }
        };
        self.scales[index].ask(scene.frame);
        Ok(index)
    }

    /// The numbers that `derive` computes of a tensor; `name` tells one kind from another. `None` until
    /// they are there; between a change and its arrival the last are given.
    pub fn derived(
        &mut self,
        scene: &Scene<'_>,
        tensor: &Tensor,
        name: &'static str,
        derive: Derive,
    ) -> Result<Option<Rc<Vec<f32>>>, GpuError> {
        let found = self.derived.iter().position(|d| d.is_of(tensor, name));
        let anew = || Derived::new(scene.runtime, scene.session, tensor, name, derive);
        let index = match found {
            Some(index) => {
                let own = &mut self.derived[index];
                if own.has_outlived() {
                    *own = anew()?.after(own);
                }
                index
            }
            None => {
                self.derived.push(anew()?);
                self.derived.len() - 1
            }
        };
        Ok(self.derived[index].ask(scene.frame, scene.version(tensor.buf)))
    }

    /// A buffer's values; asks for them where they are not there yet. Between a change and its arrival the
    /// last values are given.
    pub fn values(&mut self, scene: &Scene<'_>, buf: BufId) -> Option<Rc<Vec<f32>>> {
        let buffer = &scene.session.plan().buffers[buf.0];
        let version = scene.version(buf);
        let entry = self.reads.entry(buf).or_default();
        if entry.version != Some(version)
            && let Source::Constant(data) = &buffer.source
        {
            let values = match data {
                Data::F32(v) => v.to_vec(),
                Data::U32(v) => v.iter().map(|&x| x as f32).collect(),
            };
            entry.values = Rc::new(values);
            entry.version = Some(version);
        }
        entry.wanted = entry.version != Some(version);
        (entry.version.is_some() && entry.values.len() == buffer.len).then(|| entry.values.clone())
    }

    /// Whether the values of a buffer are those of this very version.
    pub fn is_fresh(&self, scene: &Scene<'_>, buf: BufId) -> bool {
        self.reads.get(&buf).is_some_and(|read| read.version == Some(scene.version(buf)))
    }

    /// Takes in a readback, if it is one of this lens.
    pub fn deliver(&mut self, session: &Session, ticket: u64, words: &[u32]) {
        for display in &mut self.displays {
            display.deliver(ticket, words);
        }
        for derived in &mut self.derived {
            derived.deliver(ticket, words);
        }
        for (buf, read) in &mut self.reads {
            if let Some((waiting, version)) = read.ticket
                && waiting == ticket
            {
                let dtype = session.plan().buffers[buf.0].dtype;
                read.values = Rc::new(dtype.numbers(words));
                read.version = Some(version);
                read.ticket = None;
            }
        }
    }

    /// Records the textures that were drawn and the numbers that were asked for in this frame. Returns how
    /// many things there were to do.
    pub fn encode(
        &mut self,
        scene: &Scene<'_>,
        mut encoder: Option<&mut wgpu::CommandEncoder>,
        mut probe: Option<&mut Probe>,
    ) -> Result<u64, GpuError> {
        let Scene { session, frame, .. } = *scene;
        let mut work = 0;
        self.displays.retain(|d| d.used + KEEP_FRAMES > frame);
        self.scales.retain(|s| !s.is_idle(frame, KEEP_FRAMES));
        // Before the pictures that are coloured by them.
        for scale in &mut self.scales {
            if !scale.of.iter().all(|buf| scene.has(*buf)) {
                continue;
            }
            let version = scene.newest(&scale.of);
            work += u64::from(scale.encode(frame, version, encoder.as_deref_mut()));
        }
        for display in &mut self.displays {
            let version = match &display.request.range {
                Range::Shared(of) => scene.newest(of).max(scene.version(display.request.buf)),
                _ => scene.version(display.request.buf),
            };
            let due = display.used == frame && !display.follows(version);
            if due && scene.has_all(&display.request) {
                work += 1;
                display.encode(version, encoder.as_deref_mut(), probe.as_deref_mut())?;
            }
        }
        self.derived.retain(|d| !d.is_idle(frame, KEEP_FRAMES));
        for derived in self.derived.iter_mut().filter(|derived| scene.has(derived.source)) {
            let version = scene.version(derived.source);
            work += u64::from(derived.encode(version, encoder.as_deref_mut(), probe.as_deref_mut())?);
        }
        for (buf, read) in &mut self.reads {
            if !scene.has(*buf) || !std::mem::take(&mut read.wanted) || read.ticket.is_some() {
                continue;
            }
            work += 1;
            match (encoder.as_deref_mut(), &mut probe, session.buffer(*buf)) {
                (Some(encoder), Some(probe), Some(buffer)) => {
                    let words = session.plan().buffers[buf.0].len;
                    let ticket = probe.read(encoder, &buffer.buffer, buffer.offset, words);
                    read.ticket = Some((ticket, scene.version(*buf)));
                }
                _ => {
                    read.values = Rc::new(session.read(*buf)?);
                    read.version = Some(scene.version(*buf));
                }
            }
        }
        Ok(work)
    }

    /// Whether a picture or numbers are under way that do not fit into a frame.
    pub fn is_under_way(&self) -> bool {
        self.displays.iter().any(|d| d.run.is_under_way())
            || self.derived.iter().any(|d| d.run.is_under_way())
    }

    /// Submits the next slice of the first of them.
    pub fn advance(&mut self, gpu: &Gpu, probe: Option<&mut Probe>) {
        if let Some(display) = self.displays.iter_mut().find(|display| display.run.is_under_way()) {
            display.advance(gpu, probe);
        } else if let (Some(derived), Some(probe)) =
            (self.derived.iter_mut().find(|derived| derived.run.is_under_way()), probe)
        {
            derived.advance(gpu, probe);
        }
    }

    /// How many textures were made so far.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Whether numbers were asked for that are not here and not on their way, of buffers that hold what they are to
    /// hold (`has`).
    pub fn wants(&self, has: impl Fn(BufId) -> bool) -> bool {
        self.reads.iter().any(|(buf, read)| read.wanted && has(*buf))
            || self.derived.iter().any(|derived| derived.is_wanted() && has(derived.source))
    }
}
