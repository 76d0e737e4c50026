//! Damaged, absurd and hostile files: each is refused with a sentence.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use rten_onnx::onnx::{
    AttributeProto, DataLocation, DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    StringStringEntryProto, TensorProto, ValueInfoProto,
};

use super::file::{MAX_ENDS, MAX_NAME, MAX_NODES, Model, decode_tensor};
use super::value::{Array, Elem, Value};
use super::{Fault, read, record};
use crate::gpu::{Externals, Plan, Runtime, Session};

fn node(operator: &str, input: &[&str], output: &[&str]) -> NodeProto {
    let all = |names: &[&str]| names.iter().map(|&n| n.to_owned()).collect();
    NodeProto { op_type: Some(operator.into()), input: all(input), output: all(output), ..Default::default() }
}

fn weight(name: &str, dims: &[i64], floats: &[f32]) -> TensorProto {
    let bytes = floats.iter().flat_map(|v| v.to_le_bytes()).collect();
    TensorProto {
        name: Some(name.into()),
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        raw_data: Some(RefCell::new(bytes)),
        ..Default::default()
    }
}

/// A weight of two floats in another file.
fn outside(location: &str, more: &[(&str, &str)]) -> TensorProto {
    let entries = std::iter::once(("location", location)).chain(more.iter().copied());
    let entry = |(key, value): (&str, &str)| StringStringEntryProto {
        key: Some(key.into()),
        value: Some(value.into()),
    };
    TensorProto {
        raw_data: None,
        data_location: Some(DataLocation::EXTERNAL),
        external_data: entries.map(entry).collect(),
        ..weight("w", &[2], &[])
    }
}

