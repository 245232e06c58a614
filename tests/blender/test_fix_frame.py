# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking keyframes of a baked clip: from a pin in Blender to the head's new motion, and what can go wrong."""

import json
import shutil
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_prnet.scene.camera import camera_of
from blender_prnet.scene.clip_fixes import ClipFixes, ClipTime
from blender_prnet.scene.landmarks import landmarks_of
from blender_prnet.scene.photo_view import places_in_photo
from tests.blender.test_bake import FRAMES, heads
from tests.blender.test_capture import PACKAGE

pytestmark = pytest.mark.one_version

PINS = (36, 45, 30, 48, 54, 8)


def seen(head, frame):
    """(68, 2): the landmarks in the clip's pixels at a frame of the scene."""
    bpy.context.scene.frame_set(frame)
    return places_in_photo(camera_of(head), landmarks_of(head), head)


def test_pins_move_the_frames_around_a_keyframe_and_no_others(head):
    scene, frame = bpy.context.scene, FRAMES
    before = {each: seen(head, each) for each in (1, 3, frame)}
    assert np.abs(before[1][PINS, :].mean(0) - (130, 155)).max() < 25  # where the portrait's face is
    scene.frame_set(frame)
    for pin in PINS:
        assert bpy.ops.prnet.pin_landmark(landmark=pin, place=before[frame][pin] + (9, 5)) == {"FINISHED"}
    assert set(ClipFixes.of(head).keyframes[frame - 1]["pins"]) == set(PINS)
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    assert np.abs(seen(head, frame)[PINS, :] - before[frame][PINS, :] - (9, 5)).max() < 3.5
    for each in (1, 3):
        assert np.abs(seen(head, each) - before[each]).mean() < 0.5  # all share the person's shape
    assert bpy.ops.prnet.jump_to_fix(step=-1) == {"CANCELLED"} or scene.frame_current == frame
    scene.frame_set(1)
    assert bpy.ops.prnet.jump_to_fix() == {"FINISHED"} and scene.frame_current == frame
    (kept,) = Path(scene.prnet_bake.cache_folder).glob("*/fixes.json")
    assert json.loads(kept.read_text("utf-8"))["0"]["keyframes"][0]["frame"] == frame - 1
    assert bpy.ops.prnet.clear_fixes(side="all") == {"FINISHED"} and bpy.ops.prnet.refine() == {"FINISHED"}
    assert np.abs(seen(head, frame) - before[frame]).max() < 1e-2


def test_keyframes_are_added_and_removed_and_one_undo_takes_all_back(head):
    scene = bpy.context.scene
    for frame in (3, 9, 15):
        scene.frame_set(frame)
        assert bpy.ops.prnet.fix_frame() == {"FINISHED"}
    assert sorted(ClipFixes.of(head).keyframes) == [2, 8, 14]
    scene.frame_set(9)
    assert bpy.ops.prnet.remove_fix() == {"FINISHED"} and sorted(ClipFixes.of(head).keyframes) == [2, 14]
    assert bpy.ops.prnet.clear_fixes(side="after") == {"FINISHED"} and sorted(ClipFixes.of(head).keyframes) == [2]
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 4, 6
    assert bpy.ops.prnet.ignore_here(box=(10, 10, 60, 60)) == {"FINISHED"}
    assert ClipFixes.of(head).ignored == ({"first": 3, "last": 5, "box": [10, 10, 60, 60]},)
    scene.prnet_bake.refine_at_once = True
    bpy.ops.ed.undo_push(message="before")
    name, x = head.name, head.matrix_world.translation.x
    bpy.ops.prnet.set_face_box("EXEC_DEFAULT", True, box=(60, 90, 190, 230))
    assert len(ClipFixes.of(bpy.data.objects[name]).keyframes) == 2
    bpy.ops.ed.undo()
    undone = bpy.data.objects[name]
    assert sorted(ClipFixes.of(undone).keyframes) == [2] and undone.matrix_world.translation.x == pytest.approx(x)


