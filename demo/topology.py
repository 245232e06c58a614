# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual's picture of a capture on the face model's mesh: `python -m demo.topology PHOTO PICTURE.jpg`.

Needs the face model's file, where python -m nets import-face-model puts it.
"""

import math
import sys
import tempfile
from pathlib import Path

from demo import scene  # first: it sets Blender up

# isort: split
import bpy
import numpy as np
from mathutils import Euler, Matrix

from demo import studio

SIDE, SAMPLES = 300, 12
VIEWS = [  # turn in degrees, distance, height in metres, the keys' values; None: as captured
    (0, 0.85, -0.05, None),
    (50, 0.85, -0.05, None),
    (90, 0.85, -0.05, None),
    (180, 0.85, -0.05, None),
    (0, 0.4, -0.03, {}),
    (20, 0.4, -0.03, {"jawOpen": 0.8, "mouthSmileLeft": 0.4, "mouthSmileRight": 0.4}),
    (0, 0.4, -0.03, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1}),
    (0, 0.4, -0.03, {"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8, "browInnerUp": 1, "mouthPucker": 0.6}),
]


def main(photo: str, picture: str):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene.addon_utils.enable(scene.MODULE, default_set=True)
    bpy.context.scene.prnet.topology = "model"
    head, _ = scene.capture(Path(photo).resolve())
    studio.SIDE, studio.SAMPLES = SIDE, SAMPLES
    studio.set_up_renders()
    bpy.context.scene.render.film_transparent = False
    camera = studio.add_object("portrait", bpy.data.cameras.new("portrait"))
    camera.data.lens = 70
    key = studio.add_object("key", bpy.data.lights.new("key", "AREA"))
    key.data.energy, key.data.size = 4, 0.4
    with tempfile.TemporaryDirectory() as folder:
        views = [render(head, camera, key, view, Path(folder, f"{k}.png")) for k, view in enumerate(VIEWS)]
    save(np.concatenate([np.concatenate(views[4:], 1), np.concatenate(views[:4], 1)]), picture)
    scene.addon_utils.disable(scene.MODULE)  # ends the worker


def render(head, camera, key, view, path) -> np.ndarray:
    """The pixels (S, S, 4) of a view, bottom row first."""
    turn, distance, height, values = view
    if values is not None:
        for block in head.data.shape_keys.key_blocks[1:]:
            block.value = values.get(block.name, 0)
    around = head.matrix_world @ Matrix.Translation((0, 0.03, height)) @ Matrix.Rotation(math.radians(-turn), 4, "Z")
    camera.matrix_world = around @ studio.place((0, -distance, 0), Euler((math.pi / 2, 0, 0)))
    key.matrix_world = around @ studio.place((-0.45, -0.5, 0.45), Euler((math.radians(55), 0, math.radians(-42))))
    studio.render(camera, path)
    image = bpy.data.images.load(str(path))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(SIDE, SIDE, 4)


def save(pixels: np.ndarray, path: str):
    image = bpy.data.images.new("views", pixels.shape[1], pixels.shape[0])
    image.pixels.foreach_set(pixels.ravel())
    image.filepath_raw, image.file_format = str(Path(path).resolve()), "JPEG"
    image.save(quality=85)


if __name__ == "__main__":
    main(*sys.argv[1:])
