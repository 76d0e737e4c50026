//! Resizing by nearest or linear interpolation, one axis after the other, which together is bilinear
//! or trilinear.
//!
//! Along an axis, element i of y lies at `x(i) = (i·a + b)/d` between the elements of x, in whole
//! numbers, so that the GPU and the reference agree on which element is the nearest: half pixel
//! `((2i + 1)·q − p)/2p` for a scale p/q, align corners `i(n − 1)/(m − 1)`, asymmetric `i·q/p`. Linear:
//! `y_i = (1 − f)·x_⌊x(i)⌋ + f·x_⌊x(i)⌋₊₁` with f the fraction of x(i); elements past an end are the
//! last one. The gradient is the transpose of that. Source: ONNX operator Resize 19.

use super::arithmetic::number;
use super::{MAX_ELEMENTS, OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// Resizing of the middle of three axes.
    Resize {
        /// Product of the axes before.
        outer: u32,
        /// Length of the axis in x.
        n: u32,
        /// Length of the axis in y.
        m: u32,
        /// Product of the axes after.
        inner: u32,
        /// Position in x of element i of y: (i·a + b)/d.
        a: u32,
        /// At most 0 where d is larger than a.
        b: i32,
        /// At least 1.
        d: u32,
        /// A [`Mode`].
        mode: u32,
    }
}

/// Which elements of x an element of y is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The nearest, the one before where two are equally near.
    NearestPreferFloor,
    /// The nearest, the one after where two are equally near.
    NearestPreferCeil,
    /// The one at or before the position.
    Floor,
    /// The one at or after the position.
    Ceil,
    /// The two on either side, weighted.
    Linear,
}

/// How positions in y become positions in x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// Centres of pixels: `(i + ½)/scale − ½`.
    HalfPixel,
    /// The same, but 0 for an output of one element.
    PytorchHalfPixel,
    /// First on first, last on last: `i(n − 1)/(m − 1)`.
    AlignCorners,
    /// `i/scale`.
    Asymmetric,
}

/// Settings of a resizing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResizeOptions {
    /// Nearest or linear.
    pub mode: Mode,
    /// Where positions lie.
    pub coordinates: Coordinates,
}

/// The nearest fraction p/q with both at most 2000, by continued fractions.
fn fraction(x: f64) -> (usize, usize) {
    let (mut before, mut now, mut rest) = ((0, 1), (1, 0), x);
    loop {
        let whole = rest.floor();
        let next = |b: usize, n: usize| (whole as usize).saturating_mul(n).saturating_add(b);
        let fraction = (next(before.0, now.0), next(before.1, now.1));
        if now.1 > 0 && (fraction.0 > 2000 || fraction.1 > 2000) {
            return now;
        }
        (before, now) = (now, fraction);
        // As near as an f32 can say.
        if (now.0 as f64 / now.1 as f64 - x).abs() <= x * 1e-7 {
            return now;
        }
        rest = (rest - whole).recip();
    }
}

/// A software adapter silently ends loops after 65,535 turns.
const MAX_TURNS: usize = 65_000;

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

impl Resize {
    /// Shape rule: `x [OUTER, N, INNER]` to M elements along N; `scale` is p/q, M/N if not given.
    fn new(
        [outer, n, inner]: [usize; 3],
        m: usize,
        scale: Option<(usize, usize)>,
        setting: &ResizeOptions,
    ) -> Result<Self, OpError> {
        let op = "resize";
        for (value, what) in [(n, "the input length"), (m, "the output length")] {
            if value == 0 {
                return Err(OpError::Zero { what });
            }
        }
        let (p, q) = scale.unwrap_or((m, n));
        let common = common_divisor(p, q).max(1);
        let (p, q) = (p / common, q / common);
        let (a, b, d) = match setting.coordinates {
            Coordinates::PytorchHalfPixel if m == 1 => (0, 0, 1),
            Coordinates::HalfPixel | Coordinates::PytorchHalfPixel => (2 * q, q as i64 - p as i64, 2 * p),
            Coordinates::AlignCorners if m == 1 => (0, 0, 1),
            Coordinates::AlignCorners => (n - 1, 0, m - 1),
            Coordinates::Asymmetric => (q, 0, p),
        };
        // Four times the largest position, in parts of d, has to fit 31 bits.
        let positions = (a.max(1) * (m + 1)).max(d * (n + 1));
        if positions > MAX_ELEMENTS {
            return Err(OpError::TooManyElements { op, elements: positions, limit: MAX_ELEMENTS });
        }
        // An element of x gathers its gradient from those of y up to one step of x away, at the ends beyond.
        let turns = if n == 1 || a == 0 { m } else { (3 * d.div_ceil(a) + 3).min(m) };
        if turns > MAX_TURNS {
            let op = "resize, copies of an element";
            return Err(OpError::TooManyElements { op, elements: turns, limit: MAX_TURNS });
        }
        limit_elements(op, &[outer, n, inner])?;
        limit_elements(op, &[outer, m, inner])?;
        Ok(Self {
            outer: dim(outer),
            n: dim(n),
            m: dim(m),
            inner: dim(inner),
            a: dim(a),
            b: b as i32,
            d: dim(d),
            mode: setting.mode as u32,
        })
    }

