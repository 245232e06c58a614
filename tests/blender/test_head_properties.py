# SPDX-License-Identifier: GPL-3.0-or-later
"""What a head carries: the record of its custom properties, and what heads of each kind can do."""

import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import bpy
import numpy as np
import pytest

from blender_prnet.data.face import Pose
from blender_prnet.data.merged_head import MergedHead
from blender_prnet.data.png import encode_png
from blender_prnet.scene.capture import SceneBuilder
from blender_prnet.scene.corrections import Corrections
from blender_prnet.scene.head import head_of
from blender_prnet.scene.head_properties import HeadKind, HeadProperties, change_properties, kind_of
from blender_prnet.scene.merged_head import build_merged_head
from blender_prnet.scene.recapture import RecaptureError, recapture
from tests.blender.known_head import canonical_head, rotation
from tests.blender.test_scene import CASES, make_face

PACKAGE = "bl_ext.user_default.prnet_face_capture.blender_prnet"
OF_PHOTOS = {
    **{"prnet_source": "/photos/a.jpg", "prnet_image_size": [640, 480], "prnet_confidence": 0.9},
    **{"prnet_residual": 1.5, "prnet_scale": 1.2, "prnet_landmarks": [0.01] * 204},
    **{"prnet_model": "compact", "prnet_engine": "onnx"},
}
# What the version before the kind was stored has written
OLD_FILES = {
    HeadKind.PHOTO: {**OF_PHOTOS, "prnet_frame": 0, "prnet_moves": "head", "prnet_box": [1.0, 2.0, 3.0, 4.0]},
    HeadKind.MERGED: {**OF_PHOTOS, "prnet_sources": ["/photos/a.jpg", "/photos/b.jpg"]},
    HeadKind.PERFORMANCE: {
        **{"prnet_performance": "arkit", "prnet_source": "/clips/a.mp4", "prnet_person": 1},
        **{"prnet_image_size": [640, 480], "prnet_frames": [1, 9], "prnet_tracked": 0.5, "prnet_confidence": 0.9},
        **{"prnet_error_mm": 0.1},
    },
}


def new_object(properties=()):
    thing = bpy.data.objects.new("head", bpy.data.meshes.new("head"))
    for name, value in dict(properties).items():
        thing[name] = value
    return thing


def make_active(head):
    bpy.context.view_layer.objects.active = head
    head.select_set(True)
    return head


@pytest.fixture
def photo_head(tmp_path):
    return make_active(head_of(SceneBuilder("head").add(bpy.context.scene, face_of(tmp_path))))


def face_of(folder):
    path = folder / "photo.png"
    image = bpy.data.images.new("photo", 640, 480)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    return make_face(path, *CASES[0])


@pytest.fixture
def merge():
    """Make a merged head of two photos that are gone."""
    vertices, quads, uv = canonical_head()
    vertices = vertices.astype(np.float32)
    pose = Pose(1.5, rotation(0.2, 0.1, 0), np.array([320.0, 240, 0]))
    merged = MergedHead(
        paths=("/gone/a.png", "/gone/b.png"), frames=(None, None), vertices=vertices, quads=quads, uv=uv,
        texture=encode_png(np.full((8, 8, 3), 128, np.uint8)), visibility=np.ones(len(vertices), np.float32),
        uncertainty=np.ones(len(vertices), np.float32),
        landmarks=vertices[:68], poses=(pose, pose), image_sizes=((640, 480), (640, 480)),
        view_vertices=np.stack([vertices, vertices]), confidence=np.float32([0.9, 0.8]), model="compact", engine="onnx",
    )  # fmt: skip
    return lambda: make_active(head_of(build_merged_head(bpy.context.scene, merged, "texture")))


@pytest.fixture
def merged_head(merge):
    return merge()


@pytest.mark.parametrize("kind", HeadKind)
def test_the_record_comes_back_as_it_was_written(kind):
    wanted = HeadProperties(
        kind=kind, source="a.jpg", image_size=(640, 480), confidence=0.875, residual=1.5, scale=1.25,
        landmarks=np.arange(204.0).reshape(68, 3), model="compact", engine="onnx", frame=3, moves="camera",
        box=(1.0, 2.0, 3.0, 4.0), expressions={"jawOpen": 0.5}, gaze=np.float32([[0.25, 0], [0, 0.5]]),
        place=(5.0, 6.0, 7.0, 8.0), pins={48: (9.5, 10.0), 8: (1.0, 2.0)}, mirrored=True,
        first_place=(0.0, 1.0, 2.0, 3.0), sources=("a.jpg", "b.jpg"), performance="arkit", person=2, frames=(1, 9),
        tracked=0.5, error_mm=0.25, topology="ICT-FaceKit",
    )  # fmt: skip
    thing = new_object()
    wanted.write(thing)
    read = HeadProperties.of(thing)
    for name, value in vars(wanted).items():
        np.testing.assert_equal(getattr(read, name), value, err_msg=name)
    assert kind_of(thing) is kind
    change_properties(thing, pins=None, frame=4)
    assert HeadProperties.of(thing).pins is None and HeadProperties.of(thing).frame == 4


