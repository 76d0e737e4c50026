//! Softmax and its logarithm along one axis, with a temperature.
//!
//! `softmax: y_i = exp((x_i − m)/T) / Σ_j exp((x_j − m)/T)`, `log_softmax: y_i = (x_i − m)/T −
//! ln Σ_j exp((x_j − m)/T)`, over `x [OUTER, N, INNER]` along N; `m` is the largest `x_j` of the row,
//! or 0 in the unstabilised form, which overflows where `x/T > 88.7` and is there to show that.
//! Source: Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990;
//! temperature: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015.

use super::affine::affine;
use super::arithmetic::number;
use super::binary::{Op, binary};
use super::reduce::{Reduce, reduce};
use super::unary::{Act, activation};
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// Softmax over the middle of three axes.
    Softmax {
        /// Product of the axes before the one that is normalised.
        outer: u32,
        /// Length of the axis that is normalised.
        n: u32,
        /// Product of the axes after it.
        inner: u32,
        /// 1 for the logarithm of the softmax.
        log: u32,
        /// 1 to subtract the largest element of the row first.
        stable: u32,
        /// 1/T.
        sharpness: f32,
    }
}

/// Settings of a softmax that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftmaxOptions {
    /// T, above 0: small ones sharpen, large ones flatten.
    pub temperature: f32,
    /// Return logarithms.
    pub log: bool,
    /// Subtract the largest element of the row first.
    pub stable: bool,
}

impl Default for SoftmaxOptions {
    fn default() -> Self {
        Self { temperature: 1.0, log: false, stable: true }
    }
}

impl Softmax {
    /// Shape rule; `axis` counts from the first.
    pub fn new(x: &[usize], axis: usize, setting: &SoftmaxOptions) -> Result<Self, OpError> {
        let op = "softmax";
        let Some(&n) = x.get(axis) else {
            let (have, want) = (x.to_vec(), format!("an axis {axis}, counted from 0"));
            return Err(OpError::Shape { op, what: "x", have, want });
        };
        if n == 0 {
            return Err(OpError::Zero { what: "the length of the axis" });
        }
        if !(setting.temperature >= f32::MIN_POSITIVE && setting.temperature.is_finite()) {
            return Err(OpError::NotPositive { what: "the temperature", value: setting.temperature });
        }
        limit_elements(op, x)?;
        Ok(Self {
            outer: dim(x[..axis].iter().product()),
            n: dim(n),
            inner: dim(x[axis + 1..].iter().product()),
            log: u32::from(setting.log),
            stable: u32::from(setting.stable),
            sharpness: 1.0 / setting.temperature,
        })
    }

    /// Elements.
    pub fn len(&self) -> usize {
        self.rows() * self.n as usize
    }

    /// No elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows that are normalised, each on its own.
    pub fn rows(&self) -> usize {
        self.outer as usize * self.inner as usize
    }

    /// Flat indices of the elements of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = usize> + Clone + use<> {
        let (n, inner) = (self.n as usize, self.inner as usize);
        let first = row / inner * n * inner + row % inner;
        (0..n).map(move |i| first + i * inner)
    }

    /// What is subtracted from each element of a row, and the sum of the exponentials.
    fn total(&self, row: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
        let most = if self.stable != 0 { row.clone().fold(f64::NEG_INFINITY, f64::max) } else { 0.0 };
        (most, row.map(|x| ((x - most) * f64::from(self.sharpness)).exp()).sum())
    }

    /// One element.
    fn value(&self, x: f64, (most, sum): (f64, f64)) -> f64 {
        let shifted = (x - most) * f64::from(self.sharpness);
        if self.log != 0 { shifted - sum.ln() } else { shifted.exp() / sum }
    }
}

