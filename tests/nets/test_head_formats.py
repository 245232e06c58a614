# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures on the extension's own head as files: on the photo as the capture itself, with named parts and shapes."""

import json
import struct

import numpy as np
import pytest
from scipy.spatial import cKDTree
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.mesh_formats import METRES
from nets.errors import UsageError
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.topology.captured_head import CapturedHead
from nets.topology.head import HeadMaker
from nets.topology.head_formats import HEAD_FORMATS


@pytest.fixture(scope="module")
def bundle():
    return load_bundle()


@pytest.fixture(scope="module")
def face(bundle):
    engine = load_engine(bundle, device="cpu")
    capturer, photo = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(faces="largest")), astronaut()
    return capturer.build(photo, capturer.find(photo)[0])


@pytest.fixture(scope="module")
def head(face, bundle):
    return CapturedHead.of(face, HeadMaker(bundle.layout))


@pytest.fixture(scope="module")
def files(head, tmp_path_factory):
    stem = tmp_path_factory.mktemp("Anna höhe") / "Anna.v2_0"
    return {name: export(head, stem) for name, export in HEAD_FORMATS.items()}


def test_the_result_file_holds_the_contract_for_this_mesh(face, head, files):
    with np.load(files["npz"]) as stored:
        arrays = dict(stored)
    count = len(head.head.fitted.rest)
    for name in ("visibility", "in_view", "uncertainty"):
        assert arrays[name].shape == (count,) and np.isfinite(arrays[name]).all()
    assert arrays["uv"].shape == (count, 2) and arrays["quads"].max() == arrays["triangles"].max() == count - 1
    assert arrays["position_map"].shape == (256, 256, 3) and arrays["landmarks68"].shape == (68, 3)
    seen = arrays["vertices"][arrays["visibility"] > 0.9]
    assert len(seen) > 2000
    assert np.median(cKDTree(face.vertices).query(seen)[0]) < 0.01 * np.ptp(face.vertices[:, 1])
    rest = face.pose.undo(arrays["vertices"]) - np.tensordot(arrays["shape_weights"], arrays["shapes"], 1)
    assert np.abs(rest - head.head.fitted.rest).max() < 0.05


def test_obj_has_a_group_and_a_material_per_part(head, files):
    lines = files["obj"].read_text().splitlines()
    assert [line for line in lines if line.startswith("g ")] == ["g skin", "g mouth", "g teeth", "g eyes"]
    assert sum(line.startswith("f ") for line in lines) == len(head.quads)
    material = files["obj"].with_name("Anna.v2_0.mtl").read_text()
    assert "map_Kd Anna.v2_0_skin.png" in material and files["obj"].with_name("Anna.v2_0_eyes.png").exists()


def test_ply_has_the_textures_colours(head, files):
    data = files["ply"].read_bytes()
    header, body = data.split(b"end_header\n", 1)
    assert f"element face {len(head.quads)}".encode() in header
    kinds = [("position", "<f4", 3), ("colour", "u1", 3), ("quality", "<f4")]
    vertices = np.frombuffer(body, kinds, len(head.measures["visibility"]))
    np.testing.assert_allclose(vertices["position"], head.canonical_vertices() * METRES, atol=1e-6)
    assert len(body) == vertices.nbytes + 17 * len(head.quads)


def test_glb_has_a_primitive_per_part_and_the_shapes_as_targets(head, files):
    data = files["glb"].read_bytes()
    size = struct.unpack("<I", data[12:16])[0]
    scene, binary = json.loads(data[20 : 20 + size]), data[28 + size :]
    [mesh] = scene["meshes"]
    assert [scene["materials"][p["material"]]["name"] for p in mesh["primitives"]] == ["skin", "mouth", "teeth", "eyes"]
    names = mesh["extras"]["targetNames"]
    assert {"jawOpen", "eyeBlinkLeft", "eyeLookInRight"} <= set(names) and len(mesh["weights"]) == len(names)
    accessor = scene["accessors"][mesh["primitives"][0]["targets"][names.index("jawOpen")]["POSITION"]]
    view = scene["bufferViews"][accessor["sparse"]["values"]["bufferView"]]
    moved = np.frombuffer(binary, "<f4", view["byteLength"] // 4, view["byteOffset"]).reshape(-1, 3)
    opened = head.head.fitted.shapes[head.head.fitted.names.index("jawOpen")]
    assert np.abs(moved).max() == pytest.approx(np.abs(opened[: len(head.head.model.chart)]).max() * METRES, rel=1e-3)
    assert len(binary) == scene["buffers"][0]["byteLength"]


def test_a_network_with_a_layout_of_its_own_has_no_whole_head(egg):
    with pytest.raises(UsageError, match="layout is its own"):
        HeadMaker(egg)
