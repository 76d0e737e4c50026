//! What is said of each type of convolution, with the numbers of its run.

use super::typed::{CHANNELS, FRAMES, Kind};
use super::typed_shown::Shown;
use crate::viz::words::{self, percent_fine};
use crate::viz::{Caption, View};

/// Widest distance of taps at which contours stay single.
const NEAR: usize = 3;

/// A measured difference, "0" where there is none.
pub fn apart(share: f64) -> String {
    if share == 0.0 { "0".to_owned() } else { percent_fine(share) }
}

impl Shown {
    /// The sentence.
    pub fn caption(&self, view: &mut View<'_>) -> Option<Caption> {
        let (spec, made) = (&self.spec, &self.made);
        let (k, all, weights) = (spec.size, self.standard(), spec.weights(made.kind));
        let [[h, w], [oh, ow]] = [made.input(), made.output()];
        let weighs = format!("[{weights}](value 5)");
        let input = if self.editable { "grid" } else { "photo" };
        let fewer = words::ratio(all as f64, weights as f64).replace("less", "fewer");
        let differs = |view: &mut View<'_>| self.differs(view).map(apart);
        Some(match made.kind {
            Kind::Standard => Caption::plain(&format!(
                "Every output reads all [{CHANNELS}](value 0) inputs: {weighs} weights; depthwise, then 1 × 1, needs **{}**.",
                spec.weights(Kind::Separable)
            )),
            Kind::Strided => Caption::plain(&format!(
                "Stride **{}** turns {h} × {w} into [{oh} × {ow}](value 3): **{}** work than at stride 1, and still {weighs} weights.",
                spec.stride,
                words::ratio(self.base() as f64, made.work(spec) as f64)
            )),
            Kind::Dilated => self.dilated(&weighs),
            Kind::Transposed => return self.transposed(view),
            Kind::Spatial => {
                let lost = self.differs(view)?;
                let left = match lost {
                    0.0 => "this filter has rank 1, and [nothing](good 8) is lost".to_owned(),
                    lost => {
                        format!("this filter has more, and the answer differs by [{}](value 8)", apart(lost))
                    }
                };
                Caption::plain(&format!(
                    "Separable in space: a column of **{k}**, then a row of **{k}**, {weighs} weights instead of {all}; {left}."
                ))
            }
            Kind::Deformable => match self.differs(view)? {
                0.0 => Caption::plain(&format!(
                    "All **{}** offsets are 0: difference [0](good 8) from the standard layer. Drag a tap in the enlarged window.",
                    spec.offsets.len()
                )),
                share => Caption::plain(&format!(
                    "Your **{}** offsets move the taps by up to **{}** cells: the answer differs by [{}](value 8) from standard. \
                     A network learns its own.",
                    spec.offsets.len(),
                    words::short(f64::from(spec.offsets.iter().fold(0.0_f32, |most, by| most.max(by.abs())))),
                    percent_fine(share)
                )),
            },
            Kind::Pointwise => Caption::plain(&format!(
                "{weighs} weights mix the {CHANNELS} channels of each pixel, {fewer} than **{all}**; no neighbour is read."
            )),
            Kind::Grouped => {
                let groups = spec.groups;
                let share = differs(view)?;
                let per_group = words::plural(CHANNELS / groups, "channel", "channels");
                match groups {
                    1 => Caption::plain(&format!(
                        "One group is the standard layer: [{CHANNELS}](value 0) channels meet, {weighs} weights, difference [{share}](good 8)."
                    )),
                    CHANNELS => Caption::plain(&format!(
                        "[{groups}](value 0) groups of one channel are a depthwise layer: {weighs} weights instead of {all}, {fewer}."
                    )),
                    _ => Caption::plain(&format!(
                        "[{groups}](value 0) groups of **{per_group}** that never meet: {weighs} weights instead of {all}, {fewer}."
                    )),
                }
            }
            Kind::Depthwise => Caption::plain(&format!(
                "Each output reads [1](value 0) input, its own: {weighs} weights instead of {all}, {fewer}. Colours do not mix."
            )),
            Kind::Separable => Caption::plain(&format!(
                "Depthwise-separable: each channel alone, then each pixel, {weighs} weights, 1/{CHANNELS} + 1/{} = **{}** of the **{all}** of standard.",
                k * k,
                percent_fine(weights as f64 / all as f64)
            )),
            Kind::Line => Caption::plain(&format!(
                "Each row is a sequence, **{k}** taps read along it: {weighs} weights. Erase its second half, and the first \
                 changes by [{}](value 8).",
                differs(view)?
            )),
            Kind::Causal => Caption::plain(&format!(
                "**{}** zeros, all on the left: erase the second half of a row, and the first changes by [{}](good 8). \
                 Nothing looks ahead.",
                made.reads.pad[1],
                differs(view)?
            )),
            Kind::Volume => Caption::plain(&match (self.largest(view)?, made.shift) {
                (_, 0) => format!(
                    "**{}** frames of the same {input}: nothing moves, and the answer is [{}](value 8). Weights over time sum to 0.",
                    FRAMES[0],
                    words::short(self.largest(view)?)
                ),
                (_, shift) => format!(
                    "**{}** frames, the {input} moved by **{shift}** px in each: {weighs} weights over {} × {k} × {k} answer to what moves.",
                    FRAMES[0], FRAMES[1]
                ),
            }),
        })
    }

    fn dilated(&self, weighs: &str) -> Caption {
        let (k, d) = (self.spec.size, self.spec.dilation);
        let [reach, _] = self.made.reads.reach();
        let taps = k * k;
        if d > NEAR && k > 1 {
            return Caption::broken(&format!(
                "**{taps}** taps, **{d}** cells apart, span {reach} × {reach} and leave [{}](bad 2) of it unread: one edge \
                 answers at several places. [Wider, and whole](good) mends it.",
                words::percent(1.0 - taps as f64 / (reach * reach) as f64)
            ));
        }
        Caption::plain(&format!(
            "**{taps}** taps, **{d}** cells apart, span [{reach} × {reach}](value 7) with the {weighs} weights of {k} × {k}, and \
             contours stay single."
        ))
    }

    fn transposed(&self, view: &mut View<'_>) -> Option<Caption> {
        let (k, s) = (self.spec.size, self.spec.stride);
        let [[h, w], [oh, ow]] = [self.made.input(), self.made.output()];
        let [most, least] = self.written(view)?;
        if most == least {
            return Some(Caption::good(&format!(
                "Kernel **{k}** is a multiple of stride **{s}**: every cell is written [{most}](good 8) times. {h} × {w} grows to \
                 [{oh} × {ow}](value 3), evenly."
            )));
        }
        let others = if least == 0 { "others never".to_owned() } else { format!("others [{least}](bad 8)") };
        Some(Caption::broken(&format!(
            "Kernel **{k}** at stride **{s}**: some cells are written [{most}](bad 8) times, {others}, and a checkerboard shows. \
             [Even overlap](good) mends it."
        )))
    }
}
