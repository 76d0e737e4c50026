//! A driver that cannot build the programs: every command ends with its words, and none with numbers.

use assert_cmd::Command;

use crate::{PROGRAM, stderr};

#[test]
fn a_driver_without_compute_gives_no_numbers() {
    let root = |path: &str| format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("a.png");
    let (photo, model) = (root("assets/images/chelsea.png"), root("tests/data/onnx/node/test_relu"));
    let [graph, input] = ["model.onnx", "test_data_set_0/input_0.pb"].map(|file| format!("{model}/{file}"));
    let input = format!("x={input}");
    let commands: [&[&str]; 5] = [
        &["see", &photo],
        &["attend", "a sentence"],
        &["onnx", &graph, "--input", &input],
        &["train", "fashion-cnn", "--steps", "2"],
        &["render", "stride", "-o", picture.to_str().unwrap()],
    ];
    for args in commands {
        let mut command = Command::new(PROGRAM);
        // Mesa's plain rasterizer draws and cannot compute; other drivers do not read this.
        command.args(args).args(["--backend", "gl"]).env("GALLIUM_DRIVER", "softpipe").env_remove("RUST_LOG");
        let output = command.output().unwrap();
        let said = stderr(&output);
        if output.status.code() == Some(4) || output.status.success() && !said.contains("softpipe") {
            eprintln!("passing by: GL is not Mesa's here: {said}");
            return;
        }
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(output.stdout.is_empty(), "{args:?} prints numbers: {output:?}");
        assert!(said.contains("softpipe (Gl) cannot build the program "), "{args:?}: {said}");
        assert!(said.contains("choose it by `--backend "), "{args:?}: {said}");
    }
    assert!(!picture.exists(), "a picture was written");
}
