//! Which cells a window of a pooling covers, along up to three axes: settings and shape rules shared
//! by all poolings, and by what carries gradients back through them.

use crate::ops::{MAX_ELEMENTS, OpError, dim, fastest_first, limit_elements, window_output};

crate::params! {
    /// Pooling along three axes; a missing one has length 1. Vectors begin with the fastest axis.
    PoolNd {
        /// Size of x: W, H, D and planes, N·C.
        x: [u32; 4],
        /// Size of y: OW, OH, OD and planes, N·C.
        y: [u32; 4],
        /// Cells of a window along x, y and z; the fourth is not used.
        window: [u32; 4],
        /// Step between windows along x, y and z; the fourth is not used.
        stride: [u32; 4],
        /// Distance between the cells of a window along x, y and z; the fourth is not used.
        dilation: [u32; 4],
        /// Padding before the first cell along x, y and z; the fourth is not used.
        pad: [u32; 4],
        /// Padding after the last cell along x, y and z; only averages read it.
        pad_after: [u32; 4],
        /// Seed of the draws of `stochastic_pool`, which alone reads it: low and high half.
        key: [u32; 2],
        /// 1 for adaptive windows, `floor(i·W/OW)` to `ceil((i+1)·W/OW)`.
        adaptive: u32,
        /// 1 if the average counts padding as zeros.
        include_pad: u32,
        /// 1 if `max_unpool` adds up what meets in a cell; otherwise the last window counts.
        sum: u32,
        /// 1 if `stochastic_pool` draws; otherwise it weighs.
        train: u32,
        /// Number of the draw of `stochastic_pool`: the training step.
        draw: u32,
        /// Tells the layers of a network apart in `stochastic_pool`.
        stream: u32,
        /// Power of `lp_pool`.
        power: f32,
    }
}

/// Settings of a 2-D pooling that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// Cells of a window: y, x.
    pub window: [usize; 2],
    /// y, x.
    pub stride: [usize; 2],
    /// Top, left, bottom, right; each less than the window covers.
    pub pad: [usize; 4],
    /// y, x.
    pub dilation: [usize; 2],
    /// Round output sizes up.
    pub ceil: bool,
}

impl Pool {
    /// Windows side by side: stride equal to the window, no padding.
    pub const fn new(window: [usize; 2]) -> Self {
        Self { window, stride: window, pad: [0; 4], dilation: [1; 2], ceil: false }
    }
}

/// Settings of a pooling along any number of axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Windows {
    /// Cells of a window, an entry an axis.
    pub window: Vec<usize>,
    /// Step between windows, an entry an axis.
    pub stride: Vec<usize>,
    /// Padding: before the first cell of each axis, then after the last of each, as in ONNX; each
    /// less than the window covers.
    pub pad: Vec<usize>,
    /// Distance between the cells of a window, an entry an axis.
    pub dilation: Vec<usize>,
    /// Round output sizes up.
    pub ceil: bool,
}

impl Windows {
    /// Windows side by side: stride equal to the window, no padding.
    pub fn new(window: &[usize]) -> Self {
        let axes = window.len();
        Self {
            window: window.to_vec(),
            stride: window.to_vec(),
            pad: vec![0; 2 * axes],
            dilation: vec![1; axes],
            ceil: false,
        }
    }
}

impl From<&Pool> for Windows {
    fn from(pool: &Pool) -> Self {
        Self {
            window: pool.window.to_vec(),
            stride: pool.stride.to_vec(),
            pad: pool.pad.to_vec(),
            dilation: pool.dilation.to_vec(),
            ceil: pool.ceil,
        }
    }
}

impl From<&Windows> for Windows {
    fn from(windows: &Windows) -> Self {
        windows.clone()
    }
}

/// Length of a pooling's output along one axis; `pads` before and after.
///
/// With `ceil`, windows that reach past the end of the padded input count too, unless they start
/// past the input and the padding before it.
pub fn pool_output(
    input: usize,
    pads: [usize; 2],
    window: usize,
    stride: usize,
    dilation: usize,
    ceil: bool,
    axis: &'static str,
) -> Result<usize, OpError> {
    let floor = window_output(input, pads[0] + pads[1], window, stride, dilation, axis)?;
    let span = dilation * (window - 1) + 1;
    for pad in pads {
        if pad >= span {
            return Err(OpError::PoolPadding { pad, span, axis });
        }
    }
    let rest = (input + pads[0] + pads[1] - span) % stride;
    let one_more = ceil && rest > 0 && floor * stride < input + pads[0];
    Ok(floor + usize::from(one_more))
}

