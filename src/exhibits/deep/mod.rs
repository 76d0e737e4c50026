//! Two deep networks that learn the same pictures side by side, for the pages on gradients and on ways around layers.

pub mod drawn;
pub mod rivals;
