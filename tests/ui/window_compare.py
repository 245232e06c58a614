# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: the clip before and behind the head that plays it, and how well the face was seen.

Arguments after "--": the clip; a folder for caches. Tells where the clip is on the screen: left, top, right, bottom.
"""

import bpy
import driver
from driver import in_viewport
from face_capture import TAB, begin, finished, heads, module, open_panels

CLIP, CACHES = driver.arguments()
FRAMES = 3, 12  # of the scene


def scenario():
    open_panels(*(getattr(bpy.types, name) for name in ("PRNET_PT_head_compare", "PRNET_PT_head_fix")))
    begin()
    settings = bpy.context.scene.prnet_bake
    settings.cache_folder, settings.texture = str(CACHES), "merged"
    with in_viewport():
        bpy.ops.prnet.bake_file("EXEC_DEFAULT", True, directory=str(CLIP.parent), files=[{"name": CLIP.name}])
    yield from finished()
    (head,) = heads("prnet_performance")
    bpy.context.view_layer.objects.active = head
    see_badly(head, FRAMES[1])
    driver.area_of("VIEW_3D").spaces.active.region_3d.view_perspective = "CAMERA"
    driver.open_tab(TAB)
    bpy.ops.prnet.show_clip(view="WIPED")
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        yield 2.0
        yield from driver.screenshot(f"compare-1-{frame}")
    bpy.ops.prnet.show_clip(view="BEHIND")
    yield 2.0
    yield from driver.screenshot(f"compare-2-{FRAMES[1]}")
    driver.tell(place_of_clip(head))


def place_of_clip(head):
    region = driver.region_of(driver.area_of("VIEW_3D"), "WINDOW")
    with in_viewport():
        view = module("scene.photo_view").through_camera(bpy.context, head)
    (left, top), (right, bottom) = view.to_region([[0, 0], view.image_size]) + (region.x, region.y)
    height = driver.window().height
    return [left, height - top, right, height - bottom]


def see_badly(head, frame):
    """As if a hand had covered the face from this frame on, for three frames; the frame is a tracking keyframe."""
    fixes = module("scene.clip_fixes")
    time = fixes.ClipTime.of(head)
    time.confidence[frame - 1 : frame + 2] = 0.35
    time.keep(head)
    fixes.ClipFixes.of(head).with_box(frame - 1, (60, 60, 190, 200)).keep(head)


driver.run(scenario)
