//! The sentence of the page on why one pools.

use super::reduced::{Changes, Pooling, Reduced, ordinal};
use super::reduced_drawn::Drawn;
use crate::viz::{Caption, View, words};

/// Of the change without pooling, what is left at most where pooling is said to hold a map.
const HELD: f32 = 0.9;
/// Side of windows from which on they are compared with a stride alone.
const LARGE: usize = 4;

/// What is to be seen, once its numbers are there. Panels: map, moved map, change, photo, window, curves, costs, then the
/// measured figures.
pub fn said(of: &Drawn<'_>, view: &mut View<'_>) -> Option<Caption> {
    let Drawn { of: reduced, way, by, .. } = of;
    let Reduced { window, .. } = reduced;
    let changes = Changes::read(&view.values(&reduced.changes)?)?;
    let [now, before, strided] = [*way, Pooling::None, Pooling::Stride].map(|way| changes.of(way)[*by]);
    let percent = |v: f32| words::percent(v.into());
    let [work, unpooled] = reduced.work([*way, Pooling::None]);
    let cheaper = format!("[{}](value 7)", words::ratio(unpooled as f64, work as f64));
    let pixels = if *by == 1 { "a 1-pixel shift".to_owned() } else { format!("a shift by {by} pixels") };
    let name = match way {
        Pooling::Max => "max pooling",
        _ => "average pooling",
    };
    let pooled =
        format!("After {window} × {window} {name} {pixels} changes the map by [{}](value 2)", percent(now));
    Some(match way {
        _ if *by == 0 => Caption::plain(&format!(
            "The photo has not moved: every map changes by [{}](value 2). The layers behind take {cheaper} work.",
            percent(now)
        )),
        Pooling::None => {
            let pooled = reduced.work([Pooling::Max])[0];
            Caption::plain(&format!(
                "Without pooling {pixels} changes the map by [{}](value 2), and the layers behind take [{}](value 7) work \
                 than after {window} × {window} windows.",
                percent(now),
                words::ratio(pooled as f64, work as f64)
            ))
        }
        Pooling::Stride => Caption::broken(&format!(
            "Keeping every {} cell, {pixels} changes the map by [{}](bad 2), without pooling **{}**: no steadier. [Held by \
             its windows](good) mends it.",
            ordinal(*window),
            percent(now),
            percent(before)
        )),
        _ if now > HELD * before => Caption::plain(&format!(
            "{pooled}, before it by **{}**: beyond its window pooling forgives no more.",
            percent(before)
        )),
        _ if *window >= LARGE => Caption::good(&format!(
            "{pooled}, stride alone by **{}**, for the same {cheaper} work behind.",
            percent(strided)
        )),
        _ => Caption::plain(&format!(
            "{pooled}, before it by **{}**, and the layers behind take {cheaper} work.",
            percent(before)
        )),
    })
}
