# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured heads on the face model's mesh, with the real worker; and the face model's own file."""

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import bpy
import numpy as np
import pytest

from nets.topology.face_model import FaceModelError, find_face_model
from tests.blender.test_capture import PACKAGE, capture, heads, report

pytestmark = pytest.mark.one_version

NARROW_FACE = 6706  # vertices, the first
APART = 0.5  # millimetres on average that the face may lie off the captured surface


@pytest.fixture(scope="module", autouse=True)
def face_model():
    try:
        return find_face_model()
    except FaceModelError as error:
        pytest.skip(str(error))


@pytest.fixture
def installed_at(extension):
    """The folder of the extension's face model, empty before and after."""
    folder = sys.modules[f"{PACKAGE}.installation"].face_model_folder()
    assert not folder.exists()
    yield folder
    if folder.exists():
        bpy.ops.prnet.remove_face_model()
    assert not folder.exists()


def shown(head):
    """(V, 3): the vertices as the shape keys' values have them, in the head's space."""
    evaluated = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    places = np.empty(3 * len(evaluated.vertices), np.float32)
    evaluated.vertices.foreach_get("co", places)
    return places.reshape(-1, 3)


def apart_mm(points, surface):
    """Distances in millimetres of points (N, 3) from the surface of a head."""
    nearest = [surface.closest_point_on_mesh(point.tolist())[1] for point in points]
    return 1e3 * np.linalg.norm(np.array(nearest) - points, axis=1)


def test_captures_come_on_the_model_s_mesh_and_lie_on_the_captured_surface(portrait_on, photos):
    grid = portrait_on("grid")
    bpy.context.scene.prnet.topology = "model"
    assert capture(photos, "portrait.png") == {"FINISHED"} and report() == []
    (head,) = set(heads()) - {grid}

    assert len(head.data.vertices) == 24591
    assert [slot.name.split(" ")[-1].split(".")[0] for slot in head.material_slots] == [
        *("skin", "head", "mouth", "teeth", "eyes")
    ]
    assert {len(polygon.vertices) for polygon in head.data.polygons} == {3, 4}
    keys = head.data.shape_keys.key_blocks
    assert len(keys) == 52 and keys[0].name == "Basis" and {"jawOpen", "eyeBlinkLeft"} <= set(keys.keys())

    face = shown(head)[:NARROW_FACE:40]
    assert apart_mm(face, grid).mean() < APART
    head.data.shape_keys.key_blocks["jawOpen"].value = 1
    bpy.context.view_layer.update()
    assert apart_mm(shown(head)[:NARROW_FACE:40], grid).mean() > 2


def test_a_captured_head_is_put_on_the_model_s_mesh_afterwards(portrait_on):
    head = portrait_on("grid", "photo")
    place, collection = head.matrix_world.copy(), head.users_collection[0]
    grid = bpy.data.objects.new("grid", head.data)
    collection.objects.link(grid)
    assert bpy.ops.prnet.put_on_model() == {"FINISHED"}
    assert len(head.data.vertices) == 24591 and len(grid.data.vertices) != 24591
    assert head.matrix_world == place and head.users_collection[0] == collection
    assert apart_mm(shown(head)[:NARROW_FACE:40], grid).mean() < APART
    assert not bpy.ops.prnet.put_on_model.poll()  # it is on it already


def test_a_head_that_is_deleted_while_it_waits_is_passed_over(photos, monkeypatch):
    capture(photos, "wide.png")
    first, second = heads()
    for head in (first, second):
        head.select_set(True)
    topology = sys.modules[f"{PACKAGE}.operators.topology"]
    arrays_of, left = topology.capture_arrays, {first.name, second.name}

    def delete_the_other(head):
        left.remove(head.name)
        bpy.data.objects.remove(bpy.data.objects[left.pop()])
        return arrays_of(head)

    monkeypatch.setattr(topology, "capture_arrays", delete_the_other)
    assert bpy.ops.prnet.put_on_model() == {"FINISHED"}
    (head,) = heads()
    assert len(head.data.vertices) == 24591


def test_without_the_face_model_the_panel_says_how_to_get_it(photos, monkeypatch):
    client = sys.modules[f"{PACKAGE}.session"].SESSION.client
    client.end()  # the next worker looks where this variable says
    monkeypatch.setenv("PRNET_FACE_MODEL", "/nowhere")
    bpy.context.scene.prnet.topology = "model"
    with pytest.raises(RuntimeError, match=r"the face model is not at /nowhere.*Press Download or From Folder"):
        capture(photos, "portrait.png")
    client.end()
    assert not heads() and report()


def test_an_edited_head_is_refused_in_words(portrait_on):
    head = portrait_on("grid")
    with bpy.context.temp_override(active_object=head, object=head):
        bpy.ops.object.modifier_add(type="DECIMATE")
        head.modifiers[0].ratio = 0.5
        bpy.ops.object.modifier_apply(modifier=head.modifiers[0].name)
    with pytest.raises(RuntimeError, match="is not a capture as it was made"):
        bpy.ops.prnet.put_on_model()


def test_nothing_is_downloaded_unless_blender_may_go_online(installed_at):
    bpy.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="Blender may not go online: allow it in Preferences, System, Network"):
        bpy.ops.prnet.download_face_model()


def test_the_face_model_is_downloaded_from_a_mirror_and_removed(installed_at, tmp_path):
    """Its files have as many vertices as upstream's, all in one place."""
    from nets.topology.face_model import VERTICES
    from nets.topology.import_ict import OBJECTS

    (tmp_path / "shape").write_text("v 1 0 0\n" * VERTICES + "vt 0 0\nvt 1 1\nf 1/1 2/2 3/1\n")
    for name in OBJECTS:
        (tmp_path / f"{name}.obj").hardlink_to(tmp_path / "shape")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bpy.context.preferences.system.use_online_access = True
        address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            assert bpy.ops.prnet.download_face_model(address=address) == {"FINISHED"}
        finally:
            bpy.context.preferences.system.use_online_access = False
            server.shutdown()
    assert [path.name for path in installed_at.iterdir()] == ["ict_face_model_light.npz"]
    assert bpy.ops.prnet.remove_face_model() == {"FINISHED"} and not installed_at.exists()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_a_folder_that_holds_no_face_model_is_named(installed_at, tmp_path):
    with pytest.raises(RuntimeError, match=r"generic_neutral_mesh\.obj is missing"):
        bpy.ops.prnet.import_face_model(directory=str(tmp_path))
