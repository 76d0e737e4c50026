//! What the topic on dimensionality reduction promises.

use glassbox::gpu::{Data, Externals, Plan, Runtime, Session};
use glassbox::nn::{Looking, Set, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::principal::principal;
use glassbox::ops::unary::Act;
use glassbox::recipes::Bottleneck;
use glassbox::recipes::clothes::{Clothes, NUMBERS};

/// Kinds of clothes, as the page has them, and steps of training: half as many as there.
const KINDS: usize = 5;
const STEPS: usize = 200;

/// What `k` components leave of unseen pictures, worked out by hand from the engine's components, and the components.
fn components(runtime: &Runtime, k: usize) -> (f64, Vec<f32>) {
    let data = Clothes::of(KINDS);
    let mut plan = Plan::new();
    let n = data.samples()[0];
    let x = plan.constant("x", &[n, NUMBERS], data.pictures(Set::Training).clone());
    let found = principal(&mut plan, &x, k).unwrap();
    let session = Session::new(runtime, plan, &Externals::new()).unwrap();
    session.run();
    let [mean, rows] = [&found.mean, &found.components].map(|t| session.read(t.buf).unwrap());
    let mut sum = 0.0;
    let unseen = data.pictures(Set::Test).to_f64();
    for picture in unseen.chunks(NUMBERS) {
        let mut left: Vec<f64> = picture.iter().zip(&mean).map(|(x, m)| x - f64::from(*m)).collect();
        for row in rows.chunks(NUMBERS) {
            let score: f64 = left.iter().zip(row).map(|(x, v)| x * f64::from(*v)).sum();
            left.iter_mut().zip(row).for_each(|(x, v)| *x -= score * f64::from(*v));
        }
        sum += left.iter().map(|v| v * v).sum::<f64>();
    }
    (sum / unseen.len() as f64, rows)
}

/// An autoencoder, trained as the page does, at twice its learning rate.
fn trained(runtime: &Runtime, code: usize, hidden: &[usize], act: Act, steps: usize) -> Trainer {
    let data = Clothes::of(KINDS).clone();
    let task = Bottleneck { data, code, hidden: hidden.to_vec(), act, noise: 0.0 };
    let setup = Setup::new(50, Optimiser::new(Method::Adam, 0.01));
    let mut trainer = Trainer::new(runtime, &task, setup).unwrap();
    trainer.run(steps);
    trainer
}

/// Its error on unseen pictures.
fn unseen(trainer: &mut Trainer) -> f64 {
    f64::from(trainer.evaluate(Set::Test, None).unwrap().loss)
}

/// A linear autoencoder comes to the error of principal components, and its decoder's columns lie in their plane.
pub fn linear(runtime: &Runtime) {
    let (error, rows) = components(runtime, 2);
    let mut trainer = trained(runtime, 2, &[], Act::IDENTITY, STEPS);
    let reached = unseen(&mut trainer);
    println!("linear autoencoder {reached}, principal components {error}");
    assert!((reached / error - 1.0).abs() < 0.05, "{reached} and {error}");
    let decoder = trainer.layers().last().unwrap().params[0];
    let w = trainer.session().read(trainer.weight(decoder).buf).unwrap();
    for column in 0..2 {
        let of = |i: usize| f64::from(w[2 * i + column]);
        let all: f64 = (0..NUMBERS).map(|i| of(i).powi(2)).sum();
        let within: f64 = rows
            .chunks(NUMBERS)
            .map(|row| (0..NUMBERS).map(|i| of(i) * f64::from(row[i])).sum::<f64>().powi(2))
            .sum();
        assert!(within > 0.97 * all, "column {column}: {within} of {all} within the plane");
    }
}

/// One that bends leaves less through as many numbers.
pub fn bent(runtime: &Runtime) {
    let (error, _) = components(runtime, 2);
    let reached = unseen(&mut trained(runtime, 2, &[24], Act::RELU, STEPS));
    println!("with ReLU {reached}, principal components {error}");
    assert!(reached < 0.9 * error, "{reached} and {error}");
}

/// The picture of a place is what the decoder makes of the mean code and so many deviations.
pub fn decoded(runtime: &Runtime) {
    let trainer = trained(runtime, 2, &[8], Act::TANH, 10);
    let mut looking = Looking::new(&trainer, &Data::from(vec![0.0_f32; 2]), &[1, 2], false).unwrap();
    for place in [[0.0_f32, 0.0], [1.5, -0.5]] {
        assert!(looking.show(&Data::from(place.to_vec())));
        looking.session().run();
        let read = |buf| looking.session().read(buf).unwrap();
        let codes = read(looking.layers().iter().find(|layer| layer.name == "code").unwrap().output.buf);
        let code: Vec<f64> = (0..2)
            .map(|i| {
                let all: Vec<f64> = codes.chunks(2).map(|c| f64::from(c[i])).collect();
                let mean = all.iter().sum::<f64>() / all.len() as f64;
                let variance = all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / all.len() as f64;
                mean + f64::from(place[i]) * variance.sqrt()
            })
            .collect();
        let decoder = &trainer.layers()[2..];
        let layer = |x: &[f64], which: usize| -> Vec<f64> {
            let [w, b] = [0, 1].map(|i| read(looking.weight(decoder[which].params[i]).buf));
            let sum = |(row, b): (&[f32], &f32)| {
                row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>() + f64::from(*b)
            };
            w.chunks(x.len()).zip(&b).map(sum).collect()
        };
        let hidden: Vec<f64> = layer(&code, 0).into_iter().map(f64::tanh).collect();
        let have = read(looking.output().buf);
        for (want, have) in layer(&hidden, 1).iter().zip(&have) {
            assert!((want - f64::from(*have)).abs() < 1e-4, "{place:?}: {have}, not {want}");
        }
    }
}
