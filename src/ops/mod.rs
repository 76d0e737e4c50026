//! The operations, one file a family: parameters, shape rule, kernels, `f64` reference, trace and
//! test cases.

pub mod affine;
pub mod arithmetic;
pub mod attention;
pub mod batch;
pub mod binary;
pub mod conv;
pub mod deform;
pub mod dropout;
pub mod embed;
pub mod gradient;
pub mod histogram;
pub mod layout;
pub mod loss;
pub mod lrn;
pub mod matmul;
pub mod metric;
pub mod norm;
pub mod optim;
pub mod philox;
pub mod pool;
pub mod position;
pub mod range;
pub mod reduce;
pub mod resample;
pub mod rnn;
pub mod softmax;
pub mod sweep;
pub mod unary;
pub mod view;

use crate::gpu::{AnyKernel, DType, Tensor};

/// Every kernel of the project. Tests, `check`, `bench` and the shader tab loop over this.
pub static KERNELS: &[&'static dyn AnyKernel] = &[
    &attention::ATTENTION,
    &attention::ATTENTION_MASK,
    &attention::ATTENTION_OUTPUT,
    &attention::ATTENTION_SCORES,
    &matmul::MATMUL,
    &conv::CONV2D,
    &conv::CONV3D,
    &conv::CONV_TRANSPOSE,
    &conv::CONV_WEIGHTS,
    &unary::ACTIVATION,
    &unary::ACTIVATION_BACKWARD,
    &affine::AFFINE,
    &affine::AFFINE_BACKWARD,
    &range::RANGE_PARTIAL,
    &range::RANGE_MERGE,
    &view::COLORMAP,
    &view::RGB,
    &pool::MAX_POOL,
    &pool::AVG_POOL,
    &pool::AVG_POOL_BACKWARD,
    &pool::LP_POOL,
    &pool::LP_POOL_BACKWARD,
    &pool::MAX_UNPOOL,
    &pool::MAX_UNPOOL_BACKWARD,
    &pool::STOCHASTIC_POOL,
    &pool::STOCHASTIC_POOL_BACKWARD,
    &softmax::SOFTMAX,
    &softmax::SOFTMAX_BACKWARD,
    &dropout::DROPOUT,
    &dropout::DROPOUT_MEAN,
    &norm::LAYER_NORM,
    &norm::LAYER_NORM_BACKWARD,
    &norm::MOMENTS,
    &norm::MOMENTS_BACKWARD,
    &norm::MOMENTS_MERGE,
    &norm::MOMENTS_MERGE_BACKWARD,
    &norm::NORMALISE,
    &norm::NORMALISE_BACKWARD,
    &norm::RMS_NORM,
    &norm::MOVING_AVERAGE,
    &embed::EMBED,
    &embed::EMBED_BACKWARD,
    &binary::BINARY,
    &binary::BINARY_BACKWARD,
    &binary::WHERE,
    &layout::STRIDED,
    &layout::PLACE,
    &layout::FILL,
    &layout::PAD,
    &layout::PAD_BACKWARD,
    &metric::HITS,
    &histogram::HISTOGRAM,
    &optim::OPTIMISE,
    &optim::ADVANCE,
    &optim::JOURNAL,
    &batch::BATCH,
    &batch::BATCH_IDS,
    &reduce::REDUCE,
    &reduce::REDUCE_BACKWARD,
    &loss::POINTWISE_LOSS,
    &loss::POINTWISE_LOSS_BACKWARD,
    &loss::NLL,
    &loss::NLL_BACKWARD,
    &resample::RESIZE,
    &resample::RESIZE_BACKWARD,
    &lrn::LRN,
    &lrn::LRN_BACKWARD,
    &deform::DEFORM_COLUMNS,
    &deform::DEFORM_DATA,
    &deform::DEFORM_OFFSETS,
    &rnn::LSTM_CELL,
    &rnn::LSTM_CELL_BACKWARD,
    &rnn::GRU_CELL,
    &rnn::GRU_CELL_BACKWARD,
    &position::SINUSOIDS,
    &position::ROTARY_EMBEDDING,
    &position::ROTARY_EMBEDDING_TERMS,
    &position::ALIBI,
];

/// The kernel of a name.
pub fn kernel(name: &str) -> Option<&'static dyn AnyKernel> {
    KERNELS.iter().copied().find(|k| k.name() == name)
}

