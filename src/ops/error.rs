//! Why an operation cannot be recorded.

use crate::gpu::{DType, shape_in_words};

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
    #[error("{op}: {what} has the shape {}, which does not fit {want}", shape_in_words(have))]
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
    #[error("{op}: {what} holds {} numbers, and only {} ones are read there: convert it before", .have.name(), .want.name())]
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
