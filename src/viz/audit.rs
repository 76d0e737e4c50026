//! The audit badge: every step on screen against the `f64` reference, given the very inputs that
//! the GPU had. Runs when asked and after a pause, on a thread of its own.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use super::stage::Stage;
use crate::gpu::{Access, BufId, Comparison, DType, Plan, SlotInfo, Source, Tolerance, compare};
use crate::ops::sweep::worse;

/// What an audit found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Worst of all steps.
    pub worst: Comparison,
    /// Each step's kernel and its comparison.
    pub steps: Vec<(&'static str, Comparison)>,
}

/// State of the audit.
#[derive(Debug, Default)]
pub enum Audit {
    /// Not asked for since the last change.
    #[default]
    Idle,
    /// Waiting for the GPU's numbers.
    Reading,
    /// The reference is running.
    Computing(Receiver<Report>),
    /// Done for what is on screen.
    Done(Report),
    /// The reference could not be run; asked again at the next change.
    Failed,
}

impl Audit {
    /// Forgets the result: what is on screen has changed.
    pub fn reset(&mut self) {
        *self = Self::Idle;
    }
    /// Whether it is under way.
    pub fn running(&self) -> bool {
        matches!(self, Self::Reading | Self::Computing(_))
    }
    /// The result, if there is one.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Done(report) => Some(report),
            _ => None,
        }
    }
}

/// Compares every step of `plan` with the reference run on the values that the GPU had.
fn judge(plan: &Plan, values: &[Arc<Vec<f32>>]) -> Report {
    let mut worst = Comparison { ok: true, max_abs: 0.0, max_rel: 0.0, worst: String::new() };
    let mut steps = Vec::new();
    let wide: Vec<Vec<f64>> = values.iter().map(|v| v.iter().map(|&x| f64::from(x)).collect()).collect();
    // A buffer that several steps write is compared after the last of them.
    let mut last = BTreeMap::new();
    for (i, step) in plan.steps.iter().enumerate() {
        last.extend(step.outs.iter().map(|&out| (out, i)));
    }
    let mut written: BTreeMap<BufId, Vec<f64>> = BTreeMap::new();
    for (i, step) in plan.steps.iter().enumerate() {
        let ins: Vec<&[f64]> =
            step.ins.iter().map(|id| id.map_or(&[][..], |id| wide[id.0].as_slice())).collect();
        let start = |(slot, id): (SlotInfo, &BufId)| match slot.access {
            Access::Update => written.get(id).cloned().unwrap_or_else(|| match &plan.buffers[id.0].source {
                Source::Constant(data) => data.to_f64(),
                _ => vec![0.0; wide[id.0].len()],
            }),
            _ => vec![0.0; wide[id.0].len()],
        };
        let mut want: Vec<Vec<f64>> = step.kernel.outs().into_iter().zip(&step.outs).map(start).collect();
        step.kernel.reference(&step.params, &ins, &mut want);
        for (want, id) in want.into_iter().zip(&step.outs) {
            if last[id] != i {
                written.insert(*id, want);
                continue;
            }
            let exact = plan.buffers[id.0].dtype == DType::U32;
            let tolerance = if exact { Tolerance::EXACT } else { step.kernel.tolerance() };
            let one = compare(&values[id.0], &want, tolerance);
            worst = worse(worst, one.clone());
            steps.push((step.kernel.name(), one));
        }
    }
    Report { worst, steps }
}

impl Stage {
    /// Asks for an audit of what is on screen.
    pub fn request_audit(&mut self) {
        if matches!(self.audit, Audit::Idle) && self.session().is_some() {
            self.audit = Audit::Reading;
        }
    }

    /// Moves a running audit on; called once a frame.
    pub fn advance_audit(&mut self) {
        match &self.audit {
            Audit::Reading => {
                let Some(plan) = self.plan().cloned() else { return };
                let all: Vec<_> = (0..plan.buffers.len()).map(|i| self.fresh_values(BufId(i))).collect();
                let Some(values) = all.into_iter().collect::<Option<Vec<Rc<Vec<f32>>>>>() else { return };
                let values: Vec<_> = values.iter().map(|v| Arc::new(v.to_vec())).collect();
                let (sender, receiver) = channel();
                let work = move || {
                    // Nobody listens any more when the settings changed meanwhile.
                    let _ = sender.send(judge(&plan, &values));
                };
                self.audit = match std::thread::Builder::new().name("audit".into()).spawn(work) {
                    Ok(_) => Audit::Computing(receiver),
                    Err(_) => Audit::Failed,
                };
            }
            Audit::Computing(receiver) => match receiver.try_recv() {
                Ok(report) => self.audit = Audit::Done(report),
                Err(TryRecvError::Disconnected) => self.audit = Audit::Failed,
                Err(TryRecvError::Empty) => {}
            },
            Audit::Idle | Audit::Done(_) | Audit::Failed => {}
        }
    }
}
