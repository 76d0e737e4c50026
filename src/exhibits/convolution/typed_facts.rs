//! What is said of the types of convolution, held on the reference and on the adapter.

use super::channels::lift;
use super::typed::{CHANNELS, FRAMES, Kind, Spec};
use super::typed_recorded::{Made, measure, record};
use crate::exhibits::Inputs;
use crate::exhibits::filters::Filter;
use crate::gpu::{AdapterChoice, Externals, Gpu, Plan, Runtime, Session, Tensor, largest_difference};
use crate::ops::conv::{Conv, ConvOptions, conv1d, conv2d};
use crate::ops::layout::{narrow, transpose};
use crate::settings::Choice;

/// Rounding of sums of some hundred products of numbers below 2.
const ROUNDING: f32 = 2e-5;
/// Side of the piece of the photo that is convolved.
const SIDE: usize = 26;

/// A setting of every knob.
pub(super) fn spec() -> Spec {
    Spec {
        size: 3,
        stride: 2,
        dilation: 2,
        padding: 1,
        output_padding: 0,
        groups: 3,
        shift: 2,
        offsets: vec![0.0; 18],
        filter: Filter::Edges,
        angle: 45.0,
        own: vec![0.0, -1.0, 0.0, -1.0, 4.0, -1.0, 0.0, -1.0, 0.0],
    }
}

/// Six channels of a piece of the photo, `[1, 6, 24, 24]`.
fn channels(plan: &mut Plan) -> Tensor {
    let photo = plan.constant("photo", &[1, 3, SIDE, SIDE], Inputs::default().photo(SIDE));
    let w = plan.constant("lifting weights", &[CHANNELS, 3, 3, 3], lift(3));
    conv2d(plan, &photo, &w, None, &Conv::default()).unwrap()
}

/// The numbers of some tensors of a plan, on the reference and on the adapter; without one, which has to be allowed,
/// on the reference alone.
fn computed(plan: &Plan, wanted: &[&Tensor]) -> Vec<Vec<Vec<f32>>> {
    let allowed = std::env::var_os("GLASSBOX_ALLOW_NO_ADAPTER").is_some();
    let mut runtimes = vec![Runtime::Reference];
    match Gpu::open(&AdapterChoice::default()) {
        Ok(gpu) => runtimes.push(Runtime::Gpu(gpu)),
        Err(e) => assert!(allowed, "{e}"),
    }
    let run = |runtime: &Runtime| {
        let session = Session::new(runtime, plan.clone(), &Externals::new()).unwrap();
        session.run();
        wanted.iter().map(|tensor| session.read(tensor.buf).unwrap()).collect()
    };
    runtimes.iter().map(run).collect()
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    largest_difference(a, b) as f32
}

/// Whether two types, each under its settings, give the same numbers, and not only zeros.
fn same(one: (Kind, Spec), two: (Kind, Spec)) {
    let mut plan = Plan::new();
    let x = channels(&mut plan);
    let [a, b] = [&one, &two].map(|(kind, spec)| record(&mut plan, &x, *kind, spec, FRAMES[0]).unwrap().y);
    for values in computed(&plan, &[&a, &b]) {
        let d = apart(&values[0], &values[1]);
        assert!(d <= ROUNDING, "{} and {} differ by {d}", one.0.name(), two.0.name());
        assert!(values[0].iter().any(|v| v.abs() > 0.05), "{} gives nothing", one.0.name());
    }
}

#[test]
fn one_group_is_standard_and_six_are_depthwise() {
    same((Kind::Grouped, Spec { groups: 1, ..spec() }), (Kind::Standard, spec()));
    same((Kind::Grouped, Spec { groups: 6, ..spec() }), (Kind::Depthwise, spec()));
}

#[test]
fn settings_that_change_nothing_give_the_standard_layer() {
    same((Kind::Strided, Spec { stride: 1, ..spec() }), (Kind::Standard, spec()));
    same((Kind::Dilated, Spec { dilation: 1, ..spec() }), (Kind::Standard, spec()));
    same((Kind::Deformable, spec()), (Kind::Standard, spec()));
    let one = Spec { size: 1, padding: 0, ..spec() };
    same((Kind::Pointwise, one.clone()), (Kind::Standard, one));
}

