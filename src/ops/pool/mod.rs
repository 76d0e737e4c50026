//! Pooling along one to three spatial axes: the largest cell of each window, a cell drawn from it,
//! its average or its power average, and the gradients of them all.
//!
//! Window `(l, i, j)` of a channel covers the cells `(l·sz + t·dz − front, i·sy + r·dy − top,
//! j·sx + s·dx − left)`, of which those outside `x [N, C, D, H, W]` are left out (the average may count
//! them as zeros). Results are `[N, C, OD, OH, OW]` with
//! `OH = floor((H + top + bottom − dy(R−1) − 1)/sy) + 1`. In ceil mode the quotient is rounded up, but a
//! last window that would start right of the input and its left padding is dropped. Adaptive windows
//! share the input out instead: window i of OH covers the rows from `floor(i·H/OH)` to below
//! `ceil((i+1)·H/OH)`. Sources: ONNX operators MaxPool 22, AveragePool 22, LpPool 22 and MaxUnpool 22;
//! PyTorch's poolings of the same names.

mod average;
mod cases;
mod geometry;
mod lp;
mod max;
mod stochastic;
#[cfg(test)]
mod tests;
mod unpool;
mod window;

pub use average::{AVG_POOL, AVG_POOL_BACKWARD, adaptive_avg_pool, avg_pool, global_avg_pool};
pub use geometry::{Pool, PoolNd, Windows, pool_output};
pub use lp::{LP_POOL, LP_POOL_BACKWARD, global_lp_pool, lp_pool};
pub use max::{MAX_POOL, adaptive_max_pool, global_max_pool, max_pool};
pub use stochastic::{STOCHASTIC_POOL, STOCHASTIC_POOL_BACKWARD, Stochastic, stochastic_pool};
pub use unpool::{MAX_UNPOOL, MAX_UNPOOL_BACKWARD, max_unpool};
pub use window::NO_CELL;
