//! Recurrent networks: simple, long short-term memory, gated recurrent unit; over a sequence, forwards,
//! backwards or both.
//!
//! `x [T, N, I]` to `y [T, N, DIR·H]`. The part of each sum that comes from the input is one product for
//! all steps; then each step adds its product with the last hidden state. All hidden states and gates
//! are kept, to be looked at and for the way back.

mod gru;
mod lstm;
mod recurrent;

pub use gru::{GRU_CELL, GRU_CELL_BACKWARD, GruCell, GruCellBackward, gru_cell};
pub use lstm::{LSTM_CELL, LSTM_CELL_BACKWARD, LstmCell, LstmCellBackward, lstm_cell};
pub use recurrent::{Cell, Direction, Recurrent, States, Weights, recurrent};