    /// The elements of x on either side of element i of y, and the weight of the second.
    fn taps(&self, i: usize) -> (usize, usize, f64) {
        let (d, last) = (self.d as usize, self.n as usize - 1);
        let at = (i as i64 * i64::from(self.a) + i64::from(self.b)).max(0) as usize;
        let one = match self.mode {
            m if m == Mode::NearestPreferFloor as u32 => (2 * at + d - 1) / (2 * d),
            m if m == Mode::NearestPreferCeil as u32 => (2 * at + d) / (2 * d),
            m if m == Mode::Floor as u32 => at / d,
            m if m == Mode::Ceil as u32 => at.div_ceil(d),
            _ => {
                let low = at / d;
                let part = (at % d) as f64 / d as f64;
                return (low.min(last), (low + 1).min(last), part);
            }
        };
        (one.min(last), one.min(last), 0.0)
    }

    fn xs(&self) -> usize {
        self.outer as usize * self.n as usize * self.inner as usize
    }

    fn ys(&self) -> usize {
        self.outer as usize * self.m as usize * self.inner as usize
    }

    /// Indices into x of the two elements behind element `index` of y, and the weight of the second.
    fn sources(&self, index: usize) -> (usize, usize, f64) {
        let [n, m, inner] = [self.n, self.m, self.inner].map(|v| v as usize);
        let (low, high, part) = self.taps(index / inner % m);
        let at = |tap: usize| (index / (inner * m) * n + tap) * inner + index % inner;
        (at(low), at(high), part)
    }
}

fn trace(p: &Resize, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let (low, high, part) = p.sources(index);
    let [first, second] = [low, high].map(|at| f64::from(ins[0][at]));
    if part == 0.0 {
        return Trace { reads: vec![(0, low)], lines: vec![number(first)] };
    }
    let y = first * (1.0 - part) + second * part;
    let parts = [1.0 - part, first, part, second, y].map(number);
    let line = format!("{} · {} + {} · {} = {}", parts[0], parts[1], parts[2], parts[3], parts[4]);
    Trace { reads: vec![(0, low), (0, high)], lines: vec![line] }
}

/// Resizing along one axis.
pub static RESIZE: Kernel<Resize> = Kernel {
    name: "resize",
    about: "y = x at (i·a + b)/d along an axis: the nearest element, or the two on either side, weighted",
    ins: &[Slot::input("x", Resize::xs)],
    outs: &[Slot::output("y", Resize::ys)],
    reference: |p, ins, outs| {
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (low, high, part) = p.sources(index);
            *y = ins[0][low];
            // Without it, an infinity past an end would meet a weight of 0.
            if part > 0.0 {
                *y = ins[0][low] * (1.0 - part) + ins[0][high] * part;
            }
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dy) = &step.d_outs[0] else { return vec![None] };
        let dx = step.wanted[0].then(|| {
            let dx = plan.temporary("dx", &[p.xs()], DType::F32);
            plan.push(&RESIZE_BACKWARD, *p, &[Some(dy)], &[&dx]);
            dx
        });
        vec![dx]
    }),
    trace: Some(trace),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("resample/resize"),
        groups: |p| fold(p.ys(), 64),
        fits: anywhere,
        can: always,
    }],
    cases,
    tolerance: Tolerance { abs: 1e-5, rel: 1e-5 },
    flops: |p| 3.0 * p.ys() as f64,
};