fn bytes(node: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Vec<u8> {
    let end = |name: &str| vec![ValueInfoProto { name: Some(name.into()), r#type: None }];
    let graph = GraphProto { node, initializer, input: end("x"), output: end("y"), value_info: vec![] };
    let opset = OperatorSetIdProto { domain: None, version: Some(13) };
    let model = ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![opset],
        ..Default::default()
    };
    model.write_buf().unwrap()
}

fn sound() -> Vec<u8> {
    let nodes = vec![node("Add", &["x", "w"], &["z"]), node("Relu", &["z"], &["y"])];
    bytes(nodes, vec![weight("w", &[2], &[1.0, -2.0])])
}

fn refusal(bytes: &[u8], folder: &Path) -> String {
    let sentence = Model::from_bytes(bytes, folder).unwrap_err().to_string();
    assert!(!sentence.contains('\n') && sentence.len() < 400, "{sentence}");
    sentence
}

fn refused(nodes: Vec<NodeProto>, weights: Vec<TensorProto>) -> String {
    refusal(&bytes(nodes, weights), Path::new(""))
}

/// Whatever the file says, it is read or refused, and what was read records or stops.
fn survives(bytes: &[u8]) {
    if let Ok(model) = Model::from_bytes(bytes, Path::new("")) {
        let given = model.inputs.iter().map(|i| (i.name.clone(), Array::floats(&[2], vec![1.0, 2.0])));
        let recorded = record(&model, given.collect());
        if let Some(stop) = recorded.stop {
            assert!(!stop.to_string().is_empty());
        }
    }
}

#[test]
fn a_sound_file_is_read_in_order() {
    let nodes = vec![node("Relu", &["z"], &["y"]), node("Add", &["x", "w"], &["z"])];
    let model =
        Model::from_bytes(&bytes(nodes, vec![weight("w", &[2], &[1.0, -2.0])]), Path::new("")).unwrap();
    let order: Vec<_> = model.nodes.iter().filter_map(|n| n.op_type.as_deref()).collect();
    assert_eq!(order, ["Add", "Relu"]);
    assert_eq!((model.inputs[0].name.as_str(), model.opset("")), ("x", 13));
    assert_eq!(model.weights["w"], Array::floats(&[2], vec![1.0, -2.0]));
}

#[test]
fn every_cut_and_every_flipped_bit_is_survived() {
    let good = sound();
    for len in 0..good.len() {
        survives(&good[..len]);
    }
    for i in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[i] ^= 1 << bit;
            survives(&bad);
        }
    }
    assert!(refusal(&good[..good.len() - 3], Path::new("")).contains("no intact ONNX file"));
    assert!(refusal(b"", Path::new("")).contains("no graph"));
    assert!(refusal(b"\x89PNG\r\n\x1a\n", Path::new("")).contains("no intact ONNX file"));
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_reserved() {
    let relu = || vec![node("Relu", &["x"], &["y"])];
    for dims in [
        &[i64::MAX][..],
        &[1 << 40, 1 << 40],
        &[-1],
        &[0, 1 << 62],
        &[0, 1 << 28, 1 << 28],
        &[1 << 29, 2],
        &[1; 17],
    ] {
        let says = refused(relu(), vec![weight("w", dims, &[])]);
        assert!(says.contains("the tensor w") && says.contains("shape"), "{says}");
    }
    assert!(refused(relu(), vec![weight("w", &[3], &[1.0])]).contains("4 bytes and its shape [3] needs 12"));
    let long = "n".repeat(MAX_NAME + 1);
    assert!(refused(vec![node("Relu", &["x"], &[&long])], vec![]).contains("length of a name"));
    let many: Vec<_> = (0..=MAX_NODES).map(|_| node("Relu", &[], &[])).collect();
    assert!(refused(many, vec![]).contains("number of nodes"));
    let wide = vec!["x"; MAX_ENDS + 1];
    assert!(refused(vec![node("Sum", &wide, &["y"])], vec![]).contains("number of inputs of a node"));
    assert!(decode_tensor(&[0x08, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x10, 0x01]).is_err());
}

#[test]
fn types_that_are_not_read_are_named() {
    let text = TensorProto { data_type: Some(DataType::STRING), ..weight("w", &[0], &[]) };
    assert!(refused(vec![], vec![text]).contains("of the type string, which is not supported"));
    assert_eq!(Elem::of(DataType::FLOAT16), Ok(Elem::F16));
}

#[test]
fn cycles_missing_values_and_doubles_are_refused() {
    let ring =
        vec![node("Add", &["x", "b"], &["a"]), node("Relu", &["a"], &["b"]), node("Relu", &["b"], &["y"])];
    assert!(refused(ring, vec![]).contains("has a cycle through the node a"));
    let own = vec![node("Add", &["x", "y"], &["y"])];
    assert!(refused(own, vec![]).contains("cycle"));
    assert!(refused(vec![node("Relu", &["q"], &["y"])], vec![]).contains("reads q"));
    let twice = vec![node("Relu", &["x"], &["y"]), node("Exp", &["x"], &["y"])];
    assert!(refused(twice, vec![]).contains("made twice"));
    assert!(refused(vec![node("Relu", &["x"], &["x"])], vec![]).contains("made twice"));
    assert!(refused(vec![node("Relu", &["x"], &["z"])], vec![]).contains("makes the output y"));
}

#[test]
fn weights_outside_the_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (home, secret) = (dir.path().join("model"), dir.path().join("secret.bin"));
    fs::create_dir(&home).unwrap();
    fs::write(&secret, [0; 8]).unwrap();
    fs::write(home.join("w.bin"), [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64]).unwrap();
    let with = |w| bytes(vec![node("Add", &["x", "w"], &["y"])], vec![w]);
    let says = |w| refusal(&with(w), &home);

    let good =
        Model::from_bytes(&with(outside("w.bin", &[("offset", "4"), ("length", "8")])), &home).unwrap();
    assert_eq!(good.weights["w"], Array::floats(&[2], vec![1.0, 2.0]));
    for location in ["../secret.bin", "a/../../secret.bin", secret.to_str().unwrap(), "", "."] {
        assert!(says(outside(location, &[])).contains("only files in the model's folder"), "{location}");
    }
    assert!(says(outside("absent.bin", &[])).contains("not in the model's folder"));
    assert!(says(outside("w.bin", &[("offset", "8")])).contains("needs 8 bytes from byte 8"));
    assert!(says(outside("w.bin", &[("offset", "18446744073709551615")])).contains("which has 12"));
    assert!(says(outside("w.bin", &[("length", "12")])).contains("12 bytes"));
    assert!(says(outside("w.bin", &[("offset", "-4")])).contains("no number"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&secret, home.join("link.bin")).unwrap();
        assert!(says(outside("link.bin", &[])).contains("a link that leads out"));
        assert!(says(outside("/dev/zero", &[])).contains("only files in the model's folder"));
    }
}

