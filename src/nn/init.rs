//! How weights begin.
//!
//! A layer's fan-in is how many inputs each output is a sum of, its fan-out how many outputs each input
//! goes into: `[out, in]` of a linear layer has `in` and `out`; `[K, C/G, R, S]` of a convolution has
//! `C/G·R·S` and `K·R·S`. Xavier (Glorot and Bengio 2010) keeps the variance of signals and gradients
//! of linear layers, He (2015) that of ReLU layers, LeCun (1998) that of SELU ones; orthogonal matrices
//! (Saxe et al. 2014) keep lengths.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ops::philox::Rng;

/// Normal numbers that are kept at most, 8 MiB of them.
const KEPT: usize = 2 << 20;

/// How a parameter begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// All 0.
    Zeros,
    /// All the same.
    Constant(f32),
    /// Uniform between the two.
    Uniform(f32, f32),
    /// Normal with mean 0 and this standard deviation.
    Normal(f32),
    /// Normal around this mean with this standard deviation; at deviation 0 all are the mean, bit for bit.
    NormalAround(f32, f32),
    /// Uniform within ±√(6/(fan-in + fan-out)).
    XavierUniform,
    /// Normal with variance 2/(fan-in + fan-out).
    XavierNormal,
    /// Uniform within ±√(6/fan-in).
    HeUniform,
    /// Normal with variance 2/fan-in.
    HeNormal,
    /// Normal with variance 1/fan-in.
    LeCunNormal,
    /// Rows, or columns if there are more rows, that are orthogonal and have this length.
    Orthogonal(f32),
}

/// Fan-in and fan-out of a weight tensor: outputs first, then inputs, then the window.
pub fn fans(shape: &[usize]) -> [usize; 2] {
    match shape {
        [] => [1, 1],
        &[n] => [n, n],
        &[out, within, ref window @ ..] => {
            let window: usize = window.iter().product();
            [within * window, out * window]
        }
    }
}

impl Init {
    /// The first values of a parameter of this shape that are drawn from the beginning of a seed's stream. Normal ones are
    /// kept for the next network that begins from the same seed with another deviation: who drags a gain draws none anew.
    pub fn first_values(self, shape: &[usize], seed: u64) -> Vec<f32> {
        match self {
            Self::Normal(_) | Self::XavierNormal | Self::HeNormal | Self::LeCunNormal => {
                let deviation = self.deviation(fans(shape));
                normals(seed, shape.iter().product()).iter().map(|v| v * deviation).collect()
            }
            _ => self.values(shape, &mut Rng::new(seed)),
        }
    }

    /// The first values of a parameter of this shape.
    pub fn values(self, shape: &[usize], rng: &mut Rng) -> Vec<f32> {
        let n = shape.iter().product();
        let [fan_in, fan_out] = fans(shape).map(|f| f.max(1) as f32);
        let mut normal = |deviation: f32| -> Vec<f32> { (0..n).map(|_| rng.normal() * deviation).collect() };
        match self {
            Self::Zeros => vec![0.0; n],
            Self::Constant(value) => vec![value; n],
            Self::Normal(_) | Self::XavierNormal | Self::HeNormal | Self::LeCunNormal => {
                normal(self.deviation(fans(shape)))
            }
            Self::NormalAround(mean, deviation) => normal(deviation).into_iter().map(|v| mean + v).collect(),
            Self::Uniform(lo, hi) => (0..n).map(|_| lo + (hi - lo) * rng.uniform()).collect(),
            Self::XavierUniform => Self::within((6.0 / (fan_in + fan_out)).sqrt(), n, rng),
            Self::HeUniform => Self::within((6.0 / fan_in).sqrt(), n, rng),
            Self::Orthogonal(gain) => orthogonal(shape, gain, rng),
        }
    }

    /// The standard deviation of the values that it draws for a fan-in and a fan-out; of an orthogonal matrix the root of
    /// the mean square of its entries.
    pub fn deviation(self, fans: [usize; 2]) -> f32 {
        let [fan_in, fan_out] = fans.map(|f| f.max(1) as f32);
        match self {
            Self::Zeros | Self::Constant(_) => 0.0,
            Self::Normal(deviation) | Self::NormalAround(_, deviation) => deviation,
            Self::Uniform(lo, hi) => (hi - lo) / 12.0_f32.sqrt(),
            Self::XavierNormal | Self::XavierUniform => (2.0 / (fan_in + fan_out)).sqrt(),
            Self::HeNormal | Self::HeUniform => (2.0 / fan_in).sqrt(),
            Self::LeCunNormal => (1.0 / fan_in).sqrt(),
            Self::Orthogonal(gain) => gain / fan_in.max(fan_out).sqrt(),
        }
    }

    fn within(bound: f32, n: usize, rng: &mut Rng) -> Vec<f32> {
        (0..n).map(|_| bound * (2.0 * rng.uniform() - 1.0)).collect()
    }
}

/// Normal numbers by seed and how many.
type Drawn = BTreeMap<(u64, usize), Rc<[f32]>>;

