//! Sessions: resident plans, buffers that come back, readbacks that do not block.

use std::time::{Duration, Instant};

use glassbox::gpu::{DType, Data, Externals, GpuError, Plan, Probe, Runtime, Session, Tensor};
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
    assert!(session.adopt(&silu));
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
    let (other, _) = plan(&values(), SILU);
    assert!(!session.adopt(&other), "other data");
    let (mut longer, end) = plan(&x, SILU);
    activation(&mut longer, &end, SILU);
    assert!(!session.adopt(&longer), "one step more");
    session.run();
    assert!(agrees(&session.read(y.buf).unwrap(), &x, Act::RELU));
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
    let mut session = Session::new(&runtime, second, &Externals::new()).unwrap();
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
        let mut producer = Session::new(&runtime, first, &Externals::new()).unwrap();
        producer.run();
        let mut second = Plan::new();
        let input = second.external("y", &[LEN], DType::F32);
        let z = activation(&mut second, &input, Act::RELU);
        let externals = Externals::from([(input.buf, producer.share(y.buf))]);
        let mut consumer = Session::new(&runtime, second, &externals).unwrap();
        consumer.run();
        assert!(agrees(&consumer.read(z.buf).unwrap(), &x, Act::RELU), "{runtime:?}");
    }
}

#[test]
fn a_probe_delivers_later_and_never_waits() {
    let Some(gpu) = super::shared() else { return };
    let x = values();
    let (plan, y) = plan(&x, Act::RELU);
    let mut session = Session::new(&Runtime::Gpu(gpu.clone()), plan, &Externals::new()).unwrap();
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