/// Gradient of resizing along one axis.
pub static RESIZE_BACKWARD: Kernel<Resize> = Kernel {
    name: "resize_backward",
    about: "dx = Σ dy, times the weight that an element of x has in an element of y",
    ins: &[Slot::input("dy", Resize::ys)],
    outs: &[Slot::output("dx", Resize::xs)],
    reference: |p, ins, outs| {
        for (index, dy) in ins[0].iter().enumerate() {
            let (low, high, part) = p.sources(index);
            outs[0][low] += dy * (1.0 - part);
            outs[0][high] += dy * part;
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let Some(dx) = &step.d_outs[0] else { return vec![None] };
        let dy = step.wanted[0].then(|| {
            let dy = plan.temporary("dy", &[p.ys()], DType::F32);
            plan.push(&RESIZE, *p, &[Some(dx)], &[&dy]);
            dy
        });
        vec![dy]
    }),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("resample/resize_backward"),
        groups: |p| fold(p.xs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases,
    // Elements of 1e4 that cancel.
    tolerance: Tolerance { abs: 1e-2, rel: 1e-5 },
    flops: |p| 3.0 * p.ys() as f64,
};

fn cases() -> Vec<Case<Resize>> {
    let case = |name, x, m, scale, mode, coordinates| {
        let params = Resize::new(x, m, scale, &ResizeOptions { mode, coordinates });
        Case::normal(name, params.expect("the cases have valid settings"), 1)
    };
    let mut cases = vec![
        case("one element", [1, 1, 1], 1, None, Mode::Linear, Coordinates::HalfPixel),
        case("one to 65,000", [1, 1, 1], MAX_TURNS, None, Mode::Linear, Coordinates::HalfPixel),
        case("one to seven", [2, 1, 3], 7, None, Mode::Linear, Coordinates::AlignCorners),
        case("scale 0.6", [3, 4, 1], 2, Some((3, 5)), Mode::Linear, Coordinates::HalfPixel),
        case("scale 2.7", [2, 3, 2], 8, Some((27, 10)), Mode::Linear, Coordinates::Asymmetric),
        case("extreme values", [2, 16, 3], 21, None, Mode::Linear, Coordinates::HalfPixel)
            .fills(vec![Fill::Extreme]),
        case("16 maps of 112², twice", [16, 112, 112], 224, None, Mode::Linear, Coordinates::HalfPixel)
            .timed(),
    ];
    for coordinates in [
        Coordinates::HalfPixel,
        Coordinates::PytorchHalfPixel,
        Coordinates::AlignCorners,
        Coordinates::Asymmetric,
    ] {
        for mode in [Mode::NearestPreferFloor, Mode::NearestPreferCeil, Mode::Floor, Mode::Ceil, Mode::Linear]
        {
            cases.extend([
                case("twice as long", [3, 5, 2], 10, None, mode, coordinates),
                case("5 to 13", [2, 5, 7], 13, None, mode, coordinates),
                case("13 to 5", [2, 13, 3], 5, None, mode, coordinates),
                case("many to one", [2, 9, 3], 1, None, mode, coordinates),
            ]);
        }
    }
    cases
}

fn along(plan: &mut Plan, x: &Tensor, axis: usize, p: Resize) -> Tensor {
    let mut shape = x.shape.clone();
    shape[axis] = p.m as usize;
    let y = plan.temporary("resized", &shape, DType::F32);
    plan.push(&RESIZE, p, &[Some(x)], &[&y]);
    y
}

fn around(shape: &[usize], axis: usize) -> [usize; 3] {
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

/// The axis of `x` that entry 0 of a list for its last axes stands for.
fn first_axis(x: &Tensor, entries: usize) -> Result<usize, OpError> {
    x.shape.len().checked_sub(entries).ok_or_else(|| {
        let want = format!("at least {entries} axes, one for each size");
        OpError::Shape { op: "resize", what: "x", have: x.shape.clone(), want }
    })
}

/// Records the resizing of the last axes of `x` to `sizes`; other axes stay. Axes that have their
/// size already cost nothing.
///
/// # Errors
/// If a size is 0 or there are more of them than axes.
pub fn resize(
    plan: &mut Plan,
    x: &Tensor,
    sizes: &[usize],
    setting: &ResizeOptions,
) -> Result<Tensor, OpError> {
    let first = first_axis(x, sizes.len())?;
    let mut y = x.clone();
    for (i, &size) in sizes.iter().enumerate() {
        if y.shape[first + i] != size {
            let p = Resize::new(around(&y.shape, first + i), size, None, setting)?;
            y = along(plan, &y, first + i, p);
        }
    }
    Ok(y)
}

/// Records the resizing of the last axes of `x` by `scales`: `floor(length·scale)` elements, at
/// positions that follow from the scale and not from the lengths. Axes with a scale of 1 cost nothing.
///
/// # Errors
/// If a scale is not above 0, or leaves no element, or there are more of them than axes.
pub fn resize_by(
    plan: &mut Plan,
    x: &Tensor,
    scales: &[f32],
    setting: &ResizeOptions,
) -> Result<Tensor, OpError> {
    let first = first_axis(x, scales.len())?;
    let mut y = x.clone();
    for (i, &scale) in scales.iter().enumerate() {
        let (lo, hi) = (1e-3, 2e3);
        if !(lo..=hi).contains(&scale) {
            return Err(OpError::OutOfRange { what: "the scale", value: scale, lo, hi });
        }
        if scale != 1.0 {
            let n = y.shape[first + i];
            let (p, q) = fraction(f64::from(scale));
            // In f32, as the scale: 10 times the f32 nearest 0.7 is 7, not a little less.
            let m = (n as f32 * scale).floor() as usize;
            let p = Resize::new(around(&y.shape, first + i), m, Some((p, q)), setting)?;
            y = along(plan, &y, first + i, p);
        }
    }
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    fn run(
        x: &[f64],
        m: usize,
        scale: Option<(usize, usize)>,
        mode: Mode,
        coordinates: Coordinates,
    ) -> Vec<f64> {
        let p = Resize::new([1, x.len(), 1], m, scale, &ResizeOptions { mode, coordinates }).unwrap();
        run_kernel(&RESIZE, bytemuck::bytes_of(&p), &[x]).remove(0)
    }

    #[test]
    fn known_values() {
        let two = [1.0, 2.0];
        let half = run(&two, 4, None, Mode::Linear, Coordinates::HalfPixel);
        assert_eq!(half, [1.0, 1.25, 1.75, 2.0]);
        assert_eq!(run(&two, 3, None, Mode::Linear, Coordinates::AlignCorners), [1.0, 1.5, 2.0]);
        assert_eq!(run(&two, 4, None, Mode::Linear, Coordinates::Asymmetric), [1.0, 1.5, 2.0, 2.0]);
        let four = [1.0, 2.0, 3.0, 4.0];
        let near = |mode| run(&four, 8, None, mode, Coordinates::Asymmetric);
        assert_eq!(near(Mode::Floor), [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]);
        assert_eq!(near(Mode::NearestPreferCeil), [1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]);
        // A scale of 0.6 leaves 2 of 4, at 1/3 and 2.
        let down = run(&four, 2, Some((3, 5)), Mode::Linear, Coordinates::HalfPixel);
        assert!((down[0] - 4.0 / 3.0).abs() < 1e-12 && (down[1] - 3.0).abs() < 1e-12, "{down:?}");
    }

    #[test]
    fn lengths_follow_from_the_scale_itself() {
        let mut plan = Plan::new();
        let mut length = |n: usize, scale: f32| {
            let x = plan.temporary("x", &[1, n], DType::F32);
            let setting = ResizeOptions { mode: Mode::Linear, coordinates: Coordinates::HalfPixel };
            resize_by(&mut plan, &x, &[scale], &setting).map(|y| y.shape[1])
        };
        assert_eq!(length(10, 0.7), Ok(7));
        assert_eq!(length(3, 1.0 / 3.0), Ok(1));
        // 0.0012345 as a fraction of small numbers would give 1233 of a million.
        assert_eq!(length(1_000_000, 0.001_234_5), Ok(1234));
        assert!(length(1, 1999.0).is_ok());
        let setting = ResizeOptions { mode: Mode::Linear, coordinates: Coordinates::HalfPixel };
        assert!(Resize::new([1, 1, 1], MAX_TURNS + 1, None, &setting).is_err());
    }

    #[test]
    fn scales_become_fractions() {
        assert_eq!(fraction(f64::from(0.6_f32)), (3, 5));
        assert_eq!(fraction(2.0), (2, 1));
        assert_eq!(fraction(f64::from(1.0_f32 / 3.0)), (1, 3));
        assert_eq!(fraction(f64::from(2.7_f32)), (27, 10));
        let (p, q) = fraction(std::f64::consts::PI);
        assert!((p as f64 / q as f64 - std::f64::consts::PI).abs() < 1e-6);
    }
}
