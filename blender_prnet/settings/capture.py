# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a capture in the scene, and the progress and report of the running job in the window manager.

The report is not in the scene because an undo would change it.
"""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..data.presets import DEFAULTS
from ..installation import default_preset, models
from .lens import LensSettings

DEFAULT = default_preset("photo")
PRESET_TEXT = "The preset that the settings come from; the operators' `preset` applies another"
ITERATING_MODEL = "iterative"  # the network that looks at a photo several times
DENSITY_ITEMS = [
    ("dense", "Dense", "Every texel of the position map is a vertex: about 63,000, for close-ups and sculpting"),
    ("medium", "Medium", "Every second texel is a vertex: about 16,000, for dozens of heads in one file"),
    (
        "light",
        "Lightweight",
        "Vertices close together only where a face needs them: about 3,200, for hundreds of heads",
    ),
]
TEXTURE_ITEMS = [
    (str(size), f"{size} px", f"{size} x {size} pixels, {4 * size * size / 1e6:.0f} MB of memory")
    for size in (512, 1024, 2048, 4096)
]


def model_property():
    return StringProperty(
        name="Network",
        description="The network that captures the faces: the name of its folder of weights",
        default=DEFAULT.model,
        search=lambda _settings, _context, text: [name for name in models() if text in name],
    )


class PhotoSettings(bpy.types.PropertyGroup):
    """The settings of a capture, in Scene.prnet."""

    preset: StringProperty(name="Preset", description=PRESET_TEXT, default=DEFAULTS["photo"])
    model: model_property()
    iterations: IntProperty(
        name="Iterations",
        description=(
            "How often the network looks at a photo. Each time it sees the photo beside a rendering of its last "
            "answer, and corrects that"
        ),
        default=3,
        min=1,
        max=8,
    )
    faces: EnumProperty(
        name="Faces",
        description="Which faces of a photo become heads",
        items=[
            ("all", "All", "Every face in the photo, each with a head and a camera of its own"),
            ("largest", "Largest", "Only the largest face: quicker, and it leaves out passers-by"),
        ],
        default=DEFAULT.faces,
    )
    density: EnumProperty(
        name="Mesh",
        description="How many vertices a head has. Finer detail than the medium mesh holds is mostly in the texture",
        items=DENSITY_ITEMS,
        default=DEFAULT.density,
    )
    texture_size: EnumProperty(
        name="Texture",
        description=(
            "Width and height of the head's texture in pixels. A texture larger than the face in the photo takes "
            "memory without showing more"
        ),
        items=TEXTURE_ITEMS,
        default=str(DEFAULT.texture_size),
    )
    moves: EnumProperty(
        name="Pose On",
        description="What carries the pose of the head in the photo",
        items=[
            ("head", "Head", "The head is turned as in the photo; the camera is upright"),
            (
                "camera",
                "Camera",
                "The head is upright at rest; the camera stands where the photo was taken from. For heads to be "
                "compared, rigged or printed",
            ),
        ],
        default=DEFAULT.moves,
    )
    lens: PointerProperty(type=LensSettings)
    clip_frames: StringProperty(
        name="Frames of the Clip",
        description=(
            "The frames of which One Head from a Clip makes the head: numbers from 0, such as 12, 40, 77. Empty: they "
            "are chosen, sharp ones at rest from directions that lie far apart; the report names them"
        ),
    )
    frame_photo: BoolProperty(
        name="Frame the Photo",
        description=(
            "Make the first captured photo's camera the scene's camera, the render as large as the photo, "
            "and look through that camera"
        ),
        default=True,
    )
    topology: EnumProperty(
        name="Mesh of",
        description="The mesh of new captures",
        items=[
            (
                "head",
                "Whole Head",
                "Clean quads, made for animation: a whole head with eyes, teeth and ARKit's shape keys, whose face "
                "lies on the captured surface",
                2,
            ),
            ("grid", "Capture", "The grid of the position map: the captured face to the last detail, nothing else", 0),
            (
                "model",
                "Face Model",
                "The ICT face model's quads: a whole head with eyeballs, teeth and ARKit's shape keys, whose face lies "
                "on the captured surface. Needs the face model's file",
                1,
            ),
        ],
        default="head",
    )
    even_light: BoolProperty(
        name="Even Light",
        description=(
            "Divide the photo's light out of the skin, so that a scene's own light can take its place. It is found "
            "from the shape of the face, without cast shadows. The skin in the photo's light stays in the material"
        ),
    )
    shading_detail: BoolProperty(
        name="Detail from Shading",
        description=(
            "Make a normal map of wrinkles and pores from the photo's fine shading, where it shows skin. A guess: a "
            "dark spot may be a hollow or a colour. Its strength is a slider in the skin's material"
        ),
    )


class ReportLine(bpy.types.PropertyGroup):
    """A line of the report: a photo that gave no head, or a failure of the worker. `name`: the file's name."""

    status: StringProperty()
    message: StringProperty()


class CaptureState(bpy.types.PropertyGroup):
    """The running job and the last report, in WindowManager.prnet."""

    running: BoolProperty(options={"SKIP_SAVE"})
    progress: FloatProperty(options={"SKIP_SAVE"})
    text: StringProperty(options={"SKIP_SAVE"})
    report: CollectionProperty(type=ReportLine, options={"SKIP_SAVE"})
    self_test: StringProperty(options={"SKIP_SAVE"})
