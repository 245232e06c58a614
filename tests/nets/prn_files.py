# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of PRN's form: a TensorFlow checkpoint with random weights of its network, and a folder of uv-data."""

import struct
from pathlib import Path

import numpy as np

from nets.geometry.uv_layout import SIZE, UVLayout
from nets.lab.prn.checkpoint import MAGIC
from nets.lab.prn.weights import SCOPE, _layers
from nets.model.networks.resfcn256 import ResFCN256


def varint(value):
    content = b""
    while value > 127:
        content += bytes([value & 127 | 128])
        value >>= 7
    return content + bytes([value])


def field(number, value):
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value)


def block(rows):
    """Keys share what they begin with alike, as in the tables that TensorFlow writes."""
    content, last = b"", b""
    for key, value in rows:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        content += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    return content + struct.pack("<2I", 0, 1)


def write_checkpoint(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    """Write tensors (float32) as PATH.index and PATH.data-00000-of-00001."""
    data, rows = bytearray(), [(b"", field(1, 1))]
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name], "<f4")
        shape = b"".join(field(2, field(1, size)) for size in array.shape)
        entry = field(1, 1) + field(2, shape) + field(4, len(data)) + field(5, array.nbytes)
        rows.append((name.encode(), entry))
        data += array.tobytes()
    content, places = b"", []
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        body = block(part)
        places.append((part[-1][0], varint(len(content)) + varint(len(body))))
        content += body + bytes(5)
    index = block(places)
    footer = (varint(0) * 2 + varint(len(content)) + varint(len(index))).ljust(40, b"\0") + MAGIC
    path.with_name(f"{path.name}.index").write_bytes(content + index + bytes(5) + footer)
    path.with_name(f"{path.name}.data-00000-of-00001").write_bytes(data)
    return path


def prn_tensors(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random weights by the names and shapes of PRN's checkpoint."""
    tensors = {}
    for name, module, normalisation in _layers(ResFCN256(0)):
        if module is not normalisation:
            shape = module.weight.shape
            order = (2, 3, 0, 1) if "transpose" in name and type(module).__name__ == "Conv2d" else (2, 3, 1, 0)
            tensors[f"{SCOPE}/{name}/weights"] = rng.normal(0, 0.05, [shape[axis] for axis in order])
        channels = len(module.weight) if type(module).__name__ != "ConvTranspose2d" else module.weight.shape[1]
        if normalisation is not None or (getattr(module, "bias", None) is not None):
            for part in ("gamma", "beta", "moving_mean", "moving_variance"):
                tensors[f"{SCOPE}/{name}/BatchNorm/{part}"] = rng.uniform(0.5, 1.5, channels)
    return tensors


def write_uv_data(folder: Path, layout: UVLayout) -> Path:
    """Write a layout as PRN has its own. Its mean face is in other units, turned, and elsewhere."""
    folder.mkdir()
    mesh = layout.mesh()
    texels = np.rint(mesh.texels).astype(int)
    np.savetxt(folder / "face_ind.txt", texels[:, 0] * SIZE + texels[:, 1], "%d")
    np.savetxt(folder / "uv_kpt_ind.txt", layout.landmarks[:, ::-1].T, "%d")
    np.savetxt(folder / "triangles.txt", mesh.triangles, "%d")
    turn = np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]])
    np.save(folder / "canonical_vertices.npy", layout.mean[tuple(texels.T)] @ turn.T * 0.7 + (100, 120, 30))
    return folder
