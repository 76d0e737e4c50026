//! What the topic on layers and units promises.

use glassbox::data::toy::Toy;
use glassbox::gpu::{Data, Runtime};
use glassbox::nn::{Init, Looking, Set, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::unary::Act;
use glassbox::recipes::{OneLogit, PointSets};

/// Steps of each training, as the page plans them.
const STEPS: usize = 600;

/// A network of these hidden layers of tanh units, trained on two arms.
fn trained(runtime: &Runtime, hidden: &[usize], steps: usize) -> Trainer {
    let data = PointSets::new(Toy::TwoArms, [200, 200], 0.03, 0);
    let task = OneLogit { data, hidden: hidden.to_vec(), act: Act::TANH, init: Init::XavierNormal };
    let setup = Setup::new(50, Optimiser::new(Method::Adam, 0.05));
    let mut trainer = Trainer::new(runtime, &task, setup).unwrap();
    trainer.run(steps);
    trainer
}

/// Share of unseen points that it has right.
fn unseen(mut trainer: Trainer) -> f32 {
    trainer.evaluate(Set::Test, None).unwrap().accuracy.unwrap()
}

pub fn depth(runtime: &Runtime) {
    let [deep, wide] = [&[6, 6, 6][..], &[27]].map(|hidden| trained(runtime, hidden, STEPS));
    assert_eq!(deep.parameters.count(), 109);
    assert_eq!(wide.parameters.count(), 109);
    let [deep, wide] = [deep, wide].map(unseen);
    assert!(deep > 0.9 && wide < 0.8, "{deep} and {wide}");
}

pub fn two_units(runtime: &Runtime) {
    let few = unseen(trained(runtime, &[2], STEPS));
    assert!(few < 0.75, "{few}");
    let more = unseen(trained(runtime, &[12, 12], STEPS));
    assert!(more > 0.9, "{more}");
}

pub fn surfaces(runtime: &Runtime) {
    let trainer = trained(runtime, &[5, 4], 40);
    let points = vec![0.3_f32, -0.2, -1.0, 0.7, 0.0, 0.0];
    let looking = Looking::new(&trainer, &Data::from(points.clone()), &[3, 2], false).unwrap();
    looking.session().run();
    let read = |tensor: &glassbox::gpu::Tensor| looking.session().read(tensor.buf).unwrap();
    let mut inputs: Vec<Vec<f64>> =
        points.chunks(2).map(|p| p.iter().map(|v| f64::from(*v)).collect()).collect();
    for (layer, of) in looking.layers().iter().enumerate().take(2) {
        let [w, b] = [0, 1].map(|i| read(&looking.weight(of.params[i])));
        let surfaces = read(of.extra("surfaces").unwrap());
        let row = inputs[0].len();
        let own: Vec<Vec<f64>> = inputs
            .iter()
            .map(|x| {
                let unit = |u: usize| {
                    let sum: f64 = (0..row).map(|i| f64::from(w[u * row + i]) * x[i]).sum();
                    (sum + f64::from(b[u])).tanh()
                };
                (0..b.len()).map(unit).collect()
            })
            .collect();
        for (point, want) in own.iter().enumerate() {
            for (unit, want) in want.iter().enumerate() {
                let have = f64::from(surfaces[unit * 3 + point]);
                assert!((have - want).abs() < 1e-5, "layer {layer}, unit {unit}: {have}, not {want}");
            }
        }
        inputs = own;
    }
}