#[test]
fn a_column_and_a_row_are_the_whole_of_a_separable_filter() {
    for filter in [Filter::Blur, Filter::Edges, Filter::Centre] {
        let spec = Spec { filter, size: 5, padding: 2, ..spec() };
        same((Kind::Spatial, spec.clone()), (Kind::Standard, spec));
    }
    // Of others a part is lost, and it is measured.
    let lost = |filter| {
        let spec = Spec { filter, ..spec() };
        let mut plan = Plan::new();
        let x = channels(&mut plan);
        let made = record(&mut plan, &x, Kind::Spatial, &spec, FRAMES[0]).unwrap();
        let measured = measure(&mut plan, &x, &made, &spec).unwrap().unwrap();
        computed(&plan, &[&measured])
            .into_iter()
            .map(|values| values[0][0] / values[0][1])
            .collect::<Vec<_>>()
    };
    assert!(lost(Filter::Blur).iter().all(|share| *share <= 1e-5));
    assert!(lost(Filter::Sharpen).iter().all(|share| *share > 0.02));
}

#[test]
fn the_separable_layer_is_its_two_stages() {
    // Mixed in the same way, so that one filter for all outputs makes it the standard layer.
    same((Kind::Separable, spec()), (Kind::Standard, spec()));
}

#[test]
fn moved_taps_read_between_the_pixels() {
    let mut plan = Plan::new();
    let x = channels(&mut plan);
    // All taps half a cell down: the mean of the map and of the map a row further.
    let half = Spec { offsets: [0.5, 0.0].repeat(9), padding: 0, ..spec() };
    let whole = Spec { offsets: [1.0, 0.0].repeat(9), ..half.clone() };
    let still = Spec { offsets: vec![0.0; 18], ..half.clone() };
    let [a, b, c] = [&still, &half, &whole].map(|s| record(&mut plan, &x, Kind::Deformable, s, 1).unwrap().y);
    let rows = a.shape[2];
    let inner = |plan: &mut Plan, y: &Tensor, from: usize| narrow(plan, y, 2, from, rows - 1).unwrap();
    let further = inner(&mut plan, &a, 1);
    let [first, middle, last] = [&a, &b, &c].map(|y| inner(&mut plan, y, 0));
    for values in computed(&plan, &[&first, &middle, &last, &further]) {
        assert!(apart(&values[2], &values[3]) <= ROUNDING, "a whole cell is the next row");
        let mean: Vec<f32> = values[0].iter().zip(&values[2]).map(|(a, b)| (a + b) / 2.0).collect();
        assert!(apart(&values[1], &mean) <= ROUNDING, "half a cell is the mean");
    }
}

#[test]
fn what_comes_later_changes_nothing_before_in_a_causal_layer() {
    let share = |kind: Kind| {
        let mut plan = Plan::new();
        let x = channels(&mut plan);
        let made = record(&mut plan, &x, kind, &spec(), 1).unwrap();
        assert_eq!(made.output(), made.input(), "{}", kind.name());
        let measured = measure(&mut plan, &x, &made, &spec()).unwrap().unwrap();
        computed(&plan, &[&measured])
            .into_iter()
            .map(|values| (values[0][0], values[0][1]))
            .collect::<Vec<_>>()
    };
    assert!(share(Kind::Causal).iter().all(|(changed, whole)| *changed == 0.0 && *whole > 0.1));
    assert!(share(Kind::Line).iter().all(|(changed, _)| *changed > 0.01));
}

#[test]
fn rows_that_are_sequences_are_a_one_dimensional_layer() {
    let (mut plan, spec) = (Plan::new(), spec());
    let x = channels(&mut plan);
    let [rows, columns] = [x.shape[2], x.shape[3]];
    let made = record(&mut plan, &x, Kind::Line, &spec, 1).unwrap();
    let sequences = transpose(&mut plan, &x, &[2, 1, 0, 3]).unwrap().view(&[rows, CHANNELS, columns]);
    let w = plan.constant("kernel", &[CHANNELS, CHANNELS, 3], spec.layer(Kind::Line, 1));
    let options = ConvOptions { pad: vec![1, 1], ..ConvOptions::new(1) };
    let y = conv1d(&mut plan, &sequences, &w, None, &options).unwrap();
    let picture = transpose(&mut plan, &made.y, &[2, 1, 0, 3]).unwrap();
    for values in computed(&plan, &[&picture, &y]) {
        assert!(apart(&values[0], &values[1]) <= ROUNDING);
    }
}

#[test]
fn cells_are_written_as_often_as_windows_overlap() {
    for (size, stride, most, least) in [
        (3, 2, 4.0, 1.0),
        (4, 2, 4.0, 4.0),
        (5, 2, 9.0, 4.0),
        (6, 3, 4.0, 4.0),
        (3, 1, 9.0, 9.0),
        (2, 3, 1.0, 0.0),
    ] {
        let spec = Spec { size, stride, padding: 0, ..spec() };
        let mut plan = Plan::new();
        let x = channels(&mut plan);
        let made = record(&mut plan, &x, Kind::Transposed, &spec, 1).unwrap();
        let side = 24_usize.div_ceil(stride);
        assert_eq!(made.output(), [(side - 1) * stride + size; 2]);
        let measured = measure(&mut plan, &x, &made, &spec).unwrap().unwrap();
        for values in computed(&plan, &[&measured]) {
            assert_eq!(values[0], [most, least], "kernel {size}, stride {stride}");
        }
    }
}

