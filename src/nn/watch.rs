//! What watches over training: the spread and the size of each layer's activations, weights and
//! gradients, computed on the GPU.

use super::error::TrainError;
use super::trainer::Trainer;
use crate::gpu::{BufId, Externals, GpuError, Plan, Session, Tensor};
use crate::ops::binary::{Op, binary};
use crate::ops::histogram::{BINS, histogram};
use crate::ops::layout::{concat, fill};
use crate::ops::range::{Planes, range};
use crate::ops::reduce::{Reduce, length, reduce};
use crate::ops::unary::{Act, activation};
use crate::ops::{OpError, affine};

/// What a tensor is to its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the layer puts out.
    Activation,
    /// The gradient of the loss with respect to that.
    ActivationGradient,
    /// Its first parameter.
    Weight,
    /// The gradient with respect to that.
    WeightGradient,
}

/// Statistics of one tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// The layer.
    pub layer: String,
    /// What the tensor is to it.
    pub role: Role,
    /// Smallest finite number.
    pub lo: f32,
    /// Largest finite number.
    pub hi: f32,
    /// Numbers that are NaN or infinite.
    pub not_finite: u64,
    /// L2 norm.
    pub norm: f32,
    /// Share of the units, along the last axis or the channels, that are 0 for every sample.
    pub dead: f32,
    /// Share of activations that a sigmoid or tanh has driven to within 1 % of its bounds.
    pub saturated: f32,
    /// Counts between `lo` and `hi`.
    pub histogram: Vec<f32>,
}

/// Numbers of a tensor's statistics before its histogram: lo, hi, not finite, norm, dead, saturated.
const HEAD: usize = 6;

/// Statistics of a trainer's layers.
pub struct Watch {
    session: Session,
    report: Tensor,
    rows: Vec<(String, Role)>,
}

impl Watch {
    /// A watch over the layers of a trainer, computed when looked at.
    ///
    /// # Errors
    /// If it cannot be recorded or made resident.
    pub fn new(trainer: &Trainer) -> Result<Self, TrainError> {
        let mut plan = Plan::new();
        let (mut externals, mut rows, mut parts) = (Externals::new(), vec![], vec![]);
        for layer in trainer.layers() {
            let weight = layer.params.first().map(|&id| trainer.weight(id));
            let tensors = [
                (Role::Activation, Some(layer.output.clone())),
                (Role::ActivationGradient, trainer.gradient(&layer.output)),
                (Role::Weight, weight.clone()),
                (Role::WeightGradient, weight.and_then(|w| trainer.gradient(&w))),
            ];
            for (role, tensor) in tensors {
                let Some(tensor) = tensor.filter(|t| !t.is_empty()) else { continue };
                let x = plan.external(&layer.name, &tensor.shape, tensor.dtype);
                externals.insert(x.buf, trainer.session().share(tensor.buf));
                let act = if role == Role::Activation { layer.act } else { Act::IDENTITY };
                parts.push(statistics(&mut plan, &x, act)?);
                rows.push((layer.name.clone(), role));
            }
        }
        let report = concat(&mut plan, &parts.iter().collect::<Vec<_>>(), 0)?;
        let session = Session::new(trainer.runtime(), plan, &externals)?;
        Ok(Self { session, report, rows })
    }

    /// Records the statistics of what the last step left; on the reference, computes them.
    pub fn encode(&self, encoder: Option<&mut wgpu::CommandEncoder>) {
        self.session.encode(encoder, None);
    }

    /// What computes them.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The buffer that is to be read after them and brought to [`Watch::deliver`].
    pub fn report(&self) -> BufId {
        self.report.buf
    }

    /// The statistics from the report that was read back.
    pub fn deliver(&self, report: &[f32]) -> Vec<Statistics> {
        let row = |((layer, role), row): (&(String, Role), &[f32])| Statistics {
            layer: layer.clone(),
            role: *role,
            lo: row[0],
            hi: row[1],
            not_finite: row[2] as u64,
            norm: row[3],
            dead: row[4],
            saturated: row[5],
            histogram: row[HEAD..].to_vec(),
        };
        self.rows.iter().zip(report.chunks_exact(HEAD + BINS)).map(row).collect()
    }

    /// Statistics as of the last step. Waits for the GPU.
    ///
    /// # Errors
    /// If the GPU is lost.
    pub fn look(&self) -> Result<Vec<Statistics>, GpuError> {
        self.session.run();
        Ok(self.deliver(&self.session.read(self.report.buf)?))
    }
}

/// Records the statistics of a tensor, `[1, HEAD + BINS]`.
fn statistics(plan: &mut Plan, x: &Tensor, act: Act) -> Result<Tensor, OpError> {
    let flat = x.view(&[x.len()]);
    let bounds = range(plan, &flat, &Planes::planar(&flat.shape), false)?;
    let norm = length(plan, x);
    let dead = dead_share(plan, x)?;
    let saturated = saturated_share(plan, &flat, act)?;
    let counts = histogram(plan, &flat, &bounds)?;
    let bounds = crate::ops::layout::narrow(plan, &bounds, 0, 0, 3)?;
    let all = concat(plan, &[&bounds, &norm, &dead, &saturated, &counts], 0)?;
    Ok(all.view(&[1, HEAD + BINS]))
}

/// Records the share of units that are 0 throughout: channels of `[N, C, H, W]`, columns of the rest.
fn dead_share(plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
    let unit = if x.shape.len() == 4 { 1 } else { x.shape.len().saturating_sub(1) };
    let axes: Vec<usize> = (0..x.shape.len()).filter(|&a| a != unit).collect();
    let size = reduce(plan, x, &axes, Reduce::L1, false)?;
    let zero = fill(plan, "0", &[], 0.0);
    let dead = binary(plan, &size, &zero, Op::Equal)?;
    reduce(plan, &dead.view(&[dead.len()]), &[0], Reduce::Mean, true)
}

/// Records the share of outputs of a sigmoid or tanh that lie within 1 % of its bounds; 0 for others.
fn saturated_share(plan: &mut Plan, x: &Tensor, act: Act) -> Result<Tensor, OpError> {
    // To −1..1.
    let spread = match act.kind {
        k if k == Act::TANH.kind => x.clone(),
        k if k == Act::SIGMOID.kind => affine::affine(plan, x, 2.0, -1.0),
        _ => return Ok(fill(plan, "saturated", &[1], 0.0)),
    };
    let size = activation(plan, &spread, Act::ABS);
    let bound = fill(plan, "0.98", &[], 0.98);
    let out = binary(plan, &size, &bound, Op::Greater)?;
    reduce(plan, &out, &[0], Reduce::Mean, true)
}
