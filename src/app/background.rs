//! Work that would hold up the window, on a thread of its own.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use egui::Context;

/// Work on a thread of its own. What comes of it is taken in a later frame, which is asked for when it is there.
pub struct Background<T>(Receiver<T>);

/// How far the work is.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress<T> {
    /// Under way.
    Running,
    /// This came of it.
    Done(T),
    /// Nothing came of it, or it was taken already.
    Gone,
}

impl<T: Send + 'static> Background<T> {
    /// Begins.
    pub fn new(ctx: &Context, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = sync_channel(1);
        let ctx = ctx.clone();
        std::thread::spawn(move || {
            // Whoever asked may have gone.
            let _ = sender.send(work());
            ctx.request_repaint();
        });
        Self(receiver)
    }

    /// How far it is; what came of it is given once.
    pub fn take(&self) -> Progress<T> {
        match self.0.try_recv() {
            Ok(made) => Progress::Done(made),
            Err(TryRecvError::Empty) => Progress::Running,
            Err(TryRecvError::Disconnected) => Progress::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_it_is_given_once_and_a_panic_gives_nothing() {
        let ctx = Context::default();
        let work = Background::new(&ctx, || 7);
        let mut taken = work.take();
        while taken == Progress::Running {
            std::thread::yield_now();
            taken = work.take();
        }
        assert_eq!(taken, Progress::Done(7));
        assert_eq!(work.0.recv(), Err(std::sync::mpsc::RecvError), "once");
        let broken: Background<u32> = Background::new(&ctx, || panic!("on purpose"));
        assert!(broken.0.recv().is_err());
        assert_eq!(broken.take(), Progress::Gone);
    }
}
