//! Plans without an adapter: what a run hands to the next, what a session takes over, and buffers that two
//! sessions share.

use std::collections::BTreeMap;

use glassbox::gpu::{BufId, DType, Data, Externals, Plan, Runtime, Session, Tensor, reference};
use glassbox::ops::affine::affine;
use glassbox::ops::binary::{Op, binary};
use glassbox::ops::layout::{PadMode, concat, pad};
use glassbox::ops::optim::{advance, note};
use glassbox::ops::unary::{Act, activation};

fn names(plan: &Plan) -> Vec<&str> {
    plan.carried().iter().map(|buf| plan.buffers[buf.0].name.as_str()).collect()
}

#[test]
fn what_is_written_before_it_is_read_is_not_carried() {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[3], vec![1.0_f32; 3]);
    let outside = plan.external("outside", &[3], DType::F32);
    let y = activation(&mut plan, &x, Act::RELU);
    let sum = binary(&mut plan, &y, &outside, Op::Add).unwrap();
    affine(&mut plan, &sum, 2.0, 0.0);
    assert_eq!(names(&plan), Vec::<&str>::new());
}

#[test]
fn counters_journals_and_what_is_written_by_hand_are_carried() {
    let mut plan = Plan::new();
    let steps = plan.temporary("steps", &[1], DType::U32);
    let journal = plan.temporary("journal", &[8], DType::F32);
    let weights = plan.temporary("weights", &[1], DType::F32);
    let loss = activation(&mut plan, &weights, Act::RELU);
    note(&mut plan, &loss, &steps, &journal);
    advance(&mut plan, &steps);
    assert_eq!(names(&plan), ["steps", "journal", "weights"]);
}

#[test]
fn a_part_counts_as_its_whole_and_padding_between_parts_as_written() {
    let read_whole = |written: usize| {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[10], vec![1.0_f32; 10]);
        let whole = plan.temporary("whole", &[74], DType::F32);
        let parts = [0, 64].map(|offset| plan.part("part", &whole, offset, &[10]));
        for part in &parts[..written] {
            write_into(&mut plan, &x, part);
        }
        let y = affine(&mut plan, &whole, 2.0, 0.0);
        affine(&mut plan, &y, 2.0, 0.0);
        names(&plan).join(" ")
    };
    assert_eq!(read_whole(2), "");
    assert_eq!(read_whole(1), "whole");
    let mut plan = Plan::new();
    let whole = plan.temporary("whole", &[74], DType::F32);
    let part = plan.part("part", &whole, 64, &[10]);
    affine(&mut plan, &part, 2.0, 0.0);
    assert_eq!(names(&plan), ["whole"], "a part that nobody has written");
}

/// Records `to = x`.
fn write_into(plan: &mut Plan, x: &Tensor, to: &Tensor) {
    let y = affine(plan, x, 1.0, 0.0);
    let step = plan.steps.last_mut().unwrap();
    assert_eq!(step.outs, [y.buf]);
    step.outs = vec![to.buf];
}

#[test]
fn a_buffer_that_is_only_partly_written_stays_carried() {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[2], vec![1.0_f32; 2]);
    // `concat` places its parts into a buffer one after the other: an update each.
    let y = concat(&mut plan, &[&x, &x], 0).unwrap();
    affine(&mut plan, &y, 1.0, 0.0);
    assert_eq!(plan.carried(), [y.buf]);
}

fn scaled(x: impl Into<Data>, factor: f32) -> (Plan, BufId) {
    let mut plan = Plan::new();
    let x = plan.constant("x", &[2], x);
    let y = affine(&mut plan, &x, factor, 0.0);
    (plan, y.buf)
}

#[test]
fn adopting_takes_over_constants_and_parameters() {
    let (plan, y) = scaled(vec![1.0, 2.0], 3.0);
    let mut session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
    let id = session.id();
    session.run();
    assert_eq!(session.read(y).unwrap(), [3.0, 6.0]);
    assert!(session.adopt(&scaled(vec![5.0, 7.0], 10.0).0).is_some());
    session.run();
    assert_eq!(session.read(y).unwrap(), [50.0, 70.0]);
    assert_eq!(session.id(), id);
    let mut longer = scaled(vec![5.0, 7.0], 10.0).0;
    longer.constant("more", &[1], vec![0.0_f32]);
    assert!(session.adopt(&longer).is_none(), "a buffer more");
    let other = Session::new(&Runtime::Reference, scaled(vec![0.0, 0.0], 1.0).0, &Externals::new()).unwrap();
    assert_ne!(other.id(), id);
}

/// Which steps run again where `next` takes the place of `plan`.
fn again(plan: &Plan, next: &Plan) -> Vec<usize> {
    let steps = plan.affected(next).steps;
    (0..steps.len()).filter(|&i| steps[i]).collect()
}

#[test]
fn only_what_follows_from_a_change_runs_again() {
    let record = |factors: [f32; 3], b: f32| {
        let mut plan = Plan::new();
        let [a, b] = [1.0, b].map(|v| plan.constant("x", &[2], vec![v; 2]));
        let left = affine(&mut plan, &a, factors[0], 0.0);
        let right = affine(&mut plan, &b, factors[1], 0.0);
        affine(&mut plan, &left, factors[2], 0.0);
        concat(&mut plan, &[&left, &right], 0).unwrap();
        plan
    };
    let plan = record([1.0; 3], 1.0);
    assert_eq!(plan.steps.len(), 5);
    assert!(again(&plan, &record([1.0; 3], 1.0)).is_empty(), "other allocations of the same");
    assert_eq!(again(&plan, &record([1.0, 1.0, 2.0], 1.0)), [2]);
    // Both parts of what is put together stand in one buffer.
    assert_eq!(again(&plan, &record([2.0, 1.0, 1.0], 1.0)), [0, 2, 3, 4]);
    assert_eq!(again(&plan, &record([1.0; 3], 7.0)), [1, 4]);
    let affected = plan.affected(&record([1.0; 3], 7.0));
    assert_eq!(affected.buffers, [false, true, false, true, false, true]);
}

