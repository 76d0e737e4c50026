//! Dropout: each element is zeroed with probability p while training.
//!
//! Inverted (the usual form): `y = m·x/(1 − p)` in training, `y = x` in testing.
//! Classic: `y = m·x` in training, `y = (1 − p)·x` in testing. `x, y, m` have one shape; the mask m is
//! 0 or 1. Sources: Srivastava et al., "Dropout: a simple way to prevent neural networks from
//! overfitting", 2014; spatial: Tompson et al., "Efficient object localization using convolutional
//! networks", 2015.
//!
//! Draw `d` is word `d % 4` of Philox with the counter (d/4, mask number, stream, 0) and the seed as
//! key; `inner` consecutive elements share a draw. An element is kept where the word is at least
//! `floor(p·2³²)`. Masks are therefore equal on the GPU and on the CPU, bit for bit, and a backward
//! pass makes its mask again instead of storing it.

use super::arithmetic::number;
use super::layout::fill;
use super::philox::philox;
use super::{OpError, dim, limit_elements};
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
    fold,
};

crate::params! {
    /// Dropout, once or averaged over masks.
    Dropout {
        /// The seed: low and high half.
        key: [u32; 2],
        /// Elements.
        len: u32,
        /// Consecutive elements that share a draw.
        inner: u32,
        /// Number of the mask, or of the first mask.
        mask_number: u32,
        /// Masks to average over; only `dropout_mean` reads it.
        masks: u32,
        /// Tells the layers of a network apart.
        stream: u32,
        /// An element whose word is below is dropped.
        threshold: u32,
        /// 1 if p = 1, which no threshold of 32 bits expresses.
        drop_all: u32,
        /// 1 for training; otherwise nothing is dropped.
        train: u32,
        /// 1 if the number of the step is added to the number of the mask.
        stepped: u32,
        /// What kept elements are multiplied by.
        scale: f32,
    }
}

/// Settings of a dropout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DropoutOptions {
    /// Probability p of being dropped, 0 to 1.
    pub rate: f64,
    /// Key of the random numbers.
    pub seed: u64,
    /// Tells the layers of a network apart.
    pub stream: u32,
    /// Number of the mask: the training step, or the sample in Monte Carlo dropout.
    pub mask_number: u32,
    /// Training; otherwise nothing is dropped.
    pub train: bool,
    /// Divide by 1 − p in training, instead of multiplying by it in testing.
    pub inverted: bool,
    /// Consecutive elements that share a draw: 1, or H·W to drop whole channels.
    pub inner: usize,
}

impl Default for DropoutOptions {
    fn default() -> Self {
        Self { rate: 0.5, seed: 0, stream: 0, mask_number: 0, train: true, inverted: true, inner: 1 }
    }
}

impl Dropout {
    /// Shape rule.
    pub fn new(x: &[usize], setting: &DropoutOptions) -> Result<Self, OpError> {
        let rate = setting.rate;
        if !(0.0..=1.0).contains(&rate) {
            return Err(OpError::NotAFraction { what: "the dropout rate", value: rate });
        }
        if setting.inner == 0 {
            return Err(OpError::Zero { what: "the number of elements that share a draw" });
        }
        limit_elements("dropout", x)?;
        // Times a power of two: exact. A rate of 1 gives 2^32, which the cast holds to 2^32 - 1.
        let threshold = (rate * 4_294_967_296.0).floor() as u32;
        let scale = match (setting.train, setting.inverted) {
            (true, true) if rate < 1.0 => 1.0 / (1.0 - rate),
            (false, false) => 1.0 - rate,
            _ => 1.0,
        };
        Ok(Self {
            key: [setting.seed as u32, (setting.seed >> 32) as u32],
            len: dim(x.iter().product()),
            inner: dim(setting.inner),
            mask_number: setting.mask_number,
            masks: 1,
            stream: setting.stream,
            threshold,
            drop_all: u32::from(rate >= 1.0),
            train: u32::from(setting.train),
            stepped: 0,
            scale: scale as f32,
        })
    }

