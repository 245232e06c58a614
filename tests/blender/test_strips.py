# SPDX-License-Identifier: GPL-3.0-or-later
"""Which clip frame a strip shows when: as Blender itself renders it."""

import shutil

import bpy
import numpy as np
import pytest

from blender_prnet.data.sources import SourceError, takes_of_files
from blender_prnet.scene.movie_time import movie_rate
from blender_prnet.scene.strips import takes_of_strips
from tests.blender.test_bake_scene import TIMES, VARIABLE_MKV


@pytest.fixture
def strips():
    editor = bpy.context.scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


@pytest.fixture
def strip(strips, clips):
    """A movie strip of 60 frames from scene frame 10 on, whose frames tell their number."""
    return strips.new_movie("numbers", str(clips / "numbers.mp4"), 1, 10)


@pytest.fixture
def shown(tmp_path):
    """Renders the sequencer at a scene frame: the number that the clip's frame tells."""
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(tmp_path / "frame.png")

    def render(frame):
        scene.frame_set(frame)
        bpy.ops.render.render(write_still=True)
        image = bpy.data.images.load(scene.render.filepath)
        grey = np.array(image.pixels[:3]).mean() * 255
        bpy.data.images.remove(image)
        return grey / 4 + 0.5  # the codec darkens the ramp by half a step

    return render


def trim(strip):
    strip.frame_offset_start, strip.frame_offset_end, strip.animation_offset_start = 5, 7, 3


def reverse(strip):
    trim(strip)
    strip.use_reverse_frames = True


def sequencer(operator, **arguments):
    """Run an operator of the sequencer in its editor."""
    (window,) = bpy.context.window_manager.windows
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    if hasattr(bpy.context.workspace, "sequencer_scene"):
        bpy.context.workspace.sequencer_scene = bpy.context.scene
    with bpy.context.temp_override(window=window, area=area, scene=bpy.context.scene):
        getattr(bpy.ops.sequencer, operator)(**arguments)


def retime(strip):
    strip.select = strip.show_retiming_keys = True
    bpy.context.scene.sequence_editor.active_strip = strip
    sequencer("retiming_key_add", timeline_frame=10)
    sequencer("retiming_segment_speed_set", speed=60.0)


def retime_and_reverse(strip):
    retime(strip)
    reverse(strip)


@pytest.mark.parametrize("change", [lambda strip: None, trim, reverse, retime, retime_and_reverse])
def test_takes_agree_with_what_blender_shows(strip, shown, change):
    change(strip)
    (take,) = takes_of_strips(bpy.context.scene)
    (segment,) = take.segments
    assert (segment.start, segment.stop) == (strip.frame_final_start, strip.frame_final_end)
    for frame in np.linspace(segment.start + 1, segment.stop - 1, 5).astype(int):
        difference = shown(int(frame)) - segment.position(frame)
        assert abs(difference) <= (0.75 if abs(segment.speed) == 1 else 1.25), (frame, segment)


def test_images_of_several_retiming_segments(strips, shown, clips):
    strip = strips.new_image("numbers", str(clips / "number_00.png"), 1, 10)
    for number in range(1, 24):
        strip.elements.append(f"number_{number:02}.png")
    retime(strip)
    sequencer("retiming_key_add", timeline_frame=24)
    strip.retiming_keys[1].timeline_frame = 28
    (take,) = takes_of_strips(bpy.context.scene)
    assert take.frames() == (0, 23, 1)
    for frame in range(int(strip.frame_final_start), int(strip.frame_final_end), 3):
        (place,) = [part.position(frame) for part in take.segments if part.start <= frame < part.stop]
        assert round(shown(frame) - 0.5) == place


