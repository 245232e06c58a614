# SPDX-License-Identifier: GPL-3.0-or-later
"""Each format is read back by its own rules: the same life-size head, its texture the right way up."""

import json
import struct

import cv2
import numpy as np
import pytest

from nets.capture.mesh_formats import EXPORTERS
from nets.errors import OutputError

PHOTO = np.full((100, 120, 3), 90, np.uint8)
NPZ_KEYS = {
    *("position_map", "vertices", "triangles", "quads", "uv", "landmarks68", "visibility", "confidence", "box"),
    *("pose_scale", "pose_rotation", "pose_translation", "texture", "texture_mask", "image_size"),
    *("in_view", "uncertainty", "expression", "gaze", "camera", "camera_known"),
    *("perspective_scale", "perspective_rotation", "perspective_translation"),
}


def export(name, face, folder):
    path = EXPORTERS[name](face, PHOTO, folder / "Anna.v2 höhe_0")
    assert path.parent == folder and path.name == f"Anna.v2 höhe_0.{name}"
    assert not list(folder.glob("*.part"))
    return path


def metres(face, egg):
    return egg.sample(egg.mesh("medium"), egg.mean) / 1000


def test_npz_holds_the_contract(egg_face, tmp_path):
    with np.load(export("npz", egg_face, tmp_path), allow_pickle=False) as saved:
        assert set(saved) == NPZ_KEYS | {"expression_names"}
        assert "eyeBlink_L" in saved["expression_names"] and len(saved["expression_names"]) == len(saved["expression"])
        for name in NPZ_KEYS:
            np.testing.assert_array_equal(saved[name], getattr(egg_face, name))
        canonical = (saved["vertices"] - saved["pose_translation"]) @ saved["pose_rotation"] / saved["pose_scale"]
    np.testing.assert_allclose(egg_face.canonical_vertices(), canonical, atol=1e-4)


def test_obj(egg_face, egg, tmp_path):
    lines = export("obj", egg_face, tmp_path).read_text().splitlines()
    rows = {key: [line.split()[1:] for line in lines if line.startswith(key + " ")] for key in ("v", "vt", "f")}
    np.testing.assert_allclose(np.array(rows["v"], float), metres(egg_face, egg), atol=1e-6)
    np.testing.assert_allclose(np.array(rows["vt"], float), egg_face.uv, atol=1e-6)
    corners = np.array([[corner.split("/") for corner in face] for face in rows["f"]], int)
    np.testing.assert_array_equal(corners[..., 0] - 1, egg_face.quads)
    np.testing.assert_array_equal(corners[..., 1], corners[..., 0])
    material = next(line for line in lines if line.startswith("mtllib")).removeprefix("mtllib ")
    texture = (tmp_path / material).read_text().split("map_Kd ")[1].strip()
    image = cv2.imdecode(np.fromfile(tmp_path / texture, np.uint8), cv2.IMREAD_COLOR_RGB)
    np.testing.assert_array_equal(image, egg_face.texture)


def test_ply(egg_face, egg, tmp_path):
    header, body = export("ply", egg_face, tmp_path).read_bytes().split(b"end_header\n", 1)
    assert f"element vertex {len(egg_face.vertices)}".encode() in header
    vertex = np.dtype([("position", "<f4", 3), ("colour", "u1", 3), ("quality", "<f4")])
    vertices = np.frombuffer(body, vertex, len(egg_face.vertices))
    faces = np.frombuffer(body[vertices.nbytes :], [("count", "u1"), ("corners", "<i4", 4)])
    np.testing.assert_allclose(vertices["position"], metres(egg_face, egg), atol=1e-6)
    np.testing.assert_array_equal(faces["corners"], egg_face.quads)
    upper_left = (vertices["position"][:, 0] < -0.01) & (vertices["position"][:, 1] > 0.01)
    assert (vertices["colour"][upper_left] == [255, 0, 0]).all()


def test_glb(egg_face, egg, tmp_path):
    content = export("glb", egg_face, tmp_path).read_bytes()
    magic, version, length, text_length, kind = struct.unpack_from("<4sIII4s", content)
    assert (magic, version, length, kind) == (b"glTF", 2, len(content), b"JSON")
    scene = json.loads(content[20 : 20 + text_length])
    binary = content[20 + text_length + 8 :]
    assert len(binary) == scene["buffers"][0]["byteLength"]

    def view(index):
        entry = scene["bufferViews"][index]
        assert entry["byteOffset"] % 4 == 0
        return binary[entry["byteOffset"] : entry["byteOffset"] + entry["byteLength"]]

    positions = np.frombuffer(view(0), "<f4").reshape(-1, 3)
    np.testing.assert_allclose(positions, metres(egg_face, egg), atol=1e-6)
    np.testing.assert_allclose(scene["accessors"][0]["max"], positions.max(0))
    np.testing.assert_allclose(np.frombuffer(view(1), "<f4").reshape(-1, 2), egg_face.uv * [1, -1] + [0, 1], atol=1e-6)
    triangles = np.frombuffer(view(2), "<u4").reshape(-1, 3)
    np.testing.assert_array_equal(triangles, egg_face.triangles)
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a) * a).sum(1).min() > 0  # wound so that they face outwards
    image = cv2.imdecode(np.frombuffer(view(3), np.uint8), cv2.IMREAD_COLOR_RGB)
    np.testing.assert_array_equal(image, egg_face.texture)


def test_overlay_marks_the_landmarks(egg_face, tmp_path):
    picture = cv2.imdecode(np.fromfile(export("png", egg_face, tmp_path), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert picture.shape == PHOTO.shape
    for x, y, _ in np.rint(egg_face.landmarks68).astype(int):
        assert picture[y, x].astype(int) @ [1, 1, -1] > 200  # yellow


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_folder_that_cannot_be_written_to(egg_face, tmp_path, name):
    with pytest.raises(OutputError, match="cannot be written"):
        EXPORTERS[name](egg_face, PHOTO, tmp_path / "nowhere" / "face_0")
