# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures a photo with the extension in Blender as a Python module, saves the scene, and renders views of it.

The scene that is saved is what the Capture button makes; the studio of the views is added afterwards.
"""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(tempfile.mkdtemp(prefix="prnet-demo-"))
MODULE = "bl_ext.user_default.prnet_face_capture"

os.environ["BLENDER_USER_RESOURCES"] = str(HOME)  # before bpy is imported
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / "extensions/user_default").mkdir(parents=True)
(HOME / "extensions/user_default/prnet_face_capture").symlink_to(ROOT)

import bpy  # noqa: E402

# isort: split
import addon_utils  # noqa: E402  (exists once bpy is imported)

from demo import studio  # noqa: E402


def main(photo: str, blend: str, views: str):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    addon_utils.enable(MODULE, default_set=True)
    head, camera = capture(Path(photo).resolve())
    save(Path(blend))
    folder = Path(views)
    folder.mkdir(parents=True, exist_ok=True)
    Path(folder, "texture.png").write_bytes(texture_of(head).packed_file.data)
    studio.set_up_renders()
    studio.render_portraits(head, folder)
    studio.render_overlay(head, camera, folder)
    addon_utils.disable(MODULE)  # ends the worker


def capture(photo: Path):
    """Run the Capture operator on `photo`: its largest head and that head's camera."""
    try:
        bpy.ops.prnet.capture(directory=str(photo.parent), files=[{"name": photo.name}])
    except RuntimeError as error:  # the operator's error report
        sys.exit(f"demo: {error}")
    if bpy.context.object is None:
        sys.exit("demo: no face was captured")
    return bpy.context.object, bpy.context.scene.camera


def save(blend: Path):
    """Save so that it opens textured, in the camera's view."""
    for screen in bpy.data.screens:
        for space in (area.spaces.active for area in screen.areas if area.type == "VIEW_3D"):
            space.shading.color_type, space.shading.light = "TEXTURE", "FLAT"
            space.region_3d.view_perspective = "CAMERA"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend.resolve()), compress=True)


def texture_of(head):
    nodes = head.data.materials[0].node_tree.nodes
    return next(node.image for node in nodes if node.type == "TEX_IMAGE")


if __name__ == "__main__":
    main(*sys.argv[1:])