def test_a_range_is_smoothed_and_goes_back(head):
    """The clip was baked without smoothing."""

    def nods():
        frames = range(1, FRAMES + 1)
        return np.array([bpy.context.scene.frame_set(frame) or list(head.matrix_world.to_euler()) for frame in frames])

    plain = nods()
    strengths = {"position": 0.0, "depth": 0.0, "rotation": 1.0, "expression": 0.0}
    assert bpy.ops.prnet.smooth_range(first=8, last=10, **strengths) == {"FINISHED"}
    assert bpy.ops.prnet.smooth_range(first=7, last=FRAMES, **strengths) == {"FINISHED"}
    assert [(each["first"], each["last"]) for each in ClipFixes.of(head).smoothing] == [(6, FRAMES - 1)]
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    changed = np.abs(nods() - plain).max(1)
    assert changed[:2].max() < 1e-5 and changed[6:].max() > 1e-3
    assert bpy.ops.prnet.clear_smoothing() == {"FINISHED"} and bpy.ops.prnet.refine() == {"FINISHED"}
    np.testing.assert_allclose(nods(), plain, atol=1e-6)


def test_gain_and_place_survive_a_refinement(head):
    module = sys.modules[f"{PACKAGE}.scene.gain"]
    module.face_action(head).prnet_gain.jaw = 2.0
    blocks = head.data.shape_keys.key_blocks

    def jaw():
        values = []
        for frame in range(1, FRAMES + 1):
            bpy.context.scene.frame_set(frame)
            values.append(blocks["jawOpen"].value)
        return np.array(values)

    place = camera_of(head).matrix_world.copy()
    bpy.context.scene.frame_set(5)
    bpy.ops.prnet.fix_frame()
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    assert camera_of(head).matrix_world == place
    gain = module.face_action(head).prnet_gain
    assert gain.jaw == 2.0
    twice, gain.jaw = jaw(), 1.0
    np.testing.assert_allclose(twice, np.minimum(2 * jaw(), 1), atol=1e-5)


def test_a_clip_that_is_gone_or_another_is_named_and_nothing_is_lost(head, clips, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(clips / "head.mp4", own / "head.mp4")
    record = sys.modules[f"{PACKAGE}.data.bake_record"].BakeRecord.from_json(head["prnet_bake"])
    stored = json.loads(head["prnet_bake"])
    stored["take"]["clip"][0] = [str(own / "head.mp4")]
    head["prnet_bake"] = json.dumps(stored)
    bpy.context.scene.frame_set(4)
    bpy.ops.prnet.fix_frame()
    shutil.copy(clips / "long.mp4", own / "head.mp4")
    with pytest.raises(RuntimeError, match=r"head\.mp4 is another file than the one that was baked"):
        bpy.ops.prnet.refine()
    (own / "head.mp4").unlink()
    with pytest.raises(RuntimeError, match=r"head\.mp4 is not there any more"):
        bpy.ops.prnet.refine()
    assert list(ClipFixes.of(head).keyframes) == [3] and record.take.clip.name == "head.mp4"
    bpy.context.scene.frame_set(500)
    with pytest.raises(RuntimeError, match="shows no frame of its clip at frame 500"):
        bpy.ops.prnet.fix_frame()


def test_edited_topology_takes_the_motion_and_can_be_moved_by_the_box(head):
    mesh = head.data
    mesh.vertices.add(1)
    bpy.context.scene.frame_set(4)
    with pytest.raises(RuntimeError, match="has other vertices than the bake; use Face Box"):
        bpy.ops.prnet.fix_frame()
    assert bpy.ops.prnet.set_face_box(box=(70, 90, 190, 220)) == {"FINISHED"}
    head.shape_key_remove(mesh.shape_keys.key_blocks["jawOpen"])
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    assert ClipTime.of(head).frame.tolist() == list(range(FRAMES))


def test_a_moved_strip_is_named(clips, tmp_path, capfd):
    scene = bpy.context.scene
    scene.prnet_bake.cache_folder = str(tmp_path)
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("head", str(clips / "head.mp4"), 1, 31)
    assert bpy.ops.prnet.bake() == {"FINISHED"}
    (head,) = heads()
    strip.frame_start = 41
    scene.frame_set(35)
    assert bpy.ops.prnet.fix_frame() == {"FINISHED"}
    assert "was muted, moved or removed" in capfd.readouterr().out
    assert list(head["prnet_frames"]) == [31, 30 + FRAMES] and ClipTime.of(head).time[0] == 31