#[test]
fn weights_outside_are_limited_all_together() {
    let dir = tempfile::tempdir().unwrap();
    let file = fs::File::create(dir.path().join("w.bin")).unwrap();
    file.set_len(4 << 27).unwrap();
    let one =
        |name: &str| TensorProto { name: Some(name.into()), dims: vec![1 << 27], ..outside("w.bin", &[]) };
    let three = bytes(vec![node("Add", &["x", "a"], &["y"])], ["a", "b", "c"].map(one).to_vec());
    let says = refusal(&three, dir.path());
    assert!(says.contains("number of weights is 402653184, and the limit is 268435456"), "{says}");
}

#[test]
fn a_stop_names_the_node_and_keeps_what_was_recorded() {
    let nodes =
        vec![node("Relu", &["x"], &["a"]), node("Sorcery", &["a"], &["b"]), node("Relu", &["b"], &["y"])];
    let model = Model::from_bytes(&bytes(nodes, vec![]), Path::new("")).unwrap();
    let given = [("x".to_owned(), Array::floats(&[2], vec![1.0, -1.0]))];
    let recorded = record(&model, given.into());
    assert_eq!(recorded.plan.steps.len(), 1);
    assert!(recorded.values.contains_key("a") && recorded.outputs.is_empty());
    let stop = recorded.stop.unwrap();
    assert!(stop.is_unsupported());
    assert_eq!(stop.to_string(), "Sorcery at the node b: this operator is not supported");
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let model = Model::from_bytes(&sound(), Path::new("")).unwrap();
    let stop = |given: &[(&str, usize)]| {
        let arrays = given.iter().map(|&(name, n)| (name.to_owned(), Array::floats(&[n], vec![0.0; n])));
        record(&model, arrays.collect()).stop.unwrap().to_string()
    };
    assert!(stop(&[]).contains("the input x is missing"));
    assert!(stop(&[("x", 2), ("q", 2)]).contains("the input q does not exist, the model has x"));
    assert!(stop(&[("x", 3)]).contains("Add at the node z"));
}

/// What stops `nodes`, of which the input is `x` with this shape and content.
fn stopped(nodes: Vec<NodeProto>, weights: Vec<TensorProto>, x: Array) -> String {
    let model = Model::from_bytes(&bytes(nodes, weights), Path::new("")).unwrap();
    let says = record(&model, [("x".to_owned(), x)].into()).stop.unwrap().to_string();
    assert!(!says.contains('\n') && says.len() < 600, "{says}");
    says
}

fn ints(name: &str, ints: &[i64]) -> TensorProto {
    TensorProto {
        data_type: Some(DataType::INT64),
        int64_data: ints.to_vec(),
        raw_data: None,
        ..weight(name, &[ints.len() as i64], &[])
    }
}

fn zeros(shape: &[usize]) -> Array {
    Array::floats(shape, vec![0.0; shape.iter().product()])
}

fn with_ints(node: NodeProto, name: &str, ints: &[i64]) -> NodeProto {
    let attribute = AttributeProto { name: Some(name.into()), ints: ints.to_vec(), ..Default::default() };
    NodeProto { attribute: [node.attribute, vec![attribute]].concat(), ..node }
}

#[test]
fn positions_of_maxima_are_refused_where_numbers_are_combined() {
    for last in [
        node("Equal", &["at", "at"], &["y"]),
        node("Greater", &["at", "w"], &["y"]),
        with_ints(node("Transpose", &["at"], &["y"]), "perm", &[3, 2, 1, 0]),
        node("Expand", &["at", "to"], &["y"]),
    ] {
        let pool = with_ints(node("MaxPool", &["x"], &["m", "at"]), "kernel_shape", &[2, 2]);
        let weights = vec![weight("w", &[1], &[0.0]), ints("to", &[2, 1, 1, 1])];
        let says = stopped(vec![pool, last], weights, zeros(&[1, 1, 3, 3]));
        assert!(says.contains("positions that the network computes"), "{says}");
    }
}

