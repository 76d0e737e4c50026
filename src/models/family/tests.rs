//! Families: the graph that a checkpoint becomes.

use super::*;
use crate::data::Picture;
use crate::data::fashion::{Images, PIXELS};
use crate::gpu::{Data, Externals, Runtime, Session};
use crate::models::network::{Edits, Network, Traced, top};
use crate::models::weight_writer::WeightWriter;
use crate::models::weights::{WeightError, WeightFile};

/// A ResNet-18 with an eighth of the channels, under torchvision's names.
fn small_resnet(prefix: &str) -> WeightWriter {
    resnet_with(prefix, |_, shape| Some(shape))
}

/// The same with a tensor of another shape.
fn reshaped(tensor: &str, shape: &[usize]) -> WeightWriter {
    resnet_with("", |name, own| Some(if name == tensor { shape.to_vec() } else { own }))
}

/// The same with other shapes; tensors without one are left out.
fn resnet_with(prefix: &str, change: impl Fn(&str, Vec<usize>) -> Option<Vec<usize>>) -> WeightWriter {
    let mut writer = WeightWriter::default();
    let mut add = |name: &str, shape: &[usize]| {
        let Some(shape) = change(name, shape.to_vec()) else { return };
        let len: usize = shape.iter().product();
        let values: Vec<f32> = (0..len).map(|i| ((i * 37 + name.len()) % 19) as f32 / 19.0 - 0.4).collect();
        // A variance is not negative.
        let values = if name.contains("running_var") { vec![1.0; len] } else { values };
        writer.add(&format!("{prefix}{name}"), &shape, &values);
    };
    let norm = |add: &mut dyn FnMut(&str, &[usize]), name: &str, c: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            add(&format!("{name}.{part}"), &[c]);
        }
    };
    add("conv1.weight", &[8, 3, 7, 7]);
    norm(&mut add, "bn1", 8);
    let mut c = 8;
    for stage in 1..=4 {
        let wide = 8 << (stage - 1);
        for block in 0..2 {
            let at = format!("layer{stage}.{block}");
            add(&format!("{at}.conv1.weight"), &[wide, c, 3, 3]);
            add(&format!("{at}.conv2.weight"), &[wide, wide, 3, 3]);
            norm(&mut add, &format!("{at}.bn1"), wide);
            norm(&mut add, &format!("{at}.bn2"), wide);
            if c != wide {
                add(&format!("{at}.downsample.0.weight"), &[wide, c, 1, 1]);
                norm(&mut add, &format!("{at}.downsample.1"), wide);
            }
            c = wide;
        }
    }
    add("fc.weight", &[10, 64]);
    add("fc.bias", &[10]);
    writer
}

fn opened(writer: WeightWriter) -> Result<Network, WeightError> {
    let bytes = writer.finish("about", "a test".into(), "small").unwrap();
    network(&WeightFile::from_bytes("small.safetensors", bytes).unwrap())
}

fn traced(network: &Network) -> Traced {
    let traced = network.record_picture(&Picture::chelsea(), &Edits::default()).unwrap();
    assert_eq!(traced.stop, None);
    traced
}

fn shape(traced: &Traced, name: &str) -> Vec<usize> {
    traced.layers.iter().find(|layer| layer.name == name).unwrap().shape.clone()
}

#[test]
fn the_embedded_network_has_the_published_shapes() {
    let network = Network::embedded();
    let traced = traced(&network);
    assert_eq!(shape(&traced, "stem ReLU6"), [1, 32, 112, 112]);
    assert_eq!(shape(&traced, "block 5 add"), [1, 40, 28, 28]);
    assert_eq!(shape(&traced, "block 16 project batch norm"), [1, 320, 7, 7]);
    assert_eq!(traced.layers.iter().filter(|l| l.operator == "Add").count(), 9);
    // As counted by others, batch norms' statistics added.
    let learned: usize = traced.layers.iter().map(|l| l.parameters).sum();
    assert_eq!(learned, 4_652_008 + 2 * 21_008);
    assert_eq!(traced.scores.unwrap().logits.shape, [1000]);
    assert_eq!(network.class(282), "tiger cat");
}

