//! Weighted sums of neighbours along an axis, places and weights known while recording: resizing with
//! cubics, smoothing before shrinking, and other linear maps of an axis that touch few elements.
//!
//! `y[o,m,i] = Σ_t w[m,t]·x[o, at[m,t], i]`. Cubics: Keys 1981. Source: ONNX operator Resize 19.

use super::grid_sample::keys;
use super::{OpError, dim, limit_elements, only_floats};
use crate::gpu::{
    Backward, Case, Data, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Variant, always, anywhere, fold,
};

crate::params! {
    /// Sums along the middle of three axes.
    Weighted {
        /// Axes before.
        outer: u32,
        /// Length of the axis in x.
        n: u32,
        /// Length of the axis in y.
        m: u32,
        /// Elements of a sum.
        taps: u32,
        /// Axes behind.
        inner: u32,
    }
}

impl Weighted {
    fn outputs(&self) -> usize {
        self.outer as usize * self.m as usize * self.inner as usize
    }

    fn inputs(&self) -> usize {
        self.outer as usize * self.n as usize * self.inner as usize
    }
}

/// Weighted sums along an axis.
pub static WEIGHTED: Kernel<Weighted> = Kernel {
    name: "weighted",
    about: "y[m] = Σ w[m,t]·x[at[m,t]] along an axis",
    ins: &[
        Slot::input("x", Weighted::inputs),
        Slot::input_u32("at", |p| (p.m * p.taps) as usize),
        Slot::input("w", |p| (p.m * p.taps) as usize),
    ],
    outs: &[Slot::output("y", Weighted::outputs)],
    reference: |p, ins, outs| {
        let [n, m, taps, inner] = [p.n, p.m, p.taps, p.inner].map(|v| v as usize);
        for (index, y) in outs[0].iter_mut().enumerate() {
            let (row, own) = (index / (m * inner) * n, index / inner % m);
            let term = |t: usize| {
                let at = ins[1][own * taps + t] as usize;
                ins[2][own * taps + t] * ins[0][(row + at) * inner + index % inner]
            };
            *y = (0..taps).map(term).sum();
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dy = step.d_outs[0].as_ref().expect("the only output");
        let dx = step.wanted[0].then(|| {
            let dx = plan.temporary("d weighted", &[p.inputs()], dy.dtype);
            let ins = [Some(step.input(1)), Some(step.input(2)), Some(dy)];
            plan.push(&WEIGHTED_BACKWARD, *p, &ins, &[&dx]);
            dx
        });
        vec![dx, None, None]
    }),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("weighted/weighted"),
        groups: |p| fold(p.outputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(|at| vec![Fill::Normal(1.0), at, Fill::Normal(1.0)], "weights are constants"),
    tolerance: Tolerance { abs: 1e-5, rel: 1e-5 },
    flops: |p| 2.0 * p.outputs() as f64 * f64::from(p.taps),
};

/// Gradient of weighted sums to x.
pub static WEIGHTED_BACKWARD: Kernel<Weighted> = Kernel {
    name: "weighted_backward",
    about: "dx[n] = Σ w[m,t]·dy[m] over the taps at[m,t] = n",
    ins: &[
        Slot::input_u32("at", |p| (p.m * p.taps) as usize),
        Slot::input("w", |p| (p.m * p.taps) as usize),
        Slot::input("dy", Weighted::outputs),
    ],
    outs: &[Slot::output("dx", Weighted::inputs)],
    reference: |p, ins, outs| {
        let [n, m, taps, inner] = [p.n, p.m, p.taps, p.inner].map(|v| v as usize);
        outs[0].fill(0.0);
        for (index, dy) in ins[2].iter().enumerate() {
            let (row, own) = (index / (m * inner) * n, index / inner % m);
            for t in own * taps..(own + 1) * taps {
                outs[0][(row + ins[0][t] as usize) * inner + index % inner] += ins[1][t] * dy;
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: None,
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("weighted/weighted_backward"),
        groups: |p| fold(p.inputs(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: || cases(|at| vec![at, Fill::Normal(1.0), Fill::Normal(1.0)], "weights are constants"),
    tolerance: Tolerance { abs: 2e-5, rel: 1e-5 },
    flops: |p| 2.0 * p.outputs() as f64 * f64::from(p.taps),
};

fn cases(fills: fn(Fill) -> Vec<Fill>, why: &'static str) -> Vec<Case<Weighted>> {
    let case = |name, [outer, n, m, taps, inner]: [u32; 5]| {
        let p = Weighted { outer, n, m, taps, inner };
        Case::normal(name, p, 3).fills(fills(Fill::Ids(n))).kinked_in(2, why)
    };
    vec![
        case("one element", [1, 1, 1, 1, 1]),
        case("rows", [3, 9, 14, 4, 1]),
        case("columns", [2, 11, 5, 6, 7]),
        case("pictures", [3, 112, 224, 4, 112]).timed(),
    ]
}

/// The sums of an axis: for each element of the result as many places and weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Taps {
    /// Elements of each sum.
    pub taps: usize,
    /// Their places.
    pub at: Vec<u32>,
    /// Their weights.
    pub weights: Vec<f32>,
}

/// What is interpolated with.
#[derive(Clone, Copy, Debug)]
pub enum Curve {
    /// The nearest element; which, of those below and above a place with this fraction, is told by a rule.
    Nearest(fn(f64) -> bool),
    /// Straight lines.
    Linear,
    /// Keys' cubic with this a.
    Cubic(f64),
}

/// Settings of a resizing by weights.
#[derive(Clone, Copy, Debug)]
pub struct CurveOptions {
    /// Curve between elements.
    pub curve: Curve,
    /// Whether shrinking averages over all that an element of the result covers.
    pub antialias: bool,
    /// Whether elements outside get no weight, the others more.
    pub exclude_outside: bool,
}

impl Taps {
    /// Sums for results that lie at `places` between the `n` elements of an axis, which shrinks by `scale`
    /// if that is below 1. Elements outside are the one at the edge.
    pub fn at_places(n: usize, places: &[f64], scale: f64, options: &CurveOptions) -> Self {
        // Nothing reaches beyond the axis.
        let shrink = if options.antialias { scale.clamp(0.5 / n.max(1) as f64, 1.0) } else { 1.0 };
        let reach = match options.curve {
            Curve::Nearest(_) => 1.0,
            Curve::Linear => 1.0 / shrink,
            Curve::Cubic(_) => 2.0 / shrink,
        };
        let reach = reach.ceil() as i64;
        let taps = 2 * reach as usize;
        let (mut at, mut weights) = (Vec::new(), Vec::new());
        for place in places {
            let below = place.floor();
            let fraction = place - below;
            let first = below as i64 - reach + 1;
            let mut row: Vec<f64> = (0..2 * reach)
                .map(|t| {
                    let distance = ((first + t) as f64 - place) * shrink;
                    match options.curve {
                        Curve::Nearest(above) => {
                            let wanted = i64::from(above(fraction));
                            f64::from(u8::from(t == wanted))
                        }
                        Curve::Linear => (1.0 - distance.abs()).max(0.0),
                        Curve::Cubic(a) => keys(distance, a),
                    }
                })
                .collect();
            let outside = |t: i64| first + t < 0 || first + t >= n as i64;
            if options.exclude_outside {
                (0..).zip(&mut row).filter(|(t, _)| outside(*t)).for_each(|(_, w)| *w = 0.0);
            }
            let sum: f64 = row.iter().sum();
            let sum = if sum == 0.0 { 1.0 } else { sum };
            at.extend((0..2 * reach).map(|t| (first + t).clamp(0, n as i64 - 1) as u32));
            weights.extend(row.into_iter().map(|w| (w / sum) as f32));
        }
        Self { taps, at, weights }
    }
}

/// Records weighted sums of `x` along `axis`.
pub fn weighted(plan: &mut Plan, x: &Tensor, axis: usize, taps: Taps) -> Result<Tensor, OpError> {
    let op = "weighted sums";
    only_floats(op, "x", x)?;
    let n = *x.shape.get(axis).unwrap_or(&0);
    let m = taps.at.len() / taps.taps.max(1);
    let whole = taps.at.len() == m * taps.taps && taps.weights.len() == taps.at.len();
    if !whole || taps.at.iter().any(|&at| at as usize >= n) {
        let want = format!("axis {axis} to hold every place that is summed");
        return Err(OpError::Shape { op, what: "x", have: x.shape.clone(), want });
    }
    let mut shape = x.shape.clone();
    shape[axis] = m;
    limit_elements(op, &shape)?;
    let y = plan.temporary("weighted", &shape, x.dtype);
    if !y.is_empty() {
        let product = |shape: &[usize]| dim(shape.iter().product());
        let p = Weighted {
            outer: product(&x.shape[..axis]),
            n: dim(n),
            m: dim(m),
            taps: dim(taps.taps),
            inner: product(&x.shape[axis + 1..]),
        };
        let at = plan.constant("places", &[m, taps.taps], Data::U32(taps.at.into()));
        let weights = plan.constant("weights", &[m, taps.taps], taps.weights);
        plan.push(&WEIGHTED, p, &[Some(x), Some(&at), Some(&weights)], &[&y]);
    }
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_place_sum_to_one() {
        let plain = CurveOptions { curve: Curve::Cubic(-0.75), antialias: false, exclude_outside: false };
        let taps = Taps::at_places(4, &[0.25, 3.0], 1.0, &plain);
        assert_eq!((taps.taps, &taps.at[..]), (4, &[0, 0, 1, 2, 2, 3, 3, 3][..]));
        assert!((taps.weights[..4].iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(taps.weights[4..], [0.0, 1.0, 0.0, 0.0]);
        let smooth = CurveOptions { curve: Curve::Linear, antialias: true, exclude_outside: true };
        let taps = Taps::at_places(6, &[0.5], 0.5, &smooth);
        assert_eq!(taps.taps, 4);
        assert!((taps.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        let up = CurveOptions { curve: Curve::Nearest(|f| f >= 0.5), ..plain };
        assert_eq!(Taps::at_places(3, &[1.5, 1.2], 1.0, &up).weights, [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn places_outside_are_refused() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2, 3], vec![1.0_f32; 6]);
        let taps = |at| Taps { taps: 1, at: vec![at], weights: vec![1.0] };
        assert!(weighted(&mut plan, &x, 1, taps(2)).is_ok());
        assert!(weighted(&mut plan, &x, 1, taps(3)).is_err());
        assert!(weighted(&mut plan, &x, 2, taps(0)).is_err());
    }
}
