//! A heatmap: maps of a tensor as one picture in the colours of a table.

use super::pixels::{MAX_SIDE, PITCH, Pixels, hex, limit_sides, pixels, rgba};
use crate::gpu::{
    Backward, Case, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
};
use crate::ops::arithmetic::number;
use crate::ops::range::Planes;
use crate::ops::{OpError, dim, limit_elements};

/// Settings of a heatmap that are not read from shapes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heatmap {
    /// Maps side by side.
    pub columns: usize,
    /// Pixels between maps.
    pub gap: usize,
    /// The range is `±max(|lo|, |hi|)`, so that 0 has the colour of the centre.
    pub symmetric: bool,
    /// Colour of NaN.
    pub nan: u32,
    /// Colour of infinity, of either sign.
    pub infinite: u32,
    /// Colour between maps.
    pub background: u32,
}

impl Default for Heatmap {
    fn default() -> Self {
        Self {
            columns: 1,
            gap: 0,
            symmetric: false,
            nan: rgba(255, 0, 255, 255),
            infinite: rgba(160, 160, 160, 255),
            background: 0,
        }
    }
}

crate::params! {
    /// Numbers to colours.
    Colormap {
        /// Elements of the tensor.
        len: u32,
        /// First element of the view.
        offset: u32,
        /// Maps.
        maps: u32,
        /// Rows of a map.
        h: u32,
        /// Columns of a map.
        w: u32,
        /// Elements from a map to the next.
        map_stride: u32,
        /// Elements from a row to the next.
        row_stride: u32,
        /// Elements from a column to the next.
        column_stride: u32,
        /// Maps side by side.
        columns: u32,
        /// Pixels between maps.
        gap: u32,
        /// Width of the picture in pixels.
        width: u32,
        /// Height of the picture in pixels.
        height: u32,
        /// Pixels from a row to the next.
        pitch: u32,
        /// 1 if each map has a range of its own.
        per_map: u32,
        /// 1 if the range is symmetric about 0.
        symmetric: u32,
        /// Colour of NaN.
        nan: u32,
        /// Colour of infinity.
        infinite: u32,
        /// Colour between maps.
        background: u32,
    }
}

impl Colormap {
    /// Shape rule: `len` elements, ranges of shape `[4]` or `[MAPS, 4]`.
    pub fn new(len: usize, view: &Planes, ranges: &[usize], heatmap: &Heatmap) -> Result<Self, OpError> {
        let op = "colormap";
        view.check(op, len)?;
        let per_map = match *ranges {
            [4] => false,
            [maps, 4] if maps == view.maps => true,
            _ => {
                let (have, want) = (ranges.to_vec(), format!("[4] or [{}, 4]", view.maps));
                return Err(OpError::Shape { op, what: "scale", have, want });
            }
        };
        if heatmap.columns == 0 {
            return Err(OpError::Zero { what: "the number of columns" });
        }
        let columns = heatmap.columns.min(view.maps);
        let gap = heatmap.gap.min(MAX_SIDE);
        let side =
            |tiles: usize, size: usize| tiles.checked_mul(size + gap).map_or(usize::MAX, |total| total - gap);
        let (width, height) = (side(columns, view.w), side(view.maps.div_ceil(columns), view.h));
        limit_sides(op, width, height)?;
        let pitch = width.next_multiple_of(PITCH);
        limit_elements(op, &[height, pitch])?;
        Ok(Self {
            len: dim(len),
            offset: dim(view.offset),
            maps: dim(view.maps),
            h: dim(view.h),
            w: dim(view.w),
            map_stride: dim(view.map_stride),
            row_stride: dim(view.row_stride),
            column_stride: dim(view.column_stride),
            columns: dim(columns),
            gap: dim(gap),
            width: dim(width),
            height: dim(height),
            pitch: dim(pitch),
            per_map: u32::from(per_map),
            symmetric: u32::from(heatmap.symmetric),
            nan: heatmap.nan,
            infinite: heatmap.infinite,
            background: heatmap.background,
        })
    }

