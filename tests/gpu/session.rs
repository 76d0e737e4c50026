//! Sessions: resident plans, buffers that come back, readbacks that do not block.

use std::time::{Duration, Instant};

use glassbox::gpu::{
    DType, Data, Externals, GpuError, OWN_BYTES, Plan, Probe, Runtime, Session, StepId, Tensor, Waiting,
    compare, reference,
};
use glassbox::ops::affine::affine;
use glassbox::ops::dropout::{DropoutOptions, dropout};
use glassbox::ops::unary::{Act, activation};

const LEN: usize = 1000;
const SILU: Act = Act { kind: 8, a: 0.0 };

fn values() -> Data {
    (0..LEN).map(|i| i as f32 / 100.0 - 5.0).collect::<Vec<f32>>().into()
}

/// `act(x)`; plans over the same data have the same structure.
fn plan(x: &Data, act: Act) -> (Plan, Tensor) {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[LEN], x.clone());
    let y = activation(&mut plan, &x, act);
    (plan, y)
}

fn agrees(got: &[f32], x: &Data, act: Act) -> bool {
    let want = x.to_f64().into_iter().map(|x| act.apply(x));
    got.len() == LEN && got.iter().zip(want).all(|(&g, w)| (f64::from(g) - w).abs() < 1e-5)
}

#[test]
fn adopting_other_parameters_gives_the_other_result_in_the_same_buffer() {
    let Some(gpu) = super::shared() else { return };
    let x = values();
    let (gelu, y) = plan(&x, Act::GELU);
    let (silu, _) = plan(&x, SILU);
    let mut session = Session::new(&Runtime::Gpu(gpu.clone()), gelu, &Externals::new()).unwrap();
    session.run();
    assert!(agrees(&session.read(y.buf).unwrap(), &x, Act::GELU));

    let before = session.buffer(y.buf).unwrap().buffer.clone();
    assert!(session.adopt(&silu).is_some());
    session.run();
    assert!(agrees(&session.read(y.buf).unwrap(), &x, SILU));
    assert!(*before == *session.buffer(y.buf).unwrap().buffer);
}

#[test]
fn a_plan_of_another_structure_is_not_adopted() {
    let Some(gpu) = super::shared() else { return };
    let x = values();
    let (first, y) = plan(&x, Act::RELU);
    let mut session = Session::new(&Runtime::Gpu(gpu.clone()), first, &Externals::new()).unwrap();
    let (mut longer, end) = plan(&x, SILU);
    activation(&mut longer, &end, SILU);
    assert!(session.adopt(&longer).is_none(), "one step more");
    let mut shorter = Plan::new();
    let x2 = shorter.constant("x", &[LEN - 1], vec![0.0_f32; LEN - 1]);
    activation(&mut shorter, &x2, SILU);
    assert!(session.adopt(&shorter).is_none(), "another length");
    session.run();
    assert!(agrees(&session.read(y.buf).unwrap(), &x, Act::RELU));
}

/// As many values as `len`, so that each differs between two seeds.
fn filled(len: usize, seed: f32) -> Data {
    (0..len).map(|i| seed + (i % 97) as f32).collect::<Vec<f32>>().into()
}

/// `2·x + 0`, as long as `x`.
fn doubled(x: &Data) -> (Plan, Tensor, Tensor) {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[x.len()], x.clone());
    let y = affine(&mut plan, &x, 2.0, 0.0);
    (plan, x, y)
}

fn is_doubled(session: &Session, y: &Tensor, x: &Data) -> bool {
    let got = session.read(y.buf).unwrap();
    got.len() == x.len() && got.iter().zip(x.to_f64()).all(|(&g, x)| f64::from(g) == 2.0 * x)
}

/// More elements than a session keeps to itself.
const LARGE: usize = OWN_BYTES as usize / 4 + 1000;

#[test]
fn two_threads_that_run_in_parts_do_not_mix_them() {
    let Some(gpu) = super::open() else { return };
    std::thread::scope(|scope| {
        // Of two lengths, so that a part of the one is none of the other.
        for len in [LARGE, LARGE * 3] {
            let gpu = &gpu;
            scope.spawn(move || {
                let x = filled(len, 1.0);
                let (plan, _, y) = doubled(&x);
                let mut session = Session::new(&Runtime::Gpu(gpu.clone()), plan, &Externals::new()).unwrap();
                for _ in 0..30 {
                    session.write(y.buf, &vec![0; len * 4]);
                    let mut waiting = Waiting::new(vec![true]);
                    let piece = session.cost(0).millis / 8.0;
                    while session.advance(&mut waiting, piece, None) {}
                    assert!(is_doubled(&session, &y, &x));
                }
            });
        }
    });
    assert_eq!(gpu.take_errors(), Vec::<String>::new());
}

