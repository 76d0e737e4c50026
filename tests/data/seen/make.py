"""Makes the small networks of `tests/cli/see.rs`, and what ONNX Runtime says of them for a picture of one colour.

A picture of one colour is the same at every size, so that nothing depends on how pictures are scaled.
python3 -m pip install numpy onnx onnxruntime; python3 tests/data/seen/make.py
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).parent
COLOUR = np.array([200, 100, 50], np.float32)
MEAN, STD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
SIDE = 64
rng = np.random.default_rng(7)
W = rng.normal(0, 0.5, (4, 3, 3, 3)).astype(np.float32)
DENSE = rng.normal(0, 1.0, (4, 5)).astype(np.float32)
ONE = rng.normal(0, 1.0, (4, 1)).astype(np.float32)
TABLE = rng.normal(0, 1.0, (20, 8)).astype(np.float32)


def node(operator, reads, makes, **settings):
    return helper.make_node(operator, reads.split(), makes.split(), **settings)


def backbone(first):
    """From a picture to the features `f` [B, 4]."""
    return [
        node("Conv", f"{first} w", "a", strides=[4, 4]),
        node("Relu", "a", "b"),
        node("GlobalAveragePool", "b", "g"),
        node("Flatten", "g", "f"),
    ]


def save(name, inputs, nodes, outputs, weights, metadata=()):
    kinds = {"float": TensorProto.FLOAT, "uint8": TensorProto.UINT8, "int64": TensorProto.INT64}
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(n, kinds[kind], shape) for n, kind, shape in inputs],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs],
        [numpy_helper.from_array(value, n) for n, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for key, value in metadata:
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.save(model, FOLDER / f"{name}.onnx")


def run(name, output, **given):
    session = onnxruntime.InferenceSession(FOLDER / f"{name}.onnx", providers=["CPUExecutionProvider"])
    return session.run([output], given)[0]


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def picture(batch=1, side=SIDE, mean=MEAN, std=STD):
    pixel = ((COLOUR - mean) / std).astype(np.float32)
    return np.broadcast_to(pixel[None, :, None, None], (batch, 3, side, side)).copy()


says = {}
head = {"w": W, "fc": DENSE}
row = [node("Gemm", "f fc", "y")]
four = ["N", 3, SIDE, SIDE]

save(
    "uint8_picture",
    [("image", "uint8", [1, SIDE, SIDE, 3])],
    [node("Cast", "image", "u", to=TensorProto.FLOAT), node("Mul", "u scale", "s"), node("Transpose", "s", "x", perm=[0, 3, 1, 2])]
    + backbone("x")
    + row,
    ["y"],
    head | {"scale": np.array(1 / 64, np.float32)},
)
bytes_ = np.broadcast_to(COLOUR.astype(np.uint8), (1, SIDE, SIDE, 3)).copy()
says["uint8_picture"] = softmax(run("uint8_picture", "y", image=bytes_)[0])

save("fixed_batch_4", [("x", "float", [4, 3, SIDE, SIDE])], backbone("x") + row, ["y"], head)
says["fixed_batch_4"] = softmax(run("fixed_batch_4", "y", x=picture(4))[0])

save("two_outputs", [("x", "float", four)], backbone("x") + row + [node("Softmax", "y", "p")], ["f", "p"], head)
says["two_outputs"] = run("two_outputs", "p", x=picture())[0]
says["two_outputs, f"] = softmax(run("two_outputs", "f", x=picture())[0])

save(
    "single_sigmoid",
    [("x", "float", four)],
    backbone("x") + [node("Gemm", "f fc", "z"), node("Sigmoid", "z", "y")],
    ["y"],
    {"w": W, "fc": ONE},
)
says["single_sigmoid"] = run("single_sigmoid", "y", x=picture())[0]

open_ = [("x", "float", ["batch", 3, "height", "width"])]
names = [("names", "{0: 'person', 1: \"cat's\", 2: 'car', 3: 'dog', 4: 'bus'}"), ("imgsz", "[96, 128]"), ("task", "classify")]
save("ultralytics", open_, backbone("x") + row, ["y"], head, names)
says["ultralytics"] = softmax(run("ultralytics", "y", x=picture(mean=0, std=255))[0])

save("paddle", open_, backbone("x") + row, ["y"], head, [("character", "a\nb\nc")])
says["paddle"] = softmax(run("paddle", "y", x=picture())[0])

save(
    "noise_beside",
    [("x", "float", four), ("scale", "float", [1, 4])],
    backbone("x") + [node("Mul", "f scale", "m"), node("Gemm", "m fc", "y")],
    ["y"],
    head,
)
says["noise_beside"] = softmax(run("noise_beside", "y", x=picture(), scale=np.ones((1, 4), np.float32))[0])

save("headless", [("x", "float", four)], backbone("x")[:2], ["b"], {"w": W})

save(
    "summed_exponentials",
    [("x", "float", four)],
    backbone("x") + row + [node("Exp", "y", "e"), node("ReduceSum", "e", "s"), node("Div", "e s", "p")],
    ["p"],
    head,
)
says["summed_exponentials"] = run("summed_exponentials", "p", x=picture())[0]

save(
    "small_vocabulary",
    [("ids", "int64", [1, 6])],
    [node("Gather", "table ids", "e"), node("ReduceMean", "e", "m", axes=[1], keepdims=0), node("MatMul", "m fc", "z"), node("Softmax", "z", "y")],
    ["y"],
    {"table": TABLE, "fc": rng.normal(0, 1.0, (8, 5)).astype(np.float32)},
)
# "the cat sat" with the vocabulary "[pad] [unk] the cat sat", filled up with 0.
says["small_vocabulary"] = run("small_vocabulary", "y", ids=np.array([[2, 3, 4, 0, 0, 0]]))[0]

text = {name: [round(float(v), 6) for v in np.ravel(values)] for name, values in says.items()}
(FOLDER / "says.json").write_text(json.dumps(text, indent=1) + "\n")
