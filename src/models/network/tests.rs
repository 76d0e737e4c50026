//! Networks made by hand, for what files of others may hold.

use rten_onnx::onnx::NodeProto;

use super::*;
use crate::data::Picture;
use crate::models::Tokenizer;
use crate::models::onnx::{Array, Elem, Input, Model};

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
    Network::of("chain", model)
}

fn traced(network: &Network, sentence: Option<&Sentence>) -> Traced {
    let picture = Picture::chelsea();
    network.record(&Feed { sentence, ..Feed::new(&picture) }, &Edits::default()).unwrap()
}

#[test]
fn a_softmax_is_found_behind_what_only_renames() {
    let row = || input("x", Elem::F32, &[1, 3, 1, 1]);
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
    let carried = Tokenizer::embedded();
    for (elem, shape) in
        [(Elem::I64, vec![1, 1 << 42]), (Elem::F32, vec![1, 1 << 28]), (Elem::F32, vec![1 << 40, 1 << 40])]
    {
        let network = chain(input("x", elem, &shape), &["Relu"]);
        let sentence = network.sentence("cat", &carried, 128).unwrap();
        let stop = traced(&network, Some(&sentence)).stop.unwrap().to_string();
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

/// A node without attributes.
fn node(operator: &str, reads: &[&str], makes: &str) -> NodeProto {
    NodeProto {
        op_type: Some(operator.into()),
        input: reads.iter().map(ToString::to_string).collect(),
        output: vec![makes.into()],
        ..NodeProto::default()
    }
}

#[test]
fn the_first_convolution_tells_what_open_axes_do_not() {
    let open = Input { name: "x".into(), elem: Some(Elem::F32), foreign: false, shape: Some(vec![None; 4]) };
    let mut network = chain(open.clone(), &["Relu"]);
    let role = |network: &Network| network.role(&network.model.inputs[0]);
    assert_eq!(role(&network), Role::Numbers);
    network.model.nodes.push(node("Conv", &["Relu 0", "w"], "y"));
    network.model.weights.insert("w".into(), Array::floats(&[2, 3, 1, 1], vec![0.5; 6]));
    assert_eq!(role(&network), Role::Picture);
    let traced = traced(&Network::of("open", network.model.clone()), None);
    assert_eq!((traced.stop, &traced.layers[0].shape), (None, &vec![1, 3, 224, 224]));
    // A number of channels that no picture has.
    network.model.weights.insert("w".into(), Array::floats(&[2, 5, 1, 1], vec![0.5; 10]));
    assert_eq!(role(&network), Role::Numbers);
    // What is set counts.
    network.input.layout = Layout::Last;
    assert_eq!(role(&network), Role::PictureLast);
}

#[test]
fn masks_of_whole_numbers_are_no_pictures_and_bytes_are() {
    let role = |elem, shape: &[usize]| {
        let network = chain(input("x", elem, shape), &["Relu"]);
        network.role(&network.model.inputs[0])
    };
    assert_eq!(role(Elem::U8, &[1, 8, 8, 3]), Role::PictureLast);
    assert_eq!(role(Elem::I32, &[4, 3, 8, 8]), Role::Picture);
    assert_eq!(role(Elem::U8, &[1, 1, 8, 8]), Role::Picture);
    assert_eq!(role(Elem::I64, &[1, 1, 8, 8]), Role::Numbers);
    assert_eq!(role(Elem::Bool, &[1, 3, 8, 8]), Role::Numbers);
}

#[test]
fn whole_numbers_are_rounded_and_stay_within_their_type() {
    let photo = [1.0, 0.5, 0.0];
    let of = |mean: f32, elem| {
        let settings = InputSettings { mean: [mean; 3], std: [1.0; 3], ..InputSettings::default() };
        settings.whole_numbers(&photo, false, elem)
    };
    assert_eq!(of(0.0, Elem::U8), [255, 128, 0]);
    assert_eq!(of(128.0, Elem::I8), [127, -1, -128]);
    assert_eq!(of(100.0, Elem::U8), [155, 28, 0]);
}

/// Vectors of a table for ids `[1, 6]`.
fn reader(rows: usize) -> Network {
    let mut network = chain(input("ids", Elem::I64, &[1, 6]), &[]);
    network.model.nodes.push(node("Gather", &["table", "ids"], "y"));
    network.model.outputs = vec!["y".into()];
    network.model.weights.insert("table".into(), Array::floats(&[rows, 2], vec![0.5; rows * 2]));
    network
}

#[test]
fn ids_stay_inside_the_table_and_those_of_another_vocabulary_are_said() {
    let carried = Tokenizer::embedded();
    let small = reader(20);
    let sentence = small.sentence("a cat", &carried, 128).unwrap();
    assert!(sentence.is_foreign && sentence.told.as_ref().unwrap().contains("of 20 pieces"), "{sentence:?}");
    let traced_on = traced(&small, Some(&sentence));
    assert_eq!((traced_on.stop, traced_on.noise), (None, vec!["ids".to_owned()]));
    // As many rows as BERT has pieces, or a few more.
    for rows in [carried.vocabulary(), 30_528] {
        let likely = reader(rows).sentence("a cat", &carried, 128).unwrap();
        assert!(!likely.is_foreign && likely.told.is_some(), "{rows}");
        assert_eq!(likely.length, "4 tokens, filled up to 6 with id 0");
        assert_eq!(traced(&reader(rows), Some(&likely)).noise, Vec::<String>::new());
    }
    assert!(reader(250_002).sentence("a cat", &carried, 128).unwrap().is_foreign);
    let mut own = small;
    own.tokenizer = Some(Tokenizer::from_words("words", "[pad]\n[unk]\nthe\ncat\nsat").unwrap().into());
    let sentence = own.sentence("The dog sat", &carried, 128).unwrap();
    assert_eq!((sentence.is_foreign, sentence.told.as_ref()), (false, None));
    assert_eq!((&sentence.tokens.ids[..], sentence.tokens.unknown), (&[2, 1, 4][..], 1));
    // One for longer texts than the table has rows for is not its own.
    own.tokenizer = Some(carried.clone().into());
    assert!(own.sentence("cat", &carried, 128).unwrap().is_foreign);
}

#[test]
fn a_sentence_is_cut_to_the_length_that_the_network_takes() {
    let sentence =
        reader(30_522).sentence("one two three four five six", &Tokenizer::embedded(), 128).unwrap();
    assert_eq!(sentence.tokens.ids.len(), 6);
    assert!(sentence.length.contains("8 tokens, the first 6 are read"), "{}", sentence.length);
}

#[test]
fn weights_that_several_layers_have_are_counted_once() {
    let mut network = chain(input("x", Elem::F32, &[1, 4]), &["MatMul", "MatMul", "MatMul"]);
    let model = &mut network.model;
    model.weights.insert("w".into(), Array::floats(&[4, 4], vec![0.5; 16]));
    for (node, weight) in model.nodes.iter_mut().zip(["w", "w", "turned"]) {
        node.input.push(weight.into());
    }
    model.nodes.insert(0, node("Transpose", &["w"], "turned"));
    let traced = traced(&network, None);
    let counts: Vec<_> = traced.layers.iter().map(|layer| [layer.parameters, layer.shared]).collect();
    assert_eq!(counts, [[0, 0], [16, 0], [16, 16], [16, 16]]);
}