fn trace(p: &Softmax, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let (n, inner) = (p.n as usize, p.inner as usize);
    let row = index / (n * inner) * inner + index % inner;
    let x = f64::from(ins[0][index]);
    let (most, sum) = p.total(p.row(row).map(|at| f64::from(ins[0][at])));
    let shifted = (x - most) * f64::from(p.sharpness);
    let mut lines = vec![];
    if p.stable != 0 {
        lines.push(format!("largest of {n}: {}", number(most)));
    }
    let temperature = number(1.0 / f64::from(p.sharpness));
    let minus = if most < 0.0 { format!("({})", number(most)) } else { number(most) };
    lines.push(format!("({} − {minus}) / {temperature} = {}", number(x), number(shifted)));
    let y = number(p.value(x, (most, sum)));
    lines.push(if p.log != 0 {
        format!("{} − ln {} = {y}", number(shifted), number(sum))
    } else {
        let [power, sum] = [shifted.exp(), sum].map(number);
        format!("e^{} / {sum} = {power} / {sum} = {y}", number(shifted))
    });
    Trace { reads: p.row(row).map(|at| (0, at)).collect(), lines }
}

/// Softmax.
pub static SOFTMAX: Kernel<Softmax> = Kernel {
    name: "softmax",
    about: "y = exp((x − max)/T) / Σ exp((x − max)/T), or the logarithm of that",
    ins: &[Slot::input("x", Softmax::len)],
    outs: &[Slot::output("y", Softmax::len)],
    reference: |p, ins, outs| {
        for row in 0..p.rows() {
            let total = p.total(p.row(row).map(|at| ins[0][at]));
            for at in p.row(row) {
                outs[0][at] = p.value(ins[0][at], total);
            }
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        vec![step.d_outs[0].as_ref().map(|dy| d_softmax(plan, *p, &step.outs[0], dy))]
    }),
    trace: Some(trace),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("softmax/softmax"),
            groups: |p| fold(p.rows(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "workgroup",
            shader: crate::shader!("softmax/softmax_workgroup"),
            groups: |p| fold(p.rows(), 1),
            // Along an inner axis, the plain variant's neighbours read neighbouring addresses.
            fits: |p, profile| !profile.software && p.n >= 64 && p.inner < 8,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("softmax/softmax_rows"),
            groups: |p| fold(p.rows(), 8),
            fits: |_, profile| profile.software,
            can: |p| p.inner == 1 && p.n % 4 == 0,
        },
    ],
    cases,
    // exp of drivers is good to about 1e-6 of its value.
    tolerance: Tolerance { abs: 2e-6, rel: 2e-5 },
    flops: |p| 8.0 * p.len() as f64,
};

fn cases() -> Vec<Case<Softmax>> {
    let setting = SoftmaxOptions::default();
    let case = |name, x: &[usize], axis, setting: SoftmaxOptions| {
        let params = Softmax::new(x, axis, &setting).expect("the cases have valid shapes");
        Case::normal(name, params, 1)
    };
    let log = SoftmaxOptions { log: true, ..setting };
    let naive = SoftmaxOptions { stable: false, ..setting };
    let warm = |temperature| SoftmaxOptions { temperature, ..setting };
    let huge = || vec![Fill::Values(vec![1e4, -1e4, 88.0, 1e4, 0.0, 9999.0, -3e38])];
    // As a causal mask leaves scores, and with the mask in front.
    let minus = f32::NEG_INFINITY;
    let masked = || vec![Fill::Values(vec![minus, minus, minus, minus, minus, 0.5, 1.5, -2.0, minus])];
    vec![
        case("one element", &[1], 0, setting),
        case("rows of one", &[7, 1], 1, setting),
        case("middle axis, temperature 2", &[2, 5, 3], 1, warm(2.0)),
        case(
            "middle axis, logarithm, temperature 2",
            &[2, 5, 3],
            1,
            SoftmaxOptions { log: true, ..warm(2.0) },
        ),
        case("30,523 classes", &[2, 30_523], 1, log),
        case("1000 classes", &[1, 1000], 1, setting),
        case("rows of 7", &[67, 7], 1, setting),
        case("rows of 257", &[5, 257], 1, setting),
        case("first axis", &[13, 70], 0, setting),
        case("middle axis", &[3, 10, 9], 1, setting),
        case("middle axis, 300 long", &[2, 300, 5], 1, setting),
        case("logarithm", &[9, 130], 1, log),
        case("logarithm, first axis", &[130, 9], 0, log),
        case("temperature 0.1", &[9, 130], 1, warm(0.1)),
        case("temperature 100", &[9, 130], 1, warm(100.0)),
        case("unstabilised", &[9, 130], 1, naive),
        case("unstabilised logarithm", &[9, 130], 1, SoftmaxOptions { log: true, ..naive }),
        case("extreme values", &[8, 100], 1, setting).fills(vec![Fill::Extreme]),
        case("huge numbers", &[8, 100], 1, setting).fills(huge()),
        case("extreme values, logarithm", &[8, 40], 1, log).fills(vec![Fill::Extreme]),
        case("masked", &[8, 100], 1, setting).fills(masked()),
        case("masked, logarithm, infinite", &[8, 100], 1, log).fills(masked()),
        case("equal numbers", &[8, 100], 1, setting).fills(vec![Fill::Const(-3e38)]),
        case("70,000 rows", &[70_000, 4], 1, setting),
        case("attention 12x128x128", &[12 * 128, 128], 1, setting).timed(),
        case("4096x1024", &[4096, 1024], 1, setting).timed(),
    ]
}

