//! Models of other frameworks, and programs: told by their first and last bytes, so that a sentence says what to do.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use thiserror::Error;

/// Bytes at either end of a file that are looked at: the list of what a zip archive holds is at its end.
const LOOKED_AT: u64 = 1 << 16;

/// A model that has to be brought into another form first.
#[derive(Debug, Error)]
#[error("this is {what}: {file}")]
pub struct ForeignFile {
    /// What it is and what to do, as a clause.
    what: &'static str,
    /// The file.
    file: String,
}

/// Refuses a file or a folder of another framework. What cannot be read passes: whoever opens it says why.
///
/// # Errors
/// [`ForeignFile`].
pub fn check(path: &Path) -> Result<(), ForeignFile> {
    let ends = |ending: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
    let what = if path.join("saved_model.pb").is_file() || path.ends_with("saved_model.pb") {
        Some(
            "a TensorFlow SavedModel, turn it into ONNX: `python -m tf2onnx.convert --saved-model FOLDER --output \
             model.onnx`",
        )
    } else if ends("pb") {
        Some(
            "a graph of TensorFlow, turn it into ONNX: `python -m tf2onnx.convert --graphdef FILE --output model.onnx`, \
             with its --inputs and --outputs",
        )
    } else {
        read_ends(path).ok().and_then(|[first, last]| by_content(&first, &last, ends("zip")))
    };
    what.map_or(Ok(()), |what| Err(ForeignFile { what, file: path.display().to_string() }))
}

fn by_content(first: &[u8], last: &[u8], is_archive: bool) -> Option<&'static str> {
    let holds = |bytes: &[u8], part: &str| bytes.windows(part.len()).any(|own| own == part.as_bytes());
    if first.starts_with(b"\x89HDF\r\n\x1a\n") {
        return Some(
            "an HDF5 file, as Keras saves models; load it there and `model.export(\"model.onnx\", format=\"onnx\")`",
        );
    }
    if first.get(4..8) == Some(b"TFL3") {
        return Some(
            "a TensorFlow Lite model, turn it into ONNX: `python -m tf2onnx.convert --tflite FILE --output model.onnx`",
        );
    }
    if first.starts_with(b"GGUF") {
        return Some("a GGUF file of llama.cpp, choose the model's safetensors or ONNX file instead");
    }
    let is_zip = first.starts_with(b"PK\x03\x04");
    if is_zip && holds(last, "model.weights.h5") {
        return Some("a Keras model, load it there and `model.export(\"model.onnx\", format=\"onnx\")`");
    }
    if is_zip && holds(last, "code/__torch__") {
        return Some(
            "a TorchScript program, load it with torch.jit.load and export it with torch.onnx.export",
        );
    }
    if is_zip && (is_archive || !holds(last, "data.pkl")) {
        return Some("a zip archive and no checkpoint of PyTorch, unpack it and open the model in it");
    }
    // How PyTorch pickles a module itself; weights alone name no such fields.
    if (is_zip || first.starts_with(b"\x80")) && holds(first, "_parameters") && holds(first, "_modules") {
        return Some(
            "a whole pickled model, which only its own code can run: save its weights with \
             torch.save(model.state_dict(), \"weights.pth\"), or export it with torch.onnx.export",
        );
    }
    None
}

/// The first and the last bytes of a file.
fn read_ends(path: &Path) -> io::Result<[Vec<u8>; 2]> {
    // Opening a pipe would wait for its other end.
    if !path.metadata()?.is_file() {
        return Ok([Vec::new(), Vec::new()]);
    }
    let mut file = File::open(path)?;
    let [mut first, mut last] = [Vec::new(), Vec::new()];
    file.by_ref().take(LOOKED_AT).read_to_end(&mut first)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(LOOKED_AT)))?;
    file.take(LOOKED_AT).read_to_end(&mut last)?;
    Ok([first, last])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::models::Network;

    #[test]
    fn what_other_frameworks_save_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes, says) in [
            (
                "a.keras",
                &b"PK\x03\x04....config.json....model.weights.h5"[..],
                "a Keras model, load it there",
            ),
            ("a.h5", b"\x89HDF\r\n\x1a\n....", "an HDF5 file"),
            ("a.tflite", b"\x1c\0\0\0TFL3....", "--tflite FILE"),
            ("saved_model.pb", b"\x08\x01", "--saved-model FOLDER"),
            ("frozen.pb", b"\x0a", "--graphdef FILE"),
            ("a.gguf", b"GGUF\x03", "llama.cpp"),
            ("a.zip", b"PK\x03\x04...a/data.pkl", "unpack it"),
            ("a.pth", b"PK\x03\x04...notes.txt", "a zip archive and no checkpoint of PyTorch"),
            ("b.pt", b"PK\x03\x04..data.pkl..a/code/__torch__/x.py", "torch.jit.load"),
            ("c.pth", b"PK\x03\x04..a/data.pkl..X\x0b\0\0\0_parameters..X\x08\0\0\0_modules", "state_dict()"),
            ("d.bin", b"\x80\x02ctorch.nn..X\x0b\0\0\0_parameters..X\x08\0\0\0_modules", "state_dict()"),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            let error = Network::open(&path).unwrap_err().to_string();
            assert!(error.starts_with("this is a") && error.contains(says), "{error}");
            assert!(error.ends_with(&path.display().to_string()) && !error.contains('\n'), "{error}");
        }
        // The folder of a SavedModel.
        assert!(check(folder.path()).unwrap_err().to_string().contains("--saved-model"));
    }

    #[test]
    fn weights_and_other_files_pass() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
        for name in ["checkpoint_zip.pth", "checkpoint_stream.pth", "README.md", "absent", ""] {
            check(&data.join(name)).unwrap();
        }
    }
}