    /// The random word that decides about an element.
    pub fn word(&self, index: usize, mask_number: u32) -> u32 {
        let draw = dim(index) / self.inner;
        philox([draw / 4, mask_number, self.stream, 0], self.key)[draw as usize % 4]
    }

    /// Whether an element is kept.
    pub fn keeps(&self, index: usize, mask_number: u32) -> bool {
        self.train == 0 || (self.drop_all == 0 && self.word(index, mask_number) >= self.threshold)
    }

    /// In how many of the masks an element is kept.
    fn kept(&self, index: usize) -> usize {
        (0..self.masks).filter(|i| self.keeps(index, self.mask_number.wrapping_add(*i))).count()
    }

    /// The same with the number of the mask as of a step, `steps` being empty or one number.
    fn at_step(&self, steps: &[f64]) -> Self {
        let step = steps.first().map_or(0, |&s| s as u32);
        Self { mask_number: self.mask_number.wrapping_add(step), stepped: 0, ..*self }
    }
}

fn trace(p: &Dropout, ins: &[&[f32]], _: usize, index: usize) -> Trace {
    let p = p.at_step(&ins[1].iter().map(|&s| f64::from(s)).collect::<Vec<_>>());
    let (x, scale) = (f64::from(ins[0][index]), f64::from(p.scale));
    let mut lines = Vec::new();
    let kept = p.keeps(index, p.mask_number);
    if p.train != 0 {
        let part = |word: u32| number(f64::from(word) / 4_294_967_296.0);
        let rate = if p.drop_all != 0 { "1".into() } else { part(p.threshold) };
        let (sign, fate) = if kept { ("≥", "kept") } else { ("<", "dropped") };
        lines.push(format!("draw {} {sign} rate {rate}: {fate}", part(p.word(index, p.mask_number))));
    }
    lines.push(if kept {
        format!("{} · {} = {}", number(x), number(scale), number(x * scale))
    } else {
        "0".into()
    });
    Trace { reads: vec![(0, index)], lines }
}

/// Dropout.
pub static DROPOUT: Kernel<Dropout> = Kernel {
    name: "dropout",
    about: "y = x·scale where a random word is at least p·2³², otherwise 0",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input_u32("steps", |p| p.stepped as usize)],
    outs: &[Slot::output("y", |p| p.len as usize), Slot::output("mask", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let p = p.at_step(ins[1]);
        for (index, &x) in ins[0].iter().enumerate() {
            if p.keeps(index, p.mask_number) {
                outs[0][index] = x * f64::from(p.scale);
                outs[1][index] = 1.0;
            }
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        // The mask comes from random words alone. A mean over one mask is dropout without its mask.
        let dx = match &step.d_outs[0] {
            Some(dy) => d_mean(plan, Dropout { masks: 1, ..*p }, dy, step.ins[1].as_ref()),
            None => fill(plan, "d dropout", &[p.len as usize], 0.0),
        };
        vec![Some(dx), None]
    }),
    trace: Some(trace),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("dropout/dropout"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "quads",
            shader: crate::shader!("dropout/dropout_quads"),
            groups: |p| fold(p.len.div_ceil(4) as usize, 64),
            fits: anywhere,
            can: |p| p.inner == 1,
        },
    ],
    cases,
    tolerance: Tolerance { abs: 0.0, rel: 1e-6 },
    flops: |p| f64::from(p.len),
};