#[test]
fn changed_constants_are_seen_by_all_who_hold_the_buffer() {
    let Some(gpu) = super::shared() else { return };
    let runtime = Runtime::Gpu(gpu.clone());
    for len in [LEN, LARGE] {
        let (a, b) = (filled(len, 0.0), filled(len, 0.5));
        let (first, x, y) = doubled(&a);
        let mut session = Session::new(&runtime, first, &Externals::new()).unwrap();
        session.run();
        assert!(is_doubled(&session, &y, &a));
        let mut second = Plan::new();
        let lent = second.external("lent", &[len], DType::F32);
        let z = affine(&mut second, &lent, 2.0, 0.0);
        let externals = Externals::from([(lent.buf, session.share(x.buf))]);
        let reader = Session::new(&runtime, second, &externals).unwrap();
        assert!(session.adopt(&doubled(&b).0).is_some(), "{len}");
        session.run();
        reader.run();
        assert!(is_doubled(&session, &y, &b) && is_doubled(&reader, &z, &b), "{len}");
        // A later session with the old data gets the old data.
        let (again, _, y) = doubled(&a);
        let other = Session::new(&runtime, again, &Externals::new()).unwrap();
        other.run();
        session.run();
        assert!(is_doubled(&other, &y, &a) && is_doubled(&session, &y, &b), "{len}");
    }
}

#[test]
fn what_another_session_uses_is_never_overwritten() {
    let Some(gpu) = super::shared() else { return };
    let runtime = Runtime::Gpu(gpu.clone());
    let at = |session: &Session, x: &Tensor| (*session.buffer(x.buf).unwrap().buffer).clone();
    for (len, shared) in [(LEN, false), (LARGE, true)] {
        let (a, b) = (filled(len, 0.0), filled(len, 0.5));
        let (plan, x, y) = doubled(&a);
        let mut first = Session::new(&runtime, plan.clone(), &Externals::new()).unwrap();
        let second = Session::new(&runtime, plan, &Externals::new()).unwrap();
        assert_eq!(at(&first, &x) == at(&second, &x), shared);
        assert_eq!(first.adopt(&doubled(&b).0).is_some(), !shared, "{len}");
        first.run();
        second.run();
        assert!(is_doubled(&first, &y, if shared { &a } else { &b }) && is_doubled(&second, &y, &a));
        // Alone, it may.
        drop(second);
        assert!(first.adopt(&doubled(&b).0).is_some(), "{len}");
        first.run();
        assert!(is_doubled(&first, &y, &b));
    }
}

#[test]
fn equal_constants_are_not_uploaded() {
    let Some(gpu) = super::shared() else { return };
    let (plan, x, y) = doubled(&filled(LEN, 0.0));
    let mut session = Session::new(&Runtime::Gpu(gpu.clone()), plan, &Externals::new()).unwrap();
    // What lies there now tells whether it was written again.
    session.write(x.buf, bytemuck::cast_slice(&vec![4.0_f32; LEN]));
    assert!(session.adopt(&doubled(&filled(LEN, 0.0)).0).is_some(), "other allocation, same values");
    session.run();
    assert!(session.read(y.buf).unwrap().iter().all(|&y| y == 8.0));
}

#[test]
fn a_step_changes_its_variant_in_place() {
    let Some(gpu) = super::shared() else { return };
    let x = values();
    // Dropping single elements and dropping whole channels are two variants over equal buffers.
    let make = |inner: usize| {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[LEN], x.clone());
        let options = DropoutOptions { inner, seed: 5, ..DropoutOptions::default() };
        let (y, _) = dropout(&mut plan, &x, &options).unwrap();
        (plan, y)
    };
    let pick = |plan: &Plan| plan.steps[0].kernel.pick(&plan.steps[0].params, &gpu.profile);
    let (single, y) = make(1);
    let (channels, _) = make(10);
    assert_ne!(pick(&single), pick(&channels));
    let mut session = Session::new(&Runtime::Gpu(gpu.clone()), single.clone(), &Externals::new()).unwrap();
    let id = session.id();
    for plan in [&single, &channels, &single] {
        assert!(session.adopt(plan).is_some());
        session.run();
        assert_eq!(session.variant(StepId(0)), Some(pick(plan)));
        let want = reference::run(plan, &Default::default());
        let tolerance = plan.steps[0].kernel.tolerance();
        let comparison = compare(&session.read(y.buf).unwrap(), &want[y.buf.0], tolerance);
        assert!(comparison.ok, "{comparison:?}");
    }
    assert_eq!(session.id(), id);
}