fn trace_backward(p: &Softmax, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let (n, inner, log) = (p.n as usize, p.inner as usize, p.log != 0);
    let row = p.row(index / (n * inner) * inner + index % inner);
    let [y, dy] = [0, 1].map(|slot: usize| move |at: usize| f64::from(ins[slot][at]));
    let sum: f64 = row.clone().map(|at| if log { dy(at) } else { dy(at) * y(at) }).sum();
    let d = if log { dy(index) - y(index).exp() * sum } else { y(index) * (dy(index) - sum) };
    let [own, arriving, sum] = [y(index), dy(index), sum].map(number);
    let [temperature, result] = [1.0 / f64::from(p.sharpness), d * f64::from(p.sharpness)].map(number);
    let lines = if log {
        [format!("sum of dy: {sum}"), format!("({arriving} − e^({own})·({sum})) / {temperature} = {result}")]
    } else {
        [format!("sum of dy·y: {sum}"), format!("{own}·({arriving} − ({sum})) / {temperature} = {result}")]
    };
    Trace { reads: row.flat_map(|at| [(0, at), (1, at)]).collect(), lines: lines.to_vec() }
}

/// Gradient of softmax.
pub static SOFTMAX_BACKWARD: Kernel<Softmax> = Kernel {
    name: "softmax_backward",
    about: "dx = y·(dy − Σ dy·y)/T, or (dy − exp(y)·Σ dy)/T for the logarithm",
    ins: &[Slot::input("y", Softmax::len), Slot::input("dy", Softmax::len)],
    outs: &[Slot::output("dx", Softmax::len)],
    reference: |p, ins, outs| {
        let (y, dy) = (ins[0], ins[1]);
        for row in 0..p.rows() {
            let factor = |at: usize| if p.log != 0 { 1.0 } else { y[at] };
            let sum: f64 = p.row(row).map(|at| dy[at] * factor(at)).sum();
            for at in p.row(row) {
                let d = if p.log != 0 { dy[at] - y[at].exp() * sum } else { y[at] * (dy[at] - sum) };
                outs[0][at] = d * f64::from(p.sharpness);
            }
        }
    },
    backward: Backward::None("second derivatives are not offered"),
    trace: Some(trace_backward),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("softmax/softmax_backward"),
            groups: |p| fold(p.rows(), 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "workgroup",
            shader: crate::shader!("softmax/softmax_backward_workgroup"),
            groups: |p| fold(p.rows(), 1),
            fits: |p, profile| !profile.software && p.n >= 64 && p.inner < 8,
            can: always,
        },
    ],
    cases: || {
        let setting = SoftmaxOptions::default();
        let log = SoftmaxOptions { log: true, temperature: 2.0, ..setting };
        let case = |name, x: &[usize], axis, setting: SoftmaxOptions| {
            let params = Softmax::new(x, axis, &setting).expect("the cases have valid shapes");
            let y = if setting.log { Fill::Uniform(-6.0, -1.0) } else { Fill::Uniform(0.0, 0.1) };
            Case::normal(name, params, 2).fills(vec![y, Fill::Normal(1.0)])
        };
        vec![
            case("one element", &[1], 0, setting),
            case("rows of 7", &[67, 7], 1, setting),
            case("rows of 257, logarithm", &[5, 257], 1, log),
            case("middle axis", &[3, 10, 9], 1, setting),
            case("middle axis, 300 long, logarithm", &[2, 300, 5], 1, log),
            case("70,001 long", &[70_001, 1], 0, setting),
            case("attention 12x128x128", &[12 * 128, 128], 1, setting).timed(),
        ]
    },
    tolerance: Tolerance { abs: 1e-4, rel: 2e-5 },
    flops: |p| 5.0 * p.len() as f64,
};

