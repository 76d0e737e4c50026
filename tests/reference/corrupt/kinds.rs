//! Every kind of file that is read: an intact one, the function that opens it, and absurd sizes for it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use glassbox::app::{self, Opened, settings};
use glassbox::data::{Picture, npy, npz};
use glassbox::models::network::kept::Kept;
use glassbox::models::network::{Edits, InputSettings};
use glassbox::models::onnx::read_tensor;
use glassbox::models::weight_writer::WeightWriter;
use glassbox::models::{
    Architecture, EncoderConfig, MiniLm, Network, Tokenizer, WeightFile, pytorch, weight_files,
};
use glassbox::nn::{Checkpoint, Init, Parameters};
use glassbox::recipes::own::Head;
use image::{DynamicImage, ImageFormat};

use super::graphs;
use super::sizes::{self, Absurd};

/// A kind of file.
pub struct Kind {
    /// The name of the file that is opened.
    pub file: &'static str,
    /// Content that opens; files that belong to it are written into the folder.
    pub intact: fn(&Path) -> Vec<u8>,
    /// Opens the file as the program does: what is wrong, or nothing.
    pub open: fn(&Path) -> Result<(), String>,
    /// Contents with absurd sizes.
    pub absurd: fn(&[u8]) -> Vec<Absurd>,
    /// Bytes at the end that hold nothing, so that a file without some of them may open. `None` where a
    /// cut cannot be noticed: a list of names that is cut is a shorter list.
    pub idle_end: Option<usize>,
}