    /// Map and index into x of a pixel; `None` between maps and right of the picture.
    pub fn source(&self, row: u32, column: u32) -> Option<(u32, usize)> {
        let (tile_y, i) = (row / (self.h + self.gap), row % (self.h + self.gap));
        let (tile_x, j) = (column / (self.w + self.gap), column % (self.w + self.gap));
        let map = tile_y * self.columns + tile_x;
        let inside = column < self.width && i < self.h && j < self.w && map < self.maps;
        let at = self.offset + map * self.map_stride + i * self.row_stride + j * self.column_stride;
        inside.then_some((map, at as usize))
    }

    /// lo and hi of a map.
    fn bounds(&self, map: u32, ranges: impl Fn(usize) -> f32) -> (f32, f32) {
        let at = if self.per_map != 0 { map as usize * 4 } else { 0 };
        let (lo, hi) = (ranges(at), ranges(at + 1));
        if self.symmetric != 0 {
            let most = lo.abs().max(hi.abs());
            (-most, most)
        } else {
            (lo, hi)
        }
    }
}

/// The largest level `i` of 0..=255 with `(hi − lo)·i/256 <= x − lo`, in halves, so that the
/// difference of the largest numbers stays finite. Where the range is (as good as) empty: 128, or 0 if
/// nothing is above 0 and 0 is not the centre.
fn level(x: f32, (lo, hi): (f32, f32), symmetric: bool) -> u8 {
    let span = hi * 0.5 - lo * 0.5;
    if !(span > 1e-30) {
        return if !symmetric && hi <= 0.0 { 0 } else { 128 };
    }
    let above = x.clamp(lo, hi) * 0.5 - lo * 0.5;
    let (mut level, mut past) = (0_u16, 256_u16);
    while level + 1 < past {
        let middle = level.midpoint(past);
        if span * (f32::from(middle) / 256.0) <= above { level = middle } else { past = middle }
    }
    u8::try_from(level).unwrap_or(u8::MAX)
}

/// Heatmaps.
pub static COLORMAP: Kernel<Colormap> = Kernel {
    name: "colormap",
    about: "level = floor(256·(x − lo)/(hi − lo)), held to 0..255; colour = lut[level]",
    ins: &[
        Slot::input("x", |p| p.len as usize),
        Slot::input("scale", |p| if p.per_map != 0 { p.maps as usize * 4 } else { 4 }),
        Slot::input_u32("lut", |_| 256),
    ],
    outs: &[Slot::output_u32("pixels", |p| (p.height * p.pitch) as usize)],
    reference: |p, ins, outs| {
        for (y, row) in outs[0].chunks_exact_mut(p.pitch as usize).enumerate() {
            for (x, pixel) in row[..p.width as usize].iter_mut().enumerate() {
                let Some((map, at)) = p.source(dim(y), dim(x)) else {
                    *pixel = f64::from(p.background);
                    continue;
                };
                let value = ins[0][at] as f32;
                let bounds = p.bounds(map, |i| ins[1][i] as f32);
                *pixel = if value.is_nan() {
                    f64::from(p.nan)
                } else if value.is_infinite() {
                    f64::from(p.infinite)
                } else {
                    ins[2][usize::from(level(value, bounds, p.symmetric != 0))]
                };
            }
        }
    },
    backward: Backward::None("colours are for the eye"),
    trace: Some(|p, ins, _, index| {
        let (row, column) = (dim(index) / p.pitch, dim(index) % p.pitch);
        let Some((map, at)) = p.source(row, column) else {
            return Trace { reads: vec![], lines: vec!["between the maps".into()] };
        };
        let value = ins[0][at];
        let (lo, hi) = p.bounds(map, |i| ins[1][i]);
        let [x, low, high] = [value, lo, hi].map(|v| number(f64::from(v)));
        let line = if value.is_finite() {
            let level = level(value, (lo, hi), p.symmetric != 0);
            format!("{x} between {low} and {high}: level {level} of 0 to 255")
        } else {
            format!("{x} has a colour of its own: {}", hex(if value.is_nan() { p.nan } else { p.infinite }))
        };
        Trace { reads: vec![(0, at)], lines: vec![line] }
    }),
    variants: &[
        Variant {
            name: "plain",
            shader: crate::shader!("viz/colormap"),
            groups: |p| [p.pitch.div_ceil(64), p.height, 1],
            fits: anywhere,
            can: always,
        },
        Variant {
            name: "rows",
            shader: crate::shader!("viz/colormap_rows"),
            groups: |p| [p.pitch.div_ceil(128), p.height, 1],
            fits: |_, profile| profile.software,
            can: |p| p.per_map == 0,
        },
    ],
    cases: colormap_cases,
    tolerance: Tolerance::EXACT,
    flops: |p| 8.0 * f64::from(p.maps) * f64::from(p.h) * f64::from(p.w),
};