fn cases() -> Vec<Case<Dropout>> {
    let half = DropoutOptions {
        seed: 0x0123_4567_89ab_cdef,
        stream: 3,
        mask_number: 41,
        ..DropoutOptions::default()
    };
    let case = |name, len: usize, setting: DropoutOptions| {
        let params = Dropout::new(&[len], &setting).expect("the cases have valid settings");
        Case::normal(name, params, 2).fills(vec![Fill::Normal(1.0), Fill::Const(7.0)])
    };
    let rate = |rate| DropoutOptions { rate, ..half };
    vec![
        case("one element", 1, half),
        case("1001 elements", 1001, half),
        case("rate 0", 130, rate(0.0)),
        case("rate 0.1", 130, rate(0.1)),
        case("rate just below 1", 130, rate(1.0 - f64::EPSILON)),
        case("rate 1", 130, rate(1.0)),
        case("rate 1, classic", 130, DropoutOptions { inverted: false, ..rate(1.0) }),
        case("classic", 130, DropoutOptions { inverted: false, ..half }),
        case("testing", 130, DropoutOptions { train: false, ..half }),
        case("testing, classic", 130, DropoutOptions { train: false, inverted: false, ..half }),
        case("testing, rate 1", 130, DropoutOptions { train: false, ..rate(1.0) }),
        case("whole channels of 7x9", 20 * 63, DropoutOptions { inner: 63, ..half }),
        case(
            "largest numbers",
            67,
            DropoutOptions { mask_number: u32::MAX, stream: u32::MAX, seed: u64::MAX, ..half },
        ),
        in_step(case("mask of a step", 130, half)),
        in_step(case("mask of a step, whole channels", 90, DropoutOptions { inner: 9, ..half })),
        case("extreme values", 130, half).fills(vec![Fill::Extreme, Fill::Const(7.0)]),
        case("feature map", 16 * 112 * 112, half).timed(),
    ]
}

/// The case with a number of steps.
fn in_step(mut case: Case<Dropout>) -> Case<Dropout> {
    case.params.stepped = 1;
    case
}

/// Mean of dropout over masks.
pub static DROPOUT_MEAN: Kernel<Dropout> = Kernel {
    name: "dropout_mean",
    about: "y = the mean of dropout(x) over masks of consecutive numbers",
    ins: &[Slot::input("x", |p| p.len as usize), Slot::input_u32("steps", |p| p.stepped as usize)],
    outs: &[Slot::output("y", |p| p.len as usize)],
    reference: |p, ins, outs| {
        let p = p.at_step(ins[1]);
        for (index, (y, &x)) in outs[0].iter_mut().zip(ins[0]).enumerate() {
            *y = x * f64::from(p.scale) * p.kept(index) as f64 / f64::from(p.masks);
        }
    },
    backward: Backward::Rule(|plan, p, step| {
        let dx = step.d_outs[0].as_ref().map(|dy| d_mean(plan, *p, dy, step.ins[1].as_ref()));
        vec![dx, None]
    }),
    trace: Some(|p, ins, _, index| {
        let p = p.at_step(&ins[1].iter().map(|&s| f64::from(s)).collect::<Vec<_>>());
        let (x, kept, scale) = (f64::from(ins[0][index]), p.kept(index), f64::from(p.scale));
        let y = number(x * scale * kept as f64 / f64::from(p.masks));
        let line = format!("{} · {} · {kept} / {} masks keep it = {y}", number(x), number(scale), p.masks);
        Trace { reads: vec![(0, index)], lines: vec![line] }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("dropout/dropout_mean"),
            groups: |p| fold(p.len as usize, 64),
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "quads",
            shader: crate::shader!("dropout/dropout_mean_quads"),
            groups: |p| fold(p.len.div_ceil(4) as usize, 64),
            fits: anywhere,
            can: |p| p.inner == 1,
        },
    ],
    cases: || {
        let half = DropoutOptions { seed: 9, ..DropoutOptions::default() };
        let case = |name, len: usize, masks, setting: DropoutOptions| {
            let params = Dropout::new(&[len], &setting).expect("the cases have valid settings");
            Case::normal(name, Dropout { masks, ..params }, 2)
                .fills(vec![Fill::Normal(1.0), Fill::Const(7.0)])
        };
        vec![
            case("one element, one mask", 1, 1, half),
            case("67 elements, 33 masks", 67, 33, DropoutOptions { rate: 0.3, mask_number: 5, ..half }),
            case("3 elements, 65,000 masks", 3, MAX_MASKS, half),
            case("whole channels", 90, 7, DropoutOptions { inner: 9, ..half }),
            case("rate 1", 20, 3, DropoutOptions { rate: 1.0, ..half }),
            case("testing, classic", 20, 3, DropoutOptions { train: false, inverted: false, ..half }),
            in_step(case("from the mask of a step on", 67, 5, half)),
            case("extreme values", 64, 10, half).fills(vec![Fill::Extreme, Fill::Const(7.0)]),
            case("64x64, 100 masks", 64 * 64, 100, half).timed(),
        ]
    },
    tolerance: Tolerance { abs: 0.0, rel: 2e-6 },
    flops: |p| f64::from(p.len) * f64::from(p.masks),
};