#[test]
fn a_single_frame_of_the_window_is_a_flat_layer() {
    let (mut plan, spec) = (Plan::new(), Spec { shift: 1, ..spec() });
    let x = channels(&mut plan);
    let made = record(&mut plan, &x, Kind::Volume, &spec, FRAMES[0]).unwrap();
    assert_eq!(made.y.shape[2], FRAMES[0] + 1 - FRAMES[1]);
    // The weights over time are −½, 0, ½: half the difference of the same flat layer on two frames.
    let [high, wide] = made.input();
    let flat = |plan: &mut Plan, frame: usize| {
        let x = narrow(plan, &made.x, 2, frame, 1).unwrap().view(&[1, CHANNELS, high, wide]);
        record(plan, &x, Kind::Standard, &spec, 1).unwrap().y
    };
    let [before, after] = [1, 3].map(|frame| flat(&mut plan, frame));
    let middle = narrow(&mut plan, &made.y, 2, 1, 1).unwrap();
    for values in computed(&plan, &[&middle, &before, &after]) {
        let half: Vec<f32> = values[1].iter().zip(&values[2]).map(|(a, b)| (b - a) / 2.0).collect();
        assert!(apart(&values[0], &half) <= ROUNDING);
    }
}

#[test]
fn what_does_not_move_gives_nothing() {
    let largest = |shift: usize| {
        let (mut plan, spec) = (Plan::new(), Spec { shift, ..spec() });
        let x = channels(&mut plan);
        let made = record(&mut plan, &x, Kind::Volume, &spec, FRAMES[0]).unwrap();
        let measured = measure(&mut plan, &x, &made, &spec).unwrap().unwrap();
        computed(&plan, &[&measured]).into_iter().map(|v| v[0][0].max(-v[0][1])).collect::<Vec<_>>()
    };
    assert!(largest(0).iter().all(|most| *most <= ROUNDING));
    assert!(largest(2).iter().all(|most| *most > 0.05));
}

/// Outputs that change when one input does.
fn changed(kind: Kind, spec: &Spec, input: [usize; 2]) -> Vec<Vec<[usize; 2]>> {
    let side = 20;
    let mut plan = Plan::new();
    let mut made: Vec<Made> = Vec::new();
    for value in [0.0, 1.0] {
        let mut numbers = vec![0.0; CHANNELS * side * side];
        numbers[input[0] * side + input[1]] = value;
        let x = plan.constant(if value > 0.0 { "one" } else { "none" }, &[1, CHANNELS, side, side], numbers);
        made.push(record(&mut plan, &x, kind, spec, 1).unwrap());
    }
    let [_, w] = made[0].output();
    let places = made[0].output()[0] * w;
    computed(&plan, &[&made[0].y, &made[1].y])
        .iter()
        .map(|v| (0..places).filter(|i| v[0][*i] != v[1][*i]).map(|i| [i / w, i % w]).collect())
        .collect()
}

#[test]
fn what_is_outlined_as_a_reader_changes_with_its_input() {
    // No weight of it is 0.
    let own = (1..10).map(|i| i as f32 / 10.0).collect();
    let spec = Spec { filter: Filter::Own, own, dilation: 3, ..spec() };
    let moved = Spec { offsets: (0..18).map(|i| (i * 7 % 11) as f32 / 8.0 - 0.6).collect(), ..spec.clone() };
    for kind in [
        Kind::Standard,
        Kind::Strided,
        Kind::Dilated,
        Kind::Transposed,
        Kind::Deformable,
        Kind::Depthwise,
        Kind::Separable,
        Kind::Line,
        Kind::Causal,
    ] {
        let spec = if kind == Kind::Deformable { &moved } else { &spec };
        // The transposed one reads every second row and column.
        let read = if kind == Kind::Transposed { [4, 5] } else { [8, 10] };
        for got in changed(kind, spec, [8, 10]) {
            let [h, w] = if kind == Kind::Transposed { [19, 19] } else { [40, 40] };
            let mut want = spec.reads(kind).readers(read, [h, w]);
            let most = got.iter().fold([0, 0], |most, at| [most[0].max(at[0]), most[1].max(at[1])]);
            want.retain(|at| at[0] <= most[0] && at[1] <= most[1]);
            assert_eq!(got, want, "{}", kind.name());
        }
    }
}
