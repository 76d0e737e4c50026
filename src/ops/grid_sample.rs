//! Sampling at positions that the network computes, as spatial transformers do (Jaderberg et al. 2015).
//!
//! `x [N, C, D?, H, W]`, `grid [N, D?, H', W', 2 or 3]` holds positions from −1 to 1 in the order x, y, z,
//! `y [N, C, D?, H', W']`. Positions beyond the edge see zeros, the edge, or the picture mirrored. Cubic
//! interpolation is that of Keys 1981 with a = −3/4. Source: ONNX operator GridSample 20.

use super::{OpError, dim, limit_elements, only_floats};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

/// How values between elements are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// The nearest element, halves to the even one.
    Nearest,
    /// The two around it along each axis.
    Linear,
    /// The four around it along each axis.
    Cubic,
}

/// What lies beyond the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Nothing.
    Zeros,
    /// The element at the edge.
    Border,
    /// The elements before the edge, backwards.
    Reflection,
}

/// Settings of a sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleOptions {
    /// Between elements.
    pub between: Between,
    /// Beyond the edge.
    pub beyond: Beyond,
    /// Whether −1 and 1 are the centres of the outermost elements, not their outer edges.
    pub align_corners: bool,
}

crate::params! {
    /// Sampling of `x [N, C, D, H, W]` at POINTS positions.
    GridSample {
        /// Samples.
        n: u32,
        /// Channels.
        c: u32,
        /// Depth; 1 for pictures.
        depth: u32,
        /// Height.
        height: u32,
        /// Width.
        width: u32,
        /// Positions in each sample.
        points: u32,
        /// Numbers of a position: 2 or 3.
        axes: u32,
        /// A [`Between`].
        between: u32,
        /// A [`Beyond`].
        beyond: u32,
        /// 1: the corners are centres of elements.
        align: u32,
    }
}

impl GridSample {
    fn plane(&self) -> usize {
        self.depth as usize * self.height as usize * self.width as usize
    }

    fn outputs(&self) -> usize {
        self.n as usize * self.c as usize * self.points as usize
    }

    /// First and last position of an axis of `len` elements.
    fn ends(&self, len: u32) -> (f64, f64) {
        let last = f64::from(len) - 1.0;
        if self.align == 1 { (0.0, last) } else { (-0.5, last + 0.5) }
    }

    /// The place in an axis of `len` elements of a position from −1 to 1.
    fn place(&self, position: f64, len: u32) -> f64 {
        let n = f64::from(len);
        let at = if self.align == 1 {
            (position + 1.0) / 2.0 * (n - 1.0)
        } else {
            ((position + 1.0) * n - 1.0) / 2.0
        };
        let at = if self.between == Between::Nearest as u32 { at.round_ties_even() } else { at };
        let (first, last) = self.ends(len);
        if at >= first && at <= last {
            return at;
        }
        match self.beyond {
            1 => at.clamp(0.0, n - 1.0),
            2 => reflect(at, first, last),
            _ => at,
        }
    }

    /// The element at a whole place, which may lie outside.
    fn element(&self, at: f64, len: u32) -> Option<usize> {
        let n = f64::from(len);
        let (first, last) = self.ends(len);
        let at = match self.beyond {
            1 => at.clamp(0.0, n - 1.0),
            2 => reflect(at, first, last).clamp(0.0, n - 1.0),
            _ => at,
        };
        (at >= 0.0 && at < n).then_some(at as usize)
    }

    /// Elements of an axis around a place and their weights.
    fn taps(&self, place: f64, len: u32) -> Vec<(Option<usize>, f64)> {
        let below = place.floor();
        let f = place - below;
        let tap = |t: i32, w: f64| (self.element(below + f64::from(t), len), w);
        match self.between {
            0 => vec![(self.element(place, len), 1.0)],
            1 => vec![tap(0, 1.0 - f), tap(1, f)],
            _ => (-1..=2).map(|t| tap(t, keys(f64::from(t) - f, -0.75))).collect(),
        }
    }
}

/// Mirrors `at` at both ends as often as it takes.
fn reflect(at: f64, first: f64, last: f64) -> f64 {
    let span = last - first;
    if span <= 0.0 {
        return first;
    }
    let beyond = if at < first {
        first - at
    } else if at > last {
        at - last
    } else {
        return at;
    };
    let (turns, rest) = ((beyond / span).floor(), beyond % span);
    let from_first = (turns % 2.0 == 0.0) == (at < first);
    if from_first { first + rest } else { last - rest }
}

