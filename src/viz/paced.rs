//! A small plan beside a page's: it runs within the frame, or, over a tensor of millions of numbers, in slices between
//! frames as the page's own does.

use crate::gpu::{Session, Waiting};

/// Milliseconds of a slice: whoever moves the mouse waits for one and for a frame.
pub(super) const SLICE: f64 = 18.0;

/// Milliseconds up to which such a plan runs within a frame. A slow adapter is taken for granted, so that the same is
/// drawn in the same frame whatever ran before.
const IN_FRAME: f64 = 20.0;

/// A session that is run whenever what it reads has changed.
pub(super) struct Paced {
    /// What is run.
    pub session: Session,
    waiting: Waiting,
    /// Whether a run does not fit into a frame.
    pub long: bool,
}

impl Paced {
    /// Of a session that has not run.
    pub fn new(session: Session) -> Self {
        let guess: f64 = (0..session.plan().steps.len()).map(|step| session.cost(step).guess).sum();
        Self { session, waiting: Waiting::default(), long: guess > IN_FRAME }
    }

    /// Begins a run; true if it was recorded whole. On the reference it is done then.
    pub fn begin(&mut self, encoder: Option<&mut wgpu::CommandEncoder>) -> bool {
        if self.long {
            self.waiting = Waiting::new(vec![true; self.session.plan().steps.len()]);
        } else {
            self.session.encode(encoder, None);
        }
        !self.long
    }

    /// Whether a run was begun that is not done.
    pub fn is_under_way(&self) -> bool {
        self.waiting.any()
    }

    /// Submits the next slice of a run; true once it is done.
    pub fn advance(&mut self) -> bool {
        self.session.advance(&mut self.waiting, SLICE, None);
        !self.is_under_way()
    }
}
