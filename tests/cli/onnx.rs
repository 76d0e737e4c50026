//! `glassbox onnx` and `glassbox oracle`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{glassbox, json, keys, stderr, stdout};

fn case(name: &str) -> String {
    format!("{}/tests/data/onnx/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A copy of a case, to be spoiled.
fn copied(name: &str, to: &Path) -> PathBuf {
    let set = to.join("case/test_data_set_0");
    fs::create_dir_all(&set).unwrap();
    fs::copy(case(&format!("{name}/model.onnx")), to.join("case/model.onnx")).unwrap();
    for entry in fs::read_dir(case(&format!("{name}/test_data_set_0"))).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, set.join(path.file_name().unwrap())).unwrap();
    }
    to.join("case")
}

#[test]
fn oracle_reports_each_case() {
    let output = glassbox(&["oracle", &case("node/test_relu"), "--json", "--backend", "reference"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = json(&output);
    assert_eq!(keys(&report), ["cases", "failed", "passed", "unsupported"]);
    assert_eq!((&report["passed"], &report["failed"]), (&1.into(), &0.into()));
    assert_eq!(keys(&report["cases"][0]), ["detail", "name", "status"]);
    assert_eq!(report["cases"][0]["status"], "passed");
}

#[test]
fn oracle_fails_on_a_spoiled_output_and_on_a_spoiled_model() {
    let dir = tempfile::tempdir().unwrap();
    let spoiled = copied("node/test_relu", dir.path());
    let folder = dir.path().to_str().unwrap();
    let run = || glassbox(&["oracle", folder, "--backend", "reference"]);
    assert_eq!(run().status.code(), Some(0));

    let expected = spoiled.join("test_data_set_0/output_0.pb");
    let good = fs::read(&expected).unwrap();
    let mut bad = good.clone();
    // The highest byte of the last float.
    *bad.last_mut().unwrap() ^= 0x40;
    fs::write(&expected, bad).unwrap();
    let output = run();
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("y [59] is"), "{}", stdout(&output));
    fs::write(&expected, good).unwrap();

    let model = spoiled.join("model.onnx");
    let whole = fs::read(&model).unwrap();
    fs::write(&model, &whole[..whole.len() / 2]).unwrap();
    let output = run();
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("no intact ONNX file"), "{}", stdout(&output));
}

#[test]
fn oracle_says_when_there_is_no_case() {
    let dir = tempfile::tempdir().unwrap();
    let output = glassbox(&["oracle", dir.path().to_str().unwrap(), "--backend", "reference"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no folder with a model.onnx"), "{}", stderr(&output));
}

#[test]
fn onnx_runs_a_network_on_a_photo() {
    let dir = tempfile::tempdir().unwrap();
    let photo = format!("data_0={}/assets/images/chelsea.png", env!("CARGO_MANIFEST_DIR"));
    let (model, folder) = (case("light/squeezenet/model.onnx"), dir.path().to_str().unwrap());
    let output =
        glassbox(&["onnx", &model, "--input", &photo, "-o", folder, "--json", "--backend", "reference"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let ran = json(&output);
    assert_eq!(keys(&ran), ["kernels", "model", "outputs", "steps"]);
    let made = &ran["outputs"][0];
    assert_eq!(made["name"], "softmaxout_1");
    assert_eq!(made["dtype"], "float32");
    assert_eq!(made["shape"], serde_json::json!([1, 1000, 1, 1]));
    let array = glassbox::data::npy::read_npy(dir.path().join("softmaxout_1.npy")).unwrap();
    assert!((array.values.iter().sum::<f32>() - 1.0).abs() < 1e-4);
}

#[test]
fn onnx_says_what_is_wrong_with_its_inputs() {
    let model = case("node/test_relu/model.onnx");
    let run = |input: &str| glassbox(&["onnx", &model, "--input", input, "--backend", "reference"]);
    for (input, code, says) in [
        ("x", 2, "NAME=FILE"),
        ("q=a.npy", 2, "no input q, it has x"),
        ("x=absent.pb", 1, "absent.pb"),
        ("x=photo.png", 2, "1 x 3 x N x N, and x has 3 x 4 x 5"),
    ] {
        let output = run(input);
        assert_eq!(output.status.code(), Some(code), "{input}: {}", stderr(&output));
        assert!(stderr(&output).contains(says), "{input}: {}", stderr(&output));
    }
    let output = glassbox(&["onnx", &model, "--backend", "reference"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("the input x is missing"), "{}", stderr(&output));
    let fine = run(&format!("x={}", case("node/test_relu/test_data_set_0/input_0.pb")));
    assert_eq!(fine.status.code(), Some(0), "{}", stderr(&fine));
    assert!(stdout(&fine).contains("float32  [3, 4, 5]"), "{}", stdout(&fine));
}