/// Gradient of [`DROPOUT_MEAN`], which is linear in x: the same factors again.
fn d_mean(plan: &mut Plan, p: Dropout, dy: &Tensor, steps: Option<&Tensor>) -> Tensor {
    let dx = plan.temporary("d dropout", &[p.len as usize], DType::F32);
    plan.push(&DROPOUT_MEAN, p, &[Some(dy), steps], &[&dx]);
    dx
}

/// Records dropout of `x`; returns y and the mask of zeros and ones, both of the shape of `x`.
pub fn dropout(plan: &mut Plan, x: &Tensor, setting: &DropoutOptions) -> Result<(Tensor, Tensor), OpError> {
    dropout_in_step(plan, x, setting, None)
}

/// Records dropout of `x` with another mask in each step that `steps [1]` (`u32`) counts: its number is
/// added to that of the mask.
pub fn dropout_in_step(
    plan: &mut Plan,
    x: &Tensor,
    setting: &DropoutOptions,
    steps: Option<&Tensor>,
) -> Result<(Tensor, Tensor), OpError> {
    let p = Dropout { stepped: u32::from(steps.is_some()), ..Dropout::new(&x.shape, setting)? };
    let y = plan.temporary("after dropout", &x.shape, DType::F32);
    let mask = plan.temporary("mask", &x.shape, DType::F32);
    plan.push(&DROPOUT, p, &[Some(x), steps], &[&y, &mask]);
    Ok((y, mask))
}

/// Most masks of a mean: a software adapter silently ends loops after 65,535 turns.
const MAX_MASKS: u32 = 65_000;

