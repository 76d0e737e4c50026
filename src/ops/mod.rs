//! The operations, one file a family: parameters, shape rule, kernels, `f64` reference, trace and
//! test cases.

pub mod affine;
pub mod along;
pub mod arithmetic;
pub mod attention;
pub mod batch;
pub mod binary;
pub mod conv;
pub mod deform;
pub mod dropout;
pub mod elementary;
pub mod embed;
mod error;
pub mod gradient;
pub mod grid_sample;
pub mod histogram;
pub mod layout;
pub mod loss;
pub mod lrn;
pub mod matmul;
pub mod metric;
pub mod norm;
pub mod optim;
pub mod order;
pub mod philox;
pub mod pool;
pub mod position;
pub mod principal;
pub mod range;
pub mod reduce;
mod registry;
pub mod resample;
pub mod rnn;
pub mod sections;
pub mod select;
mod shape;
pub mod softmax;
pub mod sweep;
pub mod trim;
pub mod unary;
pub mod view;
pub mod weighted;

pub use error::OpError;
pub use registry::{KERNELS, kernel};
pub use shape::{MAX_ELEMENTS, window_output};
pub(crate) use shape::{dim, fastest_first, limit_elements, only_floats};