#[test]
fn buffers_of_a_dropped_session_are_used_again() {
    // An adapter of its own: sessions of other tests take from the same pool.
    let Some(gpu) = super::open() else { return };
    let runtime = Runtime::Gpu(gpu);
    let x = values();
    let (first, y) = plan(&x, Act::RELU);
    let session = Session::new(&runtime, first, &Externals::new()).unwrap();
    let buffer: wgpu::Buffer = (*session.buffer(y.buf).unwrap().buffer).clone();
    let constant: wgpu::Buffer = (*session.buffer(glassbox::gpu::BufId(0)).unwrap().buffer).clone();
    drop(session);
    let (second, y) = plan(&x, SILU);
    let session = Session::new(&runtime, second, &Externals::new()).unwrap();
    assert!(buffer == *session.buffer(y.buf).unwrap().buffer);
    assert!(constant == *session.buffer(glassbox::gpu::BufId(0)).unwrap().buffer, "uploaded again");
    session.run();
    assert!(agrees(&session.read(y.buf).unwrap(), &x, SILU));
}

#[test]
fn a_buffer_of_one_session_feeds_another() {
    let Some(gpu) = super::shared() else { return };
    let x = values();
    for runtime in [Runtime::Gpu(gpu.clone()), Runtime::Reference] {
        let (first, y) = plan(&x, Act::RELU);
        let producer = Session::new(&runtime, first, &Externals::new()).unwrap();
        producer.run();
        let mut second = Plan::new();
        let input = second.external("y", &[LEN], DType::F32);
        let z = activation(&mut second, &input, Act::RELU);
        let externals = Externals::from([(input.buf, producer.share(y.buf))]);
        let consumer = Session::new(&runtime, second, &externals).unwrap();
        consumer.run();
        assert!(agrees(&consumer.read(z.buf).unwrap(), &x, Act::RELU), "{runtime:?}");
    }
}

#[test]
fn a_probe_delivers_later_and_never_waits() {
    let Some(gpu) = super::shared() else { return };
    let x = values();
    let (plan, y) = plan(&x, Act::RELU);
    let session = Session::new(&Runtime::Gpu(gpu.clone()), plan, &Externals::new()).unwrap();
    let mut probe = Probe::new(gpu);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    session.encode(Some(&mut encoder), None);
    let buffer = session.buffer(y.buf).unwrap();
    let mut read = |words| probe.read(&mut encoder, &buffer.buffer, buffer.offset, words);
    let tickets = [read(LEN), read(3)];
    assert!(probe.pending());
    assert!(probe.collect().is_empty(), "nothing was submitted yet");
    gpu.queue.submit([encoder.finish()]);

    let start = Instant::now();
    let mut arrived = Vec::new();
    while probe.pending() && start.elapsed() < Duration::from_secs(20) {
        arrived.extend(probe.collect());
        std::thread::yield_now();
    }
    arrived.sort();
    assert_eq!(arrived.iter().map(|(ticket, _)| *ticket).collect::<Vec<_>>(), tickets);
    let all: Vec<f32> = arrived[0].1.iter().map(|&w| f32::from_bits(w)).collect();
    assert!(agrees(&all, &x, Act::RELU));
    assert_eq!(arrived[1].1, arrived[0].1[..3]);
}

#[test]
fn a_buffer_beyond_the_limit_is_refused_with_the_numbers() {
    let Some(gpu) = super::shared() else { return };
    let limit = gpu.device.limits().max_storage_buffer_binding_size;
    let mut plan = Plan::new();
    plan.temporary("huge map", &[limit as usize / 4 + 1], DType::F32);
    let Err(error) = Session::new(&Runtime::Gpu(gpu.clone()), plan, &Externals::new()) else {
        panic!("{limit} bytes and four more were accepted")
    };
    assert!(matches!(&error, GpuError::TooLarge { bytes, limit: l, .. } if bytes > l), "{error:?}");
    assert!(error.to_string().contains("huge map") && error.to_string().contains(&limit.to_string()));
    assert_eq!(gpu.take_errors(), Vec::<String>::new());
}
