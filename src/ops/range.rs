//! Smallest, largest and mean number of the maps of a tensor, in two stages: partial ranges, then
//! their merger. The colours of a heatmap are spread over such a range.
//!
//! `x` any tensor, seen as maps by a [`Planes`]; `partial [MAPS, GROUPS, 4]` holds min, max, count of
//! non-finite numbers and sum; `merged [4]` or `[MAPS, 4]` holds lo, hi, that count and the mean.
//! NaN and infinity are counted and otherwise left out, so that one bad number does not take the
//! colours of all others.

use super::arithmetic::number;
use super::{OpError, dim, limit_elements};
use crate::gpu::fold;
use crate::gpu::{
    Backward, Case, DType, Fill, Kernel, Plan, Slot, Tensor, Tolerance, Trace, Variant, always, anywhere,
};

/// A tensor seen as maps of rows and columns: map `m`, row `i`, column `j` is element
/// `offset + m·map_stride + i·row_stride + j·column_stride`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planes {
    /// First element.
    pub offset: usize,
    /// Number of maps.
    pub maps: usize,
    /// Rows of a map.
    pub h: usize,
    /// Columns of a map.
    pub w: usize,
    /// Elements from a map to the next.
    pub map_stride: usize,
    /// Elements from a row to the next.
    pub row_stride: usize,
    /// Elements from a column to the next.
    pub column_stride: usize,
}

impl Planes {
    /// `[…, H, W]`: the last two axes are the map, all others count maps. A vector is one row.
    pub fn planar(shape: &[usize]) -> Self {
        let w = shape.last().copied().unwrap_or(1);
        let h = if shape.len() > 1 { shape[shape.len() - 2] } else { 1 };
        let maps = shape[..shape.len().saturating_sub(2)].iter().product();
        Self { offset: 0, maps, h, w, map_stride: h * w, row_stride: w, column_stride: 1 }
    }

    /// `[H, W, C]`: a map for each channel.
    pub fn interleaved(shape: [usize; 3]) -> Self {
        let [h, w, c] = shape;
        Self { offset: 0, maps: c, h, w, map_stride: 1, row_stride: w * c, column_stride: c }
    }

    /// `count` maps from map `first` on.
    #[must_use]
    pub fn maps(self, first: usize, count: usize) -> Self {
        Self { offset: self.offset + first * self.map_stride, maps: count, ..self }
    }

    /// Rows and columns exchanged.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { h: self.w, w: self.h, row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }

    /// Index into the tensor.
    pub fn at(&self, map: usize, row: usize, column: usize) -> usize {
        self.offset + map * self.map_stride + row * self.row_stride + column * self.column_stride
    }

    /// Rows joined into one where they follow each other without a gap, which saves the kernels a
    /// division for every element.
    fn flattened(self) -> Self {
        if self.row_stride == self.w * self.column_stride {
            Self { h: 1, w: self.h * self.w, ..self }
        } else {
            self
        }
    }

    /// Refuses a view without elements and one that reaches past `len` elements.
    pub(crate) fn check(&self, op: &'static str, len: usize) -> Result<(), OpError> {
        for (value, what) in
            [(self.maps, "the number of maps"), (self.h, "the height"), (self.w, "the width")]
        {
            if value == 0 {
                return Err(OpError::Zero { what });
            }
        }
        limit_elements(op, &[len])?;
        limit_elements(op, &[self.maps, self.h, self.w])?;
        let last = self.at(self.maps - 1, self.h - 1, self.w - 1);
        if last >= len {
            let want = format!("a view whose last element is number {last}");
            return Err(OpError::Shape { op, what: "x", have: vec![len], want });
        }
        Ok(())
    }
}

/// Invocations of a workgroup, each making one partial range.
const LANES: usize = 64;
/// Elements of an invocation, unless there are too many of them.
const STEPS: usize = 64;
/// Workgroups of a map at most: what is left to merge stays small.
const MAX_BLOCKS: usize = 256;

crate::params! {
    /// Partial ranges of the maps of a tensor.
    RangePartial {
        /// Elements of the tensor.
        len: u32,
        /// First element of the view.
        offset: u32,
        /// Maps.
        maps: u32,
        /// Rows of a map; 1 where rows follow each other without a gap.
        h: u32,
        /// Columns of a map.
        w: u32,
        /// Elements from a map to the next.
        map_stride: u32,
        /// Elements from a row to the next.
        row_stride: u32,
        /// Elements from a column to the next.
        column_stride: u32,
        /// Elements of an invocation.
        steps: u32,
        /// Workgroups of a map.
        blocks: u32,
    }
}