fn colormap_cases() -> Vec<Case<Colormap>> {
    let range = |lo: f32, hi: f32| Fill::Values(vec![lo, hi, 0.0, 0.0]);
    let case = |name, len, view: Planes, ranges: &[usize], heatmap: Heatmap, x, scale| {
        let params = Colormap::new(len, &view, ranges, &heatmap).expect("the cases have valid shapes");
        Case::normal(name, params, 3).fills(vec![x, scale, Fill::Ids(u32::MAX)])
    };
    let one = Heatmap::default();
    let grid = Heatmap { columns: 3, gap: 2, background: rgba(1, 2, 3, 4), ..one };
    let symmetric = Heatmap { symmetric: true, ..one };
    let normal = || Fill::Normal(1.0);
    let map = |h, w| Planes::planar(&[h, w]);
    let bad = vec![f32::NAN, 1.5, f32::INFINITY, -2.0, f32::NEG_INFINITY, 0.0, 0.25];
    // On, just below and just above the limits of levels.
    let limits: Vec<f32> = (0..=256_u16)
        .map(|i| f32::from(i) * 3.0 / 256.0 - 1.0)
        .flat_map(|x| [x.next_down(), x, x.next_up()])
        .collect();
    let ranges = [-2.0, 2.0, 0.0, 0.0, -0.5, 3.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0];
    let per_map = || Fill::Values(ranges.to_vec());
    let five = Planes::planar(&[5, 7, 9]);
    vec![
        case("one pixel", 1, map(1, 1), &[4], one, normal(), range(-1.0, 1.0)),
        case("64 wide", 640, map(10, 64), &[4], one, normal(), range(-3.0, 3.0)),
        case("65 wide", 650, map(10, 65), &[4], symmetric, normal(), range(-0.1, 2.3)),
        case("5 maps in 3 columns", 315, five, &[4], grid, normal(), range(-2.0, 2.0)),
        case("a range for each map", 315, five, &[5, 4], grid, normal(), per_map()),
        case("one column", 315, five, &[5, 4], Heatmap { columns: 1, ..grid }, normal(), per_map()),
        case("maps 1 and 2 of 5", 315, five.maps(1, 2), &[4], grid, normal(), range(-2.0, 2.0)),
        case("interleaved", 90, Planes::interleaved([5, 6, 3]), &[4], grid, normal(), range(-2.0, 2.0)),
        case("transposed", 120, map(10, 12).transposed(), &[4], one, normal(), range(-2.0, 2.0)),
        case(
            "limits of levels",
            limits.len(),
            map(3, 257),
            &[4],
            one,
            Fill::Values(limits),
            range(-1.0, 2.0),
        ),
        case("NaN and infinity", 70, map(7, 10), &[4], one, Fill::Values(bad), range(-2.0, 1.5)),
        case("empty range", 70, map(7, 10), &[4], one, normal(), range(0.5, 0.5)),
        case("zeros alone", 70, map(7, 10), &[4], one, Fill::Values(vec![0.0]), range(0.0, 0.0)),
        case(
            "zeros alone, symmetric",
            70,
            map(7, 10),
            &[4],
            symmetric,
            Fill::Values(vec![0.0]),
            range(0.0, 0.0),
        ),
        case("extreme values", 256, map(16, 16), &[4], symmetric, Fill::Extreme, range(-1e4, 1e4)),
        case(
            "widest range",
            64,
            map(8, 8),
            &[4],
            one,
            Fill::Values(vec![-3e38, 3e38, 0.0, 1e38, -2.5e37]),
            range(f32::MIN, f32::MAX),
        ),
        case(
            "16 maps of 224²",
            16 * 224 * 224,
            Planes::planar(&[16, 224, 224]),
            &[4],
            Heatmap { columns: 4, gap: 2, ..symmetric },
            normal(),
            range(-3.0, 2.5),
        )
        .timed(),
    ]
}

