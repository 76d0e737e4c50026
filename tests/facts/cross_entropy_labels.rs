//! What the topic on categorical and sparse categorical cross-entropy promises.

use glassbox::gpu::{Plan, Runtime, Tensor};
use glassbox::ops::gradient::backward;
use glassbox::ops::loss::{ClassLoss, Reduction, cross_entropy, soft_cross_entropy};
use glassbox::ops::philox::Rng;

use super::{apart, normal, run};

const N: usize = 12;

/// Losses of each sample, their mean, and its gradient by the logits.
fn losses(plan: &mut Plan, x: &Tensor, of: impl Fn(&mut Plan, Reduction) -> Tensor) -> [Tensor; 3] {
    let (each, mean) = (of(plan, Reduction::None), of(plan, Reduction::Mean));
    let d = backward(plan, &mean, None, &[x]).unwrap().of(x).unwrap();
    [each, mean, d]
}

fn categorical(plan: &mut Plan, x: &Tensor, targets: Vec<f32>) -> [Tensor; 3] {
    let t = plan.constant("targets", &x.shape, targets);
    losses(plan, x, |plan, how| soft_cross_entropy(plan, x, &t, None, 0.0, how).unwrap().loss)
}

fn sparse(plan: &mut Plan, x: &Tensor, classes: Vec<u32>) -> [Tensor; 3] {
    let ids = plan.constant("classes", &[classes.len()], classes);
    losses(plan, x, |plan, reduction| {
        cross_entropy(plan, x, &ids, &ClassLoss { reduction, ..ClassLoss::default() }).unwrap().loss
    })
}

/// Targets with `kept` on the right class and the rest on the next one.
fn targets(classes: &[u32], k: usize, kept: f32) -> Vec<f32> {
    let mut all = vec![0.0; classes.len() * k];
    for (row, class) in all.chunks_mut(k).zip(classes) {
        row[*class as usize] += kept;
        row[(*class as usize + 1) % k] += 1.0 - kept;
    }
    all
}

pub fn both_forms_are_one_loss(runtime: &Runtime) {
    for k in [2, 5, 300] {
        let mut rng = Rng::new(k as u64);
        let classes: Vec<u32> = (0..N).map(|_| rng.below(k as u32)).collect();
        let logits = normal(N * k, 29);
        let mut plan = Plan::new();
        let x = plan.constant("logits", &[N, k], logits.clone());
        let a = categorical(&mut plan, &x, targets(&classes, k, 1.0));
        let b = sparse(&mut plan, &x, classes.clone());
        let read = run(runtime, plan, [&a[0], &a[1], &a[2], &b[0], &b[1], &b[2]]);
        let [each, mean, d, sparse_each, sparse_mean, sparse_d] = read;
        assert!(apart(&each, &sparse_each) <= 1e-6 && apart(&mean, &sparse_mean) <= 1e-6);
        assert!(apart(&d, &sparse_d) <= 1e-7, "{}", apart(&d, &sparse_d));
        for (sample, class) in classes.iter().enumerate() {
            let row = logits[sample * k..][..k].iter().map(|z| f64::from(*z)).collect::<Vec<_>>();
            let sum: f64 = row.iter().map(|z| z.exp()).sum();
            let want = sum.ln() - row[*class as usize];
            assert!((f64::from(each[sample]) - want).abs() < 1e-5);
            for (j, z) in row.iter().enumerate() {
                let y = f64::from(u8::from(j == *class as usize));
                let want = (z.exp() / sum - y) / N as f64;
                assert!((f64::from(d[sample * k + j]) - want).abs() < 1e-6, "(p - y) / N");
            }
        }
    }
}

pub fn an_index_keeps_the_argmax_alone(runtime: &Runtime) {
    const K: usize = 4;
    const KEPT: f32 = 0.75;
    let classes: Vec<u32> = (0..N).map(|i| (i * 7 % K) as u32).collect();
    let logits = normal(N * K, 30);
    let mut plan = Plan::new();
    let x = plan.constant("logits", &[N, K], logits);
    let soft = categorical(&mut plan, &x, targets(&classes, K, KEPT));
    let own = sparse(&mut plan, &x, classes.clone());
    let next = sparse(&mut plan, &x, classes.iter().map(|class| (class + 1) % K as u32).collect());
    let [soft, d, own, own_d, next] = run(runtime, plan, [&soft[0], &soft[2], &own[0], &own[2], &next[0]]);
    assert!(apart(&soft, &own) > 0.1 && apart(&d, &own_d) > 0.01, "another loss and another gradient");
    for (sample, loss) in soft.iter().enumerate() {
        let want = KEPT * own[sample] + (1.0 - KEPT) * next[sample];
        assert!((loss - want).abs() < 1e-5, "a soft label is a mean of losses: {loss} is not {want}");
    }
}

pub fn gradients_agree_with_finite_differences(runtime: &Runtime) {
    const K: usize = 3;
    const STEP: f32 = 1.0 / 32.0;
    let classes: Vec<u32> = (0..N).map(|i| (i % K) as u32).collect();
    let logits = normal(N * K, 31);
    let of = |logits: Vec<f32>| {
        let mut plan = Plan::new();
        let x = plan.constant("logits", &[N, K], logits);
        let soft = categorical(&mut plan, &x, targets(&classes, K, 0.7));
        let hard = sparse(&mut plan, &x, classes.clone());
        run(runtime, plan, [&soft[1], &hard[1], &soft[2], &hard[2]])
    };
    let [_, _, soft, hard] = of(logits.clone());
    for i in 0..N * K {
        let at = |by: f32| {
            let mut moved = logits.clone();
            moved[i] += by;
            of(moved)
        };
        let (up, down) = (at(STEP), at(-STEP));
        for (j, d) in [&soft, &hard].into_iter().enumerate() {
            let slope = (up[j][0] - down[j][0]) / (2.0 * STEP);
            assert!((slope - d[i]).abs() < 1e-4, "cell {i}: {slope} is not {}", d[i]);
        }
    }
}