/// Records the gradient of softmax from its result y and dy.
pub(super) fn d_softmax(plan: &mut Plan, p: Softmax, y: &Tensor, dy: &Tensor) -> Tensor {
    if p.n as usize > MAX_WIDTH {
        return d_softmax_of_long_rows(plan, p, y, dy).expect("y and dy have the shape that p says");
    }
    let dx = plan.temporary("d softmax", &[p.len()], DType::F32);
    plan.push(&SOFTMAX_BACKWARD, p, &[Some(y), Some(dy)], &[&dx]);
    dx
}

/// Rows longer than this are normalised in several steps: a software adapter ends the loops of one.
const MAX_WIDTH: usize = 65_536;

fn softmax_of_long_rows(
    plan: &mut Plan,
    x: &Tensor,
    axis: usize,
    setting: &SoftmaxOptions,
) -> Result<Tensor, OpError> {
    let mut shifted = x.clone();
    if setting.stable {
        let most = reduce(plan, x, &[axis], Reduce::Max, true)?;
        shifted = binary(plan, x, &most, Op::Subtract)?;
    }
    if setting.temperature != 1.0 {
        shifted = affine(plan, &shifted, 1.0 / setting.temperature, 0.0);
    }
    let powers = activation(plan, &shifted, Act::EXP);
    let sum = reduce(plan, &powers, &[axis], Reduce::Sum, true)?;
    if setting.log {
        let logarithm = activation(plan, &sum, Act::LOG);
        return binary(plan, &shifted, &logarithm, Op::Subtract);
    }
    binary(plan, &powers, &sum, Op::Divide)
}

fn d_softmax_of_long_rows(plan: &mut Plan, p: Softmax, y: &Tensor, dy: &Tensor) -> Result<Tensor, OpError> {
    let shape = [p.outer, p.n, p.inner].map(|v| v as usize);
    let (y, dy) = (y.view(&shape), dy.view(&shape));
    let dx = if p.log != 0 {
        let sum = reduce(plan, &dy, &[1], Reduce::Sum, true)?;
        let powers = activation(plan, &y, Act::EXP);
        let share = binary(plan, &powers, &sum, Op::Multiply)?;
        binary(plan, &dy, &share, Op::Subtract)?
    } else {
        let products = binary(plan, &dy, &y, Op::Multiply)?;
        let sum = reduce(plan, &products, &[1], Reduce::Sum, true)?;
        let difference = binary(plan, &dy, &sum, Op::Subtract)?;
        binary(plan, &y, &difference, Op::Multiply)?
    };
    Ok(affine(plan, &dx, p.sharpness, 0.0).view(&[p.len()]))
}

