# SPDX-License-Identifier: GPL-3.0-or-later
"""The bake's operators with the real worker and a real clip: from the button to the animated head."""

import os
import sys
import threading
import time
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_prnet.scene.camera import camera_of
from blender_prnet.scene.curves import curves_of
from tests.blender.known_head import make_performance

PACKAGE = "bl_ext.user_default.prnet_face_capture.blender_prnet"
FRAMES, LONG = 20, 60  # of head.mp4 and three.mp4, at 24 frames/s


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Tracking that the tests share: the clip is tracked once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def settings(empty_scene, cache):
    settings = bpy.context.scene.prnet_bake
    settings.cache_folder = str(cache)
    settings.density, settings.texture_size, settings.texture = (
        "medium",
        "512",
        "merged",
    )  # which only makes the tests quicker
    bpy.context.scene.render.fps = 24
    return settings


@pytest.fixture
def performance_file(tmp_path):
    """As the command line writes it, of a clip that is not on this machine."""
    performance, _ = make_performance("/elsewhere/shot.mp4", frames=12)
    entries = {name: value for name, value in vars(performance).items() if value is not None and name != "person"}
    path = tmp_path / "shot_1.performance.npz"
    np.savez(path, **entries)
    return path


def bake(folder, *names, undo=False, **options):
    return bpy.ops.prnet.bake_file(
        "EXEC_DEFAULT", undo, directory=str(folder), files=[{"name": name} for name in names], **options
    )


def heads():
    return sorted((thing for thing in bpy.data.objects if "prnet_performance" in thing), key=lambda head: head.name)


def report():
    return [(line.name, line.status) for line in bpy.context.window_manager.prnet.report]


def records(cache):
    """What is tracked, clip by clip."""
    return {path: path.read_bytes() for path in cache.glob("*/*.bin")}


def motion(head):
    """(S, 10): location, rotation and scale at the scene frames of the performance."""
    curves = sorted(curves_of(head), key=lambda curve: (curve.data_path, curve.array_index))
    first, last = head["prnet_frames"]
    return np.array([[curve.evaluate(frame) for curve in curves] for frame in range(first, last + 1)])


def test_strip_becomes_a_head_that_plays_in_its_time(clips):
    scene = bpy.context.scene
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_movie("head", str(clips / "head.mp4"), 1, 31)
    assert bpy.ops.prnet.bake() == {"FINISHED"}
    (head,) = heads()
    assert list(head["prnet_frames"]) == [31, 30 + FRAMES] and head["prnet_tracked"] == 1
    assert (scene.render.resolution_x, scene.render.resolution_y) == (320, 320) and scene.frame_current == 31
    user = camera_of(head).data.background_images[0].image_user
    assert (user.frame_start, user.frame_offset) == (31, 0)
    across = motion(head)[:, 0]  # the portrait is moved 50 pixels to the right
    assert across[-1] - across[0] > 0.02
    assert report() == []


