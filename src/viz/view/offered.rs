//! Maps that were drawn, offered to be taken away.

use egui::{Rect, Ui};

use super::map::View;
use crate::gpu::Tensor;
use crate::viz::Look;
use crate::viz::offer::{self, Numbers};

impl View<'_> {
    /// Offers a map that was drawn to be taken away.
    #[expect(clippy::too_many_arguments, reason = "one call, split off for length")]
    pub(super) fn offer(
        &self,
        ui: &Ui,
        title: &str,
        rect: Rect,
        tensor: &Tensor,
        index: usize,
        look: Look,
        labels: Option<(&[String], &[String])>,
    ) {
        let (rows, columns) = labels.unwrap_or_default();
        offer::map(ui, title, rect, || Numbers::Map {
            of: self.of,
            tensor: tensor.clone(),
            index,
            planes: if look == Look::Rgb { 3 } else { 1 },
            labels: [rows.to_vec(), columns.to_vec()],
        });
    }

    /// What the plan calls a tensor.
    pub(super) fn name_of(&self, tensor: &Tensor) -> String {
        let session = self.stage.session_of(self.of);
        let buffer = session.and_then(|session| session.plan().buffers.get(tensor.buf.0));
        buffer.map(|buffer| buffer.name.clone()).unwrap_or_default()
    }
}
