//! Networks made by hand, for what files of others may hold.

use rten_onnx::onnx::NodeProto;

use super::*;
use crate::data::Picture;
use crate::models::onnx::{Elem, Input, Model};
use crate::models::{Tokenizer, Tokens};

fn input(name: &str, elem: Elem, shape: &[usize]) -> Input {
    let shape = Some(shape.iter().map(|&n| Some(n)).collect());
    Input { name: name.into(), elem: Some(elem), foreign: false, shape }
}

/// A chain of operators of one input behind `x`.
fn chain(x: Input, operators: &[&str]) -> Network {
    let mut value = x.name.clone();
    let mut nodes = Vec::new();
    for (i, operator) in operators.iter().enumerate() {
        let output = format!("{operator} {i}");
        nodes.push(NodeProto {
            op_type: Some((*operator).into()),
            input: vec![value],
            output: vec![output.clone()],
            ..NodeProto::default()
        });
        value = output;
    }
    let model = Model {
        inputs: vec![x],
        outputs: vec![value],
        opsets: [(String::new(), 17)].into(),
        nodes,
        weights: std::collections::HashMap::new(),
        ..Model::default()
    };
    let input = InputSettings::guess(&model);
    Network { name: "chain".into(), model, classes: None, input, assumed: Vec::new() }
}

fn traced(network: &Network, tokens: Option<&Tokens>) -> Traced {
    let picture = Picture::chelsea();
    network.record(&Feed { tokens, ..Feed::new(&picture) }, &Edits::default()).unwrap()
}

#[test]
fn a_softmax_is_found_behind_what_only_renames() {
    let row = || input("x", Elem::F32, &[1, 5]);
    for (operators, steps, own) in [
        (&["Softmax"][..], 1, true),
        (&["Softmax", "Flatten", "Identity"], 1, true),
        (&["Sigmoid", "Identity"], 1, true),
        (&["Relu"], 2, false),
    ] {
        let traced = traced(&chain(row(), operators), None);
        let scores = traced.scores.unwrap();
        let output = traced.layers.last().unwrap().output.clone().unwrap();
        assert_eq!(scores.probabilities.buf == output.buf, own, "{operators:?}");
        assert!(traced.plan.steps.len() >= steps && scores.logits.buf != scores.probabilities.buf);
        let softmaxes = traced.plan.steps.iter().filter(|s| s.kernel.name() == "softmax").count();
        assert!(softmaxes <= 1, "{operators:?}");
    }
}

#[test]
fn absurd_lengths_of_inputs_are_refused_before_anything_is_reserved() {
    let tokens = Tokenizer::embedded().encode("cat").unwrap();
    for (elem, shape) in
        [(Elem::I64, vec![1, 1 << 42]), (Elem::F32, vec![1, 1 << 28]), (Elem::F32, vec![1 << 40, 1 << 40])]
    {
        let network = chain(input("x", elem, &shape), &["Relu"]);
        let stop = traced(&network, Some(&tokens)).stop.unwrap().to_string();
        assert!(stop.contains("the input x has the shape"), "{stop}");
    }
}

#[test]
fn a_grey_network_gets_the_brightness_of_the_picture() {
    let network = chain(input("digit", Elem::F32, &[1, 1, 28, 28]), &["Relu"]);
    assert_eq!((network.input.width, network.input.mean, network.input.std), (28, [0.0; 3], [255.0; 3]));
    let traced = traced(&network, None);
    assert_eq!(traced.stop, None);
    assert_eq!(traced.photo.unwrap().shape, [3, 28, 28]);
    assert_eq!(traced.layers[0].shape, [1, 1, 28, 28]);
}

#[test]
fn what_a_unit_sees_is_told_only_where_it_is_known() {
    let sight = |operators: &[&str]| {
        traced(&chain(input("x", Elem::F32, &[1, 3, 8, 8]), operators), None).layers.last().unwrap().sight
    };
    let own = Field { start: [0.0; 2], jump: [1.0; 2], size: [1.0; 2] };
    assert_eq!(sight(&["Relu", "Identity"]), Sight::Part(own));
    assert_eq!(sight(&["GlobalAveragePool", "Relu"]), Sight::All);
    assert_eq!(sight(&["Flatten", "Relu"]), Sight::Unknown);
}

#[test]
fn colours_begin_at_zero_where_no_value_can_be_below() {
    let never = |operators: &[&str]| {
        let traced = traced(&chain(input("x", Elem::F32, &[1, 3, 8, 8]), operators), None);
        traced.layers.last().unwrap().never_negative
    };
    assert!(never(&["Relu", "GlobalAveragePool", "Flatten"]) && never(&["Sigmoid"]));
    assert!(!never(&["Clip"]) && !never(&["GlobalAveragePool"]) && !never(&["Relu", "Tanh"]));
}
