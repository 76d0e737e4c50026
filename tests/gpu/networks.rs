//! Whole image networks against runs by other programs.

use std::collections::BTreeMap;

use glassbox::data::Picture;
use glassbox::gpu::{Externals, Runtime, Session};
use glassbox::models::Network;
use glassbox::models::network::Edits;

use super::{say, shared};

/// Largest difference of a probability: the other program has the weights in 32 bits, and a scaled
/// picture may differ by one of 255 steps.
const TOLERANCE: f32 = 1e-2;

#[test]
fn efficientnet_gives_the_probabilities_of_onnx_runtime() {
    let Some(gpu) = shared() else { return };
    let root = env!("CARGO_MANIFEST_DIR");
    let text = std::fs::read_to_string(format!("{root}/tests/data/efficientnet_lite0.json")).unwrap();
    let expected: BTreeMap<String, BTreeMap<usize, f32>> = serde_json::from_str(&text).unwrap();
    assert!(!expected.is_empty());
    let network = Network::embedded();
    let mut most = 0.0_f32;
    for (name, classes) in expected {
        let picture = Picture::open(format!("{root}/assets/images/{name}")).unwrap();
        let traced = network.record_picture(&picture, &Edits::default()).unwrap();
        assert_eq!(traced.stop, None);
        let scores = traced.scores.unwrap();
        let session = Session::new(&Runtime::Gpu(gpu.clone()), traced.plan, &Externals::new()).unwrap();
        session.run();
        let found = session.read(scores.probabilities.buf).unwrap();
        assert_eq!(found.len(), 1000);
        assert!(!((found.iter().sum::<f32>() - 1.0).abs() > 1e-4));
        for (class, want) in classes {
            let off = (found[class] - want).abs();
            assert!(
                off <= TOLERANCE,
                "{name}: {} is {} and should be {want}",
                network.class(class),
                found[class]
            );
            most = most.max(off);
        }
    }
    say(&format!("EfficientNet-Lite0 differs from ONNX Runtime by at most {most:.5} in a probability"));
}