@pytest.mark.parametrize("kind", HeadKind)
def test_files_of_the_version_before_have_the_right_kind(kind):
    head = new_object(OLD_FILES[kind])
    assert kind_of(head) is kind
    assert HeadProperties.of(head).image_size == (640, 480)
    HeadProperties.of(head).write(head)
    assert head["prnet_kind"] == kind
    for name, value in OLD_FILES[kind].items():
        np.testing.assert_equal(list(head[name]) if isinstance(value, list) else head[name], value)


def test_what_is_no_head_has_no_kind():
    assert kind_of(None) is None and kind_of(new_object()) is None
    head = new_object({**OLD_FILES[HeadKind.PHOTO], "prnet_kind": "photo"})
    del head["prnet_box"]  # as a user can in the properties' editor
    assert kind_of(head) is None


def polls(names):
    return {name for name in names if getattr(bpy.ops.prnet, name).poll()}


def draw(name, module):
    panel = getattr(sys.modules[f"{PACKAGE}.ui.{module}"], name)
    if panel.poll(bpy.context):
        space = SimpleNamespace(shading=SimpleNamespace(type="SOLID", light="FLAT"))
        mode = "EDIT_MESH"  # outside it, buttons ask for an area
        context = SimpleNamespace(object=bpy.context.object, mode=mode, scene=bpy.context.scene, space_data=space)
        panel.draw(SimpleNamespace(layout=MagicMock()), context)
        return True
    return False


CORRECTING = ("capture_again", "mirror_photo", "clear_corrections", "set_face_box", "pin_landmark", "find_faces")


def test_a_merged_head_offers_no_correction_and_breaks_no_panel(merged_head):
    assert kind_of(merged_head) is HeadKind.MERGED
    assert not polls(CORRECTING)
    assert draw("PRNET_PT_head", "head_panels") and draw("PRNET_PT_head_details", "head_panels")
    assert not draw("PRNET_PT_head_correct", "correction_panels")
    assert polls(["look_through", "put_on_model"]) == {"look_through", "put_on_model"}


def test_a_merged_head_is_life_size_in_a_scene_of_centimetres(merge):
    one = merge().dimensions.copy()
    bpy.context.scene.unit_settings.scale_length = 0.01
    head = merge()
    bpy.context.view_layer.update()
    assert tuple(head.dimensions) == pytest.approx(tuple(100 * one), rel=1e-4)


def test_a_head_of_a_photo_can_be_corrected(photo_head):
    assert polls(CORRECTING) == set(CORRECTING)
    assert draw("PRNET_PT_head_correct", "correction_panels") and draw("PRNET_PT_head_details", "head_panels")


@pytest.mark.parametrize("tool", ["PinLandmarks", "FaceBox"])
def test_the_overlay_over_a_merged_head(merged_head, monkeypatch, tool):
    overlay = sys.modules[f"{PACKAGE}.ui.overlay"]
    drawn = []
    space = SimpleNamespace(overlay=SimpleNamespace(show_overlays=True))
    scene, layer = bpy.context.scene, bpy.context.view_layer
    context = SimpleNamespace(
        scene=scene, view_layer=layer, object=merged_head, space_data=space, region=None, region_data=None
    )
    monkeypatch.setattr(overlay, "bpy", SimpleNamespace(context=context))
    monkeypatch.setattr(overlay, "active_tool", lambda _context: getattr(overlay, tool).bl_idname)
    monkeypatch.setattr(overlay, "through_camera", lambda *_: pytest.fail("it has no single photo"))
    monkeypatch.setattr(overlay, "to_region", lambda points, *_: np.zeros((len(points), 2)))
    monkeypatch.setattr(overlay, "draw_lines", lambda *_: drawn.append("lines"))
    monkeypatch.setattr(overlay, "draw_dots", lambda *_: drawn.append("dots"))
    overlay.draw_in_view()
    assert not drawn
    scene.prnet_overlay.landmarks = True
    overlay.draw_in_view()
    assert drawn == ["lines", "dots"]


def test_the_legend_says_what_the_colours_mean(merged_head, monkeypatch):
    overlay = sys.modules[f"{PACKAGE}.ui.overlay"]
    texts = []
    scene, space = bpy.context.scene, SimpleNamespace(overlay=SimpleNamespace(show_overlays=True))
    context = SimpleNamespace(scene=scene, object=None, space_data=space, area=SimpleNamespace(regions=()))
    scene.prnet_overlay.colours = "uncertainty"
    monkeypatch.setattr(overlay, "bpy", SimpleNamespace(context=context))
    monkeypatch.setattr(overlay, "active_tool", lambda _context: "")
    for name, function in {"draw_strip": lambda *_: None, "text_width": len}.items():
        monkeypatch.setattr(overlay, name, function)
    monkeypatch.setattr(overlay, "draw_text", lambda text, *_: texts.append(text))
    overlay.draw_in_view()
    assert texts == ["Likely error", "0 mm", "5 mm"]


def test_a_head_whose_camera_was_deleted_meanwhile_is_left_alone(photo_head, tmp_path):
    before, vertex = photo_head.matrix_world.copy(), photo_head.data.vertices[9].co.copy()
    bpy.data.objects.remove(bpy.data.objects["Camera photo_0"])
    with pytest.raises(RecaptureError, match="no camera with its photo any more"):
        recapture(bpy.context.scene, photo_head, face_of(tmp_path), Corrections.of(photo_head))
    assert photo_head.matrix_world == before and photo_head.data.vertices[9].co == vertex
