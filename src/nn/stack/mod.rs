//! A network as data. Its text form is a knob, a link and a drawing:
//! `conv 10 of 3x3, relu, pool 2, dense 64, dropout 0.5`.

mod block;
mod edit;
mod error;
mod net;
mod parse;
mod pytorch;
mod reads;
mod shape;
mod text;

pub use block::{Block, PoolKind, Stack};
pub use edit::Number;
pub use error::{Fault, StackError};
pub use net::StackNet;
pub use reads::Region;
pub use shape::{StackLayer, StackLayers};