impl RangePartial {
    /// Shape rule, for a tensor of `len` elements.
    pub fn new(len: usize, view: &Planes) -> Result<Self, OpError> {
        view.check("range_partial", len)?;
        let view = view.flattened();
        let elements = view.h * view.w;
        let steps = elements.div_ceil(LANES * MAX_BLOCKS).max(STEPS);
        Ok(Self {
            len: dim(len),
            offset: dim(view.offset),
            maps: dim(view.maps),
            h: dim(view.h),
            w: dim(view.w),
            map_stride: dim(view.map_stride),
            row_stride: dim(view.row_stride),
            column_stride: dim(view.column_stride),
            steps: dim(steps),
            blocks: dim(elements.div_ceil(LANES * steps)),
        })
    }

    /// Partial ranges of a map.
    pub fn groups(&self) -> usize {
        self.blocks as usize * LANES
    }

    /// Indices into x that partial range `index` covers.
    pub fn reads(&self, index: usize) -> Vec<usize> {
        let [w, steps] = [self.w, self.steps].map(|v| v as usize);
        let elements = self.h as usize * w;
        let (map, group) = (index / self.groups(), index % self.groups());
        let (block, lane) = (group / LANES, group % LANES);
        (0..steps)
            .map(|step| (block * steps + step) * LANES + lane)
            .take_while(|&i| i < elements)
            .map(|i| {
                let (row, column) = (i / w, i % w);
                (self.offset + dim(map) * self.map_stride) as usize
                    + row * self.row_stride as usize
                    + column * self.column_stride as usize
            })
            .collect()
    }
}

/// min, max, non-finite count and sum of the finite of some numbers; ±[`f32::MAX`] where none is.
fn summary(values: impl Iterator<Item = f64>) -> [f64; 4] {
    let largest = f64::from(f32::MAX);
    values.fold([largest, -largest, 0.0, 0.0], |[low, high, bad, sum], x| {
        if x.is_finite() { [low.min(x), high.max(x), bad, sum + x] } else { [low, high, bad + 1.0, sum] }
    })
}

/// Names of the four numbers of a partial range.
const PARTS: [&str; 4] = ["smallest", "largest", "not finite", "sum"];

