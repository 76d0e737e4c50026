//! Vision transformers: what torch computed with tiny ones (`tests/data/vits.py`), and what is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;
use crate::data::Picture;
use crate::data::npy::read_npy;
use crate::gpu::reference;
use crate::models::network::{Edits, Network};
use crate::models::weight_files;
use crate::models::weight_writer::WeightWriter;
use crate::models::weights::{WeightError, WeightFile};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/vits").join(name)
}

/// The picture that the script gives the networks: any size, since it is cut and scaled to theirs.
fn stripes() -> Picture {
    let rgba = (0..32 * 32).flat_map(|i| [(i % 32 * 8) as u8, (i / 32 * 8) as u8, (i * 37 % 256) as u8, 255]);
    Picture::from_rgba("stripes", [32, 32], rgba.collect()).unwrap()
}

/// What the layers of a network make of the picture, by name.
fn run(network: &Network) -> BTreeMap<String, Vec<f64>> {
    let traced = network.record_picture(&stripes(), &Edits::default()).unwrap();
    assert_eq!(traced.stop, None);
    let values = reference::run(&traced.plan, &BTreeMap::new());
    let of = |layer: &crate::models::network::TracedLayer| {
        Some((layer.name.clone(), values[layer.output.as_ref()?.buf.0].clone()))
    };
    traced.layers.iter().filter_map(of).collect()
}

#[test]
fn tiny_networks_agree_with_torch() {
    for name in ["timm", "torchvision", "hf_vit", "hf_deit"] {
        let file = weight_files::in_folder(&folder(name)).unwrap();
        let network = network(&weight_files::open(file).unwrap()).unwrap();
        assert_eq!(network.name, if name == "hf_deit" { "DeiT-24/8" } else { "ViT-24/8" });
        assert_eq!((network.input.width, network.input.crop), (32, 1.0), "{name}: {:?}", network.assumed);
        let made = run(&network);
        let last = if name == "hf_deit" { "mean of both classifiers" } else { "classifier" };
        for (layer, file) in [(last, "logits.npy"), ("block 2 attention", "attention.npy")] {
            // torchvision does not give its attention away.
            let Ok(theirs) = read_npy(folder(name).join(file)) else {
                assert_eq!((name, file), ("torchvision", "attention.npy"));
                continue;
            };
            assert_eq!(made[layer].len(), theirs.values.len(), "{name}: {layer}");
            for (ours, theirs) in made[layer].iter().zip(&theirs.values) {
                assert!((ours - f64::from(*theirs)).abs() <= 2e-5, "{name}: {layer}: {ours} and {theirs}");
            }
        }
    }
}

/// timm's tiny network with some tensors changed.
fn changed(
    change: impl Fn(&str, Vec<usize>) -> Option<Vec<usize>>,
    beside: Option<&str>,
) -> Result<Network, WeightError> {
    let file = weight_files::open(folder("timm").join("model.safetensors")).unwrap();
    let mut writer = WeightWriter::default();
    for name in file.names() {
        let Some(shape) = change(&name, file.shape(&name).unwrap().to_vec()) else { continue };
        writer.add(&name, &shape, &vec![0.1; shape.iter().product()]);
    }
    writer.add("counted.num_batches_tracked", &[1], &[1.0]);
    let bytes = writer.finish("about", "a test".into(), "vit").unwrap();
    let mut file = WeightFile::from_bytes("vit.safetensors", bytes).unwrap();
    if let Some(config) = beside {
        file.put_beside("config.json", config.to_owned());
    }
    network(&file)
}

#[test]
fn what_weights_do_not_tell_is_asked_for_or_said() {
    let same = |_: &str, shape| Some(shape);
    let says = |error: Result<Network, WeightError>| error.unwrap_err().to_string();
    let unknown = says(changed(same, None));
    assert!(unknown.starts_with("weights do not tell how many heads share a width of 24"), "{unknown}");
    let heads = r#"{"num_attention_heads": 3, "hidden_act": "gelu"}"#;
    let known = changed(same, Some(heads)).unwrap();
    assert!(known.assumed.iter().any(|what| what.contains("pictures from −1 to 1")), "{:?}", known.assumed);
    // A configuration of another network says nothing.
    assert!(changed(same, Some(r#"{"hidden_size": 32, "num_attention_heads": 3}"#)).is_err());
    let other = says(changed(same, Some(r#"{"num_attention_heads": 3, "hidden_act": "quick_gelu"}"#)));
    assert!(other.starts_with("hidden_act is quick_gelu"), "{other}");
}

#[test]
fn tensors_that_do_not_fit_are_named() {
    let heads = Some(r#"{"num_attention_heads": 3}"#);
    let with = |tensor: &'static str, wanted: Option<Vec<usize>>| {
        let change =
            move |name: &str, shape: Vec<usize>| if name == tensor { wanted.clone() } else { Some(shape) };
        changed(change, heads).unwrap_err().to_string()
    };
    for (tensor, shape, part) in [
        (
            "pos_embed",
            Some(vec![1, 16, 24]),
            "the tensor pos_embed is 1 x 16 x 24 and the model needs 1 x 10 x 24",
        ),
        ("pos_embed", None, "the tensor pos_embed is missing"),
        ("patch_embed.proj.weight", Some(vec![24, 3, 8, 4]), "needs 24 x 3 x 8 x 8"),
        ("blocks.1.mlp.fc2.weight", Some(vec![24, 31]), "needs 24 x 32"),
        ("blocks.0.attn.qkv.weight", Some(vec![70, 24]), "needs 72 x 24"),
        ("blocks.1.norm1.weight", None, "the tensor blocks.1.norm1.weight is missing"),
        ("cls_token", None, "the tensor cls_token is missing"),
    ] {
        let says = with(tensor, shape);
        assert!(says.contains(part), "{tensor}: {says}");
    }
}
