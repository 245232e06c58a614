# SPDX-License-Identifier: GPL-3.0-or-later
"""Binary glTF 2.0 files (.glb): the buffer, what refers to it, and the JSON around."""

from __future__ import annotations

import json
import struct

import numpy as np

FLOAT, INT = 5126, 5125  # component types
VERTICES, INDICES = 34962, 34963  # targets of buffer views


class GltfBuffer:
    """The buffer of a binary glTF file, and what refers to it."""

    def __init__(self):
        self._chunks: list[bytes] = []
        self._size = 0
        self._views, self._accessors, self._images = [], [], []

    def positions(self, points: np.ndarray) -> int:
        """Add places (N, 3) and return their accessor."""
        points = points.astype("<f4")
        bounds = {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
        return self._accessor(FLOAT, "VEC3", len(points), {"bufferView": self._view(points, VERTICES)} | bounds)

    def uv(self, places: np.ndarray) -> int:
        """Add texture places (N, 2), v up, and return their accessor."""
        from_top = np.stack([places[:, 0], 1 - places[:, 1]], 1).astype("<f4")  # as glTF counts v
        return self._accessor(FLOAT, "VEC2", len(places), {"bufferView": self._view(from_top, VERTICES)})

    def indices(self, triangles: np.ndarray) -> int:
        """Add triangles (M, 3) and return their accessor."""
        view = self._view(triangles.astype("<u4"), INDICES)
        return self._accessor(INT, "SCALAR", triangles.size, {"bufferView": view})

    def offsets(self, moved: np.ndarray) -> int:
        """Add a morph target's offsets (N, 3), only those that are not 0, and return their accessor."""
        moved = moved.astype("<f4")
        rows = np.flatnonzero(np.abs(moved).max(1))
        facts = {"min": moved.min(0).tolist(), "max": moved.max(0).tolist()}
        if len(rows):
            indices = {"bufferView": self._view(rows.astype("<u4")), "componentType": INT}
            values = {"bufferView": self._view(moved[rows])}
            facts["sparse"] = {"count": len(rows), "indices": indices, "values": values}
        return self._accessor(FLOAT, "VEC3", len(moved), facts)

    def texture(self, png: bytes) -> int:
        """Add an image and return its texture."""
        self._images.append({"bufferView": self._view(np.frombuffer(png, np.uint8)), "mimeType": "image/png"})
        return len(self._images) - 1

    def file(self, content: dict) -> bytes:
        """Return the file with these nodes, meshes and materials."""
        scene = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            **content,
            "textures": [{"source": k} for k in range(len(self._images))],
            "images": self._images,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": self._size}],
        }
        text = json.dumps(scene, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        parts = [struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + self._size)]
        parts += [struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", self._size, b"BIN\0")]
        return b"".join([*parts, *self._chunks])

    def _view(self, array: np.ndarray, target: int | None = None) -> int:
        data = array.tobytes()
        view = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        self._views.append(view if target is None else view | {"target": target})
        self._chunks.append(data + bytes(-len(data) % 4))
        self._size += len(self._chunks[-1])
        return len(self._views) - 1

    def _accessor(self, component: int, kind: str, count: int, facts: dict) -> int:
        self._accessors.append({"componentType": component, "type": kind, "count": count, **facts})
        return len(self._accessors) - 1
