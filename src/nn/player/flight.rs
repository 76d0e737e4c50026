//! What a frame has handed to the GPU and what is to come back of it.

use std::ops::Range;
use std::time::Instant;

use super::pace::Pace;
use crate::gpu::{BufId, GpuError, Probe, Session};

/// A buffer that was asked for.
enum Slot {
    /// It comes with this ticket.
    Coming(u64),
    /// It is here.
    Here(Vec<f32>),
}

/// What buffers are read for.
pub(super) enum What {
    /// The numbers of these steps.
    Records(Range<u64>),
    /// A checkpoint after so many steps.
    Checkpoint(u64),
    /// Batches of the evaluation after `step` steps.
    Evaluation { step: u64, batches: Range<usize> },
    /// Statistics after so many steps.
    Statistics(u64),
}

/// Buffers of one run that belong together.
struct Item {
    run: usize,
    what: What,
    slots: Vec<Slot>,
}

/// What a frame has handed to the GPU.
pub(super) struct Flight {
    pub began: Instant,
    pub pace: Pace,
    /// Steps and batches of an evaluation in it.
    pub steps: usize,
    /// In which life of the player: what has been left since then is of no use.
    pub epoch: u64,
    /// A readback failed.
    pub failed: bool,
    items: Vec<Item>,
}

/// What has come back: run, what for, and the buffers in the order in which they were asked for.
pub(super) type Arrived = (usize, What, Vec<Vec<f32>>);

impl Flight {
    /// Nothing handed over yet.
    pub fn new(pace: Pace, epoch: u64) -> Self {
        Self { began: Instant::now(), pace, steps: 0, epoch, failed: false, items: Vec::new() }
    }

    /// Nothing to come back.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Asks for buffers as they are at this place of the encoder; the reference gives them at once.
    pub fn ask(
        &mut self,
        probe: Option<&mut Probe>,
        encoder: Option<&mut wgpu::CommandEncoder>,
        session: &Session,
        buffers: &[BufId],
        (run, what): (usize, What),
    ) -> Result<(), GpuError> {
        let slots = match (probe, encoder) {
            (Some(probe), Some(encoder)) => {
                let ask = |&buf: &BufId| {
                    let at = session.buffer(buf).expect("a probe belongs to a session on the GPU");
                    let words = session.plan().buffers[buf.0].len;
                    Slot::Coming(probe.read(encoder, &at.buffer, at.offset, words))
                };
                buffers.iter().map(ask).collect()
            }
            _ => buffers.iter().map(|&buf| session.read(buf).map(Slot::Here)).collect::<Result<_, _>>()?,
        };
        self.items.push(Item { run, what, slots });
        Ok(())
    }

    /// Takes in what a probe has collected. Tickets of flights that were given up are none of ours.
    pub fn land(&mut self, arrived: Vec<(u64, Vec<u32>)>) {
        for (ticket, words) in arrived {
            let mut slots = self.items.iter_mut().flat_map(|item| &mut item.slots);
            if let Some(slot) = slots.find(|slot| matches!(slot, Slot::Coming(own) if *own == ticket)) {
                self.failed |= words.is_empty();
                *slot = Slot::Here(words.into_iter().map(f32::from_bits).collect());
            }
        }
    }

    /// Whether something is still on its way.
    pub fn is_coming(&self) -> bool {
        self.items.iter().flat_map(|item| &item.slots).any(|slot| matches!(slot, Slot::Coming(_)))
    }

    /// All that was asked for, in the order in which it was.
    pub fn arrived(self) -> Vec<Arrived> {
        let here = |slot| match slot {
            Slot::Here(values) => values,
            Slot::Coming(_) => Vec::new(),
        };
        let values = |item: Item| (item.run, item.what, item.slots.into_iter().map(here).collect());
        self.items.into_iter().map(values).collect()
    }
}