#[test]
fn what_the_cpu_would_make_is_limited_before_it_is_made() {
    let nothing = |dims: &[i64]| weight("w", dims, &[]);
    let filled = |dims: &[i64]| (node("ConstantOfShape", &["to"], &["f"]), ints("to", dims));
    let (huge, to_huge) = filled(&[1 << 29]);
    let (wide, to_wide) = filled(&[(1 << 25) + 1]);
    let along = |operator, input: &[&str]| {
        let axis = AttributeProto { name: Some("axis".into()), i: Some(1), ..Default::default() };
        NodeProto { attribute: vec![axis], ..node(operator, input, &["y"]) }
    };
    let relu = node("Relu", &["f"], &["y"]);
    for (nodes, weights) in [
        (vec![huge, relu], vec![to_huge]),
        (vec![wide, node("NonZero", &["f"], &["y"])], vec![to_wide]),
        (
            vec![node("Tile", &["w", "to"], &["y"])],
            vec![weight("w", &[2], &[0.0; 2]), ints("to", &[1 << 24])],
        ),
        (vec![along("Concat", &["w", "w"])], vec![nothing(&[1 << 24, 0])]),
        (vec![along("Gather", &["w", "to"])], vec![nothing(&[1 << 24, 2, 0]), ints("to", &[0, 1])]),
        (vec![node("ReduceSum", &["w", "to"], &["y"])], vec![nothing(&[1 << 25, 0]), ints("to", &[1])]),
    ] {
        let says = stopped(nodes, weights, zeros(&[1]));
        assert!(says.contains("numbers on the CPU are more than the limit of"), "{says}");
    }
}

#[test]
fn long_sequences_and_endless_plans_are_refused() {
    let weights = || vec![weight("w", &[1, 1, 1], &[1.0]), weight("r", &[1, 1, 1], &[1.0])];
    let says = stopped(vec![node("RNN", &["x", "w", "r"], &["y"])], weights(), zeros(&[4097, 1, 1]));
    assert!(says.contains("have 4097 steps, and the limit is 4096"), "{says}");
    // Three steps each.
    let name = |i: usize| if i == 0 { "x".to_owned() } else { format!("y{i}") };
    let mut ceils: Vec<_> = (0..90_000).map(|i| node("Ceil", &[&name(i)], &[&name(i + 1)])).collect();
    ceils.push(node("Relu", &[&name(90_000)], &["y"]));
    let says = stopped(ceils, vec![], zeros(&[1]));
    assert!(says.contains("are more than the limit of 262144"), "{says}");
}

#[test]
fn no_value_has_more_axes_than_the_limit() {
    let many: Vec<i64> = (0..100_000).collect();
    let unsqueeze = |axes: &[i64]| (vec![node("Unsqueeze", &["x", "w"], &["y"])], vec![ints("w", axes)]);
    let deep = |name| weight(name, &[1; 9], &[0.0]);
    let gather = NodeProto { input: vec!["v".into(), "w".into()], ..node("Gather", &[], &["y"]) };
    let ids = TensorProto { dims: vec![1; 9], ..ints("w", &[0]) };
    for ((nodes, weights), x, says) in [
        (unsqueeze(&many), zeros(&[1]), "100001 axes are more than the limit of 16"),
        (unsqueeze(&[0, 1]), zeros(&[1; 15]), "17 axes are more than the limit of 16"),
        ((vec![gather], vec![deep("v"), ids]), zeros(&[1]), "a result of 17 axes"),
        (
            (vec![node("Squeeze", &["x", "w"], &["y"])], vec![ints("w", &many)]),
            zeros(&[1]),
            "100000 axes are named",
        ),
        (unsqueeze(&[0]), zeros(&[1; 17]), "has 17 axes, and the limits are"),
    ] {
        let got = stopped(nodes, weights, x);
        assert!(got.contains(says), "{got}");
    }
}

