//! The ends of the colours of a tensor's maps; and those that several tensors share, found once for all of their
//! pictures.

use std::rc::Rc;

use crate::gpu::{BufId, DType, Externals, GpuError, Plan, Runtime, Session, Shared, Tensor};
use crate::ops::OpError;
use crate::ops::layout::concat;
use crate::ops::range::{Planes, range};
use crate::ops::trim::trim;

/// Numbers from which on a few that lie far out do not count for the ends of the colours: fewer are read one by one.
const MANY: usize = 4096;

/// Where the colours of all maps of a tensor end.
#[derive(Clone)]
pub(super) struct Ends {
    /// `[4]`: least, greatest, how many are not finite, mean.
    pub scale: Tensor,
    /// What is said beside the maps: the same, and behind it the numbers' own where they were drawn in.
    pub told: Tensor,
    /// Whether they were drawn in: of many numbers the outermost hundredth does not count.
    pub trimmed: bool,
}

impl Ends {
    /// Records the ends for `x`, drawn in where `trims` asks for it and there are many numbers.
    pub fn record(plan: &mut Plan, x: &Tensor, trims: bool) -> Result<Self, OpError> {
        let ranges = range(plan, x, &Planes::planar(&x.shape), false)?;
        if !trims || x.len() < MANY {
            return Ok(Self { scale: ranges.clone(), told: ranges, trimmed: false });
        }
        let scale = trim(plan, x, &ranges)?;
        let told = concat(plan, &[&scale, &ranges.view(&[4])], 0)?;
        Ok(Self { scale, told, trimmed: true })
    }
}

/// The ends that some tensors share.
pub(super) struct Scale {
    pub of: Rc<[BufId]>,
    trims: bool,
    session: Session,
    ends: Ends,
    /// Version of the stage whose values it knows; `None` before the first.
    version: Option<u64>,
    /// Frame in which it was last asked for.
    used: u64,
}

impl Scale {
    /// Prepares the ends of `of`; `from` is the session that computes the tensors.
    pub fn new(runtime: &Runtime, from: &Session, of: Rc<[BufId]>, trims: bool) -> Result<Self, GpuError> {
        let mut plan = Plan::new();
        let mut externals = Externals::new();
        let mut all = Vec::new();
        for &buf in of.iter() {
            let buffer = &from.plan().buffers[buf.0];
            let tensor = plan.external(&buffer.name, &[buffer.len], DType::F32);
            externals.insert(tensor.buf, from.share(buf));
            all.push(tensor);
        }
        let together = concat(&mut plan, &all.iter().collect::<Vec<_>>(), 0);
        let ends = together.and_then(|x| Ends::record(&mut plan, &x, trims));
        let ends = ends.map_err(|e| GpuError::Validation(e.to_string()))?;
        let session = Session::new(runtime, plan, &externals)?;
        Ok(Self { of, trims, session, ends, version: None, used: 0 })
    }

    /// Whether it is that of these tensors.
    pub fn is_of(&self, of: &[BufId], trims: bool) -> bool {
        *self.of == *of && self.trims == trims
    }

    /// It is asked for in this frame.
    pub fn ask(&mut self, frame: u64) {
        self.used = frame;
    }

    /// Brings the ends of another session into `plan`.
    pub fn lend(&self, plan: &mut Plan, externals: &mut Externals) -> Ends {
        let mut lend = |tensor: &Tensor| {
            let lent: Shared = self.session.share(tensor.buf);
            let own = plan.external("range", &tensor.shape, DType::F32);
            externals.insert(own.buf, lent);
            own
        };
        let scale = lend(&self.ends.scale);
        let told = if self.ends.trimmed { lend(&self.ends.told) } else { scale.clone() };
        Ends { scale, told, trimmed: self.ends.trimmed }
    }

    /// Records the work that brings it up to `version`, if it was asked for in this frame; returns whether there was
    /// any.
    pub fn encode(&mut self, frame: u64, version: u64, encoder: Option<&mut wgpu::CommandEncoder>) -> bool {
        let due = self.used == frame && self.version != Some(version);
        if due {
            self.version = Some(version);
            self.session.encode(encoder, None);
        }
        due
    }

    /// Whether nobody has asked for it in the last `frames` frames.
    pub fn is_idle(&self, frame: u64, frames: u64) -> bool {
        self.used + frames <= frame
    }
}
