"""Writes wavlm_base.pt, a file as torch.save writes it, without PyTorch: Python's own pickle and zipfile, and stand-ins
for the few names of PyTorch that its pickles contain. Reads ../golden/wavlm_base. Usage: python3 make_fixture.py"""
import collections
import io
import json
import pathlib
import pickle
import struct
import sys
import types
import zipfile

here = pathlib.Path(__file__).parent
case = here.parent / "golden" / "wavlm_base"

torch = types.ModuleType("torch")
torch._utils = types.ModuleType("torch._utils")
sys.modules["torch"], sys.modules["torch._utils"] = torch, torch._utils


class FloatStorage:
    __module__ = "torch"


def _rebuild_tensor_v2(*arguments):
    raise NotImplementedError


_rebuild_tensor_v2.__module__ = "torch._utils"
torch.FloatStorage, torch._utils._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2


class Storage:
    def __init__(self, key, data):
        self.key, self.data = key, data


class TensorStandIn:
    def __init__(self, storage, shape):
        self.storage, self.shape = storage, shape

    def __reduce__(self):
        strides, step = [], 1
        for size in reversed(self.shape):
            strides.insert(0, step)
            step *= size
        hooks = collections.OrderedDict()
        return _rebuild_tensor_v2, (self.storage, 0, tuple(self.shape), tuple(strides), False, hooks)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage):
            return "storage", FloatStorage, value.key, "cpu", len(value.data) // 4
        return None


raw = (case / "weights.safetensors").read_bytes()
length = struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8 : 8 + length])
model, storages = collections.OrderedDict(), []
for name, entry in header.items():
    if name != "__metadata__":
        begin, end = entry["data_offsets"]
        storages.append(Storage(str(len(storages)), raw[8 + length + begin : 8 + length + end]))
        model[name] = TensorStandIn(storages[-1], entry["shape"])
model._metadata = collections.OrderedDict([("", {"version": 1})])  # as state_dict() leaves it

config = json.loads((case / "config.json").read_text())
config.pop("input")
config.update(activation_fn="gelu", encoder_layerdrop=0.05, mask_prob=0.8, mask_other=None, loss_weights=[10])

out = io.BytesIO()
Pickler(out, protocol=2).dump({"cfg": config, "model": model})
with zipfile.ZipFile(here / "wavlm_base.pt", "w", zipfile.ZIP_STORED) as archive:
    archive.writestr(zipfile.ZipInfo("wavlm_base/data.pkl"), out.getvalue())
    archive.writestr(zipfile.ZipInfo("wavlm_base/byteorder"), "little")
    for storage in storages:
        archive.writestr(zipfile.ZipInfo("wavlm_base/data/" + storage.key), storage.data)
    archive.writestr(zipfile.ZipInfo("wavlm_base/version"), "3\n")