/// First stage: partial ranges.
pub static RANGE_PARTIAL: Kernel<RangePartial> = Kernel {
    name: "range_partial",
    about: "min, max, non-finite count and sum of every 64th element of a stretch of each map",
    ins: &[Slot::input("x", |p| p.len as usize)],
    outs: &[Slot::output("partial", |p| p.maps as usize * p.groups() * 4)],
    reference: |p, ins, outs| {
        for (index, part) in outs[0].chunks_exact_mut(4).enumerate() {
            part.copy_from_slice(&summary(p.reads(index).into_iter().map(|at| ins[0][at])));
        }
    },
    backward: Backward::None("statistics of a picture, which nothing is trained by"),
    trace: Some(|p, ins, _, index| {
        let reads = p.reads(index / 4);
        let parts = summary(reads.iter().map(|&at| f64::from(ins[0][at])));
        let line = format!("{} of {} elements: {}", PARTS[index % 4], reads.len(), number(parts[index % 4]));
        Trace { reads: reads.into_iter().map(|at| (0, at)).collect(), lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("viz/range_partial"),
        groups: |p| fold(p.maps as usize * p.groups(), 64),
        fits: anywhere,
        can: always,
    }],
    cases: partial_cases,
    tolerance: Tolerance::SUMS,
    flops: |p| 3.0 * f64::from(p.maps) * f64::from(p.h) * f64::from(p.w),
};

fn partial_cases() -> Vec<Case<RangePartial>> {
    let case = |name, len, view: Planes, fill| {
        let params = RangePartial::new(len, &view).expect("the cases have valid shapes");
        Case::normal(name, params, 1).fills(vec![fill])
    };
    let normal = || Fill::Normal(1.0);
    let map = |h, w| Planes::planar(&[h, w]);
    let bad = vec![f32::NAN, 1.5, f32::INFINITY, -2.0, f32::NEG_INFINITY, 0.0, 0.25];
    vec![
        case("one element", 1, map(1, 1), normal()),
        case("65 elements", 65, map(1, 65), normal()),
        case("5 maps of 7x9", 5 * 63, Planes::planar(&[5, 7, 9]), normal()),
        case("maps 1 and 2 of 4", 4 * 63, Planes::planar(&[4, 7, 9]).maps(1, 2), normal()),
        case("interleaved", 11 * 13 * 3, Planes::interleaved([11, 13, 3]), normal()),
        case("a block of a matrix", 400, Planes { offset: 45, h: 7, w: 5, ..map(20, 20) }, normal()),
        case(
            "transposed block",
            400,
            Planes { offset: 45, h: 7, w: 5, ..map(20, 20) }.transposed(),
            normal(),
        ),
        case("NaN and infinity", 211, map(1, 211), Fill::Values(bad)),
        case("all NaN", 130, map(10, 13), Fill::Values(vec![f32::NAN])),
        case("extreme values", 1000, map(10, 100), Fill::Extreme),
        case("largest numbers", 64, map(8, 8), Fill::Values(vec![f32::MAX, f32::MIN])),
        case("more than 2^20 elements", 1_100_000, map(1000, 1100), normal()),
        case("16 maps of 224²", 16 * 224 * 224, Planes::planar(&[16, 224, 224]), normal()).timed(),
    ]
}

crate::params! {
    /// Merger of partial ranges.
    RangeMerge {
        /// Ranges to make.
        outputs: u32,
        /// Partial ranges of each.
        count: u32,
        /// Numbers behind each.
        elements: u32,
    }
}

impl RangeMerge {
    /// Shape rule, for partial ranges `[MAPS, GROUPS, 4]` of maps of `elements` numbers each.
    pub fn new(partial: &[usize], elements: usize, per_map: bool) -> Result<Self, OpError> {
        let &[maps, groups, 4] = partial else {
            let (have, want) = (partial.to_vec(), "[MAPS, GROUPS, 4]".into());
            return Err(OpError::Shape { op: "range_merge", what: "partial", have, want });
        };
        limit_elements("range_merge", partial)?;
        let (outputs, joined) = if per_map { (maps, 1) } else { (1, maps) };
        Ok(Self { outputs: dim(outputs), count: dim(joined * groups), elements: dim(joined * elements) })
    }
}

fn merged(p: &RangeMerge, partials: impl Iterator<Item = [f64; 4]>) -> [f64; 4] {
    let [low, high, bad, sum] = partials
        .fold(summary(std::iter::empty()), |a, b| [a[0].min(b[0]), a[1].max(b[1]), a[2] + b[2], a[3] + b[3]]);
    let finite = f64::from(p.elements) - bad;
    if finite > 0.0 { [low, high, bad, sum / finite] } else { [0.0, 0.0, bad, 0.0] }
}

/// Second stage: lo, hi, non-finite count and mean.
pub static RANGE_MERGE: Kernel<RangeMerge> = Kernel {
    name: "range_merge",
    about: "lo, hi, non-finite count and mean from partial ranges",
    ins: &[Slot::input("partial", |p| (p.outputs * p.count * 4) as usize)],
    outs: &[Slot::output("merged", |p| (p.outputs * 4) as usize)],
    reference: |p, ins, outs| {
        let each = p.count as usize * 4;
        for (range, partials) in outs[0].chunks_exact_mut(4).zip(ins[0].chunks_exact(each)) {
            let partials = partials.chunks_exact(4).map(|v| [v[0], v[1], v[2], v[3]]);
            range.copy_from_slice(&merged(p, partials));
        }
    },
    backward: Backward::None("statistics of a picture, which nothing is trained by"),
    trace: Some(|p, ins, _, index| {
        let first = index / 4 * p.count as usize * 4;
        let reads: Vec<_> = (0..p.count as usize).map(|i| first + i * 4 + index % 4).collect();
        let part = ["smallest", "largest", "not finite", "mean"][index % 4];
        let partials = ins[0][first..].chunks_exact(4).take(p.count as usize);
        let all = merged(p, partials.map(|v| [v[0], v[1], v[2], v[3]].map(f64::from)));
        let line = format!("{part} of {} numbers: {}", p.elements, number(all[index % 4]));
        Trace { reads: reads.into_iter().map(|at| (0, at)).collect(), lines: vec![line] }
    }),
    variants: &[Variant {
        name: "plain",
        shader: crate::shader!("viz/range_merge"),
        groups: |p| fold(p.outputs as usize, 1),
        fits: anywhere,
        can: always,
    }],
    cases: merge_cases,
    tolerance: Tolerance::SUMS,
    flops: |p| 4.0 * f64::from(p.outputs) * f64::from(p.count),
};

fn merge_cases() -> Vec<Case<RangeMerge>> {
    let case = |name, maps, groups, elements, per_map, values: &[f32]| {
        let params =
            RangeMerge::new(&[maps, groups, 4], elements, per_map).expect("the cases have valid shapes");
        Case::normal(name, params, 1).fills(vec![Fill::Values(values.to_vec())])
    };
    // min, max, bad, sum, again and again.
    let ordinary = [-1.0, 2.0, 0.0, 1.5, 0.25, 0.5, 3.0, -2.0, -7.0, -6.5, 0.0, 1.0];
    let none = [f32::MAX, f32::MIN, 1.0, 0.0];
    vec![
        case("one partial", 1, 1, 5, true, &ordinary),
        case("65 partials", 1, 65, 4000, true, &ordinary),
        case("5 maps, a range each", 5, 64, 1000, true, &ordinary),
        case("5 maps, one range", 5, 64, 1000, false, &ordinary),
        case("no finite number", 3, 64, 64, true, &none),
        case("70,000 outputs", 70_000, 2, 30, true, &ordinary),
        case("16 maps of 224²", 16, 832, 224 * 224, false, &ordinary).timed(),
    ]
}

/// Records the first stage: partial ranges `[MAPS, GROUPS, 4]`, to be merged by [`range_merge`] once
/// or, for a common and an own range of each map, twice.
pub fn range_partial(plan: &mut Plan, x: &Tensor, view: &Planes) -> Result<Tensor, OpError> {
    let p = RangePartial::new(x.len(), view)?;
    let partial = plan.temporary("partial ranges", &[view.maps, p.groups(), 4], DType::F32);
    plan.push(&RANGE_PARTIAL, p, &[Some(x)], &[&partial]);
    Ok(partial)
}

/// Records the second stage: `[MAPS, 4]` with `per_map`, otherwise `[4]`: lo, hi, non-finite count
/// and mean. `view` is what `partial` was made with.
pub fn range_merge(
    plan: &mut Plan,
    partial: &Tensor,
    view: &Planes,
    per_map: bool,
) -> Result<Tensor, OpError> {
    let p = RangeMerge::new(&partial.shape, view.h * view.w, per_map)?;
    let shape: &[usize] = if per_map { &[view.maps, 4] } else { &[4] };
    let merged = plan.temporary("range", shape, DType::F32);
    plan.push(&RANGE_MERGE, p, &[Some(partial)], &[&merged]);
    Ok(merged)
}

/// Records both stages: lo, hi, non-finite count and mean, `[4]` or with `per_map` `[MAPS, 4]`.
pub fn range(plan: &mut Plan, x: &Tensor, view: &Planes, per_map: bool) -> Result<Tensor, OpError> {
    let partial = range_partial(plan, x, view)?;
    range_merge(plan, &partial, view, per_map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::{Externals, Runtime, Session};

    fn ranges(shape: &[usize], values: Vec<f32>, view: &Planes, per_map: bool) -> Vec<f32> {
        let mut plan = Plan::new();
        let x = plan.constant("x", shape, values);
        let y = range(&mut plan, &x, view, per_map).unwrap();
        let session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
        session.run();
        session.read(y.buf).unwrap()
    }

    #[test]
    fn non_finite_numbers_are_counted_and_left_out() {
        let values = vec![f32::NAN, 3.0, -1.0, f32::INFINITY];
        assert_eq!(ranges(&[4], values, &Planes::planar(&[4]), false), [-1.0, 3.0, 2.0, 1.0]);
        assert_eq!(ranges(&[2], vec![f32::NAN; 2], &Planes::planar(&[2]), false), [0.0, 0.0, 2.0, 0.0]);
    }

    #[test]
    fn maps_get_their_own_range_or_share_one() {
        let values: Vec<f32> = (0..12_u8).map(f32::from).collect();
        let view = Planes::planar(&[3, 2, 2]);
        let own = ranges(&[3, 2, 2], values.clone(), &view, true);
        assert_eq!(own, [0.0, 3.0, 0.0, 1.5, 4.0, 7.0, 0.0, 5.5, 8.0, 11.0, 0.0, 9.5]);
        assert_eq!(ranges(&[3, 2, 2], values.clone(), &view, false), [0.0, 11.0, 0.0, 5.5]);
        let channel = Planes::interleaved([2, 2, 3]).maps(1, 1);
        assert_eq!(ranges(&[2, 2, 3], values, &channel, false), [1.0, 10.0, 0.0, 5.5]);
    }

    #[test]
    fn views_past_the_end_are_refused() {
        let past = Planes { offset: 1, ..Planes::planar(&[2, 2]) };
        assert!(matches!(RangePartial::new(4, &past), Err(OpError::Shape { .. })));
        assert!(matches!(RangePartial::new(4, &Planes::planar(&[0, 2])), Err(OpError::Zero { .. })));
        assert!(RangePartial::new(4, &Planes::planar(&[2, 2]).transposed()).is_ok());
    }
}
