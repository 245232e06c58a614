# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit animation from a baked head to other characters, and to Live Link's files and back."""

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Vector

from blender_prnet.data.bake import BuildOptions, prepare_performance
from blender_prnet.data.sources import ClipFiles, Take
from blender_prnet.scene.bake import build_performance
from blender_prnet.scene.blendshapes import read_blendshapes
from blender_prnet.scene.camera import camera_of
from blender_prnet.scene.head import head_of
from nets.interface.live_link import COLUMNS, WEIGHTS, LiveLinkError, load
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


def take(path, **values):
    """A file of two frames, the first at rest, the second with these values."""
    names = [*values, *(name for name in COLUMNS if name not in values)]
    rows = [[0] * len(names), [*values.values()] + [0] * (len(names) - len(values))]
    lines = [",".join(map(str, [f"00:00:00:0{k}.000", 61, *row])) for k, row in enumerate(rows)]
    path.write_text("\n".join([",".join(["Timecode", "BlendshapeCount", *names]), *lines]))
    return str(path)


@pytest.mark.parametrize("bone", [False, True])
def test_a_live_link_file_turns_the_object_or_the_bone_of_the_users_choice(tmp_path, bone):
    scene, own = bpy.context.scene, character("jawOpen")
    head = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig")) if bone else bpy.data.objects.new("Head", None)
    scene.collection.objects.link(head)
    if bone:
        bpy.context.view_layer.objects.active = head
        bpy.ops.object.mode_set(mode="EDIT")
        head.data.edit_bones.new("skull").tail = (0, 0, 1)
        bpy.ops.object.mode_set(mode="OBJECT")
        bpy.context.view_layer.objects.active = own
    path = take(tmp_path / "take.csv", JawOpen=0.5, HeadYaw=0.4, HeadPitch=0.2, HeadRoll=0.1)
    own.select_set(True)
    with pytest.raises(RuntimeError, match="Choose what turns as Head Rotation"):
        bpy.ops.prnet.load_live_link(filepath=path, turn_head=True)
    scene.prnet_live.head, scene.prnet_live.bone = head, "skull" if bone else ""

    def gaze(**options):
        """Where the head looks at the second frame: x right, y backwards, z up."""
        bpy.ops.prnet.load_live_link(filepath=path, turn_head=True, **options)
        scene.frame_set(scene.frame_start + round(scene.render.fps / 60))
        matrix = head.matrix_world
        if bone:
            matrix = head.pose.bones["skull"].matrix @ head.data.bones["skull"].matrix_local.inverted()
        return np.array(matrix.to_3x3() @ Vector((0, -1, 0)))

    scene.render.fps = 60
    ahead = gaze()
    expected = math.sin(0.4) * math.cos(0.2), -math.cos(0.4) * math.cos(0.2), math.sin(0.2)
    assert np.allclose(ahead, expected, atol=1e-4)
    head.animation_data.action = None
    (head.pose.bones["skull"] if bone else head).rotation_quaternion = 1, 0, 0, 0
    assert np.allclose(gaze(mirror=True), ahead * (-1, 1, 1), atol=1e-4)


def test_a_live_link_file_is_mirrored_or_its_mouth_swapped(tmp_path):
    own = character("mouthLeft", "mouthRight", "eyeBlinkLeft", "eyeBlinkRight", "jawOpen")
    bpy.context.scene.render.fps = 60
    path = take(tmp_path / "take.csv", MouthLeft=0.3, EyeBlinkLeft=0.7, JawOpen=0.5)

    def at_the_end(**options):
        bpy.ops.prnet.load_live_link(filepath=path, **options)
        names = ("mouthLeft", "mouthRight", "eyeBlinkLeft", "eyeBlinkRight", "jawOpen")
        return [round(value(own, name, bpy.context.scene.frame_start + 1), 3) for name in names]

    assert at_the_end() == [0.3, 0, 0.7, 0, 0.5]
    assert at_the_end(mirror=True) == [0, 0.3, 0, 0.7, 0.5]
    assert at_the_end(swap_mouth=True) == [0, 0.3, 0.7, 0, 0.5]
    assert at_the_end(mirror=True, swap_mouth=True) == [0.3, 0, 0, 0.7, 0.5]


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


def reports(capfd):
    """What the operator told, as Blender prints it in background mode."""
    return capfd.readouterr().out


def test_what_is_in_the_way_of_the_animation_is_said(tmp_path, capfd):
    path = take(tmp_path / "take.csv", JawOpen=0.5)
    own = character("jawOpen", "eyeBlinkLeft", "mouthLeft", "mouthRight")
    blocks = own.data.shape_keys.key_blocks
    blocks["jawOpen"].driver_add("value")
    blocks["eyeBlinkLeft"].slider_max = 0.5
    blocks["mouthLeft"].mute = True
    twin = bpy.data.objects.new("twin", own.data)
    bpy.context.scene.collection.objects.link(twin)
    assert bpy.ops.prnet.load_live_link(filepath=path) == {"FINISHED"}
    said = reports(capfd)
    assert "character: drivers move 1 of its keys (jawOpen)" in said
    assert "the sliders of 1 of its keys (eyeBlinkLeft) end before 1" in said
    assert "1 of its keys (mouthLeft) are muted" in said and "other objects have the same mesh" in said


def test_linked_characters_are_refused(tmp_path, capfd):
    path, library = take(tmp_path / "take.csv", JawOpen=0.5), tmp_path / "library.blend"
    own = character("jawOpen")
    bpy.data.libraries.write(str(library), {own})
    bpy.data.objects.remove(own)
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["character"]
    (linked,) = wanted.objects
    bpy.context.scene.collection.objects.link(linked)
    linked.select_set(True)
    with pytest.raises(RuntimeError, match="character: it is linked from another file"):
        bpy.ops.prnet.load_live_link(filepath=path)
    linked.select_set(False)
    overridden = linked.override_create()
    bpy.context.scene.collection.objects.link(overridden)
    overridden.select_set(True)
    with pytest.raises(RuntimeError, match="only the object is overridden"):
        bpy.ops.prnet.load_live_link(filepath=path)
