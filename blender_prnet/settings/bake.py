# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of a bake, and its state: its pace, and what can be resumed."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ..data.presets import DEFAULTS
from ..installation import default_preset
from ..scene.identity import can_play
from .capture import DENSITY_ITEMS, PRESET_TEXT, TEXTURE_ITEMS, model_property
from .lens import LensSettings

DEFAULT = default_preset("video")
VERTICES = {
    "head": 15_000,
    "light head": 6_000,
    "dense": 63_000,
    "medium": 16_000,
    "light": 3_200,
}  # about, for the panel's estimate of the cost


class BakeSettings(bpy.types.PropertyGroup):
    """The settings of a bake, in Scene.prnet_bake."""

    preset: StringProperty(name="Preset", description=PRESET_TEXT, default=DEFAULTS["video"])
    model: model_property()
    result: EnumProperty(
        name="Result",
        description="The head, and how its face's motion is kept",
        items=[
            ("head", "Whole Head", "The extension's own head with eyes and teeth, moved by ARKit's 52 shape keys"),
            (
                "compact",
                "Compact",
                "The capture's own mesh and a few shape keys that hold most of the motion, with animated values",
            ),
            (
                "arkit",
                "ARKit on Capture",
                "The capture's own mesh and the 52 standard blendshapes with animated values",
            ),
            ("frames", "Key per Frame", "The capture's own mesh and one exact shape key for every frame"),
            ("cache", "Cache", "The capture's own mesh and a PC2 file on disk, played by a Mesh Cache modifier"),
        ],
        default=DEFAULT.result,
    )
    use_head: PointerProperty(
        type=bpy.types.Object,
        name="Use Head",
        description="A whole head made before, for instance from photos, that plays the clip in place of a new one",
        poll=lambda _settings, thing: can_play(thing),
    )
    keys: IntProperty(
        name="Keys", description="Shape keys of the compact result", default=32, min=1, max=112, soft_min=10
    )
    frame_limit: IntProperty(
        name="Limit",
        description="The most frames that may become shape keys; more would fill the memory",
        default=300,
        min=1,
        soft_max=2000,
    )
    people: EnumProperty(
        name="People",
        items=[
            ("main", "Main", "The person who is visible longest"),
            ("all", "All", "Everyone, each with their own head"),
            ("one", "One", "One person, by number: 0 is visible longest"),
        ],
        default=DEFAULT.people,
    )
    person: IntProperty(name="Person", description="Counted from 0 by the time that the person is visible", min=0)
    smoothing: FloatProperty(
        name="Smoothing",
        description="How much jitter is removed from pose and expression",
        default=DEFAULT.smoothing,
        min=0,
        max=1,
        subtype="FACTOR",
    )
    smooth_apart: BoolProperty(
        name="Smooth Separately",
        description="Smooth where the head is, how near it is and how it turns by strengths of their own",
    )
    smooth_position: FloatProperty(
        name="Position",
        description="How much jitter is removed from where the head is in the picture",
        default=DEFAULT.smoothing,
        min=0,
        max=1,
        subtype="FACTOR",
    )
    smooth_depth: FloatProperty(
        name="Depth",
        description="How much jitter is removed from how near the head is",
        default=DEFAULT.smoothing,
        min=0,
        max=1,
        subtype="FACTOR",
    )
    smooth_rotation: FloatProperty(
        name="Rotation",
        description="How much jitter is removed from how the head turns",
        default=DEFAULT.smoothing,
        min=0,
        max=1,
        subtype="FACTOR",
    )
    gaps: EnumProperty(
        name="Gaps",
        description="What the head does where the face is not seen",
        items=[
            ("hold", "Hold", "It stays as it was when the face was last seen"),
            ("interpolate", "Interpolate", "It moves to where the face is seen next"),
        ],
        default=DEFAULT.gaps,
    )
    density: EnumProperty(
        name="Mesh",
        items=DENSITY_ITEMS,
        default=DEFAULT.density,
    )
    texture: EnumProperty(
        name="Texture",
        items=[
            ("automatic", "Automatic", "An image sequence for clips of up to 300 frames, else merged"),
            ("merged", "Merged", "One for the whole clip, merged from the views that show each part best"),
            ("sequence", "Image Sequence", "One for every frame, in a folder next to the blend file"),
        ],
        default=DEFAULT.texture,
    )
    texture_size: EnumProperty(
        name="Texture Size",
        description="Pixels on each side",
        items=TEXTURE_ITEMS,
        default=str(DEFAULT.texture_size),
    )
    moves: EnumProperty(
        name="Motion On",
        description="What carries the head's motion",
        items=[
            ("head", "Head", "The head moves, the camera stands still"),
            ("camera", "Camera", "The head stands still, the camera moves round it"),
        ],
        default=DEFAULT.moves,
    )
    lens: PointerProperty(type=LensSettings)
    frame_clip: BoolProperty(
        name="Frame the Clip",
        description=(
            "Make the first head's camera the scene's camera, the render as large as the clip, the scene long enough, "
            "and look through that camera. A scene without strips and animation takes a file's rate and length"
        ),
        default=True,
    )
    refine_at_once: BoolProperty(
        name="Refine at Once",
        description="Track the clip again after each correction; otherwise press Refine once several frames are fixed",
        default=True,
    )
    cache_folder: StringProperty(
        name="Cache",
        description=(
            "Where the tracking of each clip is kept. "
            "Empty: next to the blend file, or in the extension's folder while the file is unsaved"
        ),
        subtype="DIR_PATH",
    )


class BakeState(bpy.types.PropertyGroup):
    """The state of bakes, in WindowManager.prnet_bake."""

    pace: StringProperty(options={"SKIP_SAVE"})
    offer: StringProperty(
        options={"SKIP_SAVE"}
    )  # what was done of a bake that can be resumed, in words; empty without one
