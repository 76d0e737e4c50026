"""Class probabilities of EfficientNet-Lite0 by ONNX Runtime from the published weights.

    python efficientnet_lite0.py efficientnet-lite0-57934424.pth PICTURE... > efficientnet_lite0.json

Needs numpy, onnx, onnxruntime and Pillow. Independent of Glassbox: reads the checkpoint itself (the
older PyTorch stream), builds the network from its description, cuts and scales with Pillow.
"""

import json
import pickle
import struct
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

# repeats, kernel, stride, expansion, channels
BLOCKS = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
          (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
SIDE = 224


def checkpoint(path):
    """The tensors of an older PyTorch stream, with their strides heeded."""
    storages = {}

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if name == "_rebuild_tensor_v2":
                return lambda storage, offset, size, stride, *rest: (storage, offset, size, stride)
            return OrderedDict if name == "OrderedDict" else name

        def persistent_load(self, pid):
            storages[pid[2]] = pid[1]
            return pid[2]

    with open(path, "rb") as file:
        for _ in range(3):
            Reader(file).load()
        tensors = Reader(file).load()
        data = {}
        for key in pickle.load(file):
            (count,) = struct.unpack("<q", file.read(8))
            kind = np.dtype("<f4" if "Float" in storages[key] else "<i8")
            data[key] = np.frombuffer(file.read(count * kind.itemsize), kind)
    view = np.lib.stride_tricks.as_strided
    return {
        name: view(data[key][offset:], size, [s * data[key].itemsize for s in stride]).copy()
        for name, (key, offset, size, stride) in tensors.items()
    }


def network(tensors):
    nodes, weights, used = [], [], set()

    def add(op, *inputs, **attributes):
        output = f"v{len(nodes)}"
        nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def weight(name, values=None):
        if name not in used:
            used.add(name)
            weights.append(numpy_helper.from_array(tensors[name] if values is None else values, name))
        return name

    def conv(x, name, kernel, stride, size, groups=1):
        out = -(-size // stride)
        need = max((out - 1) * stride + kernel - size, 0)
        pads = [need // 2, need // 2, need - need // 2, need - need // 2]
        y = add("Conv", x, weight(f"{name}.weight"), kernel_shape=[kernel] * 2, strides=[stride] * 2,
                group=groups, pads=pads)
        return y, out

    def norm(x, name):
        parts = [weight(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        return add("BatchNormalization", x, *parts, epsilon=1e-3)

    def relu6(x):
        return add("Clip", x, weight("zero", np.float32(0)), weight("six", np.float32(6)))

    x, size = conv("input", "_conv_stem", 3, 2, SIDE)
    x = relu6(norm(x, "_bn0"))
    block, channels = 0, 32
    for repeats, kernel, stride, expansion, wide in BLOCKS:
        for repeat in range(repeats):
            name, step, y = f"_blocks.{block}", stride if repeat == 0 else 1, x
            if expansion > 1:
                y, _ = conv(y, f"{name}._expand_conv", 1, 1, size)
                y = relu6(norm(y, f"{name}._bn0"))
            y, after = conv(y, f"{name}._depthwise_conv", kernel, step, size, channels * expansion)
            y = relu6(norm(y, f"{name}._bn1"))
            y, _ = conv(y, f"{name}._project_conv", 1, 1, after)
            y = norm(y, f"{name}._bn2")
            x = add("Add", y, x) if step == 1 and channels == wide else y
            size, channels, block = after, wide, block + 1
    x, _ = conv(x, "_conv_head", 1, 1, size)
    x = relu6(norm(x, "_bn1"))
    x = add("Flatten", add("GlobalAveragePool", x))
    x = add("Softmax", add("Gemm", x, weight("_fc.weight"), weight("_fc.bias"), transB=1), axis=-1)
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "lite0", [value("input", [1, 3, SIDE, SIDE])], [value(x, [1, 1000])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return onnxruntime.InferenceSession(model.SerializeToString())


def picture(path):
    image = Image.open(path).convert("RGB")
    crop = int(0.875 * min(image.size))
    left, top = (image.width - crop) // 2, (image.height - crop) // 2
    image = image.crop((left, top, left + crop, top + crop)).resize((SIDE, SIDE), Image.BICUBIC)
    x = (np.asarray(image, np.float32) - 127) / 128
    return x.transpose(2, 0, 1)[None]


def main():
    session = network(checkpoint(sys.argv[1]))
    found = {}
    for path in sys.argv[2:]:
        p = session.run(None, {"input": picture(path)})[0][0]
        likely = np.argsort(-p)[:10]
        found[Path(path).name] = {str(i): round(float(p[i]), 5) for i in likely}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
