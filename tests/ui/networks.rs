//! Networks for the tests of the pages: from files, with drawn weights, and put together here.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

use glassbox::models::Network;
use glassbox::models::onnx::{Array, Elem, Input, Model, Numbers};
use glassbox::ops::philox::Rng;
use rten_onnx::onnx::{AttributeProto, NodeProto};

/// A graph of the ONNX project's tests. Their weights are all alike.
pub fn light(name: &str) -> Rc<Network> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx/light").join(name);
    Rc::new(Network::open(folder.join("model.onnx")).unwrap())
}

/// Weights as they are drawn for training, so that maps differ.
fn drawn(rng: &mut Rng, shape: &[usize]) -> Array {
    let fan_in: usize = shape[1..].iter().product();
    let scale = if shape.len() > 1 { (2.0 / fan_in as f32).sqrt() } else { 0.1 };
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.normal() * scale).collect();
    Array::floats(shape, values)
}

/// SqueezeNet with drawn weights.
pub fn squeezenet() -> Rc<Network> {
    let mut network = Rc::unwrap_or_clone(light("squeezenet"));
    let model = &mut network.model;
    let mut rng = Rng::new(5);
    for node in model.nodes.iter().filter(|n| n.op_type.as_deref() == Some("ConstantOfShape")) {
        let Numbers::Ints(shape) = &model.weights[&node.input[0]].numbers else { unreachable!() };
        let shape: Vec<usize> = shape.iter().map(|&n| n as usize).collect();
        model.weights.insert(node.output[0].clone(), drawn(&mut rng, &shape));
    }
    model.nodes.retain(|n| n.op_type.as_deref() != Some("ConstantOfShape"));
    Rc::new(network)
}

fn node(operator: &str, inputs: &[&str], output: &str, settings: &[(&str, &[i64])]) -> NodeProto {
    let attribute = |(name, ints): &(&str, &[i64])| AttributeProto {
        name: Some((*name).into()),
        i: ints.first().copied().filter(|_| ints.len() == 1),
        ints: if ints.len() > 1 { ints.to_vec() } else { Vec::new() },
        ..AttributeProto::default()
    };
    NodeProto {
        op_type: Some(operator.into()),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        attribute: settings.iter().map(attribute).collect(),
        ..NodeProto::default()
    }
}

/// A network with a layer of each common kind, small enough for the reference; `last` instead of the
/// softmax.
pub fn small(last: &str) -> Rc<Network> {
    let mut rng = Rng::new(9);
    let shapes: [(&str, &[usize]); 8] = [
        ("w1", &[8, 3, 3, 3]),
        ("b1", &[8]),
        ("beta", &[8]),
        ("mean", &[8]),
        ("w2", &[8, 1, 3, 3]),
        ("w3", &[5, 8]),
        ("b3", &[5]),
        ("gamma", &[8]),
    ];
    let mut weights: HashMap<String, Array> =
        shapes.into_iter().map(|(name, shape)| (name.to_owned(), drawn(&mut rng, shape))).collect();
    weights.insert("variance".into(), Array::floats(&[8], vec![0.7; 8]));
    weights.insert("gamma".into(), Array::floats(&[8], vec![1.5; 8]));
    let window: (&str, &[i64]) = ("kernel_shape", &[3, 3]);
    let pads: (&str, &[i64]) = ("pads", &[1, 1, 1, 1]);
    let nodes = vec![
        node("Conv", &["x", "w1", "b1"], "convolved", &[window, pads, ("strides", &[2, 2])]),
        node("BatchNormalization", &["convolved", "gamma", "beta", "mean", "variance"], "normalised", &[]),
        node("Relu", &["normalised"], "rectified", &[]),
        node("Conv", &["rectified", "w2"], "depthwise", &[window, pads, ("group", &[8])]),
        node("Add", &["rectified", "depthwise"], "joined", &[]),
        node("MaxPool", &["joined"], "pooled", &[("kernel_shape", &[2, 2]), ("strides", &[2, 2])]),
        node("GlobalAveragePool", &["pooled"], "averaged", &[]),
        node("Flatten", &["averaged"], "flat", &[]),
        node("Gemm", &["flat", "w3", "b3"], "logits", &[("transB", &[1])]),
        node(last, &["logits"], "probabilities", &[]),
    ];
    let input = Input {
        name: "x".into(),
        elem: Some(Elem::F32),
        foreign: false,
        shape: Some(vec![Some(1), Some(3), Some(32), Some(32)]),
    };
    let model = Model {
        inputs: vec![input],
        outputs: vec!["probabilities".into()],
        opsets: BTreeMap::from([(String::new(), 13)]),
        nodes,
        weights,
        ..Model::default()
    };
    Rc::new(Network::of("small", model))
}

/// As many operations as a detector has on a photo, in few layers: one alone takes long enough for a driver to lose
/// patience on a slow adapter.
pub fn heavy() -> Rc<Network> {
    let mut rng = Rng::new(11);
    let widths = [3, 64, 64, 128, 128, 128, 128];
    let mut weights = HashMap::from([("w".to_owned(), drawn(&mut rng, &[10, 128]))]);
    let mut nodes = Vec::new();
    for (i, pair) in widths.windows(2).enumerate().map(|(i, pair)| (i + 1, pair)) {
        weights.insert(format!("w{i}"), drawn(&mut rng, &[pair[1], pair[0], 3, 3]));
        let stride = if i == 1 || i == 3 { 2 } else { 1 };
        let settings: [(&str, &[i64]); 2] = [("pads", &[1, 1, 1, 1]), ("strides", &[stride, stride])];
        let before = if i == 1 { "x".to_owned() } else { format!("a{}", i - 1) };
        nodes.push(node("Conv", &[&before, &format!("w{i}")], &format!("c{i}"), &settings));
        nodes.push(node("Relu", &[&format!("c{i}")], &format!("a{i}"), &[]));
    }
    nodes.push(node("GlobalAveragePool", &["a6"], "averaged", &[]));
    nodes.push(node("Flatten", &["averaged"], "flat", &[]));
    nodes.push(node("Gemm", &["flat", "w"], "logits", &[("transB", &[1])]));
    let input = Input {
        name: "x".into(),
        elem: Some(Elem::F32),
        foreign: false,
        shape: Some(vec![Some(1), Some(3), Some(640), Some(640)]),
    };
    let model = Model {
        inputs: vec![input],
        outputs: vec!["logits".into()],
        opsets: BTreeMap::from([(String::new(), 13)]),
        nodes,
        weights,
        ..Model::default()
    };
    Rc::new(Network::of("heavy", model))
}

/// Vectors of tokens, added up: the beginning of every network that reads text.
pub fn text() -> Rc<Network> {
    let mut rng = Rng::new(3);
    let weights = [("table", drawn(&mut rng, &[30_522, 8])), ("w", drawn(&mut rng, &[8, 6]))];
    let input =
        Input { name: "ids".into(), elem: Some(Elem::I64), foreign: false, shape: Some(vec![None, None]) };
    let model = Model {
        inputs: vec![input],
        outputs: vec!["y".into()],
        opsets: BTreeMap::from([(String::new(), 13)]),
        nodes: vec![
            node("Gather", &["table", "ids"], "vectors", &[]),
            node("MatMul", &["vectors", "w"], "y", &[]),
        ],
        weights: weights.into_iter().map(|(name, w)| (name.to_owned(), w)).collect(),
        ..Model::default()
    };
    Rc::new(Network::of("text", model))
}