/// Records the mean of dropout of `x` over `masks` masks, numbered from `setting.mask_number` on.
pub fn dropout_mean(
    plan: &mut Plan,
    x: &Tensor,
    setting: &DropoutOptions,
    masks: u32,
) -> Result<Tensor, OpError> {
    if masks == 0 {
        return Err(OpError::Zero { what: "the number of masks" });
    }
    if masks > MAX_MASKS {
        let (elements, limit) = (masks as usize, MAX_MASKS as usize);
        return Err(OpError::TooManyElements { op: "dropout_mean, masks", elements, limit });
    }
    let p = Dropout { masks, ..Dropout::new(&x.shape, setting)? };
    let y = plan.temporary("mean over masks", &x.shape, DType::F32);
    plan.push(&DROPOUT_MEAN, p, &[Some(x), None], &[&y]);
    Ok(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::reference::run_kernel;

    fn run(kernel: &'static Kernel<Dropout>, p: Dropout, x: &[f64]) -> Vec<Vec<f64>> {
        run_kernel(kernel, bytemuck::bytes_of(&p), &[x, &[]])
    }

    /// The first block of Philox at counter 0 and key 0 is 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    #[test]
    fn known_masks() {
        let mask = |rate| {
            let p = Dropout::new(&[4], &DropoutOptions { rate, ..DropoutOptions::default() }).unwrap();
            run(&DROPOUT, p, &[1.0; 4]).remove(1)
        };
        assert_eq!(mask(0.3), [1.0, 1.0, 1.0, 1.0]);
        assert_eq!(mask(0.5), [0.0, 1.0, 1.0, 1.0]);
        assert_eq!(mask(0.7), [0.0, 1.0, 1.0, 0.0]);
        assert_eq!(mask(1.0), [0.0; 4]);
        assert_eq!(mask(0.0), [1.0; 4]);
    }

    #[test]
    fn thresholds_are_exact() {
        let threshold = |rate| {
            Dropout::new(&[1], &DropoutOptions { rate, ..DropoutOptions::default() }).unwrap().threshold
        };
        assert_eq!(threshold(0.5), 1 << 31);
        assert_eq!(threshold(0.1), 429_496_729);
        assert_eq!(threshold(1.0 - f64::EPSILON), u32::MAX);
    }

    #[test]
    fn as_many_are_dropped_as_the_rate_says_and_the_mean_stays() {
        for rate in [0.1, 0.5, 0.9] {
            let setting = DropoutOptions { rate, seed: 5, ..DropoutOptions::default() };
            let p = Dropout::new(&[40_000], &setting).unwrap();
            let outs = run(&DROPOUT, p, &vec![1.0; 40_000]);
            let kept = outs[1].iter().sum::<f64>() / 40_000.0;
            // Five standard deviations.
            let slack = 5.0 * (rate * (1.0 - rate) / 40_000.0_f64).sqrt();
            assert!((kept - (1.0 - rate)).abs() < slack, "{rate}: {kept}");
            let mean = outs[0].iter().sum::<f64>() / 40_000.0;
            assert!((mean - 1.0).abs() < slack / (1.0 - rate), "{rate}: {mean}");
        }
    }

    #[test]
    fn scales_of_the_four_modes() {
        let scale = |train, inverted| {
            let setting = DropoutOptions { rate: 0.75, train, inverted, ..DropoutOptions::default() };
            Dropout::new(&[1], &setting).unwrap().scale
        };
        assert_eq!(scale(true, true), 4.0);
        assert_eq!(scale(false, true), 1.0);
        assert_eq!(scale(true, false), 1.0);
        assert_eq!(scale(false, false), 0.25);
    }

    #[test]
    fn channels_are_dropped_whole_and_masks_differ() {
        let setting = DropoutOptions { inner: 10, seed: 3, ..DropoutOptions::default() };
        let p = Dropout::new(&[50, 10], &setting).unwrap();
        let mask = run(&DROPOUT, p, &[1.0; 500]).remove(1);
        assert!(mask.chunks(10).all(|c| c.iter().all(|&m| m == c[0])));
        let other = run(&DROPOUT, Dropout { mask_number: 1, ..p }, &[1.0; 500]).remove(1);
        assert_ne!(mask, other);
    }

    #[test]
    fn the_mean_over_masks_nears_the_input() {
        let p = Dropout::new(&[10], &DropoutOptions::default()).unwrap();
        let mean = run(&DROPOUT_MEAN, Dropout { masks: 4000, ..p }, &[2.0; 10]).remove(0);
        // Five standard deviations of a mean over 4000 draws of 0 or 4.
        assert!(mean.iter().all(|y| (y - 2.0).abs() < 5.0 * 2.0 / 4000.0_f64.sqrt()), "{mean:?}");
    }

    #[test]
    fn impossible_rates_are_refused() {
        for rate in [-0.1, 1.1, f64::NAN] {
            assert!(Dropout::new(&[1], &DropoutOptions { rate, ..DropoutOptions::default() }).is_err());
        }
        assert!(Dropout::new(&[1], &DropoutOptions { inner: 0, ..DropoutOptions::default() }).is_err());
    }
}