def test_strips_of_one_clip_are_one_take(strip, strips, clips):
    strip.frame_offset_end = 40
    strips.new_movie("again", str(clips / "numbers.mp4"), 2, 100).frame_offset_start = 50
    strips.new_movie("other", str(clips / "sky.mp4"), 1, 200)
    numbers, sky = takes_of_strips(bpy.context.scene)
    assert [(part.start, part.stop, part.first) for part in numbers.segments] == [(10, 30, 0), (150, 160, 50)]
    assert numbers.frames() == (0, 59, 1) and sky.frames() == (0, 5, 1)


def test_images_of_a_strip(strips, clips):
    strip = strips.new_image("stills", str(clips / "still_007.png"), 1, 1)
    for number in range(8, 13):
        strip.elements.append(f"still_{number:03}.png")
    strip.frame_final_end = 5
    (take,) = takes_of_strips(bpy.context.scene)
    assert [path.name for path in take.clip.paths] == [f"still_{number:03}.png" for number in range(7, 13)]
    assert take.frames() == (0, 3, 1) and take.clip.is_images


def test_what_cannot_be_baked_is_said(strip, strips, clips, tmp_path):
    strip.mute = True
    with pytest.raises(SourceError, match="No strip is selected, or all are muted"):
        takes_of_strips(bpy.context.scene)
    strip.mute, strip.channel = False, 3
    bpy.context.scene.sequence_editor.channels[3].mute = True
    with pytest.raises(SourceError, match="all are muted"):
        takes_of_strips(bpy.context.scene)
    strips.new_effect("red", "COLOR", 1, 1, **length(strips))
    with pytest.raises(SourceError, match=r"Only red \(color\) selected: .*Select movie or image strips"):
        takes_of_strips(bpy.context.scene)
    gone = shutil.copy(clips / "sky.mp4", tmp_path / "gone.mp4")
    strips.new_movie("lost", str(gone), 2, 1)
    gone.unlink()
    with pytest.raises(SourceError, match=r"Strip lost: .*gone\.mp4 does not exist\. Find it"):
        takes_of_strips(bpy.context.scene)


def test_a_part_of_a_movie_of_uneven_frames_plays_what_blender_shows(strips, shown):
    """The part begins within a long frame, whose number in the file is lower than in Blender's count."""
    scene = bpy.context.scene
    scene.render.fps = 30
    strip = strips.new_movie("uneven", str(VARIABLE_MKV), 1, 10)
    strip.frame_offset_start, strip.frame_offset_end = 25, 10
    (take,) = takes_of_strips(scene)
    assert take.frames() == (0, 49, 1)
    keys = take.keys(TIMES * movie_rate(VARIABLE_MKV), TIMES, 30)
    assert keys.time[0] == strip.frame_final_start == 35 and keys.time[-1] < strip.frame_final_end
    for frame in (35, 36, 37, 41, 50, 59):
        row = keys.row[np.searchsorted(keys.time, frame + 1e-3) - 1]
        assert abs(shown(frame) - 0.5 - row) < 0.6


def length(strips):
    """How the length of an effect is given, which changed with Blender 5.0."""
    names = strips.bl_rna.functions["new_effect"].parameters.keys()
    return {"length": 10} if "length" in names else {"frame_end": 11}


def test_segments_of_unknown_speed_are_refused(strip):
    retime(strip)
    sequencer("retiming_key_add", timeline_frame=40)
    with pytest.raises(SourceError, match="several retiming segments"):
        takes_of_strips(bpy.context.scene)


def test_files(clips):
    movie, other, stills = takes_of_files([clips / "head.mp4", clips / "sky.mp4", clips / "still_009.png"], 5)
    assert (movie.clip.name, other.clip.name, movie.start) == ("head.mp4", "sky.mp4", 5)
    assert [path.name for path in stills.clip.paths] == [f"still_{number:03}.png" for number in range(9, 13)]
    assert movie.frames() is None and movie.shortened(7).frames() == (0, 7, 1)
    with pytest.raises(SourceError, match=r"gone\.mp4 does not exist"):
        takes_of_files([clips / "gone.mp4"], 1)
    with pytest.raises(SourceError, match="No clip chosen"):
        takes_of_files([], 1)