/// All of them.
pub const KINDS: &[Kind] = &[
    Kind {
        file: "p.png",
        intact: |_| photo(ImageFormat::Png),
        open: file,
        absurd: sizes::png,
        // The last chunk is empty.
        idle_end: Some(12),
    },
    Kind {
        file: "p.jpg",
        intact: |_| photo(ImageFormat::Jpeg),
        open: file,
        absurd: sizes::jpeg,
        idle_end: Some(0),
    },
    Kind {
        file: "p.gif",
        intact: |_| photo(ImageFormat::Gif),
        open: file,
        absurd: sizes::gif,
        idle_end: Some(1),
    },
    Kind {
        file: "p.bmp",
        intact: |_| photo(ImageFormat::Bmp),
        open: file,
        absurd: sizes::bmp,
        idle_end: Some(0),
    },
    Kind {
        file: "p.webp",
        intact: |_| photo(ImageFormat::WebP),
        open: file,
        absurd: sizes::webp,
        idle_end: Some(0),
    },
    Kind {
        file: "small.onnx",
        intact: |_| graphs::sound(),
        open: file,
        absurd: graphs::absurd,
        idle_end: Some(0),
    },
    Kind {
        file: "squeezenet.onnx",
        intact: |_| data("onnx/light/squeezenet/model.onnx"),
        open: file,
        absurd: none,
        idle_end: Some(0),
    },
    Kind {
        file: "alexnet.onnx",
        intact: |_| data("onnx/light/bvlc_alexnet/model.onnx"),
        open: file,
        absurd: none,
        idle_end: Some(0),
    },
    Kind {
        file: "input_0.pb",
        intact: |_| data("onnx/node/test_conv_with_strides_padding/test_data_set_0/input_0.pb"),
        open: |path| read_tensor(path).map(drop).map_err(text),
        absurd: none,
        idle_end: Some(0),
    },
    Kind {
        file: "a.npy",
        intact: |_| data("minilm_embedding.npy"),
        open: |path| npy::read_npy_numbers(path).map(drop).map_err(text),
        absurd: sizes::npy,
        idle_end: Some(0),
    },
    Kind {
        file: "a.npz",
        intact: |_| data("arrays.npz"),
        open: |path| npz::read_npz_numbers(path, None, "ids").map(drop).map_err(text),
        absurd: sizes::zip,
        idle_end: Some(0),
    },
    Kind {
        file: "w.safetensors",
        intact: |_| encoder("config"),
        open: weights,
        absurd: sizes::safetensors,
        idle_end: Some(0),
    },
    Kind {
        file: "encoder.safetensors",
        intact: |_| encoder("config"),
        open: |path| {
            let model = MiniLm::open(path).map_err(text)?;
            model.word_table().map_err(text)?;
            model.embeddings().map_err(text)?;
            (0..model.config().layers).try_for_each(|i| model.layer(i).map(drop).map_err(text))
        },
        absurd: sizes::safetensors,
        idle_end: Some(0),
    },
    Kind {
        file: "zip.pth",
        intact: |_| data("checkpoint_zip.pth"),
        open: checkpoint,
        absurd: sizes::zip,
        idle_end: Some(0),
    },
    Kind {
        file: "stream.pth",
        intact: |_| data("checkpoint_stream.pth"),
        open: checkpoint,
        absurd: sizes::stream,
        idle_end: Some(0),
    },
    Kind {
        file: "efficientnet.safetensors",
        intact: |_| asset("models/efficientnet-lite0.f16.safetensors"),
        open: file,
        absurd: sizes::safetensors,
        idle_end: Some(0),
    },
    Kind {
        file: "config.json",
        intact: |folder| {
            // Without its configuration in the header, so that the file is read.
            fs::write(folder.join("model.safetensors"), encoder("about")).unwrap();
            fs::write(folder.join("tokenizer.json"), asset("models/all-MiniLM-L6-v2.tokenizer.json"))
                .unwrap();
            serde_json::to_vec(&config()).unwrap()
        },
        open: file,
        absurd: |intact| sizes::json(intact, &["num_hidden_layers", "hidden_size", "vocab_size"]),
        idle_end: Some(0),
    },
    Kind {
        file: "tokenizer.json",
        intact: |_| asset("models/all-MiniLM-L6-v2.tokenizer.json"),
        open: |path| {
            let rules = Tokenizer::open(path).map_err(text)?;
            // Rules that say nonsense may refuse the sentence.
            let _ = rules.encode("A cat sat on the mat, didn't it?");
            Ok(())
        },
        absurd: |intact| sizes::json(intact, &["max_input_chars_per_word", "id"]),
        idle_end: Some(0),
    },
    Kind {
        file: "labels.json",
        intact: |_| br#"{"0": "tench", "1": "goldfish", "2": ["n1", "shark"]}"#.to_vec(),
        open: file,
        absurd: |intact| {
            let numbers =
                ["\"18446744073709551615\"", "\"-1\"", "\"4294967296\"", "\"99999999999999999999\""];
            sizes::replaced(intact, "\"2\"", &numbers)
        },
        idle_end: Some(0),
    },
    Kind {
        file: "labels.txt",
        intact: |_| (0..1000).map(|i| format!("class number {i}\n")).collect::<String>().into_bytes(),
        open: file,
        absurd: |_| {
            vec![("many lines".into(), b"a\n".repeat(1 << 20)), ("one line".into(), b"a".repeat(1 << 22))]
        },
        idle_end: None,
    },
    Kind {
        file: "model.safetensors.index.json",
        intact: |folder| {
            let (model, shard) =
                (data("encoders/bert/model.safetensors"), "model-00001-of-00001.safetensors");
            fs::write(folder.join(shard), &model).unwrap();
            let names = WeightFile::from_bytes("bert", model).unwrap().names();
            let map: BTreeMap<String, &str> = names.into_iter().map(|name| (name, shard)).collect();
            serde_json::to_vec(&serde_json::json!({ "metadata": { "total_size": 9240 }, "weight_map": map }))
                .unwrap()
        },
        open: |path| weight_files::open(path).map_err(text)?.all().map(drop).map_err(text),
        absurd: |intact| {
            let names = ["\"../w.safetensors\"", "\"/etc/hostname\"", "\"\"", "7", "[]"];
            sizes::replaced(intact, "\"model-00001-of-00001.safetensors\"", &names)
        },
        idle_end: Some(0),
    },
    Kind {
        file: "vit.safetensors",
        intact: |folder| {
            for name in ["config.json", "preprocessor_config.json"] {
                fs::write(folder.join(name), data(&format!("vits/hf_vit/{name}"))).unwrap();
            }
            data("vits/hf_vit/model.safetensors")
        },
        open: file,
        absurd: sizes::safetensors,
        idle_end: Some(0),
    },
    Kind {
        file: "preprocessor_config.json",
        intact: |folder| {
            for name in ["config.json", "model.safetensors"] {
                fs::write(folder.join(name), data(&format!("vits/hf_vit/{name}"))).unwrap();
            }
            data("vits/hf_vit/preprocessor_config.json")
        },
        open: |path| file(&path.with_file_name("model.safetensors")),
        absurd: |intact| sizes::replaced(intact, "[", &["[1e400, ", "[-1, ", "[4294967296, ", "[0, ", "["]),
        // What is not told is guessed, and the guess is listed.
        idle_end: None,
    },
    Kind {
        file: "training.safetensors",
        intact: |folder| {
            let (parameters, path) = (parameters(), folder.join("saved.safetensors"));
            let w = vec![0.5; parameters.buffer_len()];
            Checkpoint { step: 7, w, m: vec![], h: vec![] }.save(&parameters, "test", &path).unwrap();
            fs::read(path).unwrap()
        },
        open: |path| Checkpoint::load(&parameters(), "test", path).map(drop).map_err(text),
        absurd: sizes::safetensors,
        idle_end: Some(0),
    },
    Kind {
        file: "head.safetensors",
        intact: |_| head(),
        open: |path| Head::load(path).map(drop).map_err(text),
        absurd: sizes::safetensors,
        idle_end: Some(0),
    },
    Kind {
        file: "models.json",
        intact: |_| {
            let mut kept = Kept::default();
            let file =
                Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/onnx/node/test_relu/model.onnx");
            kept.set_input(&Network::open(file).unwrap(), Some(InputSettings::default()));
            kept.to_json().into_bytes()
        },
        // What cannot be read is left out, and no sentence is due.
        open: |path| {
            settings::load(path);
            Ok(())
        },
        absurd: |intact| {
            sizes::replaced(intact, "224", &["0", "4294967296", "-1", "1e400", "224, \"height\": 1"])
        },
        idle_end: None,
    },
];

