//! Sizes and settings of a matrix product.

use crate::ops::unary::Act;
use crate::ops::{OpError, dim, limit_elements};

crate::params! {
    /// Batched matrix product, row-major.
    Matmul {
        /// Matrices in the batch.
        batch: u32,
        /// Rows of `y`.
        m: u32,
        /// Columns of `y`.
        n: u32,
        /// Length of the sums.
        k: u32,
        /// Elements from one matrix of `a` to the next; 0 if the batch shares one.
        a_stride: u32,
        /// Elements from one matrix of `b` to the next; 0 if the batch shares one.
        b_stride: u32,
        /// 1 if `a` lies as `[K, M]`.
        ta: u32,
        /// 1 if `b` lies as `[N, K]`.
        tb: u32,
        /// 1 if there is a bias.
        bias: u32,
        /// Activation, a row of `unary::TABLE`.
        act: u32,
        /// Factor of the sum.
        alpha: f32,
        /// Slope or scale of the activation.
        slope: f32,
    }
}

/// Settings of a matrix product that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gemm {
    /// `a` lies transposed, `[.., K, M]`.
    pub ta: bool,
    /// `b` lies transposed, `[.., N, K]`.
    pub tb: bool,
    /// Factor of the sum, before the bias.
    pub alpha: f32,
    /// Applied to the sum with bias.
    pub act: Act,
}

impl Default for Gemm {
    fn default() -> Self {
        Self { ta: false, tb: false, alpha: 1.0, act: Act::IDENTITY }
    }
}

impl Gemm {
    /// `A·B`.
    pub const NN: Self = Self { ta: false, tb: false, alpha: 1.0, act: Act::IDENTITY };
    /// `A·Bᵀ`: scores of attention, linear layers with weights `[out, in]`.
    pub const NT: Self = Self { tb: true, ..Self::NN };
    /// `Aᵀ·B`: gradients of weights.
    pub const TN: Self = Self { ta: true, ..Self::NN };
}

impl Matmul {
    /// Shape rule. Axes before the last two are the batch: equal in both operands, or absent in one.
    pub fn new(a: &[usize], b: &[usize], bias: Option<&[usize]>, gemm: &Gemm) -> Result<Self, OpError> {
        let wrong = |what, have: &[usize], want: String| {
            Err(OpError::Shape { op: "matmul", what, have: have.to_vec(), want })
        };
        let (&[ref a_batch @ .., a0, a1], &[ref b_batch @ .., b0, b1]) = (a, b) else {
            let (what, have) = if a.len() < 2 { ("a", a) } else { ("b", b) };
            return wrong(what, have, "at least two axes: rows and columns".into());
        };
        let (m, k) = if gemm.ta { (a1, a0) } else { (a0, a1) };
        let (k_b, n) = if gemm.tb { (b1, b0) } else { (b0, b1) };
        if k != k_b {
            let want = if gemm.tb { format!("[.., {n}, {k}]") } else { format!("[.., {k}, {n}]") };
            return wrong("b", b, format!("a {a:?}: {want}"));
        }
        if !a_batch.is_empty() && !b_batch.is_empty() && a_batch != b_batch {
            return wrong("b", b, format!("the batch of a, {a_batch:?}"));
        }
        if let Some(bias) = bias
            && bias != [n]
        {
            return wrong("bias", bias, format!("one value for each column: [{n}]"));
        }
        for (size, what) in [(m, "the number of rows"), (n, "the number of columns"), (k, "the inner size")] {
            if size == 0 {
                return Err(OpError::Zero { what });
            }
        }
        let batch: usize = if a_batch.is_empty() { b_batch } else { a_batch }.iter().product();
        limit_elements("matmul", a)?;
        limit_elements("matmul", b)?;
        limit_elements("matmul", &[batch, m, n])?;
        let mut p = Self {
            batch: dim(batch),
            m: dim(m),
            n: dim(n),
            k: dim(k),
            a_stride: if a_batch.is_empty() { 0 } else { dim(m * k) },
            b_stride: if b_batch.is_empty() { 0 } else { dim(k * n) },
            ta: u32::from(gemm.ta),
            tb: u32::from(gemm.tb),
            bias: u32::from(bias.is_some()),
            act: gemm.act.kind,
            alpha: gemm.alpha,
            slope: gemm.act.a,
        };
        if p.b_stride == 0 && !gemm.ta {
            // One taller product instead of a batch: its tiles are fuller.
            p.m *= p.batch;
            (p.batch, p.a_stride) = (1, 0);
        }
        Ok(p)
    }

    /// Elements of the output.
    pub fn outputs(&self) -> usize {
        self.batch as usize * self.m as usize * self.n as usize
    }

    /// Indices into `a` and `b` of the k-th product of output element `index`.
    pub(super) fn pair(&self, index: usize, k: usize) -> (usize, usize) {
        let [m, n, inner] = [self.m, self.n, self.k].map(|v| v as usize);
        let (column, row, matrix) = (index % n, index / n % m, index / (n * m));
        let a = if self.ta == 0 { row * inner + k } else { k * m + row };
        let b = if self.tb == 0 { k * n + column } else { column * inner + k };
        (matrix * self.a_stride as usize + a, matrix * self.b_stride as usize + b)
    }

    /// Whether rows of both operands and of `y` start at multiples of four elements.
    pub(super) fn by_fours(&self) -> bool {
        let a_row = if self.ta == 0 { self.k } else { self.m };
        let b_row = if self.tb == 0 { self.n } else { self.k };
        [a_row, b_row, self.n, self.k].iter().all(|row| row.is_multiple_of(4))
    }

    pub(super) fn tiles(&self, rows: u32, columns: u32) -> usize {
        let [m, n] = [self.m.div_ceil(rows), self.n.div_ceil(columns)].map(|v| v as usize);
        self.batch as usize * m * n
    }
}
