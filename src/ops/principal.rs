//! Principal components (Pearson 1901), from products that there are: C = (X − μ)ᵀ·(X − μ)/N, then component after component
//! by power iteration, v ← B·v/|B·v| with B = C², and B ← B − v·vᵀ·B, which takes what was found out of it (deflation).

use super::OpError;
use super::affine::affine;
use super::binary::{Op, binary};
use super::layout::concat;
use super::matmul::{Gemm, matmul};
use super::norm::{moments, rms_norm};
use super::philox::Rng;
use crate::gpu::{Plan, Tensor};

/// Turns for each component. B has squared variances, so each counts twice.
const TURNS: usize = 12;
/// Keeps the length of a vector from being divided by 0.
const EPS: f32 = 1e-20;

/// Mean and components.
#[derive(Clone, Debug)]
pub struct Principal {
    /// μ, `[D]`.
    pub mean: Tensor,
    /// Variance of each column, `[D]`.
    pub variance: Tensor,
    /// Of length 1 and at right angles, the one of most variance first, `[K, D]`.
    pub components: Tensor,
}

/// Records the first `k` principal components of the rows of `x [N, D]`. Where two have nearly the same variance, what is
/// found may be turned within their plane; the variance that all keep together is near the most all the same.
///
/// # Errors
/// If `x` has other axes than two, or fewer columns than `k`.
pub fn principal(plan: &mut Plan, x: &Tensor, k: usize) -> Result<Principal, OpError> {
    let &[n, d] = &x.shape[..] else {
        let want = "two axes: samples and their numbers".into();
        return Err(OpError::Shape { op: "principal", what: "x", have: x.shape.clone(), want });
    };
    if k == 0 {
        return Err(OpError::Zero { what: "the number of components" });
    }
    if k > d {
        let want = format!("at least {k} columns, one for each component");
        return Err(OpError::Shape { op: "principal", what: "x", have: x.shape.clone(), want });
    }
    let [mean, variance] = moments(plan, x, [n, d, 1])?;
    let centred = binary(plan, x, &mean, Op::Subtract)?;
    let covariance = matmul(plan, &centred, &centred, None, &Gemm { alpha: 1.0 / n as f32, ..Gemm::TN })?;
    plan.name(&covariance, "covariance");
    let mut rest = matmul(plan, &covariance, &covariance, None, &Gemm::NN)?;
    let mut rng = Rng::new(1901);
    let mut found = Vec::with_capacity(k);
    for _ in 0..k {
        let start: Vec<f32> = (0..d).map(|_| rng.normal()).collect();
        let mut v = plan.constant("start", &[1, d], start);
        for _ in 0..TURNS {
            // B is symmetric: v·B is B·v as a row.
            let turned = matmul(plan, &v, &rest, None, &Gemm::NN)?;
            v = rms_norm(plan, &turned, 1, None, EPS)?;
        }
        // Its mean square is 1, so its length is √D.
        let along = matmul(plan, &v, &rest, None, &Gemm::NN)?;
        let gemm = Gemm { alpha: 1.0 / d as f32, ..Gemm::NN };
        let taken = matmul(plan, &v.view(&[d, 1]), &along, None, &gemm)?;
        rest = binary(plan, &rest, &taken, Op::Subtract)?;
        found.push(v);
    }
    let rows: Vec<&Tensor> = found.iter().collect();
    let rows = concat(plan, &rows, 0)?;
    let components = affine(plan, &rows, 1.0 / (d as f32).sqrt(), 0.0);
    plan.name(&components, "principal components");
    Ok(Principal { mean, variance, components })
}

impl Principal {
    /// Records the scores of the rows of `x [N, D]`, `[N, K]`.
    ///
    /// # Errors
    /// If `x` has another number of columns.
    pub fn scores(&self, plan: &mut Plan, x: &Tensor) -> Result<Tensor, OpError> {
        let centred = binary(plan, x, &self.mean, Op::Subtract)?;
        let scores = matmul(plan, &centred, &self.components, None, &Gemm::NT)?;
        plan.name(&scores, "scores");
        Ok(scores)
    }

    /// Records what scores `[N, K]` of these components `[K, D]`, all or the first ones, stand for, `[N, D]`.
    ///
    /// # Errors
    /// If there are not as many scores as components.
    pub fn restored(&self, plan: &mut Plan, scores: &Tensor, components: &Tensor) -> Result<Tensor, OpError> {
        let y = matmul(plan, scores, components, Some(&self.mean), &Gemm::NN)?;
        plan.name(&y, "restored");
        Ok(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{Externals, Runtime, Session};

    /// Points around the origin with these deviations along axes that are turned by 30 degrees.
    fn turned(n: usize) -> Vec<f32> {
        let mut rng = Rng::new(7);
        let (sin, cos) = 30.0_f32.to_radians().sin_cos();
        (0..n)
            .flat_map(|_| {
                let (a, b, c) = (3.0 * rng.normal(), rng.normal(), 0.3 * rng.normal());
                [a * cos - b * sin + 5.0, a * sin + b * cos, c]
            })
            .collect()
    }

    #[test]
    fn they_are_the_axes_of_an_ellipsoid() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[400, 3], turned(400));
        let of = principal(&mut plan, &x, 3).unwrap();
        let scores = of.scores(&mut plan, &x).unwrap();
        let back = of.restored(&mut plan, &scores, &of.components).unwrap();
        let session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
        session.run();
        let v = session.read(of.components.buf).unwrap();
        let (sin, cos) = 30.0_f32.to_radians().sin_cos();
        for (row, want) in [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]].iter().enumerate() {
            let dot: f32 = (0..3).map(|i| v[row * 3 + i] * want[i]).sum();
            assert!(dot.abs() > 0.995, "component {row}: {:?}", &v[row * 3..row * 3 + 3]);
        }
        // All of them together leave nothing out, and their scores have nothing to do with each other.
        let [x, back] = [x.buf, back.buf].map(|buf| session.read(buf).unwrap());
        assert!(x.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-3));
        let scores = session.read(scores.buf).unwrap();
        let both = |i: usize, k: usize| scores.chunks(3).map(|s| s[i] * s[k]).sum::<f32>() / 400.0;
        assert!(both(0, 0) > 8.0 && both(1, 1) > 0.8 && both(0, 1).abs() < 0.05 && both(0, 2).abs() < 0.05);
    }

    #[test]
    fn wrong_shapes_are_refused() {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[4, 3], vec![0.0; 12]);
        assert!(principal(&mut plan, &x, 4).is_err());
        assert!(principal(&mut plan, &x, 0).is_err());
        assert!(principal(&mut plan, &x.view(&[12]), 1).is_err());
    }
}
