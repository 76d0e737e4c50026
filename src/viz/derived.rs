//! Numbers that a page wants of a tensor beside its plan: a histogram, a ranking of maps. They are
//! computed by a small plan of their own that reads the tensor where it lies, when they are asked for
//! and once for each result, so that looking at another layer does not run the network again.

use std::rc::Rc;

use super::paced::Paced;
use crate::gpu::{BufId, DType, Externals, Gpu, GpuError, Plan, Probe, Runtime, Session, Tensor};
use crate::ops::OpError;

/// Records what is derived of a tensor, as one tensor.
pub type Derive = fn(&mut Plan, &Tensor) -> Result<Tensor, OpError>;

/// The version of numbers whose session is gone: no session has it.
pub(super) const OUTLIVED: u64 = u64::MAX;

/// A small plan behind a tensor of the page's plan.
pub(super) struct Derived {
    pub source: BufId,
    shape: Vec<usize>,
    name: &'static str,
    output: Tensor,
    pub run: Paced,
    /// The version of a run under way.
    coming: Option<u64>,
    /// Frame in which it was last asked for.
    used: u64,
    wanted: bool,
    ticket: Option<(u64, u64)>,
    version: Option<u64>,
    values: Rc<Vec<f32>>,
    /// Whether the session that it reads from is gone.
    has_outlived: bool,
}

impl Derived {
    pub fn new(
        runtime: &Runtime,
        from: &Session,
        tensor: &Tensor,
        name: &'static str,
        derive: Derive,
    ) -> Result<Self, GpuError> {
        let mut plan = Plan::new();
        let x = plan.external(&from.plan().buffers[tensor.buf.0].name, &tensor.shape, DType::F32);
        let output = derive(&mut plan, &x).map_err(|e| GpuError::Validation(e.to_string()))?;
        let session = Session::new(runtime, plan, &Externals::from([(x.buf, from.share(tensor.buf))]))?;
        Ok(Self {
            source: tensor.buf,
            shape: tensor.shape.clone(),
            name,
            output,
            run: Paced::new(session),
            coming: None,
            used: 0,
            wanted: false,
            ticket: None,
            version: None,
            values: Rc::default(),
            has_outlived: false,
        })
    }

    pub fn is_of(&self, tensor: &Tensor, name: &str) -> bool {
        self.source == tensor.buf && self.shape == tensor.shape && self.name == name
    }

    /// Its session's source is gone; what is known is shown until another has computed it anew.
    pub fn outlive(&mut self) {
        (self.version, self.ticket, self.coming) = (self.version.map(|_| OUTLIVED), None, None);
        self.wanted = false;
        self.has_outlived = true;
    }

    /// Whether another has to take its place.
    pub fn has_outlived(&self) -> bool {
        self.has_outlived
    }

    /// With the numbers of the one whose place it takes.
    pub fn after(self, other: &Self) -> Self {
        Self { version: other.version, values: other.values.clone(), ..self }
    }

    /// Asks for the numbers of `version`; gives the last that have arrived.
    pub fn ask(&mut self, frame: u64, version: u64) -> Option<Rc<Vec<f32>>> {
        self.used = frame;
        self.wanted = self.version != Some(version);
        self.version.is_some().then(|| self.values.clone())
    }

    /// Takes in a readback if it is this one's.
    pub fn deliver(&mut self, ticket: u64, words: &[u32]) {
        if let Some((waiting, version)) = self.ticket
            && waiting == ticket
        {
            self.values = Rc::new(DType::F32.numbers(words));
            self.version = Some(version);
            self.ticket = None;
        }
    }

    /// Records the work if somebody asked for it in this frame. Returns whether there was any.
    pub fn encode(
        &mut self,
        version: u64,
        encoder: Option<&mut wgpu::CommandEncoder>,
        probe: Option<&mut Probe>,
    ) -> Result<bool, GpuError> {
        if !std::mem::take(&mut self.wanted) || self.ticket.is_some() || self.coming == Some(version) {
            return Ok(false);
        }
        self.coming = Some(version);
        match (encoder, probe) {
            (Some(encoder), Some(probe)) => {
                if self.run.begin(Some(encoder)) {
                    self.read(encoder, probe);
                }
            }
            _ => {
                self.run.begin(None);
                self.coming = None;
                self.values = Rc::new(self.run.session.read(self.output.buf)?);
                self.version = Some(version);
            }
        }
        Ok(true)
    }

    /// Submits the next slice of a run that does not fit into a frame.
    pub fn advance(&mut self, gpu: &Gpu, probe: &mut Probe) {
        if self.run.advance() {
            gpu.submit(|encoder| self.read(encoder, probe));
        }
    }

    /// Asks for what a run has computed.
    fn read(&mut self, encoder: &mut wgpu::CommandEncoder, probe: &mut Probe) {
        let (Some(version), Some(output)) = (self.coming.take(), self.run.session.buffer(self.output.buf))
        else {
            return;
        };
        let ticket = probe.read(encoder, &output.buffer, output.offset, self.output.len());
        self.ticket = Some((ticket, version));
    }

    /// Whether numbers are asked for and not here.
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Whether nobody has asked for it in the last `frames` frames.
    pub fn is_idle(&self, frame: u64, frames: u64) -> bool {
        self.used + frames <= frame
    }
}