/// The spatial axes of `x [N, C, spatial…]`: one to three.
fn spatial(x: &[usize]) -> Result<&[usize], OpError> {
    if (3..=5).contains(&x.len()) {
        return Ok(&x[2..]);
    }
    let want = "[N, C] and one to three spatial axes".into();
    Err(OpError::Shape { op: "pool", what: "x", have: x.to_vec(), want })
}

impl PoolNd {
    /// One cell a window, from and to these spatial axes.
    fn plain(x: &[usize], outputs: &[usize]) -> Result<Self, OpError> {
        let mut y = x[..2].to_vec();
        y.extend(outputs);
        limit_elements("pool", x)?;
        limit_elements("pool", &y)?;
        let planes = dim(x[0] * x[1]);
        let size = |axes: &[usize]| {
            let mut size = fastest_first(axes, 1);
            size[3] = planes;
            size
        };
        Ok(Self {
            x: size(&x[2..]),
            y: size(outputs),
            window: [1; 4],
            stride: [1; 4],
            dilation: [1; 4],
            pad: [0; 4],
            pad_after: [0; 4],
            key: [0; 2],
            adaptive: 0,
            include_pad: 0,
            sum: 1,
            train: 0,
            draw: 0,
            stream: 0,
            power: 1.0,
        })
    }

    /// Shape rule.
    pub fn new(x: &[usize], pool: impl Into<Windows>) -> Result<Self, OpError> {
        const NAMES: [&str; 3] = ["depth", "height", "width"];
        let pool = pool.into();
        let input = spatial(x)?;
        let axes = input.len();
        for (what, have, len) in [
            ("window", &pool.window, axes),
            ("stride", &pool.stride, axes),
            ("dilation", &pool.dilation, axes),
            ("padding", &pool.pad, 2 * axes),
        ] {
            if have.len() != len {
                let want = format!("{axes} spatial axes: {len} numbers");
                return Err(OpError::Shape { op: "pool", what, have: have.clone(), want });
            }
        }
        let mut outputs = Vec::new();
        for axis in 0..axes {
            let pads = [pool.pad[axis], pool.pad[axes + axis]];
            let (window, stride, dilation) = (pool.window[axis], pool.stride[axis], pool.dilation[axis]);
            let name = NAMES[3 - axes + axis];
            outputs.push(pool_output(input[axis], pads, window, stride, dilation, pool.ceil, name)?);
        }
        Ok(Self {
            window: fastest_first(&pool.window, 1),
            stride: fastest_first(&pool.stride, 1),
            dilation: fastest_first(&pool.dilation, 1),
            pad: fastest_first(&pool.pad[..axes], 0),
            pad_after: fastest_first(&pool.pad[axes..], 0),
            ..Self::plain(x, &outputs)?
        })
    }

    /// Shape rule of adaptive windows: as many as `outputs` along each axis, which together cover x.
    pub fn adaptive(x: &[usize], outputs: &[usize]) -> Result<Self, OpError> {
        let input = spatial(x)?;
        if outputs.len() != input.len() {
            let (have, want) = (outputs.to_vec(), format!("{} spatial axes", input.len()));
            return Err(OpError::Shape { op: "pool", what: "output size", have, want });
        }
        for (&input, &outputs) in input.iter().zip(outputs) {
            for (value, what) in [(input, "the input length"), (outputs, "the output length")] {
                if value == 0 {
                    return Err(OpError::Zero { what });
                }
            }
            // Products of both lengths have to fit 32 bits.
            let elements = (input + 1).saturating_mul(outputs + 1);
            if elements > MAX_ELEMENTS {
                return Err(OpError::TooManyElements { op: "pool", elements, limit: MAX_ELEMENTS });
            }
        }
        Ok(Self { adaptive: 1, ..Self::plain(x, outputs)? })
    }

