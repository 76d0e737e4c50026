//! What the topic on zeros promises.

use glassbox::data::toy::Toy;
use glassbox::gpu::Runtime;
use glassbox::nn::{Init, ParamId, Setup, Trainer};
use glassbox::ops::optim::{Method, Optimiser};
use glassbox::ops::unary::Act;
use glassbox::recipes::{OneLogit, PointSets};

/// Steps of each training.
const STEPS: usize = 60;

struct Trained {
    /// Weights and bias of each hidden unit.
    units: Vec<[f32; 3]>,
    /// Weights of the output, and its bias.
    out: Vec<f32>,
    bias: f32,
    /// Gradients of the hidden weights.
    hidden_gradient: Vec<f32>,
}

fn trained(runtime: &Runtime, hidden: usize, act: Act, init: Init, method: Method) -> Trained {
    let data = PointSets::new(Toy::Circles, [200, 100], 0.03, 3);
    let setup = Setup::new(20, Optimiser::new(method, 0.05));
    let mut trainer =
        Trainer::new(runtime, &OneLogit { data, hidden: vec![hidden], act, init }, setup).unwrap();
    trainer.run(STEPS);
    let ids: Vec<ParamId> = trainer.layers().iter().flat_map(|layer| layer.params.clone()).collect();
    let read = |id: &ParamId| trainer.session().read(trainer.weight(*id).buf).unwrap();
    let [w, b, out, bias] = [0, 1, 2, 3].map(|i| read(&ids[i]));
    let gradient = trainer.gradient(&trainer.weight(ids[0])).unwrap();
    let hidden_gradient = trainer.session().read(gradient.buf).unwrap();
    Trained {
        units: (0..hidden).map(|i| [w[2 * i], w[2 * i + 1], b[i]]).collect(),
        out,
        bias: bias[0],
        hidden_gradient,
    }
}

fn cosine(a: &[f32; 3], b: &[f32; 3]) -> f64 {
    let dot = |a: &[f32; 3], b: &[f32; 3]| (0..2).map(|i| f64::from(a[i]) * f64::from(b[i])).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

pub fn twins(runtime: &Runtime) {
    for width in [2, 5, 13, 16] {
        for (act, method) in
            [(Act::TANH, Method::Adam), (Act::RELU, Method::Adam), (Act::SIGMOID, Method::Sgd)]
        {
            let end = trained(runtime, width, act, Init::Constant(0.5), method);
            assert_ne!(end.units[0], [0.5, 0.5, 0.0], "it has learned");
            for unit in 1..width {
                let same = |a: f32, b: f32| a.to_bits() == b.to_bits();
                let alike = (0..3).all(|i| same(end.units[0][i], end.units[unit][i]));
                assert!(alike && same(end.out[0], end.out[unit]), "unit {unit} of {width}: {:?}", end.units);
            }
        }
    }
    // The same start with a little noise: every unit becomes another one.
    let end = trained(runtime, 16, Act::TANH, Init::NormalAround(0.5, 1e-2), Method::Adam);
    let pairs = (0..16).flat_map(|a| (0..a).map(move |b| (a, b)));
    assert!(pairs.clone().all(|(a, b)| end.units[a] != end.units[b]), "{:?}", end.units);
    let least = pairs.map(|(a, b)| cosine(&end.units[a], &end.units[b])).fold(1.0, f64::min);
    assert!(least < 0.9, "{least}");
}

pub fn only_the_bias(runtime: &Runtime) {
    for act in [Act::TANH, Act::RELU] {
        let end = trained(runtime, 16, act, Init::Zeros, Method::Adam);
        assert!(end.units.iter().flatten().chain(&end.out).all(|v| *v == 0.0), "{:?}", end.units);
        assert!(end.hidden_gradient.iter().all(|v| *v == 0.0));
        assert_ne!(end.bias, 0.0);
    }
    // A sigmoid hands on one half, so that all of it learns, as one unit.
    let end = trained(runtime, 16, Act::SIGMOID, Init::Zeros, Method::Adam);
    assert!(end.units[0].iter().all(|v| *v != 0.0), "{:?}", end.units[0]);
    assert!(end.units.iter().all(|unit| unit == &end.units[0]));
}
