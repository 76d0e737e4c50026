//! A small ONNX network with weights in the file, and the same with absurd sizes.

use std::cell::RefCell;

use rten_onnx::onnx::{
    DataType, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, TypeProtoTensor, ValueInfoProto,
};

use super::sizes::Absurd;

/// What is absurd in a network; the default is sound.
struct Sizes {
    side: i64,
    kernels: i64,
    bytes: usize,
    fill: i64,
}

const SOUND: Sizes = Sizes { side: 8, kernels: 4, bytes: 4 * 4 * 27, fill: 4 };

fn node(operator: &str, input: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: Some(operator.into()),
        input: input.iter().map(|&n| n.to_owned()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

fn tensor(name: &str, kind: DataType, dims: &[i64], raw: Vec<u8>) -> TensorProto {
    TensorProto {
        name: Some(name.into()),
        dims: dims.to_vec(),
        data_type: Some(kind),
        raw_data: Some(RefCell::new(raw)),
        ..Default::default()
    }
}

fn end(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape.iter().map(|&n| Dimension { dim_value: Some(n), dim_param: None }).collect();
    let tensor = TypeProtoTensor { elem_type: Some(DataType::FLOAT), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto {
        name: Some(name.into()),
        r#type: Some(TypeProto { tensor_type: Some(tensor), sequence: None }),
    }
}

/// A convolution without a bias, one that the graph fills itself, ReLU and the mean of each map.
fn network(sizes: &Sizes) -> Vec<u8> {
    let floats: Vec<u8> = (0..sizes.bytes / 4).flat_map(|i| (i as f32 * 0.01).to_le_bytes()).collect();
    let fill: Vec<u8> = [sizes.fill, 1, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
    let graph = GraphProto {
        node: vec![
            node("Conv", &["x", "w"], "a"),
            node("ConstantOfShape", &["shape"], "bias"),
            node("Add", &["a", "bias"], "b"),
            node("Relu", &["b"], "c"),
            node("GlobalAveragePool", &["c"], "y"),
        ],
        initializer: vec![
            tensor("w", DataType::FLOAT, &[sizes.kernels, 3, 3, 3], floats),
            tensor("shape", DataType::INT64, &[3], fill),
        ],
        input: vec![end("x", &[1, 3, sizes.side, 8])],
        output: vec![end("y", &[1, sizes.kernels, 1, 1])],
        value_info: vec![],
    };
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: None, version: Some(13) }],
        ..Default::default()
    };
    model.write_buf().unwrap()
}

/// The sound network.
pub fn sound() -> Vec<u8> {
    network(&SOUND)
}

/// The network with sizes that no file has.
pub fn absurd(_: &[u8]) -> Vec<Absurd> {
    let large = 1 << 40;
    [
        ("an input of 2^40 rows", Sizes { side: large, ..SOUND }),
        ("an input of 2^20 rows", Sizes { side: 1 << 20, ..SOUND }),
        ("an input of i64::MAX rows", Sizes { side: i64::MAX, ..SOUND }),
        ("an input of 0 rows", Sizes { side: 0, ..SOUND }),
        ("a weight of 2^40 kernels", Sizes { kernels: large, ..SOUND }),
        ("a weight of -1 kernels", Sizes { kernels: -1, ..SOUND }),
        ("a weight without numbers", Sizes { bytes: 0, ..SOUND }),
        ("a fill of 2^40 numbers", Sizes { fill: large, ..SOUND }),
        ("a fill of 2^28 numbers", Sizes { fill: 1 << 28, ..SOUND }),
        ("a fill of 2^27 numbers", Sizes { fill: 1 << 27, ..SOUND }),
        ("a fill of -1 numbers", Sizes { fill: -1, ..SOUND }),
    ]
    .map(|(how, sizes)| (how.to_owned(), network(&sizes)))
    .to_vec()
}