#[test]
fn the_network_that_was_trained_here_knows_clothes() {
    let network = Network::trained();
    let traced = traced(&network);
    assert_eq!(shape(&traced, "pooling 2"), [1, 32, 7, 7]);
    assert_eq!(traced.layers.iter().map(|l| l.parameters).sum::<usize>(), 20_490);
    assert_eq!(network.class(9), "ankle boot");
    // As good as in training: on the first pictures that it has never seen, run as the explorer runs it.
    let [_, test] = Images::carried();
    let (Data::U32(pixels), Data::U32(labels)) = (&test.pixels, &test.labels) else { panic!("words") };
    let right = (0..40).filter(|&i| {
        let words = &pixels[i * PIXELS / 4..(i + 1) * PIXELS / 4];
        let rgba = words.iter().flat_map(|word| word.to_le_bytes()).flat_map(|v| [v, v, v, 255]).collect();
        let picture = Picture::from_rgba("clothes", [28, 28], rgba).unwrap();
        let traced = network.record_picture(&picture, &Edits::default()).unwrap();
        let session = Session::new(&Runtime::Reference, traced.plan, &Externals::new()).unwrap();
        session.run();
        let scores = session.read(traced.scores.unwrap().logits.buf).unwrap();
        top(&scores, 1)[0] == labels[i] as usize
    });
    assert!(right.count() >= 30);
}

#[test]
fn a_resnet_is_known_by_its_names_whatever_stands_before_them() {
    for prefix in
        ["", "module.", "state_dict.", "_orig_mod.", "model_state_dict.", "net.0.", "module.encoder_q."]
    {
        let network = opened(small_resnet(prefix)).unwrap();
        assert_eq!((network.name.as_str(), &network.classes), ("ResNet-18", &None));
        let traced = traced(&network);
        assert_eq!(shape(&traced, "stem pooling"), [1, 8, 56, 56]);
        assert_eq!(shape(&traced, "stage 2 block 1 add"), [1, 16, 28, 28]);
        assert_eq!(shape(&traced, "stage 4 block 2 ReLU"), [1, 64, 7, 7]);
        assert_eq!(traced.scores.unwrap().probabilities.shape, [10]);
    }
}

#[test]
fn what_a_file_holds_beside_the_network_is_said() {
    let mut writer = small_resnet("module.encoder_q.");
    writer.add("module.queue", &[2], &[0.0; 2]);
    writer.add("module.queue_ptr", &[1], &[0.0]);
    let network = opened(writer).unwrap();
    let [assumed] = &network.assumed[..] else { panic!("{:?}", network.assumed) };
    assert_eq!(
        assumed,
        "what is called module.encoder_q is the network; of 2 others, such as module.queue, nothing is read"
    );
}

#[test]
fn tensors_that_the_family_has_no_place_for_are_named() {
    let mut writer = small_resnet("");
    for part in ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"] {
        writer.add(&format!("layer1.0.se.{part}"), &[1], &[0.0]);
    }
    // Counters are of use in training alone.
    writer.add("bn1.num_batches_tracked", &[1], &[7.0]);
    assert_eq!(
        opened(writer).unwrap_err().to_string(),
        "4 tensors of squeeze-and-excitation, such as layer1.0.se.fc1.bias, are no part of ResNet-18, export the network as \
         ONNX, which says how it computes: small.safetensors"
    );
    let mut writer = small_resnet("model.");
    writer.add("model.scale", &[1], &[1.0]);
    let says = opened(writer).unwrap_err().to_string();
    assert!(says.starts_with("1 tensor, such as model.scale, is no part of ResNet-18"), "{says}");
}

