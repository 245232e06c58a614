# SPDX-License-Identifier: GPL-3.0-or-later
"""What hides a face in a baked clip: Blender's masks and painted pictures, from the scene to the worker's request."""

import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_prnet.scene.clip_fixes import ClipFixes
from tests.blender.test_bake import FRAMES
from tests.blender.test_capture import PACKAGE

SIZE = 160, 90  # width, height of the mask's picture
CORNERS = np.array([(0.3, 0.35), (0.55, 0.4), (0.6, 0.6), (0.35, 0.65)])


@pytest.fixture
def mask():
    """A mask whose closed outline moves to the right by 0.2 from scene frame 1 to 11."""
    mask = bpy.data.masks.new("Hand")
    layer = mask.layers.new(name="Palm")
    spline = layer.splines.new()
    spline.points.add(len(CORNERS) - 1)
    spline.use_cyclic = layer.select = True
    area = bpy.context.window.screen.areas[0]
    area.type, area.spaces.active.ui_mode = "IMAGE_EDITOR", "MASK"
    area.spaces.active.mask = mask
    with bpy.context.temp_override(area=area, region=area.regions[-1]):
        for frame, shift in ((1, 0.0), (11, 0.2)):
            bpy.context.scene.frame_set(frame)
            for point, corner in zip(spline.points, CORNERS, strict=True):
                point.handle_type, point.co = "AUTO", corner + (shift, 0)
            bpy.ops.mask.select_all(action="SELECT")
            assert bpy.ops.mask.shape_key_insert() == {"FINISHED"}
    bpy.context.scene.frame_set(1)
    return mask


def inside(polygon, size):
    """(h, w) bool: pixels whose centres lie in a polygon."""
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    found = np.zeros(x.shape, bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        if y0 != y1:
            found ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return found


def rendered(mask, frame, folder):
    """(h, w) bool: what Blender's sequencer shows of a mask at a frame."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.resolution_percentage, scene.view_settings.view_transform = 100, "Standard"
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    if not len(strips):
        strips.new_mask("Hand", mask, channel=1, frame_start=1)
    scene.frame_set(frame)
    scene.render.filepath = str(folder / "mask.png")
    bpy.ops.render.render(write_still=True)
    picture = bpy.data.images.load(scene.render.filepath)
    pixels = np.array(picture.pixels[:]).reshape(SIZE[1], SIZE[0], 4)[::-1, :, 0]
    bpy.data.images.remove(picture)
    return pixels > 0.5


def test_outlines_cover_what_blender_shows_of_a_mask(mask, tmp_path):
    masks = sys.modules[f"{PACKAGE}.scene.masks"]
    head = bpy.data.objects.new("Head", None)
    head["prnet_image_size"] = SIZE
    (entry,) = masks.outlines_over(mask, head, np.array([1.0, 6.0, 6.0, 11.0]), np.array([4, 5, 5, 7]))
    assert (entry["first"], entry["last"], entry["mask"]) == (4, 7, "Hand")
    assert [frame for frame, _ in entry["outlines"]] == [4, 5, 7]
    assert bpy.context.scene.frame_current == 1 and len(bpy.data.scenes) == 1
    for frame, (_, (polygon,)) in zip((1, 6, 11), entry["outlines"], strict=True):
        shown = rendered(mask, frame, tmp_path)
        assert shown.sum() > 500
        assert (shown != inside(np.array(polygon), SIZE)).mean() < 0.004  # pixels at the rim
    spline = mask.layers[0].splines[0]
    mask.layers[0].invert = True
    with pytest.raises(masks.MaskError, match="Palm of Hand takes away"):
        masks.outlines_over(mask, head, np.array([1.0]), np.array([0]))
    spline.use_cyclic = False
    with pytest.raises(masks.MaskError, match="no closed outline"):
        masks.outlines_over(mask, head, np.array([1.0]), np.array([0]))


def test_a_mask_hides_what_it_covers_until_nothing_is_ignored(head, mask):
    scene = bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 4, 9
    before = [tuple(head.matrix_world.translation) for frame in range(1, FRAMES + 1) if scene.frame_set(frame) is None]
    assert bpy.ops.prnet.ignore_mask(mask="Hand") == {"FINISHED"}
    assert bpy.ops.prnet.ignore_mask(mask="Hand") == {"FINISHED"}
    (entry,) = ClipFixes.of(head).ignored
    assert (entry["first"], entry["last"]) == (3, 8)
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    after = [tuple(head.matrix_world.translation) for frame in range(1, FRAMES + 1) if scene.frame_set(frame) is None]
    assert after[3:9] != before[3:9]
    assert bpy.ops.prnet.clear_ignored() == {"FINISHED"} and not ClipFixes.of(head).ignored
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    again = [tuple(head.matrix_world.translation) for frame in range(1, FRAMES + 1) if scene.frame_set(frame) is None]
    np.testing.assert_allclose(again, before, atol=1e-6)


def test_painted_pictures_are_named_by_the_clips_frames(head, tmp_path):
    scene = bpy.context.scene
    for number in range(3):
        image = bpy.data.images.new("Mask", *head["prnet_image_size"])
        image.filepath_raw, image.file_format = str(tmp_path / f"mask_{number:02}.png"), "PNG"
        image.save()
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 4, 9
    chosen = {"directory": str(tmp_path), "files": [{"name": "mask_00.png"}]}
    assert bpy.ops.prnet.ignore_pictures(**chosen) == {"FINISHED"}  # with a warning: they end before the range
    scene.frame_preview_end = 5
    assert bpy.ops.prnet.ignore_pictures(**chosen) == {"FINISHED"}
    first, second = ClipFixes.of(head).ignored
    assert (first["first"], first["last"], len(first["pictures"])) == (3, 5, 3)
    assert (second["first"], second["last"], len(second["pictures"])) == (3, 4, 2)
    assert bpy.ops.prnet.refine() == {"FINISHED"}
    Path(second["pictures"][0]).unlink()
    with pytest.raises(RuntimeError, match=r"mask_00\.png"):
        bpy.ops.prnet.refine()
    assert len(ClipFixes.of(head).ignored) == 2
