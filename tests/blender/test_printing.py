# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints of whole heads: solids of the right height, full and hollow, and the files that slicers read."""

import struct
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

import bpy
import numpy as np
import pytest
from mathutils.bvhtree import BVHTree

from nets.interface.closed_surface import surface_facts
from tests.blender.test_capture import PACKAGE, capture

pytestmark = pytest.mark.one_version

COARSE = {"height": 80, "detail": 0.8}


@pytest.fixture
def head(portrait_on):
    return portrait_on("head")


def arrays(thing):
    """(V, 3) millimetres and (T, 3)."""
    points, triangles = sys.modules[f"{PACKAGE}.scene.printing"].print_arrays(bpy.context.scene, thing)
    return points.astype(np.float64), triangles


def make(**options):
    assert bpy.ops.prnet.make_printable(**COARSE | options) == {"FINISHED"}
    return bpy.context.object


@pytest.mark.parametrize("keys", [{}, {"jawOpen": 1, "eyeBlinkLeft": 1}, {"mouthSmileLeft": 1, "tongueOut": 1}])
def test_a_print_is_one_solid_of_the_asked_height_that_stands_beside_its_head(head, keys):
    for name, value in keys.items():
        if name in head.data.shape_keys.key_blocks:
            head.data.shape_keys.key_blocks[name].value = value
    vertices = len(head.data.vertices)
    solid = make()
    points, triangles = arrays(solid)
    facts = surface_facts(points, triangles)
    assert facts.is_solid and facts.euler_number == 2  # one surface without holes or handles
    assert np.ptp(points[:, 2]) == pytest.approx(80, abs=1e-3) and points[:, 2].min() == pytest.approx(0, abs=1e-3)
    assert 60_000 < facts.volume < 200_000  # a head is neither a shell nor a block
    floor = points[np.abs(points[:, 2]) < 0.1]
    assert len(floor) > 500 and np.ptp(floor[:, 0]) > 25  # it stands on the whole neck
    assert len(head.data.vertices) == vertices and solid.users_collection == head.users_collection
    bpy.context.view_layer.update()
    left = min((solid.matrix_world @ vertex.co).x for vertex in solid.data.vertices)
    assert left > max((head.matrix_world @ vertex.co).x for vertex in head.data.vertices)


def test_eyes_and_mouth_are_closed(head):
    """A ray from the front meets the print's surface twice: no cavity behind the lips or round the eyeballs."""
    head.data.shape_keys.key_blocks["jawOpen"].value = 0.3
    points, triangles = arrays(make())
    tree = BVHTree.FromPolygons(points.tolist(), triangles.tolist())
    for x, z in [(0.0, 22.3), (0.0, 24.0), (9.0, 44.0), (-9.0, 44.0)]:
        hits, start = 0, np.array([x + 0.013, -200, z])
        while (hit := tree.ray_cast(start.tolist(), (0, 1, 0)))[0] is not None:
            hits, start = hits + 1, np.array(hit[0]) + (0, 1e-3, 0)
        assert hits == 2


def test_a_hollow_print_has_walls_of_the_asked_thickness_and_a_drain(head):
    outer, outer_triangles = arrays(make())
    bpy.context.view_layer.objects.active = head
    points, triangles = arrays(make(hollow=True, wall=3, drain=6))
    facts = surface_facts(points, triangles)
    assert facts.is_solid
    assert facts.euler_number == 2  # one surface: the drain joins outside and inside
    assert facts.volume < 0.5 * surface_facts(outer, outer_triangles).volume
    tree = BVHTree.FromPolygons(outer.tolist(), outer_triangles.tolist())
    near = np.array([tree.find_nearest(point)[3] for point in points[::7].tolist()])
    inside = near[(near > 1.5) & (points[::7, 2] > 10)]  # of the cavity, the drain left out
    assert len(inside) > 500 and np.percentile(inside, 1) > 2.6 and np.median(inside) == pytest.approx(3, abs=0.1)

    bpy.context.view_layer.objects.active = head
    closed = surface_facts(*arrays(make(hollow=True, wall=3, drain=0)))
    assert closed.is_solid and closed.euler_number == 4  # two surfaces
    bpy.context.view_layer.objects.active = head
    with pytest.raises(RuntimeError, match=r"leaves nothing to hollow out\. Make it thinner"):
        make(hollow=True, wall=20, height=20)


def test_files_hold_the_print_in_millimetres(head, tmp_path):
    points, triangles = arrays(make())
    assert bpy.ops.prnet.export_print(filepath=str(tmp_path / "kopf ä.stl")) == {"FINISHED"}
    content = (tmp_path / "kopf ä.stl").read_bytes()
    (count,) = struct.unpack_from("<I", content, 80)
    rows = np.frombuffer(content[84:], [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    assert count == len(rows) == len(triangles)
    np.testing.assert_allclose(rows["corners"], points[triangles], atol=1e-4)

    assert bpy.ops.prnet.export_print(filepath=str(tmp_path / "head"), format=".3mf") == {"FINISHED"}
    with zipfile.ZipFile(tmp_path / "head.3mf") as package:
        assert {"[Content_Types].xml", "_rels/.rels"} < set(package.namelist())
        model = ElementTree.fromstring(package.read("3D/3dmodel.model"))
    space = {"m": "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"}
    assert model.get("unit") == "millimeter" and model.find(".//m:item", space).get("objectid") == "1"
    read = np.array([[float(v.get(axis)) for axis in "xyz"] for v in model.iterfind(".//m:vertex", space)])
    faces = np.array([[int(t.get(key)) for key in ("v1", "v2", "v3")] for t in model.iterfind(".//m:triangle", space)])
    assert surface_facts(read, faces).is_solid and np.ptp(read[:, 2]) == pytest.approx(80, abs=1e-3)

    with pytest.raises(RuntimeError, match="cannot be written"):
        bpy.ops.prnet.export_print(filepath=str(tmp_path / "nowhere" / "head.stl"))


def test_the_head_itself_can_be_written_but_is_called_not_watertight(head, tmp_path, capfd):
    assert bpy.ops.prnet.export_print(filepath=str(tmp_path / "open.stl")) == {"FINISHED"}
    assert "is not watertight. Press Make Printable first" in "".join(capfd.readouterr())


def test_a_capture_on_the_grid_has_no_back(photos):
    capture(photos, "portrait.png")
    assert not bpy.ops.prnet.make_printable.poll()