/// The cubic of Keys 1981 at distance `x`.
pub(crate) fn keys(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

/// Sampling at computed positions.
pub static GRID_SAMPLE: Kernel<GridSample> = Kernel {
    name: "grid_sample",
    about: "y = x at positions of a grid from −1 to 1, between elements interpolated",
    ins: &[
        Slot::input("x", |p| p.n as usize * p.c as usize * p.plane()),
        Slot::input("grid", |p| p.n as usize * p.points as usize * p.axes as usize),
    ],
    outs: &[Slot::output("y", GridSample::outputs)],
    reference: |p, ins, outs| {
        let [c, points, axes] = [p.c, p.points, p.axes].map(|v| v as usize);
        let [height, width] = [p.height, p.width].map(|v| v as usize);
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (point, sample) = (index % points, index / (points * c));
            let at = &ins[1][(sample * points + point) * axes..][..axes];
            let xs = p.taps(p.place(at[0], p.width), p.width);
            let ys = p.taps(p.place(at[1], p.height), p.height);
            let zs = match at.get(2) {
                Some(&z) => p.taps(p.place(z, p.depth), p.depth),
                None => vec![(Some(0), 1.0)],
            };
            let plane = index / points * p.plane();
            *y = 0.0;
            for (z, wz) in &zs {
                for (row, wy) in &ys {
                    for (column, wx) in &xs {
                        if let (Some(z), Some(row), Some(column)) = (z, row, column) {
                            *y += wz * wy * wx * ins[0][plane + (z * height + row) * width + column];
                        }
                    }
                }
            }
        }
    },
    backward: Backward::None("sampling at computed positions is not differentiated"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("grid_sample/grid_sample"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases,
    tolerance: Tolerance { abs: 2e-5, rel: 2e-5 },
    flops: |p| 16.0 * p.outputs() as f64,
};

fn cases() -> Vec<Case<GridSample>> {
    // No position lies halfway between elements, where roundings decide which is the nearest.
    let grid = Fill::Values(vec![-0.91, 0.13, 0.77, -0.42, 1.63, 0.31, -0.07, 2.9, -3.3, 0.59, 0.85]);
    let mut cases = Vec::new();
    for between in 0..3 {
        for beyond in 0..3 {
            for (axes, depth, align) in [(2, 1, 0), (3, 3, 1)] {
                let [n, c, height, width, points] = [2, 3, 5, 7, 11];
                let p = GridSample { n, c, depth, height, width, points, axes, between, beyond, align };
                let name = ["nearest", "linear", "cubic"][between as usize];
                cases.push(Case::normal(name, p, 2).fills(vec![Fill::Normal(1.0), grid.clone()]));
            }
        }
    }
    let p = GridSample {
        n: 1,
        c: 1,
        depth: 1,
        height: 1,
        width: 1,
        points: 1,
        axes: 2,
        between: 1,
        beyond: 0,
        align: 0,
    };
    cases.push(Case::normal("one element", p, 2).fills(vec![Fill::Normal(1.0), Fill::Const(0.1)]));
    cases
}

/// Records `x` sampled at the positions of `grid`.
pub fn grid_sample(
    plan: &mut Plan,
    x: &Tensor,
    grid: &Tensor,
    options: SampleOptions,
) -> Result<Tensor, OpError> {
    let op = "grid sample";
    only_floats(op, "x", x)?;
    only_floats(op, "the grid", grid)?;
    let (n, c, depth, height, width) = match x.shape[..] {
        [n, c, height, width] => (n, c, 1, height, width),
        [n, c, depth, height, width] => (n, c, depth, height, width),
        _ => {
            let want = "four axes, or five for volumes: [N, C, D?, H, W]".into();
            return Err(OpError::Shape { op, what: "x", have: x.shape.clone(), want });
        }
    };
    let axes = x.shape.len() - 2;
    let fits = grid.shape.len() == x.shape.len() && grid.shape[0] == n && grid.shape[axes + 1] == axes;
    if !fits {
        let want = format!("[{n}, .., {axes}] of {} axes", x.shape.len());
        return Err(OpError::Shape { op, what: "the grid", have: grid.shape.clone(), want });
    }
    let points = &grid.shape[1..=axes];
    let shape = [&[n, c], points].concat();
    limit_elements(op, &shape)?;
    if depth * height * width == 0 {
        return Err(OpError::Zero { what: "a side of the picture" });
    }
    let y = plan.temporary("sampled", &shape, x.dtype);
    if !y.is_empty() {
        let [n, c, depth, height, width] = [n, c, depth, height, width].map(dim);
        let p = GridSample {
            n,
            c,
            depth,
            height,
            width,
            points: dim(points.iter().product()),
            axes: dim(axes),
            between: options.between as u32,
            beyond: options.beyond as u32,
            align: options.align_corners.into(),
        };
        plan.push(&GRID_SAMPLE, p, &[Some(x), Some(grid)], &[&y]);
    }
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_mirrored_as_often_as_it_takes() {
        let at = |v| reflect(v, -0.5, 2.5);
        assert_eq!([at(-1.0), at(3.0), at(-4.0), at(1.25), at(9.0)], [0.0, 2.0, 2.0, 1.25, 2.0]);
    }

    #[test]
    fn a_grid_of_centres_gives_the_picture_back() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[1, 1, 2, 2], vec![1.0_f32, 2.0, 3.0, 4.0]);
        let grid = vec![-0.5_f32, -0.5, 0.5, -0.5, -0.5, 0.5, 0.5, 0.5];
        let grid = plan.constant("grid", &[1, 2, 2, 2], grid);
        let options = SampleOptions { between: Between::Linear, beyond: Beyond::Zeros, align_corners: false };
        let y = grid_sample(&mut plan, &x, &grid, options).unwrap();
        let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
        assert_eq!(values[y.buf.0], [1.0, 2.0, 3.0, 4.0]);
        assert!(grid_sample(&mut plan, &x, &grid.view(&[1, 1, 4, 2]), options).is_ok());
        assert!(grid_sample(&mut plan, &x, &grid.view(&[2, 1, 2, 2]), options).is_err());
    }
}