/// Why an operation cannot take these shapes or settings.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OpError {
    /// A window reaches past the padded input.
    #[error(
        "a window of {window} with dilation {dilation} covers {span} cells, but the padded input has \
         only {padded} along {axis}: lower the window or the dilation, or raise the padding"
    )]
    WindowTooLarge {
        /// Window length.
        window: usize,
        /// Dilation.
        dilation: usize,
        /// Cells covered.
        span: usize,
        /// Input plus padding.
        padded: usize,
        /// `height` or `width`.
        axis: &'static str,
    },
    /// A pooling's padding is as wide as its window.
    #[error(
        "a padding of {pad} along {axis} is as wide as the window, which covers {span} cells, so that \
         some windows would see no input: lower the padding below {span}"
    )]
    PoolPadding {
        /// Padding at one end.
        pad: usize,
        /// Cells covered by the window.
        span: usize,
        /// `height` or `width`.
        axis: &'static str,
    },
    /// Something that must be at least 1 is 0.
    #[error("{what} must be at least 1")]
    Zero {
        /// What is 0.
        what: &'static str,
    },
    /// Something that must be above 0, and a number, is not.
    #[error("{what} is {value}, but must be above 0")]
    NotPositive {
        /// What.
        what: &'static str,
        /// Its value.
        value: f32,
    },
    /// Something that must lie between 0 and 1 does not.
    #[error("{what} is {value}, but must lie between 0 and 1")]
    NotAFraction {
        /// What.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A setting that must lie between two numbers does not.
    #[error("{what} is {value}, but must be {}", range(*lo, *hi))]
    OutOfRange {
        /// What.
        what: &'static str,
        /// Its value.
        value: f32,
        /// The least that is allowed.
        lo: f32,
        /// The most that is allowed; infinity allows every number, but not itself.
        hi: f32,
    },
    /// Groups do not divide the channels.
    #[error("{groups} groups do not divide {channels} {which} channels: choose a divisor of {channels}")]
    Groups {
        /// Groups.
        groups: usize,
        /// Channels.
        channels: usize,
        /// `input` or `output`.
        which: &'static str,
    },
    /// Heads do not divide the channels.
    #[error("{heads} heads do not divide {channels} {which} channels: choose a divisor of {channels}")]
    Heads {
        /// Heads.
        heads: usize,
        /// Channels.
        channels: usize,
        /// `query` or `value`.
        which: &'static str,
    },
    /// Two shapes do not fit together.
    #[error("{op}: {what} has shape {have:?}, which does not fit {want}")]
    Shape {
        /// Operation.
        op: &'static str,
        /// Which operand.
        what: &'static str,
        /// Its shape.
        have: Vec<usize>,
        /// What would fit.
        want: String,
    },
    /// A tensor holds numbers of another type than its slot.
    #[error("{op}: {what} holds {have:?} numbers, and only {want:?} ones are read there: convert it before")]
    ElementType {
        /// Operation.
        op: &'static str,
        /// Which operand.
        what: &'static str,
        /// Its type.
        have: DType,
        /// The type that is read.
        want: DType,
    },
    /// A size is beyond what 32-bit indices reach.
    #[error("{op}: {elements} elements are more than the limit of {limit}: choose a smaller size")]
    TooManyElements {
        /// Operation.
        op: &'static str,
        /// How many.
        elements: usize,
        /// At most.
        limit: usize,
    },
}

fn range(lo: f32, hi: f32) -> String {
    if hi.is_finite() { format!("between {lo} and {hi}") } else { format!("a number from {lo} on") }
}

/// Most elements in a tensor: indices are 32 bit, and f64 twins must fit in memory.
pub const MAX_ELEMENTS: usize = 1 << 29;

/// The size as a `u32` parameter.
pub(crate) fn dim(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The spatial axes of a list or shape, fastest first; missing ones hold `fill`.
pub(crate) fn fastest_first(list: &[usize], fill: u32) -> [u32; 4] {
    let mut out = [fill; 4];
    for (to, &from) in out.iter_mut().zip(list.iter().rev()) {
        *to = dim(from);
    }
    out
}

/// Refuses tensors beyond [`MAX_ELEMENTS`].
pub(crate) fn limit_elements(op: &'static str, shape: &[usize]) -> Result<(), OpError> {
    let elements = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)).unwrap_or(usize::MAX);
    if elements > MAX_ELEMENTS {
        return Err(OpError::TooManyElements { op, elements, limit: MAX_ELEMENTS });
    }
    Ok(())
}

/// Refuses a tensor that does not hold floats.
pub(crate) fn only_floats(op: &'static str, what: &'static str, x: &Tensor) -> Result<(), OpError> {
    if x.dtype != DType::F32 {
        return Err(OpError::ElementType { op, what, have: x.dtype, want: DType::F32 });
    }
    Ok(())
}

/// Length of the output of a sliding window along one axis:
/// `floor((input + pads - dilation·(window - 1) - 1) / stride) + 1`.
pub fn window_output(
    input: usize,
    pads: usize,
    window: usize,
    stride: usize,
    dilation: usize,
    axis: &'static str,
) -> Result<usize, OpError> {
    for (value, what) in [(window, "the window"), (stride, "the stride"), (dilation, "the dilation")] {
        if value == 0 {
            return Err(OpError::Zero { what });
        }
    }
    let span = dilation * (window - 1) + 1;
    let padded = input + pads;
    if span > padded {
        return Err(OpError::WindowTooLarge { window, dilation, span, padded, axis });
    }
    Ok((padded - span) / stride + 1)
}