/// Records softmax (or its logarithm) of `x` along `axis`, counted from 0; same shape.
pub fn softmax(
    plan: &mut Plan,
    x: &Tensor,
    axis: usize,
    setting: &SoftmaxOptions,
) -> Result<Tensor, OpError> {
    let p = Softmax::new(&x.shape, axis, setting)?;
    if p.n as usize > MAX_WIDTH {
        return softmax_of_long_rows(plan, x, axis, setting);
    }
    let y = plan.temporary(if setting.log { "log-softmax" } else { "softmax" }, &x.shape, DType::F32);
    plan.push(&SOFTMAX, p, &[Some(x)], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    fn run(x: &[f64], shape: &[usize], axis: usize, setting: SoftmaxOptions) -> Vec<f64> {
        let p = Softmax::new(shape, axis, &setting).unwrap();
        run_kernel(&SOFTMAX, bytemuck::bytes_of(&p), &[x]).remove(0)
    }

    #[test]
    fn known_values() {
        let y = run(&[1.0, 2.0, 3.0], &[3], 0, SoftmaxOptions::default());
        for (y, want) in y.iter().zip([0.090_030_573, 0.244_728_471, 0.665_240_956]) {
            assert!((y - want).abs() < 1e-9, "{y}");
        }
        let log = run(&[1.0, 2.0, 3.0], &[3], 0, SoftmaxOptions { log: true, ..SoftmaxOptions::default() });
        assert!(log.iter().zip(&y).all(|(log, y)| (log.exp() - y).abs() < 1e-12));
    }

    #[test]
    fn each_row_sums_to_one_along_any_axis() {
        let x: Vec<f64> = (0..24).map(|i| f64::from(i * 7 % 5)).collect();
        for axis in 0..3 {
            let p = Softmax::new(&[2, 3, 4], axis, &SoftmaxOptions::default()).unwrap();
            let y = run(&x, &[2, 3, 4], axis, SoftmaxOptions::default());
            for row in 0..p.rows() {
                let sum: f64 = p.row(row).map(|at| y[at]).sum();
                assert!((sum - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn long_rows_in_several_steps_are_what_one_gives() {
        let shape = [2, MAX_WIDTH + 1];
        let mut plan = Plan::new();
        let numbers: Vec<f32> = (0..shape[0] * shape[1]).map(|i| (i % 13) as f32 - 20.0).collect();
        let x = plan.constant("x", &shape, numbers.clone());
        let seed = plan.constant("seed", &shape, numbers.iter().map(|v| (v * 7.0) % 5.0).collect::<Vec<_>>());
        for log in [false, true] {
            let setting = SoftmaxOptions { log, temperature: 2.0, stable: true };
            let y = softmax(&mut plan, &x, 1, &setting).unwrap();
            let d = crate::ops::gradient::backward(&mut plan, &y, Some(&seed), &[&x]).unwrap();
            let p = Softmax::new(&shape, 1, &setting).unwrap();
            let direct = d_softmax(&mut plan, p, &y, &seed);
            let values = crate::gpu::reference::run(&plan, &std::collections::BTreeMap::new());
            let p = bytemuck::bytes_of(&p);
            let want = run_kernel(&SOFTMAX, p, &[&values[x.buf.0]]).remove(0);
            let dwant = run_kernel(&SOFTMAX_BACKWARD, p, &[&want, &values[seed.buf.0]]).remove(0);
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(near(&values[y.buf.0], &want), "log {log}");
            assert!(near(&values[direct.buf.0], &dwant), "log {log}: gradient from y");
            assert!(near(&values[d.of(&x).unwrap().buf.0], &dwant), "log {log}: gradient");
        }
    }

    #[test]
    fn only_the_stable_form_survives_large_numbers() {
        let x = [1000.0, 999.0];
        assert!(run(&x, &[2], 0, SoftmaxOptions::default()).iter().all(|y| y.is_finite()));
        let naive = SoftmaxOptions { stable: false, ..SoftmaxOptions::default() };
        assert!(run(&x, &[2], 0, naive).iter().any(|y| !y.is_finite()));
    }

    #[test]
    fn impossible_settings_are_refused() {
        for temperature in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40] {
            let setting = SoftmaxOptions { temperature, ..SoftmaxOptions::default() };
            assert!(Softmax::new(&[3], 0, &setting).is_err());
        }
        assert!(Softmax::new(&[3], 1, &SoftmaxOptions::default()).is_err());
        assert!(Softmax::new(&[3, 0], 1, &SoftmaxOptions::default()).is_err());
    }
}