fn text(error: impl Display) -> String {
    error.to_string()
}

fn none(_: &[u8]) -> Vec<Absurd> {
    Vec::new()
}

fn data(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path)).unwrap()
}

fn asset(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(path)).unwrap()
}

/// A part of the photo, encoded.
fn photo(format: ImageFormat) -> Vec<u8> {
    let whole = image::load_from_memory(&asset("images/chelsea.png")).unwrap();
    let part = DynamicImage::ImageRgb8(whole.crop_imm(120, 60, 96, 64).into_rgb8());
    let mut bytes = Cursor::new(Vec::new());
    part.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Opens a file as the window does. A network is judged when it is recorded; what stops that is said on its
/// page, which names the file.
fn file(path: &Path) -> Result<(), String> {
    let Opened::Network(network) = app::open(path).map_err(text)? else { return Ok(()) };
    let stopped = |what: String| Err(format!("{what}: {}", path.display()));
    match network.record_picture(&Picture::chelsea(), &Edits::default()) {
        Ok(traced) => traced.stop.map_or(Ok(()), |stop| stopped(stop.to_string())),
        Err(error) => stopped(error.to_string()),
    }
}

fn weights(path: &Path) -> Result<(), String> {
    let file = WeightFile::open(path).map_err(text)?;
    for name in file.names() {
        let shape = file.shape(&name).map_err(text)?.to_vec();
        file.tensor(&name, &shape).map_err(text)?;
    }
    Ok(())
}

/// Of no family, so that only the reader can open it.
fn checkpoint(path: &Path) -> Result<(), String> {
    let file = pytorch::open(path).map_err(text)?;
    file.tensor("fc.weight", &[3, 4]).and(file.tensor("fc.bias", &[3])).map(drop).map_err(text)
}

fn parameters() -> Parameters {
    let mut parameters = Parameters::new(0);
    parameters.add("w", &[8, 4], Init::Zeros);
    parameters.add("b", &[8], Init::Zeros);
    parameters
}

fn config() -> EncoderConfig {
    EncoderConfig {
        architecture: Architecture::Bert,
        hidden_act: "gelu".into(),
        layers: 1,
        heads: 2,
        hidden: 8,
        intermediate: 16,
        vocabulary: 32,
        positions: 16,
        types: 2,
        embedding: None,
        padding: None,
        position_embedding: None,
        norm_epsilon: 1e-12,
    }
}

/// What `glassbox transfer` saves, of two groups and three features.
fn head() -> Vec<u8> {
    let mut file = WeightWriter::default();
    let shapes: [(&str, &[usize]); 4] = [
        ("features.mean", &[3]),
        ("features.deviation", &[3]),
        ("head.weight", &[2, 3]),
        ("head.bias", &[2]),
    ];
    for (name, shape) in shapes {
        file.add(name, shape, &vec![0.25; shape.iter().product()]);
    }
    file.finish("glassbox.head", r#"{"model":"three","groups":["a","b"]}"#.to_owned(), "test").unwrap()
}

/// An encoder as small as can be, with its configuration in the header under `key`.
fn encoder(key: &str) -> Vec<u8> {
    let mut file = WeightWriter::default();
    for (name, shape) in config().tensors() {
        let count = shape.iter().product();
        file.add(&name, &shape, &vec![0.25; count]);
    }
    file.finish(key, serde_json::to_string(&config()).unwrap(), "test").unwrap()
}