/// Records a heatmap of the maps of `x` that `view` names, in the colours of `lut [256]`.
///
/// `scale [4]` or `[MAPS, 4]` holds lo, hi and two numbers that are not read: from
/// [`range`](crate::ops::range::range), or a constant.
pub fn colormap(
    plan: &mut Plan,
    x: &Tensor,
    view: &Planes,
    scale: &Tensor,
    lut: &Tensor,
    heatmap: &Heatmap,
) -> Result<Pixels, OpError> {
    let p = Colormap::new(x.len(), view, &scale.shape, heatmap)?;
    if lut.len() != 256 {
        let (have, want) = (lut.shape.clone(), "[256]".into());
        return Err(OpError::Shape { op: "colormap", what: "lut", have, want });
    }
    let out = pixels(plan, p.width, p.height, p.pitch);
    plan.push(&COLORMAP, p, &[Some(x), Some(scale), Some(lut)], &[&out.tensor]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_at_known_points() {
        let level = |x, lo, hi| level(x, (lo, hi), false);
        assert_eq!(level(0.0, 0.0, 1.0), 0);
        assert_eq!(level(0.5, 0.0, 1.0), 128);
        assert_eq!(level(1.0, 0.0, 1.0), 255);
        assert_eq!(level(0.0, -7.0, 7.0), 128);
        assert_eq!(level(-5.0, 0.0, 1.0), 0);
        assert_eq!(level(5.0, 0.0, 1.0), 255);
        assert_eq!(level(3.0, 3.0, 3.0), 128);
        assert_eq!(level(0.0, 0.0, 0.0), 0);
        assert_eq!(level(-3.0, -3.0, -3.0), 0);
        assert_eq!(super::level(0.0, (0.0, 0.0), true), 128);
        assert_eq!(level(f32::MAX, f32::MIN, f32::MAX), 255);
        assert_eq!(level(0.0, f32::MIN, f32::MAX), 128);
    }

    #[test]
    fn five_maps_in_three_columns() {
        let heatmap = Heatmap { columns: 3, gap: 2, ..Heatmap::default() };
        let p = Colormap::new(5 * 63, &Planes::planar(&[5, 7, 9]), &[4], &heatmap).unwrap();
        assert_eq!((p.width, p.height, p.pitch), (3 * 9 + 4, 2 * 7 + 2, 64));
        assert_eq!(p.source(0, 0), Some((0, 0)));
        assert_eq!(p.source(9, 11), Some((4, 4 * 63)));
        assert_eq!(p.source(0, 9), None);
        assert_eq!(p.source(9, 22), None);
        assert_eq!(p.source(0, 31), None);
    }

    #[test]
    fn sizes_that_no_texture_holds_are_refused() {
        let view = Planes::planar(&[1, 9000]);
        assert!(matches!(
            Colormap::new(9000, &view, &[4], &Heatmap::default()),
            Err(OpError::Shape { what: "the picture", .. })
        ));
    }
}