    /// Elements of x.
    pub fn xs(&self) -> usize {
        self.x.iter().map(|&v| v as usize).product()
    }

    /// Elements of y.
    pub fn ys(&self) -> usize {
        self.y.iter().map(|&v| v as usize).product()
    }

    /// Shape of y for an x of this shape.
    pub(super) fn shape(&self, x: &[usize]) -> Vec<usize> {
        let mut shape = x[..2].to_vec();
        shape.extend(self.y[..x.len() - 2].iter().rev().map(|&v| v as usize));
        shape
    }

    /// Along one axis, the positions that window `i` covers in the padded input, counted from the
    /// start of the padding.
    fn taps(&self, axis: usize, i: usize) -> Vec<usize> {
        let (input, outputs) = (self.x[axis] as usize, self.y[axis] as usize);
        if self.adaptive != 0 {
            return (i * input / outputs..((i + 1) * input).div_ceil(outputs)).collect();
        }
        let padded = input + (self.pad[axis] + self.pad_after[axis]) as usize;
        let taps = 0..self.window[axis] as usize;
        let at = taps.map(|tap| i * self.stride[axis] as usize + tap * self.dilation[axis] as usize);
        at.filter(|&at| at < padded).collect()
    }

    /// Indices into x of the cells of window `index`, row by row, and how many cells of the window
    /// lie in the padded input.
    pub fn cells(&self, index: usize) -> (Vec<usize>, usize) {
        let [x, y, pad] = [self.x, self.y, self.pad].map(|v| v.map(|v| v as usize));
        let at = [index % y[0], index / y[0] % y[1], index / (y[0] * y[1]) % y[2]];
        let plane = index / (y[0] * y[1] * y[2]);
        let taps = [0, 1, 2].map(|axis| self.taps(axis, at[axis]));
        let inside = |axis: usize| {
            taps[axis].iter().filter_map(move |at| at.checked_sub(pad[axis]).filter(|&at| at < x[axis]))
        };
        let mut cells = Vec::new();
        for slice in inside(2) {
            for row in inside(1) {
                let start = ((plane * x[2] + slice) * x[1] + row) * x[0];
                cells.extend(inside(0).map(|column| start + column));
            }
        }
        (cells, taps.iter().map(Vec::len).product())
    }

    /// What an average divides by, from the two numbers of cells.
    pub(super) fn divisor(&self, inside: usize, padded: usize) -> f64 {
        let count = if self.include_pad != 0 { padded } else { inside };
        count.max(1) as f64
    }

    /// Cells of all windows together, about.
    pub(super) fn work(&self) -> f64 {
        let cells = |axis: usize| {
            let adaptive = f64::from(self.x[axis]) / f64::from(self.y[axis].max(1));
            if self.adaptive != 0 { adaptive.max(1.0) } else { f64::from(self.window[axis]) }
        };
        self.ys() as f64 * cells(0) * cells(1) * cells(2)
    }

    /// Refuses windows that one invocation cannot go through `passes` times: a software adapter silently
    /// ends loops after 65,535 turns.
    pub(super) fn limit_window(self, passes: usize) -> Result<Self, OpError> {
        const LIMIT: usize = 65_000;
        let [width, height, depth] = [0, 1, 2].map(|axis| {
            let share = self.x[axis] as usize / self.y[axis].max(1) as usize + 2;
            if self.adaptive != 0 { share.min(self.x[axis] as usize) } else { self.window[axis] as usize }
        });
        // A loop's last look at its condition counts as a turn.
        let elements = passes * (1 + depth * (2 + height * (2 + width)));
        if elements > LIMIT {
            return Err(OpError::TooManyElements { op: "a window of a pooling", elements, limit: LIMIT });
        }
        Ok(self)
    }

    /// Windows of 2x2 side by side in maps whose width is a multiple of four.
    pub(super) fn in_pairs(&self) -> bool {
        let side_by_side = self.window == [2, 2, 1, 1] && self.stride == self.window;
        let plain = self.adaptive == 0 && self.dilation == [1; 4] && self.pad == [0; 4];
        let whole = self.y[0] * 2 == self.x[0] && self.y[1] * 2 <= self.x[1];
        side_by_side && plain && whole && self.x[0].is_multiple_of(4)
    }
}