/// The first `n` normal numbers of a seed's stream.
fn normals(seed: u64, n: usize) -> Rc<[f32]> {
    thread_local! {
        static DRAWN: RefCell<Drawn> = RefCell::default();
    }
    DRAWN.with_borrow_mut(|drawn| {
        if !drawn.contains_key(&(seed, n)) && drawn.values().map(|v| v.len()).sum::<usize>() + n > KEPT {
            drawn.clear();
        }
        let draw = || {
            let mut rng = Rng::new(seed);
            (0..n).map(|_| rng.normal()).collect()
        };
        drawn.entry((seed, n)).or_insert_with(draw).clone()
    })
}

/// A matrix `[first axis, rest]` with orthogonal rows or columns, whichever are fewer, by Gram and
/// Schmidt in `f64`.
fn orthogonal(shape: &[usize], gain: f32, rng: &mut Rng) -> Vec<f32> {
    let rows = shape.first().copied().unwrap_or(1);
    let columns: usize = shape.iter().skip(1).product();
    let (count, len) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut v: Vec<f64> = (0..len).map(|_| f64::from(rng.normal())).collect();
        // Twice, because once leaves what rounding put in.
        for _ in 0..2 {
            for u in &basis {
                let along: f64 = u.iter().zip(&v).map(|(a, b)| a * b).sum();
                v.iter_mut().zip(u).for_each(|(v, u)| *v -= along * u);
            }
        }
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 1e-6 {
            basis.push(v.into_iter().map(|x| x / norm).collect());
        }
    }
    let at =
        |row: usize, column: usize| if rows <= columns { basis[row][column] } else { basis[column][row] };
    (0..rows * columns).map(|i| (at(i / columns, i % columns) * f64::from(gain)) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variance(v: &[f32]) -> f32 {
        v.iter().map(|x| x * x).sum::<f32>() / v.len() as f32
    }

    #[test]
    fn what_is_kept_is_what_would_be_drawn() {
        for init in
            [Init::HeNormal, Init::Normal(0.5), Init::LeCunNormal, Init::XavierUniform, Init::Orthogonal(2.0)]
        {
            for _ in 0..2 {
                assert_eq!(init.first_values(&[7, 9], 5), init.values(&[7, 9], &mut Rng::new(5)), "{init:?}");
            }
        }
    }

    #[test]
    fn fans_count_the_window_of_a_convolution() {
        assert_eq!(fans(&[10, 784]), [784, 10]);
        assert_eq!(fans(&[16, 3, 5, 5]), [75, 400]);
        assert_eq!(fans(&[32, 1, 3, 3]), [9, 288]);
        assert_eq!(fans(&[7]), [7, 7]);
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let shape = [64, 32, 3, 3];
        let [fan_in, fan_out] = fans(&shape).map(|f| f as f32);
        for (init, want) in [
            (Init::XavierUniform, 2.0 / (fan_in + fan_out)),
            (Init::XavierNormal, 2.0 / (fan_in + fan_out)),
            (Init::HeUniform, 2.0 / fan_in),
            (Init::HeNormal, 2.0 / fan_in),
            (Init::LeCunNormal, 1.0 / fan_in),
            (Init::Normal(0.3), 0.09),
            (Init::Uniform(-1.0, 1.0), 1.0 / 3.0),
        ] {
            let got = variance(&init.values(&shape, &mut Rng::new(1)));
            assert!((got / want - 1.0).abs() < 0.05, "{init:?}: {got} instead of {want}");
            let told = init.deviation(fans(&shape)).powi(2);
            assert!((told / want - 1.0).abs() < 1e-5, "{init:?}: {told} instead of {want}");
        }
    }

    #[test]
    fn noise_of_0_around_a_mean_is_the_mean() {
        let init = |noise| Init::NormalAround(0.5, noise).values(&[8, 8], &mut Rng::new(2));
        assert_eq!(init(0.0), [0.5; 64]);
        assert!(init(1e-4).iter().all(|v| *v != 0.5 && (v - 0.5).abs() < 1e-3));
        let zeros = Init::NormalAround(0.0, 0.0).values(&[8, 8], &mut Rng::new(2));
        assert!(zeros.iter().all(|v| v.to_bits() == 0));
    }

    #[test]
    fn orthogonal_rows_or_columns_are_orthogonal() {
        for shape in [[5, 12], [12, 5], [8, 8]] {
            let w = Init::Orthogonal(2.0).values(&shape, &mut Rng::new(3));
            let [rows, columns] = shape;
            let told = Init::Orthogonal(2.0).deviation(fans(&shape)).powi(2);
            assert!((variance(&w) / told - 1.0).abs() < 1e-4);
            let (count, len) = (rows.min(columns), rows.max(columns));
            let at =
                |i: usize, k: usize| if rows <= columns { w[i * columns + k] } else { w[k * columns + i] };
            for i in 0..count {
                for j in 0..count {
                    let dot: f32 = (0..len).map(|k| at(i, k) * at(j, k)).sum();
                    let want = if i == j { 4.0 } else { 0.0 };
                    assert!((dot - want).abs() < 1e-5, "{shape:?} {i} {j}: {dot}");
                }
            }
        }
    }
}
