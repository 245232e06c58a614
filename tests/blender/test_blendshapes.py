# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit animation from a baked head to other characters, and to Live Link's files and back."""

import math
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_prnet.data.bake import BuildOptions, prepare_performance
from blender_prnet.data.sources import ClipFiles, Take
from blender_prnet.scene.bake import build_performance
from blender_prnet.scene.blendshapes import read_blendshapes
from blender_prnet.scene.camera import camera_of
from blender_prnet.scene.head import head_of
from nets.interface.live_link import WEIGHTS, LiveLinkError, load
from tests.blender.known_head import make_performance

FRAMES = 9


@pytest.fixture
def baked(tmp_path):
    """(the head, selected and active, its performance); it plays at scene frames 1 to 9."""
    performance, _ = make_performance(tmp_path / "clip.mp4", FRAMES)
    options = BuildOptions("arkit", 40, 300, "head", tmp_path)
    take = Take(ClipFiles((tmp_path / "clip.mp4",), is_images=False), start=1)
    head = head_of(build_performance(bpy.context.scene, prepare_performance(performance, options), take, options))
    head.select_set(True)
    bpy.context.view_layer.objects.active = head
    return head, performance


def character(*names):
    """A selected mesh with keys of these names."""
    mesh = bpy.data.meshes.new("character")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    thing = bpy.data.objects.new("character", mesh)
    bpy.context.scene.collection.objects.link(thing)
    for name in ("Basis", *names):
        thing.shape_key_add(name=name)
    thing.select_set(True)
    return thing


def value(thing, key, frame):
    bpy.context.scene.frame_set(frame)
    return thing.data.shape_keys.key_blocks[key].value


def test_any_mesh_with_keys_of_those_names_takes_the_animation(baked):
    head, performance = baked
    jaw = performance.arkit[:, performance.arkit_names.index("jawOpen")]
    cheek = performance.arkit[:, performance.arkit_names.index("cheekPuff")]
    own = character("JawOpen", "cheek_puff", "eyeBlink_L", "hat")
    own.data.shape_keys.key_blocks["hat"].keyframe_insert("value", frame=1)
    before = own.data.shape_keys.animation_data.action
    assert bpy.ops.prnet.apply_blendshapes() == {"FINISHED"}
    for frame in (1, 4, FRAMES):
        assert value(own, "JawOpen", frame) == pytest.approx(jaw[frame - 1], abs=1e-4)
        assert value(own, "cheek_puff", frame) == pytest.approx(cheek[frame - 1], abs=1e-4)
        assert value(own, "eyeBlink_L", frame) == 0 and value(head, "jawOpen", frame) == pytest.approx(jaw[frame - 1])
    assert before.use_fake_user and own.data.shape_keys.animation_data.action != before


def test_nothing_to_apply_to_is_said(baked):
    with pytest.raises(RuntimeError, match="Select the character's meshes too"):
        bpy.ops.prnet.apply_blendshapes()
    character("smile", "frown")
    with pytest.raises(RuntimeError, match="No selected mesh has shape keys of ARKit's names"):
        bpy.ops.prnet.apply_blendshapes()


@pytest.mark.parametrize(
    "key",
    [
        "blendShape1.jawOpen",
        "BS_node.jawOpen",
        "A25_Jaw_Open",
        "head_lod0_mesh__jawOpen",
        "jawOpen.001",
        "rig:jaw_open",
    ],
)
def test_names_of_other_programs_are_understood(baked, key):
    _, performance = baked
    own = character(key, "mouth_left_corner")
    assert bpy.ops.prnet.apply_blendshapes() == {"FINISHED"}
    jaw = performance.arkit[:, performance.arkit_names.index("jawOpen")]
    assert value(own, key, 4) == pytest.approx(jaw[3], abs=1e-4)
    assert "mouth_left_corner" not in read_blendshapes(own).names


def test_two_keys_of_one_blendshape_both_move(baked):
    own = character("jawOpen", "Jaw_Open")
    assert bpy.ops.prnet.apply_blendshapes() == {"FINISHED"}
    assert value(own, "jawOpen", 4) == value(own, "Jaw_Open", 4) > 0