#[test]
fn a_plan_of_another_structure_takes_over_what_is_there() {
    let record = |sizes: [usize; 3], factor: f32| {
        let mut plan = Plan::new();
        let parts = sizes.map(|n| {
            let x = plan.constant("x", &[n], vec![1.0; n]);
            affine(&mut plan, &x, factor, 0.0)
        });
        let whole = concat(&mut plan, &parts.iter().collect::<Vec<_>>(), 0).unwrap();
        affine(&mut plan, &whole, 1.0, 1.0);
        (plan, parts.map(|y| y.buf), whole.buf)
    };
    let (plan, parts, whole) = record([2, 3, 2], 2.0);
    let session = Session::new(&Runtime::Reference, plan.clone(), &Externals::new()).unwrap();
    session.run();
    // Another size in the middle changes that part and what is put together, not its neighbours.
    let (wider, ..) = record([2, 4, 2], 2.0);
    let (next, left) = session.succeed(wider.clone()).unwrap();
    let runs: Vec<usize> = (0..left.steps.len()).filter(|&i| left.steps[i]).collect();
    assert!(!runs.contains(&0) && runs.contains(&1) && !runs.contains(&2), "{runs:?}");
    assert!(runs.contains(&(wider.steps.len() - 1)));
    assert_eq!(next.read(parts[0]).unwrap(), [2.0; 2], "there without a run");
    for &step in &runs {
        next.encode_range(None, step..step + 1, None);
    }
    let fresh = reference::run(&wider, &BTreeMap::new());
    for (i, fresh) in fresh.iter().enumerate().filter(|(_, values)| !values.is_empty()) {
        let fresh: Vec<f32> = fresh.iter().map(|v| *v as f32).collect();
        assert_eq!(next.read(BufId(i)).unwrap(), fresh, "{}", wider.buffers[i].name);
    }
    // Nothing of what another factor or a shorter plan changes.
    let all = |next: &Plan| plan.succession(next).steps.iter().all(|runs| *runs);
    assert!(all(&record([2, 3, 2], 3.0).0));
    let mut shorter = plan.clone();
    shorter.steps.pop();
    assert!(plan.succession(&shorter).steps.iter().all(|runs| !runs));
    assert!(
        plan.succession(&shorter).buffers[plan.steps.last().unwrap().outs[0].0],
        "nobody writes it there"
    );
    assert!(!plan.succession(&plan).buffers[whole.0]);
}

#[test]
fn what_moves_within_a_buffer_leaves_its_old_place_to_who_wrote_there_before() {
    let record = |before: isize, x: f32| {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2], vec![x; 2]);
        pad(&mut plan, &x, &[(before, 2 - before)], PadMode::Constant(0.0)).unwrap();
        plan
    };
    let plan = record(1, 1.0);
    // A fill of zeros, and the tensor placed on it.
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(again(&plan, &record(1, 7.0)), [1]);
    assert_eq!(again(&plan, &record(0, 1.0)), [0, 1]);
}

#[test]
fn where_a_run_goes_on_from_the_last_all_of_it_runs_again() {
    let record = |factor: f32| {
        let mut plan = Plan::new();
        let x = plan.constant("x", &[2], vec![1.0_f32; 2]);
        let state = plan.temporary("state", &[2], DType::F32);
        let y = affine(&mut plan, &x, factor, 0.0);
        affine(&mut plan, &state, 3.0, 0.0);
        // Read above, written here: the next run goes on from it.
        write_into(&mut plan, &y, &state);
        plan
    };
    assert_eq!(again(&record(1.0), &record(1.0)), [0, 1, 2]);
    // So does a counter.
    let mut plan = record(1.0);
    plan.steps.pop();
    assert!(again(&plan, &plan.clone()).is_empty());
    let steps = plan.temporary("steps", &[1], DType::U32);
    advance(&mut plan, &steps);
    assert_eq!(again(&plan, &plan.clone()), [0, 1, 2]);
}

#[test]
fn a_shared_buffer_shows_what_its_owner_writes_later() {
    let mut owner = Plan::new();
    let whole = owner.temporary("whole", &[66], DType::F32);
    let part = owner.part("part", &whole, 64, &[2]);
    let mut owner = Session::new(&Runtime::Reference, owner, &Externals::new()).unwrap();
    let mut plan = Plan::new();
    let x = plan.external("x", &[2], DType::F32);
    let y = affine(&mut plan, &x, 2.0, 0.0);
    let externals = Externals::from([(x.buf, owner.share(part.buf))]);
    let reader = Session::new(&Runtime::Reference, plan, &externals).unwrap();
    for values in [[1.0_f32, 2.0], [30.0, 40.0]] {
        owner.write(part.buf, bytemuck::cast_slice(&values));
        reader.run();
        assert_eq!(reader.read(y.buf).unwrap(), values.map(|v| 2.0 * v));
        assert_eq!(owner.read(whole.buf).unwrap()[64..], values);
    }
}

#[test]
fn a_missing_external_buffer_is_named() {
    let mut plan = Plan::new();
    plan.external("the weights", &[2], DType::F32);
    let error = Session::new(&Runtime::Reference, plan, &Externals::new()).err().unwrap().to_string();
    assert!(error.contains("the weights"), "{error}");
}

#[test]
fn sessions_may_go_to_another_thread() {
    fn sent<T: Send>() {}
    sent::<Session>();
}