#[test]
fn a_stem_for_small_pictures_keeps_their_size() {
    let network = opened(reshaped("conv1.weight", &[8, 3, 3, 3])).unwrap();
    assert!(network.assumed[0].contains("stride 1 and no pooling"), "{:?}", network.assumed);
    let traced = traced(&network);
    assert_eq!(shape(&traced, "stem ReLU"), [1, 8, 224, 224]);
    assert!(traced.layers.iter().all(|layer| layer.name != "stem pooling"));
    assert_eq!(shape(&traced, "stage 4 block 2 ReLU"), [1, 64, 28, 28]);
    assert!(opened(small_resnet("")).unwrap().assumed.is_empty());
}

#[test]
fn heads_are_taken_as_they_are_saved() {
    let headless = || resnet_with("", |name, shape| (!name.starts_with("fc")).then_some(shape));
    let none = traced(&opened(headless()).unwrap());
    assert!(none.scores.is_none());
    assert_eq!(none.layers.last().unwrap().shape, [1, 64, 7, 7]);

    let mut one = headless();
    one.add("fc.1.weight", &[3, 64], &[0.5; 192]);
    one.add("fc.1.bias", &[3], &[0.0; 3]);
    assert_eq!(traced(&opened(one).unwrap()).scores.unwrap().logits.shape, [3]);
    let mut two = headless();
    for layer in ["fc.0", "fc.3"] {
        two.add(&format!("{layer}.weight"), &[64, 64], &[0.5; 64 * 64]);
        two.add(&format!("{layer}.bias"), &[64], &[0.0; 64]);
    }
    let says = opened(two).unwrap_err().to_string();
    assert!(says.starts_with("the head has 2 dense layers (fc.0, fc.3)"), "{says}");
}

#[test]
fn channels_and_groups_follow_from_the_kernels() {
    let grey = opened(reshaped("conv1.weight", &[8, 1, 7, 7])).unwrap();
    assert_eq!(grey.model.inputs[0].shape.as_ref().unwrap()[1], Some(1));
    assert_eq!(traced(&grey).scores.unwrap().logits.shape, [10]);

    let grouped = traced(&opened(reshaped("layer1.0.conv2.weight", &[8, 2, 3, 3])).unwrap());
    let conv = grouped.layers.iter().find(|layer| layer.name == "stage 1 block 1 conv 2").unwrap();
    assert_eq!(conv.parameters, 8 * 2 * 9);

    let deep = opened(reshaped("conv1.weight", &[8, 3, 3, 7, 7])).unwrap_err().to_string();
    assert!(deep.starts_with("the tensor conv1.weight has 5 axes (8 x 3 x 3 x 7 x 7)"), "{deep}");
    let odd = opened(reshaped("layer1.0.conv1.weight", &[8, 3, 3, 3])).unwrap_err().to_string();
    assert!(odd.contains("do not fit the 8 channels"), "{odd}");
}

#[test]
fn what_is_of_no_family_or_incomplete_is_refused_in_a_sentence() {
    let mut other = WeightWriter::default();
    other.add("some.weight", &[1], &[1.0]);
    let says = |writer| opened(writer).unwrap_err().to_string();
    assert!(says(other).contains("belong to no network that is known"));
    // As many rows as one likes, of nothing.
    let mut empty = WeightWriter::default();
    empty.add("layer1.0.conv1.weight", &[1 << 60, 0, 1, 1], &[]);
    empty.add("conv1.weight", &[1 << 60, 0, 1, 1], &[]);
    assert!(says(empty).contains("do not fit"));
    let mut half = WeightWriter::default();
    half.add("layer1.0.conv1.weight", &[8, 8, 3, 3], &[0.0; 576]);
    assert_eq!(
        says(half),
        "the tensor conv1.weight is missing, choose a file of the model's own kind: small.safetensors"
    );
    let mut flat = WeightWriter::default();
    flat.add("layer1.0.conv1.weight", &[8, 8, 3, 3], &[0.0; 576]);
    flat.add("conv1.weight", &[8], &[0.0; 8]);
    assert!(says(flat).starts_with("the tensor conv1.weight has 1 axes (8)"));
}