#[test]
fn positions_are_read_as_whole_numbers() {
    let mut plan = Plan::new();
    let (above, shape) = ((1_u32 << 24) + 1, [1]);
    let value = Value::computed(Elem::I64, plan.constant("at", &shape, vec![above]));
    let session = Session::new(&Runtime::Reference, plan, &Externals::new()).unwrap();
    assert_eq!(read(&session, &value).unwrap(), Array::ints(Elem::I64, &shape, vec![i64::from(above)]));

    let order = AttributeProto { name: Some("storage_order".into()), i: Some(1), ..Default::default() };
    let mut pool = with_ints(node("MaxPool", &["x"], &["m", "y"]), "kernel_shape", &[1, 1]);
    pool.attribute.push(order);
    let says = stopped(vec![pool], vec![], zeros(&[1, 1, 4097, 4096]));
    assert!(says.contains("are beyond 16777216"), "{says}");
}

#[test]
fn a_mask_is_made_only_where_it_is_wanted() {
    let made = |outputs: &[&str]| {
        let mut nodes = vec![node("Dropout", &["x", "rate", "training"], outputs)];
        nodes.push(node("Relu", &[outputs[0]], &["y"]));
        let training =
            TensorProto { data_type: Some(DataType::BOOL), int32_data: vec![1], ..ints("training", &[]) };
        let training = TensorProto { dims: vec![], int64_data: vec![], ..training };
        let weights = vec![weight("rate", &[], &[0.5]), training];
        let model = Model::from_bytes(&bytes(nodes, weights), Path::new("")).unwrap();
        let recorded = record(&model, [("x".to_owned(), zeros(&[4]))].into());
        assert_eq!(recorded.stop, None);
        recorded.plan.steps.len()
    };
    assert_eq!(made(&["d"]) + 1, made(&["d", "mask"]));
}

#[test]
fn a_fault_names_the_file_last() {
    let error = Model::open("no/such/model.onnx").unwrap_err();
    assert!(matches!(error.fault, Fault::Io(_)));
    assert!(error.to_string().ends_with(": no/such/model.onnx"));
    assert!(Model::open("src").unwrap_err().to_string().contains("folder"));
}

/// What an RNN of one unit makes of two steps, or what stops it.
fn recurrent(activations: &[&str]) -> Result<Vec<f32>, String> {
    let mut rnn = node("RNN", &["x", "w", "r"], &["y"]);
    if !activations.is_empty() {
        let strings = activations.iter().map(ToString::to_string).collect();
        let named = |name: &str| AttributeProto { name: Some(name.into()), ..Default::default() };
        rnn.attribute = vec![AttributeProto { strings, ..named("activations") }, named("activation_alpha")];
    }
    let weights = vec![weight("w", &[1, 1, 1], &[0.5]), weight("r", &[1, 1, 1], &[-2.0])];
    let model = Model::from_bytes(&bytes(vec![rnn], weights), Path::new("")).unwrap();
    let x = Array::floats(&[2, 1, 1], vec![1.0, 3.0]);
    let recorded = record(&model, [("x".to_owned(), x)].into());
    if let Some(stop) = recorded.stop {
        return Err(stop.to_string());
    }
    let session = Session::new(&Runtime::Reference, recorded.plan, &Externals::new()).unwrap();
    session.run();
    let y = read(&session, &recorded.outputs[0].1).unwrap();
    Ok(y.numbers.to_f64().iter().map(|v| *v as f32).collect())
}

#[test]
fn activations_that_are_the_usual_ones_may_be_spelled_out() {
    let usual = recurrent(&[]).unwrap();
    assert_eq!(recurrent(&["Tanh"]).unwrap(), usual);
    assert_eq!(recurrent(&["tanh"]).unwrap(), usual);
    // max(0, 0.5·3 − 2·0.5)
    assert_eq!(recurrent(&["Relu"]).unwrap(), [0.5, 0.5]);
    for other in [&["Softsign"][..], &["Tanh", "Tanh"]] {
        let says = recurrent(other).unwrap_err();
        assert!(
            says.contains(&format!("the activations {} are not run, only Tanh", other.join(", "))),
            "{says}"
        );
    }
}
