"""Writes two small PyTorch checkpoints without PyTorch: the zip of today and the stream of before 1.6.

Run in this folder: python3 checkpoints.py
A state dict of fc.weight [3, 4], stored transposed, and fc.bias [3]. What torch.save would pickle is pickled
here, with stand-ins for its classes.
"""

import collections
import io
import pickle
import struct
import sys
import types
import zipfile

torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")


def _rebuild_tensor_v2(*_):
    pass


class FloatStorage:
    pass


_rebuild_tensor_v2.__module__ = "torch._utils"
FloatStorage.__module__ = "torch"
torch.FloatStorage, torch._utils, utils._rebuild_tensor_v2 = FloatStorage, utils, _rebuild_tensor_v2
sys.modules.update({"torch": torch, "torch._utils": utils})

Storage = collections.namedtuple("Storage", "key count")


class Tensor:
    def __init__(self, key, shape, strides):
        count = 1
        for side in shape:
            count *= side
        self.parts = (Storage(key, count), 0, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return _rebuild_tensor_v2, self.parts


def dump(state, file, stream):
    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Storage):
                named = ("storage", FloatStorage, thing.key, "cpu", thing.count)
                return named + (None,) if stream else named

    Pickler(file, protocol=2).dump(state)


state = collections.OrderedDict(
    [("fc.weight", Tensor("0", (3, 4), (1, 3))), ("fc.bias", Tensor("1", (3,), (1,)))]
)
data = {"0": struct.pack("<12f", *range(12)), "1": struct.pack("<3f", 1, 2, 3)}

pickled = io.BytesIO()
dump(state, pickled, stream=False)
entries = {"data.pkl": pickled.getvalue(), "data/0": data["0"], "data/1": data["1"]}
entries.update({"version": b"3\n", "byteorder": b"little"})
with zipfile.ZipFile("checkpoint_zip.pth", "w", zipfile.ZIP_STORED) as archive:
    for name, content in entries.items():
        archive.writestr(zipfile.ZipInfo(f"archive/{name}", (1980, 1, 1, 0, 0, 0)), content)

system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
with open("checkpoint_stream.pth", "wb") as file:
    for head in (0x1950A86A20F9469CFC6C, 1001, system):
        pickle.dump(head, file, protocol=2)
    dump(state, file, stream=True)
    pickle.dump(sorted(data), file, protocol=2)
    for key in sorted(data):
        file.write(struct.pack("<q", len(data[key]) // 4) + data[key])