def test_live_link_file_there_and_back(baked, tmp_path):
    head, performance = baked
    scene = bpy.context.scene
    scene.render.fps = 24
    path = tmp_path / "take.csv"
    bpy.ops.prnet.save_live_link(filepath=str(path))
    header, first, *_ = path.read_text().splitlines()
    assert header.startswith("Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,")
    assert header.endswith("TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,"
                           "RightEyeYaw,RightEyePitch,RightEyeRoll")  # fmt: skip
    assert first.startswith("00:00:00:00.000,61,") and first.count(",") == 62
    recording = load(path)
    assert len(recording.names) == 61 and recording.names[: len(WEIGHTS)] == WEIGHTS
    np.testing.assert_allclose(recording.time, np.arange(FRAMES) / 24, atol=1e-6)
    own = character("jawOpen")
    head.select_set(False)
    scene.frame_start = 101
    bpy.ops.prnet.load_live_link(filepath=str(path))
    jaw = performance.arkit[:, performance.arkit_names.index("jawOpen")]
    assert value(own, "jawOpen", 104) == pytest.approx(jaw[3], abs=1e-4)


@pytest.mark.parametrize("focal", [None, 800.0], ids=["flat", "near"])
@pytest.mark.parametrize("moves", ["head", "camera"])
def test_head_angles_are_those_of_the_performance(tmp_path, moves, focal):
    """known_head turns by yaw, then pitch, then roll; Live Link's yaw is positive towards the subject's left."""
    performance, _ = make_performance(tmp_path / "clip.mp4", FRAMES, focal=focal)
    options = BuildOptions("arkit", 40, 300, moves, tmp_path)
    take = Take(ClipFiles((tmp_path / "clip.mp4",), is_images=False), start=1)
    bpy.context.view_layer.objects.active = head_of(
        build_performance(bpy.context.scene, prepare_performance(performance, options), take, options)
    )
    bpy.ops.prnet.save_live_link(filepath=str(tmp_path / "take.csv"))
    recording = load(tmp_path / "take.csv")
    turned = performance.rotation * np.float32([1, -1, 1])[:, None]
    side, up, forward = np.moveaxis(turned, -1, 0)
    wanted = np.stack([
        np.arctan2(forward[:, 0], forward[:, 2]), np.arcsin(forward[:, 1]), np.arctan2(side[:, 1], up[:, 1])
    ], 1)  # fmt: skip
    np.testing.assert_allclose(recording.values[:, len(WEIGHTS) : len(WEIGHTS) + 3], wanted, atol=1e-3)
    assert math.degrees(abs(wanted[:, 0]).max()) > 60


def test_without_its_camera_the_expression_is_written_still(tmp_path):
    performance, _ = make_performance(tmp_path / "clip.mp4", FRAMES)
    options = BuildOptions("arkit", 40, 300, "head", tmp_path)
    take = Take(ClipFiles((tmp_path / "clip.mp4",), is_images=False), start=1)
    head = head_of(build_performance(bpy.context.scene, prepare_performance(performance, options), take, options))
    bpy.context.view_layer.objects.active = head
    bpy.data.objects.remove(camera_of(head))
    assert bpy.ops.prnet.save_live_link(filepath=str(tmp_path / "take.csv")) == {"FINISHED"}
    values = load(tmp_path / "take.csv").values
    assert values[:, : len(WEIGHTS)].any() and not values[:, len(WEIGHTS) : len(WEIGHTS) + 3].any()


def test_what_is_no_live_link_file_is_refused(tmp_path):
    for name, text in {
        "a.csv": "",
        "b.csv": "Timecode,Other\n1,2\n",
        "c.csv": "Timecode,BlendShapeCount,JawOpen\n",
    }.items():
        Path(tmp_path, name).write_text(text)
        with pytest.raises(LiveLinkError, match=f"{name} is no CSV file of Live Link Face"):
            load(tmp_path / name)
    with pytest.raises(LiveLinkError, match=r"gone\.csv"):
        load(tmp_path / "gone.csv")


def test_a_head_without_arkit_keys_has_none_to_read(tmp_path):
    performance, _ = make_performance(tmp_path / "clip.mp4", FRAMES)
    options = BuildOptions("compact", 40, 300, "head", tmp_path)
    take = Take(ClipFiles((tmp_path / "clip.mp4",), is_images=False), start=1)
    prepared = prepare_performance(performance, options)
    assert read_blendshapes(head_of(build_performance(bpy.context.scene, prepared, take, options))) is None
