"""Makes tests/data/onnx/field/ from small models that stand for files of users, in the format of ONNX's own
cases. Expected values come from ONNX Runtime, or, where it refuses the declared types, from the reference
evaluator of the onnx package.

Usage: field.py FOLDER, with FOLDER/CASE/*.onnx and the inputs beside them."""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

CASES = {
    "if_known_condition": "x.npy",
    "missing_operators": "x.npy",
    "quantized_qdq_conv": "x.npy",
    "lstm_default_activations": "x.npy",
}
OTHER_INPUT = {"Resize_cubic": "x4.npy", "dynamic": "x2.npy"}

here = pathlib.Path(__file__).parent / "onnx" / "field"
for case, default in CASES.items():
    for path in sorted((pathlib.Path(sys.argv[1]) / case).glob("*.onnx")):
        x = np.load(path.parent / OTHER_INPUT.get(path.stem, default))
        model = onnx.load(path)
        try:
            session = onnxruntime.InferenceSession(str(path))
            made = session.run(None, {session.get_inputs()[0].name: x})
        except onnxruntime.capi.onnxruntime_pybind11_state.Fail:
            session = ReferenceEvaluator(model)
            made = session.run(None, {session.input_names[0]: x})
        folder = here / (case if path.stem == "model" else f"{case}_{path.stem.lower()}")
        data = folder / "test_data_set_0"
        data.mkdir(parents=True, exist_ok=True)
        (folder / "model.onnx").write_bytes(path.read_bytes())
        (data / "input_0.pb").write_bytes(numpy_helper.from_array(x).SerializeToString())
        for i, y in enumerate(made):
            (data / f"output_{i}.pb").write_bytes(numpy_helper.from_array(np.asarray(y)).SerializeToString())