def test_the_head_of_a_clip_acts_on_the_extension_s_own_mesh(clips):
    """Its face lies on the clip as the capture's own mesh does; eyes and teeth are parts of it; the scene follows."""
    bpy.context.scene.render.fps = 60
    assert bake(clips, "head.mp4") == {"FINISHED"}
    scene, (head,) = bpy.context.scene, heads()
    assert [slot.name.rpartition(" ")[2] for slot in head.material_slots] == ["skin", "mouth", "teeth", "eyes"]
    assert {"eyeBlinkLeft", "jawOpen", "eyeLookInRight"} <= set(head.data.shape_keys.key_blocks.keys())
    assert head["prnet_topology"] == "PRNet head" and head["prnet_error_mm"] < 0.3
    assert (scene.render.fps, scene.frame_start, scene.frame_end) == (24, 1, FRAMES)
    settings = scene.prnet_bake
    settings.result = "compact"
    assert bake(clips, "head.mp4") == {"FINISHED"}
    (_, captured), own = heads(), head
    places = {}
    for thing in (own, captured):
        scene.frame_set(FRAMES // 2)
        shown = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
        points = np.empty(3 * len(shown.data.vertices))
        shown.data.attributes["position"].data.foreach_get("vector", points)
        places[thing] = points.reshape(-1, 3)
    nose, tree = places[own][places[own][:, 1].argmin()], places[captured]
    assert np.linalg.norm(tree - nose, axis=1).min() < 0.002  # metres


def test_strips_of_two_clips_cut_from_camera_to_camera(clips):
    editor = bpy.context.scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_movie("head", str(clips / "head.mp4"), 1, 1)
    stills = strips.new_image("stills", str(clips / "still_007.png"), 1, 41)
    for number in range(8, 13):
        stills.elements.append(f"still_{number:03}.png")
    assert bpy.ops.prnet.bake() == {"FINISHED"}
    scene, cameras = bpy.context.scene, [camera_of(head) for head in heads()]
    for frame, camera in {1: 0, 30: 0, 41: 1, 46: 1}.items():
        scene.frame_set(frame)
        assert scene.camera == cameras[camera]
    assert [list(head["prnet_frames"]) for head in heads()] == [[1, FRAMES], [41, 46]]


def test_another_result_needs_no_network(clips, cache, settings):
    bake(clips, "head.mp4")
    written = records(cache)
    for settings.result in ("frames", "cache"):
        bake(clips, "head.mp4")
    assert records(cache) == written and written
    results = {head["prnet_performance"]: head for head in heads()}
    assert results.keys() == {"head", "frames", "cache"}
    assert len(results["frames"].data.shape_keys.key_blocks) == FRAMES + 1
    assert Path(bpy.path.abspath(results["cache"].modifiers[0].filepath)).stat().st_size > FRAMES * 12 * 10_000


def test_one_undo_takes_everything_back(clips):
    bpy.ops.ed.undo_push(message="before")
    bake(clips, "head.mp4", undo=True)
    assert heads()
    bpy.ops.ed.undo()
    assert not heads() and not bpy.data.cameras and not bpy.data.actions and bpy.context.scene.camera is None


def test_images_without_a_number_of_their_own_are_one_clip(clips, settings):
    settings.smoothing = 0
    assert bake(clips, "still_007.png") == {"FINISHED"}
    (head,) = heads()
    assert list(head["prnet_frames"]) == [1, 6]


@pytest.mark.one_version
def test_worker_killed_in_mid_bake_goes_on_where_it_was(clips, settings, tmp_path):
    settings.cache_folder = str(tmp_path)
    client = sys.modules[f"{PACKAGE}.session"].SESSION.client

    def kill_when_some_frames_are_tracked():
        end = time.monotonic() + 60
        while time.monotonic() < end:
            sizes = [path.stat().st_size for path in tmp_path.glob("*/sightings.bin")]
            if sizes and sizes[0] > 15 * 25_000:
                return os.kill(client._worker.pid, 9)
            time.sleep(0.001)

    killer = threading.Thread(target=kill_when_some_frames_are_tracked)
    killer.start()
    with pytest.raises(RuntimeError, match=r"The worker stopped \(exit code -9\)"):
        bake(clips, "three.mp4")
    killer.join()
    assert not heads() and not bpy.context.window_manager.prnet.running
    assert "three.mp4: " in bpy.context.window_manager.prnet_bake.offer
    assert bpy.ops.prnet.build_tracked() == {"FINISHED"}
    (partial,) = heads()
    assert 2 <= partial["prnet_frames"][1] < LONG
    assert bake(clips, "three.mp4") == {"FINISHED"}
    settings.cache_folder = str(tmp_path / "undisturbed")
    assert bake(clips, "three.mp4") == {"FINISHED"}
    _, resumed, whole = heads()
    assert whole["prnet_frames"][1] == LONG
    moved = [motion(head) - motion(head)[0] for head in (resumed, whole)]  # they stand side by side
    np.testing.assert_allclose(*moved, atol=1e-5)


@pytest.mark.one_version
def test_bad_clips_cost_nothing_but_themselves(clips):
    assert bake(clips, "sky.mp4", "text.mp4", "head.mp4") == {"FINISHED"}
    assert len(heads()) == 1
    messages = {line.name: line.message for line in bpy.context.window_manager.prnet.report}
    assert messages.keys() == {"sky.mp4", "text.mp4"}
    assert "face" in messages["sky.mp4"] and messages["text.mp4"]


@pytest.mark.one_version
def test_nothing_to_bake_is_said(clips, settings):
    assert not bpy.ops.prnet.bake.poll()
    with pytest.raises(RuntimeError, match=r"gone\.mp4 does not exist"):
        bake(clips, "gone.mp4")
    with pytest.raises(RuntimeError, match="No preset named nice; there are head"):
        bake(clips, "head.mp4", preset="nice")
    cache, settings.cache_folder = settings.cache_folder, str(clips / "text.mp4" / "cache")
    with pytest.raises(RuntimeError, match=r"text\.mp4/cache cannot be made: .* Choose another cache folder"):
        bake(clips, "head.mp4")
    settings.cache_folder = cache
    settings.result, settings.frame_limit = "frames", 3
    with pytest.raises(RuntimeError, match=r"still_007\.png: 6 frames are more than the limit of 3"):
        bake(clips, "still_007.png")


@pytest.mark.one_version
def test_clearing_the_cache_leaves_other_things_alone(clips, settings, tmp_path):
    settings.cache_folder = str(tmp_path)
    (tmp_path / "holiday.png").write_bytes(b"mine")
    bake(clips, "still_007.png")
    assert len(list(tmp_path.iterdir())) == 2
    assert bpy.ops.prnet.clear_cache() == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.png"] and settings.cache_folder == ""


def test_performance_files_are_imported(performance_file):
    bpy.context.scene.frame_start = 11
    folder, files = str(performance_file.parent), [{"name": performance_file.name}]
    assert bpy.ops.prnet.import_performance(directory=folder, files=files, preset="arkit") == {"FINISHED"}
    (head,) = heads()
    assert head.name == "Head shot_1" and list(head["prnet_frames"]) == [11, 22]
    assert "jawOpen" in head.data.shape_keys.key_blocks
    performance_file.write_bytes(b"nothing")
    with pytest.raises(RuntimeError, match=r"shot_1\.performance\.npz is no performance"):
        bpy.ops.prnet.import_performance(directory=folder, files=files)


def test_command_bakes_and_exports(clips, tmp_path):
    command = sys.modules[f"{PACKAGE}.command"]
    out = tmp_path / "head.glb"
    assert command.run([str(clips / "still_007.png"), "--out", str(out)]) == 0
    gltf = out.read_bytes()
    assert b'"targets"' in gltf and b'"weights"' in gltf  # the keys, and their animation
    assert command.run([str(clips / "sky.mp4"), "--out", str(out)]) == command.FAILED
    with pytest.raises(SystemExit):
        command.run([str(clips / "head.mp4"), "--out", "head.doc"])


@pytest.mark.one_version
def test_a_bad_clip_does_not_stop_the_command(clips, tmp_path, capfd):
    command = sys.modules[f"{PACKAGE}.command"]
    out, clip = tmp_path / "head.blend", str(clips / "still_007.png")
    assert command.run([str(clips / "gone.mp4"), clip, str(clips / "sky.mp4"), "--out", str(out)]) == command.FAILED
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert len(heads()) == 1
    printed = capfd.readouterr().out
    assert "gone.mp4 does not exist" in printed and f"error: {clips / 'sky.mp4'}" in printed and clip not in printed


@pytest.mark.parametrize("ending", [".blend", ".fbx", ".abc", ".usd", ".usda", ".usdc", ".gltf", ".GLB", ".USDC"])
def test_every_format_is_written(performance_file, tmp_path, ending):
    command = sys.modules[f"{PACKAGE}.command"]
    files = [{"name": performance_file.name}]
    bpy.ops.prnet.import_performance(directory=str(performance_file.parent), files=files, preset="compact")
    assert command.can_write(ending.lower())
    out = tmp_path / "out" / f"head{ending}"
    out.parent.mkdir()
    command.write(out)
    assert out.is_file() and sum(file.stat().st_size for file in out.parent.iterdir()) > 20_000  # .gltf comes with .bin
