//! What the page on types of pooling says of a run.

use super::pooled::{Kind, Peaks};
use super::pooled_input::Image;
use crate::ops::conv::Conv2d;
use crate::settings::Choice;
use crate::viz::{Caption, words};

/// Fewer cells than this in a window leave noise loud.
pub const CALM: u32 = 16;
/// From this exponent on Lp has the pattern of the maximum.
const STEEP: f32 = 8.0;

/// The sentence about `input`, pooled by the windows `p`, Lp with exponent `power`.
pub fn sentence(input: Image, p: &Conv2d, power: f32, peaks: &Peaks) -> Caption {
    let cells = p.r * p.s;
    let (x, [max, average, lp]) = (peaks.x, [Kind::Max, Kind::Average, Kind::Lp].map(|kind| peaks.of(kind)));
    let number = |v: f64| format!("**{}**", words::short(v));
    // Panels: input, lens, output, then the types: max, average, Lp, min.
    let kept = |kind: Kind, panel: usize| format!("[{}](value {panel})", words::percent(peaks.kept(kind)));
    let [of_max, of_average] = [kept(Kind::Max, 3), kept(Kind::Average, 4)];
    let sizes = format!("{} × {} → {} × {}", p.h, p.w, p.oh, p.ow);
    match input {
        Image::Noise if cells < CALM => Caption::broken(&format!(
            "Of **{cells}** random cells max keeps the [loudest](bad 3): its map has mean {}, the noise {}, an average {}. \
             [Noise calmed](good) averages 64 of them.",
            number(max.mean),
            number(x.mean),
            number(average.mean)
        )),
        Image::Noise => Caption::good(&format!(
            "Averaged over **{cells}** cells the noise keeps [{}](good 4) of its spread around {}; the map of max has mean {}.",
            words::percent(average.deviation() / x.deviation().max(1e-12)),
            number(average.mean),
            number(max.mean)
        )),
        _ if power >= STEEP => Caption::plain(&format!(
            "At p = **{}** the peak of Lp is {} times that of max; p = 1 would add up all **{cells}** cells. {sizes}.",
            words::short(power.into()),
            number(lp.most / max.most.max(1e-12))
        )),
        _ if p.stride[0] < p.r => Caption::plain(&format!(
            "Windows of **{} × {}**, step **{}**, overlap: {sizes}. Of the peak max keeps {of_max}, the average {of_average}; \
             one cell wins up to **{}** windows.",
            p.r,
            p.s,
            p.stride[0],
            words::short(peaks.gradients[Kind::Max.index()])
        )),
        _ => Caption::plain(&format!(
            "Max keeps {of_max} of the peak and sends its gradient to **1** cell of **{cells}**; the average keeps \
             {of_average} and shares it among all. {sizes}."
        )),
    }
}
