# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a capture, kept in the scene, and its progress and report, kept in the window manager.

The report is not in the scene because it would come and go with undo.
"""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, PointerProperty, StringProperty

from .installation import PRESETS

DEFAULT = next(iter(PRESETS.values()))
PRESET_ITEMS = [(preset.name, preset.label, preset.description) for preset in PRESETS.values()]
DENSITY_ITEMS = [
    ("dense", "Dense", "Every texel of the position map is a vertex"),
    ("medium", "Medium", "Every second texel is a vertex: a quarter of the mesh"),
]
TEXTURE_ITEMS = [(str(size), str(size), f"{size} x {size} pixels") for size in (512, 1024, 2048, 4096)]


def _apply_preset(settings, _context):
    preset = PRESETS[settings.preset]
    for key in ("model", "faces", "density", "moves"):
        setattr(settings, key, getattr(preset, key))
    settings.texture_size = str(preset.texture_size)


class CaptureSettings(bpy.types.PropertyGroup):
    """Scene.prnet"""

    preset: EnumProperty(
        name="Preset",
        description="Sets all the settings below",
        items=PRESET_ITEMS,
        default=DEFAULT.name,
        update=_apply_preset,
    )
    model: StringProperty(name="Model", description="The network's weights, by name", default=DEFAULT.model)
    faces: EnumProperty(
        name="Faces",
        items=[
            ("all", "All", "Every face in the photo"),
            ("largest", "Largest", "Only the largest face in the photo"),
        ],
        default=DEFAULT.faces,
    )
    density: EnumProperty(
        name="Mesh",
        items=DENSITY_ITEMS,
        default=DEFAULT.density,
    )
    texture_size: EnumProperty(
        name="Texture",
        description="Pixels on each side",
        items=TEXTURE_ITEMS,
        default=str(DEFAULT.texture_size),
    )
    moves: EnumProperty(
        name="Pose On",
        description="What carries the pose of the head in the photo",
        items=[
            ("head", "Head", "The head is turned as in the photo; the camera is upright"),
            ("camera", "Camera", "The head is upright at rest; the camera stands where the photo was taken from"),
        ],
        default=DEFAULT.moves,
    )
    frame_photo: BoolProperty(
        name="Frame the Photo",
        description=(
            "Make the first captured photo's camera the scene's camera, the render as large as the photo, "
            "and look through that camera"
        ),
        default=True,
    )


class ReportLine(bpy.types.PropertyGroup):
    """One photo that gave no head, or a failure of the worker. `name`: the file's name."""

    status: StringProperty()
    message: StringProperty()


class CaptureState(bpy.types.PropertyGroup):
    """WindowManager.prnet"""

    running: BoolProperty(options={"SKIP_SAVE"})
    progress: FloatProperty(options={"SKIP_SAVE"})
    text: StringProperty(options={"SKIP_SAVE"})
    report: CollectionProperty(type=ReportLine, options={"SKIP_SAVE"})
    worker_info: StringProperty(options={"SKIP_SAVE"})


CLASSES = (CaptureSettings, ReportLine, CaptureState)


def register():
    bpy.types.Scene.prnet = PointerProperty(type=CaptureSettings)
    bpy.types.WindowManager.prnet = PointerProperty(type=CaptureState)


def unregister():
    del bpy.types.Scene.prnet
    del bpy.types.WindowManager.prnet
